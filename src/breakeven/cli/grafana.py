"""grafana: dashboards and rules, made from the workspace."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import click

from breakeven.cli.options import workspace_options
from breakeven.errors import UsageProblem
from breakeven.exposition.grafana.files import files, write
from breakeven.settings import Settings
from breakeven.workspace import load


@click.command("grafana")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), metavar="DIR")
@click.option("--url", help="Where breakeven answers, for links and the scrape (default: this machine and port).")
@click.option("--prometheus", default="http://127.0.0.1:9090", show_default=True, help="Where Prometheus answers.")
@workspace_options
def grafana_command(settings: Settings, folder: Path, url: str | None, prometheus: str) -> None:
    """Write a dashboard for each audience, provisioning files, and rules for Prometheus into DIR.

    Needs the workspace only, not the store; run it again after the workspace has changed.
    """
    home = (url or f"http://{settings.host}:{settings.port}").rstrip("/")
    for option, given in (("--url", home), ("--prometheus", prometheus)):
        if urlsplit(given).scheme not in ("http", "https") or not urlsplit(given).netloc:
            raise UsageProblem(f"{option}: {given!r} is no address; write it as http://127.0.0.1:8321")
    made = files(load(settings.workspace), url=home, prometheus=prometheus, folder=folder)
    write(made, folder)
    for name in made:
        click.echo(folder / name)
