"""From the filters of an address to what a page is made from; the one way, for every page.

    with asked(ledger, filters, now) as found:
        Question(found.desk, filters, period=found.period, projects=found.projects, show=found.show, …)

`found.remarks(honours)` is what the reader must know about the figures. A filter that cannot be used is a FilterProblem
that names its parameter and the values that can be used.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import get_args
from zoneinfo import ZoneInfo

import msgspec

from breakeven.errors import FilterProblem, UnknownName, UsageProblem
from breakeven.ledger.desk import Desk
from breakeven.ledger.headlines import NAMED, headline_of, with_headline
from breakeven.ledger.invoicing.currency import at_rates_of
from breakeven.ledger.ledger import Ledger
from breakeven.ledger.results import Status
from breakeven.ledger.scope import scope_of
from breakeven.period import Period
from breakeven.views.asking.filters import Filters
from breakeven.views.asking.query import moment_of, period_of, rates_day_of
from breakeven.views.comparison import compared, title
from breakeven.views.format import Display, decimal_of
from breakeven.views.words import CATEGORIES, FILTERS
from breakeven.workspace.definitions import Category, Grade, Headline, Realisation, Workspace

COMPARISONS = ("previous", "year", "none")
PERIODS = ("ytd", "last-12-months", "last-quarter", "last-month", "all")
WHY_NOT = dict.fromkeys(("model", "team"), ": money is kept by project and month")
"""Why a page may not honour a filter."""
FEW = 3
"""Names of projects that are listed; more are counted."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What the filters mean at a moment of the ledger."""

    desk: Desk
    """As of the moment asked for, by the headline rule and at the exchange rates asked for."""
    filters: Filters
    period: Period
    projects: tuple[str, ...] | None
    """Those of the projects and the category that are asked for; None: all. Empty: none is of that category."""
    show: Display
    rates_day: date | None = None
    """The day whose rate amounts are translated at; None: they are not."""

    @property
    def words(self) -> str:
        """The period: Year to date, September 2026."""
        return title(self.period, self.show.locale)

    @property
    def scope(self) -> str:
        """The projects in words: All projects, Support bot and Claims chat, Customer service."""
        return scope_words(self.desk.workspace, self.filters, self.projects)

    def remarks(self, honours: Collection[str] = tuple(FILTERS)) -> tuple[tuple[Status, str], ...]:
        """What the reader of a page that honours these filters must know about its figures."""
        asked, found = self.filters, list[tuple[Status, str]]()
        if asked.as_of and "as_of" in honours:
            found.append(("grey", f"As it was known on {self._known_at()}: later records and changes are left out"))
        if self.projects == ():
            found.append(("grey", f"No project in {self.scope}: there is nothing to add up"))
        if self.desk.recounted and "headline" in honours:
            closed = "; closed months are counted by it too" if self.desk.frozen else ""
            found.append(("grey", f"{headline_words(self.desk.workspace.headline)}{closed}"))
        if asked.constant and self.desk.reading.rates_of is not None:
            day = self.show.day(self.desk.reading.rates_of)
            found.append(("grey", f"Constant currency: all amounts at the rates of {day}, closed months too"))
        if self.rates_day is not None and "currency" in honours:
            found.append(("grey", self._translated(self.rates_day)))
        ignored = [name for name in dict(asked.items()) if name in FILTERS and name not in honours]
        found += (("grey", f"{FILTERS[name]} has no effect here{WHY_NOT.get(name, '')}") for name in ignored)
        return tuple(found)

    def _known_at(self) -> str:
        moment = self.desk.reading.now
        return f"{self.show.day(moment)} at {self.show.clock(moment)}"

    def _translated(self, day: date) -> str:
        home = self.desk.workspace.currency
        one = Decimal(1) / self.show.rate
        rate = self.show.plain(one, 4 if one >= Decimal("0.1") else 6)
        return f"Translated at {rate} {home}/{self.show.currency} of {self.show.day(day)}"


def headline_words(rule: Headline) -> str:
    """A rule in words."""
    if rule.everything:
        return "Everything that is claimed counts"
    grades, kinds = set(rule.grades) == set(get_args(Grade)), set(rule.realisations) == set(get_args(Realisation))
    parts = ["" if grades else f"evidence {', '.join(rule.grades)}", "" if kinds else " and ".join(rule.realisations)]
    return f"Only {' as '.join(part for part in parts if part)} counts"


@contextmanager
def asked(
    ledger: Ledger, filters: Filters, now: datetime, honours: Collection[str] = tuple(FILTERS)
) -> Iterator[Asked]:  # fmt: skip
    """A moment of the ledger as the filters mean it; those that a page does not honour are left alone.

    Raises FilterProblem.
    """
    used = honoured(filters, honours)
    workspace = ledger.workspace
    with _of("as_of", filters.as_of):
        as_of = moment_of(ledger, used.as_of or None, now)
    with _of("period", filters.period, PERIODS):
        period = period_of(ledger, used.period, now, as_of)
    with _of("headline", filters.headline, NAMED):
        rule = headline_of(used.headline)
    with _of("constant", filters.constant):
        rates_of = rates_day_of(ledger, used.constant or None, as_of or now)
    with _of("currency", filters.currency):
        show, day = displayed(workspace, used.currency, rates_of or last_day(workspace, period, as_of or now))
    with _of("compare", filters.compare, COMPARISONS):
        compared(used.compare, period, workspace.calendar, as_of or now, None)
    with ledger.desk(now, as_of) as present:
        desk = at_rates_of(with_headline(present, rule), rates_of)
        with _of("category", filters.category, get_args(Category)):
            projects = projects_of(desk, used)
        yield Asked(desk=desk, filters=filters, period=period, projects=projects, show=show, rates_day=day)


def honoured(filters: Filters, honours: Collection[str]) -> Filters:
    """The filters with those at their default that a page does not honour."""
    plain = Filters()
    dropped = {name: getattr(plain, name) for name in FILTERS if name not in honours}
    if "currency" in dropped:
        dropped["constant"] = plain.constant
    return msgspec.structs.replace(filters, **dropped)


def projects_of(desk: Desk, filters: Filters) -> tuple[str, ...] | None:
    """The projects that are asked for by name and category; None: all. Raises FilterProblem, UnknownName."""
    with _of("project", ", ".join(filters.project), desk.known_projects()):
        named = scope_of(desk, filters.project or None)
    if not filters.category:
        return named
    if filters.category not in get_args(Category):
        raise UnknownName("category", filters.category, get_args(Category))
    declared = desk.workspace.projects
    of = [name for name in desk.known_projects() if name in declared and declared[name].category == filters.category]
    return tuple(name for name in of if named is None or name in named)


def displayed(workspace: Workspace, currency: str, day: date) -> tuple[Display, date | None]:
    """How amounts are written, and the day of the rate that they are translated at. Raises UnknownName."""
    code, zone = currency.strip().upper(), ZoneInfo(workspace.calendar.time_zone)
    if not code or code == workspace.currency:
        return Display(currency=workspace.currency, locale=workspace.locale, zone=zone), None
    rates = sorted((rate for rate in workspace.rates if rate.currency == code), key=lambda rate: rate.start)
    if not rates:
        raise UnknownName("currency", currency, {workspace.currency, *(rate.currency for rate in workspace.rates)})
    # Before the first rate the first one is taken: the page names its day.
    rate = next((rate for rate in reversed(rates) if rate.start <= day), rates[0])
    return Display(currency=code, rate=1 / decimal_of(rate.rate), locale=workspace.locale, zone=zone), max(
        day, rate.start
    )


def last_day(workspace: Workspace, period: Period, now: datetime) -> date:
    """The last day of a period, or today."""
    return min(period.end - timedelta(days=1), workspace.calendar.today(now))


def scope_words(workspace: Workspace, filters: Filters, projects: tuple[str, ...] | None) -> str:
    """The projects in words."""
    if projects is None:
        return "All projects"
    if filters.category and not filters.project:
        return CATEGORIES[filters.category]
    names = [workspace.projects[name].name if name in workspace.projects else name for name in filters.project]
    if len(names) > FEW:
        return f"{len(names)} projects"
    named = " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)
    return f"{named} in {CATEGORIES[filters.category]}" if filters.category else named


@contextmanager
def _of(parameter: str, value: str, valid: Collection[str] = ()) -> Iterator[None]:
    """What is wrong is wrong with a filter. Raises FilterProblem."""
    try:
        yield
    except FilterProblem:
        raise
    except UnknownName as error:
        raise FilterProblem(parameter, value, str(error), error.valid) from error
    except UsageProblem as error:
        raise FilterProblem(parameter, value, str(error), valid) from error
