"""POST /v1/traces and /v1/metrics: every answer in the encoding of its request, and what reaches the store."""

from __future__ import annotations

import gzip
import json
import zlib
from functools import partial
from typing import Any

import pytest
import zstandard
from google.rpc.status_pb2 import Status
from litestar import Litestar
from litestar.testing import TestClient
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from tests.ingest.otlp_requests import identity, in_json, protobuf, span
from tests.ingest.test_otlp_metrics import body, collection
from tests.web.conftest import HOME

from breakeven.errors import Busy, StoreFull
from breakeven.store.base import Commit
from breakeven.web.server import build
from breakeven.web.services import Services

Client = TestClient[Litestar]
PROTOBUF = {"content-type": "application/x-protobuf"}
JSON = {"content-type": "application/json; charset=utf-8"}
START = 1_794_500_000_000_000_000
"""Two days before the server's now."""
CHAT = {"gen_ai.operation.name": "chat", "gen_ai.system": "openai", "gen_ai.request.model": "gpt-4.1-mini",
        "gen_ai.usage.input_tokens": 100, "gen_ai.usage.output_tokens": 10}  # fmt: skip


def call(number: int, more: dict[str, Any] | None = None, **options: Any) -> dict[str, Any]:
    return span(number, CHAT | (more or {}), **{"start": START, **options})


def stored(services: Services, columns: str = "id") -> list[tuple[Any, ...]]:
    table = services.store.query(f"SELECT {columns} FROM interaction ORDER BY ALL")
    return list(zip(*(table[name].to_pylist() for name in table.column_names), strict=True))


def test_spans_are_stored_priced_and_sent_again(client: Client, services: Services) -> None:
    content = protobuf([call(1, failed=False), call(2, failed=True)], {"service.name": "chat"})
    for _ in range(2):
        answer = client.post("/v1/traces", content=content, headers=PROTOBUF)
        assert (answer.status_code, answer.content) == (200, b"")
        assert answer.headers["content-type"] == "application/x-protobuf"
    again = client.post("/v1/traces", content=in_json([call(1), call(2, failed=True)], {"service.name": "chat"}),
                        headers=JSON)  # fmt: skip
    assert (again.status_code, again.json(), again.headers["content-type"]) == (200, {}, "application/json")
    found = stored(services, "id, source, project, status, input_tokens, cost_origin")
    assert found == [(identity(1), "chat", "chat", "ok", 100, "metered"),
                     (identity(2), "chat", "chat", "error", 100, "metered")]  # fmt: skip
    assert services.store.query("SELECT count(*) AS n FROM rejected")["n"].to_pylist() == [0]


@pytest.mark.parametrize(
    ("encoding", "pack"),
    [
        ("gzip", gzip.compress),
        ("zstd", zstandard.ZstdCompressor().compress),
        ("identity", bytes),
        ("GZIP", gzip.compress),
    ],
)
def test_packed(client: Client, services: Services, encoding: str, pack: Any) -> None:
    headers = PROTOBUF | {"content-encoding": encoding}
    assert client.post("/v1/traces", content=pack(protobuf([call(1)])), headers=headers).status_code == 200
    assert stored(services) == [(identity(1),)]


def test_an_empty_request_is_fine(client: Client) -> None:
    assert client.post("/v1/traces", content=b"", headers=PROTOBUF).status_code == 200
    assert client.post("/v1/traces", content=b"{}", headers=JSON).json() == {}
    assert client.post("/v1/metrics", content=b"", headers=PROTOBUF).status_code == 200


def test_partial_success_names_the_spans(client: Client, services: Services) -> None:
    spans = [
        call(1),
        call(2, {"gen_ai.usage.input_tokens": "x"}),
        call(3, start=START + 10**18),
        call(4, start=0, ms=0),
    ]
    answer = client.post("/v1/traces", content=protobuf(spans), headers=PROTOBUF)
    partial = ExportTraceServiceResponse.FromString(answer.content).partial_success
    assert (answer.status_code, partial.rejected_spans) == (200, 3)
    for said in ("0000000000000002: bad_type in gen_ai.usage.input_tokens: 'x' is not a whole number",
                 "0000000000000003: future_time in time", "0000000000000004: missing_field in time"):  # fmt: skip
        assert said in partial.error_message
    assert stored(services) == [(identity(1),)]
    assert services.store.query("SELECT count(*) AS n FROM rejected")["n"].to_pylist() == [3]
    shown = client.post("/v1/traces", content=in_json(spans), headers=JSON).json()["partialSuccess"]
    assert shown["rejectedSpans"] == "3"
    assert shown["errorMessage"].startswith("3 rejected: span 0000000000000003: ")


@pytest.mark.parametrize(
    ("content", "headers", "status", "code"),
    [
        (b"\xff\xff", PROTOBUF, 400, 3),
        (b"[", JSON, 400, 3),
        (b"x", {"content-type": "text/plain"}, 415, 3),
        (b"x", {}, 415, 3),
        (b"x", PROTOBUF | {"content-encoding": "br"}, 415, 3),
        (b"x", PROTOBUF | {"content-encoding": "gzip"}, 400, 3),
        (b"x", PROTOBUF | {"content-encoding": "zstd"}, 400, 3),
        (zlib.compress(b"", 1)[:4], PROTOBUF | {"content-encoding": "gzip"}, 400, 3),
    ],
)
@pytest.mark.parametrize("path", ["/v1/traces", "/v1/metrics"])
def test_what_cannot_be_used(
    idle: Client, path: str, content: bytes, headers: dict[str, str], status: int, code: int
) -> None:
    what_cannot_be_used(idle, path, content, headers, status, code)


def what_cannot_be_used(
    idle: Client, path: str, content: bytes, headers: dict[str, str], status: int, code: int
) -> None:
    """It is refused in the sender's own words, and the server goes on."""
    answer = idle.post(path, content=content, headers=headers)
    assert answer.status_code == status, answer.content
    said = answer.json() if headers is JSON else Status.FromString(answer.content)
    found = (said["code"], said["message"]) if isinstance(said, dict) else (said.code, said.message)
    assert found[0] == code
    assert len(found[1]) > 10
    assert idle.get("/health/live").status_code == 200


@pytest.mark.parametrize("path", ["/v1/traces", "/v1/metrics"])
@pytest.mark.parametrize("coding", ["gzip", "zstd"])
def test_what_grows_too_large(idle: Client, path: str, coding: str) -> None:
    packed = {"gzip": partial(gzip.compress, compresslevel=1), "zstd": zstandard.compress}[coding](bytes(33 << 20))
    what_cannot_be_used(idle, path, packed, PROTOBUF | {"content-encoding": coding}, 413, 8)


def test_other_methods(idle: Client) -> None:
    answer = idle.get("/v1/traces")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert "items" in idle.get("/v1/metrics").json()


@pytest.mark.parametrize("error", [StoreFull("the disk is full"), Busy("too much")])
@pytest.mark.parametrize("path", ["/v1/traces", "/v1/metrics"])
def test_what_can_pass_is_to_be_sent_again(
    client: Client, services: Services, monkeypatch: pytest.MonkeyPatch, error: Exception, path: str
) -> None:
    content = protobuf([call(1)]) if path == "/v1/traces" else body(collection(1, 1.0, 5, 2, at=-900_000))

    def refuse(_: Commit) -> None:
        raise error

    with monkeypatch.context() as patched:
        patched.setattr(services.store, "append", refuse)
        answer = client.post(path, content=content, headers=PROTOBUF)
    assert (answer.status_code, int(answer.headers["retry-after"]) >= 1) == (503, True)
    assert Status.FromString(answer.content) == Status(code=14, message=str(error))
    assert client.post(path, content=content, headers=PROTOBUF).status_code == 200
    assert len(stored(services)) == 1


@pytest.mark.parametrize("first", ["traces", "metrics"])
def test_a_source_counts_one_way(client: Client, services: Services, first: str) -> None:
    traces = ("/v1/traces", protobuf([call(1)], {"service.name": "chat"}))
    metrics = ("/v1/metrics", body(collection(1, 1.0, 100, 10, at=-900_000)))
    order = [traces, metrics] if first == "traces" else [metrics, traces]
    answers = [client.post(path, content=content, headers=PROTOBUF) for path, content in order]
    assert stored(services, "CAST(sum(count) AS BIGINT) AS n, CAST(sum(input_tokens) AS BIGINT) AS tokens") == [
        (1, 100)
    ]
    told = (ExportMetricsServiceResponse if first == "traces" else ExportTraceServiceResponse).FromString(
        answers[1].content
    )
    assert f"are counted from {first}" in told.partial_success.error_message
    # A server that begins anew knows which way it was.
    with TestClient(build(services), base_url=HOME) as other:
        other.post(order[1][0], content=order[1][1], headers=PROTOBUF)
    assert stored(services, "CAST(sum(count) AS BIGINT) AS n") == [(1,)]


def test_a_restart_goes_on_where_it_stopped(client: Client, services: Services) -> None:
    outer = call(1, {"openinference.span.kind": "LLM"}, start=START)
    recent = int(services.clock().timestamp()) * 10**9 - 60 * 10**9
    inner, outer = call(2, parent=1, start=recent), outer | {"start": recent, "end": recent + 10**9}
    client.post("/v1/traces", content=protobuf([inner]), headers=PROTOBUF)
    client.post("/v1/metrics", content=body(collection(2, 2.0, 20, 4, at=-900_000)), headers=PROTOBUF)
    with TestClient(build(services), base_url=HOME) as other:
        assert other.post("/v1/traces", content=protobuf([outer]), headers=PROTOBUF).status_code == 200
        other.post("/v1/metrics", content=body(collection(5, 5.0, 50, 9, at=-899_000)), headers=PROTOBUF)
    found = stored(services, "id, count, input_tokens")
    assert [row[1:] for row in found] == [(1, 100), (2, 20), (3, 30)]
    assert found[0][0] == identity(2)


def test_metrics_in_json(client: Client, services: Services) -> None:
    point = {"startTimeUnixNano": str(START), "timeUnixNano": str(START + 10**9), "count": "3", "sum": 6.0,
             "attributes": [{"key": "gen_ai.operation.name", "value": {"stringValue": "chat"}}]}  # fmt: skip
    metric = {"name": "gen_ai.client.operation.duration", "unit": "s",
              "histogram": {"aggregationTemporality": 2, "dataPoints": [point, {"count": "1"}]}}  # fmt: skip
    content = json.dumps({"resourceMetrics": [{"scopeMetrics": [{"metrics": [metric]}]}]}).encode()
    answer = client.post("/v1/metrics", content=content, headers=JSON).json()
    assert answer["partialSuccess"]["rejectedDataPoints"] == "1"
    assert stored(services, "source, count, latency_ms") == [("otlp", 3, 2000.0)]
