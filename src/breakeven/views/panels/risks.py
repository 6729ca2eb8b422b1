"""Risks with the money at stake: what people noted, and what the ledger sees by itself."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import msgspec

from breakeven.facts import UNASSIGNED
from breakeven.ledger.effects.decay_risk import risks as decays
from breakeven.ledger.metrics import metrics
from breakeven.ledger.results import Status
from breakeven.period import Grain
from breakeven.views.content import Item, Items, Link, Panel
from breakeven.views.format import decimal_of
from breakeven.views.question import Question
from breakeven.views.sources import sources

SHOWN = 10
OVERDUE = 3
"""Assumptions that are named; more are counted."""


class Found(msgspec.Struct, frozen=True):
    """A risk and the money a month that it is about; None: it cannot be said."""

    item: Item
    stake: Decimal | None = None


def risk_list(question: Question) -> Panel:
    """The dearest first, then those without an amount."""
    found = [
        *_decaying(question),
        *_over_budget(question),
        *_noted(question),
        *_missed(question),
        *_late(question),
        *_unreviewed(question),
        *_quiet(question),
    ]
    found.sort(key=lambda one: (one.stake is None, -(one.stake or Decimal(0))))
    items = tuple(_with_stake(question, one) for one in found)
    return Panel(
        id="risks",
        title="Risks",
        sub="Noted by people, and seen by the ledger; money at stake a month",
        width=6,
        body=Items(
            items=items[:SHOWN],
            more=max(0, len(items) - SHOWN),
            add="risk",
            empty="No risk is noted, and the ledger sees none.",
        ),
    )


def _with_stake(question: Question, found: Found) -> Item:
    amount = "" if found.stake is None else question.show.money(found.stake)
    return msgspec.structs.replace(found.item, amount=amount)


def _mine(question: Question, project: str) -> bool:
    return question.projects is None or project in question.projects


def _decaying(question: Question) -> Iterator[Found]:
    for one in question.kept(("decays",), lambda: decays(question.desk)):
        if one.state == "holds" or not _mine(question, one.project):
            continue
        label = question.catalogue[one.figure].label if one.figure in question.catalogue else one.figure
        told = "has not been measured" if one.state == "not measured" else "is below what the value rests on"
        yield Found(
            Item(
                lead=f"{label} of {question.name_of(one.project)} {told}",
                rest=one.reason or "",
                status="red",
                word="Value decays",
                link=Link(text="Project", href=question.link(f"/projects/{one.project}")),
            ),
            one.per_month,
        )


def _over_budget(question: Question) -> Iterator[Found]:
    (table,) = question.kept(
        ("over budget",),
        lambda: metrics(question.desk, ["budget_variance"], grain=Grain.ALL, span=question.window, by="project"),
    )
    months = max(1, len(question.period.months()))
    for row in table.rows:
        if row.value is None or row.value >= 0 or row.project is None or not _mine(question, row.project):
            continue
        over = -decimal_of(row.value)
        yield Found(
            Item(
                lead=f"{question.name_of(row.project)} is {question.show.money(over)} over its budget",
                status="red",
                word="Over budget",
                link=Link(text="Explain", href=question.explain("budget_variance", row.project)),
            ),
            over / months,
        )


def _noted(question: Question) -> Iterator[Found]:
    for note in question.notes:
        if note.kind not in ("risk", "concern") or note.status != "open" or not _mine(question, note.project):
            continue
        due = None if note.due is None else question.calendar.today(note.due)
        late = due is not None and due < question.desk.reading.today
        named = "" if note.project == UNASSIGNED else question.name_of(note.project)
        by = " · ".join(part for part in (named, note.owner, f"by {question.show.day(due)}" if due else "") if part)
        status: Status = "red" if late else "yellow"
        yield Found(
            Item(
                lead=note.text,
                rest=note.action or "",
                by=by,
                status=status,
                note=f"{note.source}/{note.id}",
                word="Overdue" if late else note.kind.capitalize(),
            )
        )


def _missed(question: Question) -> Iterator[Found]:
    for one in question.statement.targets:
        if one.status == "red":
            yield Found(
                Item(
                    lead=f"{one.label} is off track",
                    status="red",
                    word=one.word,
                    link=Link(text="Explain", href=question.explain(one.metric)),
                )
            )


def _late(question: Question) -> Iterator[Found]:
    after = question.statement.after_close
    if after:
        yield Found(
            Item(
                lead=f"{len(after)} closed {'month' if len(after) == 1 else 'months'} would be otherwise today",
                status="yellow",
                word="Late data",
                link=Link(text="Finance", href=question.link("/cfo")),
            )
        )


def _unreviewed(question: Question) -> Iterator[Found]:
    today = question.desk.reading.today
    late = sorted(
        one.name
        for one in question.workspace.assumptions.values()
        if one.review_by is not None and one.review_by < today
    )
    if late:
        more = f" and {len(late) - OVERDUE} more" if len(late) > OVERDUE else ""
        yield Found(
            Item(
                lead=f"The review of {', '.join(late[:OVERDUE])}{more} is overdue",
                status="yellow",
                word="Assumption",
                link=Link(text="Assumptions", href=question.link("/settings")),
            )
        )


def _quiet(question: Question) -> Iterator[Found]:
    for line in sources(question.fresh).quiet:
        yield Found(
            Item(
                lead=line,
                status="yellow",
                word="Quiet source",
                link=Link(text="Sources", href=question.link("/quality")),
            )
        )
