"""The panels of an audience in views.yaml: shipped ones by name, and charts of a figure without code."""

from __future__ import annotations

from typing import get_args

import msgspec

from breakeven.errors import Problem, choices
from breakeven.workspace.document import Node, Place
from breakeven.workspace.fields import Fields
from breakeven.workspace.panel_refs import PanelBy, PanelChart, PanelChoice, PanelRef, Width
from breakeven.workspace.targets import Wanted, names_of

PANEL_NAMES = (
    "trend", "highlights", "priorities", "decisions", "portfolio", "costs_and_savings", "value_by_category",
    "value_to_net", "budget", "returns_by_project", "proven", "realised", "cost_by_category", "bridge", "closed",
    "investment", "invoices", "reports", "velocity", "quality", "adoption", "releases", "time_to_production",
    "incidents_by_month", "cost_per_model", "decision_log", "risks", "progress", "j_curve", "response_time",
    "incidents", "traffic", "also_now", "spend_today", "accuracy_map", "live_models", "quality_goals",
    "recent_deployments", "incident_log", "dora", "models_by_stage",
)  # fmt: skip
"""Every shipped panel; the pages have one for each (`views/panels/registry.py`)."""
GRAINS = ("day", "week", "month")
PARTS_NEED = "a donut shows parts of a whole: say by what, `by: project`, `by: category` or `by: model`"
_SHIPPED = ("panel", "width")
_OF_FIGURE = ("figure", "chart", "by", "grain", "title", "width")


def read_panels(audience: str, node: Node, wanted: Wanted, problems: list[Problem]) -> PanelChoice:
    """What is written for an audience: a list in place of the shipped panels, or what is hidden and added."""
    what = f"panels of {audience}"
    if isinstance(node.value, list):
        return PanelChoice(panels=references(node.value, what, wanted, problems))
    fields = Fields(node, what, ("hide", "add"), problems)
    hidden = []
    for item in fields.texts("hide"):
        name = item.text.strip()
        if name in PANEL_NAMES:
            hidden.append(name)
        else:
            problems.append(item.at.problem(f"unknown panel {name!r}", choices(name, PANEL_NAMES)))
    return PanelChoice(hide=tuple(hidden), add=references(fields.items("add"), what, wanted, problems))


def references(items: list[Node], what: str, wanted: Wanted, problems: list[Problem]) -> tuple[PanelRef, ...]:
    found: list[PanelRef] = []
    lines: dict[PanelRef, int] = {}
    for item in items:
        ref = _reference(item, wanted, problems)
        if ref is None:
            continue
        key = msgspec.structs.replace(ref, width=None, title="")
        if key in lines:
            name = ref.panel or ref.figure
            problems.append(item.at.problem(f"{name} stands twice in {what}: first in line {lines[key]}"))
        lines.setdefault(key, item.at.line)
        found.append(ref)
    return tuple(found)


def _reference(item: Node, wanted: Wanted, problems: list[Problem]) -> PanelRef | None:
    if not isinstance(item.value, dict):
        name = item.text.strip()
        return PanelRef(panel=name) if _shipped(name, item.at, problems) else None
    if "figure" not in item.value:
        fields = Fields(item, "a panel", _SHIPPED, problems, required=("panel",))
        name = fields.text("panel") or ""
        width = _width(fields)
        return PanelRef(panel=name, width=width) if name and _shipped(name, fields.place("panel"), problems) else None
    return _of_figure(Fields(item, "a panel of a figure", _OF_FIGURE, problems, required=("figure",)), wanted, problems)


def _shipped(name: str, place: Place, problems: list[Problem]) -> bool:
    if name in PANEL_NAMES:
        return True
    problems.append(place.problem(f"unknown panel {name!r}", choices(name, PANEL_NAMES)))
    return False


def _of_figure(fields: Fields, wanted: Wanted, problems: list[Problem]) -> PanelRef | None:
    name = fields.text("figure")
    chart, by = fields.choice("chart", get_args(PanelChart), "line"), fields.choice("by", get_args(PanelBy), "none")
    grain, width = fields.choice("grain", GRAINS, "month"), _width(fields)
    if chart == "donut" and by == "none":
        fields.fault("chart", f"a donut of {name} without parts", PARTS_NEED)
    if name is None:
        return None
    if name not in wanted.figures:
        if wanted.strict:
            problems.append(fields.place("figure").problem(f"unknown figure {name!r}", names_of(name, wanted)))
        return None
    made = {"figure": name, "chart": chart, "by": by, "grain": grain, "title": fields.words("title"), "width": width}
    return msgspec.convert(made, PanelRef)


def _width(fields: Fields) -> Width | None:
    number = fields.number("width")
    if number is None:
        return None
    widths: tuple[Width, ...] = get_args(Width)
    found = next((width for width in widths if width == number), None)
    if found is None:
        known = ", ".join(str(width) for width in widths)
        fields.fault("width", f"width of {fields.what} is {number}", f"of twelve columns: {known}")
    return found
