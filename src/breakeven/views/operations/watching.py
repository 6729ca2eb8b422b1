"""What the page of live operations looks at: the stretch, the scope, and every model with its standing.

Answers are the ledger's, which keeps them for the moment of the question: each panel asks for what it needs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from breakeven.ledger.operations.health import ORDER, Health, health
from breakeven.ledger.operations.live import ModelFigures, Running, Scope, running
from breakeven.ledger.operations.quality import Measured, latest
from breakeven.ledger.operations.registered import Registered, projects_of_models, registered
from breakeven.ledger.operations.stretches import DEFAULT, LENGTHS, Stretch, before, stretch, usual
from breakeven.ledger.operations.trouble import Trouble, troubles
from breakeven.views.content import Choice
from breakeven.views.question import Question
from breakeven.views.records_links import ABSENT, segment

LAST = "last"
"""The page's own parameter: how far back it looks."""
UNNAMED = "Model not named"
MODELS = "/models"
LATELY = timedelta(days=30)
"""How far back incidents and releases are listed."""


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """One model on the page."""

    model: str | None
    health: Health
    now: ModelFigures | None
    """None: no call in this time."""
    usual: ModelFigures | None
    measured: Measured | None
    registered: Registered | None
    projects: tuple[str, ...]


def asked_stretch(question: Question) -> Stretch:
    """The stretch that the address names. Raises UnknownName."""
    return stretch(question.given.get(LAST) or DEFAULT, question.now, question.calendar)


def asked_scope(question: Question) -> Scope:
    """The scope that the filters name."""
    return Scope(projects=question.projects, models=_wanted(question.filters.model),
                 teams=_wanted(question.filters.team))  # fmt: skip


def _wanted(text: str) -> tuple[str | None, ...] | None:
    return None if not text else (None,) if text == ABSENT else (text,)


def switch(question: Question) -> tuple[Choice, ...]:
    """The stretches to choose from."""
    now = asked_stretch(question).name
    words = {"1h": "1 h", "24h": "24 h", "7d": "7 d", "30d": "30 d"}
    others = {name: value for name, value in question.given.items() if name != LAST}
    return tuple(
        Choice(text=words[name], href=question.link(question.path, {**others, LAST: name}), current=name == now)
        for name in LENGTHS
    )


def now_running(question: Question) -> Running:
    """The stretch."""
    asked = asked_stretch(question)
    return running(question.desk, asked.span, asked_scope(question), hours=asked.hours(question.now))


def running_before(question: Question) -> Running:
    """The stretch of the same length before it."""
    asked = before(asked_stretch(question), question.calendar)
    return running(question.desk, asked.span, asked_scope(question), hours=asked.hours(question.now))


def usually(question: Question) -> Running:
    """The seven whole days before."""
    span = usual(asked_stretch(question), question.calendar)
    return running(question.desk, (span.first, span.last), asked_scope(question))


def open_troubles(question: Question) -> tuple[Trouble, ...]:
    """Incidents that are open or were lately, of the scope."""
    scope = asked_scope(question)
    return troubles(question.desk, question.now - LATELY, scope.projects, scope.models)


def standings(question: Question) -> tuple[Standing, ...]:
    """Every model that ran in the stretch or is in production, what needs attention first."""
    scope, desk = asked_scope(question), question.desk
    ran = {one.model: one for one in now_running(question).models}
    past = {one.model: one for one in usually(question).models}
    known, measured = registered(desk, scope.projects), latest(desk)
    serving = [name for name, one in known.items() if one.stage == "production"] if scope.teams is None else []
    names = [name for name in dict.fromkeys([*ran, *serving]) if scope.models is None or name in scope.models]
    where, trouble = called_by(question), open_troubles(question)
    found = []
    for name in names:
        mine = measured.get(name) if name is not None else None
        entry = known.get(name) if name is not None else None
        projects = where.get(name) or (entry.projects if entry is not None else ())
        if scope.projects is not None:
            projects = tuple(project for project in projects if project in scope.projects)
        found.append(Standing(
            model=name, health=health(desk, ran.get(name), past.get(name), mine, trouble, name), now=ran.get(name),
            usual=past.get(name), measured=mine, registered=entry, projects=projects,
        ))  # fmt: skip
    return tuple(sorted(found, key=lambda one: (ORDER[one.health.status], one.now is None)))


def called_by(question: Question) -> Mapping[str | None, tuple[str, ...]]:
    """The projects that called each model in the last 30 days."""
    found: Mapping[str | None, tuple[str, ...]] = question.kept(
        ("projects of models",), lambda: projects_of_models(question.desk, question.now - LATELY, question.now)
    )
    return found


def name_of(model: str | None) -> str:
    """A model's name as people know it."""
    return UNNAMED if model is None else model or '""'


def model_link(question: Question, model: str | None) -> str:
    """Address of a model's page."""
    return question.link(f"{MODELS}/{segment(ABSENT if model is None else model)}", model="")


def instant_of(period: str, zone: str) -> datetime:
    """The instant of a cell that is named by its local minute, hour or day."""
    return datetime.fromisoformat(period).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def project_names(question: Question, projects: Sequence[str]) -> tuple[str, str]:
    """The projects of a model in a table: the first, and how many more there are."""
    if not projects:
        return "–", ""
    more = len(projects) - 1
    return question.name_of(projects[0]), f"and {more} more" if more else ""
