"""What a page about models is asked for, and the ledger's answers that its panels share."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from breakeven.errors import UnknownName
from breakeven.ledger.operations.frontier import Frontier, frontier
from breakeven.ledger.operations.live import ModelFigures, Running, Scope, running
from breakeven.ledger.operations.quality import latest
from breakeven.ledger.operations.registered import Registered, projects_of_models, registered
from breakeven.views.operations.watching import name_of
from breakeven.views.question import Question
from breakeven.views.records_links import ABSENT, unpacked

AMONG = "among"
"""The page's own parameter: which models a model is compared with."""
COURSE_DAYS = 90
"""Days of a course by day, at most."""


def model_of(question: Question) -> str | None:
    """The model that the address names; None: calls that name none. Raises UnknownName."""
    text = unpacked(question.given["model"])
    model = None if text == ABSENT else text
    known = known_models(question)
    if model not in known:
        raise UnknownName("model", text, [name for name in known if name])
    return model


def known_models(question: Question) -> tuple[str | None, ...]:
    """Every model that a call, a release, the registry or an evaluation ever named."""
    called: frozenset[str | None] = question.kept(("models called",), lambda: _called(question))
    return (
        *sorted({*registered(question.desk), *(name for name in called if name is not None)}),
        *((None,) if None in called else ()),
    )


def _called(question: Question) -> frozenset[str | None]:
    rows = question.desk.reading.moment.query("SELECT DISTINCT model FROM interaction_month")
    return frozenset(rows.column("model").to_pylist())


def in_period(question: Question) -> Running:
    """Every model in the period, in the projects that are asked for."""
    return running(question.desk, question.window, Scope(projects=question.projects))


def before_period(question: Question) -> Running | None:
    """The period before; None: nothing is to be compared, or this one is not over."""
    if question.filters.compare == "none" or question.period.end > question.desk.reading.today:
        return None
    before = question.calendar.previous(question.period)
    return running(question.desk, (before.start, before.end), Scope(projects=question.projects))


def figures_of(found: Running | None, model: str | None) -> ModelFigures | None:
    """One model of a window."""
    return None if found is None else next((one for one in found.models if one.model == model), None)


def entry_of(question: Question, model: str | None) -> Registered | None:
    """What the registry and releases say about a model."""
    return None if model is None else registered(question.desk).get(model)


def projects_of(question: Question, model: str | None) -> tuple[str, ...]:
    """The projects that call a model, else those that registered it."""
    entry = entry_of(question, model)
    return called_in_period(question).get(model) or (entry.projects if entry is not None else ())


def called_in_period(question: Question) -> Mapping[str | None, tuple[str, ...]]:
    """The projects that called each model in the period."""
    found: Mapping[str | None, tuple[str, ...]] = question.kept(
        ("projects of models", question.window),
        lambda: projects_of_models(
            question.desk,
            question.calendar.instant(question.period.start),
            question.calendar.instant(question.period.end) - timedelta(microseconds=1),
        ),
    )
    return found


def compared(question: Question, model: str | None) -> tuple[Frontier, str]:
    """Cost against quality of the models that a model stands among, and which these are."""
    found, measured = in_period(question), latest(question.desk)
    mine = set(projects_of(question, model))
    others = called_in_period(question)
    near = Running(
        total=found.total, models=tuple(one for one in found.models if mine & set(others.get(one.model, ())))
    )
    if question.given.get(AMONG) != "all" and len(near.models) > 1:
        return frontier(near, measured), "project"
    return frontier(found, measured), "all"


def course_window(question: Question) -> tuple[date, date]:
    """The last complete days of the period, as far as a course by day goes."""
    end = min(question.until + timedelta(days=1), question.desk.reading.today)
    end = max(end, question.period.start + timedelta(days=1))
    return max(question.period.start, end - timedelta(days=COURSE_DAYS)), end


def shown_name(question: Question) -> str:
    """The model of the page in words."""
    return name_of(model_of(question))
