"""Records of an experiment, added up by the store: sufficient statistics of its arms, means of its units over time.

No row leaves the store. Sums of floats are compensated and squares are taken about a common centre, so that answers of
the same data agree in all digits that are kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from breakeven.evidence.questions import Sample
from breakeven.facts import TIME_FIELD, columns
from breakeven.formula import Kind, to_mapping_sql
from breakeven.ledger.measures import Reading
from breakeven.ledger.relations import AMOUNTS, events, literal, no_rate_column
from breakeven.ledger.window import Window, bucket
from breakeven.workspace.definitions import Experiment


class Records(msgspec.Struct, frozen=True, kw_only=True):
    """The arms of a randomised experiment."""

    samples: tuple[Sample, ...]
    """In the order control, treatments; arms without records are left out."""
    mixed: int
    """Units that were seen in several arms."""
    unnamed: int
    """Records in an arm that name no unit."""
    problem: str | None
    """Why these records cannot be compared."""


class Means(msgspec.Struct, frozen=True, kw_only=True):
    """Mean outcome of each group in each period."""

    values: dict[tuple[str | None, datetime], float]
    """(Group, local start of the period) → mean."""
    problem: str | None


def arms(reading: Reading, experiment: Experiment, span: Window) -> Records:
    """The sufficient statistics of each arm."""
    names = [name for name in (experiment.control, *experiment.treatments) if name is not None]
    listed = ", ".join(literal(name) for name in names)
    raw = f"SELECT * FROM ({_rows(reading, experiment, span)}) WHERE grp IN ({listed})"
    by_unit = experiment.expression.by is not None
    rows = reading.moment.query(f"WITH raw AS ({raw}) {_by_arm(experiment, by_unit=by_unit)}").to_pylist()
    found = {row["arm"]: row for row in rows}
    (whole,) = reading.moment.query(f"WITH raw AS ({raw}) {_said(by_unit=by_unit)}").to_pylist()
    samples = [_sample(found[name]) for name in names if name in found]
    problem = _problem(experiment, whole)
    if problem is None and experiment.proportion and any(row["odd"] for row in rows):
        problem = "the outcome of a proportion is yes or no (1 or 0), and some records have another value"
    return Records(samples=tuple(samples), mixed=whole["mixed"] or 0, unnamed=whole["unnamed"] or 0, problem=problem)


def means(reading: Reading, experiment: Experiment, span: Window) -> Means:
    """The mean outcome of each group and period."""
    calendar = reading.workspace.calendar
    raw = _rows(reading, experiment, span)
    period = bucket(experiment.grain, "local", calendar, span)
    rows = reading.moment.query(
        f"SELECT grp, {period} AS period, fsum(outcome * weight) / sum(weight) AS mean"
        f" FROM ({raw}) WHERE outcome IS NOT NULL GROUP BY ALL"
    ).to_pylist()
    (whole,) = reading.moment.query(f"WITH raw AS ({raw}) {_said(by_unit=False)}").to_pylist()
    values = {(row["grp"], row["period"]): row["mean"] for row in rows if row["mean"] is not None}
    return Means(values=values, problem=_problem(experiment, whole))


def _rows(reading: Reading, experiment: Experiment, span: Window) -> str:
    """SELECT of one row a record: local, grp, unit, outcome (DOUBLE), weight, lost (why an amount has no rate)."""
    kind, read = experiment.fact, experiment.expression
    names = [column.name for column in columns(kind)]
    time = {"deployment": "coalesce(x.deployed_at, x.time)"}.get(kind, f"x.{TIME_FIELD[kind]}")
    source = events(kind, span, reading.setting(kind), time)
    conditions = ["true"]
    if experiment.projects:
        conditions.append(f"project IN ({', '.join(literal(name) for name in experiment.projects)})")
    if read.where is not None:
        conditions.append(to_mapping_sql(read.where, names))
    outcome = to_mapping_sql(read.outcome, names) if read.outcome is not None else "NULL"
    number = f"TRY_CAST({outcome} AS DOUBLE)"
    shown = {
        "local": "local",
        "grp": "NULL" if read.group is None else f"CAST({to_mapping_sql(read.group, names)} AS VARCHAR)",
        "unit": "NULL" if read.by is None else f"CAST({to_mapping_sql(read.by, names)} AS VARCHAR)",
        "outcome": f"CASE WHEN isfinite({number}) THEN {number} END",
        "weight": "count" if kind == "interaction" else "1",
        "lost": _lost(experiment),
    }
    listed = ", ".join(f"{sql} AS {name}" for name, sql in shown.items())
    return f"SELECT {listed} FROM ({source}) WHERE {' AND '.join(f'({one})' for one in conditions)}"


def _lost(experiment: Experiment) -> str:
    """SQL of the reason why an amount that the outcome needs has no exchange rate."""
    read = experiment.expression.outcome
    used = {name.casefold() for name in read.names} if read is not None else set()
    amounts = AMOUNTS.get(experiment.fact, {})
    found = [no_rate_column(currency) for amount, currency in amounts.items() if amount in used]
    return f"coalesce({', '.join(found)}, NULL)" if found else "CAST(NULL AS VARCHAR)"


def _by_arm(experiment: Experiment, *, by_unit: bool) -> str:
    units = "SELECT grp AS arm, outcome, weight FROM raw"
    if by_unit:
        made = {"mean": "fsum(outcome) / count(outcome)", "sum": "fsum(outcome)", "any": "max(outcome)"}
        units = (f"SELECT min(grp) AS arm, {made[experiment.per_unit]} AS outcome, 1 AS weight FROM raw"
                 " WHERE unit IS NOT NULL GROUP BY unit HAVING count(DISTINCT grp) = 1")  # fmt: skip
    known = "FILTER (WHERE outcome IS NOT NULL)"
    return f""", units AS ({units}), centre AS (SELECT coalesce(avg(outcome), 0) AS middle FROM units)
        SELECT arm, CAST(sum(weight) AS BIGINT) AS assigned, CAST(sum(weight) {known} AS BIGINT) AS n,
               fsum(outcome * weight) AS total, fsum((outcome - middle) * weight) AS off,
               fsum((outcome - middle) * (outcome - middle) * weight) AS squares,
               bool_or(outcome NOT IN (0, 1)) AS odd
        FROM units, centre GROUP BY arm"""


def _said(*, by_unit: bool) -> str:
    """SELECT of what the records say about themselves."""
    mixed = "0"
    if by_unit:
        mixed = ("(SELECT count(*) FROM (SELECT unit FROM raw WHERE unit IS NOT NULL GROUP BY unit"
                 " HAVING count(DISTINCT grp) > 1))")  # fmt: skip
    unnamed = "count(*) FILTER (WHERE unit IS NULL)" if by_unit else "0"
    return (f"SELECT {mixed} AS mixed, {unnamed} AS unnamed, min(lost) AS lost,"
            " count(*) FILTER (WHERE weight > 1) AS summed FROM raw")  # fmt: skip


def _sample(row: dict[str, Any]) -> Sample:
    n, variance = row["n"] or 0, None
    if n > 1:
        variance = max(0.0, row["squares"] - row["off"] ** 2 / n) / (n - 1)
    return Sample(name=row["arm"], assigned=row["assigned"], n=n, mean=row["total"] / n if n else None,
                  variance=variance)  # fmt: skip


def _problem(experiment: Experiment, whole: dict[str, Any]) -> str | None:
    if whole["lost"]:
        return f"some amounts cannot be compared: {whole['lost']}"
    read = experiment.expression.outcome
    single = experiment.proportion or (read is not None and read.kind == Kind.BOOLEAN)
    if whole["summed"] and not single:
        return (f"{whole['summed']:,} records stand for several interactions each, of which only sums are known: "
                "their spread is not")  # fmt: skip
    return None


def grouped(values: dict[tuple[str | None, datetime], float]) -> Sequence[str | None]:
    """The groups that have a value, in order of their names."""
    return sorted({group for group, _ in values}, key=lambda name: (name is None, name or ""))
