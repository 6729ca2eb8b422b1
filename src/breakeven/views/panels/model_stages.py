"""Models as the registry has them: on the way to production, in production, and since when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from breakeven.ledger.operations.registered import Registered, registered
from breakeven.ledger.results import Status
from breakeven.views.content import Cell, Column, Link, Panel, Row, Table
from breakeven.views.format import UNKNOWN
from breakeven.views.operations.watching import MODELS, model_link, project_names
from breakeven.views.question import Question

MOST = 6
ORDER = ("staging", "development", "production", "retired")
"""What is still on its way comes first."""
LONG = timedelta(days=30)
"""In one stage before production; longer is to be looked at."""


def models_by_stage(question: Question) -> Panel | None:
    """Version, stage and age of each model; None where the registry says nothing."""
    known = [one for one in registered(question.desk, question.projects).values() if one.stage in ORDER]
    if not known:
        return None
    known.sort(key=lambda one: (ORDER.index(one.stage or ""), _age(question, one), one.model))
    counted = {stage: sum(one.stage == stage for one in known) for stage in ORDER}
    told = [f"{question.show.plain(number)} {'in ' if stage != 'retired' else ''}{stage}"
            for stage, number in counted.items() if number]  # fmt: skip
    live = [one for one in known if one.stage != "retired"]
    more = Link(text=f"All {len(known)} models", href=question.link(MODELS)) if len(known) > MOST else None
    table = Table(
        columns=(Column(label="Model"), Column(label="Version"), Column(label="Stage"),
                 Column(label="Since", numeric=True)),
        rows=tuple(_row(question, one) for one in (live or known)[:MOST]), caption="Models by stage", more=more,
    )  # fmt: skip
    return Panel(id="models-by-stage", title="Models by stage", sub=", ".join(told), body=table, width=5,
                 chip=_off(question, live), hourly=True)  # fmt: skip


def _age(question: Question, one: Registered) -> timedelta:
    """How recently it came into its stage: of those on the way the oldest first, of those in production the newest."""
    since = (question.now - one.since) if one.since is not None else timedelta(0)
    return since if one.stage in ("production", "retired") else -since


def _off(question: Question, live: Sequence[Registered]) -> tuple[Status, str] | None:
    outside = sum(one.on_platform is False and one.stage == "production" for one in live)
    return ("yellow", f"{question.show.plain(outside)} not on the platform") if outside else None


def _row(question: Question, one: Registered) -> Row:
    waits = one.stage in ("staging", "development") and one.since is not None
    late = waits and one.since is not None and question.now - one.since > LONG
    name, rest = project_names(question, one.projects)
    return Row(cells=(
        Cell(text=one.model, mono=True, href=model_link(question, one.model), sub=f"{name} {rest}".strip()),
        Cell(text=one.version or UNKNOWN, mono=bool(one.version), help="" if one.version else "No record names it"),
        Cell(text=(one.stage or "").capitalize(), status="yellow" if late else None,
             sub="not on the platform" if one.on_platform is False else ""),
        _since(question, one),
    ))  # fmt: skip


def _since(question: Question, one: Registered) -> Cell:
    if one.since is None:
        return Cell(text=UNKNOWN)
    seconds = max(0.0, (question.now - one.since).total_seconds())
    return Cell(text=question.show.age(seconds), sub=question.show.day(question.calendar.today(one.since)),
                order=seconds)  # fmt: skip
