"""Releases of models: version and stage, and what each release changed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from breakeven.ledger.metrics import metrics
from breakeven.ledger.operations.live import (
    Scope,
    running,
)
from breakeven.ledger.operations.registered import registered, releases
from breakeven.ledger.operations.releases import Effect, effects
from breakeven.ledger.operations.stretches import before, stretch
from breakeven.period import Grain
from breakeven.workspace.definitions import Project

Company = Any
"""See conftest.py."""
D = Decimal


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


NOW = at("2026-04-16T14:37:20")


def calls(company: Company, when: str, number: int, model: str | None = "m", errors: int = 0, **more: Any) -> None:
    """So many calls spread over an hour, the first ones failed."""
    start = at(when)
    full = {
        "model": model,
        "latency_ms": 100.0,
        "cost": "0.01",
        "cost_origin": "reported",
        "outcome": "resolved",
    } | more
    company.put(
        "interaction",
        *(
            full
            | {
                "time": start + timedelta(seconds=3600 * i / number),
                "status": "error" if i < errors else "ok",
                "outcome": None if i < errors else full["outcome"],
            }
            for i in range(number)
        ),
    )


@pytest.fixture
def live(company: Company) -> Company:
    company.now = NOW
    return company


# --- registry and releases


def test_version_stage_and_projects(live: Company) -> None:
    live.declare(Project(id="p", name="P", category="platform"))
    live.put(
        "deployment",
        {"time": "2026-04-01", "model": "m", "project": "p", "version": "1.0", "deployed_at": "2026-04-02"},
        {"time": "2026-04-05", "model": "m", "project": "gone", "version": "1.1", "status": "failed"},
        {"time": "2026-04-03", "model": "n", "project": "p"},
    )
    live.put(
        "model_state", {"time": "2026-04-02", "model": "m", "project": "p", "stage": "production", "version": "1.0"}
    )
    live.put("evaluation", {"time": "2026-04-02", "model": "only", "project": "p", "value": 1.0})
    with live.ledger.desk(NOW) as desk:
        found = registered(desk)
        listed = releases(desk, ("p",))
    assert {name: (one.version, one.stage, one.projects) for name, one in found.items()} == {
        "m": ("1.0", "production", ("unassigned", "p")),
        "n": (None, None, ("p",)),
        "only": (None, None, ("p",)),
    }
    assert [(one.model, one.at.day) for one in listed] == [("n", 3), ("m", 2)]


def effect_of(company: Company, version: str) -> Effect:
    with company.ledger.desk(NOW) as desk:
        found = {one.release.version: one for one in effects(desk, releases(desk))}
        table = metrics(
            desk, ["interactions"], grain=Grain.ALL, span=(at("2026-04-01").date(), at("2026-04-17").date())
        )
    assert table
    return found[version]


def test_a_release_is_compared_by_whole_days_around_its_own(live: Company) -> None:
    live.put(
        "deployment", {"time": "2026-04-08T09:00", "model": "m", "version": "2", "deployed_at": "2026-04-08T09:00"}
    )
    for day in range(1, 8):
        calls(live, f"2026-04-{day:02}T12:00", 20, latency_ms=100.0, errors=1)
    calls(live, "2026-04-08T12:00", 500, latency_ms=7000.0)
    for day in range(9, 16):
        calls(live, f"2026-04-{day:02}T12:00", 20, latency_ms=200.0, errors=1)
    calls(live, "2026-04-16T12:00", 500, latency_ms=7000.0)
    found = effect_of(live, "2")
    assert found.length == timedelta(days=7)
    assert (found.before["interactions"].value, found.after["interactions"].value) == (140, 140)
    assert (found.verdict, found.moved) == ("worse", ("latency_p95_ms",))
    assert float(found.after["latency_p95_ms"].value or 0) == pytest.approx(200, rel=0.045)
    # 133 of 140 succeeded; all 140 cost.
    assert found.after["cost_per_successful_outcome"].value == pytest.approx(D("1.40") / 133)


def test_a_release_of_yesterday_is_compared_by_hours(live: Company) -> None:
    live.put(
        "deployment", {"time": "2026-04-15T10:20", "model": "m", "version": "2", "deployed_at": "2026-04-15T10:20"}
    )
    calls(live, "2026-04-15T09:00", 60)
    calls(live, "2026-04-15T11:00", 60, cost="0.005")
    found = effect_of(live, "2")
    assert found.length == timedelta(hours=27)
    assert (found.verdict, found.moved) == ("better", ("cost_per_successful_outcome", "cost_per_prediction"))


@pytest.mark.parametrize(
    ("deployed", "more", "verdict"),
    [
        ("2026-04-16T00:00", {}, "too_early"),
        ("2026-04-15T14:37:20", {}, "no_data"),
        ("2026-04-01T00:00", {}, "no_data"),
        ("2026-04-01T00:00", {"status": "failed"}, "failed"),
        ("2026-04-01", {"status": "rolled_back"}, "rolled_back"),
    ],
)
def test_what_cannot_be_compared(live: Company, deployed: str, more: dict[str, Any], verdict: str) -> None:
    live.put("deployment", {"time": deployed, "model": "m", "version": "2", "deployed_at": deployed} | more)
    assert effect_of(live, "2").verdict == verdict


def test_a_release_ends_with_the_next_one(live: Company) -> None:
    live.put(
        "deployment",
        *(
            {
                "time": f"2026-04-{day:02}T09:00",
                "model": "m",
                "version": str(day),
                "deployed_at": f"2026-04-{day:02}T09:00",
            }
            for day in (3, 8)
        ),
    )
    assert effect_of(live, "3").length == timedelta(days=4)
    assert effect_of(live, "3").replaced_at == at("2026-04-08T09:00")


def test_a_window_that_is_over_is_made_once_with_and_without_a_rate(live: Company) -> None:
    calls(live, "2026-04-05T10:00", 10)
    asked = before(stretch("7d", NOW, live.workspace.calendar), live.workspace.calendar)
    hours = asked.hours(NOW)
    with live.ledger.desk(NOW) as desk:
        made = running(desk, asked.span, Scope(), hours=hours), running(desk, asked.span, Scope())
    calls(live, "2026-04-16T10:00", 10)
    with live.ledger.desk(NOW) as desk:
        again = running(desk, asked.span, Scope(), hours=hours), running(desk, asked.span, Scope())
    assert (again[0] is made[0], again[1] is made[1]) == (True, True)
    calls(live, "2026-04-05T12:00", 10)
    with live.ledger.desk(NOW) as desk:
        assert running(desk, asked.span, Scope()).total["interactions"].value == 20


def test_a_late_record_changes_what_a_release_did(live: Company) -> None:
    live.put("deployment", {"time": "2026-04-08", "model": "m", "version": "2", "deployed_at": "2026-04-08"})
    for day in (5, 11):
        calls(live, f"2026-04-{day:02}T12:00", 60)
    assert effect_of(live, "2").verdict == "same"
    calls(live, "2026-04-12T12:00", 60, latency_ms=800.0)
    assert effect_of(live, "2").verdict == "worse"
