"""What stands over the table of projects: categories, search, and how projects are compared.

All of it are links, and one form that is sent as an address.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from breakeven.views.content import Choice
from breakeven.views.projects.choices import CATEGORIES, ORDERS, PATH, STAGES, Choices, link
from breakeven.views.projects.links import ALLOCATION
from breakeven.views.question import Question

OWNERS = 60
"""Owners that can be chosen; of more, the search finds them."""


class Option(msgspec.Struct, frozen=True):
    """One entry of a list to choose from."""

    value: str
    text: str
    current: bool


class Toolbar(msgspec.Struct, frozen=True, kw_only=True):
    """Links and one form."""

    categories: tuple[Choice, ...]
    path: str
    hidden: tuple[tuple[str, str], ...]
    """What the form keeps of the address."""
    q: str
    stages: tuple[Option, ...]
    owners: tuple[Option, ...]
    orders: tuple[Option, ...]
    months: str
    """Months since launch, where projects are compared at the same age."""
    fair: bool
    clear: str
    """Address without the search; empty: nothing is searched for."""


def toolbar(question: Question, chosen: Choices) -> Toolbar:
    """The toolbar of the page as it is asked for."""
    own = chosen.own(q="", stage="", owner="", all="", months="", sort="roi", order="")
    hidden = (*question.filters.items(), *own.items())
    projects = question.workspace.projects.values()
    owners = sorted({project.owner for project in projects if project.owner}, key=str.casefold)
    stages = [stage for stage in STAGES if any(project.stage == stage for project in projects)]
    return Toolbar(
        categories=_categories(question, chosen), path=PATH, hidden=hidden, q=chosen.q, fair=bool(chosen.fair),
        stages=_options("Stage: any", stages, chosen.stage, [STAGES[stage] for stage in stages]),
        owners=_options("Owner: any", owners[:OWNERS], chosen.owner, owners[:OWNERS]), months=chosen.months,
        orders=() if chosen.fair else tuple(
            Option(name, f"By {text if text.isupper() else text.lower()}", name == chosen.sort)
            for name, text in ORDERS.items()),
        clear=link(question, chosen, q="", stage="", owner="") if chosen.narrowed else "",
    )  # fmt: skip


def _options(anything: str, values: Sequence[str], current: str, texts: Sequence[str]) -> tuple[Option, ...]:
    if not values:
        return ()
    pairs = zip(values, texts, strict=True)
    return (Option("", anything, not current), *(Option(value, text, value == current) for value, text in pairs))


def _categories(question: Question, chosen: Choices) -> tuple[Choice, ...]:
    """All projects, or those of one category."""
    declared = question.workspace.projects.values()
    there = [name for name in CATEGORIES if name and any(project.category == name for project in declared)]
    if len(there) < 2:
        return ()
    current = question.filters.category
    every = Choice(text=f"All {len(declared)}", current=not current,
                   href=link(question, chosen, filters={"category": "", "project": ()}))  # fmt: skip
    return (every, *(Choice(text=CATEGORIES[name], current=current == name,
                            href=link(question, chosen, filters={"category": name, "project": ()}))
                     for name in there))  # fmt: skip


def ways(question: Question, chosen: Choices, *, grouped: bool) -> tuple[Choice, ...]:
    """How projects are compared: by category or as one list in the period, or at the same age."""
    return (
        Choice(text="By category", current=grouped and not chosen.fair,
               href=link(question, chosen, fair="", months="", group="category")),
        Choice(text="One list", current=not grouped and not chosen.fair,
               href=link(question, chosen, fair="", months="", group="none")),
        Choice(text="Same age", current=bool(chosen.fair),
               href=link(question, chosen, fair="age", filters={"headline": question.filters.headline or "measured"})),
    )  # fmt: skip


def tabs(question: Question) -> tuple[Choice, ...]:
    """Parts of the topic."""
    return tuple(Choice(text=text, href=question.link(path), current=question.path == path)
                 for text, path in (("Comparison", PATH), ("Shared cost", ALLOCATION)))  # fmt: skip
