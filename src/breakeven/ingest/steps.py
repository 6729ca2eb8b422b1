"""The steps that every record passes: normalise → validate → price → deduplicate → convert → commit.

`normalise` and `validate` are one statement over the staging relation, for the columns that are not settled at a
glance: what they make is in `rows`, one row for each that was sent, in the same order, with `fault` 0 where it is
valid. `price` and `convert` replace columns of it.

`deduplicate` and `commit` are the store's: it decides identity within the commit and against what it holds, in the
transaction that writes (`store/base.py`); the order of sending goes with the rows as `ordinal`, so that the first one
wins. `convert` names the currency of every amount; amounts stay in their own currency and are converted by dated rates
when they are read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from breakeven.facts import UNASSIGNED, ColumnType, columns
from breakeven.ingest.checks import LONGEST_NAME, Check, checks
from breakeven.ingest.metering import meter
from breakeven.ingest.settled import settled
from breakeven.ingest.staging import Staging, name
from breakeven.ingest.tariffs import tariff
from breakeven.ingest.values import as_field, as_text, is_text
from breakeven.pricing import Pricer
from breakeven.store.schema import arrow_schema

PLACES = ("row", "ordinal", "malformed")
"""Columns of a staging relation that are no fields."""

CURRENCY_OF: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "interaction": {"currency": ("revenue",), "cost_currency": ("cost",)},
    "cost": {"currency": ("amount", "effective_amount", "list_amount")},
    "benefit": {"currency": ("amount",)},
    "incident": {"currency": ("cost",)},
    "outcome": {"currency": ("revenue",)},
}
"""Kind → currency field → the amounts that are in it."""


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What the workspace says about records."""

    currency: str
    projects: frozenset[str]
    reject_unknown: bool
    """Whether a record of an undeclared project is rejected; else it is kept as sent, and read as `unassigned`."""
    pricer: Pricer

    @property
    def valid_projects(self) -> frozenset[str] | None:
        """The only valid projects; None where any is taken."""
        return self.projects | {UNASSIGNED} if self.reject_unknown else None


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """Records of one kind on their way."""

    kind: str
    staged: pa.Table
    """As they came: row, ordinal, malformed and the fields that the source sends."""
    source: str
    """Source of records that name none."""
    now: datetime
    terms: Terms
    staging: Staging
    sure: frozenset[str] = frozenset()
    """Fields whose values are known to be valid and in their types."""
    settled: Mapping[str, pa.ChunkedArray] = {}
    """Columns that are right as a whole, in their types."""
    sql: str = ""
    """SELECT of the other columns, normalised, over `staged`."""
    checks: tuple[Check, ...] = ()
    rows: pa.Table = pa.table({})
    """Columns ordinal, row, fault (number of the check that failed, else 0) and fields in their types."""

    @property
    def sent(self) -> dict[str, pa.DataType]:
        """Fields that the source sends, with their types."""
        return {field.name: field.type for field in self.staged.schema if field.name not in PLACES}

    @property
    def projects(self) -> frozenset[str] | None:
        """The only valid projects; None where any is taken."""
        return self.terms.valid_projects


Step = Callable[[Batch], Batch]


def begin(
    kind: str, table: pa.Table, source: str, now: datetime, terms: Terms, staging: Staging,
    sure: frozenset[str] = frozenset(),
) -> Batch:  # fmt: skip
    """A batch of a staging relation with `row` and `ordinal`.

    Columns that are no fields of the fact, and those without any value, are left aside. A record's own `source` goes
    before `source`.
    """
    fields = {*PLACES, *(column.name for column in columns(kind))}
    kept = [name for name in table.column_names if name in fields and table[name].null_count < len(table)]
    staged = table.select(kept)
    return Batch(kind=kind, staged=staged, source=source, now=now, terms=terms, staging=staging, sure=sure)


def normalise(batch: Batch) -> Batch:
    """Every field in its type: columns at a glance where all values are clean, the others value by value.

    Texts are trimmed and blank ones NULL; what cannot be read is NULL, and `<field>?` is what was there.
    """
    done = settled(batch.kind, batch.staged, now=batch.now, projects=batch.projects, sure=batch.sure)
    sent, raw, parts, typed = batch.sent, [], dict[str, str](), []
    for column in columns(batch.kind):
        field, was = name(column.name), name(column.name + "?")
        if column.name not in sent or column.name in done:
            continue
        arrow = sent[column.name]
        if is_text(arrow) or column.type == ColumnType.TEXT:
            raw.append(f"{as_text(field, arrow)} AS {was}")
            arrow = pa.string()
        else:
            raw.append(f"{field} AS {was}")
        before, value = as_field(column, was, arrow)
        parts |= before
        if column.name in ("currency", "cost_currency"):
            value = f"upper({value})"
        typed.append(f"{value} AS {field}, {was}")
    held = batch.staged.column_names
    malformed = "malformed" if "malformed" in held else "CAST(NULL AS VARCHAR) AS malformed"
    sql = f"SELECT {', '.join(('ordinal', malformed, *raw))} FROM staged"
    computed = "".join(f", {expression} AS {name(part)}" for part, expression in parts.items())
    sql = f"SELECT *{computed} FROM ({sql})" if parts else sql
    sql = f"SELECT {', '.join(('ordinal', 'malformed', *typed))} FROM ({sql})"
    return msgspec.structs.replace(batch, settled=done, sql=sql)


def validate(batch: Batch) -> Batch:
    """`fault`: 0 for a valid row, else the 1-based number of the first check that it fails."""
    sent = batch.sent
    open_ = [field for field in sent if field not in batch.settled]
    long = [field for field in open_ if _may_be_long(batch.staged[field], sent[field])]
    found = checks(batch.kind, now=batch.now, projects=batch.projects, sent=sent, open_=open_, long=long,
                   malformed="malformed" in batch.staged.column_names)  # fmt: skip
    rows = batch.staged.select(["ordinal", "row"])
    if open_ or found:
        cases = "".join(f" WHEN {check.condition} THEN {number}" for number, check in enumerate(found, 1))
        fault = f"CASE{cases} ELSE 0 END" if found else "0"
        shown = ", ".join(("ordinal", *(name(field) for field in open_)))
        sql = f"SELECT {shown}, {fault} AS fault FROM ({batch.sql})"
        staged = batch.staged.select([*open_, *(place for place in PLACES if place in batch.staged.column_names)])
        with batch.staging.holding(staged=staged):
            judged = _in_order(batch.staging.table(sql, len(rows)))
        for field in (*open_, "fault"):
            rows = rows.append_column(field, judged[field])
    else:
        rows = rows.append_column("fault", pa.repeat(pa.scalar(0, pa.int32()), len(rows)))
    for field, values in batch.settled.items():
        rows = rows.append_column(field, values)
    return msgspec.structs.replace(batch, checks=found, rows=rows)


def _may_be_long(values: pa.ChunkedArray, arrow: pa.DataType) -> bool:
    """Whether a column may hold a text above the smallest limit: checked row by row only then."""
    if not is_text(arrow) or pa.types.is_dictionary(arrow):
        return not pa.types.is_primitive(arrow)
    longest = pc.max(pc.binary_length(values)).as_py()
    return longest is not None and longest > LONGEST_NAME


def _in_order(result: pa.Table) -> pa.Table:
    """Rows in the order of sending: the engine may give them back in another."""
    ordinals = result["ordinal"].to_numpy()
    if bool(np.all(ordinals[1:] >= ordinals[:-1])):
        return result
    return result.take(pc.sort_indices(result["ordinal"]))


def price(batch: Batch) -> Batch:
    """Cost of interactions without one, from their tokens or usage at their time; where it comes from is kept."""
    if batch.kind != "interaction" or "time" not in batch.sent:
        return batch
    priced = tariff(batch.terms.pricer, batch.rows)
    if priced is None:
        priced = _in_order(meter(batch.terms.pricer, batch.staging, batch.rows))
    rows = batch.rows
    for field in priced.column_names:
        rows = _with(rows, field, priced[field])
    return msgspec.structs.replace(batch, rows=rows)


def convert(batch: Batch) -> Batch:
    """Every field of the fact: defaults where the source does not say, currencies named."""
    shape, rows = arrow_schema(batch.kind), batch.rows
    for field, amounts in CURRENCY_OF.get(batch.kind, {}).items():
        present = [rows[amount] for amount in amounts if amount in rows.column_names]
        if present:
            named = rows[field] if field in rows.column_names else pa.nulls(len(rows), pa.string())
            given = pc.if_else(pc.is_valid(pc.coalesce(*present)), batch.terms.currency, None)
            rows = _with(rows, field, pc.coalesce(named, given))
    for column in columns(batch.kind):
        default = batch.source if column.name == "source" else column.default
        if column.name not in rows.column_names:
            filled = pa.scalar(default, shape.field(column.name).type)
            rows = rows.append_column(column.name, pa.repeat(filled, len(rows)))
        elif default is not None and rows[column.name].null_count:
            rows = _with(rows, column.name, pc.fill_null(rows[column.name], default))
    return msgspec.structs.replace(batch, rows=rows)


def _with(rows: pa.Table, field: str, values: pa.ChunkedArray | pa.Array) -> pa.Table:
    """The table with a column replaced or added."""
    if field in rows.column_names:
        return rows.set_column(rows.column_names.index(field), field, values)
    return rows.append_column(field, values)


STEPS: tuple[Step, ...] = (normalise, validate, price, convert)
"""In the order in which they are taken; `deduplicate` and `commit` follow in the store."""
