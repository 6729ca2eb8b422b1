"""The what-if page."""

from __future__ import annotations

from breakeven.errors import UsageProblem
from breakeven.ledger.scenarios.scope import check_scope
from breakeven.views.content import Empty, Link, Page, Panel
from breakeven.views.question import Question
from breakeven.views.what_if.answer import answer
from breakeven.views.what_if.asked import COMPARE, LEVER, SET, Scenario, asked, scope_of_page, sentence
from breakeven.views.what_if.pictures import TITLES, taken_along
from breakeven.views.what_if.saved import comparison, rows
from breakeven.views.what_if.shapes import Choice, Saving, Slider, View

PARAMETERS = (SET, LEVER, COMPARE)
MOST = 7
"""Levers that are always seen."""


def what_if_page(question: Question) -> Page:
    """The page of the scenario in the address."""
    return page_of(question, asked(question))


def page_of(question: Question, scenario: Scenario, saving: Saving | None = None) -> Page:
    """The page of a scenario; `saving`: a form that was refused, with what was typed."""
    try:
        check_scope(question.desk, scope_of_page(question))
    except UsageProblem as error:
        return _no_scenario(question, sentence(error))
    if not question.desk.book().months:
        return _no_scenario(question, "Nothing is recorded yet.")
    made = answer(question, scenario)
    first, rest = _ordered(made.sliders)
    saved, note = rows(question, scenario.compare)
    table, fault = comparison(question, scenario.compare)
    workspace = question.workspace
    view = View(
        answer=made, first=first, rest=rest, saved=saved, saved_note=note, compared=table, compare_fault=fault,
        assumptions=tuple(Choice(value=one.name, text=one.label or one.name) for one in workspace.assumptions.values()
                          if one.values),
        projects=tuple(Choice(value=name, text=question.name_of(name)) for name in workspace.projects),
        reset=Link(text="Reset", href=question.filters.link(question.path)),
        saving=saving if saving is not None else Saving(),
    )  # fmt: skip
    drawn = {name: taken_along(name, getattr(made, name)) for name in TITLES}
    return Page(title="What-if", finding=made.finding, exception=made.exception, extra={"view": view}, drawn=drawn)


def _no_scenario(question: Question, why: str) -> Page:
    link = Link(text="Show the year to date", href=question.filters.link(question.path, period="ytd"))
    panel = Panel(id="nothing", title="No scenario", body=Empty(title="Nothing to suppose about", text=why, link=link))
    return Page(title="What-if", finding="A scenario needs whole months with records.", panels=(panel,),
                extra={"view": None})  # fmt: skip


def _ordered(sliders: tuple[Slider, ...]) -> tuple[tuple[Slider, ...], tuple[Slider, ...]]:
    """Those that move ROI most, those that were moved and those that were added; then the others."""
    shown = [one for place, one in enumerate(sliders) if place < MOST or one.moved or one.where or one.fault]
    return tuple(shown), tuple(one for one in sliders if one not in shown)
