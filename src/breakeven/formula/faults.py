"""Faults in a formula, with the place in its text."""

from __future__ import annotations

import msgspec

from breakeven.errors import FormulaInvalid, Problem
from breakeven.formula.tree import Span

CONTEXT = 40
"""Characters of the formula that are shown on each side of a fault."""


class Source(msgspec.Struct, frozen=True):
    """A formula's text and where it was written."""

    text: str
    file: str | None = None
    line: int | None = None
    """1-based line of the formula's first character in `file`."""

    def problem(self, message: str, at: Span | None = None, hint: str | None = None) -> Problem:
        """A fault at a span of the text; None: the formula as a whole."""
        start, end = at if at is not None else (0, len(self.text))
        line = self.text.count("\n", 0, start)
        column = start - (self.text.rfind("\n", 0, start) + 1)
        return Problem(
            message=message,
            file=self.file,
            line=(self.line or 1) + line,
            column=column + 1,
            fragment=self.fragment(start, end),
            hint=hint,
        )

    def fault(self, message: str, at: Span | None = None, hint: str | None = None) -> FormulaInvalid:
        """The same as an error to raise."""
        return FormulaInvalid([self.problem(message, at, hint)])

    def fragment(self, start: int, end: int) -> str:
        """The text around a span on one line, the span in [[ ]], shortened on both sides and in the middle."""
        before, marked, after = self.text[:start], self.text[start:end], self.text[end:]
        if len(before) > CONTEXT:
            before = "…" + before[-CONTEXT:]
        if len(after) > CONTEXT:
            after = after[:CONTEXT] + "…"
        if len(marked) > 2 * CONTEXT:
            marked = f"{marked[:CONTEXT]}…{marked[-CONTEXT:]}"
        return "".join(c if c.isprintable() else " " if c in "\t\r\n" else "�" for c in f"{before}[[{marked}]]{after}")
