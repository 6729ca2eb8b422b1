"""`pull` and `sources`: what is due, what is named, what came of it."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path

import pytest

from .conftest import Run

DECLARED = """
sources:
  calls: {kind: interaction, pull: {every: 1h, folder: {path: "in/*.ndjson", settle: 0s}}}
  people: {kind: activity, pull: {cron: "0 6 * * *", folder: {path: "people/*.csv", settle: 0s}}}
"""


@pytest.fixture
def pulling(workspace: Path) -> Path:
    (workspace / "sources.yaml").write_text(DECLARED)
    (workspace / "in").mkdir()
    (workspace / "people").mkdir()
    (workspace / "in" / "a.ndjson").write_text('{"id": "1", "time": "2026-11-01T10:00:00Z"}\n')
    (workspace / "people" / "a.csv").write_text("id,time,actor\n1,2026-11-01,ana\n2,never,bo\n")
    return workspace


def test_what_is_due_is_pulled_once(run: Run, pulling: Path) -> None:
    first = run("pull", "-w", pulling)
    assert first.code == 1, "one record was rejected"
    assert "calls: ok, 1 accepted, 0 duplicate, 0 rejected" in first.out
    assert "people: ok, 1 accepted, 0 duplicate, 1 rejected" in first.out
    again = run("pull", "-w", pulling)
    assert (again.code, again.out) == (0, "no source is due; --all pulls every one\n")
    asked = json.loads(run("pull", "--all", "-w", pulling, "--format", "json").out)
    assert {name: (one["status"], one["accepted"]) for name, one in asked.items()} == {
        "calls": ("ok", 0), "people": ("ok", 0),
    }  # fmt: skip


def test_sources_stand(run: Run, pulling: Path) -> None:
    before = run("sources", "-w", pulling)
    assert before.code == 0
    assert "calls was never pulled." in before.out
    run("pull", "calls", "-w", pulling)
    found = {one["name"]: one for one in json.loads(run("sources", "-w", pulling, "--format", "json").out)}
    calls = found["calls"]
    assert (calls["standing"], calls["accepted"], calls["total"], calls["finding"]) == ("ok", 1, 1, None)
    assert calls["newest"] == "2026-11-01T10:00:00Z"
    assert calls["lag_seconds"] > 0
    assert found["people"]["standing"] == "never"
    (pulling / "in" / "b.ndjson").write_text("<html>")
    assert run("pull", "calls", "-w", pulling).code == 1
    after = run("sources", "-w", pulling)
    assert after.code == 1
    assert "b.ndjson: is an HTML page" in after.out


def test_a_dry_run_changes_nothing(run: Run, pulling: Path) -> None:
    shown = run("pull", "calls", "--dry-run", "-w", pulling)
    assert shown.code == 0
    assert "1 records for interaction" in shown.out
    assert "id=1, source=calls" in shown.out
    assert "never" in run("sources", "-w", pulling).out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("call",), "unknown pulled source 'call': did you mean calls?"),
        (("calls", "--all"), "name sources, or give --all, not both"),
    ],
)
def test_what_cannot_be_pulled(run: Run, pulling: Path, arguments: tuple[str, ...], says: str) -> None:
    done = run("pull", *arguments, "-w", pulling)
    assert done.code == 2
    assert says in done.err


def test_the_sample_of_the_documentation_runs(run: Run, workspace: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "ingest.md").read_text()
    sample = page.partition("## Pulls")[2].partition("```yaml\n")[2].partition("```")[0]
    (workspace / "sources.yaml").write_text(sample)
    exports = workspace / "exports" / "2026" / "11"
    exports.mkdir(parents=True)
    with gzip.open(exports / "calls.ndjson.gz", "wt") as stream:
        stream.write('{"id": "1", "time": "2026-11-01T10:00:00Z", "project": "support-bot"}\n')
    os.utime(exports / "calls.ndjson.gz", (1_795_000_000, 1_795_000_000))
    done = run("pull", "gateway", "-w", workspace)
    assert (done.code, done.out) == (0, "gateway: ok, 1 accepted, 0 duplicate, 0 rejected\n")
    named = [one["name"] for one in json.loads(run("sources", "-w", workspace, "--format", "json").out)]
    assert named == ["cloud-usage", "gateway", "registry", "service-desk", "time-tracking"]


def test_nothing_to_pull(run: Run, workspace: Path) -> None:
    done = run("pull", "-w", workspace)
    assert done.code == 2
    assert "no source of sources.yaml has a pull" in done.err
    assert run("sources", "-w", workspace).out == "no source of sources.yaml has a pull\n"
