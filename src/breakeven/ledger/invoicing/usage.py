"""What a meter counted, as the spans of its bills would have put it into a month."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import msgspec

from breakeven.ledger.invoicing.billed import Billed, TokenType
from breakeven.ledger.invoicing.meters import Metering, by_meter
from breakeven.ledger.measuring.measures import Reading
from breakeven.ledger.measuring.relations import Base, interactions, literal
from breakeven.ledger.window import Window
from breakeven.pricing import Pricer, Quote, make_pricer

SMALLEST = Decimal("1e-12")
_SUMS = """
    sum(cost) AS cost, min(no_rate_cost_currency) AS no_rate, CAST(sum(n) AS BIGINT) AS calls,
    CAST(coalesce(sum(n) FILTER (WHERE cost IS NULL), 0) AS BIGINT) AS unknown,
    CAST(coalesce(sum(n - greatest(input_n, output_n)) FILTER (WHERE cost IS NULL), 0) AS BIGINT) AS dark
""" + "".join(
    f", CAST(coalesce(sum({name}_tokens) FILTER (WHERE cost IS {state}), 0) AS BIGINT) AS {prefix}{name}"
    for name in ("input", "cached", "output")
    for state, prefix in (("NOT NULL", ""), ("NULL", "unknown_"))
)


class Model(msgspec.Struct, frozen=True, kw_only=True):
    """What one model of a provider was used for."""

    provider: str
    model: str | None
    cost: Decimal | None
    """Known cost in the workspace's currency."""
    calls: Decimal
    unknown: Decimal
    """Calls without a known cost."""
    dark: Decimal
    """Those of them without a token count."""
    tokens: Mapping[TokenType, Decimal]
    """Of calls with a known cost; input without cached."""
    unknown_tokens: Mapping[TokenType, Decimal]
    """Of calls without."""


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """Metered usage of a month."""

    models: tuple[Model, ...]
    no_rate: str | None

    @property
    def cost(self) -> Decimal:
        """Known cost."""
        return sum((one.cost for one in self.models if one.cost is not None), Decimal(0))

    def total(self, *, unknown: bool) -> dict[TokenType, Decimal]:
        """Tokens by type of the calls with, or without, a known cost."""
        found: defaultdict[TokenType, Decimal] = defaultdict(Decimal)
        for one in self.models:
            for kind, tokens in (one.unknown_tokens if unknown else one.tokens).items():
                found[kind] += tokens
        return found


SILENCE = Usage(models=(), no_rate=None)
"""A month without traffic."""


def metered_usage(reading: Reading, span: Window, meters: Sequence[Metering]) -> dict[tuple[str, date], Usage]:
    """(Meter, month) → what was metered in the local month."""
    if not any(one.providers for one in meters):
        return {}
    source = by_meter(interactions(span, Base.MONTH, reading.setting("interaction")), meters)
    table = reading.moment.query(f"""
        SELECT meter, CAST(date_trunc('month', day) AS DATE) AS month, provider, model, {_SUMS}
        FROM ({source}) GROUP BY 1, 2, provider, model ORDER BY ALL
    """)
    found: defaultdict[tuple[str, date], list[tuple[Mapping[str, object], Fraction]]] = defaultdict(list)
    for row in table.to_pylist():
        found[row.pop("meter"), row.pop("month")].append((row, Fraction(1)))
    return {place: _usage(rows) for place, rows in found.items()}


def usage_in_bill(reading: Reading, meter: Metering, month: Window, bill: Billed, metered: Usage) -> Usage | str:
    """What was metered from the first to the last of the bill's spans in the month; `metered`: in the local month.

    A span over the edge of the month counts with the share of it that lies in the month. A text where that cannot be
    said.
    """
    if bill.moments or not bill.spans:
        return "a line of the bill has no period" if bill.moments else "the bill has no line of usage"
    crossing = [span for span in bill.spans if span[0] < month.start or span[1] > month.end]
    inside = [span for span in bill.spans if span not in crossing]
    # Hours without a line lie within the bill all the same: it has nothing to say of them.
    whole = [(min(start for start, _ in inside), max(stop for _, stop in inside))] if inside else []
    spans = sorted([*crossing, *whole])
    if any(earlier[1] > later[0] for earlier, later in pairwise(spans)):
        return "lines of different periods reach over the edge of the month"
    if spans == [(month.start, month.end)]:
        return metered
    window = Window(start=spans[0][0], end=spans[-1][1], first=month.first, last=month.last, whole_days=False)
    source = by_meter(interactions(window, Base.RAW, reading.setting("interaction")), [meter])
    listed = ", ".join(f"({i}, TIMESTAMPTZ '{a.isoformat()}', TIMESTAMPTZ '{b.isoformat()}')" for i, (a, b) in
                       enumerate(spans))  # fmt: skip
    rows = reading.moment.query(f"""
        SELECT place, provider, model, {_SUMS}
        FROM ({source}) AS u ASOF JOIN (VALUES {listed}) AS s (place, since, till) ON u.time >= s.since
        WHERE u.time < s.till GROUP BY place, provider, model ORDER BY ALL
    """).to_pylist()
    shares = [_share(span, month) for span in spans]
    return _usage([(row, shares[row["place"]]) for row in rows])


def _share(span: tuple[datetime, datetime], month: Window) -> Fraction:
    within = min(span[1], month.end) - max(span[0], month.start)
    return Fraction(within // timedelta(microseconds=1), (span[1] - span[0]) // timedelta(microseconds=1))


def _usage(rows: Sequence[tuple[Mapping[str, object], Fraction]]) -> Usage:
    found: dict[tuple[str, str | None], dict[str, Decimal | None]] = {}
    lost = None
    for row, share in rows:
        lost = lost or row["no_rate"]
        into = found.setdefault((str(row["provider"]), row["model"]), {"cost": None})  # type: ignore[arg-type]
        for name, value in row.items():
            if isinstance(value, int | Decimal) and name != "place":
                into[name] = (into.get(name) or Decimal(0)) + _part(Decimal(value), share)
    return Usage(
        models=tuple(_model(*key, sums) for key, sums in found.items()), no_rate=None if lost is None else str(lost)
    )


def _part(amount: Decimal, share: Fraction) -> Decimal:
    return amount if share == 1 else (amount * share.numerator / share.denominator).quantize(SMALLEST)


def _model(provider: str, model: str | None, sums: Mapping[str, Decimal | None]) -> Model:
    def by_type(prefix: str) -> dict[TokenType, Decimal]:
        read, cached, written = (sums[f"{prefix}{name}"] or Decimal(0) for name in ("input", "cached", "output"))
        return {"input": max(Decimal(0), read - cached), "cached": min(cached, read), "output": written}

    return Model(
        provider=provider, model=model, cost=sums["cost"], calls=sums["calls"] or Decimal(0),
        unknown=sums["unknown"] or Decimal(0), dark=sums["dark"] or Decimal(0), tokens=by_type(""),
        unknown_tokens=by_type("unknown_"),
    )  # fmt: skip


def unit_prices(reading: Reading, usage: Usage, month: Window) -> dict[TokenType, Decimal] | str:
    """What a token of each type costs on the meter: prices of the table, scaled to the metered cost.

    Over several models the mean, weighted by their tokens; of a price with bands the one of the average call. A text
    where the table has no one price for a model.
    """
    table: defaultdict[TokenType, Decimal] = defaultdict(Decimal)
    weights: defaultdict[TokenType, Decimal] = defaultdict(Decimal)
    at_table, spent = Decimal(0), Decimal(0)
    tokens = usage.total(unknown=False)
    for one in usage.models:
        if one.cost is None or not any(one.tokens.values()):
            continue
        prices = _table_price(reading, one, month)
        if prices is None:
            return f"the price table has no single price for {one.model} of {one.provider} in the month"
        for kind, price in prices.items():
            # A type that nobody used is weighed by all tokens: the bill may know it.
            weight = one.tokens[kind] if tokens[kind] else sum(one.tokens.values(), Decimal(0))
            table[kind] += weight * price
            weights[kind] += weight
            at_table += one.tokens[kind] * price
        spent += one.cost
    if not at_table or not spent:
        return "no token was priced from the price table"
    return {kind: amount / weights[kind] * spent / at_table for kind, amount in table.items() if weights[kind]}


def own_priced(reading: Reading, usage: Usage, month: Window) -> bool:
    """Whether prices of the workspace's own apply to a model."""
    return any(quote.price_id.startswith("own|") for one in usage.models for quote in _quotes(reading, one, month))


def _quotes(reading: Reading, one: Model, month: Window) -> list[Quote]:
    return _pricer(reading).quotes(one.provider, one.model, {}, month.start, month.end - timedelta(seconds=1))


def _table_price(reading: Reading, one: Model, month: Window) -> dict[TokenType, Decimal] | None:
    mean = (one.tokens["input"] + one.tokens["cached"]) / max(one.calls - one.unknown, Decimal(1))
    found = {
        (quote.input, quote.cached, quote.output)
        for quote in _quotes(reading, one, month)
        if quote.above < mean and (quote.up_to is None or mean <= quote.up_to)
    }
    if len(found) != 1:
        return None
    ((read, cached, written),) = found
    prices: dict[TokenType, Decimal | None] = {"input": read, "cached": cached, "output": written}
    if any(prices[kind] is None for kind, tokens in one.tokens.items() if tokens):
        return None
    return {kind: price for kind, price in prices.items() if price is not None}


def _pricer(reading: Reading) -> Pricer:
    workspace = reading.workspace
    return reading.cache.get(
        ("pricer",), None, lambda: make_pricer(workspace.prices, Path(workspace.path), workspace.calendar.time_zone)
    )


def metered_by_day(reading: Reading, meter: Metering, month: Window) -> dict[date, Decimal]:
    """Known metered cost of each local day."""
    source = by_meter(interactions(month, Base.DAY, reading.setting("interaction")), [meter])
    rows = reading.moment.query(f"SELECT day, sum(cost) AS cost FROM ({source}) WHERE cost IS NOT NULL GROUP BY day")
    return {row["day"]: row["cost"] for row in rows.to_pylist()}


def metered_currencies(reading: Reading, span: Window, meters: Sequence[Metering]) -> dict[tuple[str, date], set[str]]:
    """(Meter, month) → currencies of the metered cost."""
    if not any(one.providers for one in meters):
        return {}
    home, within = literal(reading.workspace.currency), f"month >= DATE '{span.first}' AND month < DATE '{span.last}'"
    rows = reading.moment.query(f"""
        SELECT DISTINCT meter, month, coalesce(cost_currency, {home}) AS currency
        FROM ({by_meter("SELECT * FROM interaction_month", meters)}) WHERE {within} AND cost IS NOT NULL
    """).to_pylist()
    found: defaultdict[tuple[str, date], set[str]] = defaultdict(set)
    for row in rows:
        found[row["meter"], row["month"]].add(row["currency"])
    return found
