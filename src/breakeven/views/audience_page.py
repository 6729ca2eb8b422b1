"""The page of an audience, out of its declaration and of what the workspace changes in it."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from breakeven.ledger.results import Status
from breakeven.views.audiences.audience import Audience, Placed
from breakeven.views.content import Page, Panel
from breakeven.views.key_figures import key_figures
from breakeven.views.panels.of_figure import of_figure
from breakeven.views.panels.registry import PANELS
from breakeven.views.question import Question
from breakeven.views.tiles import ADDED_UP
from breakeven.workspace.definitions import FigureRef
from breakeven.workspace.panel_refs import PanelChoice, PanelRef


def audience(question: Question, declared: Audience) -> Page:
    """The page: its finding, the key figures, the panels."""
    said = declared.find(question)
    return Page(
        title=declared.title, finding=said.finding, exception=said.exception,
        tiles=key_figures(question, tiles_of(question, declared), short=declared.compact), compact=declared.compact,
        panels=tuple(panels_of(question, declared)), remarks=_remarks(question),
    )  # fmt: skip


def _remarks(question: Question) -> tuple[tuple[Status, str], ...]:
    """That the last month is not over."""
    reading, show = question.desk.reading, question.show
    if not question.period.start <= reading.open_month < question.period.end:
        return ()
    until = show.day(question.until)
    return (("grey", f"{show.month_name(reading.open_month)} is still open, counted to {until}"),)


def tiles_of(question: Question, declared: Audience) -> tuple[FigureRef, ...]:
    """The audience's key figures: the workspace's, else the declared ones; no more than fit.

    A figure that adds up since the start of the year says nothing about another period: what it adds up stands there.
    """
    found = question.workspace.key_figures.get(declared.name) or declared.tiles
    if question.period.name != "ytd":
        found = tuple(FigureRef(figure=ADDED_UP[ref.figure]) if ref.figure in ADDED_UP else ref for ref in found)
    once = {ref.figure: ref for ref in reversed(found)}
    return tuple(ref for ref in found if once.get(ref.figure) is ref)[: declared.most]


def panels_of(question: Question, declared: Audience) -> Iterator[Panel]:
    """The panels that have something to say, as the workspace wants them."""
    for one in placed(declared, question.workspace.panels.get(declared.name)):
        if isinstance(one, PanelRef):
            yield of_figure(question, one)
            continue
        panel = PANELS[one.panel](question)
        if panel is not None:
            width = panel.width if one.width is None else one.width
            yield msgspec.structs.replace(panel, width=width, printed=panel.printed and one.printed)


def placed(declared: Audience, choice: PanelChoice | None) -> tuple[Placed | PanelRef, ...]:
    """The panels of a page in their order: those of its declaration, as views.yaml changes them."""
    if choice is None:
        return declared.panels
    if choice.panels is not None:
        return tuple(_placed(ref) for ref in choice.panels)
    kept = (one for one in declared.panels if one.panel not in choice.hide)
    return (*kept, *(_placed(ref) for ref in choice.add))


def _placed(ref: PanelRef) -> Placed | PanelRef:
    return Placed(ref.panel, ref.width) if ref.panel else ref
