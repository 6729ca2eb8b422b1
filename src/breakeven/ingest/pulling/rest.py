"""Records of a REST endpoint, page by page."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path

from breakeven.errors import SourceAway
from breakeven.ingest.pulling import cursors
from breakeven.ingest.pulling.host import Host, shown
from breakeven.ingest.pulling.paging import Page, Request, first_request, next_request, page_of, text_at
from breakeven.ingest.pulling.spool import Spool
from breakeven.ingest.pulling.task import Task
from breakeven.ingest.readers import Origin
from breakeven.workspace.pulls import Auth, RestPull, Secret, Since

MOST_PAGES = 100_000
"""Pages of one run: an endpoint that never ends is a fault."""


def pull_rest(task: Task, origin: RestPull) -> None:
    """Take in the records of all pages. Raises SourceAway, NotAllowed, UsageProblem and what taking in raises."""

    def full(path: Path) -> None:
        task.take(path, task.source, Origin(task.source.name, ids=True))

    spool, since = Spool(task.scratch, task.source.name, full), origin.since
    newest = task.cursor
    begin = {since.parameter: _begin(since, task.cursor)} if since is not None else {}
    parameters = {**origin.parameters, **{name: value for name, value in begin.items() if value is not None}}
    request: Request | None = first_request(origin.paging, origin.url, parameters)
    seen: set[tuple[str, tuple[tuple[str, str], ...]]] = set()
    headers = {**origin.headers, **auth_headers(origin.auth, task.context.secret)}
    with (
        Host(origin.url, headers, wait=task.wait, clock=task.context.clock, per_minute=origin.per_minute) as host,
        spool,
    ):
        while request is not None:
            task.goes_on()
            key = (request.url, tuple(sorted(request.parameters.items())))
            if key in seen or len(seen) >= MOST_PAGES:
                raise SourceAway(f"the pages of {shown(origin.url)} do not end: page {len(seen) + 1} was there before")
            seen.add(key)
            page = page_of(host.get(request.url, request.parameters), origin.records)
            newest = _take(page, spool, since, newest, task)
            if spool.filled:
                spool.flush()
            request = next_request(origin.paging, request, page)
    # Pages come in any order: only when all are in is everything up to the newest value there.
    if since is not None and since.field is None:
        newest = cursors.kept(task.now.strftime("%Y-%m-%dT%H:%M:%SZ"))
    if newest is not None and newest != task.cursor:
        task.reached(newest)


def _take(page: Page, spool: Spool, since: Since | None, newest: str | None, task: Task) -> str | None:
    """Write a page's records down; gives the newest value of the cursor so far, as it is kept."""
    for record in page.records:
        content = bytes(record)
        spool.add(content)
        if since is None or since.field is None or not content.lstrip().startswith(b"{"):
            continue
        mark = text_at(record, since.field)
        if cursors.usable(mark, task.now) and mark is not None:
            before = None if newest is None else str(cursors.read(newest))
            newest = cursors.kept(cursors.later(before, mark))
    return newest


def _begin(since: Since, cursor: str | None) -> str | None:
    """What is sent as the value to begin from."""
    if cursor is None:
        return since.start
    return str(cursors.begin(cursors.read(cursor), since.overlap))


def auth_headers(auth: Auth | None, secret: Callable[[Secret], str]) -> dict[str, str]:
    """The header that proves who asks. Raises UsageProblem where a secret is not there."""
    if auth is None:
        return {}
    if auth.user is not None and auth.password is not None:
        pair = f"{secret(auth.user)}:{secret(auth.password)}"
        return {auth.header: f"Basic {base64.b64encode(pair.encode()).decode()}"}
    return {auth.header: auth.prefix + secret(auth.token)} if auth.token is not None else {}
