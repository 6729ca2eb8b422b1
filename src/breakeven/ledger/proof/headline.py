"""What counts towards the value that a statement is headed by: the workspace's rule over grades and realisations."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import pyarrow as pa

from breakeven.formula import Evaluator
from breakeven.ledger.books.book import Book
from breakeven.ledger.measuring.measures import DECIMAL, Reading
from breakeven.ledger.proof.grading import graded
from breakeven.ledger.proof.realisation import realised
from breakeven.workspace.definitions import Grade, Headline, Realisation, Workspace


def counting(workspace: Workspace, grade: Grade, realisation: Realisation) -> bool:
    """Whether an amount of this grade and realisation counts."""
    rule = workspace.headline
    return grade in rule.grades and realisation in rule.realisations


def counted(
    reading: Reading, evaluator: Evaluator, book: Book
) -> Mapping[str, tuple[pa.Array, Mapping[int, str]]]:  # fmt: skip
    """Value category → its column with what counts only, and for the rows that lost something why.

    `book.claimed` holds the categories before. An amount that does not count leaves 0: it is known, and it is not
    counted. Empty where the workspace counts everything.
    """
    workspace = reading.workspace
    if workspace.headline.everything:
        return {}
    found: dict[str, tuple[pa.Array, Mapping[int, str]]] = {}
    for name, made in graded(reading, evaluator, book).items():
        claimed = book.claimed[name]
        kept, notes = claimed.to_pylist(), dict[int, str]()
        parts = realised(reading, evaluator, book, name)
        for row in made.rows:
            amounts = parts.of(row, kept[row])
            grade = made.grade(row)
            left = [realisation for realisation in amounts if not counting(workspace, grade, realisation)]
            lost = sum((amounts[realisation] for realisation in left), Decimal(0))
            if lost:
                kept[row] -= lost
                notes[row] = f"{lost:.2f} not counted: {_why(workspace, grade, left)}"
        if notes:
            found[name] = pa.array(kept, DECIMAL), notes
    return found


def _why(workspace: Workspace, grade: Grade, left: list[Realisation]) -> str:
    if grade not in workspace.headline.grades:
        return f"evidence {grade}"
    return " and ".join(left)


def rule_words(rule: Headline) -> str:
    """The rule in words."""
    if rule.everything:
        return "everything counts"
    return f"counted: evidence {', '.join(rule.grades)}; {', '.join(rule.realisations)}"
