"""Units of formulas: pint's arithmetic, without any conversion. hours × USD/hour is USD; hours + days is a fault.

Every symbol is a base unit of its own, so nothing is converted behind the reader's back. Numbers in a formula have no
unit; the number 0 goes with every unit where values are compared or chosen.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from tokenize import TokenError

from pint.errors import PintError
from pint.util import ParserHelper, UnitsContainer

from breakeven.errors import Problem, UsageProblem, choices
from breakeven.formula.language import Expression
from breakeven.formula.tree import (
    Arithmetic,
    Call,
    Case,
    Comparison,
    Name,
    Negative,
    Node,
    Number,
    children,
)
from breakeven.money import CURRENCIES

SYMBOLS: Mapping[str, str] = {
    "hour": "h",
    "minute": "min",
    "second": "s",
    "ms": "ms",
    "day": "d",
    "week": "wk",
    "month": "mo",
    "quarter": "qtr",
    "year": "yr",
    "money": "money",
    **{
        unit: unit
        for unit in (
            "answer",
            "call",
            "case",
            "customer",
            "deployment",
            "document",
            "employee",
            "finding",
            "incident",
            "interaction",
            "lead",
            "model",
            "order",
            "point",
            "project",
            "record",
            "request",
            "run",
            "task",
            "ticket",
            "token",
            "transaction",
            "unit",
            "user",
            "GB",
            "GPU",
            "kWh",
            "kg",
        )
    },
}
"""Unit names → short symbols. ISO currencies are units too; `money` is the workspace's currency."""

NOTHING = UnitsContainer()
_TEXT = re.compile(r"([A-Za-z_]+|\*\*\s*-?\d|\^\s*-?\d|[*/()]|\b1\b|\s)+")
"""Names, small powers and brackets only: a power tower would keep the machine busy."""
_TOWER = re.compile(r"(\*\*|\^)\s*-?\d\s*\)*\s*(\*\*|\^)")
_ADJACENT = re.compile(r"[\w)]\s+[\w(]|\)\s*\w|\w\s*\(")
_LONGEST = 120

Unit = UnitsContainer | None
"""None: goes with every unit (the number 0)."""


def parse_unit(text: str, currency: str | None = None) -> UnitsContainer:
    """A unit's text (USD/hour, money, 1, %, hour**2) as base units with exponents. Raises UsageProblem.

    `currency`: what `money` stands for; None: a unit of its own.
    """
    unit = _read(text)
    for name in unit:
        if name not in SYMBOLS and name not in CURRENCIES:
            valid = choices(name, sorted(SYMBOLS), len(SYMBOLS))
            raise UsageProblem(f"unknown unit {name!r}: {valid} and ISO currencies")
    if currency is None or "money" not in unit:
        return unit
    rest = UnitsContainer({name: power for name, power in unit.items() if name != "money"})
    whole: UnitsContainer = rest * UnitsContainer({currency: unit["money"]})
    return whole


def _read(text: str) -> UnitsContainer:
    plain = text.replace("%", " 1 ").replace("percent", " 1 ").strip()
    wrong = UsageProblem(f"{text[:40]!r} is not a unit: write for example hour, USD/hour, 1 or %")
    if len(plain) > _LONGEST or not _TEXT.fullmatch(plain) or _TOWER.search(plain) or _ADJACENT.search(plain):
        raise wrong
    try:
        read = ParserHelper.from_string(plain)
    except (PintError, AssertionError, TokenError, ValueError, TypeError, ArithmeticError, RecursionError) as error:
        raise wrong from error
    powers = {name: round(float(power)) for name, power in read.items() if isinstance(power, int | float)}
    if read.scale != 1 or dict(read) != powers:
        raise wrong
    return UnitsContainer(powers)


def unit_text(unit: UnitsContainer, short: bool = False) -> str:
    """USD/hour, or USD/h; 1 for no unit."""

    def part(name: str, power: int) -> str:
        shown = SYMBOLS.get(name, name) if short else name
        return shown if abs(power) == 1 else f"{shown}**{abs(power)}"

    powers = [(name, round(float(power))) for name, power in unit.items() if isinstance(power, int | float)]
    above = [part(name, power) for name, power in powers if power > 0]
    below = [part(name, power) for name, power in powers if power < 0]
    if not below:
        return "*".join(above) or "1"
    bottom = "*".join(below)
    return f"{'*'.join(above) or '1'}/{bottom if len(below) == 1 else f'({bottom})'}"


def unit_symbol(unit: str, currency: str | None = None) -> str:
    """What stands behind a number: h, USD/h, %, or nothing for 1. Raises UsageProblem."""
    if unit.strip() in ("%", "percent"):
        return "%"
    parsed = parse_unit(unit, currency)
    return unit_text(parsed, short=True) if parsed else ""


def unit_of(expression: Expression, units: Mapping[str, str], currency: str | None = None) -> str | list[Problem]:
    """The unit a formula gives, or its faults."""
    found = _Reader(expression, units, currency).read()
    return found if isinstance(found, list) else unit_text(found or NOTHING)


def check_units(
    expression: Expression, units: Mapping[str, str], expected: str | None = None, *, currency: str | None = None
) -> list[Problem]:
    """Faults of units in a formula.

    `units`: the unit of every name; `expected`: the unit that the result must have (None: any); `currency`: what
    `money` stands for (None: a unit of its own).
    """
    found = _Reader(expression, units, currency).read()
    if isinstance(found, list):
        return found
    if expected is None or found is None:
        return []
    try:
        wanted = parse_unit(expected, currency)
    except UsageProblem as error:
        return [expression.source.problem(str(error))]
    if found == wanted:
        return []
    difference = f"the formula gives {unit_text(found)}, not {unit_text(wanted)}"
    return [expression.source.problem(difference, expression.root.at)]


class _Reader:
    """Finds the unit of each part, from the names up."""

    def __init__(self, expression: Expression, units: Mapping[str, str], currency: str | None) -> None:
        self.source, self.root, self.units, self.currency = expression.source, expression.root, units, currency
        self.problems: list[Problem] = []

    def read(self) -> Unit | list[Problem]:
        unit = self.unit(self.root)
        return self.problems or unit

    def unit(self, node: Node) -> Unit:
        match node:
            case Number():
                return None if node.value == Decimal(0) else NOTHING
            case Name():
                return self.name(node)
            case Negative():
                return self.unit(node.operand)
            case Arithmetic():
                return self.arithmetic(node)
            case Comparison():
                self.same(node, "compares", (node.left, node.right))
                return NOTHING
            case Case():
                for condition, _ in node.branches:
                    self.unit(condition)
                last = () if node.otherwise is None else (node.otherwise,)
                return self.same(node, "chooses between", (*(value for _, value in node.branches), *last))
            case Call(function="abs" | "floor" | "ceil" | "round"):
                return self.unit(node.arguments[0])
            case Call(function="nullif"):
                self.same(node, "nullif compares", node.arguments)
                return self.unit(node.arguments[0])
            case Call():
                verb = "adds" if node.function == "sum_known" else f"{node.function} compares"
                return self.same(node, verb, node.arguments)
        for child in children(node):
            self.unit(child)
        return NOTHING

    def name(self, node: Name) -> Unit:
        text = self.units.get(node.name)
        if text is None:
            self.problems.append(self.source.problem(f"the unit of {node.name} is not known", node.at))
            return None
        try:
            return parse_unit(text, self.currency)
        except UsageProblem as error:
            self.problems.append(self.source.problem(f"{node.name}: {error}", node.at))
            return None

    def arithmetic(self, node: Arithmetic) -> Unit:
        if node.operator in ("+", "-"):
            return self.same(node, "adds" if node.operator == "+" else "subtracts", (node.left, node.right))
        left, right = self.unit(node.left), self.unit(node.right)
        if left is None or right is None:
            return left if node.operator == "/" else None
        found: UnitsContainer = left * right if node.operator == "*" else left / right
        return found

    def same(self, node: Node, doing: str, parts: Iterable[Node]) -> Unit:
        """The unit that all parts have in common; a fault that names two that differ."""
        common: Unit = None
        for part in parts:
            unit = self.unit(part)
            if unit is None:
                continue
            if common is not None and unit != common:
                self.problems.append(self.source.problem(_difference(doing, common, unit), node.at))
                return None
            common = unit
        return common


def _difference(doing: str, first: UnitsContainer, second: UnitsContainer) -> str:
    one, two = (unit_text(unit) if unit else "a plain number" for unit in (first, second))
    match doing:
        case "adds":
            return f"adds {two} to {one}"
        case "subtracts":
            return f"subtracts {two} from {one}"
        case "chooses between":
            return f"chooses between {one} and {two}"
        case _:
            return f"{doing} {one} with {two}"
