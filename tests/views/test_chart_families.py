"""Every family of charts: drawn wide and narrow, each with a sentence, a table and the colours of its legend."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from msgspec import structs

from breakeven.period import add_months
from breakeven.views.charting.axes import texts_of
from breakeven.views.charting.bars import ranked
from breakeven.views.charting.chart import fitted, round_ticks
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
    Tile,
)
from breakeven.views.charting.fields import heatmap, scatter
from breakeven.views.charting.filling import filled
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
    drawn = drawer.draw(plot.chart).at("a page panel-0")
    ids = re.findall(r'id="([^"]+)"', drawn.wide + drawn.narrow)
    assert len(ids) == len(set(ids))
    assert all(name.startswith("panel-0-") for name in ids)
    for svg in (drawn.wide, drawn.narrow):
        assert svg.startswith("<svg")
        assert "style=" not in svg
        assert "NaN" not in svg
        assert "undefined" not in svg
        for entry in plot.legend:
            assert TOKENS.get(entry.key, f"var(--{entry.key})") in svg, entry
        for named in re.findall(r"url\(#([^)]+)\)", svg):
            assert named in ids
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
    assert waterfall([], show=SHOW, title="x") is None
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


def test_two_places_of_a_page_share_no_id(drawer: Drawer) -> None:
    plot = _scatter()
    assert plot is not None
    drawn = drawer.draw(plot.chart)
    first, second = (re.findall(r'id="([^"]+)"', drawn.at(place).wide) for place in ("/x a-0", "/x b-0"))
    assert first
    assert not set(first) & set(second)


def test_of_many_bars_the_first_are_drawn_and_all_are_in_the_table(drawer: Drawer) -> None:
    plot = ranked(
        [Bar(label=f"Project {place}", value=200 - place) for place in range(200)], unit="%", show=SHOW, title="ROI"
    )
    assert plot is not None
    assert plot.chart.y is not None
    assert list(plot.chart.y.labels)[-1] == "and 180 more"
    assert len(plot.chart.rows["rows"]) == 20
    assert len(plot.table.rows) == 200
    assert "and 192 more" in plot.chart.description
    assert "and 180 more" in drawer.draw(plot.chart).wide


def test_annotations_that_are_not_drawn_are_told_and_listed() -> None:
    marks = [Mark(on=MONTHS[place], words=f"Release {place}") for place in range(1, 8)]
    points = [(month, Decimal(place)) for place, month in enumerate(MONTHS)]
    plot = lines([Series(label="One", points=points)], unit="hour", show=SHOW, title="x", marks=marks)
    assert plot is not None
    assert [row["words"] for row in plot.chart.rows["events"]] == [f"Release {place}" for place in range(4, 8)]
    tops = [row["top"] for row in plot.chart.rows["events"]]
    assert tops == sorted(tops, reverse=True)
    listed = [row.cells[-1].text for row in plot.table.rows]
    for place in range(1, 8):
        assert f"Release {place}" in plot.chart.description
        assert listed[place] == f"Release {place}"


@pytest.mark.parametrize(("columns_", "pixels"), [(12, 1102), (8, 715), (6, 522), (5, 425), (3, 232)])
def test_a_chart_is_as_wide_as_its_card(columns_: int, pixels: int) -> None:
    plot = _crossing()
    ring = FAMILIES["donut"]()
    assert plot is not None
    assert isinstance(ring, Donut)
    assert fitted(plot.chart, columns_).width == pytest.approx(pixels, abs=1)
    assert fitted(ring.plot.chart, columns_) == ring.plot.chart


@pytest.mark.parametrize(
    ("ticks", "unit", "texts"),
    [
        ([0, 500_000, 1_000_000, 1_500_000], "money", ["$0", "$500k", "$1M", "$1.5M"]),
        ([0, 0.5, 1], "money", ["$0", "$0.50", "$1.00"]),
        ([-200_000, 0], "money", ["−$200k", "$0"]),
        ([0, 0.00002], "1", ["0.00000", "0.00002"]),
        ([0, 1000], "ms", ["0 ms", "1,000 ms"]),
        ([0, 2.5], "%", ["0.0%", "2.5%"]),
    ],
)
def test_ticks_are_written_as_the_page_writes_numbers(ticks: list[float], unit: str, texts: list[str]) -> None:
    assert texts_of(ticks, unit, SHOW) == texts


@pytest.mark.parametrize(("low", "high"), [(0, 1), (-3, 7), (0, 4e-6), (-2e14, 9e14), (99, 101), (5, 5)])
def test_ticks_are_round_and_inside(low: float, high: float) -> None:
    ticks = round_ticks(low, high)
    assert 1 <= len(ticks) <= 8
    assert all(low - 1e-9 * abs(low) <= tick <= high + 1e-9 * abs(high) for tick in ticks)
    assert ticks == sorted(set(ticks))


@pytest.mark.parametrize(("width", "said"), [(620, 12), (425, 4), (330, 4)])
def test_months_do_not_stand_on_each_other(width: int, said: int) -> None:
    plot = _crossing()
    assert plot is not None
    compiled = {"data": [], "signals": [{"name": "x_labels"}], "scales": [], "axes": []}
    made = filled(compiled, structs.replace(plot.chart, width=width), narrow=False)
    assert sum(bool(label) for label in made["signals"][0]["value"]) == said
