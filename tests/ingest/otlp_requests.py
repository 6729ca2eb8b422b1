"""OTLP requests as tests write them: spans as dictionaries, encoded by OpenTelemetry's own classes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

from breakeven.ingest.events import Parsed
from breakeven.ingest.otlp.calls import Calls

START = 1_795_000_000_000_000_000
"""2026-11-18, in nanoseconds."""
Attributes = Mapping[str, Any]


def interactions(parsed: Parsed) -> list[dict[str, Any]]:
    """The rows in which spans were taken."""
    if isinstance(parsed.typed, Calls):
        return pa.table(parsed.typed.columns()).to_pylist()
    table = parsed.tables.get("interaction")
    return [] if table is None else table.to_pylist()


def value(given: Any) -> AnyValue:
    if isinstance(given, bool):
        return AnyValue(bool_value=given)
    if isinstance(given, int):
        return AnyValue(int_value=given)
    if isinstance(given, float):
        return AnyValue(double_value=given)
    if isinstance(given, list):
        made = AnyValue()
        made.array_value.values.extend(value(one) for one in given)
        return made
    return AnyValue(string_value=given)


def pairs(attributes: Attributes) -> list[KeyValue]:
    return [KeyValue(key=name, value=value(given)) for name, given in attributes.items()]


def span(number: int, attributes: Attributes, *, trace: int = 1, parent: int = 0, start: int = START, ms: float = 250,
         failed: bool = False, name: str = "") -> dict[str, Any]:  # fmt: skip
    """A span; `number` and `trace` become its ids."""
    return {"number": number, "trace": trace, "parent": parent, "attributes": dict(attributes), "start": start,
            "end": start + int(ms * 1e6), "failed": failed, "name": name}  # fmt: skip


def identity(number: int, trace: int = 1) -> str:
    return f"{trace:032x}-{number:016x}"


def protobuf(spans: Sequence[Mapping[str, Any]], resource: Attributes | None = None) -> bytes:
    request = ExportTraceServiceRequest()
    group = request.resource_spans.add()
    group.resource.attributes.extend(pairs({"service.name": "shop"} if resource is None else resource))
    scope = group.scope_spans.add()
    for one in spans:
        made = scope.spans.add(
            trace_id=one["trace"].to_bytes(16, "big"), span_id=one["number"].to_bytes(8, "big"), name=one["name"],
            start_time_unix_nano=one["start"], end_time_unix_nano=one["end"], attributes=pairs(one["attributes"]),
        )  # fmt: skip
        if one["parent"]:
            made.parent_span_id = one["parent"].to_bytes(8, "big")
        if one["failed"]:
            made.status.code = 2
    return request.SerializeToString()


def in_json(spans: Sequence[Mapping[str, Any]], resource: Attributes | None = None) -> bytes:
    """The same in the JSON mapping of OTLP."""
    shown = [
        {
            "traceId": f"{one['trace']:032x}", "spanId": f"{one['number']:016x}",
            **({"parentSpanId": f"{one['parent']:016X}"} if one["parent"] else {}), "name": one["name"],
            "startTimeUnixNano": str(one["start"]), "endTimeUnixNano": str(one["end"]),
            "attributes": _json_pairs(one["attributes"]), "status": {"code": 2} if one["failed"] else {}, "kind": 3,
        }
        for one in spans
    ]  # fmt: skip
    own = _json_pairs({"service.name": "shop"} if resource is None else resource)
    return json.dumps({"resourceSpans": [
        {"resource": {"attributes": own}, "scopeSpans": [{"scope": {"name": "t"}, "spans": shown}]}
    ]}).encode()  # fmt: skip


def _json_pairs(attributes: Attributes) -> list[dict[str, Any]]:
    return [{"key": name, "value": _json_value(given)} for name, given in attributes.items()]


def _json_value(given: Any) -> dict[str, Any]:
    if isinstance(given, bool):
        return {"boolValue": given}
    if isinstance(given, int):
        return {"intValue": str(given)}
    if isinstance(given, float):
        return {"doubleValue": given}
    if isinstance(given, list):
        return {"arrayValue": {"values": [_json_value(one) for one in given]}}
    return {"stringValue": given}
