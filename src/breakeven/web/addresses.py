"""Addresses of pages: which page an address means, with which values and filters, and back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import parse_qs, quote, unquote, urlsplit

import msgspec

from breakeven.errors import NotFound
from breakeven.views.asking.filters import Filters
from breakeven.views.pages import PAGES, Kind

EXPLAIN = "explain"
"""The query parameter that opens a figure's explanation."""
FORM, TEXT = "as", "text"
"""The query parameter, and its value, that gives the explanation alone as plain text."""


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """One page as it is asked for."""

    kind: Kind
    values: Mapping[str, str]
    """Of the parts of the path that vary."""
    own: Mapping[str, str]
    """The page's own query parameters that were given."""
    filters: Filters
    explain: str | None = None
    plain: bool = False
    """Whether the explanation alone is asked for, as plain text."""

    @property
    def path(self) -> str:
        """The path alone."""
        parts = self.kind.path.split("/")
        return "/".join(quote(self.values[part[1:-1]], safe="") if part.startswith("{") else part for part in parts)

    @property
    def text(self) -> str:
        """The whole address without an explanation: what a view is kept and followed by."""
        return self.filters.link(self.path, self.own)

    @property
    def given(self) -> Mapping[str, str]:
        """Values of the path and the page's own parameters."""
        return {**self.own, **self.values}


def address(kind: Kind, values: Mapping[str, str], query: Mapping[str, list[str]]) -> Address:
    """The address of a page with the values of its path. Raises UnknownName for a parameter that no page has."""
    explain = next((text for text in reversed(query.get(EXPLAIN, [])) if text), None)
    asked = {name: given for name, given in query.items() if name not in (EXPLAIN, FORM)}
    filters = Filters.parse(asked, kind.parameters)
    own = {name: _own(asked[name], repeated=name in kind.repeated) for name in kind.parameters
           if any(asked.get(name, ()))}  # fmt: skip
    return Address(kind=kind, values=values, own=own, filters=filters, explain=explain,
                   plain=explain is not None and TEXT in query.get(FORM, []))  # fmt: skip


def _own(values: list[str], *, repeated: bool) -> str:
    """The last one, or all of them as lines."""
    return "\n".join(value.replace("\n", " ") for value in values if value) if repeated else values[-1]


def read(text: str, kinds: Iterable[Kind] = PAGES) -> Address:
    """The page that an address of this site means. Raises NotFound, UnknownName."""
    parts = urlsplit(text)
    asked = parts.path.rstrip("/").split("/")
    for kind in kinds:
        pairs = list(zip(kind.path.split("/"), asked, strict=False))
        fits = len(asked) == kind.path.count("/") + 1 and all(_same(shape, part) for shape, part in pairs)
        if fits:
            values = {shape[1:-1]: unquote(part) for shape, part in pairs if shape.startswith("{")}
            return address(kind, values, parse_qs(parts.query))
    raise NotFound(f"there is no page {parts.path}")


def _same(shape: str, part: str) -> bool:
    return bool(part) if shape.startswith("{") else shape == part
