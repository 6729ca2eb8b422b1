"""Load over HTTP: connections that each send a request, wait for the answer and send the next.

Run as a process of its own: `python -m bench.loading PORT PATH BATCH CONNECTIONS SECONDS [REQUESTS A SECOND]` prints
one JSON line. With a rate requests are due at fixed times, and latency counts from then.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime

import msgspec

from bench.spans import MODELS, Spans

SPANS = "/v1/traces"
"""Where OTLP is sent; CloudEvents go to any other path."""


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """What became of it."""

    events: int
    """Acknowledged."""
    seconds: float
    p50_ms: float
    p99_ms: float
    refused: int
    """Requests answered with 503 and sent again."""
    errors: list[str]
    bytes_per_event: float

    @property
    def rate(self) -> float:
        """Acknowledged events a second."""
        return self.events / self.seconds


def template(batch: int) -> str:
    """A batch of CloudEvents with a place for each event's number."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    run = os.urandom(8).hex()
    events = []
    for place in range(batch):
        model, provider = MODELS[place % len(MODELS)]
        data = {"actor": f"user-{place * 7 % 500:04d}", "team": f"team-{place % 12:02d}", "operation": "chat",
                "project": f"project-{place % 50:02d}", "provider": provider, "model": model,
                "input_tokens": 200 + place % 900, "output_tokens": 20 + place % 300, "latency_ms": 350.5 + place % 100,
                }  # fmt: skip
        events.append({
            "specversion": "1.0", "id": f"{run}-%012x", "source": "/bench", "type": "breakeven.interaction",
            "time": now, "datacontenttype": "application/json", "data": data,
        })  # fmt: skip
    return json.dumps(events, separators=(",", ":"))


async def load(port: int, path: str, batch: int, connections: int, seconds: float, rate: float | None = None) -> Load:
    """Send for some seconds."""
    made, media = _bodies(path, batch)
    numbers, due_at = itertools.count(), itertools.count()
    latencies: list[float] = []
    errors: list[str] = []
    refused = 0
    began = time.perf_counter()

    async def sender() -> None:
        nonlocal refused
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while time.perf_counter() < began + seconds:
            content = made(next(numbers) * batch)
            head = (f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: {media}\r\n"
                    f"Content-Length: {len(content)}\r\n\r\n")  # fmt: skip
            due = time.perf_counter() if rate is None else began + next(due_at) / rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()) if rate is not None else 0)
            while True:
                writer.write(head.encode() + content)
                status, said = await _answer(reader)
                if status != 503:
                    break
                refused += 1
                await asyncio.sleep(0.1)
            if status == 200:
                latencies.append(time.perf_counter() - due)
            elif len(errors) < 5:
                errors.append(f"{status}: {said[:200].decode()}")
        writer.close()

    await asyncio.gather(*(sender() for _ in range(connections)))
    took = time.perf_counter() - began
    latencies.sort()
    quantile = [round(latencies[min(int(len(latencies) * q), len(latencies) - 1)] * 1e3, 3) if latencies else 0.0
                for q in (0.5, 0.99)]  # fmt: skip
    return Load(events=len(latencies) * batch, seconds=took, p50_ms=quantile[0], p99_ms=quantile[1], refused=refused,
                errors=errors, bytes_per_event=round(len(made(0)) / batch, 1))  # fmt: skip


def _bodies(path: str, batch: int) -> tuple[Callable[[int], bytes], str]:
    """What makes a request from the number of its first event, and its content type."""
    if path == SPANS:
        return Spans(batch).body, "application/x-protobuf"
    events = template(batch)
    return lambda first: (events % tuple(range(first, first + batch))).encode(), "application/cloudevents-batch+json"


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    length = head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0]
    return int(head[9:12]), await reader.readexactly(int(length))


def main() -> None:
    """Run by `bench/ingesting.py`."""
    port, path, batch, connections, seconds, *rate = sys.argv[1:]
    found = load(int(port), path, int(batch), int(connections), float(seconds), float(rate[0]) if rate else None)
    print(msgspec.json.encode(asyncio.run(found)).decode())


if __name__ == "__main__":
    main()
