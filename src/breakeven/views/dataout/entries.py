"""The ledger's entries as a table: cost and benefit by month, project and category."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import pyarrow as pa

from breakeven.ledger.desk import Desk
from breakeven.ledger.proof.entries import by_month
from breakeven.ledger.results import Entry
from breakeven.views.dataout.cells import MADE_FROM
from breakeven.views.dataout.tables import DAY, MONEY, TEXT, WHOLE, Asked, Column, Table, batches
from breakeven.workspace.builtins import BUILTINS

COLUMNS = (
    Column("id", TEXT, "2026-10/support-bot/productivity_value: what people call the entry."),
    Column("month", DAY, "First day of the month."),
    Column("project", TEXT, "Project; unassigned and unallocated are what belongs to none."),
    Column("side", TEXT, "value or cost."),
    Column("category", TEXT, "Value category of the methodology, or cost line."),
    Column("label", TEXT, "What pages call the category."),
    Column("amount", MONEY, "What is claimed, in currency."),
    Column("counted", MONEY, "What of it counts towards the headline."),
    Column("grade", TEXT, "Evidence, A (randomised comparison) to E (assumed)."),
    Column("reason", TEXT, "Why it has this grade."),
    Column("realisation", TEXT, "How the largest part becomes real: cash, capacity or strategic."),
    Column("cash", MONEY, "Part of the amount that is cash."),
    Column("capacity", MONEY, "Part of the amount that is capacity."),
    Column("strategic", MONEY, "Part of the amount that is strategic."),
    Column("state", TEXT, "forecast, realised, validated or disputed."),
    Column("state_note", TEXT, "Who validated or disputed what and when."),
    Column("note", TEXT, "What was done to the amount: shared, reduced by decay, put in place by a close."),
    Column("formula", TEXT, "Text of the formula; null for a sum of records."),
    Column("records", WHOLE, "Number of facts behind it."),
    *MADE_FROM,
)
_WAYS = ("cash", "capacity", "strategic")


def entry_rows(desk: Desk, found: Iterable[Entry]) -> Iterator[Mapping[str, Any]]:
    """Entries as rows of COLUMNS."""
    currency, labels = desk.workspace.currency, labels_of(desk)
    for entry in found:
        parts = entry.parts or {entry.realisation: entry.amount}
        yield {
            "id": entry.id, "month": entry.period, "project": entry.project, "side": entry.side,
            "category": entry.category, "label": labels.get(entry.category, entry.category), "amount": entry.amount,
            "counted": entry.counted, "grade": entry.evidence, "reason": entry.reason,
            "realisation": entry.realisation, **{way: parts.get(way, 0) for way in _WAYS}, "state": entry.state,
            "state_note": entry.state_note, "note": entry.note, "formula": entry.formula, "records": entry.records,
            "currency": currency, "methodology": entry.methodology, "data_version": entry.data_version,
        }  # fmt: skip


def labels_of(desk: Desk) -> dict[str, str]:
    """Category or cost line → what pages call it."""
    made = {one.name: one.label for one in desk.workspace.methodology.definitions.values()}
    return made | {name: one.label for name, one in BUILTINS.items()}


def entry_batches(
    desk: Desk, window: tuple[date, date] | None, project: str | None, grades: Sequence[str] = (),
    states: Sequence[str] = (),
) -> Iterator[pa.RecordBatch]:  # fmt: skip
    """Entries month by month. Raises UnknownName for a project."""
    found = by_month(desk, window, project, grades=grades, states=states)
    return batches(COLUMNS, entry_rows(desk, (entry for month in found for entry in month)))


def _all(desk: Desk, asked: Asked) -> Iterator[pa.RecordBatch]:
    return entry_batches(desk, asked.window, asked.project)


ENTRIES = Table(
    name="entries", columns=COLUMNS, rows=_all,
    description="The ledger: one amount of money for each month, project and category, with evidence and state.",
)  # fmt: skip
