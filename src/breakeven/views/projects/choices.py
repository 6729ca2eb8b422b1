"""What the reader chose on the page of all projects: order, grouping, search, and fair comparison."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

import msgspec

from breakeven.errors import UnknownName, UsageProblem
from breakeven.ledger.desk import Desk
from breakeven.views.question import Question
from breakeven.views.words import CATEGORIES as NAMED
from breakeven.workspace.definitions import Project

PATH = "/projects"
MOST = 50
"""Rows that are shown at once, unless all are asked for."""
ORDERS: Mapping[str, str] = {
    "roi": "ROI", "net": "Net value", "value": "Value", "cost": "Cost", "change": "Change", "payback": "Payback",
    "evidence": "Evidence", "status": "Status", "name": "Name", "category": "Category", "owner": "Owner",
    "stage": "Stage", "since": "Since",
}  # fmt: skip
WORDS = frozenset(("name", "status", "category", "owner", "stage"))
"""Orders of text: from A to Z unless asked otherwise; numbers come with the largest first."""
CATEGORIES: Mapping[str, str] = {**NAMED, "": "Not declared"}
STAGES: Mapping[str, str] = {"idea": "Idea", "pilot": "Pilot", "production": "Production", "retired": "Retired"}


class Choices(msgspec.Struct, frozen=True, kw_only=True):
    """The page's own parameters; what is empty is not asked for."""

    sort: str = "roi"
    order: Literal["", "asc", "desc"] = ""
    group: Literal["", "category", "none"] = ""
    q: str = ""
    stage: str = ""
    owner: str = ""
    all: Literal["", "1"] = ""
    fair: Literal["", "age"] = ""
    months: str = ""

    @property
    def descending(self) -> bool:
        """Whether the largest, or Z, comes first."""
        return self.order == "desc" if self.order else self.sort not in WORDS

    @property
    def age(self) -> int | None:
        """Months since launch that are compared; None: as the youngest has it."""
        return int(self.months) if self.months else None

    @property
    def narrowed(self) -> tuple[str, ...]:
        """What leaves projects out, in words."""
        found = [f"“{self.q}”"] if self.q else []
        found += [STAGES[self.stage].lower()] if self.stage else []
        return (*found, *((f"owner {self.owner}",) if self.owner else ()))

    def own(self, **changes: Any) -> dict[str, str]:
        """The parameters that are not at their default, some of them changed."""
        asked = msgspec.structs.replace(self, **changes)
        found = {field.name: getattr(asked, field.name) for field in msgspec.structs.fields(asked)}
        return {name: value for name, value in found.items() if value != getattr(Choices(), name)}


PARAMETERS = tuple(field.name for field in msgspec.structs.fields(Choices))


def choices(given: Mapping[str, str]) -> Choices:
    """The choices out of query parameters. Raises UnknownName, UsageProblem."""
    asked = {name: given[name].strip() for name in PARAMETERS if given.get(name, "").strip()}
    if asked.get("sort", "roi") not in ORDERS:
        raise UnknownName("order", asked["sort"], ORDERS)
    if asked.get("stage", "idea") not in STAGES:
        raise UnknownName("stage", asked["stage"], STAGES)
    if not asked.get("months", "1").isdecimal() or len(asked.get("months", "")) > len("120"):
        raise UsageProblem(f"months={asked['months']}: give a number of months since launch")
    try:
        return msgspec.convert(asked, Choices)
    except msgspec.ValidationError as error:
        raise UsageProblem(str(error)) from error


def link(question: Question, chosen: Choices, *, filters: Mapping[str, Any] | None = None, **changes: Any) -> str:
    """Address of the page with some choices, and some of the page's filters, changed."""
    return question.link(PATH, chosen.own(**changes), **(filters or {}))


def scope_of(desk: Desk, chosen: Choices, projects: tuple[str, ...] | None) -> tuple[str, ...] | None:
    """The projects that search, stage and owner leave; None: all."""
    if not chosen.narrowed:
        return projects
    declared = desk.workspace.projects
    among: Iterable[str] = projects if projects is not None else desk.known_projects()
    return tuple(name for name in among if _fits(chosen, name, declared.get(name)))


def _fits(chosen: Choices, name: str, project: Project | None) -> bool:
    if chosen.stage and (project is None or project.stage != chosen.stage):
        return False
    if chosen.owner and (project is None or project.owner != chosen.owner):
        return False
    texts = (name, project.name, project.owner or "") if project is not None else (name,)
    return any(chosen.q.casefold() in text.casefold() for text in texts)
