"""From a verified delivery to records for the writer, one delivery at a time."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import parse_qs

import msgspec
import pyarrow as pa

from breakeven.errors import UnsupportedMedia, UsageProblem
from breakeven.facts import columns
from breakeven.ingest.events import JSON, Parsed, media_type
from breakeven.ingest.hooks import alertmanager, generic, github, gitlab, pagerduty
from breakeven.ingest.hooks.changes import Change, Found, Ignored, Stamp, instant
from breakeven.ingest.hooks.mapped import mapped
from breakeven.ingest.hooks.merging import Version, rank, row, stored, together, version
from breakeven.ingest.hooks.signatures import Headers, delivery_id
from breakeven.ingest.staging import Staging
from breakeven.ingest.unpacking import unpacked
from breakeven.workspace.hooks import Hook

LARGEST = 4 << 20
"""Bytes of a body, packed or not: it becomes objects, which take many times its size."""
REMEMBERED = 10_000
"""Deliveries, and versions of facts, that are kept in mind."""
FORM = "application/x-www-form-urlencoded"
"""How GitHub sends where nobody chose JSON: the field `payload` holds the body."""

Key = tuple[str, str, str]
"""Kind, source and id of a fact."""
Current = Callable[[str, str, Sequence[str]], Sequence[Mapping[str, Any]]]
"""(kind, source, ids) → the rows that the store holds."""

_READERS: dict[str, Callable[[Hook, str, Any], Found]] = {
    "github": github.read,
    "gitlab": gitlab.read,
    "alertmanager": alertmanager.read,
    "pagerduty": pagerduty.read,
    "generic": generic.read,
}


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery on its way."""

    parsed: Parsed
    ignored: tuple[Ignored, ...]
    versions: Mapping[int, tuple[Key, Version]]
    """Row → what the fact is after it."""
    mark: tuple[str, ...]
    """By which it is known again."""


class Receiver:
    """Makes records of deliveries; used by one thread at a time, from reading the store to the writer's answer."""

    def __init__(self, current: Current, staging: Staging) -> None:
        """`current` asks the store; `staging` evaluates mappings."""
        self._current, self._staging = current, staging
        self._seen: OrderedDict[tuple[str, ...], int] = OrderedDict()
        self._latest: OrderedDict[Key, Version] = OrderedDict()

    def receive(self, hook: Hook, headers: Headers, body: bytes, now: datetime) -> Delivery | int:
        """The records of a delivery; or, where it was taken before, how many it had. Raises UsageProblem."""
        payload = _payload(hook, headers, unpacked(body, headers.get("content-encoding", ""), LARGEST))
        named = delivery_id(hook, headers) or (pagerduty.event_id(payload) if hook.platform == "pagerduty" else None)
        mark = (hook.name, named, hashlib.sha256(body).hexdigest()) if named else ()
        if mark in self._seen:
            return self._seen[mark]
        found = _READERS[hook.platform](hook, headers.get("x-github-event", ""), payload)
        ignored = [one for one in found if isinstance(one, Ignored)]
        rows, versions = self._rows(hook, [one for one in found if isinstance(one, Change)], ignored, now)
        tables = {kind: _table(kind, told) for kind, told in rows.items()}
        count = sum(len(told) for told in rows.values())
        return Delivery(parsed=Parsed(tables, (), count), ignored=tuple(ignored), versions=versions, mark=mark)

    def taken(self, delivery: Delivery, refused: Sequence[int]) -> None:
        """Remember a delivery that is durable; `refused` are the rows that were not taken."""
        turned_away = set(refused)
        for number, (key, told) in delivery.versions.items():
            if number not in turned_away:
                _remember(self._latest, key, told)
        if delivery.mark and not turned_away:
            _remember(self._seen, delivery.mark, delivery.parsed.rows)

    def _rows(
        self, hook: Hook, changes: Sequence[Change], ignored: list[Ignored], now: datetime
    ) -> tuple[dict[str, list[tuple[int, dict[str, str | None]]]], dict[int, tuple[Key, Version]]]:
        """Kind → numbered rows, and what each makes of its fact."""
        rows: dict[str, list[tuple[int, dict[str, str | None]]]] = {}
        versions: dict[int, tuple[Key, Version]] = {}
        number = 0
        for kind in dict.fromkeys(change.kind for change in changes):
            told = [change for change in changes if change.kind == kind]
            kept = mapped(hook, kind, told, self._staging)
            if len(kept) < len(told):
                left = len(told) - len(kept)
                ignored.extend([Ignored(event=kind, reason="where", says=f"does not meet where: {hook.where}")] * left)
            before = self._before(kind, hook.name, [fields["id"] for _, fields, _ in kept if fields["id"]])
            for place, fields, order in kept:
                number += 1
                made, after = _version(hook, told[place], fields, order, now), None
                key = (kind, hook.name, fields["id"] or "")
                if key[2] and kind != "interaction" and _readable(kind, made):
                    after = together(kind, before[key], made) if key in before else made
                    if key in before and _by_arrival(hook) and after.fields == before[key].fields:
                        after = before[key]  # said once more: that it came again makes no version
                    before[key] = after
                    versions[number] = (key, after)
                shown = row(after or made) | {"id": fields["id"], "source": hook.name}
                rows.setdefault(kind, []).append((number, shown))
        return rows, versions

    def _before(self, kind: str, source: str, ids: Sequence[str]) -> dict[Key, Version]:
        """What is known of some facts: what was taken just now goes before what the store shows."""
        found: dict[Key, Version] = {}
        unknown = []
        for one in dict.fromkeys(ids):
            key = (kind, source, one)
            if key in self._latest:
                found[key] = self._latest[key]
            else:
                unknown.append(one)
        for held in self._current(kind, source, unknown) if unknown else ():
            found[kind, source, held["id"]] = stored(kind, held)
        return found


def _payload(hook: Hook, headers: Headers, body: bytes) -> Any:
    """The body as objects. Raises UsageProblem, UnsupportedMedia."""
    media = media_type(headers.get("content-type", ""))
    if media == FORM and hook.platform == "github":
        try:
            fields = parse_qs(body.decode("utf-8"), max_num_fields=10)
        except ValueError as error:
            raise UsageProblem(f"the body is no form: {error}") from error
        body = fields.get("payload", [""])[0].encode()
    elif media and media != JSON and not media.endswith("+json"):
        raise UnsupportedMedia(f"content type {media!r} is not read: hook {hook.name} takes {JSON}")
    try:
        payload = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UsageProblem(f"the body is not JSON: {error}") from error
    if not isinstance(payload, dict) and hook.platform != "generic":
        raise UsageProblem(f"the body is no JSON object, as {hook.platform} sends")
    return payload


def _version(hook: Hook, change: Change, fields: Mapping[str, str | None], order: str | None, now: datetime) -> Version:
    """What a change tells after its mapping; a generic one is stamped as the hook says, or by its arrival."""
    labels = {**change.labels, **hook.labels}
    if hook.platform != "generic":
        return version(change.kind, fields, labels, change.changed, change.state)
    changed = Stamp(now) if _by_arrival(hook) else _ordered(order)
    place = rank(change.kind, version(change.kind, fields, {}, changed, None).fields)
    state = msgspec.structs.replace(changed, order=changed.order * 4 + place) if hook.order_by else Stamp(order=place)
    return version(change.kind, fields, labels, changed, state)


def _by_arrival(hook: Hook) -> bool:
    """Whether nothing but the order of arrival says which of two deliveries holds."""
    return hook.platform == "generic" and not hook.order_by


def _ordered(order: str | None) -> Stamp:
    """A whole number that grows, else an instant; what is neither comes before all."""
    try:
        number = Decimal(order or "")
    except InvalidOperation:
        when = instant(order)
        return Stamp() if when is None else Stamp(when)
    return Stamp(order=int(number)) if number.is_finite() and abs(number) < 1 << 60 else Stamp()


def _readable(kind: str, told: Version) -> bool:
    """Whether its instants can be read; what cannot be is refused as it was sent."""
    return all(
        told.fields[column.name] is None or instant(told.fields[column.name]) is not None
        for column in columns(kind)
        if column.type == "instant"
    )


def _table(kind: str, rows: Sequence[tuple[int, Mapping[str, str | None]]]) -> pa.Table:
    names = [column.name for column in columns(kind)]
    return pa.table(
        {"row": pa.array([number for number, _ in rows], pa.int64()),
         **{name: pa.array([told.get(name) for _, told in rows], pa.string()) for name in names}}
    )  # fmt: skip


def _remember(held: OrderedDict[Any, Any], key: Any, value: Any) -> None:
    held[key] = value
    held.move_to_end(key)
    while len(held) > REMEMBERED:
        held.popitem(last=False)
