"""Killed at random moments under load: is every acknowledged event there, once, and do the roll-ups agree?

Senders hold a connection each, send batches of one to fifty events, send again what was not answered, and now and then
what was. The server is killed with SIGKILL and started again; at the end it is asked to stop, and its store is read.
"""

from __future__ import annotations

import http.client
import itertools
import json
import random
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from bench.company import write_workspace
from bench.plan import Plan
from bench.processes import PROGRAM
from bench.results import Result, figure
from breakeven.store.duckdb import DuckDBStore

KILLS = 50
SENDERS = 8
MOST = 50
"""Events in a request."""
AGAIN = 0.1
"""Share of requests that repeat an answered one."""
_PATIENCE_S = 60
_HEADERS = {"content-type": "application/cloudevents-batch+json"}


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What a run found; the lists must be empty."""

    kills: int
    acknowledged: int
    stored: int
    lost: Sequence[str]
    doubled: Sequence[str]
    problems: Sequence[str]
    """What `Store.verify` says, and answers that should not have been."""
    restarts_s: Sequence[float]
    """From a start to the first answer."""


class Senders:
    """Connections that send until they are told to stop; what was acknowledged is in `acknowledged`."""

    def __init__(self, number: int, seed: int) -> None:
        self.port = 0
        """Where the server is at the moment."""
        self.acknowledged: set[str] = set()
        self.problems: list[str] = []
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._send, args=(place, seed), daemon=True) for place in range(number)
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Let requests under way end."""
        self._stop.set()
        for thread in self._threads:
            thread.join(_PATIENCE_S)

    def _send(self, place: int, seed: int) -> None:
        chance, numbers = random.Random(f"{seed}-{place}"), itertools.count()
        answered: list[tuple[list[str], bytes]] = []
        while not self._stop.is_set():
            with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=_PATIENCE_S)) as connection:
                while not self._stop.is_set():
                    repeated = bool(answered) and chance.random() < AGAIN
                    ids, body = chance.choice(answered) if repeated else _batch(f"{place}", numbers, chance)
                    if self._answered(connection, ids, body, repeated=repeated):
                        answered = [*answered[-20:], (ids, body)]

    def _answered(self, connection: http.client.HTTPConnection, ids: list[str], body: bytes, *, repeated: bool) -> bool:
        """Send until there is an answer; false where that is an error or the end comes before it."""
        while not self._stop.is_set():
            try:
                connection.request("POST", "/v1/events", body, _HEADERS)
                response = connection.getresponse()
                status, said = response.status, response.read()
            except (OSError, http.client.HTTPException):
                connection.close()
                connection.port = self.port
                self._stop.wait(0.02)
                continue
            if status == http.HTTPStatus.OK:
                answer = json.loads(said)
                if answer["accepted"] + answer["duplicates"] != len(ids) or (repeated and answer["accepted"]):
                    self.problems.append(f"{len(ids)} events, repeated: {repeated}: {said.decode()}")
                self.acknowledged.update(ids)
                return True
            if status not in (503, 507):
                self.problems.append(f"{status}: {said.decode()[:300]}")
                return False
            self._stop.wait(0.05)
        return False


def _batch(place: str, numbers: itertools.count[int], chance: random.Random) -> tuple[list[str], bytes]:
    now = datetime.now(UTC)
    ids = [f"{place}-{next(numbers)}" for _ in range(chance.randint(1, MOST))]
    events = [
        {
            "specversion": "1.0", "type": "breakeven.interaction", "source": "crash", "id": id_,
            "time": (now - timedelta(days=chance.choice((0, 0, 0, 3, 40)))).isoformat(),
            "data": {"project": f"project-{chance.randrange(5):02d}", "model": "gpt-4o-mini", "provider": "openai",
                     "input_tokens": chance.randrange(5000), "output_tokens": chance.randrange(900)},
        }
        for id_ in ids
    ]  # fmt: skip
    return ids, json.dumps(events).encode()


def torture(folder: Path, kills: int, *, senders: int = SENDERS, longest_s: float = 1.5, seed: int = 1) -> Found:
    """Run a workspace's server under load, kill it so often, and read what its store holds then."""
    chance, sending = random.Random(seed), Senders(senders, seed)
    restarts = []
    for number in range(kills + 1):
        began = time.perf_counter()
        process = subprocess.Popen(
            [*PROGRAM, "serve", "-w", str(folder), "--port", "0"], stdout=subprocess.PIPE, text=True
        )
        try:
            assert process.stdout is not None
            sending.port = int(process.stdout.readline().strip().rpartition(":")[2])
            restarts.append(time.perf_counter() - began)
            if number == 0:
                sending.start()
            time.sleep(chance.uniform(0.05, longest_s))
            if number == kills:
                sending.stop()
                process.send_signal(signal.SIGTERM)
        finally:
            if number < kills:
                process.kill()
            process.communicate(timeout=_PATIENCE_S)
    return _judged(folder / "data" / "breakeven.duckdb", sending, kills, restarts)


def _judged(file: Path, sending: Senders, kills: int, restarts: Sequence[float]) -> Found:
    with DuckDBStore.open(file) as store:
        ids: list[str] = store.query("SELECT id FROM interaction_version WHERE source = 'crash'")["id"].to_pylist()
        rejected = store.query("SELECT reason, field, value FROM rejected").to_pylist()
        problems = [*sending.problems, *store.verify(), *map(str, rejected)]
    held = set(ids)
    doubled = sorted({id_ for id_ in ids if ids.count(id_) > 1}) if len(held) != len(ids) else []
    return Found(kills=kills, acknowledged=len(sending.acknowledged), stored=len(ids), doubled=doubled,
                 lost=sorted(sending.acknowledged - held), problems=problems, restarts_s=restarts)  # fmt: skip


def crashing(plan: Plan) -> list[Result]:
    """Fifty kills. Raises RuntimeError where a record is missing, doubled, or a roll-up differs."""
    with tempfile.TemporaryDirectory(dir=plan.folder) as name:
        folder = Path(name) / "company"
        write_workspace(folder)
        found = torture(folder, KILLS)
    if found.lost or found.doubled or found.problems:
        raise RuntimeError(f"{len(found.lost)} lost {found.lost[:5]}, {len(found.doubled)} doubled {found.doubled[:5]},"
                           f" {found.problems[:5]}")  # fmt: skip
    return [Result(benchmark="crash", case=f"{KILLS} kills, {SENDERS} connections", rows=found.acknowledged, figures=(
        figure("acknowledged events", "1", [found.acknowledged]), figure("stored events", "1", [found.stored]),
        figure("acknowledged events lost", "1", [len(found.lost)], at_most=0),
        figure("events doubled", "1", [len(found.doubled)], at_most=0),
        figure("until ready after a kill", "s", found.restarts_s, at_most=2.0),
    ))]  # fmt: skip
