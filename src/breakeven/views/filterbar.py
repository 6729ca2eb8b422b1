"""The bar of filters at the top of a page: what each is set to, what it can be, and how to drop it.

Everything is a link or a form of GET, so that the bar works without scripts and any view is an address.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, get_args

import msgspec

from breakeven.facts import PERIODIC
from breakeven.ledger.headlines import headline_of
from breakeven.ledger.measuring.measures import span_of
from breakeven.ledger.names import Names, names
from breakeven.period import Grain, add_months
from breakeven.views.asking.filters import Filters
from breakeven.views.asking.resolve import headline_words, scope_words
from breakeven.views.comparison import NONE, PREVIOUS, YEAR, title
from breakeven.views.question import Question
from breakeven.views.words import CATEGORIES, FILTERS
from breakeven.workspace.definitions import Category

SEARCHED = 12
"""Longer lists can be searched."""
MONTHS, YEARS = 6, 6
"""That are offered by name."""
AGAIN = frozenset({"page", "after"})
"""Places in a list, which mean nothing under other filters."""
COMPARED = {PREVIOUS: ("before", "The period before"), YEAR: ("a year ago", "A year ago"), NONE: ("nothing", "Nothing")}
"""What may be compared with, as the bar says it and as the list does."""
RULES = {
    "": "As the workspace counts", "all": "All that is claimed", "measured": "Measured: evidence A to C",
    "A": "Evidence A", "A,B": "Evidence A and B", "A,B,C,D": "Evidence A to D", "cash": "Cash",
}  # fmt: skip
"""Headline rules that are offered."""


class Option(msgspec.Struct, frozen=True, kw_only=True):
    """One value that can be chosen."""

    text: str
    href: str
    current: bool = False


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """Values that belong together."""

    options: tuple[Option, ...]
    title: str = ""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A form of one field, for values that no list has."""

    name: str
    label: str
    type: str = "text"
    """text, or date."""
    value: str = ""
    hint: str = ""
    suggested: tuple[tuple[str, str], ...] = ()
    """Value and words."""
    most: str = ""
    """Last day that a date may have."""


class Menu(msgspec.Struct, frozen=True, kw_only=True):
    """One filter: its value in words, and what it can be set to."""

    name: str
    label: str
    value: str
    before: str = ""
    """Said before the value, more quietly: `against`."""
    icon: str = ""
    groups: tuple[Group, ...] = ()
    entry: Entry | None = None
    active: bool = False
    drop: str = ""
    """Address without it, where it is set."""


class FilterBar(msgspec.Struct, frozen=True, kw_only=True):
    """All filters that a page honours."""

    path: str
    hidden: Mapping[str, tuple[tuple[str, str], ...]]
    """Filter → what its form sends along."""
    menus: tuple[Menu, ...]
    """Those that stand in the bar."""
    more: tuple[Menu, ...]
    """Those behind `Filters`."""
    reset: str = ""
    """Address without any; empty: none is set."""

    @property
    def active(self) -> int:
        """How many of those behind `Filters` are set."""
        return sum(menu.active for menu in self.more)


class _Bar:
    """Makes the filters of one page."""

    def __init__(self, question: Question, own: Mapping[str, str]) -> None:
        self.question, self.filters, self.show = question, question.filters, question.show
        self.own = {name: value for name, value in own.items() if name not in AGAIN}

    def link(self, **changes: Any) -> str:
        """Address of the page with another value of some filters."""
        return self.filters.link(self.question.path, self.own, **changes)

    def hidden(self, name: str) -> tuple[tuple[str, str], ...]:
        """What the form of a filter sends along; projects are added to those that are chosen."""
        kept = ((key, value) for key, value in self.filters.items() if key != name or name == "project")
        return (*kept, *((own, line) for own, value in self.own.items() for line in value.split("\n")))

    def option(self, name: str, value: Any, text: str) -> Option:
        """A value that can be chosen."""
        return Option(text=text, href=self.link(**{name: value}), current=getattr(self.filters, name) == value)

    def menu(self, name: str, value: str, *groups: Group, **more: Any) -> Menu:
        """The menu of a filter."""
        plain = getattr(Filters(), name)
        active = getattr(self.filters, name) != plain
        return Menu(
            name=name, label=FILTERS[name], value=value, groups=tuple(one for one in groups if one.options),
            active=active, drop=self.link(**{name: plain}) if active else "", **more,
        )  # fmt: skip

    def period(self) -> Menu:
        """Year to date, months, quarters, years."""
        calendar, now = self.question.calendar, self.question.now
        month = self.question.desk.reading.open_month
        quarter = calendar.previous(calendar.containing(month, Grain.QUARTER))
        months = [calendar.containing(add_months(month, -ago), Grain.MONTH) for ago in range(1, MONTHS + 1)]
        found = span_of(self.question.desk.reading, PERIODIC)
        last = calendar.fiscal_year(calendar.today(now))
        first = max(calendar.fiscal_year(found[0]) if found is not None else last, last - YEARS + 1)
        fiscal = "FY" if calendar.fiscal_year_start > 1 else ""
        usual = (("ytd", "Year to date"), ("last-12-months", "Last 12 months"), ("all", "All time"))
        return self.menu(
            "period", title(self.question.period, self.show.locale),
            Group(options=tuple(self.option("period", *one) for one in usual)),
            Group(title="Quarter", options=(
                self.option("period", quarter.name, f"Last: {title(quarter, self.show.locale)}"),)),
            Group(title="Month", options=tuple(
                self.option("period", one.name, title(one, self.show.locale)) for one in months)),
            Group(title="Year", options=tuple(
                self.option("period", str(year), f"{fiscal}{year}") for year in range(last, first - 1, -1))),
            icon="cal", entry=Entry(name="period", label="Another period", hint="2026-10, 2026-Q3 or 2026"),
        )  # fmt: skip

    def compare(self) -> Menu:
        """What the period stands against."""
        word = self.filters.compare
        options = tuple(self.option("compare", name, words) for name, (_, words) in COMPARED.items())
        return self.menu(
            "compare", COMPARED.get(word.lower(), (word, ""))[0], Group(options=options), before="against",
            entry=Entry(name="compare", label="Another period", hint="one of the same length"),
        )  # fmt: skip

    def project(self, honours: Collection[str]) -> Menu:
        """Projects, several at once, and categories."""
        chosen, known = self.filters.project, self.question.desk.known_projects()
        projects = tuple(
            Option(text=self.question.name_of(name), current=name in chosen,
                   href=self.link(project=tuple(one for one in chosen if one != name) if name in chosen
                                  else (*chosen, name)))
            for name in known
        )  # fmt: skip
        everything = Option(text="All projects", href=self.link(project=(), category=""),
                            current=not chosen and not self.filters.category)  # fmt: skip
        groups = [Group(options=(everything,))]
        if "category" in honours:
            used = {one.category for one in self.question.workspace.projects.values()}
            listed = [name for name in get_args(Category) if name in used or name == self.filters.category]
            groups.append(Group(title="Category", options=tuple(
                self.option("category", "" if name == self.filters.category else name, CATEGORIES[name])
                if name != self.filters.category
                else Option(text=CATEGORIES[name], href=self.link(category=""), current=True)
                for name in listed)))  # fmt: skip
        groups.append(Group(title="Project", options=projects))
        made = self.menu(
            "project", scope_words(self.question.workspace, self.filters, self.question.projects), *groups,
            entry=None if len(known) <= SEARCHED else Entry(
                name="project", label="Find a project", hint="Name or id",
                suggested=tuple((name, self.question.name_of(name)) for name in known)),
        )  # fmt: skip
        active = bool(chosen or self.filters.category)
        return msgspec.structs.replace(made, active=active, drop=everything.href if active else "")

    def headline(self) -> Menu:
        """Which evidence counts."""
        asked = headline_of(self.filters.headline)
        options = tuple(
            Option(text=words, href=self.link(headline=rule), current=headline_of(rule) == asked)
            for rule, words in RULES.items()
        )
        value = "" if any(one.current for one in options) or asked is None else headline_words(asked)
        return self.menu("headline", value, Group(options=options))

    def currency(self) -> Menu | None:
        """Currencies that have a rate; None: there is no other one."""
        workspace = self.question.workspace
        codes = sorted({rate.currency for rate in workspace.rates})
        if not codes and not self.filters.currency:
            return None
        chosen = self.filters.currency.upper()
        options = tuple(
            Option(text=code, href=self.link(currency="" if code == workspace.currency else code),
                   current=code == (chosen or workspace.currency))
            for code in (workspace.currency, *codes)
        )  # fmt: skip
        return self.menu("currency", self.show.currency, Group(options=options))

    def as_of(self) -> Menu:
        """What was known on a day."""
        today = self.question.calendar.today(self.question.now).isoformat()
        value = self.show.day(self.question.desk.reading.today) if self.filters.as_of else "now"
        return self.menu("as_of", value, entry=Entry(
            name="as_of", label="As it was known at the end of", type="date", value=self.filters.as_of[:10], most=today,
        ))  # fmt: skip

    def named(self, name: str, known: Collection[str]) -> Menu | None:
        """A model or a team; None: none is known."""
        chosen = getattr(self.filters, name)
        if not known and not chosen:
            return None
        every = Option(text=f"All {name}s", href=self.link(**{name: ""}), current=not chosen)
        listed = tuple(self.option(name, one, one) for one in known)
        return self.menu(
            name, chosen or f"All {name}s", Group(options=(every, *listed)),
            entry=None if len(known) <= SEARCHED else Entry(
                name=name, label=f"Find a {name}", suggested=tuple((one, "") for one in known)),
        )  # fmt: skip

    def more(self, honours: Collection[str]) -> Iterator[Menu | None]:
        """Filters that are set now and then."""
        if "model" in honours or "team" in honours:
            found: Names = self.question.kept(("names",), lambda: names(self.question.desk))
            projects = self.question.projects
            models = [name for name, of in found.models.items()
                      if projects is None or not set(projects).isdisjoint(of)]  # fmt: skip
            yield self.named("model", models) if "model" in honours else None
            yield self.named("team", found.teams) if "team" in honours else None
        yield self.headline() if "headline" in honours else None
        yield self.currency() if "currency" in honours else None
        yield self.as_of() if "as_of" in honours else None


def filterbar(question: Question, honours: Collection[str], own: Mapping[str, str] | None = None) -> FilterBar:
    """The filters of a page; `own`: its own query parameters, which are kept."""
    bar = _Bar(question, own or {})
    menus = [
        bar.period() if "period" in honours else None,
        bar.compare() if "compare" in honours else None,
        bar.project(honours) if "project" in honours else None,
    ]
    shown = tuple(menu for menu in menus if menu is not None)
    more = tuple(menu for menu in bar.more(honours) if menu is not None)
    forms = [menu.entry.name for menu in (*shown, *more) if menu.entry is not None]
    return FilterBar(
        path=question.path, hidden={name: bar.hidden(name) for name in forms}, menus=shown, more=more,
        reset=Filters().link(question.path, bar.own) if question.filters.items() else "",
    )  # fmt: skip
