"""The ledger for an auditor: one row an entry with everything it stands on, as CSV or Parquet; the sealed texts.

Closed months are taken from their sealed text, never made again; months that are still open are marked so.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from breakeven.ledger.books.cost_lines import LINE_MEASURES
from breakeven.ledger.closing.chain import KINDS, amount, amount_text
from breakeven.ledger.closing.closed import ClosedMonth
from breakeven.ledger.closing.sealing import month_entries, month_lines
from breakeven.ledger.desk import Desk
from breakeven.ledger.measuring.measures import DECIMAL
from breakeven.ledger.results import Result
from breakeven.store.state_closings import chain, content

_NAME = re.compile(r"[a-z_][a-z0-9_]*")
_RUNS = ("=", "+", "-", "@", "\t", "\r", "\n")
"""How a cell begins that a spreadsheet would run as a formula."""


class Row(Result, frozen=True, kw_only=True):
    """One entry as it is exported."""

    id: str
    """2026-10/support-bot/productivity_value."""
    month: str
    project: str
    side: str
    """value or cost."""
    category: str
    amount: Decimal
    """What is claimed."""
    counted: Decimal
    """What of it counts towards the headline."""
    currency: str
    grade: str
    realisation: str
    parts: str
    """`cash=60 capacity=40` where the amount becomes real in several ways."""
    state: str
    """forecast, realised, validated or disputed; in a closed month as it was then."""
    reason: str
    """Why it has this grade."""
    records: int
    provenance: str
    """`name=measured` for each input."""
    formula: str
    """Empty for a sum of records."""
    inputs: str
    """JSON object: what the formula takes, and all that this is made of; null is unknown."""
    note: str
    """What was done to the amount."""
    methodology: str
    data_version: int
    closed: bool
    """false: the month is open, and its amounts may still change."""
    closing_version: int | None
    hash: str
    """SHA-256 of the month's sealed text; empty while it is open."""


def rows(desk: Desk, months: Sequence[date]) -> list[Row]:
    """The entries of some months, closed ones as they were sealed."""
    found: list[Row] = []
    for month in months:
        closed = desk.frozen.months.get(month) if desk.frozen else None
        found += _closed(closed) if closed is not None else _open(desk, month)
    return found


def sealed_texts(desk: Desk, months: Sequence[date] | None = None) -> bytes:
    """The texts exactly as they were hashed: of the months the version that holds, or (None) every link in order."""
    if months is not None:
        texts = [desk.frozen.months[month].text for month in months if month in desk.frozen.months]
    else:
        texts = [content(desk.state, row.period, row.version) for row in chain(desk.state, desk.reading.as_of)]
    return "".join(texts).encode()


def as_csv(found: Iterable[Row]) -> bytes:
    """CSV in UTF-8; a cell that a spreadsheet would run as a formula has an apostrophe before it."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(Row.__struct_fields__)
    writer.writerows([_cell(getattr(row, name)) for name in Row.__struct_fields__] for row in found)
    return stream.getvalue().encode()


def as_parquet(found: Sequence[Row]) -> bytes:
    """Parquet; amounts are decimals of 12 places."""
    kinds: dict[str, pa.DataType] = {
        "amount": DECIMAL, "counted": DECIMAL, "records": pa.int64(), "data_version": pa.int64(), "closed": pa.bool_(),
        "closing_version": pa.int32(),
    }  # fmt: skip
    shape = pa.schema([pa.field(name, kinds.get(name, pa.string())) for name in Row.__struct_fields__])
    table = pa.table({name: [getattr(row, name) for row in found] for name in shape.names}, schema=shape)
    stream = io.BytesIO()
    pq.write_table(table, stream, compression="zstd")
    return stream.getvalue()


def _cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case Decimal():
            return amount_text(value)
        case str() if value.startswith(_RUNS):
            return f"'{value}"
    return str(value)


def _closed(closed: ClosedMonth) -> Iterable[Row]:
    seal = closed.seal
    marks = {"closed": True, "closing_version": seal.version, "hash": closed.hash, "currency": seal.currency,
             "methodology": seal.methodology, "data_version": seal.data_version, "month": seal.period}  # fmt: skip
    return _rows(closed.lines, marks)


def _open(desk: Desk, month: date) -> Iterable[Row]:
    opened = desk.as_if_open()
    made = month_entries(opened, month)
    lines: dict[str, list[tuple[str, ...]]] = {kind: [] for kind in KINDS}
    for kind, fields in month_lines(opened, month, made):
        lines[kind].append(tuple(fields))
    lines["entry"].sort()
    marks = {"closed": False, "closing_version": None, "hash": "", "currency": desk.workspace.currency,
             "methodology": desk.workspace.methodology.version, "data_version": desk.reading.moment.versions.data,
             "month": f"{month:%Y-%m}"}  # fmt: skip
    return _rows(lines, marks)


def _rows(lines: Mapping[str, Sequence[tuple[str, ...]]], marks: Mapping[str, Any]) -> Iterable[Row]:
    formulas = {name: text for name, _, _, text in lines["formula"]}
    amounts: dict[str, dict[str, str]] = {}
    for project, name, text in (*lines["input"], *lines["figure"]):
        amounts.setdefault(project, {})[name] = text
    notes = {(project, name): words for project, name, words in lines["note"]}
    behind = {name: _behind(name, formulas) for name in (*formulas, *LINE_MEASURES)}
    for fields in lines["entry"]:
        entry = dict(zip(KINDS["entry"], fields, strict=True))
        project, category, known = entry["project"], entry["category"], amounts.get(entry["project"], {})
        inputs = {name: known[name] or None for name in behind.get(category, ()) if name in known}
        yield Row(
            id=f"{marks['month']}/{project}/{category}", project=project, side=entry["side"], category=category,
            amount=amount(entry["amount"]) or Decimal(0), counted=amount(entry["counted"]) or Decimal(0),
            grade=entry["grade"], realisation=entry["realisation"], parts=entry["parts"], state=entry["state"],
            reason=entry["reason"], records=int(entry["records"]), provenance=entry["provenance"],
            formula=formulas.get(category, "") if entry["side"] == "value" else "",
            inputs=msgspec.json.encode(inputs).decode(), note=notes.get((project, category), ""), **marks,
        )  # fmt: skip


def _behind(name: str, formulas: Mapping[str, str]) -> list[str]:
    """The names that a figure is made of: those its formula takes first, then theirs."""
    if name in LINE_MEASURES:
        return list(LINE_MEASURES[name])
    found: dict[str, None] = {}
    waiting = [name]
    while waiting:
        for part in _NAME.findall(formulas.get(waiting.pop(0), "").lower()):
            if part not in found:
                found[part] = None
                waiting.append(part)
    return list(found)
