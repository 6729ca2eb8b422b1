"""import and rejected."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
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


def test_outcomes_from_files(run: Run, workspace: Path, calls: Path, tmp_path: Path) -> None:
    """CSV with a mapping before the interactions, JSON lines and Parquet after them; each twice."""
    early, later, table = (tmp_path / name for name in ("stars.csv", "deals.ndjson", "rework.parquet"))
    early.write_text("ticket;stars;day\n1;4,5;2026-10-03\n2;;2026-10-03\n2;9;2026-10-03\n")
    later.write_text('{"id": "d", "source": "crm", "time": "2026-11-02T10:00:00Z", "interaction": "1",'
                     ' "interaction_source": "gateway", "revenue": "49.00"}\n')  # fmt: skip
    pq.write_table(pa.table({"id": ["r"], "source": ["gateway"], "time": [datetime(2026, 11, 3, tzinfo=UTC)],
                             "interaction": ["2"], "outcome": ["reworked"], "seconds_saved": [-90.0]}),
                   table)  # fmt: skip
    stars = ("--map", "interaction=ticket", "--map", "csat=stars", "--map", "time=day",
             "--set", "interaction_source=gateway")  # fmt: skip
    done = run("import", "outcome", early, *stars, "-w", workspace)
    assert (done.code, "1 accepted, 0 duplicate, 2 rejected" in done.out) == (1, True)
    assert "row 2: missing_field in outcome: is required, or one of csat, revenue, seconds_saved" in done.out
    run("import", "interaction", calls, "-w", workspace)
    assert run("import", "outcome", later, table, "-w", workspace).code == 0
    again = json.loads(run("import", "outcome", later, table, "-w", workspace, "--format", "json").out)
    assert [again[name] for name in ("accepted", "duplicates")] == [0, 2]
    with DuckDBStore.open(workspace / "data" / "breakeven.duckdb") as store:
        told = store.query("SELECT csat, CAST(revenue AS VARCHAR) AS r, currency, outcome, seconds_saved AS s"
                           " FROM interaction ORDER BY id").to_pylist()  # fmt: skip
        assert [tuple(row.values()) for row in told] == [
            (4.5, "49.000000000000", "USD", None, None), (None, None, None, "reworked", -90.0),
        ]  # fmt: skip
        assert store.verify() == []
    rows = json.loads(run("metric", "interaction_revenue", "--from", "2026-10", "--to", "2026-11", "-w", workspace,
                          "--format", "json").out)["rows"]  # fmt: skip
    assert [row["value"] for row in rows] == ["49.00", None]
