"""The demo company of a fixed seed and day: made once for all tests and all workers, each has a copy of its own."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from filelock import FileLock

from breakeven.demo.decisions import decide
from breakeven.demo.files import Part, write_company
from breakeven.demo.load import load_company
from breakeven.demo.timeline import Timeline
from breakeven.ingest.files import FileSummary
from breakeven.ingest.pipeline import Pipeline
from breakeven.ledger.ledger import Ledger
from breakeven.pricing import make_pricer
from breakeven.store.duckdb import DuckDBStore
from breakeven.store.state import State, file_url
from breakeven.workspace import load
from breakeven.workspace.definitions import Workspace

NOW = datetime(2026, 11, 22, 14, 30, tzinfo=UTC)
SEED = 8321
STORE, STATE = "data.duckdb", "state.sqlite"


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """How it was made. The files of the parts are named as they are in the folder."""

    parts: Sequence[Part]
    summaries: Sequence[FileSummary]
    closed: int
    """Months that were closed, in the file of the state; the store knows nothing of decisions."""


def demo_company(factory: pytest.TempPathFactory) -> tuple[Path, Made]:
    """A folder with workspace, files, store and state, and how they were made."""
    run = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        run = run.parent
    whole, said = run / "demo-company", run / "demo-company.json"
    with FileLock(run / "demo-company.lock"):
        if not said.exists():
            whole.mkdir()
            said.write_bytes(msgspec.json.encode(_make(whole), enc_hook=str))
    copy = shutil.copytree(whole, factory.mktemp("company"), dirs_exist_ok=True)
    made = msgspec.json.decode(said.read_bytes(), type=Made, dec_hook=lambda _, text: copy / text)
    return copy, made


def opened(folder: Path) -> tuple[Workspace, DuckDBStore, Pipeline]:
    """What runs over such a folder; close the pipeline, then the store."""
    workspace = load(folder)
    zone = workspace.calendar.time_zone
    store = DuckDBStore.open(folder / STORE, time_zone=zone)
    return workspace, store, Pipeline(workspace, store, make_pricer(workspace.prices, folder, zone))


def _make(folder: Path) -> Made:
    parts = write_company(folder, seed=SEED, now=NOW)
    workspace, store, pipeline = opened(folder)
    state = State.open(file_url(folder / STATE))
    try:
        summaries = load_company(parts, workspace=workspace, pipeline=pipeline, now=NOW)
        closed = decide(Ledger(workspace, store, state=state), Timeline(seed=SEED, now=NOW), NOW)
    finally:
        state.close()
        pipeline.close()
        store.close()
    named = [msgspec.structs.replace(part, path=part.path.relative_to(folder)) for part in parts]
    return Made(parts=named, summaries=summaries, closed=closed)
