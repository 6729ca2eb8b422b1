"""bridge on the command line."""

from __future__ import annotations

import csv
import json
from decimal import Decimal
from pathlib import Path

import pytest
from tests.cli.conftest import Once, Run


@pytest.fixture
def company(tmp_path: Path, workspace: Path, run: Run, once: Once) -> Path:
    """Two months of bills of two projects, and calls of one model."""

    def make() -> None:
        (workspace / "projects.yaml").write_text("projects:\n  - {id: bot, name: Bot, category: platform}\n")
        bills = tmp_path / "bills.csv"
        bills.write_text("id,start,amount,project\na,2026-02-10,100,bot\nb,2026-03-10,70.5,bot\n")
        assert run("import", "cost", bills, "-w", workspace).code == 0
        calls = tmp_path / "calls.csv"
        calls.write_text("time,project,model,count,cost\n2026-02-10,bot,small,10,1\n2026-03-10,bot,small,10,1500\n")
        assert run("import", "interaction", calls, "-w", workspace).code == 0

    once(make)
    return workspace


ASKED = ("bridge", "2026-02", "2026-03", "--figure", "investment")


def test_a_table_for_people(company: Path, run: Run) -> None:
    done = run(*ASKED, "-w", company)
    assert done.code == 0
    assert "Investment of portfolio in USD: 2026-02 → 2026-03" in done.out
    assert "-29.50  bot Direct cost: 100 → 70.5 USD" in done.out
    assert "1,499.00  bot small: 0.1 → 150 USD/interaction" in done.out
    assert "change 1,469.50" in done.out


def test_json_and_csv_add_up(company: Path, run: Run) -> None:
    told = json.loads(run(*ASKED, "-w", company, "--format", "json").out)
    assert (told["change"], told["scope"]) == ("1469.50", "portfolio")
    assert sum(Decimal(part["amount"]) for part in told["parts"]) == Decimal(told["change"])
    rows = list(csv.DictReader(run(*ASKED, "-w", company, "--format", "csv").out.splitlines()))
    assert sum(Decimal(row["driver_amount"]) for row in rows) == Decimal("1469.50")
    assert {row["part"] for row in rows} == {part["name"] for part in told["parts"]}


def test_a_change_that_is_unknown_says_why(company: Path, run: Run) -> None:
    done = run("bridge", "2026-02", "2026-03", "-w", company)
    assert (done.code, "the change is unknown: net_value of 2026-02 is unknown" in done.out) == (0, True)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (("2026-02", "2026-02-10"), "whole months"),
        (("2026-02", "2026-03@v1"), "not closed"),
        (("2026-02", "2026-03", "--project", "cat"), "unknown project 'cat'"),
        (("2026-02", "2026-03", "--figure", "roi_percent"), "net_value"),
        (("2026-02",), "TO"),
    ],
)
def test_what_cannot_be_asked(company: Path, run: Run, asked: tuple[str, ...], words: str) -> None:
    done = run("bridge", *asked, "-w", company)
    assert done.code == 2
    assert words in done.err
