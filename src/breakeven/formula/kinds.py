"""Which kind of value each part of a formula gives, and the faults where kinds do not fit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from breakeven.errors import Problem
from breakeven.formula.faults import Source
from breakeven.formula.profiles import Kind, Profile
from breakeven.formula.tree import (
    Arithmetic,
    Between,
    Call,
    Case,
    Cast,
    Comparison,
    IsNull,
    Like,
    Logic,
    Membership,
    Name,
    Negative,
    Node,
    Not,
    Null,
    Number,
    Text,
    Truth,
    children,
)


def common(kinds: Sequence[Kind]) -> Kind | None:
    """The kind that values of these kinds are brought to: a text is read as a number or time beside one. None: none."""
    found = set(kinds) - {Kind.NULL}
    if not found:
        return Kind.NULL
    if len(found) == 1:
        return found.pop()
    rest = found - {Kind.TEXT}
    return rest.pop() if len(rest) == 1 and rest <= {Kind.NUMBER, Kind.TIME} else None


def kind_of(node: Node, profile: Profile) -> Kind:
    """The kind of a checked node."""
    match node:
        case Number() | Negative() | Arithmetic():
            return Kind.NUMBER
        case Text():
            return Kind.TEXT
        case Truth() | Comparison() | Logic() | Not() | IsNull() | Membership() | Like() | Between():
            return Kind.BOOLEAN
        case Null():
            return Kind.NULL
        case Name():
            return Kind.TEXT if profile.texts else Kind.NUMBER
        case Cast():
            return profile.types[node.type][1]
        case Case():
            return common([kind_of(value, profile) for value in results(node)]) or Kind.NULL
        case Call():
            function = profile.functions[node.function]
            if function.result != Kind.ANY:
                return function.result
            return common([kind_of(argument, profile) for argument in node.arguments]) or Kind.NULL


def results(node: Case) -> tuple[Node, ...]:
    """The values a CASE may give."""
    last = () if node.otherwise is None else (node.otherwise,)
    return (*(value for _, value in node.branches), *last)


def check_kinds(root: Node, profile: Profile, source: Source) -> list[Problem]:
    """All places where a number stands for a condition, a text for a number that it cannot be, and so on."""
    return list(_Checker(profile, source).tree(root))


class _Checker:
    def __init__(self, profile: Profile, source: Source) -> None:
        self.profile, self.source = profile, source

    def tree(self, root: Node) -> Iterator[Problem]:
        kind = kind_of(root, self.profile)
        if self.profile.result not in (Kind.ANY, kind):
            yield self.source.problem(
                f"a {self.profile.name} gives a {self.profile.result}, this gives a {kind}",
                root.at,
                "choose between numbers with CASE WHEN … THEN … ELSE … END",
            )
        yield from self.below(root)

    def below(self, node: Node) -> Iterator[Problem]:
        yield from self.node(node)
        for child in children(node):
            yield from self.below(child)

    def node(self, node: Node) -> Iterator[Problem]:
        match node:
            case Negative():
                yield from self.wanted(node.operand, Kind.NUMBER, "the sign -")
            case Arithmetic():
                yield from self.wanted(node.left, Kind.NUMBER, node.operator)
                yield from self.wanted(node.right, Kind.NUMBER, node.operator)
            case Logic():
                yield from self.wanted(node.left, Kind.BOOLEAN, node.operator)
                yield from self.wanted(node.right, Kind.BOOLEAN, node.operator)
            case Not():
                yield from self.wanted(node.operand, Kind.BOOLEAN, "NOT")
            case Comparison():
                yield from self.alike(node, (node.left, node.right), node.operator)
                if node.operator not in ("=", "<>"):
                    yield from self.ordered(node, (node.left, node.right))
            case Between():
                yield from self.alike(node, (node.operand, node.low, node.high), "BETWEEN")
                yield from self.ordered(node, (node.operand, node.low, node.high))
            case Membership():
                yield from self.alike(node, (node.operand, *node.items), "IN")
            case Like():
                yield from self.wanted(node.operand, Kind.TEXT, "LIKE")
                yield from self.wanted(node.pattern, Kind.TEXT, "LIKE")
            case Case():
                for condition, _ in node.branches:
                    yield from self.wanted(condition, Kind.BOOLEAN, "WHEN")
                yield from self.alike(node, results(node), "CASE")
            case Call():
                yield from self.call(node)

    def call(self, node: Call) -> Iterator[Problem]:
        function = self.profile.functions[node.function]
        same = []
        for i, argument in enumerate(node.arguments):
            kind = function.arguments[min(i, len(function.arguments) - 1)]
            if kind == Kind.ANY:
                same.append(argument)
            else:
                yield from self.wanted(argument, kind, node.function)
        if same:
            yield from self.alike(node, same, node.function)
        if node.function in ("greatest", "least"):
            yield from self.ordered(node, node.arguments)

    def wanted(self, node: Node, wanted: Kind, user: str) -> Iterator[Problem]:
        """A text stands for a number or time too: it is read as one, and unknown where it is none."""
        kind = kind_of(node, self.profile)
        literal = isinstance(node, Text) and wanted == Kind.NUMBER
        read = kind == Kind.TEXT and wanted in (Kind.NUMBER, Kind.TIME) and not literal
        written = kind in (Kind.NUMBER, Kind.TIME) and wanted == Kind.TEXT
        if kind not in (wanted, Kind.NULL) and not read and not written:
            yield self.source.problem(f"{user} needs a {wanted}, this is a {kind}", node.at)

    def alike(self, node: Node, parts: Sequence[Node], user: str) -> Iterator[Problem]:
        kinds = [kind_of(part, self.profile) for part in parts]
        kind = common(kinds)
        if kind is None:
            found = " and ".join(sorted(set(kinds) - {Kind.NULL}))
            yield self.source.problem(f"{user} cannot be used with {found}", node.at)
        elif kind == Kind.BOOLEAN and not self.profile.texts:
            yield self.source.problem(
                f"{user} needs numbers, this is a condition", node.at, "join conditions with AND, OR, NOT"
            )

    def ordered(self, node: Node, parts: Sequence[Node]) -> Iterator[Problem]:
        if common([kind_of(part, self.profile) for part in parts]) == Kind.TEXT:
            yield self.source.problem(
                "two texts have no order here",
                node.at,
                "read them as numbers or times: CAST(x AS decimal), CAST(x AS timestamp)",
            )
