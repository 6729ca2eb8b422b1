"""Any other sender: its mapping says what the fields are; a body is one record, a list, or holds a list."""

from __future__ import annotations

from typing import Any

from breakeven.ingest.hooks.changes import Change, Found, Ignored, Stamp, at, not_taken, text
from breakeven.workspace.hooks import Hook

MOST_RECORDS = 10_000


def read(hook: Hook, _event: str, payload: Any) -> Found:
    """The records of a body; which fields they give is for the mapping to say."""
    held = at(payload, *hook.records.split(".")) if hook.records else payload
    records = held if isinstance(held, list) else [held]
    if len(records) > MOST_RECORDS:
        return not_taken("record", "event", f"the body has {len(records)} records; at most {MOST_RECORDS} are taken")
    return [_record(hook, record) for record in records]


def _record(hook: Hook, record: Any) -> Change | Ignored:
    if not isinstance(record, dict):
        where = f" at {hook.records}" if hook.records else ""
        return Ignored(event="record", reason="event", says=f"is no object with fields{where}: {str(record)[:80]!r}")
    origins = tuple(text(record, key) for key in ("repository", "service", "project"))
    return Change(kind=hook.kind, id="", fields={}, origins=origins, changed=Stamp(), state=None, record=record)
