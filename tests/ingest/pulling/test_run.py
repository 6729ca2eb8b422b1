"""A run: held by one at a time, ended in every way, and never a record twice or lost, wherever it breaks off."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from breakeven.app import open_company, utc_now
from breakeven.errors import Busy, StoreFull, UnknownName
from breakeven.ingest.pulling import run, task
from breakeven.settings import Settings
from breakeven.store.state_pulls import begin_run, pull_runs

from .conftest import NOON, Clock, Company

CALLS: dict[str, Any] = {"kind": "interaction"}


def calls(company: Company, count: int = 3) -> dict[str, Any]:
    (company.folder / "in").mkdir(exist_ok=True)
    for number in range(count):
        line = f'{{"id": "{number}", "time": "2026-11-01T10:00:00Z"}}\n'
        (company.folder / "in" / f"{number}.ndjson").write_text(line)
    return {**CALLS, "pull": {"folder": {"path": "in/*", "settle": "0s"}}}


def test_one_run_at_a_time(company: Company, clock: Clock) -> None:
    puller = company.declare(calls=calls(company))
    assert begin_run(company.state, "calls", "", "elsewhere:1:x", NOON) is not None
    with pytest.raises(Busy, match="calls is being pulled already"):
        puller.pull("calls")
    clock.forward(minutes=2, seconds=1)
    assert puller.pull("calls").accepted == 3, "what shows no sign of life for two minutes is dead"
    assert company.known("calls").holder is None


def test_a_process_of_this_machine_that_is_gone_holds_nothing(company: Company) -> None:
    puller = company.declare(calls=calls(company))
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        gone.wait()
    host = puller.holder.partition(":")[0]
    begin_run(company.state, "calls", "", f"{host}:{gone.pid}:x", NOON)
    assert puller.pull("calls").accepted == 3


def test_a_run_that_was_taken_over_writes_nothing(
    company: Company, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    puller = company.declare(calls=calls(company))
    taken = task.Taking.take

    def slow(self: task.Taking, *arguments: Any) -> Any:
        found = taken(self, *arguments)
        begin_run(company.state, "calls", "", "other", clock.forward(minutes=3))
        return found

    monkeypatch.setattr(task.Taking, "take", slow)
    found = puller.pull("calls")
    assert found.status == "interrupted"
    assert "taken over" in (found.error or "")
    assert company.known("calls").holder == "other"


def test_a_crash_between_commit_and_state_doubles_nothing(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    puller = company.declare(calls=calls(company))
    with monkeypatch.context() as patch:
        patch.setattr(task, "keep_file", _broken)
        assert puller.pull("calls").status == "failed"
    assert company.ids() == ["0"], "the first file was committed, and nothing is known of it"
    found = puller.pull("calls")
    assert (found.accepted, found.duplicates, company.ids()) == (2, 1, ["0", "1", "2"])


def _broken(*_: object, **__: object) -> None:
    raise RuntimeError("power cut")


KILLED = """
import os, sys
from breakeven.cli import main
from breakeven.ingest.pulling import task
kept, left = task.keep_file, [2]
def kill(*arguments):
    left[0] -= 1
    if not left[0]:
        os._exit(9)
    kept(*arguments)
task.keep_file = kill
sys.argv = ["breakeven", "pull", "calls", "-w", sys.argv[1]]
main()
"""


def test_a_killed_process_is_followed_by_one_that_goes_on(tmp_path: Path, company: Company) -> None:
    company.declare(calls=calls(company))
    first = subprocess.run([sys.executable, "-c", KILLED, company.folder], capture_output=True, check=False)
    assert first.returncode == 9, first.stderr
    with open_company(Settings(workspace=company.folder)) as after:
        puller = run.Puller(after.workspace, after.pipeline, after.state, str, clock=utc_now)
        found = puller.pull("calls")
        assert (found.status, found.accepted, found.duplicates) == ("ok", 1, 1)
        assert after.store.query("SELECT count(*) AS n FROM interaction").to_pylist() == [{"n": 3}]


def test_a_stop_ends_a_run_where_it_is(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    puller = company.declare(calls=calls(company))
    taken = task.Taking.take

    def stopping(self: task.Taking, *arguments: Any) -> Any:
        puller.stop.set()
        return taken(self, *arguments)

    with monkeypatch.context() as patch:
        patch.setattr(task.Taking, "take", stopping)
        assert puller.pull("calls").status == "interrupted"
    puller.stop.clear()
    assert company.known("calls").failures == 0
    assert puller.pull("calls").status == "ok"
    assert company.ids() == ["0", "1", "2"]


def test_failures_are_counted_and_a_success_forgets_them(company: Company, clock: Clock) -> None:
    puller = company.declare(calls={**CALLS, "pull": {"folder": {"path": "in/*", "settle": "0s"}}})
    for number in (1, 2, 3):
        clock.forward(minutes=1)
        assert puller.pull("calls").status == "failed"
        assert company.known("calls").failures == number
    calls(company)
    clock.forward(minutes=1)
    assert puller.pull("calls").newest == NOON.replace(day=1, hour=10)
    known = company.known("calls")
    assert (known.failures, known.error, known.succeeded, known.fed) == (0, None, clock.now, clock.now)
    clock.forward(minutes=1)
    puller.pull("calls")
    assert company.known("calls").fed == clock.now - timedelta(minutes=1), "a run that brings nothing new feeds nothing"
    assert [one.status for one in pull_runs(company.state, "calls")] == ["ok", "ok", "failed", "failed", "failed"]


def test_a_full_disk_fails_the_run_and_no_file_is_taken_for_bad(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    puller = company.declare(calls=calls(company))

    def full(*_: object) -> None:
        raise StoreFull("no room left")

    with monkeypatch.context() as patch:
        patch.setattr(company.store, "append", full)
        found = puller.pull("calls")
    assert (found.status, found.error) == ("failed", "no room left")
    assert puller.pull("calls").accepted == 3


def test_anew_reads_all_again_and_doubles_nothing(company: Company) -> None:
    puller = company.declare(calls=calls(company))
    puller.pull("calls")
    found = puller.pull("calls", anew=True)
    assert (found.accepted, found.duplicates) == (0, 3)


def test_pulling_feeds_no_figure_and_voids_no_cache(company: Company) -> None:
    puller, before = company.declare(calls=calls(company)), company.state.version
    puller.pull("calls")
    assert company.state.version == before


def test_unknown_names_are_refused(company: Company) -> None:
    puller = company.declare(calls=calls(company))
    with pytest.raises(UnknownName, match="calls"):
        puller.pull("call")


def test_ctrl_c_lets_go_of_the_source(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    puller = company.declare(calls=calls(company))

    def pressed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(run, "pull_folder", pressed)
        with pytest.raises(KeyboardInterrupt):
            puller.pull("calls")
    assert company.known("calls").status == "interrupted"
    assert puller.pull("calls").accepted == 3
