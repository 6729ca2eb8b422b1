"""A workspace being served: its writer, its live hub and its upkeep, from start to end."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

import structlog

from breakeven.errors import BreakevenError
from breakeven.ingest.journaling import Journaling
from breakeven.ingest.pipeline import Pipeline
from breakeven.ingest.writer import Writer
from breakeven.ledger.ledger import Ledger
from breakeven.store.base import Store
from breakeven.views.server import Server
from breakeven.web.live import Hub
from breakeven.web.services import Services
from breakeven.workspace.definitions import Workspace

TIDIED_EVERY = 30.0
"""Seconds between two looks whether roll-ups are to be merged."""


@contextmanager
def serving(
    workspace: Workspace,
    store: Store,
    ledger: Ledger,
    pipeline: Pipeline,
    clock: Callable[[], datetime],
    *,
    local_only: bool = True,
    demo: bool = False,
    server: Server | None = None,
    secret: bytes = b"",
    journaling: Journaling | None = None,
) -> Iterator[Services]:
    """Services over an open store; at the end what waits is written. The store stays open.

    Without `journaling` requests are answered after their commit in the store.
    """
    hub = Hub(lambda: store.versions().data)
    writer = Writer(pipeline, on_commit=hub.committed, journaling=journaling)
    try:
        with tidying(store):
            yield Services(
                workspace=workspace, store=store, ledger=ledger, writer=writer, pipeline=pipeline, hub=hub, clock=clock,
                local_only=local_only, demo=demo, server=server if server is not None else Server(), secret=secret,
            )  # fmt: skip
    finally:
        writer.close()


@contextmanager
def tidying(store: Store, every: float = TIDIED_EVERY) -> Iterator[None]:
    """Merge the partial roll-ups that commits leave, now and then, from a thread of its own."""
    stop = threading.Event()

    def work() -> None:
        tidied = store.versions().data
        while not stop.wait(every):
            version = store.versions().data
            if version == tidied:
                continue
            try:
                store.compact()
                tidied = version
            except BreakevenError as error:
                structlog.get_logger().error("compaction_failed", reason=str(error))

    thread = threading.Thread(target=work, name="breakeven-tidy", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
