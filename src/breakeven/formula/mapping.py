"""Expressions over a file's columns as DuckDB SQL.

Columns are texts. Where a number or a time is needed a text is read as one; what cannot be read is NULL, never an
error, and `mapping_fault_sql` gives the text that could not be read, so that the row can be refused with it. Times
are instants; a text without an offset is meant in the time zone of the connection that runs the SQL.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import assert_never

from breakeven.errors import FormulaInvalid, choices
from breakeven.formula.kinds import common, kind_of, results
from breakeven.formula.language import Expression
from breakeven.formula.profiles import MAPPING, Kind
from breakeven.formula.sql import NUMBER, Writer, quote, text_literal
from breakeven.formula.tree import (
    Between,
    Call,
    Case,
    Cast,
    Like,
    Logic,
    Membership,
    Name,
    Node,
    Null,
    Number,
    Text,
    Truth,
    children,
    walk,
)

_CLOCK = r"[+-]?[0-9]+:[0-5]?[0-9](:[0-5]?[0-9]([.][0-9]+)?)?"
_SIMPLE = (
    "lower",
    "upper",
    "trim",
    "replace",
    "split_part",
    "concat",
    "contains",
    "starts_with",
    "length",
    "substr",
    "regexp_extract",
    "regexp_replace",
)


def to_mapping_sql(expression: Expression, columns: Collection[str], *, decimal_comma: bool = False) -> str:
    """SQL of a mapping over a relation with these columns.

    Names are found as written, else without regard to case. A bare column is given as it is. `decimal_comma`: texts are
    read as numbers with a comma before the decimals (1.234,56). Raises FormulaInvalid for a column that is not there.
    """
    writer = _MappingWriter(_columns(expression, columns), decimal_comma)
    if isinstance(expression.root, Name):
        return quote(writer.columns[expression.root.name])
    return writer.write(expression.root)


def mapping_fault_sql(expression: Expression, columns: Collection[str], *, decimal_comma: bool = False) -> str | None:
    """SQL that gives the first text which should have been a number or a time and is none, else NULL.

    None: the mapping reads no text as anything else. A branch of CASE that does not apply is not looked at; an empty
    text is an unknown value, not a fault.
    """
    faults = list(_Faults(_MappingWriter(_columns(expression, columns), decimal_comma)).of(expression.root))
    return f"coalesce({', '.join(faults)})" if faults else None


def _columns(expression: Expression, columns: Collection[str]) -> dict[str, str]:
    """Names in the expression → columns of the file."""
    folded: dict[str, list[str]] = {}
    for column in columns:
        folded.setdefault(column.casefold(), []).append(column)
    found, problems = {}, []
    for node in walk(expression.root):
        if not isinstance(node, Name) or node.name in found:
            continue
        matches = [node.name] if node.name in columns else folded.get(node.name.casefold(), [])
        if len(matches) == 1:
            found[node.name] = matches[0]
        elif matches:
            problems.append(expression.source.problem(f"{node.name} fits several columns", node.at, ", ".join(matches)))
        else:
            hint = choices(node.name, sorted(columns))
            problems.append(expression.source.problem(f"there is no column {node.name}", node.at, hint))
    if problems:
        raise FormulaInvalid(problems)
    return found


class _MappingWriter(Writer):
    def __init__(self, columns: dict[str, str], decimal_comma: bool) -> None:
        self.columns, self.decimal_comma = columns, decimal_comma

    def name(self, node: Name) -> str:
        return f"CAST({quote(self.columns[node.name])} AS VARCHAR)"

    def number(self, node: Node) -> str:
        """A number as DECIMAL(38, 12), read from a text where it is one."""
        kind = kind_of(node, MAPPING)
        if kind == Kind.TEXT:
            return self.read_number(self.write(node))
        written = self.write(node)
        native = isinstance(node, Cast) or (isinstance(node, Call) and node.function in ("length", "date_diff"))
        return f"TRY_CAST({written} AS {NUMBER})" if native or kind == Kind.NULL else written

    def read_number(self, written: str) -> str:
        plain = f"replace(replace({written}, '.', ''), ',', '.')" if self.decimal_comma else written
        return f"TRY_CAST(trim({plain}) AS {NUMBER})"

    def time(self, node: Node) -> str:
        """A time, read from a text (ISO 8601) where it is one."""
        written = self.write(node)
        return self.read_time(written) if kind_of(node, MAPPING) == Kind.TEXT else written

    def read_time(self, written: str) -> str:
        """An instant; TIMESTAMP would drop an offset in the text."""
        return f"TRY_CAST(trim({written}) AS TIMESTAMPTZ)"

    def text(self, node: Node) -> str:
        """A text; a number without trailing zeros, a time as DuckDB writes it."""
        match kind_of(node, MAPPING):
            case Kind.TEXT:
                return self.write(node)
            case Kind.NUMBER:
                return f"rtrim(rtrim(CAST({self.number(node)} AS VARCHAR), '0'), '.')"
            case _:
                return f"CAST({self.write(node)} AS VARCHAR)"

    def alike(self, nodes: Sequence[Node]) -> list[str]:
        match common([kind_of(node, MAPPING) for node in nodes]):
            case Kind.NUMBER:
                return [self.number(node) for node in nodes]
            case Kind.TIME:
                return [self.time(node) for node in nodes]
            case _:
                return [self.write(node) for node in nodes]

    def other(self, node: Text | Truth | Null | Cast | Membership | Like | Between) -> str:
        match node:
            case Text():
                return text_literal(node.value)
            case Truth():
                return "TRUE" if node.value else "FALSE"
            case Null():
                return "NULL"
            case Cast():
                return self.cast(node)
            case Membership():
                operand, *items = self.alike((node.operand, *node.items))
                return f"({operand} IN ({', '.join(items)}))"
            case Like():
                return f"({self.text(node.operand)} LIKE {self.text(node.pattern)})"
            case Between():
                operand, low, high = self.alike((node.operand, node.low, node.high))
                return f"({operand} BETWEEN {low} AND {high})"
            case _:
                assert_never(node)

    def cast(self, node: Cast) -> str:
        """TRY_CAST in every case; a text is read as a number the way it is elsewhere."""
        name, kind = MAPPING.types[node.type]
        if kind == Kind.NUMBER and kind_of(node.operand, MAPPING) == Kind.TEXT:
            number = self.read_number(self.write(node.operand))
            return number if name == NUMBER else f"TRY_CAST({number} AS {name})"
        if name == "TIMESTAMPTZ" and kind_of(node.operand, MAPPING) == Kind.TEXT:
            return self.read_time(self.write(node.operand))
        return f"TRY_CAST({self.write(node.operand)} AS {name})"

    def call(self, node: Call) -> str:
        first, *rest = node.arguments
        match node.function:
            case "||":
                return f"({self.text(first)} || {self.text(rest[0])})"
            case "hours":
                return self.hours(first)
            case "epoch_ms":
                return f"TRY(make_timestamptz(TRY_CAST({self.number(first)} * 1000 AS BIGINT)))"
            case "to_timestamp":
                return f"TRY(to_timestamp(CAST({self.number(first)} AS DOUBLE)))"
            case "strptime" | "try_strptime":
                return f"try_strptime({self.text(first)}, {self.write(rest[0])})"
            case "json_extract_string":
                return f"TRY(json_extract_string({self.text(first)}, {self.write(rest[0])}))"
            case "date_trunc":
                return f"date_trunc({self.write(first)}, {self.time(rest[0])})"
            case "date_diff":
                return f"TRY(date_diff({self.write(first)}, {self.time(rest[0])}, {self.time(rest[1])}))"
            case function if function in _SIMPLE:
                kinds = MAPPING.functions[function].arguments
                arguments = [self.argument(a, kinds[min(i, len(kinds) - 1)]) for i, a in enumerate(node.arguments)]
                return f"TRY({function}({', '.join(arguments)}))"
            case _:
                return super().call(node)

    def argument(self, node: Node, kind: Kind) -> str:
        return f"TRY_CAST({self.number(node)} AS INTEGER)" if kind == Kind.NUMBER else self.text(node)

    def hours(self, node: Node) -> str:
        """Hours of a clock text (H:MM or H:MM:SS) or of a number."""
        text = f"trim({self.text(node)})"
        part = f"CAST(nullif(ltrim(split_part({text}, ':', {{}}), '+-'), '') AS {NUMBER})"
        seconds = f"{part.format(1)} * 3600 + {part.format(2)} * 60 + coalesce({part.format(3)}, 0)"
        sign = f"CASE WHEN starts_with({text}, '-') THEN -1 ELSE 1 END"
        clock = f"TRY_CAST(CAST({sign} * ({seconds}) AS DOUBLE) / 3600 AS {NUMBER})"
        return f"CASE WHEN regexp_full_match({text}, '{_CLOCK}') THEN TRY({clock}) ELSE {self.read_number(text)} END"


class _Faults:
    """SQL of texts that should be numbers or times and are none."""

    def __init__(self, writer: _MappingWriter) -> None:
        self.writer = writer

    def of(self, node: Node) -> Iterator[str]:
        if isinstance(node, Case):
            yield from self.case(node)
            return
        for child in children(node):
            yield from self.of(child)
        for part, read in self.reads(node):
            text = self.writer.write(part)
            yield f"CASE WHEN trim({text}) <> '' AND {read} IS NULL THEN {text} END"

    def reads(self, node: Node) -> Iterator[tuple[Node, str]]:
        """The texts that a node reads as something else, with the SQL of the reading."""
        if isinstance(node, Cast) or (isinstance(node, Call) and node.function in ("hours", "strptime")):
            part = node.operand if isinstance(node, Cast) else node.arguments[0]
            if kind_of(part, MAPPING) == Kind.TEXT and kind_of(node, MAPPING) != Kind.TEXT:
                yield part, self.writer.write(node)
            return
        for part, wanted in self.wanted(node):
            if kind_of(part, MAPPING) == Kind.TEXT and wanted in (Kind.NUMBER, Kind.TIME):
                yield part, self.writer.number(part) if wanted == Kind.NUMBER else self.writer.time(part)

    def wanted(self, node: Node) -> Iterator[tuple[Node, Kind]]:
        parts = children(node)
        if isinstance(node, Call) and MAPPING.functions[node.function].arguments[0] != Kind.ANY:
            kinds = MAPPING.functions[node.function].arguments
            yield from ((part, kinds[min(i, len(kinds) - 1)]) for i, part in enumerate(parts))
        elif not isinstance(node, Logic | Like | Number):
            kind = kind_of(node, MAPPING)
            inside = common([kind_of(part, MAPPING) for part in parts]) if kind != Kind.NUMBER else Kind.NUMBER
            yield from ((part, inside or kind) for part in parts)

    def case(self, node: Case) -> Iterator[str]:
        for condition, _ in node.branches:
            yield from self.of(condition)
        values = results(node)
        kind = kind_of(node, MAPPING)
        faults = []
        for value in values:
            inside = list(self.of(value))
            if kind_of(value, MAPPING) == Kind.TEXT and kind in (Kind.NUMBER, Kind.TIME):
                text = self.writer.write(value)
                read = self.writer.number(value) if kind == Kind.NUMBER else self.writer.time(value)
                inside.append(f"CASE WHEN trim({text}) <> '' AND {read} IS NULL THEN {text} END")
            faults.append(f"coalesce({', '.join(inside)})" if inside else "NULL")
        if set(faults) != {"NULL"}:
            whens = " ".join(
                f"WHEN {self.writer.write(condition)} THEN {fault}"
                for (condition, _), fault in zip(node.branches, faults, strict=False)
            )
            yield f"CASE {whens}{f' ELSE {faults[-1]}' if node.otherwise is not None else ''} END"
