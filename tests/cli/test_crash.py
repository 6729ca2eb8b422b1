"""The server killed under load: the short form of `python -m bench crash`."""

from __future__ import annotations

from pathlib import Path

from bench.company import write_workspace
from bench.crashing import torture
from bench.mixture import declare_hooks


def test_every_acknowledged_fact_is_there_once_after_kills(tmp_path: Path) -> None:
    folder = tmp_path / "company"
    write_workspace(folder)
    declare_hooks(folder)
    found = torture(folder, 2, senders=6, longest_s=0.8)
    assert (found.lost, found.doubled, found.problems) == ([], [], [])
    assert 0 < found.acknowledged <= found.stored
    assert found.by_way.keys() >= {"batch", "single", "binary", "spans", "release", "alert"}
