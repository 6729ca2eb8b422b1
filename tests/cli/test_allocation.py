"""allocation and overlaps: what people and programs get, and questions that cannot be answered."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import time_machine
from tests.cli.conftest import Once, Run

PROJECTS = """
projects:
  - {id: a, name: A, category: platform}
  - {id: b, name: B, category: platform}
"""
ALLOCATION = """
pools:
  net: {rule: even, projects: [b], feeds: [platform]}
  platform: {rule: interactions, weights: {a: 1, b: 3}}
benefit_pools:
  hours: {category: productivity_value, projects: {a: 3, b: 1}}
teams: {desk: {headcount: 1}}
"""
FACTS: dict[str, list[dict[str, Any]]] = {
    "interaction": [{"time": "2026-01-05T10:00:00Z", "project": "a", "count": 3},
                    {"time": "2026-01-05T10:00:00Z", "project": "b", "count": 1}],
    "cost": [{"start": "2026-01-05T10:00:00Z", "pool": "net", "amount": "20"},
             {"start": "2026-01-05T10:00:00Z", "pool": "platform", "amount": "90"},
             {"start": "2026-02-05T10:00:00Z", "pool": "unknown", "amount": "7"}],
    "benefit": [{"time": "2026-01-05T10:00:00Z", "project": name, "kind": "hours_saved", "quantity": 0.4,
                 "team": "desk"} for name in "ab"],
}  # fmt: skip


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with time_machine.travel("2026-03-02T10:00:00Z", tick=False):
        yield


@pytest.fixture
def company(run: Run, workspace: Path, tmp_path: Path, once: Once) -> Path:
    def make() -> None:
        (workspace / "projects.yaml").write_text(PROJECTS)
        (workspace / "allocation.yaml").write_text(ALLOCATION)
        for kind, rows in FACTS.items():
            path = tmp_path / f"{kind}.ndjson"
            lines = [json.dumps({"id": f"{kind}{i}", "source": "s"} | row) for i, row in enumerate(rows)]
            path.write_text("\n".join(lines) + "\n")
            assert run("import", kind, path, "-w", workspace).code == 0

    once(make)
    return workspace


def test_a_month_of_pools(run: Run, company: Path) -> None:
    shape = json.loads(run("allocation", "--period", "2026-01", "-w", company, "--format", "json").out)
    assert (shape["billed"], shape["projects"], shape["unallocated"]) == (
        "110.00", {"a": "75.00", "b": "35.00"}, "0.00")  # fmt: skip
    assert [(step["pool"], step["rule"], step["received"]) for step in shape["steps"]] == [
        ("net", "even", "0.00"), ("platform", "interactions", "10.00")]  # fmt: skip
    table = run("allocation", "--period", "2026-01", "-w", company).out
    assert "2026-01 platform: 90.00 + 10.00 from other pools, by interactions (interactions)" in table
    rows = list(csv.DictReader(io.StringIO(
        run("allocation", "--period", "2026", "-w", company, "--format", "csv").out)))  # fmt: skip
    assert [(row["pool"], row["to"], row["amount"]) for row in rows] == [
        ("net", "b", "10.00"), ("net", "platform", "10.00"), ("platform", "a", "75.00"), ("platform", "b", "25.00"),
        ("unknown", "unallocated", "7.00")]  # fmt: skip


def test_a_year_says_what_is_unallocated(run: Run, company: Path) -> None:
    out = run("allocation", "--period", "2026", "-w", company).out
    assert "2026-02 unknown: unknown is not declared in allocation.yaml" in out
    assert "unallocated" in out
    assert run("allocation", "-w", company).out.count("unknown: 7.00, no rule") == 1  # the last month
    one = json.loads(run("allocation", "--period", "2026-01", "--project", "b", "-w", company, "--format", "json").out)
    assert one["projects"] == {"b": "35.00"}
    assert "no pool has cost" in run("allocation", "--period", "2025-12", "-w", company).out


def test_every_rule(run: Run, company: Path) -> None:
    asked = ("allocation", "--rules", "--period", "2026-01", "-w", company)
    shape = json.loads(run(*asked, "--format", "json").out)
    (a, b) = (one for one in shape["projects"] if one["project"] in "ab")
    net = {rule["rule"]: rule["net_value"] for rule in b["rules"]}
    # 0.4 h are 60 for each; shared 3 to 1 they are 45 and 15.
    assert {name: net[name] for name in ("declared", "even", "interactions", "weights")} == {
        "declared": "-20.00", "even": "-45.00", "interactions": "-15.50", "weights": "-70.00"}  # fmt: skip
    assert net["headcount"] is None
    assert (a["flips"], b["flips"]) == (["weights"], [])
    table = run(*asked).out
    assert "a: its sign depends on the rule: weights" in table
    assert "≠" in table
    rows = list(csv.DictReader(io.StringIO(run(*asked, "--pool", "platform", "--format", "csv").out)))
    found = {(row["project"], row["rule"]): row["allocated"] for row in rows}
    assert (found["b", "even"], found["b", "weights"]) == ("60.00", "85.00")  # net stays as declared
    assert "nothing to split" in run("allocation", "--rules", "--period", "2026-02", "-w", company).out


def test_overlaps(run: Run, company: Path) -> None:
    asked = ("overlaps", "--period", "2026-01", "-w", company)
    shape = json.loads(run(*asked, "--format", "json").out)
    assert [(one["project"], one["claimed"], one["counted"]) for one in shape["shared"]] == [
        ("a", "60.00", "45.00"), ("b", "60.00", "15.00")]  # fmt: skip
    assert shape["suspects"] == shape["unchecked"] == []
    assert "45.00 of 60.00 counts, in benefit pool hours" in run(*asked).out
    (company / "assumptions.yaml").write_text(
        (company / "assumptions.yaml").read_text().replace("value: 160", "value: 0.3")
    )
    table = run(*asked).out
    assert "1 suspect\n" in table
    assert "its 1 people (declared) × 0.3 h have 0.3 h" in table
    rows = list(csv.DictReader(io.StringIO(run(*asked, "--format", "csv").out)))
    assert [row["what"] for row in rows] == ["shared", "shared", "hours"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("allocation", "--period", "2026-01-05"), "pools are split by whole months"),
        (("allocation", "--pool", "plattform"), "unknown pool 'plattform': did you mean platform?"),
        (("allocation", "--project", "c"), "unknown project 'c'"),
        (("allocation", "--rules", "--pool", "c"), "unknown pool 'c'"),
        (("overlaps", "--period", "2026-01-05"), "overlaps are looked for in whole months"),
        (("overlaps", "--as-of", "2027-01-01"), "future"),
    ],
)
def test_what_cannot_be_asked(run: Run, company: Path, arguments: tuple[str, ...], said: str) -> None:
    done = run(*arguments, "-w", company)
    assert done.code == 2
    assert said in done.err
