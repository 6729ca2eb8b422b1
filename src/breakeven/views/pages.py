"""The pages that exist: address, place in the navigation, what they honour of the filters, and who makes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import msgspec

from breakeven.views.content import Page
from breakeven.views.question import Question

Group = Literal["Dashboards", "Explore", "Trust", ""]
Filter = Literal["period", "compare", "project", "category", "model", "team", "headline", "currency", "as_of"]
MONEY: frozenset[Filter] = frozenset({"period", "compare", "project", "category", "headline", "currency", "as_of"})
"""Filters of pages about money: it is kept by project and month, not by model or team."""


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """A page, for every value of the parameters in its address."""

    name: str
    path: str
    """As a route has it: /projects/{project}. Values are given to the page in `Question.given`."""
    title: str
    build: Callable[[Question], Page]
    icon: str = ""
    group: Group = ""
    """Its heading in the navigation; empty: not there."""
    honours: frozenset[Filter] = MONEY
    parameters: tuple[str, ...] = ()
    """Query parameters of its own."""
    template: str = "page.html"
    live: bool = True
    scripts: tuple[str, ...] = ()
    """Static files that only this page loads."""


PAGES: tuple[Kind, ...] = ()
"""Every page, in the order of the navigation. Builders are imported here; they do not import this module."""
