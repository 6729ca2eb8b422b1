"""Tornado and break-even: the numbers of what-if, ordered and searched; saved scenarios."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from breakeven.errors import NotFound, UnknownName, UsageProblem
from breakeven.formula import parse
from breakeven.ledger.desk import Desk
from breakeven.ledger.scenarios.break_even import Asked, break_even
from breakeven.ledger.scenarios.changes import read_change
from breakeven.ledger.scenarios.results import BreakEven, Tornado
from breakeven.ledger.scenarios.saved import changes_of, compare, forget, listed, save, show
from breakeven.ledger.scenarios.scope import Scope
from breakeven.ledger.scenarios.tornado import tornado
from breakeven.ledger.scenarios.what_if import what_if
from breakeven.store.state_audit import audit_log
from breakeven.workspace.definitions import AssumptionValue, Project

D = Decimal
Company = Any
"""See conftest.py."""


def stated(value: str, low: str | None = None, high: str | None = None, project: str | None = None) -> AssumptionValue:
    return AssumptionValue(
        value=D(value), start=date(1970, 1, 1), project=project, low=None if low is None else D(low),
        high=None if high is None else D(high), distribution="fixed" if low is None else "triangular",
    )  # fmt: skip


def hours(day: str) -> dict[str, Any]:
    return {"time": day, "project": "chat", "kind": "hours_saved", "quantity": 10.0, "unit": "hour"}


@pytest.fixture
def company(new_company: Callable[..., Company]) -> Company:
    """One project: 10 hours and 3 of 5 incidents avoided in January, at a cost of 6 000."""
    made = new_company()
    chat = Project(id="chat", name="Chat", category="platform", baselines={"baseline_incidents": D(5)})
    made.declare(chat, Project(id="ops", name="Ops", category="platform"))
    made.assume("hourly_rate", stated("150", "100", "250"))
    made.assume("avg_incident_cost", stated("1000", "500", "4000"))
    made.put("benefit", hours("2026-01-05"))
    made.put("cost", {"start": "2026-01-05", "project": "chat", "amount": "6000", "category": "compute"})
    made.put("incident", *({"opened_at": f"2026-01-0{day}", "project": "chat"} for day in (2, 3)))
    return made


def scope(company: Company, project: str | None = None) -> Scope:
    return Scope(period=company.workspace.calendar.parse("2026-01", company.now), project=project)


def moved(company: Company, *arguments: Any, **more: Any) -> Tornado:
    with company.ledger.desk(company.now) as desk:
        return tornado(desk, scope(company), *arguments, **more)


def found(company: Company, name: str, project: str | None = None, **more: Any) -> BreakEven:
    with company.ledger.desk(company.now) as desk:
        return break_even(desk, Asked(name, project, **more), scope(company))


def after(desk: Desk, company: Company, text: str, figure: str = "net_value") -> Decimal | None:
    return what_if(desk, [read_change(text)], scope(company)).figures[figure].after


# --- tornado


def test_the_widest_swing_comes_first(company: Company) -> None:
    made = moved(company)
    assert made.value == -1500  # 10 × 150 + 3 × 1000 − 6000
    assert [(bar.name, bar.at_low, bar.at_high, bar.swing) for bar in made.bars] == [
        ("avg_incident_cost", D(-3000), D(7500), D(10500)),
        ("hourly_rate", D(-2000), D(-500), D(1500)),
    ]
    assert made.without_range == ("realisation_rate", "monthly_model_value", "baseline_incidents")
    assert made.not_stated == ("avg_months_saved", "avg_fine_value", "baseline_cloud_cost")


def test_the_ends_are_what_ifs(company: Company) -> None:
    made = moved(company, "roi_percent")
    with company.ledger.desk(company.now) as desk:
        for bar in made.bars:
            for end, figure in ((bar.low, bar.at_low), (bar.high, bar.at_high)):
                exact = after(desk, company, f"{bar.name}={end}", "roi_percent")
                assert exact is not None
                assert figure == exact.quantize(D("1e-6"))


def test_a_swing_moves_what_has_no_range_and_says_so(company: Company) -> None:
    made = moved(company, swing=D(20))
    bars = {bar.name: bar for bar in made.bars}
    assert bars["realisation_rate"].basis == "± 20 %"
    assert bars["realisation_rate"].swing == D(600)  # 1500 × 0.4
    assert bars["baseline_incidents"].swing == D(2000)  # 5 ± 1 incidents
    assert bars["hourly_rate"].basis == "declared range"
    assert "monthly_model_value" in made.without_effect
    assert not made.without_range
    for wrong in (D(0), D(-1), D(101)):
        with pytest.raises(UsageProblem, match="more than 0 and at most 100"):
            moved(company, swing=wrong)


def test_all_values_of_an_assumption_move_together(company: Company) -> None:
    company.assume("hourly_rate", stated("150", "100", "250"), stated("80", "60", "90", "chat"))
    bar = next(bar for bar in moved(company).bars if bar.name == "hourly_rate")
    assert (bar.at_low, bar.at_high) == (D(10 * 60 + 3000 - 6000), D(10 * 90 + 3000 - 6000))
    assert (bar.value, bar.low, bar.high) == (None, None, None)  # not the same in all projects


def test_a_figure_that_does_not_exist(company: Company) -> None:
    with pytest.raises(UnknownName, match="unknown figure 'profit'"):
        moved(company, "profit")


# --- break-even


def test_the_value_at_which_roi_is_zero(company: Company) -> None:
    made = found(company, "avg_incident_cost")
    assert [(one.value, one.figure, one.direction) for one in made.crossings] == [(D(1500), D(0), "up")]
    assert made.answer == "ROI is 0.00 at avg_incident_cost = 1500.00"
    with company.ledger.desk(company.now) as desk:
        assert after(desk, company, "avg_incident_cost=1500", "roi_percent") == 0


def test_a_value_with_endless_decimals_is_exact_to_six(company: Company) -> None:
    made = found(company, "avg_incident_cost", figure="net_value", at=D("1000"))
    (one,) = made.crossings
    assert one.value == D("1833.333333")
    assert abs(D(1000) - (one.figure or 0)) < D("0.01")


def test_no_such_value_is_an_answer(company: Company) -> None:
    made = found(company, "hourly_rate")
    assert made.crossings == ()
    assert made.answer == "no such value in range 100.00 to 250.00: ROI goes from -33.33 to -8.33"
    beyond = found(company, "hourly_rate", high=D(1000))
    assert [one.value for one in beyond.crossings] == [D(300)]


def test_without_a_range_it_is_looked_for_from_nothing_to_ten_times_the_value(company: Company) -> None:
    made = found(company, "realisation_rate")
    assert (made.low, made.high) == (D(0), D(10))
    assert [one.value for one in made.crossings] == [D(2)]


def test_in_one_project_only(company: Company) -> None:
    made = found(company, "hourly_rate", "chat", high=D(1000))
    assert made.answer == "ROI is 0.00 at hourly_rate in chat = 300.00"
    nowhere = found(company, "hourly_rate", "ops")
    assert nowhere.answer == "no such value in range 100.00 to 250.00: ROI is -25.00 throughout"


def test_a_figure_that_has_a_bend_is_found_on_its_slope(company: Company) -> None:
    """incidents avoided = greatest(0, baseline − 2): flat at 0 until 2, then 1000 each."""
    made = found(company, "baseline_incidents", "chat", figure="incident_value", at=D(2500), low=D(0), high=D(10))
    assert [one.value for one in made.crossings] == [D("4.5")]
    flat = found(company, "baseline_incidents", "chat", figure="incident_value", at=D(0), low=D(0), high=D(10))
    (level,) = flat.crossings
    assert (level.value, level.direction) == (D(0), "level")
    assert level.until is not None
    assert D("1.5") < level.until <= 2


def test_several_crossings_are_all_named(company: Company) -> None:
    """Net value as a curve with two zeros: rate × (20 − rate / 10) hours."""
    curve(company, "hours_saved * hourly_rate * (40 - hourly_rate) / 4")
    made = found(company, "hourly_rate", figure="productivity_value", at=D(750), low=D(0), high=D(60))
    assert [(one.value, one.direction) for one in made.crossings] == [(D(10), "up"), (D(30), "down")]
    assert made.answer == "Productivity is 750.00 at hourly_rate = 10.00 and 30.00"


def test_a_step_is_a_jump(company: Company) -> None:
    curve(company, "CASE WHEN hourly_rate > 33.3 THEN hours_saved * hourly_rate ELSE hours_saved END")
    made = found(company, "hourly_rate", figure="productivity_value", at=D(100), low=D(0), high=D(60))
    (one,) = made.crossings
    assert one.direction == "jumps up"
    assert abs(one.value - D("33.3")) < D("1e-5")


def test_a_turn_touches(company: Company) -> None:
    curve(company, "hours_saved * (hourly_rate - 30) * (hourly_rate - 30)")
    made = found(company, "hourly_rate", figure="productivity_value", at=D(0), low=D(0), high=D(60))
    assert [(one.value, one.direction) for one in made.crossings] == [(D(30), "touches")]


def curve(company: Company, formula: str) -> None:
    """Another formula of productivity."""
    methodology = company.workspace.methodology
    other = msgspec.structs.replace(
        methodology.definitions["productivity_value"], formula=formula, expression=parse(formula)
    )
    definitions = {**methodology.definitions, "productivity_value": other}
    company.declare(methodology=msgspec.structs.replace(methodology, definitions=definitions))


@pytest.mark.parametrize(("arguments", "error", "says"), [
    ({"name": "hourly_rat"}, UnknownName, "did you mean hourly_rate"),
    ({"name": "hourly_rate", "project": "chad"}, UnknownName, "did you mean chat"),
    ({"name": "hourly_rate", "figure": "profit"}, UnknownName, "unknown figure"),
    ({"name": "hourly_rate", "low": D(5), "high": D(5)}, UsageProblem, "from 5.00 to 5.00 is empty"),
    ({"name": "avg_fine_value"}, UsageProblem, "give --low and --high"),
])  # fmt: skip
def test_what_cannot_be_searched(
    company: Company, arguments: dict[str, Any], error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        found(company, **arguments)


def test_an_assumption_that_nobody_has_stated_can_be_searched_in_a_given_range(company: Company) -> None:
    company.put("benefit", {"time": "2026-01-05", "project": "chat", "kind": "finding_avoided", "quantity": 3.0})
    made = found(company, "avg_fine_value", low=D(0), high=D(10_000))
    assert [one.value for one in made.crossings] == [D(500)]
    assert made.value is None


# --- saved scenarios


def test_a_scenario_is_evaluated_with_present_data(company: Company) -> None:
    with company.ledger.desk(company.now) as desk:
        made = save(
            desk, "careful", ["hourly_rate = -20%", "avg_incident_cost=500"], by="Ada", description="Worst case"
        )
        assert made.changes == ("hourly_rate=-20%", "avg_incident_cost=500")
        save(desk, "bold", ["avg_incident_cost=*3"], by="Ada")
        first = compare(desk, ["careful", "bold"], scope(company))
    net = first.figures["net_value"]
    assert (net.present, net.scenarios["careful"].after, net.scenarios["bold"].after) == (D(-1500), D(-3300), D(4500))
    company.put("benefit", hours("2026-01-06"))
    with company.ledger.desk(company.now) as desk:
        again = compare(desk, [], scope(company))
        assert [one.name for one in again.scenarios] == ["bold", "careful"]
        assert again.figures["net_value"].scenarios["careful"].after == -3300 + 1200


def test_who_saved_replaced_and_deleted_is_in_the_audit_log(company: Company) -> None:
    with company.ledger.desk(company.now) as desk:
        save(desk, "careful", ["hourly_rate=100"], by="Ada")
        save(desk, "careful", ["hourly_rate=90"], by="Bob")
        assert [(one.changes, one.who) for one in listed(desk)] == [(("hourly_rate=90",), "Bob")]
        assert forget(desk, "careful", by="Cyd").changes == ("hourly_rate=90",)
        assert listed(desk) == ()
        log = audit_log(desk.state, subject="scenario/careful")
    assert [(line.who, line.action) for line in log] == [
        ("Cyd", "delete scenario"), ("Bob", "replace scenario"), ("Ada", "save scenario")]  # fmt: skip


@pytest.mark.parametrize(("name", "changes", "by", "says"), [
    ("Careful", ["hourly_rate=1"], "Ada", "no name of a scenario"),
    ("", ["hourly_rate=1"], "Ada", "no name of a scenario"),
    ("careful", [], "Ada", "without changes"),
    ("careful", ["hourly_rate"], "Ada", "not a change"),
    ("careful", ["hourly_rat=1"], "Ada", "unknown assumption"),
    ("careful", ["hourly_rate=1"], " ", "say who"),
])  # fmt: skip
def test_what_cannot_be_saved(company: Company, name: str, changes: list[str], by: str, says: str) -> None:
    with company.ledger.desk(company.now) as desk:
        with pytest.raises(UsageProblem, match=says):
            save(desk, name, changes, by=by)
        assert listed(desk) == ()


def test_a_scenario_that_is_not_there(company: Company) -> None:
    with company.ledger.desk(company.now) as desk:
        with pytest.raises(NotFound, match="none is saved"):
            show(desk, "careful")
        with pytest.raises(NotFound, match="no scenario is saved"):
            compare(desk, [], scope(company))
        save(desk, "bold", ["hourly_rate=1"], by="Ada")
        with pytest.raises(NotFound, match="there are bold"):
            forget(desk, "careful", by="Ada")


def test_a_scenario_whose_assumption_is_gone_says_so(company: Company) -> None:
    with company.ledger.desk(company.now) as desk:
        made = save(desk, "late", ["practitioners=5"], by="Ada")
    left = {name: one for name, one in company.workspace.assumptions.items() if name != "practitioners"}
    company.workspace = msgspec.structs.replace(company.workspace, assumptions=left)
    company.declare()
    with company.ledger.desk(company.now) as desk, pytest.raises(UsageProblem, match="late cannot be evaluated"):
        changes_of(desk, made)
