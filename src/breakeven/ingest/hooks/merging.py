"""Versions of a deployment or incident put together, so that the order in which they arrive does not matter.

A fact has three parts. Its state (how a deployment ended, when an incident was over) is that of the latest change of
state; what else is known of it, that of its latest change; and it began at the earliest beginning that was told. Each
part is the largest of what was told, by the platform's own time (`Stamp`) and then by content: so putting versions
together is commutative, associative and idempotent, and a delivery that comes late or twice never takes a state back.

The stamps are kept with the fact, in its label `hook`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from breakeven.facts import TIME_FIELD, Column, ColumnType, columns
from breakeven.ingest.hooks.changes import NEVER, Stamp, instant

STATE: Mapping[str, tuple[str, ...]] = {"deployment": ("status", "deployed_at"), "incident": ("resolved_at",)}
"""Kind → the fields of its state."""
STAMPS = "hook"
"""Label with the stamps of a fact."""
_ENDED = {"succeeded": 1, "failed": 2, "rolled_back": 3}
_NONE = Stamp(NEVER, -1)


class Version(msgspec.Struct, frozen=True):
    """A fact as told, its values in one form each (`plain`), without source, id and stamps."""

    fields: Mapping[str, str | None]
    changed: Stamp
    state: Stamp


class _Stamps(msgspec.Struct, frozen=True):
    """How stamps are kept."""

    at: datetime = NEVER
    order: int = 0
    state_at: datetime = NEVER
    state_order: int = -1


def version(
    kind: str, fields: Mapping[str, str | None], labels: Mapping[str, Any], changed: Stamp, state: Stamp | None
) -> Version:
    """What a delivery tells, in its one form."""
    known = {column.name: plain(column, fields.get(column.name)) for column in _own(kind)}
    named = {key: value for key, value in labels.items() if value is not None and key != STAMPS}
    known["labels"] = msgspec.json.encode(named, order="sorted").decode() if named else None
    return Version(known, changed, state if state is not None else _NONE)


def stored(kind: str, row: Mapping[str, Any]) -> Version:
    """A fact of the store."""
    labels = _labels(row["labels"])
    try:
        stamps = msgspec.convert(labels.pop(STAMPS, {}), _Stamps)
    except msgspec.ValidationError:
        stamps = _Stamps()
    fields = {column.name: _text(row[column.name]) for column in _own(kind)}
    changed, state = Stamp(stamps.at, stamps.order), Stamp(stamps.state_at, stamps.state_order)
    return version(kind, fields, labels, changed, state)


def together(kind: str, one: Version, two: Version) -> Version:
    """Both; the same whichever comes first."""
    state = STATE.get(kind, ())
    began = TIME_FIELD[kind] if kind in STATE else None
    rest = [name for name in one.fields if name not in state and name != began]
    newer = max(one, two, key=lambda told: (told.changed, _content(told, rest)))
    ended = max(one, two, key=lambda told: (told.state, _content(told, state)))
    fields = {**newer.fields, **{name: ended.fields[name] for name in state}}
    if began is not None:
        begun = [found for told in (one, two) if (found := instant(told.fields[began])) is not None]
        fields[began] = min(begun).isoformat() if begun else None
    return Version(fields, newer.changed, ended.state)


def row(told: Version) -> dict[str, str | None]:
    """The fields of a fact, its stamps among the labels."""
    stamps = _Stamps(told.changed.at, told.changed.order, told.state.at, told.state.order)
    labels = {**_labels(told.fields["labels"]), STAMPS: stamps}
    return {**told.fields, "labels": msgspec.json.encode(labels).decode()}


def rank(kind: str, fields: Mapping[str, str | None]) -> int:
    """The place of a state among others of the same instant, for who gives no order: what has ended has ended."""
    if kind == "deployment":
        return _ENDED.get(fields.get("status") or "succeeded", 0)
    return int(fields.get("resolved_at") is not None)


def plain(column: Column, value: str | None) -> str | None:
    """A value in its one form, so that the same content is the same text; what cannot be read stays as it is."""
    shown = value.strip() if value is not None else ""
    if not shown:
        return column.default if isinstance(column.default, str) else None
    if column.type is ColumnType.INSTANT:
        found = instant(shown)
        return shown if found is None else found.isoformat()
    if column.type is ColumnType.BOOLEAN:
        return shown.lower()
    if column.type is not ColumnType.TEXT:
        try:
            number = Decimal(shown)
        except InvalidOperation:
            return shown
        # Numbers beyond all amounts stay as they are written: to spell them out would take their size in memory.
        return f"{number.normalize():f}" if number.is_finite() and abs(number.adjusted()) < 100 else shown
    return shown


def _own(kind: str) -> list[Column]:
    return [column for column in columns(kind) if column.name not in ("id", "source", "labels")]


def _content(told: Version, names: Any) -> tuple[int, str]:
    """What decides between versions of the same instant: the one that says more, then the larger text."""
    shown = msgspec.json.encode([told.fields[name] for name in names]).decode()
    return len(shown), shown


def _text(value: Any) -> str | None:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, bool):
        return str(value).lower()
    return None if value is None else str(value)


def _labels(text: str | None) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(text) if text else {}
    except msgspec.DecodeError:
        return {}
    return found if isinstance(found, dict) else {}
