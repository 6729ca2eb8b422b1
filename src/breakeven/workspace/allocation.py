"""allocation.yaml: pools of shared cost and how each is split."""

from __future__ import annotations

from collections.abc import Collection

from breakeven.errors import Problem, choices
from breakeven.workspace.assumptions import NAME
from breakeven.workspace.definitions import Pool
from breakeven.workspace.document import Node
from breakeven.workspace.fields import Fields


def read_pools(node: Node, projects: Collection[str], problems: list[Problem]) -> dict[str, Pool]:
    """The content of allocation.yaml by pool."""
    found: dict[str, Pool] = {}
    for name, item in Fields(node, "allocation.yaml", ("pools", "meters"), problems).mapping("pools").items():
        fields = Fields(item, f"pool {name}", ("rule", "projects"), problems, required=("rule",))
        if not NAME.fullmatch(name.replace("-", "_")):
            problems.append(item.key_at.problem(f"{name!r} is not a name", "small letters, digits, - and _"))
        rule = fields.choice("rule", ("even", "interactions"), "even")
        members = fields.texts("projects")
        if "projects" in fields and not members:
            fields.fault("projects", f"pool {name} names no project", "leave projects out: then every one shares it")
        for member in members:
            if member.text.strip() not in projects:
                message = f"unknown project {member.text.strip()!r} in pool {name}"
                problems.append(member.at.problem(message, choices(member.text.strip(), sorted(projects))))
        # In the order of their ids: who gets the odd cent must not depend on the order in which somebody wrote them.
        shared = tuple(sorted({member.text.strip() for member in members}))
        found[name] = Pool(name=name, rule="interactions" if rule == "interactions" else "even", projects=shared)
    return found
