from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from breakeven.errors import UnknownName, UsageProblem
from breakeven.period import Calendar, Grain
from breakeven.workspace.definitions import Project

D = Decimal
Company = Any
"""See conftest.py."""


def project(name: str, **more: object) -> Project:
    return Project(id=name, name=name, category="platform", **more)  # type: ignore[arg-type]


def test_known_and_unknown(company: Company) -> None:
    company.put("incident", {"opened_at": "2026-02-10", "project": "a"})
    window = (date(2026, 1, 1), date(2026, 6, 1))
    rows = company.metric("incidents", window=window).rows
    assert [row.value for row in rows] == [None, 1, 0, 0, None]
    assert rows[0].reason == "not measured: incident records start on 2026-02-10"
    assert rows[4].reason == "2026-05 lies in the future"
    rows = company.metric("accuracy", window=window).rows
    assert {(row.value, row.reason) for row in rows[:4]} == {(None, "not measured: no evaluation has been recorded")}


def test_what_a_value_does_not_include_is_said(company: Company) -> None:
    company.put("interaction", {"time": "2026-01-05", "count": 613_549_778, "input_tokens": 10},
                {"time": "2026-01-06", "count": 807_009_008})  # fmt: skip
    row = company.metric("input_tokens", grain=Grain.ALL).rows[0]
    assert (row.value, row.reason) == (10, "807009008 of 1420558786 interactions have no token count")
    row = company.metric("output_tokens", grain=Grain.ALL).rows[0]
    assert (row.value, row.reason) == (None, "1420558786 of 1420558786 interactions have no token count")
    assert company.values("interactions", grain=Grain.ALL) == {("all",): 1_420_558_786}


def test_dimensions(company: Company) -> None:
    company.declare(project("a"), project("b"))
    company.put("interaction", {"time": "2026-01-05", "project": "a", "model": "m1", "team": "x", "cost": "1"},
                {"time": "2026-01-05", "project": "b", "model": "m2", "cost": "2.5"},
                {"time": "2026-02-05", "project": "b", "cost": "4"})  # fmt: skip
    company.put("cost", {"start": "2026-01-05", "service": "S3", "vendor": "AWS", "amount": "8"})
    assert company.values("ai_cost", by="model", grain=Grain.ALL) == {
        ("all", "m1"): 1, ("all", "m2"): D("2.5"), ("all",): 4
    }  # fmt: skip
    assert company.values("interactions", by="project") == {
        ("2026-01", "a"): 1, ("2026-01", "b"): 1, ("2026-02", "a"): 0, ("2026-02", "b"): 1
    }  # fmt: skip
    assert company.values("interactions", by="team", grain=Grain.ALL) == {("all", "x"): 1, ("all",): 2}
    assert company.values("cost", by="service") == {("2026-01", "S3"): 8}
    assert company.values("interactions", by="project,model", projects=["b"], grain=Grain.ALL) == {
        ("all", "b", "m2"): 1, ("all", "b"): 1
    }  # fmt: skip
    with pytest.raises(UsageProblem, match=r"cost cannot be shown by 'model': valid: .*service.*vendor"):
        company.metric("cost", by="model")
    with pytest.raises(UsageProblem, match="roi_percent cannot be shown by 'team': valid: none, project"):
        company.metric("roi_percent", by="team")


def test_grains_agree(company: Company) -> None:
    times = ("2025-12-31T23:59:59", "2026-01-01", "2026-01-05T10:30:20", "2026-01-05T10:30:59", "2026-03-31T12:00")
    company.put("interaction", *({"time": time, "cost": "0.1", "latency_ms": 10.0} for time in times))
    window = (date(2025, 12, 1), date(2026, 4, 1))
    for grain in (Grain.DAY, Grain.MONTH, Grain.QUARTER, Grain.YEAR, Grain.ALL):
        found = company.values("ai_cost", grain=grain, window=window)
        assert sum(value or 0 for value in found.values()) == D("0.5"), grain
    morning = (datetime(2026, 1, 5, 10, 29, tzinfo=UTC), datetime(2026, 1, 5, 10, 32, tzinfo=UTC))
    minutes = company.values("interactions", grain=Grain.MINUTE, window=morning)
    assert minutes == {("2026-01-05T10:29",): 0, ("2026-01-05T10:30",): 2, ("2026-01-05T10:31",): 0}
    part = (date(2026, 1, 5), date(2026, 3, 1))
    assert company.values("interactions", grain=Grain.MONTH, window=part) == {("2026-01",): 2, ("2026-02",): 0}


def test_local_days_and_fiscal_years(new_company) -> None:  # type: ignore[no-untyped-def]
    berlin = new_company("Europe/Berlin")
    berlin.declare(calendar=Calendar(time_zone="Europe/Berlin", fiscal_year_start=4))
    berlin.put("interaction", {"time": "2026-03-31T21:59:59"}, {"time": "2026-03-31T22:00"})
    berlin.put("incident", {"opened_at": "2026-03-31T21:59:59"}, {"opened_at": "2026-03-31T22:00"})
    for name in ("interactions", "incidents"):
        assert berlin.values(name, grain=Grain.DAY) == {("2026-03-31",): 1, ("2026-04-01",): 1}
        assert berlin.values(name, grain=Grain.YEAR) == {("2026",): 1, ("2027",): 1}
        assert berlin.values(name, grain=Grain.QUARTER) == {("2026-Q4",): 1, ("2027-Q1",): 1}


def test_windows_are_bounded(company: Company) -> None:
    with pytest.raises(UsageProblem, match="by minute reach over at most 7 days, not 31"):
        company.metric("interactions", grain=Grain.MINUTE, window=(date(2026, 1, 1), date(2026, 2, 1)))
    with pytest.raises(UsageProblem, match="the window is empty"):
        company.metric("interactions", window=(date(2026, 2, 1), date(2026, 2, 1)))
    with pytest.raises(UnknownName, match="did you mean interactions"):
        company.metric("interaction")
    with pytest.raises(UsageProblem, match="at least one metric"):
        company.ledger.metrics([], now=company.now)


def test_what_is_made_per_month(company: Company) -> None:
    company.put("benefit", {"time": "2026-01-05", "project": "a", "kind": "hours_saved", "quantity": 2.5})
    days = (date(2026, 1, 5), date(2026, 1, 7))
    for name in ("productivity_value", "cost_direct", "roi_percent", "incidents_avoided"):
        assert {(row.value, row.reason) for row in company.metric(name, grain=Grain.DAY, window=days).rows} == {
            (None, "is made per month")
        }
    assert company.values("hours_saved", grain=Grain.DAY, window=days) == {("2026-01-05",): 2.5, ("2026-01-06",): 0}


def test_percentiles(company: Company) -> None:
    company.put("interaction", *({"time": "2026-01-05", "model": "m", "latency_ms": float(i)} for i in range(1, 101)))
    day = (date(2026, 1, 5), date(2026, 1, 6))
    exact = company.values("latency_p95_ms", grain=Grain.HOUR, window=day)
    assert exact["2026-01-05T00:00",] == 95.05
    for grain in (Grain.DAY, Grain.MONTH):
        (close,) = company.values("latency_p95_ms", grain=grain).values()
        assert abs(close - 95.05) / 95.05 < 0.045
    for latency, count in ((1000.0, 3), (10.0, 1)):
        company.put("interaction", {"time": "2026-02-05", "latency_ms": latency, "count": count})
    hours = company.values("latency_p50_ms", grain=Grain.HOUR, window=(date(2026, 2, 5), date(2026, 2, 6)))
    assert hours["2026-02-05T00:00",] == 1000
    with pytest.raises(UsageProblem, match="whole months by month"):
        company.metric("latency_p50_ms", grain=Grain.DAY, window=(date(2025, 1, 1), date(2026, 1, 1)))


def test_distinct_users_are_not_added(company: Company) -> None:
    company.declare(project("a"), project("b"))
    for day in ("2026-01-05", "2026-01-06", "2026-01-13", "2026-02-03"):
        for actor, name in (("ann", "a"), (day, "b")):
            company.put("activity", {"time": day, "actor": actor, "project": name})
    assert company.values("active_users") == {("2026-01",): 4, ("2026-02",): 2}
    assert company.values("active_users", grain=Grain.ALL) == {("all",): 5}
    # Weeks of January from the first record: 5th (3 people), 12th (2), 19th (0), 26th (0).
    assert company.values("weekly_active_users")[("2026-01",)] == 1.25
    assert company.values("weekly_active_users", by="project")[("2026-01", "a")] == 0.5


def test_states_at_the_end_of_the_period(company: Company) -> None:
    told = (("01", "1", "production"), ("02", "2", "staging"), ("03", "2", "production"), ("04", "2", "retired"))
    for month, version, stage in told:
        company.put("model_state", {"time": f"2026-{month}-05", "model": "m", "version": version, "stage": stage,
                                    "on_platform": month != "01"})  # fmt: skip
    window = (date(2025, 12, 1), date(2026, 5, 1))
    found = company.values("models_in_production", window=window)
    assert list(found.values()) == [None, 1, 1, 1, 0]
    assert list(company.values("models_on_platform", window=window).values()) == [None, 0, 0, 1, 0]
    quarter = (date(2026, 1, 1), date(2026, 4, 1))
    assert company.values("models_in_production", grain=Grain.ALL, window=quarter) == {("all",): 1}


def test_delivery_and_quality(company: Company) -> None:
    for i, (status, days) in enumerate((("succeeded", 3), ("succeeded", 5), ("rolled_back", 9))):
        done = {"deployed_at": "2026-01-20", "dev_complete_at": f"2026-01-{20 - days}", "requested_at": "2026-01-01"}
        company.put("deployment", {"time": "2026-01-20", "model": f"m{i}", "status": status, **done})
    company.put("incident", {"opened_at": "2026-01-02"})
    company.put("incident", {"opened_at": "2026-01-31T20:00", "resolved_at": "2026-02-01T02:00"})
    company.put("survey", *({"time": "2026-01-05", "kind": "nps", "score": float(score)} for score in (10, 9, 8, 3)))
    window = (date(2026, 1, 1), date(2026, 3, 1))
    assert company.values("time_to_production_days", window=window)[("2026-01",)] == 4
    assert company.values("deployment_success_rate", window=window)[("2026-01",)] == pytest.approx(66.6666666667)
    assert company.values("mttr_hours", window=window) == {("2026-01",): None, ("2026-02",): 6}
    assert company.metric("mttr_hours", window=window).rows[0].reason == "divisor resolved_incidents is 0"
    assert company.values("nps", window=window)[("2026-01",)] == 25


def test_entries_say_what_stands_behind_them(company: Company) -> None:
    company.declare(project("a"))
    hour = {"time": "2026-01-05", "project": "a", "kind": "hours_saved", "quantity": 1.0}
    company.put("benefit", hour, hour, hour)
    company.put("benefit", {"time": "2026-01-05", "project": "a", "kind": "revenue", "amount": "5"})
    company.put("cost", {"start": "2026-01-05", "project": "a", "amount": "9"})
    found = {entry.category: entry for entry in company.entries()}
    hours, revenue, direct = found["productivity_value"], found["acceleration_value"], found["cost_direct"]
    assert (hours.amount, hours.records, hours.evidence, hours.realisation) == (450, 3, "E", "capacity")
    assert (revenue.amount, revenue.records, revenue.realisation) == (5, 1, "cash")
    assert (direct.amount, direct.side, direct.evidence, direct.records) == (9, "cost", "C", 1)
    assert hours.formula == "hours_saved * hourly_rate * realisation_rate"


def test_explain(company: Company) -> None:
    company.declare(project("a"), project("b"))
    company.put("benefit", {"time": "2026-01-05", "project": "a", "kind": "hours_saved", "activity": "debugging",
                            "quantity": 42.0, "source": "tracker"})  # fmt: skip
    tree = company.explain("productivity_value", "2026-01", "a")
    assert tree.sentence == "42 h × 150 USD/h × 1 = 6 300 USD"
    assert tree.value == 6300
    hours, rate, _ = tree.inputs
    assert (rate.kind, rate.evidence, rate.source) == ("assumption", "E", "Shipped default; put your own rate here")
    leaf = hours.inputs[0].inputs[2]
    assert (leaf.name, leaf.value, leaf.records, leaf.source) == (
        "hours_saved_debugging", 42, 1, "benefit records of tracker (1)"
    )  # fmt: skip
    company.put("benefit", {"time": "2026-02-05", "project": "b", "kind": "hours_saved", "quantity": 2.0})
    total = company.explain("productivity_value", "2026-Q1")
    assert total.value == 6600
    assert total.note == "sum of 6 amounts by month and project"
    assert [(part.project, part.value) for part in total.parts] == [("a", 6300), ("b", 300)]
    assert company.explain("payback_months", "2026-Q1").reason is not None
    assert company.explain("hourly_rate", "2026-01").value == 150
    assert company.explain("roi_percent", "2026-01-05").reason == "is made per month"
    with pytest.raises(UnknownName):
        company.explain("nothing", "2026-01")


def test_freshness_reads_only_what_is_new(company: Company) -> None:
    company.put("interaction", {"time": "2026-04-15", "source": "app"})
    company.put("interaction", {"time": "2026-04-14", "source": "app"}, {"time": "2026-04-16", "source": "b"})
    company.put("cost", {"start": "2026-04-01", "amount": "1", "source": "bill"})
    found = [(one.kind, one.source, one.records, one.age_seconds) for one in company.ledger.freshness(company.now)]
    assert found == [("interaction", "app", 2, 86400), ("interaction", "b", 1, 0), ("cost", "bill", 1, 15 * 86400)]
    company.put("cost", {"start": "2026-04-10", "amount": "1", "source": "bill"})
    assert company.ledger.freshness(company.now)[2].records == 2


def test_new_facts_are_seen_at_once(company: Company) -> None:
    company.put("cost", {"start": "2026-01-05", "project": "a", "amount": "9"})
    assert company.statement("2026-01").investment == 9
    company.put("interaction", {"time": "2026-01-05", "project": "a", "cost": "1"})
    assert company.statement("2026-01").investment == 10
    assert company.ledger.facts_span(now=company.now) == (date(2026, 1, 5), date(2026, 1, 6))
    assert company.ledger.figures()["roi_percent"].kind == "metric"


def test_a_project_that_is_declared_later_takes_what_was_sent_for_it(company: Company) -> None:
    company.put("cost", {"start": "2026-01-05", "project": "late", "amount": "9"})
    company.put("interaction", {"time": "2026-01-05", "project": "late", "cost": "1", "latency_ms": 100.0})
    company.put("model_state", {"time": "2026-01-05", "project": "late", "model": "m", "stage": "production"})
    for name in ("cost", "interactions"):
        assert {key[1] for key in company.values(name, by="project")} == {"unassigned"}
    company.declare(project("late"))
    for name, value in (("cost", 9), ("interactions", 1), ("models_in_production", 1)):
        assert company.values(name, by="project")[("2026-01", "late")] == value, name
    assert ("2026-01", "late") in company.values("latency_p50_ms", by="project")
