"""Panels of figures that views.yaml declares, and what it changes of an audience's page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest

from breakeven.period import Grain
from breakeven.views.asking.filters import Filters
from breakeven.views.asking.resolve import asked
from breakeven.views.audience_page import placed
from breakeven.views.audiences.audience import Audience, Finding, Placed
from breakeven.views.content import Donut, Empty, Facts, Panel, Plot, Table
from breakeven.views.panels.of_figure import KEYS, of_figure
from breakeven.views.panels.registry import PANELS
from breakeven.views.question import Question
from breakeven.workspace.definitions import Project
from breakeven.workspace.panel_refs import PanelChoice, PanelRef
from breakeven.workspace.panels import PANEL_NAMES

D = Decimal
Company = Any
"""See tests/ledger/conftest.py."""


@pytest.fixture
def filled(company: Company) -> Company:
    company.declare(
        Project(id="chat", name="Chat", category="customer_service"),
        Project(id="mail", name="Mail", category="customer_service"),
        Project(id="grid", name="Grid", category="platform"),
    )
    for name, amount in (("chat", "500"), ("mail", "70"), ("grid", "9")):
        for month in ("01", "02", "03"):
            company.put("benefit", {"time": f"2026-{month}-05", "project": name, "kind": "revenue", "amount": amount})
            company.put("cost", {"start": f"2026-{month}-05", "project": name, "amount": "10"})
    company.put("interaction", {"time": "2026-03-02", "project": "chat", "model": "m1", "latency_ms": 20.0},
                {"time": "2026-03-02", "project": "chat", "model": "m2", "latency_ms": 40.0})  # fmt: skip
    return company


@contextmanager
def question(company: Company, **filters: Any) -> Iterator[Question]:
    given = Filters(**filters)
    with asked(company.ledger, given, company.now) as made:
        yield Question(made.desk, given, path="/board", period=made.period, projects=made.projects, show=made.show,
                       fresh=(), kept=lambda _, make: make(), given={})  # fmt: skip


def panel(company: Company, ref: PanelRef, **filters: Any) -> Panel:
    with question(company, **filters) as asking:
        return of_figure(asking, ref)


def cells(table: Table) -> list[list[str]]:
    return [[cell.text for cell in row.cells] for row in table.rows]


def test_a_line_over_months(filled: Company) -> None:
    made = panel(filled, PanelRef(figure="acceleration_value", title="Revenue"))
    assert (made.title, made.sub, made.id) == (
        "Revenue", "By month", "of-acceleration-value-line-none-month",
    )  # fmt: skip
    assert isinstance(made.body, Plot)
    assert [row[1] for row in cells(made.body.table)][-4:] == ["$579", "$579", "$579", "$0"]
    assert made.foot == "April is still open."


def test_lines_by_project_category_and_model(filled: Company) -> None:
    made = panel(filled, PanelRef(figure="acceleration_value", by="project"), period="2026-Q1")
    assert isinstance(made.body, Plot)
    assert [one.text for one in made.body.legend] == ["Chat", "Mail", "Grid"]
    made = panel(filled, PanelRef(figure="acceleration_value", by="category"))
    assert isinstance(made.body, Plot)
    assert [one.text for one in made.body.legend] == ["Customer service", "Platform"]
    assert cells(made.body.table)[-2][1:] == ["$570", "$9.00"]
    made = panel(filled, PanelRef(figure="interactions", by="model", grain="day"), period="2026-03")
    assert isinstance(made.body, Plot)
    assert {one.text for one in made.body.legend} == {"m1", "m2"}


def test_values_are_those_of_the_ledger(filled: Company) -> None:
    made = panel(filled, PanelRef(figure="roi_percent", chart="table", by="project"), period="2026-Q1")
    assert isinstance(made.body, Table)
    start, end = filled.workspace.calendar.parse("2026-Q1", filled.now).start, filled.now.date().replace(day=1)
    said = filled.values("roi_percent", by="project", grain=Grain.ALL, window=(start, end))
    shown = {row.cells[0].text.lower(): row.cells[1].order for row in made.body.rows}
    assert {name: value for (_, name), value in said.items() if value is not None} == {
        name: value for name, value in shown.items() if value is not None
    }
    assert made.body.rows[0].cells[1].explain == "roi_percent@chat"


def test_bars_rings_numbers_and_tables(filled: Company) -> None:
    bars = panel(filled, PanelRef(figure="cost_direct", chart="bar", by="project"))
    assert isinstance(bars.body, Plot)
    assert bars.sub == "Year to date by project"
    over_time = panel(filled, PanelRef(figure="cost_direct", chart="bar"))
    assert isinstance(over_time.body, Plot)
    ring = panel(filled, PanelRef(figure="acceleration_value", chart="donut", by="category"))
    assert isinstance(ring.body, Donut)
    assert str(ring.body.center) == "$1.7k"
    number = panel(filled, PanelRef(figure="investment", chart="number"))
    assert isinstance(number.body, Facts)
    assert [(str(one.value), one.explain) for one in number.body.facts] == [("$90.00", "investment")]
    table = panel(filled, PanelRef(figure="investment", chart="table", width=6), period="2026-Q1")
    assert isinstance(table.body, Table)
    assert table.width == 6
    assert cells(table.body)[0] == ["Mar\u00a02026".replace("\u00a0", " "), "$30.00"]


def test_filters_of_the_page_hold(filled: Company) -> None:
    made = panel(filled, PanelRef(figure="acceleration_value", chart="number"), project=("mail", "grid"))
    assert isinstance(made.body, Facts)
    assert str(made.body.facts[0].value) == "$237"
    made = panel(filled, PanelRef(figure="acceleration_value", chart="donut", by="category"), project=("grid",))
    assert isinstance(made.body, Donut)
    assert [row[0] for row in cells(made.body.plot.table)] == ["Platform"]


@pytest.mark.parametrize(
    ("ref", "filters", "words"),
    [
        (PanelRef(figure="nps"), {}, "no survey has been recorded"),
        (PanelRef(figure="nps", chart="bar", by="project"), {}, "no survey has been recorded"),
        (PanelRef(figure="roi_percent", chart="donut", by="project"), {}, "does not add up"),
        (PanelRef(figure="acceleration_value", by="model"), {}, "cannot be shown by 'model'"),
        (PanelRef(figure="acceleration_value", grain="day"), {}, "made per month"),
        (PanelRef(figure="acceleration_value", chart="bar", by="category"), {"category": "process_automation"},
         "nothing is recorded"),
    ],
)  # fmt: skip
def test_what_cannot_be_shown_says_why(filled: Company, ref: PanelRef, filters: dict[str, Any], words: str) -> None:
    made = panel(filled, ref, **filters)
    assert isinstance(made.body, Empty)
    assert words.lower() in made.body.text.lower()


def test_the_largest_of_many(filled: Company) -> None:
    filled.declare(*(Project(id=f"p{i}", name=f"Project {i}", category="platform") for i in range(30)))
    filled.put("cost", *({"start": "2026-03-05", "project": f"p{i}", "amount": str(100 + i)} for i in range(30)))
    made = panel(filled, PanelRef(figure="cost_direct", by="project"))
    assert isinstance(made.body, Plot)
    assert [one.text for one in made.body.legend] == [f"Project {i}" for i in range(29, 29 - len(KEYS), -1)]
    assert made.foot == "The 8 largest of 33 are drawn. April is still open."


# --- the page of an audience

BOARD = Audience(
    name="board", path="/board", title="Board", question="?", tiles=(), find=lambda _: Finding("x"),
    panels=(Placed("trend"), Placed("highlights", 4), Placed("portfolio")),
)  # fmt: skip
OWN = PanelRef(figure="nps", width=6)


@pytest.mark.parametrize(
    ("choice", "found"),
    [
        (None, BOARD.panels),
        (PanelChoice(panels=(PanelRef(panel="portfolio", width=6), OWN)), (Placed("portfolio", 6), OWN)),
        (PanelChoice(panels=()), ()),
        (PanelChoice(hide=("highlights", "traffic"), add=(OWN, PanelRef(panel="decisions"))),
         (Placed("trend"), Placed("portfolio"), OWN, Placed("decisions"))),
    ],
)  # fmt: skip
def test_what_a_workspace_changes(choice: PanelChoice | None, found: tuple[object, ...]) -> None:
    assert placed(BOARD, choice) == found


def test_views_yaml_may_name_every_panel() -> None:
    assert sorted(PANEL_NAMES) == sorted(PANELS)
