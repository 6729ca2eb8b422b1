"""Saved scenarios: a row each, and some of them side by side."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from breakeven.errors import NotFound, UsageProblem
from breakeven.ledger.results import Status
from breakeven.ledger.scenarios.explored import Explored, Spread
from breakeven.ledger.scenarios.outcomes import Outcome, outcome
from breakeven.ledger.scenarios.results import Compared, Scenario
from breakeven.ledger.scenarios.saved import MOST, compare, listed
from breakeven.views.content import Cell, Column, Row, Table
from breakeven.views.format import Display
from breakeven.views.question import Question
from breakeven.views.what_if.asked import SET, scope_of_page, sentence
from breakeven.views.what_if.pictures import interval_words
from breakeven.views.what_if.shapes import SavedRow

GOAL_WORDS: dict[Status, str] = {"green": "Met", "yellow": "Below", "red": "Below", "grey": "No data"}
FIRST = ("roi_percent", "net_value", "total_value", "investment", "payback_months", "run_rate")
"""Figures of a comparison that come first."""


def title_of(name: str) -> str:
    """A scenario's name as people read it."""
    words = name.replace("-", " ").replace("_", " ").strip() or name
    return words[:1].upper() + words[1:]


def name_from(text: str) -> str:
    """A name that a scenario can have, from what a person writes: Cautious finance view → cautious-finance-view."""
    return re.sub(r"[^a-z0-9_.]+", "-", text.strip().lower()).strip("-._")[:100]


def rows(question: Question, compared: Sequence[str]) -> tuple[tuple[SavedRow, ...], str]:
    """The latest saved scenarios, the last one first, and what is said about the others."""
    every = sorted(listed(question.desk), key=lambda one: one.at, reverse=True)
    shown = [_row(question, one, one.name in compared) for one in every[:MOST]]
    more = len(every) - len(shown)
    if not every:
        return (), "No scenario is saved yet. Move an assumption, then save what you see under a name."
    names = ", ".join(one.name for one in every[MOST:])
    return tuple(shown), f"{more} older: {names}" if more else ""


def _row(question: Question, one: Scenario, compared: bool) -> SavedRow:
    scope, show = scope_of_page(question), question.show
    found: Outcome = question.kept(("scenario", one.name, one.at, one.changes),
                                   lambda: outcome(question.desk, one, scope))  # fmt: skip
    parts = [one.who, show.day(one.at), *([one.description] if one.description else [])]
    goal = None if found.goal is None else (found.goal.met, GOAL_WORDS[found.goal.met])
    return SavedRow(
        name=one.name, title=title_of(one.name), sub=", ".join(parts), roi=show.roi(found.roi),
        interval="–" if found.spread is None else interval_words(found.spread, show), net=show.money(found.net),
        payback=payback_words(found.payback, found.payback_reason, show), goal=goal,
        load=question.filters.link(question.path, {SET: "\n".join(one.changes)}), saved=True, compared=compared,
        reason=(found.reason or "") if found.roi is None else "",
    )  # fmt: skip


def baseline_row(question: Question, found: Explored) -> SavedRow:
    """The present: without any change."""
    return _plain_row(question, found, before=True)


def current_row(question: Question, found: Explored) -> SavedRow:
    """The scenario that is shown."""
    return _plain_row(question, found, before=False)


def _plain_row(question: Question, found: Explored, *, before: bool) -> SavedRow:
    show = question.show

    def value(name: str) -> Decimal | None:
        return found.figures[name].before if before else found.figures[name].after

    spread: Spread = found.before if before else found.after
    goal = None if found.goal is None else found.goal.was if before else found.goal.met
    paid = found.figures["payback_months"]
    reason = found.figures["roi_percent"].reason or ""
    return SavedRow(
        name="", title="Baseline" if before else "This scenario",
        sub=f"Methodology {found.methodology[:7]}" if before else _saved_as(question, found),
        roi=show.roi(value("roi_percent")), interval=interval_words(spread, show), net=show.money(value("net_value")),
        payback=payback_words(value("payback_months"), paid.reason, show),
        goal=None if goal is None else (goal, GOAL_WORDS[goal]),
        load="" if not before else question.filters.link(question.path), saved=False,
        reason=reason if value("roi_percent") is None else "", current=not before,
    )  # fmt: skip


def _saved_as(question: Question, found: Explored) -> str:
    """The name that the changes are saved under."""
    if not found.changes:
        return "Nothing is changed yet"
    texts = tuple(change.text for change in found.changes)
    name = next((one.name for one in listed(question.desk) if one.changes == texts), None)
    return "Not saved under a name yet" if name is None else f"Saved as {title_of(name)}"


def payback_words(months: Decimal | None, reason: str | None, show: Display) -> str:
    """5.6 mo; not yet, or never needed."""
    if months is not None:
        return f"{show.plain(months, 1)} mo"
    said = reason or ""
    return "Not yet" if said.startswith("not within") else "At once" if said.startswith("no payback needed") else "–"


def comparison(question: Question, names: Sequence[str]) -> tuple[Table | None, str]:
    """Scenarios beside each other, figure by figure; and why not."""
    if not names:
        return None, ""
    try:
        found = compare(question.desk, names, scope_of_page(question))
    except (NotFound, UsageProblem) as error:
        return None, str(error) if isinstance(error, NotFound) else sentence(error)
    return _table(question, found), ""


def _table(question: Question, found: Compared) -> Table:
    order = [*(name for name in FIRST if name in found.figures),
             *(name for name in found.figures if name not in FIRST and not name.startswith("cumulative"))]  # fmt: skip
    changes = Row(cells=(
        Cell(text="What is supposed"), Cell(text="nothing"),
        *(Cell(text=one.changes[0], sub=", ".join(one.changes[1:]), mono=True) for one in found.scenarios),
    ))  # fmt: skip
    return Table(
        columns=(Column(label="Figure"), Column(label="Baseline", numeric=True),
                 *(Column(label=title_of(one.name), numeric=True) for one in found.scenarios)),
        rows=(changes, *(_figure_row(question.show, found, name) for name in order)),
        caption="Saved scenarios side by side, and what each changes against the baseline",
    )  # fmt: skip


def _figure_row(show: Display, found: Compared, name: str) -> Row:
    figure = found.figures[name]

    def words(value: Decimal | None, *, signed: bool = False) -> str:
        if value is None:
            return "–"
        if figure.unit == "money":
            return show.money(value, signed=signed)
        if figure.unit == "%":
            return f"{show.plain(value)} pp" if signed else show.roi(value)
        plus = "+" if signed and value > 0 else ""
        return f"{plus}{show.quantity(value, figure.unit)}"

    cells = [Cell(text=figure.label), Cell(text=words(figure.present))]
    for one in found.scenarios:
        side = figure.scenarios[one.name]
        sub = side.reason or "" if side.after is None else "" if not side.change else words(side.change, signed=True)
        cells.append(Cell(text=words(side.after), sub=sub, strong=name == FIRST[0]))
    return Row(cells=tuple(cells))
