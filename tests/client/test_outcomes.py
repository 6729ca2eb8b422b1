"""Outcomes of a program against a served workspace that is killed between interaction and outcome."""

from __future__ import annotations

import json
import signal
import urllib.request
from collections.abc import Callable
from typing import Any

from tests.client.conftest import PATIENCE, Workspace

from breakeven.client import Client


def post(workspace: Workspace, *records: dict[str, Any]) -> int:
    """Acknowledged, on disk, and perhaps not stored yet."""
    body = b"\n".join(json.dumps(record).encode() for record in records)
    asked = urllib.request.Request(
        f"{workspace.url}/v1/events", body, {"Content-Type": "application/x-ndjson"}, method="POST"
    )
    with urllib.request.urlopen(asked, timeout=PATIENCE) as answer:
        accepted: int = json.load(answer)["accepted"]
        return accepted


def facts(workspace: Workspace, source: str) -> dict[str, tuple[Any, ...]]:
    return {fact["id"]: tuple(fact[name] for name in ("outcome", "csat", "revenue", "currency", "seconds_saved"))
            for fact in workspace.facts(source=source)}  # fmt: skip


def test_outcomes_over_a_restart(workspace: Workspace, make: Callable[..., Client]) -> None:
    sdk = make(workspace.url, source="shop", project="support-bot")
    with sdk.interaction(model="m") as call:
        sdk.outcome(csat=3)
    sdk.track(id="other", model="m")
    assert sdk.flush()
    # An outcome that waits for its interaction, acknowledged in the last moment before the end.
    early = {"kind": "outcome", "source": "crm", "id": "deal-1", "time": "2026-01-05T00:00:00Z", "interaction": "late",
             "interaction_source": "shop", "outcome": "converted", "revenue": "10.50", "currency": "EUR"}  # fmt: skip
    assert post(workspace, early) == 1
    workspace.end(signal.SIGKILL)
    workspace.start()
    assert sdk.outcome(call.id, "converted", revenue="49.00", currency="EUR") == call.id
    desk = make(workspace.url, source="helpdesk")
    desk.outcome("other", "reworked", seconds_saved=-60, source="shop")
    for client in (sdk, desk, make(workspace.url, source="shop")):
        if client is not desk:
            client.track(id="late", model="m", time="2026-01-04T00:00:00Z")
        assert client.flush()
    assert post(workspace, early) == 0
    assert facts(workspace, "shop") == {
        call.id: ("converted", 3.0, "49", "EUR", None),
        "other": ("reworked", None, None, None, -60.0),
        "late": ("converted", None, "10.5", "EUR", None),
    }
