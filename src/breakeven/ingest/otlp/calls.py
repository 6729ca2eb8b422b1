"""Calls of a model as columns: what spans said of them, slot by slot, in the fields of an interaction.

They stay Python values until it is known with whom they are stored (`ingest/records.py`).
"""

from __future__ import annotations

import sys
from collections.abc import Hashable, Sequence
from itertools import chain
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from breakeven.facts import MONEY_SCALE
from breakeven.ingest.checks import LONGEST_TEXT
from breakeven.ingest.otlp.attributes import EMBEDDINGS, LABELS, PARENT, Slot
from breakeven.ingest.records import Columns, places
from breakeven.ingest.settled import trimmed
from breakeven.ingest.values import JSON_FIELDS
from breakeven.store.schema import INTERACTION

SOURCE = "otlp"
"""Source of what names no service."""
CURRENCY = "USD"
"""Of reported costs: the conventions that have a cost give it in dollars (OpenInference `llm.cost.total`)."""
_TEXTS = {
    "model": Slot.MODEL, "provider": Slot.PROVIDER, "project": Slot.PROJECT, "team": Slot.TEAM, "actor": Slot.ACTOR,
    "variant": Slot.VARIANT, "source": Slot.SOURCE, "outcome": Slot.OUTCOME,
}  # fmt: skip
_NUMBERS = {
    "input_tokens": (Slot.INPUT, pa.int64()), "output_tokens": (Slot.OUTPUT, pa.int64()),
    "cached_tokens": (Slot.CACHED, pa.int64()), "csat": (Slot.CSAT, pa.float64()),
    "seconds_saved": (Slot.SECONDS_SAVED, pa.float64()), "cost": (Slot.COST, pa.decimal128(38, MONEY_SCALE)),
}  # fmt: skip
_LARGEST = (1 << 63) - 1
_INSTANT = pa.timestamp("us", tz="UTC")
_FIRST_TEXT = int(Slot.SESSION)
"""The first of the labels that are texts."""
_MADE = ("latency_ms", "status", "operation", "cost_currency")
"""Fields that are right because they are made here or in `attributes`."""
_TRACE, _ID = 32, 49
"""Digits of a trace's id, and characters of an id: the two in hexadecimal, with a hyphen between."""
# Plain numbers: a member of an enumeration costs a look-up at every use.
_KIND, _OPERATION, _MODEL, _PROVIDER, _INPUT, _OUTPUT, _TOTAL, _CACHED, _COST = (int(slot) for slot in list(Slot)[:9])
_WRITTEN, _REASONING, _ERROR = (int(slot) for slot in (Slot.CACHE_WRITE, Slot.REASONING, Slot.ERROR))


class Calls(msgspec.Struct, frozen=True):
    """Calls of a model; the sequences have one item for each."""

    plain: bool
    """Whether all values are within what their fields may hold."""
    values: Sequence[Sequence[Any]]
    """By slot."""
    traces: Sequence[bytes]
    """16 bytes each."""
    spans: Sequence[bytes]
    """8 bytes each."""
    parents: Sequence[bytes]
    """The span above; empty for a root."""
    starts: Sequence[int]
    """Nanoseconds since 1970; 0 is unknown."""
    ends: Sequence[int]
    failed: Sequence[bool]

    @property
    def kind(self) -> str:
        """Kind of fact."""
        return INTERACTION

    @property
    def rows(self) -> int:
        """Number of calls."""
        return len(self.values)

    @property
    def held(self) -> int:
        """See `Records`."""
        return len(self.values) * sys.getsizeof(self.values[0]) if self.values else 0

    @property
    def alike(self) -> Hashable:
        """See `Records`."""
        return self.kind

    def together(self, parts: Sequence[Calls], sources: Sequence[str]) -> Columns:
        """See `Records`."""
        calls = _joined(parts)
        columns = calls.columns()
        unnamed = [source for source, part in zip(sources, parts, strict=True) for _ in range(part.rows)]
        if "source" not in columns:
            columns["source"] = pa.array(unnamed, pa.string())
        elif columns["source"].null_count:
            columns["source"] = pc.coalesce(columns["source"], pa.array(unnamed, pa.string()))
        columns = {name: values for name, values in columns.items() if values.null_count < calls.rows}
        sure = columns.keys() - {"time", *JSON_FIELDS, *_TEXTS} if calls.plain else set(_MADE)
        sure |= trimmed({name: columns[name] for name in _TEXTS if name in columns}) if calls.plain else set()
        sure |= {name for name in JSON_FIELDS if name in columns and _fit(columns[name])}
        columns |= places(parts)
        return Columns(pa.Table.from_arrays(list(columns.values()), list(columns)), frozenset(sure))

    def columns(self) -> dict[str, pa.Array]:
        """The fields of interactions."""
        by_slot = _settled(self.values)
        starts = np.array(self.starts, np.uint64)
        ends = np.array(self.ends, np.uint64)
        known = starts > 0
        # The difference is taken in whole nanoseconds: as doubles the two instants are 256 ns apart at best.
        took = np.where(ends >= starts, ends - starts, 0) / 1e6
        errors = zip(self.failed, by_slot[_ERROR], strict=True)
        columns = {
            "id": _ids(self.traces, self.spans),
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
        columns["labels"] = _labels(self.parents, by_slot)
        if any(by_slot[_WRITTEN]):
            rows = zip(*(by_slot[slot] for slot in _USAGE), strict=True)
            columns["usage"] = pa.array([_usage(*row) for row in rows], pa.string())
        return columns


_USAGE = (_WRITTEN, _CACHED, _INPUT, _OUTPUT, _PROVIDER, _COST)


def _joined(parts: Sequence[Calls]) -> Calls:
    if len(parts) == 1:
        return parts[0]
    joined = [list(chain.from_iterable(getattr(part, name) for part in parts)) for name in Calls.__struct_fields__[1:]]
    return Calls(all(part.plain for part in parts), *joined)


def _fit(objects: pa.Array) -> bool:
    """Whether JSON objects that were made here are short enough."""
    return bool(pc.max(pc.binary_length(objects)).as_py() <= LONGEST_TEXT)


def _ids(traces: Sequence[bytes], spans: Sequence[bytes]) -> pa.Array:
    """`<trace id>-<span id>` in hexadecimal."""
    count = len(traces)
    digits = b"".join(chain.from_iterable(zip(traces, spans, strict=True))).hex().encode()
    made = np.empty((count, _ID), np.uint8)
    both = np.frombuffer(digits, np.uint8).reshape(count, _ID - 1)
    made[:, :_TRACE], made[:, _TRACE], made[:, _TRACE + 1 :] = both[:, :_TRACE], ord("-"), both[:, _TRACE:]
    offsets = np.arange(0, (count + 1) * _ID, _ID, dtype=np.int32)
    return pa.Array.from_buffers(pa.string(), count, [None, pa.py_buffer(offsets), pa.py_buffer(made)])


def _filled(values: Sequence[Any]) -> bool:
    """Whether any value is there."""
    return values.count(None) < len(values)


def _settled(rows: Sequence[Sequence[Any]]) -> list[Sequence[Any]]:
    """Values by slot, with token counts brought to one meaning.

    Cached tokens are part of the input, reasoning is part of the output; zero of either is nothing to tell.
    """
    by_slot: list[Sequence[Any]] = list(zip(*rows, strict=True))
    if _filled(by_slot[_TOTAL]):
        given = zip(by_slot[_INPUT], by_slot[_TOTAL], by_slot[_KIND], strict=True)
        by_slot[_INPUT] = [total if read is None and kind == EMBEDDINGS else read for read, total, kind in given]
    cached, written, thought = by_slot[_CACHED], by_slot[_WRITTEN], by_slot[_REASONING]
    if any(cached) or any(written):
        by_slot[_INPUT] = list(map(_read, by_slot[_INPUT], cached, written))
    if any(thought):
        by_slot[_OUTPUT] = list(map(_wrote, by_slot[_OUTPUT], thought))
    for slot in (_WRITTEN, _REASONING):
        if 0 in by_slot[slot]:
            by_slot[slot] = [value or None for value in by_slot[slot]]
    return by_slot


def _read(given: int | None, cached: int | None, written: int | None) -> int | None:
    apart = (cached or 0) + (written or 0)
    if given is None or not (cached or written) or apart <= given:
        return given
    return _sum(given, apart)  # a sender that counts them beside the input, as Anthropic's API does


def _wrote(given: int | None, thought: int | None) -> int | None:
    return given if given is None or not thought or thought <= given else _sum(given, thought)


def _sum(given: int, more: int) -> int:
    """Both, unless that is more than a column can hold."""
    return given + more if given + more <= _LARGEST else given


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


def _usage(
    written: int | None, cached: int | None, read: int | None, wrote: int | None, provider: str | None, cost: object
) -> str | None:
    """Anthropic's own usage object where tokens were written to the cache: they have a price of their own."""
    fresh = (read or 0) - (cached or 0) - (written or 0)
    if not written or provider != "anthropic" or read is None or cost is not None or fresh < 0:
        return None
    return msgspec.json.encode({
        "input_tokens": fresh, "cache_creation_input_tokens": written,
        "cache_read_input_tokens": cached or 0, "output_tokens": wrote or 0,
    }).decode()  # fmt: skip
