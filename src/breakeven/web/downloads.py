"""Charts and tables of pages as files: SVG, PNG and CSV under the page's own filters."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from importlib import resources
from typing import Any

from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from breakeven.errors import NotFound
from breakeven.views.charting.chart import Chart
from breakeven.views.charting.export import light_colours, standalone
from breakeven.views.charting.rendering import ChartRenderer
from breakeven.views.charting.spreadsheet import as_csv
from breakeven.views.content import Drawn, Page, Panel, Table
from breakeven.views.pages import PAGES
from breakeven.web.addresses import Address, address
from breakeven.web.site import Shown, Site, panel_plots

FORMS = {"svg": "image/svg+xml", "png": "image/png", "csv": "text/csv"}
_VARYING = re.compile(r"{(\w+)}")


def downloads(site: Site, charts: ChartRenderer, clock: Callable[[], datetime]) -> HTTPRouteHandler:
    """The route of all downloads."""
    tokens = light_colours(
        resources.files("breakeven.web").joinpath("static", "tokens.css").read_text(encoding="utf-8")
    )

    @get("/charts/{page:str}/{file:str}", include_in_schema=False, sync_to_thread=True)
    def download(request: Request[Any, Any, Any], page: FromPath[str], file: FromPath[str]) -> Response[bytes]:
        name, _, form = file.rpartition(".")
        if form not in FORMS:
            raise NotFound(f"there is no form {form!r}: choose one of {', '.join(FORMS)}")
        now = clock()
        at = _address(page, request)
        shown = site.shown(at, now)
        if form == "csv":
            content = as_csv(_table(shown.page, name), shown.currency)
        else:
            picture = _picture(
                shown.page, name, lambda place, chart: charts.chart(f"{at.text} {place}", chart, now, wait=True).wide
            )
            svg = standalone(picture.svg, title=picture.title, source=_source(shown, site.company), tokens=tokens,
                             legend=picture.legend)  # fmt: skip
            content = svg.encode() if form == "svg" else charts.png(svg)
        headers = {"Content-Disposition": f'attachment; filename="{page}-{name}.{form}"', "Cache-Control": "no-cache"}
        return Response(content, media_type=FORMS[form], headers=headers)

    return download


def _address(page: str, request: Request[Any, Any, Any]) -> Address:
    """The page's address: what varies in its path is given as a parameter. Raises NotFound, UnknownName."""
    kind = next((kind for kind in PAGES if kind.name == page), None)
    if kind is None:
        raise NotFound(f"there is no page {page}: choose one of {', '.join(kind.name for kind in PAGES)}")
    query: dict[str, list[str]] = {}
    for name, value in request.query_params.multi_items():
        query.setdefault(name, []).append(value)
    names = _VARYING.findall(kind.path)
    missing = [name for name in names if not query.get(name)]
    if missing:
        raise NotFound(f"the page {page} needs {' and '.join(missing)}")
    values = {name: query.pop(name)[-1] for name in names}
    return address(kind, values, query)


def _panel(page: Page, name: str) -> Panel:
    """Raises NotFound."""
    for panel in page.panels:
        if panel.id == name:
            return panel
    names = [*page.drawn, *(panel.id for panel in page.panels)]
    raise NotFound(f"{page.title} has no panel {name}: choose one of {', '.join(names)}")


def _picture(page: Page, name: str, draw: Callable[[str, Chart], str]) -> Drawn:
    """What the page draws itself, or the first chart of a panel. Raises NotFound."""
    if name in page.drawn:
        if not page.drawn[name].svg:
            raise NotFound(f"{page.drawn[name].title}: there is nothing to show")
        return page.drawn[name]
    panel = _panel(page, name)
    place, plot = next(iter(panel_plots(panel).items()), (None, None))
    if place is None or plot is None:
        raise NotFound(f"{panel.title} has no chart; its table can be had as CSV")
    return Drawn(title=panel.title, svg=draw(place, plot.chart), table=plot.table, legend=tuple(plot.legend))


def _table(page: Page, name: str) -> Table:
    """What a picture or a panel says as a table: that of its chart, else its own. Raises NotFound."""
    if name in page.drawn:
        return page.drawn[name].table
    panel = _panel(page, name)
    plots = panel_plots(panel)
    bodies = panel.body if isinstance(panel.body, tuple) else (panel.body,)
    tables = [*(plot.table for plot in plots.values()), *(body for body in bodies if isinstance(body, Table))]
    if not tables:
        raise NotFound(f"{panel.title} has neither a chart nor a table")
    return tables[0]


def _source(shown: Shown, company: str) -> list[str]:
    return [company, f"{shown.period}, to {shown.until}", f"methodology {shown.methodology}",
            f"data version {shown.data_version}", f"made {shown.made}"]  # fmt: skip
