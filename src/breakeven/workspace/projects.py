"""projects.yaml: the AI projects."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import get_args

import msgspec

from breakeven.errors import Problem
from breakeven.facts import UNASSIGNED
from breakeven.workspace.business_case import read_business_case
from breakeven.workspace.definitions import Category, Implementation, Overlap, Project, Stage
from breakeven.workspace.document import Node, Place
from breakeven.workspace.fields import Fields, as_number
from breakeven.workspace.people import read_headcount
from breakeven.workspace.resting import Rests, read_rests

_KEYS = (
    "id",
    "name",
    "category",
    "owner",
    "start",
    "end",
    "stage",
    "budget",
    "implementation",
    "business_case",
    "baselines",
    "overlaps",
    "headcount",
    "rests_on",
)
_SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
RESERVED = (UNASSIGNED, "unallocated", "portfolio", "all", "none", "allocation")
"""Words that stand for something else where a project is named."""
_ZERO = Decimal(0)


class Written(msgspec.Struct, kw_only=True):
    """The projects and where they were written, for the checks that need other files."""

    projects: dict[str, Project] = {}
    baselines: list[tuple[str, str, Place]] = []
    """Project, assumption, place."""
    overlaps: list[tuple[str, Overlap, Place]] = []
    rests: Rests = []


def read_projects(node: Node, problems: list[Problem]) -> Written:
    """The content of projects.yaml."""
    written = Written(projects={}, baselines=[], overlaps=[], rests=[])
    lines: dict[str, int] = {}
    for item in Fields(node, "projects.yaml", ("projects",), problems).items("projects"):
        fields = Fields(item, "a project", _KEYS, problems, required=("id", "name", "category"))
        name = fields.text("id")
        if name is None:
            continue
        fields.what = f"project {name}"
        if not _SLUG.fullmatch(name):
            fields.fault("id", f"{name!r} is not an id", "small letters, digits, - and _, at most 64: support-bot")
        elif name in RESERVED:
            fields.fault("id", f"{name!r} is a reserved word", f"reserved: {', '.join(RESERVED)}")
        elif name in lines:
            fields.fault("id", f"duplicate project {name!r}: it stands already in line {lines[name]}")
            continue
        lines[name] = fields.place("id").line
        written.projects[name] = _project(name, fields, written, problems)
    return written


def _project(name: str, fields: Fields, written: Written, problems: list[Problem]) -> Project:
    start, end = fields.day("start"), fields.day("end")
    if start and end and end <= start:
        fields.fault("end", f"project {name} ends on {end}, before it starts on {start}")
    baselines = {}
    for key, value in fields.mapping("baselines").items():
        written.baselines.append((name, key, value.key_at))
        number = as_number(value, f"baseline {key} of project {name}", problems)
        if number is not None:
            baselines[key] = number
    return Project(
        id=name,
        name=fields.text("name") or name,
        category=msgspec.convert(fields.choice("category", get_args(Category), "platform"), Category),
        owner=fields.text("owner"),
        start=start,
        end=end,
        stage=msgspec.convert(fields.choice("stage", get_args(Stage), "production"), Stage),
        budget=fields.number("budget", least=_ZERO),
        implementation=_implementation(name, fields, problems),
        business_case=read_business_case(name, fields, problems),
        baselines=baselines,
        overlaps=_overlaps(name, fields, written, problems),
        rests_on=read_rests(name, fields, written.rests, problems),
        headcount=read_headcount(fields),
    )


def _implementation(name: str, fields: Fields, problems: list[Problem]) -> Implementation | None:
    node = fields.node("implementation")
    if node is None:
        return None
    what = f"implementation of project {name}"
    entry = Fields(node, what, ("cost", "start", "months"), problems, required=("cost",))
    cost, start = entry.number("cost", least=_ZERO), entry.month("start") or fields.month("start")
    if start is None and "start" not in entry:
        entry.fault("start", f"{what} has no start, and the project has none either", "add start: 2026-01")
    months = entry.whole("months", 12, 1, 600)
    return None if cost is None or start is None else Implementation(cost=cost, start=start, months=months)


def _overlaps(name: str, fields: Fields, written: Written, problems: list[Problem]) -> tuple[Overlap, ...]:
    found: list[Overlap] = []
    keys = ("project", "category", "weight")
    for item in fields.items("overlaps"):
        entry = Fields(item, f"an overlap of project {name}", keys, problems, required=keys)
        project, category, weight = entry.text("project"), entry.text("category"), entry.number("weight", least=_ZERO)
        if weight is not None and weight > 1:
            entry.fault("weight", f"weight of an overlap is {weight}: it must be from 0 to 1")
        if project is None or category is None or weight is None:
            continue
        overlap = Overlap(project=project, category=category, weight=weight)
        written.overlaps.append((name, overlap, entry.place("project")))
        found.append(overlap)
    return tuple(found)
