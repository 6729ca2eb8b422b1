"""The page of finance: the statement taken apart, budget, evidence, closed months, invoices."""

from __future__ import annotations

from decimal import Decimal

from breakeven.views.audiences.audience import Audience, Finding, Placed, figures
from breakeven.views.format import Display, count_word, decimal_of, money, symbol
from breakeven.views.headline import finding
from breakeven.views.panels.budget import Line, over, used
from breakeven.views.panels.invoices import gaps_of
from breakeven.views.projects.lines import known_name
from breakeven.views.question import Question

NAMED = 2
"""Projects that the exception names."""


def find(question: Question) -> Finding:
    """What every unit of cost returned and whether it was planned; what is over budget or does not match."""
    statement, show = question.statement, question.show
    spent = _budget(statement.budget_variance, show)
    if statement.roi_percent is None:
        lead = finding(statement, question.period, show)
    else:
        back = money(decimal_of(statement.roi_percent) / 100 + 1, show.currency, locale=show.locale)
        lead = f"Every {symbol(show.currency, show.locale)}1 of cost returned {back}."
    if not statement.cumulative:
        return Finding(lead, "No cost and no benefit has been recorded: import a bill, or send events.")
    told = [_over(question, over(question)), _unmatched(question), _late(question)]
    return Finding(
        f"{lead} {spent}".strip(), " ".join(part for part in told if part) or "Nothing stands out against it."
    )


def _budget(variance: Decimal | None, show: Display) -> str:
    if variance is None:
        return ""
    if not variance:
        return "Spend is exactly on budget."
    return f"Spend is {show.money(abs(variance))} {'under' if variance > 0 else 'over'} budget."


def _over(question: Question, lines: list[Line]) -> str:
    if not lines:
        return ""
    told = [
        f"{known_name(question, line[0])}, by {question.show.percent(((used(line) or 1) - 1) * 100)}"
        for line in lines[:NAMED]
    ]
    count = count_word(len(lines)).capitalize()
    more = f" and {len(lines) - NAMED} more" if len(lines) > NAMED else ""
    return f"{count} {'project is' if len(lines) == 1 else 'projects are'} over budget: {'; '.join(told)}{more}."


def _unmatched(question: Question) -> str:
    off = [one for one in gaps_of(question).vendors if one.beyond_tolerance]
    if not off:
        return ""
    if len(off) == 1:
        return f"The invoices of {off[0].vendor} do not match their meter."
    return f"The invoices of {count_word(len(off))} suppliers do not match their meters."


def _late(question: Question) -> str:
    late = question.statement.after_close
    if not late:
        return ""
    months = count_word(len(late))
    return f"{months.capitalize()} closed {'month' if len(late) == 1 else 'months'} would be otherwise today."


CFO = Audience(
    name="cfo",
    path="/cfo",
    title="Finance",
    icon="n-cfo",
    compact=True,
    question="What does AI cost, what does it return, how sure is that, and is it within budget?",
    tiles=figures(
        "roi_ytd", "total_monthly_value", "investment", "roi_percent", "payback_months", "run_rate", "budget_variance"
    ),
    panels=(
        Placed("costs_and_savings", 6),
        Placed("value_by_category", 6),
        Placed("value_to_net", 5),
        Placed("budget", 7),
        Placed("returns_by_project", 12),
        Placed("proven", 7, printed=False),
        Placed("realised", 5, printed=False),
        Placed("cost_by_category", 6, printed=False),
        Placed("bridge", 6, printed=False),
        Placed("closed", 7, printed=False),
        Placed("investment", 5, printed=False),
        Placed("invoices", 7, printed=False),
        Placed("reports", 5, printed=False),
    ),
    find=find,
)
