"""Records as rows of a file: every field as it was sent, and what of the amount counts in the window."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from typing import Any

from breakeven.facts import ColumnType, columns
from breakeven.ledger.records.listing import Record, page
from breakeven.ledger.records.which import money_of
from breakeven.views.question import Question
from breakeven.views.records.asked import asked

AT_ONCE = 10_000
"""Records that are read together."""
RUN = ("=", "+", "-", "@", "\t", "\r")
"""What a text must not begin with: a spreadsheet would run it."""


@cache
def names(kind: str) -> tuple[str, ...]:
    """The columns: the fields of the kind, what counts, the version."""
    counted = ("counted",) if money_of(kind) else ()
    return (*(column.name for column in columns(kind)), *counted, "recorded_at", "revision")


@cache
def _written(kind: str) -> tuple[tuple[str, Callable[[Any], Any]], ...]:
    """Column and how its values are written, of those that are not written as they are."""
    types = {column.name: column.type for column in columns(kind)} | {"recorded_at": ColumnType.INSTANT}
    types |= {"counted": ColumnType.MONEY} if money_of(kind) else {}
    ways: Mapping[ColumnType, Callable[[Any], Any]] = {ColumnType.MONEY: _money, ColumnType.INSTANT: _instant}
    return tuple((name, ways[type_]) for name, type_ in types.items() if type_ in ways)


def flat(kind: str, record: Record) -> dict[str, Any]:
    """A record by column; amounts as decimal text, instants in UTC. `counted` is in the workspace's currency."""
    fields, counted = record.fields, record.counted
    row = {name: counted if name == "counted" else fields[name] for name in names(kind)}
    for name, way in _written(kind):
        if row[name] is not None:
            row[name] = way(row[name])
    return row


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


def _money(value: Decimal) -> str:
    return format(value.normalize(), "f")


def _instant(value: datetime) -> datetime:
    return value.astimezone(UTC)
