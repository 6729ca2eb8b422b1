"""Spans as a staging relation of interactions: which spans are calls of a model, and what they say.

A call of a model is an interaction; an agent, a chain or a tool is none, whatever usage its span repeats. The
interaction's id is `<trace id>-<span id>` in hexadecimal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import compress
from typing import Any, NamedTuple

import msgspec
import numpy as np
import pyarrow as pa

from breakeven.facts import MONEY_SCALE, Reason
from breakeven.ingest.events import SHOWN, Parsed
from breakeven.ingest.otlp.attributes import EMBEDDINGS, LABELS, OTHER, PARENT, Slot
from breakeven.ingest.otlp.decode import Raw
from breakeven.ingest.otlp.nesting import KIND, Nesting
from breakeven.ingest.otlp.values import Fault
from breakeven.ingest.outcome import Refusal

SOURCE = "otlp"
"""Source of what names no service."""
CURRENCY = "USD"
"""Of reported costs: the conventions that have a cost give it in dollars (OpenInference `llm.cost.total`)."""
_TRACE, _SPAN = 16, 8
"""Bytes of the ids."""
_TEXTS = {
    "model": Slot.MODEL, "provider": Slot.PROVIDER, "project": Slot.PROJECT, "team": Slot.TEAM, "actor": Slot.ACTOR,
    "variant": Slot.VARIANT, "source": Slot.SOURCE, "outcome": Slot.OUTCOME,
}  # fmt: skip
_NUMBERS = {
    "input_tokens": (Slot.INPUT, pa.int64()), "output_tokens": (Slot.OUTPUT, pa.int64()),
    "cached_tokens": (Slot.CACHED, pa.int64()), "csat": (Slot.CSAT, pa.float64()),
    "seconds_saved": (Slot.SECONDS_SAVED, pa.float64()), "cost": (Slot.COST, pa.decimal128(38, MONEY_SCALE)),
}  # fmt: skip
_INSTANT = pa.timestamp("us", tz="UTC")
_FIRST_TEXT = int(Slot.SESSION)
"""The first of the labels that are texts."""
# Plain numbers: a member of an enumeration costs a look-up at every use.
_KIND, _OPERATION, _MODEL, _PROVIDER, _INPUT, _OUTPUT, _TOTAL, _CACHED, _COST = (int(slot) for slot in list(Slot)[:9])
_WRITTEN, _REASONING, _AGENT, _TOOL, _ERROR, _SOURCE = (
    int(slot) for slot in (Slot.CACHE_WRITE, Slot.REASONING, Slot.AGENT, Slot.TOOL, Slot.ERROR, Slot.SOURCE)
)


class Taken(msgspec.Struct, frozen=True):
    """The spans of a request."""

    parsed: Parsed
    spans: int
    """Spans of any kind."""
    names: Sequence[bytes]
    """By row: the span's id."""
    aside: Sequence[str] = ()
    """Sources whose calls are counted from their metrics."""


class Calls(NamedTuple):
    """Calls of a model, by column."""

    rows: list[list[Any]]
    traces: list[bytes]
    spans: list[bytes]
    parents: list[bytes]
    starts: list[int]
    ends: list[int]
    failed: list[bool]


def take(spans: Iterable[Raw], nesting: Nesting, counts: Callable[[str], bool] = lambda _: True) -> Taken:
    """The interactions in a request; `counts` tells whether a source's calls are counted from its traces."""
    found: list[Raw] = []
    keys: list[bytes] = []
    broken: list[Raw] = []
    links: dict[bytes, bytes] = {}
    seen = 0
    for seen, raw in enumerate(spans, 1):  # noqa: B007 - the last number is how many there were
        row, trace, own, parent, _, _, _, fault = raw
        kind = row[_KIND] if row else None
        if kind is None and row and _is_call(row):
            kind = row[_KIND] = row[_OPERATION]
        elif kind == OTHER or (kind is None and fault is None):
            if kind is None and parent and row[_AGENT] is None and row[_TOOL] is None:
                links[trace + own] = parent
            continue
        if fault is None and len(trace) == _TRACE and len(own) == _SPAN and any(trace) and any(own):
            found.append(raw)
            keys.append(trace + own + KIND.get(kind or "", b"g"))
        else:
            broken.append(raw)
    aside = [source for source in {raw[0][_SOURCE] or SOURCE for raw in found} if not counts(source)]
    if aside:
        kept = [(raw[0][_SOURCE] or SOURCE) not in aside for raw in found]
        found, keys = list(compress(found, kept)), list(compress(keys, kept))
    columns = list(zip(*found, strict=True))
    if found and (twice := nesting.twice(keys, columns[3], links)) is not None:
        found = [raw for raw, double in zip(found, twice, strict=True) if not double]
        columns = list(zip(*found, strict=True))
    calls = Calls(*(list(values) for values in columns[:7])) if found else None
    refusals = tuple(_refusal(raw, row) for row, raw in enumerate(broken, len(found) + 1))
    names = [raw[2] for raw in (*found, *broken)]
    tables = {"interaction": _table(calls)} if calls is not None else {}
    return Taken(Parsed(tables=tables, refusals=refusals, rows=len(names)), seen, names, aside)


def _is_call(row: Sequence[Any]) -> bool:
    """Whether a span that does not say what it is looks like a call of a model."""
    used = row[_PROVIDER] is not None or row[_INPUT] is not None or row[_OUTPUT] is not None
    return row[_MODEL] is not None and used and row[_AGENT] is None and row[_TOOL] is None


def _table(calls: Calls) -> pa.Table:
    by_slot = _settled(calls.rows)
    count = len(calls.rows)
    starts = np.array(calls.starts, np.uint64)
    ends = np.array(calls.ends, np.uint64)
    known = starts > 0
    # The difference is taken in whole nanoseconds: as doubles the two instants are 256 ns apart at best.
    took = np.where(ends >= starts, ends - starts, 0) / 1e6
    ids = zip(calls.traces, calls.spans, strict=True)
    errors = zip(calls.failed, by_slot[_ERROR], strict=True)
    columns: dict[str, Any] = {
        "row": pa.array(np.arange(1, count + 1, dtype=np.int64)),
        "id": pa.array([f"{trace.hex()}-{span.hex()}" for trace, span in ids]),
        "time": pa.array((starts // 1000).view(np.int64), pa.int64(), mask=~known).view(_INSTANT),
        "latency_ms": pa.array(took, pa.float64(), mask=~(known & (ends >= starts))),
        "status": pa.array(["error" if failed or kind is not None else "ok" for failed, kind in errors]),
        "operation": pa.array(by_slot[_KIND], pa.string()),
    }
    for field, slot in _TEXTS.items():
        if _filled(by_slot[slot]):
            columns[field] = pa.array(by_slot[slot], pa.string())
    for field, (slot, kind) in _NUMBERS.items():
        if _filled(by_slot[slot]):
            columns[field] = pa.array(by_slot[slot], kind)
    if "cost" in columns:
        columns["cost_currency"] = pa.array([None if cost is None else CURRENCY for cost in by_slot[_COST]])
    columns["labels"] = _labels(calls.parents, by_slot)
    if any(by_slot[_WRITTEN]):
        columns["usage"] = pa.array([_usage(row) for row in calls.rows], pa.string())
    return pa.Table.from_arrays(list(columns.values()), list(columns))


def _filled(values: Sequence[Any]) -> bool:
    """Whether any value is there."""
    return values.count(None) < len(values)


def _settled(rows: Sequence[list[Any]]) -> list[tuple[Any, ...]]:
    """Values by slot, with token counts brought to one meaning."""
    by_slot = list(zip(*rows, strict=True))
    if any(_filled(by_slot[slot]) for slot in (_TOTAL, _CACHED, _WRITTEN, _REASONING)):
        for row in rows:
            _settle(row)
        by_slot = list(zip(*rows, strict=True))
    return by_slot


def _settle(row: list[Any]) -> None:
    """Cached tokens are part of the input, reasoning is part of the output; zero of either is nothing to tell."""
    if row[_INPUT] is None and row[_TOTAL] is not None and row[_KIND] == EMBEDDINGS:
        row[_INPUT] = row[_TOTAL]
    cached, thought = row[_CACHED], row[_REASONING]
    row[_WRITTEN] = written = row[_WRITTEN] or None
    row[_REASONING] = thought or None
    if row[_INPUT] is not None and (cached or written):
        apart = (cached or 0) + (written or 0)
        if apart > row[_INPUT]:  # a sender that counts them beside the input, as Anthropic's API does
            row[_INPUT] += apart
    if row[_OUTPUT] is not None and thought and thought > row[_OUTPUT]:
        row[_OUTPUT] += thought


def _labels(above: Sequence[bytes], by_slot: Sequence[Sequence[Any]]) -> pa.Array:
    """JSON objects of what has no field of its own, out of the pieces that the decoder made and of numbers."""
    used = [values for values in by_slot[_FIRST_TEXT:] if _filled(values)]
    for slot in (_WRITTEN, _REASONING):
        if _filled(by_slot[slot]):
            key = LABELS[Slot(slot)]
            used.append([None if value is None else f'"{key}":{value}' for value in by_slot[slot]])
    if any(above):
        used.append([f'"{PARENT}":"{parent.hex()}"' if parent else None for parent in above])
    if not used:
        return pa.nulls(len(above), pa.string())
    pieces = map(",".join, (filter(None, values) for values in zip(*used, strict=True)))
    return pa.array([f"{{{piece}}}" if piece else None for piece in pieces], pa.string())


def _usage(row: Sequence[Any]) -> str | None:
    """Anthropic's own usage object where tokens were written to the cache: they have a price of their own."""
    written, cached, read = row[_WRITTEN], row[_CACHED] or 0, row[_INPUT]
    if not written or row[_PROVIDER] != "anthropic" or read is None or row[_COST] is not None:
        return None
    return msgspec.json.encode({
        "input_tokens": read - cached - written, "cache_creation_input_tokens": written,
        "cache_read_input_tokens": cached, "output_tokens": row[_OUTPUT] or 0,
    }).decode()  # fmt: skip


def _refusal(raw: Raw, row: int) -> Refusal:
    slots, trace, span, *_, found = raw
    fault = found or _unfit(trace, span)
    shown = {"id": f"{trace.hex()}-{span.hex()}", "attribute": fault.attribute, "value": fault.value[:SHOWN]}
    source = slots[_SOURCE] if slots else None
    return Refusal(
        row=row, kind="interaction", reason=fault.reason, field=fault.attribute or None, value=fault.value[:SHOWN],
        says=fault.says, record=msgspec.json.encode(shown).decode(), source=source if isinstance(source, str) else None,
    )  # fmt: skip


def _unfit(trace: bytes, span: bytes) -> Fault:
    """What is wrong with the ids of a span."""
    for name, value, size in (("trace_id", trace, _TRACE), ("span_id", span, _SPAN)):
        if not any(value):
            return Fault(Reason.MISSING_FIELD, name, value.hex(), "is required")
        if len(value) != size:
            return Fault(Reason.BAD_VALUE, name, value.hex(), f"has {len(value)} bytes instead of {size}")
    raise AssertionError(trace, span)
