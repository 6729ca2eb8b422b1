"""The composition root: opens what a workspace needs and hands it down. Importing it does nothing."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from datetime import UTC, datetime

import msgspec
import pyarrow as pa

from breakeven.ingest.journaling import Journaling
from breakeven.ingest.pipeline import Pipeline
from breakeven.ledger.ledger import Ledger
from breakeven.pricing import make_pricer
from breakeven.reports.archive import Archive
from breakeven.settings import Settings
from breakeven.store.duckdb import DuckDBStore
from breakeven.store.state import State, file_url
from breakeven.views.server import Server
from breakeven.workspace import check, load
from breakeven.workspace.definitions import Workspace

KEY_FILE = "links.key"
"""File in the data folder."""


class Company(msgspec.Struct, frozen=True, kw_only=True):
    """A workspace with its store, ready to be asked and fed."""

    settings: Settings
    workspace: Workspace
    store: DuckDBStore
    state: State
    ledger: Ledger
    pipeline: Pipeline


def utc_now() -> datetime:
    """The clock that every edge hands down."""
    return datetime.now(UTC)


def secret_of(settings: Settings) -> bytes:
    """What links are signed with: made when it is first needed, readable by its owner only."""
    file = settings.data_folder / KEY_FILE
    with suppress(FileExistsError), os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as made:
        made.write(secrets.token_hex(32).encode())
    return file.read_bytes()


def server_of(company: Company) -> Server:
    """What the pages may say of this process."""
    folder, loaded = company.settings.workspace, company.workspace.files

    def changed() -> bool:
        """Whether a file was written, added or taken away since the workspace was loaded."""
        return any(
            (folder / name).read_text(encoding="utf-8") != text if (folder / name).is_file() else False
            for name, text in loaded.items()
        )

    return Server(settings=company.settings.shown(), problems=lambda: check(folder), changed=changed)


def journaling_of(company: Company) -> Journaling:
    """The journal beside the company's store. Raises StoreDamaged, StoreError."""
    settings = company.settings
    return Journaling(company.pipeline, settings.data_folder, clock=utc_now, most=settings.journal_mb << 20)


def archive_of(company: Company) -> Archive:
    """The archive of reports beside the company's store."""
    return Archive(company.state, company.settings.data_folder, company.workspace)


@contextmanager
def open_company(settings: Settings) -> Iterator[Company]:
    """Load the workspace, open its store, and let go of it at the end.

    Raises WorkspaceInvalid, StoreLocked, StoreDamaged, StoreTooNew.
    """
    # The allocators of Arrow that keep freed memory for later would keep a whole import's worth of it.
    pa.set_memory_pool(pa.system_memory_pool())
    workspace = load(settings.workspace)
    settings.data_folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as opened:
        store = opened.enter_context(
            DuckDBStore.open(
                settings.store_file, time_zone=workspace.calendar.time_zone, memory_limit=settings.memory_limit,
                threads=settings.threads,
            )
        )  # fmt: skip
        state = opened.enter_context(
            closing(State.open(settings.state or file_url(settings.data_folder / "state.sqlite")))
        )
        pricer = make_pricer(workspace.prices, settings.workspace, workspace.calendar.time_zone)
        pipeline = Pipeline(workspace, store, pricer, memory_limit=settings.memory_limit, threads=settings.threads)
        yield Company(
            settings=settings, workspace=workspace, store=store, state=state,
            ledger=Ledger(workspace, store, state=state), pipeline=opened.enter_context(closing(pipeline)),
        )  # fmt: skip
