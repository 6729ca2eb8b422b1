"""close, restate and ledger: months that are closed, the proof that they still are what was closed, the export."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from breakeven.app import Company, open_company, utc_now
from breakeven.cli.options import format_option, workspace_options
from breakeven.cli.render import print_json, print_table
from breakeven.errors import UsageProblem
from breakeven.ledger.closing.closing import Closed, close, restate
from breakeven.ledger.closing.exporting import FORMATS, Export, export
from breakeven.ledger.closing.listing import Closings, listed
from breakeven.ledger.closing.verifying import Verification, verify
from breakeven.ledger.results import Change
from breakeven.settings import Settings
from breakeven.views.asking.query import period_of
from breakeven.views.format import exact_text

BY = click.option("--by", required=True, metavar="NAME", help="Who does it; stands in the audit log.")


@click.command("close")
@click.argument("period", metavar="MONTH")
@BY
@click.option("--force", is_flag=True, help="Close although checks fail; the failed checks become part of the close.")
@click.option("--reason", default="", metavar="TEXT", help="Why; needed with --force.")
@workspace_options
@format_option("table", "json")
def close_command(settings: Settings, period: str, by: str, force: bool, reason: str, shape: str) -> None:
    """Freeze a month that is over, for example 2026-10.

    Refuses with every reason while checks fail. What is frozen does not change any more, whatever facts arrive and
    whatever formulas become; see restate.
    """
    with open_company(settings) as company, company.ledger.desk(utc_now()) as desk:
        made = close(desk, period, by=by, force=force, reason=reason)
    _show(made, shape)


@click.command("restate")
@click.argument("period", metavar="MONTH")
@BY
@click.option("--reason", required=True, metavar="TEXT", help="Why.")
@workspace_options
@format_option("table", "json")
def restate_command(settings: Settings, period: str, by: str, reason: str, shape: str) -> None:
    """Close a closed month anew from the facts and formulas of today; the version before stays in the chain."""
    with open_company(settings) as company, company.ledger.desk(utc_now()) as desk:
        made = restate(desk, period, by=by, reason=reason)
    _show(made, shape)


@click.group("ledger")
def ledger_command() -> None:
    """List closed months, verify their hashes, export entries."""


@ledger_command.command("list")
@workspace_options
@format_option("table", "json")
def list_command(settings: Settings, shape: str) -> None:
    """Every close and restatement with its hash, and what came after it."""
    with open_company(settings) as company, company.ledger.desk(utc_now()) as desk:
        found, currency = listed(desk), desk.workspace.currency
    if shape == "json":
        print_json(found)
    else:
        _print_closings(found, currency)


@ledger_command.command("verify")
@click.option("--hash", "expected", metavar="HEX", help="A hash that was noted elsewhere and must be in the chain.")
@workspace_options
@format_option("table", "json")
@click.pass_context
def verify_command(ctx: click.Context, settings: Settings, expected: str | None, shape: str) -> None:
    """Recompute every hash and compare the chain, the columns and the audit log. Exit code 1 if anything differs."""
    with open_company(settings) as company:
        found = verify(company.state, expected)
    if shape == "json":
        print_json(found)
    else:
        _print_verification(found)
    ctx.exit(1 if found.faults else 0)


@ledger_command.command("export")
@click.argument("periods", nargs=-1, metavar="[PERIOD]...")
@click.option("--format", "form", type=click.Choice(FORMATS), default="csv", show_default=True, help="Kind of file.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="File to write (default: standard output).")
@workspace_options
def export_command(settings: Settings, periods: Sequence[str], form: str, output: Path | None) -> None:
    """Entries for an auditor, one a row.

    `sealed` gives the texts of closed months exactly as they were hashed: of named months the version in force, without
    a name every link of the chain. PERIOD is a month, quarter or year; without any, everything is exported. Open months
    are marked as open.
    """
    with open_company(settings) as company:
        made = _exported(company, periods, form)
    if output is None:
        sys.stdout.buffer.write(made.content)
        return
    if output.is_dir():
        raise UsageProblem(f"{output} is a folder: name a file in it")
    output.write_bytes(made.content)
    what = f"{made.entries} entries of {made.months} months" if form != "sealed" else f"{made.closed} sealed texts"
    opened = f", {made.months - made.closed} of them still open" if form != "sealed" else ""
    click.echo(f"{output}: {what}{opened}")


def _exported(company: Company, periods: Sequence[str], form: str) -> Export:
    now = utc_now()
    spans = [period_of(company.ledger, text, now) for text in periods]
    with company.ledger.desk(now) as desk:
        return export(desk, spans, form)


def _show(made: Closed, shape: str) -> None:
    if shape == "json":
        print_json(made)
        return
    word = "closed" if made.version == 1 else f"restated: {made.reason}"
    click.echo(f"{made.period} is {word}")
    click.echo(f"version {made.version}, link {made.link} of the chain, by {made.closed_by}, {made.closed_at}")
    click.echo(
        f"value {exact_text(made.value)}, cost {exact_text(made.cost)} {made.currency} in {made.entries} entries"
    )
    click.echo(f"hash {made.hash}")
    said = [(check.outcome, check.name, check.words) for check in made.checks if check.outcome != "passed"]
    if said:
        click.echo()
        print_table(("", "check", "says"), said)
    if made.changes:
        click.echo()
        _print_changes(made.changes)


def _print_changes(changes: Sequence[Change]) -> None:
    """What differs, and the sums of value and cost."""
    rows = [
        (one.side, one.category, one.project, exact_text(one.before), exact_text(one.after), exact_text(one.change))
        for one in changes
    ]
    for side in ("value", "cost"):
        of = [one.change for one in changes if one.side == side]
        if of:
            rows.append((side, "all", "", "", "", exact_text(sum(of[1:], of[0]))))
    print_table(("", "amount", "project", "before", "after", "change"), rows, right=(3, 4, 5))


def _print_closings(found: Closings, currency: str) -> None:
    if not found.items:
        click.echo("no month is closed yet: breakeven close MONTH --by NAME")
        return
    rows = [
        (str(one.link), one.period, str(one.version), f"{one.closed_at:%Y-%m-%d %H:%M}", one.closed_by,
         "forced" if one.forced else "", f"{one.hash[:16]}…", "" if one.late_records is None else str(one.late_records),
         exact_text(one.value_after) if one.holds else "", exact_text(one.cost_after) if one.holds else "", one.reason)
        for one in found.items
    ]  # fmt: skip
    header = ("link", "month", "version", "closed", "by", "", "hash", "late", "value after", "cost after", "reason")
    print_table(header, rows, right=(0, 2, 7, 8, 9))
    for one in found.items:
        for late in one.late:
            money = ", ".join(f"{exact_text(amount)} {unit}" for unit, amount in late.amounts.items())
            click.echo(f"  after close of {one.period}: {late.kind} of {late.project}: {late.added} new,"
                       f" {late.corrected} corrected{', ' + money if money else ''}")  # fmt: skip
    click.echo(f"amounts in {currency}; next to close: {found.next}; the last hash is {found.items[-1].hash}")


def _print_verification(found: Verification) -> None:
    for fault in found.faults:
        place = " ".join(
            part
            for part in (
                fault.period,
                f"version {fault.version}" if fault.version is not None else None,
                f"line {fault.line}" if fault.line is not None else None,
            )
            if part
        )
        click.echo(f"{place}: {fault.message}" if place else fault.message)
    if not found.faults:
        last = f", the last hash is {found.last_hash}" if found.last_hash else ""
        click.echo(f"all is as it was closed: {found.closings} closings of {found.months} months{last}")
    else:
        click.echo(f"{len(found.faults)} faults in {found.closings} closings of {found.months} months")
