"""The statement by evidence: what is claimed, what is measured, what finance has accepted; cash and capacity apart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from breakeven.ledger.books.book import Book
from breakeven.ledger.closing.closed import parts_of
from breakeven.ledger.closing.sealed_evidence import gone, keep_sealed
from breakeven.ledger.desk import Desk
from breakeven.ledger.measuring.measures import DECIMAL
from breakeven.ledger.numbers import EXACT, tidy, tidy_or_none
from breakeven.ledger.proof.grading import GRADES, Graded, graded
from breakeven.ledger.proof.headline import rule_words
from breakeven.ledger.proof.realisation import Realised, realised
from breakeven.ledger.proof.standing import decided_until, money
from breakeven.ledger.proof.verdicts import verdicts
from breakeven.ledger.results import EvidenceSplit, Proven
from breakeven.period import Period
from breakeven.workspace.definitions import Grade

MEASURED: tuple[Grade, ...] = ("A", "B", "C")
"""Grades that count as measured."""
_PERCENT = Decimal("1e-12")


class Proof(msgspec.Struct, frozen=True):
    """Grades and realisations of all value in a book."""

    grades: Mapping[str, Graded]
    """By value category."""
    realised: Mapping[str, Realised]
    amounts: pa.Table
    """Every claimed amount, cut by realisation: row (of the book), grade, realisation, amount."""
    columns: tuple[pa.Array, ...]
    """What they were made from."""

    def weakest(self, name: str, rows: Iterable[int]) -> Grade | None:
        """The weakest grade among the amounts of a category in some rows of the book; None: there is no amount."""
        made = self.grades[name]
        return max((made.grades[made.place[row]] for row in rows if row in made.place), default=None)


def proof(desk: Desk) -> Proof:
    """Grades and realisations of the desk's book; kept as long as its columns are the same."""
    book = desk.book()
    columns = (*book.sheet.columns.values(), *book.claimed.values())
    benefits = desk.reading.moment.versions.by_kind.get("benefit", 0)
    # The kept answer holds the columns, so that no other column can have the identity of one of them.
    version = (tuple(id(column) for column in columns), benefits, desk.reading.open_month)
    return desk.reading.cache.get(("proof", desk.sealed), version, lambda: _proof(desk, book, columns))


def _proof(desk: Desk, book: Book, columns: tuple[pa.Array, ...]) -> Proof:
    names = [made.name for made in desk.workspace.methodology.values()]
    grades = graded(desk.reading, desk.evaluator, book)
    parts = {name: realised(desk.reading, desk.evaluator, book, name) for name in names}
    keep_sealed(desk, book, grades, parts)
    lines: dict[str, list[Any]] = {"row": [], "grade": [], "realisation": [], "amount": []}
    for name in names:
        claimed = book.claimed[name].to_pylist()
        for row, grade in zip(grades[name].rows, grades[name].grades, strict=True):
            for realisation, amount in parts[name].of(row, claimed[row]).items():
                for key, one in zip(lines, (row, grade, realisation, amount), strict=True):
                    lines[key].append(one)
    for row, entry in gone(desk, book):
        for stated, part in parts_of(entry).items():
            for key, given in {"row": row, "grade": entry["grade"], "realisation": stated, "amount": part}.items():
                lines[key].append(given)
    types = {"row": pa.int32(), "grade": pa.string(), "realisation": pa.string(), "amount": DECIMAL}
    table = pa.table({key: pa.array(lines[key], of) for key, of in types.items()})
    return Proof(grades, parts, table, columns)


def evidence_split(
    desk: Desk, period: Period, scope: tuple[str, ...] | None, investment: Decimal | None
) -> EvidenceSplit:  # fmt: skip
    """The value of whole months by evidence, beside the investment of the same months."""
    made = _Sums(desk, period, scope)
    known = made.known
    return EvidenceSplit(
        claimed=_proven(made.claimed if known else None, investment),
        measured=_proven(made.measured if known else None, investment),
        validated=_proven(made.validated if known else None, investment),
        by_grade={grade: tidy(made.by_grade[grade]) for grade in GRADES},
        validated_cost=tidy_or_none(None if investment is None else made.accepted),
        disputed=tidy(made.disputed),
        headline=rule_words(desk.workspace.headline),
        not_counted=tidy(sum(made.claimed.values(), Decimal(0)) - made.counted),
        notes=(*made.left_out(), *made.notes),
    )


Amounts = dict[str, Decimal]


def _proven(amounts: Mapping[str, Decimal] | None, investment: Decimal | None) -> Proven:
    if amounts is None:
        return Proven(value=None, cash=None, capacity=None, strategic=None, net_value=None, roi_percent=None)
    value = sum(amounts.values(), Decimal(0))
    roi = None
    if investment is not None and investment > 0:
        roi = tidy(EXACT.multiply(EXACT.divide(value, investment) - 1, Decimal(100)).quantize(_PERCENT, context=EXACT))
    return Proven(
        value=tidy(value), cash=tidy(amounts.get("cash", Decimal(0))),
        capacity=tidy(amounts.get("capacity", Decimal(0))), strategic=tidy(amounts.get("strategic", Decimal(0))),
        net_value=None if investment is None else tidy(value - investment), roi_percent=roi,
    )  # fmt: skip


class _Sums:
    """Adds up the book's value in some months."""

    def __init__(self, desk: Desk, period: Period, scope: tuple[str, ...] | None) -> None:
        self.desk, self.book, self.proof = desk, desk.book(), proof(desk)
        self.rows = {
            row: None for row, (month, owner) in enumerate(self.book.names)
            if period.start <= month < period.end and (scope is None or owner in scope)
        }  # fmt: skip
        self.claimed: Amounts = defaultdict(Decimal)
        self.measured: Amounts = defaultdict(Decimal)
        self.validated: Amounts = defaultdict(Decimal)
        self.by_grade: dict[str, Decimal] = defaultdict(Decimal)
        self.accepted, self.disputed = Decimal(0), Decimal(0)
        self.notes: list[str] = []
        self._add_claimed()
        self._add_decisions(period, scope)

    def _columns(self, columns: Mapping[str, pa.Array]) -> Iterable[pa.Array]:
        index = pa.array(list(self.rows), pa.int32())
        return (columns[name].take(index) for name in self.proof.grades)

    @property
    def known(self) -> bool:
        """Whether any value is known."""
        return any(column.null_count < len(column) for column in self._columns(self.book.claimed))

    @property
    def counted(self) -> Decimal:
        """What the headline counts."""
        kept = sum((Decimal(one["counted"]) for row, one in gone(self.desk, self.book) if row in self.rows), Decimal(0))
        return sum((pc.sum(column).as_py() or Decimal(0) for column in self._columns(self.book.sheet.columns)), kept)

    def left_out(self) -> list[str]:
        """What of each category the headline does not count."""
        if self.desk.workspace.headline.everything:
            return []
        claimed, kept = (self._columns(columns) for columns in (self.book.claimed, self.book.sheet.columns))
        sums = (
            (name, (pc.sum(all_).as_py() or Decimal(0)) - (pc.sum(some).as_py() or Decimal(0)))
            for name, all_, some in zip(self.proof.grades, claimed, kept, strict=True)
        )
        return [f"{name}: {money(lost)} claimed and not counted in the headline" for name, lost in sums if lost]

    def _add_claimed(self) -> None:
        amounts = self.proof.amounts
        inside = amounts.filter(pc.is_in(amounts["row"], value_set=pa.array(list(self.rows), pa.int32())))
        sums = inside.group_by(["grade", "realisation"]).aggregate([("amount", "sum")])
        for line in sums.to_pylist():
            self.by_grade[line["grade"]] += line["amount_sum"]
            self.claimed[line["realisation"]] += line["amount_sum"]
            if line["grade"] in MEASURED:
                self.measured[line["realisation"]] += line["amount_sum"]

    def _add_decisions(self, period: Period, scope: tuple[str, ...] | None) -> None:
        """What finance said about entries of these months."""
        kept = self.proof
        version = (id(kept), self.desk.state.version, decided_until(self.desk), self.desk.reading.rates_of)
        # The kept answer holds the proof, so that no other one can have its identity.
        said, _ = self.desk.reading.cache.get(
            ("verdicts", self.desk.sealed), version, lambda: (verdicts(self.desk, self.book, kept.realised), kept)
        )
        inside = said.amounts.filter(pc.is_in(said.amounts["row"], value_set=pa.array(list(self.rows), pa.int32())))
        sums = inside.group_by(["verdict", "realisation"]).aggregate([("amount", "sum")])
        for line in sums.to_pylist():
            match line["verdict"]:
                case "accepted":
                    self.validated[line["realisation"]] += line["amount_sum"]
                case "disputed":
                    self.disputed += line["amount_sum"]
                case "cost":
                    self.accepted += line["amount_sum"]
        first, end = f"{period.start:%Y-%m}", f"{period.end:%Y-%m}"
        self.notes += [
            note.text for note in said.notes
            if first <= note.month < end and (scope is None or note.project in scope)
        ]  # fmt: skip
