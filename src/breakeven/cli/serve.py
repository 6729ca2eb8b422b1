"""serve: the web server in front of a workspace."""

from __future__ import annotations

from contextlib import closing

import click
import msgspec

from breakeven.app import archive_of, journaling_of, open_company, secret_of, server_of, utc_now
from breakeven.cli.listening import bind, run
from breakeven.cli.options import workspace_options
from breakeven.settings import Settings, hook_secrets, secret_reader
from breakeven.web.pages import pages
from breakeven.web.running import serving
from breakeven.web.server import build


@click.command("serve")
@click.option("--host", help="Address to bind; only one of this machine itself (default: 127.0.0.1).")
@click.option("--port", type=click.IntRange(0, 65535), help="Port to bind, 0 takes a free one (default: 8321).")
@workspace_options
def serve_command(settings: Settings, host: str | None, port: int | None) -> None:
    """Serve the pages and the API on this machine, until Ctrl-C or SIGTERM."""
    settings = msgspec.structs.replace(
        settings,
        host=settings.host if host is None else host,
        port=settings.port if port is None else port,
    )
    with (
        closing(bind(settings.host, settings.port)) as listener,
        open_company(settings) as company,
        serving(
            company.workspace,
            company.store,
            company.ledger,
            company.pipeline,
            utc_now,
            server=server_of(company),
            secret=secret_of(settings),
            hook_secrets=hook_secrets(company.workspace.hooks.values(), settings.workspace),
            secrets=secret_reader(settings.workspace),
            journaling=journaling_of(company),
            archive=archive_of(company),
            metrics_labels=settings.metrics_labels,
        ) as services,  # fmt: skip
    ):
        run(build(services, pages(services)), listener, services.hub, settings)
