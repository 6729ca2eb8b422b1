"""What a benchmark reports: figures with their spread, and the machine they were taken on."""

from __future__ import annotations

import platform
import statistics
import time
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path

import msgspec
import psutil

PACKAGES = ("breakeven", "duckdb", "pyarrow", "numpy", "msgspec", "litestar", "uvicorn", "genai-prices")


class Figure(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One number that was measured several times."""

    name: str
    unit: str
    median: float
    least: float
    most: float
    runs: int
    at_least: float | None = None
    """What it should reach."""
    at_most: float | None = None
    reached: bool | None = None
    """Whether the median reaches it."""


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What one benchmark found in one case."""

    benchmark: str
    case: str
    rows: int | None
    """Interactions in the store or file, where it matters."""
    figures: Sequence[Figure]


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """What it ran on."""

    cores: int
    processor: str
    memory_gb: float
    system: str
    python: str
    packages: dict[str, str]


def figure(
    name: str, unit: str, values: Sequence[float], *, at_least: float | None = None, at_most: float | None = None
) -> Figure:
    """Median and spread of some measurements, beside what they should reach."""
    median = statistics.median(values)
    reached = None
    if at_least is not None or at_most is not None:
        reached = (at_least is None or median >= at_least) and (at_most is None or median <= at_most)
    return Figure(
        name=name, unit=unit, median=_short(median), least=_short(min(values)), most=_short(max(values)),
        runs=len(values), at_least=at_least, at_most=at_most, reached=reached,
    )  # fmt: skip


def milliseconds(action: Callable[[], object], runs: int) -> list[float]:
    """How long an action takes, each time."""
    return [seconds(action) * 1e3 for _ in range(runs)]


def seconds(action: Callable[[], object]) -> float:
    """How long an action takes."""
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def machine() -> Machine:
    """This machine and what is installed."""
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return Machine(
        cores=psutil.cpu_count() or 1,
        processor=named[0] if named else platform.processor(),
        memory_gb=round(psutil.virtual_memory().total / 2**30, 1),
        system=f"{platform.system()} {platform.release()}",
        python=platform.python_version(),
        packages={name: version(name) for name in PACKAGES},
    )


def _short(value: float) -> float:
    """Four digits: more are noise."""
    return float(f"{value:.4g}")
