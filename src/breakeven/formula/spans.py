"""Places in a formula's text: from what the parser keeps (words and literals) to whole, balanced pieces."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from breakeven.formula.scan import Lexeme
from breakeven.formula.tree import Span

_OPEN, _CLOSE = ("(", "CASE"), (")", "END")


class Spans:
    """The tokens of one formula with how deep in brackets each stands."""

    def __init__(self, lexemes: Sequence[Lexeme]) -> None:
        self._lexemes = lexemes
        self._starts = [lexeme.at[0] for lexeme in lexemes]
        self._depth = [0]
        for lexeme in lexemes:
            syntax = lexeme.sort in ("operator", "keyword")
            step = 0 if not syntax else (lexeme.word in _OPEN) - (lexeme.word in _CLOSE)
            self._depth.append(self._depth[-1] + step)

    def whole(self, parts: Sequence[Span], before: str = "", after: str = "") -> Span:
        """The piece that covers all parts, with the word before or after it where that belongs to it, in balance."""
        known = [part for part in parts if part[0] < part[1]]
        if not known:
            return 0, 0
        first = bisect_right(self._starts, min(start for start, _ in known)) - 1
        last = bisect_left(self._starts, max(end for _, end in known)) - 1
        first, last = self._balanced(first, last)
        if before:
            first = self._back(first, before)
        if after:
            last = self._forward(last, after)
        first, last = self._balanced(first, last)
        return self._lexemes[first].at[0], self._lexemes[last].at[1]

    def _balanced(self, first: int, last: int) -> tuple[int, int]:
        """Extended until every bracket that opens in it closes in it, and the other way round."""
        low = min(self._depth[first : last + 2])
        while self._depth[last + 1] > low and last + 1 < len(self._lexemes):
            last += 1
        while self._depth[first] > low and first > 0:
            first -= 1
        return first, last

    def _back(self, first: int, word: str) -> int:
        """To the nearest such word before, if only opening brackets and WHEN lie between."""
        i = first - 1
        while i >= 0 and self._lexemes[i].word in ("(", "WHEN") and self._lexemes[i].word != word:
            i -= 1
        return i if i >= 0 and self._lexemes[i].word == word else first

    def _forward(self, last: int, word: str) -> int:
        i, between = last + 1, {"(", ")", "IS", "NOT"} - {word}
        while i < len(self._lexemes) and self._lexemes[i].word in between:
            i += 1
        return i if i < len(self._lexemes) and self._lexemes[i].word == word else last
