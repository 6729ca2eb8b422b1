"""What is wrong now, and what was lately: models beyond their limits, open and resolved incidents."""

from __future__ import annotations

from collections.abc import Sequence

from breakeven.ledger.operations.health import Concern, Health
from breakeven.ledger.operations.trouble import Trouble
from breakeven.ledger.results import Status
from breakeven.views.content import Item, Items, Link, Panel
from breakeven.views.operations.watching import model_link, name_of, open_troubles, standings
from breakeven.views.operations.words import STATUS, concern_words
from breakeven.views.question import Question
from breakeven.views.records_links import record_link

MOST = 6
KINDS = {"outage": "Outage", "drift": "Drift", "quality": "Quality problem", "security": "Security incident",
         "other": "Incident"}  # fmt: skip


def incidents(question: Question) -> Panel | None:
    """Models first, then open incidents, then those that are over."""
    worried = (one.health for one in standings(question) if one.health.status in ("red", "yellow"))
    models = [_model(question, one) for one in worried if _of_its_own(one.concerns)]
    found = open_troubles(question)
    still = [one for one in found if one.resolved_at is None]
    over = [one for one in found if one.resolved_at is not None]
    items = [*models, *(incident_item(question, one) for one in (*still, *over))]
    return Panel(
        id="incidents", title="Alerts", sub=f"{len(models) + len(still)} open, {len(over)} resolved in 30 days",
        body=Items(items=tuple(items[:MOST]), more=max(0, len(items) - MOST),
                   empty="No model is beyond its limits, and no incident was open in the last 30 days."),
        action=Link(text="All alerts", href=question.link("/alerts")),
    )  # fmt: skip


def _of_its_own(concerns: Sequence[Concern]) -> bool:
    """Whether there is more than the incident that stands in the list itself."""
    return any(concern.rule != "incident" for concern in concerns)


def _model(question: Question, health: Health) -> Item:
    words = [concern_words(question, concern) for concern in health.concerns if concern.rule != "incident"]
    return Item(lead=f"{name_of(health.model)}: {words[0]}", rest="; ".join(words[1:]), status=health.status,
                word=STATUS[health.status],
                link=Link(text="Model", href=model_link(question, health.model)))  # fmt: skip


def incident_item(question: Question, one: Trouble) -> Item:
    """An incident as an entry of a list."""
    show, status = question.show, _status(one)
    where = one.model or question.name_of(one.project)
    end = one.resolved_at or question.now
    took = show.age(max(0.0, (end - one.opened_at).total_seconds()))
    word = "Open" if one.resolved_at is None else "Resolved"
    rest = f"Open for {took}." if one.resolved_at is None else f"Resolved after {took}."
    if one.caught:
        rest += " Found before anyone was harmed."
    severity = f", {one.severity}" if one.severity else ""
    return Item(
        lead=f"{KINDS.get(one.kind, one.kind.capitalize())} in {where}{severity}", rest=rest, status=status, word=word,
        age=show.age(max(0.0, (question.now - (one.resolved_at or one.opened_at)).total_seconds())),
        link=Link(text="Record", href=record_link(question, "incident", one.source, one.id)),
    )  # fmt: skip


def _status(one: Trouble) -> Status:
    if one.resolved_at is not None:
        return "green"
    return "yellow" if one.caught else "red"
