"""Reports of a workspace's own, as reports.yaml declares them: figures, panels, and text with figures in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from string import Formatter

from breakeven.reports.composing.frame import Kind, framed
from breakeven.reports.composing.panels import blocks, figures
from breakeven.reports.composing.sentences import concern, driver, result
from breakeven.reports.document import Block, Document, Figure, Figures, Section, Text
from breakeven.reports.hidden import alike
from breakeven.reports.rights import EVERYBODY, HIDDEN, WHOLE, WITHHELD
from breakeven.views.asking.resolve import Asked
from breakeven.views.content import Panel
from breakeven.views.key_figures import key_figures
from breakeven.views.panels.of_figure import of_figure
from breakeven.views.panels.registry import PANELS
from breakeven.views.question import Question
from breakeven.workspace.access_rights import Rights
from breakeven.workspace.definitions import FigureRef
from breakeven.workspace.panel_refs import PanelRef
from breakeven.workspace.reports import OwnFigures, OwnPanels, OwnReport, OwnSection, OwnText


class Own:
    """Composes one own report, as `Compose` of the shipped ones does."""

    def __init__(self, declared: OwnReport, readers: Rights = EVERYBODY) -> None:
        """`readers`: what they may not see is not there, under whatever title or between whatever words."""
        self._declared = declared
        self._hides = frozenset(alike(readers.hides)) | (WHOLE if readers.projects is not None else frozenset())
        self.kind = Kind(
            name=declared.name, title=declared.title, audience=declared.audience, path="/board",
            period=declared.period, what=f"{declared.title}, for {declared.audience}: of reports.yaml.",
        )  # fmt: skip

    def __call__(self, question: Question, found: Asked, *, live: bool = False) -> Document:
        """The report."""
        own = self._declared
        said = tuple(_filled(question, found, text, self._hides) for text in own.summary)
        return framed(
            question, found, self.kind, summary=said or (result(question), driver(question), concern(question)),
            figures=_figures(question, own.figures), live=live,
            sections=tuple(_section(question, found, place, one, self._hides)
                           for place, one in enumerate(own.sections, 1)),
        )  # fmt: skip


def _section(question: Question, found: Asked, place: int, own: OwnSection, hides: AbstractSet[str]) -> Section:
    panels = tuple(panel for part in own.parts if isinstance(part, OwnPanels)
                   for panel in _panels(question, part, hides))  # fmt: skip
    return Section(
        id=f"section-{place}", title=own.title,
        blocks=tuple(block for part in own.parts for block in _blocks(question, found, part, hides)),
        foot=" ".join(panel.foot for panel in panels if panel.foot),
        sources=(f"{question.workspace.name}: reports.yaml",),
    )  # fmt: skip


def _blocks(
    question: Question, found: Asked, part: OwnText | OwnFigures | OwnPanels, hides: AbstractSet[str]
) -> Iterator[Block]:  # fmt: skip
    match part:
        case OwnText():
            yield Text(paragraphs=tuple(_filled(question, found, text, hides) for text in part.paragraphs))
        case OwnFigures():
            yield Figures(figures=_figures(question, part.names))
        case OwnPanels():
            if any(_named(ref) in hides for ref in part.panels):
                yield Text(paragraphs=(WITHHELD,))
            for panel in _panels(question, part, hides):
                bodies = panel.body if isinstance(panel.body, tuple) else (panel.body,)
                yield from (block for body in bodies for block in blocks(question, panel, body))


def _panels(question: Question, part: OwnPanels, hides: AbstractSet[str]) -> list[Panel]:
    """The panels that have something to say, and may."""
    made = (_panel(question, ref) for ref in part.panels if _named(ref) not in hides)
    return [panel for panel in made if panel is not None]


def _named(ref: PanelRef) -> str:
    return ref.figure or ref.panel


def _panel(question: Question, ref: PanelRef) -> Panel | None:
    return of_figure(question, ref) if ref.figure else PANELS[ref.panel](question)


def _figures(question: Question, names: Sequence[str]) -> tuple[Figure, ...]:
    known = [FigureRef(figure=name) for name in names if name in question.catalogue]
    return figures(question, key_figures(question, tuple(known), short=True))


def _filled(question: Question, found: Asked, text: str, hides: AbstractSet[str]) -> str:
    """A text with its figures, words of the period and the scope; what is unknown or hidden is called so."""
    parts = list(Formatter().parse(text))
    names = dict.fromkeys(name.partition(".")[0] for _, name, _, _ in parts if name)
    known = {one.name: one for one in _figures(question, tuple(names))}
    words = {"period": found.words, "scope": found.scope, "company": question.workspace.name}
    said = []
    for before, name, _, _ in parts:
        said.append(before)
        if name:
            figure, _, about = name.partition(".")
            said.append(words[name] if name in words else HIDDEN if figure in hides
                        else _about(known.get(figure), figure, about))  # fmt: skip
    return "".join(said)


def _about(one: Figure | None, name: str, about: str) -> str:
    if one is None:
        return f"{name} (not a figure)"
    match about:
        case "" | "text":
            return one.text if one.exact is not None else f"unknown ({one.reason})" if one.reason else "unknown"
        case "status":
            return one.word.lower() or "without a target"
        case "change":
            return one.change or "no change is known"
        case "goal":
            return one.goal or "no target"
        case "evidence":
            return one.evidence or "no evidence is known"
        case _:
            return one.range or "no range is known"
