"""How fresh the data are: which sources have gone quiet, and when the last record came."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from breakeven.ledger.arriving.freshness import QUIET
from breakeven.ledger.results import Freshness, Status
from breakeven.views.format import age


class Sources(msgspec.Struct, frozen=True, kw_only=True):
    """The state of all sources in two lines."""

    status: Status
    text: str
    last: str
    quiet: tuple[str, ...]
    """Each source that has gone quiet, with its age."""


def sources(fresh: Sequence[Freshness]) -> Sources:
    """Judge every source by the kind of fact it sends; one that sends several is judged by the best of them."""
    if not fresh:
        return Sources(status="grey", text="No source has sent anything yet", last="", quiet=())
    quiet: dict[str, float] = {}
    names: dict[str, bool] = {}
    for one in fresh:
        limit = QUIET.get(one.kind)
        fine = limit is None or one.age_seconds <= limit.total_seconds()
        names[one.source] = names.get(one.source, False) or fine
        if not fine:
            quiet[one.source] = min(one.age_seconds, quiet.get(one.source, one.age_seconds))
    silent = [name for name, fine in names.items() if not fine]
    good = len(names) - len(silent)
    youngest = min(one.age_seconds for one in fresh)
    told = tuple(f"{name} has been quiet for {age(quiet[name])}" for name in silent)
    text = f"{good} of {len(names)} sources up to date"
    last = f"Last record {age(youngest)} ago"
    return Sources(status="yellow" if silent else "green", text=text, last=last, quiet=told)
