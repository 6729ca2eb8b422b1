"""bridge: how one statement became another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

import click

from breakeven.app import open_company, utc_now
from breakeven.cli.options import format_option, workspace_options
from breakeven.cli.render import print_csv, print_json, print_table
from breakeven.ledger.bridge import FIGURES, Bridge, Driver, End, bridge
from breakeven.settings import Settings
from breakeven.views.asking.ends import FORMS, end_of
from breakeven.views.format import exact_text
from breakeven.views.shapes.bridge_shapes import bridge_json
from breakeven.views.shapes.json_shapes import spelt_out

UNKNOWN_SHOWN = 10
"""Amounts that are not compared, as a person is shown them; JSON and CSV have all."""


@click.command("bridge", epilog=f"FROM and TO: {FORMS}.")
@click.argument("start", metavar="FROM")
@click.argument("end", metavar="TO")
@click.option("--project", help="One project instead of all.")
@click.option("--figure", type=click.Choice(FIGURES), default=FIGURES[0], show_default=True, help="What changed.")
@workspace_options
@format_option("table", "json", "csv")
def bridge_command(settings: Settings, start: str, end: str, project: str | None, figure: str, shape: str) -> None:
    """How one statement became another: parts in money that add up to the change, and what each comes from."""
    with open_company(settings) as company:
        now = utc_now()
        first, last = (end_of(company.ledger, text, now) for text in (start, end))
        made = bridge(company.ledger, first, last, now=now, project=project, figure=figure)
    if shape == "json":
        print_json(bridge_json(made))
    elif shape == "csv":
        print_csv(("part", "amount", "project", "driver", "driver_amount", "before", "after", "unit"), _rows(made))
    else:
        _print(made)


def _rows(made: Bridge) -> Iterator[Sequence[str]]:
    """A row for each driver, and one for the rest of each part: the last column of amounts adds up to the change."""
    for part in made.parts:
        for one in part.drivers:
            yield (part.name, exact_text(part.amount), one.project or "", one.item, exact_text(one.amount),
                   exact_text(one.before), exact_text(one.after), spelt_out(one.unit, made.currency))  # fmt: skip
        if part.others or not part.drivers:
            yield part.name, exact_text(part.amount), "", "others", exact_text(part.others), "", "", ""


def _print(made: Bridge) -> None:
    click.echo(f"{made.label} of {made.scope} in {made.currency}: {made.start.name} → {made.end.name}")
    for one in (made.start, made.end):
        click.echo(f"  {_about(one)}")
    click.echo()
    if made.change is None:
        click.echo(f"the change is unknown: {made.reason}")
    else:
        rows = [(made.start.name, _money(made.start.compared), ""), *_lines(made),
                (made.end.name, _money(made.end.compared), "")]  # fmt: skip
        print_table(("", "amount", "comes from"), rows, right=(1,))
        click.echo(f"\nchange {_money(made.change)}")
    for note in made.notes:
        click.echo(f"note: {note}")
    if made.uncompared:
        click.echo("\nnot compared, because it is unknown on one end")
        for gap in made.uncompared[:UNKNOWN_SHOWN]:
            known = gap.before if gap.before is not None else gap.after
            click.echo(f"  {gap.figure} of {gap.project} ({_money(known)}): unknown in {gap.period}, {gap.reason}")
        if len(made.uncompared) > UNKNOWN_SHOWN:
            click.echo(f"  and {len(made.uncompared) - UNKNOWN_SHOWN} more")


def _about(one: End) -> str:
    said = [f"methodology {one.methodology}", f"data version {one.data_version}"]
    if one.amount != one.compared:
        said.insert(0, f"{_money(one.amount)} in the statement, {_money(one.compared)} of it compared")
    if one.said:
        said.append(one.said)
    elif one.as_of is not None:
        said.append(f"as of {one.as_of:%Y-%m-%d %H:%M %Z}")
    return f"{one.name}: {', '.join(said)}"


def _lines(made: Bridge) -> Iterator[tuple[str, str, str]]:
    for part in made.parts:
        yield f"  {part.label}", _money(part.amount), ""
        for one in part.drivers:
            yield "", "", _told(one, made.currency)
        if part.others and part.drivers:
            yield "", "", f"{_money(part.others)}  others"


def _told(one: Driver, currency: str) -> str:
    name = " ".join(word for word in (one.project, one.label) if word)
    if one.before is None and one.after is None:
        return f"{_money(one.amount)}  {name}"
    unit = spelt_out(one.unit, currency)
    return f"{_money(one.amount)}  {name}: {_number(one.before)} → {_number(one.after)} {unit}"


def _money(amount: Decimal | None) -> str:
    return "–" if amount is None else f"{amount.quantize(Decimal('0.01')):,}"


def _number(value: Decimal | None) -> str:
    """As few digits as tell it: six that count."""
    if value is None:
        return "–"
    short = value if value == value.to_integral_value() else Decimal(f"{value:.6g}")
    return f"{short.normalize():f}"
