"""Senders at the same time, again, late, with a wrong clock: what is acknowledged counts once, in its hour and day."""

from __future__ import annotations

import asyncio
import json
import random
import socket
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from urllib.request import urlopen

import pytest
import uvicorn
from litestar import Litestar
from litestar.testing import TestClient
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from breakeven.cli.protocol import GuardedProtocol
from breakeven.formula import Evaluator
from breakeven.ingest.journaling import Journaling
from breakeven.ingest.pipeline import Pipeline
from breakeven.ledger.ledger import Ledger
from breakeven.pricing import make_pricer
from breakeven.store.duckdb import DuckDBStore
from breakeven.web.running import serving
from breakeven.web.server import build
from breakeven.web.services import Services
from breakeven.workspace.definitions import Workspace

Client = TestClient[Litestar]
NOW = datetime(2026, 11, 15, 12, tzinfo=UTC)
LINES = {"content-type": "application/x-ndjson"}
PATIENCE_S = 60


class Listening(NamedTuple):
    """A server on a port, with a journal and a store in files."""

    port: int
    services: Services


@pytest.fixture(scope="module")
def listening(
    workspace: Workspace, evaluator: Evaluator, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Listening]:
    folder = tmp_path_factory.mktemp("company")
    with DuckDBStore.open(folder / "store.duckdb", time_zone="UTC") as store:
        pipeline = Pipeline(workspace, store, make_pricer(workspace.prices, Path(), "UTC"), threads=1)
        journaling = Journaling(pipeline, folder, clock=lambda: NOW, most=1 << 30)
        ledger = Ledger(workspace, store, evaluator)
        with serving(workspace, store, ledger, pipeline, lambda: NOW, journaling=journaling) as services:
            listener = socket.create_server(("127.0.0.1", 0), backlog=512)
            config = uvicorn.Config(build(services), log_level="warning", lifespan="on", http=GuardedProtocol)
            server = uvicorn.Server(config)
            thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
            thread.start()
            while not server.started and thread.is_alive():
                time.sleep(0.01)
            yield Listening(listener.getsockname()[1], services)
            server.should_exit = True
            thread.join(PATIENCE_S)
            listener.close()
        pipeline.close()


def call(number: object, **more: object) -> dict[str, Any]:
    return {"kind": "interaction", "source": "s", "id": str(number), "time": "2026-11-10T09:30:00Z", "project": "chat",
            **more}  # fmt: skip


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[Any]:
    """Sends records over a connection of its own; gives status and answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)

    async def send(*records: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        body = b"\n".join(json.dumps(record).encode() for record in records)
        writer.write(b"POST /v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-ndjson\r\n"
                     b"Content-Length: %d\r\n\r\n" % len(body) + body)  # fmt: skip
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0])
        return int(head[9:12]), json.loads(await reader.readexactly(length))

    yield send
    writer.close()


@pytest.mark.parametrize("clients", [1, 16, 256])
def test_clients_at_the_same_time(listening: Listening, clients: int) -> None:
    """Each sends what is its own, what all send, and an id that all give another content; and all of it once more."""
    common = [call(f"{clients}-common-{number}") for number in range(5)]
    told: Counter[str] = Counter()

    async def client(place: int) -> None:
        async with connected(listening.port) as send:
            for again in range(2):
                own = [call(f"{clients}-{place}-{number}") for number in range(5)]
                status, said = await send(*own)
                assert (status, said["accepted"], said["duplicates"]) == (200, 5 * (1 - again), 5 * again)
                status, said = await send(*common)
                assert (status, said["accepted"] + said["duplicates"]) == (200, 5)
                told["common"] += said["accepted"]
                status, said = await send(call(f"{clients}-contested", input_tokens=place))
                assert status == (422 if said["rejected"] else 200)
                told["contested"] += said["accepted"]
                told["same"] += said["duplicates"]
                told["conflicts"] += said["rejected"].get("conflict", 0)

    async def together() -> None:
        await asyncio.gather(*(client(place) for place in range(clients)))

    asyncio.run(together())
    assert told["common"] == 5
    assert (told["contested"], told["same"], told["conflicts"]) == (1, 1, 2 * (clients - 1))
    stored = ids(listening, f"{clients}-%")
    own = [f"{clients}-{place}-{number}" for place in range(clients) for number in range(5)]
    assert sorted(stored) == sorted([*own, *(record["id"] for record in common), f"{clients}-contested"])
    assert listening.services.store.verify() == []


def ids(listening: Listening, like: str) -> list[str]:
    """The stored versions, once the store has all that is acknowledged."""
    while listening.services.writer.lag.rows:
        time.sleep(0.01)
    query = "SELECT id FROM interaction_version WHERE id LIKE ?"
    found: list[str] = listening.services.store.query(query, [like])["id"].to_pylist()
    return found


def test_out_of_order_and_weeks_late(listening: Listening) -> None:
    """Hours of ten weeks in any order, some of them twice: each counts in its own hour, day and month."""
    hours = [NOW - timedelta(hours=9 * number, minutes=1) for number in range(180)]
    records = [
        call(f"late-{number}", time=hour.isoformat(), model="late", input_tokens=number)
        for number, hour in enumerate(hours)
    ]
    chance = random.Random(5)

    async def sent() -> None:
        async with connected(listening.port) as send:
            for _ in range(2):
                chance.shuffle(records)
                for first in range(0, len(records), 20):
                    status, _ = await send(*records[first : first + 20])
                    assert status == 200

    asyncio.run(sent())
    assert len(ids(listening, "late-%")) == len(hours)
    for grain, cut in (("hour", "%Y-%m-%dT%H:00"), ("day", "%Y-%m-%d"), ("month", "%Y-%m")):
        assert counted(listening, grain) == Counter(hour.strftime(cut) for hour in hours), grain
    assert listening.services.store.verify() == []


def counted(listening: Listening, grain: str) -> Counter[str]:
    asked = f"grain={grain}&model=late&from=2026-09&to=2026-11"
    with urlopen(f"http://127.0.0.1:{listening.port}/v1/metrics/interactions?{asked}", timeout=PATIENCE_S) as answer:
        rows = json.load(answer)["rows"]
    return Counter({row["period"]: row["value"] for row in rows if row["value"]})


@pytest.mark.parametrize(("ahead", "status"), [(timedelta(hours=23), 200), (timedelta(hours=25), 422)])
def test_a_clock_that_is_ahead(client: Client, ahead: timedelta, status: int) -> None:
    """Within a day it is taken; beyond it is refused with the reason."""
    record = call("ahead", time=(NOW + ahead).isoformat())
    answer = client.post("/v1/events", content=json.dumps(record), headers=LINES)
    assert answer.status_code == status
    if status == 422:
        (error,) = answer.json()["errors"]
        assert (error["reason"], error["field"]) == ("future_time", "time")
        assert "is more than a day ahead of now" in error["message"]


def test_spans_of_a_clock_that_is_ahead(client: Client, services: Services) -> None:
    request = ExportTraceServiceRequest()
    scope = request.resource_spans.add().scope_spans.add()
    for number, hours in enumerate((23, 25)):
        began = int((NOW + timedelta(hours=hours)).timestamp()) * 10**9
        span = scope.spans.add(trace_id=bytes([number + 1]) * 16, span_id=b"12345678", name="chat",
                               start_time_unix_nano=began, end_time_unix_nano=began + 10**9)  # fmt: skip
        for name, value in (("gen_ai.operation.name", "chat"), ("gen_ai.request.model", "m")):
            span.attributes.add(key=name).value.string_value = value
    answer = client.post("/v1/traces", content=request.SerializeToString(),
                         headers={"content-type": "application/x-protobuf"})  # fmt: skip
    refused = ExportTraceServiceResponse.FromString(answer.content).partial_success
    assert (answer.status_code, refused.rejected_spans) == (200, 1)
    assert "more than a day ahead of now" in refused.error_message
    assert services.store.query("SELECT count(*) AS n FROM interaction")["n"].to_pylist() == [1]
