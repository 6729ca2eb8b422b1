"""range, what-if, tornado, break-even and scenario: how sure a statement is, and what would change it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import click

from breakeven.app import open_company, utc_now
from breakeven.cli.options import as_of_option, format_option, workspace_options
from breakeven.cli.render import print_csv, print_json, print_table
from breakeven.ledger.desk import Desk
from breakeven.ledger.scenarios.break_even import Asked, break_even
from breakeven.ledger.scenarios.changes import read_change
from breakeven.ledger.scenarios.figures import DEFAULT
from breakeven.ledger.scenarios.range_results import StatementRange
from breakeven.ledger.scenarios.ranges import DRAWS, SEED, statement_range
from breakeven.ledger.scenarios.results import BreakEven, Compared, Difference, Question, Tornado, WhatIf
from breakeven.ledger.scenarios.saved import changes_of, compare, forget, listed, save, show
from breakeven.ledger.scenarios.scope import Scope
from breakeven.ledger.scenarios.tornado import tornado
from breakeven.ledger.scenarios.what_if import what_if
from breakeven.period import FORMS
from breakeven.settings import Settings
from breakeven.views.asking.query import moment_of, period_of
from breakeven.views.format import exact_text
from breakeven.views.shapes.json_shapes import spelt_out
from breakeven.views.shapes.scenario_shapes import scenario_json

PERIOD = click.option("--period", default="ytd", show_default=True, help=f"One of: {FORMS}.")
PROJECT = click.option("--project", help="The statement of one project instead of all.")
SUPPOSED = click.option("--set", "changes", multiple=True, metavar="NAME=VALUE", help="What is supposed beside that.")
BY = click.option("--by", required=True, metavar="NAME", help="Who does it; stands in the audit log.")


class Number(click.ParamType[Decimal]):
    """A decimal number as it is written."""

    name = "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Decimal:
        """The number. Fails for anything else."""
        try:
            number = Decimal(str(value))
        except ArithmeticError:
            self.fail(f"{value!r} is not a number", param, ctx)
        if not number.is_finite() or abs(number) >= 10**20:
            self.fail(f"{value!r} is not a number below 10^20", param, ctx)
        return number


@contextmanager
def _asked(settings: Settings, period: str, project: str | None, past: str | None) -> Iterator[tuple[Desk, Scope]]:
    """The desk and what is asked about."""
    with open_company(settings) as company:
        now = utc_now()
        as_of = moment_of(company.ledger, past, now)
        span = period_of(company.ledger, period, now, as_of)
        with company.ledger.desk(now, as_of) as desk:
            yield desk, Scope(period=span, project=project)


@click.command("range")
@PERIOD
@PROJECT
@click.option("--draws", type=int, default=DRAWS, show_default=True, help="How many draws.")
@click.option("--seed", type=click.IntRange(0), default=SEED, show_default=True, help="The same seed, the same answer.")
@SUPPOSED
@as_of_option
@workspace_options
@format_option("table", "json", "csv")
def range_command(
    settings: Settings, period: str, project: str | None, draws: int, seed: int, changes: Sequence[str],
    past: str | None, shape: str,
) -> None:  # fmt: skip
    """P10, P50 and P90 of a statement, and the chance that ROI is above 0.

    Drawn from the distributions of the assumptions (low, high, distribution in assumptions.yaml) and the standard
    errors of measured effects and surveys. In every draw the whole statement is made.
    """
    with _asked(settings, period, project, past) as (desk, scope):
        read = [read_change(text) for text in changes]
        found = statement_range(desk, scope.period, scope.project, seed, draws, read)
    _print(found, shape, ("figure", "unit", "value", "p10", "p50", "p90", "mean", "reason"), _range_rows(found),
           _print_range)  # fmt: skip


@click.command("what-if")
@click.argument("changes", nargs=-1, required=True, metavar="NAME=VALUE...")
@PERIOD
@PROJECT
@click.option("--by", type=click.Choice(["project"]), help="Each project's value, cost and return too.")
@as_of_option
@workspace_options
@format_option("table", "json", "csv")
def what_if_command(
    settings: Settings, changes: Sequence[str], period: str, project: str | None, by: str | None, past: str | None,
    shape: str,
) -> None:  # fmt: skip
    """The statement as it is beside what it would be with other assumptions. Nothing is changed.

    \b
      breakeven what-if hourly_rate=180              every value becomes 180
      breakeven what-if hourly_rate=+10%             every value ten percent up
      breakeven what-if 'hourly_rate=*1.2'           every value times 1.2
      breakeven what-if hourly_rate@support-bot=180  in one project only
    """  # noqa: D301 - click wants the backspace: it keeps the lines as they are
    with _asked(settings, period, project, past) as (desk, scope):
        found = what_if(desk, [read_change(text) for text in changes], scope, by_project=by is not None)
    header = ("project", "figure", "unit", "before", "after", "change", "reason")
    _print(found, shape, header, _difference_rows(found), _print_what_if)


@click.command("tornado")
@PERIOD
@PROJECT
@click.option("--figure", default=DEFAULT, show_default=True, help="The figure that is moved.")
@click.option("--swing", type=Number(), help="Percent by which assumptions without a range are moved.")
@SUPPOSED
@as_of_option
@workspace_options
@format_option("table", "json", "csv")
def tornado_command(
    settings: Settings, period: str, project: str | None, figure: str, swing: Decimal | None, changes: Sequence[str],
    past: str | None, shape: str,
) -> None:  # fmt: skip
    """Each assumption at the low and at the high end of its range, all others at their values; widest first."""
    with _asked(settings, period, project, past) as (desk, scope):
        found = tornado(desk, scope, figure, swing, [read_change(text) for text in changes])
    header = ("assumption", "unit", "value", "low", "high", "at_low", "at_high", "swing", "basis", "reason")
    _print(found, shape, header, _bars(found), _print_tornado)


@click.command("break-even")
@click.argument("name", metavar="ASSUMPTION[@PROJECT]")
@PERIOD
@PROJECT
@click.option("--figure", default="roi_percent", show_default=True, help="The figure that is to reach a value.")
@click.option("--at", type=Number(), default="0", show_default=True, help="The value it is to reach.")
@click.option("--low", type=Number(), help="Where to begin (default: the declared low end, else 0).")
@click.option("--high", type=Number(), help="Where to end (default: the declared high end, else ten times the value).")
@as_of_option
@workspace_options
@format_option("table", "json")
def break_even_command(
    settings: Settings, name: str, period: str, project: str | None, figure: str, at: Decimal, low: Decimal | None,
    high: Decimal | None, past: str | None, shape: str,
) -> None:  # fmt: skip
    """The value of an assumption at which ROI is 0, or another figure has another value."""
    assumption, _, owner = name.partition("@")
    asked = Asked(assumption, owner or None, figure, at, low, high)
    with _asked(settings, period, project, past) as (desk, scope):
        found = break_even(desk, asked, scope)
    _print(found, shape, (), (), _print_break_even)


@click.group("scenario")
def scenario_command() -> None:
    """Save what-ifs by name, and compare them over the present data."""


@scenario_command.command("save")
@click.argument("name")
@click.argument("changes", nargs=-1, required=True, metavar="CHANGE...")
@BY
@click.option("--description", default="", metavar="TEXT", help="What it stands for.")
@workspace_options
@format_option("table", "json")
def save_command(settings: Settings, name: str, changes: Sequence[str], by: str, description: str, shape: str) -> None:
    """Keep changes under a name: breakeven scenario save careful hourly_rate=-10% --by Ada."""
    with open_company(settings) as company, company.ledger.desk(utc_now()) as desk:
        made = save(desk, name, changes, by=by, description=description)
    if shape == "json":
        print_json(made)
    else:
        click.echo(f"{made.name} is saved: {', '.join(made.changes)}")


@scenario_command.command("list")
@workspace_options
@format_option("table", "json", "csv")
def list_command(settings: Settings, shape: str) -> None:
    """All saved scenarios."""
    with open_company(settings) as company, company.ledger.desk(utc_now()) as desk:
        found = listed(desk)
    header = ("name", "changes", "description", "by", "at")
    rows = [(one.name, ", ".join(one.changes), one.description, one.who, f"{one.at:%Y-%m-%d %H:%M}") for one in found]
    if shape == "json":
        print_json({"items": found, "next": None})
    elif shape == "csv":
        print_csv(header, rows)
    elif rows:
        print_table(header, rows)
    else:
        click.echo("no scenario is saved: breakeven scenario save NAME hourly_rate=180 --by WHO")


@scenario_command.command("show")
@click.argument("name")
@PERIOD
@PROJECT
@workspace_options
@format_option("table", "json", "csv")
def show_command(settings: Settings, name: str, period: str, project: str | None, shape: str) -> None:
    """The what-if of a saved scenario, with the data of now."""
    with _asked(settings, period, project, None) as (desk, scope):
        found = what_if(desk, changes_of(desk, show(desk, name)), scope)
    header = ("project", "figure", "unit", "before", "after", "change", "reason")
    _print(found, shape, header, _difference_rows(found), _print_what_if)


@scenario_command.command("delete")
@click.argument("name")
@BY
@workspace_options
@format_option("table", "json")
def delete_command(settings: Settings, name: str, by: str, shape: str) -> None:
    """Forget a scenario."""
    with open_company(settings) as company, company.ledger.desk(utc_now()) as desk:
        gone = forget(desk, name, by=by)
    if shape == "json":
        print_json(gone)
    else:
        click.echo(f"{gone.name} is deleted; it was {', '.join(gone.changes)}")


@scenario_command.command("compare")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@PERIOD
@PROJECT
@workspace_options
@format_option("table", "json", "csv")
def compare_command(settings: Settings, names: Sequence[str], period: str, project: str | None, shape: str) -> None:
    """Saved scenarios side by side; without names all of them."""
    with _asked(settings, period, project, None) as (desk, scope):
        found = compare(desk, names, scope)
    header = ("figure", "unit", "present", *(one.name for one in found.scenarios))
    _print(found, shape, header, _compared_rows(found), _print_compared)


# --- what is printed


def _print(
    found: Any, shape: str, header: Sequence[str], rows: Iterable[Sequence[str]], table: Callable[[Any], None]
) -> None:
    if shape == "json":
        print_json(scenario_json(found))
    elif shape == "csv":
        print_csv(header, rows)
    else:
        table(found)


def _headline(found: Question | StatementRange) -> None:
    click.echo(f"{found.scope}, {found.period} ({found.start} to {found.end}, exclusive)")
    click.echo(f"in {found.currency}, methodology {found.methodology}, data version {found.data_version}\n")


def _text(number: Decimal | None) -> str:
    return "" if number is None else exact_text(number)


def _two(number: Decimal | None, sign: bool = False) -> str:
    """Rounded for people."""
    if number is None:
        return "–"
    rounded = number.quantize(Decimal("0.01"))
    return f"+{exact_text(rounded)}" if sign and rounded > 0 else exact_text(rounded)


def _range_rows(found: StatementRange) -> Iterator[tuple[str, ...]]:
    for name, line in found.lines.items():
        numbers = (_text(number) for number in (line.value, line.p10, line.p50, line.p90, line.mean))
        yield name, spelt_out(line.unit, found.currency), *numbers, line.reason or ""


def range_lines(found: StatementRange) -> Iterator[tuple[str, str, str]]:
    """Percentile, figure and amount, for a statement's CSV."""
    for name, line in found.lines.items():
        for percentile in ("p10", "p50", "p90"):
            yield percentile, name, _text(getattr(line, percentile))


def _print_range(found: StatementRange) -> None:
    _headline(found)
    print_range(found)


def print_range(found: StatementRange) -> None:
    """The table of percentiles, and what was drawn."""
    rows = [
        (name, *(_two(number) for number in (line.value, line.p10, line.p50, line.p90)), line.reason or "")
        for name, line in found.lines.items()
    ]
    print_table(("figure", "value", "P10", "P50", "P90", ""), rows, right=(1, 2, 3, 4))
    chance = "unknown" if found.chance_of_return is None else f"{found.chance_of_return * 100:.1f} %"
    click.echo(f"\nchance that ROI is above 0: {chance}")
    click.echo(f"{found.draws:,} draws, seed {found.seed}")
    drawn = [f"{one.name} ({', '.join(one.distributions)}{f', {one.scopes} apart' if one.scopes > 1 else ''})"
             for one in found.uncertain]  # fmt: skip
    click.echo(f"drawn: {', '.join(drawn) or 'nothing: state low and high of the assumptions'}")
    if found.exact:
        click.echo(f"counted as exactly known, because no range is stated: {', '.join(found.exact)}")


def _difference_rows(found: WhatIf) -> Iterator[tuple[str, ...]]:
    tables: dict[str, Mapping[str, Difference]] = {"": found.figures, **(found.projects or {})}
    for project, figures in tables.items():
        for name, one in figures.items():
            numbers = (_text(number) for number in (one.before, one.after, one.change))
            yield project, name, spelt_out(one.unit, found.currency), *numbers, one.reason or ""


def _print_what_if(found: WhatIf) -> None:
    _headline(found)
    for change in found.changes:
        was, would = ("various values" if n is None else exact_text(n) for n in (change.before, change.after))
        remark = f" ({change.remark})" if change.remark else ""
        unit = "" if change.unit == "1" else f" {spelt_out(change.unit, found.currency)}"
        click.echo(f"{change.text}: {was} → {would}{unit}{remark}")
    click.echo()
    rows = [(name, *_three(one), one.reason or "") for name, one in found.figures.items()]
    print_table(("figure", "before", "after", "change", ""), rows, right=(1, 2, 3))
    if found.projects is not None:
        click.echo()
        each = [
            (project if place == 0 else "", name, *_three(one))
            for project, figures in found.projects.items()
            for place, (name, one) in enumerate(figures.items())
        ]
        print_table(("project", "figure", "before", "after", "change"), each, right=(2, 3, 4))


def _three(one: Difference) -> tuple[str, str, str]:
    return _two(one.before), _two(one.after), _two(one.change, sign=True)


def _bars(found: Tornado) -> Iterator[tuple[str, ...]]:
    for bar in found.bars:
        numbers = (bar.value, bar.low, bar.high, bar.at_low, bar.at_high, bar.swing)
        yield (bar.name, spelt_out(bar.unit, found.currency), *(_text(number) for number in numbers), bar.basis,
               bar.reason or "")  # fmt: skip


def _print_tornado(found: Tornado) -> None:
    _headline(found)
    unit = spelt_out(found.unit, found.currency)
    click.echo(f"{found.label}: {_two(found.value)} {unit}\n")
    rows = [
        (bar.name, f"{_text(bar.low) or 'low'} to {_text(bar.high) or 'high'}", _two(bar.at_low), _two(bar.at_high),
         _two(bar.swing), bar.reason or ("" if bar.basis == "declared range" else bar.basis))
        for bar in found.bars
    ]  # fmt: skip
    print_table(("assumption", "from … to", "at low", "at high", "swing", ""), rows, right=(2, 3, 4))
    for words, names in (
        ("without a range (--swing 10 moves them by 10 %)", found.without_range),
        ("with a range that changes nothing here", found.without_effect),
        ("not stated", found.not_stated),
    ):
        if names:
            click.echo(f"{words}: {', '.join(names)}")


def _print_break_even(found: BreakEven) -> None:
    _headline(found)
    click.echo(found.answer)
    unit = spelt_out(found.unit, found.currency)
    now = "various values" if found.value is None else f"{exact_text(found.value)} {unit}"
    click.echo(f"now: {now}, {found.figure_label} {_two(found.now)} {spelt_out(found.figure_unit, found.currency)}")


def _compared_rows(found: Compared) -> Iterator[tuple[str, ...]]:
    for name, figure in found.figures.items():
        under = (_text(one.after) for one in figure.scenarios.values())
        yield name, spelt_out(figure.unit, found.currency), _text(figure.present), *under


def _print_compared(found: Compared) -> None:
    _headline(found)
    for one in found.scenarios:
        click.echo(f"{one.name}: {', '.join(one.changes)}{f' ({one.description})' if one.description else ''}")
    click.echo()
    names = [one.name for one in found.scenarios]
    rows = [
        (name, _two(figure.present), *(_two(figure.scenarios[each].after) for each in names))
        for name, figure in found.figures.items()
    ]
    print_table(("figure", "present", *names), rows, right=range(1, len(names) + 2))
