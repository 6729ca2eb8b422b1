"""The archive of issued reports: an index in the state, the files beside it, each named by its SHA-256.

    archive = Archive(state, data_folder, workspace)
    issue = archive.keep(document, "pdf", content, recipients=[…], schedule="monthly", now=now, run=key)
    archive.issues(report="cfo"), archive.get(id), archive.content(id), archive.document(id), archive.problems()

A file is on disk before its row is written: whatever ends the process in between, no row points at nothing. What was
kept is never changed; a file that is missing or was changed is reported, never handed out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from breakeven.errors import NotFound, Problem, StoreDamaged
from breakeven.reports.document import Document
from breakeven.reports.hashing import content_hash
from breakeven.reports.kept_files import KeptFiles
from breakeven.reports.progress import unbroken
from breakeven.reports.provenance import Provenance, decoded, encoded
from breakeven.reports.writers.registry import form_named, write
from breakeven.store.state import State
from breakeven.store.state_reports import Stored, add_issue, issue_row, issue_rows
from breakeven.workspace.definitions import Workspace
from breakeven.workspace.version import files_digest

FOLDER = "reports"
"""In the data folder."""
EVERY = 500
"""Issues that are checked at a time."""


class Issue(msgspec.Struct, frozen=True, kw_only=True):
    """A report as it was handed out once, in one form."""

    id: int
    report: str
    """Its name: cfo, board…"""
    title: str
    period: str
    """In words: October 2026."""
    form: str
    name: str
    """Of its file: cfo-2026-10.pdf."""
    bytes: int
    sha256: str
    """Of the file's content."""
    hash: str
    """Of what the document says."""
    data_version: int
    methodology_version: str
    filters: tuple[tuple[str, str], ...]
    """Those in force, in words, as they are printed inside."""
    recipients: tuple[str, ...]
    scope: str
    """Whose rights it was made under; empty: nothing was hidden."""
    schedule: str | None
    """The schedule that issued it; None: a person did."""
    issued_at: datetime
    run: str | None = None
    origin: Provenance
    """What makes it again."""
    document: str
    """SHA-256 of the kept document, from which two issues are compared."""


class Archive:
    """Of one company; safe to use from many threads and several servers with one state and one folder."""

    def __init__(self, state: State, data: Path, workspace: Workspace | None = None) -> None:
        """`workspace`: its files are kept with what is made under them, to make it again when they have changed."""
        self._state, self._files, self._workspace = state, KeptFiles(data / FOLDER), workspace

    def keep(
        self, document: Document, form: str, content: bytes, *, recipients: Sequence[str] = (),
        scope: str | None = None, schedule: str | None = None, now: datetime, run: str | None = None,
    ) -> Issue:  # fmt: skip
        """Keep what is handed out, before it is: it is on disk when this returns.

        `run`: names the occasion; a second time of the same run, form and scope gives the issue that is kept. `scope`
        None: the rights that the document was made under. Whoever breaks work off does so before this or after it.
        Raises UnknownName for a form, StoreError.
        """
        with unbroken():
            said = self._files.put(write(document, "json"))
        digest = self._files.put(content)
        held = _Origin(provenance=decoded(encoded(document)), document=said)
        values: dict[str, Any] = {
            "report": document.kind, "title": document.title, "period": document.period, "form": form,
            "name": file_name(document, form), "bytes": len(content), "sha256": digest,
            "hash": content_hash(document), "data_version": document.versions.data,
            "methodology": document.versions.methodology, "origin": _text(held), "filters": _text(document.filters),
            "recipients": _text(tuple(recipients)), "scope": document.rights if scope is None else scope,
            "schedule": schedule, "run": run, "issued_at": now.astimezone(UTC).isoformat(),
        }  # fmt: skip
        declared = self._declared(document)
        return _read(add_issue(self._state, values, {document.declared: declared} if declared else {}))

    def _declared(self, document: Document) -> Mapping[str, str]:
        """The files that a document was made under; empty where they are others by now."""
        files = {} if self._workspace is None else self._workspace.files
        return files if document.declared and files_digest(files) == document.declared else {}

    def issues(
        self, report: str | None = None, *, schedule: str | None = None, before: int | None = None, limit: int = 100
    ) -> list[Issue]:
        """The latest first. `before`: those with a smaller id, for the next page."""
        return [_read(row) for row in
                issue_rows(self._state, report=report, schedule=schedule, before=before, limit=limit)]  # fmt: skip

    def get(self, number: int) -> Issue:
        """One issue. Raises NotFound."""
        row = issue_row(self._state, number)
        if row is None:
            raise NotFound(f"no report was issued under number {number}")
        return _read(row)

    def content(self, number: int) -> bytes:
        """The file as it was handed out. Raises NotFound, StoreDamaged where it is missing or was changed."""
        issue = self.get(number)
        with _named(issue):
            content = self._files.read(issue.sha256)
        return content  # noqa: RET504 - mypy: what a context may swallow

    def document(self, number: int) -> dict[str, Any]:
        """What it said, as JSON has it. Raises NotFound, StoreDamaged where it is missing or was changed."""
        issue = self.get(number)
        with _named(issue):
            found: dict[str, Any] = msgspec.json.decode(self._files.read(issue.document))
        return found

    def find(self, content: bytes) -> Issue | None:
        """The first issue of exactly this file."""
        rows = issue_rows(self._state, sha256=hashlib.sha256(content).hexdigest(), limit=1_000)
        return _read(rows[-1]) if rows else None

    def problems(self) -> list[Problem]:
        """Every issue whose file is missing or was changed."""
        return list(self._problems())

    def _problems(self) -> Iterator[Problem]:
        before: int | None = None
        while batch := self.issues(before=before, limit=EVERY):
            before = batch[-1].id
            for issue in batch:
                for digest in dict.fromkeys((issue.sha256, issue.document)):
                    try:
                        self._files.read(digest)
                    except StoreDamaged as error:
                        yield Problem(message=f"report {issue.id}, {issue.name}: {error}",
                                      hint="put it back from a backup")  # fmt: skip


def file_name(document: Document, form: str) -> str:
    """As it is called in a folder: cfo-2026-10.pdf."""
    return f"{document.kind}-{document.period_name}.{form_named(form).suffix}"


class _Origin(msgspec.Struct, frozen=True, kw_only=True):
    provenance: Provenance
    document: str


@contextmanager
def _named(issue: Issue) -> Iterator[None]:
    """Says which issue a damaged file belongs to."""
    try:
        yield
    except StoreDamaged as error:
        raise StoreDamaged(f"report {issue.id}, {issue.name}: {error}") from error


def _text(value: Any) -> str:
    return msgspec.json.encode(value, order="deterministic").decode()


def _read(row: Stored) -> Issue:
    held = msgspec.json.decode(row["origin"], type=_Origin)
    return Issue(
        id=row["id"], report=row["report"], title=row["title"], period=row["period"], form=row["form"],
        name=row["name"], bytes=row["bytes"], sha256=row["sha256"], hash=row["hash"],
        data_version=row["data_version"], methodology_version=row["methodology"],
        filters=msgspec.json.decode(row["filters"], type=tuple[tuple[str, str], ...]),
        recipients=msgspec.json.decode(row["recipients"], type=tuple[str, ...]), scope=row["scope"],
        schedule=row["schedule"], issued_at=datetime.fromisoformat(row["issued_at"]), run=row["run"],
        origin=held.provenance, document=held.document,
    )  # fmt: skip
