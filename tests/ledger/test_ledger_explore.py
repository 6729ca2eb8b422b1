"""Exploring a scenario: the surface is the exact what-if, the range that of a scenario, a marker a break-even."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from itertools import product
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import examples

from breakeven.errors import UnknownName, UsageProblem
from breakeven.ledger.closing.closing import close
from breakeven.ledger.desk import ROI
from breakeven.ledger.scenarios.break_even import Asked, break_even
from breakeven.ledger.scenarios.changes import read_change
from breakeven.ledger.scenarios.explore import explore
from breakeven.ledger.scenarios.explored import Explored
from breakeven.ledger.scenarios.figures import FigureOf
from breakeven.ledger.scenarios.levers import Key, change_of, moved
from breakeven.ledger.scenarios.outcomes import outcome
from breakeven.ledger.scenarios.ranges import statement_range
from breakeven.ledger.scenarios.saved import save
from breakeven.ledger.scenarios.scope import Scope
from breakeven.ledger.scenarios.surface import Points, surface
from breakeven.ledger.scenarios.tornado import ends, tornado
from breakeven.ledger.scenarios.what_if import what_if
from breakeven.workspace.definitions import AssumptionValue, BenefitPool, Distribution, Headline, Project, Target

D = Decimal
Company = Any
"""See conftest.py."""


def stated(value: str, low: str | None = None, high: str | None = None, project: str | None = None,
           start: date = date(1970, 1, 1), shape: Distribution = "triangular") -> AssumptionValue:  # fmt: skip
    return AssumptionValue(
        value=D(value), start=start, project=project, low=None if low is None else D(low),
        high=None if high is None else D(high), distribution="fixed" if low is None else shape,
    )  # fmt: skip


def hours(project: str, number: float, day: str) -> dict[str, Any]:
    return {"time": day, "project": project, "kind": "hours_saved", "quantity": number, "unit": "hour"}


@pytest.fixture
def company(new_company: Callable[..., Company]) -> Company:
    """Two projects over four months; a rate of its own in one, a dated one for all, baselines that bend."""
    made = new_company()
    made.declare(*(
        Project(id=name, name=name, category="platform", baselines={"baseline_incidents": before})
        for name, before in (("chat", D(5)), ("ops", D(4)))
    ), targets=(Target(metric="roi_percent", at_least=D(100)),))  # fmt: skip
    made.assume("hourly_rate", stated("150", "120", "190"), stated("160", "130", "200", start=date(2026, 3, 1)),
                stated("90", "80", "110", "ops"))  # fmt: skip
    made.assume("realisation_rate", stated("0.8", "0.5", "1"))
    made.assume("avg_incident_cost", stated("1000", "500", "4000", shape="lognormal"))
    made.assume("baseline_incidents", stated("5", "2", "8", "chat"), stated("4", "1", "6", "ops"))
    made.put("benefit", *(hours(name, 20.0 + month, f"2026-0{month}-05")
                          for month, name in product((1, 2, 3, 4), ("chat", "ops"))))  # fmt: skip
    made.put("cost", *({"start": f"2026-0{month}-05", "project": "chat", "amount": "3000", "category": "compute"}
                       for month in (1, 2, 3, 4)))  # fmt: skip
    made.put("incident", *({"opened_at": f"2026-0{month}-0{day}", "project": name}
                           for month, day, name in product((1, 2, 3), (2, 3), ("chat", "ops"))))  # fmt: skip
    return made


def scope(company: Company, period: str = "ytd", project: str | None = None) -> Scope:
    return Scope(period=company.workspace.calendar.parse(period, company.now), project=project)


def explored(company: Company, *texts: str, period: str = "ytd", **more: Any) -> Explored:
    with company.ledger.desk(company.now) as desk:
        return explore(desk, [read_change(text) for text in texts], scope(company, period), **more)


FIGURES = ("net_value", "roi_percent", "total_monthly_value", "investment")
NUMBERS = st.decimals(min_value=0, max_value=500, places=2)
TEXTS = st.one_of(
    st.builds("hourly_rate={}".format, NUMBERS), st.builds("hourly_rate@ops={}".format, NUMBERS),
    st.builds("hourly_rate@chat=*{}".format, st.decimals(min_value=0, max_value=3, places=3)),
    st.builds("realisation_rate={}".format, st.decimals(min_value=0, max_value=1, places=3)),
    st.builds("avg_incident_cost=+{}%".format, st.integers(0, 300)),
    st.builds("baseline_incidents={}".format, st.integers(0, 12)),
    st.builds("baseline_incidents@chat=-{}%".format, st.integers(0, 100)),
    st.builds("baseline_incidents=*{}".format, st.decimals(min_value=0, max_value=3, places=2)),
)  # fmt: skip


@examples(30)
@given(texts=st.lists(TEXTS, min_size=1, max_size=4))
def test_the_surface_is_the_what_if(company: Company, texts: list[str]) -> None:
    """Whatever is supposed: to a billionth of the figure."""
    changes = [read_change(text) for text in texts]
    with company.ledger.desk(company.now) as desk:
        exact = what_if(desk, changes, scope(company))
        made = surface(desk, scope(company), desk.headline(), changes)
        found = made.at(Points(made.supposed(changes), {}, 1))
    for name in ("net_value", "roi_percent"):
        assert float(found[name][0]) == pytest.approx(float(exact.figures[name].after or 0), rel=1e-9, abs=1e-6)


@examples(10)
@given(texts=st.lists(TEXTS, max_size=3), figure=st.sampled_from(("net_value", "roi_percent", "incident_value")))
def test_a_tornado_is_the_exact_one(company: Company, texts: list[str], figure: str) -> None:
    """Each end, around any scenario, as the book revalued in decimals has it: to the cent, or six decimals."""
    changes = [read_change(text) for text in texts]
    with company.ledger.desk(company.now) as desk:
        made = tornado(desk, scope(company), figure, changes=changes)
        of = FigureOf(desk, scope(company), figure)
        for bar in made.bars:
            others = [change for change in changes if change.name != bar.name]
            pair = ends(desk.workspace.assumptions[bar.name])
            exact = of.values([[*others, end] for end in pair])
            step = D("0.01") if made.unit == "money" else D("1e-6")
            for found, wanted in zip((bar.at_low, bar.at_high), exact, strict=True):
                assert abs((found or 0) - (wanted or 0)) <= step


def test_a_tornado_under_a_headline_rule_is_exact_too(company: Company) -> None:
    """What is not counted may be more of an amount as it grows: there every end is a what-if."""
    company.declare(headline=Headline(realisations=("capacity",)))
    with company.ledger.desk(company.now) as desk:
        assert not surface(desk, scope(company), (ROI,)).faithful(ROI, D(1))
        bars = {bar.name: bar for bar in tornado(desk, scope(company)).bars}
        assert bars["realisation_rate"].at_low == what_if(
            desk, [read_change("realisation_rate=0.5")], scope(company)
        ).figures["net_value"].after  # fmt: skip


def test_closed_months_are_supposed_from_what_they_were_closed_with(company: Company) -> None:
    with company.ledger.desk(company.now) as desk:
        close(desk, "2026-01", by="Ada")
    company.assume("hourly_rate", stated("300", "200", "400"), stated("30", "20", "40", "ops"))
    for text in ("hourly_rate=+10%", "hourly_rate=200", "hourly_rate@chat=1"):
        changes = [read_change(text)]
        with company.ledger.desk(company.now) as desk:
            exact = what_if(desk, changes, scope(company)).figures["net_value"].after
            made = surface(desk, scope(company), desk.headline(), changes)
            found = made.at(Points(made.supposed(changes), {}, 1))["net_value"][0]
        assert float(found) == pytest.approx(float(exact or 0), rel=1e-9)


def test_shared_benefits_are_followed(company: Company) -> None:
    weights = {"chat": D(1), "ops": D(1)}
    pool = BenefitPool(name="both", category="productivity_value", baseline=D(5_000), projects=weights)
    company.declare(benefit_pools=(pool,))
    for text in ("hourly_rate=100", "hourly_rate=500", "realisation_rate=0.2"):
        changes = [read_change(text)]
        with company.ledger.desk(company.now) as desk:
            exact = what_if(desk, changes, scope(company)).figures["net_value"].after
            made = surface(desk, scope(company), desk.headline(), changes)
            found = made.at(Points(made.supposed(changes), {}, 1))["net_value"][0]
        assert float(found) == pytest.approx(float(exact or 0), abs=0.05)  # a pool is split to the cent, month by month


# --- one answer


def test_the_figures_are_those_of_what_if(company: Company) -> None:
    texts = ("hourly_rate=180", "avg_incident_cost=+10%", "realisation_rate@chat=0.7")
    found = explored(company, *texts)
    with company.ledger.desk(company.now) as desk:
        assert found.figures == what_if(desk, [read_change(text) for text in texts], scope(company)).figures
    assert [change.text for change in found.changes] == list(texts)


@pytest.mark.parametrize("texts", [(), ("avg_incident_cost=+50%",), ("hourly_rate=180",), ("hourly_rate@chat=+20%",)])
def test_the_range_is_that_of_the_scenario(company: Company, texts: tuple[str, ...]) -> None:
    """The same draws as `range` makes under the same changes."""
    found = explored(company, *texts)
    with company.ledger.desk(company.now) as desk:
        made = statement_range(desk, scope(company).period, None, found.seed, found.draws,
                               [read_change(text) for text in texts])  # fmt: skip
    roi, net = made.lines["roi_percent"], made.lines["net_value"]
    for spread, line in ((found.after.roi, roi), (found.after.net, net)):
        assert [float(end) for end in spread or ()] == pytest.approx(
            [float(end or 0) for end in (line.p10, line.p50, line.p90)], abs=0.011)  # fmt: skip
    assert found.after.chance_of_return == made.chance_of_return
    assert found.after.chance_of_goal is not None


def test_what_is_supposed_is_drawn_no_more(company: Company) -> None:
    found = explored(
        company, "hourly_rate=150", "realisation_rate=0.8", "avg_incident_cost=1000", "baseline_incidents=5"
    )
    assert found.after.roi is not None
    assert found.after.roi[0] == found.after.roi[2]
    assert not found.after.density
    assert found.before.density
    assert found.band_draws == 0
    assert found.after.chance_of_goal in (0, 1)


def test_a_marker_is_a_break_even(company: Company) -> None:
    """Four digits of what the exact search finds, for both lines, everything else as it is supposed."""
    found = explored(company, "realisation_rate=0.3")
    marked = [(lever, mark) for lever in found.levers for mark in lever.markers]
    assert {mark.line for _, mark in marked} == {"break-even", "goal"}
    for lever, mark in marked:
        change = change_of(lever, mark.value)
        assert change is not None
        beside = [*(one for one in (read_change("realisation_rate=0.3"),) if one.name != lever.name), change]
        with company.ledger.desk(company.now) as desk:
            roi = what_if(desk, beside, scope(company)).figures["roi_percent"].after
        wanted = 0 if mark.line == "break-even" else 100
        assert float(roi or 0) == pytest.approx(wanted, abs=0.3), (lever.key, mark)


def test_levers_are_where_they_are_and_can_be_moved(company: Company) -> None:
    found = {
        lever.key: lever for lever in explored(company, "hourly_rate@ops=120", also=[Key("hourly_rate", "chat")]).levers
    }
    rate, own, other, share = (found[key] for key in (
        "hourly_rate", "hourly_rate@ops", "hourly_rate@chat", "realisation_rate"))  # fmt: skip
    assert (rate.relative, rate.base, rate.value, rate.stated) == (True, 0, 0, (D(90), D(160)))
    assert (own.base, own.value, own.texts) == (D(90), D(120), ("hourly_rate@ops=120",))
    assert (other.base, other.low, other.high) == (D(160), D(130), D(200))
    assert (share.least >= 0, share.most) == (True, D(1))
    for lever in found.values():
        assert lever.least <= (lever.value or lever.least) <= lever.most
        assert lever.base is None or (lever.base - lever.least) % lever.step == 0
    assert [lever.swing for lever in found.values() if lever.swing is not None]
    outside = next(one for one in explored(company, "realisation_rate=1.7").levers if one.name == "realisation_rate")
    assert outside.most >= D("1.7")


def test_the_months_are_the_statements(company: Company) -> None:
    found = explored(company, "hourly_rate=180")
    last = found.months[-1]
    assert (last.before, last.after) == (found.figures["net_value"].before, found.figures["net_value"].after)
    assert all((month.low or 0) <= (month.high or 0) for month in found.months)
    assert found.band_draws > 0


def test_what_cannot_be_asked(company: Company) -> None:
    with pytest.raises(UnknownName, match="unknown assumption 'rate'"):
        explored(company, "rate=1")
    with pytest.raises(UnknownName, match="unknown project 'nobody'"):
        explored(company, "hourly_rate@nobody=1")
    with pytest.raises(UsageProblem, match="50 draws"):
        explored(company, draws=50)


def test_nothing_recorded_is_an_answer(new_company: Callable[..., Company]) -> None:
    company = new_company()
    company.declare(Project(id="chat", name="Chat", category="platform"))
    found = explored(company)
    assert found.figures["roi_percent"].after is None
    assert found.after.roi is None
    assert found.after.chance_of_return is None


def test_a_change_takes_its_place() -> None:
    first = [read_change(text) for text in ("a=1", "b@p=2", "c=3")]
    assert [one.text for one in moved(first, Key("a"), read_change("a=9"))] == ["a=9", "b@p=2", "c=3"]
    assert [one.text for one in moved(first, Key("b"), read_change("b=9"))] == ["a=1", "b=9", "b@p=2", "c=3"]
    assert [one.text for one in moved(first, Key("c"), None)] == ["a=1", "b@p=2"]


def test_a_saved_scenario_in_short(company: Company) -> None:
    with company.ledger.desk(company.now) as desk:
        kept = save(desk, "careful", ["hourly_rate=-10%"], by="Ada")
    with company.ledger.desk(company.now) as desk:
        made, found = (
            outcome(desk, kept, scope(company)),
            what_if(desk, [read_change("hourly_rate=-10%")], scope(company)),
        )
    assert (made.roi, made.net) == (found.figures["roi_percent"].after, found.figures["net_value"].after)
    assert made.goal is not None
    gone = {name: one for name, one in company.workspace.assumptions.items() if name != "hourly_rate"}
    company.workspace, company._ledger = msgspec.structs.replace(company.workspace, assumptions=gone), None
    with company.ledger.desk(company.now) as desk:
        assert "cannot be evaluated any more" in (outcome(desk, kept, scope(company)).reason or "")


def test_break_even_where_projects_have_values_of_their_own(company: Company) -> None:
    with company.ledger.desk(company.now) as desk:
        made = break_even(desk, Asked("hourly_rate"), scope(company))
    assert (made.low, made.high, made.value) == (D(80), D(200), None)
    company.assume("hourly_rate", stated("150"), stated("90", project="ops"))
    with company.ledger.desk(company.now) as desk:
        made = break_even(desk, Asked("hourly_rate"), scope(company))
    assert (made.low, made.high) == (D(0), D(1500))


def test_several_projects_are_one_scope(company: Company) -> None:
    period = scope(company).period
    with company.ledger.desk(company.now) as desk:
        both = explore(desk, [], Scope(period=period, project=("chat", "ops")))
        one = explore(desk, [], Scope(period=period, project=("chat",)))
        alone = explore(desk, [], Scope(period=period, project="chat"))
    assert both.scope == "chat, ops"
    assert one.figures == alone.figures
    assert next(lever for lever in one.levers if lever.name == "hourly_rate").base == D(160)
