"""The page of one model: what a successful outcome costs, its releases, its course, who uses it."""

from __future__ import annotations

import msgspec

from breakeven.ledger.results import Status
from breakeven.views.content import Choice, Link, Page
from breakeven.views.models import cost_quality, course, facts, releases
from breakeven.views.models.asked import AMONG, compared, entry_of, figures_of, in_period, model_of, projects_of
from breakeven.views.models.tiles import tiles
from breakeven.views.models.words import of_model
from breakeven.views.operations.watching import MODELS, name_of
from breakeven.views.question import Question

PARAMETERS = (AMONG,)
EXPLAINED: tuple[tuple[Status, str], ...] = (("grey", "Explain opens a figure for all models of the period"),)


def model_page(question: Question) -> Page:
    """Finding, tiles, panels. Raises UnknownName for a model that nothing names."""
    model = model_of(question)
    found, (line, among) = figures_of(in_period(question), model), compared(question, model)
    finding, exception = of_model(question, model, found, line)
    entry = entry_of(question, model)
    over = (*(question.name_of(project) for project in projects_of(question, model)[:3]),
            *((f"Version {entry.version}",) if entry is not None and entry.version else ()))  # fmt: skip
    scatter = msgspec.structs.replace(cost_quality.panel(question, line, focus=model, among=among), width=8)
    registry = msgspec.structs.replace(facts.registry(question, model), width=4)
    courses, told = course.panels(question, model), releases.panel(question, model)
    around = facts.evaluations(question, model), facts.incidents(question, model)
    if found is not None:
        every = (scatter, registry, told, *courses, facts.users(question, model), *around)
    else:
        every = (msgspec.structs.replace(registry, width=6), *courses, told, *around)
    return Page(
        title=name_of(model), finding=finding, exception=exception, over=over, compact=True,
        crumbs=(Link(text="Models", href=question.link(MODELS)),),
        switch=_switch(question, among) if found is not None else (),
        tiles=tiles(question, model) if found is not None else (), remarks=EXPLAINED if found is not None else (),
        panels=tuple(panel for panel in every if panel is not None),
    )  # fmt: skip


def _switch(question: Question, among: str) -> tuple[Choice, ...]:
    """Which models it is compared with."""
    choices = (("project", "Same projects"), ("all", "All models"))
    return tuple(
        Choice(text=text, href=question.link(question.path, {AMONG: name}), current=name == among)
        for name, text in choices
    )
