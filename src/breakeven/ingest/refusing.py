"""The rejected rows of a batch as a table: reason, field, value, and the record as JSON, to be tried again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from breakeven.facts import Reason
from breakeven.ingest.checks import Check
from breakeven.ingest.outcome import Refusal
from breakeven.ingest.staging import name, text
from breakeven.ingest.steps import Batch
from breakeven.ingest.values import as_text

SHOWN = 200
"""Characters of a value that are shown."""
KEPT = 131_072
"""Characters of a record that are kept; a longer one is cut and can be listed, but not tried again."""
MOST_TOLD = 10_000
"""Refusals that an answer names, the first ones: as objects, each takes a hundred times what it takes in a table."""
REFUSED = pa.schema([
    ("ordinal", pa.int64()), ("row", pa.int64()), ("kind", pa.string()), ("source", pa.string()),
    ("reason", pa.string()), ("field", pa.string()), ("value", pa.string()), ("says", pa.string()),
    ("record", pa.string()),
])  # fmt: skip
CONFLICT = Check(Reason.CONFLICT, "id", "", "was sent before with another content; the first one stays")


def refuse(batch: Batch, faults: pa.Table) -> pa.Table:
    """Table REFUSED of the rows in `faults` (ordinal, fault: number of the check in the batch)."""
    return _refused(batch, faults, dict(enumerate(batch.checks, 1)))


def refuse_conflicts(batch: Batch, ordinals: pa.Array) -> pa.Table:
    """Table REFUSED of the rows that the store did not take because their id has another content."""
    faults = pa.table({"ordinal": ordinals, "fault": pa.array([1] * len(ordinals), pa.int32())})
    return _refused(batch, faults, {1: CONFLICT})


def _refused(batch: Batch, faults: pa.Table, numbered: dict[int, Check]) -> pa.Table:
    staged = batch.staged
    bad = staged.filter(pc.is_in(staged["ordinal"], value_set=faults["ordinal"].combine_chunks()))
    found = {number: numbered[number] for number in sorted(pc.unique(faults["fault"]).to_pylist())}

    def by_check(part: str) -> str:
        cases = " ".join(f"WHEN {number} THEN {_told(batch, check, part)}" for number, check in found.items())
        return f"CAST(CASE f.fault {cases} END AS VARCHAR)"

    source = "CAST(NULL AS VARCHAR)" if "source" not in batch.sent else as_text("s.source", batch.sent["source"])
    sql = f"""
        SELECT f.ordinal, s.row, {text(batch.kind)} AS kind, coalesce({source}, {text(batch.source)}) AS source,
               {by_check("reason")} AS reason, {by_check("field")} AS field,
               left({by_check("value")}, {SHOWN}) AS value, {by_check("says")} AS says,
               left({_record(batch)}, {KEPT}) AS record
        FROM bad AS s JOIN faults AS f USING (ordinal) ORDER BY f.ordinal
    """
    with batch.staging.holding(bad=bad, faults=faults):
        return batch.staging.table(sql, len(bad)).cast(REFUSED)


def _told(batch: Batch, check: Check, part: str) -> str:
    if part == "reason":
        return text(check.reason)
    if part == "says":
        return text(check.says)
    if part == "field":
        return text(check.field) if check.field else "NULL"
    if check.reason == Reason.UNREADABLE:
        return "s.malformed"
    if check.field is None or check.field not in batch.sent:
        return "NULL"
    column, arrow = f"s.{name(check.field)}", batch.sent[check.field]
    # Infinity and not-a-number are no text of a field; here they are what is wrong.
    return f"CAST({column} AS VARCHAR)" if pa.types.is_floating(arrow) else as_text(column, arrow)


def _record(batch: Batch) -> str:
    """The record as JSON: what was sent, without what was not; a line that is no record as a JSON text."""
    fields = ", ".join(f"{name(field)} := s.{name(field)}" for field in batch.sent)
    whole = f"CAST(json_merge_patch('{{}}', to_json(struct_pack({fields}))) AS VARCHAR)" if fields else "'{}'"
    if "malformed" not in batch.staged.column_names:
        return whole
    return f"CASE WHEN s.malformed IS NOT NULL THEN CAST(to_json(s.malformed) AS VARCHAR) ELSE {whole} END"


def refusals(table: pa.Table) -> list[Refusal]:
    """A table REFUSED as records."""
    return [Refusal(**{**row, "reason": Reason(row["reason"]), "record": row["record"] or "null"})
            for row in table.to_pylist()]  # fmt: skip


def refused_table(found: Sequence[Refusal]) -> pa.Table:
    """Refusals that were found outside of the steps as a table REFUSED."""
    if not found:
        return REFUSED.empty_table()
    columns = {field: [getattr(refusal, field) for refusal in found] for field in REFUSED.names if field != "reason"}
    return (
        pa.table({**columns, "reason": [str(refusal.reason) for refusal in found]}).select(REFUSED.names).cast(REFUSED)
    )


def by_reason(refused: pa.Table) -> dict[Reason, int]:
    """Number of rows by reason, in the order of the reasons."""
    counts = {pair["values"]: pair["counts"] for pair in pc.value_counts(refused["reason"]).to_pylist()}
    return {reason: counts[reason] for reason in Reason if reason in counts}


def by_request(refused: pa.Table, starts: Sequence[int]) -> list[tuple[dict[Reason, int], tuple[Refusal, ...]]]:
    """For each request, whose ordinals begin at its start, the number by reason and the first ones by row."""
    if not len(refused):
        return [({}, ())] * len(starts)
    owner = np.searchsorted(np.array(starts[1:], np.int64), refused["ordinal"].to_numpy(), side="right")
    order = np.lexsort((refused["row"].to_numpy(), owner))
    ends = np.searchsorted(owner[order], np.arange(len(starts)), side="right")
    found, begin = [], 0
    for end in ends.tolist():
        mine, begin = refused.take(order[begin:end]), end
        found.append((by_reason(mine), tuple(refusals(mine.slice(0, MOST_TOLD)))))
    return found


REJECTED_ROWS = """
    SELECT md5(concat_ws(chr(31), kind, coalesce(source, ''), CAST(row AS VARCHAR), coalesce(record, ''))) AS id,
           {at} AS received_at, source, kind, row, reason, field, value, record
    FROM refused
"""


def rejected_sql(now: datetime) -> str:
    """SQL that turns a relation `refused` (REFUSED) into the store's rejected rows.

    The id is made of what was sent and where it stood, so that sending the same again adds no second row.
    """
    return REJECTED_ROWS.format(at=f"TIMESTAMPTZ '{now.isoformat()}'")
