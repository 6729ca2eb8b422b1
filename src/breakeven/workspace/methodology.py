"""methodology.yaml: value categories and metrics, parsed, resolved and checked for units."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import get_args

import msgspec

from breakeven.errors import FormulaInvalid, Problem
from breakeven.formula import FORMULA, Expression, check_units, parse, resolve
from breakeven.measures import MEASURES, Additivity
from breakeven.workspace.assumptions import NAME, NAME_HINT, read_unit
from breakeven.workspace.builtins import BUILTINS, COST_LINES
from breakeven.workspace.definitions import Assumption, Definition, Direction, Grade, Realisation, Refresh, Total
from breakeven.workspace.document import Node, Place
from breakeven.workspace.fields import Fields

_COMMON = ("label", "description", "formula", "direction", "decimals", "refresh", "expose")
_KEYS: dict[str, tuple[str, ...]] = {
    "values": (*_COMMON, "realisation", "evidence"),
    "metrics": (*_COMMON, "unit", "total"),
}


class Figures(msgspec.Struct, kw_only=True):
    """The figures of methodology.yaml as far as they could be read."""

    definitions: dict[str, Definition] = {}
    """Those without a fault of their own, in the order of the file."""
    names: dict[str, Place] = {}
    """Every name that was written, right or wrong."""


def read_figures(node: Node, currency: str, taken: Mapping[str, Place], problems: list[Problem]) -> Figures:
    """The content of methodology.yaml; `taken` are the assumptions' names."""
    figures = Figures(definitions={}, names={})
    fields = Fields(node, "methodology.yaml", ("values", "metrics"), problems)
    for section in ("values", "metrics"):
        for name, item in fields.mapping(section).items():
            if fault := _name_fault(name, item.key_at, {**taken, **figures.names}):
                problems.append(fault)
                figures.names.setdefault(name, item.key_at)
                continue
            figures.names[name] = item.key_at
            definition = _definition(name, section, item, currency, problems)
            if definition is not None:
                figures.definitions[name] = definition
    return figures


def _name_fault(name: str, at: Place, taken: Mapping[str, Place]) -> Problem | None:
    if not NAME.fullmatch(name):
        return at.problem(f"{name!r} is not a name", NAME_HINT)
    if name.upper() in FORMULA.keywords or name in FORMULA.functions:
        return at.problem(f"{name!r} is a word of the formula language", "choose another name")
    if name in MEASURES:
        return at.problem(f"duplicate name {name!r}: it is a measure", "choose another name")
    if name in BUILTINS:
        return at.problem(f"duplicate name {name!r}: it is a figure of the ledger", "choose another name")
    if name in taken:
        where = f"{taken[name].file}, line {taken[name].line}"
        return at.problem(f"duplicate name {name!r}: it stands already in {where}", "choose another name")
    return None


def _definition(name: str, section: str, node: Node, currency: str, problems: list[Problem]) -> Definition | None:
    value = section == "values"
    what = f"value category {name}" if value else f"metric {name}"
    required = ("formula",) if value else ("formula", "unit")
    fields = Fields(node, what, _KEYS[section], problems, required=required)
    expression = read_expression(fields, "formula", problems)
    unit = "money" if value else read_unit(fields, "unit", currency)
    total = Total.SUM if value else Total(fields.choice("total", list(Total), Total.RECOMPUTE))
    direction = Direction(fields.choice("direction", list(Direction), Direction.UP))
    decimals = fields.whole("decimals", 2, 0, 12)
    refresh = msgspec.convert(fields.choice("refresh", get_args(Refresh), "continuous"), Refresh)
    realisation = msgspec.convert(fields.choice("realisation", get_args(Realisation), "capacity"), Realisation)
    evidence = msgspec.convert(fields.choice("evidence", ("", *get_args(Grade)), "") or None, Grade | None)
    if expression is None:
        return None
    return Definition(
        name=name,
        section="value" if value else "metric",
        formula=" ".join((fields.text("formula") or "").split()),
        expression=expression,
        unit=unit,
        label=fields.words("label") or name.replace("_", " ").capitalize(),
        description=fields.words("description"),
        total=total,
        direction=direction,
        decimals=decimals,
        refresh=refresh,
        realisation=realisation,
        evidence=evidence,
        expose=fields.truth("expose"),
        file=fields.place("formula").file,
        line=fields.place("formula").line,
    )


def read_expression(fields: Fields, key: str, problems: list[Problem]) -> Expression | None:
    """The formula of a key; None where there is none or it has faults."""
    node = fields.node(key)
    text = fields.text(key)
    if node is None or text is None:
        return None
    try:
        return parse(text, file=node.at.file, line=node.text_line)
    except FormulaInvalid as error:
        problems.extend(error.problems)
        return None


def resolve_figures(
    figures: Figures, assumptions: Mapping[str, Assumption], assumed: Collection[str], problems: list[Problem]
) -> dict[str, Definition]:
    """The figures in an order in which each comes after its inputs; what is wrong between them is added to `problems`.

    `assumed` are the names of all assumptions that were written: one that is faulty is no unknown name.
    """
    written = {name: definition.expression for name, definition in figures.definitions.items()}
    faulty = [name for name in figures.names if name not in written]
    _check_timeline(figures.definitions.values(), problems)
    try:
        order = resolve(written, {*MEASURES, *BUILTINS, *assumed, *faulty})
    except FormulaInvalid as error:
        problems.extend(error.problems)
        order = tuple(written)
    ordered = {name: figures.definitions[name] for name in order}
    check_additions(ordered, assumptions, problems)
    units = {name: measure.unit for name, measure in MEASURES.items()}
    units |= {name: BUILTINS[name].unit for name in COST_LINES}
    units |= {name: assumption.unit for name, assumption in assumptions.items()}
    units |= {name: definition.unit for name, definition in ordered.items()}
    for definition in ordered.values():
        # A unit that is missing or faulty is a problem of its own, and of none that uses it.
        if all(units.get(name) for name in definition.expression.names):
            problems.extend(check_units(definition.expression, units, definition.unit or None))
    return ordered


def _check_timeline(definitions: Iterable[Definition], problems: list[Problem]) -> None:
    for definition in definitions:
        for name in definition.expression.names:
            if name in BUILTINS and name not in COST_LINES:
                message = f"{definition.name} uses {name}, which is made from the whole series of months"
                at = Place(definition.file, definition.line, 1)
                problems.append(at.problem(message, "use it as a target or a key figure", fragment=definition.formula))


def check_additions(
    ordered: Mapping[str, Definition], assumptions: Mapping[str, Assumption], problems: list[Problem]
) -> None:
    """A figure that is added up stands on what can be added up; an amount per month only in a figure that is."""
    levels: dict[str, str] = {
        name: name for name, measure in MEASURES.items() if measure.additivity is Additivity.LEVEL
    }
    for name, definition in ordered.items():
        at = Place(definition.file, definition.line, 1)
        inputs = definition.expression.names
        level = next((levels[used] for used in inputs if used in levels), None)
        if level is not None and definition.total is Total.SUM:
            message = f"{name} is added up over months and projects, but {level} cannot be added up"
            problems.append(at.problem(message, "make it a metric with total: recompute"))
        elif level is not None:
            levels[name] = level
        monthly = [used for used in inputs if used in assumptions and assumptions[used].per == "month"]
        if monthly and definition.total is Total.RECOMPUTE:
            message = f"{name} is made anew for each period, but {monthly[0]} is an amount per month and project"
            problems.append(at.problem(message, "add total: sum, or use it through a metric that has it"))
