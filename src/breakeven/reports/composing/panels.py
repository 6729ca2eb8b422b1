"""From what pages are made of to what reports are made of: panels to sections, tiles to figures, plots to charts."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from breakeven.ledger.metrics import metrics
from breakeven.ledger.results import Number
from breakeven.period import Grain
from breakeven.reports.composing.charts import chart
from breakeven.reports.composing.numbers import read, short, shows
from breakeven.reports.composing.plainly import plainly
from breakeven.reports.document import Block, Cell, Column, Figure, Figures, Note, Notes, Row, Section, Table, Text
from breakeven.views import content
from breakeven.views.comparison import Change
from breakeven.views.format import UNKNOWN, decimal_of
from breakeven.views.question import Question
from breakeven.views.standing import Evidence
from breakeven.views.tiles import Tile, shown

ARROWS: Mapping[str, str] = {"up": "↑", "down": "↓", "flat": "→"}
SCREEN_ONLY = ("Edit",)
"""Cells that only make sense where they can be clicked."""
TO_DO = ("Select ", "Click ", "Point ")
"""Beginnings of sentences that only make sense on a screen."""


def section(question: Question, panel: content.Panel, *, message: str = "") -> Section:
    """A panel of a page as a section."""
    bodies = panel.body if isinstance(panel.body, tuple) else (panel.body,)
    chip = f"{panel.chip[1]}." if panel.chip is not None else ""
    return Section(
        id=panel.id, title=panel.title, message=message, sub=_printed(panel.sub),
        blocks=tuple(block for body in bodies for block in blocks(question, panel, body)),
        foot=" ".join(part for part in (chip, panel.foot) if part),
        sources=(f"{question.workspace.name}: page {question.path}, panel {panel.title}",),
    )  # fmt: skip


def _printed(sub: str) -> str:
    """What a second line says without telling what to do on a screen."""
    return ". ".join(one for one in sub.split(". ") if not one.startswith(TO_DO)).replace("; the mark is 100%", "")


def blocks(question: Question, panel: content.Panel, body: content.Body) -> Iterator[Block]:
    """The parts of a body."""
    match body:
        case content.Table():
            yield table(body)
        case content.Plot():
            yield chart(body, panel.title, panel.width)
        case content.Donut():
            yield chart(body.plot, panel.title, panel.width)
        case content.Beside():
            yield chart(body.plot, panel.title, panel.width, aside=True)
            yield Figures(figures=tuple(fact(question, one) for one in body.facts.facts))
        case content.Items():
            yield Notes(notes=tuple(note(one) for one in body.items), empty=body.empty, more=body.more)
        case content.Facts():
            yield Figures(figures=tuple(fact(question, one) for one in body.facts))
        case content.Chips():
            said = " · ".join(words for _, words in body.chips) or body.empty
            yield Text(paragraphs=(f"{body.title}: {said}" if body.title else said,))
        case content.Shares():
            yield Text(paragraphs=(evidence_words(body.evidence) or body.empty,))
        case content.Empty():
            yield Text(paragraphs=(f"{body.title}. {body.text}".strip(),))


def table(made: content.Table) -> Table:
    """A table without what can only be clicked: heads without a word, and drawings in cells."""
    kept = [place for place, column in enumerate(made.columns) if column.label and _says(made.rows, place)]
    rows = tuple(
        Row(cells=tuple(cell(row.cells[place]) for place in kept if place < len(row.cells)), kind=row.kind)
        for row in made.rows
    )
    columns = tuple(Column(label=made.columns[place].label, numeric=made.columns[place].numeric) for place in kept)
    return Table(caption=made.caption, columns=columns, rows=rows, empty=made.empty)


def _says(rows: Sequence[content.Row], place: int) -> bool:
    """Whether a column has words in any row."""
    cells = [row.cells[place] for row in rows if place < len(row.cells)]
    return not rows or any((one.text and one.text not in SCREEN_ONLY) or one.sub or one.evidence for one in cells)


def cell(one: content.Cell) -> Cell:
    """A cell with its number, where it has one."""
    text = " ".join(part for part in (one.text, one.unit) if part)
    if not text and one.evidence is not None:
        text = evidence_words(one.evidence)
    sub = one.sub or (one.help if one.text == UNKNOWN else "")
    exact = None if one.order is None or isinstance(one.order, str) or one.text == UNKNOWN else decimal_of(one.order)
    # Days and durations are sorted by seconds, which nobody is shown.
    exact = exact if exact is not None and shows(text, exact) else None
    return Cell(text=text, sub=sub, status=one.status, exact=exact, unit="" if exact is None else unit_of(one),
                strong=one.strong)  # fmt: skip


def unit_of(one: content.Cell) -> str:
    """The unit of a cell's number: money, %, or its own."""
    if any(unicodedata.category(letter) == "Sc" for letter in one.text):
        return "money"
    return "%" if "%" in one.text else one.unit


def note(one: content.Item) -> Note:
    """An entry of a list."""
    return Note(lead=one.lead, rest=one.rest, by=one.by, status=one.status, word=one.word, amount=one.amount)


def fact(question: Question, one: content.Fact) -> Figure:
    """A figure beside a chart."""
    known = question.catalogue.get(one.explain)
    return Figure(
        name=one.explain, label=one.label, text=str(one.value), status=one.status, word=one.word, goal=one.sub,
        exact=_as_shown(question, one.explain, str(one.value), exact_values(question, [one.explain]).get(one.explain))
        if known is not None else None,
        unit=known.unit if known is not None else "", change=change_words(one.change),
    )  # fmt: skip


def figure(question: Question, tile: Tile, exact: Mapping[str, Decimal | None]) -> Figure:
    """A tile as a key figure."""
    goal, known = tile.goal, _as_shown(question, tile.figure, str(tile.value), exact.get(tile.figure))
    return Figure(
        name=tile.figure, label=tile.label, text=str(tile.value), exact=known,
        unit=question.catalogue[tile.figure].unit, reason=plainly(question, tile.reason or tile.partly or ""),
        status=None if goal is None else goal.status, word="" if goal is None else goal.word,
        goal="" if goal is None else goal.words, change=change_words(tile.change) or (tile.no_change if known else ""),
        range=tile.proof.range, evidence=evidence_words(tile.proof.evidence),
    )  # fmt: skip


def _as_shown(question: Question, name: str, text: str, exact: Decimal | None) -> Decimal | None:
    """A figure with all its digits, if it is what is shown; where the page shows the present, what the text has."""
    if exact is None or text == UNKNOWN:
        return exact
    usual = str(shown(exact, question.catalogue[name], question.show))
    same = question.catalogue[name].unit != "money" or short(usual) == short(text)
    return exact if same and shows(text, exact) else read(text, question.show.locale)


def figures(question: Question, tiles: Sequence[Tile]) -> tuple[Figure, ...]:
    """Tiles as key figures, with all their digits."""
    exact = exact_values(question, [tile.figure for tile in tiles])
    return tuple(figure(question, tile, exact) for tile in tiles)


def exact_values(question: Question, names: Sequence[str]) -> dict[str, Decimal | None]:
    """Figures of the period with all their digits, as the API gives them."""
    wanted = tuple(dict.fromkeys(name for name in names if name in question.catalogue))
    if not wanted:
        return {}

    def ask() -> dict[str, Decimal | None]:
        tables = metrics(question.desk, wanted, grain=Grain.ALL, span=question.window, projects=question.projects)
        return {one.metric: _exact(one.rows[0].value) if one.rows else None for one in tables}

    found: dict[str, Decimal | None] = question.once(("exact", wanted), ask)
    return found


def _exact(value: Number | None) -> Decimal | None:
    return None if value is None else decimal_of(value)


def change_words(change: Change | None) -> str:
    """↑ 12% against September."""
    if change is None:
        return ""
    value = "unchanged" if change.arrow == "flat" else change.value
    return " ".join(part for part in (ARROWS[change.arrow], value, change.words) if part)


def evidence_words(evidence: Evidence | None) -> str:
    """What a figure rests on, in words."""
    if evidence is None:
        return ""
    parts = ((evidence.measured, "measured"), (evidence.estimated, "estimated"), (evidence.assumed, "assumed"))
    return ", ".join(f"{share}% {word}" for share, word in parts if share)
