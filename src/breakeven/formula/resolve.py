"""Names to definitions: unknown names, cycles, and an order in which every formula comes after its inputs."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from breakeven.errors import FormulaInvalid, Problem, choices
from breakeven.formula.language import Expression
from breakeven.formula.tree import Name, walk


def resolve(expressions: Mapping[str, Expression], known: Collection[str]) -> tuple[str, ...]:
    """The names of the expressions, each after those it uses.

    `known`: names that need no formula (measures, assumptions, cost lines). Where a name is both, the formula is meant.
    Raises FormulaInvalid with every unknown name (and the valid ones) and every cycle (with its way round).
    """
    valid = sorted({*known, *expressions})
    problems = [problem for e in expressions.values() for problem in _unknown(e, valid)]
    order, cycles = _order(expressions)
    problems += [_cycle(expressions, cycle) for cycle in cycles]
    if problems:
        raise FormulaInvalid(problems)
    return order


def _unknown(expression: Expression, valid: Collection[str]) -> Iterator[Problem]:
    found = set(valid)
    for node in walk(expression.root):
        if isinstance(node, Name) and node.name not in found:
            yield expression.source.problem(f"unknown name {node.name}", node.at, choices(node.name, list(valid)))


def _order(expressions: Mapping[str, Expression]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Depth first, without recursion: a chain of definitions may be longer than Python's stack."""
    done: dict[str, None] = {}
    cycles: list[tuple[str, ...]] = []
    for start in expressions:
        path: list[tuple[str, Iterator[str]]] = [(start, iter(expressions[start].names))] if start not in done else []
        while path:
            name, inputs = path[-1]
            following = next((i for i in inputs if i in expressions and i not in done), None)
            open_names = [opened for opened, _ in path]
            if following is None:
                done[name] = None
                path.pop()
            elif following in open_names:
                cycles.append((*open_names[open_names.index(following) :], following))
            else:
                path.append((following, iter(expressions[following].names)))
    return tuple(done), cycles


def _cycle(expressions: Mapping[str, Expression], cycle: tuple[str, ...]) -> Problem:
    """A cycle, shown at the last formula of the way round, where it comes back to the first."""
    expression = expressions[cycle[-2]]
    places = [node.at for node in walk(expression.root) if isinstance(node, Name) and node.name == cycle[-1]]
    return expression.source.problem(f"{cycle[0]} depends on itself: {' → '.join(cycle)}", places[0])
