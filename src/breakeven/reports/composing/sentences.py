"""What a summary says: result, main driver, main concern. Only what the figures support; what is unknown is named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal

from breakeven.ledger.bridge import Bridge, bridge_within
from breakeven.ledger.bridge.results import Driver
from breakeven.ledger.cases.notes import Note
from breakeven.ledger.results import TargetStatus
from breakeven.period import Grain, add_months
from breakeven.reports.composing.plainly import plainly
from breakeven.views.adding import Sum, adding
from breakeven.views.format import count_word
from breakeven.views.headline import when
from breakeven.views.key_figures import targets_of
from breakeven.views.question import Question
from breakeven.views.standings import standings
from breakeven.views.tiles import judged, shown

BECAUSE: Mapping[str, str] = {
    "method": "a change of method", "late_data": "late records", "assumption": "changed assumptions",
    "currency": "exchange rates", "allocation": "the allocation of shared cost", "volume": "volume",
    "mix": "the mix", "price": "prices", "quality": "quality",
}  # fmt: skip
"""Part of a bridge → what it is called in a sentence."""


NEEDLESS = "no payback needed"
"""Beginning of the reason of a payback that there need not be."""


def result(question: Question) -> str:
    """Value, cost and return of the period, as far as they are known."""
    statement, then = question.statement, when(question.period, question.show.locale)
    value, cost, net = statement.total_value, statement.investment, statement.net_value
    show = adding(question.show, *_less(value, cost, net))
    if value is None and cost is None:
        return f"Neither value nor cost is known {then}."
    if value is None:
        return (
            f"AI cost {show.money(cost)} {then}; what it returned is not known{_why(question, 'total_monthly_value')}."
        )
    if cost is None:
        return f"AI returned {show.money(value)} {then}; what it cost is not known{_why(question, 'investment')}."
    if net is None:
        return f"AI returned {show.money(value)} and cost {show.money(cost)} {then}; the net value is not known."
    roi = "" if statement.roi_percent is None else f", an ROI of {show.roi(statement.roi_percent)}"
    verb = "a net value of" if net >= 0 else "a loss of"
    return (f"AI returned {show.money(value)} {then} at a cost of {show.money(cost)}: "
            f"{verb} {show.money(abs(net))}{roi}.")  # fmt: skip


def _less(value: Decimal | None, cost: Decimal | None, net: Decimal | None) -> Iterator[Sum]:
    """Value less cost: what is left of them as they are shown is the net value as it is shown."""
    if value is not None and cost is not None and net is not None:
        # As a sum without signs, for sentences have none.
        yield ((cost, net), value) if net >= 0 else ((value, -net), cost)


def _why(question: Question, figure: str) -> str:
    reason = next((one.reason for one in question.statement.unknown if one.figure == figure), "")
    return f" ({plainly(question, reason)})" if reason else ""


def before_of(question: Question) -> tuple[date, date] | None:
    """The last complete month of the period and the one before it; None before two are complete."""
    end = min(question.period.end, question.desk.reading.open_month)
    last, before = add_months(end, -1), add_months(end, -2)
    return None if before < question.desk.book().months[0] else (before, last)


def bridged(question: Question) -> Bridge | None:
    """The change of net value between the two months; of the portfolio or of one project, for several there is none."""
    months = before_of(question)
    if months is None or (question.projects is not None and len(question.projects) != 1):
        return None
    project = None if question.projects is None else question.projects[0]
    found: Bridge = question.kept(
        ("bridge", *months, project),
        lambda: bridge_within(question.desk, *(question.calendar.containing(month, Grain.MONTH) for month in months),
                              project=project),
    )  # fmt: skip
    return found


def driver(question: Question) -> str:
    """Why the last complete month differs from the one before, by the largest part of the bridge."""
    months, show = before_of(question), question.show
    if months is None:
        return "There is no earlier month to compare with."
    found = bridged(question)
    before, last = (show.month(month) for month in months)
    if found is None:
        return f"Why {last} differs from {before} is taken apart for one project or for all, not for several."
    if found.change is None:
        reason = plainly(question, found.reason or "no reason is known")
        return f"Why {last} differs from {before} is not known: {reason}."
    parts = [part for part in found.parts if part.amount]
    if not parts:
        return f"Net value of {last} is that of {before}."
    one = max(parts, key=lambda part: abs(part.amount))
    moved = "rose" if found.change > 0 else "fell" if found.change < 0 else "stayed the same"
    by = f" by {show.money(abs(found.change))}" if found.change else ""
    return (f"Against {before}, net value of {last} {moved}{by}; the main driver is {BECAUSE[one.name]} "
            f"({show.money(one.amount, signed=True)}{_most(question, one.drivers)}).")  # fmt: skip


def bridge_message(question: Question) -> str:
    """By how much net value moved, and what moved it most."""
    months, found = before_of(question), bridged(question)
    if months is None or found is None or not found.change:
        return ""
    one = max(found.parts, key=lambda part: abs(part.amount))
    moved, show = "rose" if found.change > 0 else "fell", question.show
    return (f"Net value {moved} by {show.money(abs(found.change))} against {show.month(months[0])}, "
            f"by {BECAUSE[one.name]} above all ({show.money(one.amount, signed=True)})")  # fmt: skip


def _most(question: Question, drivers: tuple[Driver, ...]) -> str:
    if not drivers:
        return ""
    one = drivers[0]
    where = f" in {question.name_of(one.project)}" if one.project else ""
    label = one.label[:1].lower() + one.label[1:] if not one.label[:2].isupper() else one.label
    return f", most of it {label}{where}"


def concern(question: Question) -> str:
    """The worst that the figures show: a loss, a missed target, a project below break-even; else what is noted."""
    for found in (_losing(question), _missed(question), _noted(question)):
        if found:
            return f"The main concern: {found}."
    unknown = [one for one in targets_of(question)
               if one.status == "grey" and not (one.reason or "").startswith(NEEDLESS)]  # fmt: skip
    if unknown:
        names = ", ".join(one.label for one in unknown[:3])
        return f"No concern shows in the figures that are known; not known: {names}."
    return "No target is missed and no concern is noted."


def _losing(question: Question) -> str:
    losing = [one for one in standings(question) if one.net is not None and one.net < 0]
    if not losing or (question.projects is not None and len(question.projects) == 1):
        return ""
    worst = min(losing, key=lambda one: one.net or Decimal(0))
    more = f"; {len(losing) - 1} more {'is' if len(losing) == 2 else 'are'} below break-even" if len(losing) > 1 else ""
    return f"{worst.name} lost {question.show.money(-(worst.net or Decimal(0)))}{more}"


def _missed(question: Question) -> str:
    red = [one for one in targets_of(question) if one.status == "red" and one.metric in question.catalogue]
    return f"{red[0].label} is off track, {_stands(question, red[0])}" if red else ""


def _stands(question: Question, one: TargetStatus) -> str:
    figure = question.catalogue[one.metric]
    return f"{shown(one.value, figure, question.show)}, {judged(one, figure, question.show).words}"


def _noted(question: Question) -> str:
    notes = open_notes(question, "concern", "risk")
    return notes[0].text.strip().rstrip(".") if notes else ""


def open_notes(question: Question, *kinds: str) -> list[Note]:
    """Open notes of some kinds and of the projects that are asked for, the latest first.

    Those that are written in the month after the period, when it is reported on, belong to it.
    """
    return [
        note for note in question.notes
        if note.kind in kinds and note.status == "open" and question.calendar.today(note.time) < said_until(question)
        and (question.projects is None or note.project in question.projects)
    ]  # fmt: skip


def said_until(question: Question) -> date:
    """The day from which on what people write is about another period."""
    return add_months(question.period.end, 1)


def value_message(question: Question) -> str:
    """Which category brings most."""
    known = {name: amount for name, amount in question.statement.value.items() if amount}
    total = question.statement.total_value
    if not known or not total or total <= 0:
        return ""
    name = max(known, key=lambda one: known[one])
    label = question.catalogue[name].label if name in question.catalogue else name
    share = question.show.percent(known[name] / total * 100)
    return f"{label} brings {share} of a value of {question.show.money(total)}"


def net_message(question: Question) -> str:
    """Value less cost."""
    statement = question.statement
    if statement.total_value is None or statement.investment is None or statement.net_value is None:
        return ""
    show = adding(question.show, *_less(statement.total_value, statement.investment, statement.net_value))
    verb = "leaves" if statement.net_value >= 0 else "loses"
    return (f"{show.money(statement.total_value)} of value less {show.money(statement.investment)} of cost {verb} "
            f"{show.money(abs(statement.net_value))}")  # fmt: skip


def proof_message(question: Question) -> str:
    """How much of the claim is measured."""
    split, show = question.statement.evidence, question.show
    if split is None or not split.claimed.value or split.measured.value is None:
        return ""
    share = show.percent(split.measured.value / split.claimed.value * 100)
    return f"{share} of the claimed {show.money(split.claimed.value)} is measured, not only claimed"


def returns_message(question: Question) -> str:
    """How many projects return more than they cost."""
    known = [one for one in standings(question) if one.net is not None]
    if len(known) < 2:
        return ""
    gaining = sum(one.net > 0 for one in known if one.net is not None)
    verb = "returns more than it costs" if gaining == 1 else "return more than they cost"
    return f"{count_word(gaining).capitalize()} of {count_word(len(known))} projects {verb}"


def budget_message(question: Question) -> str:
    """Cost against what was allowed."""
    statement, show = question.statement, question.show
    if statement.budget is None or statement.budget_variance is None:
        return ""
    side = "under" if statement.budget_variance >= 0 else "over"
    return f"Spend is {show.money(abs(statement.budget_variance))} {side} a budget of {show.money(statement.budget)}"
