"""The JSON of entries, validations and the audit log: one shape for the command line and for the API."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from breakeven.ledger.proof.validation import Decisions
from breakeven.ledger.results import Entry
from breakeven.store.state_audit import AuditRecord
from breakeven.views.shapes.json_shapes import spelt_out


def entry_json(entry: Entry, currency: str) -> dict[str, Any]:
    """The entry's fields by name; amounts as decimal strings, units of inputs spelt out."""
    shape: dict[str, Any] = msgspec.to_builtins(entry)
    for part in shape["inputs"]:
        part["unit"] = spelt_out(part["unit"], currency)
    return shape


def entries_json(entries: Sequence[Entry], currency: str, after: str | None = None) -> dict[str, Any]:
    """{"currency", "items": [entry…], "next"}."""
    return {"currency": currency, "items": [entry_json(entry, currency) for entry in entries], "next": after}


def decisions_json(done: Decisions) -> dict[str, Any]:
    """{"decided": [{"entry", "amount", "before", "after"}], "skipped": [{"entry", "state", "reason"}]}."""
    shape: dict[str, Any] = msgspec.to_builtins(done)
    return shape


def audit_json(records: Sequence[AuditRecord]) -> dict[str, Any]:
    """{"items": [{"id", "at", "who", "action", "subject", "note", "details"}]}, the latest first."""
    return {"items": msgspec.to_builtins(list(records)), "next": None}
