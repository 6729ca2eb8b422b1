"""quality: the state of the data, source by source, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfo

import click

from breakeven.app import open_company, utc_now
from breakeven.cli.options import as_of_option, format_option, workspace_options
from breakeven.cli.render import print_json, print_table
from breakeven.ledger.arriving.quality import quality, quality_of
from breakeven.ledger.arriving.results import Quality, Sample
from breakeven.settings import Settings
from breakeven.views.asking.query import moment_of
from breakeven.views.format import UNKNOWN, age

COLUMNS = ("source", "kind", "records", "last", "age", "state", "last day", "late", "duplicates", "refused")


@click.command("quality")
@click.argument("source", required=False)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@as_of_option
@workspace_options
@format_option("table", "json")
@click.pass_context
def quality_command(
    ctx: click.Context, settings: Settings, source: str | None, past: str | None, shape: str, *, as_json: bool
) -> None:
    """The state of the data by source, or of one SOURCE with samples. Exit code 1 if something is wrong."""
    with open_company(settings) as company:
        now = utc_now()
        with company.ledger.desk(now, moment_of(company.ledger, past, now)) as desk:
            found = quality(desk.reading) if source is None else quality_of(desk.reading, source)
        zone = ZoneInfo(company.workspace.calendar.time_zone)
    if as_json or shape == "json":
        print_json(found)
    elif not found.sources:
        click.echo("no source has sent anything yet")
    else:
        print_table(COLUMNS, _rows(found, zone), right=(2, 4, 7, 8, 9))
        for finding in found.findings:
            since = f" since {finding.since:%Y-%m-%d}" if finding.since is not None else ""
            click.echo(f"\n{finding.what}{since}\n  follows: {finding.consequence}\n  to do: {finding.remedy}")
        for sample in (sample for one in found.sources for sample in one.samples):
            click.echo(f"\n{_sample(sample)}")
    ctx.exit(1 if found.findings else 0)


def _rows(found: Quality, zone: ZoneInfo) -> Iterator[tuple[str, ...]]:
    for one in found.sources:
        fresh = one.fresh
        waiting = sum(reason.waiting for reason in one.refused)
        yield (
            one.source or UNKNOWN, one.kind, f"{one.records:,}",
            f"{fresh.last_event.astimezone(zone):%Y-%m-%d %H:%M}" if fresh is not None else UNKNOWN,
            age(fresh.age_seconds) if fresh is not None else UNKNOWN,
            fresh.state if fresh is not None else "unknown",
            one.day.words if one.day is not None else UNKNOWN,
            UNKNOWN if one.delay is None or one.delay.share is None else f"{one.delay.share * 100:.1f} %",
            f"{one.duplicates:,}", f"{waiting:,}",
        )  # fmt: skip


def _sample(sample: Sample) -> str:
    where = f" in {sample.field}" if sample.field is not None else ""
    return f"{sample.reason}{where}: {sample.value or UNKNOWN}\n  {sample.record or ''}"
