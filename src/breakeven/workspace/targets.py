"""targets.yaml: what figures should reach."""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from breakeven.errors import Problem, choices
from breakeven.period import Grain
from breakeven.workspace.definitions import Target
from breakeven.workspace.document import Node
from breakeven.workspace.fields import Fields

_TARGET_KEYS = ("metric", "at_least", "at_most", "watch", "per", "label")
_PER = (Grain.MONTH.value, Grain.QUARTER.value, Grain.YEAR.value)


class Wanted(msgspec.Struct, frozen=True):
    """The figures there are, and whether a name that is not among them is a fault."""

    figures: Collection[str]
    strict: bool
    """False for the shipped targets and views beside a methodology of the company's own: what it dropped is dropped."""


def read_targets(node: Node, wanted: Wanted, problems: list[Problem]) -> tuple[Target, ...]:
    """The content of targets.yaml."""
    found: list[Target] = []
    lines: dict[str, int] = {}
    for item in Fields(node, "targets.yaml", ("targets",), problems).items("targets"):
        fields = Fields(item, "a target", _TARGET_KEYS, problems, required=("metric",))
        name = fields.text("metric")
        if name is None:
            continue
        fields.what = f"target of {name}"
        if name not in wanted.figures:
            if wanted.strict:
                fields.fault("metric", f"target without metric: there is no figure {name!r}", names_of(name, wanted))
            continue
        if name in lines:
            fields.fault("metric", f"duplicate target of {name}: it stands already in line {lines[name]}")
        lines[name] = fields.place("metric").line
        found.append(_target(name, fields))
    return tuple(found)


def _target(name: str, fields: Fields) -> Target:
    at_least, at_most, watch = fields.number("at_least"), fields.number("at_most"), fields.number("watch")
    if ("at_least" in fields) == ("at_most" in fields):
        fields.fault("metric", f"target of {name} needs either at_least or at_most")
    if watch is not None and at_least is not None and watch > at_least:
        fields.fault("watch", f"target of {name}: watch {watch} is above at_least {at_least}", "yellow lies below it")
    if watch is not None and at_most is not None and watch < at_most:
        fields.fault("watch", f"target of {name}: watch {watch} is below at_most {at_most}", "yellow lies above it")
    per = fields.choice("per", _PER, "")
    return Target(
        metric=name,
        at_least=at_least,
        at_most=at_most,
        watch=watch,
        per=Grain(per) if per else None,
        label=fields.words("label"),
    )


def names_of(name: str, wanted: Wanted) -> str:
    """The figures that there are, for a name that is none."""
    return choices(name, sorted(wanted.figures))
