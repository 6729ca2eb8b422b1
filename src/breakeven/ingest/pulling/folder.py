"""New and changed files of a folder of this machine or of an object store, read as `breakeven import` reads files.

A file is known by its path, size, time of change and a digest of its bytes. It is read whole whenever one of the first
three is new and the digest is too; records that were in it before are known by their ids and change nothing.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, NamedTuple

import msgspec
import pyarrow as pa
import pyarrow.fs as fs

from breakeven.errors import BreakevenError, SourceAway, StoreError, UsageProblem
from breakeven.ingest.pulling.task import Task
from breakeven.ingest.readers import Origin
from breakeven.store.state_pulls import FileState
from breakeven.workspace.definitions import SourceMapping
from breakeven.workspace.pulls import FolderPull

_BLOCK = 4 << 20
_WILD = re.compile(r"[*?\[]")


class Found(NamedTuple):
    """A file that is there."""

    place: str
    """Where the file system has it."""
    path: str
    """Below the folder: what it is known by."""
    size: int
    modified: str
    """Time of change, ISO 8601 with all its digits."""


class Folder:
    """The declared folder. Raises UsageProblem, SourceAway."""

    def __init__(self, origin: FolderPull, task: Task) -> None:
        self._origin = origin
        self.files, where = _opened(origin, task)
        self.local = isinstance(self.files, fs.LocalFileSystem)
        parts = PurePosixPath(where).parts
        fixed = next((place for place, part in enumerate(parts) if _WILD.search(part)), len(parts))
        self.base, rest = str(PurePosixPath(*parts[:fixed])), parts[fixed:]
        try:
            if not rest:
                info = self.files.get_file_info(self.base)
                # A file that is named is itself what is pulled.
                rest = ("*",) if info.type is not fs.FileType.File else (parts[-1],)
                self.base = self.base if info.type is not fs.FileType.File else str(PurePosixPath(*parts[:-1]))
            if self.local and not Path(self.base).is_dir():
                raise SourceAway(f"there is no folder {self.base}")
        except OSError as error:
            raise _away(origin.path, error) from error
        self._pattern = re.compile(_regex("/".join(rest)))
        self._deep = len(rest) > 1 or "**" in rest

    def look(self) -> list[Found]:
        """Every file that fits the pattern, the oldest first. Names that begin with . or _ are left out."""
        try:
            infos = self.files.get_file_info(
                fs.FileSelector(self.base, allow_not_found=not self.local, recursive=self._deep)
            )
        except OSError as error:
            raise _away(self._origin.path, error) from error
        found = [
            Found(info.path, path, info.size, _time(info.mtime_ns)) for info in infos
            if info.type is fs.FileType.File and not info.base_name.startswith((".", "_"))
            and self._pattern.fullmatch(path := info.path[len(self.base) :].lstrip("/"))
        ]  # fmt: skip
        return sorted(found, key=lambda one: (one.modified, one.path))

    def digest(self, one: Found, task: Task) -> str:
        """The digest of a file of this machine."""
        with Path(one.place).open("rb") as stream:
            return _digest(stream, task)

    def fetched(self, one: Found, task: Task) -> tuple[Path, str]:
        """A copy of a file of an object store, under its own name, and its digest."""
        folder = task.scratch / "fetched"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        copy = folder / PurePosixPath(one.path).name
        try:
            with self.files.open_input_stream(one.place, compression=None) as stream, copy.open("wb") as target:
                return copy, _digest(_Tee(stream, target), task)
        except OSError as error:
            raise _away(self._origin.path, error) from error


class _Tee:
    """Gives what it reads to another one too."""

    def __init__(self, stream: Any, target: BinaryIO) -> None:
        self._stream, self._target = stream, target

    def read(self, size: int) -> bytes:
        data: bytes = self._stream.read(size)
        self._target.write(data)
        return data


def pull_folder(task: Task, origin: FolderPull, known: dict[str, FileState]) -> tuple[str | None, set[str]]:
    """Take in what is new. Gives what could not be read in words, and known failures whose files are gone.

    A file that cannot be read costs no other one; it is tried again when it or the source's declaration changes.
    """
    folder = Folder(origin, task)
    declared = declared_mapping(task.source)
    there = folder.look()
    for one in there:
        task.goes_on()
        before = known.get(one.path)
        same = before is not None and (before.size, before.modified) == (one.size, one.modified)
        if same and before is not None and (before.error is None or before.declared == declared):
            continue
        if _unsettled(one, origin, task.context.clock()):
            continue
        state = _read(task, folder, one, before, declared)
        task.read(state)
        known[one.path] = state
    paths = {one.path for one in there}
    failing = [(path, state.error) for path, state in known.items() if state.error is not None and path in paths]
    gone = {path for path, state in known.items() if state.error is not None and path not in paths}
    if not failing:
        return None, gone
    path, error = failing[0]
    more = f" and {len(failing) - 1} more" if len(failing) > 1 else ""
    return f"{len(failing)} of {len(there)} files cannot be read: {path}: {error}{more}", gone


def _read(task: Task, folder: Folder, one: Found, before: FileState | None, declared: str) -> FileState:
    error: str | None = None
    digest = ""
    try:
        if folder.local:
            path, digest = Path(one.place), folder.digest(one, task)
        else:
            path, digest = folder.fetched(one, task)
        if before is None or before.error is not None or before.digest != digest:
            task.take(path, task.source, Origin(task.source.name, one.path))
    except (StoreError, SourceAway):
        raise
    except OSError as problem:
        error = problem.strerror or str(problem)
    except BreakevenError as problem:
        error = str(problem).replace(f"{one.place} ", "").replace(f"{task.scratch}/fetched/", "")
    now = task.context.clock()
    return FileState(path=one.path, size=one.size, modified=one.modified, digest=digest, declared=declared,
                     taken_at=now, error=error)  # fmt: skip


def declared_mapping(source: SourceMapping) -> str:
    """Digest of how a source's columns become fields."""
    content = msgspec.json.encode(
        [source.kind, dict(source.map), dict(source.set), source.where, source.order_by], order="sorted"
    )
    return hashlib.blake2b(content, digest_size=8).hexdigest()


def _opened(origin: FolderPull, task: Task) -> tuple[fs.FileSystem, str]:
    scheme, sign, rest = origin.path.partition("://")
    try:
        if not sign:
            return fs.LocalFileSystem(), str(task.context.folder.resolve() / origin.path)
        if scheme in ("gs", "gcs"):
            return fs.GcsFileSystem(anonymous=origin.anonymous), rest
        keys: dict[str, Any] = {}
        if origin.access_key is not None and origin.secret_key is not None:
            keys = {"access_key": task.context.secret(origin.access_key),
                    "secret_key": task.context.secret(origin.secret_key)}  # fmt: skip
        if origin.endpoint is not None:
            kind, _, host = origin.endpoint.rstrip("/").partition("://")
            keys |= {"endpoint_override": host, "scheme": kind}
        if origin.region is not None:
            keys["region"] = origin.region
        return fs.S3FileSystem(anonymous=origin.anonymous, connect_timeout=10, request_timeout=60, **keys), rest
    except (OSError, pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise UsageProblem(f"{origin.path} cannot be opened: {error}") from error


def _digest(stream: Any, task: Task) -> str:
    found = hashlib.blake2b(digest_size=16)
    while block := stream.read(_BLOCK):
        found.update(block)
        task.goes_on()
    return found.hexdigest()


def _unsettled(one: Found, origin: FolderPull, now: datetime) -> bool:
    """Whether a file may still be written: a clock that runs ahead does not keep one out for ever."""
    if not one.modified:
        return False
    age = now - datetime.fromisoformat(one.modified[:26]).replace(tzinfo=UTC)
    return 0 <= age.total_seconds() < origin.settle.total_seconds()


def _time(nanoseconds: int | None) -> str:
    if nanoseconds is None:
        return ""
    seconds, rest = divmod(nanoseconds, 1_000_000_000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest:09d}"


def _regex(pattern: str) -> str:
    """A pattern of paths as a regular expression: ** is any folders, * and ? stay within a name."""
    parts: Iterator[str] = iter(re.split(r"(\*\*/|\*\*|\*|\?|\[[^\]/]+\])", pattern))
    signs = {"**/": "(?:[^/]+/)*", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return "".join(signs.get(part, part if part[:1] == "[" and len(part) > 2 else re.escape(part)) for part in parts)


def _away(path: str, error: OSError) -> SourceAway:
    first = str(error).split("\n", maxsplit=1)[0]
    return SourceAway(f"{path} cannot be read: {first[:300]}")
