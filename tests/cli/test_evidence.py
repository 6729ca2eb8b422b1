"""entries, validate, audit, case and the statement's evidence on the command line."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import time_machine
from tests.cli.conftest import Once, Run

from breakeven.cli import COMMANDS

PROJECTS = """
projects:
  - id: bot
    name: Bot
    category: platform
    start: 2026-01-01
    baselines: {baseline_incidents: 4}
    business_case: {cost: 100, benefit: 400, investment: 300, months: 6, ramp: [0, 0.5, 1], approved: 2025-12-01}
  - {id: idea, name: Idea, category: platform}
"""
HOURS = "2026-01/bot/productivity_value"


@pytest.fixture
def filled(run: Run, workspace: Path, tmp_path: Path, once: Once) -> Iterator[Path]:
    (workspace / "projects.yaml").write_text(PROJECTS)
    facts = {
        "benefit": [{"time": "2026-01-10T00:00:00Z", "kind": "hours_saved", "quantity": 2, "unit": "hour"}],
        "cost": [{"start": "2026-01-05T00:00:00Z", "amount": "390"}, {"start": "2026-02-05T00:00:00Z", "amount": "90"}],
        "incident": [{"opened_at": "2026-01-07T00:00:00Z"}],
    }

    def make() -> None:
        for kind, rows in facts.items():
            file = tmp_path / f"{kind}.ndjson"
            made = ({"id": f"{kind}{i}", "source": "s", "project": "bot", **row} for i, row in enumerate(rows))
            file.write_text("".join(json.dumps(row) + "\n" for row in made))
            assert run("import", kind, file, "-w", workspace).code == 0

    with time_machine.travel("2026-03-10", tick=False):
        once(make)
        yield workspace


def test_commands_are_listed() -> None:
    assert {"entries", "validate", "audit", "case"} <= COMMANDS.keys()


def test_entries_in_three_forms(run: Run, filled: Path) -> None:
    shape = json.loads(run("entries", "-w", filled, "--period", "2026-01", "--format", "json").out)
    found = {one["id"]: one for one in shape["items"]}
    assert set(found) == {HOURS, "2026-01/bot/incident_value", "2026-01/bot/cost_direct"}
    assert (found[HOURS]["amount"], found[HOURS]["evidence"], found[HOURS]["inputs"]) == ("300.00", "E", [])
    rows = list(csv.DictReader(io.StringIO(run("entries", "-w", filled, "--format", "csv").out)))
    assert {row["id"] for row in rows} > set(found)
    assert rows[0].keys() >= {"amount", "evidence", "reason", "realisation", "state", "records"}
    table = run("entries", "-w", filled, "--period", "2026-01", "--grade", "C").out
    assert "2026-01/bot/cost_direct" in table
    assert HOURS not in table
    assert "1 entries: value 0.00, cost 390.00 USD" in table


def test_entries_with_inputs(run: Run, filled: Path) -> None:
    tree = run("entries", "-w", filled, "--period", "2026-01", "--inputs").out
    assert "C incidents = 1 incident" in tree
    assert "projects.yaml, baselines of bot" in tree
    text = run("entries", "-w", filled, "--period", "2026-01", "--inputs", "--format", "csv").out
    rows = [row for row in csv.DictReader(io.StringIO(text)) if row["entry"] == HOURS]
    assert {row["input_name"]: (row["input_unit"], row["input_provenance"]) for row in rows}["hourly_rate"] == (
        "USD/hour", "assumed")  # fmt: skip


def test_validate_statement_and_audit(run: Run, filled: Path) -> None:
    done = run("validate", HOURS, "2026-0?/bot/cost_direct", "--by", "Ana", "--note", "ok", "-w", filled)
    assert (done.code, done.err) == (0, "")
    assert "3 decided: value 300.00, cost 480.00 USD; 0 unchanged" in done.out
    assert f"{HOURS}: realised → validated, 300.00 USD" in done.out
    split = json.loads(run("statement", "-w", filled, "--period", "2026-01", "--format", "json").out)["evidence"]
    assert (split["validated"]["value"], split["validated_cost"]) == ("300.00", "390.00")
    shown = run("statement", "-w", filled, "--period", "2026-01").out
    assert "measured (A to C)" in shown
    rows = list(csv.reader(io.StringIO(run("statement", "-w", filled, "--period", "2026-01", "--format", "csv").out)))
    assert ["validated", "value", "300.00"] in rows
    assert ["grade", "E", "300300.00"] in rows
    log = json.loads(run("audit", "-w", filled, "--format", "json").out)["items"]
    assert [one["subject"] for one in log] == ["2026-02/bot/cost_direct", "2026-01/bot/cost_direct", HOURS]
    assert "Ana" in run("audit", "-w", filled, "--subject", HOURS).out
    assert run("audit", "-w", filled, "--subject", "x").out == "nothing has been done to x\n"


def test_statement_by_another_headline_rule(run: Run, filled: Path) -> None:
    asked = ("statement", "-w", filled, "--period", "2026-01", "--format", "json")
    whole, strict = (json.loads(run(*asked, "--headline", rule).out) for rule in ("all", "measured"))
    assert (whole["total_value"], whole["evidence"]["measured"]["value"]) == ("300300.00", strict["total_value"])
    assert "evidence A, B, C" in run("statement", "-w", filled, "--period", "2026-01", "--headline", "measured").out
    assert run(*asked, "--headline", "Z").err.startswith("error: unknown headline rule 'z'")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["validate", HOURS + "x", "--by", "A", "--note", "n"], 2, "did you mean 2026-01/bot/productivity_value?"),
        (["validate", HOURS, "--by", "A", "--note", "n", "--as", "done"], 2, "valid: disputed, realised, validated"),
        (["validate", HOURS, "--note", "n"], 2, "--by"),
        (["validate", "--by", "A", "--note", "n"], 2, "ENTRY"),
        (["entries", "--period", "2026-01-05"], 2, "entries are of whole months"),
        (["entries", "--project", "bott"], 2, "did you mean bot?"),
        (["entries", "--grade", "F"], 2, "'A', 'B', 'C', 'D', 'E'"),
        (["case", "bott"], 2, "did you mean bot?"),
        (["case", "idea", "--approve", "--by", "A"], 2, "no business case is declared for idea"),
        (["case", "bot", "--approve"], 2, "an approval needs a project and a name"),
        (["case", "bot", "--by", "A"], 2, "belong to --approve"),
    ],
)
def test_errors(run: Run, filled: Path, words: list[str], code: int, said: str) -> None:
    done = run(*words, "-w", filled)
    assert (done.code, said in done.err) == (code, True), done.err


def test_case(run: Run, filled: Path) -> None:
    one = json.loads(run("case", "bot", "-w", filled, "--format", "json").out)
    assert (one["plan"], one["declared_approval"], one["status"]) == ("declared", "2025-12-01", "ahead of plan")
    shown = run("case", "bot", "--approve", "--by", "Board", "--note", "minutes 7", "-w", filled).out
    assert "plan approved, version 1, by Board on 2026-03-10: minutes 7" in shown
    (filled / "projects.yaml").write_text(PROJECTS.replace("benefit: 400", "benefit: 500"))
    assert "projects.yaml differs now: plans a benefit of 2,250.00 in all, not 1,800.00" in run(
        "case", "bot", "-w", filled).out  # fmt: skip
    text = run("case", "bot", "-w", filled, "--format", "csv").out
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(row["month"], row["phase"], row["plan_cost"]) for row in rows[:3]] == [
        ("2026-01", "over", "400.00"), ("2026-02", "over", "100.00"), ("2026-03", "open", "100.00")]  # fmt: skip
    every = json.loads(run("case", "-w", filled, "--format", "json").out)["items"]
    assert [(item["project"], item["plan"]) for item in every] == [("bot", "approved"), ("idea", None)]
    assert "no business case is declared for idea" in run("case", "idea", "-w", filled).out
    assert "Idea: no plan" in run("case", "idea", "-w", filled).out
    assert "bot" in run("case", "-w", filled).out
