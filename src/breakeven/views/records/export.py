"""Records as rows of a file: every field as it was sent, and what of the amount counts in the window."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from breakeven.facts import columns
from breakeven.ledger.records.listing import Record, page
from breakeven.ledger.records.which import money_of
from breakeven.views.question import Question
from breakeven.views.records.asked import asked

AT_ONCE = 2_000
"""Records that are read together."""
RUN = ("=", "+", "-", "@", "\t", "\r")
"""What a text must not begin with: a spreadsheet would run it."""


def names(kind: str) -> tuple[str, ...]:
    """The columns: the fields of the kind, what counts, the version."""
    counted = ("counted",) if money_of(kind) else ()
    return (*(column.name for column in columns(kind)), *counted, "recorded_at", "revision")


def flat(kind: str, record: Record) -> dict[str, Any]:
    """A record by column; amounts as decimal text, instants in UTC. `counted` is in the workspace's currency."""
    fields = {**record.fields, "counted": record.counted}
    return {name: _exact(fields[name]) for name in names(kind)}


def every(question: Question) -> Iterator[Record]:
    """All records that an address asks for, the newest first, read in portions. Raises UnknownName, UsageProblem."""
    which, place = asked(question).which, None
    while True:
        found = page(question.desk, which, AT_ONCE, place)
        yield from found.records
        if found.next is None:
            return
        place = found.next


def cells(row: dict[str, Any]) -> list[str]:
    """A row of a table for spreadsheets; numbers stay numbers."""
    return ["" if value is None else _harmless(value) for value in row.values()]


def _harmless(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    text = str(value)
    return f"'{text}" if text.startswith(RUN) and not _number(text) else text


def _number(text: str) -> bool:
    """Whether a text is a plain number: the amounts of credits begin with a minus."""
    body = text[1:] if text[:1] == "-" else text
    whole, _, rest = body.partition(".")
    return whole.isascii() and whole.isdigit() and (not rest or (rest.isascii() and rest.isdigit()))


def _exact(value: Any) -> Any:
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    return value.astimezone(UTC) if isinstance(value, datetime) else value
