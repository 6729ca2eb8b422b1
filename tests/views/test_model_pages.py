"""Pages about models: all of them, and one with its releases, whatever is known of them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from breakeven.errors import UnknownName
from breakeven.ledger.metrics import metrics
from breakeven.ledger.operations.quality import measurements
from breakeven.period import Grain
from breakeven.views.asking.filters import Filters
from breakeven.views.asking.resolve import asked
from breakeven.views.content import Cell, Empty, Facts, Page, Panel, Plot, Table
from breakeven.views.model_page import model_page
from breakeven.views.models_page import models_page
from breakeven.views.question import Question
from breakeven.views.records_links import ABSENT, segment
from breakeven.workspace.definitions import Project, Target

Company = Any
"""See tests/ledger/conftest.py."""
NOW = datetime(2026, 4, 16, 14, 37, 20, tzinfo=UTC)


def calls(company: Company, day: str, number: int, model: str | None = "m", errors: int = 0, **more: Any) -> None:
    start = datetime.fromisoformat(f"{day}T10:00").replace(tzinfo=UTC)
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
            full | {"time": start + timedelta(seconds=i), "status": "error" if i < errors else "ok"}
            for i in range(number)
        ),
    )


def page(company: Company, model: str | None = None, among: str = "", **filters: Any) -> Page:
    """The page of one model as the server gives it, one encoding undone; None: of all models."""
    found = Filters(**filters)
    given = ({"model": model} if model is not None else {}) | ({"among": among} if among else {})
    with asked(company.ledger, found, company.now) as made:
        question = Question(
            made.desk,
            found,
            path="/models",
            period=made.period,
            projects=made.projects,
            show=made.show,
            fresh=(),
            kept=lambda _, make: make(),
            given=given,
        )
        return models_page(question) if model is None else model_page(question)


def panel(made: Page, name: str) -> Panel:
    return next(panel for panel in made.panels if panel.id == name)


def table(made: Page, name: str) -> dict[str, dict[str, Cell]]:
    body = panel(made, name).body
    assert isinstance(body, Table)
    heads = [column.label for column in body.columns]
    return {row.cells[0].text: dict(zip(heads, row.cells, strict=True)) for row in body.rows}


def dots(made: Page) -> dict[str, bool]:
    body = panel(made, "cost-quality").body
    assert isinstance(body, Plot)
    return {row["label"]: row["best"] for row in body.chart.rows["rows"]}


@pytest.fixture
def live(company: Company) -> Company:
    company.now = NOW
    company.declare(Project(id="p", name="P", category="platform"), Project(id="q", name="Q", category="platform"))
    return company


@pytest.fixture
def some(live: Company) -> Company:
    calls(live, "2026-03-10", 20, "cheap", errors=10, project="p", team="t")
    calls(live, "2026-03-10", 20, "good", cost="0.05", project="p")
    calls(live, "2026-03-11", 20, "far", cost="0.02", project="q")
    calls(live, "2026-03-11", 5, "cheap", outcome="rejected", project="p")
    calls(live, "2026-03-12", 10, "free", cost=None, cost_origin="unpriced", project="p")
    return live


def test_all_models(some: Company) -> None:
    made = page(some)
    assert made.finding == "Four models answered 75 calls for $1.65."
    assert made.exception.startswith("far is beaten by none")
    found = table(made, "models")
    assert list(found) == ["cheap", "far", "good", "free"]
    # Twenty-five calls cost, ten of them succeeded: failed ones never do.
    assert (found["cheap"]["Cost per outcome"].text, found["cheap"]["Success"].text) == ("$0.0250", "40.0%")
    assert found["free"]["Cost per outcome"].text == "–"
    assert "10 of 10 interactions have no known cost" in found["free"]["Cost per outcome"].help
    assert dots(made) == {"cheap": False, "good": False, "far": True}
    assert "free (10 of 10 interactions have no known cost)" in panel(made, "cost-quality").foot


def test_one_model_among_those_of_its_projects(some: Company) -> None:
    made = page(some, "good")
    assert made.finding == "good costs $0.0500 per successful outcome; 100.0% succeed."
    assert made.exception == "No other model is both cheaper and at least as good."
    assert dots(made) == {"cheap": True, "good": True}
    everyone = page(some, "good", among="all")
    assert everyone.exception == "far is cheaper and at least as good."
    assert dots(everyone) == {"cheap": False, "good": False, "far": True}
    assert [(choice.text, choice.current) for choice in everyone.switch] == [
        ("Same projects", False),
        ("All models", True),
    ]


def test_who_uses_it_and_what_is_unpriced(some: Company) -> None:
    users = panel(page(some, "cheap"), "users").body
    assert isinstance(users, Table)
    assert [[cell.text for cell in row.cells[:3]] for row in users.rows] == [
        ["P", "t", "20"],
        ["P", "Team not named", "5"],
    ]
    registry = panel(page(some, "free"), "registry").body
    assert isinstance(registry, Facts)
    unpriced = next(fact for fact in registry.facts if fact.label == "Calls without a price")
    assert (unpriced.value.text, unpriced.word) == ("10", "In no cost")
    assert "cost_origin=unpriced" in unpriced.href


def test_releases_before_and_after(live: Company) -> None:
    for day in range(1, 8):
        calls(live, f"2026-04-{day:02}", 20)
    for day in range(9, 16):
        calls(live, f"2026-04-{day:02}", 20, latency_ms=300.0)
    live.put(
        "deployment",
        {"time": "2026-04-08T09:00", "model": "m", "version": "2", "deployed_at": "2026-04-08T09:00"},
        {"time": "2026-04-16T09:00", "model": "m", "version": "3", "deployed_at": "2026-04-16T09:00"},
    )
    live.put(
        "evaluation",
        {"time": "2026-04-06", "model": "m", "value": 0.8, "baseline": 0.7},
        {"time": "2026-04-12", "model": "m", "value": 0.9, "baseline": 0.7},
    )
    made = page(live, "m", period="2026-04")
    found = table(made, "releases")
    assert list(found) == ["3", "2"]
    assert (found["3"]["Result"].text, found["3"]["Result"].sub) == ("Too early", "")
    assert found["2"]["Result"].text == "Regressed"
    assert found["2"]["Result"].sub.endswith("7 days")
    assert "p95" in found["2"]["Result"].sub
    assert (found["2"]["Accuracy"].text, found["2"]["Accuracy"].sub) == ("0.900", "before 0.800")
    assert (found["2"]["Calls"].text, found["2"]["Calls"].sub) == ("140", "before 140")
    marks = panel(made, "calls").body
    assert isinstance(marks, Plot)
    assert [row["words"] for row in marks.chart.rows["events"]] == ["2 deployed"]
    evaluations = panel(made, "evaluations").body
    assert isinstance(evaluations, Table)
    assert [row.cells[4].text for row in evaluations.rows] == ["+0.200", "+0.100"]


def test_accuracy_by_day_is_the_metric(live: Company) -> None:
    live.declare(targets=(Target(metric="accuracy_gap", at_most=5),))  # type: ignore[arg-type]
    live.put(
        "evaluation",
        *(
            {
                "time": f"2026-04-{day:02}T0{hour}:00",
                "model": "m",
                "value": 0.8 + day / 100 + hour / 1000,
                "baseline": 0.8 if hour else None,
            }
            for day in (1, 2, 5)
            for hour in (0, 1)
        ),
    )
    with live.ledger.desk(NOW) as desk:
        found = measurements(desk, "m", date(2026, 4, 1), date(2026, 4, 7))
        (due,) = metrics(desk, ["accuracy"], grain=Grain.DAY, span=(date(2026, 4, 1), date(2026, 4, 7)))
    assert {one.day.isoformat(): float(one.value) for one in found} == {
        row.period: pytest.approx(row.value) for row in due.rows if row.value is not None
    }
    assert {float(one.baseline or 0) for one in found} == {0.8}


def test_a_model_that_is_only_registered(live: Company) -> None:
    live.put("model_state", {"time": "2026-04-02", "model": "m", "project": "p", "stage": "staging", "version": "7"})
    made = page(live, "m")
    assert made.finding == "m was not called in this period."
    assert made.tiles == ()
    assert "cost-quality" not in {one.id for one in made.panels}
    live.put("evaluation", {"time": "2026-04-06", "model": "m", "project": "p", "value": 0.8, "baseline": 0.9})
    assert page(live, "m").finding == "m is at 80.0% accuracy, 11.1% below its baseline."
    assert table(page(live), "models")["m"]["Version"].sub == "Staging"


@pytest.mark.parametrize("name", ["a/b c?d#e%2F", "<script>alert(1)</script>", "..", ".", "ملف", "x" * 300, "100%"])
def test_ids_of_any_characters(live: Company, name: str) -> None:
    calls(live, "2026-04-02", 3, name)
    link = table(page(live), "models")[name]["Model"].href
    assert link == f"/models/{segment(name)}"
    assert page(live, segment(name).replace("%25", "%")).title == name  # the server undoes one encoding


def test_calls_that_name_no_model(live: Company) -> None:
    calls(live, "2026-04-02", 3, None)
    calls(live, "2026-04-02", 2, "m")
    assert table(page(live), "models")["Model not named"]["Calls"].text == "3"
    made = page(live, ABSENT)
    assert made.title == "Model not named"
    assert next(tile.value.text for tile in made.tiles if tile.figure == "interactions") == "3"


def test_models_that_nothing_names(live: Company) -> None:
    with pytest.raises(UnknownName):
        page(live, "nope")
    with pytest.raises(UnknownName):
        page(live, ABSENT)
    made = page(live)
    assert made.finding == "No model was called in this period."
    assert isinstance(panel(made, "cost-quality").body, Empty)


@pytest.mark.parametrize(
    "more",
    [
        {"errors": 5, "outcome": None},
        {"cost": None, "cost_origin": "unpriced"},
        {"latency_ms": 1e30},
        {"latency_ms": None},
        {"outcome": "rejected"},
        {"cost": "0"},
        {"cost": "900000000000", "cost_origin": "reported"},
    ],
)
def test_strange_models(live: Company, more: dict[str, Any]) -> None:
    calls(live, "2026-04-02", 5, "m", **more)
    calls(live, "2026-04-02", 5, "other")
    assert page(live, "m").title == "m"
    assert "m" in table(page(live), "models")


def test_five_hundred_models(live: Company) -> None:
    live.put(
        "interaction",
        *(
            {
                "time": f"2026-04-{1 + i % 14:02}",
                "model": f"model-{i:03}",
                "cost": "0.01",
                "cost_origin": "reported",
                "outcome": "resolved",
                "latency_ms": float(i),
            }
            for i in range(500)
        ),
    )
    assert len(table(page(live), "models")) == 500
    assert page(live, "model-007").finding.startswith("model-007 costs $0.0100")


def test_projects_limit_what_is_seen(some: Company) -> None:
    assert set(table(page(some, project=("q",)), "models")) == {"far"}
    made = page(some, "cheap", project=("q",))
    assert made.finding == "cheap was not called in this period."
