"""The `price` step: which prices a batch needs, as tables to join, and the SQL that applies them.

Token counts are priced by one join with the quotes of the batch's distinct (provider, model, context), where the
context is what else a price depends on (service tier…), taken from the labels. Money is computed in whole units of
10^-24, so that the only rounding is the last one. Raw usage objects are read and priced once for each distinct object.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from decimal import Decimal
from typing import Any

import msgspec
import pyarrow as pa

from breakeven.ingest.staging import Staging, text
from breakeven.ingest.values import MONEY
from breakeven.pricing import Charge, Pricer, rounded

UNIT = 24
"""Decimals in which prices of one token are exact: book prices per million have up to 18."""
_INSTANT = pa.timestamp("us", tz="UTC")
_MICRO_PRICE = pa.decimal128(38, 0)
QUOTES = pa.schema([
    ("provider", pa.string()), ("model", pa.string()), ("context", pa.string()),
    ("start", _INSTANT), ("end", _INSTANT), ("above", pa.int64()), ("up_to", pa.int64()),
    ("input", _MICRO_PRICE), ("output", _MICRO_PRICE), ("cached", _MICRO_PRICE), ("request", _MICRO_PRICE),
    ("currency", pa.string()), ("price_id", pa.string()),
])  # fmt: skip
CHARGES = pa.schema([
    ("usage", pa.string()), ("provider", pa.string()), ("model", pa.string()), ("flavour", pa.string()),
    ("hint", pa.string()), ("context", pa.string()), ("start", _INSTANT), ("end", _INSTANT),
    ("named", pa.string()), ("input_tokens", pa.int64()), ("output_tokens", pa.int64()), ("cached_tokens", pa.int64()),
    ("cost", pa.decimal128(38, 12)), ("currency", pa.string()), ("price_id", pa.string()),
])  # fmt: skip
_KEYS = ("usage", "provider", "model", "flavour", "hint", "context")
_MOST = 9_007_199_254_740_992
"""Tokens that one usage object can state: beyond it numbers in JSON are no longer whole."""

READ = ("model", "input_tokens", "output_tokens", "cached_tokens")
"""Fields that a usage object fills where the source does not say."""
_TYPES = {
    "cost": MONEY, "model": "VARCHAR", "provider": "VARCHAR", "input_tokens": "BIGINT", "output_tokens": "BIGINT",
    "cached_tokens": "BIGINT", "count": "BIGINT", "usage": "VARCHAR", "operation": "VARCHAR", "labels": "VARCHAR",
    "cost_currency": "VARCHAR", "cost_origin": "VARCHAR", "price_id": "VARCHAR",
}  # fmt: skip


def meter(pricer: Pricer, staging: Staging, rows: pa.Table) -> pa.Table:
    """`ordinal`, the cost with its origin and price and, where usage was sent, READ; of valid rows, in any order.

    `rows` are interactions in their types with `ordinal` and `fault`.
    """
    has_usage = "usage" in rows.column_names
    fields = [field for field in _TYPES if field in rows.column_names]
    calls = rows.select(["ordinal", "time", "fault", *fields])
    keyed = _keyed(pricer, fields)
    with staging.holding(calls=calls):
        quotes = _quotes(pricer, staging.table(
            "SELECT provider, model, context, min(time) AS first, max(time) AS last"
            f" FROM ({keyed}) WHERE cost IS NULL AND model IS NOT NULL AND fault = 0"
            " AND (input_tokens IS NOT NULL OR output_tokens IS NOT NULL) GROUP BY ALL", len(rows)))  # fmt: skip
        charges = CHARGES.empty_table() if not has_usage else _charges(pricer, staging.table(
            f"SELECT {', '.join(_KEYS)}, min(time) AS first, max(time) AS last"
            f" FROM ({keyed}) WHERE usage IS NOT NULL AND fault = 0 GROUP BY ALL", len(rows)))  # fmt: skip
        with staging.holding(quotes=quotes, charges=charges):
            return staging.table(_priced(keyed, has_usage), len(rows))


def _keyed(pricer: Pricer, fields: Collection[str]) -> str:
    """The calls with all columns that pricing looks at, and `context`, `flavour` and `hint`."""
    shown = [field if field in fields else f"CAST(NULL AS {kind}) AS {field}" for field, kind in _TYPES.items()]
    context, flavour = "''", "CAST(NULL AS VARCHAR)"
    if "labels" in fields:
        context = _context(sorted(pricer.context_keys))
        flavour = _from_labels("api_flavor", "api_flavour")
    hint = "operation" if "operation" in fields else "CAST(NULL AS VARCHAR)"
    shown += [f"{context} AS context", f"{flavour} AS flavour", f"{hint} AS hint"]
    return f"SELECT ordinal, time, fault, {', '.join(shown)} FROM calls"


def _context(keys: list[str]) -> str:
    if not keys:
        return "''"
    pairs = ", ".join(f"{text(key)}, json_extract_string(labels, {text('$.' + key)})" for key in keys)
    return (f"CASE WHEN {_mentions(*keys)} THEN"
            f" CAST(json_merge_patch('{{}}', json_object({pairs})) AS VARCHAR) ELSE '' END")  # fmt: skip


def _from_labels(*keys: str) -> str:
    found = ", ".join(f"json_extract_string(labels, {text('$.' + key)})" for key in keys)
    return f"CASE WHEN {_mentions(*keys)} THEN coalesce({found}) END"


def _mentions(*keys: str) -> str:
    """Cheap test that spares the parsing of most labels."""
    named = " OR ".join(f"contains(labels, {text(key)})" for key in keys)
    return f"labels IS NOT NULL AND ({named}) AND fault = 0"


def _quotes(pricer: Pricer, wanted: pa.Table) -> pa.Table:
    def rows() -> Iterator[dict[str, Any]]:
        for want in wanted.to_pylist():
            context = _decoded(want["context"])
            for quote in pricer.quotes(want["provider"], want["model"], context, want["first"], want["last"]):
                prices = {name: _whole_units(getattr(quote, name)) for name in ("input", "output", "cached", "request")}
                yield msgspec.structs.asdict(quote) | prices | {
                    "provider": want["provider"] or "", "model": want["model"], "context": want["context"],
                }  # fmt: skip

    return pa.Table.from_pylist(list(rows()), QUOTES)


def _whole_units(price: Decimal | None) -> Decimal | None:
    return None if price is None else price.scaleb(UNIT).to_integral_value()


def _charges(pricer: Pricer, wanted: pa.Table) -> pa.Table:
    def rows() -> Iterator[dict[str, Any]]:
        for want in wanted.to_pylist():
            key = {name: want[name] or "" for name in _KEYS}
            reading = pricer.read(want["usage"], want["provider"], want["flavour"], want["hint"])
            if reading is None:
                continue
            counts = {name: getattr(reading, name) for name in ("input_tokens", "output_tokens", "cached_tokens")}
            if any(count is not None and count > _MOST for count in counts.values()):
                continue
            context, span = _decoded(want["context"]), (want["first"], want["last"])
            for start, end, charge in pricer.charges(reading, want["provider"], want["model"], context, *span):
                yield {**key, **counts, **_amount(charge), "start": start, "end": end, "named": reading.model}

    return pa.Table.from_pylist(list(rows()), CHARGES)


def _amount(charge: Charge | None) -> dict[str, Any]:
    if charge is None or charge.cost >= Decimal(10) ** 26:
        return {}
    return {"cost": rounded(charge.cost), "currency": charge.currency, "price_id": charge.price_id}


def _decoded(context: str) -> dict[str, str]:
    return msgspec.json.decode(context, type=dict[str, str]) if context else {}


def _priced(keyed: str, has_usage: bool) -> str:
    """Fill tokens and model from the usage, then cost, currency, origin and price id."""
    if has_usage:
        same = " AND ".join(f"coalesce(k.{key}, '') = u.{key}" for key in _KEYS)
        keyed = (
            "SELECT k.* REPLACE (coalesce(k.model, u.named) AS model,"
            " coalesce(k.input_tokens, u.input_tokens) AS input_tokens,"
            " coalesce(k.output_tokens, u.output_tokens) AS output_tokens,"
            " coalesce(k.cached_tokens, u.cached_tokens) AS cached_tokens),"
            " u.cost AS u_cost, u.currency AS u_currency, u.price_id AS u_price, u.usage IS NOT NULL AS is_read"
            f' FROM ({keyed}) AS k LEFT JOIN charges AS u ON {same} AND k.time >= u.start AND k.time < u."end"'
        )
    else:
        keyed = (f"SELECT *, CAST(NULL AS {MONEY}) AS u_cost, CAST(NULL AS VARCHAR) AS u_currency,"
                 f" CAST(NULL AS VARCHAR) AS u_price, false AS is_read FROM ({keyed})")  # fmt: skip
    quoted = f"""
        SELECT k.*, CASE WHEN NOT k.is_read THEN {_token_cost()} END AS t_cost,
               q.currency AS t_currency, q.price_id AS t_price
        FROM ({keyed}) AS k LEFT JOIN quotes AS q
          ON coalesce(k.provider, '') = q.provider AND k.model = q.model AND k.context = q.context
         AND k.time >= q.start AND k.time < q."end" AND k.cost IS NULL
         AND coalesce(k.input_tokens, 0) // coalesce(k.count, 1) > q.above
         AND coalesce(k.input_tokens, 0) // coalesce(k.count, 1) <= coalesce(q.up_to, 9223372036854775807)
    """
    used = "usage IS NOT NULL OR input_tokens IS NOT NULL OR output_tokens IS NOT NULL"
    read = f", {', '.join(READ)}" if has_usage else ""
    return f"""
        SELECT ordinal{read},
            coalesce(cost, u_cost, t_cost) AS cost,
            CASE WHEN cost IS NOT NULL THEN cost_currency WHEN u_cost IS NOT NULL THEN u_currency
                 WHEN t_cost IS NOT NULL THEN t_currency END AS cost_currency,
            CASE WHEN cost IS NOT NULL AND cost_origin = 'metered' THEN 'metered' WHEN cost IS NOT NULL THEN 'reported'
                 WHEN u_cost IS NOT NULL OR t_cost IS NOT NULL THEN 'metered'
                 WHEN {used} THEN 'unpriced' ELSE 'unmetered' END AS cost_origin,
            CASE WHEN cost IS NOT NULL THEN price_id WHEN u_cost IS NOT NULL THEN u_price
                 WHEN t_cost IS NOT NULL THEN t_price END AS price_id
        FROM ({quoted})
    """


def _token_cost() -> str:
    """Cost of the token counts at a quote: tokens without a price of their own leave it unknown."""
    known = "k.input_tokens IS NOT NULL OR k.output_tokens IS NOT NULL"
    cached = "least(coalesce(k.cached_tokens, 0), coalesce(k.input_tokens, k.cached_tokens, 0))"

    def part(tokens: str, price: str) -> str:
        return f"CASE WHEN {tokens} = 0 THEN 0 ELSE CAST({tokens} AS HUGEINT) * CAST(q.{price} AS HUGEINT) END"

    total = " + ".join((
        part(f"(coalesce(k.input_tokens, {cached}) - {cached})", "input"), part(cached, "cached"),
        part("coalesce(k.output_tokens, 0)", "output"), part("coalesce(k.count, 1)", "request"),
    ))  # fmt: skip
    step = 10 ** (UNIT - 12)
    return (f"CASE WHEN q.price_id IS NOT NULL AND ({known}) THEN TRY(CAST(CAST(({total} + {step // 2}) // {step}"
            f" AS DECIMAL(26, 0)) * CAST(0.000000000001 AS DECIMAL(12, 12)) AS {MONEY})) END")  # fmt: skip
