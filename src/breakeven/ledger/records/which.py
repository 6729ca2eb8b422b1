"""Which facts are meant: kind, time, project, fields, a measure or a figure that they stand behind; and that as SQL."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec

from breakeven.errors import UnknownName
from breakeven.facts import KINDS, TIME_FIELD, UNASSIGNED, ColumnType, columns
from breakeven.ledger.desk import Desk
from breakeven.ledger.invoicing.meters import meterings
from breakeven.ledger.invoicing.settled import cost_lines
from breakeven.ledger.measuring.relations import AMOUNTS, relation
from breakeven.ledger.window import Window
from breakeven.measures import MEASURES, Measure
from breakeven.period import Grain, add_months
from breakeven.store.rollups import DIMENSIONS
from breakeven.store.schema import quoted

INTERACTION = "interaction"
METER = "meter"
"""Field of cost records that no source sends: the meter whose invoice a record is, where it settles metered cost."""
MONEY_LINES: Mapping[str, str] = {
    "cost_direct": "pool IS NULL AND meter IS NULL",
    "cost_allocated": "pool IS NOT NULL AND meter IS NULL",
}
"""Cost line → the pieces of cost records that it is made of."""


class Which(msgspec.Struct, frozen=True, kw_only=True):
    """Which facts are meant; what is None or empty is not asked for."""

    kind: str
    projects: tuple[str, ...] | None = None
    """As the ledger names them: what nobody declared is `unassigned`."""
    span: Window | None = None
    """Those that count in this time: a bill by its span, a deployment by the day it reached production."""
    fields: tuple[tuple[str, str | None], ...] = ()
    """Field → its value; None: records that do not say it."""
    measure: str | None = None
    """Only those that a measure looks at."""
    line: str | None = None
    """Of cost records: only the pieces that a cost line is made of."""
    text: str | None = None
    """Words that stand in one of their texts."""

    @property
    def summable(self) -> bool:
        """Whether roll-ups can count them: interactions by whole days and what roll-ups are cut by."""
        inside = all(field in DIMENSIONS for field, _ in self.fields)
        return self.kind == INTERACTION and inside and not self.text and (self.span is None or self.span.whole_days)


def check(which: Which) -> Which:
    """The same. Raises UnknownName for a kind, field or measure that there is not."""
    if which.kind not in KINDS:
        raise UnknownName("kind of fact", which.kind, KINDS)
    known = [column.name for column in columns(which.kind) if column.type is ColumnType.TEXT]
    for field, _ in which.fields:
        if field not in known and not (which.kind == "cost" and field == METER):
            raise UnknownName("field", field, known)
    if which.measure is not None and (which.measure not in MEASURES or MEASURES[which.measure].relation != which.kind):
        raise UnknownName("measure", which.measure, [one.name for one in MEASURES.values()
                                                     if one.relation == which.kind])  # fmt: skip
    if which.line is not None and (which.kind != "cost" or which.line not in MONEY_LINES):
        raise UnknownName("cost line", which.line, list(MONEY_LINES))
    return which


def looked_at(measure: Measure) -> str:
    """SQL condition on the facts that a measure looks at."""
    form, _, rest = measure.expression.partition(":")
    match form:
        case "distinct" if ":" in rest:
            return rest.partition(":")[2]
        case "quantile":
            return "latency_ms IS NOT NULL"
        case _:
            return measure.condition


def rows_of(desk: Desk, which: Which, span: Window) -> str:
    """SELECT of facts other than interactions as measures see them within a window: amounts converted, bills cut."""
    if which.kind == "cost":
        months = desk.book().months
        return cost_lines(desk.reading, months, desk.window(months[0], add_months(months[-1], 1)), span)
    measure = MEASURES[which.measure] if which.measure is not None else None
    time = measure.time if measure is not None else None
    if _of_state(which):
        span = desk.window(date(1970, 1, 2), span.last)
    return relation(which.kind, span, Grain.ALL, desk.reading.setting(which.kind), time)


def conditions(which: Which) -> tuple[list[str], list[Any]]:
    """SQL conditions on rows that have the ledger's project names, with their values; time is apart."""
    found, values = on_fields(which)
    if which.projects is not None:
        found.append("list_contains(?, project)")
        values.append(list(which.projects))
    return found, values


def raw_conditions(desk: Desk, which: Which) -> tuple[list[str], list[Any]]:
    """The same on raw rows, which have the names that sources gave; what only the ledger knows of them is left out."""
    found, values = on_fields(msgspec.structs.replace(
        which, line=None, fields=tuple(field for field in which.fields if field[0] != METER),
        measure=which.measure if which.kind == INTERACTION else None,
    ))  # fmt: skip
    meter = dict(which.fields).get(METER)
    if meter is not None:
        vendors = [vendor for one in meterings(desk.reading) if one.name == meter for vendor, _ in one.lines]
        found.append("list_contains(?, vendor)")
        values.append(vendors)
    if which.projects is not None:
        found.append("(list_contains(?, project) OR (? AND NOT list_contains(?, project)))")
        values += [list(which.projects), UNASSIGNED in which.projects, list(desk.workspace.projects)]
    if which.span is not None:
        time, begin, end = _time(which), which.span.start, which.span.end
        if which.kind == "cost":
            found.append('start < ? AND (coalesce("end", start) > ? OR start >= ?)')
            values += [end, begin, begin]
        elif _of_state(which):
            found.append(f"{time} < ?")
            values.append(end)
        else:
            found.append(f"{time} >= ? AND {time} < ?")
            values += [begin, end]
    return found, values


def _time(which: Which) -> str:
    """SQL of the time that decides the period of a fact."""
    measure = MEASURES[which.measure] if which.measure is not None else None
    if measure is not None and measure.time is not None:
        return quoted(measure.time)
    return "coalesce(deployed_at, time)" if which.kind == "deployment" else quoted(TIME_FIELD[which.kind])


def _of_state(which: Which) -> bool:
    """Whether a measure of states is asked for: what a model is follows from all that was ever said of it."""
    return which.measure is not None and MEASURES[which.measure].expression.startswith("state:")


def on_fields(which: Which) -> tuple[list[str], list[Any]]:
    """SQL conditions on fields, a measure, a cost line and words."""
    found, values = list[str](), list[Any]()
    for field, value in which.fields:
        found.append(f"{quoted(field)} IS NULL" if value is None else f"{quoted(field)} = ?")
        values += [] if value is None else [value]
    if which.measure is not None:
        found.append(f"({looked_at(MEASURES[which.measure])})")
    if which.line is not None:
        found.append(f"({MONEY_LINES[which.line]})")
    if which.text:
        texts = [quoted(column.name) for column in columns(which.kind) if column.type is ColumnType.TEXT]
        found.append(f"contains(lower(concat_ws(chr(31), {', '.join(texts)})), lower(?))")
        values.append(which.text)
    return found, values


def money_of(kind: str) -> str | None:
    """The amount that a kind of fact is about; None: it is about none."""
    return {"cost": "amount", "benefit": "amount", "incident": "cost", INTERACTION: "cost"}.get(kind)


def currency_of(kind: str) -> str:
    """The field that holds its currency."""
    return AMOUNTS[kind][money_of(kind) or ""]
