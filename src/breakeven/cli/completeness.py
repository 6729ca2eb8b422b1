"""completeness: what of traffic, cost and benefit is there, on the command line."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_FLOOR, Decimal

import click
import msgspec

from breakeven.app import open_company, utc_now
from breakeven.cli.options import format_option, workspace_options
from breakeven.cli.render import print_csv, print_json, print_table
from breakeven.ledger.completeness.checks import Check, Part
from breakeven.ledger.completeness.score import Completeness, completeness
from breakeven.period import FORMS
from breakeven.settings import Settings
from breakeven.views.asking.query import period_of
from breakeven.views.format import exact_text


@click.command("completeness")
@click.option("--period", default="ytd", show_default=True, help=f"One of: {FORMS}.")
@click.option("--project", help="One project instead of all.")
@workspace_options
@format_option("table", "json", "csv")
def completeness_command(settings: Settings, period: str, project: str | None, shape: str) -> None:
    """How complete traffic, cost and benefit of each project are, what is missing, and how to connect it."""
    with open_company(settings) as company:
        now = utc_now()
        span = period_of(company.ledger, period, now)
        with company.ledger.desk(now) as desk:
            found = completeness(desk, span, project)
    if shape == "json":
        print_json(msgspec.to_builtins(found))
    elif shape == "csv":
        print_csv(("project", "part", "check", "known", "of", "share", "missing", "connect"), _lines(found))
    else:
        _print(found)


def _lines(found: Completeness) -> Iterator[tuple[str, ...]]:
    yield ("", "traffic", *_line(found.project_known))
    for one in found.projects:
        for part in (one.traffic, one.cost, one.benefit):
            for check in part.checks:
                yield (one.project, part.name, *_line(check))


def _line(check: Check) -> tuple[str, ...]:
    amounts = ("" if value is None else exact_text(value) for value in (check.known, check.of, check.share))
    return (check.name, *amounts, check.missing or "", check.connect or "")


def _print(found: Completeness) -> None:
    click.echo(f"completeness, {found.period} ({found.start} to {found.end}, exclusive): {_percent(found.score)}")
    click.echo(f"methodology {found.methodology}, data version {found.data_version}\n")
    rows = [(one.project, *(_percent(share) for share in (one.score, one.traffic.share, one.cost.share,
             one.benefit.share))) for one in found.projects]  # fmt: skip
    if not rows:
        click.echo("no declared project ran in the period: declare them in projects.yaml")
        return
    print_table(("project", "score", "traffic", "cost", "benefit"), rows, right=(1, 2, 3, 4))
    if found.project_known.missing:
        click.echo(f"\n{found.project_known.missing} ({_percent(found.project_known.share)} known): "
                   f"{found.project_known.connect or ''}")  # fmt: skip
    for one in found.projects:
        missing = [line for part in (one.traffic, one.cost, one.benefit) for line in _missing(part)]
        if missing:
            click.echo(f"\n{one.project}")
            print_table(("  part", "what", "known", "missing", "how to connect it"), missing, right=(2,))


def _missing(part: Part) -> Iterator[tuple[str, ...]]:
    for check in part.checks:
        if check.missing:
            yield (f"  {part.name}", check.label, _percent(check.share), check.missing, check.connect or "")


def _percent(share: Decimal | None) -> str:
    """Rounded down: 100 % is nothing missing."""
    return "–" if share is None else f"{(share * 100).quantize(Decimal('0.1'), ROUND_FLOOR)} %"
