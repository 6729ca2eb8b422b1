"""What is at stake: findings of the ledger with the money a month that each of them is about.

A decay takes value away as long as it goes on; what is above a budget goes on as it went in the months asked about;
value that is claimed beyond what can be true is claimed anew each month; what a closed month would be otherwise is a
difference that stands once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from breakeven.ledger.desk import Desk
from breakeven.ledger.effects.decay_risk import Risk, risks
from breakeven.ledger.metrics import metrics
from breakeven.ledger.numbers import EXACT, tidy
from breakeven.ledger.results import AfterClose, Result
from breakeven.ledger.sharing.suspects import Suspect, overlaps
from breakeven.ledger.window import elapsed_share
from breakeven.period import Grain, Period

OVER = "budget_variance"


class Overrun(Result, frozen=True, kw_only=True):
    """A project above its budget."""

    project: str
    over: Decimal
    """In all, above 0."""
    months: Decimal
    """That it came about in, the open one by its part that is over."""


class Stake(Result, frozen=True, kw_only=True):
    """One finding."""

    about: Risk | Overrun | Suspect | AfterClose
    a_month: Decimal | None
    """Money; None: the ledger cannot say."""
    once: bool = False
    """Whether the amount is one that stands once."""


def at_stake(
    desk: Desk, period: Period, projects: Sequence[str] | None, after_close: Sequence[AfterClose]
) -> tuple[Stake, ...]:
    """What the ledger finds by itself, the dearest first; `after_close`: of the period's statement."""
    found = [
        *_decays(desk, projects),
        *_overruns(desk, period, projects),
        *_suspects(desk, period, projects),
        *(Stake(about=one, a_month=tidy(abs(one.value - one.cost)), once=True) for one in after_close),
    ]
    return tuple(sorted(found, key=lambda one: (one.a_month is None, -(one.a_month or Decimal(0)))))


def _decays(desk: Desk, projects: Sequence[str] | None) -> Iterator[Stake]:
    for one in risks(desk):
        if one.state != "holds" and (projects is None or one.project in projects):
            yield Stake(about=one, a_month=one.per_month)


def _overruns(desk: Desk, period: Period, projects: Sequence[str] | None) -> Iterator[Stake]:
    months = _elapsed(desk, period)
    if not months:
        return
    span = (period.start, period.end)
    (table,) = metrics(desk, [OVER], grain=Grain.ALL, span=span, by="project", projects=projects)
    for row in table.rows:
        if row.value is not None and row.value < 0 and row.project is not None:
            over = -Decimal(str(row.value))
            about = Overrun(project=row.project, over=tidy(over), months=months)
            yield Stake(about=about, a_month=tidy(EXACT.divide(over, months).quantize(Decimal("0.01"), context=EXACT)))


def _elapsed(desk: Desk, period: Period) -> Decimal:
    """Months of the period so far."""
    parts = (elapsed_share(month, desk.workspace.calendar, desk.reading.now) for month in period.months())
    return sum((Decimal(over) / whole for over, whole in parts), Decimal(0))


def _suspects(desk: Desk, period: Period, projects: Sequence[str] | None) -> Iterator[Stake]:
    """Each doubtful claim as it was in the last month in which it was made."""
    if not desk.window(period.start, period.end).whole_months:
        return
    last: dict[tuple[str, str | None, tuple[str, ...]], Suspect] = {}
    for one in sorted(overlaps(desk, period).suspects, key=lambda one: one.month):
        if projects is None or not set(projects).isdisjoint(one.projects):
            last[one.kind, one.team, tuple(sorted(one.projects))] = one
    for one in last.values():
        money = one.unit == desk.workspace.currency
        yield Stake(about=one, a_month=tidy(one.claimed - one.capacity) if money else None)
