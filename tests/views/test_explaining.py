"""The Explain panel: what is asked, how sure it is, what would change it, and words that people read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from tests.ledger.conftest import Company

from breakeven.errors import UnknownName, UsageProblem
from breakeven.ledger.closing.closing import close
from breakeven.views.asking.filters import Filters
from breakeven.views.asking.resolve import asked
from breakeven.views.explaining.nodes import Node, in_words, plain_sentence, readable
from breakeven.views.explaining.panel import Breakdown, explained
from breakeven.views.question import Question
from breakeven.workspace.definitions import AssumptionValue, Project

D = Decimal


def project(name: str) -> Project:
    return Project(id=name, name=f"{name.title()} bot", category="customer_service")


@contextmanager
def questioned(company: Company, **filters: Any) -> Iterator[Question]:
    given = Filters(**{"period": "2026-Q1", **filters})
    with asked(company.ledger, given, company.now) as found:
        yield Question(found.desk, given, path="/board", period=found.period, projects=found.projects, show=found.show,
                       fresh=(), kept=lambda _, make: make(), given={})  # fmt: skip


def panel(company: Company, figure: str, **filters: Any) -> Breakdown:
    with questioned(company, **filters) as question:
        return explained(question, figure)


def nodes(node: Node) -> Iterator[Node]:
    yield node
    for part in (*node.inputs, *node.parts):
        yield from nodes(part)


@pytest.fixture(scope="module")
def firm(lasting_company: Company) -> Company:
    return filled_in(lasting_company).settle()


@pytest.fixture
def own_firm(company: Company) -> Company:
    """One that the test may change."""
    return filled_in(company)


def filled_in(company: Company) -> Company:
    company.declare(project("a"), project("b"))
    company.assume("hourly_rate", AssumptionValue(value=D(100), start=date(1970, 1, 1), low=D(80), high=D(130),
                                                  distribution="triangular"))  # fmt: skip
    for month in (1, 2, 3):
        day = f"2026-{month:02}-05"
        company.put("benefit", *({"time": day, "project": name, "kind": "hours_saved", "quantity": 10.0}
                                 for name in "ab"))  # fmt: skip
        company.put("cost", *({"start": day, "project": name, "amount": "250"} for name in "ab"))
    return company


@pytest.mark.parametrize(
    ("figure", "scope", "period", "value"),
    [
        ("cost_direct", "All projects", "Q1 2026", "1500.00"),
        ("cost_direct@a", "A bot", "Q1 2026", "750.00"),
        ("cost_direct:2026-02", "All projects", "February 2026", "500.00"),
        ("cost_direct:2026-02@b", "B bot", "February 2026", "250.00"),
        ("cost_direct:2026-01..2026-02@b", "B bot", "2026-01 to 2026-02", "500.00"),
    ],
)
def test_a_link_names_figure_time_and_project(
    firm: Company, figure: str, scope: str, period: str, value: str
) -> None:  # fmt: skip
    found = panel(firm, figure)
    assert (found.scope, found.root.exact) == (scope, value)
    assert found.period == period or period in found.period


def test_every_part_can_be_asked_for_by_itself(firm: Company) -> None:
    for figure in ("net_value", "cost_direct", "payback_months", "budget_variance"):
        for node in list(nodes(panel(firm, figure).root))[1:]:
            again = panel(firm, node.explain)
            assert again.root.exact == node.exact, node.explain


def test_what_does_not_exist(firm: Company) -> None:
    for figure in ("nothing", "net_value@nobody"):
        with pytest.raises(UnknownName):
            panel(firm, figure)
    for figure in ("net_value:someday", "net_value:2026-02..2026-01x"):
        with pytest.raises(UsageProblem):
            panel(firm, figure)


def test_the_range_is_drawn_where_there_is_one_and_else_says_why(firm: Company) -> None:
    value = panel(firm, "productivity_value").sure
    assert value.band is not None
    assert 0 <= value.band.start < value.band.start + value.band.width <= 100
    assert value.band.start <= value.band.mark <= value.band.start + value.band.width
    assert panel(firm, "cost_direct").sure.reason.startswith("Nothing uncertain goes into it")
    assert "counted from records" in panel(firm, "direct_cost").sure.reason
    assert "value, cost, net value and ROI" in panel(firm, "hours_saved").sure.reason
    assert "whole months" in panel(firm, "net_value", period="2026-01-05").sure.reason or panel(
        firm, "net_value", period="2026-01-05").root.reason  # fmt: skip


def test_what_would_change_it_most(firm: Company) -> None:
    (bar, *_) = panel(firm, "productivity_value").movers.bars
    assert (bar.name, bar.label) == ("hourly_rate", "Hourly rate")
    assert "\u2212$1.2k" in bar.lower
    assert "+$1.8k" in bar.higher
    assert "set=hourly_rate%3D80" in bar.href
    assert bar.href.endswith("#lever-hourly_rate")
    assert bar.start + bar.width == pytest.approx(100)
    assert "project=a" in panel(firm, "productivity_value@a").movers.bars[0].href
    assert panel(firm, "cost_direct").movers.reason == "Nothing that is assumed goes into it."
    assert len(panel(firm, "roi_percent").movers.bars) <= 5


def test_method_names_every_choice_and_the_command(firm: Company) -> None:
    found = {fact.label: fact.value for fact in panel(firm, "net_value@a", headline="measured").method}
    assert found["Methodology"] == firm.workspace.methodology.version
    assert found["Headline"].startswith("counted: evidence A, B, C")
    assert found["Reproduce"] == "breakeven explain net_value --period 2026-Q1 --project a --headline measured"
    several = {fact.label: fact.value for fact in panel(firm, "net_value", project=("b", "a")).method}
    assert several["Reproduce"].endswith("--project a --project b")
    assert several["Filters"] == "project b, a"


def test_closed_months_and_what_came_after(own_firm: Company) -> None:
    assert panel(own_firm, "cost_direct").remarks == ()
    with own_firm.ledger.desk(own_firm.now) as desk:
        close(desk, "2026-01", by="Ada")
    own_firm.put("cost", {"start": "2026-01-09", "project": "a", "amount": "40"})
    first, late = panel(own_firm, "cost_direct").remarks
    assert first == "1 month is closed: 2026-01"
    assert late == "2026-01 1 record came after: today it would have +$40.00 cost; not in this number"


def test_links_to_records_carry_what_makes_them_up(firm: Company) -> None:
    (link,) = panel(firm, "cost_direct@a", project=("b",)).root.records
    assert link.text == "3 cost records"
    assert "line=cost_direct" in link.href
    assert "project=a" in link.href
    assert "project=b" not in link.href


def test_what_a_reader_sees_of_a_formula_and_a_reason() -> None:
    known = {"value": "Value", "cost": "Cost", "net_value": "Net value", "roi": "ROI"}
    assert readable("CASE WHEN cost >= 0 THEN (value / cost - 1) * 100 END", known) == (
        "(value ÷ cost − 1) × 100, where cost ≥ 0")  # fmt: skip
    assert readable("sum_known(value, roi)", known).endswith("(value, ROI)")
    assert readable("CASE WHEN cost > 0 THEN 1 ELSE 2 END", known) == "CASE WHEN cost > 0 THEN 1 ELSE 2 END"
    assert plain_sentence("if 1 ≥ 0 then 2 + 3, else ? = 5") == "2 + 3 = 5"
    assert in_words("net_value: 1234567 of 20000 on 2026-01-01", known) == (
        "Net value: 1,234,567 of 20,000 on 2026-01-01")  # fmt: skip


def test_an_unknown_figure_and_an_empty_scope_have_a_panel(company: Company) -> None:
    company.declare(project("a"))
    unknown = panel(company, "roi_percent")
    assert (unknown.root.value.text, unknown.sure.band) == ("–", None)
    assert unknown.root.reason
    assert "unknown" in unknown.text
    assert panel(company, "net_value", category="platform").root.value.text == "–"


def test_an_explanation_of_more_than_the_page_shows_says_so(firm: Company) -> None:
    with questioned(firm) as question:
        assert explained(question, "net_value").narrower == ""
        question.given, question.path = {"model": "gpt-4o~2Fmini"}, "/models/gpt-4o~2Fmini"
        assert explained(question, "net_value").narrower == (
            "The page shows it for the time chosen on the page and model gpt-4o/mini alone; "
            "this takes apart all of it, Q1 2026."
        )
    with questioned(firm, team="claims") as question:
        assert "for team claims alone" in explained(question, "net_value").narrower


def test_a_link_has_the_parameters_of_the_page_and_not_those_of_its_path(firm: Company) -> None:
    with questioned(firm) as question:
        question.path, question.given, question.own = "/records/cost/s/1", {"kind": "cost", "tab": "x"}, {"tab": "x"}
        assert question.explain("net_value") == "/records/cost/s/1?period=2026-Q1&tab=x&explain=net_value"
