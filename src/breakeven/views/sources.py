"""How fresh the data are, in two lines: which sources have gone quiet, and when the last record came."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import msgspec

from breakeven.ledger.arriving.freshness import age_of, judged
from breakeven.ledger.arriving.pauses import Limits
from breakeven.ledger.results import Freshness, Status
from breakeven.views.format import age


class Sources(msgspec.Struct, frozen=True, kw_only=True):
    """The state of all sources in two lines."""

    status: Status
    text: str
    last: str
    quiet: tuple[str, ...]
    """Each source that has gone quiet, with its age."""


def sources(fresh: Sequence[Freshness], limits: Limits) -> Sources:
    """Judge every source by the kinds of fact that it sends: it is up to date if none of them is late."""
    if not fresh:
        return Sources(status="grey", text="No source has sent anything yet", last="", quiet=())
    quiet: dict[str, float] = {}
    names: dict[str, bool] = {}
    for one in fresh:
        usual, _ = limits.of(one.kind, one.source)
        state, _ = judged(age_of(one.last, one.last + timedelta(seconds=one.age_seconds)), usual)
        fine = state in ("ok", "unknown")
        names[one.source] = names.get(one.source, True) and fine
        if not fine:
            quiet[one.source] = max(one.age_seconds, quiet.get(one.source, 0.0))
    silent = [name for name, fine in names.items() if not fine]
    good = len(names) - len(silent)
    youngest = min(one.age_seconds for one in fresh)
    told = tuple(f"{name} has been quiet for {age(quiet[name])}" for name in silent)
    text = f"{good} of {len(names)} sources up to date"
    last = f"Last record {age(youngest)} ago"
    return Sources(status="yellow" if silent else "green", text=text, last=last, quiet=told)
