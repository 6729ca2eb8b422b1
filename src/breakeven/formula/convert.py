"""SQLGlot's tree to ours. A node that is not named here is refused, whatever the parser made of the text."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Literal

from sqlglot import exp

from breakeven.errors import FormulaInvalid
from breakeven.formula.faults import Source
from breakeven.formula.literals import literal_fault
from breakeven.formula.profiles import Profile
from breakeven.formula.scan import PREFIX
from breakeven.formula.spans import Spans
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
    Span,
    Text,
    Truth,
)

DECIMALS = 12
"""Decimals that a number keeps."""
LIMIT = Decimal(10) ** 26
"""Numbers stay below this: DECIMAL(38, 12) has 26 digits before the point."""

Sign = Literal["+", "-", "*", "/"]
Relation = Literal["=", "<>", "<", "<=", ">", ">="]

_ARITHMETIC: dict[type[exp.Expr], Sign] = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/"}
_COMPARISON: dict[type[exp.Expr], Relation] = {
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
}
_NAMES: dict[type[exp.Expr], str] = {exp.Star: "*", exp.Is: "IS other than IS NULL", exp.Tuple: "a list in brackets"}
_LOGIC: dict[type[exp.Expr], Literal["AND", "OR"]] = {exp.And: "AND", exp.Or: "OR"}


class Converter:
    """Turns the parser's tree of one formula into ours; raises FormulaInvalid at what is not in the language."""

    def __init__(self, source: Source, profile: Profile, spans: Spans) -> None:
        self.source, self.profile, self.spans = source, profile, spans

    def convert(self, node: exp.Expr) -> Node:
        """Our node for one of the parser's."""
        kind = type(node)
        match node:
            case exp.Paren():
                return self.convert(node.this)
            case exp.Literal():
                at = place(node)
                return Text(at, str(node.this)) if node.is_string else self.number(node, at)
            case exp.Boolean():
                return Truth(place(node), bool(node.this))
            case exp.Null():
                return Null(place(node))
            case exp.Column() if isinstance(node.this, exp.Identifier) and not node.table:
                return Name(place(node.this), str(node.this.this).removeprefix(PREFIX))
            case exp.Neg() | exp.Not():
                operand = self.convert(node.this)
                make, word = (Negative, "-") if isinstance(node, exp.Neg) else (Not, "NOT")
                return make(self.spans.whole([operand.at], before=word), operand)
            case exp.Is() if isinstance(node.expression, exp.Null):
                operand = self.convert(node.this)
                return IsNull(self.spans.whole([operand.at], after="NULL"), operand)
            case exp.Case():
                return self.case(node)
            case exp.Anonymous():
                return self.call(node)
            case exp.In() | exp.Like() | exp.Between():
                return self.test(node)
            case exp.Binary() if not isinstance(node, exp.Is):
                return self.pair(kind, self.convert(node.left), self.convert(node.right))
        raise self.refused(node)

    def pair(self, kind: type[exp.Expr], left: Node, right: Node) -> Node:
        """Two operands joined by an operator."""
        at = self.spans.whole([left.at, right.at])
        if kind in _ARITHMETIC:
            return Arithmetic(at, _ARITHMETIC[kind], left, right)
        if kind in _COMPARISON:
            return Comparison(at, _COMPARISON[kind], left, right)
        if kind in _LOGIC:
            return Logic(at, _LOGIC[kind], left, right)
        if kind is exp.DPipe:
            return Call(at, "||", (left, right))
        raise self.source.fault(f"{kind.__name__.lower()} is not part of the formula language", at)

    def refused(self, node: exp.Expr) -> FormulaInvalid:
        """The error for a node outside the language."""
        at = self.spans.whole([place(part) for part in node.walk()])
        return self.source.fault(f"{_NAMES.get(type(node), 'this')} is not part of the formula language", at)

    def number(self, node: exp.Literal, at: Span) -> Number:
        """A literal number; refuses those that the product's numbers cannot hold exactly."""
        try:
            value = Decimal(str(node.this))
        except InvalidOperation as error:
            raise self.source.fault("this number is too large", at, f"numbers are below {LIMIT:.0e}") from error
        if value >= LIMIT:
            raise self.source.fault("this number is too large", at, f"numbers are below {LIMIT:.0e}")
        exponent = value.normalize().as_tuple().exponent
        if not isinstance(exponent, int) or exponent < -DECIMALS or len(value.as_tuple().digits) > 60:
            raise self.source.fault(f"this number has more than {DECIMALS} decimals", at)
        return Number(at, value)

    def case(self, node: exp.Case) -> Case:
        """CASE WHEN; the form with an operand after CASE is refused, it says the same less clearly."""
        if node.this is not None:
            raise self.source.fault(
                "CASE is followed by WHEN", self.convert(node.this).at, "write CASE WHEN x = 1 THEN … END"
            )
        branches = tuple((self.convert(branch.this), self.convert(branch.args["true"])) for branch in node.args["ifs"])
        default = node.args.get("default")
        otherwise = None if default is None else self.convert(default)
        parts = [part.at for branch in branches for part in branch]
        at = self.spans.whole(parts if otherwise is None else [*parts, otherwise.at], before="CASE")
        return Case(at, branches, otherwise)

    def call(self, node: exp.Anonymous) -> Node:
        """A call of one of the profile's functions, its number of arguments checked."""
        name = str(node.this).removeprefix(PREFIX).lower()
        arguments = tuple(self.convert(argument) for argument in node.expressions)
        at = self.spans.whole([place(node), *(argument.at for argument in arguments)], after="" if arguments else ")")
        if name == "cast" and self.profile.types:
            return self.cast(at, arguments)
        function = self.profile.functions.get(name)
        if function is None:
            raise self.source.fault(f"there is no function {name}", at)
        if not function.least <= len(arguments) <= function.most:
            wanted = str(function.least) if function.least == function.most else f"{function.least} to {function.most}"
            plural = "" if wanted == "1" else "s"
            raise self.source.fault(f"{name} takes {wanted} argument{plural}, not {len(arguments)}", at)
        for i in sorted(function.literals & set(range(len(arguments)))):
            fault = literal_fault(name, i, arguments[i])
            if fault is not None:
                raise self.source.fault(f"argument {i + 1} of {name} {fault}", arguments[i].at)
        if name == "if":
            return Case(at, ((arguments[0], arguments[1]),), arguments[2])
        return Call(at, name, arguments)

    def cast(self, at: Span, arguments: tuple[Node, ...]) -> Cast:
        """CAST, which reaches the parser as a call with the type as a text."""
        if len(arguments) != 2 or not isinstance(arguments[1], Text) or self.source.text[arguments[1].at[0]] == "'":
            raise self.source.fault("write CAST(x AS type)", at)
        if arguments[1].value not in self.profile.types:
            raise self.source.fault(
                f"there is no type {arguments[1].value}", arguments[1].at, f"valid: {', '.join(self.profile.types)}"
            )
        return Cast(at, arguments[0], arguments[1].value)

    def test(self, node: exp.Expr) -> Node:
        """IN (…), LIKE and BETWEEN."""
        operand = self.convert(node.this)
        if isinstance(node, exp.In):
            items = tuple(self.convert(item) for item in node.expressions)
            if not items or set(_given(node)) - {"this", "expressions", "negate"}:
                raise self.source.fault("IN is followed by a list of values in brackets", operand.at)
            at = self.spans.whole([operand.at, *(item.at for item in items)])
            result: Node = Membership(at, operand, items)
        elif isinstance(node, exp.Like):
            pattern = self.convert(node.expression)
            result = Like(self.spans.whole([operand.at, pattern.at]), operand, pattern)
        else:
            low, high = self.convert(node.args["low"]), self.convert(node.args["high"])
            result = Between(self.spans.whole([operand.at, low.at, high.at]), operand, low, high)
        return Not(result.at, result) if node.args.get("negate") else result


def place(node: exp.Expr) -> Span:
    """Where the parser saw a word or literal; (0, 0) where it kept no place."""
    meta = node.meta
    return (meta["start"], meta["end"] + 1) if "start" in meta else (0, 0)


def _given(node: exp.Expr) -> list[str]:
    return [key for key, value in node.args.items() if value]
