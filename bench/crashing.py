"""Killed at random moments under load: is every acknowledged event there, once, and do the roll-ups agree?

Senders hold a connection each and send single events, batches, spans over OTLP and deliveries of a webhook; each again
while it is not answered, and now and then when it was. The server is killed with SIGKILL and started again; at the end
it is asked to stop, and its store is read.
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
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

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
SPANS = "crash-spans"
HOOK = """
hooks:
  tickets: {platform: generic, kind: incident, unsigned: true, map: {id: number, opened_at: begun, severity: level}}
"""
"""In sources.yaml of a workspace that is tortured."""
Fact = tuple[str, str, str]
"""Kind, source and id."""


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """A request, and what is to be in the store when it was answered."""

    path: str
    media: str
    facts: Sequence[Fact]
    body: bytes

    def wrong(self, said: Any, *, repeated: bool) -> bool:
        """Whether an answer does not fit."""
        if "partialSuccess" in said or self.path == "/v1/traces":
            return bool(said.get("partialSuccess"))
        return said["accepted"] + said["duplicates"] != len(self.facts) or (repeated and said["accepted"] > 0)


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What a run found; the lists must be empty."""

    kills: int
    acknowledged: int
    stored: int
    lost: Sequence[Fact]
    doubled: Sequence[Fact]
    problems: Sequence[str]
    """What `Store.verify` says, and answers that should not have been."""
    restarts_s: Sequence[float]
    """From a start to the first answer."""


class Senders:
    """Connections that send until they are told to stop; what was acknowledged is in `acknowledged`."""

    def __init__(self, number: int, seed: int) -> None:
        self.port = 0
        """Where the server is at the moment."""
        self.acknowledged: set[Fact] = set()
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
        answered: list[Sent] = []
        while not self._stop.is_set():
            with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=_PATIENCE_S)) as connection:
                while not self._stop.is_set():
                    repeated = bool(answered) and chance.random() < AGAIN
                    made = chance.choice(_FORMS)
                    sent = chance.choice(answered) if repeated else made(f"{place}", numbers, chance)
                    if self._answered(connection, sent, repeated=repeated):
                        answered = [*answered[-20:], sent]

    def _answered(self, connection: http.client.HTTPConnection, sent: Sent, *, repeated: bool) -> bool:
        """Send until there is an answer; false where that is an error or the end comes before it."""
        while not self._stop.is_set():
            try:
                connection.request("POST", sent.path, sent.body, {"content-type": sent.media})
                response = connection.getresponse()
                status, said = response.status, response.read()
            except (OSError, http.client.HTTPException):
                connection.close()
                connection.port = self.port
                self._stop.wait(0.02)
                continue
            if status == http.HTTPStatus.OK:
                if sent.wrong(json.loads(said), repeated=repeated):
                    self.problems.append(f"{sent.path}, {len(sent.facts)}, repeated: {repeated}: {said.decode()}")
                self.acknowledged.update(sent.facts)
                return True
            if status not in (503, 507):
                self.problems.append(f"{sent.path}: {status}: {said.decode()[:300]}")
                return False
            self._stop.wait(0.05)
        return False


def _events(place: str, numbers: itertools.count[int], chance: random.Random, most: int = MOST) -> Sent:
    now = datetime.now(UTC)
    ids = [f"{place}-{next(numbers)}" for _ in range(chance.randint(1, most))]
    events = [
        {
            "specversion": "1.0", "type": "breakeven.interaction", "source": "crash", "id": id_,
            "time": (now - timedelta(days=chance.choice((0, 0, 0, 3, 40)))).isoformat(),
            "data": {"project": f"project-{chance.randrange(5):02d}", "model": "gpt-4o-mini", "provider": "openai",
                     "input_tokens": chance.randrange(5000), "output_tokens": chance.randrange(900)},
        }
        for id_ in ids
    ]  # fmt: skip
    return Sent(path="/v1/events", media="application/cloudevents-batch+json", body=json.dumps(events).encode(),
                facts=[("interaction", "crash", id_) for id_ in ids])  # fmt: skip


def _event(place: str, numbers: itertools.count[int], chance: random.Random) -> Sent:
    return _events(place, numbers, chance, 1)


def _spans(place: str, numbers: itertools.count[int], chance: random.Random) -> Sent:
    began = int(time.time() * 1e9)
    spans = [
        {"traceId": f"{int(place) + 1:016x}{next(numbers) + 1:016x}", "spanId": f"{chance.randrange(1, 1 << 60):016x}",
         "name": "chat", "kind": 3, "startTimeUnixNano": str(began), "endTimeUnixNano": str(began + 10**9),
         "attributes": [{"key": key, "value": value} for key, value in _CALL.items()]}
        for _ in range(chance.randint(1, MOST))
    ]  # fmt: skip
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": SPANS}}]}
    body = {"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": spans}]}]}
    return Sent(path="/v1/traces", media="application/json", body=json.dumps(body).encode(),
                facts=[("interaction", SPANS, f"{span['traceId']}-{span['spanId']}") for span in spans])  # fmt: skip


def _delivery(place: str, numbers: itertools.count[int], _: random.Random) -> Sent:
    number = f"{place}-{next(numbers)}"
    ticket = {"number": number, "begun": datetime.now(UTC).isoformat(), "level": "high"}
    return Sent(path="/hooks/tickets", media="application/json", body=json.dumps(ticket).encode(),
                facts=[("incident", "tickets", number)])  # fmt: skip


_CALL = {
    "gen_ai.operation.name": {"stringValue": "chat"}, "gen_ai.provider.name": {"stringValue": "openai"},
    "gen_ai.request.model": {"stringValue": "gpt-4o-mini"}, "gen_ai.usage.input_tokens": {"intValue": "120"},
}  # fmt: skip
_FORMS = (_events, _events, _event, _spans, _delivery)


def torture(folder: Path, kills: int, *, senders: int = SENDERS, longest_s: float = 1.5, seed: int = 1) -> Found:
    """Run a workspace's server under load, kill it so often, and read what its store holds then; `HOOK` is its hook."""
    (folder / "sources.yaml").write_text(HOOK)
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
        stored = Counter[Fact]()
        for kind in ("interaction", "incident"):
            rows = store.query(f"SELECT source, id FROM {kind}_version").to_pylist()
            stored.update((kind, row["source"], row["id"]) for row in rows)
        rejected = store.query("SELECT reason, field, value FROM rejected").to_pylist()
        problems = [*sending.problems, *store.verify(), *map(str, rejected)]
    return Found(kills=kills, acknowledged=len(sending.acknowledged), stored=stored.total(), problems=problems,
                 doubled=sorted(fact for fact, times in stored.items() if times > 1),
                 lost=sorted(sending.acknowledged - stored.keys()), restarts_s=restarts)  # fmt: skip


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
        figure("acknowledged facts", "1", [found.acknowledged]), figure("stored facts", "1", [found.stored]),
        figure("acknowledged facts lost", "1", [len(found.lost)], at_most=0),
        figure("facts doubled", "1", [len(found.doubled)], at_most=0),
        figure("until ready after a kill", "s", found.restarts_s, at_most=2.0),
    ))]  # fmt: skip
