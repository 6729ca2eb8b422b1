"""Imports the demo company's files by the same readers, steps and store as any other file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from breakeven.demo.files import Part
from breakeven.ingest.outcome import Outcome
from breakeven.ingest.pipeline import Pipeline
from breakeven.ingest.readers import open_source
from breakeven.workspace.definitions import Workspace

Told = Callable[[Part, Outcome], None]

MOST_REFUSALS = 100


def load_company(
    parts: Sequence[Part],
    *,
    workspace: Workspace,
    pipeline: Pipeline,
    now: datetime,
    told: Told | None = None,
) -> Outcome:
    """Take in the files in their order; `told` hears what became of each. The outcome of all of them together."""
    total = Outcome()
    for part in parts:
        outcome = _load(part, workspace, pipeline, now)
        total = total.plus(outcome, MOST_REFUSALS)
        if told is not None:
            told(part, outcome)
    return total


def _load(part: Part, workspace: Workspace, pipeline: Pipeline, now: datetime) -> Outcome:
    spec = workspace.sources[part.source] if part.source is not None else None
    reader = open_source(part.path, kind=part.kind, spec=spec)
    return pipeline.import_chunks(reader.chunks(), reader.kind, source=part.source or part.path.name, now=now)
