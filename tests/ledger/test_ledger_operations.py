"""Live operations: stretches, models now and usually, releases, spend of the day, cost against quality."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from breakeven.errors import UnknownName
from breakeven.ledger.metrics import metrics
from breakeven.ledger.operations.frontier import frontier
from breakeven.ledger.operations.health import Health, health
from breakeven.ledger.operations.live import (
    COURSE,
    CSAT,
    FIGURES,
    PER_HOUR,
    Running,
    Scope,
    course,
    course_by_model,
    held,
    last_seen,
    running,
)
from breakeven.ledger.operations.quality import course as quality_course
from breakeven.ledger.operations.quality import latest
from breakeven.ledger.operations.registered import registered
from breakeven.ledger.operations.spend import spend
from breakeven.ledger.operations.stretches import LENGTHS, before, stretch, usual
from breakeven.ledger.operations.trouble import troubles
from breakeven.money import Rate
from breakeven.period import Calendar, Grain
from breakeven.workspace.definitions import Project, Target

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


# --- stretches


def test_stretches_end_with_the_running_cell() -> None:
    ends = {name: stretch(name, NOW, Calendar()).window for name in LENGTHS}
    assert [(one.start, one.end) for one in ends.values()] == [
        (at("2026-04-16T13:38"), at("2026-04-16T14:38")),
        (at("2026-04-15T15:00"), at("2026-04-16T15:00")),
        (at("2026-04-10"), at("2026-04-17")),
        (at("2026-03-18"), at("2026-04-17")),
    ]
    assert stretch("1h", NOW, Calendar()).hours(NOW) == (D(3600) - 40) / 3600
    with pytest.raises(UnknownName, match="did you mean 24h"):
        stretch("24", NOW, Calendar())


@pytest.mark.parametrize("name", LENGTHS)
@pytest.mark.parametrize("zone", ["Asia/Kolkata", "Europe/Berlin", "America/New_York"])
@pytest.mark.parametrize("now", ["2026-03-29T01:10", "2026-10-25T01:30", "2026-04-16T14:37:20.5", "2026-04-16T00:00"])
def test_a_stretch_holds_now_and_the_one_before_it_touches(name: str, zone: str, now: str) -> None:
    calendar, moment = Calendar(time_zone=zone), at(now)
    asked = stretch(name, moment, calendar)
    assert asked.window.start < moment < asked.window.end or moment == asked.window.end - timedelta(0)
    assert before(asked, calendar).window.end == asked.window.start
    assert usual(asked, calendar).end <= asked.window.start


def test_hours_begin_where_the_clock_of_the_company_says() -> None:
    asked = stretch("24h", NOW, Calendar(time_zone="Asia/Kolkata"))
    assert asked.window.end == at("2026-04-16T15:30")  # 21:00 there


# --- equal to the figures that are asked for directly


@pytest.fixture
def mixed(live: Company) -> Company:
    live.declare(
        Project(id="p", name="P", category="platform"),
        rates=(Rate(currency="EUR", start=at("2026-01-01").date(), rate=D("1.0837"), source="test"),),
    )
    live.put(
        "interaction",
        *(
            {
                "time": NOW - timedelta(minutes=i * i // 3 + 1),
                "model": ("a", "b", None)[i % 3],
                "project": "p" if i % 2 else "q",
                "team": ("x", None)[i % 2],
                "latency_ms": None if i % 11 == 0 else 7.3 * (i % 37),
                "count": 1 + i % 4,
                "status": "error" if i % 7 == 0 else "ok",
                "outcome": (None, "resolved", "converted", "rejected")[i % 4],
                "cost": None if i % 5 == 0 else f"0.00{i % 9}7",
                "cost_currency": ("USD", "EUR")[i % 2],
                "cost_origin": ("unpriced", "unmetered")[i % 2] if i % 5 == 0 else "metered",
                "revenue": "1.23" if i % 6 == 0 else None,
                "csat": 1.0 + i % 5 if i % 3 == 0 else None,
            }
            for i in range(300)
        ),
    )
    return live


def values(tables: Any) -> dict[Any, Any]:
    return {(table.metric, row.period, row.model): (row.value, row.reason) for table in tables for row in table.rows}


ONE = Scope(projects=("p",), models=("a", "b"), teams=(None,))
CASES = [("1h", Scope()), ("1h", ONE), ("1h", Scope(models=(None,))), ("24h", ONE), ("7d", ONE), ("30d", Scope())]


@pytest.mark.parametrize(("name", "scope"), CASES, ids=str)
def test_what_the_page_shows_is_what_is_asked_for(mixed: Company, name: str, scope: Scope) -> None:
    asked = stretch(name, NOW, mixed.workspace.calendar)
    with mixed.ledger.desk(NOW) as desk:
        found = running(desk, asked.span, scope, hours=asked.hours(NOW))
        cells = course(desk, asked, scope)
        of_models = course_by_model(desk, asked, scope, "latency_p95_ms", tuple(one.model for one in found.models))
    mixed._ledger = None  # a new ledger keeps nothing of these answers
    with mixed.ledger.desk(NOW) as desk:
        question = {"span": asked.span, "projects": scope.projects, "only": scope.only}
        total = values(metrics(desk, FIGURES, grain=Grain.ALL, **question))
        by_model = values(metrics(desk, FIGURES, grain=Grain.ALL, by="model", **question))
        by_cell = values(metrics(desk, COURSE, grain=asked.grain, **question))
        slow = values(metrics(desk, ["latency_p95_ms"], grain=asked.grain, by="model", **question))
    assert {figure: (said.value, said.reason) for figure, said in found.total.items() if figure in FIGURES} == {
        figure: said for (figure, _, _), said in total.items()
    }
    for one in found.models:
        for figure in FIGURES:
            assert (one.figures[figure].value, one.figures[figure].reason) == by_model[figure, "all", one.model], figure
    called = {model for (figure, _, model), (value, _) in by_model.items() if figure == "interactions" and value}
    assert {one.model for one in found.models} == called
    for cell in cells:
        for figure in COURSE:
            assert (cell.figures[figure].value, cell.figures[figure].reason) == by_cell[figure, cell.period, None]
    for model, points in of_models.items():
        assert dict(points) == {period: value for (_, period, of), (value, _) in slow.items() if of == model}
    if found.models:
        count = D(str(total["interactions", "all", None][0]))
        assert D(str(found.total[PER_HOUR].value)) == pytest.approx(count / asked.hours(NOW))


def test_a_minute_is_found_at_a_desk_that_holds_it(mixed: Company) -> None:
    asked = stretch("1h", NOW, mixed.workspace.calendar)
    with mixed.ledger.desk(NOW) as desk:
        at_hand = held(desk, asked.span, Scope(), Grain.MINUTE)
        question: Any = {"span": asked.span, "grain": Grain.MINUTE, "by": "model", "only": {"model": ("b", None)}}
        found = values(metrics(at_hand, COURSE, **question))
    mixed._ledger = None
    with mixed.ledger.desk(NOW) as desk:
        assert found == values(metrics(desk, COURSE, **question))
    assert any(value is not None for value, _ in found.values())


# --- now and usually


def of(found: Running, model: str | None) -> Any:
    return next((one for one in found.models if one.model == model), None)


def healthy(company: Company, model: str | None = "m") -> Health:
    asked = stretch("1h", NOW, company.workspace.calendar)
    span = usual(asked, company.workspace.calendar)
    with company.ledger.desk(NOW) as desk:
        now, past = running(desk, asked.span, Scope()), running(desk, (span.first, span.last), Scope())
        measured = latest(desk).get(model or "")
        return health(desk, of(now, model), of(past, model), measured, troubles(desk, NOW - timedelta(days=1)), model)


def test_a_model_that_does_what_it_always_did_is_healthy(live: Company) -> None:
    for day in range(9, 16):
        calls(live, f"2026-04-{day:02}T10:00", 30, errors=1)
    calls(live, "2026-04-16T13:38", 60, errors=2)
    assert healthy(live) == Health(model="m", status="green", concerns=())


@pytest.mark.parametrize(
    ("now", "figure", "status"),
    [
        ({"latency_ms": 140.0}, None, "green"),
        ({"latency_ms": 160.0}, "latency_p95_ms", "yellow"),
        ({"latency_ms": 250.0}, "latency_p95_ms", "red"),
        ({"errors": 4}, None, "green"),
        ({"errors": 5}, "error_rate", "red"),
        ({"cost": "0.02"}, "cost_per_prediction", "yellow"),
    ],
)
def test_what_is_far_off_the_usual(live: Company, now: dict[str, Any], figure: str | None, status: str) -> None:
    for day in range(9, 16):
        calls(live, f"2026-04-{day:02}T10:00", 30)
    calls(live, "2026-04-16T13:38", 60, **now)
    found = healthy(live)
    assert found.status == status
    assert [one.figure for one in found.concerns] == ([figure] if figure else [])


def test_few_calls_say_nothing(live: Company) -> None:
    calls(live, "2026-04-12T10:00", 60)
    calls(live, "2026-04-16T13:38", 40, errors=40, latency_ms=9000.0)
    assert healthy(live).status == "green"


def test_targets_come_before_the_usual(live: Company) -> None:
    live.declare(targets=(Target(metric="latency_p95_ms", at_most=D(1000)), Target(metric="error_rate", at_most=D(1))))
    calls(live, "2026-04-12T10:00", 60)
    calls(live, "2026-04-16T13:38", 60, latency_ms=1050.0, errors=1)
    found = healthy(live)
    assert [(one.figure, one.status, one.rule) for one in found.concerns] == [
        ("error_rate", "red", "target"),
        ("latency_p95_ms", "yellow", "target"),
    ]


def test_accuracy_incidents_and_silence(live: Company) -> None:
    assert healthy(live) == Health(model="m", status="grey", concerns=())
    live.declare(targets=(Target(metric="accuracy_gap", at_most=D(5)),))
    live.put(
        "evaluation",
        {"time": "2026-04-01", "model": "m", "value": 0.80, "baseline": 0.90},
        {"time": "2026-04-15", "model": "m", "value": 0.852, "baseline": 0.90},
    )
    assert [(one.figure, one.status) for one in healthy(live).concerns] == [("accuracy", "yellow")]  # 5.3 % below
    live.put("incident", {"model": "m", "opened_at": "2026-04-16T12:00"})
    assert [(one.figure, one.status) for one in healthy(live).concerns] == [("incident", "red"), ("accuracy", "yellow")]


def test_models_without_a_name_have_no_incident_of_others(live: Company) -> None:
    live.put("incident", {"model": None, "opened_at": "2026-04-16T12:00"})
    calls(live, "2026-04-16T13:38", 60, model=None)
    assert healthy(live, None).status == "green"


# --- quality, spend, frontier


def test_accuracy_by_day_or_by_week(live: Company) -> None:
    live.declare(targets=(Target(metric="accuracy_gap", at_most=D(5)),))
    live.put(
        "evaluation",
        *(
            {"time": f"2026-04-{day:02}", "model": "m", "value": 0.9 - day * 0.0048, "baseline": 0.9}
            for day in range(3, 17)
        ),
    )
    with live.ledger.desk(NOW) as desk:
        daily = quality_course(desk, ["m"])
        assert quality_course(desk, []) is None
        assert quality_course(desk, ["other"]) is None
    assert daily is not None
    assert (daily.grain, len(daily.periods)) == (Grain.DAY, 14)
    assert set(daily.status["m"]) == {"green", "yellow", "red"}
    live.put("evaluation", {"time": "2026-04-15", "model": "w", "value": 0.9, "baseline": 0.9})
    with live.ledger.desk(NOW) as desk:
        weekly = quality_course(desk, ["w"])
    assert weekly is not None
    assert (weekly.grain, len(weekly.periods), weekly.gaps["w"][-1]) == (Grain.WEEK, 14, 0)


def test_spend_at_the_pace_of_the_same_weekday(live: Company) -> None:
    for day in (2, 9):  # Thursdays; the 16th is one
        calls(live, f"2026-04-{day:02}T10:00", 10, cost="1")
        calls(live, f"2026-04-{day:02}T20:00", 30, cost="1")
    calls(live, "2026-04-16T10:00", 5, cost="1")
    with live.ledger.desk(NOW) as desk:
        found = spend(desk, Scope())
    assert (found.spent, found.usual_days, found.usual_by_now) == (5, 2, 10)
    assert found.usual[-1] == ("2026-04-16T23:00", 40)
    assert found.pace == 20  # half of the usual so far, half of the usual rest
    assert found.hours[-1] == ("2026-04-16T14:00", 5)


def test_spend_without_a_usual_day_goes_on_evenly(live: Company) -> None:
    live.now = at("2026-04-16T12:00")
    live.declare(targets=(Target(metric="ai_cost", at_most=D(300), per=Grain.MONTH),))
    calls(live, "2026-04-16T10:00", 5, cost="1")
    with live.ledger.desk(live.now) as desk:
        found, part = spend(desk, Scope()), spend(desk, Scope(models=("m",)))
    assert (found.pace, found.usual, found.allowed) == (10, (), 10)
    assert part.allowed is None  # the target is for all models together


def test_spend_that_is_not_known_is_not_nothing(live: Company) -> None:
    calls(live, "2026-04-16T10:00", 5, cost=None, cost_origin="unpriced")
    with live.ledger.desk(NOW) as desk:
        found = spend(desk, Scope())
    assert (found.spent, found.pace) == (None, None)
    assert "no known cost" in (found.reason or "")


def test_cost_against_quality(live: Company) -> None:
    calls(live, "2026-04-16T13:40", 10, "cheap", errors=5)
    calls(live, "2026-04-16T13:40", 10, "dear", cost="0.10")
    calls(live, "2026-04-16T13:40", 10, "beaten", cost="0.20", outcome="rejected")
    live.put(
        "interaction",
        {"time": "2026-04-16T14:00", "model": "beaten", "outcome": "resolved", "cost": "1", "cost_origin": "reported"},
    )
    calls(live, "2026-04-16T13:40", 10, "unpriced", cost=None, cost_origin="unpriced")
    calls(live, "2026-04-16T13:40", 10, "silent", outcome=None)
    asked = stretch("1h", NOW, live.workspace.calendar)
    with live.ledger.desk(NOW) as desk:
        line = frontier(running(desk, asked.span, Scope()), latest(desk))
    places = {one.model: one for one in line.places}
    assert line.quality == "success_share"
    # Failed calls are in the cost and in no outcome: ten calls, five of them succeeded.
    assert (places["cheap"].cost, places["cheap"].quality) == (D("0.02"), 100)
    assert {name for name, one in places.items() if one.best} == {"cheap"}
    assert places["beaten"].cost == 3
    assert places["unpriced"].cost is None
    assert "no known cost" in (places["unpriced"].reason or "")
    assert places["silent"].reason == "no outcome is known"


def test_nothing_at_all(live: Company) -> None:
    asked = stretch("24h", NOW, live.workspace.calendar)
    with live.ledger.desk(NOW) as desk:
        found = running(desk, asked.span, Scope(), hours=asked.hours(NOW))
        assert found.models == ()
        assert found.total["interactions"].value is None
        assert found.total[CSAT].value is None
        assert last_seen(desk) is None
        assert registered(desk) == {}
        assert frontier(found, latest(desk)).places == ()
        assert spend(desk, Scope()).spent is None
        assert len(course(desk, asked, Scope())) == 24


def test_a_methodology_without_these_figures(live: Company) -> None:
    kept = {
        name: one
        for name, one in live.workspace.methodology.definitions.items()
        if name not in ("error_rate", "cost_per_prediction", "cost_per_successful_outcome")
    }
    live.declare(methodology=msgspec.structs.replace(live.workspace.methodology, definitions=kept))
    calls(live, "2026-04-16T13:38", 60)
    asked = stretch("1h", NOW, live.workspace.calendar)
    with live.ledger.desk(NOW) as desk:
        found = running(desk, asked.span, Scope())
        assert "error_rate" not in found.total
        assert found.total["interactions"].value == 60
        assert frontier(found, {}).places[0].cost is None
    assert healthy(live).status == "green"


def test_the_past_is_asked_as_it_was(live: Company) -> None:
    calls(live, "2026-04-16T10:00", 5)
    live.now = at("2026-04-17T12:00")
    calls(live, "2026-04-16T11:00", 7)
    asked = stretch("24h", NOW, live.workspace.calendar)
    with live.ledger.desk(live.now, NOW) as desk:
        assert running(desk, asked.span, Scope()).total["interactions"].value == 5
    with live.ledger.desk(live.now) as desk:
        assert running(desk, asked.span, Scope()).total["interactions"].value == 12


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Kolkata"])
def test_hours_are_those_of_the_company(new_company: Callable[..., Company], zone: str) -> None:
    company = new_company(zone)
    company.now = NOW
    calls(company, "2026-04-16T13:30", 30)
    asked = stretch("24h", NOW, company.workspace.calendar)
    with company.ledger.desk(NOW) as desk:
        cells = {cell.period: cell.figures["interactions"].value for cell in course(desk, asked, Scope())}
    assert len(cells) == 24
    assert sum(int(value or 0) for value in cells.values()) == 30
    busy = "2026-04-16T09:00" if zone == "America/New_York" else "2026-04-16T19:00"
    assert cells[busy] == (15 if zone == "America/New_York" else 30)
