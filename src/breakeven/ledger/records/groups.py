"""What facts add up to by some of their fields, and which values these fields have: from roll-ups for interactions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

import msgspec

from breakeven.ledger.desk import Desk
from breakeven.ledger.measuring.relations import base_of, interactions
from breakeven.ledger.records.listing import everything
from breakeven.ledger.records.which import INTERACTION, METER, Which, check, conditions, money_of, rows_of
from breakeven.period import Grain
from breakeven.store.rollups import DIMENSIONS
from breakeven.store.schema import quoted

MOST_VALUES = 40
"""Values of a field that are offered."""


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """Facts that have the same values."""

    values: tuple[str | None, ...]
    records: int
    """Of interactions the number that they stand for."""
    amount: Decimal | None
    """In the workspace's currency, as far as it is known."""
    without: int
    """Those whose amount is not known."""


def parts(desk: Desk, which: Which, by: Sequence[str]) -> tuple[Part, ...]:
    """Facts cut by some fields, the largest amounts first; kept until a fact of the kind changes.

    None where roll-ups cannot tell interactions apart by these.
    """
    check(which)
    span = which.span or everything(desk, which.kind)
    many = which.kind == INTERACTION
    if span is None or (many and (not which.summable or not set(by) <= set(DIMENSIONS))):
        return ()
    versions = desk.reading.moment.versions.by_kind
    version = versions.get(which.kind, 0), versions.get(INTERACTION, 0) if which.kind == "cost" else 0
    key = ("parts of records", which, tuple(by), desk.reading.rates_of)

    def make() -> tuple[Part, ...]:
        wanted, values = conditions(which)
        amount = quoted(money_of(which.kind) or "NULL") if money_of(which.kind) else "CAST(NULL AS DECIMAL(38, 12))"
        counted = "sum(n)" if many else "count(DISTINCT (source, id))"
        unknown = f"coalesce({'sum(n)' if many else 'count(*)'} FILTER (WHERE {amount} IS NULL), 0)"
        source = rows_of(desk, which, span)
        if many:
            source = interactions(span, base_of(span, Grain.ALL), desk.reading.setting(INTERACTION))
        names = ", ".join(quoted(name) for name in by)
        rows = desk.reading.moment.query(
            f"SELECT {names}, {counted} AS records, sum({amount}) AS amount, {unknown} AS without FROM ({source})"
            f" WHERE {' AND '.join(wanted) or 'true'} GROUP BY {names}"
            f" ORDER BY abs(sum({amount})) DESC NULLS LAST, records DESC, {names}", values,
        ).to_pylist()  # fmt: skip
        return tuple(Part(values=tuple(row[name] for name in by), records=int(row["records"]), amount=row["amount"],
                          without=int(row["without"])) for row in rows)  # fmt: skip

    return desk.reading.cache.get(key, version, make)


def values(desk: Desk, kind: str, fields: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
    """Field → some of the values that it has, in order; kept until a fact of the kind changes."""
    version = desk.reading.moment.versions.by_kind.get(kind, 0)
    known = tuple(field for field in fields if field != METER and (kind != INTERACTION or field in DIMENSIONS))
    return desk.reading.cache.get(("values of fields", kind, known), version, lambda: _values(desk, kind, known))


def _values(desk: Desk, kind: str, fields: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
    if not fields or desk.reading.presence(kind).first is None:
        return {}
    table = "interaction_month" if kind == INTERACTION else kind
    lists = ", ".join(f"list(DISTINCT {quoted(field)}) AS {quoted(field)}" for field in fields)
    (row,) = desk.reading.moment.query(f"SELECT {lists} FROM {table}").to_pylist()
    return {field: tuple(sorted(one for one in row[field] or () if one is not None)[:MOST_VALUES]) for field in fields}
