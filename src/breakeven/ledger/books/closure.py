"""Which definitions a figure needs, and which names they take from elsewhere."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from breakeven.workspace.definitions import Definition


def closure(definitions: Mapping[str, Definition], wanted: Iterable[str], inputs: Collection[str] = ()
            ) -> dict[str, Definition]:  # fmt: skip
    """The wanted definitions and those they need, in order of evaluation; what is in `inputs` is not looked into."""
    needed: set[str] = set()
    waiting = [name for name in wanted if name in definitions and name not in inputs]
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed.add(name)
            waiting += [n for n in definitions[name].expression.names if n in definitions and n not in inputs]
    return {name: definition for name, definition in definitions.items() if name in needed}


def inputs_of(definitions: Mapping[str, Definition]) -> list[str]:
    """Names that definitions use and do not make."""
    used = (name for definition in definitions.values() for name in definition.expression.names)
    return [name for name in dict.fromkeys(used) if name not in definitions]
