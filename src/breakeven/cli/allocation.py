"""allocation and overlaps: where shared cost went, and what is claimed more than once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

import click

from breakeven.app import open_company, utc_now
from breakeven.cli.options import as_of_option, format_option, workspace_options
from breakeven.cli.render import print_csv, print_json, print_table
from breakeven.ledger.sharing.allocations import ProjectRules, RuleTable, under_every_rule
from breakeven.ledger.sharing.pool_report import Allocation, allocation
from breakeven.ledger.sharing.pool_steps import PoolStep
from breakeven.ledger.sharing.suspects import Overlaps, overlaps
from breakeven.money import cents
from breakeven.period import FORMS
from breakeven.settings import Settings
from breakeven.views.asking.query import moment_of, period_of
from breakeven.views.format import exact_text

PERIOD = click.option("--period", default="last-month", show_default=True, help=f"One of: {FORMS}.")
STEP_COLUMNS = ("month", "pool", "rule", "billed", "received", "to", "kind", "weight", "amount", "note")
RULE_COLUMNS = ("project", "rule", "allocated", "investment", "net_value", "roi_percent", "flips", "reason")
OVERLAP_COLUMNS = ("what", "month", "team or pool", "projects", "claimed", "limit", "unit", "message", "declare")


@click.command("allocation")
@PERIOD
@click.option("--pool", help="One pool instead of all.")
@click.option("--project", help="What one project got.")
@click.option("--rules", is_flag=True, help="Every project under every rule, and the rules that flip its sign.")
@as_of_option
@workspace_options
@format_option("table", "json", "csv")
def allocation_command(
    settings: Settings, period: str, pool: str | None, project: str | None, rules: bool, past: str | None, shape: str
) -> None:
    """Pools of shared cost: what each held, by which rule and weights it was split, and who got which part."""
    with open_company(settings) as company:
        now = utc_now()
        as_of = moment_of(company.ledger, past, now)
        span = period_of(company.ledger, period, now, as_of)
        with company.ledger.desk(now, as_of) as desk:
            if rules:
                _show_rules(under_every_rule(desk, span, pool, project), shape)
            else:
                _show(allocation(desk, span, pool, project), shape, pool, project)


@click.command("overlaps")
@PERIOD
@as_of_option
@workspace_options
@format_option("table", "json", "csv")
def overlaps_command(settings: Settings, period: str, past: str | None, shape: str) -> None:
    """Benefits that projects share as declared, and claims that look as if they were made twice."""
    with open_company(settings) as company:
        now = utc_now()
        as_of = moment_of(company.ledger, past, now)
        span = period_of(company.ledger, period, now, as_of)
        with company.ledger.desk(now, as_of) as desk:
            found = overlaps(desk, span)
    if shape == "json":
        print_json(found)
    elif shape == "csv":
        print_csv(OVERLAP_COLUMNS, _overlap_rows(found))
    else:
        _print_overlaps(found)


# --- allocation


def _show(found: Allocation, shape: str, pool: str | None, project: str | None) -> None:
    if shape == "json":
        print_json(found)
        return
    if shape == "csv":
        print_csv(STEP_COLUMNS, (
            (f"{step.month:%Y-%m}", step.pool, step.rule or "", _text(step.billed), _text(step.received), share.to,
             share.kind, _text(share.weight), _text(share.amount), share.note or step.reason or "")
            for step in found.steps for share in step.shares
        ))  # fmt: skip
        return
    click.echo(f"shared cost, {found.period} ({found.start} to {found.end}, exclusive), in {found.currency}")
    click.echo(f"methodology {found.methodology}, data version {found.data_version}\n")
    if not found.steps:
        nothing = f"{pool or 'no pool'} has {'no ' if pool else ''}cost in this period"
        click.echo(nothing if project is None else f"{project} gets no part of {pool or 'any pool'} in this period")
    one_month = len({step.month for step in found.steps}) == 1
    if one_month:
        for step in found.steps:
            _print_step(step)
    elif found.steps:
        print_table(("pool", "rule", "to", "amount"), _totals(found), right=(3,))
        click.echo()
    if found.steps:
        rows = [(name, _two(amount)) for name, amount in found.projects.items()]
        rows += [("unallocated", _two(found.unallocated))] if found.unallocated else []
        print_table(("project", "share of all pools"), rows, right=(1,))
        for words in () if one_month else dict.fromkeys(_said(found.steps)):
            click.echo(f"  {words}")
    for note in found.notes:
        click.echo(f"note: {note}")


def _print_step(step: PoolStep) -> None:
    from_others = f" + {_two(step.received)} from other pools" if step.received else ""
    rule = f"by {step.rule} ({step.counts})" if step.rule else "no rule"
    click.echo(f"{step.month:%Y-%m} {step.pool}: {_two(step.billed)}{from_others}, {rule}")
    if step.circle:
        circle = ", ".join(step.circle)
        click.echo(f"  solved together: {circle}; complete reciprocated cost {_two(step.complete)}")
    rows = [("  " + share.to, share.kind if share.kind == "pool" else "", _text(share.weight), _two(share.amount),
             share.note or "") for share in step.shares]  # fmt: skip
    print_table(("  to", "", "weight", "amount", "note"), rows, right=(2, 3))
    if step.reason:
        click.echo(f"  {step.reason}")
    click.echo()


def _totals(found: Allocation) -> Iterator[tuple[str, str, str, str]]:
    for pool in found.pools:
        shown = (pool.pool, ", ".join(pool.rules) or "no rule")
        for name, amount in pool.parts.items():
            yield (*shown, name, _two(amount))
            shown = ("", "")


def _said(steps: Iterable[PoolStep]) -> Iterator[str]:
    for step in steps:
        if step.reason:
            yield f"{step.month:%Y-%m} {step.pool}: {step.reason}"


def _show_rules(found: RuleTable, shape: str) -> None:
    if shape == "json":
        print_json(found)
        return
    if shape == "csv":
        print_csv(RULE_COLUMNS, (
            (one.project, rule.rule, *(_text(getattr(rule, name)) for name in RULE_COLUMNS[2:6]),
             "yes" if rule.flips else "no", rule.reason or "")
            for one in found.projects for rule in one.rules
        ))  # fmt: skip
        return
    if not found.pools:
        click.echo(f"no declared pool has cost in {found.period}: there is nothing to split by another rule")
        return
    pools = ", ".join(found.pools)
    click.echo(
        f"{pools} under every rule, {found.period} ({found.start} to {found.end}, exclusive), in {found.currency}"
    )
    click.echo("≠ turns the sign of a project's net value\n")
    header = ("project", "", *(rule.rule for rule in found.rules))
    rows = [row for one in found.projects for row in _project_rows(one)]
    rows.append(("unallocated", "", *(_two(rule.unallocated) for rule in found.rules)))
    print_table(header, rows, right=range(2, len(header)))
    click.echo()
    for rule in found.rules:
        if rule.reason:
            click.echo(f"{rule.rule}: {rule.reason}")
    for one in found.projects:
        if one.flips:
            click.echo(f"{one.project}: its sign depends on the rule: {', '.join(one.flips)}")
    for note in found.notes:
        click.echo(f"note: {note}")


def _project_rows(one: ProjectRules) -> Iterator[tuple[str, ...]]:
    yield (one.project, "investment", *(_two(rule.investment) for rule in one.rules))
    yield ("", "net value", *(_two(rule.net_value) + (" ≠" if rule.flips else "") for rule in one.rules))
    yield ("", "ROI %", *(_two(rule.roi_percent) for rule in one.rules))


# --- overlaps


def _print_overlaps(found: Overlaps) -> None:
    click.echo(f"overlaps, {found.period} ({found.start} to {found.end}, exclusive), in {found.currency}\n")
    if found.shared:
        rows = [(f"{one.month:%Y-%m}", one.pool, one.category, one.project, _text(one.weight), _two(one.claimed),
                 _two(one.counted), _two(one.limit), one.note or "") for one in found.shared]  # fmt: skip
        header = ("month", "benefit pool", "category", "project", "weight", "claimed", "counted", "limit", "note")
        print_table(header, rows, right=(4, 5, 6, 7))
    else:
        click.echo("no benefit is declared as shared")
    click.echo(f"\n{len(found.suspects)} suspect{'' if len(found.suspects) == 1 else 's'}")
    for suspect in found.suspects:
        click.echo(f"  {suspect.message}")
        click.echo(f"    {suspect.declare}")
    if found.unchecked:
        click.echo("\nnot checked")
    for one in found.unchecked:
        click.echo(f"  {one.month:%Y-%m} {one.what}, {_two(one.claimed)} {one.unit}: {one.reason}")


def _overlap_rows(found: Overlaps) -> Iterator[tuple[str, ...]]:
    for one in found.shared:
        yield ("shared", f"{one.month:%Y-%m}", one.pool, one.project, _text(one.claimed), _text(one.limit),
               found.currency, one.note or "", "")  # fmt: skip
    for suspect in found.suspects:
        amounts = _text(suspect.claimed), _text(suspect.capacity), suspect.unit
        yield (suspect.kind, f"{suspect.month:%Y-%m}", suspect.team or "", ", ".join(suspect.projects), *amounts,
               suspect.message, suspect.declare)  # fmt: skip
    for lost in found.unchecked:
        yield ("unchecked", f"{lost.month:%Y-%m}", lost.what, "", _text(lost.claimed), "", lost.unit, lost.reason, "")


def _text(amount: Decimal | None) -> str:
    return "" if amount is None else exact_text(amount)


def _two(amount: Decimal | None) -> str:
    return "–" if amount is None else exact_text(cents(amount))
