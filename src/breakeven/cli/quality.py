"""quality: the state of the data, source by source, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfo

import click

from breakeven.app import open_company, utc_now
from breakeven.cli.options import as_of_option, format_option, workspace_options
from breakeven.cli.render import print_json, print_table
from breakeven.ledger.arriving.results import Finding, Quality, Refused, Source
from breakeven.settings import Settings
from breakeven.views.asking.query import moment_of
from breakeven.views.format import UNKNOWN, age
from breakeven.views.trust.data import data_quality

COLUMNS = ("source", "kind", "records", "last", "age", "state", "last day", "late", "duplicates", "refused", "fields")


@click.command("quality")
@click.argument("source", required=False)
@as_of_option
@workspace_options
@format_option("table", "json")
@click.pass_context
def quality_command(ctx: click.Context, settings: Settings, source: str | None, past: str | None, shape: str) -> None:
    """The state of the data by source, or of one SOURCE with more samples. Exit code 1 if something is wrong."""
    with open_company(settings) as company:
        now = utc_now()
        with company.ledger.desk(now, moment_of(company.ledger, past, now)) as desk:
            found = data_quality(desk, source)
        zone = ZoneInfo(company.workspace.calendar.time_zone)
    if shape == "json":
        print_json(found)
    else:
        _print(found, zone)
    ctx.exit(1 if found.findings else 0)


def _print(found: Quality, zone: ZoneInfo) -> None:
    if found.sources:
        print_table(COLUMNS, [_row(one, zone) for one in found.sources], right=(2, 4, 7, 8, 9))
    else:
        click.echo("no source has sent anything yet")
    for one in found.sources:
        for reason in one.refused:
            click.echo("".join(f"\n{line}" for line in _refused(one, reason, zone)))
    for finding in found.findings:
        click.echo(f"\n{_finding(finding, zone)}")
    if found.sources and not found.findings:
        click.echo("\nnothing is wrong")


def _row(one: Source, zone: ZoneInfo) -> tuple[str, ...]:
    fresh = one.fresh
    waiting = sum(reason.waiting for reason in one.refused)
    return (
        one.source or UNKNOWN, one.kind, f"{one.records:,}",
        f"{fresh.last_event.astimezone(zone):%Y-%m-%d %H:%M}" if fresh is not None else UNKNOWN,
        age(fresh.age_seconds) if fresh is not None else UNKNOWN,
        fresh.state if fresh is not None else "unknown",
        one.day.words if one.day is not None else UNKNOWN,
        UNKNOWN if one.delay is None or one.delay.share is None else f"{one.delay.share * 100:.1f} %",
        f"{one.duplicates:,}", f"{waiting:,}",
        UNKNOWN if one.drift is None else f"{len(one.drift)} changed" if one.drift else "as usual",
    )  # fmt: skip


def _refused(one: Source, reason: Refused, zone: ZoneInfo) -> Iterator[str]:
    share = UNKNOWN if reason.share is None else f"{reason.share * 100:.1f} %"
    yield (
        f"refused: {reason.records:,} {one.kind} records of {one.source or 'an unnamed source'} ({share}),"
        f" {reason.reason}; {reason.waiting:,} wait, {reason.replayed:,} accepted since"
    )
    for sample in reason.samples:
        where = f", row {sample.row}" if sample.row is not None else ""
        field = f"{sample.field} " if sample.field is not None else ""
        came = f"{sample.received_at.astimezone(zone):%Y-%m-%d %H:%M}"
        yield f"  {came}{where}: {field}{sample.value or UNKNOWN}  {sample.record or ''}".rstrip()
    if reason.replay is not None:
        yield f"  try again: {reason.replay}"


def _finding(one: Finding, zone: ZoneInfo) -> str:
    since = f" since {one.since.astimezone(zone):%Y-%m-%d}" if one.since is not None else ""
    return f"{one.what}{since}\n  follows: {one.consequence}\n  to do: {one.remedy}"
