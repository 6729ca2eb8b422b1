"""case: a project's business case against what happened, and its approval."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

import click

from breakeven.app import open_company, utc_now
from breakeven.cli.options import as_of_option, format_option, workspace_options
from breakeven.cli.render import print_csv, print_json, print_table
from breakeven.errors import UsageProblem
from breakeven.ledger.cases.business_case import approve, case, cases
from breakeven.ledger.cases.results import Case, CaseMonth
from breakeven.money import cents
from breakeven.settings import Settings
from breakeven.views.asking.query import moment_of
from breakeven.views.format import UNKNOWN, exact_text
from breakeven.views.shapes.case_shapes import case_json, cases_json

SHOWN = ("plan_cost", "plan_benefit", "plan_net", "plan_cumulative", "actual_cost", "actual_benefit", "actual_net",
         "actual_cumulative", "variance", "forecast_cost", "forecast_benefit", "forecast_net",
         "forecast_cumulative")  # fmt: skip
"""What CSV has of each month."""
MONTHLY = ("month", "", "plan cost", "plan benefit", "plan so far", "cost", "benefit", "so far", "variance",
           "forecast net", "forecast so far")  # fmt: skip
WHOLE = ("", "plan", "plan so far", "actual", "variance", "index", "at completion", "against plan", "reason")


@click.command("case")
@click.argument("project", required=False)
@click.option("--approve", "approving", is_flag=True, help="Freeze the plan that projects.yaml states; needs --by.")
@click.option("--by", help="Who approves.")
@click.option("--note", default="", help="On what grounds.")
@as_of_option
@workspace_options
@format_option("table", "json", "csv")
def case_command(
    settings: Settings, project: str | None, approving: bool, by: str | None, note: str, past: str | None, shape: str
) -> None:  # fmt: skip
    """Plan, actual, variance and forecast of a PROJECT's business case; without PROJECT, of all in short."""
    if approving and (project is None or by is None):
        raise UsageProblem("an approval needs a project and a name: breakeven case PROJECT --approve --by NAME")
    if (by is not None or note) and not approving:
        raise UsageProblem("--by and --note belong to --approve")
    if approving and past is not None:
        raise UsageProblem("an approval is made now: leave --as-of out")
    with open_company(settings) as company:
        now = utc_now()
        with company.ledger.desk(now, moment_of(company.ledger, past, now)) as desk:
            if project is None:
                _print_all(cases(desk), shape)
                return
            one = approve(desk, project, by=by or "", note=note) if approving else case(desk, project)
    if shape == "json":
        print_json(case_json(one))
    elif shape == "csv":
        rows = ([f"{month.month:%Y-%m}", month.phase, *(_exact(getattr(month, name)) for name in SHOWN)]
                for month in one.months)  # fmt: skip
        print_csv(("month", "phase", *SHOWN), rows)
    else:
        _print_one(one)


def _print_all(found: Sequence[Case], shape: str) -> None:
    if shape == "json":
        print_json(cases_json(found))
        return
    header = ("project", "status", "plan", "cost", "forecast", "benefit", "forecast", "words")
    rows = [
        (one.project, one.status, one.plan or "",
         _two(one.cost.planned if one.cost else None), _two(one.cost.at_completion if one.cost else None),
         _two(one.benefit.planned if one.benefit else None), _two(one.benefit.at_completion if one.benefit else None),
         one.words)
        for one in found
    ]  # fmt: skip
    if shape == "csv":
        names = ("project", "status", "plan", "planned_cost", "forecast_cost", "planned_benefit", "forecast_benefit",
                 "words")  # fmt: skip
        print_csv(names, rows)
    elif rows:
        print_table(header, rows, right=(3, 4, 5, 6))
    else:
        click.echo("no project is declared")


def _print_one(one: Case) -> None:
    click.echo(f"{one.name}: {one.status}")
    click.echo(one.words)
    for line in _approval(one):
        click.echo(line)
    if one.cost is None or one.benefit is None:
        return
    click.echo(f"in {one.currency}, methodology {one.methodology}, data version {one.data_version}\n")
    print_table(MONTHLY, [_row(month) for month in one.months], right=range(2, 11))
    click.echo()
    sides = (("cost", one.cost), ("benefit", one.benefit))
    rows = [
        (name, _two(side.planned), _two(side.planned_to_date), _two(side.actual_to_date), _two(side.variance),
         UNKNOWN if side.index is None else f"{side.index:.3f}", _two(side.at_completion),
         _two(side.variance_at_completion), side.reason or "")
        for name, side in sides
    ]  # fmt: skip
    print_table(WHOLE, rows, right=range(1, 8))
    planned, expected = _percent(one.planned_roi_percent), _percent(one.forecast_roi_percent)
    click.echo(f"\nROI over the horizon: planned {planned}, forecast {expected}")
    click.echo(one.method)


def _approval(one: Case) -> Iterator[str]:
    if one.plan == "approved" and one.approved_at is not None:
        yield (f"plan approved, version {one.version}, by {one.approved_by} on {one.approved_at:%Y-%m-%d}"
               + (f": {one.note}" if one.note else ""))  # fmt: skip
        for change in one.changes:
            yield f"  projects.yaml differs now: {change}"
    elif one.plan == "declared":
        stated = f", approved on {one.declared_approval} as it says" if one.declared_approval else ""
        yield f"plan of projects.yaml as it is today{stated}: not frozen (case {one.project} --approve --by NAME)"


def _row(month: CaseMonth) -> tuple[str, ...]:
    mark = {"over": "", "open": "open", "ahead": "ahead"}[month.phase]
    amounts = (month.plan_cost, month.plan_benefit, month.plan_cumulative, month.actual_cost, month.actual_benefit,
               month.actual_cumulative, month.variance, month.forecast_net, month.forecast_cumulative)  # fmt: skip
    return f"{month.month:%Y-%m}", mark, *(_two(amount) for amount in amounts)


def _two(amount: Decimal | None) -> str:
    return UNKNOWN if amount is None else f"{cents(amount):,}"


def _percent(share: Decimal | None) -> str:
    return UNKNOWN if share is None else f"{share:.1f} %"


def _exact(amount: Decimal | None) -> str:
    return "" if amount is None else exact_text(amount)
