"""Reports on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.cli.conftest import Once, Run

from breakeven.reports import REPORTS


@pytest.fixture
def filled(run: Run, workspace: Path, calls: Path, once: Once) -> Path:
    def make() -> None:
        run("import", "interaction", calls, "-w", workspace)

    once(make)
    return workspace


def test_a_report_is_printed_as_markdown(run: Run, filled: Path) -> None:
    done = run("report", "summary", "-w", filled, "--period", "2026-10")
    assert done.code == 0, done.err
    assert done.out.startswith("# Acme executive summary – October 2026\n")
    assert "AI cost $0" in done.out
    assert "is not known" in done.out


def test_the_ending_of_the_file_says_the_format(run: Run, filled: Path, tmp_path: Path) -> None:
    target = tmp_path / "finance.json"
    done = run("report", "cfo", "-w", filled, "--period", "2026-10", "-o", target)
    assert done.code == 0, done.err
    told = json.loads(target.read_text())
    assert told["hash"] in done.err
    assert told["kind"] == "cfo"


def test_a_spreadsheet_is_written_for_one_project(run: Run, filled: Path, tmp_path: Path) -> None:
    target = tmp_path / "own.xlsx"
    done = run("report", "business", "-w", filled, "--period", "2026-10", "--project", "unassigned", "-o", target)
    assert done.code == 0, done.err
    assert target.read_bytes().startswith(b"PK")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("bord",), "unknown report 'bord': did you mean board?"),
        (("cfo", "--format", "pdf"), "name a file with -o"),
        (("cfo", "-o", "report.doc"), "no format has the ending 'doc'"),
        (("cfo", "--period", "someday"), "someday"),
        (("cfo", "--project", "nobody"), "nobody"),
    ],
)
def test_what_cannot_be_done_is_said(run: Run, filled: Path, arguments: tuple[str, ...], said: str) -> None:
    done = run("report", *arguments, "-w", filled)
    assert done.code == 2
    assert said in done.err


def test_a_template_is_for_its_form(run: Run, filled: Path, tmp_path: Path) -> None:
    template, target = tmp_path / "own.typ", tmp_path / "summary.pdf"
    template.write_bytes(b"#let d = json(bytes(sys.inputs.document))\n#set document(title: d.title)\n= #d.title")
    ask = ("report", "summary", "-w", filled, "--period", "2026-10", "--template", template)
    done = run(*ask, "-o", target)
    assert done.code == 0, done.err
    assert target.read_bytes().startswith(b"%PDF")
    assert [path.name for path in tmp_path.glob(".*.part")] == []
    wrong = run(*ask, "-o", tmp_path / "summary.pptx")
    assert wrong.code == 2
    assert "own.typ is no template for pptx" in wrong.err


def test_help_names_every_report(run: Run) -> None:
    done = run("report", "--help")
    assert done.code == 0
    assert all(name in done.out for name in REPORTS)


def test_what_is_kept_is_listed_fetched_compared_and_verified(run: Run, filled: Path, tmp_path: Path) -> None:
    """One company from issue to proof; a number that was changed is found."""
    given, again = tmp_path / "given.md", tmp_path / "again.md"
    wanted = ("-w", filled, "--period", "2026-10")
    first = run("report", "summary", *wanted, "-o", given, "--keep", "--to", "Ana", "--rights", "")
    assert first.code == 0, first.err
    assert "issued as number 1" in first.err
    assert run("report", "summary", *wanted, "-o", tmp_path / "b.csv", "--keep").code == 0
    listed = json.loads(run("report", "issued", "-w", filled, "--format", "json").out)
    assert [(one["id"], one["form"], one["recipients"]) for one in listed] == [(2, "csv", []), (1, "md", ["Ana"])]
    assert "every file is there" in run("report", "issued", "-w", filled, "--check").err
    assert run("report", "fetch", "1", "-w", filled, "-o", again).code == 0
    assert again.read_bytes() == given.read_bytes()
    assert "they say the same" in run("report", "compare", "1", "2", "-w", filled).out
    proven = run("report", "verify", given, "-w", filled)
    assert proven.code == 0, proven.err
    assert "given.md: equal" in proven.out
    assert "as number 1 to Ana" in proven.out
    given.write_text(given.read_text().replace("October", "Octobre", 1))
    forged = run("report", "verify", given, "-w", filled)
    assert forged.code == 1
    assert "NOT EQUAL" in forged.out
    assert "+ # Acme executive summary – Octobre 2026" in forged.out
    kept = next((filled / "data" / "reports").glob("*/*"))
    kept.write_bytes(b"")
    damaged = run("report", "issued", "-w", filled, "--check")
    assert damaged.code == 1
    assert "was changed" in damaged.err
    assert run("report", "verify", tmp_path / "none.md", "-w", filled).code == 1
