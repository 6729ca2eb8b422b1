"""`report schedules`, `due`, `run`, `resend`, and own reports on the command line."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pytest
from rich.status import Status
from tests.cli.conftest import Run

DECLARED = """
templates: {pdf: looks/acme.typ}
reports:
  mine: {title: Mine, audience: Us, period: 2026-10, sections: [{title: Words, text: "Cost {investment} in {period}."}]}
schedules:
  own: {report: mine, every: month, formats: [md, pdf], to: [{folder: out}]}
  hook: {report: summary, every: week, formats: [md], to: [{webhook: {env: NOWHERE_TO_BE_FOUND}}]}
"""


@pytest.fixture
def scheduled(workspace: Path) -> Path:
    (workspace / "reports.yaml").write_text(DECLARED)
    (workspace / "looks").mkdir()
    (workspace / "looks" / "acme.typ").write_text(
        "#let d = json(bytes(sys.inputs.document))\n#set document(title: d.title)\n= #d.title"
    )
    return workspace


def test_schedules_run_and_stand(run: Run, scheduled: Path) -> None:
    before = run("report", "schedules", "-w", scheduled)
    assert before.code == 0, before.err
    assert "first day of the month at 07:00" in before.out
    assert run("report", "due", "-w", scheduled).out == "no report is due\n"
    done = run("report", "run", "own", "--key", "a", "-w", scheduled)
    assert (done.code, done.out) == (0, "own@key-a: done\n  folder out: sent\n")
    again = json.loads(run("report", "run", "own", "--key", "a", "-w", scheduled, "--format", "json").out)
    assert [one["run"] for one in again] == ["own@key-a"]
    files = sorted(path.suffix for path in (scheduled / "out").iterdir())
    assert files == [".md", ".pdf"]


def test_what_could_not_be_sent_is_shown_and_resent_by_hand_only_when_it_is_over(run: Run, scheduled: Path) -> None:
    done = run("report", "run", "hook", "--key", "a", "-w", scheduled)
    assert done.code == 1
    assert "webhook NOWHERE_TO_BE_FOUND: retry, the environment variable NOWHERE_TO_BE_FOUND" in done.out
    after = run("report", "schedules", "-w", scheduled)
    assert after.code == 1
    assert "hook@key-a did not reach webhook NOWHERE_TO_BE_FOUND" in after.out
    refused = run("report", "resend", "hook@key-a", "webhook NOWHERE_TO_BE_FOUND", "--by", "Eve", "-w", scheduled)
    assert refused.code == 2
    assert "is retry: only what is unclear or given up is sent again" in refused.err


def test_a_preview_is_a_file(run: Run, scheduled: Path, tmp_path: Path) -> None:
    target = tmp_path / "own.md"
    done = run("report", "run", "own", "--preview", target, "-w", scheduled)
    assert done.code == 0, done.err
    assert "Cost " in target.read_text()
    assert not (scheduled / "out").exists()


def test_an_own_report_is_written_like_any_other(run: Run, scheduled: Path, tmp_path: Path) -> None:
    done = run("report", "mine", "-w", scheduled)
    assert done.code == 0, done.err
    assert "mine – October 2026" in done.out
    target = tmp_path / "mine.pdf"
    assert run("report", "mine", "-w", scheduled, "-o", target).code == 0
    assert target.read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("min",), "unknown report 'min': did you mean mine?"),
        (("run", "owm"), "unknown report schedule 'owm': did you mean own?"),
        (("run", "own", "--preview", "x.doc"), "unknown format 'doc'"),
        (("resend", "own@x", "out", "--by", " "), "say who sends it once more"),
    ],
)
def test_what_cannot_be_done(run: Run, scheduled: Path, arguments: tuple[str, ...], said: str) -> None:
    done = run("report", *arguments, "-w", scheduled)
    assert done.code == 2
    assert said in done.err


def interrupted(monkeypatch: pytest.MonkeyPatch, at: str, times: int = 1) -> None:
    """Somebody presses Ctrl-C when the terminal says this."""
    update = Status.update

    def updated(self: Status, words: str) -> None:
        update(self, words)
        if at in words:
            for _ in range(times):
                os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(Status, "update", updated)


def test_ctrl_c_leaves_nothing_of_a_report_that_is_sent(
    run: Run, scheduled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as first:
        interrupted(first, "own: Writing md")
        done = run("report", "run", "own", "--key", "a", "-w", scheduled)
    assert done.code == 1
    assert "own@key-a was broken off: nothing of it was kept or sent" in done.err
    assert run("report", "issued", "-w", scheduled).out == "no report was issued yet\n"
    assert not (scheduled / "out").exists()
    assert run("report", "run", "own", "--key", "a", "-w", scheduled).code == 0
    first_of, second = "1", "2"
    with monkeypatch.context() as later:
        interrupted(later, f"Comparing {first_of} and {second}: Comparing")
        done = run("report", "compare", first_of, second, "-w", scheduled)
    assert (done.code, done.out) == (1, "")
    assert "broken off before: Bridge" in done.err
    assert "they say the same" in run("report", "compare", first_of, second, "-w", scheduled).out


def test_ctrl_c_once_more_ends_at_once(run: Run, scheduled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = scheduled / "mine.md"
    target.write_text("as it was")
    interrupted(monkeypatch, "Writing md", times=2)
    done = run("report", "mine", "-w", scheduled, "-o", target)
    assert (done.code, done.err.splitlines()[-1]) == (1, "stopped")
    assert target.read_text() == "as it was"
    assert [path.name for path in scheduled.glob(".*.part")] == []
