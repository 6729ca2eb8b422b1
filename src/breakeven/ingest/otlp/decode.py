"""Bodies of OTLP/HTTP traces, protobuf or JSON, as spans whose attributes stand in the slots of a row.

One damaged span harms no other; a body that is no request at all raises. Attributes that nobody asks for are skipped
unread. Equal attributes (the same model, provider, team…) are read once and found again by their bytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from opentelemetry.proto.common.v1.common_pb2 import KeyValue

from breakeven.errors import TooLarge, UsageProblem
from breakeven.facts import Reason
from breakeven.ingest.otlp.attributes import Slot
from breakeven.ingest.otlp.jsonwire import JsonResource, JsonSpan, JsonValue, json_request, json_span, scalar
from breakeven.ingest.otlp.values import NOTHING, OF_RESOURCE, Entry, Fault, Scalar, Values
from breakeven.ingest.otlp.wire import DecodeError, Request, ResourceSpans, ScopeSpans, Span

MOST_SPANS = 50_000
"""Spans, and scopes and resources, of one request."""
MOST_ATTRIBUTES = 1_024
"""Attributes of a span; the SDKs send at most 128 unless they are told otherwise."""
_REMEMBERED = 8_192
_SHORT = 160
"""Bytes up to which an attribute is worth remembering."""
_ENCODE = msgspec.json.Encoder().encode
_ERROR = 2
"""STATUS_CODE_ERROR."""


Raw = tuple[list[Any], bytes, bytes, bytes, int, int, bool, Fault | None]
"""A span as it came: values by slot, trace id, span id, id of the span above (empty for a root), start and end in
nanoseconds since 1970 (0 is unknown), whether its status is an error, and why it cannot be read. A plain tuple: it is
made for every span."""
Row = tuple[list[Any], list[int]]
"""Values by slot and the ranks at which they were found."""


class Decoder:
    """Reads bodies; used by one thread at a time."""

    def __init__(self, values: Values) -> None:
        self._values = values
        self._known: dict[bytes, tuple[Entry, ...]] = {}
        self._keys = {name.encode() for name in values.wanted}
        self._keys_of = {slot: key for slot, key in enumerate(values.labels, Slot.CACHE_WRITE) if slot >= Slot.SESSION}
        self._blank: Row = ([None] * values.width, [NOTHING] * values.width)
        self._doubtful = False
        """Whether the request in hand holds a value that cannot be read."""

    def protobuf(self, body: bytes) -> Iterator[Raw]:
        """The spans of an ExportTraceServiceRequest. Raises UsageProblem, TooLarge."""
        room, self._doubtful = MOST_SPANS, False
        for resource_spans in _parts(Request, body, "resource_spans", room):
            try:
                group = ResourceSpans.FromString(resource_spans)
            except DecodeError as error:
                raise _unreadable(error) from error
            base = self._base([self._entries(raw) for raw in _few(group.resource.attributes)])
            room = _left(room, len(group.scope_spans))
            for scope_spans in group.scope_spans:
                spans = _parts(ScopeSpans, scope_spans, "spans", room)
                room -= len(spans)
                for raw in spans:
                    yield self._span(raw, base)

    def json(self, body: bytes) -> Iterator[Raw]:
        """The spans of an ExportTraceServiceRequest in the JSON mapping of OTLP. Raises UsageProblem, TooLarge."""
        room = MOST_SPANS
        for group in json_request(body).resourceSpans or ():
            base = self._base([self._found(pair.key, scalar(pair.value)) for pair in _attributes(group.resource)])
            room = _left(room, len(group.scopeSpans or ()))
            for scope in group.scopeSpans or ():
                room = _left(room, len(scope.spans or ()))
                for raw in scope.spans or ():
                    yield self._json_span(bytes(raw), base)

    def _span(self, raw: bytes, base: Row) -> Raw:
        try:
            span = Span.FromString(raw)
        except DecodeError:
            return _broken(raw, "is no span")
        attributes = span.attributes
        if len(attributes) > MOST_ATTRIBUTES:
            return _broken(raw, f"has more than {MOST_ATTRIBUTES} attributes", Reason.TOO_LARGE)
        row, ranks = base[0].copy(), base[1].copy()
        attributes = attributes[:]  # a list at once is half the cost of one after the other
        for place, found in enumerate(map(self._known.get, attributes)):
            for slot, rank, value in self._entries(attributes[place]) if found is None else found:
                if rank < ranks[slot]:
                    ranks[slot] = rank
                    row[slot] = value
        fault = _fault(row) if self._doubtful else None
        return (row, span.trace_id, span.span_id, span.parent_span_id, span.start_time_unix_nano,
                span.end_time_unix_nano, span.status.code == _ERROR, fault)  # fmt: skip

    def _entries(self, raw: bytes) -> tuple[Entry, ...]:
        """What a KeyValue gives, remembered where it is short."""
        size = len(raw)
        # Nearly always the key comes first, with a length of one byte: then most attributes need not be taken apart.
        if size > 2 and raw[0] == 0x0A and raw[1] < 0x80 and raw[2 : 2 + raw[1]] not in self._keys:
            found: tuple[Entry, ...] = ()
        else:
            found = self._read(raw)
        if any(type(value) is Fault for _, _, value in found):
            self._doubtful = True  # and is not remembered, so that the next one is noticed too
        elif size <= _SHORT:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[raw] = found
        return found

    def _read(self, raw: bytes) -> tuple[Entry, ...]:
        try:
            pair = KeyValue.FromString(raw)
        except DecodeError:
            return self._damaged(raw)
        which = pair.value.WhichOneof("value")
        value: Scalar | None = None
        if which in ("string_value", "int_value", "double_value", "bool_value"):
            value = getattr(pair.value, which)
        return self._found(pair.key, value)

    def _damaged(self, raw: bytes) -> tuple[Entry, ...]:
        """A fault in the places of an attribute whose value cannot be read."""
        name = raw[2 : 2 + raw[1]].decode("utf-8", "replace") if len(raw) > 2 else ""
        fault = Fault(Reason.UNREADABLE, name, "", "is no value of an attribute")
        return tuple((slot, rank, fault) for slot, rank in self._values.wanted.get(name, ()))

    def _found(self, name: str, value: Scalar | None) -> tuple[Entry, ...]:
        """What an attribute gives; a label as its piece of the JSON text, made once for all spans that have it."""
        if name not in self._values.wanted:
            return ()
        return tuple(
            (slot, rank, f'"{self._keys_of[slot]}":{_ENCODE(found).decode()}' if slot in self._keys_of else found)
            for slot, rank, found in self._values.entries(name, value)
        )

    def _base(self, found: Sequence[tuple[Entry, ...]]) -> Row:
        """What the resource says of all its spans."""
        row, ranks = self._blank[0].copy(), self._blank[1].copy()
        for entries in found:
            _placed(row, ranks, entries, OF_RESOURCE)
        return row, ranks

    def _json_span(self, raw: bytes, base: Row) -> Raw:
        span = json_span(raw)
        if isinstance(span, str):
            return _broken(raw, span)
        row, ranks = base[0].copy(), base[1].copy()
        pairs = span.attributes or ()
        if len(pairs) > MOST_ATTRIBUTES:
            return _broken(raw, f"has more than {MOST_ATTRIBUTES} attributes", Reason.TOO_LARGE)
        for pair in pairs:
            _placed(row, ranks, self._found(pair.key, scalar(pair.value)))
        return _of_json(span, row)


def _fault(row: Sequence[Any]) -> Fault | None:
    """The first value that cannot be read."""
    return next((value for value in row if type(value) is Fault), None)


def _placed(row: list[Any], ranks: list[int], entries: tuple[Entry, ...], more: int = 0) -> None:
    for slot, rank, value in entries:
        if rank + more < ranks[slot]:
            ranks[slot], row[slot] = rank + more, value


def _of_json(span: JsonSpan, row: list[Any]) -> Raw:
    try:
        trace, own = bytes.fromhex(span.traceId), bytes.fromhex(span.spanId)
        parent = bytes.fromhex(span.parentSpanId or "")
        start, end = int(span.startTimeUnixNano or 0), int(span.endTimeUnixNano or 0)
    except ValueError as error:
        fault = Fault(Reason.BAD_TYPE, "traceId", span.traceId, f"or another id or time: {error}")
        return row, b"", b"", b"", 0, 0, False, fault
    code = span.status.code if span.status is not None else 0
    if not (0 <= start < 1 << 64 and 0 <= end < 1 << 64):
        fault = Fault(Reason.BAD_TIME, "startTimeUnixNano", str(span.startTimeUnixNano), "is no time in nanoseconds")
        return row, trace, own, parent, 0, 0, False, fault
    return row, trace, own, parent, start, end, code in (_ERROR, "STATUS_CODE_ERROR"), _fault(row)


def _attributes(resource: JsonResource | None) -> Sequence[Any]:
    found: Sequence[JsonValue] = (resource.attributes or ()) if resource is not None else ()  # type: ignore[assignment]
    return _few(found)


def _broken(raw: bytes, says: str, reason: Reason = Reason.UNREADABLE) -> Raw:
    shown = raw[:200].decode("utf-8", "replace")
    return [], b"", b"", b"", 0, 0, False, Fault(reason, "", shown, says)


def _parts(message: Any, body: bytes, field: str, room: int) -> Sequence[bytes]:
    """The raw messages in a repeated field. Raises UsageProblem, TooLarge."""
    try:
        found: Sequence[bytes] = getattr(message.FromString(body), field)
    except DecodeError as error:
        raise _unreadable(error) from error
    _left(room, len(found))
    return found


def _left(room: int, taken: int) -> int:
    """What is left of the room for spans, scopes and resources. Raises TooLarge."""
    if taken > room:
        raise TooLarge(f"more than {MOST_SPANS} spans in one request; send smaller batches")
    return room - taken


def _few(attributes: Sequence[Any]) -> Sequence[Any]:
    if len(attributes) > MOST_ATTRIBUTES:
        raise TooLarge(f"a resource has more than {MOST_ATTRIBUTES} attributes")
    return attributes


def _unreadable(error: Exception) -> UsageProblem:
    return UsageProblem(f"the body is not an OTLP request in protobuf: {error}")
