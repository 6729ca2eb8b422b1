"""A workspace being served: its writer, its live hub and its upkeep, from start to end."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from zoneinfo import ZoneInfo

from breakeven.delivery.courier import Courier
from breakeven.delivery.opening import open_courier, started
from breakeven.ingest.journaling import Journaling
from breakeven.ingest.outcome import Outcome
from breakeven.ingest.pipeline import Pipeline
from breakeven.ingest.pulling.run import Puller
from breakeven.ingest.pulling.timetable import Timetable
from breakeven.ingest.writer import Writer
from breakeven.ledger.ledger import Ledger
from breakeven.reports.archive import Archive
from breakeven.store.base import Store
from breakeven.store.state import State
from breakeven.views.server import Server
from breakeven.web.live import Hub
from breakeven.web.services import Services
from breakeven.web.upkeep import tidying
from breakeven.workspace.definitions import Workspace
from breakeven.workspace.pulls import Secret


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
    hook_secrets: Mapping[str, Sequence[bytes]] | None = None,
    secrets: Callable[[Secret], str] | None = None,
    journaling: Journaling | None = None,
    archive: Archive | None = None,
    metrics_labels: int = 500,
) -> Iterator[Services]:
    """Services over an open store; at the end what waits is written. The store stays open.

    With `secrets`, which reads what sources.yaml and reports.yaml name, sources are pulled and, with an
    `archive`, reports are sent when they are due. Without `journaling`
    requests are answered after their commit in the store.
    """
    hub = Hub(lambda: store.versions().data)
    writer = Writer(pipeline, on_commit=hub.committed, journaling=journaling)
    try:
        with (
            tidying(store, clock) as upkeep,
            pulling(workspace, ledger.state, pipeline, hub, clock, secrets),
            sending(ledger, archive, clock, secrets) as courier,
        ):
            yield Services(
                workspace=workspace, store=store, ledger=ledger, writer=writer, pipeline=pipeline, hub=hub, clock=clock,
                local_only=local_only, demo=demo, server=server if server is not None else Server(), secret=secret,
                hook_secrets=hook_secrets or {}, archive=archive, courier=courier, metrics_labels=metrics_labels,
                upkeep=upkeep,
            )  # fmt: skip
    finally:
        writer.close()


@contextmanager
def pulling(
    workspace: Workspace,
    state: State,
    pipeline: Pipeline,
    hub: Hub,
    clock: Callable[[], datetime],
    secrets: Callable[[Secret], str] | None,
) -> Iterator[None]:
    """Pull the sources that are due; at the end runs stop where they are."""
    if secrets is None:
        yield
        return
    told = Outcome(accepted=1)  # The hub asks for no more than whether there was anything.
    puller = Puller(workspace, pipeline, state, secrets, clock=clock, on_commit=lambda: hub.committed(told))
    timetable = Timetable(puller, state, ZoneInfo(workspace.calendar.time_zone), clock)
    timetable.start()
    try:
        yield
    finally:
        timetable.close()


@contextmanager
def sending(
    ledger: Ledger, archive: Archive | None, clock: Callable[[], datetime], secrets: Callable[[Secret], str] | None
) -> Iterator[Courier | None]:
    """Send the reports that are due; at the end nothing new is begun."""
    if secrets is None or archive is None:
        yield None
        return
    courier = open_courier(ledger, archive, secrets, clock)
    timetable = started(courier)
    try:
        yield courier
    finally:
        if timetable is not None:
            timetable.close()
