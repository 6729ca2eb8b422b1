"""One run of a source, as its origin sees it: takes files in, says how far it got, and hears when to stop."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Protocol

import msgspec

from breakeven.ingest.files import FileSummary, import_file
from breakeven.ingest.outcome import Outcome
from breakeven.ingest.pipeline import Pipeline
from breakeven.ingest.readers import Origin, open_source
from breakeven.store.state import State
from breakeven.store.state_pulls import FileState, keep_file, keep_run
from breakeven.workspace.definitions import SourceMapping
from breakeven.workspace.pulls import Pull, Secret

ROWS = 50_000
"""Rows of a commit: few enough that requests do not wait long for their turn."""
SAMPLE = 20
"""Records that a dry run shows at the most."""


class Stopped(Exception):
    """The run is to end now: it goes on another time."""


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """What every run of a process shares."""

    folder: Path
    """The workspace's, for paths that are relative."""
    clock: Callable[[], datetime]
    secret: Callable[[Secret], str]
    """The secret itself. Raises UsageProblem with its name."""
    stop: threading.Event
    """Set: runs end soon."""


class Task(Protocol):
    """A run. `source` and `pull` say of what, `cursor` where it begins."""

    source: SourceMapping
    pull: Pull
    cursor: str | None
    now: datetime
    """When the run began."""
    context: Context
    scratch: Path
    """A folder for files, gone after the run."""

    def wait(self, seconds: float) -> None:
        """Wait. Raises Stopped, Lost."""
        ...

    def goes_on(self) -> None:
        """Say that the run is alive. Raises Stopped, Lost."""
        ...

    def take(self, path: Path, spec: SourceMapping, origin: Origin) -> FileSummary:
        """Take in a file. Raises FileUnreadable, UsageProblem, StoreError, Stopped, Lost."""
        ...

    def reached(self, cursor: str) -> None:
        """All up to a cursor is taken in. Raises Lost."""
        ...

    def read(self, file: FileState) -> None:
        """A file of a folder is done with. Raises Lost."""
        ...


class Taking:
    """A run that takes in."""

    def __init__(
        self, source: SourceMapping, pull: Pull, cursor: str | None, now: datetime, context: Context, scratch: Path, *,
        pipeline: Pipeline, state: State, holder: str, on_commit: Callable[[], None],
    ) -> None:  # fmt: skip
        self.source, self.pull, self.cursor, self.now, self.context, self.scratch = (
            source, pull, cursor, now, context, scratch
        )  # fmt: skip
        self._pipeline, self._state, self._holder, self._on_commit = pipeline, state, holder, on_commit
        self.accepted = self.duplicates = self.rejected = 0
        """Records so far."""
        self._kept = now

    def wait(self, seconds: float) -> None:
        """See Task."""
        until = seconds
        while until > 0:
            self.goes_on()
            if self.context.stop.wait(min(until, 10.0)):
                raise Stopped
            until -= 10.0

    def goes_on(self) -> None:
        """See Task."""
        if self.context.stop.is_set():
            raise Stopped
        now = self.context.clock()
        if abs((now - self._kept).total_seconds()) >= 10:
            keep_run(self._state, self.source.name, self._holder, now)
            self._kept = now

    def take(self, path: Path, spec: SourceMapping, origin: Origin) -> FileSummary:
        """See Task."""
        self.goes_on()
        before = self.accepted, self.duplicates, self.rejected

        def committed(outcome: Outcome) -> None:
            self.accepted = before[0] + outcome.accepted
            self.duplicates = before[1] + outcome.duplicates
            self.rejected = before[2] + outcome.refused
            self._on_commit()
            self.goes_on()

        now = self.context.clock()
        return import_file(self._pipeline, path, spec, now=now, origin=origin, rows=ROWS, on_commit=committed)

    def reached(self, cursor: str) -> None:
        """See Task."""
        self.cursor = cursor
        keep_run(self._state, self.source.name, self._holder, self.context.clock(), cursor=cursor)

    def read(self, file: FileState) -> None:
        """See Task."""
        keep_file(self._state, self.source.name, self._holder, self.context.clock(), file)


class Enough(Exception):
    """A dry run has seen enough."""


class Rehearsing:
    """A run that shows what it would take in, from the first file or page, and changes nothing."""

    def __init__(
        self, source: SourceMapping, pull: Pull, cursor: str | None, now: datetime, context: Context, scratch: Path
    ) -> None:
        self.source, self.pull, self.cursor, self.now, self.context, self.scratch = (
            source, pull, cursor, now, context, scratch
        )  # fmt: skip
        self.found: list[str] = []
        """What was looked at, in words."""
        self.sample: list[dict[str, object]] = []

    def wait(self, seconds: float) -> None:
        """See Task."""
        if self.context.stop.wait(seconds):
            raise Stopped

    def goes_on(self) -> None:
        """See Task."""

    def take(self, path: Path, spec: SourceMapping, origin: Origin) -> FileSummary:
        """See Task. Raises Enough when there is something to show."""
        with open_source(path, kind=spec.kind, spec=spec, origin=origin) as reader:
            for chunk in reader.chunks(ROWS):
                rows = chunk.slice(0, SAMPLE - len(self.sample)).to_pylist()
                self.sample += [{k: v for k, v in row.items() if v is not None} | {"kind of fact": reader.kind}
                                for row in rows]  # fmt: skip
                self.found.append(f"{chunk.num_rows} records for {reader.kind} in the first {origin.file or 'page'}")
                break
        if len(self.sample) >= SAMPLE:
            raise Enough
        return FileSummary(file=path.name, accepted=0, duplicates=0, rejected={}, ignored=(), left_out=0, notes=(),
                           resumed_after=0, problems=())  # fmt: skip

    def reached(self, cursor: str) -> None:
        """See Task."""

    def read(self, file: FileState) -> None:
        """See Task."""


def scratch_folder() -> tempfile.TemporaryDirectory[str]:
    """A folder that is gone at the end."""
    return tempfile.TemporaryDirectory(prefix="breakeven-pull-")
