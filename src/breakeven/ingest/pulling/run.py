"""One run of a source, from taking hold of it to writing down how it ended."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from breakeven.errors import BreakevenError, Busy, SourceAway, UnknownName
from breakeven.facts import TIME_FIELD
from breakeven.ingest.mapping import fact_kind
from breakeven.ingest.pipeline import Pipeline
from breakeven.ingest.pulling.database import pull_database
from breakeven.ingest.pulling.folder import pull_folder
from breakeven.ingest.pulling.mlflow import pull_mlflow
from breakeven.ingest.pulling.rest import pull_rest
from breakeven.ingest.pulling.task import Context, Enough, Rehearsing, Stopped, Taking, Task, scratch_folder
from breakeven.store.holders import gone, holder_name
from breakeven.store.schema import FACT_TABLES
from breakeven.store.state import State
from breakeven.store.state_pulls import (
    Lost,
    Result,
    Status,
    begin_run,
    end_run,
    forget_files,
    forget_pull,
    pull_files,
    pull_states,
    release,
)
from breakeven.workspace.definitions import SourceMapping, Workspace
from breakeven.workspace.pull_reading import MLFLOW
from breakeven.workspace.pulls import DatabasePull, FolderPull, MlflowPull, Pull, RestPull, Secret

MLFLOW_KINDS = ("model_state", "deployment", "evaluation")
LONGEST = 500
"""Characters of an error that are kept."""


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """What a run would take in."""

    found: list[str]
    sample: list[dict[str, object]]


class Puller:
    """Runs sources of a workspace, one run of a source at a time."""

    def __init__(
        self, workspace: Workspace, pipeline: Pipeline, state: State, secret: Callable[[Secret], str], *,
        clock: Callable[[], datetime], on_commit: Callable[[], None] = lambda: None,
    ) -> None:  # fmt: skip
        """`on_commit` is called after each commit, in the thread of the run."""
        self._workspace, self._pipeline, self._state, self._on_commit = workspace, pipeline, state, on_commit
        self.stop = threading.Event()
        """Set: runs end soon, and go on another time."""
        self.context = Context(folder=Path(workspace.path), clock=clock, secret=secret, stop=self.stop)
        self.holder = holder_name()
        self.pulled = pulled(workspace)

    def pull(self, name: str, *, anew: bool = False) -> Result:
        """Run a source now. `anew` forgets how far it was read.

        What goes wrong is in the result, and in the state. Raises UnknownName, Busy where it is being run already, and
        StoreError where the state cannot be written.
        """
        source, declared = self._source(name)
        now = self.context.clock()
        self.release_dead()
        begun = begin_run(self._state, name, cursor_digest(declared), self.holder, now)
        if begun is None:
            raise Busy(f"{name} is being pulled already")
        if anew:
            forget_pull(self._state, name)
        versions = self._pipeline.store.versions().data
        with scratch_folder() as scratch:
            task = Taking(
                source, declared, None if anew else begun.cursor, now, self.context, Path(scratch),
                pipeline=self._pipeline, state=self._state, holder=self.holder, on_commit=self._on_commit,
            )  # fmt: skip
            try:
                result = self._ended(task)
            except BaseException:
                # Ctrl-C: nobody has to wait until the run is taken for dead.
                stopped = Result(status="interrupted", accepted=task.accepted, error="stopped by hand")
                end_run(self._state, name, self.holder, now, self.context.clock(), stopped)
                raise
        newest = self._newest(source, versions) if result.accepted else None
        result = msgspec.structs.replace(result, newest=newest)
        end_run(self._state, name, self.holder, now, self.context.clock(), result)
        return result

    def preview(self, name: str, *, anew: bool = False) -> Preview:
        """What a run would take in, from the first page or files; nothing is changed. Raises what a run may meet."""
        source, declared = self._source(name)
        known = pull_states(self._state).get(name)
        cursor = known.cursor if known is not None and known.declared == cursor_digest(declared) else None
        with scratch_folder() as scratch:
            task = Rehearsing(
                source, declared, None if anew else cursor, self.context.clock(), self.context, Path(scratch)
            )
            try:
                failing = self._run(task, anew=anew)
            except Enough:
                failing = None
        return Preview(found=[*task.found, *([failing] if failing else [])], sample=task.sample)

    def release_dead(self) -> None:
        """Let go of the sources that are held by processes of this machine that are gone."""
        for name, known in pull_states(self._state).items():
            if known.holder is not None and gone(known.holder):
                release(self._state, name, known.holder)

    def _source(self, name: str) -> tuple[SourceMapping, Pull]:
        if name not in self.pulled:
            raise UnknownName("pulled source", name, self.pulled)
        source = self.pulled[name]
        if source.pull is None:
            raise AssertionError
        return source, source.pull

    def _ended(self, task: Taking) -> Result:
        status: Status = "ok"
        error: str | None = None
        not_before: datetime | None = None
        try:
            error = self._run(task)
            status = "partial" if error is not None else "ok"
        except Stopped:
            status, error = "interrupted", "stopped; it goes on where it got to"
        except Lost as lost:
            status, error = "interrupted", str(lost)
        except BreakevenError as problem:
            status, error = "failed", str(problem)
            if isinstance(problem, SourceAway) and problem.retry_after:
                not_before = self.context.clock() + timedelta(seconds=min(problem.retry_after, 86_400.0))
        except Exception as problem:  # noqa: BLE001 - whatever an origin meets must be seen at the source, not lost
            status, error = "failed", f"{type(problem).__name__}: {problem}"
        return Result(
            status=status, accepted=task.accepted, duplicates=task.duplicates, rejected=task.rejected,
            error=None if error is None else error[:LONGEST], not_before=not_before,
        )  # fmt: skip

    def _run(self, task: Task, *, anew: bool = False) -> str | None:
        """Run an origin; gives what could not be read where the rest could."""
        match task.pull.origin:
            case FolderPull() as origin:
                known = {} if anew else pull_files(self._state, task.source.name)
                failing, gone = pull_folder(task, origin, known)
                if gone and isinstance(task, Taking):
                    forget_files(self._state, task.source.name, gone)
                return failing
            case DatabasePull() as origin:
                pull_database(task, origin)
            case RestPull() as origin:
                pull_rest(task, origin)
            case MlflowPull() as origin:
                pull_mlflow(task, origin)
        return None

    def _newest(self, source: SourceMapping, since: int) -> datetime | None:
        """Time of the latest record that came in after a data version, of those that are surely this source's."""
        if "source" in source.map:
            return None
        kinds = MLFLOW_KINDS if source.kind == MLFLOW else (fact_kind(source.kind),)
        parts = [f"SELECT max({TIME_FIELD[kind]}) AS newest FROM {FACT_TABLES[kind].name}"
                 f" WHERE data_version > {since} AND source = ?" for kind in kinds]  # fmt: skip
        named = source_name(source)
        sql = f"SELECT max(newest) AS newest FROM ({' UNION ALL '.join(parts)})"
        found: datetime | None = self._pipeline.store.query(sql, [named] * len(kinds))["newest"][0].as_py()
        return found


def pulled(workspace: Workspace) -> dict[str, SourceMapping]:
    """The sources of a workspace that are pulled, by name."""
    return {name: source for name, source in workspace.sources.items() if source.pull is not None}


def source_name(source: SourceMapping) -> str:
    """The source that the facts of a pulled source have, where a record does not name its own."""
    return source.set.get("source", source.name)


def cursor_digest(pull: Pull) -> str:
    """Digest of what a cursor belongs to: with another one, an old cursor means nothing."""
    match pull.origin:
        case FolderPull():
            about: object = "folder"
        case DatabasePull() as origin:
            about = ("database", origin.table, origin.query, origin.cursor)
        case RestPull() as origin:
            about = ("rest", origin.url, origin.since and (origin.since.parameter, origin.since.field))
        case MlflowPull() as origin:
            about = ("mlflow", origin.url)
    return hashlib.blake2b(msgspec.json.encode(about), digest_size=8).hexdigest()
