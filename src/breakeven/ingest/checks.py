"""What a valid row is, as data: the checks of a fact kind in the order in which the first failing one is named.

The order is that of `facts.Reason`, within a reason that of the fact's fields. Checks are SQL over the normalised
relation: each field in its type under its own name, and the text it was read from as `<field>?`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta

import msgspec

from breakeven.facts import LARGEST_AMOUNT, TIME_FIELD, Column, ColumnType, Reason, columns
from breakeven.ingest.staging import name, text
from breakeven.ingest.values import JSON_FIELDS
from breakeven.money import CURRENCIES

FUTURE = timedelta(days=1)
"""How far ahead of now a time may lie: clocks differ, the future has not happened."""
LONGEST_NAME = 512
"""Characters of an id, a name, a model…"""
LONGEST_TEXT = 65_536
"""Bytes of labels, of a usage object and of what a person wrote."""
LONG_FIELDS = (*JSON_FIELDS, "text", "action")

_NOUNS = {
    ColumnType.INTEGER: "a whole number",
    ColumnType.FLOAT: "a finite number",
    ColumnType.MONEY: "an amount of up to 26 digits before the point",
    ColumnType.BOOLEAN: "true or false",
}
SPANS = {"cost": ("start", "end"), "incident": ("opened_at", "resolved_at")}
"""Kind → start and end of its span."""
SAYING = ("outcome", "csat", "revenue", "seconds_saved")
"""What an outcome says; one of them at least."""
_SCALES = {"nps": "0 AND 10", "csat": "1 AND 5"}


class Check(msgspec.Struct, frozen=True):
    """One way in which a row can be wrong."""

    reason: Reason
    field: str | None
    condition: str
    """SQL, true where the row is wrong."""
    says: str
    """What is wrong, after the value: "'abc' is not a whole number"."""


def checks(
    kind: str, *, now: datetime, projects: Collection[str] | None, sent: Collection[str], open_: Collection[str],
    long: Collection[str], malformed: bool,
) -> tuple[Check, ...]:  # fmt: skip
    """The checks of a kind.

    `projects` are the only valid projects, None accepts any; `sent` are the fields that the source sends, `open_` those
    of them whose values have to be looked at, `long` those that hold a text which may be too large; `malformed` says
    that some rows could not be read as records.
    """
    fields = [column for column in columns(kind) if column.name in open_]
    groups = (
        [Check(Reason.UNREADABLE, None, "malformed IS NOT NULL", "is not a record")] if malformed else [],
        _missing(kind, sent, open_),
        _silent(kind, sent, open_),
        _types(fields),
        _future(kind, now, open_),
        _limits(kind, fields),
        _spans(kind, open_),
        _projects(projects, open_),
        _currencies(fields),
        _lengths([column for column in fields if column.name in long]),
    )  # fmt: skip
    return tuple(check for group in groups for check in group)


def _future(kind: str, now: datetime, open_: Collection[str]) -> Iterator[Check]:
    time = TIME_FIELD[kind]
    if time in open_:
        yield Check(Reason.FUTURE_TIME, time, f"{name(time)} > {_instant(now + FUTURE)}",
                    "is more than a day ahead of now")  # fmt: skip


def _missing(kind: str, sent: Collection[str], open_: Collection[str]) -> Iterator[Check]:
    for column in columns(kind):
        if column.name == "source":  # the file's or the request's own where a record names none
            continue
        if column.required and column.name not in sent:
            yield Check(Reason.MISSING_FIELD, column.name, "true", "is required")
        elif column.required and column.name in open_:
            yield Check(Reason.MISSING_FIELD, column.name, f"{name(column.name + '?')} IS NULL", "is required")


def _types(fields: list[Column]) -> list[Check]:
    """Values that could not be read: bad_type for all fields, then bad_time."""
    found: list[Check] = []
    for column in fields:
        field, raw = name(column.name), name(column.name + "?")
        if column.type == ColumnType.INSTANT:
            found.append(Check(Reason.BAD_TIME, column.name, f"{field} IS NULL AND {raw} IS NOT NULL",
                               "is not a time: write 2026-10-17T14:30:00Z"))  # fmt: skip
        elif column.type in _NOUNS:
            found.append(Check(Reason.BAD_TYPE, column.name, f"{field} IS NULL AND {raw} IS NOT NULL",
                               f"is not {_NOUNS[column.type]}"))  # fmt: skip
        elif column.name in JSON_FIELDS:
            other = f"CASE WHEN json_valid({field}) THEN json_type({field}) <> 'OBJECT' ELSE true END"
            found.append(Check(Reason.BAD_TYPE, column.name, f"{field} IS NOT NULL AND {other}",
                               "is not a JSON object"))  # fmt: skip
    return sorted(found, key=lambda check: check.reason == Reason.BAD_TIME)


def _limits(kind: str, fields: list[Column]) -> list[Check]:
    """bad_value for choices and ranges, then negative_amount."""
    found: list[Check] = []
    for column in fields:
        field = name(column.name)
        if column.choices:
            valid = ", ".join(text(choice) for choice in column.choices)
            found.append(Check(Reason.BAD_VALUE, column.name, f"{field} NOT IN ({valid})",
                               f"is not one of {', '.join(column.choices)}"))  # fmt: skip
        if column.type == ColumnType.MONEY:
            found.append(
                Check(
                    Reason.BAD_VALUE,
                    column.name,
                    f"abs({field}) > {LARGEST_AMOUNT}",
                    f"is more than any amount may be: {LARGEST_AMOUNT:,}",
                )
            )
        if column.minimum is not None and column.type == ColumnType.MONEY:
            found.append(Check(Reason.NEGATIVE_AMOUNT, column.name, f"{field} < {column.minimum:g}", "is negative"))
        elif column.minimum is not None:
            bounds = f"{column.minimum:g} to {column.maximum:g}" if column.maximum is not None else \
                f"{column.minimum:g} or more"  # fmt: skip
            above = f" OR {field} > {column.maximum:g}" if column.maximum is not None else ""
            found.append(Check(Reason.BAD_VALUE, column.name, f"{field} < {column.minimum:g}{above}",
                               f"is outside of its range: {bounds}"))  # fmt: skip
    names = {column.name for column in fields}
    if kind == "survey" and {"kind", "score"} <= names:
        found += [Check(Reason.BAD_VALUE, "score", f"kind = '{scale}' AND score NOT BETWEEN {bounds}",
                        f"is not on the scale of {scale}: {bounds.replace('AND', 'to')}")
                  for scale, bounds in _SCALES.items()]  # fmt: skip
    if {"input_tokens", "cached_tokens"} <= names:
        found.append(Check(Reason.BAD_VALUE, "cached_tokens", "cached_tokens > input_tokens",
                           "is more than input_tokens, of which cached tokens are a part"))  # fmt: skip
    return sorted(found, key=lambda check: check.reason == Reason.NEGATIVE_AMOUNT)


def _spans(kind: str, sent: Collection[str]) -> Iterator[Check]:
    if kind in SPANS and set(SPANS[kind]) <= set(sent):
        start, end = SPANS[kind]
        yield Check(Reason.BAD_SPAN, end, f"{name(end)} < {name(start)}", f"is before {start}")


def _silent(kind: str, sent: Collection[str], open_: Collection[str]) -> Iterator[Check]:
    """An outcome that says nothing of its interaction."""
    said = [field for field in SAYING if field in sent]
    # One that is sent and need not be looked at is there in every row (see `settled`).
    if kind == "outcome" and set(said) <= set(open_):
        condition = " AND ".join(f"{name(field + '?')} IS NULL" for field in said) or "true"
        yield Check(Reason.MISSING_FIELD, "outcome", condition, f"is required, or one of {', '.join(SAYING[1:])}")


def _projects(projects: Collection[str] | None, sent: Collection[str]) -> Iterator[Check]:
    if projects is not None and "project" in sent:
        yield Check(Reason.UNKNOWN_PROJECT, "project", f"project NOT IN ({literals(projects)})",
                    "is not a project of the workspace")  # fmt: skip


def _currencies(fields: list[Column]) -> Iterator[Check]:
    valid = literals(CURRENCIES)
    for column in fields:
        if column.name in ("currency", "cost_currency"):
            yield Check(Reason.UNKNOWN_CURRENCY, column.name, f"{column.name} NOT IN ({valid})",
                        "is not an ISO 4217 currency code")  # fmt: skip


def _lengths(fields: list[Column]) -> Iterator[Check]:
    for column in fields:
        if column.type != ColumnType.TEXT or column.choices:
            continue
        limit = LONGEST_TEXT if column.name in LONG_FIELDS else LONGEST_NAME
        unit = "bytes" if column.name in LONG_FIELDS else "characters"
        size = f"strlen({name(column.name)})" if column.name in LONG_FIELDS else f"length({name(column.name)})"
        yield Check(Reason.TOO_LARGE, column.name, f"{size} > {limit}", f"is longer than {limit} {unit}")


def literals(values: Collection[str]) -> str:
    """Texts as an SQL list; a list that nothing is in where there are none."""
    return ", ".join(text(value) for value in sorted(values)) or "''"


def _instant(at: datetime) -> str:
    return f"TIMESTAMPTZ '{at.isoformat()}'"
