"""What-if: changes as people write them, and the same cents as an edit of the workspace."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import examples

from breakeven.errors import UnknownName, UsageProblem
from breakeven.ledger.closing.closing import close
from breakeven.ledger.ledger import Ledger
from breakeven.ledger.scenarios.amounts import amounts
from breakeven.ledger.scenarios.changes import changed, read_change
from breakeven.ledger.scenarios.results import WhatIf
from breakeven.ledger.scenarios.scope import Scope
from breakeven.ledger.scenarios.tornado import tornado
from breakeven.ledger.scenarios.what_if import what_if
from breakeven.workspace.definitions import Assumption, AssumptionValue, BenefitPool, Project

D = Decimal
Company = Any
"""See conftest.py."""
ALWAYS, LATER = date(1970, 1, 1), date(2026, 3, 1)


def stated(value: str, project: str | None = None, start: date = ALWAYS, **more: Any) -> AssumptionValue:
    return AssumptionValue(value=D(value), start=start, project=project, **more)


def project(name: str, **more: Any) -> Project:
    return Project(id=name, name=name, category="platform", **more)


@pytest.fixture
def company(new_company: Callable[..., Company]) -> Company:
    """Two projects from January to mid-April; the second has a rate of its own."""
    made = new_company()
    made.declare(
        project("chat", baselines={"baseline_incidents": D(4)}),
        project("ops", baselines={"baseline_incidents": D(2), "baseline_cloud_cost": D(900)}, budget=D(500)),
    )
    made.assume("hourly_rate", stated("150"), stated("160", start=LATER), stated("90.5", "ops", start=date(2026, 2, 1)))
    days = [(month, f"2026-{month:02}-05") for month in (1, 2, 3, 4)]
    made.put("benefit", *(
        {"time": day, "project": name, "kind": "hours_saved", "quantity": 7.25 * month, "unit": "hour"}
        for month, day in days for name in ("chat", "ops")
    ))  # fmt: skip
    made.put("cost", *(
        {"start": day, "project": name, "amount": amount, "category": "compute"}
        for _, day in days for name, amount in (("chat", "4000.00"), ("ops", "333.33"))
    ))  # fmt: skip
    made.put("incident", *({"opened_at": day, "project": "chat"} for _, day in days))
    made.put("deployment", *(
        {"time": day, "project": "chat", "model": f"m{month}", "deployed_at": day} for month, day in days
    ))  # fmt: skip
    return made


def ask(company: Company, *changes: str, period: str = "ytd", project: str | None = None, **more: Any) -> WhatIf:
    span = company.workspace.calendar.parse(period, company.now)
    with company.ledger.desk(company.now) as desk:
        return what_if(desk, [read_change(text) for text in changes], Scope(period=span, project=project), **more)


CHANGES = {
    "hourly_rate=180": (None, D(180), None),
    "hourly_rate = 180": (None, D(180), None),
    "hourly_rate=-5": (None, D(-5), None),
    "hourly_rate=+10%": (None, None, D("1.1")),
    "hourly_rate=-2.5%": (None, None, D("0.975")),
    "hourly_rate=*1.2": (None, None, D("1.2")),
    "hourly_rate=* 0": (None, None, D(0)),
    "hourly_rate@ops=.5": ("ops", D("0.5"), None),
}


@pytest.mark.parametrize("text", CHANGES)
def test_a_change_is_read(text: str) -> None:
    found = read_change(text)
    assert (found.name, found.project, found.value, found.times) == ("hourly_rate", *CHANGES[text])


@pytest.mark.parametrize(("text", "says"), [
    ("hourly_rate", "not a change"),
    ("hourly_rate=", "not a change"),
    ("=180", "not a change"),
    ("hourly_rate=much", "'much' is not a number"),
    ("hourly_rate=1e5", "'1e5' is not a number"),
    ("hourly_rate=nan", "'nan' is not a number"),
    ("hourly_rate=10%", r"write \+10% or -10%"),
    ("hourly_rate=+10", "write 10 for a new value, \\+10% for a relative change"),
    ("hourly_rate=*x", "'x' is not a number"),
    ("hourly_rate=1,5", "'1,5' is not a number"),
    ("hourly_rate=0.1234567890123", "at most 12 decimals"),
    (f"hourly_rate={10**21}", "below 10\\^20"),
])  # fmt: skip
def test_what_is_no_change_is_refused_with_the_way_to_write_it(text: str, says: str) -> None:
    with pytest.raises(UsageProblem, match=says):
        read_change(text)


@pytest.mark.parametrize(("text", "kind", "valid"), [
    ("hourly_rat=1", "assumption", "hourly_rate"),
    ("hourly_rate@opps=1", "project", "ops"),
])  # fmt: skip
def test_unknown_names_come_with_the_valid_ones(company: Company, text: str, kind: str, valid: str) -> None:
    with pytest.raises(UnknownName, match=f"unknown {kind}.*did you mean {valid}"):
        ask(company, text)


RATE = Assumption(name="rate", unit="money/hour", values=(
    stated("100", low=D(80), high=D(130)), stated("120", start=LATER), stated("50", "ops", start=date(2026, 2, 1)),
))  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), [
    ("rate=7", {(None, ALWAYS): 7, (None, LATER): 7, ("ops", date(2026, 2, 1)): 7}),
    ("rate=*2", {(None, ALWAYS): 200, (None, LATER): 240, ("ops", date(2026, 2, 1)): 100}),
    # what holds for the project from the first day: the common value, then its own
    ("rate@ops=7", {(None, ALWAYS): 100, (None, LATER): 120, ("ops", ALWAYS): 7}),
    ("rate@ops=*2", {(None, ALWAYS): 100, (None, LATER): 120, ("ops", ALWAYS): 200, ("ops", date(2026, 2, 1)): 100,
                     ("ops", LATER): 100}),
    ("rate@chat=*2", {(None, ALWAYS): 100, (None, LATER): 120, ("ops", date(2026, 2, 1)): 50, ("chat", ALWAYS): 200,
                      ("chat", LATER): 240}),
])  # fmt: skip
def test_what_a_change_makes_of_the_stated_values(text: str, expected: dict[Any, int]) -> None:
    found = changed(RATE, read_change(text))
    assert {(value.project, value.start): value.value for value in found.values} == expected


def test_a_range_moves_with_a_relative_change_and_not_with_a_new_value() -> None:
    moved = changed(RATE, read_change("rate=-50%")).on(ALWAYS)
    assert moved is not None
    assert (moved.low, moved.value, moved.high) == (D(40), D(50), D(65))
    negative = changed(RATE, read_change("rate=*-1")).on(ALWAYS)
    assert negative is not None
    assert (negative.low, negative.value, negative.high) == (D(-130), D(-100), D(-80))
    new = changed(RATE, read_change("rate=50")).on(ALWAYS)
    assert new is not None
    assert (new.low, new.high, new.distribution) == (None, None, "fixed")


def test_before_after_and_change(company: Company) -> None:
    found = ask(company, "hourly_rate@ops=100.50", period="2026-02")
    rate = found.figures["productivity_value"]
    assert (rate.before, rate.after, rate.change) == (D("3487.25"), D("3632.25"), D("145.00"))  # 14.5 h × 10
    assert found.figures["investment"].change == 0
    assert found.figures["net_value"].change == D("145.00")
    (change,) = found.changes
    assert (change.name, change.project, change.before, change.after) == ("hourly_rate", "ops", D("90.50"), D("100.50"))


def test_the_supposed_figures_are_those_of_a_whole_statement(company: Company) -> None:
    """What is compared is made without targets and evidence; it must be what the statement says."""
    span = company.workspace.calendar.parse("ytd", company.now)
    for name in (None, "chat", "ops"):
        with company.ledger.desk(company.now) as desk:
            found = amounts(desk, Scope(period=span, project=name))
        made = company.statement("ytd", name)
        for category, amount in made.value.items():
            assert found.known[category] == amount
        for line, amount in made.cost.items():
            assert found.known[f"cost_{line}"] == amount
        for field in ("total_value", "investment", "net_value", "roi_percent", "cumulative_roi_percent",
                      "payback_months", "run_rate"):  # fmt: skip
            assert found.known[field] == getattr(made, field), field
        reasons = {unknown.figure: unknown.reason for unknown in made.unknown}
        for field in set(found.reasons) - {"total_value", "investment"}:
            assert found.reasons[field] == reasons[field]


number = st.decimals(D("0.01"), D(10_000), places=2)
name = st.sampled_from(["hourly_rate", "avg_incident_cost", "monthly_model_value", "realisation_rate"])
change = st.one_of(
    st.builds("{}={}".format, name, number),
    st.builds("{}=*{}".format, name, st.decimals(D(0), D(3), places=3)),
    st.builds("{}={:+}%".format, name, st.decimals(D(-90), D(90), places=1)),
    st.builds("{}@ops={}".format, name, number),
    st.builds("baseline_incidents@chat={}".format, st.integers(0, 9)),
    st.builds("baseline_incidents=*{}".format, st.decimals(D(0), D(3), places=2)),
    st.builds("avg_months_saved={}".format, st.decimals(D(0), D(5), places=2)),
)


def edited(company: Company, texts: list[str]) -> None:
    """The same change by hand, as somebody would edit the file: each value written anew."""
    for text in texts:
        key, _, said = text.partition("=")
        name, _, owner = key.partition("@")
        values = list(company.workspace.assumptions[name].values)
        if owner:
            values = [value for value in values if value.project != owner]
            starts = [v.start for v in company.workspace.assumptions[name].values if v.project in (None, owner)]
            values.append(stated(said, owner, start=min(starts)))
        elif not values:
            values = [stated(said)]
        elif said.startswith("*"):
            values = [msgspec.structs.replace(value, value=value.value * D(said[1:])) for value in values]
        elif said.endswith("%"):
            values = [msgspec.structs.replace(v, value=v.value * (1 + D(said[:-1]) / 100)) for v in values]
        else:
            values = [msgspec.structs.replace(value, value=D(said)) for value in values]
        company.assume(name, *sorted(values, key=lambda value: (value.start, value.project or "")))


@examples(10)
@given(st.lists(change, min_size=1, max_size=3), st.sampled_from(["2026-02", "2026-04", "ytd"]),
       st.sampled_from([None, "chat", "ops"]))  # fmt: skip
def test_a_what_if_is_what_an_edit_of_the_workspace_gives(
    company: Company, texts: list[str], period: str, project: str | None
) -> None:
    before = company.workspace
    found = ask(company, *texts, period=period, project=project)
    try:
        edited(company, texts)
        span = company.workspace.calendar.parse(period, company.now)
        with company.ledger.desk(company.now) as desk:
            made = amounts(desk, Scope(period=span, project=project))
    finally:
        company.workspace, company._ledger = before, None
    assert {name: figure.after for name, figure in found.figures.items()} == made.known


def test_by_project_adds_up_to_the_portfolio(company: Company) -> None:
    found = ask(company, "hourly_rate=+20%", by_project=True)
    assert found.projects is not None
    parts = [figures["net_value"].change for figures in found.projects.values() if figures["net_value"].change]
    assert sum(parts, D(0)) == found.figures["net_value"].change
    alone = ask(company, "hourly_rate=+20%", project="ops")
    assert found.projects["ops"]["roi_percent"].after == alone.figures["roi_percent"].after


def test_a_value_that_nobody_has_stated_may_be_supposed(company: Company) -> None:
    found = ask(company, "avg_months_saved=2", period="2026-03")
    line = found.figures["acceleration_value"]
    assert (line.before, line.after) == (D(0), D(100_000))  # no revenue was reported, and one model went live
    assert "not stated so far" in (found.changes[0].remark or "")
    with pytest.raises(UsageProblem, match="not stated yet: give it a value"):
        ask(company, "avg_months_saved=+10%")
    with pytest.raises(UsageProblem, match="write baseline_operating_cost@PROJECT=4"):
        ask(company, "baseline_operating_cost=4")


def test_what_lies_outside_its_range_is_allowed_and_said(company: Company) -> None:
    company.assume("hourly_rate", stated("150", low=D(130), high=D(170)))
    assert ask(company, "hourly_rate=160").changes[0].remark is None
    said = ask(company, "hourly_rate=200").changes[0].remark
    assert said == "200.00 lies outside the declared range, 130.00 to 170.00"
    assert "no figure uses it" not in said


def test_payback_and_run_rate_follow(company: Company) -> None:
    company.assume("avg_incident_cost", stated("100"))
    company.put("cost", {"start": "2026-01-05", "project": "chat", "amount": "12000", "category": "people"})
    found = ask(company, "avg_incident_cost=3000", project="chat", period="2026-03")
    assert found.figures["payback_months"].before is None
    assert found.figures["payback_months"].after is not None
    assert found.figures["run_rate"].change == 3 * 2900


def test_nothing_is_kept_of_a_supposition(company: Company) -> None:
    before = company.statement("ytd")
    ask(company, "hourly_rate=1", "avg_incident_cost=1")
    after = company.statement("ytd")
    assert (before.value, before.net_value, before.evidence) == (after.value, after.net_value, after.evidence)


def test_a_pool_s_baseline_can_be_supposed_too(company: Company) -> None:
    """The assumption stands in no formula: it caps what a benefit pool counts."""
    weights = {"chat": D(1), "ops": D(1)}
    pool = BenefitPool(name="both", category="incident_value", assumption="avg_fine_value", projects=weights)
    company.declare(benefit_pools=(pool,))
    company.assume("avg_fine_value", stated("100000"))
    assert company.statement("2026-01").value["incident_value"] == 100_000
    assert ask(company, "avg_fine_value=40000", period="2026-01").figures["incident_value"].after == 40_000


def test_whole_months_only(company: Company) -> None:
    with pytest.raises(UsageProblem, match="whole months"):
        ask(company, "hourly_rate=1", period="2026-02-03")
    with pytest.raises(UsageProblem, match="nothing is supposed"):
        ask(company)


def test_closed_months_are_asked_with_what_was_sealed(company: Company) -> None:
    """January is closed at 150 an hour; then the file says 100. A change applies to the sealed rate."""
    with company.ledger.desk(company.now) as desk:
        close(desk, "2026-01", by="Ada")
        state = desk.state
    sealed = company.statement("2026-01").value["productivity_value"]
    company.assume("hourly_rate", stated("100", low=D(80), high=D(120), distribution="triangular"))
    company._ledger = Ledger(company.workspace, company.store, company.evaluator, state)
    assert company.statement("2026-01").value["productivity_value"] == sealed
    assert ask(company, "hourly_rate=+10%", period="2026-01").figures["productivity_value"].after == sealed * D("1.1")
    hours = 2 * D("7.25")
    assert ask(company, "hourly_rate=200", period="2026-01").figures["productivity_value"].after == hours * 200
    span = company.workspace.calendar.parse("2026-01", company.now)
    with company.ledger.desk(company.now) as desk:
        (bar,) = tornado(desk, Scope(period=span), "productivity_value").bars
    assert (bar.at_low, bar.at_high) == (sealed * D("0.8"), sealed * D("1.2"))
