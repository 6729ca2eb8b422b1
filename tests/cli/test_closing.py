"""close, restate and ledger on the command line, as a person meets them."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import Once

Run = Any


@pytest.fixture
def company(workspace: Path, run: Run, tmp_path: Path, once: Once) -> Path:
    """A workspace with a bill in September and in October 2025."""

    def make() -> None:
        bills = tmp_path / "bills.csv"
        bills.write_text(
            "id,source,start,amount,currency,project,category\n"
            "1,bill,2025-09-03,100,USD,bot,compute\n2,bill,2025-10-03,200.5,USD,bot,compute\n"
        )
        (workspace / "projects.yaml").write_text("projects: [{id: bot, name: Bot, category: platform}]\n")
        assert run("import", "cost", bills, "-w", workspace).code == 0

    once(make)
    return workspace


def test_close_says_what_was_closed(company: Path, run: Run) -> None:
    done = run("close", "2025-09", "--by", "Ada", "-w", company)
    assert (done.code, done.err) == (0, "")
    assert "2025-09 is closed" in done.out
    assert "cost 100.00 USD in 1 entries" in done.out
    assert run("ledger", "list", "-w", company).out.count("2025-09") == 1


def test_refusals_have_exit_codes(company: Path, run: Run) -> None:
    for arguments, code, words in (
        (("close", "2025-09"), 2, "--by"),
        (("close", "2025-09", "--by", "Ada", "--force"), 2, "needs --reason"),
        (("close", "2025-Q3", "--by", "Ada"), 2, "is not one month"),
        (("close", "2025-08", "--by", "Ada"), 1, "2025-08 cannot be closed: nothing is known of 2025-08"),
        (("restate", "2025-09", "--by", "Ada", "--reason", "x"), 1, "2025-09 is not closed"),
        (("statement", "--as-of", "2999-01-01"), 2, "lies in the future"),
        (("metric", "cost", "--as-of", "soon"), 2, "write a day like 2026-10-31"),
        (("ledger", "export", "-o", company), 2, "is a folder"),
        (("ledger", "export", "2025-13"), 2, "2025-13"),
    ):
        done = run(*arguments, "-w", company)
        assert (done.code, words in done.err, "Traceback" in done.err) == (code, True, False), done


def test_all_reasons_are_printed_one_a_line(company: Path, run: Run, tmp_path: Path) -> None:
    calls = tmp_path / "calls.ndjson"
    calls.write_text('{"id": "1", "source": "s", "time": "2025-09-02T00:00:00Z", "model": "x", "input_tokens": 3}\n')
    run("import", "interaction", calls, "-w", company)
    foreign = tmp_path / "foreign.ndjson"
    foreign.write_text(
        '{"id": "9", "source": "s", "start": "2025-09-02", "amount": 3, "currency": "USD", "pool": "p"}\n'
    )
    (company / "allocation.yaml").write_text("pools: {p: {rule: interactions, projects: [bot]}}\n")
    run("import", "cost", foreign, "-w", company)
    done = run("close", "2025-09", "--by", "Ada", "-w", company)
    assert done.code == 1
    assert [line.split(":")[0] for line in done.err.splitlines()] == ["prices", "pools", "error"]
    assert "--force --reason" in done.err


def test_verify_finds_an_edited_file(company: Path, run: Run) -> None:
    made = json.loads(run("close", "2025-09", "--by", "Ada", "-w", company, "--format", "json").out)
    assert run("ledger", "verify", "-w", company).out.startswith("all is as it was closed: 1 closings of 1 months")
    assert run("ledger", "verify", "--hash", made["hash"], "-w", company).code == 0
    missing = run("ledger", "verify", "--hash", "0" * 64, "-w", company)
    assert (missing.code, "no closing has the hash" in missing.out) == (1, True)
    with sqlite3.connect(company / "data" / "state.sqlite") as connection:
        connection.execute("UPDATE closing SET content = replace(content, '|cost_direct|100|', '|cost_direct|10|')")
    connection.close()
    done = run("ledger", "verify", "-w", company)
    assert done.code == 1
    assert "2025-09 version 1 line " in done.out
    refused = run("statement", "--period", "2025-09", "-w", company)
    assert (refused.code, "is not what was sealed" in refused.err) == (1, True)


def test_restate_prints_what_changed(company: Path, run: Run, tmp_path: Path) -> None:
    run("close", "2025-09", "--by", "Ada", "-w", company)
    late = tmp_path / "late.csv"
    late.write_text("id,source,start,amount,currency,project\n3,bill,2025-09-30,7,USD,bot\n")
    run("import", "cost", late, "-w", company)
    shown = run("statement", "--period", "2025-09", "-w", company).out
    assert "closed: 2025-09 version 1" in shown
    assert "after close of 2025-09, 1 records: it would have 0.00 more value and 7.00 more cost today" in shown
    done = run("restate", "2025-09", "--by", "Bob", "--reason", "late bill", "-w", company)
    assert done.code == 0, done
    (change,) = [line.split() for line in done.out.splitlines() if "cost_direct" in line]
    assert change == ["cost", "cost_direct", "bot", "100.00", "107.00", "7.00"]


def test_export_writes_a_file_or_to_the_terminal(company: Path, run: Run, tmp_path: Path) -> None:
    run("close", "2025-09", "--by", "Ada", "-w", company)
    target = tmp_path / "sealed.txt"
    done = run("ledger", "export", "2025-09", "--format", "sealed", "-o", target, "-w", company)
    assert done.out == f"{target}: 1 sealed texts\n"
    (line,) = json.loads(run("ledger", "list", "-w", company, "--format", "json").out)["items"]
    assert hashlib.sha256(target.read_bytes()).hexdigest() == line["hash"]
    printed = run("ledger", "export", "-w", company).out.splitlines()
    assert printed[0].startswith("id,month,project,side")
    assert [row.split(",")[0] for row in printed[1:]] == ["2025-09/bot/cost_direct", "2025-10/bot/cost_direct"]
