"""How much each source sent, when, and which fields it filled: counted with every commit, in its transaction.

intake        hour of arrival × hour in which the facts happened × kind × source: records taken, duplicates, conflicts
intake_field  UTC day on which the facts happened × kind × source × field: records taken that say something in the
              field; field `*`: all that were looked at; fewer than in `intake` after a migration

Both are partial sums like roll-ups: `compact` merges them and readers SUM. `records` counts what a source sent and was
taken, later versions of a fact included; new versions that breakeven makes itself are none. What was rejected before it
came here stands in `rejected`. They tell of the present only: a view of the past does not cut them.
"""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from breakeven.facts import TIME_FIELD, UNASSIGNED, columns
from breakeven.store.base import Verdict
from breakeven.store.rollups import RollUp, RollUpMeasure
from breakeven.store.schema import FACT_TABLES, INTERACTION, REVISION, FieldType, quoted
from breakeven.store.session import Session

Numbers = npt.NDArray[np.int64]
_HOUR = 3_600_000_000
"""Microseconds."""
EVERY = "*"
"""Field under which all records are counted whose fields are."""
_FILLED = ("cost_currency", "cost_origin", "currency", "price_id")
"""Fields that breakeven fills in where a source is silent."""
_FEW = 100
"""Rows that are faster inserted as parameters than as a table that the engine is first told of."""


def _counted(*names: str) -> tuple[RollUpMeasure, ...]:
    return tuple(RollUpMeasure(name, FieldType.INTEGER, name) for name in names)


INTAKE = RollUp(
    name="intake",
    period="arrived",
    dimensions=("happened", "kind", "source"),
    measures=_counted("records", "duplicates", "conflicts"),
    behind=False,
)
INTAKE_FIELD = RollUp(
    name="intake_field",
    period="day",
    dimensions=("kind", "source", "field"),
    measures=_counted("records"),
    behind=False,
)
COUNTED = (INTAKE, INTAKE_FIELD)


def fields_counted(kind: str) -> list[str]:
    """Fields of a kind that a source may leave out."""
    return [
        column.name for column in columns(kind)
        if not column.required and column.name not in _FILLED
        and (column.default is None or column.name == "project")
    ]  # fmt: skip


def count(session: Session, kind: str, batch: pa.Table, verdict: Verdict, at: datetime, version: int) -> None:
    """Count the rows of a commit: all that came, by what became of them; `batch` has their fields and `ordinal`."""
    named = batch["source"].combine_chunks().dictionary_encode()
    sources, source = named.dictionary.to_pylist(), named.indices.to_numpy().astype(np.int64)
    state = np.zeros(len(batch), np.int64)
    ordinals = batch["ordinal"].to_numpy()
    for number, those in enumerate((verdict.duplicates, verdict.conflicts), 1):
        if len(those):
            state[np.isin(ordinals, np.asarray(those, np.int64))] = number
    happened = batch[TIME_FIELD[kind]].cast(pa.int64()).to_numpy() // _HOUR
    _insert(session, INTAKE, _by_hour(kind, sources, source, happened, state, at), version)
    taken = state == 0
    if taken.any():
        _insert(session, INTAKE_FIELD, _by_field(kind, sources, source, happened // 24, batch, taken), version)


def _by_hour(
    kind: str, sources: list[str], source: Numbers, happened: Numbers, state: Numbers, at: datetime
) -> pa.Table:  # fmt: skip
    of, hour, place = _groups(source, happened)
    counts = np.bincount(place * 3 + state, minlength=len(of) * 3).reshape(-1, 3)
    instant = pa.timestamp("us", tz="UTC")
    arrived = at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    return pa.table({
        "arrived": pa.array([arrived] * len(counts), instant),
        "happened": pa.array(hour * _HOUR, pa.int64()).cast(instant),
        "kind": pa.array([kind] * len(counts), pa.string()),
        "source": pa.array([sources[one] for one in of], pa.string()),
        **{name: pa.array(counts[:, number], pa.int64()) for number, name in enumerate(INTAKE.table.names[4:7])},
    })  # fmt: skip


def _groups(source: Numbers, period: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """Sources and periods of the groups that there are, and the group of each row."""
    sources, first = int(source.max()) + 1, int(period.min())
    # One number for both: to sort pairs takes twenty times as long.
    groups, place = np.unique((period - first) * sources + source, return_inverse=True)
    return groups % sources, groups // sources + first, place.ravel()


def _by_field(
    kind: str, sources: list[str], source: Numbers, day: Numbers, batch: pa.Table, taken: npt.NDArray[np.bool_]
) -> pa.Table:
    of, on, place = _groups(source, day)
    fields, counts = [EVERY], [np.bincount(place[taken], minlength=len(of))]
    for field in fields_counted(kind):
        if batch[field].null_count < len(batch):
            fields.append(field)
            counts.append(np.bincount(place[taken & _says(kind, field, batch)], minlength=len(of)))
    numbers = np.stack(counts)
    of_field, of_group = np.nonzero(numbers)
    return pa.table({
        "day": pa.array(on[of_group].astype(np.int32), pa.int32()).cast(pa.date32()),
        "kind": pa.array([kind] * len(of_field), pa.string()),
        "source": pa.array([sources[of[one]] for one in of_group], pa.string()),
        "field": pa.array([fields[one] for one in of_field], pa.string()),
        "records": pa.array(numbers[of_field, of_group], pa.int64()),
    })  # fmt: skip


def _says(kind: str, field: str, batch: pa.Table) -> npt.NDArray[np.bool_]:
    """For each row whether its source said something in a field."""
    column = batch[field]
    said = pc.is_valid(column)
    if field == "project":
        said = pc.not_equal(column, UNASSIGNED)
    elif kind == INTERACTION and field == "cost":
        said = pc.and_(said, pc.equal(pc.fill_null(batch["cost_origin"], "reported"), "reported"))
    found: npt.NDArray[np.bool_] = said.to_numpy()
    return found


def _insert(session: Session, table: RollUp, rows: pa.Table, version: int) -> None:
    if len(rows) <= _FEW:
        values = ", ".join("unnest(?)" for _ in rows.column_names)
        lists = [column.to_pylist() for column in rows.columns]
        session.execute(f"INSERT INTO {table.name} SELECT {values}, {version}", lists)
    else:
        with session.holding("counted", rows):
            session.execute(f"INSERT INTO {table.name} SELECT *, {version} FROM counted")


def intake_differences(kind: str) -> str:
    """SELECT of one sentence for each hour and source of which more or fewer records are counted than there are."""
    own = f"WHERE {REVISION} = 1" if kind == INTERACTION else ""
    return f"""
        WITH kept AS (
            SELECT happened, source, sum(records) AS n FROM {INTAKE.name} WHERE kind = '{kind}' GROUP BY ALL
            HAVING sum(records) <> 0
        ),
        due AS (
            SELECT date_trunc('hour', {quoted(TIME_FIELD[kind])}) AS happened, source, count(*) AS n
            FROM {FACT_TABLES[kind].name} {own} GROUP BY ALL
        )
        SELECT '{INTAKE.name} {kind} ' || source || ' ' || CAST(happened AS VARCHAR) || ': '
               || coalesce(k.n, 0) || ' records counted instead of ' || coalesce(d.n, 0)
        FROM kept AS k FULL JOIN due AS d USING (happened, source) WHERE k.n IS DISTINCT FROM d.n
        ORDER BY happened, source LIMIT 20
    """
