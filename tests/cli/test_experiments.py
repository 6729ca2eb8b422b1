"""experiment and decay on the command line."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from tests.cli.conftest import Run

DECLARED = """
experiments:
  pilot:
    kind: randomised
    outcome: outcome = 'resolved'
    type: proportion
    control: human
    treatment: ai
    start: 2026-01-01
    end: 2026-01-31
  empty: {kind: before_after, figure: accuracy, change: 2026-01-01}
"""


@pytest.fixture
def filled(run: Run, workspace: Path, tmp_path: Path) -> Path:
    (workspace / "experiments.yaml").write_text(DECLARED)
    rows = (("human", "resolved", 120), ("human", "escalated", 480), ("ai", "resolved", 190), ("ai", "escalated", 430))
    lines = [json.dumps({"id": str(i), "source": "s", "time": "2026-01-10T10:00:00Z", "variant": arm, "count": count,
                         "outcome": outcome}) for i, (arm, outcome, count) in enumerate(rows)]  # fmt: skip
    path = tmp_path / "calls.ndjson"
    path.write_text("\n".join(lines))
    assert run("import", "interaction", path, "-w", workspace).code == 0
    return workspace


def test_one_experiment(run: Run, filled: Path) -> None:
    found = json.loads(run("experiment", "pilot", "-w", filled, "--format", "json").out)
    assert (found["state"], found["grade"], found["effect"]) == ("measured", "A", 0.106451612903)
    said = run("experiment", "pilot", "-w", filled).out
    for words in ("ai against human", "effect 0.1065", "grade A", "95 % interval 0.05807 to 0.1548", "relative +53.23%",
                  "sample_ratio    passed"):  # fmt: skip
        assert words in said


def test_all_of_them(run: Run, filled: Path) -> None:
    items = json.loads(run("experiment", "-w", filled, "--format", "json").out)["items"]
    assert [(item["name"], item["state"]) for item in items] == [("pilot", "measured"), ("empty", "refused")]
    rows = list(csv.DictReader(io.StringIO(run("experiment", "-w", filled, "--format", "csv").out)))
    assert [(row["experiment"], row["effect"], row["reason"]) for row in rows] == [
        ("pilot", "0.106451612903", ""), ("empty", "", "nothing has been recorded")]  # fmt: skip
    assert "nothing has been recorded" in run("experiment", "-w", filled).out


def test_a_refusal_says_what_is_needed(run: Run, filled: Path) -> None:
    said = run("experiment", "empty", "-w", filled).out
    assert "no effect: nothing has been recorded" in said
    assert "what would allow an answer: records of days that are over" in said


def test_names_and_nothing_declared(run: Run, filled: Path, workspace: Path) -> None:
    wrong = run("experiment", "pilt", "-w", filled)
    assert (wrong.code, "did you mean pilot" in wrong.err) == (2, True)
    (workspace / "experiments.yaml").write_text("experiments: {}\n")
    assert "no experiment is declared" in run("experiment", "-w", workspace).out
    assert "no value rests on a figure" in run("decay", "-w", workspace).out
    assert json.loads(run("decay", "-w", workspace, "--format", "json").out)["items"] == []


def test_decay(run: Run, workspace: Path) -> None:
    (workspace / "projects.yaml").write_text(
        "projects:\n  - id: bot\n    name: Bot\n    category: platform\n"
        "    rests_on: [{category: productivity_value, figure: accuracy, baseline: 0.9}]\n"
    )
    said = run("decay", "-w", workspace).out
    assert "bot" in said
    assert "not measured" in said
    (row,) = csv.DictReader(io.StringIO(run("decay", "-w", workspace, "--format", "csv").out))
    assert (row["figure"], row["baseline"], row["state"]) == ("accuracy", "0.9", "not measured")
