"""Text to tokens, and everything that can be refused by looking at tokens alone.

The parser behind this knows all of SQL. So that it never sees more than our language, each token is checked against the
profile here, each word that is not one of our keywords gets a prefix that makes it an unknown word to the parser, and
brackets are counted before a recursive parser meets them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

import msgspec
from sqlglot import tokenize
from sqlglot.errors import TokenError
from sqlglot.tokenizer_core import Token, TokenType

from breakeven.errors import choices
from breakeven.formula.faults import Source
from breakeven.formula.profiles import Profile
from breakeven.formula.tree import Span

MAX_LENGTH = 10_000
"""Characters of a formula."""
MAX_NESTING = 20
"""Brackets, CASE and signs inside each other; the parser needs some 25 Python frames for each."""
PREFIX = "w_"
"""Put before every word, so that no word means anything to the parser."""

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_LOWER = re.compile(r"[a-z_][a-z0-9_]*")
_NUMBER = re.compile(r"(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_MAX_WORD = 128
_STATEMENTS = frozenset(
    {
        *("select", "from", "with", "values", "insert", "update", "delete", "drop", "create", "alter", "attach"),
        *("copy", "pragma", "set", "call", "load", "install", "export", "import", "union", "exists", "lambda"),
        *("cast", "try_cast", "over", "filter", "distinct"),
    }
)
_PREFIX_OPERATORS = frozenset({"-", "+", "NOT"})


class Lexeme(msgspec.Struct, frozen=True):
    """A token with what it is to us."""

    token: Token
    sort: str
    """name, quoted, function, number, text, keyword or operator."""
    word: str
    """Keywords in capitals, functions in lower case, operators as written."""

    @property
    def at(self) -> Span:
        """Its place in the text."""
        return self.token.start, self.token.end + 1


def scan(source: Source, profile: Profile) -> list[Lexeme]:
    """The checked tokens of a formula. Raises FormulaInvalid at the first fault."""
    if len(source.text) > MAX_LENGTH:
        raise source.fault(
            f"the formula has {len(source.text)} characters, more than {MAX_LENGTH}",
            (0, 0),
            "split it into several definitions",
        )
    tokens = _tokens(source)
    if not tokens:
        raise source.fault("the formula is empty", (0, 0))
    _check_gaps(source, tokens)
    lexemes = [_lexeme(source, profile, tokens, i) for i in range(len(tokens))]
    _check_order(source, lexemes)
    if not profile.texts:
        _check_null(source, lexemes)
    _check_nesting(source, lexemes)
    return lexemes


def _tokens(source: Source) -> list[Token]:
    for i, character in enumerate(source.text):
        if not character.isprintable() and character not in "\t\r\n":
            raise source.fault(f"the character U+{ord(character):04X} cannot be used in a formula", (i, i + 1))
    try:
        return [token for token in tokenize(source.text, dialect="duckdb") if token.token_type != TokenType.BREAK]
    except TokenError as error:
        raise source.fault("a text or quoted name is not closed", None) from error


def _check_gaps(source: Source, tokens: Sequence[Token]) -> None:
    """Between tokens there is white space and nothing else: a comment would hide part of the formula."""
    at = 0
    for start, end in (*((token.start, token.end + 1) for token in tokens), (len(source.text), 0)):
        gap = source.text[at:start]
        if gap.strip(" \t\r\n"):
            raise source.fault("comments are not allowed in a formula", (at, start), "put the comment beside it")
        at = end


def _lexeme(source: Source, profile: Profile, tokens: Sequence[Token], i: int) -> Lexeme:
    token = tokens[i]
    at = (token.start, token.end + 1)
    raw = source.text[slice(*at)]
    if token.token_type == TokenType.STRING and raw.startswith("'"):
        if not profile.texts:
            raise source.fault("texts are not allowed in a formula", at, "names are written without quotes")
        return Lexeme(token, "text", token.text)
    if token.token_type == TokenType.IDENTIFIER and raw.startswith('"'):
        if not profile.texts:
            raise source.fault("quoted names are not allowed in a formula", at, "names are written without quotes")
        return Lexeme(token, "quoted", token.text)
    if token.token_type == TokenType.NUMBER:
        if not _NUMBER.fullmatch(raw):
            raise source.fault("this is not a number", at, "write 1000.5 or 1e3")
        return Lexeme(token, "number", raw)
    if raw in profile.operators:
        return Lexeme(token, "operator", raw)
    if _WORD.fullmatch(raw):
        opened = i + 1 < len(tokens) and tokens[i + 1].token_type == TokenType.L_PAREN
        return _word(source, profile, token, raw, opened)
    raise source.fault(_refusal(raw), at, f"operators: {' '.join(sorted(profile.operators - set('(),')))}")


def _refusal(raw: str) -> str:
    match raw:
        case ";":
            return "a formula is one expression, statements are not allowed"
        case "*" | "." | "::" | "[" | "]" | "{" | "}" | "->" | "?" | "$" | ":":
            return f"{raw} is not part of the formula language"
        case _ if not raw.isascii():
            return f"the character U+{ord(next(c for c in raw if not c.isascii())):04X} cannot be used in a name"
        case _:
            return f"{raw if len(raw) < 20 else 'this'} is not part of the formula language"


def _word(source: Source, profile: Profile, token: Token, raw: str, opened: bool) -> Lexeme:
    at = (token.start, token.end + 1)
    if raw.upper() in profile.keywords:
        return Lexeme(token, "keyword", raw.upper())
    lower = raw.lower()
    if opened:
        if lower in profile.functions or (profile.types and lower in ("cast", "try_cast")):
            return Lexeme(token, "function", lower)
        known = [name for name in profile.functions if name.isidentifier()]
        raise source.fault(f"there is no function {raw[:_MAX_WORD]}", at, choices(lower, sorted(known), len(known)))
    if lower in _STATEMENTS:
        raise source.fault(
            f"{raw} is not part of the formula language",
            at,
            "a formula is one expression: no subqueries, no statements",
        )
    if len(raw) > _MAX_WORD:
        raise source.fault(f"the name has {len(raw)} characters, more than {_MAX_WORD}", at)
    if not profile.any_case and not _LOWER.fullmatch(raw):
        raise source.fault(f"names are written in lower case: {lower}", at)
    return Lexeme(token, "name", raw)


_OPERANDS = frozenset({"name", "quoted", "number", "text"})


def _ends_value(lexeme: Lexeme) -> bool:
    return lexeme.sort in _OPERANDS or lexeme.word in (")", "END", "NULL", "TRUE", "FALSE")


def _starts_value(lexeme: Lexeme) -> bool:
    words = ("(", "CASE", "NULL", "TRUE", "FALSE")
    return lexeme.sort in _OPERANDS or lexeme.sort == "function" or lexeme.word in words


def _check_order(source: Source, lexemes: Sequence[Lexeme]) -> None:
    """Two values side by side: SQL would read the second one as an alias, a cast or a statement."""
    for before, after in pairwise(lexemes):
        literal = before.sort in ("number", "text") and after.word == "("
        if _ends_value(before) and _starts_value(after) and (after.word != "(" or before.word == ")" or literal):
            raise source.fault("two values without an operator between them", (before.at[0], after.at[1]))
        if (before.word == "," and after.word in (",", ")")) or (before.word == "(" and after.word == ","):
            raise source.fault("an argument is missing here", (before.at[0], after.at[1]))


def _check_null(source: Source, lexemes: Sequence[Lexeme]) -> None:
    """NULL as a value: a formula does not invent an unknown."""
    for i, lexeme in enumerate(lexemes):
        words = [before.word for before in lexemes[max(i - 2, 0) : i]]
        if lexeme.word == "NULL" and words[-1:] != ["IS"] and words != ["IS", "NOT"]:
            raise source.fault(
                "NULL can only be used in IS NULL and IS NOT NULL", lexeme.at, "leave out ELSE for an unknown result"
            )


def _check_nesting(source: Source, lexemes: Sequence[Lexeme]) -> None:
    opened: list[Lexeme] = []
    signs = 0
    for lexeme in lexemes:
        signs = signs + 1 if lexeme.word in _PREFIX_OPERATORS and lexeme.sort != "text" else 0
        if lexeme.word in ("(", "CASE") and lexeme.sort in ("operator", "keyword"):
            opened.append(lexeme)
        elif lexeme.word in (")", "END") and lexeme.sort in ("operator", "keyword"):
            pair = "(" if lexeme.word == ")" else "CASE"
            if not opened or opened[-1].word != pair:
                raise source.fault(f"{lexeme.word} without {pair}", lexeme.at)
            opened.pop()
        if len(opened) + signs > MAX_NESTING:
            raise source.fault(
                f"the formula is nested more than {MAX_NESTING} deep", lexeme.at, "split it into several definitions"
            )
    if opened:
        closing = ")" if opened[-1].word == "(" else "END"
        raise source.fault(f"{opened[-1].word} without {closing}", opened[-1].at)
