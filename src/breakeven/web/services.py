"""What request handlers work with, and what the pages give to the server."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import msgspec
from litestar.types import ControllerRouterHandler

from breakeven.delivery.courier import Courier
from breakeven.ingest.pipeline import Pipeline
from breakeven.ingest.writer import Writer
from breakeven.ledger.ledger import Ledger
from breakeven.reports.archive import Archive
from breakeven.store.base import Store
from breakeven.views.server import Server
from breakeven.web.live import Hub
from breakeven.web.replies import Replies
from breakeven.web.upkeep import Upkeep
from breakeven.workspace.definitions import Workspace


class Services(msgspec.Struct, frozen=True, kw_only=True):
    """One workspace being served; handlers get it as the dependency `services`."""

    workspace: Workspace
    store: Store
    ledger: Ledger
    writer: Writer
    pipeline: Pipeline
    """What the writer commits with, for work that is no request."""
    hub: Hub
    clock: Callable[[], datetime]
    """Gives the present as an aware UTC instant."""
    upkeep: Upkeep
    """Whether the store can be tidied."""
    local_only: bool = True
    """Whether only this machine may ask: other names in `Host` are refused."""
    demo: bool = False
    """Whether the company is made up."""
    secret: bytes = b""
    """What links are signed with; empty: no link is made or taken."""
    hook_secrets: Mapping[str, Sequence[bytes]] = {}
    """Hook → what its deliveries are signed with, one or more."""
    metrics_labels: int = 500
    """Projects, models and sources that each metric of /metrics may name."""
    replies: Replies = msgspec.field(default_factory=Replies)
    """How requests on the event loop wait for the writer."""
    courier: Courier | None = None
    """Sends the scheduled reports; None: this server sends none."""
    archive: Archive | None = None
    """Where issued reports are kept; None: this server keeps none."""
    server: Server = Server()
    """What pages may say of this process."""


def nothing() -> None:
    """What there is to start and stop where there are no pages."""


class Front(msgspec.Struct, frozen=True, kw_only=True):
    """What people see, beside the API: made by `web/pages.py`."""

    handlers: Sequence[ControllerRouterHandler] = ()
    """Routes of pages and static files."""
    error_page: Callable[..., str] | None = None
    """(status, title, one sentence, ways out) → a whole HTML page; None: plain text."""
    start: Callable[[], None] = nothing
    """Called when the server starts; must not block."""
    stop: Callable[[], None] = nothing
    """Called when it ends."""
