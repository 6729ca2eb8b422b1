"""The figures of the book as functions of what is uncertain, small enough for ten thousand draws.

A figure that is added up is, over all rows of a scope, a sum of terms: a coefficient that is constant for each row
times a product of uncertain inputs, perhaps bent at one place (`formula/collapse.py`). The coefficients are evaluated
once, in SQL, and added up over all rows that share the same uncertain numbers; rows that bend, ordered by where they
do (`bends.py`). A figure that is no such sum stays as formula and rows; it is evaluated for every row and draw, in SQL
and in chunks. Either way a draw follows the same formulas as the statement.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from breakeven.formula import COHORT, PART, SCALE, TIMES, Evaluator, Expression, Term, collapse, product
from breakeven.ledger.books.book import Book
from breakeven.ledger.effects.decay import UNDECAYED
from breakeven.ledger.scenarios.bends import Bend, Scattered, bent
from breakeven.ledger.scenarios.uncertain import Uncertain
from breakeven.ledger.sharing.overlaps import CLAIMED

FLOAT = pa.float64()
WEIGHT, KEPT = "weight of ", "kept of "
"""Prefixes of the columns with what a row of a wanted figure counts, and with the share of a value category that counts
where another figure uses it."""

Parts = Mapping[str, Sequence[int | None]]
"""Figure → for each row of the book the part of the answer that it belongs to; None: none."""


class Group(msgspec.Struct, frozen=True):
    """Rows of a part that share the same uncertain numbers, added up."""

    part: int
    places: tuple[int, ...]
    """Variates that are multiplied; empty: the constant part."""
    coefficient: float


class RowWise(msgspec.Struct, frozen=True):
    """A figure that is evaluated for every row and draw."""

    definitions: Mapping[str, Expression]
    """The figure and what it needs, in order."""
    rows: pa.Table
    """As `Evaluator.crossed` takes them."""
    cohorts: Sequence[tuple[int | None, ...]]
    """For each cohort the variates of `varying`."""
    varying: tuple[str, ...]


class Collapsed(msgspec.Struct, frozen=True):
    """Sums over the rows of each part as functions of the variates."""

    groups: Mapping[str, Sequence[Group]]
    """By figure."""
    bends: Mapping[str, Sequence[Bend | Scattered]]
    """What bends in those figures."""
    row_wise: Mapping[str, RowWise]
    """The other figures."""

    def places(self, name: str) -> set[int]:
        """The variates that a figure depends on."""
        if name in self.row_wise:
            return {place for cohort in self.row_wise[name].cohorts for place in cohort if place is not None}
        found = {place for group in self.groups[name] for place in group.places}
        return found.union(*(bend.variates for bend in self.bends.get(name, ())))


def depending(book: Book, names: Collection[str]) -> dict[str, Expression]:
    """The definitions of the book that depend on some inputs, in order."""
    touched, found = set(names), {}
    for name, definition in book.definitions.items():
        if not touched.isdisjoint(definition.expression.names):
            touched.add(name)
            found[name] = definition.expression
    return found


def collapsed(
    book: Book, evaluator: Evaluator, uncertain: Mapping[str, Uncertain], parts: Parts,
    weights: Mapping[str, pa.Array] | None = None,
) -> Collapsed:  # fmt: skip
    """The sums of the figures in `parts`, as functions of the uncertain inputs; only known rows are added up.

    `weights`: what each row of a figure counts, where that is not 1. A value category that another figure uses is what
    counts of it, in the present proportion.
    """
    every, weights = depending(book, uncertain), weights or {}
    every |= {name: book.definitions[name].expression for name in parts if name not in every}
    shares = {name: share for name in every if (share := _kept(book, name)) is not None}
    columns = {**book.sheet.columns, **{KEPT + name: share for name, share in shares.items()},
               **{WEIGHT + name: weight for name, weight in weights.items()}}  # fmt: skip
    wanted = {name: product(every[name], WEIGHT + name) if name in weights else every[name] for name in parts}
    inner = {name: product(made, KEPT + name) if name in shares else made for name, made in every.items()}
    groups, row_wise, terms = dict[str, list[Group]](), dict[str, RowWise](), dict[str, tuple[Term, ...]]()
    place = {}
    for name, part in parts.items():
        known = pc.is_valid(book.sheet.columns[name])
        place[name] = pc.if_else(known, pa.array(part, pa.int32()), pa.scalar(None, pa.int32()))
        below = {other: made for other, made in inner.items() if other != name}
        found = collapse(wanted[name], uncertain, below)
        if found is None:
            row_wise[name] = _row_wise(name, {**below, name: wanted[name]}, columns, uncertain, place[name])
        else:
            terms[name] = found
    answer = _evaluated(evaluator, _coefficients(terms), columns, len(book.sheet.grid))
    bends = dict[str, list[Bend | Scattered]]()
    for name, made in terms.items():
        known = pc.drop_null(pc.unique(place[name])).to_pylist()
        groups[name] = [Group(part, (), 0.0) for part in known]  # what is known and nothing is 0
        for i, term in enumerate(made):
            factors, amounts = [uncertain[factor] for factor in term.factors], answer[f"{name} {i}"]
            if term.hinge is None:
                groups[name] += _added(amounts, factors, place[name])
            else:
                line = answer[f"{name} {i} slope"], answer[f"{name} {i} offset"]
                bends.setdefault(name, []).extend(
                    bent(_scaled(amounts, factors), factors, line, uncertain[term.hinge.name], place[name])
                )
    return Collapsed(groups, bends, row_wise)


def _coefficients(terms: Mapping[str, Sequence[Term]]) -> dict[str, Expression]:
    """What is evaluated once for every row."""
    found = {}
    for name, made in terms.items():
        for i, term in enumerate(made):
            found[f"{name} {i}"] = term.coefficient
            if term.hinge is not None:
                found |= {f"{name} {i} slope": term.hinge.slope, f"{name} {i} offset": term.hinge.offset}
    return found


def _evaluated(
    evaluator: Evaluator, formulas: Mapping[str, Expression], columns: Mapping[str, pa.Array], rows: int
) -> dict[str, pa.Array]:
    """Coefficients over all rows."""
    if not formulas:
        return {}
    used = dict.fromkeys(used for formula in formulas.values() for used in formula.names)
    table = pa.table({"row": pa.array(range(rows), pa.int32()), **{name: columns[name] for name in used}})
    answer = evaluator.doubles(formulas, table)
    return {name: answer.column(name).combine_chunks() for name in formulas}


def _kept(book: Book, name: str) -> pa.Array | None:
    """Share of a value category that counts in each row, after decay, shared benefits and the headline rule."""
    if name not in book.claimed:
        return None
    notes = book.sheet.notes
    before = notes.get(name + UNDECAYED, notes.get(name + CLAIMED, book.claimed[name]))
    return share_of(book.sheet.columns[name], before)


def share_of(after: pa.Array, before: pa.Array) -> pa.Array | None:
    """What is left of each amount; 1 where there was nothing. None: everything is left."""
    if after is before or after.equals(before):
        return None
    was, now = before.cast(FLOAT), after.cast(FLOAT)
    nothing = pc.fill_null(pc.equal(was, 0.0), True)
    return pc.if_else(nothing, 1.0, pc.fill_null(pc.divide(now, pc.if_else(nothing, 1.0, was)), 0.0))


def _added(amounts: pa.Array, factors: Sequence[Uncertain], part: pa.Array) -> list[Group]:
    """The amounts of a term, added up over the rows of a part with the same variates."""
    amounts = _scaled(amounts, factors)
    keys = [f"place {i}" for i in range(len(factors))]
    table = pa.table({"amount": amounts, "part": part, **{k: of.place for k, of in zip(keys, factors, strict=True)}})
    counts = pc.and_(pc.is_finite(amounts), pc.not_equal(amounts, 0.0))
    table = table.filter(pc.and_(counts, pc.is_valid(part)))
    sums = table.group_by(["part", *keys], use_threads=False).aggregate([("amount", "sum")]).to_pylist()
    return [Group(row["part"], tuple(row[key] for key in keys), row["amount_sum"]) for row in sums]


def _scaled(amounts: pa.Array, factors: Sequence[Uncertain]) -> pa.Array:
    """Coefficients of the variates themselves."""
    for factor in factors:
        amounts = pc.multiply(amounts, factor.scale)
    return amounts


def _row_wise(
    name: str, every: Mapping[str, Expression], columns: Mapping[str, pa.Array], uncertain: Mapping[str, Uncertain],
    part: pa.Array,
) -> RowWise:  # fmt: skip
    definitions = _needed(name, every)
    named = dict.fromkeys(used for made in definitions.values() for used in made.names)
    inputs = [used for used in named if used not in definitions]
    varying = tuple(used for used in inputs if used in uncertain)
    keys = list(zip(*(uncertain[used].place.to_pylist() for used in varying), strict=True))
    cohorts = {key: place for place, key in enumerate(dict.fromkeys(keys))}
    rows = pa.table({
        COHORT: pa.array([cohorts[key] for key in keys], pa.int32()), PART: part,
        **{used: columns[used] for used in inputs if used not in uncertain},
        **{SCALE + used: uncertain[used].scale for used in varying},
    })  # fmt: skip
    alike = rows.filter(pc.is_valid(part)).group_by(rows.column_names, use_threads=False).aggregate([([], "count_all")])
    alike = alike.rename_columns([*rows.column_names, TIMES])
    return RowWise(definitions, alike, list(cohorts), varying)


def _needed(name: str, every: Mapping[str, Expression]) -> dict[str, Expression]:
    """A definition and those it needs, in order."""
    needed, waiting = set[str](), [name]
    while waiting:
        one = waiting.pop()
        if one not in needed:
            needed.add(one)
            waiting += [used for used in every[one].names if used in every]
    return {one: made for one, made in every.items() if one in needed}
