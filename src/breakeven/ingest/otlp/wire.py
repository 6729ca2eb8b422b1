"""The protobuf messages of OTLP traces, as far as they are read here, in a shape that costs little to walk.

The numbers are those of opentelemetry-proto (`trace/v1/trace.proto`, `collector/trace/v1/trace_service.proto`). What is
an embedded message there is `bytes` here where it may be asked for later or not at all: on the wire both are the same.
So an attribute becomes one Python object instead of three, attributes that nobody asks for (prompts, answers) are never
taken apart, a damaged span harms no other, and nesting of any depth costs nothing.
"""

from __future__ import annotations

from typing import Any, Protocol, cast

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError

__all__ = ["DecodeError", "Request", "ResourceSpans", "ScopeSpans", "Span"]

_PACKAGE = "breakeven.otlp"
_BYTES, _STRING, _FIXED64, _INT32, _MESSAGE = 12, 9, 6, 5, 11
_MESSAGES: dict[str, tuple[tuple[str, int, int, bool], ...]] = {
    "Request": (("resource_spans", 1, _BYTES, True),),
    "Resource": (("attributes", 1, _BYTES, True),),
    "ResourceSpans": (("resource", 1, _MESSAGE, False), ("scope_spans", 2, _BYTES, True)),
    "ScopeSpans": (("spans", 2, _BYTES, True),),
    "Status": (("code", 3, _INT32, False),),
    "Span": (
        ("trace_id", 1, _BYTES, False), ("span_id", 2, _BYTES, False), ("parent_span_id", 4, _BYTES, False),
        ("start_time_unix_nano", 7, _FIXED64, False), ("end_time_unix_nano", 8, _FIXED64, False),
        ("attributes", 9, _BYTES, True), ("status", 15, _MESSAGE, False),
    ),
}  # fmt: skip
"""Message → field, number, type, repeated."""
_EMBEDDED = {"resource": "Resource", "status": "Status"}


class Message(Protocol):
    """What is used of a message class."""

    def __call__(self) -> Any:
        """An empty message."""

    def FromString(self, data: bytes) -> Any:  # noqa: N802 - the library's name
        """Read a message. Raises DecodeError."""


def _made() -> dict[str, Message]:
    file = descriptor_pb2.FileDescriptorProto(name="breakeven/otlp.proto", package=_PACKAGE, syntax="proto3")
    for name, fields in _MESSAGES.items():
        message = file.message_type.add(name=name)
        for field, number, kind, repeated in fields:
            added = message.field.add(name=field, number=number, type=kind, label=3 if repeated else 1)
            if kind == _MESSAGE:
                added.type_name = f".{_PACKAGE}.{_EMBEDDED[field]}"
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {
        name: cast("Message", message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.{name}")))
        for name in _MESSAGES
    }


_CLASSES = _made()
Request = _CLASSES["Request"]
ResourceSpans = _CLASSES["ResourceSpans"]
ScopeSpans = _CLASSES["ScopeSpans"]
Span = _CLASSES["Span"]
