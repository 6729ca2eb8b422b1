"""Prices of a batch by whole columns: the common case, in which few prices hold and their amounts are exact.

Gives the same as the SQL of `metering`, which takes what is refused here: raw usage objects, prices that depend on
labels, very many prices, and amounts that do not fit 64 bits in units of 10^-12.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc

from breakeven.facts import MONEY_SCALE
from breakeven.pricing import Pricer, Quote

MOST_QUOTES = 48
MOST_KEYS = 200
_LARGEST = 1 << 62
_MONEY = pa.decimal128(38, MONEY_SCALE)
_SMALLEST = pa.scalar(Decimal(1).scaleb(-MONEY_SCALE), pa.decimal128(MONEY_SCALE + 1, MONEY_SCALE))
_PARTS = ("input", "output", "cached", "request")


def tariff(pricer: Pricer, rows: pa.Table) -> pa.Table | None:
    """cost, cost_currency, cost_origin and price_id of interactions, in their order; None where this is not the way.

    `rows` are interactions in their types with `fault`; rows with a fault get any value.
    """
    if "usage" in rows.column_names or _mentions(rows, pricer.context_keys):
        return None
    calls = {field: _column(rows, field, kind) for field, kind in _TYPES.items()}
    known = pc.or_(pc.is_valid(calls["input_tokens"]), pc.is_valid(calls["output_tokens"]))
    open_ = pc.and_(pc.and_(pc.is_null(calls["cost"]), known), pc.equal(rows["fault"], 0))
    quotes = _quotes(pricer, calls, open_)
    units = None if quotes is None else _units([quote for _, _, quote in quotes])
    if quotes is None or units is None:
        return None
    fresh, output, cached, count = _tokens(calls)
    if _too_large(units, (fresh, output, cached, count)):
        return None
    mean = pc.divide(pc.fill_null(calls["input_tokens"], 0), pc.max_element_wise(count, 1))
    chosen = pa.nulls(len(rows), pa.int64())
    for number, (provider, model, quote) in enumerate(quotes):
        fits = pc.and_(open_, _fits(calls, mean, provider, model, quote))
        chosen = pc.if_else(pc.fill_null(fits, False), number, chosen)
    amount = pa.scalar(0, pa.int64())
    for tokens, part in zip((fresh, output, cached, count), ("input", "output", "cached", "request"), strict=True):
        price = pc.take(pa.array(units[part], pa.int64()), chosen)
        amount = pc.add(amount, pc.if_else(pc.equal(tokens, 0), pc.if_else(pc.is_valid(chosen), 0, None),
                                           pc.multiply(tokens, price)))  # fmt: skip
    metered = pc.multiply(amount.cast(pa.decimal128(19, 0)), _SMALLEST).cast(_MONEY)
    return _made(calls, known, metered, chosen, [quote for _, _, quote in quotes])


_TYPES = {
    "time": pa.timestamp("us", tz="UTC"), "provider": pa.string(), "model": pa.string(), "input_tokens": pa.int64(),
    "output_tokens": pa.int64(), "cached_tokens": pa.int64(), "count": pa.int64(), "cost": _MONEY,
    "cost_currency": pa.string(), "cost_origin": pa.string(), "price_id": pa.string(),
}  # fmt: skip


def _column(rows: pa.Table, field: str, kind: pa.DataType) -> pa.Array:
    if field not in rows.column_names:
        return pa.nulls(len(rows), kind)
    return rows[field].cast(kind).combine_chunks()


def _mentions(rows: pa.Table, keys: frozenset[str]) -> bool:
    """Whether labels may hold something that a price depends on."""
    if "labels" not in rows.column_names or not keys:
        return False
    return any(pc.any(pc.match_substring(rows["labels"], key)).as_py() for key in keys)


def _quotes(pricer: Pricer, calls: dict[str, pa.Array], open_: pa.Array) -> list[tuple[str | None, str, Quote]] | None:
    keyed = pa.table({name: calls[name] for name in ("provider", "model", "time")}).filter(open_)
    wanted = keyed.group_by(["provider", "model"]).aggregate([("time", "min"), ("time", "max")]).to_pylist()
    found: list[tuple[str | None, str, Quote]] = []
    if len(wanted) > MOST_KEYS:
        return None
    for want in wanted:
        for quote in pricer.quotes(want["provider"], want["model"], {}, want["time_min"], want["time_max"]):
            found.append((want["provider"], want["model"], quote))
    return found if len(found) <= MOST_QUOTES else None


def _units(quotes: Sequence[Quote]) -> dict[str, list[int | None]] | None:
    """Prices in units of 10^-12; None where one is not whole in them."""
    units: dict[str, list[int | None]] = {part: [] for part in _PARTS}
    for quote in quotes:
        for part in _PARTS:
            price = getattr(quote, part)
            unit = None if price is None else price.scaleb(MONEY_SCALE)
            if unit is not None and unit != int(unit):
                return None
            units[part].append(None if unit is None else int(unit))
    return units


def _tokens(calls: dict[str, pa.Array]) -> tuple[pa.Array, pa.Array, pa.Array, pa.Array]:
    """Fresh, written and cached tokens, and interactions."""
    given = pc.fill_null(calls["cached_tokens"], 0)
    read = pc.coalesce(calls["input_tokens"], given)
    cached = pc.min_element_wise(given, read)
    return pc.subtract(read, cached), pc.fill_null(calls["output_tokens"], 0), cached, pc.fill_null(calls["count"], 1)


def _too_large(units: dict[str, list[int | None]], tokens: Sequence[pa.Array]) -> bool:
    most = [max((price for price in prices if price is not None), default=0) for prices in units.values()]
    by_part = zip((most[0], most[1], most[2], most[3]), (tokens[0], tokens[1], tokens[2], tokens[3]), strict=True)
    return bool(sum(price * int(pc.max(pc.abs(counts)).as_py() or 0) for price, counts in by_part) > _LARGEST)


def _fits(calls: dict[str, pa.Array], mean: pa.Array, provider: str | None, model: str, quote: Quote) -> pa.Array:
    """Rows for which a quote holds."""
    at = pc.is_null(calls["provider"]) if provider is None else pc.equal(calls["provider"], provider)
    fits = pc.and_(at, pc.equal(calls["model"], model))
    moment = pa.timestamp("us", tz="UTC")
    fits = pc.and_(fits, pc.greater_equal(calls["time"], pa.scalar(quote.start, moment)))
    fits = pc.and_(fits, pc.less(calls["time"], pa.scalar(quote.end, moment)))
    if quote.above >= 0:
        fits = pc.and_(fits, pc.greater(mean, quote.above))
    return fits if quote.up_to is None else pc.and_(fits, pc.less_equal(mean, quote.up_to))


def _made(
    calls: dict[str, pa.Array], known: pa.Array, metered: pa.Array, chosen: pa.Array, quotes: Sequence[Quote]
) -> pa.Table:
    reported, priced = pc.is_valid(calls["cost"]), pc.is_valid(metered)
    again = pc.fill_null(pc.equal(calls["cost_origin"], "metered"), False)
    currency = pc.take(pa.array([quote.currency for quote in quotes], pa.string()), chosen)
    price_id = pc.take(pa.array([quote.price_id for quote in quotes], pa.string()), chosen)
    nothing = pa.scalar(None, pa.string())
    origin = pc.case_when(
        pc.make_struct(pc.and_(reported, again), reported, priced, known), "metered", "reported", "metered", "unpriced",
        "unmetered",
    )  # fmt: skip
    return pa.table({
        "cost": pc.coalesce(calls["cost"], metered),
        "cost_currency": pc.if_else(reported, calls["cost_currency"], pc.if_else(priced, currency, nothing)),
        "cost_origin": origin,
        "price_id": pc.if_else(reported, calls["price_id"], pc.if_else(priced, price_id, nothing)),
    })  # fmt: skip
