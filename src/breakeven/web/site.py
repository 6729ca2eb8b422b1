"""Pages as HTML: computed once per data version and minute for all viewers, whole or as the fragments of a tick."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import quote

import msgspec
from markupsafe import Markup

from breakeven.errors import NotFound, UnknownName
from breakeven.views.asking.filters import Filters
from breakeven.views.asking.resolve import Asked, asked
from breakeven.views.charting.chart import fitted
from breakeven.views.charting.rendering import ChartRenderer, Drawn
from breakeven.views.content import Beside, Body, Donut, Page, Panel, Plot
from breakeven.views.explaining.panel import Breakdown, explained
from breakeven.views.filterbar import FilterBar, filterbar
from breakeven.views.key_figures import key_figures
from breakeven.views.notes import DECIDED, KINDS, STATES
from breakeven.views.pages import PAGES, Kind
from breakeven.views.question import Question
from breakeven.views.sources import Sources
from breakeven.web.addresses import Address, read
from breakeven.web.memory import Minutes, Recent, Versions
from breakeven.web.services import Services
from breakeven.web.templating import Templates, explain_link
from breakeven.web.ways import Way
from breakeven.workspace.definitions import FigureRef

Answer = TypeVar("Answer")
KEPT = 128
"""Views in memory."""


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A page's content and what it is made of."""

    page: Page
    bar: FilterBar
    sources: Sources
    data_version: int
    methodology: str
    made: str
    period: str
    until: str
    currency: str
    """Of the amounts as they are shown."""
    running: bool
    """Whether the page changes with what comes in: its period is not over, and it is of the present."""


class Site:
    """Makes pages and fragments; safe to use from many threads."""

    def __init__(self, services: Services, charts: ChartRenderer, assets: Mapping[str, str]) -> None:
        self._services, self._charts = services, charts
        self._views, self._pages = Recent(KEPT), Recent(KEPT)
        self._minutes, self._versions = Minutes(), Versions(services.store)
        self._templates = Templates(
            assets, company=services.workspace.name, demo=services.demo, note_choices=_note_choices(services)
        )

    @property
    def company(self) -> str:
        """The company's name."""
        return self._services.workspace.name

    def page(self, at: Address, now: datetime, **extra: object) -> str:
        """The whole page; `extra` is what a form needs that was refused. Raises UsageProblem, UnknownName, NotFound."""
        if extra or at.explain is not None:
            return self._render(at, self.shown(at, now), now, **extra)
        key = self._key(at, now)
        found = self._pages.get(key)
        if found is None:
            shown = self.shown(at, now)
            found = self._render(at, shown, now)
            if all(self._charts.ready(plot.chart) for plot in plots(shown.page).values()):
                # Else it shows charts from before, and is made again when it is asked for again.
                self._pages.keep(key, found)
        return str(found)

    def variant(self, at: Address, now: datetime, build: Callable[[Question], Page]) -> str:
        """The page as something else makes it: a form that was refused, with what was typed."""
        return self._render(at, self._made(at, now, build), now)

    def macros(self, template: str) -> Any:
        """The macros of a template, for answers that are parts of a page."""
        return self._templates.macros(template)

    def shown(self, at: Address, now: datetime, *, newest: bool = False) -> Shown:
        """What a page says. Raises UsageProblem, UnknownName, NotFound."""
        found: Shown = self._views.made(self._key(at, now, newest=newest), lambda: self._made(at, now))
        return found

    def numbers(self, topic: str) -> Mapping[str, str]:
        """Fragments of a page that may change once a second, by element id."""
        return self._fragments(topic, charts=False)

    def charts(self, topic: str) -> Mapping[str, str]:
        """Fragments that may change every ten seconds: charts are drawn for the numbers of this moment."""
        return self._fragments(topic, charts=True)

    def error(self, status: int, title: str, sentence: str, ways: Sequence[Way] = ()) -> str:
        """A page that says what went wrong, and how to go on."""
        return self._templates.render("error.html", status=status, title=title, sentence=sentence, path="", ways=ways)

    def render(self, template: str, **values: object) -> str:
        """A page that is no view of the ledger."""
        return self._templates.render(template, **values)

    def embedded(self, figure: str, filters: Filters, now: datetime, *, theme: str) -> str:
        """One key figure by itself. Raises UnknownName for a figure that is not there any more."""
        with asked(self._services.ledger, filters, now) as found:
            at = Address(kind=PAGES[0], values={}, own={}, filters=filters)
            question = self._question(at, found, now)
            tiles = key_figures(question, (FigureRef(figure=figure),))
            if not tiles:
                raise UnknownName("figure", figure, question.catalogue)
            made = f"{question.show.day(now)} {question.show.clock(now)}"
            return self.render("embed.html", tile=tiles[0], theme=theme, period=found.words, made=made, sentence="")

    def ask(self, at: Address, now: datetime, make: Callable[[Question], Answer]) -> Answer:
        """What is made from the question of an address, beside a page. Raises UsageProblem, UnknownName."""
        with asked(self._services.ledger, at.filters, now, at.kind.honours) as found:
            return make(self._question(at, found, now))

    @contextmanager
    def asking(self, at: Address, now: datetime) -> Iterator[Question]:
        """The question of an address, for what is written while it is read. Raises UsageProblem, UnknownName."""
        with asked(self._services.ledger, at.filters, now, at.kind.honours) as found:
            yield self._question(at, found, now)

    def explained(self, at: Address, now: datetime) -> Breakdown:
        """The explanation that an address asks for. Raises UnknownName, UsageProblem."""
        if at.explain is None:
            raise NotFound("no figure is named: add explain=roi_percent")
        with asked(self._services.ledger, at.filters, now, at.kind.honours) as found:
            return explained(self._question(at, found, now), at.explain)

    def _fragments(self, topic: str, *, charts: bool) -> Mapping[str, str]:
        if not topic:
            return {}
        at, now = read(topic), self._services.clock()
        if not at.kind.live:
            return {}
        shown = self.shown(at, now, newest=True)
        page, parts = shown.page, self._templates.parts
        pictures = self._pictures(at, page, now, wait=True) if charts else {}
        found: dict[str, str] = {}
        for panel in page.panels:
            if charts == bool(panel_plots(panel)):
                made = parts.strip_body(panel) if panel.strip else parts.panel_body(panel, pictures, shown, at)
                found[f"panel-{panel.id}-body"] = made
                for plot in panel_plots(panel).values():
                    found[f"panel-{panel.id}-data"] = parts.table(plot.table, at)
        if charts:
            return {name: str(html).strip() for name, html in found.items()}
        found["lead-finding"] = Markup.escape(page.finding)
        found["lead-exception"] = Markup.escape(page.exception)
        found["fresh"] = parts.fresh(shown.sources)
        for tile in page.tiles:
            name = f"tile-{tile.figure}"
            found[f"{name}-value"] = parts.shown(tile.value)
            found[f"{name}-change"] = parts.tile_change(tile)
            found[f"{name}-goal"] = parts.tile_goal(tile, explain_link(at, tile.figure))
            found[f"{name}-proof"] = parts.tile_proof(tile)
        return {name: str(html).strip() for name, html in found.items()}

    def _made(self, at: Address, now: datetime, build: Callable[[Question], Page] | None = None) -> Shown:
        with asked(self._services.ledger, at.filters, now, at.kind.honours) as found:
            question = self._question(at, found, now)
            page = (build or at.kind.build)(question)
            show = question.show
            return Shown(
                page=msgspec.structs.replace(page, remarks=(*found.remarks(at.kind.honours), *page.remarks)),
                bar=filterbar(question, at.kind.honours, at.own), sources=question.sources,
                data_version=found.desk.reading.moment.versions.data,
                methodology=question.workspace.methodology.version, made=f"{show.day(now)} {show.clock(now)}",
                period=found.words, until=show.day(question.until), running=_running(question, at),
                currency=show.currency,
            )  # fmt: skip

    def _question(self, at: Address, found: Asked, now: datetime) -> Question:
        scope = (at.filters, found.period.start, found.period.end)
        return Question(
            found.desk, at.filters, path=at.path, period=found.period, projects=found.projects, show=found.show,
            fresh=self._services.ledger.freshness(now), given=at.given, own=at.own, server=self._services.server,
            kept=lambda key, make: self._minutes.get((scope, key), now, make),
        )  # fmt: skip

    def _render(self, at: Address, shown: Shown, now: datetime, **extra: object) -> str:
        panel = None if at.explain is None else self.explained(at, now)
        pictures = self._pictures(at, shown.page, now)
        live = f"/live?page={quote(at.text, safe='')}" if shown.running else ""
        return self._templates.render(
            at.kind.template, title=shown.page.title, path=_current(at.kind), at=at, v=shown, page=shown.page,
            pictures=pictures, breakdown=panel, live=live, kind=at.kind, writable=not at.filters.as_of, **extra,
        )  # fmt: skip

    def _pictures(self, at: Address, page: Page, now: datetime, *, wait: bool = False) -> dict[str, Drawn]:
        """The charts of a page by place."""
        return {
            place: self._charts.chart(f"{at.text} {place}", plot.chart, now, wait=wait, later=wait)
            for place, plot in plots(page).items()
        }

    def _key(self, at: Address, now: datetime, *, newest: bool = False) -> tuple[object, ...]:
        services = self._services
        version = self._versions.current(now, newest=newest)
        return version, services.ledger.state.version, f"{now:%Y-%m-%dT%H:%M}", at.text


def plots(page: Page) -> dict[str, Plot]:
    """The charts of a page by place: id of the panel and number of the body."""
    return {place: plot for panel in page.panels for place, plot in panel_plots(panel).items()}


def panel_plots(panel: Panel) -> dict[str, Plot]:
    """The charts of a panel by place, in the size of the panel."""
    bodies = panel.body if isinstance(panel.body, tuple) else (panel.body,)
    found = ((number, _plot(body, panel.width)) for number, body in enumerate(bodies))
    return {f"{panel.id}-{number}": plot for number, plot in found if plot is not None}


def _plot(body: Body, columns: int) -> Plot | None:
    plot = body if isinstance(body, Plot) else body.plot if isinstance(body, Donut | Beside) else None
    if plot is None:
        return None
    return msgspec.structs.replace(plot, chart=fitted(plot.chart, columns, aside=isinstance(body, Beside)))


def _running(question: Question, at: Address) -> bool:
    ended = "period" in at.kind.honours and question.period.end <= question.desk.reading.today
    return at.kind.live and not at.filters.as_of and not ended


def _current(kind: Kind) -> str:
    """The entry of the navigation that a page belongs to."""
    if kind.group:
        return kind.path
    return f"/{kind.path.split('/')[1]}"


def _note_choices(services: Services) -> Mapping[str, object]:
    """What can be chosen in the form of a note."""
    figures = services.ledger.figures().values()
    named = [(one.name, one.label) for one in figures if one.kind in ("metric", "value", "timeline")]
    return {
        "projects": [(one.id, one.name) for one in services.workspace.projects.values()],
        "figures": sorted(named, key=lambda pair: pair[1].lower()), "kinds": KINDS, "states": STATES,
        "decided": DECIDED, "currency": services.workspace.currency,
    }  # fmt: skip
