"""Bodies of OTLP/HTTP metrics, protobuf or JSON, as the points of the two histograms that are read.

gen_ai.client.token.usage and gen_ai.client.operation.duration (OpenTelemetry GenAI conventions), as explicit or
exponential histograms; buckets and exemplars are not needed. Other metrics are left aside.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

from breakeven.errors import TooLarge, UsageProblem
from breakeven.ingest.otlp.jsonwire import JsonPair, JsonResource, scalar
from breakeven.ingest.otlp.values import Scalar

TOKENS, DURATION = "gen_ai.client.token.usage", "gen_ai.client.operation.duration"
LARGEST = 4 << 20
"""Bytes of a body: metrics are sums, a service's are some kilobytes; what a body unfolds to in memory is larger."""
MOST_POINTS = 10_000
_DELTA, _CUMULATIVE = 1, 2
_TEMPORALITY = {
    "AGGREGATION_TEMPORALITY_DELTA": _DELTA, "AGGREGATION_TEMPORALITY_CUMULATIVE": _CUMULATIVE,
}  # fmt: skip
_SCALARS = ("string_value", "int_value", "double_value", "bool_value")


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """A point of a histogram."""

    metric: str
    unit: str
    cumulative: bool
    """Whether count and sum are those since `start`; else those since the point before."""
    resource: Mapping[str, Scalar]
    attributes: Mapping[str, Scalar]
    start: int
    """Nanoseconds since 1970; 0 is unknown."""
    time: int
    count: int
    sum: float | None


class Points(msgspec.Struct, frozen=True):
    """What a request holds."""

    points: Sequence[Point]
    faults: Sequence[str]
    """What is wrong with points of these metrics that cannot be read."""


class _JsonPoint(msgspec.Struct):
    attributes: list[JsonPair] | None = None
    startTimeUnixNano: int | str | None = None  # noqa: N815 - the wire's name, as those below
    timeUnixNano: int | str | None = None  # noqa: N815
    count: int | str | None = None
    sum: float | None = None


class _JsonHistogram(msgspec.Struct):
    dataPoints: list[_JsonPoint] | None = None  # noqa: N815
    aggregationTemporality: int | str | None = None  # noqa: N815


class _JsonMetric(msgspec.Struct):
    name: str = ""
    unit: str = ""
    histogram: msgspec.Raw = msgspec.Raw()
    exponentialHistogram: msgspec.Raw = msgspec.Raw()  # noqa: N815


class _JsonScope(msgspec.Struct):
    metrics: list[_JsonMetric] | None = None


class _JsonResourceMetrics(msgspec.Struct):
    resource: JsonResource | None = None
    scopeMetrics: list[_JsonScope] | None = None  # noqa: N815


class _JsonRequest(msgspec.Struct):
    resourceMetrics: list[_JsonResourceMetrics] | None = None  # noqa: N815


_JSON = msgspec.json.Decoder(_JsonRequest)
_HISTOGRAM = msgspec.json.Decoder(_JsonHistogram)


def read_protobuf(body: bytes) -> Points:
    """An ExportMetricsServiceRequest. Raises UsageProblem, TooLarge."""
    _check_size(body)
    try:
        request = ExportMetricsServiceRequest.FromString(body)
    except DecodeError as error:
        raise UsageProblem(f"the body is not an OTLP request in protobuf: {error}") from error
    return _gathered(_protobuf(request))


def read_json(body: bytes) -> Points:
    """An ExportMetricsServiceRequest in the JSON mapping of OTLP. Raises UsageProblem, TooLarge."""
    _check_size(body)
    try:
        request = _JSON.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UsageProblem(f"the body is not an OTLP request in JSON: {error}") from error
    return _gathered(_json(request))


def _check_size(body: bytes) -> None:
    if len(body) > LARGEST:
        raise TooLarge(f"the body has {len(body)} bytes; at most {LARGEST} of metrics are taken in one request")


def _gathered(found: Iterator[Point | str]) -> Points:
    points: list[Point] = []
    faults: list[str] = []
    for one in found:
        if isinstance(one, Point):
            points.append(one)
        else:
            faults.append(one)
        if len(points) + len(faults) > MOST_POINTS:
            raise TooLarge(f"more than {MOST_POINTS} points in one request; send smaller batches")
    return Points(points, faults)


def _room(room: int, taken: Sequence[Any] | None) -> int:
    """What is left of the room for resources, scopes and metrics. Raises TooLarge."""
    left = room - len(taken or ())
    if left < 0:
        raise TooLarge(f"more than {MOST_POINTS} metrics in one request; send smaller batches")
    return left


def _protobuf(request: Any) -> Iterator[Point | str]:
    room = _room(MOST_POINTS, request.resource_metrics)
    for group in request.resource_metrics:
        resource = _pairs(group.resource.attributes)
        room = _room(room, group.scope_metrics)
        for scope in group.scope_metrics:
            room = _room(room, scope.metrics)
            for metric in scope.metrics:
                if metric.name not in (TOKENS, DURATION):
                    continue
                kind = metric.WhichOneof("data")
                if kind not in ("histogram", "exponential_histogram"):
                    yield f"{metric.name} is a {kind or 'metric without data'}, not a histogram"
                    continue
                data = getattr(metric, kind)
                for point in data.data_points:
                    total = point.sum if point.HasField("sum") else None
                    yield _point(metric.name, metric.unit, data.aggregation_temporality, resource,
                                 _pairs(point.attributes), point.start_time_unix_nano, point.time_unix_nano,
                                 point.count, total)  # fmt: skip


def _pairs(attributes: Any) -> dict[str, Scalar]:
    found: dict[str, Scalar] = {}
    for pair in attributes:
        which = pair.value.WhichOneof("value")
        if which in _SCALARS:
            found[pair.key] = getattr(pair.value, which)
    return found


def _json(request: _JsonRequest) -> Iterator[Point | str]:
    room = _room(MOST_POINTS, request.resourceMetrics)
    for group in request.resourceMetrics or ():
        resource = _json_pairs(group.resource.attributes if group.resource is not None else None)
        room = _room(room, group.scopeMetrics)
        for scope in group.scopeMetrics or ():
            room = _room(room, scope.metrics)
            for metric in scope.metrics or ():
                if metric.name in (TOKENS, DURATION):
                    yield from _json_points(metric, resource)


def _json_points(metric: _JsonMetric, resource: Mapping[str, Scalar]) -> Iterator[Point | str]:
    raw = metric.histogram if bytes(metric.histogram) else metric.exponentialHistogram
    if not bytes(raw):
        yield f"{metric.name} is no histogram"
        return
    try:
        data = _HISTOGRAM.decode(raw)
        for point in data.dataPoints or ():
            yield _point(metric.name, metric.unit, data.aggregationTemporality, resource,
                         _json_pairs(point.attributes), int(point.startTimeUnixNano or 0),
                         int(point.timeUnixNano or 0), int(point.count or 0), point.sum)  # fmt: skip
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        yield f"{metric.name} cannot be read: {error}"


def _json_pairs(attributes: Sequence[JsonPair] | None) -> dict[str, Scalar]:
    found = {pair.key: scalar(pair.value) for pair in attributes or ()}
    return {name: value for name, value in found.items() if value is not None}


def _point(
    metric: str, unit: str, temporality: int | str | None, resource: Mapping[str, Scalar],
    attributes: Mapping[str, Scalar], start: int, time: int, count: int, total: float | None,
) -> Point | str:  # fmt: skip
    kind = _TEMPORALITY.get(temporality, 0) if isinstance(temporality, str) else temporality
    if kind not in (_DELTA, _CUMULATIVE):
        return f"a point of {metric} says neither delta nor cumulative"
    if not 0 < time < 1 << 63 or not 0 <= start < 1 << 63:
        return f"a point of {metric} has no usable time"
    if not 0 <= count < 1 << 53 or (total is not None and not 0 <= total < 1 << 53):
        return f"a point of {metric} has the count {count} and the sum {total}"
    return Point(metric=metric, unit=unit, cumulative=kind == _CUMULATIVE, resource=resource, attributes=attributes,
                 start=start, time=time, count=count, sum=total)  # fmt: skip
