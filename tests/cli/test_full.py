"""The program on a device without room: nothing acknowledged is lost, and it goes on by itself."""

from __future__ import annotations

import http.client
import json
import resource
import signal
import subprocess
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

from bench.company import write_workspace
from bench.processes import PROGRAM

from breakeven.store.duckdb import DuckDBStore

PATIENCE_S = 60
ROOM = 20_000
"""Bytes that are left for the journal."""
LINES = {"content-type": "application/x-ndjson"}


class Served:
    """`breakeven serve` in a process whose files can be kept from growing, as on a full device."""

    def __init__(self, folder: Path) -> None:
        self.process = subprocess.Popen(
            [*PROGRAM, "serve", "-w", str(folder), "--port", "0"], stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        self.port = int(self.process.stdout.readline().strip().rpartition(":")[2])

    def room(self, most: int) -> None:
        """Let no file grow beyond so many bytes; -1: as much as they like."""
        resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))

    def ask(self, path: str, *ids: str) -> tuple[int, dict[str, Any], dict[str, str]]:
        lines = (
            {"kind": "interaction", "source": "s", "id": id_, "time": "2026-11-01T10:00:00Z", "model": "m" * 100}
            for id_ in ids
        )
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        try:
            body = "\n".join(json.dumps(line) for line in lines)
            connection.request("POST" if ids else "GET", path, body or None, LINES)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read()), {k.lower(): v for k, v in answer.getheaders()}
        finally:
            connection.close()

    def until(self, fine: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """What /health/ready says as soon as it is so."""
        ends = time.monotonic() + PATIENCE_S
        while time.monotonic() < ends:
            _, said, _ = self.ask("/health/ready")
            if fine(said):
                return said
            time.sleep(0.05)
        raise AssertionError(said)

    def end(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        self.process.communicate(timeout=PATIENCE_S)
        return self.process.returncode


def fill(served: Served, data: Path, name: str) -> None:
    """Leave no room for the store's log, and some for the journal.

    No file may outgrow the log as it is. A commit takes more room there than in the journal, so that the log becomes
    the longer one of the two, if it is not yet.
    """
    for number in count():
        log, journal = (max(file.stat().st_size for file in data.rglob(f"*.{end}")) for end in ("wal", "journal"))
        if log > journal + ROOM:
            served.room(log)
            return
        assert served.ask("/v1/events?wait=visible", f"{name}-{number}")[0] == 200


def test_a_full_device_loses_nothing_and_needs_no_restart(tmp_path: Path) -> None:
    folder = tmp_path / "company"
    write_workspace(folder)
    served = Served(folder)
    try:
        assert served.ask("/v1/events?wait=visible", "0")[0] == 200
        fill(served, folder / "data", "a")
        # The store takes nothing more, the journal goes on to take what comes.
        taken = [number for number in range(1, 10) if served.ask("/v1/events", str(number))[0] == 200]
        assert len(taken) == 9
        said = served.until(lambda said: said["status"] != "ok")
        assert "no room left" in said["store"]
        assert said["journal"]["rows"] == 9
        # Who wants to see the record is told, and has lost nothing.
        status, problem, headers = served.ask("/v1/events?wait=visible", "seen")
        assert (status, problem["title"], int(headers["retry-after"]) > 0) == (507, "No room left", True)
        # The journal takes nothing more either.
        served.room(10)
        status, problem, headers = served.ask("/v1/events", "later")
        assert (status, problem["title"]) == (507, "No room left")
        assert "free space on its device and send again" in problem["detail"]
        assert int(headers["retry-after"]) > 0
        served.room(-1)
        served.until(lambda said: said["status"] == "ok" and not said["journal"]["rows"])
        assert served.ask("/v1/events", "later")[1]["accepted"] == 1
        # It ends on a full device, and the next start stores what waited.
        assert served.ask("/v1/events?wait=visible", "before")[0] == 200
        fill(served, folder / "data", "b")
        assert served.ask("/v1/events", "last")[1]["accepted"] == 1
        assert served.end() == 0
        served = Served(folder)
        assert served.ask("/v1/events?wait=visible", "last")[1]["duplicates"] == 1
        assert served.end() == 0
    finally:
        if served.process.poll() is None:
            served.process.kill()
            served.process.communicate()
    with DuckDBStore.open(folder / "data" / "breakeven.duckdb") as store:
        ids: list[str] = store.query("SELECT id FROM interaction_version")["id"].to_pylist()
        assert store.verify() == []
    assert len(ids) == len(set(ids))
    assert {"0", "later", "last", *map(str, taken)} <= set(ids)
