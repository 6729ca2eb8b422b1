"""The real SDK and exporter of OpenTelemetry, over loopback: the recipe of docs/ingest.md."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
import uvicorn
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor, SpanProcessor
from opentelemetry.trace import StatusCode

from breakeven.web.server import build
from breakeven.web.services import Services

BEFORE = 1_794_500_000_000_000_000
PATIENCE = 10


@pytest.fixture
def address(services: Services) -> Iterator[str]:
    # The SDK's metrics bear the true time.
    present = msgspec.structs.replace(services, clock=lambda: datetime.now(UTC))
    server = uvicorn.Server(uvicorn.Config(build(present), log_level="warning", lifespan="on"))
    with closing(socket.socket()) as bound:
        bound.bind(("127.0.0.1", 0))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]})
        bound.listen()
        thread.start()
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"
        server.should_exit = True
        thread.join(PATIENCE)
    assert not thread.is_alive()


def run(provider: TracerProvider) -> None:
    """An agent that calls a model twice, the second time in vain, and repeats the usage of both."""
    tracer = provider.get_tracer("test")
    attributes = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-4.1-mini",
    }
    with tracer.start_as_current_span("invoke_agent", start_time=BEFORE, end_on_exit=False) as agent:
        agent.set_attributes({"gen_ai.operation.name": "invoke_agent", "gen_ai.usage.input_tokens": 300})
        for tokens in (100, 200):
            with tracer.start_as_current_span("chat", start_time=BEFORE, end_on_exit=False) as call:
                call.set_attributes({**attributes, "gen_ai.usage.input_tokens": tokens})
                if tokens == 200:
                    call.set_status(StatusCode.ERROR, "refused")
                call.end(BEFORE + 10**9)
        agent.end(BEFORE + 2 * 10**9)
    assert provider.force_flush()
    provider.shutdown()


def test_the_recipe_of_the_documentation(address: str, services: Services) -> None:
    page = (Path(__file__).parents[2] / "docs" / "ingest.md").read_text(encoding="utf-8")
    (recipe,) = re.findall(r"```py\n(.*?)```", page, re.DOTALL)
    assert "http://127.0.0.1:8321" in recipe
    names: dict[str, Any] = {}
    exec(recipe.replace("http://127.0.0.1:8321", address), names)
    run(names["provider"])
    assert services.store.query("SELECT count(*) AS n FROM interaction")["n"].to_pylist() == [2]


@pytest.mark.parametrize("compression", [Compression.NoCompression, Compression.Gzip])
@pytest.mark.parametrize("processor", [BatchSpanProcessor, SimpleSpanProcessor])
def test_traces(
    address: str,
    services: Services,
    processor: type[BatchSpanProcessor | SimpleSpanProcessor],
    compression: Compression,
) -> None:
    provider = TracerProvider(resource=Resource.create({"service.name": "chat"}))
    exporter = OTLPSpanExporter(endpoint=f"{address}/v1/traces", compression=compression)
    made: SpanProcessor = processor(exporter)
    provider.add_span_processor(made)
    run(provider)
    found = services.store.query("SELECT input_tokens, status, project, latency_ms FROM interaction ORDER BY 1")
    assert found.to_pylist() == [
        {"input_tokens": 100, "status": "ok", "project": "chat", "latency_ms": 1000.0},
        {"input_tokens": 200, "status": "error", "project": "chat", "latency_ms": 1000.0},
    ]


def test_metrics(address: str, services: Services) -> None:
    reader = PeriodicExportingMetricReader(OTLPMetricExporter(endpoint=f"{address}/v1/metrics"))
    provider = MeterProvider([reader], resource=Resource.create({"service.name": "chat"}))
    meter = provider.get_meter("test")
    tokens = meter.create_histogram("gen_ai.client.token.usage", unit="{token}")
    duration = meter.create_histogram("gen_ai.client.operation.duration", unit="s")
    attributes = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-4.1-mini",
    }
    for calls in (3, 2):
        for _ in range(calls):
            tokens.record(10, attributes | {"gen_ai.token.type": "input"})
            tokens.record(4, attributes | {"gen_ai.token.type": "output"})
            duration.record(0.5, attributes)
        assert provider.force_flush()
    provider.shutdown()
    found = services.store.query("SELECT count, input_tokens, output_tokens, latency_ms FROM interaction ORDER BY 1")
    assert found.to_pylist() == [
        {"count": 2, "input_tokens": 20, "output_tokens": 8, "latency_ms": 500.0},
        {"count": 3, "input_tokens": 30, "output_tokens": 12, "latency_ms": 500.0},
    ]
