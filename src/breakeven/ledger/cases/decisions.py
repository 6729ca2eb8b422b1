"""What decisions returned: the figure that a decision aimed at, before and after it.

A decision that names a figure is judged by that figure in the whole months before the one in which it was decided and
in the whole months after it: as many on each side as there are, at most three. Figures that add up are taken per month.
The month of the decision counts on neither side. What else changed in those months is in the difference too: it says
what happened after the decision, not what happened because of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from breakeven.errors import BreakevenError
from breakeven.ledger.catalogue import Figure, figures
from breakeven.ledger.desk import Desk
from breakeven.ledger.metrics import metrics
from breakeven.ledger.numbers import tidy
from breakeven.ledger.results import Number, Result
from breakeven.measures import MEASURES, Additivity
from breakeven.period import Grain, add_months
from breakeven.workspace.definitions import Total

MONTHS = 3
"""Of each side at the most."""
NEAR = Decimal("0.1")
"""Part of what was expected within which the outcome is as expected."""
ADDED_UP = {"roi_ytd": "net_value"}
"""Figures that only grow from a start: what each month adds to them is what a decision changes."""
OF_MONTHS = frozenset({"budget", "budget_variance"})
"""Timeline figures that are the sum of their months."""
Verdict = Literal["better than expected", "as expected", "below expected", "better", "worse", "no change", "too early",
                  "not known"]  # fmt: skip


class Aim(Result, frozen=True, kw_only=True):
    """A decision that was taken and what it aimed at."""

    id: str
    decided_at: datetime
    figure: str
    project: str | None
    """None: all projects."""
    expected: Decimal | None
    """By how much the figure was to change a month; None: nobody said."""


class Outcome(Result, frozen=True, kw_only=True):
    """What became of a decision."""

    aim: Aim
    before: Number | None
    after: Number | None
    """A month, where the figure adds up; else over the months together."""
    change: Decimal | None
    months: int
    """On each side."""
    verdict: Verdict
    reason: str | None
    """Why it cannot be said."""


class Score(Result, frozen=True, kw_only=True):
    """How decisions did on the whole."""

    taken: int
    judged: int
    """Of these, decisions that said what they expected, and whose outcome is known."""
    met: int
    """As expected or better."""
    below: int
    early: int
    """Too early to say."""
    unsaid: int
    """No figure or nothing expected was named, or the figure is not known."""
    share: Decimal | None
    """Part of the judged ones that were met; None: none is judged."""


def score(found: Sequence[Outcome], taken: int) -> Score:
    """The scored log of `taken` decisions, of which `found` name a figure."""
    judged = [one for one in found if one.aim.expected and one.change is not None]
    met = sum(one.verdict != "below expected" for one in judged)
    early = sum(one.verdict == "too early" for one in found)
    return Score(taken=taken, judged=len(judged), met=met, below=len(judged) - met, early=early,
                 unsaid=taken - len(judged) - early,
                 share=tidy(Decimal(met) / len(judged)) if judged else None)  # fmt: skip


def monthly(desk: Desk, name: str) -> bool:
    """Whether a figure is taken per month, because that of several months is the sum of them."""
    found = figures(desk.workspace).get(ADDED_UP.get(name, name))
    return found is not None and _adds_up(desk, found)


def outcomes(desk: Desk, aims: Sequence[Aim]) -> tuple[Outcome, ...]:
    """The outcome of each decision, in the order given."""
    known = figures(desk.workspace)
    return tuple(_outcome(desk, aim, known.get(ADDED_UP.get(aim.figure, aim.figure))) for aim in aims)


def _outcome(desk: Desk, aim: Aim, figure: Figure | None) -> Outcome:
    if figure is None:
        return _unknown(aim, f"there is no figure {aim.figure} any more")
    decided = desk.workspace.calendar.today(aim.decided_at).replace(day=1)
    months = _months(desk, decided)
    if months < 1:
        over = add_months(decided, 2)
        return Outcome(aim=aim, before=None, after=None, change=None, months=0, verdict="too early",
                       reason=f"no whole month has passed since; ask again from {over:%Y-%m}")  # fmt: skip
    spans = ((add_months(decided, -months), decided), (add_months(decided, 1), add_months(decided, 1 + months)))
    try:
        before, after = (_value(desk, aim, figure, span, months) for span in spans)
    except BreakevenError as error:
        return _unknown(aim, str(error))
    if before is None or after is None:
        side = "before" if before is None else "after"
        return Outcome(aim=aim, before=before, after=after, change=None, months=months, verdict="not known",
                       reason=f"{figure.label} is not known {side} the decision")  # fmt: skip
    change = tidy(Decimal(str(after)) - Decimal(str(before)))
    return Outcome(aim=aim, before=before, after=after, change=change, months=months,
                   verdict=_verdict(change, aim.expected, figure.direction), reason=None)  # fmt: skip


def _unknown(aim: Aim, reason: str) -> Outcome:
    return Outcome(aim=aim, before=None, after=None, change=None, months=0, verdict="not known", reason=reason)


def _months(desk: Desk, decided: date) -> int:
    """Whole months on each side: as many after the decision as are over, and as there are before it."""
    first = desk.book().months[0]
    after = (desk.reading.open_month.year - decided.year) * 12 + desk.reading.open_month.month - decided.month - 1
    before = (decided.year - first.year) * 12 + decided.month - first.month
    return min(MONTHS, after, before)


def _value(desk: Desk, aim: Aim, figure: Figure, span: tuple[date, date], months: int) -> Number | None:
    scope = None if aim.project is None else (aim.project,)
    (table,) = metrics(desk, [figure.name], grain=Grain.ALL, span=span, projects=scope)
    value = table.rows[0].value if table.rows else None
    return value if value is None or not _adds_up(desk, figure) else tidy(Decimal(str(value)) / months)


def _adds_up(desk: Desk, figure: Figure) -> bool:
    """Whether the figure of several months is the sum of those of each."""
    if figure.kind == "measure":
        return MEASURES[figure.name].additivity is Additivity.SUM
    if figure.kind == "timeline":
        return figure.name in OF_MONTHS
    made = desk.workspace.methodology.definitions.get(figure.name)
    # Money that is no money per something is a sum of money, however its formula is taken.
    return figure.unit == "money" or (made is not None and made.total is Total.SUM)


def _verdict(change: Decimal, expected: Decimal | None, direction: str) -> Verdict:
    if expected:
        gap = (change - expected) * (1 if expected > 0 else -1)
        if abs(gap) <= abs(expected) * NEAR:
            return "as expected"
        return "better than expected" if gap > 0 else "below expected"
    if not change or direction == "neutral":
        return "no change"
    return "better" if (change > 0) == (direction == "up") else "worse"
