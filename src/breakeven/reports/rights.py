"""What readers may not see is taken out of a report before anything else sees it: fail closed.

A hidden figure is masked where it stands alone. A table or a chart in which what is hidden is named is withheld whole,
because a total beside the other parts would tell it; so is every sentence that names it, and the live spreadsheet,
whose formulas would compute it. Named is what has its name or its number (`hidden.py`). Sums that contain it stay:
whoever may not see a sum hides the sum.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import TypeVar

import msgspec

from breakeven.errors import NotAllowed, UnknownName
from breakeven.ledger.catalogue import figures
from breakeven.ledger.costs.by_category import LABELS
from breakeven.reports.document import Block, Chart, Document, Figure, Figures, Notes, Section, Table, Text
from breakeven.reports.hidden import Hidden, alike
from breakeven.views.asking.filters import Filters
from breakeven.views.format import UNKNOWN
from breakeven.workspace.access_rights import COST, Rights
from breakeven.workspace.definitions import Workspace

EVERYBODY = Rights(name="")
"""Those from whom nothing is hidden."""
WITHHELD = "Withheld: it names what is hidden from these readers."
OTHERS = "Withheld: it is about the whole company, and these readers may see some projects only."
WHOLE = frozenset({"invoices", "closed"})
"""Panels that know no projects: invoices and closes are of the company."""
HIDDEN = "hidden from these readers"
FILTER = "Rights"
"""Name of the filter that says so inside."""
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")
_NOTHING = Hidden()
_NEVER = re.compile(r"(?!)")
Part = TypeVar("Part", bound=msgspec.Struct)


def rights_of(workspace: Workspace, report: str, name: str | None) -> Rights:
    """The rights of a name; None: those that stand under the report's name, else everything; empty: everything.

    Raises UnknownName.
    """
    if name and name not in workspace.access:
        raise UnknownName("readers", name, workspace.access)
    return workspace.access.get(report if name is None else name, EVERYBODY)


def allowed(workspace: Workspace, rights: Rights, filters: Filters) -> Filters:
    """The filters within what the readers may see. Raises NotAllowed for a project that they may not."""
    if rights.projects is None:
        return filters
    hidden = [name for name in filters.project if name not in rights.projects]
    if hidden:
        raise NotAllowed(f"readers {rights.name} may not see {', '.join(hidden)}")
    seen = [name for name in filters.project or rights.projects
            if not filters.category or workspace.projects[name].category == filters.category]  # fmt: skip
    if not seen:
        raise NotAllowed(f"readers {rights.name} may see no project that is asked for")
    return msgspec.structs.replace(filters, project=tuple(seen), category="")


def redacted(
    document: Document, workspace: Workspace, rights: Rights, asked: Filters, found: Hidden = _NOTHING
) -> Document:  # fmt: skip
    """The document as its readers may see it; it says so inside.

    `asked`: the filters before `allowed`; `found`: the amounts that they may not see.
    """
    if not rights.name:
        return document
    document = _replaced(document, rights=rights.name, asked=asked,
                         filters=(*document.filters, (FILTER, _words(workspace, rights))))  # fmt: skip
    if rights.projects is not None:
        document = _replaced(document, sections=tuple(map(_of_projects, document.sections)))
    return _Redaction(workspace, rights, found).of(document) if rights.hides else document


def _of_projects(section: Section) -> Section:
    """Without what is of the whole company, for readers who may see some projects only."""
    if section.id not in WHOLE:
        return section
    return _replaced(section, blocks=(Text(paragraphs=(OTHERS,)),), message="", sub="", foot="", sources=())


def _words(workspace: Workspace, rights: Rights) -> str:
    parts = [f"hidden: {', '.join(_label(workspace, name) for name in rights.hides)}"] if rights.hides else []
    if rights.projects is not None:
        parts.append(f"only {', '.join(workspace.projects[name].name for name in rights.projects)}")
    return f"those of {rights.name}; {'; '.join(parts) or 'nothing is hidden'}"


def _label(workspace: Workspace, name: str) -> str:
    """What a hidden thing is called on pages."""
    if name.startswith(COST):
        category = name.removeprefix(COST)
        return next((label for spent, label in LABELS.items() if spent == category), category)
    if name in workspace.assumptions:
        return workspace.assumptions[name].label
    return figures(workspace)[name].label


class _Redaction:
    """Takes what some readers may not see out of a document."""

    def __init__(self, workspace: Workspace, rights: Rights, found: Hidden) -> None:
        known = figures(workspace)
        names = [name for name in alike(rights.hides)
                 if name.startswith(COST) or name in known or name in workspace.assumptions]  # fmt: skip
        self._names, self._hidden = frozenset(names), found
        said = {_label(workspace, name) for name in names} | {name for name in names if COST not in name}
        words = sorted((re.escape(one) for one in said if one), key=len, reverse=True)
        self._named = re.compile(rf"(?<!\w)(?:{'|'.join(words)})(?!\w)", re.IGNORECASE) if words else _NEVER

    def of(self, document: Document) -> Document:
        kept = [section for section in map(self._section, document.sections) if section.blocks]
        return _replaced(
            document, summary=self._sentences(document.summary), figures=self._figures(document.figures),
            sections=tuple(kept), evidence=self._sentences(document.evidence),
            remarks=self._sentences(document.remarks), model=None,
            method=tuple(one for one in document.method if one.figure not in self._names),
            assumptions=tuple(one for one in document.assumptions
                              if one.name not in self._names and not self._says(one.label, one.source)),
        )  # fmt: skip

    def _says(self, *texts: str) -> bool:
        """Whether any of the texts names what is hidden, or has its number."""
        return any(self._named.search(text) or self._hidden.told_by(text) for text in texts)

    def _has(self, table: Table) -> bool:
        """Whether a number of the table is hidden."""
        return any(self._hidden.has(cell.exact) for row in table.rows for cell in row.cells)

    def _sentences(self, texts: Iterable[str]) -> tuple[str, ...]:
        """The texts without their sentences that name it."""
        kept = (" ".join(one for one in _SENTENCE.split(text) if not self._says(one)) for text in texts)
        return tuple(text for text in kept if text)

    def _text(self, text: str) -> str:
        return next(iter(self._sentences((text,))), "")

    def _section(self, section: Section) -> Section:
        title = section.title if not self._says(section.title) else "Withheld"
        return _replaced(section, title=title, message=self._text(section.message), sub=self._text(section.sub),
                         foot=self._text(section.foot), sources=self._sentences(section.sources),
                         blocks=tuple(self._block(block) for block in section.blocks))  # fmt: skip

    def _block(self, block: Block) -> Block:
        match block:
            case Table():
                return Text(paragraphs=(WITHHELD,)) if self._says(*_table_texts(block)) or self._has(block) else block
            case Chart():
                has = self._has(block.table) or any(map(self._hidden.has, _values(block)))
                return Text(paragraphs=(WITHHELD,)) if has or self._says(*_chart_texts(block)) else block
            case Figures():
                return _replaced(block, figures=self._figures(block.figures))
            case Notes():
                kept = tuple(one for one in block.notes if not self._says(one.lead, one.rest, one.amount))
                return _replaced(block, notes=kept, empty=self._text(block.empty) or WITHHELD)
            case Text():
                return _replaced(block, paragraphs=self._sentences(block.paragraphs) or (WITHHELD,))

    def _figures(self, found: Sequence[Figure]) -> tuple[Figure, ...]:
        return tuple(self._figure(one) for one in found)

    def _figure(self, one: Figure) -> Figure:
        if one.name in self._names or self._says(one.label) or self._hidden.has(one.exact):
            return Figure(name=one.name, label=one.label, text=UNKNOWN, exact=None, unit=one.unit, reason=HIDDEN)
        return _replaced(one, reason=self._text(one.reason), goal=self._text(one.goal), change=self._text(one.change))


def _values(chart: Chart) -> Iterator[Decimal | None]:
    for one in chart.series:
        yield from one.values


def _table_texts(table: Table) -> Iterator[str]:
    yield table.caption
    yield from (column.label for column in table.columns)
    for row in table.rows:
        for cell in row.cells:
            # What has its number with all digits is compared by it: rounded, it may look like another.
            yield from (cell.text if cell.exact is None else "", cell.sub)


def _chart_texts(chart: Chart) -> Iterator[str]:
    yield from (chart.title, chart.description, *chart.categories)
    yield from (one.label for one in chart.series)
    yield from (one.text for one in chart.legend)
    yield from _table_texts(chart.table)


def _replaced(part: Part, **changes: object) -> Part:
    return msgspec.structs.replace(part, **changes)
