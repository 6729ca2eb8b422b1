"""What a question about money is about: one project, a set of projects, or the portfolio."""

from __future__ import annotations

from collections.abc import Sequence

from breakeven.ledger.desk import Desk

PORTFOLIO = "portfolio"
NOTHING = "no project"
Projects = str | Sequence[str] | None
"""One project, several (none of them: an empty set), or None: all together."""


def scope_of(desk: Desk, projects: Projects) -> tuple[str, ...] | None:
    """The projects, each once and in the ledger's order, whichever order they were named in; None: the portfolio.

    Raises UnknownName for one that is neither declared nor named by a fact.
    """
    if projects is None:
        return None
    named = (projects,) if isinstance(projects, str) else tuple(projects)
    asked = set(desk.check_projects(named) or ())
    known = [name for name in desk.known_projects() if name in asked]
    return (*known, *sorted(asked.difference(known)))


def scope_name(scope: tuple[str, ...] | None, name: str = "") -> str:
    """How a scope is called: the project's id, the ids of several, or the name that is given to them."""
    if scope is None:
        return PORTFOLIO
    return name or ", ".join(scope) or NOTHING
