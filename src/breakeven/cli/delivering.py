"""report schedules, due, run, resend: what reports.yaml sends by itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from breakeven.app import archive_of, open_company, utc_now
from breakeven.cli.options import format_option, workspace_options
from breakeven.cli.render import print_json, print_table
from breakeven.cli.watching import replaced, shown
from breakeven.delivery.courier import Courier
from breakeven.delivery.opening import open_courier
from breakeven.delivery.standing import RunStanding, ScheduleStanding, run_standing, standing
from breakeven.reports import form_named
from breakeven.settings import Settings, secret_reader
from breakeven.store.state import State, file_url
from breakeven.store.state_audit import person
from breakeven.store.state_deliveries import one_run
from breakeven.workspace import load

TROUBLE = ("retry", "given_up", "unclear")


@contextmanager
def _courier(settings: Settings) -> Iterator[Courier]:
    with open_company(settings) as company:
        secret = secret_reader(settings.workspace)
        yield open_courier(company.ledger, archive_of(company), secret, utc_now)


@click.command("due")
@workspace_options
@format_option("table", "json")
@click.pass_context
def due_command(ctx: click.Context, settings: Settings, shape: str) -> None:
    """Make and send what is due, and try again what failed: for a machine without a server, from cron.

    A running server does this by itself. Exit code 1 if something could not be made or sent. What Ctrl-C breaks off is
    due as before.
    """
    with _courier(settings) as courier, shown("Reports that are due", courier.stop.set):
        done = [run_standing(courier.state, one_run(courier.state, run)) for run in courier.look()]
    _told(ctx, done, shape, "no report is due")


@click.command("run")
@click.argument("name", metavar="SCHEDULE")
@click.option("--key", default="", help="With a key that was used before nothing is sent again.")
@click.option("--preview", type=click.Path(path_type=Path, dir_okay=False), help="Write it here instead of sending it.")
@workspace_options
@format_option("table", "json")
@click.pass_context
def run_command(
    ctx: click.Context, settings: Settings, name: str, key: str, preview: Path | None, shape: str
) -> None:  # fmt: skip
    """Make the report of a schedule of reports.yaml now, keep it, and send it to its recipients.

    Exit code 1 if it could not be made or sent. Ctrl-C before it is kept leaves nothing of it.
    """
    with _courier(settings) as courier, shown(name):
        if preview is not None:
            form = preview.suffix.removeprefix(".").lower()
            form_named(form)
            document, content = courier.preview(name, form)
            replaced(preview, content)
            click.echo(f"{preview}: {document.title}, {document.period}; nothing was sent", err=True)
            return
        done = [run_standing(courier.state, courier.send(name, key=key))]
    _told(ctx, done, shape, "")


@click.command("resend")
@click.argument("run")
@click.argument("recipient")
@click.option("--by", required=True, help="Who says so; it is noted in the audit log.")
@workspace_options
@format_option("table", "json")
@click.pass_context
def resend_command(
    ctx: click.Context, settings: Settings, run: str, recipient: str, by: str, shape: str
) -> None:  # fmt: skip
    """Send once more to a RECIPIENT what is unclear or was given up; `report schedules` names RUN and RECIPIENT."""
    who = person(by, "sends it once more")
    with _courier(settings) as courier, shown(run):
        done = [run_standing(courier.state, courier.resend(run, recipient, by=who))]
    _told(ctx, done, shape, "")


@click.command("schedules")
@workspace_options
@format_option("table", "json")
@click.pass_context
def schedules_command(ctx: click.Context, settings: Settings, shape: str) -> None:
    """How the schedules of reports.yaml stand. Exit code 1 if something is wrong.

    Works beside a running server: it reads the state alone.
    """
    workspace = load(settings.workspace)
    settings.data_folder.mkdir(parents=True, exist_ok=True)
    state = State.open(settings.state or file_url(settings.data_folder / "state.sqlite"))
    try:
        found = standing(workspace, state, utc_now())
    finally:
        state.close()
    if shape == "json":
        print_json(found)
    elif not found:
        click.echo("reports.yaml has no schedule")
    else:
        zone = ZoneInfo(workspace.calendar.time_zone)
        print_table(("schedule", "report", "when", "next", "last", "status"), [_line(one, zone) for one in found])
        for one in found:
            for finding in one.findings:
                click.echo(finding)
    ctx.exit(1 if any(one.findings for one in found) else 0)


def _line(one: ScheduleStanding, zone: ZoneInfo) -> tuple[str, ...]:
    last = one.runs[0] if one.runs else None
    times = (one.next_due, last.due if last is not None else None)
    told = ("–" if at is None else f"{at.astimezone(zone):%Y-%m-%d %H:%M}" for at in times)
    return (one.name, one.report, one.cadence, *told, "never" if last is None else last.status)


def _told(ctx: click.Context, done: Sequence[RunStanding], shape: str, nothing: str) -> None:
    if shape == "json":
        print_json(done)
    elif not done:
        click.echo(nothing)
    for run in done if shape == "table" else ():
        click.echo(f"{run.run}: {run.status}" + (f", {run.error}" if run.error else ""))
        for one in run.deliveries:
            click.echo(f"  {one.recipient}: {one.status}" + (f", {one.error}" if one.error else ""))
    wrong = any(run.status in TROUBLE or any(one.status in TROUBLE for one in run.deliveries) for run in done)
    ctx.exit(1 if wrong else 0)
