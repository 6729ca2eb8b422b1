"""Spans of real instrumentations and agent frameworks, sent by the real exporter to a served workspace."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import signal
import urllib.request
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExportResult
from opentelemetry.trace import SpanContext, Status, StatusCode, TraceFlags
from tests_real.conftest import Company
from tests_real.test_http import PATIENCE, Server, serving

SETS = ("oi_anthropic", "ollm_anthropic", "ollm_mistralai", "openai_v2")
ALL = ("--grain", "all")


def readable(span: dict[str, Any], resource: Resource) -> ReadableSpan:
    """A span of OTLP/JSON as the SDK's own, with its ids."""

    def context(identity: str) -> SpanContext:
        return SpanContext(int(span["traceId"], 16), int(identity, 16), False, TraceFlags(1))

    return ReadableSpan(
        name=span["name"], context=context(span["spanId"]), resource=resource,
        parent=context(span["parentSpanId"]) if span.get("parentSpanId") else None,
        attributes=attributes(span.get("attributes", [])),
        status=Status(StatusCode(span.get("status", {}).get("code", 0))),
        start_time=int(span["startTimeUnixNano"]), end_time=int(span["endTimeUnixNano"]),
    )  # fmt: skip


def attributes(pairs: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {pair["key"]: value(pair.get("value", {})) for pair in pairs}


def value(given: dict[str, Any]) -> Any:
    for kind, content in given.items():
        if kind == "intValue":
            return int(content)
        if kind == "arrayValue":
            return [value(one) for one in content.get("values", [])]
        return base64.b64decode(content) if kind == "bytesValue" else content
    return ""


def requests(path: Path) -> Iterator[list[ReadableSpan]]:
    """The spans of each request of a file."""
    with gzip.open(path) as lines:
        for line in lines:
            for group in json.loads(line)["resourceSpans"]:
                resource = Resource(attributes(group.get("resource", {}).get("attributes", [])))
                yield [readable(span, resource) for scope in group["scopeSpans"] for span in scope["spans"]]


def send(server: Server, batches: Sequence[Sequence[ReadableSpan]]) -> None:
    exporter = OTLPSpanExporter(endpoint=f"{server.address}/v1/traces", compression=Compression.Gzip)
    for batch in batches:
        assert exporter.export(batch) is SpanExportResult.SUCCESS
    exporter.shutdown()


def post(server: Server, path: str, body: bytes, media: str, encoding: str = "identity") -> bytes:
    headers = {"Content-Type": media, "Content-Encoding": encoding}
    with urllib.request.urlopen(
        urllib.request.Request(server.address + path, body, headers), timeout=PATIENCE
    ) as found:
        content: bytes = found.read()
        return content


def number(company: Company, metric: str) -> int:
    found = company.value(metric)
    return 0 if found is None else int(found)


@pytest.mark.parametrize("name", SETS)
def test_spans_of_instrumentations(data: Path, truth: dict[str, Any], company: Company, name: str) -> None:
    expected = truth[f"otel-genai/{name}.otlp.jsonl.gz"]
    batches = list(requests(data / "otel-genai" / f"{name}.otlp.jsonl.gz"))
    binary = data / "otel-genai" / f"{name}.otlp.pb.gz"
    with serving(company, end=signal.SIGTERM) as server:
        send(server, batches)
        send(server, [[span for batch in batches[::-1] for span in batch]])
        if binary.exists():
            assert post(server, "/v1/traces", binary.read_bytes(), "application/x-protobuf", "gzip") == b""
    assert number(company, "interactions") == expected["spans"]
    assert number(company, "errors") == expected["error_spans"]
    by_model = {row["model"] or "(none)": row["value"] for row in company.rows("input_tokens", "--by", "model", *ALL)}
    for model, told in expected["by_model"].items():
        assert int(by_model[model]) == told["input_tokens"], model
    assert (number(company, "input_tokens"), number(company, "output_tokens")) == (
        expected["input_tokens"], expected["output_tokens"])  # fmt: skip


def test_metrics_of_an_instrumentation(data: Path, truth: dict[str, Any], company: Company) -> None:
    expected = truth["otel-genai/openai_v2.metrics.otlp.jsonl.gz"]["token_usage_points"]
    with gzip.open(data / "otel-genai" / "openai_v2.metrics.otlp.jsonl.gz") as lines:
        bodies = list(lines)
    with serving(company, end=signal.SIGTERM) as server:
        for body in [*bodies, *bodies]:
            assert json.loads(post(server, "/v1/metrics", body, "application/json")) == {}
    for side in ("input", "output"):
        tokens = sum(int(points["sum"]) for name, points in expected.items() if name.endswith(side))
        assert number(company, f"{side}_tokens") == tokens


def langfuse(path: Path) -> list[ReadableSpan]:
    """A trace as its frameworks and Langfuse's SDK sent it: the attributes that it kept, and Langfuse's own."""
    with (gzip.open if path.suffix == ".gz" else open)(path) as content:
        observations = json.load(content)["observations"]
    spans = []
    for one in observations:
        kept = json.loads(one["metadata"]) if isinstance(one["metadata"], str) else one["metadata"] or {}
        own = {name: text for name, text in (kept.get("attributes") or {}).items() if isinstance(text, str)}
        own |= {"langfuse.observation.type": one["type"].lower()}
        if one["model"]:
            own["langfuse.observation.model.name"] = one["model"]
        if one["usageDetails"]:
            own["langfuse.observation.usage_details"] = json.dumps(one["usageDetails"])
            own["langfuse.observation.cost_details"] = json.dumps({"total": one["totalCost"]})
        ids = [hashlib.sha256(str(one[key]).encode()).digest() for key in ("traceId", "id", "parentObservationId")]
        start, end = (int(datetime.fromisoformat(one[key] or one["startTime"]).timestamp() * 1e9)
                      for key in ("startTime", "endTime"))  # fmt: skip
        spans.append(ReadableSpan(
            name=one["name"], attributes=own, resource=Resource({"service.name": "agent"}),
            context=_context(ids[0], ids[1]), start_time=start, end_time=max(start, end),
            parent=_context(ids[0], ids[2]) if one["parentObservationId"] else None,
        ))  # fmt: skip
    return spans


def _context(trace: bytes, span: bytes) -> SpanContext:
    return SpanContext(int.from_bytes(trace[:16], "big"), int.from_bytes(span[:8], "big"), False, TraceFlags(1))


@pytest.mark.parametrize("at_once", [True, False], ids=["one batch", "each span as it ends"])
def test_agents_of_frameworks(data: Path, truth: dict[str, Any], company: Company, at_once: bool) -> None:
    """The usage of the innermost calls, exactly, though wrappers and agents repeat it."""
    folder = data / "langfuse-traces"
    wanted: dict[str, int] = defaultdict(int)
    with serving(company, end=signal.SIGTERM) as server:
        for name, told in truth["langfuse-traces"].items():
            spans = langfuse(folder / name)
            # A parent that ends in the same millisecond as its child ends after it.
            ending = sorted(spans, key=lambda span: (span.end_time or 0, -(span.start_time or 0)))
            send(server, [spans] if at_once else [[span] for span in ending])
            for usage in told["leaf_usage_by_model"].values():
                for side in ("input", "output"):
                    wanted[f"{side}_tokens"] += usage[side]
    assert number(company, "input_tokens") == wanted["input_tokens"]
    assert number(company, "output_tokens") == wanted["output_tokens"]
