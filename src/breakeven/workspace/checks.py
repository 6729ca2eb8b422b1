"""Checks that need more than one file."""

from __future__ import annotations

from collections.abc import Collection

from breakeven.errors import Problem, choices
from breakeven.workspace.projects import Written


def check_overlaps(written: Written, categories: Collection[str], problems: list[Problem]) -> None:
    """Overlaps name another project and a value category, and take at most the whole of it."""
    for project, overlap, at in written.overlaps:
        others = sorted(set(written.projects) - {project})
        if overlap.project == project:
            problems.append(at.problem(f"project {project} overlaps with itself", choices("", others)))
        elif overlap.project not in others:
            message = f"unknown project {overlap.project!r} in the overlaps of {project}"
            problems.append(at.problem(message, choices(overlap.project, others)))
        if overlap.category not in categories:
            message = f"unknown value category {overlap.category!r} in the overlaps of {project}"
            problems.append(at.problem(message, choices(overlap.category, sorted(categories))))
