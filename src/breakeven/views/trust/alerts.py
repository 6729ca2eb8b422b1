"""The page on alerts: what needs attention now, from what the ledger already knows."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from breakeven.ledger.results import Status, TargetStatus
from breakeven.views.content import Item, Items, Link, Page, Panel
from breakeven.views.format import count_word
from breakeven.views.question import Question
from breakeven.views.trust.data import data_of

OPEN_INCIDENTS = (
    "SELECT id, source, project, kind, severity, opened_at FROM incident"
    " WHERE resolved_at IS NULL AND opened_at >= ? ORDER BY opened_at DESC LIMIT 20"
)
SINCE = timedelta(days=30)
"""An incident that nobody closed for longer is a matter for the incident log."""


def alerts(question: Question) -> Page:
    """Targets that are missed, incidents that are open, sources that are quiet."""
    missed = _targets(question, "red")
    watched = _targets(question, "yellow")
    incidents, quiet = tuple(_incidents(question)), tuple(_quiet(question))
    open_now = len(missed) + len(incidents) + len(quiet)
    finding = f"{count_word(open_now).capitalize()} {'thing needs' if open_now == 1 else 'things need'} attention."
    if not open_now:
        finding = "Nothing needs attention."
    return Page(
        title="Alerts",
        finding=finding,
        exception=f"{count_word(len(watched)).capitalize()} more to watch." if watched else "",
        panels=(
            Panel(
                id="targets",
                title="Targets",
                sub="Missed, then near the limit",
                width=6,
                body=Items(items=(*missed, *watched), empty="Every target that is set is met, or has no data yet."),
            ),
            Panel(
                id="incidents",
                title="Open incidents",
                sub="Opened in the last 30 days",
                width=6,
                body=Items(items=incidents, empty="No incident is open."),
            ),
            Panel(
                id="quiet",
                title="Quiet sources",
                sub="Longer without a record than is usual for them, or than their interval",
                width=6,
                body=Items(items=quiet, empty="Every source has spoken when it should."),
                foot_link=Link(text="All sources", href=question.link("/quality")),
            ),
            Panel(
                id="rules",
                title="Rules and notifications",
                width=6,
                body=Items(
                    items=(),
                    empty="Rules of your own (thresholds, forecasts, silence) and messages to mail or chat are not set "
                    "up here yet. What stands on this page is found by looking at targets, incidents and sources.",
                ),
            ),
        ),
    )


def _targets(question: Question, status: Status) -> tuple[Item, ...]:
    return tuple(_target(question, one) for one in question.statement.targets if one.status == status)


def _target(question: Question, one: TargetStatus) -> Item:
    show = question.show
    figure = question.catalogue.get(one.metric)
    digits = figure.decimals if figure is not None else 2
    value, wanted = (show.quantity(amount, one.unit, digits) for amount in (one.value, one.target))
    limit = "at least" if one.rule == "at_least" else "at most"
    return Item(
        lead=f"{one.label} is {value}",
        rest=f"Target {limit} {wanted}.",
        status=one.status,
        word=one.word,
        link=Link(text="Explain", href=question.explain(one.metric)),
    )


def _incidents(question: Question) -> Iterable[Item]:
    moment, show = question.desk.reading.moment, question.show
    for row in moment.query(OPEN_INCIDENTS, [question.now - SINCE]).to_pylist():
        age = (question.now - row["opened_at"]).total_seconds()
        severity = row["severity"] or "no severity"
        status: Status = "red" if severity in ("critical", "high") else "yellow"
        yield Item(
            lead=f"{(row['kind'] or 'incident').capitalize()} in {question.name_of(row['project'])}",
            rest=f"{row['id']}, {severity}.",
            status=status,
            word="Open",
            age=show.age(age),
            link=Link(text="Record", href=question.link("/records", {"kind": "incident", "source": row["source"]})),
        )


def _quiet(question: Question) -> Iterable[Item]:
    """What the data quality page finds silent: pulled sources beyond their interval, the others beyond their usual."""
    for one in data_of(question).findings:
        if one.about == "freshness":
            yield Item(lead=f"{one.what.rstrip('.')}.", rest=f"{one.consequence.capitalize()}.", status="yellow",
                       word="Quiet")  # fmt: skip
