"""One project as the question of a page: the same moment and filters, with the project as the scope."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from breakeven.errors import NotFound, choices
from breakeven.ledger.comparing.undeclared import Named, undeclared
from breakeven.views.question import Question
from breakeven.views.records_links import unpacked


def project_of(question: Question) -> str | Named:
    """The project that the address names, or what records say of one that is not declared.

    Raises NotFound with the close ones.
    """
    name, known = unpacked(question.given["project"]), question.desk.known_projects()
    if name in known:
        return name
    named = {one.project: one for one in undeclared(question.desk)}
    if name in named:
        return named[name]
    raise NotFound(f"There is no project {name!r}: {choices(name, [*known, *named])}.")


def about(question: Question, project: str) -> Question:
    """The same question about one project."""

    def kept(key: tuple[object, ...], make: Callable[[], Any]) -> Any:
        # The entries of a period are kept once for all pages; everything else is the project's own.
        return question.kept(key if key[0] == "entries" else ("project", project, *key), make)

    return Question(
        question.desk, question.filters, path=question.path, period=question.period, projects=(project,),
        show=question.show, fresh=question.fresh, kept=kept, given=question.given, own=question.own,
        server=question.server,
    )  # fmt: skip
