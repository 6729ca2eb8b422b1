"""Panels of dashboards: each a few lines over the builders of grafana-foundation-sdk.

Queries look back 26 hours, for a history that was loaded has one sample a day, and a day may have 25 hours.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, nextafter
from typing import NamedTuple, TypeVar

import msgspec
from grafana_foundation_sdk.builders import bargauge, dashboard, piechart, prometheus, stat, table, timeseries
from grafana_foundation_sdk.builders import common as common_builders
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models import common
from grafana_foundation_sdk.models import dashboard as shapes
from grafana_foundation_sdk.models.piechart import PieChartType
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from breakeven.ledger.targets import WATCH
from breakeven.workspace.definitions import Target

RED, YELLOW, GREEN, NEUTRAL = "red", "yellow", "green", "blue"
SOURCE = "${datasource}"
BACK = "26h"
DAILY = "1d"
LOWEST = -1e300
"""Where the first step begins: the schema asks for a number, and JSON has none that is endless."""
WIDTH = 24
CURRENCIES = frozenset({
    "USD", "GBP", "EUR", "JPY", "RUB", "UAH", "BRL", "DKK", "ISK", "NOK", "SEK", "CZK", "CHF", "PLN", "BTC", "ZAR",
    "INR", "KRW", "IDR", "PHP", "VND", "TRY", "MYR", "HUF", "BGN",
})  # fmt: skip
"""Those that Grafana has a unit for."""
UNITS = {"%": "percent", "hour": "h", "day": "d", "ms": "ms", "minute": "m", "1": "short"}

AnyPanel = stat.Panel | timeseries.Panel | bargauge.Panel | piechart.Panel | table.Panel
Kind = TypeVar("Kind", stat.Panel, timeseries.Panel, bargauge.Panel, piechart.Panel, table.Panel)


class Query(NamedTuple):
    """An expression, and what its series are called."""

    expression: str
    legend: str = "__auto"


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a panel stands, and what it says beside its data."""

    title: str
    description: str = ""
    width: int = 8
    height: int = 8
    explain: str = ""
    """Address of the page that takes its figure apart; empty: there is none."""


def unit_of(unit: str, currency: str) -> str:
    """The unit of a figure as Grafana names it."""
    if unit.startswith("money"):
        return f"currency{currency}" if currency in CURRENCIES else f"prefix:{currency} "
    return UNITS.get(unit, "short")


def lasting(expression: str) -> str:
    """The latest sample of a metric, live or of a history."""
    return f"last_over_time({expression}[{BACK}])"


def rag(target: Target | None) -> dashboard.ThresholdsConfig:
    """Red, yellow and green by a target; one neutral colour without."""
    steps = [shapes.Threshold(value=LOWEST, color=NEUTRAL)]
    if target is not None and target.at_least is not None:
        watch = target.watch if target.watch is not None else target.at_least - WATCH * abs(target.at_least)
        steps = [shapes.Threshold(value=LOWEST, color=RED), shapes.Threshold(value=float(watch), color=YELLOW),
                 shapes.Threshold(value=float(target.at_least), color=GREEN)]  # fmt: skip
    elif target is not None and target.at_most is not None:
        watch = target.watch if target.watch is not None else target.at_most + WATCH * abs(target.at_most)
        # A step begins with its value, and the target itself is still green.
        steps = [shapes.Threshold(value=LOWEST, color=GREEN),
                 shapes.Threshold(value=nextafter(float(target.at_most), inf), color=YELLOW),
                 shapes.Threshold(value=nextafter(float(watch), inf), color=RED)]  # fmt: skip
    return dashboard.ThresholdsConfig().mode(shapes.ThresholdsMode.ABSOLUTE).steps(steps)


def number(place: Place, query: Query, unit: str, thresholds: dashboard.ThresholdsConfig) -> AnyPanel:
    """A big number over the area of its course."""
    panel = (
        stat.Panel()
        .graph_mode(common.BigValueGraphMode.AREA)
        .color_mode(common.BigValueColorMode.VALUE)
        .reduce_options(_last())
        .interval(DAILY)
        .thresholds(thresholds)
        .unit(unit)
        .with_target(_ranged(query, "A"))
    )
    return _placed(panel, place)


def lines(place: Place, queries: Sequence[Query], unit: str, *, live: bool = False) -> AnyPanel:
    """Courses over time; `live` for what changes by the minute."""
    panel = timeseries.Panel().unit(unit).fill_opacity(10).line_width(2).show_points(common.VisibilityMode.NEVER)
    panel = panel.span_nulls(True) if live else panel.interval(DAILY).span_nulls(True)
    panel = panel.legend(_legend()).tooltip(_tooltip())
    for letter, query in zip("ABCDEFGH", queries, strict=False):
        panel = panel.with_target(_ranged(query, letter))
    return _placed(panel, place)


def bars(place: Place, query: Query, unit: str) -> AnyPanel:
    """A bar for each series, as it is now."""
    panel = (
        bargauge.Panel()
        .orientation(common.VizOrientation.HORIZONTAL)
        .display_mode(common.BarGaugeDisplayMode.BASIC)
        .reduce_options(_last())
        .thresholds(rag(None))
        .unit(unit)
        .with_target(_instant(query, "A"))
    )
    return _placed(panel, place)


def pie(place: Place, query: Query, unit: str) -> AnyPanel:
    """Parts of a whole, as they are now."""
    panel = (
        piechart.Panel()
        .pie_type(PieChartType.DONUT)
        .reduce_options(_last())
        .unit(unit)
        .with_target(_instant(query, "A"))
    )
    return _placed(panel, place)


def rows(place: Place, queries: Sequence[Query], units: Sequence[str], hidden: Sequence[str] = ()) -> table.Panel:
    """A table with a column for each query, its rows joined by their labels."""
    panel = table.Panel().frame_index(0).show_header(True).align(common.FieldTextAlignment.AUTO).inspect(False)
    for letter, query in zip("ABCDEFGH", queries, strict=False):
        panel = panel.with_target(_instant(query, letter).format(PromQueryFormat.TABLE))
    renamed = {f"Value #{letter}": query.legend for letter, query in zip("ABCDEFGH", queries, strict=False)}
    if len(queries) == 1:
        renamed["Value"] = queries[0].legend
    left_out = dict.fromkeys(("Time", "__name__", "instance", "job", *hidden), True)
    panel = panel.with_transformation(shapes.DataTransformerConfig(id_val="merge", options={}))
    panel = panel.with_transformation(
        shapes.DataTransformerConfig(id_val="organize", options={"excludeByName": left_out, "renameByName": renamed})
    )
    for query, unit in zip(queries, units, strict=True):
        panel = panel.override_by_name(query.legend, [shapes.DynamicConfigValue(id_val="unit", value=unit)])
    return _placed(panel, place)


def statuses(place: Place, queries: Sequence[Query]) -> AnyPanel:
    """Targets with their colours and words; the last query is the status."""
    shown = rows(place, queries, ["short"] * len(queries), hidden=("rule",))
    words = {"0": ("Off track", RED), "1": ("Watch", YELLOW), "2": ("On track", GREEN)}
    mapping = shapes.ValueMap(options={
        value: shapes.ValueMappingResult(text=text, color=color, index=at)
        for at, (value, (text, color)) in enumerate(words.items())
    })  # fmt: skip
    return shown.override_by_name(queries[-1].legend, [
        shapes.DynamicConfigValue(id_val="mappings", value=[mapping]),
        shapes.DynamicConfigValue(id_val="custom.cellOptions", value={"type": "color-background", "mode": "basic"}),
    ])  # fmt: skip


def _last() -> Builder[common.ReduceDataOptions]:
    return common_builders.ReduceDataOptions().calcs(["lastNotNull"]).values(False)


def _legend() -> Builder[common.VizLegendOptions]:
    """Below, in one line, which the schema asks to be said."""
    made = common_builders.VizLegendOptions().display_mode(common.LegendDisplayMode.LIST).calcs([])
    return made.placement(common.LegendPlacement.BOTTOM).show_legend(True)


def _tooltip() -> Builder[common.VizTooltipOptions]:
    """All series of a moment, the largest first."""
    return common_builders.VizTooltipOptions().mode(common.TooltipDisplayMode.MULTI).sort(common.SortOrder.DESCENDING)


def _query(query: Query, letter: str) -> prometheus.Dataquery:
    return prometheus.Dataquery().expr(query.expression).legend_format(query.legend).ref_id(letter)


def _ranged(query: Query, letter: str) -> prometheus.Dataquery:
    return _query(query, letter).range()


def _instant(query: Query, letter: str) -> prometheus.Dataquery:
    return _query(query, letter).instant()


def _placed(panel: Kind, place: Place) -> Kind:
    panel.title(place.title).description(place.description)
    panel.datasource(shapes.DataSourceRef(type_val="prometheus", uid=SOURCE))
    panel.span(place.width).height(place.height)
    if place.explain:
        panel.links([dashboard.DashboardLink("Explain").type(shapes.DashboardLinkType.LINK).url(place.explain)
                     .target_blank(True)])  # fmt: skip
    return panel
