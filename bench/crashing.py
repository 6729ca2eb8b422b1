"""Killed at random moments under load: is every acknowledged fact there, once, and do the roll-ups agree?

Senders hold a connection each, send what `bench/mixture.py` makes, send again what was not answered, and now and then
what was. The server is killed with SIGKILL and started again; at the end it is asked to stop, and its store is read.
"""

from __future__ import annotations

import http.client
import random
import signal
import subprocess
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path

import msgspec

from bench.company import write_workspace
from bench.mixture import Fact, Maker, Message, declare_hooks
from bench.plan import Plan
from bench.processes import PROGRAM
from bench.results import Result, figure
from breakeven.store.duckdb import DuckDBStore

KILLS = 50
SENDERS = 8
AGAIN = 0.1
"""Share of requests that repeat an answered one."""
KINDS = ("interaction", "deployment", "incident")
_PATIENCE_S = 60


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What a run found; the lists must be empty."""

    kills: int
    acknowledged: int
    """Facts."""
    stored: int
    by_way: Mapping[str, int]
    """Way of sending → requests that were acknowledged."""
    lost: Sequence[Fact]
    doubled: Sequence[Fact]
    problems: Sequence[str]
    """What `Store.verify` says, and answers and states that should not have been."""
    restarts_s: Sequence[float]
    """From a start to the first answer."""


class Senders:
    """Connections that send until they are told to stop; what was acknowledged is in `acknowledged`."""

    def __init__(self, number: int, seed: int) -> None:
        self.port = 0
        """Where the server is at the moment."""
        self.acknowledged: set[Fact] = set()
        self.ended: set[Fact] = set()
        """Incidents whose end was acknowledged."""
        self.ways: list[str] = []
        """Of each acknowledged request."""
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
        chance = random.Random(f"{seed}-{place}")
        maker, answered = Maker(place, chance), list[Message]()
        while not self._stop.is_set():
            with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=_PATIENCE_S)) as connection:
                while not self._stop.is_set():
                    repeated = bool(answered) and chance.random() < AGAIN
                    message = chance.choice(answered) if repeated else maker.message()
                    if self._answered(connection, message, repeated=repeated):
                        answered = [*answered[-20:], message]

    def _answered(self, connection: http.client.HTTPConnection, message: Message, *, repeated: bool) -> bool:
        """Send until there is an answer; false where that is an error or the end comes before it."""
        while not self._stop.is_set():
            try:
                connection.request("POST", message.path, message.body, dict(message.headers))
                response = connection.getresponse()
                status, said = response.status, response.read()
            except (OSError, http.client.HTTPException):
                connection.close()
                connection.port = self.port
                self._stop.wait(0.02)
                continue
            if status == http.HTTPStatus.OK:
                if (fault := message.fault(said, repeated=repeated)) is not None:
                    self.problems.append(fault)
                self.acknowledged.update(message.facts)
                self.ended.update([message.ended] if message.ended else [])
                self.ways.append(message.way)
                return True
            if status not in (503, 507):
                self.problems.append(f"{message.way}: {status}: {said.decode(errors='replace')[:300]}")
                return False
            self._stop.wait(0.05)
        return False


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
        stored = [(kind, id_) for kind in KINDS for id_ in store.query(f"SELECT id FROM {kind}")["id"].to_pylist()]
        # Of an interaction there is one version, of the others as many as were told.
        stored += [("interaction", id_) for id_ in store.query(
            "SELECT id FROM interaction_version WHERE revision > 1")["id"].to_pylist()]  # fmt: skip
        open_ = store.query("SELECT id FROM incident WHERE resolved_at IS NULL")["id"].to_pylist()
        rejected = store.query("SELECT reason, field, value FROM rejected").to_pylist()
        problems = [*sending.problems, *store.verify(), *map(str, rejected)]
    problems += [f"{id_} is not resolved any more" for id_ in open_ if ("incident", id_) in sending.ended]
    times = Counter(stored)
    return Found(kills=kills, acknowledged=len(sending.acknowledged), stored=len(times), by_way=Counter(sending.ways),
                 doubled=sorted(fact for fact, number in times.items() if number > 1),
                 lost=sorted(sending.acknowledged - times.keys()), problems=problems, restarts_s=restarts)  # fmt: skip


def crashing(plan: Plan) -> list[Result]:
    """Fifty kills. Raises RuntimeError where a fact is missing, doubled, or a roll-up differs."""
    with tempfile.TemporaryDirectory(dir=plan.folder) as name:
        folder = Path(name) / "company"
        write_workspace(folder)
        declare_hooks(folder)
        found = torture(folder, KILLS)
    if found.lost or found.doubled or found.problems:
        raise RuntimeError(f"{len(found.lost)} lost {found.lost[:5]}, {len(found.doubled)} doubled {found.doubled[:5]},"
                           f" {found.problems[:5]}")  # fmt: skip
    return [Result(benchmark="crash", case=f"{KILLS} kills, {SENDERS} connections", rows=found.acknowledged, figures=(
        figure("acknowledged facts", "1", [found.acknowledged]), figure("stored facts", "1", [found.stored]),
        figure("acknowledged facts lost", "1", [len(found.lost)], at_most=0),
        figure("facts doubled", "1", [len(found.doubled)], at_most=0),
        *(figure(f"requests acknowledged: {way}", "1", [number]) for way, number in sorted(found.by_way.items())),
        figure("until ready after a kill", "s", found.restarts_s, at_most=2.0),
    ))]  # fmt: skip
