"""decisions: what waits for one, what was decided, and what that returned."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

import click
import msgspec

from breakeven.app import open_company, utc_now
from breakeven.cli.options import as_of_option, format_option, workspace_options
from breakeven.cli.render import print_csv, print_json, print_table
from breakeven.ledger.cases.decisions import Score
from breakeven.ledger.cases.log import Decision, decision_log
from breakeven.ledger.results import Number
from breakeven.settings import Settings
from breakeven.views.asking.query import moment_of
from breakeven.views.format import exact_text

COLUMNS = ("decision", "project", "owner", "due", "state", "figure", "expected", "before", "after", "change", "months",
           "verdict", "reason")  # fmt: skip
STATES = {"open": "open", "done": "taken", "dropped": "dropped"}


@click.command("decisions")
@click.option("--project", "projects", multiple=True, help="Only decisions about this project; may be repeated.")
@as_of_option
@workspace_options
@format_option("table", "json", "csv")
def decisions_command(settings: Settings, projects: Sequence[str], past: str | None, shape: str) -> None:
    """Decisions with owner and day, and the figure each aimed at before and after it."""
    with open_company(settings) as company:
        now = utc_now()
        with company.ledger.desk(now, moment_of(company.ledger, past, now)) as desk:
            found = decision_log(desk, projects or None)
    if shape == "json":
        print_json(msgspec.to_builtins(found))
    elif shape == "csv":
        print_csv(COLUMNS, list(_rows(found.decisions)))
    elif not found.decisions:
        click.echo("no decision is noted: write one on the steering page, or send a note of the kind decision")
    else:
        print_table(COLUMNS, list(_rows(found.decisions)), right=(6, 7, 8, 9, 10))
        click.echo(f"\n{_scored(found.score)}")


def _rows(decisions: Sequence[Decision]) -> Iterator[tuple[str, ...]]:
    for one in decisions:
        outcome = one.outcome
        numbers: tuple[Number | None, ...] = (
            (None, None, None) if outcome is None else (outcome.before, outcome.after, outcome.change)
        )
        yield (
            one.text, one.project or "", one.owner or "", "" if one.due is None else one.due.isoformat(),
            STATES.get(one.status, one.status), one.figure or "", _text(one.expected), *map(_text, numbers),
            str(outcome.months) if outcome is not None and outcome.months else "",
            "" if outcome is None else outcome.verdict, "" if outcome is None else outcome.reason or "",
        )  # fmt: skip


def _text(value: Number | None) -> str:
    return "" if value is None else exact_text(Decimal(str(value)))


def _scored(found: Score) -> str:
    """The log in one line."""
    share = "" if found.share is None else f" ({found.share * 100:.0f} %)"
    return (
        f"{found.taken} taken; {found.met} of {found.judged} as expected or better{share}, "
        f"{found.early} too early to say, {found.unsaid} without figure, expectation or data"
    )
