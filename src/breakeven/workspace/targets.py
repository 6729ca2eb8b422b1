"""targets.yaml and views.yaml: what figures should reach, and which figures lead for whom."""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from breakeven.errors import Problem, choices
from breakeven.period import Grain
from breakeven.workspace.definitions import FigureRef, Target
from breakeven.workspace.document import Node, Place
from breakeven.workspace.fields import Fields

AUDIENCES = ("board", "cfo", "cto", "steering", "team")
MOST_KEY_FIGURES = 7
"""More than seven figures at once are not read: `check` warns."""

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
                fields.fault("metric", f"target without metric: there is no figure {name!r}", _names(name, wanted))
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


def read_key_figures(node: Node, wanted: Wanted, problems: list[Problem]) -> dict[str, tuple[FigureRef, ...]]:
    """The content of views.yaml: audience → its key figures."""
    found: dict[str, tuple[FigureRef, ...]] = {}
    fields = Fields(node, "views.yaml", ("key_figures",), problems)
    audiences = fields.mapping("key_figures")
    for audience, written in audiences.items():
        if audience not in AUDIENCES:
            message = f"unknown audience {audience!r}"
            problems.append(written.key_at.problem(message, choices(audience, AUDIENCES)))
            continue
        figures = Fields(_as_mapping(audience, written), "key_figures", AUDIENCES, problems).items(audience)
        found[audience] = tuple(ref for item in figures if (ref := _reference(item, wanted, problems)) is not None)
        if len(figures) > MOST_KEY_FIGURES:
            message = f"{audience} has {len(figures)} key figures: nobody takes in more than {MOST_KEY_FIGURES} at once"
            warning = written.key_at.problem(message, f"keep the {MOST_KEY_FIGURES} that lead to a decision")
            problems.append(msgspec.structs.replace(warning, severity="warning"))
        _check_repeated(audience, found[audience], written.at, problems)
    return found


def _as_mapping(key: str, node: Node) -> Node:
    return Node(value={key: node}, text="", at=node.at, text_line=node.text_line, key_at=node.key_at)


def _reference(item: Node, wanted: Wanted, problems: list[Problem]) -> FigureRef | None:
    if isinstance(item.value, dict):
        fields = Fields(item, "a key figure", ("figure", "label"), problems, required=("figure",))
        name, label, place = fields.text("figure"), fields.text("label"), fields.place("figure")
    else:
        fields = Fields(_as_mapping("figure", item), "a key figure", ("figure",), problems, required=("figure",))
        name, label, place = fields.text("figure"), None, item.at
    if name is None:
        return None
    if name not in wanted.figures:
        if wanted.strict:
            problems.append(place.problem(f"unknown key figure {name!r}", _names(name, wanted)))
        return None
    return FigureRef(figure=name, label=label)


def _check_repeated(audience: str, refs: Collection[FigureRef], at: Place, problems: list[Problem]) -> None:
    names = [ref.figure for ref in refs]
    for name in sorted({name for name in names if names.count(name) > 1}):
        problems.append(at.problem(f"duplicate key figure {name!r} of {audience}"))


def _names(name: str, wanted: Wanted) -> str:
    return choices(name, sorted(wanted.figures))
