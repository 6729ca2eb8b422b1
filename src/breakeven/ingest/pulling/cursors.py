"""How far a source was read: values that grow, compared and kept as text. Pure."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

AHEAD = timedelta(days=1)
"""A time further ahead than this is a mistake: it moves no cursor, or all that comes before it would be passed over."""

OVERLAP = timedelta(minutes=5)
"""What a cursor that is a time goes back by: what was written before it, but committed after it, is found."""

_ISO = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d:\d\d([.,]\d+)?(Z|[+-]\d\d:?\d\d)?)?")

Mark = datetime | date | int | float | Decimal | str
"""A value of a cursor, as a driver or an answer gives it."""


def kept(mark: Mark) -> str:
    """A mark as text that `read` gives back in the same type."""
    match mark:
        case datetime():
            pair = ("time", mark.isoformat())
        case date():
            pair = ("day", mark.isoformat())
        case int() | float() | Decimal():
            pair = ("whole" if isinstance(mark, int) else "number", str(mark))
        case _:
            pair = ("text", mark)
    return msgspec.json.encode(pair).decode()


def read(text: str) -> Mark:
    """The mark that was kept."""
    kind, value = msgspec.json.decode(text, type=tuple[str, str])
    if kind == "time":
        return datetime.fromisoformat(value)
    if kind == "day":
        return date.fromisoformat(value)
    if kind == "whole":
        return int(value)
    return Decimal(value) if kind == "number" else value


def back(mark: Mark, overlap: timedelta | int | None) -> Mark:
    """A mark some way before another, of the same type and spelling; the same where it has no distance."""
    if overlap is None:
        return mark
    if isinstance(overlap, timedelta):
        if isinstance(mark, datetime):
            return mark - overlap
        if isinstance(mark, date):
            return mark - timedelta(days=-(-overlap // timedelta(days=1)))
        moment = _moment(mark) if isinstance(mark, str) else None
        return mark if moment is None else _spelt(moment - overlap, str(mark))
    if isinstance(mark, str):
        return str(int(mark) - overlap) if mark.lstrip("-").isdigit() else mark
    return mark - overlap if isinstance(mark, int | float | Decimal) else mark


def begin(mark: Mark, overlap: timedelta | int | None) -> Mark:
    """Where the next run begins: a time goes back by OVERLAP, unless another overlap is declared."""
    return back(mark, OVERLAP if overlap is None and not isinstance(mark, int | float | Decimal) else overlap)


def usable(mark: Any, now: datetime) -> bool:
    """Whether a value can move a cursor: there, and no time far ahead of now."""
    if mark is None or mark == "" or isinstance(mark, bool) or not isinstance(mark, Mark):
        return False
    moment = _moment(mark)
    return moment is None or moment.astimezone(UTC) <= now + AHEAD


def later(first: str | None, second: str) -> str:
    """The greater of two texts: as times, as numbers, else as text."""
    if first is None:
        return second
    for reading in (_moment, _number):
        one, other = reading(first), reading(second)
        if one is not None and other is not None:
            return second if other > one else first  # type: ignore[operator]
    return max(first, second)


def _moment(mark: Any) -> datetime | None:
    """A time; one without a zone is taken as UTC, which is off by less than a day."""
    if isinstance(mark, datetime):
        return mark if mark.tzinfo is not None else mark.replace(tzinfo=UTC)
    if isinstance(mark, date):
        return datetime(mark.year, mark.month, mark.day, tzinfo=UTC)
    if not isinstance(mark, str) or not _ISO.fullmatch(mark):
        return None
    try:
        found = datetime.fromisoformat(mark)
    except ValueError:
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def _number(mark: str) -> Decimal | None:
    try:
        return Decimal(mark)
    except InvalidOperation:
        return None


def _spelt(moment: datetime, like: str) -> str:
    """A time as another one is written."""
    if len(like) == len("2026-01-01"):
        return moment.date().isoformat()
    zone = like[19:].lstrip("0123456789.,")
    fraction = like[19 : len(like) - len(zone)]
    digits = "" if not fraction else f".{moment.microsecond:06d}"[: len(fraction)].ljust(len(fraction), "0")
    return f"{moment:%Y-%m-%d}{like[10]}{moment:%H:%M:%S}{digits}{zone}"
