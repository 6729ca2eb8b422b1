"""views.yaml: which figures lead for whom, and which panels stand on whose page."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import msgspec

from breakeven.errors import Problem, choices
from breakeven.workspace.definitions import FigureRef
from breakeven.workspace.document import Node, Place
from breakeven.workspace.fields import Fields
from breakeven.workspace.panel_refs import PanelChoice
from breakeven.workspace.panels import read_panels
from breakeven.workspace.targets import Wanted, names_of

AUDIENCES = ("board", "cfo", "cto", "steering", "team")
MOST_KEY_FIGURES = 7
"""More than seven figures at once are not read: `check` warns."""


class Views(msgspec.Struct, frozen=True, kw_only=True):
    """The content of views.yaml, by audience."""

    key_figures: Mapping[str, tuple[FigureRef, ...]]
    panels: Mapping[str, PanelChoice]


def read_views(node: Node, wanted: Wanted, problems: list[Problem]) -> Views:
    """The content of views.yaml."""
    fields = Fields(node, "views.yaml", ("key_figures", "panels"), problems)
    figures = {name: _key_figures(name, written, wanted, problems)
               for name, written in _audiences(fields, "key_figures", problems).items()}  # fmt: skip
    panels = {name: read_panels(name, written, wanted, problems)
              for name, written in _audiences(fields, "panels", problems).items()}  # fmt: skip
    return Views(key_figures=figures, panels=panels)


def _audiences(fields: Fields, key: str, problems: list[Problem]) -> dict[str, Node]:
    """What is written for each audience that there is."""
    found = fields.mapping(key)
    for name, written in found.items():
        if name not in AUDIENCES:
            problems.append(written.key_at.problem(f"unknown audience {name!r}", choices(name, AUDIENCES)))
    return {name: written for name, written in found.items() if name in AUDIENCES}


def _key_figures(audience: str, written: Node, wanted: Wanted, problems: list[Problem]) -> tuple[FigureRef, ...]:
    figures = Fields(_as_mapping(audience, written), "key_figures", AUDIENCES, problems).items(audience)
    found = tuple(ref for item in figures if (ref := _reference(item, wanted, problems)) is not None)
    if len(figures) > MOST_KEY_FIGURES:
        message = f"{audience} has {len(figures)} key figures: nobody takes in more than {MOST_KEY_FIGURES} at once"
        warning = written.key_at.problem(message, f"keep the {MOST_KEY_FIGURES} that lead to a decision")
        problems.append(msgspec.structs.replace(warning, severity="warning"))
    _check_repeated(audience, found, written.at, problems)
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
            problems.append(place.problem(f"unknown key figure {name!r}", names_of(name, wanted)))
        return None
    return FigureRef(figure=name, label=label)


def _check_repeated(audience: str, refs: Collection[FigureRef], at: Place, problems: list[Problem]) -> None:
    names = [ref.figure for ref in refs]
    for name in sorted({name for name in names if names.count(name) > 1}):
        problems.append(at.problem(f"duplicate key figure {name!r} of {audience}"))
