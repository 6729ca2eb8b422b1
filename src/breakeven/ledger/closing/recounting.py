"""Closed months under another headline rule: amounts, grades and realisations as sealed, counted by the rule asked for.

What a month claimed stays what was sealed; only which part of it counts is another question. A figure that is made of
value categories moves by what its formula of today says they move it by.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import cached_property

import pyarrow as pa

from breakeven.formula import Evaluator
from breakeven.ledger.books.book import Book
from breakeven.ledger.books.closure import closure, inputs_of
from breakeven.ledger.closing.closed import Amounts, ClosedMonth, Frozen, Sealed, overlaid, parts_of
from breakeven.ledger.closing.closed_totals import add_corrections
from breakeven.ledger.measuring.measures import DECIMAL
from breakeven.workspace.definitions import Headline, Workspace

VALUE = "total_monthly_value"
"""The total of the categories."""
_NOT_COUNTED = re.compile(r"-?[0-9.]+ not counted: .*")


class RecountedMonth(ClosedMonth):
    """A closed month as another rule counts it."""

    def __init__(self, closed: ClosedMonth, rule: Headline) -> None:
        self.seal, self.hash, self.text = closed.seal, closed.hash, closed.text
        self.sealed, self._rule = closed, rule
        said = [line for line in map(_without_count, closed.lines["note"]) if line[2]]
        self.lines = {**closed.lines, "note": (*said, *self._not_counted())}

    @cached_property
    def entries(self) -> tuple[Sealed, ...]:
        """The entries, with what of them counts now."""
        return tuple(
            {**entry, "counted": f"{self._counted(entry):f}"} if entry["side"] == "value" else entry
            for entry in self.sealed.entries
        )

    @cached_property
    def amounts(self) -> Amounts:
        """Inputs and figures, value categories as they are counted now."""
        found: dict[str, Mapping[str, Decimal | None]] = dict(self.sealed.amounts)
        counted, before = _by_category(self.entries, "counted"), _by_category(self.sealed.entries, "counted")
        for name, amounts in counted.items():
            found[name] = {**found.get(name, {}), **amounts}
        totals = dict(found.get(VALUE, {}))
        for project, total in totals.items():
            # A total that adds up its categories adds up what counts of them now; another one stays as it was sealed.
            if total is not None and total == _sum(before, project):
                totals[project] = _sum(counted, project)
        return {**found, VALUE: totals} if totals else found

    @cached_property
    def claimed(self) -> Amounts:
        """Value categories before the rule."""
        return _by_category(self.entries, "amount")

    def _not_counted(self) -> Iterator[tuple[str, str, str]]:
        """What the rule leaves out, as the book says it."""
        for entry in self.entries:
            lost = Decimal(entry["amount"]) - Decimal(entry["counted"])
            if entry["side"] == "value" and lost:
                kinds = [name for name in parts_of(entry) if name not in self._rule.realisations]
                why = " and ".join(kinds) if entry["grade"] in self._rule.grades else f"evidence {entry['grade']}"
                yield entry["project"], entry["category"], f"{lost:.2f} not counted: {why}"

    def _counted(self, entry: Sealed) -> Decimal:
        if entry["grade"] not in self._rule.grades:
            return Decimal(0)
        parts = parts_of(entry).items()
        return sum((amount for name, amount in parts if name in self._rule.realisations), Decimal(0))


class Recounted(Frozen):
    """All closed months as another rule counts them."""

    def __init__(self, sealed: Frozen, rule: Headline) -> None:
        self.__dict__.update(sealed.__dict__)
        self.sealed, self._rule = sealed, rule

    @cached_property
    def months(self) -> Mapping[date, ClosedMonth]:
        """By first day."""
        return {month: RecountedMonth(closed, self._rule) for month, closed in self.sealed.months.items()}


def recounted_book(live: Book, frozen: Recounted, workspace: Workspace, evaluator: Evaluator) -> Book:
    """The book with closed months in place, counted by the rule of `frozen`."""
    made = overlaid(live, frozen)
    _move_sums(made, lambda: overlaid(live, frozen.sealed), evaluator)
    add_corrections(made, frozen, workspace, evaluator)
    return made


def _move_sums(made: Book, sealed_book: Callable[[], Book], evaluator: Evaluator) -> None:
    """Figures of stage 1 that are made of value categories: what was sealed, and what the other count changes."""
    categories = [name for name, one in made.definitions.items() if one.section == "value"]
    touched, moved = set(categories), {}
    for name, one in made.definitions.items():
        if name not in touched and not touched.isdisjoint(one.expression.names):
            touched.add(name)
            moved[name] = one.expression
    if not moved:
        return
    sealed, inputs = sealed_book(), inputs_of(closure(made.definitions, list(moved), categories))
    after, before = (evaluator.evaluate(moved, book.sheet.table(inputs)) for book in (made, sealed))
    for name in moved:
        parts = (sealed.sheet.columns[name], after.column(name), before.column(name))
        made.sheet.columns[name] = pa.array(
            [old if None in (old, new, was) else old + new - was
             for old, new, was in zip(*(part.to_pylist() for part in parts), strict=True)], DECIMAL,
        )  # fmt: skip
    made.sheet.forget()


def _by_category(entries: Iterable[Sealed], field: str) -> dict[str, dict[str, Decimal | None]]:
    found: dict[str, dict[str, Decimal | None]] = {}
    for entry in entries:
        if entry["side"] == "value":
            found.setdefault(entry["category"], {})[entry["project"]] = Decimal(entry[field])
    return found


def _sum(amounts: Amounts, project: str) -> Decimal:
    return sum((of.get(project) or Decimal(0) for of in amounts.values()), Decimal(0))


def _without_count(line: Sequence[str]) -> tuple[str, str, str]:
    """A note without what the rule of its day did not count."""
    project, name, words = line
    return project, name, "; ".join(part for part in words.split("; ") if not _NOT_COUNTED.fullmatch(part))
