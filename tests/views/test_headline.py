from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from breakeven.ledger.cases.notes import Note
from breakeven.ledger.results import MonthPoint, Payback, Statement, TargetStatus
from breakeven.period import Calendar
from breakeven.views.charting.axes import stamp
from breakeven.views.charting.cumulative import cumulative
from breakeven.views.charting.rendering import Drawer
from breakeven.views.format import Display
from breakeven.views.headline import exception, finding
from breakeven.views.projects.judging import Verdict
from breakeven.views.standings import ProjectStanding
from breakeven.views.trend import trend
from breakeven.workspace.definitions import BusinessCase, Project

NOW = datetime(2026, 3, 16, tzinfo=UTC)
SHOW = Display(currency="USD")
NETS = (-50, -20, 120, 30)


def _points(nets: tuple[int, ...] = NETS) -> tuple[MonthPoint, ...]:
    found, total = [], Decimal(0)
    for place, net in enumerate(nets):
        total += net
        month = date(2025 + (place + 11) // 12, (place + 11) % 12 + 1, 1)
        found.append(
            MonthPoint(
                month=month,
                value=Decimal(100 + net),
                cost=Decimal(100),
                net=Decimal(net),
                cumulative=total,
                complete=month < date(2026, 3, 1),
            )
        )
    return tuple(found)


def _statement(**changes: Any) -> Statement:
    given: dict[str, Any] = {
        "period": "ytd",
        "start": date(2026, 1, 1),
        "end": date(2026, 4, 1),
        "scope": "portfolio",
        "currency": "USD",
        "data_version": 1,
        "methodology": "m",
        "made_at": NOW,
        "value": {},
        "cost": {},
        "total_value": Decimal(430),
        "investment": Decimal(300),
        "net_value": Decimal(130),
        "roi_percent": Decimal(43),
        "cumulative": _points(),
        "cumulative_roi_percent": Decimal(20),
        "payback_months": Decimal("2.58"),
        "run_rate": Decimal(120),
        "budget": None,
        "budget_variance": None,
        "cost_per_model": None,
        "targets": (),
        "completeness": None,
        "unknown": (),
        "open_month": "2026-03",
        "payback": Payback(months=Decimal("2.58"), reached_on=date(2026, 2, 17), reason=None),
    }
    return Statement(**(given | changes))


def _target(value: str, target: str) -> TargetStatus:
    return TargetStatus(
        metric="roi_ytd",
        label="Plan",
        unit="money",
        value=Decimal(value),
        reason=None,
        target=Decimal(target),
        rule="at_least",
        status="green",
        word="On track",
    )


YTD = Calendar().parse("ytd", NOW)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({}, "AI returned $130 more than it cost this year."),
        ({"targets": (_target("130", "120"),)}, "AI returned $130 more than it cost this year, 8% ahead of target."),
        ({"targets": (_target("130", "200"),)}, "AI returned $130 more than it cost this year, 35% behind target."),
        ({"targets": (_target("130", "50"),)}, "AI returned $130 more than it cost this year, 2.6 times its target."),
        ({"net_value": Decimal(-4200)}, "AI cost $4.2k more than it returned this year."),
        ({"net_value": Decimal(0)}, "AI returned this year what it cost."),
        ({"net_value": None, "total_value": None}, "AI cost $300 this year; what it returned is not known yet."),
        ({"net_value": None, "investment": None}, "AI returned $430 this year; what it cost is not known yet."),
        ({"net_value": None, "investment": None, "total_value": None}, "What AI returned this year is not known yet."),
    ],
)
def test_the_finding_has_a_number_or_says_that_there_is_none(changes: dict[str, Any], text: str) -> None:
    assert finding(_statement(**changes), YTD, SHOW) == text


def test_a_quarter_is_named() -> None:
    period = Calendar().parse("2025-Q4", NOW)
    assert (
        finding(_statement(targets=(_target("130", "120"),)), period, SHOW)
        == "AI returned $130 more than it cost in Q4 2025."
    )


def _project(name: str, net: int | None, roi: int | None = None) -> ProjectStanding:
    amount = None if net is None else Decimal(net)
    return ProjectStanding(id=name, name=name, net=amount, roi=roi, verdict=Verdict("green", "On plan"))


PAID = (
    "It paid back its full cost, implementation included, in 2.6 months, by 17\u00a0February 2026. "
    "One of two projects returns more than it costs; Voice lost $20.00 (ROI −22%)."
)


@pytest.mark.parametrize(
    ("changes", "projects", "text"),
    [
        ({}, [_project("Chat", 150), _project("Voice", -20, -22)], PAID),
        (
            {"payback": Payback(months=None, reached_on=None, reason="x"), "cumulative": _points((-50, -20, 10))},
            [_project("Chat", -60)],
            "It has not paid back its cost yet: $60.00 is still missing. Chat lost $60.00.",
        ),
        (
            {"cumulative": ()},
            [],
            "No cost and no benefit has been recorded: import files or send events, and this page fills itself.",
        ),
    ],
)
def test_the_exception_is_named(changes: dict[str, Any], projects: list[ProjectStanding], text: str) -> None:
    assert exception(_statement(**changes), projects, SHOW) == text


CASE = Project(
    id="chat",
    name="Chat",
    category="platform",
    start=date(2025, 12, 1),
    business_case=BusinessCase(cost=Decimal(70), benefit=Decimal(90)),
)
NOTE = Note(
    id="n",
    source="people",
    revision=1,
    time=datetime(2026, 1, 20, tzinfo=UTC),
    project="unassigned",
    kind="annotation",
    text="Model 2 live",
    action=None,
    due=None,
    owner=None,
    status="done",
)


def test_the_trend_starts_at_nothing_and_knows_plan_crossing_and_events() -> None:
    found = trend(_statement(), [CASE], [NOTE], Calendar(), NOW, SHOW)
    assert [(point.on.isoformat(), point.net) for point in found.points] == [
        ("2025-12-01", 0),
        ("2025-12-31", -50),
        ("2026-01-31", -70),
        ("2026-02-28", 50),
        ("2026-03-16", 80),
    ]
    plans = [point.plan for point in found.points]
    assert plans[:4] == [0, 20, 40, 60]
    assert plans[4] == Decimal(60) + Decimal(20) * (15 * 24 * 60) / (31 * 24 * 60)
    assert (found.break_even, found.open_month, found.planned) == (date(2026, 2, 17), "March", "business cases")
    assert [(mark.on, mark.text) for mark in found.marks] == [(date(2026, 1, 20), "Model 2 live")]
    assert found.description == (
        "Cumulative net value from $0 on 1\u00a0Dec\u00a02025 to $80.00 on 16\u00a0Mar\u00a02026, break-even on "
        "17\u00a0Feb\u00a02026; the plan was $69.68."
    )


def test_more_than_twelve_months_are_cut_to_twelve() -> None:
    found = trend(_statement(cumulative=_points((10,) * 16), payback=None), [], [], Calendar(), NOW, SHOW)
    assert len(found.months) == 12
    assert len(found.points) == 13
    assert found.points[0].net == 40
    assert (found.break_even, found.planned, found.points[0].plan) == (None, None, None)


def test_a_chart_has_rows_labels_and_its_crossing() -> None:
    chart = cumulative(trend(_statement(), [CASE], [NOTE], Calendar(), NOW, SHOW), SHOW)
    (cross,) = chart.rows["cross"]
    assert (cross["at"], cross["words"]) == (stamp(date(2026, 2, 17)), "Break-even, 17\u00a0February")
    assert [row["net"] for row in chart.rows["rows"] if row["at"] == cross["at"]] == [0]
    assert chart.rows["rows"][-1]["last"] == "$80.00"
    assert chart.x is not None
    assert chart.y is not None
    assert list(chart.x.labels) == ["Dec 25", "Jan 26", "Feb", "Mar"]
    assert list(chart.x.domain) == [stamp(date(2025, 12, 1)), stamp(date(2026, 3, 16))]
    assert float(chart.y.domain[0]) < -70


@pytest.mark.parametrize("cut", [0, 1, 4])
def test_every_trend_can_be_drawn_without_inline_styles(cut: int) -> None:
    found = trend(_statement(cumulative=_points(NETS[:cut]), payback=None), [], [], Calendar(), NOW, SHOW)
    drawer = Drawer()
    drawn = drawer.draw(cumulative(found, SHOW))
    drawer.close()
    for svg in (drawn.wide, drawn.narrow):
        assert svg.startswith("<svg")
        assert "style=" not in svg
        assert "NaN" not in svg
    assert drawn.description.startswith("Cumulative net value")


def test_another_currency_is_shown_everywhere_at_one_rate() -> None:
    show = Display(currency="EUR", rate=Decimal("0.5"))
    assert finding(_statement(), YTD, show) == "AI returned €65.00 more than it cost this year."
    found = trend(_statement(), [CASE], [], Calendar(), NOW, show)
    assert [point.net for point in found.points] == [0, -25, -35, 25, 40]
    assert [point.plan for point in found.points[:3]] == [0, 10, 20]
    assert "to €40.00 on" in found.description
