"""The team's page: what it finds, and what it says of little, much and strange data."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from breakeven.errors import UnknownName
from breakeven.ledger.metrics import metrics
from breakeven.period import Grain
from breakeven.views.asking.filters import Filters
from breakeven.views.asking.resolve import asked
from breakeven.views.content import Cell, Empty, Items, Page, Panel, Plot, Table
from breakeven.views.question import Question
from breakeven.views.records_links import ABSENT
from breakeven.views.team_page import team_page
from breakeven.workspace.definitions import Project, Target
from breakeven.workspace.panel_refs import PanelChoice, PanelRef

Company = Any
"""See tests/ledger/conftest.py."""


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


NOW = at("2026-04-16T14:37:20")


def calls(company: Company, when: str, number: int, model: str | None = "m", errors: int = 0, **more: Any) -> None:
    start = at(when)
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
            full | {"time": start + timedelta(seconds=3000 * i / number), "status": "error" if i < errors else "ok"}
            for i in range(number)
        ),
    )


def page(company: Company, last: str = "", **filters: Any) -> Page:
    found = Filters(**filters)
    with asked(company.ledger, found, company.now) as made:
        return team_page(
            Question(
                made.desk,
                found,
                path="/team",
                period=made.period,
                projects=made.projects,
                show=made.show,
                fresh=(),
                kept=lambda _, make: make(),
                given={"last": last} if last else {},
            )
        )


def panel(made: Page, name: str) -> Panel:
    return next(panel for panel in made.panels if panel.id == name)


def rows(made: Page, name: str = "models") -> list[list[Cell]]:
    body = panel(made, name).body
    assert isinstance(body, Table)
    return [list(row.cells) for row in body.rows]


@pytest.fixture
def live(company: Company) -> Company:
    company.now = NOW
    return company


def test_a_healthy_hour(live: Company) -> None:
    for day in range(9, 16):
        calls(live, f"2026-04-{day:02}T10:00", 20)
    calls(live, "2026-04-16T13:40", 60)
    made = page(live)
    assert made.finding == "m is healthy: 61 predictions an hour, p95 100\u00a0ms."
    assert made.chips == (("green", "1 healthy"),)
    assert [(choice.text, choice.current) for choice in made.switch] == [
        ("1 h", True),
        ("24 h", False),
        ("7 d", False),
        ("30 d", False),
    ]
    tiles = {tile.figure: tile for tile in made.tiles}
    assert (str(tiles["interactions"].value), str(tiles["error_rate"].value)) == ("61", "0.00%")
    assert (str(tiles["latency_p95_ms"].value), str(tiles["cost_per_prediction"].value.text)) == (
        "100\u00a0ms",
        "$0.0100",
    )
    assert [cell.text for cell in rows(made)[0]][:5] == ["m", "–", "Healthy", "61", "100\u00a0ms"]


def test_a_model_that_is_slow_since_a_release(live: Company) -> None:
    for day in range(9, 16):
        calls(live, f"2026-04-{day:02}T10:00", 20, "voice")
        calls(live, f"2026-04-{day:02}T10:00", 20, "other")
    live.put(
        "deployment",
        {"time": "2026-04-16T13:30", "model": "voice", "version": "1.2", "deployed_at": "2026-04-16T13:30"},
    )
    calls(live, "2026-04-16T13:40", 60, "voice", latency_ms=1840.0)
    calls(live, "2026-04-16T13:40", 90, "other")
    made = page(live)
    assert made.finding == "voice needs action: slow since version 1.2."
    assert made.exception.startswith("1 of 2 models is healthy.")
    assert made.chips == (("green", "1 healthy"), ("red", "1 failing"))
    first = rows(made)[0]
    assert (first[0].text, first[1].text, first[2].text, first[4].tone) == ("voice", "1.2", "Failing", "bad")
    assert first[2].sub == "p95 1,840\u00a0ms, usually 103\u00a0ms"
    alerts = panel(made, "incidents").body
    assert isinstance(alerts, Items)
    assert alerts.items[0].lead == "voice: p95 1,840\u00a0ms, usually 103\u00a0ms"
    chart = panel(made, "response-time").body
    assert isinstance(chart, Plot)
    assert any(entry.text == "voice" and entry.key == "red" for entry in chart.legend)
    released = rows(made, "deployments")[0]
    assert (released[2].text, released[3].text) == ("Too early", "Too early")


@pytest.mark.parametrize("last", ["1h", "7d"])
def test_the_page_says_what_the_ledger_says(live: Company, last: str) -> None:
    live.declare(Project(id="p", name="P", category="platform"))
    for day in (1, 12, 15):
        calls(live, f"2026-04-{day:02}T10:00", 20, project="p", revenue="0.37")
    calls(live, "2026-04-16T13:40", 60, errors=7, cost="0.0123", revenue="0.37", project="p", csat=4.0)
    calls(live, "2026-04-16T13:40", 30, "n", cost=None, cost_origin="unpriced", team="t")
    made = page(live, last, project=("p",))
    with live.ledger.desk(NOW) as desk:
        days = {"7d": 7, "30d": 30}.get(last)
        spans: dict[str, Any] = {
            "1h": (at("2026-04-16T13:38"), at("2026-04-16T14:38")),
            "24h": (at("2026-04-15T15:00"), at("2026-04-16T15:00")),
        }
        span = (date(2026, 4, 17) - timedelta(days=days), date(2026, 4, 17)) if days else spans[last]
        names = [tile.figure for tile in made.tiles if tile.figure not in ("interactions", "csat")]
        due = metrics(desk, names, grain=Grain.ALL, span=span, projects=("p",))
    tiles = {tile.figure: tile for tile in made.tiles}
    for table in due:
        value = table.rows[0].value
        assert value is not None
        shown = str(tiles[table.metric].value).replace("$", "").replace(",", "").split("\u00a0")[0].rstrip("%")
        assert abs(Decimal(shown) - Decimal(str(value))) <= Decimal("0.5") * Decimal(1).scaleb(
            Decimal(shown).as_tuple().exponent
        )  # type: ignore[arg-type]


@pytest.mark.parametrize("last", ["1h", "30d"])
def test_filters_of_model_team_and_project(live: Company, last: str) -> None:
    live.declare(Project(id="p", name="P", category="platform"), Project(id="q", name="Q", category="customer_service"))
    calls(live, "2026-04-16T13:40", 10, "a", project="p", team="x")
    calls(live, "2026-04-16T13:40", 20, "b", project="q", team="y")
    calls(live, "2026-04-16T13:40", 40, None, project="q")
    cases: tuple[Any, ...] = (
        ({}, {"a", "b", "Model not named"}),
        ({"model": ABSENT}, {"Model not named"}),
        ({"team": "nobody"}, set()),
        ({"project": ("q",)}, {"b", "Model not named"}),
    )
    if last == "1h":
        cases += (({"model": "a"}, {"a"}), ({"team": "y"}, {"b"}), ({"category": "platform"}, {"a"}))
    for filters, names in cases:
        assert {row[0].text for row in rows(page(live, last, **filters))} == names, filters


def test_nothing_in_this_hour(live: Company) -> None:
    calls(live, "2026-04-16T10:00", 10)
    made = page(live)
    silence = panel(made, "silence").body
    assert isinstance(silence, Empty)
    assert silence.text == "The latest interaction of all is 3\u00a0h old (16\u00a0Apr\u00a02026 10:45 UTC)."
    assert silence.link is not None
    assert silence.link.href == "/team?last=24h"
    assert made.tiles == ()
    assert page(live, "24h").tiles


def test_nothing_at_all(live: Company) -> None:
    made = page(live)
    assert made.finding == "No model has run yet."
    silence = panel(made, "silence").body
    assert isinstance(silence, Empty)
    assert silence.link is not None
    assert silence.link.href == "/start"
    assert {one.id for one in made.panels} >= {"models", "incidents", "goals"}


def test_a_stretch_that_there_is_not(live: Company) -> None:
    with pytest.raises(UnknownName, match="did you mean 24h"):
        page(live, "24")


@pytest.mark.parametrize(
    ("more", "figure", "value", "reason"),
    [
        (
            {"cost": None, "cost_origin": "unpriced"},
            "cost_per_prediction",
            "–",
            "10 of 10 interactions have no known cost",
        ),
        ({"errors": 10}, "error_rate", "100.00%", None),
        ({"latency_ms": 9.9e11}, "latency_p95_ms", "990,000,000,000\u00a0ms", None),
        ({"latency_ms": None}, "latency_p95_ms", "–", "not measured in this time: no interaction says"),
    ],
)
def test_strange_hours(live: Company, more: dict[str, Any], figure: str, value: str, reason: str | None) -> None:
    calls(live, "2026-04-16T13:40", 10, **more)
    tile = next(tile for tile in page(live).tiles if tile.figure == figure)
    assert str(tile.value) == value
    assert reason is None or (tile.reason or "").startswith(reason[:30])
    assert rows(page(live))[0][0].text == "m"


def test_one_call_only(live: Company) -> None:
    live.put("interaction", {"time": "2026-04-16T14:37:20", "model": "m", "latency_ms": 640.0})
    made = page(live)
    assert made.finding == "m is healthy: 1.0 predictions an hour, p95 640\u00a0ms."
    assert next(str(tile.value) for tile in made.tiles if tile.figure == "latency_p95_ms") == "640\u00a0ms"


def test_failed_calls_are_no_success(live: Company) -> None:
    calls(live, "2026-04-16T13:40", 10, errors=5)
    assert rows(page(live))[0][8].text == "$0.0200"


def test_five_hundred_models(live: Company) -> None:
    live.put(
        "interaction",
        *(
            {
                "time": NOW - timedelta(seconds=i),
                "model": f"model-{i % 500:03}",
                "latency_ms": float(i),
                "cost": "0.01",
                "cost_origin": "reported",
            }
            for i in range(1, 1501)
        ),
    )
    made = page(live)
    assert len(rows(made)) == 50
    body = panel(made, "models").body
    assert isinstance(body, Table)
    assert body.more is not None
    assert body.more.text == "All 500 models"
    chart = panel(made, "response-time").body
    assert isinstance(chart, Plot)
    assert len({row["series"] for row in chart.chart.rows["rows"]}) == 12


def test_names_of_any_kind(live: Company) -> None:
    names = ["a/b c?d#e", "<script>alert(1)</script>", "..", "ملف", "x" * 300]
    for name in names:
        calls(live, "2026-04-16T13:40", 2, name)
    links = {row[0].text: row[0].href for row in rows(page(live))}
    assert set(links) == set(names)
    assert links["a/b c?d#e"] == "/models/a~2Fb~20c~3Fd~23e"
    assert links[".."] == "/models/~2E~2E"


@pytest.mark.parametrize(
    ("zone", "now"),
    [
        ("America/New_York", "2026-03-08T16:10"),
        ("Europe/Berlin", "2026-10-25T12:20"),
        ("Asia/Kolkata", "2026-04-16T14:37"),
    ],
)
@pytest.mark.parametrize("last", ["24h", "7d"])
def test_clocks(new_company: Callable[..., Company], zone: str, now: str, last: str) -> None:
    company = new_company(zone)
    company.now = at(now)
    start = company.now - timedelta(hours=22)
    company.put(
        "interaction",
        *({"time": start + timedelta(minutes=10 * i), "model": "m", "latency_ms": 50.0} for i in range(132)),
    )
    made = page(company, last)
    chart = panel(made, "traffic").body
    assert isinstance(chart, Plot)
    counted = sum(row["value"] for row in chart.chart.rows["rows"])
    assert 120 < counted <= 132  # the running hour is not drawn
    assert made.finding.startswith("m is healthy")


def test_goals_that_are_missed(live: Company) -> None:
    live.declare(targets=(Target(metric="mttr_hours", at_most=Decimal(1)),))
    live.put(
        "incident",
        {"opened_at": "2026-04-10T10:00", "resolved_at": "2026-04-10T15:00"},
        {"opened_at": "2026-04-16T14:00", "model": "m", "severity": "P1", "kind": "outage"},
    )
    calls(live, "2026-04-16T13:40", 10)
    made = page(live)
    assert "One quality goal of the last 30 days is missed: mean time to recover." in made.exception
    assert made.finding == "m needs action: in an open incident."
    assert {row[0].text: row[3].text for row in rows(made, "goals")} == {
        "Incidents": "No goal set",
        "Mean time to recover": "Below goal",
    }
    alerts = panel(made, "incidents").body
    assert isinstance(alerts, Items)
    assert [item.word for item in alerts.items] == ["Open", "Resolved"]
    assert alerts.items[0].lead == "Outage in m, P1"


def test_a_workspace_changes_its_panels(live: Company) -> None:
    calls(live, "2026-04-16T14:00:00", number=3)
    shipped = [one.id for one in page(live).panels]
    wanted = PanelChoice(hide=("traffic",), add=(PanelRef(figure="interactions", chart="number", width=3),))
    live.declare(panels={"team": wanted})
    changed = [one.id for one in page(live).panels]
    assert "traffic" in shipped
    assert changed[:-1] == [name for name in shipped if name != "traffic"]
    assert "interactions" in changed[-1]


def test_a_model_that_nobody_calls_is_not_called_healthy(live: Company) -> None:
    live.put("model_state", {"time": at("2026-04-01T00:00:00"), "model": "m", "stage": "production"})
    live.put("evaluation", {"time": at("2026-04-15T00:00:00"), "model": "m", "metric": "accuracy", "value": 0.9,
                            "baseline": 0.9})  # fmt: skip
    assert page(live).finding == "No call came in; nothing else speaks against m."
