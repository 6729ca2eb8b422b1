"""Search for projects, models, figures and pages by name: the box that / goes to, and its page without scripts."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence

import msgspec

from breakeven.ledger.names import Names, names
from breakeven.views.content import Cell, Column, Empty, Link, Page, Panel, Row, Table
from breakeven.views.pages import PAGES
from breakeven.views.question import Question
from breakeven.views.records_links import segment
from breakeven.views.words import CATEGORIES

MOST = 20
"""Findings that are shown."""
PARAMETER = "q"
FIGURES = {
    "value": "Value category", "metric": "Metric", "cost": "Cost line", "timeline": "Metric", "measure": "Measure",
}  # fmt: skip
_WORD_ENDS = " -_/.:()"


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is found."""

    label: str
    kind: str
    """Project, Model, Metric… as people call it."""
    href: str
    sub: str = ""
    """Its id, or where it belongs."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What the search box gets."""

    query: str
    items: tuple[Found, ...]
    more: int = 0
    """How many others fit."""


class _Known(msgspec.Struct, frozen=True):
    """One thing that can be found, and the texts that it is found by."""

    kind: str
    label: str
    sub: str
    path: str
    explain: str
    texts: tuple[str, ...]
    rank: int
    """Kinds that are looked for more often come first."""


def fold(text: str) -> str:
    """Without case and accents: Zürich and zurich are the same."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


def found(question: Question, text: str) -> Answer:
    """What fits a text, the best first; every word of it must fit."""
    words = fold(text).split()
    if not words:
        return Answer(query=text, items=())
    index: Sequence[_Known] = question.kept(("search",), lambda: tuple(_index(question)))
    fitting = sorted(
        ((place, one.rank, len(one.label), one.label, number) for number, one in enumerate(index)
         if (place := _place(one.texts, words)) is not None)
    )  # fmt: skip
    return Answer(
        query=text, items=tuple(_found(question, index[number]) for *_, number in fitting[:MOST]),
        more=max(len(fitting) - MOST, 0),
    )  # fmt: skip


def _place(texts: Sequence[str], words: Sequence[str]) -> int | None:
    """How well the words fit: 0 the whole text, 1 its beginning, 2 that of a word, 3 within one; None: not."""
    worst = 0
    for word in words:
        best = 4
        for text in texts:
            at = text.find(word)
            if at == 0:
                best = min(best, 0 if len(text) == len(word) else 1)
            elif at > 0 and best > 2:
                best = min(best, 2 if _begins(text, word, at) else 3)
        if best == 4:
            return None
        worst = max(worst, best)
    return worst


def _begins(text: str, word: str, at: int) -> bool:
    """Whether some word of the text begins so."""
    while at > 0:
        if text[at - 1] in _WORD_ENDS:
            return True
        at = text.find(word, at + 1)
    return False


def _found(question: Question, one: _Known) -> Found:
    also = {"explain": one.explain} if one.explain else None
    changes = {"project": (), "category": ""} if one.kind in ("Project", "Model") else {}
    return Found(label=one.label, kind=one.kind, sub=one.sub, href=question.link(one.path, also, **changes))


# --- what can be found


def _index(question: Question) -> Iterator[_Known]:
    yield from _pages()
    yield from _projects(question)
    yield from _models(question)
    yield from _figures(question)


def _known(kind: str, label: str, path: str, *, sub: str = "", also: Sequence[str] = (), explain: str = "", rank: int
           ) -> _Known:  # fmt: skip
    texts = tuple(dict.fromkeys(fold(text) for text in (label, *also) if text))
    return _Known(kind, label, sub, path, explain, texts, rank)


def _pages() -> Iterator[_Known]:
    for page in PAGES:
        if "{" not in page.path:
            yield _known("Page", page.title, page.path, sub=page.group, also=(page.name,), rank=0)


def _projects(question: Question) -> Iterator[_Known]:
    declared = question.workspace.projects
    for name in question.desk.known_projects():
        project = declared.get(name)
        category = CATEGORIES[project.category] if project is not None else ""
        owner = (project.owner or "") if project is not None else ""
        yield _known("Project", question.name_of(name), f"/projects/{segment(name)}", sub=category or name,
                     also=(name, owner), rank=1)  # fmt: skip


def _models(question: Question) -> Iterator[_Known]:
    facts: Names = names(question.desk)
    path = next((page.path for page in PAGES if "{model}" in page.path), None)
    if path is None:
        return
    for model, projects in facts.models.items():
        address = path.replace("{model}", segment(model)).replace("{project}", segment(projects[0] if projects else ""))
        where = ", ".join(question.name_of(name) for name in projects[:2])
        yield _known("Model", model, address, sub=where, rank=2)


def _figures(question: Question) -> Iterator[_Known]:
    home = PAGES[0].path
    for one in question.catalogue.values():
        yield _known(FIGURES[one.kind], one.label or one.name, home, sub=one.name, also=(one.name,), explain=one.name,
                     rank=4 if one.kind == "measure" else 3)  # fmt: skip
    for assumption in question.workspace.assumptions.values():
        yield _known("Assumption", assumption.label or assumption.name, home, sub=assumption.name,
                     also=(assumption.name,), explain=assumption.name, rank=5)  # fmt: skip


# --- the page


def search(question: Question) -> Page:
    """The page of what is found."""
    text = question.given.get(PARAMETER, "").strip()
    answer = found(question, text)
    return Page(title="Search", finding=_finding(text, answer), exception=_exception(answer), panels=(_panel(answer),))


def _finding(text: str, answer: Answer) -> str:
    if not text:
        return "What are you looking for?"
    total = len(answer.items) + answer.more
    return f"{total or 'No'} {'result' if total == 1 else 'results'} for “{text}”."


def _exception(answer: Answer) -> str:
    if answer.more:
        return f"The best {len(answer.items)} are shown; {answer.more} more fit, and another word narrows them."
    return "" if answer.items else "Projects, models, figures, assumptions and pages are found by name or id."


def _panel(answer: Answer) -> Panel:
    body: Table | Empty
    if answer.items:
        rows = tuple(
            Row(cells=(Cell(text=one.label, href=one.href), Cell(text=one.kind), Cell(text=one.sub)))
            for one in answer.items
        )
        columns = (Column(label="Name"), Column(label="Kind"), Column(label="Id or place"))
        body = Table(columns=columns, rows=rows, caption="What is found")
    else:
        body = Empty(title="Nothing to show", text="Type part of a name in the box at the top, or press / to go there.",
                     link=Link(text="All projects", href="/projects"))  # fmt: skip
    return Panel(id="found", title="Found", body=body)
