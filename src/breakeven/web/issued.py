"""Issued reports over HTTP: the list, a file, two issues compared, and the proof of any file."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from anyio import to_thread
from litestar import Request, Response, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, QueryParameter

from breakeven.errors import NotAllowed, TooLarge
from breakeven.reports import form_named
from breakeven.reports.archive import Archive, Issue
from breakeven.reports.proving.comparing import Comparison, compared
from breakeven.reports.proving.looks import looks_of
from breakeven.reports.proving.reading import MOST
from breakeven.reports.proving.verifying import Verified, verify
from breakeven.web.filters import Given
from breakeven.web.services import Services

TAGS = ["reports"]
ReportText = Annotated[str | None, QueryParameter(name="report", description="Only reports of this name.")]
BeforeNumber = Annotated[int | None, QueryParameter(description="Only those issued before this number: `next`.", ge=1)]
LimitNumber = Annotated[int, QueryParameter(description="How many.", ge=1, le=1000)]
FirstNumber = Annotated[int, QueryParameter(name="first", description="Number of one issue.", ge=1)]
SecondNumber = Annotated[int, QueryParameter(name="second", description="Number of another issue of it.", ge=1)]


class Issues(msgspec.Struct, frozen=True, kw_only=True):
    """Issued reports, the latest first."""

    items: tuple[Issue, ...]
    next: int | None
    """What `before` is for the next page; null: there is none."""


@get("/reports", sync_to_thread=True, tags=TAGS)
def issues(
    services: Given, report: ReportText = None, before: BeforeNumber = None, limit: LimitNumber = 100
) -> Issues:  # fmt: skip
    """Every report that was issued, with its versions, hash, filters and recipients."""
    found = archive_of(services).issues(report, before=before, limit=limit + 1)
    return Issues(items=tuple(found[:limit]), next=found[limit - 1].id if len(found) > limit else None)


@get("/reports/{number:int}/file", sync_to_thread=True, tags=TAGS,
     responses={200: ResponseSpec(bytes, False, "The file", media_type="application/octet-stream")})  # fmt: skip
def issue_file(services: Given, number: FromPath[int]) -> Response[bytes]:
    """The file of an issue, as it was handed out."""
    archive = archive_of(services)
    issue, content = archive.get(number), archive.content(number)
    headers = {"Content-Disposition": f'attachment; filename="{issue.name}"'}
    return Response(content, media_type=form_named(issue.form).media, headers=headers)


@get("/reports/compare", sync_to_thread=True, tags=TAGS)
def compare_issues(services: Given, first: FirstNumber, second: SecondNumber) -> Comparison:
    """What changed between two issues of a report, and why."""
    return compared(services.ledger, archive_of(services), first, second, services.clock())


@post("/reports/verify", tags=TAGS, status_code=200,
      responses={200: ResponseSpec(Verified, False, "Equal or not, with the differences")})  # fmt: skip
async def verify_file(request: Request[Any, Any, Any], services: Given) -> Response[bytes]:
    """A report's file as the body: made again as of its data version, and whether it is what breakeven says."""
    content = bytearray()
    async for piece in request.stream():
        content += piece
        if len(content) > MOST:
            raise TooLarge(f"a report has at most {MOST // 1_000_000} MB")
    told = await to_thread.run_sync(_verified, services, bytes(content))
    return Response(msgspec.json.encode(told), media_type="application/json")


def _verified(services: Services, content: bytes) -> Verified:
    looks = looks_of(services.workspace, content)
    return verify(services.ledger, archive_of(services), content, services.clock(), looks)


def archive_of(services: Services) -> Archive:
    """Where reports are kept. Raises NotAllowed where this server keeps none."""
    if services.archive is None:
        raise NotAllowed("this server keeps no reports")
    return services.archive


HANDLERS = (issues, issue_file, compare_issues, verify_file)
"""What `web/api.py` mounts."""
