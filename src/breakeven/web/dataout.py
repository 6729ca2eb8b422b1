"""Data out over HTTP: every table of `views/dataout` as a file, and a whole database of them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from litestar import Response, get
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath
from litestar.response import Stream

from breakeven import __version__
from breakeven.errors import UsageProblem
from breakeven.views.dataout.about import write_database
from breakeven.views.dataout.catalogue import TABLES, VIEWS, table
from breakeven.views.dataout.tables import Asked
from breakeven.web import filters
from breakeven.web.filters import Given
from breakeven.web.forms import AnyRequest, FormText, form_of, headers, sent_while_read

_PART = 1 << 20
_DATABASE = "application/vnd.duckdb"


class Described(msgspec.Struct, frozen=True, kw_only=True):
    """A column of a table."""

    name: str
    type: str
    description: str


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """A table or a view."""

    name: str
    kind: str
    """table: can be had alone, or in the database; view: in the database only."""
    description: str
    columns: list[Described]
    select: str | None = None
    """Of a view: what it shows."""


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that can be exported."""

    items: list[Listed]
    next: None = None


@get("/export", sync_to_thread=False, tags=["data out"])
def listing() -> Listing:
    """The tables and views, with the meaning of every column."""
    tables = [
        Listed(name=one.name, kind="table", description=one.description,
               columns=[Described(name=c.name, type=str(c.type), description=c.description) for c in one.columns])
        for one in TABLES.values()
    ]  # fmt: skip
    views = [Listed(name=one.name, kind="view", description=one.description, columns=[], select=one.select)
             for one in VIEWS]  # fmt: skip
    return Listing(items=[*tables, *views])


@get("/export/{name:str}", sync_to_thread=True, tags=["data out"],
     responses={200: ResponseSpec(bytes, False, "The file", media_type="application/octet-stream")})  # fmt: skip
def export_table(
    request: AnyRequest, services: Given, name: FromPath[str], form_text: FormText = None,
    period: filters.OptionalPeriod = None, start: filters.FromText = None, end: filters.ToText = None,
    project: filters.ProjectText = None, as_of: filters.AsOfText = None,
) -> Response[Any]:  # fmt: skip
    """A table as CSV, Parquet, Arrow or JSON lines (also for json), sent while it is read from one data version."""
    found, now = table(name), services.clock()
    form = form_of(request, form_text)
    past = filters.moment(services, as_of, now)
    window = filters.window(services, now, period=period, start=start, end=end, as_of=past)
    if window is not None and (window[0].day != 1 or window[1].day != 1):
        raise UsageProblem("tables are cut by whole months: name months, quarters or years")
    asked = Asked(window=window, project=project)
    return sent_while_read("jsonl" if form == "json" else form, name, found.schema, services.ledger.desk(now, past),
                           lambda desk: found.rows(desk, asked))  # fmt: skip


@get("/export/breakeven.duckdb", sync_to_thread=True, tags=["data out"],
     responses={200: ResponseSpec(bytes, False, "The database", media_type=_DATABASE)})  # fmt: skip
def export_database(services: Given, as_of: filters.AsOfText = None) -> Response[Any]:
    """Every table and view in one DuckDB file, made from one data version; `_about` says which."""
    now = services.clock()
    past = filters.moment(services, as_of, now)
    folder = tempfile.TemporaryDirectory(prefix="breakeven-export-")
    path = Path(folder.name) / "breakeven.duckdb"
    try:
        with services.ledger.desk(now, past) as desk:
            hash_ = write_database(desk, path, __version__)
            said = headers("duckdb", "breakeven", desk)
    except BaseException:
        folder.cleanup()
        raise
    said |= {"Content-Length": str(path.stat().st_size), "Breakeven-Hash": hash_}
    return Stream(_parts(folder, path), media_type=_DATABASE, headers=said)


def _parts(folder: tempfile.TemporaryDirectory[str], path: Path) -> Iterator[bytes]:
    with folder, path.open("rb") as file:
        while part := file.read(_PART):
            yield part


HANDLERS = (listing, export_table, export_database)
"""What `web/api.py` mounts."""
