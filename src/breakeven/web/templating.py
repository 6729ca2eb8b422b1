"""Templates: their environment, and what every page of the site has in common."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from typing import Any
from urllib.parse import quote

import jinja2
from markupsafe import Markup

from breakeven.views.charting.sparks import spark
from breakeven.views.notes import edit_link
from breakeven.views.pages import PAGES, Kind
from breakeven.views.tiles import Point
from breakeven.views.writing import blank
from breakeven.web.addresses import EXPLAIN, FORM, TEXT, Address

NAVIGATION = tuple((group, tuple(kinds)) for group, kinds in groupby(
    (kind for kind in PAGES if kind.group), key=lambda kind: kind.group))  # fmt: skip
"""Heading and pages of each part of the navigation."""


class Templates:
    """Renders the templates of this package."""

    def __init__(self, assets: Mapping[str, str], *, company: str, demo: bool, **shared: object) -> None:
        """`shared`: what templates of many pages need."""
        made = jinja2.Environment(
            loader=jinja2.PackageLoader("breakeven.web"), autoescape=True, trim_blocks=True, lstrip_blocks=True,
            undefined=jinja2.StrictUndefined,
        )  # fmt: skip
        made.filters["asset"] = lambda name: assets[name]
        made.filters["spark"] = _spark
        made.filters["segment"] = lambda text: quote(text, safe="")
        made.globals |= {
            "navigation": NAVIGATION, "company": company, "demo": demo, "kind_of": kind_of,
            "explain_link": explain_link, "edit_link": edit_link, "blank_note": blank,
            "nav_link": nav_link, "download_link": download_link, "at": None, "path": "",
            "draft": None, "fault": "", "writable": False,
        } | shared  # fmt: skip
        self._made = made

    @property
    def parts(self) -> Any:
        """The macros that pages and fragments are made of."""
        return self._made.get_template("parts.html").module

    def macros(self, name: str) -> Any:
        """The macros of one of the templates, as `parts` of those that all pages have."""
        return self._made.get_template(name).module

    def render(self, name: str, **values: object) -> str:
        """A template with values; one that a template uses and nobody gives is an error."""
        return self._made.get_template(name).render(**values)


def explain_link(at: Address, figure: str, *, as_text: bool = False) -> str:
    """Address that opens a figure's explanation on the page, or gives it as plain text."""
    return at.filters.link(at.path, {**at.own, EXPLAIN: figure} | ({FORM: TEXT} if as_text else {}))


def nav_link(kind: Kind, at: Address | None) -> str:
    """Address of another page under the filters of this one."""
    return kind.path if at is None else at.filters.link(kind.path)


def download_link(at: Address, panel: str, form: str) -> str:
    """Address of a panel as a file."""
    return at.filters.link(f"/charts/{at.kind.name}/{panel}.{form}", at.given)


def kind_of(body: object) -> str:
    """Name of a body's kind, as the macros call it."""
    return type(body).__name__.lower()


def _spark(points: tuple[Point, ...]) -> Markup:
    return Markup(spark(points))  # noqa: S704 - made of numbers only
