"""The two profiles of the language: which words, functions and literals each allows. Nothing else is accepted."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import msgspec


class Kind(StrEnum):
    """What sort of value an expression gives."""

    NUMBER = "number"
    BOOLEAN = "condition"
    TEXT = "text"
    TIME = "time"
    NULL = "NULL"
    ANY = "value"
    """Of an argument: every kind, the same in all arguments of this kind."""


class Function(msgspec.Struct, frozen=True):
    """A function of the language."""

    arguments: tuple[Kind, ...]
    """Kinds of its arguments; the last one repeats where there may be more."""
    result: Kind
    """ANY: the kind its ANY arguments have in common."""
    least: int
    """Fewest arguments."""
    most: int
    """Most arguments."""
    literals: frozenset[int] = frozenset()
    """Arguments (0-based) that must be literals, since they decide what the function does."""
    copies: int = 1
    """How often the compiled SQL repeats an argument; bounds the size of what is compiled."""


class Profile(msgspec.Struct, frozen=True, eq=False):
    """One dialect of the language; there are two, equal only to themselves."""

    name: str
    functions: Mapping[str, Function]
    keywords: frozenset[str]
    operators: frozenset[str]
    types: Mapping[str, tuple[str, Kind]]
    """Names of types in CAST → DuckDB's name and the kind."""
    texts: bool
    """Whether text literals and quoted names are allowed."""
    any_case: bool
    """Whether unquoted names may have capitals."""
    result: Kind
    """Kind that a whole expression must have; ANY: no condition."""


N, B, T, D, A = Kind.NUMBER, Kind.BOOLEAN, Kind.TEXT, Kind.TIME, Kind.ANY
MANY = 32
"""Most arguments of a function that takes any number."""

_NUMERIC: dict[str, Function] = {
    "greatest": Function((A,), A, 2, MANY, copies=2),
    "least": Function((A,), A, 2, MANY, copies=2),
    "abs": Function((N,), N, 1, 1),
    "round": Function((N, N), N, 1, 2, frozenset({1})),
    "floor": Function((N,), N, 1, 1),
    "ceil": Function((N,), N, 1, 1),
    "coalesce": Function((A,), A, 2, MANY),
    "sum_known": Function((N,), N, 2, MANY, copies=2),
    "nullif": Function((A, A), A, 2, 2, copies=2),
    "if": Function((B, A, A), A, 3, 3),
}
_TEXTUAL: dict[str, Function] = {
    "||": Function((T, T), T, 2, 2),
    "concat": Function((T,), T, 1, MANY),
    "contains": Function((T, T), B, 2, 2),
    "date_diff": Function((T, D, D), N, 3, 3, frozenset({0})),
    "date_trunc": Function((T, D), D, 2, 2, frozenset({0})),
    "epoch_ms": Function((N,), D, 1, 1),
    "hours": Function((T,), N, 1, 1, copies=6),
    "json_extract_string": Function((T, T), T, 2, 2, frozenset({1})),
    "length": Function((T,), N, 1, 1),
    "lower": Function((T,), T, 1, 1),
    "regexp_extract": Function((T, T, N), T, 2, 3, frozenset({1, 2})),
    "regexp_replace": Function((T, T, T, T), T, 3, 4, frozenset({1, 2, 3})),
    "replace": Function((T, T, T), T, 3, 3),
    "split_part": Function((T, T, N), T, 3, 3),
    "starts_with": Function((T, T), B, 2, 2),
    "strptime": Function((T, T), D, 2, 2, frozenset({1})),
    "substr": Function((T, N, N), T, 2, 3),
    "to_timestamp": Function((N,), D, 1, 1),
    "trim": Function((T, T), T, 1, 2),
    "try_strptime": Function((T, T), D, 2, 2, frozenset({1})),
    "upper": Function((T,), T, 1, 1),
}
_ARITHMETIC = frozenset({"+", "-", "*", "/", "(", ")", ",", "=", "<>", "!=", "<", "<=", ">", ">="})
_WORDS = frozenset({"AND", "OR", "NOT", "CASE", "WHEN", "THEN", "ELSE", "END", "IS", "NULL"})

FORMULA = Profile("formula", _NUMERIC, _WORDS, _ARITHMETIC, {}, texts=False, any_case=False, result=N)
"""Formulas of the methodology: numbers over names."""

MAPPING = Profile(
    "mapping",
    _NUMERIC | _TEXTUAL,
    _WORDS | {"IN", "LIKE", "BETWEEN", "AS", "TRUE", "FALSE"},
    _ARITHMETIC | {"||"},
    {
        "text": ("VARCHAR", T),
        "varchar": ("VARCHAR", T),
        "integer": ("INTEGER", N),
        "bigint": ("BIGINT", N),
        "decimal": ("DECIMAL(38, 12)", N),
        "double": ("DOUBLE", N),
        "boolean": ("BOOLEAN", B),
        "timestamp": ("TIMESTAMPTZ", D),
        "timestamptz": ("TIMESTAMPTZ", D),
        "date": ("DATE", D),
    },
    texts=True,
    any_case=True,
    result=A,
)
"""Expressions over a file's columns: the above plus texts, quoted names, CAST and functions for texts and times."""
