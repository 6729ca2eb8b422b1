"""A folder is pulled: new and changed files only, each record once, a bad file costs no good one."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from breakeven.ingest.pulling.folder import Folder
from breakeven.store.state_pulls import pull_files
from breakeven.workspace.pulls import FolderPull

from .conftest import NOON, Clock, Company

CALL = '{{"id": "{0}", "time": "2026-11-01T10:00:00Z"}}\n'
NAMELESS = '{"time": "2026-11-01T11:00:00Z", "cost": "0.2"}\n'


def write(company: Company, name: str, text: str, age: float = 60) -> Path:
    path = company.folder / "in" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    then = company.clock.now.timestamp() - age
    os.utime(path, (then, then))
    return path


def calls(**folder: Any) -> dict[str, Any]:
    return {"kind": "interaction", "pull": {"folder": {"path": "in/**/*.ndjson", **folder}}}


def test_only_what_is_new_or_changed_is_read(company: Company, clock: Clock) -> None:
    puller = company.declare(calls=calls())
    write(company, "a.ndjson", CALL.format(1))
    write(company, "deep/er/b.ndjson", CALL.format(2))
    write(company, "c.csv", "id,time\n9,2026-11-01\n")
    assert (puller.pull("calls").accepted, company.ids()) == (2, ["1", "2"])
    clock.forward(minutes=15)
    found = puller.pull("calls")
    assert (found.status, found.accepted, found.duplicates) == ("ok", 0, 0)
    write(company, "a.ndjson", CALL.format(1) + CALL.format(3))
    write(company, "d.ndjson", CALL.format(4), age=30)
    found = puller.pull("calls")
    assert (found.accepted, found.duplicates, company.ids()) == (2, 1, ["1", "2", "3", "4"])
    assert company.known("calls").total == 4


def test_a_file_that_was_only_touched_is_not_read_again(company: Company) -> None:
    puller = company.declare(calls=calls())
    path = write(company, "a.ndjson", CALL.format(1))
    puller.pull("calls")
    os.utime(path, (NOON.timestamp() - 20, NOON.timestamp() - 20))
    found = puller.pull("calls")
    assert (found.accepted, found.duplicates) == (0, 0)
    assert pull_files(company.state, "calls")["a.ndjson"].modified.startswith("2026-11-20T11:59:40")


def test_equal_records_without_ids_count_in_every_file_and_once_in_each_reading(company: Company) -> None:
    puller = company.declare(calls=calls())
    for name in ("2026-10/calls.ndjson", "2026-11/calls.ndjson"):
        write(company, name, NAMELESS * 2)
    assert puller.pull("calls").accepted == 4
    write(company, "2026-11/calls.ndjson", NAMELESS * 3)
    found = puller.pull("calls")
    assert (found.accepted, found.duplicates, len(company.ids())) == (1, 2, 5)
    assert company.facts("interaction", "source") == [("calls",)] * 5


def test_with_a_source_of_its_own_files_may_overlap(company: Company) -> None:
    puller = company.declare(calls={**calls(), "set": {"source": "gateway"}})
    write(company, "monday.ndjson", NAMELESS)
    write(company, "tuesday.ndjson", NAMELESS * 2)
    found = puller.pull("calls")
    assert (found.accepted, found.duplicates) == (2, 1)


def test_a_file_that_may_still_be_written_waits(company: Company, clock: Clock) -> None:
    puller = company.declare(calls=calls())
    write(company, "a.ndjson", CALL.format(1), age=5)
    write(company, "ahead.ndjson", CALL.format(2), age=-3600)
    assert puller.pull("calls").accepted == 1
    clock.forward(seconds=6)
    assert (puller.pull("calls").accepted, company.ids()) == (1, ["1", "2"])


def test_a_file_that_cannot_be_read_is_named_and_tried_again_when_it_changes(company: Company) -> None:
    puller = company.declare(calls=calls())
    write(company, "a.ndjson", "<html>login</html>", age=90)
    write(company, "b.ndjson", CALL.format(1))
    for _ in range(2):
        found = puller.pull("calls")
        assert (found.status, company.ids()) == ("partial", ["1"])
        assert found.error is not None
        assert found.error.startswith("1 of 2 files cannot be read: a.ndjson: is an HTML page")
    write(company, "a.ndjson", CALL.format(2))
    assert (puller.pull("calls").status, company.ids()) == ("ok", ["1", "2"])
    gone = write(company, "c.ndjson", "<html>")
    assert puller.pull("calls").status == "partial"
    gone.unlink()
    assert puller.pull("calls").status == "ok"


def test_a_file_refused_by_the_mapping_is_tried_again_when_that_changes(company: Company) -> None:
    write(company, "hours.csv", "who,day_seen\na,2026-11-01\n")
    folder = {"folder": {"path": "in/*.csv"}}
    found = company.declare(people={"kind": "activity", "pull": dict(folder)}).pull("people")
    assert (found.status, found.accepted) == ("partial", 0)
    assert "has no column for" in (found.error or "")
    mended = {"kind": "activity", "map": {"actor": "who", "time": "day_seen"}, "pull": dict(folder)}
    assert company.declare(people=mended).pull("people").accepted == 1


PATTERNS: list[tuple[str, list[str]]] = [
    ("in", ["a"]), ("in/", ["a"]), ("in/*", ["a"]), ("in/**", ["a", "x/b", "x/y/c"]), ("in/*/*.ndjson", ["x/b"]),
    ("in/a.ndjson", ["a"]), ("in/[ab].ndjson", ["a"]), ("in/?.ndjson", ["a"]), ("in/x/**/c.ndjson", ["y/c"]),
    ("in/none*", []),
]  # fmt: skip


def test_patterns(company: Company) -> None:
    for name in ("a.ndjson", "x/b.ndjson", "x/y/c.ndjson", ".d.ndjson", "_SUCCESS"):
        write(company, name, CALL)
    task: Any = SimpleNamespace(context=company.declare(calls=calls()).context)
    for path, names in PATTERNS:
        found = Folder(FolderPull(path=path), task).look()
        assert sorted(one.path for one in found) == [f"{name}.ndjson" for name in names], path


def test_a_folder_that_is_not_there_fails_the_run(company: Company) -> None:
    found = company.declare(calls=calls()).pull("calls")
    assert (found.status, company.known("calls").failures) == ("failed", 1)
    assert "there is no folder" in (found.error or "")


def test_a_preview_changes_nothing(company: Company) -> None:
    puller = company.declare(calls=calls())
    write(company, "a.ndjson", CALL.format(1))
    preview = puller.preview("calls")
    assert [row["id"] for row in preview.sample] == ["1"]
    assert (company.ids(), pull_files(company.state, "calls")) == ([], {})
    assert puller.pull("calls").accepted == 1
