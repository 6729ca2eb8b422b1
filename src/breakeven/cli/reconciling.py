"""reconcile: invoices against meters on the command line."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from decimal import Decimal

import click
import msgspec

from breakeven.app import open_company, utc_now
from breakeven.cli.options import format_option, workspace_options
from breakeven.cli.render import print_csv, print_json, print_table
from breakeven.ledger.invoicing.gap import LABELS
from breakeven.ledger.invoicing.reconcile import Reconciled, Reconciliation, reconcile, tolerance_of
from breakeven.money import cents
from breakeven.period import FORMS
from breakeven.settings import Settings
from breakeven.views.asking.query import period_of
from breakeven.views.format import exact_text

_WIDE = ("vendor", "meter", "month", "basis", "invoice", "metered", "gap", "gap_share")


@click.command("reconcile", epilog=f"PERIOD is one of: {FORMS}.")
@click.argument("period")
@click.option("--vendor", help="Only this vendor or meter.")
@click.option("--tolerance", help="Gap that is tolerated, as a share of the invoice: 2%. Beyond it the exit code is 1.")
@workspace_options
@format_option("table", "json", "csv")
def reconcile_command(settings: Settings, period: str, vendor: str | None, tolerance: str | None, shape: str) -> None:
    """Invoices against meters in PERIOD, each gap taken apart. The parts that are known add up to the gap."""
    most = None if tolerance is None else tolerance_of(tolerance)
    with open_company(settings) as company:
        now = utc_now()
        span = period_of(company.ledger, period, now)
        with company.ledger.desk(now) as desk:
            found = reconcile(desk, span, vendor, most)
    if shape == "json":
        print_json(msgspec.to_builtins(found))
    elif shape == "csv":
        print_csv((*_WIDE, *LABELS), _exact(found))
    else:
        _print(found)
    if found.beyond_tolerance:
        sys.exit(1)


def _exact(found: Reconciliation) -> Iterator[tuple[str, ...]]:
    for row in found.rows:
        parts = {part.name: part.amount for part in row.parts}
        amounts = (row.invoice, row.metered, row.gap, row.gap_share, *(parts.get(name) for name in LABELS))
        yield (row.vendor, row.meter, f"{row.month:%Y-%m}", row.basis, *(_text(amount) for amount in amounts))


def _text(amount: Decimal | None) -> str:
    return "" if amount is None else exact_text(amount)


def _print(found: Reconciliation) -> None:
    click.echo(f"invoice against meter, {found.period} ({found.start} to {found.end}, exclusive), in {found.currency}")
    click.echo(f"methodology {found.methodology}, data version {found.data_version}\n")
    if not found.rows:
        click.echo("no metered traffic and no bill of its vendors in these months")
    for row in found.rows:
        _print_row(row)
    if found.not_metered:
        click.echo(
            "vendors of compute without metered traffic (meters: in allocation.yaml says which traffic is theirs)"
        )
        rows = [(one.vendor, _cents(one.amount)) for one in found.not_metered]
        print_table(("  vendor", "billed"), [(f"  {name}", amount) for name, amount in rows], right=(1,))
    if found.tolerance is not None:
        share = exact_text((found.tolerance * 100).normalize())
        click.echo(f"{found.beyond_tolerance} of {len(found.rows)} beyond the tolerance of {share} %")


def _print_row(row: Reconciled) -> None:
    mark = "  BEYOND TOLERANCE" if row.beyond_tolerance else ""
    click.echo(f"{row.month:%Y-%m}  {row.vendor}  ({', '.join(row.providers) or 'no metered traffic'}){mark}")
    click.echo(f"  {row.words}")
    share = "" if row.gap_share is None else f" ({(row.gap_share * 100).quantize(Decimal('0.01')):+f} % of the invoice)"
    click.echo(f"  invoice {_cents(row.invoice)}, metered {_cents(row.metered)}, gap {_cents(row.gap)}{share}")
    rows = [(f"  {part.label}", _cents(part.amount), part.reason or part.rule) for part in row.parts]
    if rows:
        print_table(("  part", "amount", "how, or why it is not known"), rows, right=(1,))
    click.echo()


def _cents(amount: Decimal | None) -> str:
    return "–" if amount is None else f"{cents(amount) + 0:,f}"
