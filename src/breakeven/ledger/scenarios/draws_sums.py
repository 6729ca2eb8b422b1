"""Sums of the book in many draws: collapsed figures by multiplication, the others by SQL over rows × draws."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
import pyarrow as pa

from breakeven.formula import COHORT, PART, VECTOR, Evaluator
from breakeven.ledger.scenarios.claims import SharedMonth
from breakeven.ledger.scenarios.collapse import Collapsed, Group, RowWise
from breakeven.ledger.scenarios.draws import Numbers, Values

MOST_VECTORS = 400_000
"""Rows of the table of vectors (cohorts × draws) that are crossed with the book at once."""


def sums(collapsed: Collapsed, name: str, drawn: Values, evaluator: Evaluator) -> dict[int, Numbers]:
    """Part → a figure's sum over its rows, one number a draw; NaN where it is unknown."""
    if name in collapsed.row_wise:
        return _row_wise(name, collapsed.row_wise[name], drawn, evaluator)
    found: dict[int, Numbers] = {}
    for group in collapsed.groups[name]:
        if group.part not in found:
            found[group.part] = np.zeros(drawn.span.count)
        found[group.part] += _product(group, drawn)
    for bend in collapsed.bends.get(name, ()):
        for part, total in bend.sums(drawn):
            found[part] += total
    return found


def _product(group: Group, drawn: Values) -> Numbers | float:
    if not group.places:
        return group.coefficient
    product = drawn[group.places[0]] * group.coefficient
    for place in group.places[1:]:
        product = product * drawn[place]
    return product


def _row_wise(name: str, of: RowWise, drawn: Values, evaluator: Evaluator) -> dict[int, Numbers]:
    found: dict[int, Numbers] = {}
    for answer in evaluator.crossed(of.definitions, name, of.rows, _vectors(of, drawn), of.varying):
        parts, at, values = (answer.column(column).to_numpy() for column in (PART, VECTOR, name))
        for part in np.unique(parts).tolist():
            mine = parts == part
            found.setdefault(part, np.full(drawn.span.count, np.nan))[at[mine]] = values[mine]
    return found


def _vectors(of: RowWise, drawn: Values) -> Iterator[pa.Table]:
    """For every cohort and draw the values of what varies, some draws at a time."""
    cohorts, draws = len(of.cohorts), drawn.span.count
    size = max(1, MOST_VECTORS // max(1, cohorts))
    for first in range(0, draws, size):
        last = min(first + size, draws)
        columns: dict[str, np.ndarray[tuple[int], np.dtype[np.generic]]] = {
            COHORT: np.repeat(np.arange(cohorts, dtype=np.int32), last - first),
            VECTOR: np.tile(np.arange(first, last, dtype=np.int32), cohorts),
        }
        for i, name in enumerate(of.varying):
            columns[name] = np.concatenate([_values(key[i], drawn)[first:last] for key in of.cohorts])
        yield pa.table(columns)


def _values(place: int | None, drawn: Values) -> Numbers:
    """A variate's values; where there is none the scale is unknown too, and the number does not matter."""
    return np.broadcast_to(np.zeros(1) if place is None else drawn[place], drawn.span.count)


def shared(month: SharedMonth, claimed: Mapping[int, Numbers], drawn: Values) -> list[Numbers]:
    """What counts of each claim of a pool in a month, in every draw, by the rule of `overlaps.counted`.

    `claimed`: row → claim; a row that is not in it is unknown and claims nothing. Not rounded to cents.
    """
    nothing = np.full(drawn.span.count, np.nan)
    claims = np.array([claimed.get(row, nothing) for row in month.rows])
    claiming = claims > 0
    weights = np.array(month.weights)[:, None] * claiming
    even = weights.sum(axis=0) == 0
    weights = np.where(even, claiming, weights)
    total = weights.sum(axis=0)
    parts = np.where(claiming, claims, 0.0) * weights / np.where(total > 0, total, 1.0)
    if month.limit is not None:
        limit = np.maximum(sum((drawn[place] for place in month.limit.places), np.zeros(1)), 0.0) * month.limit.scale
        whole = parts.sum(axis=0)
        parts *= np.where(whole > limit, limit / np.where(whole > 0, whole, 1.0), 1.0)
    kept = np.array(month.kept)[:, None]
    return list(np.where(claiming, parts, claims) * kept)


def added(parts: Sequence[Numbers], draws: int) -> Numbers:
    """The sum of those parts that are known; NaN in draws in which none is."""
    if not parts:
        return np.full(draws, np.nan)
    if len(parts) == 1:
        return np.where(np.isfinite(parts[0]), parts[0], np.nan)
    table = np.array(parts)
    known = np.isfinite(table)
    return np.where(known.any(axis=0), np.where(known, table, 0.0).sum(axis=0), np.nan)


def floats(table: pa.Table, names: Iterable[str]) -> dict[str, Numbers]:
    """Columns of a table as numbers; what is unknown or not finite is NaN."""
    found = {}
    for name in names:
        values = table.column(name).to_numpy()
        found[name] = np.where(np.isfinite(values), values, np.nan)
    return found


def table_of(columns: Mapping[str, Numbers], rows: int) -> pa.Table:
    """Numbers as a table; NaN is unknown."""
    made = {name: pa.array(values, pa.float64(), from_pandas=True) for name, values in columns.items()}
    return pa.table({"draw": pa.array(range(rows), pa.int32()), **made})
