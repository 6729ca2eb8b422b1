"""What a delivery says: changes of deployments and incidents, or why it says nothing of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import msgspec

NEVER = datetime(1, 1, 1, tzinfo=UTC)
"""Before every change: Alertmanager's own way to write that something has not happened, too."""
_FORMS = ("%Y-%m-%d %H:%M:%S %z", "%Y-%m-%d %H:%M:%S UTC")
"""How GitLab writes instants, beside ISO 8601."""
SHOWN = 80

Payload = Mapping[str, Any]


class Stamp(msgspec.Struct, frozen=True, order=True):
    """What orders the versions of a thing: the later one holds, in whatever order they arrive."""

    at: datetime = NEVER
    """When the platform says it changed."""
    order: int = 0
    """Where instants are the same: which comes after which."""


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A deployment or incident as one delivery tells it."""

    kind: str
    id: str
    """What the platform calls it, the same in every delivery about it."""
    fields: Mapping[str, str | None]
    """Fields of the fact as text."""
    labels: Mapping[str, str | None] = {}
    origins: tuple[str | None, ...] = ()
    """Names of the repository or service, by which project and model are found; the first one known wins."""
    changed: Stamp
    """Of everything it says but its state."""
    state: Stamp | None
    """Of its state (see `merging.STATE`); None: it does not say."""
    record: Payload
    """What expressions read."""


class Ignored(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery, or a part of it, that becomes no fact."""

    event: str
    reason: str
    """One word for counting: ping, event, state, environment, where."""
    says: str


Found = Sequence[Change | Ignored]


def at(value: Any, *path: str) -> Any:
    """What a path leads to; None where it leads nowhere."""
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def text(value: Any, *path: str) -> str | None:
    """A text or a number as text; None for what is neither, and for blanks."""
    found = at(value, *path)
    if isinstance(found, bool) or not isinstance(found, str | int | float):
        return None
    return str(found).strip() or None


def number(value: Any, *path: str) -> int:
    """A whole number that can order things, else 0."""
    found = at(value, *path)
    return found if isinstance(found, int) and not isinstance(found, bool) and abs(found) < 1 << 62 else 0


def instant(value: str | None) -> datetime | None:
    """An instant that a platform wrote; None where there is none, or none that can be read."""
    if value is None:
        return None
    with suppress(ValueError, OverflowError):
        found = datetime.fromisoformat(value)
        return (found if found.tzinfo is not None else found.replace(tzinfo=UTC)).astimezone(UTC)
    for form in _FORMS:
        with suppress(ValueError, OverflowError):
            found = datetime.strptime(value, form)  # noqa: DTZ007 - the zone is part of both forms
            return (found if found.tzinfo is not None else found.replace(tzinfo=UTC)).astimezone(UTC)
    return None


def written(value: str | None) -> str | None:
    """An instant as ISO 8601 in UTC; what cannot be read stays as it is, for the checks to name."""
    found = instant(value)
    return value if found is None else found.isoformat()


def stamp(order: int, *candidates: str | None) -> Stamp:
    """A stamp of the first of some texts that is an instant."""
    found = (instant(candidate) for candidate in candidates)
    return Stamp(next((one for one in found if one is not None), NEVER), order)


def not_taken(event: str | None, reason: str, says: str) -> list[Change | Ignored]:
    """The answer to a delivery that becomes no fact."""
    return [Ignored(event=(event or "unnamed")[:SHOWN], reason=reason, says=says)]


def counts(environments: Sequence[str], *names: str | None) -> bool:
    """Whether a deployment into an environment, by any of its names, counts."""
    known = {name.lower() for name in names if name}
    return "*" in environments or any(one.lower() in known for one in environments)
