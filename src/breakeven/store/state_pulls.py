"""How far each pulled source was read, which files of a folder were, how runs went, and who is running one now.

A run is held by one holder for a while and held on to as it goes on, so that no two processes that share a state pull
the same source at once. What a holder writes is written only while it still holds the run.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import msgspec
from sqlalchemy import Connection, delete, insert, or_, select, update

from breakeven.store.state import State
from breakeven.store.state_tables import pull, pull_file, pull_run

HELD_FOR = timedelta(minutes=2)
"""After this long without a sign of life a run is taken for dead."""
KEPT_RUNS = 100
"""Runs of a source that are remembered."""

Status = Literal["never", "running", "ok", "partial", "failed", "interrupted"]


class PullState(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one source; times are UTC."""

    name: str
    declared: str = ""
    """Digest of what the cursor belongs to; another one begins anew."""
    cursor: str | None = None
    """Where the next run begins, as its origin writes it."""
    status: Status = "never"
    """Of the last run. partial: some files could not be read, all others were."""
    started: datetime | None = None
    ended: datetime | None = None
    succeeded: datetime | None = None
    """When the last run began that read everything it should."""
    fed: datetime | None = None
    """When a run last brought a new record."""
    newest: datetime | None = None
    """Time of the latest record that it brought."""
    not_before: datetime | None = None
    """The source asked not to be asked before."""
    failures: int = 0
    """Failed runs in a row."""
    error: str | None = None
    accepted: int = 0
    duplicates: int = 0
    rejected: int = 0
    """Records of the last run."""
    total: int = 0
    """Records accepted over all runs."""
    holder: str | None = None
    held_until: datetime | None = None

    def running(self, now: datetime) -> bool:
        """Whether a run is under way."""
        return self.holder is not None and self.held_until is not None and self.held_until > now


class FileState(msgspec.Struct, frozen=True, kw_only=True):
    """A file as it was when it was last read."""

    path: str
    size: int
    modified: str
    """As the file system says it."""
    digest: str
    """BLAKE2 of its bytes."""
    declared: str
    """Digest of the mapping it was read with."""
    taken_at: datetime
    error: str | None = None


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """How a run ended."""

    status: Status
    accepted: int = 0
    duplicates: int = 0
    rejected: int = 0
    newest: datetime | None = None
    error: str | None = None
    not_before: datetime | None = None


class Lost(Exception):
    """Another holder has the run: it was taken for dead."""


_TIMES = ("started", "ended", "succeeded", "fed", "newest", "not_before", "held_until")


def pull_states(state: State) -> dict[str, PullState]:
    """Name → what is known of it, for every source that was ever pulled. Raises StoreError."""
    with state.reading() as connection:
        rows = connection.execute(select(pull)).mappings().all()
    return {row["name"]: _read(row) for row in rows}


def pull_runs(state: State, name: str, limit: int = 20) -> list[Result]:
    """The latest runs of a source, newest first."""
    query = select(pull_run).where(pull_run.c.name == name).order_by(pull_run.c.id.desc()).limit(limit)
    with state.reading() as connection:
        return [Result(status=row["status"], accepted=row["accepted"], duplicates=row["duplicates"],
                       rejected=row["rejected"], error=row["error"])
                for row in connection.execute(query).mappings()]  # fmt: skip


def pull_files(state: State, name: str) -> dict[str, FileState]:
    """Path → the file as it was read last."""
    query = select(pull_file).where(pull_file.c.name == name)
    with state.reading() as connection:
        rows = connection.execute(query).mappings().all()
    return {
        row["path"]: FileState(path=row["path"], size=row["size"], modified=row["modified"], digest=row["digest"],
                               declared=row["declared"], taken_at=datetime.fromisoformat(row["taken_at"]),
                               error=row["error"])
        for row in rows
    }  # fmt: skip


def failing_files(state: State) -> dict[str, list[tuple[str, str]]]:
    """Source → files that could not be read as they are now, with the reason."""
    query = select(pull_file.c.name, pull_file.c.path, pull_file.c.error).where(pull_file.c.error.is_not(None))
    found: dict[str, list[tuple[str, str]]] = {}
    with state.reading() as connection:
        for name, path, error in connection.execute(query.order_by(pull_file.c.name, pull_file.c.path)):
            found.setdefault(name, []).append((path, error))
    return found


def begin_run(state: State, name: str, declared: str, holder: str, now: datetime) -> PullState | None:
    """Take hold of a source; None while another holder has it. What was read under another `declared` is forgotten."""
    with state.writing(counted=False) as connection:
        row = connection.execute(select(pull).where(pull.c.name == name)).mappings().one_or_none()
        if row is None:
            connection.execute(insert(pull).values(
                name=name, declared=declared, status="never", failures=0, accepted=0, duplicates=0, rejected=0, total=0,
            ))  # fmt: skip
        free = or_(pull.c.holder.is_(None), pull.c.held_until <= _text(now))
        taken = connection.execute(
            update(pull).where(pull.c.name == name, free)
            .values(holder=holder, held_until=_text(now + HELD_FOR), started=_text(now), status="running")
        ).rowcount  # fmt: skip
        if not taken:
            return None
        if row is not None and row["declared"] != declared:
            connection.execute(update(pull).where(pull.c.name == name).values(declared=declared, cursor=None))
        found = connection.execute(select(pull).where(pull.c.name == name)).mappings().one()
    return _read(found)


def release(state: State, name: str, dead: str) -> None:
    """Let go of a source whose holder is known to be gone: its run is interrupted."""
    with state.writing(counted=False) as connection:
        held = update(pull).where(pull.c.name == name, pull.c.holder == dead)
        connection.execute(held.values(holder=None, held_until=None, status="interrupted"))


def keep_run(state: State, name: str, holder: str, now: datetime, *, cursor: str | None = None) -> None:
    """Hold on to a run; with `cursor`, what was committed reaches that far. Raises Lost."""
    values = {"held_until": _text(now + HELD_FOR)} | ({} if cursor is None else {"cursor": cursor})
    with state.writing(counted=False) as connection:
        _held(connection, name, holder, values)


def keep_file(state: State, name: str, holder: str, now: datetime, file: FileState) -> None:
    """Remember a file that was read, and hold on to the run. Raises Lost."""
    values = {**msgspec.structs.asdict(file), "name": name, "taken_at": _text(file.taken_at)}
    with state.writing(counted=False) as connection:
        _held(connection, name, holder, {"held_until": _text(now + HELD_FOR)})
        connection.execute(delete(pull_file).where(pull_file.c.name == name, pull_file.c.path == file.path))
        connection.execute(insert(pull_file).values(**values))


def forget_files(state: State, name: str, paths: set[str]) -> None:
    """Files that could not be read and are gone: nothing to complain about any more."""
    with state.writing(counted=False) as connection:
        for path in paths:
            connection.execute(delete(pull_file).where(pull_file.c.name == name, pull_file.c.path == path))


def end_run(state: State, name: str, holder: str, started: datetime, now: datetime, result: Result) -> None:
    """Write how a run ended and let go of it. A run that another one took over writes nothing."""
    with state.writing(counted=False) as connection:
        row = connection.execute(select(pull).where(pull.c.name == name)).mappings().one()
        if row["holder"] != holder:
            return
        before, fine = _read(row), result.status in ("ok", "partial")
        newest = max((one for one in (before.newest, result.newest) if one is not None), default=None)
        connection.execute(update(pull).where(pull.c.name == name).values(
            status=result.status, ended=_text(now), holder=None, held_until=None, error=result.error,
            accepted=result.accepted, duplicates=result.duplicates, rejected=result.rejected,
            total=before.total + result.accepted,
            failures=0 if fine else before.failures + (result.status == "failed"),
            succeeded=_text(started) if fine else row["succeeded"],
            fed=_text(started) if result.accepted else row["fed"],
            newest=None if newest is None else _text(newest),
            not_before=None if result.not_before is None else _text(result.not_before),
        ))  # fmt: skip
        connection.execute(insert(pull_run).values(
            name=name, started=_text(started), ended=_text(now), status=result.status, accepted=result.accepted,
            duplicates=result.duplicates, rejected=result.rejected, error=result.error,
        ))  # fmt: skip
        kept = select(pull_run.c.id).where(pull_run.c.name == name).order_by(pull_run.c.id.desc()).limit(KEPT_RUNS)
        old = min(connection.execute(kept).scalars())
        connection.execute(delete(pull_run).where(pull_run.c.name == name, pull_run.c.id < old))


def forget_pull(state: State, name: str) -> None:
    """Begin anew with the next run: neither cursor nor files are remembered."""
    with state.writing(counted=False) as connection:
        connection.execute(update(pull).where(pull.c.name == name).values(cursor=None))
        connection.execute(delete(pull_file).where(pull_file.c.name == name))


def _held(connection: Connection, name: str, holder: str, values: Mapping[str, Any]) -> None:
    held = update(pull).where(pull.c.name == name, pull.c.holder == holder).values(**values)
    if not connection.execute(held).rowcount:
        raise Lost(f"the pull of {name} was taken over by another process")


def _text(moment: datetime) -> str:
    """ISO 8601 in UTC with microseconds: texts compare as the times do."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def _read(row: Mapping[Any, Any]) -> PullState:
    times = {name: None if row[name] is None else datetime.fromisoformat(row[name]) for name in _TIMES}
    return PullState(**{**{name: row[name] for name in PullState.__struct_fields__}, **times})
