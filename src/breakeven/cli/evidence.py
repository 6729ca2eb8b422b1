"""entries, validate and audit: what the statement is made of, how well it is known, and what finance accepted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

import click

from breakeven.app import open_company, utc_now
from breakeven.cli.options import as_of_option, format_option, workspace_options
from breakeven.cli.render import print_csv, print_json, print_table
from breakeven.errors import UsageProblem
from breakeven.ledger.proof.entries import entries
from breakeven.ledger.proof.grading import GRADES, percent
from breakeven.ledger.proof.validation import Decisions, validate
from breakeven.ledger.results import Entry, EntryInput
from breakeven.ledger.scenarios.entry_ranges import with_ranges
from breakeven.money import cents
from breakeven.period import FORMS
from breakeven.settings import Settings
from breakeven.store.state_audit import audit_log
from breakeven.views.asking.query import moment_of, period_of
from breakeven.views.format import exact_text
from breakeven.views.shapes.evidence_shapes import audit_json, decisions_json, entries_json
from breakeven.views.shapes.json_shapes import spelt_out
from breakeven.workspace.builtins import COST_LINES

STATES = ("forecast", "realised", "validated", "disputed")
COLUMNS = ("id", "side", "amount", "counted", "evidence", "reason", "realisation", "state", "state_note", "records",
           "note", "methodology", "data_version")  # fmt: skip
INPUT_COLUMNS = ("name", "value", "unit", "provenance", "grade", "lifted_by", "matters", "moves", "source", "records")


@click.command("entries")
@click.option("--period", help=f"Only these months: {FORMS}.")
@click.option("--project", help="One project instead of all.")
@click.option("--grade", "grades", multiple=True, type=click.Choice(GRADES), help="Only this grade.")
@click.option("--state", "states", multiple=True, type=click.Choice(STATES), help="Only this state.")
@click.option("--inputs", is_flag=True, help="With the inputs of each entry: provenance, grade, source.")
@click.option("--range", "ranged", is_flag=True, help="With P10 and P90 of each entry.")
@as_of_option
@workspace_options
@format_option("table", "json", "csv")
def entries_command(
    settings: Settings, period: str | None, project: str | None, grades: Sequence[str], states: Sequence[str],
    inputs: bool, ranged: bool, past: str | None, shape: str,
) -> None:  # fmt: skip
    """The ledger's entries: one amount for each month, project and category, with grade, state and reason."""
    with open_company(settings) as company:
        now = utc_now()
        as_of = moment_of(company.ledger, past, now)
        span = None if period is None else period_of(company.ledger, period, now, as_of)
        if span is not None and (span.start.day != 1 or span.end.day != 1):
            raise UsageProblem(f"entries are of whole months, {span.name} is not: name a month, quarter or year")
        with company.ledger.desk(now, as_of) as desk:
            window = None if span is None else (span.start, span.end)
            found = entries(desk, window, project, inputs=inputs, grades=grades, states=states)
            found = with_ranges(desk, found) if ranged else found
        currency = company.workspace.currency
    if shape == "json":
        print_json(entries_json(found, currency))
    elif shape == "csv" and inputs:
        print_csv(("entry", *(f"input_{name}" for name in INPUT_COLUMNS)), _input_rows(found, currency))
    elif shape == "csv":
        columns = (*COLUMNS, "p10", "p90") if ranged else COLUMNS
        print_csv(columns, ([_cell(getattr(entry, name)) for name in columns] for entry in found))
    elif inputs:
        for entry in found:
            for line in _tree(entry, currency):
                click.echo(line)
    else:
        _print_entries(found, currency)


@click.command("validate")
@click.argument("patterns", nargs=-1, required=True, metavar="ENTRY...")
@click.option("--by", required=True, help="Who decides.")
@click.option("--note", required=True, help="On what grounds.")
@click.option("--as", "state", default="validated", show_default=True,
              help="validated, disputed, or realised: a dispute is settled without validating.")  # fmt: skip
@workspace_options
@format_option("table", "json")
def validate_command(
    settings: Settings, patterns: Sequence[str], by: str, note: str, state: str, shape: str
) -> None:  # fmt: skip
    """Accept or dispute entries: 2026-10/support-bot/productivity_value, '2026-10/support-bot/*', '2026-10/*/infra_*'.

    All of them or none are written, each with a line in the audit log. A forecast cannot be validated.
    """
    with open_company(settings) as company, company.ledger.desk(utc_now()) as desk:
        done = validate(desk, patterns, by=by, note=note, state=state)
        currency = company.workspace.currency
    if shape == "json":
        print_json(decisions_json(done))
    else:
        _print_decisions(done, currency)


@click.command("audit")
@click.option("--subject", help="Only what was done to this: an entry, a month, a project.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True, help="Lines at most.")
@workspace_options
@format_option("table", "json", "csv")
def audit_command(settings: Settings, subject: str | None, limit: int, shape: str) -> None:
    """Who did what, when and why; the latest first."""
    with open_company(settings) as company:
        found = audit_log(company.state, subject=subject, limit=limit)
    if shape == "json":
        print_json(audit_json(found))
        return
    header = ("at", "who", "action", "subject", "note", "details")
    rows = [
        (f"{one.at:%Y-%m-%d %H:%M:%S}", one.who, one.action, one.subject, one.note,
         ", ".join(f"{key} {value}" for key, value in one.details.items()))
        for one in found
    ]  # fmt: skip
    if shape == "csv":
        print_csv(header, rows)
    elif rows:
        print_table(header, rows)
    else:
        click.echo(f"nothing has been done to {subject}" if subject else "nothing has been decided yet")


def _print_entries(found: Sequence[Entry], currency: str) -> None:
    if not found:
        click.echo("no entry: no amount fits what is asked for")
        return
    rows = [
        (one.id, f"{cents(one.amount):,}", one.realisation, one.state, one.reason + _notes(one)) for one in found
    ]  # fmt: skip
    print_table(("entry", currency, "realisation", "state", "evidence"), rows, right=(1,))
    sums = {side: sum((one.amount for one in found if one.side == side), Decimal(0)) for side in ("value", "cost")}
    click.echo(f"\n{len(found)} entries: value {cents(sums['value']):,}, cost {cents(sums['cost']):,} {currency}")


def _notes(entry: Entry) -> str:
    said = [entry.state_note, entry.note]
    if entry.p10 is not None and entry.p90 is not None and entry.p10 != entry.p90:
        said.insert(0, f"P10 {cents(entry.p10):,}, P90 {cents(entry.p90):,}")
    if entry.parts:
        said.append(", ".join(f"{cents(part):,} {name}" for name, part in entry.parts.items()))
    return "".join(f"; {text}" for text in said if text)


def _tree(entry: Entry, currency: str) -> Iterator[str]:
    yield f"{entry.id} = {cents(entry.amount):,} {currency} ({entry.realisation}, {entry.state})"
    yield f"    {entry.reason}{_notes(entry)}"
    for part in entry.inputs:
        value = exact_text(part.value) if part.value is not None else "unknown"
        unit, grade = spelt_out(part.unit, currency), part.grade if part.matters else "·"
        yield f"    {grade} {part.name} = {value} {unit}".rstrip()
        yield f"        {_described(part)}"


def _described(part: EntryInput) -> str:
    said: list[str] = [part.provenance]
    if part.lifted_by:
        said.append(f"lifted by {part.lifted_by}")
    if not part.matters:
        said.append(f"grade {part.grade}, does not decide here")
    elif part.moves is not None:
        said.append(f"moves the amount by {percent(part.moves)}")
    return "; ".join([*said, part.source])


def _input_rows(found: Iterable[Entry], currency: str) -> Iterator[list[str]]:
    for entry in found:
        for part in entry.inputs:
            cells = [_cell(getattr(part, name)) for name in INPUT_COLUMNS]
            cells[INPUT_COLUMNS.index("unit")] = spelt_out(part.unit, currency)
            yield [entry.id, *cells]


def _cell(value: object) -> str:
    if value is None:
        return ""
    return exact_text(value) if isinstance(value, Decimal | float) else str(value)


def _print_decisions(done: Decisions, currency: str) -> None:
    for one in done.decided:
        click.echo(f"{one.entry}: {one.before} → {one.after}, {cents(one.amount):,} {currency}")
    for left in done.skipped:
        click.echo(f"{left.entry}: unchanged, {left.reason}")
    cost = sum((one.amount for one in done.decided if one.entry.rpartition("/")[2] in COST_LINES), Decimal(0))
    value = sum((one.amount for one in done.decided), Decimal(0)) - cost
    sums = f": value {cents(value):,}, cost {cents(cost):,} {currency}" if done.decided else ""
    click.echo(f"{len(done.decided)} decided{sums}; {len(done.skipped)} unchanged")
