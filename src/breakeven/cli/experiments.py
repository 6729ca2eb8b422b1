"""experiment: what comparisons measure, or why they do not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import click

from breakeven.app import open_company, utc_now
from breakeven.cli.options import as_of_option, format_option, workspace_options
from breakeven.cli.render import print_csv, print_json, print_table
from breakeven.evidence.results import short
from breakeven.ledger.effects.effects import experiment, experiments
from breakeven.ledger.effects.experiment_answers import Effect
from breakeven.settings import Settings
from breakeven.views.asking.query import moment_of
from breakeven.views.shapes.experiment_shapes import experiment_json, experiments_json
from breakeven.views.shapes.json_shapes import spelt_out

COLUMNS = ("experiment", "kind", "treatment", "state", "grade", "effect", "standard_error", "low", "high", "unit",
           "reason")  # fmt: skip


@click.command("experiment")
@click.argument("name", required=False)
@as_of_option
@workspace_options
@format_option("table", "json", "csv")
def experiment_command(settings: Settings, name: str | None, past: str | None, shape: str) -> None:
    """Effect, interval and checks of the experiment NAME; without a name all of them.

    An experiment whose checks fail, or that has too little data, has no effect: it says why, and what data would allow
    an answer.
    """
    with open_company(settings) as company:
        now = utc_now()
        as_of, currency = moment_of(company.ledger, past, now), company.workspace.currency
        with company.ledger.desk(now, as_of) as desk:
            if name is None:
                found = experiments(desk.reading, desk.evaluator)
            else:
                one = experiment(desk.reading, desk.evaluator, name)
                found = (one,)
    if shape == "json":
        print_json(experiments_json(found, currency) if name is None else experiment_json(found[0], currency))
    elif shape == "csv":
        print_csv(COLUMNS, list(_rows(found, currency, exact=True)))
    elif name is None:
        _print_list(found, currency)
    else:
        for effect in (found[0], *found[0].others):
            _print_one(effect, spelt_out(effect.unit, currency))


def _rows(found: Sequence[Effect], currency: str, *, exact: bool) -> Iterator[tuple[str, ...]]:
    for first in found:
        for effect in (first, *first.others):
            low, high = effect.interval or (None, None)
            numbers = (effect.effect, effect.standard_error, low, high)
            texts = ("" if one is None else repr(one) if exact else short(one) for one in numbers)
            yield (effect.name, effect.kind, effect.treatment or "", effect.state, effect.grade or "", *texts,
                   spelt_out(effect.unit, currency), effect.reason or "")  # fmt: skip


def _print_list(found: Sequence[Effect], currency: str) -> None:
    if not found:
        click.echo("no experiment is declared: see experiments.yaml")
        return
    print_table(COLUMNS, _rows(found, currency, exact=False), right=(5, 6, 7, 8))


def _print_one(effect: Effect, unit: str) -> None:
    sides = f": {effect.treatment} against {effect.control or 'all others'}" if effect.treatment else ""
    click.echo(f"{effect.label}{sides}")
    days = f"{effect.start} to {effect.end}{', still open' if effect.open else ''}"
    click.echo(f"{effect.method}; {days}, data version {effect.data_version}\n")
    if effect.effect is not None and effect.standard_error is not None and effect.interval is not None:
        click.echo(f"effect {short(effect.effect)} {unit}, standard error {short(effect.standard_error)}, grade "
                   f"{effect.grade}")  # fmt: skip
        low, high = effect.interval
        click.echo(f"{_percent(effect.level)} interval {short(low)} to {short(high)}, p = {short(effect.p_value or 0)}")
        if effect.relative is not None and effect.relative_error is not None:
            click.echo(f"relative {effect.relative:+.2%}, standard error {effect.relative_error:.2%}")
    else:
        click.echo(f"no effect: {effect.reason}")
        click.echo(f"what would allow an answer: {effect.needed}")
    click.echo()
    _print_parts(effect)
    if effect.assumptions:
        click.echo(f"stands on it: {', '.join(effect.assumptions)}")


def _print_parts(effect: Effect) -> None:
    if effect.arms:
        print_table(
            ("side", "n", "mean", "deviation"),
            [(arm.name, f"{arm.n:,}", _text(arm.mean), _text(arm.deviation)) for arm in effect.arms],
            right=(1, 2, 3),
        )
        click.echo()
    if effect.checks:
        rows = [(check.name, "passed" if check.passed else "FAILED", check.words) for check in effect.checks]
        print_table(("check", "result", ""), rows)
        click.echo()
    for detail in effect.details:
        click.echo(f"{detail.name}: {short(detail.value)}")


def _text(number: float | None) -> str:
    return "–" if number is None else short(number)


def _percent(level: float) -> str:
    return f"{level * 100:.6g} %"
