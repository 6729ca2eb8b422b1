"""Checks on public data sets: `make test-real DATA=folder`. A missing file fails; nothing is skipped.

Each test works as a user would: a fresh workspace, the command line (or HTTP), and a comparison with numbers that were
computed independently (`truth.json` in the data folder).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

COMMAND = Path(sys.executable).with_name("breakeven")


class Company:
    """A workspace in a temporary folder, used through the command line."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.run("init", str(folder), "--name", "Real data")

    def run(self, *arguments: str, code: int | None = 0) -> str:
        """Standard output of a command; its exit code must be `code` (None: any)."""
        done = subprocess.run(
            [str(COMMAND), *arguments], capture_output=True, text=True, check=False, cwd=self.folder.parent
        )
        assert code is None or done.returncode == code, f"{arguments}\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stderr, done.stderr
        return done.stdout

    def load(self, kind: str, *paths: Path, code: int | None = 0, **options: Any) -> dict[str, Any]:
        """Import files; `map` and `set` are mappings, other options are passed on. Gives the summary."""
        arguments = ["import", kind, *map(str, paths), "-w", str(self.folder), "--format", "json"]
        for name in ("map", "set"):
            for field, expression in options.pop(name, {}).items():
                arguments += [f"--{name}", f"{field}={expression}"]
        for name, value in options.items():
            arguments += [f"--{name.replace('_', '-')}", str(value)]
        summary: dict[str, Any] = json.loads(self.run(*arguments, code=code))
        return summary

    def rows(self, metric: str, *options: str) -> list[dict[str, Any]]:
        """Rows of a metric."""
        text = self.run("metric", metric, "-w", str(self.folder), "--format", "json", *options)
        found: list[dict[str, Any]] = json.loads(text)["rows"]
        return found

    def value(self, metric: str, *options: str) -> Any:
        """The one value of a metric over everything, as JSON gives it."""
        (row,) = self.rows(metric, "--grain", "all", *options)
        return row["value"]

    def money(self, metric: str, *options: str) -> Decimal:
        """The one value of a metric over everything, exact; it must be a decimal string."""
        value = self.value(metric, *options)
        assert isinstance(value, str), value
        return Decimal(value)

    def declare(self, file: str, text: str) -> None:
        """Replace a file of the workspace."""
        (self.folder / file).write_text(text)


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of public data sets."""
    folder = Path(os.environ.get("BREAKEVEN_REAL_DATA", "../shared/data")).resolve()
    assert (folder / "truth.json").is_file(), f"no public data in {folder}: make test-real DATA=folder"
    return folder


@pytest.fixture(scope="session")
def truth(data: Path) -> dict[str, Any]:
    """Independently computed numbers by data set."""
    sets: dict[str, Any] = json.loads((data / "truth.json").read_text())["sets"]
    return sets


@pytest.fixture
def company(tmp_path: Path) -> Company:
    """A fresh workspace with its own store."""
    return Company(tmp_path / "company")


@pytest.fixture
def new_company(tmp_path: Path) -> Callable[[str], Company]:
    """Fresh workspaces by name, where one test needs several."""
    return lambda name: Company(tmp_path / name)
