"""Sums of the book in many draws: collapsed figures by multiplication, the others by SQL over rows × draws."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import numpy as np
import pyarrow as pa

from breakeven.formula import COHORT, PART, VECTOR, Evaluator
from breakeven.ledger.collapse import Collapsed, Group, RowWise
from breakeven.ledger.draws import Drawn, Numbers

MOST_VECTORS = 400_000
"""Rows of the table of vectors (cohorts × draws) that are crossed with the book at once."""


Sums = dict[str, dict[int, Numbers]]
"""Figure → part → its sum, one number a draw; NaN where it is unknown."""


def sums(collapsed: Collapsed, drawn: Drawn, evaluator: Evaluator) -> Sums:
    """Each figure's sums over the rows of its parts."""
    found: Sums = {}
    for name, groups in collapsed.groups.items():
        found[name] = {}
        for group in groups:
            if group.part not in found[name]:
                found[name][group.part] = np.zeros(drawn.span.count)
            found[name][group.part] += _product(group, drawn)
    for name, of in collapsed.row_wise.items():
        found[name] = _row_wise(name, of, drawn, evaluator)
    return found


def _product(group: Group, drawn: Drawn) -> Numbers | float:
    if not group.places:
        return group.coefficient
    product = drawn[group.places[0]] * group.coefficient
    for place in group.places[1:]:
        product *= drawn[place]
    return product


def _row_wise(name: str, of: RowWise, drawn: Drawn, evaluator: Evaluator) -> dict[int, Numbers]:
    found: dict[int, Numbers] = {}
    for answer in evaluator.crossed(of.definitions, name, of.rows, _vectors(of, drawn), of.varying):
        parts, at, values = (answer.column(column).to_numpy() for column in (PART, VECTOR, name))
        for part in np.unique(parts).tolist():
            mine = parts == part
            found.setdefault(part, np.full(drawn.span.count, np.nan))[at[mine]] = values[mine]
    return found


def _vectors(of: RowWise, drawn: Drawn) -> Iterator[pa.Table]:
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


def _values(place: int | None, drawn: Drawn) -> Numbers:
    """A variate's values; where there is none the scale is unknown too, and the number does not matter."""
    return np.zeros(drawn.span.count) if place is None else drawn[place]


def floats(table: pa.Table, names: Iterable[str]) -> dict[str, Numbers]:
    """Columns of a table as numbers; what is unknown or not finite is NaN."""
    found = {}
    for name in names:
        values = table.column(name).to_numpy()
        found[name] = np.where(np.isfinite(values), values, np.nan)
    return found


def table_of(columns: Mapping[str, Numbers], fixed: Mapping[str, float | None], draws: int) -> pa.Table:
    """Drawn and fixed columns as a table, one row a draw; NaN is unknown."""
    made = {name: pa.array(values, pa.float64(), from_pandas=True) for name, values in columns.items()}
    made |= {name: pa.array(np.full(draws, np.nan if value is None else value), pa.float64(), from_pandas=True)
             for name, value in fixed.items()}  # fmt: skip
    return pa.table({"draw": pa.array(range(draws), pa.int32()), **made})
