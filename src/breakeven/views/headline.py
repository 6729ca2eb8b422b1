"""The page's finding: one sentence with the number, and one that names the exception."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from breakeven.ledger.results import Statement, TargetStatus
from breakeven.period import Grain, Period
from breakeven.views.comparison import name, title
from breakeven.views.format import LOCALE, Display, count_word, decimal_of
from breakeven.views.standings import ProjectStanding

__all__ = ["exception", "finding", "title", "when"]


def when(period: Period, locale: str = LOCALE) -> str:
    """The period within a sentence: this year, in September 2026, since the first record."""
    words = {
        "ytd": "this year", "last-12-months": "in the last 12 months", "all": "since the first record",
    }  # fmt: skip
    if period.name in words:
        return words[period.name]
    return f"in {name(period, locale)}" if period.grain is not Grain.ALL else f"in {period.name}"


def finding(statement: Statement, period: Period, show: Display) -> str:
    """What the period came to, with a number; also for a loss, and for what is not known."""
    net, then = statement.net_value, when(period, show.locale)
    if net is None:
        if statement.investment is not None:
            return f"AI cost {show.money(statement.investment)} {then}; what it returned is not known yet."
        if statement.total_value is not None:
            return f"AI returned {show.money(statement.total_value)} {then}; what it cost is not known yet."
        return f"What AI returned {then} is not known yet."
    if not net:
        return f"AI returned {then} what it cost."
    if net < 0:
        return f"AI cost {show.money(-net)} more than it returned {then}."
    ahead = _ahead(next((target for target in statement.targets if target.metric == "roi_ytd"), None), show)
    return f"AI returned {show.money(net)} more than it cost {then}{ahead if period.name == 'ytd' else ''}."


def _ahead(target: TargetStatus | None, show: Display) -> str:
    if target is None or target.value is None or target.target <= 0:
        return ""
    share = (decimal_of(target.value) / target.target - 1) * 100
    if abs(share) < Decimal("0.5"):
        return ", as planned"
    if share >= 100:
        return f", {show.plain(share / 100 + 1, 1)} times its target"
    return f", {show.percent(abs(share))} {'ahead of' if share > 0 else 'behind'} target"


def exception(statement: Statement, projects: Sequence[ProjectStanding], show: Display) -> str:
    """Whether the money came back, and what stands out against it."""
    if not statement.cumulative:
        return "No cost and no benefit has been recorded: import files or send events, and this page fills itself."
    return " ".join(filter(None, (paid_back(statement, show), _stands_out(statement, projects, show))))


def paid_back(statement: Statement, show: Display) -> str:
    """Whether and when the money came back."""
    payback, last = statement.payback, statement.cumulative[-1]
    if payback is not None and payback.months is not None and payback.reached_on is not None:
        since = f"{show.day_of_year(payback.reached_on)} {payback.reached_on.year}"
        took = show.plain(payback.months, 1)
        return f"It paid back its full cost, implementation included, in {took} months, by {since}."
    if last.cumulative < 0:
        return f"It has not paid back its cost yet: {show.money(-last.cumulative)} is still missing."
    return "It never cost more than it had returned."


def _stands_out(statement: Statement, projects: Sequence[ProjectStanding], show: Display) -> str:
    known = [one for one in projects if one.net is not None]
    losing = [one for one in known if one.net is not None and one.net < 0]
    if losing:
        worst = min(losing, key=lambda one: one.net or Decimal(0))
        gaining = len(known) - len(losing)
        verb = "returns more than it costs" if gaining == 1 else "return more than they cost"
        first = f"{count_word(gaining).capitalize()} of {count_word(len(known))} projects {verb}; "
        lost = f"{worst.name} lost {show.money(-(worst.net or Decimal(0)))}"
        rate = "" if worst.roi is None else f" (ROI {show.roi(worst.roi)})"
        return f"{first}{lost}{rate}." if gaining else f"{lost}{rate}."
    missed = next((target for target in statement.targets if target.status == "red"), None)
    if missed is not None:
        return f"All projects return more than they cost; {missed.label} is off track."
    return "All projects return more than they cost." if len(known) > 1 else ""
