"""The question that a report is made from: the filters of a page, asked of the ledger at one instant."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import msgspec

from breakeven.ledger.freshness import Freshnesses
from breakeven.ledger.ledger import Ledger
from breakeven.views.asking.filters import Filters
from breakeven.views.asking.resolve import Asked, asked
from breakeven.views.question import Question


@contextmanager
def asking(
    ledger: Ledger, filters: Filters, now: datetime, *, path: str, known: datetime | None = None, locale: str = ""
) -> Iterator[tuple[Question, Asked]]:  # fmt: skip
    """One moment of the ledger as the filters mean it; `known`: with what was known then. Raises FilterProblem."""
    kept: dict[tuple[object, ...], Any] = {}

    def once(key: tuple[object, ...], make: Callable[[], Any]) -> Any:
        if key not in kept:
            kept[key] = make()
        return kept[key]

    wanted = filters if known is None else msgspec.structs.replace(filters, as_of=known.isoformat())
    with asked(ledger, wanted, now) as asked_for:
        show = msgspec.structs.replace(asked_for.show, locale=locale) if locale else asked_for.show
        found = msgspec.structs.replace(asked_for, filters=filters, show=show)
        moment = found.desk.reading.moment
        fresh = ledger.freshness(now) if known is None else Freshnesses().read(moment, known)
        question = Question(
            found.desk, filters, path=path, period=found.period, projects=found.projects, show=found.show,
            fresh=fresh, given={}, kept=once,
        )  # fmt: skip
        yield question, found
