"""What the bills of one meter say about one month: amounts by kind, periods, and quantities of tokens.

Quantities stand in a line's labels, under the names of FOCUS (`PricingQuantity` with `PricingUnit` and
`ContractedUnitPrice` or `ListUnitPrice`, `ConsumedQuantity` with `ConsumedUnit`) or as `quantity`, `unit`, `unit_price`
and `token_type`. Only units of tokens are read ("1M tokens", "1K Tokens", "Tokens").
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

import msgspec
import pyarrow as pa

from breakeven.ledger.invoicing.meters import Metering, metered_lines
from breakeven.ledger.measuring.measures import Reading
from breakeven.ledger.measuring.relations import literal
from breakeven.ledger.window import Window

TokenType = Literal["input", "cached", "output"]
TYPES: tuple[TokenType, ...] = ("input", "cached", "output")
NO_USAGE = ("Credit", "Tax", "Purchase", "Adjustment")
"""FOCUS charge categories of lines that are no usage."""

_QUANTITIES = (
    ("PricingQuantity", "PricingUnit", ("ContractedUnitPrice", "ListUnitPrice")),
    ("ConsumedQuantity", "ConsumedUnit", ()),
    ("quantity", "unit", ("unit_price",)),
)
"""Labels of a quantity, its unit and its price."""
_WORDS = ("token_type", "SkuMeter", "ChargeDescription", "SkuId")
"""Labels that may say what sort of token it is."""
_UNIT = re.compile(
    r"(?P<number>[\d,.]*)\s*(?P<word>k|m|b|thousand|million|billion)?\s*\S*\s*tokens?\b.*", re.IGNORECASE
)
_MULTIPLES = {"k": 10**3, "thousand": 10**3, "m": 10**6, "million": 10**6, "b": 10**9, "billion": 10**9}


class Charge(msgspec.Struct, frozen=True, kw_only=True):
    """Amounts of a bill in a month that were converted at the same rate."""

    usage: bool
    """False: credits, corrections, taxes and purchases."""
    currency: str
    day: date
    """Local day whose rate converts it."""
    amount: Decimal | None
    list_amount: Decimal | None
    lines: int
    without_list: int
    """Lines without an amount at list prices."""


class Tokens(msgspec.Struct, frozen=True, kw_only=True):
    """Billed tokens of one sort and price."""

    type: TokenType | None
    """None: the bill does not say."""
    quantity: Decimal
    """Tokens."""
    amount: Decimal
    currency: str
    day: date
    unit_price: Decimal | None
    """Per token, in `currency`."""
    lines: int


class Billed(msgspec.Struct, frozen=True, kw_only=True):
    """The bills of one meter in one month."""

    charges: tuple[Charge, ...]
    tokens: tuple[Tokens, ...]
    spans: tuple[tuple[datetime, datetime], ...]
    """Different spans of the usage lines, as instants."""
    moments: int
    """Usage lines without a span."""


NOTHING = Billed(charges=(), tokens=(), spans=(), moments=0)
"""A month without a bill."""


def billed(reading: Reading, span: Window, meters: Sequence[Metering]) -> dict[tuple[str, date], Billed]:
    """(Meter, month) → what the bills say; amounts in the workspace's currency, spans cut by month."""
    if not any(one.lines for one in meters):
        return {}
    source, query = _lines(reading, span, meters), reading.moment.query
    charges = query(f"""
        SELECT meter, month, usage, currency, day, sum(amount) AS amount, sum(list_amount) AS list_amount,
               count(*) AS lines, count(*) FILTER (WHERE list_amount IS NULL) AS without_list
        FROM ({source}) GROUP BY meter, month, usage, currency, day ORDER BY ALL
    """)
    spans = query(f"SELECT DISTINCT meter, month, start, stop FROM ({source}) WHERE usage ORDER BY ALL")
    labels = [*(name for row in _QUANTITIES for name in (*row[:2], *row[2])), *_WORDS]
    shown = ", ".join(f"labels ->> '$.{name}' AS {name}" for name in labels)
    tokens = query(f"""
        SELECT * EXCLUDE (amount), sum(amount) AS amount, count(*) AS lines
        FROM (SELECT meter, month, amount, currency, day, share, {shown} FROM ({source})
              WHERE usage AND amount IS NOT NULL AND labels ILIKE '%token%') GROUP BY ALL ORDER BY ALL
    """)
    by_charge, by_span, by_tokens = (_by_place(table) for table in (charges, spans, tokens))
    return {
        place: Billed(
            charges=tuple(Charge(**row) for row in rows),
            tokens=tuple(found for row in by_tokens[place] for found in _tokens(row)),
            spans=tuple((row["start"], row["stop"]) for row in by_span[place] if row["stop"] > row["start"]),
            moments=sum(row["stop"] <= row["start"] for row in by_span[place]),
        )
        for place, rows in by_charge.items()
    }  # fmt: skip


def _by_place(table: pa.Table) -> defaultdict[tuple[str, date], list[dict[str, Any]]]:
    found: defaultdict[tuple[str, date], list[dict[str, Any]]] = defaultdict(list)
    for row in table.to_pylist():
        found[row.pop("meter"), row.pop("month")].append(row)
    return found


def _lines(reading: Reading, span: Window, meters: Sequence[Metering]) -> str:
    """SELECT of the pieces by month of the meters' lines; `share` of the span where a piece is not all of it."""
    zone, home = literal(reading.workspace.calendar.time_zone), literal(reading.workspace.currency)
    none = ", ".join(literal(name) for name in NO_USAGE)
    begins, ends = (f"timezone({zone}, date_trunc('month', local){more})" for more in ("", " + INTERVAL 1 MONTH"))
    within = f"(epoch(least(stop, {ends})) - epoch(greatest(start, {begins})))"
    return f"""
        SELECT meter, CAST(date_trunc('month', local) AS DATE) AS month,
               charge_class = 'regular' AND coalesce(labels ->> '$.ChargeCategory', '') NOT IN ({none}) AS usage,
               coalesce(currency, {home}) AS currency, CAST(timezone({zone}, start) AS DATE) AS day,
               amount, list_amount, start, stop, labels,
               CASE WHEN stop > start AND NOT (start >= {begins} AND stop <= {ends})
                    THEN {within} / (epoch(stop) - epoch(start)) END AS share
        FROM (SELECT * REPLACE (CASE WHEN json_valid(labels) THEN labels END AS labels)
              FROM ({metered_lines(reading, span, meters)}))
    """


def _tokens(row: Mapping[str, Any]) -> Iterable[Tokens]:
    """Billed tokens of equal lines; nothing where their unit is none of tokens."""
    words = " ".join(str(row[name]) for name in _WORDS if row[name] is not None)
    for quantity_of, unit_of, prices in _QUANTITIES:
        quantity, unit = _number(row[quantity_of]), row[unit_of]
        found = _UNIT.fullmatch(str(unit or "").strip())
        if quantity is None or found is None:
            continue
        number = _number(found["number"].replace(",", "")) if found["number"] else Decimal(1)
        size = (number or Decimal(1)) * _MULTIPLES.get((found["word"] or "").lower(), 1)
        price = next((price for name in prices if (price := _number(row[name])) is not None), None)
        share = Decimal(1) if row["share"] is None else Decimal(repr(row["share"]))
        yield Tokens(
            type=_type(f"{words} {unit}"), quantity=quantity * size * row["lines"] * share, amount=row["amount"],
            currency=row["currency"], day=row["day"], unit_price=None if price is None else price / size,
            lines=row["lines"],
        )  # fmt: skip
        return


def _number(text: object) -> Decimal | None:
    try:
        number = Decimal(str(text))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _type(words: str) -> TokenType | None:
    said = words.lower()
    if "cache" in said and "write" not in said and "creation" not in said:
        return "cached"
    if "output" in said or "completion" in said or "generated" in said:
        return "output"
    return "input" if "input" in said or "prompt" in said or "cache" in said else None
