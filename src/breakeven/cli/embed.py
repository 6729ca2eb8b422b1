"""A link to one figure, to be shown inside another page."""

from __future__ import annotations

from html import escape
from typing import Literal

import click

from breakeven.app import secret_of, utc_now
from breakeven.cli.options import workspace_options
from breakeven.errors import UnknownName
from breakeven.ledger.catalogue import figure as figure_of
from breakeven.ledger.catalogue import figures
from breakeven.settings import Settings
from breakeven.views.asking.filters import Filters
from breakeven.web.embedding import PATH, token_of, until_of
from breakeven.workspace import load


@click.command("embed")
@click.argument("figure")
@click.option("--project", multiple=True, help="Only this project; may be given more than once.")
@click.option("--period", default="ytd", help="2026-10, 2026-Q3, 2026, ytd, last-12-months…")
@click.option("--days", default=30, help="How long the link is good for (default: 30).")
@click.option("--theme", type=click.Choice(["light", "dark"]), help="One theme (default: the reader's own).")
@click.option("--home", help="Where readers reach the server (default: http://host:port of the settings).")
@workspace_options
def embed_command(
    settings: Settings,
    figure: str,
    project: tuple[str, ...],
    period: str,
    days: int,
    theme: Literal["light", "dark"] | None,
    home: str | None,
) -> None:
    """Make a signed link that shows one figure, read only, until a day.

    Whoever has the link sees the figure. It needs no store and can be made while a server runs.
    """
    workspace, now = load(settings.workspace), utc_now()
    name = figure_of(figure, figures(workspace)).name
    for one in project:
        if one not in workspace.projects:
            raise UnknownName("project", one, workspace.projects)
    workspace.calendar.parse(period, now, (now.date(), now.date()))  # is it a period?
    until = until_of(now, days)
    settings.data_folder.mkdir(parents=True, exist_ok=True)
    token = token_of(secret_of(settings), name, Filters(period=period, project=project), until, theme or "")
    address = f"{(home or f'http://{settings.host}:{settings.port}').rstrip('/')}{PATH}{token}"
    click.echo(address)
    click.echo(f'<iframe src="{escape(address)}" width="340" height="260" title="{escape(name)}"></iframe>')
    click.echo(f"good until {until:%Y-%m-%d %H:%M} UTC", err=True)
