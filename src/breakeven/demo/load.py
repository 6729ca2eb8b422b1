"""Imports the demo company's files as `breakeven import` would."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from breakeven.demo.files import Part
from breakeven.ingest.files import FileSummary, import_file, named_source
from breakeven.ingest.mapping import source_mapping
from breakeven.ingest.pipeline import Pipeline
from breakeven.workspace.definitions import Workspace


def load_company(
    parts: Sequence[Part],
    *,
    workspace: Workspace,
    pipeline: Pipeline,
    now: datetime,
    told: Callable[[FileSummary], None] | None = None,
) -> list[FileSummary]:
    """Take in the files in their order; `told` hears what became of each as soon as it is in."""
    found = []
    for part in parts:
        summary = import_file(
            pipeline,
            part.path,
            source_mapping(part.kind, base=named_source(workspace, part.kind, part.source)),
            now=now,
        )
        found.append(summary)
        if told is not None:
            told(summary)
    return found
