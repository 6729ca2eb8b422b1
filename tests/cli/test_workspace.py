"""init, check and test."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from tests.cli.conftest import Run

from breakeven.app import open_company, utc_now
from breakeven.errors import StoreError
from breakeven.settings import Settings


def test_init_writes_what_check_and_test_accept(run: Run, workspace: Path) -> None:
    assert run("check", "-w", workspace).code == 0
    assert run("check", "--deep", "-w", workspace).out.endswith("the store agrees with its raw records\n")
    done = run("test", "-w", workspace)
    assert done.code == 0
    assert "0 failed" in done.out


def test_init_never_writes_over(run: Run, workspace: Path) -> None:
    done = run("init", workspace)
    assert done.code == 2
    assert "exists already" in done.err


def test_all_problems_at_once(run: Run, workspace: Path) -> None:
    (workspace / "targets.yaml").write_text("targets:\n  - {metric: roi_percnt, at_least: 3}\n  - {metric: nps}\n")
    done = run("check", "-w", workspace)
    assert done.code == 1
    assert "targets.yaml:2" in done.out
    assert "did you mean roi_percent?" in done.out
    assert "targets.yaml:3" in done.out
    shape = json.loads(run("check", "-w", workspace, "--format", "json").out)
    assert len(shape["problems"]) >= 2
    blocked = run("statement", "-w", workspace)
    assert blocked.code == 1
    assert "targets.yaml:2" in blocked.err


def test_a_case_that_fails(run: Run, workspace: Path) -> None:
    (workspace / "tests.yaml").write_text(
        "cases:\n  - name: wrong on purpose\n    given: {total_monthly_value: 300, investment: 100}\n"
        "    expect: {roi_percent: 201}\n"
    )
    done = run("test", "-w", workspace)
    assert done.code == 1
    assert "roi_percent: expected 201, is 200" in done.out


def test_no_workspace(run: Run, tmp_path: Path) -> None:
    done = run("statement", "-w", tmp_path)
    assert done.code == 1
    assert "breakeven init" in done.err


def test_settings_from_options_are_checked(run: Run, workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BREAKEVEN_THREADS", "many")
    done = run("statement", "-w", workspace)
    assert done.code == 2
    assert "BREAKEVEN_THREADS: 'many' cannot be used" in done.err


def test_a_damaged_roll_up_is_found(run: Run, workspace: Path, calls: Path) -> None:
    run("import", "interaction", calls, "-w", workspace)
    with duckdb.connect(str(workspace / "data" / "breakeven.duckdb")) as connection:
        connection.execute("UPDATE interaction_month_sum SET n = n + 1")
    done = run("check", "--deep", "-w", workspace)
    assert done.code == 1
    assert "interaction_month" in done.out


def test_as_a_module(workspace: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "breakeven", "check", "-w", workspace], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("ok: methodology")


def test_a_company_that_is_closed_keeps_nothing_open(workspace: Path) -> None:
    rows = pa.table({"id": ["1"], "time": ["2026-10-01T10:00:00Z"], "latency_ms": ["x"], "row": [1]})
    with open_company(Settings(workspace=workspace)) as company:
        assert len(company.pipeline.judged({"interaction": rows}, "s", utc_now())["interaction"].refused) == 1
    with pytest.raises(duckdb.ConnectionException):
        company.pipeline.judged({"interaction": rows}, "s", utc_now())
    with pytest.raises(StoreError, match="is closed"):
        company.store.query("SELECT 1")
