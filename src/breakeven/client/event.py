"""Records as lines of JSON: CloudEvents 1.0, each with its id, so that sending one again never counts twice.

What cannot be used of a record (a value that is no number, an argument that does not exist) is left out and told to
`complain`; the rest is sent. What a field may hold is judged by the server, which keeps what it rejects.
"""

from __future__ import annotations

import os
import time as clock
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from json import JSONEncoder
from math import isfinite

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Literal, TypedDict

    Number = int | float | Decimal | str

    class Fields(TypedDict, total=False):
        """What may be said of an interaction; see `interaction` in docs/ingest.md."""

        project: str | None
        model: str | None
        provider: str | None
        operation: str | None
        variant: str | None
        team: str | None
        actor: str | None
        status: Literal["ok", "error"] | None
        latency_ms: Number | None
        count: int | None
        input_tokens: int | None
        output_tokens: int | None
        cached_tokens: int | None
        cost: Number | None
        cost_currency: str | None
        revenue: Number | None
        currency: str | None
        outcome: str | None
        csat: Number | None
        seconds_saved: Number | None
        usage: Mapping[str, Any] | None
        labels: Mapping[str, Any] | None


Complain = Callable[[str, str], None]
"""Called with the name of a field and what is wrong with it."""

TEXTS = frozenset({"project", "model", "provider", "operation", "variant", "team", "actor", "status", "currency",
                   "cost_currency", "outcome"})  # fmt: skip
NUMBERS = frozenset({"count", "latency_ms", "input_tokens", "output_tokens", "cached_tokens", "cost", "revenue",
                     "csat", "seconds_saved"})  # fmt: skip
OBJECTS = frozenset({"usage", "labels"})
REPORTED = frozenset({"outcome", "csat", "revenue", "currency", "seconds_saved"})
"""What may be said of an interaction later."""
LONGEST = 256 << 10
"""Characters of a record; without labels and usage if it has more."""

_encode = JSONEncoder(separators=(",", ":"), allow_nan=False, default=str).encode


def new_id(given: Any = None) -> str:
    """An id as given, or else one that no other record has, in whatever process."""
    try:
        if given is not None and (text := _clean(str(given))):
            return text
    except Exception:  # noqa: BLE001 - an object of the host program may do anything
        return os.urandom(16).hex()
    return os.urandom(16).hex()


def instant(given: Any, complain: Complain) -> str:
    """A time as ISO 8601: an aware or local `datetime`, seconds since 1970, a text, or now where None is given."""
    try:
        if given is None:
            return datetime.fromtimestamp(clock.time(), UTC).isoformat()
        if isinstance(given, datetime):
            return given.astimezone(UTC).isoformat()
        if isinstance(given, str):
            return given
        return datetime.fromtimestamp(float(given), UTC).isoformat()
    except Exception:  # noqa: BLE001 - whatever an object of the host program does, it is no time
        complain("time", f"time={shown(given)} is no time: the present is taken")
        return datetime.fromtimestamp(clock.time(), UTC).isoformat()


def fields(given: Mapping[str, Any], complain: Complain) -> dict[str, Any]:
    """The fields of an interaction that can be sent; arguments that are no fields become labels."""
    found: dict[str, Any] = {}
    strange: dict[str, Any] = {}
    for name, value in given.items():
        if value is None:
            continue
        if name in TEXTS:
            found |= _text(name, value, complain)
        elif name in NUMBERS:
            number = _number(value)
            if number is None:
                complain(name, f"{name}={shown(value)} is no number: it is left out")
            else:
                found[name] = number
        elif name in OBJECTS:
            found |= _object(name, value, complain)
        else:
            complain(name, f"an interaction has no field {name!r}: it is sent as a label")
            strange[name] = value
    if strange:
        labels = {**found.get("labels", {}), **_object("labels", strange, complain).get("labels", {})}
        found["labels"] = labels
    return found


def line(kind: str, source: str, id_: str, time: str, data: dict[str, Any], complain: Complain) -> bytes | None:
    """A record as a line without its end; None where it is too long even without labels and usage."""
    event = {"specversion": "1.0", "type": kind, "source": source, "id": id_, "time": time, "data": data}
    text = _encode(event)
    if len(text) > LONGEST:
        complain("labels", f"a record of {len(text)} characters: labels and usage are left out")
        text = _encode({**event, "data": {name: value for name, value in data.items() if name not in OBJECTS}})
        if len(text) > LONGEST:
            return None
    return text.encode()


def _text(name: str, value: Any, complain: Complain) -> dict[str, str]:
    try:
        return {name: _clean(value if isinstance(value, str) else str(value))}
    except Exception:  # noqa: BLE001 - an object of the host program may do anything
        complain(name, f"{name}={shown(value)} is no text: it is left out")
        return {}


def _number(value: Any) -> int | float | str | None:
    """A number as JSON has it, decimals as text; None where it is none."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value if abs(value) < 10**30 else None
    if isinstance(value, float):
        return value if isfinite(value) else None
    if isinstance(value, Decimal):
        return str(value) if value.is_finite() else None
    if isinstance(value, str):
        try:
            return value.strip() if Decimal(value.strip()).is_finite() else None
        except ArithmeticError:
            return None
    try:
        # Numbers of numpy, torch and the like.
        return _number(value.item() if hasattr(value, "item") else float(value))
    except Exception:  # noqa: BLE001 - as above
        return None


def _object(name: str, value: Any, complain: Complain) -> dict[str, Any]:
    """`labels` or `usage` under its name, or nothing where it cannot be written as JSON."""
    try:
        parts = value.items()
        cleaned = {_clean(str(key)): _clean(part) if isinstance(part, str) else part for key, part in parts}
        _encode(cleaned)
    except Exception as error:  # noqa: BLE001 - as above
        complain(name, f"{name} cannot be written as a JSON object ({type(error).__name__}): it is left out")
        return {}
    return {name: cleaned}


def _clean(text: str) -> str:
    """A text without halves of surrogate pairs, which no JSON reader takes."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def shown(value: Any) -> str:
    """What an object says of itself, as far as it does."""
    try:
        return repr(value)[:100]
    except Exception:  # noqa: BLE001 - as above
        return type(value).__name__
