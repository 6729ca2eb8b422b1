"""openmetrics: the history of /metrics, for Prometheus to load."""

from __future__ import annotations

from typing import TextIO

import click

from breakeven.app import open_company, utc_now
from breakeven.cli.options import workspace_options
from breakeven.errors import UsageProblem
from breakeven.exposition.grafana.rules import JOB
from breakeven.exposition.history import history
from breakeven.settings import Settings
from breakeven.views.asking.query import window_of

INSTANCE = "127.0.0.1:8321"
"""Where `breakeven serve` answers by itself."""


@click.command("openmetrics")
@click.option("--from", "first", metavar="DATE", help="First month or day (default: that of the first record).")
@click.option("--to", "last", metavar="DATE", help="Last month or day, included (default: that of the last record).")
@click.option("-o", "--output", type=click.File("w", encoding="utf-8", lazy=True), default="-",
              help="File to write (default: standard output).")  # fmt: skip
@click.option("--job", default=JOB, show_default=True, help="Label that Prometheus gives to what it scrapes here.")
@click.option("--instance", default=INSTANCE, show_default=True, help="The other one: host and port that it scrapes.")
@workspace_options
def openmetrics_command(
    settings: Settings, first: str | None, last: str | None, output: TextIO, job: str, instance: str
) -> None:
    """Write what /metrics would have shown at the end of each day, as OpenMetrics.

    With the labels of the scrapes, history and scrapes are one series.
    `promtool tsdb create-blocks-from openmetrics FILE DIR` makes blocks for Prometheus of it.
    """
    with open_company(settings) as company:
        now = utc_now()
        span = window_of(company.ledger, first, last, now) or company.ledger.facts_span(now=now)
        if span is None:
            raise UsageProblem("there are no records yet: there is no history to write")
        with company.ledger.desk(now) as desk:
            scraped = (("instance", instance), ("job", job))
            for piece in history(desk, *span, settings.metrics_labels, scraped):
                output.write(piece)
