"""The JSON mapping of OTLP: ids in hexadecimal, names in camelCase, 64-bit integers as texts (or numbers).

What is not known is left aside, as the specification asks (opentelemetry.io/docs/specs/otlp, JSON Protobuf Encoding).
"""

from __future__ import annotations

import math

import msgspec

from breakeven.errors import UsageProblem


class JsonValue(msgspec.Struct, gc=False):
    """AnyValue; arrays, key-value lists and bytes are not looked at."""

    stringValue: str | None = None  # noqa: N815 - the wire's name, as those below
    boolValue: bool | None = None  # noqa: N815
    intValue: int | str | float | None = None  # noqa: N815
    doubleValue: float | str | None = None  # noqa: N815


class JsonPair(msgspec.Struct, gc=False):
    """KeyValue."""

    key: str = ""
    value: JsonValue | None = None


class JsonStatus(msgspec.Struct, gc=False):
    """Status."""

    code: int | str | None = None


class JsonSpan(msgspec.Struct, gc=False):
    """Span."""

    traceId: str = ""  # noqa: N815
    spanId: str = ""  # noqa: N815
    parentSpanId: str | None = None  # noqa: N815
    startTimeUnixNano: int | str | None = None  # noqa: N815
    endTimeUnixNano: int | str | None = None  # noqa: N815
    attributes: list[msgspec.Raw] | None = None
    """Each is read on its own: most of them were seen before."""
    status: JsonStatus | None = None


class _Whole(JsonSpan, gc=False):
    """Span with its attributes."""

    attributes: list[JsonPair] | None = None  # type: ignore[assignment]


class JsonResource(msgspec.Struct, gc=False):
    """Resource."""

    attributes: list[JsonPair] | None = None


class JsonScopeSpans(msgspec.Struct, gc=False):
    """ScopeSpans; each span is read on its own."""

    spans: list[msgspec.Raw] | None = None


class JsonResourceSpans(msgspec.Struct, gc=False):
    """ResourceSpans."""

    resource: JsonResource | None = None
    scopeSpans: list[JsonScopeSpans] | None = None  # noqa: N815


class JsonRequest(msgspec.Struct, gc=False):
    """ExportTraceServiceRequest."""

    resourceSpans: list[JsonResourceSpans] | None = None  # noqa: N815


_REQUEST = msgspec.json.Decoder(JsonRequest)
_SPAN, _WHOLE, _PAIR = msgspec.json.Decoder(JsonSpan), msgspec.json.Decoder(_Whole), msgspec.json.Decoder(JsonPair)
UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What is raised where JSON is not what it should be."""


def json_request(body: bytes) -> JsonRequest:
    """A request. Raises UsageProblem."""
    try:
        return _REQUEST.decode(body)
    except UNREADABLE as error:
        raise UsageProblem(f"the body is not an OTLP request in JSON: {error}") from error


def json_span(raw: bytes) -> JsonSpan | str:
    """A span, or what is wrong with it."""
    try:
        return _SPAN.decode(raw)
    except UNREADABLE:
        return why_no_span(raw)


def why_no_span(raw: bytes) -> str:
    """What is wrong with a span of which something cannot be read."""
    try:
        _WHOLE.decode(raw)
    except UNREADABLE as error:
        return f"is no span: {error}"
    return "is no span"


def json_pair(raw: bytes) -> JsonPair:
    """An attribute. Raises what is in UNREADABLE."""
    return _PAIR.decode(raw)


def scalar(value: JsonValue | None) -> str | int | float | bool | None:
    """The value of an attribute; None where it is none of the scalar kinds."""
    if value is None:
        return None
    if value.stringValue is not None:
        return value.stringValue
    if value.intValue is not None:
        return value.intValue
    if value.boolValue is not None:
        return value.boolValue
    if isinstance(value.doubleValue, str):
        return _double(value.doubleValue)
    return value.doubleValue


def _double(text: str) -> float | str:
    """A double as text: NaN and Infinity are written so."""
    try:
        return float(text)
    except ValueError:
        return text if text else math.nan
