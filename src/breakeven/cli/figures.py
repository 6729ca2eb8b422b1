"""statement, metric and explain: the figures of the ledger on the command line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

import click

from breakeven.app import open_company, utc_now
from breakeven.cli.options import (
    as_of_option,
    constant_currency_option,
    format_option,
    headline_option,
    workspace_options,
)  # fmt: skip
from breakeven.cli.render import print_csv, print_json, print_table
from breakeven.cli.scenarios import print_range, range_lines
from breakeven.ledger.headlines import headline_of, with_headline
from breakeven.ledger.invoicing.currency import at_rates_of
from breakeven.ledger.results import AfterClose, EvidenceSplit, Statement
from breakeven.ledger.scenarios.ranges import statement_range
from breakeven.money import cents
from breakeven.period import FORMS, Grain
from breakeven.settings import Settings
from breakeven.views.asking.filters import Filters
from breakeven.views.asking.query import moment_of, period_of, rates_day_of, window_of
from breakeven.views.asking.resolve import asked
from breakeven.views.explaining.panel import as_text, taken_apart
from breakeven.views.format import exact_text
from breakeven.views.question import Question
from breakeven.views.shapes.json_shapes import explain_json, metric_json, spelt_out, statement_json
from breakeven.views.shapes.scenario_shapes import scenario_json

PERIOD = click.option("--period", default="ytd", show_default=True, help=f"One of: {FORMS}.")
PROVEN = ("value", "cash", "capacity", "strategic", "net_value", "roi_percent")
"""What is shown of each degree of proof."""


@click.command("statement")
@PERIOD
@click.option("--project", help="One project instead of all.")
@click.option("--range", "ranged", is_flag=True, help="With P10, P50 and P90 and the chance of a return.")
@as_of_option
@constant_currency_option
@headline_option
@workspace_options
@format_option("table", "json", "csv")
def statement_command(
    settings: Settings, period: str, project: str | None, ranged: bool, past: str | None, rates: str | None,
    headline: str | None, shape: str,
) -> None:  # fmt: skip
    """Value, cost and return of a period, with targets and what is unknown."""
    with open_company(settings) as company:
        now = utc_now()
        as_of = moment_of(company.ledger, past, now)
        span = period_of(company.ledger, period, now, as_of)
        day, rule = rates_day_of(company.ledger, rates, now), headline_of(headline or "")
        statement = company.ledger.statement(
            span, now=now, project=project, as_of=as_of, rates_of=day, headline=rule
        )  # fmt: skip
        with company.ledger.desk(now, as_of) as desk:
            sure = statement_range(at_rates_of(with_headline(desk, rule), day), span, project) if ranged else None
    if shape == "json":
        print_json(statement_json(statement) | ({} if sure is None else {"range": scenario_json(sure)}))
    elif shape == "csv":
        percentiles = () if sure is None else range_lines(sure)
        print_csv(("part", "line", "amount"), [*_lines(statement), *_proof(statement), *percentiles])
    else:
        _print_statement(statement)
        if sure is not None:
            click.echo()
            print_range(sure)


@click.command("metric")
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@click.option(
    "--grain",
    type=click.Choice([grain.value for grain in Grain]),
    default="month",
    show_default=True,
    help="Length of a row's period.",
)
@click.option(
    "--by",
    default="none",
    show_default=True,
    help="project, model, none, or another field of the records: team, vendor, service, category…",
)
@click.option("--from", "start", help="First period, for example 2026-01 or 2026-01-15.")
@click.option("--to", "end", help="Last period, included.")
@click.option("--project", "projects", multiple=True, help="Only this project; may be given more than once.")
@as_of_option
@constant_currency_option
@workspace_options
@format_option("table", "json", "csv")
def metric_command(
    settings: Settings,
    names: Sequence[str],
    grain: str,
    by: str,
    start: str | None,
    end: str | None,
    projects: Sequence[str],
    past: str | None,
    rates: str | None,
    shape: str,
) -> None:
    """Figures over time. Measures, value categories, cost lines and metrics all have a NAME."""
    with open_company(settings) as company:
        now = utc_now()
        as_of = moment_of(company.ledger, past, now)
        window = window_of(company.ledger, start, end, now, as_of)
        tables = company.ledger.metrics(
            names, now=now, grain=Grain(grain), window=window, by=by, projects=projects or None, as_of=as_of,
            rates_of=rates_day_of(company.ledger, rates, now),
        )  # fmt: skip
    if shape == "json":
        shapes = [metric_json(table) for table in tables]
        print_json(shapes[0] if len(shapes) == 1 else shapes)
        return
    header = ("metric", "period", "project", "model", "dimension", "value", "unit", "reason")
    rows = [
        (table.metric, row.period, row.project or "", row.model or "", row.dimension or "", exact_text(row.value),
         spelt_out(table.unit, table.currency), row.reason or "")
        for table in tables
        for row in table.rows
    ]  # fmt: skip
    if shape == "csv":
        print_csv(header, rows)
    else:
        filled = [place for place, _ in enumerate(header) if place in (1, 5) or any(row[place] for row in rows)]
        print_table(
            [header[place] for place in filled],
            [[row[place] for place in filled] for row in rows],
            right=[filled.index(5)],
        )


@click.command("explain")
@click.argument("figure")
@PERIOD
@click.option("--project", "projects", multiple=True, help="Only this project; may be given more than once.")
@as_of_option
@constant_currency_option
@headline_option
@workspace_options
@format_option("tree", "json")
def explain_command(
    settings: Settings, figure: str, period: str, projects: tuple[str, ...], past: str | None, rates: str | None,
    headline: str | None, shape: str,
) -> None:  # fmt: skip
    """Take a figure apart: formula, values, records, assumptions and who answers for them."""
    filters = Filters(period=period, project=projects, as_of=past or "", constant=rates or "", headline=headline or "")
    with open_company(settings) as company, asked(company.ledger, filters, utc_now()) as found:
        question = Question(found.desk, filters, path="", period=found.period, projects=found.projects, show=found.show,
                            fresh=(), kept=lambda _, make: make(), given={})  # fmt: skip
        one, explanation = taken_apart(question, figure)
        currency = company.workspace.currency
        if shape == "json":
            print_json(explain_json(explanation, currency))
        else:
            click.echo("\n".join(as_text(question, one, explanation)))


def _lines(statement: Statement) -> list[tuple[str, str, str]]:
    """Part, line and exact amount of everything in a statement."""
    value = [("value", name, exact_text(amount)) for name, amount in statement.value.items()]
    cost = [("cost", name, exact_text(amount)) for name, amount in statement.cost.items()]
    names = (
        "total_value",
        "investment",
        "net_value",
        "roi_percent",
        "cumulative_roi_percent",
        "payback_months",
        "run_rate",
        "budget",
        "budget_variance",
        "cost_per_model",
        "completeness",
    )
    totals = [("total", name, exact_text(getattr(statement, name))) for name in names]
    return [*value, *cost, *totals]


def _proof(statement: Statement) -> list[tuple[str, str, str]]:
    """The same of what is claimed, measured and validated, and of the value by grade."""
    split = statement.evidence
    if split is None:
        return []
    degrees = (("claimed", split.claimed), ("measured", split.measured), ("validated", split.validated))
    proven = [(name, field, exact_text(getattr(degree, field))) for name, degree in degrees for field in PROVEN]
    rest = (("validated", "investment", split.validated_cost), ("claimed", "disputed", split.disputed),
            ("claimed", "not_counted", split.not_counted))  # fmt: skip
    grades = [("grade", grade, exact_text(amount)) for grade, amount in split.by_grade.items()]
    return [*proven, *((part, line, exact_text(amount)) for part, line, amount in rest), *grades]


def _print_statement(statement: Statement) -> None:
    until = f", month {statement.open_month} is still open" if statement.open_month else ""
    closed = ", ".join(f"{month} version {version}" for month, version in statement.closed.items())
    click.echo(f"{statement.scope}, {statement.period} ({statement.start} to {statement.end}, exclusive{until})")
    click.echo(f"in {statement.currency}, methodology {statement.methodology}, data version {statement.data_version}")
    if statement.rates_of is not None:
        click.echo(f"constant currency: every amount at the exchange rates of {statement.rates_of}")
    click.echo(f"closed: {closed}\n" if closed else "")
    print_table(("", "line", "amount"), _rounded(statement), right=(2,))
    for part in statement.metered:
        months = part.months[0] if len(part.months) == 1 else f"{len(part.months)} months to {part.months[-1]}"
        click.echo(f"metered: {exact_text(_two(part.amount))} of {part.vendor}, {part.words} ({months})")
    if statement.evidence is not None:
        _print_evidence(statement.evidence)
    click.echo()
    rows = [(target.label, exact_text(_two(target.value)), spelt_out(target.unit, statement.currency),
             f"{'≥' if target.rule == 'at_least' else '≤'} {exact_text(_two(target.target))}", target.word,
             target.reason or "") for target in statement.targets]  # fmt: skip
    print_table(("target", "actual", "unit", "goal", "status", "reason"), rows, right=(1, 3))
    for month in statement.after_close:
        _print_after_close(month)
    if statement.unknown:
        click.echo("\nunknown")
        for unknown in statement.unknown:
            click.echo(f"  {unknown.figure}: {unknown.reason}")


def _print_evidence(split: EvidenceSplit) -> None:
    """Claimed, measured and validated side by side; cash and capacity apart."""
    click.echo()
    degrees = (split.claimed, split.measured, split.validated)
    rows = [
        (field.replace("_", " "), *(exact_text(_two(getattr(degree, field))) for degree in degrees)) for field in PROVEN
    ]
    print_table(("evidence", "claimed", "measured (A to C)", "validated"), rows, right=(1, 2, 3))
    grades = ", ".join(f"{grade} {exact_text(_two(amount))}" for grade, amount in split.by_grade.items() if amount)
    click.echo(f"value by grade: {grades or 'none'}; headline: {split.headline}")
    if split.not_counted or split.disputed:
        click.echo(f"not counted in the headline: {_two(split.not_counted)}; disputed: {_two(split.disputed)}")
    for note in split.notes:
        click.echo(f"  {note}")


def _print_after_close(month: AfterClose) -> None:
    """What came after a close; it is in no total."""
    records = sum(late.added + late.corrected for late in month.late)
    method = f", methodology then {month.methodology}" if month.methodology else ""
    click.echo(f"\nafter close of {month.period}, {records} records{method}: it would have"
               f" {exact_text(month.value)} more value and {exact_text(month.cost)} more cost today")  # fmt: skip
    rows = [(one.category, one.project, exact_text(one.before), exact_text(one.after), exact_text(one.change))
            for one in month.changes]  # fmt: skip
    if rows:
        print_table(("amount", "project", "closed with", "today", "change"), rows, right=(2, 3, 4))


def _rounded(statement: Statement) -> Iterator[tuple[str, str, str]]:
    shown = ""
    for part, line, amount in _lines(statement):
        text = exact_text(_two(Decimal(amount))) if amount not in ("", "–") else "–"
        yield (part if part != shown else "", line, text)
        shown = part


def _two(number: Decimal | float | None) -> Decimal | None:
    return None if number is None else cents(Decimal(str(number)))
