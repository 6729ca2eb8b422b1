"""Ways out of an address that cannot be answered: without the filter that is wrong, or with a value that is right."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from urllib.parse import parse_qsl, urlencode

import msgspec

from breakeven.errors import BreakevenError, FilterProblem, UnknownName, UsageProblem
from breakeven.views.words import FILTERS

MOST = 12
"""Values that are offered."""


class Way(msgspec.Struct, frozen=True):
    """A link."""

    text: str
    href: str


def ways_out(path: str, query: str, error: BreakevenError) -> tuple[Way, ...]:
    """Links for the page that says what is wrong; none where nothing in the address is."""
    given = parse_qsl(query)
    if isinstance(error, FilterProblem):
        name = FILTERS.get(error.parameter, error.parameter)
        rest = [(key, value) for key, value in given if key != error.parameter]
        valid = (Way(value, _address(path, [*rest, (error.parameter, value)])) for value in _nearest(error))
        return (Way(f"Without the filter “{name}”", _address(path, rest)), *valid)
    if isinstance(error, UnknownName) and error.kind == "parameter":
        return (Way(f"Without {error.name}", _address(path, [one for one in given if one[0] != error.name])),)
    return (Way("Without filters", path),) if given and isinstance(error, UsageProblem) else ()


def _nearest(error: FilterProblem) -> Sequence[str]:
    """The values that can be used, those like the wrong one first."""
    close = get_close_matches(error.value, error.valid, n=3, cutoff=0.6)
    return [*close, *(value for value in error.valid if value not in close)][:MOST]


def _address(path: str, given: Iterable[tuple[str, str]]) -> str:
    query = urlencode(list(given))
    return f"{path}?{query}" if query else path
