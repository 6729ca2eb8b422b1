"""The demo's folder: made once a day, never over anything else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from breakeven.cli import breakeven, demo
from breakeven.demo.files import Part
from breakeven.errors import UsageProblem
from breakeven.settings import Settings
from breakeven.workspace import create

NOW = datetime(2026, 11, 15, 12, tzinfo=UTC)
COSTS = "id,start,amount\n1,2026-11-01T00:00:00Z,5\n2,soon,5\n"


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Seeds of the companies that were written; each is a small one."""
    seeds: list[int] = []

    def write(folder: Path, *, seed: int, now: datetime) -> list[Part]:
        seeds.append(seed)
        (folder / "costs.csv").write_text(COSTS)
        create(folder / "new", name="Small", currency="USD")
        for path in (folder / "new").iterdir():
            path.rename(folder / path.name)
        return [Part(kind="cost", path=folder / "costs.csv")]

    monkeypatch.setattr(demo, "write_company", write)
    monkeypatch.setattr(demo, "decide", lambda *_: 3)
    return seeds


@pytest.fixture
def prepare(tmp_path: Path) -> Callable[..., list[str]]:
    def run(seed: int = 1, now: datetime = NOW) -> list[str]:
        said: list[str] = []
        folder = tmp_path / "demo"
        demo.prepare(Settings(workspace=folder, data=folder / "data"), seed, now, said.append)
        return said

    return run


def test_it_is_made_and_used_again_on_the_same_day(prepare: Callable[..., list[str]], made: list[int]) -> None:
    first = prepare()
    assert made == [1]
    assert "writing a made-up company with seed 1" in first[0]
    assert first[1].endswith("costs.csv: 1 records, 1 rejected")
    assert "3 months closed" in first[2]
    assert "as made earlier today" in prepare()[0]
    assert made == [1]


def test_it_is_made_anew_for_another_day_or_seed_or_if_it_was_not_finished(
    prepare: Callable[..., list[str]], made: list[int], tmp_path: Path
) -> None:
    prepare()
    assert "is made anew" in prepare(now=NOW + timedelta(days=1))[0]
    prepare(seed=2, now=NOW + timedelta(days=1))
    assert made == [1, 1, 2]
    stamp = tmp_path / "demo" / demo.STAMP
    stamp.write_text(stamp.read_text().replace('"complete":true', '"complete":false'))
    prepare(seed=2, now=NOW + timedelta(days=1))
    assert made == [1, 1, 2, 2]


def test_anything_else_in_the_folder_is_left_alone(
    prepare: Callable[..., list[str]], made: list[int], tmp_path: Path
) -> None:
    kept = tmp_path / "demo" / "workspace.yaml"
    kept.parent.mkdir()
    kept.write_text("name: Mine\n")
    with pytest.raises(UsageProblem, match="holds something else than a demo: name another with --folder"):
        prepare()
    assert kept.read_text() == "name: Mine\n"
    assert made == []


def test_a_workspace_before_the_command_is_no_place_for_a_demo(tmp_path: Path) -> None:
    result = CliRunner().invoke(breakeven, ["-w", str(tmp_path), "demo"])
    assert isinstance(result.exception, UsageProblem)
    assert "--folder" in str(result.exception)
