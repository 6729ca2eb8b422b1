"""What an OTLP sender is told, in the encoding that it speaks: partial success, or a google.rpc.Status."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from google.protobuf.json_format import MessageToJson
from google.protobuf.message import Message
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from breakeven.errors import UnsupportedMedia
from breakeven.ingest.events import media_type
from breakeven.ingest.outcome import Outcome

Encoding = Literal["protobuf", "json"]
MEDIA: dict[str, Encoding] = {
    "application/x-protobuf": "protobuf", "application/protobuf": "protobuf", "application/json": "json",
}  # fmt: skip
"""Content type → encoding."""
_NAMED = 5
"""Refusals that a message spells out."""
_CODES = {400: 3, 404: 5, 405: 12, 413: 8, 415: 3, 429: 8, 500: 13, 503: 14}
"""HTTP status → google.rpc.Code; others are UNKNOWN."""


def encoding_of(content_type: str) -> Encoding:
    """The encoding of a request. Raises UnsupportedMedia."""
    media = media_type(content_type)
    if media not in MEDIA:
        wanted = "application/x-protobuf or application/json"
        raise UnsupportedMedia(f"content type {media or 'missing'!r} is not read; send {wanted}")
    return MEDIA[media]


def content_type(encoding: Encoding) -> str:
    """The content type of answers in an encoding."""
    return "application/json" if encoding == "json" else "application/x-protobuf"


def traces_answer(encoding: Encoding, rejected: int, message: str) -> bytes:
    """What became of spans."""
    answer = ExportTraceServiceResponse()
    if rejected or message:
        answer.partial_success.rejected_spans, answer.partial_success.error_message = rejected, message
    return _encoded(answer, encoding)


def metrics_answer(encoding: Encoding, rejected: int, message: str) -> bytes:
    """What became of data points."""
    answer = ExportMetricsServiceResponse()
    if rejected or message:
        answer.partial_success.rejected_data_points, answer.partial_success.error_message = rejected, message
    return _encoded(answer, encoding)


def failure(encoding: Encoding, status: int, message: str) -> bytes:
    """Why nothing of a request was taken."""
    return _encoded(Status(code=_CODES.get(status, 2), message=message), encoding)


def told(outcome: Outcome, names: Sequence[bytes], noun: str) -> str:
    """One clear sentence about what was rejected, the first ones by name (`names` by row)."""
    if not outcome.refused:
        return ""
    said = [
        f"{noun} {names[one.row - 1].hex() or 'without id'}: {one.message.partition(': ')[2]}"
        for one in outcome.refusals[:_NAMED]
    ]  # fmt: skip
    more = f"; and {outcome.refused - _NAMED} more" if outcome.refused > _NAMED else ""
    return f"{outcome.refused} rejected: {'; '.join(said)}{more}"


def _encoded(message: Message, encoding: Encoding) -> bytes:
    if encoding == "json":
        return str(MessageToJson(message, indent=None)).encode()
    return bytes(message.SerializeToString())
