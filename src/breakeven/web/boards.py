"""The board as HTML: computed once per data version and minute for all viewers, whole or as the fragments of a tick."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from threading import Lock
from typing import Any
from urllib.parse import urlencode

import jinja2
import msgspec
from markupsafe import Markup

from breakeven.period import Period
from breakeven.views.asking.query import period_of
from breakeven.views.board import BoardView, board_view, figures_of, period_choices
from breakeven.views.breakdown import Breakdown, breakdown
from breakeven.views.charting.charts import Chart, cumulative
from breakeven.views.charting.rendering import ChartRenderer
from breakeven.views.charting.sparks import spark
from breakeven.views.format import day
from breakeven.views.gather import History, gather, history
from breakeven.views.notes import KINDS
from breakeven.web.services import Services

DEFAULT_PERIOD = "ytd"
TRAFFIC = "interaction"
"""The kind of fact that comes all the time."""
SETTLED = timedelta(milliseconds=800)
"""How long a page may show the version before, while only traffic comes: less than a second."""
KEPT = 32
"""Views in memory."""


class Link(msgspec.Struct, frozen=True):
    """One page in the navigation."""

    path: str
    title: str
    icon: str


class Group(msgspec.Struct, frozen=True):
    """Pages under a heading."""

    title: str
    links: tuple[Link, ...]


NAVIGATION = (Group("Dashboards", (Link("/board", "Board", "n-board"),)),)
"""The pages that exist."""


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A note as it was typed."""

    kind: str = "highlight"
    text: str = ""
    owner: str = ""
    due: str = ""


class Moment(msgspec.Struct, frozen=True):
    """A data version that is shown."""

    version: int
    others: int
    """Data version of the last change that was not of interactions."""
    at: datetime


class Shown(msgspec.Struct, frozen=True):
    """A view and what it is made of."""

    view: BoardView
    period: Period


Key = tuple[int, str, str]
"""Data version, minute, period as asked for."""


def board_link(period: str, explain: str | None = None) -> str:
    """Address of the board for a period, with a figure's explanation open."""
    asked = ({} if period == DEFAULT_PERIOD else {"period": period}) | ({"explain": explain} if explain else {})
    return f"/board?{urlencode(asked)}" if asked else "/board"


class Boards:
    """Makes pages and fragments; safe to use from many threads."""

    def __init__(self, services: Services, charts: ChartRenderer, assets: Mapping[str, str]) -> None:
        self._services, self._charts = services, charts
        self._views: OrderedDict[Key, Shown] = OrderedDict()
        self._pages: OrderedDict[Key, str] = OrderedDict()
        self._last: Moment | None = None
        self._histories: dict[str, tuple[datetime, History]] = {}
        self._lock, self._computing = Lock(), Lock()
        self._templates = _environment(assets)
        self._parts: Any = self._templates.get_template("parts.html").module

    def page(self, period: str, explain: str | None, now: datetime) -> str:
        """The whole page. Raises UsageProblem for a period, UnknownName for a figure."""
        if explain is not None:
            return self._render(self._shown(period, now), period, now, explain=explain)
        key = self._key(period, now)
        with self._lock:
            found = self._pages.get(key)
        if found is None:
            shown = self._shown(period, now)
            found = self._render(shown, period, now)
            if self._charts.ready(
                _chart(shown)
            ):  # else it shows the chart before this one, and is made again when it is asked for again
                self._keep(self._pages, key, found)
        return found

    def refused(self, draft: Draft, fault: str, now: datetime) -> str:
        """The page with a note that could not be saved, as it was typed, and why."""
        return self._render(self._shown(DEFAULT_PERIOD, now), DEFAULT_PERIOD, now, draft=draft, fault=fault)

    def numbers(self) -> Mapping[str, str]:
        """Fragments that may change once a second, by element id."""
        view = self._shown(DEFAULT_PERIOD, self._services.clock(), newest=True).view
        parts, found = self._parts, {}
        found["lead-finding"] = Markup.escape(view.finding)
        found["lead-exception"] = Markup.escape(view.exception)
        for tile in view.tiles:
            name = f"tile-{tile.figure}"
            found[f"{name}-value"] = parts.shown(tile.value)
            found[f"{name}-change"] = parts.tile_change(tile)
            found[f"{name}-goal"] = parts.tile_goal(tile, board_link(DEFAULT_PERIOD, tile.figure))
        for side in view.side:
            found[f"side-{side.figure}-value"] = parts.shown(side.value)
            found[f"side-{side.figure}-words"] = parts.side_words(side)
        for panel in view.panels:
            found[f"notes-{panel.id}"] = parts.notes(panel)
        found["fresh"] = parts.fresh(view.sources)
        if view.projects:
            found["standing"] = parts.standing(view.projects)
        return {name: str(html).strip() for name, html in found.items()}

    def charts(self) -> Mapping[str, str]:
        """Fragments that may change every ten seconds: the chart is drawn for the numbers of this moment."""
        now = self._services.clock()
        shown = self._shown(DEFAULT_PERIOD, now, newest=True)
        drawn = self._charts.chart(f"board/{DEFAULT_PERIOD}", _chart(shown), now, wait=True)
        covered = str(Markup.escape(shown.view.covered))
        return {"chart-cumulative": str(self._parts.chart(drawn)), "trend-covered": covered}

    def error(self, status: int, title: str, sentence: str) -> str:
        """A page that says what went wrong."""
        return self._template("error.html", status=status, title=title, sentence=sentence, path="")

    def _shown(self, period: str, now: datetime, *, newest: bool = False) -> Shown:
        key = self._key(period, now, newest=newest)
        with self._lock:
            found = self._views.get(key)
        if found is not None:
            return found
        with self._computing:  # who comes at the same moment waits for the one computation
            with self._lock:
                found = self._views.get(key)
            if found is None:
                found = self._made(period, now)
                self._keep(self._views, key, found)
        return found

    def _made(self, text: str, now: datetime) -> Shown:
        services = self._services
        period = period_of(services.ledger, text, now)
        figures = [ref.figure for ref in figures_of(services.workspace, period)]
        past = self._past(text, period, now, figures)
        return Shown(board_view(gather(services.ledger, services.store, period, now, figures, past)), period)

    def _past(self, text: str, period: Period, now: datetime, figures: Sequence[str]) -> History:
        """What complete months say, at most a minute old: a record of this month does not change it."""
        known = self._histories.get(text)
        if known is None or not timedelta(0) <= now - known[0] < timedelta(minutes=1):
            if len(self._histories) >= KEPT:
                self._histories.clear()
            known = now, history(self._services.ledger, period, now, figures)
            self._histories[text] = known
        return known[1]

    def _render(
        self, shown: Shown, asked: str, now: datetime, *, explain: str | None = None, draft: Draft | None = None,
        fault: str = "",
    ) -> str:  # fmt: skip
        view = shown.view
        panel = None if explain is None else self._explained(explain, shown, now)
        drawn = self._charts.chart(f"board/{asked}", _chart(shown), now)
        return self._template(
            "board.html", title="Board", path="/board", v=view, asked=asked, drawn=drawn, breakdown=panel,
            live=asked == DEFAULT_PERIOD, choices=period_choices(self._services.workspace.calendar.today(now)),
            note_kinds=KINDS, given=draft or Draft(), fault=fault, until=day(view.until),
        )  # fmt: skip

    def _explained(self, name: str, shown: Shown, now: datetime) -> Breakdown:
        view = shown.view
        label = next((tile.label for tile in view.tiles if tile.figure == name), None)
        found = self._services.ledger.explain(name, period=shown.period, now=now)
        return breakdown(found, period=shown.period, currency=view.currency, methodology=view.methodology,
                         data_version=view.data_version, label=label)  # fmt: skip

    def _template(self, name: str, **values: Any) -> str:
        services = self._services
        return self._templates.get_template(name).render(
            navigation=NAVIGATION, company=services.workspace.name, demo=services.demo, **values
        )

    def _key(self, period: str, now: datetime, *, newest: bool = False) -> Key:
        return self._version(now, newest=newest), f"{now:%Y-%m-%dT%H:%M}", period.strip().lower()

    def _version(self, now: datetime, *, newest: bool) -> int:
        """The data version to show: the newest, or the one of a moment ago if only interactions came since.

        Heavy traffic then costs one computation a second; anything else (a note, a bill) is shown at once.
        """
        versions = self._services.store.versions()
        others = max((version for kind, version in versions.by_kind.items() if kind != TRAFFIC), default=0)
        with self._lock:
            last = self._last
            if newest or last is None or last.others != others or not timedelta(0) <= now - last.at < SETTLED:
                self._last = last = Moment(versions.data, others, now)
        return last.version

    def _keep(self, kept: OrderedDict[Key, Any], key: Key, value: object) -> None:
        with self._lock:
            kept[key] = value
            while len(kept) > KEPT:
                kept.popitem(last=False)


def _chart(shown: Shown) -> Chart:
    return cumulative(shown.view.trend, shown.view.currency)


def _environment(assets: Mapping[str, str]) -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.PackageLoader("breakeven.web"), autoescape=True, trim_blocks=True, lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )  # fmt: skip
    made.filters["asset"] = lambda name: assets[name]
    made.filters["spark"] = lambda points: Markup(spark(points))  # noqa: S704 - made of numbers only
    made.filters["period_link"] = board_link
    made.filters["explain_link"] = lambda figure, period: board_link(period, figure)
    return made
