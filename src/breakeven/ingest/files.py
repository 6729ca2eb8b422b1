"""A file into the store: opened, read in chunks, taken in, and summed up. The same way for every file there is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

import msgspec

from breakeven.errors import UnknownName, UsageProblem
from breakeven.ingest.outcome import Outcome
from breakeven.ingest.pipeline import Pipeline
from breakeven.ingest.readers import CHUNK_ROWS, Origin, open_source
from breakeven.ingest.resuming import Mark, found_mark, mark_name
from breakeven.store.base import Commit
from breakeven.workspace.definitions import SourceMapping, Workspace

Progress = Callable[[int, int], None]
"""Called with how much is done, of how much."""


class FileSummary(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one file."""

    file: str
    accepted: int
    duplicates: int
    rejected: Mapping[str, int]
    """Reason → rows."""
    ignored: Sequence[str]
    """Columns of the file that feed nothing."""
    left_out: int
    """Rows that `where` leaves out, and rows that a later one of the same file supersedes."""
    notes: Sequence[str]
    """How the file was read, where a person should know."""
    problems: Sequence[str]
    """The first rejected rows, in words."""
    resumed_after: int
    """Rows that an earlier run took in before it was interrupted; they are in none of the other numbers."""


def named_source(workspace: Workspace, kind: str, name: str | None) -> SourceMapping | None:
    """A source of sources.yaml; None without a name. Raises UnknownName, and UsageProblem for another kind."""
    if name is None:
        return None
    if name not in workspace.sources:
        raise UnknownName("source", name, workspace.sources)
    if workspace.sources[name].kind != kind:
        raise UsageProblem(f"source {name!r} is of kind {workspace.sources[name].kind}, not {kind}")
    return workspace.sources[name]


def import_file(
    pipeline: Pipeline,
    path: Path,
    spec: SourceMapping,
    *,
    now: datetime,
    sheet: str | None = None,
    on_progress: Progress | None = None,
    origin: Origin | None = None,
    rows: int = CHUNK_ROWS,
    on_commit: Callable[[Outcome], None] | None = None,
) -> FileSummary:
    """Take in one file as `spec` says, `rows` in a commit; `on_progress` is called after each chunk.

    `on_commit` gets what became of the rows so far, after each chunk too; what it raises ends the reading there.

    An import of the same file that was interrupted goes on behind its last commit.

    Raises FileUnreadable, UnknownName, FormulaInvalid, UsageProblem, StoreError.
    """
    with open_source(path, kind=spec.kind, spec=spec, sheet=sheet, origin=origin) as reader:
        name = mark_name(path, spec, sheet)
        begun = found_mark(pipeline.store, name)
        done = begun.rows

        def mark(taken: int) -> tuple[str, str]:
            nonlocal done
            done += taken
            return name, Mark(rows=done, own_ids=reader.own_ids).text

        outcome = pipeline.import_chunks(
            reader.chunks(rows, begun),
            reader.kind,
            source=reader.source,
            now=now,
            on_progress=on_commit or ((lambda _: on_progress(*reader.progress())) if on_progress else None),
            mark=mark,
        )
        pipeline.store.append(Commit(mark=(name, None), recorded_at=now))
    return FileSummary(
        file=str(path),
        accepted=outcome.accepted,
        duplicates=outcome.duplicates,
        rejected={str(reason): rows for reason, rows in outcome.rejected.items()},
        ignored=reader.ignored,
        left_out=reader.filtered + reader.superseded,
        notes=reader.notes,
        resumed_after=begun.rows,
        problems=[refusal.message for refusal in outcome.refusals[:20]],
    )
