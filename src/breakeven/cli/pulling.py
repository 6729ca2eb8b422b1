"""pull and sources: fetch what is due or asked for, and how every pulled source stands."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

import click

from breakeven.app import Company, open_company, utc_now
from breakeven.cli.options import format_option, workspace_options
from breakeven.cli.render import print_json, print_table
from breakeven.errors import UnknownName, UsageProblem
from breakeven.ingest.pulling.run import Preview, Puller
from breakeven.ingest.pulling.timetable import due
from breakeven.settings import Settings, secret_reader
from breakeven.store.state import State, file_url
from breakeven.store.state_pulls import Result, pull_states
from breakeven.views.format import age
from breakeven.views.trust.pulls import PullStatus, pull_statuses
from breakeven.workspace import load


@click.command("pull")
@click.argument("sources", nargs=-1, metavar="[SOURCE]...")
@click.option("--all", "everything", is_flag=True, help="All sources, whether they are due or not.")
@click.option("--dry-run", is_flag=True, help="Show the first records that would come in; change nothing.")
@click.option("--anew", is_flag=True, help="Forget how far the sources were read: read all of them again.")
@workspace_options
@format_option("table", "json")
@click.pass_context
def pull_command(
    ctx: click.Context, settings: Settings, sources: Sequence[str], everything: bool, dry_run: bool, anew: bool,
    shape: str,
) -> None:  # fmt: skip
    """Fetch the named sources of sources.yaml, or those that are due.

    A running server does this by itself, on the schedule of each. Exit code 1 if a source failed or records were
    rejected.
    """
    with open_company(settings) as company:
        puller = Puller(company.workspace, company.pipeline, company.state, secret_reader(settings.workspace),
                        clock=utc_now)  # fmt: skip
        names = _chosen(company, puller, sources, everything=everything)
        if dry_run:
            previews = {name: puller.preview(name, anew=anew) for name in names}
            _show_previews(previews, shape)
            return
        results: dict[str, Result] = {}
        for name in names:
            results[name] = puller.pull(name, anew=anew)
            if shape == "table":
                _say(name, results[name])
        company.store.compact()
    if shape == "json":
        print_json(results)
    elif not names:
        click.echo("no source is due; --all pulls every one")
    ctx.exit(1 if any(result.status != "ok" or result.rejected for result in results.values()) else 0)


def _chosen(company: Company, puller: Puller, named: Sequence[str], *, everything: bool) -> list[str]:
    if not puller.pulled:
        raise UsageProblem("no source of sources.yaml has a pull: add one, as docs/ingest.md shows")
    for name in named:
        if name not in puller.pulled:
            raise UnknownName("pulled source", name, puller.pulled)
    if named and everything:
        raise UsageProblem("name sources, or give --all, not both")
    if named or everything:
        return list(dict.fromkeys(named)) or list(puller.pulled)
    now = utc_now()
    times = due(puller, pull_states(company.state), now, ZoneInfo(company.workspace.calendar.time_zone))
    return [name for name, at in times.items() if at <= now]


def _say(name: str, result: Result) -> None:
    click.echo(
        f"{name}: {result.status}, {result.accepted} accepted, {result.duplicates} duplicate,"
        f" {result.rejected} rejected"
    )
    if result.error is not None:
        click.echo(f"  {result.error}")
    if result.rejected:
        click.echo("  see what was rejected with: breakeven rejected")


def _show_previews(previews: dict[str, Preview], shape: str) -> None:
    if shape == "json":
        print_json(previews)
        return
    for name, preview in previews.items():
        click.echo(f"{name}: {'; '.join(preview.found) or 'nothing new'}")
        for record in preview.sample:
            click.echo("  " + ", ".join(f"{field}={value}" for field, value in record.items() if field != "row"))


@click.command("sources")
@workspace_options
@format_option("table", "json")
@click.pass_context
def sources_command(ctx: click.Context, settings: Settings, shape: str) -> None:
    """How the pulled sources stand: last and next run, records, lag, errors. Exit code 1 if something is wrong.

    Works beside a running server: it reads the state alone.
    """
    workspace = load(settings.workspace)
    settings.data_folder.mkdir(parents=True, exist_ok=True)
    state = State.open(settings.state or file_url(settings.data_folder / "state.sqlite"))
    try:
        found = pull_statuses(workspace, state, utc_now())
    finally:
        state.close()
    if shape == "json":
        print_json(found)
    elif not found:
        click.echo("no source of sources.yaml has a pull")
    else:
        zone = ZoneInfo(workspace.calendar.time_zone)
        print_table(
            ("source", "state", "last run", "next run", "accepted", "duplicate", "rejected", "total", "lag"),
            [_line(one, zone) for one in found],
            right=(4, 5, 6, 7, 8),
        )
        for one in found:
            if one.finding is not None:
                click.echo(one.finding)
            for path, error in list(one.unreadable.items())[:5]:
                click.echo(f"  {path}: {error}")
    ctx.exit(1 if any(one.finding is not None and one.standing != "never" for one in found) else 0)


def _line(one: PullStatus, zone: ZoneInfo) -> tuple[str, ...]:
    times = ("–" if at is None else f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S}" for at in (one.last_run, one.next_run))
    lag = "–" if one.lag_seconds is None else age(one.lag_seconds)
    return (
        one.name, one.standing, *times, str(one.accepted), str(one.duplicates), str(one.rejected), str(one.total), lag,
    )  # fmt: skip
