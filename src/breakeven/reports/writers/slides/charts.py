"""Charts of the presentation program, over a sheet of their own that can be edited."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from pptx.chart.data import CategoryChartData
from pptx.enum.chart import (
    XL_CHART_TYPE,
    XL_LABEL_POSITION,
    XL_LEGEND_POSITION,
    XL_MARKER_STYLE,
    XL_TICK_LABEL_POSITION,
)
from pptx.enum.dml import MSO_LINE
from pptx.oxml import parse_xml
from pptx.oxml.ns import nsdecls
from pptx.util import Pt

from breakeven.reports.document import Chart, Series
from breakeven.reports.writers.palette import LIGHT, colour
from breakeven.reports.writers.slides.deck import FONT, Box, Deck, described, rgb
from breakeven.reports.writers.waterfall import steps
from breakeven.views.format import symbol

TYPES: Mapping[str, XL_CHART_TYPE] = {
    "line": XL_CHART_TYPE.LINE, "area": XL_CHART_TYPE.LINE, "columns": XL_CHART_TYPE.COLUMN_CLUSTERED,
    "stacked": XL_CHART_TYPE.COLUMN_STACKED, "bars": XL_CHART_TYPE.BAR_CLUSTERED, "donut": XL_CHART_TYPE.DOUGHNUT,
    "waterfall": XL_CHART_TYPE.COLUMN_STACKED,
}  # fmt: skip
"""Form → chart; a waterfall is columns of which the lowest part is not seen."""
INK = LIGHT["--text"].removeprefix("#").upper()
MUTED, GRID = LIGHT["--text-3"], LIGHT["--chart-grid"]
LABELS = 14
"""Labels that fit below an axis."""
MILLION, THOUSAND = Decimal(1_000_000), Decimal(1000)


def chart(deck: Deck, slide: Any, box: Box, one: Chart) -> None:
    """Put a chart on a slide."""
    data: Any = CategoryChartData(number_format="General")  # type: ignore[no-untyped-call]
    data.categories = _categories(one)
    drawn = _waterfall(one) if one.form == "waterfall" else one.series
    for series in drawn:
        data.add_series(series.label, [None if value is None else float(value) for value in series.values])
    frame = slide.shapes.add_chart(TYPES[one.form], *deck.inches(box), data)
    described(frame, one.description)
    frame.name = one.title
    made = frame.chart
    made.font.size, made.font.color.rgb = Pt(11), rgb(MUTED)
    if not deck.own:
        made.font.name = FONT
    made.has_title = False
    shown = number_format(one, deck.document.currency, deck.document.locale)
    made.has_legend = one.form == "donut" or (len(drawn) > 1 and one.form != "waterfall")
    if made.has_legend:
        made.legend.position, made.legend.include_in_layout = XL_LEGEND_POSITION.BOTTOM, False
        made.legend.font.size = Pt(11)
    if one.form == "donut":
        _ring(made, one)
        return
    _axes(made, one, shown)
    _paint(made, one, drawn, shown)
    if one.form == "stacked":
        _across(made, drawn)


def _categories(one: Chart) -> list[str]:
    """What stands below the columns; below the steps of a waterfall their amounts, which do not fit into small ones."""
    names = [category[:40] for category in one.categories]
    if one.form != "waterfall":
        return names
    return [f"{name}\n{row.cells[1].text}" for name, row in zip(names, one.table.rows, strict=True)]


def _waterfall(one: Chart) -> tuple[Series, ...]:
    found = list(steps(one))
    return (
        Series(label="Base", values=tuple(step.hidden for step in found)),
        Series(label="Up", values=tuple(None if step.total else step.up or None for step in found), key="value"),
        Series(label="Down", values=tuple(step.down or None for step in found), key="cost"),
        Series(label="Total", values=tuple(step.up if step.total else None for step in found), key="ink"),
    )  # fmt: skip


def _axes(made: Any, one: Chart, shown: str) -> None:
    value, category = made.value_axis, made.category_axis
    value.has_major_gridlines = one.form not in ("waterfall", "bars")
    if value.has_major_gridlines:
        value.major_gridlines.format.line.color.rgb = rgb(GRID)
    value.format.line.fill.background()
    value.tick_labels.number_format, value.tick_labels.number_format_is_linked = shown, False
    value.visible = one.form not in ("waterfall", "bars")
    category.tick_label_position = XL_TICK_LABEL_POSITION.LOW
    category.format.line.color.rgb, category.format.line.width = rgb(LIGHT["--text"]), Pt(1)
    category.has_major_gridlines = False
    category.tick_labels.font.size = Pt(10 if len(one.categories) > 9 else 11)
    category._element.find("{*}txPr").find("{*}bodyPr").set("rot", "0")  # noqa: SLF001 - python-pptx turns no labels
    if len(one.categories) > LABELS:
        skip = parse_xml(f'<c:tickLblSkip {nsdecls("c")} val="{-(-len(one.categories) // LABELS)}"/>')
        category._element.find("{*}noMultiLvlLbl").addprevious(skip)  # noqa: SLF001 - python-pptx skips no labels
    if one.form == "bars":
        category.reverse_order = True


def _paint(made: Any, one: Chart, drawn: Sequence[Series], shown: str) -> None:
    plot = made.plots[0]
    if one.form not in ("line", "area"):
        plot.gap_width = 45
    if one.form in ("stacked", "waterfall"):
        plot.overlap = 100
    for place, (series, made_series) in enumerate(zip(drawn, plot.series, strict=True)):
        ink = rgb(colour(series.key or ("value" if len(drawn) == 1 else ""), place))
        if one.form in ("line", "area"):
            made_series.smooth = False
            made_series.format.line.color.rgb, made_series.format.line.width = ink, Pt(2.5)
            made_series.marker.style = XL_MARKER_STYLE.NONE
            if series.key == "muted" or series.across:
                made_series.format.line.dash_style = MSO_LINE.DASH
        elif one.form == "waterfall" and not place:
            made_series.format.fill.background()
        else:
            made_series.format.fill.solid()
            made_series.format.fill.fore_color.rgb = ink
            made_series.invert_if_negative = False
        if one.form == "bars":
            _labels(made_series, shown)
    if one.form in ("line", "area"):
        _ends(plot, drawn, shown)


def _labels(series: Any, shown: str) -> None:
    labels = series.data_labels
    labels.show_value, labels.number_format, labels.number_format_is_linked = True, shown, False
    labels.font.size, labels.font.bold = Pt(10), True
    labels.position = XL_LABEL_POSITION.OUTSIDE_END
    labels.font.color.rgb = rgb(LIGHT["--text"])


def _across(made: Any, drawn: Sequence[Series]) -> None:
    """Turn what lies across the columns into a line over the same axes."""
    bars = made._chartSpace.find(".//{*}barChart")  # noqa: SLF001 - python-pptx makes no charts of two kinds
    found = [one for one, series in zip(bars.findall("{*}ser"), drawn, strict=True) if series.across]
    if not found:
        return
    axes = "".join(f'<c:axId val="{one.get("val")}"/>' for one in bars.findall("{*}axId"))
    line = parse_xml(f'<c:lineChart {nsdecls("c")}><c:grouping val="standard"/><c:varyColors val="0"/>'
                     f'<c:marker val="1"/>{axes}</c:lineChart>')  # fmt: skip
    for one in found:
        bars.remove(one)
        for unfit in one.findall("{*}invertIfNegative"):
            one.remove(unfit)
        old = one.find("{*}spPr")
        if old is not None:
            one.remove(old)
        ink = f'<a:solidFill><a:srgbClr val="{INK}"/></a:solidFill>'
        look = parse_xml(f'<c:spPr {nsdecls("c", "a")}><a:ln w="22225">{ink}<a:prstDash val="dash"/></a:ln></c:spPr>')
        name = one.find("{*}tx")
        name.addnext(look)
        look.addnext(parse_xml(f'<c:marker {nsdecls("c")}><c:symbol val="none"/></c:marker>'))
        one.append(parse_xml(f'<c:smooth {nsdecls("c")} val="0"/>'))
        line.insert(2, one)
    bars.addnext(line)


def _ends(plot: Any, drawn: Sequence[Series], shown: str) -> None:
    """The last value of each line beside it."""
    for series, made in zip(drawn, plot.series, strict=True):
        known = [place for place, value in enumerate(series.values) if value is not None]
        if known:
            label = made.points[known[-1]].data_label
            frame = label.text_frame
            frame.text = text_of(series.values[known[-1]] or Decimal(0), shown)
            frame.paragraphs[0].runs[0].font.size, frame.paragraphs[0].runs[0].font.bold = Pt(11), True
            label.position = XL_LABEL_POSITION.ABOVE


def _ring(made: Any, one: Chart) -> None:
    plot = made.plots[0]
    keys = {entry.text: entry.key for entry in one.legend}
    for place, name in enumerate(one.categories):
        point = plot.series[0].points[place]
        point.format.fill.solid()
        key = next((key for text, key in keys.items() if text.startswith(name)), "")
        point.format.fill.fore_color.rgb = rgb(colour(key, place))
    plot.has_data_labels = True
    labels = plot.data_labels
    labels.show_percentage, labels.show_value = True, False
    labels.number_format, labels.number_format_is_linked = "0%", False
    labels.font.size, labels.font.bold = Pt(11), True
    labels.font.color.rgb = rgb(LIGHT["--surface"])


def number_format(one: Chart, currency: str, locale: str) -> str:
    """How the numbers of a chart are shown: amounts in thousands or millions, as large as the largest needs."""
    if one.unit == "%":
        return '0"%"'
    known = [abs(value) for series in one.series for value in series.values if value is not None]
    largest, sign = max(known, default=Decimal(0)), ""
    if one.unit.startswith("money"):
        sign = f'"{symbol(currency, locale).strip()}"'
    if largest >= MILLION:
        return f'{sign}0.0,,"M"'
    return f'{sign}#,##0,"k"' if largest >= 10 * THOUSAND else f"{sign}#,##0" if largest >= 10 else f"{sign}0.0"


def text_of(value: Decimal, shown: str) -> str:
    """A number in such a format, as words."""
    sign = shown.split('"')[1] if shown.startswith('"') else ""
    minus = "−" if value < 0 else ""
    size = abs(value)
    if shown.endswith('"%"'):
        return f"{minus}{size:.0f}%"
    if ',,"M"' in shown:
        return f"{minus}{sign}{size / MILLION:.2f}M"
    return f"{minus}{sign}{size / THOUSAND:,.0f}k" if ',"k"' in shown else f"{minus}{sign}{size:,.1f}"
