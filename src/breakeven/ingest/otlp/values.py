"""Values of attributes as values of fields; what cannot be read is a `Fault`, which refuses its span and no other."""

from __future__ import annotations

import math
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from breakeven.facts import LARGEST_AMOUNT, MONEY_SCALE, UNASSIGNED, Reason
from breakeven.ingest.checks import LONGEST_NAME
from breakeven.ingest.otlp.attributes import INTEGERS, KINDS, LABELS, MONEY, NAMES, NUMBERS, Slot, provider_name
from breakeven.workspace.otlp_rules import OtlpRules

Scalar = str | int | float | bool
Entry = tuple[int, int, object]
"""Slot, rank (the lowest holds) and value."""
OF_RESOURCE = 100
"""Added to the rank of what the resource says: the span's own attributes go before it."""
UNDECLARED = 1_000
"""Added to the rank of a project that the workspace does not declare."""
USUAL_TIERS = ("default", "auto", "standard")
_DECLARED = {"project": Slot.PROJECT, "team": Slot.TEAM, "actor": Slot.ACTOR, "variant": Slot.VARIANT,
             "session": Slot.SESSION}  # fmt: skip
_STEP = Decimal(1).scaleb(-MONEY_SCALE)
_KINDS = {name: {value.lower(): kind for value, kind in kinds.items()} for name, kinds in KINDS.items()}


_TEXTS = frozenset({Slot.MODEL, Slot.PROVIDER, Slot.PROJECT, Slot.TEAM, Slot.ACTOR, Slot.VARIANT, Slot.SOURCE,
                    Slot.OUTCOME})  # fmt: skip
_LIMITS: dict[int, tuple[float, float]] = {
    **dict.fromkeys((Slot.INPUT, Slot.OUTPUT, Slot.TOTAL, Slot.CACHED), (0, math.inf)),
    Slot.COST: (0, LARGEST_AMOUNT), Slot.CSAT: (1, 5), Slot.SECONDS_SAVED: (-LARGEST_AMOUNT, LARGEST_AMOUNT),
}  # fmt: skip
"""Slot → least and most; the same as those of the facts, which say it where a value is refused."""


class Fault(msgspec.Struct, frozen=True):
    """A value that cannot be read."""

    reason: Reason
    attribute: str
    value: str
    says: str


class Details(msgspec.Struct, frozen=True):
    """Usage or cost of a call as Langfuse writes it; other keys are left aside."""

    input: float | None = None
    output: float | None = None
    total: float | None = None


class Values:
    """What each attribute gives, by the rules of a workspace."""

    def __init__(self, rules: OtlpRules, projects: frozenset[str], *, reject_unknown: bool) -> None:
        """`reject_unknown`: an undeclared project is not taken; then the name of a service is none unless declared."""
        self._projects, self._strict, self._named = projects, reject_unknown, rules.projects
        self.width = len(Slot) + len(rules.labels)
        self.labels = (*LABELS.values(), *rules.labels)
        """Keys of the slots from `Slot.CACHE_WRITE` on."""
        self.wanted: dict[str, list[tuple[int, int]]] = {}
        own = {_DECLARED[field]: names for field, names in rules.fields.items()}
        chosen: dict[int, tuple[str, ...]] = {int(slot): names for slot, names in {**NAMES, **own}.items()}
        chosen |= {len(Slot) + place: (name,) for place, name in enumerate(rules.labels)}
        for slot, names in chosen.items():
            for rank, name in enumerate(names):
                self.wanted.setdefault(name, []).append((slot, rank))

    def entries(self, name: str, value: Scalar | None) -> tuple[Entry, ...]:
        """What an attribute of a span gives; nothing where it is not looked at. None is a value that is no scalar."""
        places = self.wanted.get(name)
        if places is None or value is None or value == "":
            return ()
        return tuple(entry for slot, rank in places for entry in self._read(name, slot, rank, value))

    def _read(self, name: str, slot: int, rank: int, value: Scalar) -> Iterator[Entry]:
        if slot == Slot.KIND:
            kind = _KINDS[name].get(str(value).lower())
            if kind is not None:
                yield slot, rank, kind
        elif slot in INTEGERS:
            yield slot, rank, whole(name, value)
        elif slot in NUMBERS:
            yield slot, rank, finite(name, value)
        elif slot in MONEY:
            yield slot, rank, money(name, value)
        elif slot in (Slot.USAGE_DETAILS, Slot.COST_DETAILS):
            yield from _details(name, slot, value)
        else:
            yield from self._text(name, slot, rank, _plain(value))

    def _text(self, name: str, slot: int, rank: int, text: str) -> Iterator[Entry]:
        if not text:
            return
        if slot >= Slot.CACHE_WRITE or slot == Slot.OPERATION:
            if slot != Slot.SERVICE_TIER or text.lower() not in USUAL_TIERS:
                yield slot, rank, text[:LONGEST_NAME]
        elif slot == Slot.PROVIDER:
            yield slot, rank, provider_name(text)
        elif slot == Slot.PROJECT:
            text = self._named.get(text, text)
            declared = text in self._projects or text == UNASSIGNED
            if declared or name != "service.name" or not (self._strict or text.startswith("unknown_service")):
                yield slot, rank + (0 if declared else UNDECLARED), text
        else:
            yield slot, rank, text


def fits(slot: int, value: Any) -> bool:
    """Whether a value is within what its field may hold; if not, the steps decide about it."""
    if slot in _TEXTS:
        return 0 < len(value) <= LONGEST_NAME and value == value.strip()
    limits = _LIMITS.get(slot)
    return limits is None or limits[0] <= value <= limits[1]


def _details(name: str, slot: int, value: Scalar) -> Iterator[Entry]:
    try:
        found = msgspec.json.decode(str(value), type=Details)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return
    last = len(NAMES[Slot.INPUT])
    if slot == Slot.COST_DETAILS:
        if found.total is not None:
            yield Slot.COST, last, money(name, found.total)
        return
    for place, tokens in ((Slot.INPUT, found.input), (Slot.OUTPUT, found.output), (Slot.TOTAL, found.total)):
        if tokens is not None:
            yield place, last, whole(name, tokens)


def _plain(value: Scalar) -> str:
    return value.strip() if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)


def whole(name: str, value: Scalar) -> int | Fault:
    """A number of tokens; some senders write it as a double or as text."""
    found: int | None = None
    if isinstance(value, bool):
        pass
    elif isinstance(value, int):
        found = value
    elif isinstance(value, float):
        found = int(value) if math.isfinite(value) and value == int(value) else None
    elif len(value) < 20 and (digits := value.strip().removeprefix("-")).isascii() and digits.isdecimal():
        found = int(value)
    if found is None or not -(1 << 63) <= found < 1 << 63:
        return Fault(Reason.BAD_TYPE, name, str(value), "is not a whole number")
    return found


def finite(name: str, value: Scalar) -> float | Fault:
    """A number."""
    try:
        found = math.nan if isinstance(value, bool) else float(value)
    except (ValueError, OverflowError):
        found = math.nan
    return found if math.isfinite(found) else Fault(Reason.BAD_TYPE, name, str(value), "is not a finite number")


def money(name: str, value: Scalar) -> Decimal | Fault:
    """An amount; the shortest text of a binary number is what its writer meant."""
    try:
        amount = Decimal("NaN" if isinstance(value, bool) else str(value).strip()[:LONGEST_NAME])
        if amount.is_finite():
            return amount.quantize(_STEP)
    except InvalidOperation:
        pass
    return Fault(Reason.BAD_TYPE, name, str(value), "is not an amount of up to 16 digits before the point")
