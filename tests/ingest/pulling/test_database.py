"""Rows of an SQL database from a cursor on: what is new or changed, also what was committed late, each once."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest

from breakeven.ingest.pulling.cursors import kept
from breakeven.ingest.pulling.database import statement
from breakeven.workspace.pulls import DatabasePull

from .conftest import Clock, Company


class Table:
    """A table of hours in SQLite."""

    def __init__(self, company: Company) -> None:
        self._connection = sqlite3.connect(company.folder / "hours.db", isolation_level=None)
        self._connection.execute("CREATE TABLE hours (entry TEXT, day TEXT, minutes INT, changed, n INTEGER)")

    def put(self, entry: str, changed: object, minutes: int = 60, n: int = 0) -> None:
        self._connection.execute("DELETE FROM hours WHERE entry = ?", [entry])
        self._connection.execute("INSERT INTO hours VALUES (?, '2026-11-01', ?, ?, ?)", [entry, minutes, changed, n])

    def close(self) -> None:
        self._connection.close()


@pytest.fixture
def table(company: Company) -> Iterator[Table]:
    with closing(Table(company)) as made:
        yield made


def hours(**database: Any) -> dict[str, Any]:
    declared = {"url": "sqlite:///hours.db", "table": "hours", **database}
    return {
        "kind": "benefit", "map": {"id": "entry", "time": "day", "quantity": "minutes / 60"},
        "set": {"kind": "hours_saved", "unit": "hour"},
        "pull": {"database": {key: value for key, value in declared.items() if value is not None}},
    }  # fmt: skip


def test_rows_from_the_cursor_on(company: Company, table: Table, clock: Clock) -> None:
    puller = company.declare(hours=hours(cursor="changed", overlap="1m"))
    table.put("a", "2026-11-10 10:00:00")
    table.put("b", "2026-11-10 11:00:00")
    assert puller.pull("hours").accepted == 2
    clock.forward(minutes=15)
    table.put("a", "2026-11-10 12:00:00", minutes=90)
    table.put("late", "2026-11-10 10:59:30")
    table.put("same", "2026-11-10 11:00:00")
    table.put("unknown", None)
    table.put("too late", "2026-11-10 10:30:00")
    found = puller.pull("hours")
    assert (found.accepted, found.duplicates) == (4, 1)
    assert company.facts("benefit", "id", "quantity") == [
        ("a", 1.5), ("b", 1.0), ("late", 1.0), ("same", 1.0), ("unknown", 1.0)
    ]  # fmt: skip


def test_a_number_as_cursor(company: Company, table: Table) -> None:
    puller = company.declare(hours=hours(cursor="n", overlap="2"))
    for n in (1, 2, 10):
        table.put(f"e{n}", None, n=n)
    assert puller.pull("hours").accepted == 3
    table.put("e8", None, n=8)
    table.put("e7", None, n=7)
    assert puller.pull("hours").accepted == 1
    assert company.ids("benefit") == ["e1", "e10", "e2", "e8"]


def test_without_a_cursor_all_is_read_each_time(company: Company, table: Table) -> None:
    puller = company.declare(hours=hours())
    table.put("a", "x")
    puller.pull("hours")
    table.put("b", "y")
    found = puller.pull("hours")
    assert (found.accepted, found.duplicates) == (1, 1)


def test_a_value_far_ahead_does_not_hide_what_comes(company: Company, table: Table) -> None:
    puller = company.declare(hours=hours(cursor="changed"))
    table.put("a", "2026-11-10 10:00:00")
    table.put("typo", "2206-11-10 10:00:00")
    assert puller.pull("hours").accepted == 2
    table.put("b", "2026-11-10 11:00:00")
    assert puller.pull("hours").accepted == 1


def test_the_cursor_moves_with_every_batch(company: Company, table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    puller = company.declare(hours=hours(cursor="changed", overlap="0s"))
    for number in range(9):
        table.put(f"e{number}", f"2026-11-10 10:00:0{number}")
    monkeypatch.setattr("breakeven.ingest.pulling.spool.FILE_ROWS", 3)
    monkeypatch.setattr("breakeven.ingest.pulling.database.FETCHED", 3)
    taken, left = puller._pipeline.import_chunks, [2]

    def dying(*arguments: Any, **options: Any) -> Any:
        left[0] -= 1
        if left[0] < 0:
            raise RuntimeError("power cut")
        return taken(*arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr(puller._pipeline, "import_chunks", dying)
        assert puller.pull("hours").status == "failed"
    assert company.known("hours").cursor == kept("2026-11-10 10:00:05")
    found = puller.pull("hours")
    assert (found.accepted, found.duplicates, len(company.ids("benefit"))) == (3, 1, 9)


def test_another_cursor_begins_anew(company: Company, table: Table) -> None:
    table.put("a", "2026-11-10 10:00:00", n=5)
    company.declare(hours=hours(cursor="changed")).pull("hours")
    table.put("b", None, n=1)
    assert company.declare(hours=hours(cursor="n")).pull("hours").accepted == 1


def test_a_query_with_colons_and_percent_signs(company: Company, table: Table) -> None:
    table.put("a:b", "2026-11-10 10:00:00")
    query = "SELECT entry, day, minutes, changed FROM hours WHERE entry LIKE '%:b' AND changed <> ' :09';"
    puller = company.declare(hours=hours(table=None, query=query, cursor="changed"))
    assert puller.pull("hours").accepted == 1
    assert puller.pull("hours").status == "ok"


@pytest.mark.parametrize(
    ("database", "says"),
    [
        ({"table": "missing"}, "no such table: missing"),
        ({"cursor": "updated"}, "updated"),
        ({"url": "sqlite:///missing.db"}, "there is no database"),
        ({"table": None, "query": "DELETE FROM hours"}, "syntax error"),
        ({"url": {"env": "HOURS"}}, "the environment variable HOURS, which is to hold a secret, is not set"),
        ({"url": {"env": "BAD"}}, "the environment variable BAD is no database URL"),
        ({"url": {"env": "DRIVER"}}, "needs the driver"),
    ],
)
def test_what_cannot_be_read(company: Company, table: Table, database: dict[str, Any], says: str) -> None:
    company.secrets |= {"BAD": "hunter2", "DRIVER": "mysql+pymysql://u:hunter2@h/d"}
    table.put("a", "2026-11-10 10:00:00")
    found = company.declare(hours=hours(**database)).pull("hours")
    assert found.status == "failed"
    assert says in (found.error or "")
    assert "hunter2" not in (found.error or "")


def test_the_database_is_opened_for_reading_only(company: Company, table: Table) -> None:
    table.put("a", "2026-11-10 10:00:00")
    before = (company.folder / "hours.db").read_bytes()
    company.declare(hours=hours(cursor="changed")).pull("hours")
    assert (company.folder / "hours.db").read_bytes() == before


def test_the_statement_is_plain_sql() -> None:
    origin = DatabasePull(url="x://", table="crm.Hours", cursor="changedAt", overlap=timedelta(minutes=5))
    query, values = statement(origin, kept("2026-11-10T10:00:00Z"))
    text = " ".join(str(query).split())
    assert text == ('SELECT * FROM crm."Hours" WHERE "changedAt" >= :begin OR "changedAt" IS NULL ORDER BY "changedAt"')
    assert values == {"begin": "2026-11-10T09:55:00Z"}
