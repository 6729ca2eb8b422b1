"""Projects beside each other: sums that add up, the same age since launch, ranks, pools."""

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
from breakeven.ledger.comparing.by_project import askable, figures_by_project
from breakeven.ledger.comparing.events import events
from breakeven.ledger.comparing.models import models_of
from breakeven.ledger.comparing.pareto import unbeaten
from breakeven.ledger.comparing.pool_lines import pool_lines, pool_sums
from breakeven.ledger.comparing.portfolio import headlines, portfolio, together
from breakeven.ledger.comparing.ranks import ranks, rule_effects
from breakeven.ledger.comparing.same_age import SameAge, compared
from breakeven.ledger.comparing.undeclared import undeclared
from breakeven.ledger.comparing.way import so_far
from breakeven.ledger.explain import explain
from breakeven.ledger.sharing.allocations import under_every_rule
from breakeven.ledger.sharing.pool_report import allocation
from breakeven.ledger.statement import statement
from breakeven.period import Grain, Period, add_months
from breakeven.workspace.definitions import Headline, Pool, Project

D = Decimal
Company = Any
MONTHS = [add_months(date(2025, 6, 1), place) for place in range(11)]
"""June 2025 to April 2026; the clock of the company stands in the middle of April."""


def project(name: str, start: date | None, category: str = "customer_service", **more: Any) -> Project:
    return Project(id=name, name=name.capitalize(), category=category, start=start, **more)  # type: ignore[arg-type]


def put_month(company: Company, owner: str, month: date, cost: str, revenue: str, **more: Any) -> None:
    end = add_months(month, 1)
    company.put("cost", {"project": owner, "start": f"{month}", "end": f"{end}", "category": "compute", "amount": cost,
                         "currency": "USD", **more})  # fmt: skip
    company.put("benefit", {"project": owner, "time": f"{month:%Y-%m}-10", "kind": "revenue", "amount": revenue,
                            "currency": "USD"})  # fmt: skip


def filled(company: Company) -> Company:
    """Three projects of different ages with a pool, one that only records name, and an idea."""
    company.declare(
        project("old", date(2025, 6, 1)), project("young", date(2025, 12, 15), "process_automation"),
        project("newborn", date(2026, 4, 1)), project("thought", date(2026, 1, 1), stage="idea"),
        pools=(Pool(name="tools", rule="even", projects=("old", "young")),),
    )  # fmt: skip
    for place, month in enumerate(MONTHS):
        put_month(company, "old", month, "100.10", f"{50 + 40 * place}")
        if month >= date(2025, 11, 1):
            put_month(company, "young", month, "70.07", "20")
            put_month(company, "wild", month, "5", "8.5")
            put_month(company, "unassigned", month, "10.01", "0", pool="tools")
    return company


def window(line: Any) -> Period:
    return Period(name="first months", grain=Grain.ALL, start=line.since, end=line.until)


def same_as_statements(company: Company, found: SameAge) -> None:
    """Every line is the statement of its project and its months, and the sum of these months, to the last digit."""
    with company.ledger.desk(company.now) as desk:
        for line in found.lines:
            made, figures = statement(desk, window(line), line.project), line.figures
            assert (figures.value, figures.investment) == (made.total_value, made.investment)
            assert (figures.net_value, figures.roi_percent) == (made.net_value, made.roi_percent)
            assert sum((point.value for point in line.months), D(0)) == (figures.value or 0)
            assert sum((point.cost for point in line.months), D(0)) == (figures.investment or 0)
            months = [
                statement(desk, Period(name="", grain=Grain.MONTH, start=month, end=add_months(month, 1)), line.project)
                for month in window(line).months()
            ]  # fmt: skip
            assert sum((one.total_value or D(0) for one in months), D(0)) == (figures.value or 0)
            assert sum((one.investment or D(0) for one in months), D(0)) == (figures.investment or 0)


def test_the_youngest_sets_the_age_of_all(company: Company) -> None:
    filled(company)
    with company.ledger.desk(company.now) as desk:
        found = compared(desk)
    assert (found.months, found.youngest, found.chosen) == (4, "young", False)
    assert {line.project: (line.since, line.until) for line in found.lines} == {
        "old": (date(2025, 6, 1), date(2025, 10, 1)), "young": (date(2025, 12, 1), date(2026, 4, 1)),
    }  # fmt: skip
    same_as_statements(company, found)
    left = {one.project: one.reason for one in found.left_out}
    assert left["newborn"] == "no value and no cost is recorded"
    assert "thought" in left
    assert found.rule == "everything counts"


def test_what_was_spent_before_the_launch_is_told_and_not_counted(company: Company) -> None:
    filled(company)
    with company.ledger.desk(company.now) as desk:
        found = {line.project: line for line in compared(desk).lines}
    assert found["young"].earlier_cost == D("70.07")
    assert found["old"].earlier_cost is None


def test_a_chosen_age_leaves_out_who_is_younger(company: Company) -> None:
    filled(company)
    with company.ledger.desk(company.now) as desk:
        found = compared(desk, months=6)
        assert [line.project for line in found.lines] == ["old"]
        left = {one.project: one.reason for one in found.left_out}
        assert left["young"] == "4 complete months since its launch in 2025-12, not 6"
        for wrong in (0, 121, -3):
            with pytest.raises(UsageProblem, match="give a number from 1 to 120"):
                compared(desk, months=wrong)
        with pytest.raises(UnknownName):
            compared(desk, ["nobody"])
    same_as_statements(company, found)


def test_the_rule_of_evidence_is_the_same_for_all(company: Company) -> None:
    filled(company)
    company.workspace = msgspec.structs.replace(company.workspace, headline=Headline(grades=("A",)))
    company._ledger = None
    with company.ledger.desk(company.now) as desk:
        found = compared(desk)
    assert found.rule == "counted: evidence A; cash, capacity, strategic"
    assert all(not line.figures.value for line in found.lines)
    same_as_statements(company, found)


def test_nothing_can_be_compared_before_the_first_month_is_over(company: Company) -> None:
    company.declare(project("newborn", date(2026, 4, 1)))
    put_month(company, "newborn", date(2026, 4, 1), "10", "20")
    with company.ledger.desk(company.now) as desk:
        found = compared(desk)
    assert (found.months, found.lines) == (None, ())
    assert found.left_out[0].reason == "no month since its launch in 2026-04 is over"


amounts = st.decimals(min_value=0, max_value=1000, places=2)


@examples(10)
@given(st.lists(st.tuples(st.integers(0, 9), st.lists(amounts, min_size=11, max_size=11)), min_size=1, max_size=4),
       st.one_of(st.none(), st.integers(1, 8)))  # fmt: skip
def test_parts_equal_statements(
    new_company: Callable[..., Company], given_projects: list[tuple[int, list[Decimal]]], months: int | None
) -> None:
    company = new_company()
    names = [f"p{place}" for place in range(len(given_projects))]
    company.declare(
        *(project(name, MONTHS[start], ("customer_service", "platform")[place % 2])
          for place, (name, (start, _)) in enumerate(zip(names, given_projects, strict=True))),
        pools=(Pool(name="tools", rule="cost"),),
    )  # fmt: skip
    rows = [
        {"project": name, "start": f"{month}", "end": f"{add_months(month, 1)}", "category": "compute",
         "amount": str(amounts[place]), "currency": "USD"}
        for name, (_, amounts) in zip(names, given_projects, strict=True) for place, month in enumerate(MONTHS)
    ]  # fmt: skip
    rows += [{"project": "unassigned", "pool": "tools", "start": f"{month}", "end": f"{add_months(month, 1)}",
              "category": "licence", "amount": "33.33", "currency": "USD"} for month in MONTHS]  # fmt: skip
    company.put("cost", *rows)
    company.put("benefit", *(
        {"project": name, "time": f"{month:%Y-%m}-10", "kind": "revenue", "amount": str(amounts[-1 - place]),
         "currency": "USD"}
        for name, (_, amounts) in zip(names, given_projects, strict=True) for place, month in enumerate(MONTHS)
    ))  # fmt: skip
    with company.ledger.desk(company.now) as desk:
        found = compared(desk, months=months)
        whole = portfolio(desk, company.workspace.calendar.parse("all", company.now, (MONTHS[0], date(2026, 5, 1))))
        made = statement(desk, Period(name="all", grain=Grain.ALL, start=MONTHS[0], end=date(2026, 5, 1)))
    same_as_statements(company, found)
    for name in ("value", "investment", "shared", "direct"):
        parts = [getattr(group.figures, name) or D(0) for group in whole.groups]
        assert sum(parts, D(0)) == (getattr(whole.total, name) or 0)
    assert (whole.total.value, whole.total.investment) == (made.total_value, made.investment)
    assert (whole.total.net_value, whole.total.roi_percent) == (made.net_value, made.roi_percent)


def test_lines_add_up_to_groups_and_groups_to_the_statement(company: Company) -> None:
    filled(company)
    put_month(company, "unassigned", date(2026, 2, 1), "3.33", "1")
    period = company.workspace.calendar.parse("ytd", company.now)
    with company.ledger.desk(company.now) as desk:
        found, made = portfolio(desk, period), statement(desk, period)
        by_project = headlines(desk, period.start, period.end)
        of_two = together(desk, period, ("old", "young"))
        pair = statement(desk, period, ("old", "young"))
    lines = {line.project: line for line in found.lines}
    for group in found.groups:
        for name in ("value", "investment", "direct", "shared"):
            parts = [getattr(lines[member].figures, name) or D(0) for member in group.projects]
            assert sum(parts, D(0)) == (getattr(group.figures, name) or 0), (group.category, name)
    assert [group.category for group in found.groups] == ["customer_service", "process_automation", ""]
    assert (found.total.value, found.total.investment) == (made.total_value, made.investment)
    assert sum((month.net for month in found.months if month.month >= period.start), D(0)) == made.net_value
    assert {name: by_project[name] for name in ("old", "young", "unassigned")} == {
        name: lines[name].figures for name in ("old", "young", "unassigned")}  # fmt: skip
    assert (of_two.value, of_two.net_value, of_two.roi_percent) == (
        pair.total_value, pair.net_value, pair.roi_percent)  # fmt: skip
    assert lines["thought"].figures.reason is not None
    assert lines["unassigned"].declared is False
    with pytest.raises(UsageProblem, match="by whole months"), company.ledger.desk(company.now) as desk:
        portfolio(desk, company.workspace.calendar.parse("2026-02-03", company.now))


def test_figures_that_cannot_be_known_by_project_are_not_asked_for(company: Company) -> None:
    filled(company)
    with company.ledger.desk(company.now) as desk:
        span = date(2026, 1, 1), date(2026, 4, 1)
        assert askable(desk, ["net_value", "no_such_figure", "net_value"], *span) == ("net_value",)
        rows = figures_by_project(desk, ["net_value", "csat"], *span)
        assert figures_by_project(desk, ["no_such_figure"], *span) == {}
        assert rows["old"]["net_value"].value == statement(
            desk, Period(name="q", grain=Grain.ALL, start=span[0], end=span[1]), "old").net_value  # fmt: skip
    assert rows["old"]["csat"].value is None
    assert rows["old"]["csat"].reason


def test_pools_add_up_and_other_rules_move_ranks(company: Company) -> None:
    filled(company)
    company.put("cost", {"project": "unassigned", "pool": "nobodys", "start": "2026-02-01", "end": "2026-03-01",
                         "category": "other", "amount": "9.99", "currency": "USD"})  # fmt: skip
    period = company.workspace.calendar.parse("ytd", company.now)
    with company.ledger.desk(company.now) as desk:
        found, table = allocation(desk, period), under_every_rule(desk, period)
    lines, sums = pool_lines(found), pool_sums(found)
    for line in lines:
        assert sum((part.amount for part in line.parts), D(0)) == line.total == line.billed + line.received
        assert line.to_projects + line.to_pools + line.unallocated == line.total
        assert sum((part.share or D(0) for part in line.parts), D(0)).quantize(D("1e-9")) == 1
    assert sums.billed == sums.to_projects + sums.unallocated
    nobodys = next(line for line in lines if line.pool == "nobodys")
    assert (nobodys.unallocated, nobodys.to_projects) == (D("9.99"), 0)
    tools = next(line for line in lines if line.pool == "tools")
    assert {part.to: part.weight for part in tools.parts} == {"old": 1, "young": 1}
    effects = {effect.rule: effect for effect in rule_effects(table)}
    assert "declared" not in effects
    assert effects["even"].moved == ()
    assert all(moved.before != moved.after for effect in effects.values() for moved in effect.moved)


def test_ranks_of_equals_and_unknowns() -> None:
    assert ranks({"a": D(3), "b": None, "c": D(5), "d": D(3), "e": D(1)}) == {"c": 1, "a": 2, "d": 2, "e": 4}


points = st.dictionaries(
    st.text("abcdef", min_size=1, max_size=3), st.tuples(st.integers(0, 6).map(D), st.integers(0, 6).map(D)), max_size=8
)


@given(points)
def test_what_nothing_beats(things: dict[str, tuple[Decimal, Decimal]]) -> None:
    best = unbeaten(things)

    def beats(one: str, other: str) -> bool:
        (cost, quality), (dearer, worse) = things[one], things[other]
        return cost <= dearer and quality >= worse and (cost, quality) != (dearer, worse)

    assert best == {name for name in things if not any(beats(other, name) for other in things)}


def test_the_way_is_value_less_cost(company: Company) -> None:
    filled(company)
    with company.ledger.desk(company.now) as desk:
        made = statement(desk, company.workspace.calendar.parse("ytd", company.now), "old")
        way = so_far(made.cumulative, desk.reading.today)
    assert (way[0].value, way[0].cost, way[0].on) == (0, 0, made.cumulative[0].month)
    assert [one.value - one.cost for one in way[1:]] == [point.cumulative for point in made.cumulative]
    assert way[-1].on == date(2026, 4, 16)
    assert so_far((), date(2026, 4, 16)) == ()


def test_what_happened_and_the_models(company: Company) -> None:
    filled(company)
    company.put("deployment", {"project": "old", "model": "m", "version": "1.0", "time": "2026-01-05",
                               "status": "succeeded"},
                {"project": "old", "model": "m", "version": "1.1", "time": "2026-03-05", "status": "rolled_back"},
                {"project": "young", "model": "other", "version": "9", "time": "2026-03-06"})  # fmt: skip
    company.put("incident", {"project": "old", "opened_at": "2026-02-01T10:00", "resolved_at": "2026-02-01T12:00",
                             "kind": "outage", "severity": "P1"})  # fmt: skip
    company.put("model_state", {"project": "old", "model": "m", "version": "1.0", "stage": "production",
                                "time": "2026-01-06"})  # fmt: skip
    company.put("interaction", {"project": "old", "model": "calls", "time": "2026-03-01", "count": 4, "cost": "2"})
    with company.ledger.desk(company.now) as desk:
        told = events(desk, "old", date(2026, 1, 1), date(2026, 3, 1))
        models = models_of(desk, "old", ("ai_cost", "no_such_figure"), date(2026, 1, 1), date(2026, 4, 1))
        with pytest.raises(UnknownName):
            events(desk, "nobody", date(2026, 1, 1), date(2026, 3, 1))
    assert [(one.kind, one.state, one.version) for one in told] == [
        ("deployment", "succeeded", "1.0"), ("incident", "P1", None)]  # fmt: skip
    assert [one.model for one in models] == ["calls", "m"]
    assert (models[1].version, models[1].stage, models[1].release) == ("1.1", "production", "rolled_back")
    assert models[0].figures["ai_cost"].value == D(2)


def test_projects_that_only_records_name(company: Company) -> None:
    filled(company)
    company.put("interaction", {"project": "wild", "time": "2026-03-01", "count": 40})
    with company.ledger.desk(company.now) as desk:
        (found,) = undeclared(desk)
    assert (found.project, found.total) == ("wild", 52)
    assert found.records == {"benefit": 6, "cost": 6, "interaction": 40}
    company.declare(project("wild", date(2025, 11, 1)))
    with company.ledger.desk(company.now) as desk:
        assert undeclared(desk) == ()
        assert portfolio(desk, company.workspace.calendar.parse("ytd", company.now), ("wild",)).total.value == D(
            "34.00"
        )


def test_a_figure_of_several_projects_that_is_zero_in_all_is_explained(company: Company) -> None:
    filled(company)
    company.declare(project("other", date(2025, 6, 1)))
    with company.ledger.desk(company.now) as desk:
        found = explain(desk, "roi_percent", company.workspace.calendar.parse("ytd", company.now), ("old", "young"))
        made = portfolio(desk, company.workspace.calendar.parse("ytd", company.now), ("old", "young"))
    assert found.value is not None
    assert D(str(found.value)).quantize(D("1e-6")) == made.total.roi_percent.quantize(D("1e-6"))
