"""What reports say: only what the figures support, the same for the same data, what is unknown by its name."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from tests.reports.conftest import fill

from breakeven.errors import FilterProblem, UnknownName
from breakeven.ledger.results import Statement
from breakeven.period import Grain
from breakeven.reports import REPORTS, Document, compose, content_hash
from breakeven.reports.document import Chart, Figures, Notes, Section, Table
from breakeven.views.asking.filters import Filters

D = Decimal
Report = Callable[..., Document]
EVERY = sorted(REPORTS)


def spaced(text: str) -> str:
    """Text with plain spaces."""
    return text.replace("\u00a0", " ")


def section(document: Document, name: str) -> Section:
    return next(one for one in document.sections if one.id == name)


def table(document: Document, name: str) -> Table:
    return next(block for block in section(document, name).blocks if isinstance(block, Table))


def stated(firm: Any, period: str) -> Statement:
    found: Statement = firm.statement(period)
    return found


@pytest.mark.parametrize("name", EVERY)
def test_every_report_has_its_parts(report: Report, name: str) -> None:
    made = report(name)
    assert made.title
    assert made.sections
    assert 1 <= len(made.summary) <= 3
    assert len(made.figures) <= 7
    assert {label for label, _ in made.filters} >= {"Period", "Projects", "Headline"}
    assert made.versions.methodology
    assert len({one.id for one in made.sections}) == len(made.sections)
    assert not [one for one in made.figures if one.exact is None and not one.reason]


@pytest.mark.parametrize("name", EVERY)
def test_the_same_data_give_the_same_report(report: Report, name: str) -> None:
    assert content_hash(report(name)) == content_hash(report(name, live=True))


def test_the_hash_knows_every_word_and_figure_but_not_the_moment(firm: Any, report: Report) -> None:
    made = report("cfo", period="2026-Q1")
    later = compose(firm.ledger, "cfo", Filters(period="2026-Q1"), firm.now.replace(hour=1))
    assert (made.made, content_hash(made)) != (later.made, content_hash(later))
    assert content_hash(made) == content_hash(later)
    assert content_hash(made) != content_hash(report("cfo", period="2026-03"))
    assert content_hash(made) != content_hash(report("cfo", period="2026-Q1", project=("chat",)))


@pytest.mark.parametrize("name", ["summary", "cfo", "board", "steering"])
def test_a_report_can_be_composed_again_when_more_is_known(company: Any, name: str) -> None:
    fill(company)
    issued = compose(company.ledger, name, Filters(period="2026-03"), company.now)
    then, company.now = company.now, company.now + timedelta(days=40)
    company.put("cost", {"start": "2026-03-05", "amount": "77", "project": "chat", "category": "compute"})
    company.put("note", {"time": "2026-03-21", "project": "chat", "kind": "concern", "text": "New", "status": "open"})
    again = compose(company.ledger, name, Filters(period="2026-03"), company.now, known=issued.made)
    today = compose(company.ledger, name, Filters(period="2026-03"), company.now)
    looking = compose(company.ledger, name, Filters(period="2026-03", as_of=then.isoformat()), company.now)
    assert again == issued
    assert content_hash(again) == content_hash(issued)
    assert content_hash(today) != content_hash(issued)
    assert "As of" in dict(looking.filters)


@pytest.mark.parametrize("name", EVERY)
def test_an_empty_company_has_reports_that_name_the_unknown(company: Any, name: str) -> None:
    made = compose(company.ledger, name, None, company.now)
    text = " ".join(made.summary)
    assert "unknown" in text or "not known" in text or "No " in text or "no " in text
    assert "None" not in text.replace("None stated", "")


def test_figures_are_those_of_the_statement_and_the_api(firm: Any, report: Report) -> None:
    made, statement = report("cfo", period="2026-Q1"), stated(firm, "2026-Q1")
    exact = {one.name: one.exact for one in made.figures}
    assert exact["total_monthly_value"] == statement.total_value
    assert exact["investment"] == statement.investment
    assert exact["net_value"] == statement.net_value
    api = firm.ledger.metrics(list(exact), now=firm.now, grain=Grain.ALL,
                              window=(made.start, made.end))  # fmt: skip
    assert exact == {one.metric: None if one.rows[0].value is None else D(str(one.rows[0].value)) for one in api}


def test_steps_add_up_to_net_value(firm: Any, report: Report) -> None:
    (chart,) = (
        one for one in section(report("cfo", period="2026-Q1"), "value-to-net").blocks if isinstance(one, Chart)
    )
    steps = dict(zip(chart.categories, chart.series[0].values, strict=True))
    parts = [value for row, value in zip(chart.table.rows, chart.series[0].values, strict=True) if row.kind != "sub"]
    assert sum(value or D(0) for value in parts) == steps["Net value"] == stated(firm, "2026-Q1").net_value


def test_projects_add_up_to_the_whole(firm: Any, report: Report) -> None:
    rows = table(report("cfo", period="2026-Q1"), "returns-by-project").rows
    place = 4  # net value
    parts = [row.cells[place].exact for row in rows if row.kind != "total"]
    (total,) = (row.cells[place].exact for row in rows if row.kind == "total")
    assert sum(part or D(0) for part in parts) == total == stated(firm, "2026-Q1").net_value


def test_performance_has_target_actual_and_status(report: Report) -> None:
    found = table(report("summary"), "financial-performance").rows
    rows = {row.cells[0].text: [cell.text for cell in row.cells[1:]] for row in found}
    # chat's business case promises 800 a month; budgets are 500 and 90
    assert rows["Monthly Value"] == ["≥ $800", "$1.3k", "On track"]
    assert rows["Platform Cost"] == ["≤ $590", "$490", "On track"]
    assert rows["Cumulative ROI"][0] == "≥ 100%"
    assert rows["Cost per Model"][1:] == ["–", "Not known"]


def test_the_summary_names_result_driver_and_concern(report: Report) -> None:
    result, driver, concern = report("summary").summary
    # 12.5 h × 10 + 1 h × 30, revenue of 1000.33, one incident fewer × 150; cost of 200.10 + 100 + 90 + 100 written off
    assert result == "AI returned $1.3k in March 2026 at a cost of $490: a net value of $815, an ROI of +166%."
    assert "Against February 2026, net value of March 2026 rose by $" in driver
    assert "the main driver is " in driver
    assert concern.startswith("The main concern: ")


def test_concerns_have_action_and_eta(report: Report) -> None:
    rows = [[spaced(cell.text) for cell in row.cells] for row in table(report("summary"), "concerns").rows]
    assert rows[0] == ["One vendor only.", "Try a second", "2 May 2026"]
    assert rows[1][1:] == ["None stated", "None stated"]
    assert "off track" in rows[1][0]


def test_focus_is_what_is_open(report: Report) -> None:
    (notes,) = (block for block in section(report("summary"), "next-focus").blocks if isinstance(block, Notes))
    assert [note.lead for note in notes.notes] == ["Roll out to all teams.", "=2+5 stop voice?"]


def test_key_metrics_have_target_and_change(report: Report) -> None:
    (metrics,) = (block for block in section(report("summary"), "key-metrics").blocks if isinstance(block, Figures))
    found = {one.name: one for one in metrics.figures}
    assert found["time_to_production_days"].status == "red"
    assert spaced(found["time_to_production_days"].goal) == "50% above the limit of 14 days"
    assert found["nps"].reason == "not measured: no survey has been recorded"


@pytest.mark.parametrize("name", ["technical", "business", "executive", "board", "cfo"])
def test_a_report_of_one_project_is_about_it(report: Report, name: str) -> None:
    made = report(name, period="2026-Q1", project=("voice",))
    assert made.scope == "Voice"
    assert ("Projects", "Voice") in made.filters


def test_filters_in_force_are_all_named(report: Report) -> None:
    made = dict(report("cfo", period="2026-Q1", headline="A,B", as_of="2026-04-10", constant="2026-01-01").filters)
    assert made["Headline"] == "Only evidence A, B counts"
    assert "10 Apr 2026" in spaced(made["As of"])
    assert "1 Jan 2026" in spaced(made["Constant currency"])


def test_what_cannot_be_asked_is_an_error_with_the_choices(firm: Any) -> None:
    with pytest.raises(UnknownName) as unknown:
        compose(firm.ledger, "bord", None, firm.now)
    assert set(unknown.value.valid) == set(REPORTS)
    with pytest.raises(FilterProblem):
        compose(firm.ledger, "cfo", Filters(period="someday"), firm.now)
    with pytest.raises(FilterProblem):
        compose(firm.ledger, "cfo", Filters(project=("nobody",)), firm.now)
