"""Versions put together: whatever the order, and however often, the same fact comes out."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import reduce
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from breakeven.ingest.hooks.changes import Stamp
from breakeven.ingest.hooks.merging import Version, row, stored, together, version
from breakeven.ingest.hooks.receiving import Delivery, Receiver
from breakeven.ingest.staging import Staging
from breakeven.workspace.hooks import Hook

START = datetime(2026, 11, 10, tzinfo=UTC)
MOMENTS = st.integers(0, 4).map(lambda hours: START + timedelta(hours=hours))
TEXTS = st.one_of(st.none(), st.sampled_from(["high", "low", "P1"]))
STAMPS = st.builds(Stamp, MOMENTS, st.integers(0, 2))


def incident(opened: datetime, resolved: datetime | None, severity: str | None, changed: Stamp, state: Any) -> Version:
    fields = {"opened_at": opened.isoformat(), "resolved_at": resolved.isoformat() if resolved else None,
              "severity": severity}  # fmt: skip
    return version("incident", fields, {"pod": severity}, changed, state)


INCIDENTS = st.builds(incident, MOMENTS, st.one_of(st.none(), MOMENTS), TEXTS, STAMPS, st.one_of(st.none(), STAMPS))


@given(st.lists(INCIDENTS, min_size=1, max_size=6), st.data())
def test_any_order_any_number_of_times(told: list[Version], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations([*told, *data.draw(st.lists(st.sampled_from(told), max_size=4))]))
    once, other = (reduce(lambda a, b: together("incident", a, b), order) for order in (told, shuffled))
    assert once == other


@given(INCIDENTS)
def test_a_fact_of_the_store_is_what_was_written(told: Version) -> None:
    held = row(told) | {"caught_before_impact": None, "cost": None}
    for name in ("opened_at", "resolved_at"):
        held[name] = datetime.fromisoformat(held[name]) if held[name] else None  # type: ignore[assignment, arg-type]
    assert stored("incident", held) == told


@pytest.mark.parametrize("labels", [None, "", "no JSON", "[1]", '{"hook": 3}', '{"hook": {"at": "x"}}'])
def test_a_fact_that_no_hook_wrote(labels: str | None) -> None:
    held = dict.fromkeys(version("incident", {}, {}, Stamp(), None).fields) | {"labels": labels, "opened_at": START}
    assert stored("incident", held).fields["opened_at"] == START.isoformat()


class Held:
    """A store of one fact each id, and a receiver that forgets: as after a restart before every delivery."""

    def __init__(self, staging: Staging) -> None:
        self.rows: dict[tuple[str, str], dict[str, Any]] = {}
        self._staging = staging

    def current(self, kind: str, _source: str, ids: Sequence[str]) -> Sequence[Mapping[str, Any]]:
        return [self.rows[kind, one] for one in ids if (kind, one) in self.rows]

    def deliver(self, hook: Hook, headers: Mapping[str, str], payload: Any) -> None:
        receiver = Receiver(self.current, self._staging)
        delivery = receiver.receive(hook, headers, json.dumps(payload).encode(), START)
        assert isinstance(delivery, Delivery)
        for kind, table in delivery.parsed.tables.items():
            self.rows |= {(kind, one["id"]): one for one in table.drop_columns(["row"]).to_pylist()}


def github(identity: int, state: str, minute: int) -> dict[str, Any]:
    when = f"2026-11-10T10:{minute:02d}:00Z"
    return {
        "deployment_status": {"id": identity, "state": state, "environment": "production", "updated_at": when},
        "deployment": {"id": 901, "sha": "5f", "environment": "production", "created_at": "2026-11-10T10:00:00Z"},
        "repository": {"name": "replies", "full_name": "acme/replies"},
    }


STORY = json.loads((Path(__file__).parent / "pagerduty_story.json").read_text())
DEPLOYMENTS = [github(1, "in_progress", 1), github(2, "failure", 3), github(3, "success", 3), github(4, "inactive", 9)]
CASES = [
    (Hook(name="pager", platform="pagerduty", unsigned=True), {}, STORY, "resolved_at", "2026-11-10T10:20:00+00:00"),
    (Hook(name="git", platform="github", unsigned=True, events=("deployment",), environments=("production",)),
     {"x-github-event": "deployment_status"}, DEPLOYMENTS, "status", "succeeded"),
]  # fmt: skip


@pytest.mark.parametrize(("hook", "headers", "story", "field", "value"), CASES, ids=["pagerduty", "github"])
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_deliveries_in_any_order(
    hook: Hook, headers: dict[str, str], story: list[Any], field: str, value: str, data: st.DataObject
) -> None:
    order = data.draw(st.permutations([*story, *data.draw(st.lists(st.sampled_from(story), max_size=2))]))
    staging = Staging(threads=1)
    held, straight = Held(staging), Held(staging)
    try:
        for payload in order:
            held.deliver(hook, headers, payload)
        for payload in story:
            straight.deliver(hook, headers, payload)
    finally:
        staging.close()
    assert held.rows == straight.rows
    ((_, fact),) = held.rows.items()
    assert fact[field] == value
