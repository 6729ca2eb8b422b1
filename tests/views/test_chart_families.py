"""Every family of charts: drawn wide and narrow, each with a sentence, a table and the colours of its legend."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from breakeven.period import add_months
from breakeven.views.charting.bars import ranked, tornado
from breakeven.views.charting.columns import columns
from breakeven.views.charting.data import (
    TOKENS,
    Bar,
    Column,
    Dot,
    Level,
    Mark,
    Part,
    Series,
    Step,
    Swing,
    Tile,
)
from breakeven.views.charting.fields import heatmap, scatter
from breakeven.views.charting.lines import crossing, lines
from breakeven.views.charting.parts import donut, waterfall
from breakeven.views.charting.rendering import Drawer
from breakeven.views.content import Donut, Plot
from breakeven.views.format import Display

SHOW = Display(currency="USD")
MONTHS = [add_months(date(2025, 10, 1), place) for place in range(12)]
START = datetime(2026, 11, 22, 13, tzinfo=UTC)
MINUTES = [START + timedelta(minutes=place) for place in range(60)]


def _models() -> Plot | None:
    slow = [(at, 900 if place < 28 else 900 + (place - 28) * 30) for place, at in enumerate(MINUTES)]
    peers = [
        Series(
            label=f"m{number}",
            key="peer",
            points=[(at, 60 * number + place % 7 * 5) for place, at in enumerate(MINUTES)],
        )
        for number in range(1, 6)
    ]
    gappy = [(at, None if 20 < place < 30 else 640 + place % 9 * 4) for place, at in enumerate(MINUTES)]
    return lines(
        [Series(label="voice-triage", key="red", points=slow), Series(label="copilot-draft", points=gappy), *peers],
        unit="ms",
        show=SHOW,
        title="Response time p95",
        digits=0,
        levels=[Level(value=1000, words="Objective 1,000 ms")],
        marks=[Mark(on=MINUTES[28], words="voice-triage 1.2 deployed")],
    )


def _metric() -> Plot | None:
    points = [(month, Decimal("12.4") - place * Decimal("0.4")) for place, month in enumerate(MONTHS)]
    return lines(
        [Series(label="Handle time", points=points, band=[(m, v - 1, v + 1) for m, v in points])],
        unit="min",
        show=SHOW,
        title="Handle time",
        digits=1,
        zero=False,
        levels=[Level(value=Decimal("12.4"), words="Baseline 12.4")],
        marks=[
            Mark(on=MONTHS[3], words="2.0"),
            Mark(on=MONTHS[9], words="A name of an event that is far too long to be read"),
        ],
    )


def _crossing() -> Plot | None:
    points = [(month, Decimal(place**2 * 8000), Decimal(90_000 + place * 10_000)) for place, month in enumerate(MONTHS)]
    return crossing(points, show=SHOW, title="Value against cost", marks=[Mark(on=MONTHS[2], words="Go-live")])


def _columns() -> Plot | None:
    made = [
        Column(
            label=f"{month:%b}",
            parts=[
                ("Value", Decimal(place * 100_000)),
                ("Implementation", Decimal(-168_000 + place * 14_000)),
                ("Run cost", None if place == 3 else Decimal(-46_000 - place * 4_000)),
            ],
            tick=Decimal(place * 95_000 + 20_000),
        )
        for place, month in enumerate(MONTHS)
    ]
    return columns(
        made,
        {"Value": "value", "Implementation": "cost", "Run cost": "cost-weak"},
        unit="money",
        show=SHOW,
        title="Costs against projected savings",
        tick="Projected savings",
    )


PARTS = [
    Part(label="Revenue acceleration", value=Decimal(2_040_000), key="revenue", sub="$1.73M–$2.30M"),
    Part(label="Productivity", value=Decimal(1_810_000), key="productivity"),
    Part(label="Incident avoidance", value=Decimal(1_220_000), key="incident"),
    Part(label="Infrastructure savings", value=Decimal(762_000), key="infra"),
    Part(label="Compliance", value=Decimal(413_000), key="compliance"),
    Part(label="Rework", value=Decimal(-5_000), key="muted"),
]


def _waterfall() -> Plot | None:
    steps = [Step(label=part.label, amount=part.value) for part in PARTS[:5]]
    return waterfall(
        [
            *steps,
            Step(label="Total value", amount=Decimal(6_245_000), key="muted", total=True),
            Step(label="Run cost", amount=Decimal(-6_960_000), key="cost-weak"),
            Step(label="Net value", amount=Decimal(-715_000), key="ink", total=True),
        ],
        show=SHOW,
        title="From value to net",
    )


def _ranked() -> Plot | None:
    bars = [
        Bar(label="Demand Forecast", value=435),
        Bar(label="Contract Review", value=Decimal("237.4"), key="value-weak"),
        Bar(label="بحث المستندات", value=180, key="value-weak"),
        Bar(label="Voice Triage", value=-22, key="cost"),
        Bar(label="Nothing known", value=None),
    ]
    return ranked(
        bars, unit="%", show=SHOW, title="ROI by project", signed=True, levels=[Level(value=300, words="Goal")]
    )


def _tornado() -> Plot | None:
    swings = [
        Swing(label="Revenue attribution", low=248, high=285, low_words="41%", high_words="58%"),
        Swing(label="Inference price", low=286, high=249, low_words="0%", high_words="+45%"),
        Swing(label="Loaded hourly rate", low=264, high=271, low_words="$60", high_words="$64"),
    ]
    return tornado(swings, 268, unit="%", show=SHOW, title="What moves ROI most")


def _scatter() -> Plot | None:
    dots = [
        Dot(
            label=f"model-{place}",
            x=Decimal("0.02") * (place + 1) ** 2,
            y=70 + place * 3,
            best=place in (0, 4, 9),
            key="revenue" if place % 2 else "productivity",
            group="Automation" if place % 2 else "Service",
        )
        for place in range(10)
    ]
    return scatter(
        dots, x_unit="money", y_unit="%", x_title="Cost per successful outcome", show=SHOW, title="Cost against quality"
    )


def _heatmap() -> Plot | None:
    bands = ("low", "middle", "high", "none")
    tiles = [
        Tile(row=f"model-{row}", column=f"{day} Nov", band=bands[(row * day) % 4], words=f"0.{row}{day}")
        for row in range(1, 6)
        for day in range(9, 23)
    ]
    return heatmap(
        tiles, title="Drift by model", words={"low": "Stable", "middle": "Watch", "high": "Drift"}, show=SHOW
    )


FAMILIES = {
    "models": _models,
    "metric": _metric,
    "crossing": _crossing,
    "columns": _columns,
    "waterfall": _waterfall,
    "donut": lambda: donut(PARTS, unit="money", show=SHOW, title="Value by category", words="total value"),
    "ranked": _ranked,
    "tornado": _tornado,
    "scatter": _scatter,
    "heatmap": _heatmap,
}


@pytest.fixture(scope="module")
def drawer() -> Iterator[Drawer]:
    made = Drawer()
    yield made
    made.close()


@pytest.mark.parametrize("name", FAMILIES)
def test_a_family_is_drawn(drawer: Drawer, name: str) -> None:
    made = FAMILIES[name]()
    assert made is not None
    plot = made.plot if isinstance(made, Donut) else made
    drawn = drawer.draw(plot.chart)
    for svg in (drawn.wide, drawn.narrow):
        assert svg.startswith("<svg")
        assert "style=" not in svg
        assert "NaN" not in svg
        assert "undefined" not in svg
        for entry in plot.legend:
            assert TOKENS.get(entry.key, f"var(--{entry.key})") in svg, entry
        ids = re.findall(r'id="([^"]+)"', svg)
        assert len(ids) == len(set(ids))
    assert re.search(r"\d", drawn.description)
    assert plot.table.rows
    assert all(len(row.cells) == len(plot.table.columns) for row in plot.table.rows)
    folder = os.environ.get("BREAKEVEN_GALLERY")
    if folder:
        Path(folder, f"{name}.svg").write_text(drawn.wide)
        Path(folder, f"{name}-narrow.svg").write_text(drawn.narrow)


@pytest.mark.parametrize("value", [Decimal("0.000004"), Decimal(1), Decimal(-1), Decimal(0), Decimal("9.9e14")])
def test_any_size_has_an_axis(drawer: Drawer, value: Decimal) -> None:
    plot = lines([Series(label="One", points=[(MONTHS[0], value)])], unit="money", show=SHOW, title="One point")
    assert plot is not None
    assert "NaN" not in drawer.draw(plot.chart).wide
    same = ranked([Bar(label="a", value=value), Bar(label="b", value=value)], unit="money", show=SHOW, title="Same")
    assert same is not None
    assert "NaN" not in drawer.draw(same.chart).wide


def test_nothing_known_is_no_chart() -> None:
    assert lines([Series(label="One", points=[(MONTHS[0], None)])], unit="money", show=SHOW, title="x") is None
    assert (
        columns([Column(label="Jan", parts=[("Value", None)])], {"Value": "value"}, unit="money", show=SHOW, title="x")
        is None
    )
    assert (
        donut([Part(label="a", value=Decimal(0), key="value")], unit="money", show=SHOW, title="x", words="x") is None
    )
    assert ranked([Bar(label="a", value=None)], unit="%", show=SHOW, title="x") is None
    assert waterfall([], show=SHOW, title="x") is tornado([], 1, unit="%", show=SHOW, title="x") is None
    assert scatter([], x_unit="money", y_unit="%", x_title="x", show=SHOW, title="x") is None
    assert heatmap([], title="x", words={}, show=SHOW) is None


def test_a_chart_shows_another_currency() -> None:
    euro = Display(currency="EUR", rate=Decimal("0.5"))
    plot = lines(
        [Series(label="One", points=[(month, Decimal(2000)) for month in MONTHS])], unit="money", show=euro, title="x"
    )
    assert plot is not None
    assert plot.chart.rows["rows"][0]["value"] == 1000
    assert plot.chart.rows["ends"][0]["words"] == plot.table.rows[0].cells[1].text == euro.money(2000)


def test_the_legend_of_many_lines_names_only_those_in_focus() -> None:
    plot = _models()
    assert plot is not None
    assert [entry.text for entry in plot.legend] == ["voice-triage", "copilot-draft", "5 others"]
