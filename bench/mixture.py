"""What the senders of `bench/crashing.py` send: CloudEvents one by one and in batches, spans over OTLP, webhooks.

Each message knows the facts that it becomes, and what its answer has to say.
"""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
import random
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

MOST = 50
"""Facts in a message."""
_SECRET = "known to both"
_SOURCES = """\
hooks:
  git: {platform: github, secret_file: hook-secret, projects: {acme/*: project-00}}
  alerts: {platform: alertmanager, secret_file: hook-secret, set: {project: project-01, kind: outage}}
"""

Fact = tuple[str, str]
"""Kind and id."""


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """One request."""

    way: str
    """Name of its maker."""
    path: str
    headers: Mapping[str, str]
    body: bytes
    facts: Sequence[Fact]
    ended: Fact | None = None
    """An incident that is resolved with it."""

    def fault(self, said: bytes, *, repeated: bool) -> str | None:
        """What is wrong with an answer 200; `repeated`: it was answered before."""
        if self.path == "/v1/traces":
            refused = ExportTraceServiceResponse.FromString(said).partial_success
            return str(refused) if refused.rejected_spans or refused.error_message else None
        answer = json.loads(said)
        fine = answer["accepted"] + answer["duplicates"] == len(self.facts) and not (repeated and answer["accepted"])
        return None if fine else f"{self.way}, {len(self.facts)} facts, repeated: {repeated}: {said.decode()[:300]}"


class Maker:
    """Makes the messages of one sender; ids are its own."""

    def __init__(self, place: int, chance: random.Random) -> None:
        self._place, self._chance = place, chance
        self._numbers = itertools.count()
        self._firing: list[dict[str, Any]] = []
        self._ways = (self._batch, self._spans, self._single, self._binary, self._release, self._alert)
        self._first = [self._ways[(place + number) % len(self._ways)] for number in range(len(self._ways))]

    def message(self) -> Message:
        """A message of some kind; the first ones are of all kinds, each sender begins with another."""
        if self._first:
            return self._first.pop()()
        # A webhook is answered when the store has it, a hundred times as late: most messages are to be others.
        (way,) = self._chance.choices(self._ways, (8, 8, 4, 4, 1, 1))
        return way()

    def _ids(self, most: int) -> list[str]:
        return [f"{self._place}-{next(self._numbers)}" for _ in range(self._chance.randint(1, most))]

    def _time(self) -> str:
        days = self._chance.choice((0, 0, 0, 3, 40))
        return (datetime.now(UTC) - timedelta(days=days)).isoformat()

    def _data(self) -> dict[str, Any]:
        chance = self._chance
        return {"project": f"project-{chance.randrange(5):02d}", "model": "gpt-4o-mini", "provider": "openai",
                "input_tokens": chance.randrange(5000), "output_tokens": chance.randrange(900)}  # fmt: skip

    def _event(self, id_: str) -> dict[str, Any]:
        return {"specversion": "1.0", "type": "breakeven.interaction", "source": "crash", "id": id_,
                "time": self._time(), "data": self._data()}  # fmt: skip

    def _batch(self) -> Message:
        ids = self._ids(MOST)
        return Message(way="batch", path="/v1/events", facts=[("interaction", id_) for id_ in ids],
                       headers={"content-type": "application/cloudevents-batch+json"},
                       body=json.dumps([self._event(id_) for id_ in ids]).encode())  # fmt: skip

    def _single(self) -> Message:
        (id_,) = self._ids(1)
        return Message(way="single", path="/v1/events", facts=[("interaction", id_)],
                       headers={"content-type": "application/cloudevents+json"},
                       body=json.dumps(self._event(id_)).encode())  # fmt: skip

    def _binary(self) -> Message:
        (id_,) = self._ids(1)
        event = self._event(id_)
        headers = {f"ce-{name}": value for name, value in event.items() if name != "data"}
        return Message(way="binary", path="/v1/events", facts=[("interaction", id_)],
                       headers={"content-type": "application/json", **headers},
                       body=json.dumps(event["data"]).encode())  # fmt: skip

    def _spans(self) -> Message:
        request = ExportTraceServiceRequest()
        group = request.resource_spans.add()
        group.resource.attributes.add(key="service.name").value.string_value = "crash"
        scope, now = group.scope_spans.add(), int(datetime.now(UTC).timestamp()) * 10**9
        facts = []
        for id_ in self._ids(MOST):
            trace = hashlib.sha256(id_.encode()).digest()
            span = scope.spans.add(trace_id=trace[:16], span_id=trace[16:24], name="chat", kind=3,
                                   start_time_unix_nano=now, end_time_unix_nano=now + 10**9)  # fmt: skip
            for name, value in (("operation.name", "chat"), ("provider.name", "openai"), ("request.model", "gpt-4o")):
                span.attributes.add(key=f"gen_ai.{name}").value.string_value = value
            span.attributes.add(key="gen_ai.usage.input_tokens").value.int_value = self._chance.randrange(5000)
            facts.append(("interaction", f"{trace[:16].hex()}-{trace[16:24].hex()}"))
        return Message(way="spans", path="/v1/traces", headers={"content-type": "application/x-protobuf"},
                       body=request.SerializeToString(), facts=facts)  # fmt: skip

    def _release(self) -> Message:
        (id_,) = self._ids(1)
        at = self._time()
        body = json.dumps({
            "action": "created", "repository": {"full_name": "acme/replies", "name": "replies"},
            "deployment": {"id": id_, "sha": id_, "environment": "production", "created_at": at},
            "deployment_status": {"id": 1, "state": "success", "created_at": at, "updated_at": at},
        }).encode()  # fmt: skip
        signed = hmac.new(_SECRET.encode(), body, hashlib.sha256).hexdigest()
        return Message(way="release", path="/hooks/git", body=body, facts=[("deployment", f"deployment/{id_}")],
                       headers={"content-type": "application/json", "x-github-event": "deployment_status",
                                "x-github-delivery": id_, "x-hub-signature-256": f"sha256={signed}"})  # fmt: skip

    def _alert(self) -> Message:
        """An alert that begins to fire, or one that fired before and is resolved."""
        resolved = len(self._firing) > 1
        if resolved:
            alert = self._firing.pop(0) | {"status": "resolved", "endsAt": datetime.now(UTC).isoformat()}
        else:
            (id_,) = self._ids(1)
            alert = {"status": "firing", "labels": {"alertname": "Slow", "severity": "critical"}, "annotations": {},
                     "fingerprint": id_, "startsAt": datetime.now(UTC).isoformat()}  # fmt: skip
            self._firing.append(alert)
        fact = ("incident", f"alert/{alert['fingerprint']}/{alert['startsAt']}")
        body = json.dumps({"version": "4", "status": alert["status"], "alerts": [alert]}).encode()
        return Message(way="alert", path="/hooks/alerts", facts=[fact], ended=fact if resolved else None, body=body,
                       headers={"content-type": "application/json", "authorization": f"Bearer {_SECRET}"})  # fmt: skip


def declare_hooks(folder: Path) -> None:
    """Let a workspace take the webhooks."""
    (folder / "sources.yaml").write_text(_SOURCES)
    (folder / "hook-secret").write_text(_SECRET)
