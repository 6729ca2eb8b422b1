"""Bodies of OTLP/HTTP traces, protobuf or JSON, as spans whose attributes stand in the slots of a row.

One damaged span harms no other; a body that is no request at all raises. Attributes that nobody asks for are skipped
unread. Equal attributes (the same model, provider, team…) are read once and found again by their bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from operator import itemgetter
from typing import Any

import msgspec
from opentelemetry.proto.common.v1.common_pb2 import KeyValue

from breakeven.errors import TooLarge, UsageProblem
from breakeven.facts import Reason
from breakeven.ingest.otlp.attributes import Slot
from breakeven.ingest.otlp.jsonwire import (
    UNREADABLE,
    JsonPair,
    JsonResource,
    JsonSpan,
    json_pair,
    json_request,
    json_span,
    scalar,
    why_no_span,
)
from breakeven.ingest.otlp.values import OF_RESOURCE, Fault, Scalar, Values, fits
from breakeven.ingest.otlp.wire import DecodeError, Request, ResourceSpans, ScopeSpans, Span

MOST_SPANS = 50_000
"""Spans, and scopes and resources, of one request."""
MOST_ATTRIBUTES = 1_024
"""Attributes of a span; the SDKs send at most 128 unless they are told otherwise."""
_REMEMBERED = 32_768
_SHORT = 160
"""Bytes up to which an attribute is worth remembering."""
_SHAPES = 4_096
"""Sets of places of which it is remembered how a row is taken out of them."""
_ENCODE = msgspec.json.Encoder().encode
_ERROR = 2
"""STATUS_CODE_ERROR."""


Raw = tuple[tuple[Any, ...], bytes, bytes, bytes, int, int, bool, Fault | None, bool]
"""A span as it came: values by slot (nothing where it cannot be read at all), trace id, span id, id of the span above
(empty for a root), start and end in nanoseconds since 1970 (0 is unknown), whether its status is an error, why it
cannot be read, and whether all values of the request so far are within what their fields may hold. A plain tuple: it is
made for every span."""
Found = tuple[tuple[int, Any], ...]
"""What an attribute gives: places and values. A place is a slot and a rank in one number (`Decoder._place`)."""
_NOWHERE = -1
"""The place whose value is None."""


class _Known(dict[bytes, Found]):
    """Attributes by their bytes; what is not there is read. So a span needs no loop of Python over its attributes."""

    def __init__(self, read: Callable[[bytes], Found]) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, raw: bytes) -> Found:
        return self._read(raw)


class Decoder:
    """Reads bodies; used by one thread at a time."""

    def __init__(self, values: Values) -> None:
        self._values, self._width = values, values.width
        self._keys = {name.encode() for name in values.wanted}
        self._keys_of = {slot: key for slot, key in enumerate(values.labels, Slot.CACHE_WRITE) if slot >= Slot.SESSION}
        self._pairs, self._json_pairs = _Known(self._entries), _Known(self._json_entries)
        self._rows: dict[tuple[int, ...], Callable[[dict[int, Any]], tuple[Any, ...]]] = {}
        """By the places that a span fills: what takes its row out of them."""
        self._doubtful = False
        """Whether the request in hand holds a value that cannot be read."""
        self._plain = True
        """Whether all its values are within what their fields may hold."""

    def protobuf(self, body: bytes) -> Iterator[Raw]:
        """The spans of an ExportTraceServiceRequest. Raises UsageProblem, TooLarge."""
        room, self._doubtful, self._plain = MOST_SPANS, False, True
        for resource_spans in _parts(Request, body, "resource_spans", room):
            try:
                group = ResourceSpans.FromString(resource_spans)
            except DecodeError as error:
                raise _unreadable(error) from error
            base = self._base([self._pairs[raw] for raw in _few(group.resource.attributes)])
            room = _left(room, len(group.scope_spans))
            for scope_spans in group.scope_spans:
                spans = _parts(ScopeSpans, scope_spans, "spans", room)
                room -= len(spans)
                for raw in spans:
                    yield self._span(raw, base)

    def json(self, body: bytes) -> Iterator[Raw]:
        """The spans of an ExportTraceServiceRequest in the JSON mapping of OTLP. Raises UsageProblem, TooLarge."""
        room, self._doubtful, self._plain = MOST_SPANS, False, True
        for group in json_request(body).resourceSpans or ():
            base = self._base([self._found(pair.key, scalar(pair.value)) for pair in _attributes(group.resource)])
            room = _left(room, len(group.scopeSpans or ()))
            for scope in group.scopeSpans or ():
                room = _left(room, len(scope.spans or ()))
                for raw in scope.spans or ():
                    yield self._json_span(bytes(raw), base)

    def _span(self, raw: bytes, base: dict[int, Any]) -> Raw:
        try:
            span = Span.FromString(raw)
        except DecodeError:
            return self._broken(raw, "is no span")
        attributes = span.attributes
        if len(attributes) > MOST_ATTRIBUTES:
            return self._broken(raw, f"has more than {MOST_ATTRIBUTES} attributes", Reason.TOO_LARGE)
        # From the last to the first, so that of two with one name the first holds; a list at once costs half.
        row = self._row(base, map(self._pairs.__getitem__, attributes[::-1]))
        fault = _fault(row) if self._doubtful else None
        return (row, span.trace_id, span.span_id, span.parent_span_id, span.start_time_unix_nano,
                span.end_time_unix_nano, span.status.code == _ERROR, fault, self._plain)  # fmt: skip

    def _row(self, base: dict[int, Any], found: Iterable[Found]) -> tuple[Any, ...]:
        """Values by slot, of each the one with the lowest rank."""
        places = base.copy()
        places.update(chain.from_iterable(found))
        shape = tuple(places)
        take = self._rows.get(shape)
        if take is None:
            if len(self._rows) >= _SHAPES:
                self._rows.clear()
            take = self._rows[shape] = self._taking(shape)
        return take(places)

    def _taking(self, shape: Iterable[int]) -> Callable[[dict[int, Any]], tuple[Any, ...]]:
        first: dict[int, int] = {}
        for place in sorted(shape):
            if place != _NOWHERE:
                first.setdefault(place % self._width, place)
        return itemgetter(*(first.get(slot, _NOWHERE) for slot in range(self._width)))

    def _base(self, found: Sequence[Found]) -> dict[int, Any]:
        """What the resource says of all its spans."""
        more = OF_RESOURCE * self._width
        places: dict[int, Any] = {_NOWHERE: None}
        for entries in found:
            self._noted(entries)
            for place, value in entries:
                places.setdefault(place + more, value)
        return places

    def _entries(self, raw: bytes) -> Found:
        """What a KeyValue gives, remembered where it is short."""
        size = len(raw)
        # Nearly always the key comes first, with a length of one byte: then most attributes need not be taken apart.
        if size > 2 and raw[0] == 0x0A and raw[1] < 0x80 and raw[2 : 2 + raw[1]] not in self._keys:
            return self._remembered(self._pairs, raw, ())
        return self._remembered(self._pairs, raw, self._read(raw))

    def _remembered(self, known: _Known, raw: bytes, found: Found) -> Found:
        """Keep what short attributes give; what is to be noticed every time is not kept."""
        if self._noted(found) and len(raw) <= _SHORT:
            if len(known) >= _REMEMBERED:
                known.clear()
            known[raw] = found
        return found

    def _noted(self, found: Found) -> bool:
        """Whether all values are plain; if not, it is noted for the request."""
        for place, value in found:
            if type(value) is Fault:
                self._doubtful, self._plain = True, False
                return False
            if not fits(place % self._width, value):
                self._plain = False
                return False
        return True

    def _read(self, raw: bytes) -> Found:
        try:
            pair = KeyValue.FromString(raw)
        except DecodeError:
            return self._damaged(raw)
        which = pair.value.WhichOneof("value")
        value: Scalar | None = None
        if which in ("string_value", "int_value", "double_value", "bool_value"):
            value = getattr(pair.value, which)
        return self._found(pair.key, value)

    def _damaged(self, raw: bytes) -> Found:
        """A fault in the places of an attribute whose value cannot be read."""
        name = raw[2 : 2 + raw[1]].decode("utf-8", "replace") if len(raw) > 2 else ""
        fault = Fault(Reason.UNREADABLE, name, "", "is no value of an attribute")
        return tuple((self._place(slot, rank), fault) for slot, rank in self._values.wanted.get(name, ()))

    def _place(self, slot: int, rank: int) -> int:
        return rank * self._width + slot

    def _found(self, name: str, value: Scalar | None) -> Found:
        """What an attribute gives; a label as its piece of the JSON text, made once for all spans that have it."""
        if name not in self._values.wanted:
            return ()
        return tuple(
            (self._place(slot, rank),
             f'"{self._keys_of[slot]}":{_ENCODE(given).decode()}' if slot in self._keys_of else given)
            for slot, rank, given in self._values.entries(name, value)
        )  # fmt: skip

    def _json_entries(self, raw: bytes) -> Found:
        """What a KeyValue in JSON gives, remembered where it is short. Raises what `json_pair` raises."""
        pair = json_pair(raw)
        return self._remembered(self._json_pairs, raw, self._found(pair.key, scalar(pair.value)))

    def _json_span(self, raw: bytes, base: dict[int, Any]) -> Raw:
        span = json_span(raw)
        if isinstance(span, str):
            return self._broken(raw, span)
        pairs = span.attributes or ()
        if len(pairs) > MOST_ATTRIBUTES:
            return self._broken(raw, f"has more than {MOST_ATTRIBUTES} attributes", Reason.TOO_LARGE)
        try:
            row = self._row(base, map(self._json_pairs.__getitem__, map(bytes, reversed(pairs))))
        except UNREADABLE:
            return self._broken(raw, why_no_span(raw))
        return (row, *_of_json(span, _fault(row) if self._doubtful else None), self._plain)

    def _broken(self, raw: bytes, says: str, reason: Reason = Reason.UNREADABLE) -> Raw:
        shown = raw[:200].decode("utf-8", "replace")
        return (), b"", b"", b"", 0, 0, False, Fault(reason, "", shown, says), self._plain


def _fault(row: Sequence[Any]) -> Fault | None:
    """The first value that cannot be read."""
    return next((value for value in row if type(value) is Fault), None)


def _of_json(span: JsonSpan, fault: Fault | None) -> tuple[bytes, bytes, bytes, int, int, bool, Fault | None]:
    """What a span says besides its attributes, as in `Raw`."""
    try:
        trace, own = bytes.fromhex(span.traceId), bytes.fromhex(span.spanId)
        parent = bytes.fromhex(span.parentSpanId or "")
        start, end = int(span.startTimeUnixNano or 0), int(span.endTimeUnixNano or 0)
    except ValueError as error:
        wrong = Fault(Reason.BAD_TYPE, "traceId", span.traceId, f"or another id or time: {error}")
        return b"", b"", b"", 0, 0, False, wrong
    code = span.status.code if span.status is not None else 0
    if not (0 <= start < 1 << 64 and 0 <= end < 1 << 64):
        wrong = Fault(Reason.BAD_TIME, "startTimeUnixNano", str(span.startTimeUnixNano), "is no time in nanoseconds")
        return trace, own, parent, 0, 0, False, wrong
    return trace, own, parent, start, end, code in (_ERROR, "STATUS_CODE_ERROR"), fault


def _attributes(resource: JsonResource | None) -> Sequence[JsonPair]:
    """Raises TooLarge."""
    found: Sequence[JsonPair] = _few((resource.attributes or ()) if resource is not None else ())
    return found


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
