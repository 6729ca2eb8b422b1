"""`breakeven export`: files of the store, or through the server that holds it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest

Run = Any


@pytest.fixture
def company(workspace: Path, run: Run, once: Any, tmp_path: Path) -> Path:
    def make() -> None:
        bill = tmp_path / "bill.csv"
        bill.write_text("id,source,start,amount,currency\n1,bill,2026-09-02,100.05,USD\n2,bill,2026-10-02,7,USD\n")
        assert run("import", "cost", bill, "-w", workspace).code == 0

    once(make)
    return workspace


@pytest.mark.parametrize(("what", "name", "line"), [
    ("entries", "e.csv", "2026-09/unassigned/cost_direct,2026-09-01,unassigned,cost,cost_direct,Direct cost,100.05,"),
    ("focus", "bill.csv", "100.05,"),
    ("statement_monthly", "s.jsonl", '"investment":"100.050000000000"'),
])  # fmt: skip
def test_a_table_is_written_as_its_ending_says(company: Path, run: Run, what: str, name: str, line: str) -> None:
    target = company.parent / name
    done = run("export", what, target, "-w", company)
    assert (done.code, done.err) == (0, "")
    assert str(target) in done.out
    assert "data version 1" in done.out
    assert line in target.read_text()


def test_a_period_and_a_format(company: Path, run: Run) -> None:
    target = company.parent / "october"
    assert run("export", "entries", target, "--format", "parquet", "--period", "2026-10", "-w", company).code == 0
    assert pq.read_table(target)["id"].to_pylist() == ["2026-10/unassigned/cost_direct"]


def test_a_database(company: Path, run: Run) -> None:
    target = company.parent / "breakeven.duckdb"
    target.write_text("an older file")
    done = run("export", "duckdb", target, "-w", company)
    assert done.code == 0, done.err
    with duckdb.connect(str(target), read_only=True) as connection:
        ((hash_,),) = connection.execute("SELECT hash FROM _about").fetchall()
        ((cost,),) = connection.execute("SELECT sum(amount) FROM cost_entries").fetchall()
    assert (hash_ in done.out, str(cost)) == (True, "107.050000000000")
    assert sorted(path.name for path in company.parent.glob("breakeven.duckdb*")) == ["breakeven.duckdb"]


REFUSED = [
    (("export", "entries", "e.xls"), "unknown kind of file 'xls'"),
    (("export", "entry", "e.csv"), "entries"),
    (("export", "duckdb", "e.duckdb", "--period", "2026-10"), "every table whole"),
    (("export", "duckdb", "nowhere/e.duckdb"), "folder that exists"),
    (("export", "entries", "e.csv", "--period", "2026-10-05"), "whole months"),
    (("export", "entries", "e.csv", "--project", "cat"), "unassigned"),
    (("export", "entries", "e.csv", "--from", "127.0.0.1:8321"), "http://127.0.0.1:8321"),
    (("export", "entries", "e.csv", "--from", "http://127.0.0.1:9"), "does not answer"),
]


@pytest.mark.parametrize(("words", "said"), REFUSED)
def test_what_cannot_be_written_says_why(
    company: Path, run: Run, words: tuple[str, ...], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(company.parent)
    done = run(*words, "-w", company)
    assert done.code == 2, done
    assert said in done.err
    assert not [*company.parent.glob("e.*")], "nothing is left of a file that was not written"


def test_a_held_store_points_to_its_server(company: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def held(*_: Any, **__: Any) -> None:
        raise duckdb.IOException("Could not set lock on file: Conflicting lock is held in python (PID 7)")

    monkeypatch.setattr("breakeven.store.engine.duckdb.connect", held)
    done = run("export", "duckdb", company.parent / "e.duckdb", "-w", company)
    assert done.code == 1
    assert "held by process 7" in done.err
    assert "--from http://" in done.err


class Answering(BaseHTTPRequestHandler):
    """A server that gives what it was asked for, and refuses one project."""

    def do_GET(self) -> None:
        refused = "project=cat" in self.path
        body = b'{"detail": "unknown project"}' if refused else self.path.encode()
        self.send_response(400 if refused else 200)
        self.send_header("Breakeven-Data-Version", "9")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name there
        """Nothing."""


@pytest.fixture
def server() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Answering) as made:
        thread = threading.Thread(target=made.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{made.server_port}"
        made.shutdown()
        thread.join()


def test_a_server_is_asked_for_the_same(company: Path, run: Run, server: str) -> None:
    target = company.parent / "bill.parquet"
    done = run("export", "focus", target, "--period", "2026-10", "--from", server, "-w", company)
    assert done.code == 0, done.err
    assert "data version 9" in done.out
    assert target.read_text() == "/v1/export/focus_cost?format=parquet&period=2026-10"
    assert run("export", "duckdb", target, "--from", server, "-w", company).code == 0
    assert target.read_text() == "/v1/export/breakeven.duckdb?"
    refused = run("export", "entries", company.parent / "e.csv", "--project", "cat", "--from", server, "-w", company)
    assert (refused.code, "unknown project" in refused.err) == (2, True)
    assert not (company.parent / "e.csv").exists()
