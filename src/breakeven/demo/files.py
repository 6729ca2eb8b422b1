"""The demo company's files of facts, in the forms in which such files come; each goes in like any other file.

`write_company(folder, seed, now)` writes the workspace and the files and says in which order to import them. The same
seed and the same `now` give the same bytes.
"""

from __future__ import annotations

import csv
import gzip
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from breakeven.demo.benefits import finance_reports, time_sheets
from breakeven.demo.company import DIP, QUOTES, SERVED, SUPPORT
from breakeven.demo.costs import bill, booked_costs
from breakeven.demo.declared import declare
from breakeven.demo.incidents import incident_log
from breakeven.demo.interactions import SOURCE, interactions
from breakeven.demo.invoices import invoices
from breakeven.demo.notes import notes
from breakeven.demo.people import activities, surveys
from breakeven.demo.releases import deployments, evaluations, model_states
from breakeven.demo.timeline import Timeline

LATE = 420
"""Interactions that arrive weeks after they happened."""
TWICE = 260
"""Interactions that are sent twice."""
UNPLACED = 90
"""Interactions of a project that nobody has declared."""

LOG_CUT = DIP + 0.25
"""Month in which the incident log was exported for the first time; some incidents of that day were still open."""

Record = dict[str, Any]
Writer = Callable[[Path, Sequence[Record]], None]


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A file to import."""

    kind: str
    """Fact kind, or focus."""
    path: Path
    source: str | None = None
    """Named source of the workspace's sources.yaml that maps its columns; None: columns are the fact's fields."""


def write_company(folder: Path, *, seed: int, now: datetime) -> list[Part]:
    """Write workspace and files into `folder`; the files in the order in which they are to be imported."""
    timeline = Timeline(seed=seed, now=now)
    facts = folder / "facts"
    facts.mkdir(parents=True, exist_ok=True)
    declare(folder, timeline)
    tables = {project.id: interactions(timeline, project) for project in SERVED}
    return [*_small_files(facts, timeline, tables), *_interactions(facts, timeline, tables)]


def _small_files(facts: Path, timeline: Timeline, tables: Mapping[str, pa.Table]) -> Iterable[Part]:
    log, cut = incident_log(timeline), timeline.instant(LOG_CUT)
    before = [update for update in log if update["updated_at"] < cut]
    since = [update for update in log if update["updated_at"] >= cut]
    files: tuple[tuple[str, str, str | None, Writer, Sequence[Record]], ...] = (
        ("focus", "cloud-bill.csv", None, write_csv, bill(timeline)),
        ("cost", "costs.csv", None, write_csv, booked_costs(timeline)),
        ("cost", "invoices.csv", None, write_csv, invoices(timeline, tables)),
        ("benefit", "time-tracking.csv", "time-tracking", _write_european, time_sheets(timeline)),
        ("benefit", "finance.csv", None, write_csv, finance_reports(timeline)),
        ("deployment", "deployments.json", None, write_json, deployments(timeline)),
        ("incident", "incident-log-1.csv", "incident-log", write_csv, _ticket_columns(before)),
        ("incident", "incident-log-2.csv", "incident-log", write_csv, _ticket_columns(since)),
        ("evaluation", "evaluations.ndjson", None, write_lines, evaluations(timeline)),
        ("survey", "surveys.csv", None, write_csv, surveys(timeline)),
        ("model_state", "registry.json", None, write_json, model_states(timeline)),
        ("note", "notes.json", None, write_json, notes(timeline)),
    )
    for kind, name, source, write, records in files:
        path = facts / name
        write(path, records)
        yield Part(kind=kind, path=path, source=source)
    path = facts / "activity.parquet"
    pq.write_table(activities(timeline), path, compression="zstd")
    yield Part(kind="activity", path=path)


def _ticket_columns(log: Sequence[Record]) -> list[Record]:
    """The log with the column names of the ticket system."""
    names = {"id": "ticket", "project": "service", "kind": "type", "opened_at": "opened", "resolved_at": "closed"}
    return [{names.get(field, field): value for field, value in update.items()} for update in log]


def _interactions(facts: Path, timeline: Timeline, made: Mapping[str, pa.Table]) -> Iterable[Part]:
    """One file per project, and last what came late, twice, without a known project, or broken."""
    tables = dict(made)
    support = tables[SUPPORT.id]
    late = range(int(support.num_rows * 0.83), int(support.num_rows * 0.83) + LATE)
    tables[SUPPORT.id] = pa.concat_tables([support.slice(0, late.start), support.slice(late.stop)])
    for name, table in tables.items():
        if name == QUOTES.id:
            path = facts / f"{name}.ndjson.gz"
            write_lines(path, table.to_pylist())
        else:
            path = facts / f"{name}.parquet"
            pq.write_table(table, path, compression="zstd")
        yield Part(kind="interaction", path=path)
    again = support.slice(late.stop + 3000, TWICE).to_pylist()
    records = [*support.slice(late.start, LATE).to_pylist(), *again, *_unplaced(timeline), *_broken(timeline)]
    path = facts / "late.ndjson"
    write_lines(path, records)
    yield Part(kind="interaction", path=path)


def _unplaced(timeline: Timeline) -> list[Record]:
    """Calls of a trial that no project of the workspace stands for: they go to `unassigned`."""
    return [
        {
            "id": f"trial-{number:03d}",
            "source": SOURCE,
            "time": timeline.now - timedelta(days=20, minutes=37 * number),
            "project": "meeting-notes-trial",
            "model": "gpt-4o-mini",
            "provider": "openai",
            "input_tokens": 3000 + 41 * number,
            "output_tokens": 400 + number,
        }
        for number in range(UNPLACED)
    ]


def _broken(timeline: Timeline) -> list[Record]:
    """Records with one fault each, as they come from a source that was set up in a hurry."""
    sound: Record = {
        "source": SOURCE,
        "project": SUPPORT.id,
        "time": timeline.now - timedelta(days=3),
        "model": "gpt-4.1-mini",
    }
    faults: tuple[Record, ...] = (
        {"id": "broken-1", "time": "yesterday"},
        {"id": "broken-2", "time": timeline.now + timedelta(days=40)},
        {"id": "broken-3", "csat": 7},
        {"id": "broken-4", "cost": "-0.02", "cost_currency": "USD"},
        {"id": "broken-5", "cost": "0.02", "cost_currency": "USDT"},
        {"id": "broken-6", "input_tokens": "many"},
    )
    return [sound | fault for fault in faults]


def write_csv(path: Path, records: Sequence[Record]) -> None:
    """Comma-separated, with the first record's fields as the header."""
    _write_rows(path, records, ",", "utf-8", _text)


def _write_european(path: Path, records: Sequence[Record]) -> None:
    """Semicolons, decimal commas and a byte-order mark: what a spreadsheet saves in half of Europe."""
    _write_rows(
        path,
        records,
        ";",
        "utf-8-sig",
        lambda value: _text(value).replace(".", ",") if _number(value) else _text(value),
    )


def _write_rows(
    path: Path, records: Sequence[Record], delimiter: str, encoding: str, text: Callable[[Any], str]
) -> None:
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file, delimiter=delimiter, lineterminator="\n")
        writer.writerow(records[0] if records else ())
        writer.writerows([text(value) for value in record.values()] for record in records)


def write_json(path: Path, records: Sequence[Record]) -> None:
    """One array."""
    path.write_bytes(msgspec.json.format(msgspec.json.encode([_known(record) for record in records])))


def write_lines(path: Path, records: Sequence[Record]) -> None:
    """A JSON object a line; compressed where the name ends in .gz."""
    data = msgspec.json.Encoder().encode_lines([_known(record) for record in records])
    path.write_bytes(gzip.compress(data, mtime=0) if path.suffix == ".gz" else data)


def _known(record: Record) -> Record:
    """The record without fields that are unknown."""
    return {field: value for field, value in record.items() if value is not None}


def _number(value: Any) -> bool:
    return isinstance(value, float | Decimal)


def _text(value: Any) -> str:
    match value:
        case None:
            return ""
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case Decimal():
            return format(value, "f")
        case bool():
            return "true" if value else "false"
        case _:
            return str(value)
