"""Risks with the money at stake: what people noted, and what the ledger sees by itself."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import msgspec

from breakeven.facts import UNASSIGNED
from breakeven.ledger.cases.notes import Note, number
from breakeven.ledger.effects.at_stake import Overrun, Stake, at_stake
from breakeven.ledger.effects.decay_risk import Risk
from breakeven.ledger.results import AfterClose, Status
from breakeven.ledger.sharing.suspects import Suspect
from breakeven.views.content import Item, Items, Link, Panel
from breakeven.views.format import UNKNOWN
from breakeven.views.key_figures import targets_of
from breakeven.views.question import Question
from breakeven.views.tiles import judged, shown

SHOWN = 10
NAMED = 3
"""Assumptions and projects that are named; more are counted."""
WORST: tuple[Status | None, ...] = ("red", "yellow", "grey", "green", None)


class Found(msgspec.Struct, frozen=True):
    """A risk and the money a month that it is about; None: it cannot be said."""

    item: Item
    stake: Decimal | None = None


def risk_list(question: Question) -> Panel:
    """The dearest first, then those without an amount, the worst first."""
    found = [*_seen(question), *_noted(question), *_missed(question), *_unreviewed(question), *_quiet(question)]
    found.sort(key=lambda one: (one.stake is None, -(one.stake or Decimal(0)), WORST.index(one.item.status)))
    items = tuple(_with_stake(question, one) for one in found)
    known = [one.stake for one in found if one.stake is not None]
    return Panel(
        id="risks", title="Risks", sub="Noted by people and seen by the ledger; money at stake a month", width=6,
        adds=("concern",),
        chip=_chip(question, known),
        body=Items(items=items[:SHOWN], more=max(0, len(items) - SHOWN), add="risk",
                   empty="No risk is noted, and the ledger sees none."),
    )  # fmt: skip


def _chip(question: Question, known: list[Decimal]) -> tuple[Status, str] | None:
    total = sum(known, Decimal(0))
    return ("yellow", f"{question.show.money(total)} at stake") if total > 0 else None


def _with_stake(question: Question, found: Found) -> Item:
    amount = UNKNOWN if found.stake is None else question.show.money(found.stake)
    return msgspec.structs.replace(found.item, amount=amount)


def _seen(question: Question) -> Iterator[Found]:
    found: tuple[Stake, ...] = question.kept(
        ("at stake",),
        lambda: at_stake(question.desk, question.period, question.projects, question.statement.after_close),
    )
    for one in found:
        about = one.about
        if isinstance(about, Risk):
            item = _decay(question, about)
        elif isinstance(about, Overrun):
            item = _overrun(question, about)
        elif isinstance(about, Suspect):
            item = _suspect(question, about)
        else:
            item = _late(question, about)
        yield Found(item, one.a_month)


def _decay(question: Question, one: Risk) -> Item:
    label = question.catalogue[one.figure].label if one.figure in question.catalogue else one.figure
    told = "is not measured" if one.state == "not measured" else "is below what the value rests on"
    day = f"{question.show.money(one.per_day)} of value a day" if one.per_day is not None else ""
    since = f"since {question.show.month(one.since)}" if one.since is not None else ""
    rest = " ".join(part for part in (day, since) if part) or (one.reason or "")
    link = Link(text="Project", href=question.link(f"/projects/{one.project}"))
    return Item(lead=f"{label} of {question.name_of(one.project)} {told}", rest=_sentence(rest), status="red",
                word="Value decays", link=link)  # fmt: skip


def _overrun(question: Question, one: Overrun) -> Item:
    return Item(lead=f"{question.name_of(one.project)} is {question.show.money(one.over)} over its budget",
                status="red", word="Over budget",
                link=Link(text="Explain", href=question.explain("budget_variance", one.project)))  # fmt: skip


def _suspect(question: Question, one: Suspect) -> Item:
    names = [question.name_of(name) for name in one.projects]
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    whose = f"{', '.join(names[:NAMED])}{more}"
    lead = {
        "hours": f"{whose} claims more hours than the people of {one.team} work",
        "claims": f"{whose} may claim the same hours of {one.team}",
        "baselines": f"{whose} may claim the same cloud cost",
    }[one.kind]
    unit = "hour" if one.unit == "hour" else "money"
    claimed, most = (question.show.quantity(value, unit, 0) for value in (one.claimed, one.capacity))
    return Item(lead=lead, rest=f"{claimed} claimed in {question.show.month(one.month)}, {most} can be true.",
                status="red", word="Counted twice?", by=one.declare)  # fmt: skip


def _late(question: Question, one: AfterClose) -> Item:
    return Item(lead=f"The closed month {one.period} would be otherwise today",
                rest=f"Value {question.show.money(one.value, signed=True)},"
                     f" cost {question.show.money(one.cost, signed=True)}; once, not each month.",
                status="yellow", word="After close",
                link=Link(text="Finance", href=question.link("/cfo", period=one.period)))  # fmt: skip


def _noted(question: Question) -> Iterator[Found]:
    for note in question.notes:
        inside = question.projects is None or note.project in question.projects
        if note.kind in ("risk", "concern") and note.status == "open" and inside:
            yield Found(_note(question, note), stated(note))


def stated(note: Note) -> Decimal | None:
    """The money a month that the writer of a risk says is at stake; None: nothing is said."""
    found = number(note.labels.get("stake", ""))
    return found if found is not None and found > 0 else None


def _note(question: Question, note: Note) -> Item:
    due = None if note.due is None else question.calendar.today(note.due)
    late = due is not None and due < question.desk.reading.today
    named = "" if note.project == UNASSIGNED else question.name_of(note.project)
    by = " · ".join(part for part in (named, note.owner, f"by {question.show.day(due)}" if due else "") if part)
    return Item(lead=note.text, rest=_sentence(note.action or ""), by=by, status="red" if late else "yellow",
                note=f"{note.source}/{note.id}", word="Overdue" if late else note.kind.capitalize())  # fmt: skip


def _missed(question: Question) -> Iterator[Found]:
    for one in targets_of(question):
        if one.status == "red" and one.metric in question.catalogue:
            figure = question.catalogue[one.metric]
            told = judged(one, figure, question.show)
            yield Found(Item(lead=f"{one.label} is off track",
                             rest=f"{shown(one.value, figure, question.show)}, {told.words}.", status="red",
                             word=one.word, link=Link(text="Explain", href=question.explain(one.metric))))  # fmt: skip


def _unreviewed(question: Question) -> Iterator[Found]:
    today = question.desk.reading.today
    every = question.workspace.assumptions.values()
    late = sorted((one.review_by, one.name) for one in every if one.review_by is not None and one.review_by < today)
    if late:
        names = ", ".join(name for _, name in late[:NAMED])
        more = f" and {len(late) - NAMED} more" if len(late) > NAMED else ""
        link = Link(text="Assumptions", href=question.link("/settings"))
        yield Found(Item(lead=f"The review of {names}{more} is overdue",
                         rest=f"The first was due on {question.show.day(late[0][0])}.", status="yellow",
                         word="Assumption", link=link))  # fmt: skip


def _quiet(question: Question) -> Iterator[Found]:
    link = Link(text="Sources", href=question.link("/quality"))
    for line in question.sources.quiet:
        yield Found(Item(lead=line, status="yellow", word="Quiet source", link=link))


def _sentence(text: str) -> str:
    text = text.strip()
    return f"{text[:1].upper()}{text[1:]}{'' if text[-1:] in '.?!…' else '.'}" if text else ""
