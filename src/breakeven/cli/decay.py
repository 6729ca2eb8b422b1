"""decay: figures that values rest on, and the money that is lost where they fall."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

import click

from breakeven.app import open_company, utc_now
from breakeven.cli.options import as_of_option, format_option, workspace_options
from breakeven.cli.render import print_csv, print_json, print_table
from breakeven.ledger.effects.decay_risk import Risk, risks
from breakeven.money import cents
from breakeven.settings import Settings
from breakeven.views.asking.query import moment_of
from breakeven.views.format import exact_text
from breakeven.views.shapes.experiment_shapes import decay_json

COLUMNS = ("project", "category", "figure", "baseline", "now", "state", "since", "counts", "lost", "per_day",
           "per_month", "per_year", "reason")  # fmt: skip


@click.command("decay")
@as_of_option
@workspace_options
@format_option("table", "json", "csv")
def decay_command(settings: Settings, past: str | None, shape: str) -> None:
    """Figures that values rest on: where they stand, what is lost in the open month, and the money at risk per day."""
    with open_company(settings) as company:
        now = utc_now()
        with company.ledger.desk(now, moment_of(company.ledger, past, now)) as desk:
            found, month = risks(desk), desk.reading.open_month
        currency = company.workspace.currency
    if shape == "json":
        print_json(decay_json(found))
    elif shape == "csv":
        print_csv(COLUMNS, list(_rows(found, exact=True)))
    elif not found:
        click.echo("no value rests on a figure: see rests_on in projects.yaml")
    else:
        click.echo(f"{month:%Y-%m} so far, in {currency}\n")
        print_table(COLUMNS, _rows(found, exact=False), right=(3, 4, 7, 8, 9, 10, 11))


def _rows(found: Sequence[Risk], *, exact: bool) -> Iterator[tuple[str, ...]]:
    for risk in found:
        amounts = (risk.lost, risk.per_day, risk.per_month, risk.per_year)
        yield (
            risk.project, risk.category, risk.figure, exact_text(risk.baseline), exact_text(risk.now), risk.state,
            f"{risk.since:%Y-%m}" if risk.since else "", f"{risk.factor * 100:.2f} %",
            *(_amount(amount, exact=exact) for amount in amounts), risk.reason or "",
        )  # fmt: skip


def _amount(amount: Decimal | None, *, exact: bool) -> str:
    return exact_text(amount if amount is None or exact else cents(amount))
