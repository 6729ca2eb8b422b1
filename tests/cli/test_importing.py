"""import and rejected."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.cli.conftest import Run

from breakeven.store.base import Commit, Receipt
from breakeven.store.duckdb import DuckDBStore


def test_good_rows_survive_and_bad_ones_are_named(run: Run, workspace: Path, calls: Path) -> None:
    done = run("import", "interaction", calls, "-w", workspace)
    assert done.code == 1
    assert "2 accepted, 1 duplicate, 2 rejected" in done.out
    assert "row 4: unreadable" in done.out
    assert "row 5: bad_time in time: 'yesterday' is not a time" in done.out


def test_again_changes_nothing(run: Run, workspace: Path, calls: Path) -> None:
    run("import", "interaction", calls, "-w", workspace)
    before = run("statement", "-w", workspace, "--period", "2026-10", "--format", "json").out
    again = json.loads(run("import", "interaction", calls, "-w", workspace, "--format", "json").out)
    assert (again["accepted"], again["duplicates"]) == (0, 3)
    after = run("statement", "-w", workspace, "--period", "2026-10", "--format", "json").out
    leave_out = ("made_at",)
    assert _without(before, leave_out) == _without(after, leave_out)
    assert run("check", "--deep", "-w", workspace).code == 0


def test_ctrl_c_says_how_to_go_on(run: Run, workspace: Path, calls: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(self: DuckDBStore, commit: Commit) -> Receipt:
        receipt = append(self, commit)
        if commit.mark is not None:
            raise KeyboardInterrupt
        return receipt

    append = DuckDBStore.append
    monkeypatch.setattr(DuckDBStore, "append", interrupted)
    done = run("import", "interaction", calls, "-w", workspace)
    assert (done.code, done.err) == (130, "interrupted: the same command goes on where it stopped\n")
    monkeypatch.undo()
    again = run("import", "interaction", calls, "-w", workspace)
    assert "0 accepted, 0 duplicate, 0 rejected" in again.out
    assert "went on after 5 rows, which an interrupted import had taken in" in again.out


def test_rejected_are_kept_and_tried_again(run: Run, workspace: Path, tmp_path: Path) -> None:
    (workspace / "workspace.yaml").write_text(
        (workspace / "workspace.yaml").read_text().replace("unknown_project: accept", "unknown_project: reject")
    )
    path = tmp_path / "costs.csv"
    path.write_text("start;amount;project;currency\n2026-10-01;1.234,50;tram;USD\n2026-10-02;10,00;tram;USD\n")
    assert run("import", "cost", path, "-w", workspace).code == 1
    listed = json.loads(run("rejected", "-w", workspace, "--format", "json").out)
    assert listed["waiting"] == 2
    assert listed["by_reason"] == {"unknown_project": 2}
    (workspace / "projects.yaml").write_text("projects:\n  - {id: tram, name: Tram, category: platform}\n")
    assert run("rejected", "--replay", "-w", workspace).code == 0
    rows = json.loads(run("metric", "cost", "--grain", "all", "-w", workspace, "--format", "json").out)["rows"]
    assert [row["value"] for row in rows] == ["1244.50"]


def test_options_that_cannot_be_used(run: Run, workspace: Path, calls: Path) -> None:
    for options, said in (
        (("--map", "time"), "--map 'time' must have the form field=expression"),
        (("--map", "tiem=time"), "did you mean time?"),
        (("--map", "time=nope"), "nope"),
        (("--source", "nope"), "unknown source 'nope'"),
        (("--map", "time=read_text('/etc/passwd')"), "there is no function read_text"),
    ):
        done = run("import", "interaction", calls, "-w", workspace, *options)
        assert done.code == 2, done
        assert said in done.err, done.err
        assert "Traceback" not in done.err


def test_files_that_cannot_be_read(run: Run, workspace: Path, tmp_path: Path) -> None:
    empty, wrong = tmp_path / "empty.csv", tmp_path / "picture.parquet"
    empty.touch()
    wrong.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(64))
    for path, said in (
        (empty, "is empty"),
        (wrong, "picture.parquet"),
        (tmp_path, "is a folder"),
        (tmp_path / "no", "does not exist"),
    ):
        done = run("import", "cost", path, "-w", workspace)
        assert done.code == 1, done
        assert said in done.err, done.err


def _without(text: str, names: tuple[str, ...]) -> dict[str, object]:
    return {name: value for name, value in json.loads(text).items() if name not in names}
