"""reprice: what other prices change in interactions that are stored, and applying it."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import click

from breakeven.app import open_company, utc_now
from breakeven.cli.options import format_option, workspace_options
from breakeven.cli.render import print_csv, print_json, print_table
from breakeven.errors import UsageProblem
from breakeven.ingest.repricing import Approval, Ask, RepriceLine, RepriceReport, reprice
from breakeven.period import FORMS
from breakeven.settings import Settings
from breakeven.views.format import exact_text
from breakeven.workspace.price_list import price_file

_COLUMNS = ("month", "project", "currency", "rows", "change rows", "newly priced", "lose price", "without price",
            "old", "new", "change")  # fmt: skip


@click.command("reprice")
@click.option("--from", "start", required=True, help=f"First period, for example 2026-09-01. One of: {FORMS}.")
@click.option("--to", "end", help="Last period, included (default: all since).")
@click.option("--prices", "path", type=click.Path(path_type=Path), metavar="FILE",
              help="A price list like prices.yaml that goes before the workspace's own prices.")  # fmt: skip
@click.option("--project", help="Only this project.")
@click.option("--include-reported", is_flag=True, help="Also costs that their source reported.")
@click.option("--apply", "apply", is_flag=True, help="Write it, as new versions; the old costs stay in the past.")
@click.option("--by", metavar="NAME", help="Who applies it; stands in the audit log.")
@click.option("--note", metavar="TEXT", help="Why it is applied; stands in the audit log.")
@workspace_options
@format_option("table", "json", "csv")
def reprice_command(
    settings: Settings, start: str, end: str | None, path: Path | None, project: str | None, include_reported: bool,
    apply: bool, by: str | None, note: str | None, shape: str,
) -> None:  # fmt: skip
    """Price interactions again: by month and project, what changes, and that nothing but cost does.

    Looked at are interactions that breakeven priced from their tokens, and those that had no price. Without --apply
    nothing is written.
    """
    if apply and not (by and note):
        raise UsageProblem("--apply needs --by NAME and --note TEXT: both stand in the audit log")
    if not apply and (by or note):
        raise UsageProblem("--by and --note go with --apply: without it nothing is written")
    with open_company(settings) as company:
        ask = Ask(
            start=start, end=end, project=project, include_reported=include_reported,
            prices=price_file(path, company.workspace) if path else None,
            prices_name=path.name if path else "prices of the workspace",
        )  # fmt: skip
        approval = Approval(by=by, note=note) if apply and by and note else None
        report = reprice(company.workspace, company.store, company.state, ask, now=utc_now(), approval=approval)
        if report.applied and report.changed:
            company.store.compact()
    if shape == "json":
        print_json(report)
    elif shape == "csv":
        print_csv(RepriceLine.__struct_fields__, [[_cell(getattr(line, name)) for name in line.__struct_fields__]
                                                  for line in report.lines])  # fmt: skip
    else:
        _print(report)


def _cell(value: object) -> object:
    return exact_text(value) if isinstance(value, Decimal) else value


def _print(report: RepriceReport) -> None:
    until = f" to {report.end}, exclusive" if report.end else ""
    click.echo(f"from {report.start}{until}, {report.project or 'all projects'}, {report.prices}")
    verb = "changed" if report.applied else "would change"
    click.echo(f"{report.looked} rows looked at, {report.changed} {verb}: {report.newly_priced} newly priced,"
               f" {report.lost_price} without a price any more")  # fmt: skip
    for count, words in (
        (report.unpriced, "have no price"),
        (report.same_cost, "cost the same under another price and stay as they are"),
        (report.without_usage, "name no tokens or usage and stay as they are"),
        (report.kept_reported, "keep their reported cost, as there is no price for them"),
    ):
        if count:
            click.echo(f"  {count} rows {words}")
    if report.lines:
        print_table(_COLUMNS, [_row(line) for line in report.lines], right=range(3, len(_COLUMNS)))
    for total in report.totals:
        click.echo(f"{total.currency}: {_money(total.old)} → {_money(total.new)}, {_signed(total.change)}")
    _print_proof(report)
    for note in report.notes:
        click.echo(f"note: {note}")
    if report.applied:
        click.echo(f"written as data version {report.data_version}" if report.changed else "nothing was to be written")
    elif report.changed:
        click.echo("nothing is written yet: add --apply --by NAME --note TEXT")


def _row(line: RepriceLine) -> tuple[str, ...]:
    month = f"{line.month} (closed)" if line.closed else line.month
    counts = (line.looked, line.changed, line.newly_priced, line.lost_price, line.unpriced)
    return (month, line.project, line.currency or "", *map(str, counts), _money(line.old), _money(line.new),
            _signed(line.change))  # fmt: skip


def _print_proof(report: RepriceReport) -> None:
    """Nothing but cost: the columns' sums and the fingerprint of the changed rows, before and after."""
    before, after = report.proof.before, report.proof.after
    if not after.rows:
        return
    click.echo(f"beside cost, {before.rows} rows before and {after.rows} after are"
               f" {'equal' if report.proof.equal else 'NOT EQUAL'}:")  # fmt: skip
    rows = [(name, exact_text(before.sums[name]), exact_text(after.sums[name])) for name in after.sums
            if before.sums[name] is not None or after.sums[name] is not None]  # fmt: skip
    print_table(("  sum of", "before", "after"), [(f"  {name}", was, now) for name, was, now in
                [*rows, ("fingerprint of all other columns", before.fingerprint, after.fingerprint)]],
                right=(1, 2))  # fmt: skip


def _money(amount: Decimal | None) -> str:
    return "unknown" if amount is None else exact_text(amount)


def _signed(amount: Decimal | None) -> str:
    if amount is None:
        return "unknown"
    return f"+{exact_text(amount)}" if amount > 0 else exact_text(amount)
