"""Spans as a staging relation of interactions: which spans are calls of a model, and what they say.

A call of a model is an interaction; an agent, a chain or a tool is none, whatever usage its span repeats. The
interaction's id is `<trace id>-<span id>` in hexadecimal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import compress
from typing import Any

import msgspec

from breakeven.facts import Reason
from breakeven.ingest.events import SHOWN, Parsed
from breakeven.ingest.otlp.attributes import OTHER, Slot
from breakeven.ingest.otlp.calls import SOURCE, Calls
from breakeven.ingest.otlp.decode import Raw
from breakeven.ingest.otlp.nesting import KIND, Nesting
from breakeven.ingest.otlp.values import Fault
from breakeven.ingest.outcome import Refusal
from breakeven.store.schema import INTERACTION

_TRACE, _SPAN = 16, 8
"""Bytes of the ids."""
# Plain numbers: a member of an enumeration costs a look-up at every use.
_KIND, _OPERATION, _MODEL, _PROVIDER, _INPUT, _OUTPUT = (int(slot) for slot in list(Slot)[:6])
_AGENT, _TOOL, _SOURCE = (int(slot) for slot in (Slot.AGENT, Slot.TOOL, Slot.SOURCE))


class Taken(msgspec.Struct, frozen=True):
    """The spans of a request."""

    parsed: Parsed
    spans: int
    """Spans of any kind."""
    names: Sequence[bytes]
    """By row: the span's id."""
    aside: Sequence[str] = ()
    """Sources whose calls are counted from their metrics."""


def take(spans: Iterable[Raw], nesting: Nesting, counts: Callable[[str], bool] = lambda _: True) -> Taken:
    """The interactions in a request; `counts` tells whether a source's calls are counted from its traces."""
    found: list[Raw] = []
    keys: list[bytes] = []
    broken: list[Raw] = []
    links: dict[bytes, bytes] = {}
    seen, plain = 0, True
    for seen, raw in enumerate(spans, 1):  # noqa: B007 - the last number is how many there were
        row, trace, own, parent, _, _, _, fault, plain = raw
        kind = row[_KIND] if row else None
        if kind is None and row and _is_call(row):
            kind = row[_OPERATION]
            raw = ((kind, *row[1:]), *raw[1:])
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
    names = [*(columns[2] if found else ()), *(raw[2] for raw in broken)]
    return Taken(_parsed(Calls(plain, *columns[:7]) if found else None, broken), seen, names, aside)


def _parsed(calls: Calls | None, broken: Sequence[Raw]) -> Parsed:
    """Calls as they are, unless some spans of their request are refused."""
    count = 0 if calls is None else calls.rows
    if calls is not None and not broken:
        return Parsed({}, (), count, calls)
    refusals = tuple(_refusal(raw, row) for row, raw in enumerate(broken, count + 1))
    tables = {} if calls is None else {INTERACTION: calls.together([calls], [SOURCE]).table.drop_columns(["ordinal"])}
    return Parsed(tables, refusals, count + len(broken))


def _is_call(row: Sequence[Any]) -> bool:
    """Whether a span that does not say what it is looks like a call of a model."""
    used = row[_PROVIDER] is not None or row[_INPUT] is not None or row[_OUTPUT] is not None
    return row[_MODEL] is not None and used and row[_AGENT] is None and row[_TOOL] is None


def _refusal(raw: Raw, row: int) -> Refusal:
    slots, trace, span, *_, found, _ = raw
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
