"""access.yaml: what is hidden from whom. Whoever is not named sees everything."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from breakeven.errors import Problem, choices
from breakeven.workspace.access_rights import COST, COST_CATEGORIES, Rights
from breakeven.workspace.document import Node
from breakeven.workspace.fields import Fields, as_text

LONGEST_NAME = 100


def read_access(
    node: Node, figures: Collection[str], assumptions: Collection[str], projects: Collection[str],
    problems: list[Problem],
) -> Mapping[str, Rights]:  # fmt: skip
    """Readers by name."""
    hidden = {*figures, *assumptions, *(f"{COST}{category}" for category in COST_CATEGORIES)}
    found = {}
    for name, item in Fields(node, "access.yaml", ("readers",), problems).mapping("readers").items():
        fields = Fields(item, f"readers {name}", ("hides", "projects"), problems)
        if not name or len(name) > LONGEST_NAME:
            problems.append(item.key_at.problem(f"readers need a name of at most {LONGEST_NAME} letters"))
        found[name] = Rights(
            name=name, hides=_names(fields, "hides", "figure, assumption or cost category", hidden),
            projects=_names(fields, "projects", "project", projects) if "projects" in fields else None,
        )  # fmt: skip
    return found


def _names(fields: Fields, key: str, kind: str, known: Collection[str]) -> tuple[str, ...]:
    names = []
    for item in fields.items(key):
        name = as_text(item, f"{key} of {fields.what}", fields.problems)
        if name is not None and name not in known:
            fields.problems.append(item.at.problem(f"unknown {kind} {name!r} in {fields.what}",
                                                   choices(name, sorted(known))))  # fmt: skip
        elif name is not None:
            names.append(name)
    return tuple(dict.fromkeys(names))
