"""export: tables of the ledger as files, and a DuckDB database of all of them."""

from __future__ import annotations

from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urlsplit
from urllib.request import urlopen

import click
import msgspec

from breakeven import __version__
from breakeven.app import open_company, utc_now
from breakeven.cli.options import as_of_option, workspace_options
from breakeven.errors import StoreLocked, UnknownName, UsageProblem
from breakeven.period import FORMS
from breakeven.settings import Settings
from breakeven.views.asking.query import moment_of, period_of
from breakeven.views.dataout.about import metadata, write_database
from breakeven.views.dataout.catalogue import TABLES, table
from breakeven.views.dataout.files import MEDIA_TYPES, written
from breakeven.views.dataout.tables import Asked

DATABASE, FOCUS = "duckdb", "focus"
WHAT = (DATABASE, FOCUS, *(name for name in TABLES if name != "focus_cost"))
_TABLE = {FOCUS: "focus_cost"}
_PART = 1 << 20
_WAIT = 600.0
"""Seconds to wait for a server: a database of a large company takes some."""


@click.command("export")
@click.argument("what", type=click.Choice(WHAT), metavar="WHAT")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--format", "form", type=click.Choice([*MEDIA_TYPES]), help="Kind of file (default: by its ending).")
@click.option("--period", help=f"Only these months, of a table: {FORMS}.")
@click.option("--project", help="One project instead of all, of a table.")
@click.option("--from", "server", metavar="URL", help="Ask a server, such as http://127.0.0.1:8321, not the store.")
@as_of_option
@workspace_options
def export_command(
    settings: Settings, what: str, file: Path, form: str | None, period: str | None, project: str | None,
    server: str | None, past: str | None,
) -> None:  # fmt: skip
    """Write the ledger's data to a file, all from one data version.

    WHAT is `duckdb` (a database with every table, views and descriptions of columns), `focus` (allocated AI cost as
    a FOCUS bill) or one table: statement_monthly, metrics_monthly, metric_catalogue, entries, projects,
    interactions_daily. While a server holds the store, name it with --from.
    """
    if what == DATABASE and (form or period or project):
        raise UsageProblem("a database has every table whole: --format, --period and --project are of one table")
    kind = form if form is not None or what == DATABASE else _by_ending(file)
    if server is not None:
        _fetch(server, what, file, {"format": kind, "period": period, "project": project, "as_of": past})
        return
    try:
        _write(settings, what, file, kind, Asking(period=period, project=project, past=past))
    except StoreLocked as error:
        raise StoreLocked(f"{error}; add --from http://127.0.0.1:PORT to have its server export") from error


class Asking(msgspec.Struct, frozen=True, kw_only=True):
    """What of a table is asked for, as text."""

    period: str | None
    project: str | None
    past: str | None


def _write(settings: Settings, what: str, file: Path, form: str | None, asking: Asking) -> None:
    with open_company(settings) as company:
        now = utc_now()
        as_of = moment_of(company.ledger, asking.past, now)
        span = None if asking.period is None else period_of(company.ledger, asking.period, now, as_of)
        window = None if span is None else (span.start, span.end)
        if window is not None and (window[0].day != 1 or window[1].day != 1):
            raise UsageProblem(f"tables are cut by whole months, {asking.period} is not: name a month, quarter or year")
        with company.ledger.desk(now, as_of) as desk:
            if form is None:
                made = write_database(desk, file, __version__)
                click.echo(f"{file}: data version {desk.reading.moment.versions.data}, hash {made}")
                return
            found = table(_TABLE.get(what, what))
            rows = found.rows(desk, Asked(window=window, project=asking.project))
            part = file.with_name(file.name + ".part")
            try:
                with part.open("wb") as target:
                    for piece in written(form, found.schema, rows, metadata(desk, __version__)):
                        target.write(piece)
                part.rename(file)
            finally:
                part.unlink(missing_ok=True)
            click.echo(f"{file}: {found.name}, data version {desk.reading.moment.versions.data}")


def _by_ending(file: Path) -> str:
    ending = file.suffix.removeprefix(".").lower()
    if ending not in MEDIA_TYPES:
        raise UnknownName("kind of file", ending or file.name, MEDIA_TYPES)
    return ending


def _fetch(server: str, what: str, file: Path, asked: dict[str, str | None]) -> None:
    """Have a running server export. Raises UsageProblem with what it said where it refuses."""
    if urlsplit(server).scheme not in ("http", "https"):
        raise UsageProblem(f"--from {server}: write an address like http://127.0.0.1:8321")
    name = "breakeven.duckdb" if what == DATABASE else _TABLE.get(what, what)
    query = urlencode({key: value for key, value in asked.items() if value is not None})
    part = file.with_name(file.name + ".part")
    try:
        address = f"{server.rstrip('/')}/v1/export/{name}?{query}"
        with urlopen(address, timeout=_WAIT) as answer, part.open("wb") as target:  # noqa: S310 - http or https
            version = answer.headers["Breakeven-Data-Version"]
            while piece := answer.read(_PART):
                target.write(piece)
        part.rename(file)
    except HTTPError as error:
        raise UsageProblem(f"{server} says: {_detail(error)}") from error
    except URLError as error:
        raise UsageProblem(f"{server} does not answer: {error.reason}") from error
    finally:
        part.unlink(missing_ok=True)
    click.echo(f"{file}: {name}, data version {version}, from {server}")


def _detail(error: HTTPError) -> str:
    try:
        return str(msgspec.json.decode(error.read())["detail"])
    except (msgspec.DecodeError, KeyError, TypeError):
        return f"{error.code} {error.reason}"
