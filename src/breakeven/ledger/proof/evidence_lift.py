"""Which inputs of a formula have a counterfactual: they are compared with what was before, or stand on an experiment.

A measurement by itself says what happened (grade C), not what would have happened otherwise. Where the formula takes it
from a baseline that was measured too, both are lifted to B; where it is multiplied with an experiment's effect, to the
effect's grade. What is multiplied with such a difference is lifted with it, as far as it is measured. What is reported
(D) or assumed (E) is never lifted.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Literal

import msgspec

from breakeven.formula.tree import Arithmetic, Call, Case, Name, Negative, Node, Number, names
from breakeven.workspace.definitions import Definition, Grade, Workspace

COMPARED: Grade = "B"
"""What a comparison with a measured baseline is worth: an earlier period."""
MEASURED: Grade = "C"


class Lift(msgspec.Struct, frozen=True):
    """What lifts an input, and to which grade."""

    grade: Grade
    by: str
    """The baseline or the effect."""
    how: Literal["compared", "multiplied", "effect"]
    """compared with the baseline; multiplied with such a difference; multiplied with an experiment's effect."""


class Part(msgspec.Struct, frozen=True):
    """What is known of a node of a formula."""

    leaves: Mapping[str, Lift | None]
    """Inputs below it, with what lifts them in every place in which they stand."""
    lift: Lift | None = None
    """What it gives to the measured numbers that it is multiplied with."""


def baselines(workspace: Workspace) -> frozenset[str]:
    """Assumptions that say what was before: amounts per month, and whatever a project states under `baselines`."""
    monthly = (name for name, assumption in workspace.assumptions.items() if assumption.per == "month")
    stated = (name for project in workspace.projects.values() for name in project.baselines)
    return frozenset((*monthly, *stated))


def lifts(
    name: str, definitions: Mapping[str, Definition], grades: Mapping[str, Grade], before: Collection[str],
    effects: Collection[str],
) -> dict[str, Lift]:  # fmt: skip
    """Input → what lifts it, for the inputs of a figure that are lifted wherever they stand.

    `grades` of the inputs before; `before`: the baselines; `effects`: inputs that stand on an experiment.
    """
    found = _Walk(definitions, grades, before, effects).of(definitions[name].expression.root)
    return {leaf: lift for leaf, lift in found.leaves.items() if lift is not None and lift.grade < grades[leaf]}


class _Walk:
    """Reads one formula with all it needs."""

    def __init__(
        self, definitions: Mapping[str, Definition], grades: Mapping[str, Grade], before: Collection[str],
        effects: Collection[str],
    ) -> None:  # fmt: skip
        self.definitions, self.grades, self.before, self.effects = definitions, grades, before, effects

    def of(self, node: Node) -> Part:
        """What is known of a node."""
        match node:
            case Name():
                return self._name(node.name)
            case Negative():
                return self.of(node.operand)
            case Arithmetic():
                return self._arithmetic(node)
            case Case():
                return self._case(node)
            case Call():
                return _beside([self.of(part) for part in node.arguments if not isinstance(part, Number)])
        return Part({})

    def _name(self, name: str) -> Part:
        if name in self.definitions:
            return self.of(self.definitions[name].expression.root)
        lift = Lift(self.grades[name], name, "effect") if name in self.effects else None
        return Part({name: None}, lift)

    def _arithmetic(self, node: Arithmetic) -> Part:
        left, right = self.of(node.left), self.of(node.right)
        leaves, compared = _joined([left, right]), self._difference(node, left, right)
        if compared is not None:
            return Part(self._lifted(leaves, compared), _weaker([compared, left.lift, right.lift]))
        if node.operator in "*/":
            lift = _weaker([left.lift, right.lift])
            if lift is not None and lift.how == "compared":
                lift = Lift(lift.grade, lift.by, "multiplied")
            return Part(self._lifted(leaves, lift), lift)
        return _beside([part for part, of in ((left, node.left), (right, node.right)) if not isinstance(of, Number)])

    def _difference(self, node: Arithmetic, left: Part, right: Part) -> Lift | None:
        """Whether a node is what was before less what is now, or such a ratio less 1."""
        if node.operator != "-":
            return None
        for number, ratio in ((node.left, node.right), (node.right, node.left)):
            if isinstance(number, Number) and isinstance(ratio, Arithmetic) and ratio.operator == "/":
                left, right = self.of(ratio.left), self.of(ratio.right)
        return self._compared(left, right) or self._compared(right, left)

    def _case(self, node: Case) -> Part:
        """Branches side by side. Inputs of a condition decide which branch holds, and are compared with nothing."""
        results = [result for _, result in node.branches] + ([node.otherwise] if node.otherwise else [])
        found = _beside([self.of(result) for result in results if not isinstance(result, Number)])
        used = (name for condition, _ in node.branches for name in names(condition))
        deciding = _joined([self._name(name) for name in used])
        return Part({**dict.fromkeys(deciding), **found.leaves}, found.lift)

    def _compared(self, old: Part, new: Part) -> Lift | None:
        """Whether one side holds a measured baseline and the other one something measured."""
        stated = [name for name in old.leaves if name in self.before]
        measured = [name for name in new.leaves if name not in self.before and self.grades[name] <= MEASURED]
        if not stated or not measured or any(self.grades[name] > MEASURED for name in stated):
            return None
        return Lift(COMPARED, stated[0], "compared")

    def _lifted(self, leaves: Mapping[str, Lift | None], lift: Lift | None) -> dict[str, Lift | None]:
        """Measured numbers that are not lifted yet take the lift."""
        return {
            name: lift if own is None and lift is not None and self.grades[name] == MEASURED else own
            for name, own in leaves.items()
        }


def _beside(parts: Sequence[Part]) -> Part:
    """Parts that stand side by side: each keeps its own; together they lift others only if all do."""
    every = [part.lift for part in parts]
    return Part(_joined(parts), _weaker(every) if every and None not in every else None)


def _joined(parts: Sequence[Part]) -> dict[str, Lift | None]:
    """All inputs; one that stands in several places is lifted only as far as in the worst of them."""
    found: dict[str, Lift | None] = {}
    for part in parts:
        for name, lift in part.leaves.items():
            before = found.get(name, lift)
            found[name] = _weaker([before, lift]) if before is not None and lift is not None else None
    return found


def _weaker(lifts_of: Sequence[Lift | None]) -> Lift | None:
    known = [lift for lift in lifts_of if lift is not None]
    return max(known, key=lambda lift: lift.grade) if known else None
