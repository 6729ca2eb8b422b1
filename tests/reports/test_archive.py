"""Issued reports are kept: what was handed out, what it was made from, and nothing of it can be lost or changed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from breakeven.errors import NotFound, StoreDamaged, UnknownName
from breakeven.reports import Document, content_hash, write
from breakeven.reports.archive import Archive, Issue
from breakeven.store.state import State, file_url

NOW = datetime(2026, 4, 15, 8, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def document(report: Callable[..., Document]) -> Document:
    return report("cfo", period="2026-03")


def kept(archive: Archive, document: Document, form: str = "md", **more: Any) -> Issue:
    given: dict[str, Any] = {"recipients": ["ana@example.org"], "scope": "finance", "schedule": "monthly", "now": NOW}
    return archive.keep(document, form, write(document, form), **given | more)


def test_everything_about_an_issue_is_kept(archive: Archive, document: Document) -> None:
    issue = kept(archive, document)
    assert archive.get(issue.id) == issue
    assert archive.content(issue.id) == write(document, "md")
    assert (issue.report, issue.name, issue.period) == ("cfo", "cfo-2026-03.md", "March 2026")
    assert issue.hash == content_hash(document)
    assert issue.data_version == document.versions.data
    assert issue.methodology_version == document.versions.methodology
    assert issue.filters == document.filters
    assert (issue.recipients, issue.scope, issue.schedule) == (("ana@example.org",), "finance", "monthly")
    assert issue.issued_at == NOW
    assert issue.origin.filters.period == "2026-03"
    assert issue.origin.known == document.made
    assert archive.document(issue.id)["hash"] == issue.hash
    assert archive.problems() == []


def test_the_same_run_is_kept_once(archive: Archive, document: Document) -> None:
    first = kept(archive, document, run="monthly/2026-04-01")
    again = kept(archive, document, run="monthly/2026-04-01", recipients=["later@example.org"])
    other = kept(archive, document, "csv", run="monthly/2026-04-01")
    by_hand = [kept(archive, document), kept(archive, document)]
    assert again == first
    assert len({first.id, other.id, *(one.id for one in by_hand)}) == 4


def test_issues_are_listed_latest_first_by_report_and_page(
    archive: Archive, document: Document, report: Callable[..., Document]
) -> None:
    numbers = [kept(archive, document).id, kept(archive, document, schedule=None).id]
    board = kept(archive, report("board", period="2026-03"))
    assert [one.id for one in archive.issues()] == [board.id, *reversed(numbers)]
    assert [one.id for one in archive.issues("cfo")] == [*reversed(numbers)]
    assert [one.id for one in archive.issues(schedule="monthly", limit=1)] == [board.id]
    assert [one.id for one in archive.issues(before=numbers[1])] == [numbers[0]]


def test_it_outlives_the_process(tmp_path: Path, document: Document) -> None:
    url = file_url(tmp_path / "state.sqlite")
    issue = kept(Archive(State.open(url), tmp_path), document, "json")
    again = Archive(State.open(url), tmp_path)
    assert again.issues() == [issue]
    assert again.content(issue.id) == write(document, "json")


@pytest.mark.parametrize(("harm", "said"), [("unlink", "is missing"), ("write", "was changed")])
def test_a_file_that_is_gone_or_changed_is_reported_and_not_handed_out(
    archive: Archive, document: Document, tmp_path: Path, harm: str, said: str
) -> None:
    issue, whole = kept(archive, document), kept(archive, document, "csv")
    path = tmp_path / "reports" / issue.sha256[:2] / issue.sha256
    if harm == "unlink":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes().replace(b"9", b"8"))
    with pytest.raises(StoreDamaged, match=f"report {issue.id}, cfo-2026-03.md: .*{said}"):
        archive.content(issue.id)
    assert [said in str(problem) for problem in archive.problems()] == [True]
    assert archive.content(whole.id) == write(document, "csv")


def test_keeping_it_again_heals_a_changed_file(archive: Archive, document: Document, tmp_path: Path) -> None:
    issue = kept(archive, document)
    (tmp_path / "reports" / issue.sha256[:2] / issue.sha256).write_bytes(b"half")
    kept(archive, document)
    assert archive.content(issue.id) == write(document, "md")


def test_what_was_half_written_is_no_issue(archive: Archive, document: Document, tmp_path: Path) -> None:
    """Killed after the file and before its row: the next try finds the file and goes on."""
    half = tmp_path / "reports" / "ab"
    half.mkdir(parents=True)
    (half / ".abcd.part").write_bytes(b"half")
    assert archive.issues() == []
    kept(archive, document)
    assert archive.problems() == []


def test_a_file_is_found_by_what_is_in_it(archive: Archive, document: Document) -> None:
    issue = kept(archive, document)
    kept(archive, document)
    assert archive.find(write(document, "md")) == issue
    assert archive.find(b"something else") is None


def test_what_is_not_there_is_said(archive: Archive, document: Document) -> None:
    with pytest.raises(NotFound, match="number 7"):
        archive.content(7)
    with pytest.raises(UnknownName, match="'doc'"):
        archive.keep(document, "doc", b"", now=NOW)


KILLED = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from breakeven.reports.archive import Archive
from breakeven.reports.kept_files import KeptFiles
from breakeven.store.state import State, file_url
from breakeven.store.state_reports import add_issue, issue_rows
import msgspec
folder = Path(sys.argv[1])
state = State.open(file_url(folder / "state.sqlite"))
row = {name: value for name, value in issue_rows(state)[0].items() if name != "id"}
files = KeptFiles(folder / "reports")
for number in range(10_000):
    digest = files.put(f"report {number}".encode() * 1000)
    made = add_issue(state, row | {"sha256": digest, "run": f"run {number}"})
    print(made["id"], flush=True)
"""


def test_nothing_that_was_acknowledged_is_lost_when_it_is_killed(tmp_path: Path, document: Document) -> None:
    url = file_url(tmp_path / "state.sqlite")
    kept(Archive(State.open(url), tmp_path), document)
    with subprocess.Popen([sys.executable, "-c", KILLED, str(tmp_path)], stdout=subprocess.PIPE, text=True,
                          env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}) as worker:  # fmt: skip
        assert worker.stdout is not None
        told = [int(worker.stdout.readline()) for _ in range(25)]
        worker.kill()
        told += [int(line) for line in worker.stdout.read().split()]
    assert worker.returncode == -signal.SIGKILL
    again = Archive(State.open(url), tmp_path)
    assert {one.id for one in again.issues(limit=100_000)} >= set(told)
    assert again.problems() == []
