"""Why a figure is unknown: which input, which divisor, which number that does not fit."""

from __future__ import annotations

from collections.abc import Iterator

from breakeven.formula.language import Expression
from breakeven.formula.tree import Arithmetic, Call, Case, Comparison, Logic, Name, Negative, Node, Not
from breakeven.formula.values import Values, branch, number_of, truth_of, value_of


def why_null(expression: Expression, values: Values) -> str | None:
    """The reason why the formula gives no value for these inputs; None where it gives one.

    `hourly_rate is unknown`, `hours and rate are unknown`, `divisor platform_cost is 0`, `hours * rate is too large`.
    """
    if value_of(expression.root, values) is not None:
        return None
    found = list(dict.fromkeys(_Reasons(expression, values).of(expression.root)))
    unknown = [name for name, said in found if not said]
    others = [said for _, said in found if said]
    if not unknown:
        return "; ".join(others)
    named = f"{', '.join(unknown[:-1])} and {unknown[-1]} are" if len(unknown) > 1 else f"{unknown[0]} is"
    return "; ".join([f"{named} unknown", *others])


class _Reasons:
    """Reasons as (name, "") for an unknown input and ("", sentence) for anything else."""

    def __init__(self, expression: Expression, values: Values) -> None:
        self.text, self.values = expression.text, values

    def of(self, node: Node) -> Iterator[tuple[str, str]]:
        """The reasons of a node without a value."""
        match node:
            case Name():
                yield node.name, ""
            case Arithmetic() | Comparison() | Logic():
                unknown = [part for part in (node.left, node.right) if value_of(part, self.values) is None]
                for part in unknown:
                    yield from self.of(part)
                if not unknown and isinstance(node, Arithmetic):
                    yield self.arithmetic(node)
            case Negative() | Not():
                yield from self.of(node.operand)
            case Case():
                yield from self.case(node)
            case Call():
                yield from self.call(node)

    def arithmetic(self, node: Arithmetic) -> tuple[str, str]:
        if node.operator == "/" and number_of(node.right, self.values) == 0:
            return "", f"divisor {self.said(node.right)} is 0"
        return "", f"{self.said(node)} is too large"

    def case(self, node: Case) -> Iterator[tuple[str, str]]:
        chosen = branch(node, self.values)
        if chosen is not None:
            yield from self.of(chosen)
        for condition, result in node.branches:
            if result is chosen:
                break
            if truth_of(condition, self.values) is None:
                yield from self.of(condition)
        if chosen is None:
            yield "", f"no condition of {self.said(node)} is true"

    def call(self, node: Call) -> Iterator[tuple[str, str]]:
        checked = node.arguments[:1] if node.function == "nullif" else node.arguments
        unknown = [part for part in checked if value_of(part, self.values) is None]
        for part in unknown:
            yield from self.of(part)
        if unknown:
            return
        if node.function == "nullif":
            yield "", f"{self.said(node.arguments[0])} is {self.said(node.arguments[1])}"
        else:
            yield "", f"{self.said(node)} is too large"

    def said(self, node: Node) -> str:
        return " ".join(self.text[slice(*node.at)].split())
