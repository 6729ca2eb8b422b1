"""The figures of the book as functions of what is uncertain, small enough for ten thousand draws.

A figure that is added up is, over all rows of a scope, a sum of terms: a coefficient that is constant for each row
times a product of uncertain inputs (`formula/collapse.py`). The coefficients are evaluated once, in SQL, and added up
over all rows that share the same uncertain numbers. A figure that is no such sum stays as formula and rows; it is
evaluated for every row and draw, in SQL and in chunks. Either way a draw follows the same formulas as the statement.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from breakeven.formula import COHORT, SCALE, WEIGHT, Evaluator, Expression, Term, collapse
from breakeven.ledger.book import Book
from breakeven.ledger.closure import closure, inputs_of
from breakeven.ledger.uncertain import Uncertain

FLOAT = pa.float64()


class Group(msgspec.Struct, frozen=True):
    """Rows that share the same uncertain numbers, added up."""

    places: tuple[int, ...]
    """Variates that are multiplied; empty: the constant part."""
    coefficient: float


class RowWise(msgspec.Struct, frozen=True):
    """Figures that are evaluated for every row and draw."""

    names: tuple[str, ...]
    definitions: Mapping[str, Expression]
    """The figures and what they need, in order."""
    rows: pa.Table
    """As `Evaluator.crossed` takes them."""
    cohorts: Sequence[tuple[int | None, ...]]
    """For each cohort the variates of `varying`."""
    varying: tuple[str, ...]


class Collapsed(msgspec.Struct, frozen=True):
    """Sums over the rows of a scope as functions of the variates."""

    groups: Mapping[str, Sequence[Group]]
    """By figure."""
    row_wise: RowWise | None


def depending(book: Book, names: Collection[str]) -> dict[str, Expression]:
    """The definitions of the book that depend on some inputs, in order."""
    touched, found = set(names), {}
    for name, definition in book.definitions.items():
        if not touched.isdisjoint(definition.expression.names):
            touched.add(name)
            found[name] = definition.expression
    return found


def collapsed(
    book: Book, evaluator: Evaluator, uncertain: Mapping[str, Uncertain], wanted: Iterable[str], rows: Sequence[int]
) -> Collapsed:
    """The sums of the wanted figures over some rows of the book, as functions of the uncertain inputs."""
    parts = depending(book, uncertain)
    terms: dict[str, tuple[Term, ...]] = {}
    others = []
    for name in wanted:
        found = collapse(parts[name], uncertain, {part: made for part, made in parts.items() if part != name})
        if found is None:
            others.append(name)
        else:
            terms[name] = found
    counting = {name: _counting(book, name, rows) for name in (*terms, *others)}
    return Collapsed(
        groups=_groups(book, evaluator, uncertain, terms, counting),
        row_wise=_row_wise(book, uncertain, parts, others, counting) if others else None,
    )


def _counting(book: Book, name: str, rows: Sequence[int]) -> pa.Array:
    """What each row of the book counts for a figure: 0 outside the scope and where the figure is unknown."""
    inside = pc.is_in(pa.array(range(len(book.sheet.grid)), pa.int32()), pa.array(rows, pa.int32()))
    return pc.and_(inside, pc.is_valid(book.sheet.columns[name])).cast(pa.int8()).cast(FLOAT)


def _groups(
    book: Book, evaluator: Evaluator, uncertain: Mapping[str, Uncertain], terms: Mapping[str, Sequence[Term]],
    counting: Mapping[str, pa.Array],
) -> dict[str, list[Group]]:  # fmt: skip
    formulas = {f"{name} {i}": term.coefficient for name, made in terms.items() for i, term in enumerate(made)}
    columns = list(dict.fromkeys(used for formula in formulas.values() for used in formula.names))
    found: dict[str, list[Group]] = {name: [] for name in terms}
    if not formulas:
        return found
    answer = evaluator.doubles(formulas, book.sheet.table(columns))
    for name, made in terms.items():
        for i, term in enumerate(made):
            amounts = pc.multiply(pc.fill_null(answer.column(f"{name} {i}").combine_chunks(), 0.0), counting[name])
            found[name] += _added(amounts, [uncertain[factor] for factor in term.factors])
    return found


def _added(amounts: pa.Array, factors: Sequence[Uncertain]) -> list[Group]:
    """The amounts of a term, added up over the rows with the same variates."""
    for factor in factors:
        amounts = pc.multiply(amounts, pc.fill_null(factor.scale, 0.0))
    keys = [f"place {i}" for i in range(len(factors))]
    table = pa.table({"amount": amounts, **{key: of.place for key, of in zip(keys, factors, strict=True)}})
    table = table.filter(pc.and_(pc.is_finite(amounts), pc.not_equal(amounts, 0.0)))
    if not keys:
        total = pc.sum(table.column("amount")).as_py()
        return [Group((), total)] if total else []
    sums = table.group_by(keys, use_threads=False).aggregate([("amount", "sum")]).to_pylist()
    return [Group(tuple(row[key] for key in keys), row["amount_sum"]) for row in sums]


def _row_wise(
    book: Book, uncertain: Mapping[str, Uncertain], parts: Mapping[str, Expression], names: Sequence[str],
    counting: Mapping[str, pa.Array],
) -> RowWise:  # fmt: skip
    needed = closure({name: book.definitions[name] for name in parts}, names)
    definitions = {name: made.expression for name, made in needed.items()}
    inputs = inputs_of(needed)
    varying = tuple(name for name in inputs if name in uncertain)
    columns = {name: book.sheet.columns[name] for name in inputs if name not in uncertain}
    columns |= {WEIGHT + name: counting[name] for name in names}
    columns |= {SCALE + name: uncertain[name].scale for name in varying}
    keys = list(zip(*(uncertain[name].place.to_pylist() for name in varying), strict=True))
    cohorts = {key: place for place, key in enumerate(dict.fromkeys(keys))}
    columns[COHORT] = pa.array([cohorts[key] for key in keys], pa.int32())
    rows = pa.table(columns)
    heard = [pc.greater(counting[name], 0.0) for name in names]
    for other in heard[1:]:
        heard[0] = pc.or_(heard[0], other)
    return RowWise(tuple(names), definitions, rows.filter(heard[0]), list(cohorts), varying)
