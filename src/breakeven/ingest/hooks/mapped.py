"""The declared mapping of a hook over what a delivery says: expressions over its body go before what is known anyway.

The expressions are those of files (`ingest/mapping.py`); what is nested stands in quotes, with dots between its keys.
A name that a body lacks is unknown there, not an error: bodies of one hook differ from event to event.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa

from breakeven.facts import columns
from breakeven.formula import MAPPING, parse
from breakeven.ingest.hooks.changes import Change, Payload
from breakeven.ingest.mapping import compile_plan
from breakeven.ingest.plan import Find, Preset, literal, quoted
from breakeven.ingest.rawfile import MALFORMED, PLACE
from breakeven.ingest.staging import Staging
from breakeven.workspace.definitions import SourceMapping
from breakeven.workspace.hooks import Hook

_KNOWN = "\x1e"
"""Before the name of a field: the column of what the platform's reader makes of it."""
_ORDER = "\x1eorder"

Mapped = tuple[int, dict[str, str | None], str | None]
"""Place of the change, its fields as text, and what orders it where the hook says."""


def mapped(hook: Hook, kind: str, changes: Sequence[Change], staging: Staging) -> list[Mapped]:
    """The fields of the changes (all of one kind) after the mapping; those that `where` leaves out are missing.

    Raises UsageProblem, FormulaInvalid for a mapping that cannot be applied.
    """
    known = [_known(hook, change) for change in changes]
    if not (hook.map or hook.set or hook.where or hook.order_by):
        return [(place, fields, None) for place, fields in enumerate(known)]
    fields = [column.name for column in columns(kind) if column.name != "source"]
    named = _named(hook)
    held: dict[str, Any] = {PLACE: range(len(changes)), MALFORMED: [None] * len(changes)}
    held |= {_KNOWN + field: [one.get(field) for one in known] for field in fields}
    held |= {name: [_shown(_value(change.record, name)) for change in changes] for name in named}
    shape = pa.schema([(PLACE, pa.int64()), *((name, pa.string()) for name in held if name != PLACE)])
    plan = compile_plan(
        Path(hook.name), kind, SourceMapping(name=hook.name, kind=kind, map=hook.map, set=hook.set, where=hook.where,
                                             order_by=hook.order_by),
        list(held), textual=False, preset=_preset(fields),
    )  # fmt: skip
    chosen = plan.selected({})
    shown = ", ".join(f"CAST({chosen[field]} AS VARCHAR) AS {quoted(field)}" for field in fields)
    sql = (
        f"SELECT {quoted(PLACE)}, CAST({plan.order_by or 'NULL'} AS VARCHAR) AS {quoted(_ORDER)}, {shown}"
        f" FROM ({plan.inner({}, 'delivered')}) WHERE {plan.where or 'true'} ORDER BY {quoted(PLACE)}"
    )
    with staging.holding(delivered=pa.table(held, shape)):
        rows = staging.table(sql, len(changes)).to_pylist()
    return [(row[PLACE], {field: row[field] for field in fields}, row[_ORDER]) for row in rows]


def _preset(fields: Sequence[str]) -> Callable[[Find], Preset]:
    """What is known anyway, as a known format fills it."""
    return lambda find: Preset(fields={f: find(_KNOWN + f) or literal("") for f in fields}, numbers={})


def _named(hook: Hook) -> list[str]:
    """Keys of a body that the expressions name, each once in any case."""
    texts = [*hook.map.values(), hook.where, hook.order_by]
    names = [name.split(".")[0] for text in texts if text for name in parse(text, profile=MAPPING).names]
    return list({name.lower(): name for name in names}.values())


def _value(record: Payload, name: str) -> Any:
    if name in record:
        return record[name]
    return next((value for key, value in record.items() if key.lower() == name.lower()), None)


def _shown(value: Any) -> str | None:
    """A value as expressions read it: nested ones as JSON text."""
    if value is None or isinstance(value, str):
        return value
    return msgspec.json.encode(value).decode()


def _known(hook: Hook, change: Change) -> dict[str, str | None]:
    """What is known without the expressions: what the platform says, and the tables of projects and models."""
    found = dict(change.fields)
    found["id"] = change.id or None
    for field, table in (("project", hook.projects), ("model", hook.models)):
        named = _looked_up(table, change.origins)
        if named is not None:
            found[field] = named
    return found


def _looked_up(table: Mapping[str, str], origins: Sequence[str | None]) -> str | None:
    """The entry of the first origin that has one: of its own name, else the first pattern that fits it."""
    for origin in origins:
        if origin is None:
            continue
        exact = table.get(origin)
        found = exact or next((value for key, value in table.items() if fnmatchcase(origin, key)), None)
        if found is not None:
            return found
    return None
