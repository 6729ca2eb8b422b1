from __future__ import annotations

import random
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import examples

from breakeven.errors import UnknownName
from breakeven.ledger.targets import judge
from breakeven.ledger.timeline import Series, payback
from breakeven.period import Calendar, Grain
from breakeven.workspace.definitions import AssumptionValue, Implementation, Project, Target

D = Decimal
Company = Any
"""See conftest.py."""


def project(name: str, **more: object) -> Project:
    return Project(id=name, name=name, category="platform", **more)  # type: ignore[arg-type]


def worked_example(company: Company) -> None:
    """The month of the methodology's example, as records."""
    baselines = {"baseline_incidents": D(5), "baseline_cloud_cost": D(80_000)}
    company.declare(project("a", start=date(2026, 1, 1), baselines=baselines))
    company.assume("avg_months_saved", AssumptionValue(value=D("1.5"), start=date(2026, 1, 1)))
    for activity, hours in (("model_dev", 40.0), ("deployment", 20.0), ("debugging", 15.0)):
        company.put("benefit", {"time": "2026-01-10", "project": "a", "kind": "hours_saved", "activity": activity,
                                "quantity": hours, "unit": "hour"})  # fmt: skip
    company.put("incident", *({"opened_at": f"2026-01-1{i}", "project": "a"} for i in range(2)),
                {"opened_at": "2026-01-15", "project": "a", "kind": "drift", "caught_before_impact": True})  # fmt: skip
    for model, status in (("m1", "succeeded"), ("m2", "succeeded"), ("m1", "succeeded"), ("m3", "failed")):
        company.put("deployment", {"time": "2026-01-20", "project": "a", "model": model, "status": status})
    company.put("cost", {"start": "2026-01-01", "project": "a", "category": "compute", "amount": "62000"},
                {"start": "2026-01-01", "project": "a", "category": "people", "amount": "38000"})  # fmt: skip


def test_the_worked_example(company: Company) -> None:
    worked_example(company)
    made = company.statement("2026-01")
    assert made.value == {
        "productivity_value": 11_250,
        "incident_value": 300_000,
        "acceleration_value": 150_000,
        "infra_savings": 18_000,
        "compliance_value": None,
    }
    assert (made.total_value, made.investment, made.net_value) == (479_250, 100_000, 379_250)
    assert made.roi_percent == D("379.25")
    assert (made.scope, made.currency, made.completeness) == ("portfolio", "USD", D("0.8"))
    assert made.run_rate == 379_250
    assert made.payback_months is None
    assert made.payback is not None
    assert made.payback.reason == "no payback needed: cumulative net was never negative"
    assert company.statement("2026-01", "a").total_value == made.total_value
    assert company.values("roi_percent", window=(date(2026, 1, 1), date(2026, 2, 1))) == {("2026-01",): 379.25}


def test_without_records_nothing_is_known(company: Company) -> None:
    made = company.statement("2026-01")
    assert (made.total_value, made.investment, made.roi_percent, made.run_rate, made.budget) == (None,) * 5
    assert made.completeness is None
    assert made.cumulative == ()
    assert all(amount is None for amount in made.value.values())
    reasons = {one.figure: one.reason for one in made.unknown}
    assert {"productivity_value", "cost_direct", "cost_metered", "roi_percent", "budget"} <= reasons.keys()


def test_zero_investment_has_no_return(company: Company) -> None:
    worked_example(company)
    company.put("cost", {"start": "2026-01-02", "project": "a", "category": "people", "amount": "-100000"})
    made = company.statement("2026-01")
    assert (made.investment, made.roi_percent) == (0, None)
    assert ("roi_percent", "investment is 0") in {(one.figure, one.reason) for one in made.unknown}


def test_unknown_categories_are_listed_and_the_known_are_summed(company: Company) -> None:
    company.declare(project("a"), project("b", baselines={"baseline_incidents": D(2)}))
    company.put("incident", {"opened_at": "2026-01-05", "project": "b"})
    made = company.statement("2026-01")
    assert made.value["incident_value"] == made.total_value == 100_000
    reasons = {one.figure: one.reason for one in made.unknown}
    said = "unknown for 1 of 2 months of projects: baseline_incidents is not stated for a on 2026-01-01"
    assert reasons["incident_value"] == said
    assert made.value["productivity_value"] is None
    assert reasons["productivity_value"] == "not measured: no benefit has been recorded"
    assert made.completeness == D("0.1")


def test_projects_have_no_value_before_they_start(company: Company) -> None:
    company.declare(project("a", start=date(2026, 3, 10)))
    for month in ("02", "03"):
        company.put("benefit", {"time": f"2026-{month}-05", "project": "a", "kind": "revenue", "amount": "70"})
        company.put("cost", {"start": f"2026-{month}-05", "project": "a", "amount": "10"})
    made = company.statement("2026-Q1")
    assert made.value["acceleration_value"] == 70
    assert made.investment == 20  # a bill stays a bill
    reasons = {one.figure: one.reason for one in made.unknown}
    assert "not counted, in months in which the project did not run: 70.00 of a" in reasons["acceleration_value"]


def test_assumptions_hold_from_their_day_and_for_their_project(company: Company) -> None:
    company.declare(project("a"), project("b"))
    company.assume("hourly_rate", AssumptionValue(value=D(100), start=date(2026, 1, 1)),
                   AssumptionValue(value=D(200), start=date(2026, 2, 1)),
                   AssumptionValue(value=D(50), start=date(2026, 2, 1), project="b"))  # fmt: skip
    for month in ("01", "02"):
        for name in "ab":
            company.put("benefit", {"time": f"2026-{month}-05", "project": name, "kind": "hours_saved",
                                    "quantity": 1.0})  # fmt: skip
    found = company.values("productivity_value", by="project", window=(date(2026, 1, 1), date(2026, 3, 1)))
    assert found == {("2026-01", "a"): 100, ("2026-01", "b"): 100, ("2026-02", "a"): 200, ("2026-02", "b"): 50}


MONTHS = [date(2025, month, 1) for month in range(1, 13)]


def series(*nets: int) -> Series:
    zeros = [D(0)] * len(nets)
    now = Calendar().instant(date(2026, 6, 1))
    return Series(MONTHS[: len(nets)], [D(net) for net in nets], zeros, Calendar(), now)


@pytest.mark.parametrize(
    ("nets", "months", "reached"),
    [
        ((-100, 50, 100), "2.5", date(2025, 3, 16)),
        ((-100, 100), "2", date(2025, 2, 28)),
        ((-100, 200, -150, 100), "3.5", date(2025, 4, 16)),
        ((0, 0, -50, 100), "1.5", date(2025, 4, 16)),
    ],
)
def test_payback(nets: tuple[int, ...], months: str, reached: date) -> None:
    found = payback(series(*nets), date(2026, 1, 1))
    assert (found.months, found.reached_on, found.reason) == (D(months), reached, None)


@pytest.mark.parametrize(
    ("nets", "reason"),
    [
        ((-100, 50), "not within the horizon: 50.00 still missing at the end of 2025-02"),
        ((10, -5), "no payback needed: cumulative net was never negative"),
        ((), "there is no entry yet"),
    ],
)
def test_no_payback(nets: tuple[int, ...], reason: str) -> None:
    found = payback(series(*nets), date(2026, 1, 1))
    assert (found.months, found.reason) == (None, reason)


def test_timeline_figures(company: Company) -> None:
    company.declare(project("a", start=date(2025, 11, 1), budget=D(100),
                            implementation=Implementation(cost=D(600), start=date(2025, 11, 1), months=2)))  # fmt: skip
    for month in ("2025-11", "2025-12", "2026-01", "2026-02", "2026-03", "2026-04"):
        company.put("benefit", {"time": f"{month}-05", "project": "a", "kind": "revenue", "amount": "260"})
        company.put("cost", {"start": f"{month}-05", "project": "a", "amount": "60"})
    made = company.statement("2026-Q1")
    assert [point.cumulative for point in made.cumulative] == [-100, -200, 0, 200, 400]
    assert made.payback_months == 3
    assert made.run_rate == 200
    assert made.cumulative_roi_percent == D("44.444444444444")
    assert (made.budget, made.budget_variance) == (300, 120)
    window = (date(2025, 11, 1), date(2026, 5, 1))
    assert list(company.values("roi_ytd", window=window).values()) == [-100, -200, 200, 400, 600, 800]
    assert list(company.values("run_rate", window=window).values()) == [-100, -100, 200, 200, 200, 200]
    assert company.values("roi_ytd", grain=Grain.ALL, window=window, by="project") == {("all", "a"): 800}
    assert company.metric("payback_months", grain=Grain.DAY, window=window).rows[0].reason == "is made per month"


@pytest.mark.parametrize(
    ("value", "target", "watch", "rule", "status"),
    [
        (10, 10, 9, "at_least", "green"), (9.5, 10, 9, "at_least", "yellow"), (8, 10, 9, "at_least", "red"),
        (10, 10, 11, "at_most", "green"), (10.5, 10, 11, "at_most", "yellow"), (12, 10, 11, "at_most", "red"),
        (None, 10, 9, "at_least", "grey"),
    ],
)  # fmt: skip
def test_targets(value: float | None, target: int, watch: int, rule: str, status: str) -> None:
    assert judge(value, D(target), D(watch), rule) == status  # type: ignore[arg-type]


def test_targets_of_a_length_are_scaled(company: Company) -> None:
    company.declare(targets=(Target(metric="hours_saved", at_least=D(1200), per=Grain.YEAR),
                             Target(metric="nps", at_least=D(40)),
                             Target(metric="run_rate", at_least=D(1))))  # fmt: skip
    company.put("benefit", {"time": "2026-01-05", "kind": "hours_saved", "quantity": 290.0})
    hours, nps, rate = company.statement("2026-Q1").targets
    assert (hours.target, hours.value, hours.status, hours.word) == (300, 290, "yellow", "Watch")
    assert (nps.value, nps.status, nps.word) == (None, "grey", "No data")
    assert nps.reason == "not measured: no survey has been recorded"
    assert (rate.value, rate.status) == (None, "grey")
    assert company.statement("2026-04").targets[0].target == 50


def test_unknown_project(company: Company) -> None:
    company.declare(project("support-bot"))
    with pytest.raises(UnknownName, match="did you mean support-bot"):
        company.statement("2026-01", "suport-bot")


fact = st.fixed_dictionaries({
    "month": st.integers(1, 4), "project": st.sampled_from(["a", "b", "unassigned"]),
    "amount": st.decimals(0, 10**6, places=6), "kind": st.sampled_from(["revenue", "cost", "metered", "pool"]),
})  # fmt: skip


@examples(10)
@given(facts=st.lists(fact, min_size=1, max_size=12, unique_by=str), seed=st.integers(0, 99))
def test_entries_sum_to_statements_in_any_order(new_company, facts: list[dict], seed: int) -> None:  # type: ignore[no-untyped-def, type-arg]
    shuffled = facts.copy()
    random.Random(seed).shuffle(shuffled)
    made = []
    for order in (facts, shuffled):
        company = new_company()
        company.declare(project("a", implementation=Implementation(cost=D(1000), start=date(2026, 1, 1), months=3)),
                        project("b"))  # fmt: skip
        for kind in dict.fromkeys(one["kind"] for one in order):
            name = {"revenue": "benefit", "metered": "interaction"}.get(kind, "cost")
            company.put(name, *(_record(one) for one in order if one["kind"] == kind))
        made.append(company)
    statements = [company.statement("2026-Q1") for company in made]
    plain = [msgspec.structs.replace(one, data_version=0) for one in statements]
    assert plain[0] == plain[1]
    entries = made[0].entries(window=(date(2026, 1, 1), date(2026, 4, 1)))
    value = sum((entry.amount for entry in entries if entry.side == "value"), D(0))
    cost = sum((entry.amount for entry in entries if entry.side == "cost"), D(0))
    assert value == (statements[0].total_value or 0)
    assert cost == (statements[0].investment or 0)
    months = [made[0].statement(f"2026-0{month}") for month in (1, 2, 3)]
    assert sum((one.investment or D(0) for one in months), D(0)) == (statements[0].investment or 0)
    for company in made:
        company.store.close()


def _record(one: dict) -> dict:  # type: ignore[type-arg]
    day, amount, own = f"2026-0{one['month']}-10", str(one["amount"]), {"project": one["project"], "id": str(one)}
    match one["kind"]:
        case "revenue":
            return own | {"time": day, "kind": "revenue", "amount": amount}
        case "metered":
            return own | {"time": day, "cost": amount}
        case "pool":
            return {"id": str(one), "start": day, "pool": "x", "amount": amount}
    return own | {"start": day, "amount": amount}
