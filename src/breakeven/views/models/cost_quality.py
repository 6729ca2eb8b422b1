"""Cost against quality: models by what a successful outcome costs and how often there is one."""

from __future__ import annotations

from breakeven.ledger.operations.frontier import SUCCESS, Frontier, Place
from breakeven.views.charting.data import Dot
from breakeven.views.charting.fields import scatter
from breakeven.views.content import Empty, Panel
from breakeven.views.operations.watching import name_of
from breakeven.views.question import Question

TITLES = {SUCCESS: "successful outcomes of those known", "accuracy": "measured accuracy"}
ALONE = object()


def panel(question: Question, found: Frontier, *, focus: object = ALONE, among: str = "all") -> Panel:
    """The scatter with the Pareto line; `focus` is the model that the page is about."""
    placed = [one for one in found.places if one.cost is not None and one.quality is not None]
    dots = [_dot(one, focus) for one in placed if one.cost]
    plot = scatter(
        dots,
        x_unit="money",
        y_unit="%",
        x_title="Cost per successful outcome",
        show=question.show,
        title="Cost against quality",
    )
    whom = "models of the same projects" if among == "project" else "all models"
    sub = f"Quality: {TITLES[found.quality]}, in percent; {whom}"
    left = [one for one in found.places if one not in placed or not one.cost]
    if plot is None:
        why = left[0].reason if left else "no model ran in this period"
        body = Empty(title="No model has both a cost and a quality", text=_sentence(why))
        return Panel(id="cost-quality", title="Cost against quality", sub=sub, body=body, hourly=True)
    return Panel(
        id="cost-quality", title="Cost against quality", sub=sub, body=plot, hourly=True, foot=_foot(left, placed)
    )


def _dot(one: Place, focus: object) -> Dot:
    mine = one.model == focus
    here = "This model" if mine else "Other models" if focus is not ALONE else ""
    return Dot(
        label=name_of(one.model),
        x=one.cost or 0,
        y=one.quality or 0,
        best=one.best,
        group=here,
        key="value" if mine or focus is ALONE else "muted",
    )


def _foot(left: list[Place], placed: list[Place]) -> str:
    """Which models have no place, and whose cost is not whole."""
    said = ""
    if left:
        names = ", ".join(f"{name_of(one.model)} ({one.reason or 'no cost'})" for one in left[:3])
        more = f" and {len(left) - 3} more" if len(left) > 3 else ""
        said = f"Without a place: {names}{more}."
    partly = [name_of(one.model) for one in placed if one.reason]
    if partly:
        names = ", ".join(partly[:3]) + (f" and {len(partly) - 3} more" if len(partly) > 3 else "")
        said += f" Cost is known in part: {names}."
    return said.strip()


def _sentence(text: str | None) -> str:
    return f"{text[:1].upper()}{text[1:]}." if text else "Nothing is known."
