"""An OTLP request of calls of a model with 15 attributes each, as the GenAI conventions name them."""

from __future__ import annotations

import os
import time

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue

MODELS = (("gpt-4o", "openai"), ("gpt-4o-mini", "openai"), ("claude-haiku-4-5", "anthropic"))
_MARK = b"\xfe\xfdspan"
_WIDTH = 16


class Spans:
    """A request in which the ids of traces are made anew each time."""

    def __init__(self, batch: int) -> None:
        request = ExportTraceServiceRequest()
        group = request.resource_spans.add()
        group.resource.attributes.extend(_pairs({"service.name": "bench", "project.name": "project-00",
                                                 "deployment.environment.name": "bench"}))  # fmt: skip
        scope, now = group.scope_spans.add(), time.time_ns()
        marks = [_MARK + place.to_bytes(_WIDTH - len(_MARK), "big") for place in range(batch)]
        for place, mark in enumerate(marks):
            made = scope.spans.add(trace_id=mark, span_id=os.urandom(8), name="chat", kind=3,
                                   start_time_unix_nano=now, end_time_unix_nano=now + 10**9)  # fmt: skip
            made.attributes.extend(_pairs(_call(place)))
        body = request.SerializeToString()
        self._places = [body.index(mark) for mark in marks]
        self._body, self._run = bytearray(body), os.urandom(8)

    def body(self, first: int) -> bytes:
        """The request with traces numbered from `first` on."""
        for number, place in enumerate(self._places, first):
            self._body[place : place + _WIDTH] = self._run + number.to_bytes(8, "big")
        return bytes(self._body)


def _call(place: int) -> dict[str, str | int | float]:
    model, provider = MODELS[place % len(MODELS)]
    return {
        "gen_ai.operation.name": "chat", "gen_ai.provider.name": provider, "gen_ai.request.model": model,
        "gen_ai.response.model": model, "gen_ai.usage.input_tokens": 200 + place * 13 % 900,
        "gen_ai.usage.output_tokens": 20 + place * 7 % 300, "gen_ai.request.max_tokens": 4096,
        "gen_ai.request.temperature": 0.2, "gen_ai.response.id": f"resp-{place:012d}",
        "gen_ai.conversation.id": f"conv-{place:09d}", "user.id": f"user-{place * 7 % 500:04d}",
        "app.team": f"team-{place % 12:02d}", "app.tool": "api", "server.address": f"api.{provider}.example",
        "server.port": 443,
    }  # fmt: skip


def _pairs(attributes: dict[str, str | int | float]) -> list[KeyValue]:
    pairs = []
    for name, value in attributes.items():
        pair = KeyValue(key=name)
        if isinstance(value, str):
            pair.value.string_value = value
        elif isinstance(value, int):
            pair.value.int_value = value
        else:
            pair.value.double_value = value
        pairs.append(pair)
    return pairs
