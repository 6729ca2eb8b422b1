"""What a page is asked for: parsed once, kept in the address, so that any view is a link."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import urlencode

import msgspec

from breakeven.errors import UnknownName

DEFAULT_PERIOD = "ytd"
DEFAULT_COMPARE = "previous"


class Filters(msgspec.Struct, frozen=True, kw_only=True):
    """The filters of a page as they stand in its address; what is empty is not asked for."""

    period: str = DEFAULT_PERIOD
    """2026-10, 2026-Q3, 2026, ytd, last-12-months, all…"""
    compare: str = DEFAULT_COMPARE
    """previous (the period before), year (the same a year ago), none, or a period."""
    project: tuple[str, ...] = ()
    category: str = ""
    model: str = ""
    team: str = ""
    headline: str = ""
    """What counts: empty (the workspace's rule), all, measured, or grades like A,B."""
    currency: str = ""
    """Another currency to show amounts in."""
    constant: str = ""
    """A day at whose exchange rates all amounts are taken."""
    as_of: str = ""
    """A day or time: what was known then."""

    @classmethod
    def parse(cls, given: Mapping[str, list[str]], also: tuple[str, ...] = ()) -> Filters:
        """The filters out of query parameters; `also`: parameters that are the page's own.

        Raises UnknownName for a parameter that no page has.
        """
        known = {field.name for field in msgspec.structs.fields(cls)}
        for name in given:
            if name not in known and name not in also:
                raise UnknownName("parameter", name, sorted(known | set(also)))
        values: dict[str, Any] = {}
        for name in known & set(given):
            found = [value.strip() for value in given[name] if value.strip()]
            if found:
                values[name] = tuple(dict.fromkeys(found)) if name == "project" else found[-1]
        return cls(**values)

    def items(self) -> list[tuple[str, str]]:
        """Name and value of each filter that is not at its default, in a fixed order."""
        found = []
        for name, usual in _defaults():
            value = getattr(self, name)
            if value == usual:
                continue
            found += [(name, one) for one in (value if isinstance(value, tuple) else (value,))]
        return found

    def link(self, path: str, also: Mapping[str, str] | None = None, **changes: Any) -> str:
        """Address of a page under these filters with some of them changed, and parameters of the page's own.

        A parameter of several lines is given once for each of them.
        """
        own = [(name, line) for name, value in (also or {}).items() for line in value.split("\n")]
        asked = msgspec.structs.replace(self, **changes).items() + own
        return f"{path}?{urlencode(asked)}" if asked else path


@cache
def _defaults() -> tuple[tuple[str, Any], ...]:
    """Name and default of each filter: a page has hundreds of links."""
    return tuple((field.name, field.default) for field in msgspec.structs.fields(Filters))
