"""The gap between an invoice and its meter, taken apart.

Each part is computed by a rule of its own from what the bill and the meter say; what the data do not allow to compute
is None with a reason, and what no part explains is the rest. The parts that are known add up to the gap exactly.

The steps lead from the meter to the invoice: what the meter would have counted in the bill's periods (timing), for
calls without a price (unpriced), at the quantities of the bill (missing traffic), its share of cached tokens (cached
tokens), its prices (price), its rounding (rounding), and the lines that are no usage (charges). Exchange rates come
first: the bill is restated at the rates at which the meter was converted.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal

import msgspec

from breakeven.ledger.invoicing.billed import TYPES, Billed, Charge, Tokens, TokenType
from breakeven.ledger.invoicing.usage import Usage
from breakeven.ledger.results import Result
from breakeven.money import CENT, Rate

ZERO = Decimal(0)
SMALLEST = Decimal("1e-12")
LABELS: Mapping[str, str] = {
    "price": "Price",
    "cached_tokens": "Cached tokens",
    "unpriced": "Unpriced calls",
    "missing_traffic": "Missing traffic",
    "currency": "Currency",
    "timing": "Timing",
    "charges": "Credits, taxes, fees",
    "rounding": "Rounding",
    "rest": "Rest",
}


class Part(Result, frozen=True, kw_only=True):
    """One part of a gap."""

    name: str
    label: str
    amount: Decimal | None
    """What it adds to the meter to come to the invoice; None: the data do not say."""
    rule: str
    """How it was computed."""
    reason: str | None = None
    """Why it is not known, or what it does not include."""


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one meter and month."""

    currency: str
    bill: Billed
    month: Usage
    """Metered in the local month."""
    cut: Usage | str
    """Metered in the periods of the bill; or why that cannot be said."""
    prices: Callable[[Usage], Mapping[TokenType, Decimal] | str]
    """What a token costs on the meter."""
    own_prices: Callable[[], bool]
    """Whether the workspace's own prices apply to the meter: then it does not count at list prices."""
    rates: Sequence[Rate]
    by_day: Callable[[], Mapping[date, Decimal]]
    """Metered cost by day."""
    metered_in: set[str]
    """Currencies of the metered cost."""


def parts_of(seen: Seen, gap: Decimal) -> tuple[Part, ...]:
    """The parts of a gap, in the order of LABELS; those that are known add up to it."""
    factors, currency = _currency(seen)
    made = [currency, _charges(seen.bill)]
    cut, timing = _timing(seen)
    made.append(timing)
    prices = seen.prices(cut)
    unpriced = _unpriced(cut, prices)
    made.append(unpriced)
    if seen.bill.tokens:
        made += _by_quantity(seen, cut, prices, unpriced.amount or ZERO, factors)
    else:
        made += _without_quantity(seen, factors)
    known = sum((part.amount for part in made if part.amount is not None), ZERO)
    made.append(_part("rest", gap - known, "the gap without all parts that are known"))
    order = list(LABELS)
    return tuple(sorted(made, key=lambda part: order.index(part.name)))


def _part(name: str, amount: Decimal | None, rule: str, reason: str | None = None) -> Part:
    rounded = None if amount is None else amount.quantize(SMALLEST)
    return Part(name=name, label=LABELS[name], amount=rounded, rule=rule, reason=reason)


# --- exchange rates

Factors = Mapping[tuple[str, date], Decimal]
"""(Currency, day of the bill's line) → what its amount is multiplied by to be at the meter's rates."""


def _currency(seen: Seen) -> tuple[Factors, Part]:
    """The bill at the rates of the days on which it was used."""
    home = seen.currency
    rule = "invoice at the rate of its day − the same at the meter's rates, weighted by metered cost"
    foreign = sorted({(charge.currency, charge.day) for charge in seen.bill.charges if charge.currency != home})
    if not foreign:
        others = sorted(seen.metered_in - {home})
        if others:
            why = f"the bill is in {home}: the rate at which its vendor converted {' and '.join(others)} is not on it"
            return {}, _part("currency", None, rule, why)
        return {}, _part("currency", ZERO, f"bill and meter are both in {home}")
    days = seen.by_day()
    factors: dict[tuple[str, date], Decimal] = {}
    for currency, day in foreign:
        mean, own = _mean_rate(currency, days, seen.rates), _rate(currency, day, seen.rates)
        if mean is None or own is None:
            why = f"no exchange rate {currency}→{home} on every day of the traffic" if days else "no metered cost"
            return {}, _part("currency", None, rule, why)
        factors[currency, day] = mean / own
    usage = [charge for charge in seen.bill.charges if charge.usage and charge.amount is not None]
    moved = sum(((charge.amount or ZERO) * (1 - _at(charge, factors)) for charge in usage), ZERO)
    return factors, _part("currency", moved, rule)


def _mean_rate(currency: str, days: Mapping[date, Decimal], rates: Sequence[Rate]) -> Decimal | None:
    """The rate at which the metered cost of all days together converts."""
    converted = ZERO
    for day, cost in days.items():
        rate = _rate(currency, day, rates)
        if rate is None:
            return None
        converted += cost / rate
    return sum(days.values(), ZERO) / converted if converted else None


def _rate(currency: str, day: date, rates: Sequence[Rate]) -> Decimal | None:
    known = sorted((rate.start, rate.rate) for rate in rates if rate.currency == currency)
    place = bisect_right(known, day, key=lambda one: one[0])
    return known[place - 1][1] if place else None


def _at(charge: Charge | Tokens, factors: Factors) -> Decimal:
    return factors.get((charge.currency, charge.day), Decimal(1))


# --- the other parts


def _charges(bill: Billed) -> Part:
    """Lines that are no usage; they are not restated, so that they are what the bill says."""
    amounts = [charge.amount for charge in bill.charges if not charge.usage and charge.amount is not None]
    return _part("charges", sum(amounts, ZERO), "lines that are credits, corrections, taxes, purchases or adjustments")


def _timing(seen: Seen) -> tuple[Usage, Part]:
    """The meter in the bill's periods."""
    rule = "metered cost in the periods of the bill's lines, shared like them − metered cost of the local month"
    if isinstance(seen.cut, str):
        return seen.month, _part("timing", None, rule, seen.cut)
    return seen.cut, _part("timing", seen.cut.cost - seen.month.cost, rule)


def _unpriced(usage: Usage, prices: Mapping[TokenType, Decimal] | str) -> Part:
    rule = "tokens of calls without a known cost, at the average cost of a token of the calls with one"
    unknown = sum((one.unknown for one in usage.models), ZERO)
    if not unknown:
        return _part("unpriced", ZERO, "the cost of every call is known")
    tokens, dark = usage.total(unknown=True), sum((one.dark for one in usage.models), ZERO)
    reason = f"{dark:.0f} calls have neither cost nor tokens" if dark else usage.no_rate
    if not any(tokens.values()):
        return _part("unpriced", None, rule, reason or "the calls without a cost have no tokens")
    average = _average(usage)
    used = [kind for kind, count in tokens.items() if count]
    if not isinstance(prices, str) and all(kind in prices for kind in used):
        return _part("unpriced", sum((tokens[kind] * prices[kind] for kind in used), ZERO), rule, reason)
    if average is None:
        return _part("unpriced", None, rule, "no call with a known cost has tokens")
    return _part("unpriced", sum(tokens.values(), ZERO) * average, rule, reason)


def _average(usage: Usage) -> Decimal | None:
    """Cost of a token of the calls with a known cost."""
    tokens = sum(usage.total(unknown=False).values(), ZERO)
    cost = sum((one.cost for one in usage.models if one.cost is not None and any(one.tokens.values())), ZERO)
    return cost / tokens if tokens else None


def _without_quantity(seen: Seen, factors: Factors) -> list[Part]:
    """Parts of a bill that states no tokens: the price from its amounts at list prices."""
    silent = "the bill states no quantity of tokens"
    usage = [charge for charge in seen.bill.charges if charge.usage]
    rule = "usage as billed − usage at the bill's list prices, at which the meter counts"
    price = _part("price", None, rule, f"{silent} and no amount at list prices")
    if usage and not any(charge.without_list for charge in usage):
        if seen.own_prices():
            price = _part("price", None, rule, "the meter counts at the workspace's own prices, not at list prices")
        else:
            less = sum((((c.amount or ZERO) - (c.list_amount or ZERO)) * _at(c, factors) for c in usage), ZERO)
            price = _part("price", less, rule)
    most = _most(sum(charge.lines for charge in usage))
    return [
        price,
        _part("cached_tokens", None, "billed share of cached tokens against the metered one", silent),
        _part("missing_traffic", None, "billed − metered tokens, at the meter's prices", silent),
        _part("rounding", None, "amount − quantity × unit price", f"{silent}; {most}"),
    ]


def _by_quantity(
    seen: Seen, usage: Usage, prices: Mapping[TokenType, Decimal] | str, unpriced: Decimal, factors: Factors
) -> list[Part]:
    """Parts of a bill that states tokens."""
    tokens = seen.bill.tokens
    exact, rounding = _rounding(tokens, factors, seen)
    kinds = {one.type for one in tokens}
    if None in kinds or isinstance(prices, str):
        why = prices if isinstance(prices, str) else "the bill does not say which tokens are input, cached and output"
        return [*_in_total(tokens, usage, exact, unpriced, why), rounding]
    metered = _added(usage.total(unknown=False), usage.total(unknown=True))
    without = [kind for kind in TYPES if kind not in prices and (kind in kinds or metered[kind])]
    if without:
        why = f"the price table has no price of {' and '.join(without)} tokens"
        return [*_in_total(tokens, usage, exact, unpriced, why), rounding]
    return [*_by_type(tokens, metered, prices, exact, split="cached" in kinds), rounding]


def _by_type(
    tokens: Sequence[Tokens], metered: Mapping[TokenType, Decimal], prices: Mapping[TokenType, Decimal],
    exact: Sequence[Decimal], *, split: bool,
) -> list[Part]:  # fmt: skip
    quantity: defaultdict[TokenType, Decimal] = defaultdict(Decimal)
    spent: defaultdict[TokenType, Decimal] = defaultdict(Decimal)
    for one, amount in zip(tokens, exact, strict=True):
        if one.type is not None:
            quantity[one.type] += one.quantity
            spent[one.type] += amount
    cost = {kind: prices.get(kind, ZERO) for kind in TYPES}
    read = {"billed": quantity["input"] + quantity["cached"], "metered": metered["input"] + metered["cached"]}
    # What one token read costs on the meter, with the meter's share of cached ones.
    mean = cost["input"]
    if read["metered"]:
        mean = (metered["input"] * cost["input"] + metered["cached"] * cost["cached"]) / read["metered"]
    missing = (read["billed"] - read["metered"]) * mean + (quantity["output"] - metered["output"]) * cost["output"]
    shares = quantity["input"] * cost["input"] + quantity["cached"] * cost["cached"] - read["billed"] * mean
    prices_of = {kind: spent[kind] - quantity[kind] * cost[kind] for kind in TYPES}
    how = "billed tokens read at the billed share of cached ones − at the metered share"
    cached = _part("cached_tokens", shares + prices_of["cached"], f"{how}, and cached ones at the bill's price")
    if not split:
        cached = _part("cached_tokens", shares, f"{how} (the bill has no cached tokens)")
    return [
        _part("missing_traffic", missing, "billed − metered tokens read and written, at the meter's prices"),
        cached,
        _part("price", prices_of["input"] + prices_of["output"], "billed tokens × (billed − metered price)"),
    ]


def _in_total(
    tokens: Sequence[Tokens], usage: Usage, exact: Sequence[Decimal], unpriced: Decimal, why: str
) -> list[Part]:
    """Quantity and price over tokens of all types."""
    billed = sum((one.quantity for one in tokens), ZERO)
    metered = sum(_added(usage.total(unknown=False), usage.total(unknown=True)).values(), ZERO)
    rules = "billed − metered tokens, at the meter's cost of a token", "billed tokens × (billed − metered cost of one)"
    cached = _part("cached_tokens", None, "billed share of cached tokens against the metered one", why)
    if not metered:
        silent = "the meter counted no tokens"
        return [_part("missing_traffic", None, rules[0], silent), cached, _part("price", None, rules[1], silent)]
    cost = (usage.cost + unpriced) / metered
    return [
        _part("missing_traffic", (billed - metered) * cost, rules[0]),
        cached,
        _part("price", sum(exact, ZERO) - billed * cost, rules[1]),
    ]


def _rounding(tokens: Sequence[Tokens], factors: Factors, seen: Seen) -> tuple[list[Decimal], Part]:
    """Amounts before rounding, at the meter's rates, and what rounding adds to them."""
    billed = [one.amount * _at(one, factors) for one in tokens]
    rule = "amount of a line − its quantity × its unit price"
    exact = []
    for one in tokens:
        rate = Decimal(1) if one.currency == seen.currency else _rate(one.currency, one.day, seen.rates)
        if one.unit_price is None or rate is None:
            why = f"the bill states no unit price; {_most(sum(one.lines for one in tokens))}"
            return billed, _part("rounding", None, rule, why)
        exact.append(one.quantity * one.unit_price * rate * _at(one, factors))
    apart = [abs(amount - before) > CENT * one.lines for one, amount, before in zip(tokens, billed, exact, strict=True)]
    if any(apart):
        return billed, _part("rounding", None, rule, "amounts of the bill are not its quantities × its unit prices")
    return exact, _part("rounding", sum(billed, ZERO) - sum(exact, ZERO), rule)


def _most(lines: int) -> str:
    """How much the rounding of lines to cents can make."""
    return f"{lines} line{'s' if lines != 1 else ''} in cents: at most {Decimal('0.005') * lines}"


def _added(*sums: Mapping[TokenType, Decimal]) -> dict[TokenType, Decimal]:
    return {kind: sum((one.get(kind, ZERO) for one in sums), ZERO) for kind in TYPES}
