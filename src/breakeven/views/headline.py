"""The page's finding: one sentence with the number, and one that names the exception."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from breakeven.ledger.results import Statement, TargetStatus
from breakeven.period import Grain, Period
from breakeven.views.comparison import name
from breakeven.views.format import count_word, day_of_year, decimal_of, money, percent, plain, roi
from breakeven.views.standing import ProjectStanding


def when(period: Period) -> str:
    """The period within a sentence: this year, in September 2026, since the first record."""
    words = {
        "ytd": "this year", "last-12-months": "in the last 12 months", "all": "since the first record",
    }  # fmt: skip
    if period.name in words:
        return words[period.name]
    return f"in {name(period)}" if period.grain is not Grain.ALL else f"in {period.name}"


def title(period: Period) -> str:
    """The period as the filter shows it."""
    words = {"ytd": "Year to date", "last-12-months": "Last 12 months", "all": "All time"}
    return words.get(period.name, name(period))


def finding(statement: Statement, period: Period) -> str:
    """What the period came to, with a number; also for a loss, and for what is not known."""
    net, currency, then = statement.net_value, statement.currency, when(period)
    if net is None:
        if statement.investment is not None:
            return f"AI cost {money(statement.investment, currency)} {then}; what it returned is not known yet."
        if statement.total_value is not None:
            return f"AI returned {money(statement.total_value, currency)} {then}; what it cost is not known yet."
        return f"What AI returned {then} is not known yet."
    if not net:
        return f"AI returned {then} what it cost."
    if net < 0:
        return f"AI cost {money(-net, currency)} more than it returned {then}."
    ahead = _ahead(next((target for target in statement.targets if target.metric == "roi_ytd"), None))
    return f"AI returned {money(net, currency)} more than it cost {then}{ahead if period.name == 'ytd' else ''}."


def _ahead(target: TargetStatus | None) -> str:
    if target is None or target.value is None or target.target <= 0:
        return ""
    share = (decimal_of(target.value) / target.target - 1) * 100
    if abs(share) < Decimal("0.5"):
        return ", as planned"
    if share >= 100:
        return f", {plain(share / 100 + 1, 1)} times its target"
    return f", {percent(abs(share))} {'ahead of' if share > 0 else 'behind'} target"


def exception(statement: Statement, projects: Sequence[ProjectStanding]) -> str:
    """Whether the money came back, and what stands out against it."""
    if not statement.cumulative:
        return "No cost and no benefit has been recorded: import files or send events, and this page fills itself."
    return " ".join(filter(None, (_paid_back(statement), _stands_out(statement, projects))))


def _paid_back(statement: Statement) -> str:
    payback, last = statement.payback, statement.cumulative[-1]
    if payback is not None and payback.months is not None and payback.reached_on is not None:
        since = f"{day_of_year(payback.reached_on)} {payback.reached_on.year}"
        return f"It paid back its full cost, implementation included, in {plain(payback.months, 1)} months, by {since}."
    if last.cumulative < 0:
        return f"It has not paid back its cost yet: {money(-last.cumulative, statement.currency)} is still missing."
    return "It never cost more than it had returned."


def _stands_out(statement: Statement, projects: Sequence[ProjectStanding]) -> str:
    known = [one for one in projects if one.net is not None]
    losing = [one for one in known if one.net is not None and one.net < 0]
    if losing:
        worst = min(losing, key=lambda one: one.net or Decimal(0))
        gaining = len(known) - len(losing)
        verb = "returns more than it costs" if gaining == 1 else "return more than they cost"
        first = f"{count_word(gaining).capitalize()} of {count_word(len(known))} projects {verb}; "
        lost = f"{worst.name} lost {money(-(worst.net or Decimal(0)), statement.currency)}"
        rate = "" if worst.roi is None else f" (ROI {roi(worst.roi)})"
        return f"{first}{lost}{rate}." if gaining else f"{lost}{rate}."
    missed = next((target for target in statement.targets if target.status == "red"), None)
    if missed is not None:
        return f"All projects return more than they cost; {missed.label} is off track."
    return "All projects return more than they cost." if len(known) > 1 else ""
