"""What the fields of facts mean: the sentences that stand beside them in `facts.py`."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Mapping
from functools import cache

from breakeven import facts
from breakeven.facts import KINDS, Fact

PLURALS: Mapping[str, str] = {
    "interaction": "interactions", "cost": "cost records", "benefit": "benefit records", "deployment": "deployments",
    "incident": "incidents", "evaluation": "evaluations", "activity": "uses of the platform", "survey": "answers",
    "model_state": "model states", "note": "notes", "outcome": "outcomes",
}  # fmt: skip
"""Kind of fact → what several of them are called."""
SINGULARS: Mapping[str, str] = {
    "interaction": "interaction", "cost": "cost record", "benefit": "benefit record", "deployment": "deployment",
    "incident": "incident", "evaluation": "evaluation", "activity": "use of the platform", "survey": "answer",
    "model_state": "model state", "note": "note", "outcome": "outcome",
}  # fmt: skip
TABS: Mapping[str, str] = {
    "interaction": "Interactions", "cost": "Cost", "benefit": "Benefit", "deployment": "Deployments",
    "incident": "Incidents", "evaluation": "Evaluations", "activity": "Platform use", "survey": "Answers",
    "model_state": "Model states", "note": "Notes", "outcome": "Outcomes",
}  # fmt: skip


def counted(kind: str, number: str, one: bool) -> str:
    """12 cost records."""
    return f"{number} {SINGULARS[kind] if one else PLURALS[kind]}"


def label_of(field: str) -> str:
    """A field's name as people write it."""
    return field.replace("_", " ").capitalize() if field != "csat" else "CSAT"


@cache
def meanings(kind: str) -> Mapping[str, str]:
    """Field → its meaning and unit."""
    return {**_sentences()[Fact.__name__], **_sentences()[KINDS[kind].__name__]}


@cache
def _sentences() -> Mapping[str, Mapping[str, str]]:
    """Class → field → the sentence below it."""
    found: dict[str, dict[str, str]] = {}
    for node in ast.parse(inspect.getsource(facts)).body:
        if isinstance(node, ast.ClassDef):
            fields = found.setdefault(node.name, {})
            for field, below in zip(node.body, node.body[1:], strict=False):
                said = below.value if isinstance(below, ast.Expr) else None
                if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and said is not None:
                    fields[field.target.id] = str(ast.literal_eval(said))
    return found
