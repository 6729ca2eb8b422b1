"""rests_on of projects.yaml: figures that a project's value rests on."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from decimal import Decimal

import msgspec

from breakeven.errors import Problem, choices
from breakeven.workspace.definitions import Direction, Project, Resting
from breakeven.workspace.document import Place
from breakeven.workspace.fields import Fields

_KEYS = ("category", "figure", "baseline", "tolerance", "floor")
_ZERO = Decimal(0)

Rests = list[tuple[str, Resting, Place, Place]]
"""Project, what it rests on, place of the category, place of the figure."""


def read_rests(name: str, fields: Fields, written: Rests, problems: list[Problem]) -> tuple[Resting, ...]:
    """The entries of one project; their names are checked when the figures are known."""
    found: list[Resting] = []
    for item in fields.items("rests_on"):
        entry = Fields(item, f"what project {name} rests on", _KEYS, problems, required=_KEYS[:3])
        category, figure, baseline = entry.text("category"), entry.text("figure"), entry.number("baseline")
        tolerance, floor = entry.number("tolerance", least=_ZERO), entry.number("floor", least=_ZERO)
        if floor is not None and floor > 1:
            entry.fault("floor", f"floor is {floor}: it is a share of the value, from 0 to 1")
        if baseline is not None and baseline <= 0:
            entry.fault("baseline", f"baseline is {baseline}: it must be above 0, or nothing can be a share of it")
        if category is None or figure is None or baseline is None:
            continue
        if any(one.category == category and one.figure == figure for one in found):
            entry.fault("figure", f"{category} of project {name} rests on {figure} twice")
            continue
        made = Resting(category=category, figure=figure, baseline=baseline, tolerance=tolerance or _ZERO,
                       floor=floor or _ZERO)  # fmt: skip
        found.append(made)
        written.append((name, made, entry.place("category"), entry.place("figure")))
    return tuple(found)


class Allowed(msgspec.Struct, frozen=True, kw_only=True):
    """What values may rest on."""

    categories: Collection[str]
    directions: Mapping[str, str]
    """Figure that can be taken per month and project → which way is good."""
    circular: Collection[str]
    """Figures that depend on value categories."""


def check_rests(written: Rests, allowed: Allowed, problems: list[Problem]) -> None:
    """Every entry names a value category and a figure that does not depend on one."""
    for project, rest, category, figure in written:
        if rest.category not in allowed.categories:
            message = f"unknown value category {rest.category!r} that project {project} rests on"
            problems.append(category.problem(message, choices(rest.category, sorted(allowed.categories))))
        valid = sorted(set(allowed.directions) - set(allowed.circular))
        if rest.figure in allowed.circular:
            message = f"{rest.category} cannot rest on {rest.figure}, which depends on value itself"
            problems.append(figure.problem(message, "name a figure that is measured: accuracy, weekly_active_users…"))
        elif rest.figure not in allowed.directions:
            message = f"unknown figure {rest.figure!r} that project {project} rests on"
            problems.append(figure.problem(message, choices(rest.figure, valid)))


def directed(project: Project, directions: Mapping[str, str]) -> Project:
    """The project with the directions of the figures that it rests on."""
    rests = tuple(
        msgspec.structs.replace(rest, direction=Direction(directions.get(rest.figure, Direction.UP)))
        for rest in project.rests_on
    )
    return msgspec.structs.replace(project, rests_on=rests) if rests else project
