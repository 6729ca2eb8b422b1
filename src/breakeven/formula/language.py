"""Text to a checked expression: scan, parse with SQLGlot, convert, check sizes and kinds."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import msgspec
from sqlglot import Dialect, ErrorLevel, exp
from sqlglot.errors import ParseError
from sqlglot.tokenizer_core import Token, TokenType

from breakeven.errors import FormulaInvalid
from breakeven.formula.convert import Converter
from breakeven.formula.faults import Source
from breakeven.formula.kinds import check_kinds, kind_of
from breakeven.formula.profiles import FORMULA, Kind, Profile
from breakeven.formula.scan import MAX_LENGTH, PREFIX, Lexeme, scan
from breakeven.formula.spans import Spans
from breakeven.formula.tree import Call, Node, children, names

MAX_DEPTH = 100
"""Levels of the tree; a chain of 100 additions is 100 levels."""
MAX_PARTS = 3_000
"""Parts of the compiled expression, those counted twice that the SQL repeats."""
_KEPT = 256
"""Formulas that are not checked anew when the workspace is loaded again."""


class Expression(msgspec.Struct, frozen=True):
    """A checked formula."""

    source: Source
    """Text, file and line."""
    root: Node
    """The tree that all readings walk."""
    kind: Kind
    """What it gives: a number for formulas; number, condition, text or time for mappings."""
    names: tuple[str, ...]
    """Distinct free names, in order of appearance."""
    profile: Profile = FORMULA

    @property
    def text(self) -> str:
        """The formula as written."""
        return self.source.text


def parse(text: str, *, profile: Profile = FORMULA, file: str | None = None, line: int | None = None) -> Expression:
    """Check a formula's text. Raises FormulaInvalid with every fault found and its place in the text."""
    return _checked(Source(text, file, line), profile)


@lru_cache(_KEPT)
def _checked(source: Source, profile: Profile) -> Expression:
    lexemes = scan(source, profile)
    parsed = _parse(source, lexemes)
    _check_depth(source, parsed)
    root = Converter(source, profile, Spans(lexemes)).convert(parsed)
    problems = check_kinds(root, profile, source)
    if problems:
        raise FormulaInvalid(problems)
    if _parts(root, profile) > MAX_PARTS:
        raise source.fault(
            f"the formula has more than {MAX_PARTS} parts once compiled", None, "split it into several definitions"
        )
    return Expression(source, root, kind_of(root, profile), names(root), profile)


def _parse(source: Source, lexemes: Sequence[Lexeme]) -> exp.Expr:
    dialect = Dialect.get_or_raise("duckdb")
    parser = dialect.parser(error_level=ErrorLevel.IMMEDIATE, error_message_context=MAX_LENGTH)
    try:
        trees = parser.parse(_opaque(source, lexemes), source.text)
    except ParseError as error:
        first = error.errors[0] if error.errors else {}
        start = len(first.get("start_context") or "")
        at = (start, start + len(first.get("highlight") or ""))
        raise source.fault(
            "the formula cannot be read here", at, "a value or an operator is missing or misplaced"
        ) from error
    except RecursionError as error:
        raise source.fault("the formula is nested too deep", None, "split it into several definitions") from error
    if len(trees) != 1 or trees[0] is None:
        raise source.fault("a formula is one expression", None)
    return trees[0]


def _opaque(source: Source, lexemes: Sequence[Lexeme]) -> list[Token]:
    """The tokens for the parser: words prefixed, CAST(x AS type) written as the call cast(x, 'type')."""
    tokens = []
    for i, lexeme in enumerate(lexemes):
        old = lexeme.token
        sort, text = old.token_type, old.text
        if lexeme.sort == "function":
            sort, text = TokenType.VAR, PREFIX + lexeme.word.removeprefix("try_" if lexeme.word == "try_cast" else "")
        elif lexeme.word == "AS" and lexeme.sort == "keyword":
            _check_cast(source, lexemes, i)
            sort, text = TokenType.COMMA, ","
        elif i and lexemes[i - 1].word == "AS" and lexemes[i - 1].sort == "keyword":
            sort, text = TokenType.STRING, lexeme.word.lower()
        elif lexeme.sort in ("name", "quoted"):
            sort = TokenType.VAR if lexeme.sort == "name" else TokenType.IDENTIFIER
            text = PREFIX + lexeme.word
        tokens.append(Token(sort, text, old.line, old.col, old.start, old.end))
    return tokens


def _check_cast(source: Source, lexemes: Sequence[Lexeme], i: int) -> None:
    """AS stands only in CAST(x AS type)."""
    depth, start = 0, i - 1
    while start >= 0 and depth >= 0:
        depth += {")": 1, "(": -1}.get(lexemes[start].word, 0) if lexemes[start].sort == "operator" else 0
        start -= 1
    inside = depth < 0 <= start and lexemes[start].word in ("cast", "try_cast") and lexemes[start].sort == "function"
    if not inside or i + 2 >= len(lexemes) or lexemes[i + 2].word != ")":
        raise source.fault("AS can only be used in CAST(x AS type)", lexemes[i].at)


def _check_depth(source: Source, root: exp.Expr) -> None:
    level, depth = [root], 0
    while level:
        level = [child for node in level for child in node.iter_expressions()]
        depth += 1
        if depth > MAX_DEPTH:
            raise source.fault(
                f"the formula is more than {MAX_DEPTH} operations deep",
                None,
                "use brackets to group a long chain, or split it into several definitions",
            )


def _parts(node: Node, profile: Profile) -> int:
    copies = profile.functions[node.function].copies if isinstance(node, Call) else 1
    return 1 + copies * sum(_parts(child, profile) for child in children(node))
