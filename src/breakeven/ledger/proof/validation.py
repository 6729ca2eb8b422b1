"""Validation by finance: which amounts have been accepted, and the way of an entry from forecast to validated.

    forecast ──(its month is over)──► realised ──► validated ──► disputed ──► validated or realised again
                                          └───────────────────────►┘

A decision is about an amount. If the entry is another amount afterwards, by a cent or more, it is no longer validated.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import get_args

from breakeven.errors import UnknownName, UsageProblem
from breakeven.ledger.desk import Desk
from breakeven.ledger.proof.entries import entries
from breakeven.ledger.proof.standing import EntryState
from breakeven.ledger.results import Entry, Result
from breakeven.store.state_audit import person
from breakeven.store.state_validations import Said, Validation, put_validations

NEXT: Mapping[EntryState, tuple[Said, ...]] = {
    "forecast": (),
    "realised": ("validated", "disputed"),
    "validated": ("disputed",),
    "disputed": ("validated", "realised"),
}
"""State → what it can be moved to."""
FORM = "write MONTH/PROJECT/CATEGORY, * for any: 2026-10/support-bot/productivity_value, 2026-10/support-bot/*"


class Decided(Result, frozen=True, kw_only=True):
    """An entry that was moved to another state."""

    entry: str
    amount: Decimal
    before: EntryState
    after: Said


class Skipped(Result, frozen=True, kw_only=True):
    """An entry that was left as it is."""

    entry: str
    state: EntryState
    reason: str


class Decisions(Result, frozen=True, kw_only=True):
    """What a command did."""

    decided: tuple[Decided, ...]
    skipped: tuple[Skipped, ...]
    """Entries of a pattern that could not be moved, and those that are in that state already."""


def validate(
    desk: Desk, patterns: Sequence[str], *, by: str, note: str, state: str = "validated"
) -> Decisions:  # fmt: skip
    """Move entries to a state, all of them or none, each with a line in the audit log.

    Raises UsageProblem for a missing name or note, a pattern that is none, and entries named one by one that cannot be
    moved; UnknownName for a pattern that no entry fits.
    """
    said = note.strip()
    if state not in get_args(Said):
        raise UnknownName("state", state, get_args(Said))
    who = person(by, "decides")
    if not said:
        raise UsageProblem("say on what grounds: --note TEXT")
    if not patterns:
        raise UsageProblem(f"name the entries: {FORM}")
    target: Said = state  # type: ignore[assignment]
    found, named = _matching(entries(desk), patterns)
    decided, skipped, faults = list[Entry](), list[Skipped](), list[str]()
    for entry in found:
        reason = _hindrance(entry, target)
        if reason is None:
            decided.append(entry)
        elif entry.id in named and entry.state != target:
            faults.append(f"{entry.id} {reason}")
        else:
            skipped.append(Skipped(entry=entry.id, state=entry.state, reason=reason))
    if faults:
        raise UsageProblem("; ".join(faults))
    at = desk.reading.now.astimezone(UTC)
    rows = [Validation(entry=one.id, state=target, amount=one.amount, who=who, note=said, at=at) for one in decided]
    if rows:
        put_validations(desk.state, rows, {one.id: one.state for one in decided})
    return Decisions(
        decided=tuple(Decided(entry=one.id, amount=one.amount, before=one.state, after=target) for one in decided),
        skipped=tuple(skipped),
    )


def _hindrance(entry: Entry, target: Said) -> str | None:
    """Why an entry cannot be moved to a state; None: it can."""
    if target in NEXT[entry.state]:
        return None
    if entry.state == target:
        return f"is {target} already" + (f": {entry.state_note}" if entry.state_note else "")
    if entry.state == "forecast":
        return f"is a forecast: {entry.period:%Y-%m} is not over, and only realised amounts can be {target}"
    return f"is {entry.state}: it can be {' or '.join(NEXT[entry.state])}, not {target}"


def _matching(known: Iterable[Entry], patterns: Sequence[str]) -> tuple[list[Entry], set[str]]:
    """The entries that fit a pattern, and the ids that were named without a wildcard."""
    by_id = {entry.id: entry for entry in known}
    found: dict[str, Entry] = {}
    named: set[str] = set()
    for pattern in dict.fromkeys(patterns):
        parts = pattern.strip().split("/")
        if len(parts) != 3 or not all(parts):
            raise UsageProblem(f"{pattern!r} is no entry: {FORM}")
        if "*" not in pattern and "?" not in pattern:
            if pattern.strip() not in by_id:
                raise UnknownName("entry", pattern, _near(parts, by_id))
            named.add(pattern.strip())
            found[pattern.strip()] = by_id[pattern.strip()]
            continue
        fitting = [entry for entry in by_id.values() if _fits(entry.id, parts)]
        if not fitting:
            raise UnknownName("entry", pattern, _near(parts, by_id))
        found.update((entry.id, entry) for entry in fitting)
    return list(found.values()), named


def _fits(name: str, parts: Sequence[str]) -> bool:
    return all(fnmatchcase(of, part) for of, part in zip(name.split("/"), parts, strict=True))


def _near(parts: Sequence[str], known: Iterable[str]) -> list[str]:
    """Entries that share as much as possible with a name that does not exist: few enough to look for close ones."""
    names = [(name, name.split("/")) for name in known]
    for kept in ((0, 1), (0, 2), (1, 2), (0,), (1,), (2,)):
        near = [name for name, of in names if all(fnmatchcase(of[i], parts[i]) for i in kept)]
        if near:
            return near
    return [name for name, _ in names[-100:]]
