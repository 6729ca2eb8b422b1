"""statement, metric and explain: shapes, exactness, and names that do not exist."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from tests.cli.conftest import Once, Run


@pytest.fixture
def filled(run: Run, workspace: Path, calls: Path, once: Once) -> Path:
    def make() -> None:
        run("import", "interaction", calls, "-w", workspace)

    once(make)
    return workspace


def test_metric_shape(run: Run, filled: Path) -> None:
    done = run("metric", "ai_cost", "-w", filled, "--grain", "all", "--format", "json")
    shape = json.loads(done.out)
    assert {"metric", "unit", "data_version", "methodology", "rows"} <= shape.keys()
    assert shape["unit"] == "USD"
    assert shape["rows"] == [{"period": "all", "project": None, "model": None, "value": "0.30", "reason": None}]


def test_partly_known_says_so(run: Run, filled: Path) -> None:
    (row,) = json.loads(run("metric", "input_tokens", "-w", filled, "--grain", "all", "--format", "json").out)["rows"]
    assert row["value"] == 7
    assert row["reason"] == "1 of 2 interactions have no token count"


def test_by_model_and_window(run: Run, filled: Path) -> None:
    done = run("metric", "interactions", "-w", filled, "--grain", "day", "--by", "model", "--from", "2026-10-02",
               "--to", "2026-10-02", "--format", "json")  # fmt: skip
    rows = json.loads(done.out)["rows"]
    assert [(row["period"], row["model"], row["value"]) for row in rows if row["value"]] == [("2026-10-02", "m", 1)]


def test_several_names_make_a_list(run: Run, filled: Path) -> None:
    shapes = json.loads(run("metric", "interactions", "errors", "-w", filled, "--format", "json").out)
    assert [shape["metric"] for shape in shapes] == ["interactions", "errors"]


def test_csv_reads_back(run: Run, filled: Path) -> None:
    done = run("metric", "ai_cost", "-w", filled, "--grain", "all", "--format", "csv")
    (row,) = csv.DictReader(io.StringIO(done.out))
    assert (row["metric"], row["value"], row["unit"]) == ("ai_cost", "0.30", "USD")


def test_statement_shape(run: Run, filled: Path) -> None:
    done = run("statement", "-w", filled, "--period", "2026-10", "--format", "json")
    shape = json.loads(done.out)
    assert {"period", "scope", "currency", "data_version", "methodology", "value", "cost", "total_value", "investment",
            "net_value", "roi_percent", "cumulative", "payback_months", "run_rate", "targets", "completeness",
            "unknown"} <= shape.keys()  # fmt: skip
    assert shape["cost"]["metered"] == "0.30"
    assert shape["value"]["productivity_value"] is None
    assert any(unknown["figure"] == "productivity_value" for unknown in shape["unknown"])


def test_tables_for_people(run: Run, filled: Path) -> None:
    done = run("statement", "-w", filled, "--period", "2026-10")
    assert done.code == 0
    assert "metered" in done.out
    assert "unknown" in done.out
    assert "0.30" in run("metric", "ai_cost", "-w", filled).out


def test_explain_tree_and_json(run: Run, filled: Path) -> None:
    tree = run("explain", "investment", "-w", filled, "--period", "2026-10").out
    assert "cost_metered = 0.30 USD" in tree
    shape = json.loads(run("explain", "investment", "-w", filled, "--period", "2026-10", "--format", "json").out)
    assert (shape["name"], shape["value"], shape["unit"]) == ("investment", "0.30", "USD")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("metric", "roi_percnt"), "did you mean roi_percent?"),
        (("metric", "cost", "--by", "colour"), "cannot be shown by 'colour': valid: category"),
        (("metric", "cost", "--project", "nope"), "unknown project 'nope'"),
        (("metric", "cost", "--from", "2026-13"), "'2026-13' is not a date"),
        (("metric", "cost", "--from", "2026-10", "--to", "2026-09"), "the end comes before the start"),
        (("statement", "--period", "someday"), "'someday' is not a period; write one of: 2026-10"),
        (("statement", "--period", "2026-10-05"), "a statement is made of whole months"),
        (("explain", "nope"), "unknown metric 'nope'"),
    ],
)
def test_names_that_do_not_exist(run: Run, filled: Path, arguments: tuple[str, ...], said: str) -> None:
    done = run(*arguments, "-w", filled)
    assert done.code == 2
    assert said in done.err
    assert "Traceback" not in done.err
