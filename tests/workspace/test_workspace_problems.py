"""Every kind of problem, as data: files in, exactly these problems out."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import cases_in, examples

from breakeven.errors import WorkspaceInvalid
from breakeven.workspace import check, load

CASES = Path(__file__).parent / "cases"
MAIN = "name: Case\ncurrency: USD\n"


def cases() -> list[Any]:
    found = []
    for file in sorted(CASES.glob("*.yaml")):
        found += [pytest.param(case, id=f"{file.stem}: {case['name']}") for case in cases_in(file)]
    return found


def write(folder: Path, files: dict[str, str | None]) -> None:
    for name, text in {"workspace.yaml": MAIN, **files}.items():
        if text is not None:
            (folder / name).write_text(text)


@pytest.mark.parametrize("case", cases())
def test_problems(case: dict[str, Any], tmp_path: Path) -> None:
    write(tmp_path, case["files"])
    problems = check(tmp_path)
    told = "\n".join(str(problem) for problem in problems)
    assert len(problems) == len(case["expect"]), told
    for problem, (place, message, hint) in zip(problems, case["expect"], strict=True):
        assert place == (f"{problem.file}:{problem.line}" if problem.file else ""), told
        assert message in f"{problem.message} {problem.fragment or ''}", told
        assert hint in (problem.hint or ""), told


@pytest.mark.parametrize("case", cases())
def test_load_raises_with_the_same_problems(case: dict[str, Any], tmp_path: Path) -> None:
    write(tmp_path, case["files"])
    errors = [problem for problem in check(tmp_path) if problem.severity == "error"]
    with pytest.raises(WorkspaceInvalid) as raised:
        load(tmp_path)
    assert list(raised.value.problems) == errors


def test_too_many_key_figures_only_warn(tmp_path: Path) -> None:
    names = "roi_ytd, hours_saved, incidents, revenue, cost, nps, csat, error_rate"
    write(tmp_path, {"views.yaml": f"key_figures: {{board: [{names}]}}"})
    (problem,) = check(tmp_path)
    assert problem.severity == "warning"
    assert len(load(tmp_path).key_figures["board"]) == 8


def test_files_that_are_not_text(tmp_path: Path) -> None:
    write(tmp_path, {})
    (tmp_path / "projects.yaml").write_bytes(b"projects: \xff\xfe")
    (tmp_path / "targets.yaml").mkdir()
    (tmp_path / "prices.yaml").write_bytes(b"a: \x00")
    told = [str(problem) for problem in check(tmp_path)]
    assert len(told) == 3
    assert "projects.yaml: not UTF-8 text" in told[0]
    assert "targets.yaml: cannot be read" in told[1]
    assert "prices.yaml" in told[2]


def test_file_that_is_too_large(tmp_path: Path) -> None:
    write(tmp_path, {"projects.yaml": "projects: []\n" + "# x\n" * 1_000_001})
    (problem,) = check(tmp_path)
    assert "larger than 4 MB" in problem.message


def test_shipped_targets_do_not_ask_for_what_an_own_methodology_dropped(tmp_path: Path) -> None:
    write(tmp_path, {"methodology.yaml": "metrics: {mttr_hours: {unit: hour, formula: resolve_hours_sum / 2}}"})
    workspace = load(tmp_path)
    assert {target.metric for target in workspace.targets} >= {"mttr_hours", "payback_months"}
    assert "nps" not in {target.metric for target in workspace.targets}


EXAMPLE = {file.name: file.read_text() for file in (Path(__file__).parent / "example").glob("*.yaml")}
PIECES = [
    "[",
    "]",
    "{",
    "}",
    ":",
    "- ",
    "\n",
    "  ",
    "#",
    "&a ",
    "*a",
    "!!x ",
    "null",
    "-1",
    "1e30",
    "1e400",
    "'",
    '"',
    "|",
    "{}",
]


@examples(25)
@given(st.sampled_from(sorted(EXAMPLE)), st.floats(0, 1), st.sampled_from(PIECES), st.integers(0, 6))
def test_a_slip_of_the_pen_is_a_problem_and_never_a_crash(file: str, where: float, piece: str, dropped: int) -> None:
    text = EXAMPLE[file]
    place = int(where * len(text))
    with TemporaryDirectory() as folder:
        write(Path(folder), {**EXAMPLE, file: text[:place] + piece + text[place + dropped :]})
        for problem in check(Path(folder)):
            assert problem.message
            assert problem.file
