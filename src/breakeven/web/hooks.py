"""POST /hooks/<name>: deliveries of webhooks, verified over their raw bytes, answered after the commit.

Answers: 200 taken, or taken before (a delivery that is sent again); 202 it says nothing that becomes a fact, with the
reason; 207 and 422 as for events; 401 not verified; 403 the hook has no secret; 404 no such hook.

Deliveries pass one after the other from reading what the store holds to the commit, so that two about the same
incident never miss each other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import msgspec
from litestar import MediaType, Request, Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath

from breakeven.errors import NotAllowed, NotFound, Unverified, choices
from breakeven.facts import KINDS
from breakeven.ingest.admission import Request as Records
from breakeven.ingest.hooks.receiving import LARGEST, Delivery, Receiver
from breakeven.ingest.hooks.signatures import Headers, verify
from breakeven.ingest.outcome import Outcome
from breakeven.ingest.staging import Staging
from breakeven.web.ingest import Answer, Intake, body_of, headers_of, told
from breakeven.web.services import Services
from breakeven.workspace.hooks import Hook

PATH = "/hooks/"
MOST_SAID = 20
"""Reasons that one answer spells out."""


class IgnoredPart(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a delivery that becomes no fact."""

    event: str
    reason: str
    message: str


class HookAnswer(Answer, frozen=True, kw_only=True):
    """What became of a delivery."""

    ignored: int = 0
    ignored_because: Sequence[IgnoredPart] = ()


class HookItem(msgspec.Struct, frozen=True, kw_only=True):
    """A hook, and what came in since the server was started."""

    name: str
    platform: str
    address: str
    ready: bool
    """Whether it has a secret, or is declared to need none."""
    unsigned: bool
    deliveries: int
    """Those that were verified."""
    unverified: int
    accepted: int
    duplicates: int
    rejected: int
    ignored: dict[str, int]
    """Number by reason."""
    last: datetime | None
    """When the last verified delivery came."""


class HookList(msgspec.Struct, frozen=True, kw_only=True):
    """The hooks of the workspace."""

    items: list[HookItem]


class Door:
    """What the hooks of a server share: the receiver, its thread, and counts."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._staging = Staging("UTC", threads=1)
        self._thread = ThreadPoolExecutor(1, "breakeven-hooks")
        self._receiver = Receiver(self._held, self._staging)
        self._turn = asyncio.Lock()
        self._items = {hook.name: self._new(hook) for hook in services.workspace.hooks.values()}

    @property
    def items(self) -> list[HookItem]:
        """The hooks with their counts, by name."""
        return [self._items[name] for name in sorted(self._items)]

    def hook(self, name: str) -> Hook:
        """A hook by its name. Raises NotFound, NotAllowed while it has no secret."""
        hooks = self._services.workspace.hooks
        if name not in hooks:
            known = choices(name, sorted(hooks)) if hooks else "sources.yaml declares none"
            raise NotFound(f"there is no hook {name[:80]!r}: {known}")
        if not self._items[name].ready:
            hook = hooks[name]
            where = f"the variable {hook.secret_env}" if hook.secret_env else f"the file {hook.secret_file}"
            raise NotAllowed(f"hook {name} has no secret yet: put it into {where} and start the server again")
        return hooks[name]

    async def take(self, hook: Hook, headers: Headers, body: bytes) -> tuple[int, HookAnswer]:
        """Take a delivery in. Raises Unverified, UsageProblem, Busy, StoreError."""
        now = self._services.clock()
        try:
            verify(hook, self._services.hook_secrets.get(hook.name, ()), headers, body, now)
        except Unverified:
            self._count(hook, unverified=1)
            raise
        self._count(hook, deliveries=1, last=now)
        async with self._turn:
            loop = asyncio.get_running_loop()
            delivery = await loop.run_in_executor(self._thread, self._receiver.receive, hook, headers, body, now)
            if isinstance(delivery, int):
                self._count(hook, duplicates=delivery)
                return 200, _told(Outcome(duplicates=delivery, version=self._services.store.versions().data))
            outcome = await self._written(hook, delivery, now)
            self._receiver.taken(delivery, [refusal.row for refusal in outcome.refusals])
        self._count(hook, accepted=outcome.accepted, duplicates=outcome.duplicates, rejected=outcome.refused)
        for one in delivery.ignored:
            self._count(hook, reason=one.reason)
        found = _told(outcome, delivery)
        if not delivery.parsed.rows:
            return (200 if all(one.reason == "ping" for one in delivery.ignored) else 202), found
        return told(outcome)[0], found

    def close(self) -> None:
        """Let go of the thread and the memory."""
        self._thread.shutdown()
        self._staging.close()

    async def _written(self, hook: Hook, delivery: Delivery, now: datetime) -> Outcome:
        if not delivery.parsed.rows:
            return Outcome(version=self._services.store.versions().data)
        reply = self._services.replies.expect()
        self._services.writer.hand_in(Records(delivery.parsed, hook.name, now, reply, visible=True))
        return await reply

    def _held(self, kind: str, source: str, ids: Sequence[str]) -> Sequence[Mapping[str, Any]]:
        """What the store holds of some facts."""
        if kind not in KINDS or kind == "interaction":
            return ()
        marks = ", ".join("?" for _ in ids)
        found = self._services.store.query(f"SELECT * FROM {kind} WHERE source = ? AND id IN ({marks})", [source, *ids])
        rows: list[dict[str, Any]] = found.to_pylist()
        return rows

    def _new(self, hook: Hook) -> HookItem:
        return HookItem(
            name=hook.name, platform=hook.platform, address=PATH + hook.name, unsigned=hook.unsigned,
            ready=hook.unsigned or bool(self._services.hook_secrets.get(hook.name)), deliveries=0, unverified=0,
            accepted=0, duplicates=0, rejected=0, ignored={}, last=None,
        )  # fmt: skip

    def _count(self, hook: Hook, *, last: datetime | None = None, reason: str = "", **more: int) -> None:
        item = self._items[hook.name]
        ignored = {**item.ignored, reason: item.ignored.get(reason, 0) + 1} if reason else item.ignored
        sums = {name: getattr(item, name) + number for name, number in more.items()}
        self._items[hook.name] = msgspec.structs.replace(item, ignored=ignored, last=last or item.last, **sums)


def hooks_route(intake: Intake, door: Door) -> HTTPRouteHandler:
    """The route /hooks/<name>."""

    @post(PATH + "{name:str}", tags=["events"], responses={200: ResponseSpec(HookAnswer, False, "What became of it")})
    async def deliver(name: FromPath[str], request: Request[Any, Any, Any]) -> Response[bytes]:
        """Take in a delivery of a webhook, as its platform sends it."""
        hook = door.hook(name)
        headers = headers_of(request.scope)
        with intake.holding() as hold:
            body = await body_of(request.receive, headers, LARGEST, hold)
            status, found = await door.take(hook, headers, body)
        return Response(msgspec.json.encode(found), status_code=status, media_type=MediaType.JSON,
                        headers={"Cache-Control": "no-store"})  # fmt: skip

    return deliver


def hook_list(door: Door) -> HTTPRouteHandler:
    """The route /v1/hooks."""

    @get("/v1/hooks", sync_to_thread=False, tags=["events"])
    def hooks() -> HookList:
        """The webhooks that are taken, and what came in since the server was started."""
        return HookList(items=door.items)

    return hooks


def _told(outcome: Outcome, delivery: Delivery | None = None) -> HookAnswer:
    ignored = delivery.ignored if delivery is not None else ()
    parts = [IgnoredPart(event=one.event, reason=one.reason, message=one.says) for one in ignored[:MOST_SAID]]
    return HookAnswer(**msgspec.structs.asdict(told(outcome)[1]), ignored=len(ignored), ignored_because=parts)
