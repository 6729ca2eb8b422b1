"""How many facts are meant and what their amounts add up to: from roll-ups where interactions are counted."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec

from breakeven.facts import KINDS
from breakeven.ledger.desk import Desk
from breakeven.ledger.measuring.relations import base_of, interactions, no_rate_column
from breakeven.ledger.records.listing import everything
from breakeven.ledger.records.which import INTERACTION, Which, check, conditions, currency_of, money_of, rows_of
from breakeven.ledger.window import Window
from breakeven.measures import MEASURES
from breakeven.period import Grain


class Total(msgspec.Struct, frozen=True, kw_only=True):
    """What some facts are together."""

    records: int | None
    """Number of facts; of interactions the number that they stand for. None: nobody has counted them."""
    amount: Decimal | None = None
    """In the workspace's currency, as far as it is known; None: they have no money, or none that is known."""
    without: int = 0
    """Facts whose amount is not known."""
    no_rate: str | None = None
    """An exchange rate that is lacking."""
    revenue: Decimal | None = None
    """Of interactions."""
    value: Decimal | None = None
    """Of the measure that was asked for."""


def total(desk: Desk, which: Which) -> Total:
    """All facts that are meant together; kept until a fact of the kind changes. Raises UnknownName."""
    check(which)
    span = which.span or everything(desk, which.kind)
    if span is None:
        return Total(records=0)
    if which.kind == INTERACTION and not which.summable:
        return Total(records=None)
    versions = desk.reading.moment.versions.by_kind
    version = versions.get(which.kind, 0), versions.get(INTERACTION, 0) if which.kind == "cost" else 0
    key = ("total of records", which, desk.reading.rates_of)
    make = _of_interactions if which.kind == INTERACTION else _of_facts
    return desk.reading.cache.get(key, version, lambda: make(desk, which, span))


def counts(desk: Desk, span: Window, projects: tuple[str, ...] | None) -> Mapping[str, int]:
    """Kind of fact → how many count in a window."""
    return {kind: total(desk, Which(kind=kind, span=span, projects=projects)).records or 0 for kind in KINDS}


def _of_interactions(desk: Desk, which: Which, span: Window) -> Total:
    wanted, values = conditions(which)
    source = interactions(span, base_of(span, Grain.ALL), desk.reading.setting(INTERACTION))
    (row,) = desk.reading.moment.query(
        f"SELECT coalesce(sum(n), 0) AS records, sum(cost) AS amount, sum(revenue) AS revenue,"
        f" coalesce(sum(n) FILTER (WHERE cost IS NULL), 0) AS without, min(no_rate_cost_currency) AS no_rate,"
        f" {_measure(which)} FROM ({source}) WHERE {' AND '.join(wanted) or 'true'}", values,
    ).to_pylist()  # fmt: skip
    return _total(row)


def _of_facts(desk: Desk, which: Which, span: Window) -> Total:
    wanted, values = conditions(which)
    amount = money_of(which.kind)
    money = "NULL AS amount, 0 AS without, NULL AS no_rate"
    if amount is not None:
        money = (f"sum({amount}) AS amount, count(*) FILTER (WHERE {amount} IS NULL) AS without,"
                 f" min({no_rate_column(currency_of(which.kind))}) AS no_rate")  # fmt: skip
    (row,) = desk.reading.moment.query(
        f"SELECT count(DISTINCT (source, id)) AS records, {money}, NULL AS revenue, {_measure(which)}"
        f" FROM ({rows_of(desk, which, span)}) WHERE {' AND '.join(wanted) or 'true'}", values,
    ).to_pylist()  # fmt: skip
    return _total(row)


def _measure(which: Which) -> str:
    """SQL of the value of the measure that was asked for."""
    measure = MEASURES[which.measure] if which.measure is not None else None
    if measure is None or ":" in measure.expression.partition("(")[0]:
        return "NULL AS value"
    return f"TRY_CAST({measure.expression} AS DECIMAL(38, 12)) AS value"


def _total(row: Mapping[str, Any]) -> Total:
    known = {name: row[name] for name in ("amount", "no_rate", "revenue", "value")}
    return Total(records=int(row["records"]), without=int(row["without"]), **known)
