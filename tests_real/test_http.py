"""A production trace sent over HTTP, as a gateway would, to a server that is killed on the way."""

from __future__ import annotations

import csv
import json
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests_real.conftest import COMMAND, Company
from tests_real.test_usage_traces import AZURE, OWN_PRICE

BATCH = 500
PATIENCE = 60.0


class Server:
    """A running `breakeven serve`."""

    def __init__(self, process: subprocess.Popen[bytes], address: str) -> None:
        self.process, self.address = process, address

    def get(self, path: str) -> Any:
        """A JSON answer."""
        with urllib.request.urlopen(self.address + path, timeout=PATIENCE) as answer:
            return json.load(answer)

    def post(self, events: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """What became of a batch."""
        request = urllib.request.Request(
            f"{self.address}/v1/events?wait=visible",
            json.dumps(events).encode(),
            {"Content-Type": "application/cloudevents-batch+json"},
        )
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            found: dict[str, Any] = json.load(answer)
            return found


@contextmanager
def serving(company: Company, *, end: signal.Signals) -> Iterator[Server]:
    """The workspace behind HTTP; ended by a signal."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    arguments = [str(COMMAND), "serve", "-w", str(company.folder), "--port", str(port)]
    process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL)
    server = Server(process, f"http://127.0.0.1:{port}")
    try:
        _wait(server)
        yield server
    finally:
        process.send_signal(end)
        code = process.wait(PATIENCE)
        assert code == (0 if end is signal.SIGTERM else -end)


def _wait(server: Server) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        assert server.process.poll() is None
        try:
            server.get("/health/ready")
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.05)
        else:
            return
    raise TimeoutError(server.address)


def _events(path: Path) -> list[dict[str, Any]]:
    """The trace as CloudEvents."""
    with path.open(newline="") as lines:
        return [
            {
                "specversion": "1.0",
                "type": "breakeven.interaction",
                "source": "trace",
                "id": str(number),
                "time": row["TIMESTAMP"].replace(" ", "T") + "Z",
                "data": {
                    "model": "code-completion",
                    "input_tokens": int(row["ContextTokens"]),
                    "output_tokens": int(row["GeneratedTokens"]),
                },
            }
            for number, row in enumerate(csv.DictReader(lines))
        ]


def test_trace_over_http_survives_a_kill(data: Path, truth: dict[str, Any], company: Company) -> None:
    expected = truth[f"llm-trace-azure/{AZURE}"]
    company.declare("prices.yaml", OWN_PRICE)
    events = _events(data / "llm-trace-azure" / AZURE)
    batches = [events[start : start + BATCH] for start in range(0, len(events), BATCH)]
    half = len(batches) // 2
    with serving(company, end=signal.SIGKILL) as server:
        for batch in batches[:half]:
            assert server.post(batch)["accepted"] == len(batch)
    with serving(company, end=signal.SIGTERM) as server:
        assert server.post(batches[half - 1])["duplicates"] == BATCH, "what was answered must be there after a kill"
        for batch in batches[half:]:
            assert server.post(batch)["accepted"] == len(batch)
        (cost,) = server.get("/v1/metrics/ai_cost?grain=all")["rows"]
        (requests,) = server.get("/v1/metrics/interactions?grain=all")["rows"]
    assert Decimal(cost["value"]) == Decimal(expected["cost_usd_at_2_50_in_10_00_out_per_million"])
    assert requests["value"] == expected["requests"]
    assert "agrees" in company.run("check", "--deep", "-w", str(company.folder))
    assert company.value("input_tokens") == expected["input_tokens"], "command line and API must agree"
