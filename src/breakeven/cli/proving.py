"""report verify, issued, compare, fetch: the archive of issued reports, and proof of any file."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import click
import msgspec

from breakeven.app import archive_of, open_company, utc_now
from breakeven.cli.options import format_option, workspace_options
from breakeven.cli.render import print_json, print_table
from breakeven.cli.watching import replaced, shown
from breakeven.errors import FileUnreadable
from breakeven.reports.archive import Issue
from breakeven.reports.proving.comparing import Comparison, compared
from breakeven.reports.proving.looks import looks_of
from breakeven.reports.proving.verifying import WORDS, Difference, Verified, verify
from breakeven.settings import Settings
from breakeven.views.format import exact_text

SHOWN = 20
"""Differences that a person is shown; JSON has all."""
LINES = 5
"""Lines of a difference."""


@click.command("verify")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--template", type=click.Path(path_type=Path, exists=True, dir_okay=False),
              help="Looks that the file was written in, where they are not the workspace's.")  # fmt: skip
@workspace_options
@format_option("table", "json")
@click.pass_context
def verify_command(ctx: click.Context, settings: Settings, file: Path, template: Path | None, shape: str) -> None:
    """Make a report again as of its data version: is FILE what breakeven says? Exit code 1 where it is not."""
    try:
        content = file.read_bytes()
    except OSError as error:
        raise FileUnreadable(f"{file} cannot be read: {error.strerror}") from error
    with shown(f"{file.name}: made again"), open_company(settings) as company:
        looks = looks_of(company.workspace, content, template)
        told = verify(company.ledger, archive_of(company), content, utc_now(), looks)
    if shape == "json":
        print_json(msgspec.to_builtins(told))
    else:
        _print(file, told)
    ctx.exit(0 if told.equal else 1)


def _print(file: Path, told: Verified) -> None:
    origin = told.provenance
    click.echo(f"{file}: {'equal' if told.equal else 'NOT EQUAL'}")
    click.echo(f"  report {origin.report} ({told.form}), as known at {origin.known:%Y-%m-%d %H:%M:%S %Z}, data version "
               f"{origin.data_version}, methodology {origin.methodology}")  # fmt: skip
    filters = ", ".join(f"{name} {value}" for name, value in origin.filters.items())
    click.echo(f"  filters: {filters or 'year to date'}; rights: {origin.scope or 'everything'}")
    same = "the same" if told.hash_anew == origin.hash else "ANOTHER"
    click.echo(f"  hash in the file {origin.hash[:12]}, made again {told.hash_anew[:12]}: {same}")
    click.echo(f"  {WORDS[told.file]}")
    issue = told.issue
    click.echo("  not in the archive" if issue is None else
               f"  issued {issue.issued_at:%Y-%m-%d %H:%M %Z} as number {issue.id} to "
               f"{', '.join(issue.recipients) or 'nobody in particular'}")  # fmt: skip
    for remark in told.remarks:
        click.echo(f"  note: {remark}")
    for line in _lines(told.differences):
        click.echo(line)


def _lines(differences: tuple[Difference, ...]) -> Iterator[str]:
    for one in islice(differences, SHOWN):
        for mark, lines in (("-", one.anew), ("+", one.file)):
            yield from (f"  {mark} {line}" for line in lines[:LINES])
            if len(lines) > LINES:
                yield f"  {mark} … and {len(lines) - LINES} lines more"
    if len(differences) > SHOWN:
        yield f"  … and {len(differences) - SHOWN} differences more"
    if differences:
        yield "  (- as breakeven says it, + as the file says it)"


@click.command("issued")
@click.option("--report", help="Only of this name.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True)
@click.option("--check", is_flag=True, help="Look at every file: is one missing, was one changed?")
@workspace_options
@format_option("table", "json")
@click.pass_context
def issued_command(
    ctx: click.Context, settings: Settings, report: str | None, limit: int, check: bool, shape: str
) -> None:  # fmt: skip
    """Reports that were issued, the latest first."""
    with open_company(settings) as company:
        archive = archive_of(company)
        issues = archive.issues(report, limit=limit)
        problems = archive.problems() if check else []
    if shape == "json":
        print_json(msgspec.to_builtins(issues))
    elif not issues:
        click.echo("no report was issued yet")
    else:
        print_table(("number", "issued", "report", "period", "form", "rights", "data", "methodology", "hash", "to"),
                    [_row(one) for one in issues], right=(0, 6))  # fmt: skip
    for problem in problems:
        click.echo(str(problem), err=True)
    if check and not problems:
        click.echo("every file is there as it was issued", err=True)
    ctx.exit(1 if problems else 0)


def _row(one: Issue) -> tuple[str, ...]:
    return (
        str(one.id), f"{one.issued_at:%Y-%m-%d %H:%M}", one.report, one.period, one.form, one.scope or "everything",
        str(one.data_version), one.methodology_version, one.hash[:12], ", ".join(one.recipients) or "–",
    )  # fmt: skip


@click.command("fetch")
@click.argument("number", type=click.IntRange(1))
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Default: its own name, here.")
@workspace_options
def fetch_command(settings: Settings, number: int, output: Path | None) -> None:
    """The file of an issued report, as it was handed out."""
    with open_company(settings) as company:
        archive = archive_of(company)
        issue, content = archive.get(number), archive.content(number)
    target = output if output is not None else Path(issue.name)
    replaced(target, content)
    click.echo(f"{target}: {issue.title}, {issue.period}, hash {issue.hash}", err=True)


@click.command("compare")
@click.argument("first", type=click.IntRange(1))
@click.argument("second", type=click.IntRange(1))
@workspace_options
@format_option("table", "json")
def compare_command(settings: Settings, first: int, second: int, shape: str) -> None:
    """What changed between two issues of a report, and why."""
    with shown(f"Comparing {first} and {second}"), open_company(settings) as company:
        found = compared(company.ledger, archive_of(company), first, second, utc_now())
    if shape == "json":
        print_json(msgspec.to_builtins(found))
    else:
        _print_comparison(found)


def _print_comparison(found: Comparison) -> None:
    for one in (found.before, found.after):
        issued = f"{one.issued_at:%Y-%m-%d %H:%M %Z}"
        click.echo(f"{one.id}: {one.title}, {one.period}, issued {issued}, hash {one.hash[:12]}")
    for remark in found.remarks:
        click.echo(f"note: {remark}")
    if found.same:
        click.echo("they say the same")
        return
    print_table(("section", "line", "before", "after", "difference"),
                [(one.section, one.item, one.before or "–", one.after or "–", exact_text(one.difference))
                 for one in found.changes], right=(4,))  # fmt: skip
    if found.bridge is None or found.bridge.change is None:
        why = found.no_bridge or (found.bridge.reason if found.bridge is not None else "")
        click.echo(f"\nno bridge: {why}")
        return
    click.echo(f"\nwhy: {found.bridge.label}, {found.bridge.start.name} → {found.bridge.end.name}")
    rows = [(one.label, exact_text(one.amount), "; ".join(driver.label for driver in one.drivers[:3]))
            for one in found.bridge.parts if one.amount]  # fmt: skip
    print_table(("part", "amount", "comes from"), [*rows, ("change", exact_text(found.bridge.change), "")], right=(1,))
