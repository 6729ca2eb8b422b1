"""The command line in this process: arguments in, exit code and output out."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from breakeven.cli import main


class Done(NamedTuple):
    """A command that has ended."""

    code: int
    out: str
    err: str


Run = Callable[..., Done]
Once = Callable[[Callable[[], None]], None]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Run `breakeven` with arguments."""

    def call(*arguments: object) -> Done:
        monkeypatch.setattr(sys, "argv", ["breakeven", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capfd.readouterr()
        return Done(int(ended.value.code or 0), out, err)

    return call


@pytest.fixture(scope="session")
def _kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kept")


@pytest.fixture
def once(tmp_path: Path, _kept: Path) -> Once:
    """Prepare the test's folder: the first test does it, the others get a copy of what its folder was then."""

    def prepare(make: Callable[[], None]) -> None:
        made = _kept / f"{make.__module__}.{make.__qualname__}"
        if made.exists():
            shutil.copytree(made, tmp_path, dirs_exist_ok=True)
        else:
            make()
            shutil.copytree(tmp_path, made)

    return prepare


@pytest.fixture
def workspace(tmp_path: Path, run: Run, once: Once) -> Path:
    """A workspace as `init` writes it."""
    folder = tmp_path / "company"

    def make() -> None:
        assert run("init", folder, "--name", "Acme").code == 0

    once(make)
    return folder


@pytest.fixture
def calls(tmp_path: Path) -> Path:
    """Three calls, one of them twice, and two lines that are wrong."""
    path = tmp_path / "calls.ndjson"
    path.write_text(
        '{"id": "1", "source": "gateway", "time": "2026-10-01T10:00:00Z", "cost": "0.10", "input_tokens": 7}\n'
        '{"id": "2", "source": "gateway", "time": "2026-10-02T10:00:00Z", "cost": "0.20", "model": "m"}\n'
        '{"id": "1", "source": "gateway", "time": "2026-10-01T10:00:00Z", "cost": "0.10", "input_tokens": 7}\n'
        "{broken\n"
        '{"id": "3", "source": "gateway", "time": "yesterday"}\n'
    )
    return path
