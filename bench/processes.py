"""The program in a process of its own, watched: how long it took, how much memory and processor time."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec
import psutil

PROGRAM = (str(Path(sys.executable).with_name("breakeven")),)
_LOOK = 0.02
"""Seconds between two looks at a process."""


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One process from its start to its end."""

    wall_s: float
    cpu_s: float
    peak_mb: float
    last_mb: float
    """Resident just before it ended."""
    output: str


def run(arguments: Sequence[str], program: Sequence[str] = PROGRAM) -> Run:
    """Run the program to its end. Raises RuntimeError with what it said where it fails."""
    with tempfile.TemporaryFile("w+") as said:
        began = time.perf_counter()
        process = subprocess.Popen([*program, *arguments], stdout=said, stderr=subprocess.STDOUT)
        watched, peak, last, cpu = psutil.Process(process.pid), 0, 0, 0.0
        while process.poll() is None:
            try:
                last = watched.memory_info().rss or last
                times = watched.cpu_times()
                peak, cpu = max(peak, last), times.user + times.system
            except psutil.NoSuchProcess:
                break
            time.sleep(_LOOK)
        process.wait()
        wall = time.perf_counter() - began
        said.seek(0)
        output = said.read()
    if process.returncode:
        raise RuntimeError(f"{' '.join(arguments)}: {output}")
    return Run(wall_s=wall, cpu_s=cpu, peak_mb=peak / 1e6, last_mb=last / 1e6, output=output)
