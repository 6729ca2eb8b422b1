"""Edges of what a person writes: numbers that are none in every kind of file, ranges upside down."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.cli.conftest import Run

NONE = (float("nan"), float("inf"), float("-inf"))


def _csv(path: Path) -> None:
    path.write_text("id,start,amount\n1,2026-02-10,NaN\n2,2026-02-10,Infinity\n3,2026-02-10,-inf\n4,2026-02-10,5\n")


def _lines(path: Path) -> None:
    rows = [{"id": str(i), "start": "2026-02-10", "amount": amount} for i, amount in enumerate((*NONE, 5))]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def _document(path: Path) -> None:
    """As Python writes it: NaN and Infinity bare, which is no JSON; a text that holds the word stays a text."""
    rows = [{"id": str(i), "start": "2026-02-10", "amount": amount, "service": 'a "NaN" \\ -Infinity'}
            for i, amount in enumerate((*NONE, 5))]  # fmt: skip
    path.write_text(json.dumps({"rows": rows}, indent=1))


def _parquet(path: Path) -> None:
    pq.write_table(pa.table({"id": list("1234"), "start": ["2026-02-10"] * 4, "amount": [*NONE, 5.0]}), path)


def _xlsx(path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (("id", "start", "amount"), ("1", "2026-02-10", "NaN"), ("2", "2026-02-10", "inf"),
                ("3", "2026-02-10", "-Infinity"), ("4", "2026-02-10", 5)):  # fmt: skip
        sheet.append(row)
    book.save(path)


@pytest.mark.parametrize(
    ("name", "write"),
    [("a.csv", _csv), ("a.ndjson", _lines), ("a.json", _document), ("a.parquet", _parquet), ("a.xlsx", _xlsx)],
)
def test_numbers_that_are_none_cost_only_their_own_record(
    name: str, write: Callable[[Path], None], tmp_path: Path, workspace: Path, run: Run
) -> None:
    write(tmp_path / name)
    done = run("import", "cost", tmp_path / name, "-w", workspace, "--format", "json")
    assert done.code == 1
    told = json.loads(done.out)
    assert (told["accepted"], told["rejected"]) == (1, {"bad_type": 3})
    statement = json.loads(run("statement", "--period", "2026-02", "-w", workspace, "--format", "json").out)
    assert statement["investment"] == "5.00"
    listed = run("rejected", "-w", workspace).out.lower()
    assert listed.count("amount") == 3
    assert "nan" in listed, "what was written is shown"
    assert listed.count("inf") >= 2


def test_a_single_json_record(tmp_path: Path, workspace: Path, run: Run) -> None:
    (tmp_path / "a.json").write_text('{"id": "1", "start": "2026-02-10", "amount": NaN}')
    told = json.loads(run("import", "cost", tmp_path / "a.json", "-w", workspace, "--format", "json").out)
    assert (told["accepted"], told["rejected"]) == (0, {"bad_type": 1})


def test_what_is_no_json_for_another_reason_says_so(tmp_path: Path, workspace: Path, run: Run) -> None:
    (tmp_path / "a.json").write_text('[{"id": "1", "start": "2026-02-10", "amount": NaN},]')
    done = run("import", "cost", tmp_path / "a.json", "-w", workspace)
    assert done.code == 1
    assert "is no JSON that can be read" in done.err


@pytest.mark.parametrize(
    ("stated", "words"),
    [
        ("value: 150, low: 200, high: 100", "low"),
        ("value: 150, low: 160, high: 200", "outside its range"),
        ("value: 150, low: 100, high: 140", "outside its range"),
        ("value: .nan", "hourly_rate"),
        ("value: 150, low: -.inf, high: 200", "hourly_rate"),
    ],
)
def test_a_range_upside_down_is_named_with_its_line(stated: str, words: str, workspace: Path, run: Run) -> None:
    (workspace / "assumptions.yaml").write_text(
        f"assumptions:\n  hourly_rate: {{unit: money/hour, {stated}, distribution: triangular}}\n"
    )
    done = run("check", "-w", workspace)
    assert done.code == 1
    assert "assumptions.yaml:2" in done.out + done.err
    assert words in done.out + done.err
