"""Pools of allocation.yaml: shared cost, who shares it, and by which rule from which month on."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal
from typing import get_args

import msgspec

from breakeven.errors import Problem, choices
from breakeven.workspace.assumptions import NAME
from breakeven.workspace.definitions import Pool, PoolRule, Split
from breakeven.workspace.document import Node, Place
from breakeven.workspace.fields import Fields, as_number
from breakeven.workspace.stages import circle, stages

TOP_KEYS = ("pools", "benefit_pools", "teams", "meters")
ALL = "all"
_SPLIT_KEYS = ("rule", "projects", "feeds", "weights")
_ZERO = Decimal(0)


def read_pools(node: Node, projects: Collection[str], problems: list[Problem]) -> dict[str, Pool]:
    """The pools by name."""
    written = Fields(node, "allocation.yaml", TOP_KEYS, problems).mapping("pools")
    reader = _Reader(projects, written, problems)
    found = {name: pool for name, item in written.items() if (pool := reader.pool(name, item)) is not None}
    _check_circles(found, {name: item.key_at for name, item in written.items()}, problems)
    return found


class _Reader:
    """Reads the pools of one file."""

    def __init__(self, projects: Collection[str], pools: Collection[str], problems: list[Problem]) -> None:
        self._projects, self._pools, self._problems = projects, pools, problems

    def pool(self, name: str, item: Node) -> Pool | None:
        """A pool with its splits; None where it cannot be used at all."""
        what, keys = f"pool {name}", (*_SPLIT_KEYS, "rules", "reciprocal")
        fields = Fields(item, what, keys, self._problems)
        if not NAME.fullmatch(name.replace("-", "_")):
            self._problems.append(item.key_at.problem(f"{name!r} is not a name", "small letters, digits, - and _"))
        splits = self._dated(name, fields) if "rules" in fields else self._single(name, fields, item)
        if not splits:
            return None
        first, *later = sorted(splits, key=lambda split: split.start or date.min)
        return Pool(
            name=name, reciprocal=_flag(fields, "reciprocal"), later=tuple(later), **msgspec.structs.asdict(first)
        )

    def _single(self, name: str, fields: Fields, item: Node) -> list[Split]:
        if "rule" not in fields and isinstance(item.value, dict):
            self._problems.append(item.key_at.problem(f"pool {name} has no rule"))
        return [self._split(name, fields, None)]

    def _dated(self, name: str, fields: Fields) -> list[Split]:
        for key in _SPLIT_KEYS:
            if key in fields:
                fields.fault(key, f"pool {name} has {key} beside rules", "write it into the rules")
        found: dict[date | None, Split] = {}
        for item in fields.items("rules"):
            entry = Fields(item, f"a rule of pool {name}", ("start", *_SPLIT_KEYS), self._problems, ("rule",))
            start = entry.month("start")
            if start in found:
                since = f"start in {start:%Y-%m}" if start else "have no start"
                self._problems.append(item.at.problem(f"two rules of pool {name} {since}"))
            found[start] = self._split(name, entry, start)
        if not found:
            fields.fault("rules", f"pool {name} has no rule")
        return list(found.values())

    def _split(self, name: str, fields: Fields, start: date | None) -> Split:
        rule = msgspec.convert(fields.choice("rule", get_args(PoolRule), "even"), PoolRule)
        projects, feeds = self._sharing(name, fields), self._fed(name, fields)
        weights = self._weights(name, fields)
        if rule == "weights":
            if not weights:
                fields.fault("rule", f"pool {name} is split by weights and has none", "weights: {PROJECT: 2, OTHER: 1}")
            elif not projects and not feeds:
                projects = tuple(sorted(member for member in weights if member in self._projects))
                feeds = tuple(sorted(member for member in weights if member not in self._projects))
            self._check_weighed(name, fields, weights, {*projects, *feeds})
        return Split(rule=rule, projects=projects, feeds=feeds, weights=weights, start=start)

    def _sharing(self, name: str, fields: Fields) -> tuple[str, ...]:
        """Projects in the order of their ids: who gets the odd cent must not depend on how somebody wrote them."""
        node = fields.node("projects")
        if node is not None and node.value == ALL:
            return (ALL,)
        members = fields.texts("projects")
        if "projects" in fields and not members:
            fields.fault("projects", f"pool {name} names no project", "leave projects out: then every one shares it")
        for member in members:
            text = member.text.strip()
            if text not in self._projects:
                hint = choices(text, sorted(self._projects))
                hint = f"{text} is a pool: name it under feeds" if text in self._pools else hint
                self._problems.append(member.at.problem(f"unknown project {text!r} in pool {name}", hint))
        return tuple(sorted({member.text.strip() for member in members}))

    def _fed(self, name: str, fields: Fields) -> tuple[str, ...]:
        found = set()
        for member in fields.texts("feeds"):
            text = member.text.strip()
            if text == name:
                self._problems.append(member.at.problem(f"pool {name} feeds itself"))
            elif text not in self._pools:
                hint = choices(text, sorted({*self._pools} - {name}))
                hint = f"{text} is a project: name it under projects" if text in self._projects else hint
                self._problems.append(member.at.problem(f"unknown pool {text!r} in the feeds of pool {name}", hint))
            elif text in self._projects:
                message = f"{text} is a pool that others feed, and a project too"
                self._problems.append(member.at.problem(message, "give one of them another name"))
            else:
                found.add(text)
        return tuple(sorted(found))

    def _weights(self, name: str, fields: Fields) -> dict[str, Decimal]:
        found = {}
        for member, item in fields.mapping("weights").items():
            weight = as_number(item, f"weight of {member} in pool {name}", self._problems)
            if weight is not None and weight < 0:
                self._problems.append(item.at.problem(f"weight of {member} in pool {name} is {weight}: 0 or more"))
            elif weight is not None:
                found[member] = weight
            if member not in self._projects and (member not in self._pools or member == name):
                known = sorted({*self._projects, *self._pools} - {name})
                message = f"unknown project or pool {member!r} in the weights of pool {name}"
                self._problems.append(item.key_at.problem(message, choices(member, known)))
        return found

    def _check_weighed(self, name: str, fields: Fields, weights: Collection[str], members: Collection[str]) -> None:
        """Who shares by weight has one, and who has one shares."""
        if ALL in members or not weights:
            return
        for member in sorted({*members} - {*weights}):
            fields.fault("weights", f"{member} shares pool {name} and has no weight", "0 is a weight too")
        for member in sorted({*weights} - {*members}):
            if member in self._projects or member in self._pools:
                fields.fault("weights", f"{member} has a weight in pool {name} and does not share it")


def _flag(fields: Fields, key: str) -> bool:
    node = fields.node(key)
    if node is not None and not isinstance(node.value, bool):
        fields.fault(key, f"{key} of {fields.what} must be true or false, not {node.text!r}")
    return node is not None and node.value is True


def _check_circles(pools: Mapping[str, Pool], places: Mapping[str, Place], problems: list[Problem]) -> None:
    """Pools may give in a circle only where each of them says so, and something must leave the circle."""
    starts = {split.start or date.min for pool in pools.values() for split in (pool, *pool.later)}
    told: set[tuple[str, ...]] = set()
    for month in sorted(starts):
        splits = {name: pool.on(month) for name, pool in pools.items()}
        feeds = {name: [f for f in split.feeds if f in pools] if split else [] for name, split in splits.items()}
        for group in stages(feeds):
            if len(group) == 1 or group in told:
                continue
            told.add(group)
            open_ones = [name for name in group if not pools[name].reciprocal]
            way = " → ".join(circle((open_ones or group)[0], feeds) or group)
            if open_ones:
                hint = "take one of the feeds out, or declare each of them reciprocal: true"
                problems.append(places[open_ones[0]].problem(f"pools feed each other in a circle: {way}", hint))
            elif all(_only(splits[name], group) for name in group):
                problems.append(places[group[0]].problem(f"pools feed only each other: {way}", "name a project"))


def _only(split: Split | None, group: Collection[str]) -> bool:
    return split is not None and not split.everyone and not split.projects and set(split.feeds) <= set(group)
