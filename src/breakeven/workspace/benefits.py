"""Benefits that several projects claim: benefit_pools of allocation.yaml, and the overlaps of projects.yaml as such."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from decimal import Decimal

import msgspec

from breakeven.errors import Problem, choices
from breakeven.workspace.allocation import TOP_KEYS
from breakeven.workspace.definitions import Assumption, BenefitPool, Headcount
from breakeven.workspace.document import Node, Place
from breakeven.workspace.fields import Fields, as_number
from breakeven.workspace.people import read_headcount
from breakeven.workspace.projects import Written

_KEYS = ("category", "projects", "baseline")
_ZERO, _ONE = Decimal(0), Decimal(1)


class WrittenPool(msgspec.Struct, kw_only=True):
    """A benefit pool and where it was written, for the checks that need other files."""

    pool: BenefitPool
    at: Place
    category_at: Place
    baseline_at: Place
    members: dict[str, Place]


def read_benefit_pools(node: Node, projects: Collection[str], problems: list[Problem]) -> list[WrittenPool]:
    """The benefit pools of allocation.yaml."""
    found = []
    top = Fields(node, "allocation.yaml", TOP_KEYS, [])  # what else the file holds is judged where it is read
    top.problems = problems
    for name, item in top.mapping("benefit_pools").items():
        fields = Fields(item, f"benefit pool {name}", _KEYS, problems, required=("category", "projects"))
        members = _members(name, fields, projects, problems)
        stated = fields.node("baseline")
        named = stated is not None and isinstance(stated.value, str)
        pool = BenefitPool(
            name=name,
            category=fields.words("category"),
            projects={member: weight for member, (weight, _) in sorted(members.items())},
            baseline=None if named else fields.number("baseline", least=_ZERO),
            assumption=fields.text("baseline") if named else None,
        )
        places = {member: place for member, (_, place) in members.items()}
        found.append(WrittenPool(pool=pool, at=item.key_at, category_at=fields.place("category"),
                                 baseline_at=fields.place("baseline"), members=places))  # fmt: skip
    return found


def _members(
    name: str, fields: Fields, projects: Collection[str], problems: list[Problem]
) -> dict[str, tuple[Decimal, Place]]:
    """Project → weight and place; a list of projects gives each the same."""
    node = fields.node("projects")
    if node is not None and isinstance(node.value, list):
        items = [(item.text.strip(), item.at, _ONE) for item in fields.texts("projects")]
    else:
        items = []
        for member, item in fields.mapping("projects").items():
            weight = as_number(item, f"weight of {member} in benefit pool {name}", problems)
            if weight is not None and weight <= 0:
                problems.append(item.at.problem(f"weight of {member} in benefit pool {name} is {weight}: above 0"))
            items.append((member, item.key_at, weight if weight is not None and weight > 0 else _ONE))
    if node is not None and not items:
        fields.fault("projects", f"benefit pool {name} names no project", "projects: {PROJECT: 0.6, OTHER: 0.4}")
    for member, place, _ in items:
        if member not in projects:
            hint = choices(member, sorted(projects))
            problems.append(place.problem(f"unknown project {member!r} in benefit pool {name}", hint))
    return {member: (weight, place) for member, place, weight in items}


def read_teams(node: Node, problems: list[Problem]) -> dict[str, tuple[Headcount, ...]]:
    """The teams of allocation.yaml and how many people they are."""
    top = Fields(node, "allocation.yaml", TOP_KEYS, [])
    top.problems = problems
    found = {}
    for name, item in top.mapping("teams").items():
        fields = Fields(item, f"team {name}", ("headcount",), problems, required=("headcount",))
        found[name] = read_headcount(fields)
    return found


def check_benefit_pools(
    pools: Collection[WrittenPool], categories: Collection[str], assumptions: Mapping[str, Assumption],
    problems: list[Problem],
) -> None:  # fmt: skip
    """Benefit pools name a value category, and their baseline an assumption in money."""
    for written in pools:
        pool = written.pool
        if pool.category and pool.category not in categories:
            message = f"unknown value category {pool.category!r} of benefit pool {pool.name}"
            problems.append(written.category_at.problem(message, choices(pool.category, sorted(categories))))
        if pool.assumption is None:
            continue
        known = assumptions.get(pool.assumption)
        if known is None:
            message = f"unknown assumption {pool.assumption!r} as baseline of benefit pool {pool.name}"
            hint = choices(pool.assumption, sorted(name for name, one in assumptions.items() if _money(one)))
            problems.append(written.baseline_at.problem(message, f"a number, or {hint}"))
        elif not _money(known):
            message = f"baseline of benefit pool {pool.name}: {known.name} is in {known.unit}, not in money"
            problems.append(written.baseline_at.problem(message))


def _money(assumption: Assumption) -> bool:
    return assumption.unit in ("money", "money/month")


def shared_benefits_of(
    written: Written, pools: Collection[WrittenPool], problems: list[Problem]
) -> tuple[BenefitPool, ...]:
    """All benefit pools: those that are declared, and one for each group of projects whose overlaps hang together.

    A project belongs to one pool of a category.
    """
    found = [one.pool for one in pools]
    taken: dict[tuple[str, str], str] = {}
    for one in pools:
        for member, place in one.members.items():
            other = taken.setdefault((one.pool.category, member), one.pool.name)
            if other != one.pool.name:
                message = f"{member} claims {one.pool.category} in two benefit pools: {other} and {one.pool.name}"
                problems.append(place.problem(message, "a claim belongs to one pool"))
    for category, members, place in _groups(written):
        pool = _of_overlaps(category, members, written, place, problems)
        for member in members:
            if earlier := taken.get((category, member)):
                message = f"{member} claims {category} in the overlaps of projects.yaml and in benefit pool {earlier}"
                problems.append(place.problem(message, "declare it in one of the two places"))
        if pool is not None:
            found.append(pool)
    return tuple(sorted(found, key=lambda pool: (pool.category, pool.name)))


def _groups(written: Written) -> list[tuple[str, list[str], Place]]:
    """Category, projects and place of the overlaps that hang together."""
    groups: defaultdict[str, list[tuple[set[str], Place]]] = defaultdict(list)
    for project, overlap, place in written.overlaps:
        members, first, apart = {project, overlap.project}, place, []
        for group, at in groups[overlap.category]:
            if members & group:
                members, first = members | group, at
            else:
                apart.append((group, at))
        groups[overlap.category] = [*apart, (members, first)]
    return [(category, sorted(members), at) for category, made in groups.items() for members, at in made]


def _of_overlaps(
    category: str, members: list[str], written: Written, place: Place, problems: list[Problem]
) -> BenefitPool | None:
    """A project's weight is the one that the others give it; one that nobody names keeps what it does not give away."""
    stated: dict[str, Decimal] = {}
    kept = dict.fromkeys(members, _ONE)
    for project, overlap, at in written.overlaps:
        if overlap.category != category or project not in kept or overlap.project not in kept:
            continue
        kept[project] -= overlap.weight
        if stated.setdefault(overlap.project, overlap.weight) != overlap.weight:
            message = f"{overlap.project} has the weights {stated[overlap.project]} and {overlap.weight} in {category}"
            problems.append(at.problem(message, "declare a benefit pool in allocation.yaml"))
    weights = {member: stated.get(member, kept[member]) for member in members}
    for member, weight in weights.items():
        if weight < 0:
            message = f"{member} gives away {_ONE - weight} of its {category}: more than all of it"
            problems.append(place.problem(message, "weights of overlaps add up to 1 at most"))
            return None
    if not any(weights.values()):
        problems.append(place.problem(f"nobody keeps {category} of {', '.join(members)}: all weights are 0"))
        return None
    return BenefitPool(name=f"overlap of {', '.join(members)}", category=category, projects=weights)
