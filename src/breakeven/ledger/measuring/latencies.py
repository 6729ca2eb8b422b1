"""Percentiles of response times, from counts of them: any coarser level follows from the counts of a finer one.

Counts are of the times themselves (exact, for hours and less) or of the buckets of the roll-up (longer; at most 4.4 %
off), which stay few however many interactions there are.
"""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from breakeven.ledger.measuring.relations import Base, Setting, interactions
from breakeven.ledger.window import Window, bucket
from breakeven.period import Calendar, Grain
from breakeven.store.rollups import BUCKETS_PER_DOUBLING, ZERO_BUCKET

EXACT, BUCKETS = "latency", "bucket"
"""What is counted; the name of its column."""
LARGEST = 1e25
"""What is larger does not fit the digits that are kept: it is not known."""
_DECIMAL = pa.decimal128(38, 12)


def counts_of_months(
    span: Window, grain: Grain, dims: Sequence[str], where: str, calendar: Calendar, setting: Setting
) -> str:
    """SELECT of the counts by bucket from the roll-up of whole months."""
    period = bucket(grain, "month", calendar, span)
    within = f"month >= DATE '{span.first}' AND month < DATE '{span.last}'"
    source = f"SELECT * REPLACE ({setting.owner('project')} AS project) FROM interaction_latency WHERE {within}"
    return (f"SELECT {period} AS period, {_listed(dims)}CAST(bucket AS DOUBLE) AS bucket, CAST(sum(n) AS DOUBLE) AS n"
            f" FROM ({source}) WHERE {where} GROUP BY ALL")  # fmt: skip


def counts_of_rows(
    counted: str, part: Window, grain: Grain, dims: Sequence[str], where: str, calendar: Calendar, setting: Setting,
    span: Window, also: str = "",
) -> str:  # fmt: skip
    """SELECT of the counts by time or by bucket from the raw rows of `part` of the window `span`; `also`: more columns.

    A record that stands for several interactions counts as often.
    """
    period, source = bucket(grain, "local", calendar, span), interactions(part, Base.RAW, setting)
    what = "latency_ms / n" if counted == EXACT else "CAST(bucket AS DOUBLE)"
    return (f"SELECT {also}{period} AS period, {_listed(dims)}{what} AS {counted}, CAST(sum(n) AS DOUBLE) AS n"
            f" FROM ({source}) WHERE latency_n > 0 AND {where} GROUP BY ALL")  # fmt: skip


def summed(counts: pa.Table, keys: Sequence[str]) -> pa.Table:
    """The counts of a coarser level, or of several parts of time together."""
    counted = EXACT if EXACT in counts.column_names else BUCKETS
    made = counts.group_by([*keys, counted], use_threads=False).aggregate([("n", "sum")])
    return made.rename_columns([*keys, counted, "n"])


class Ranked:
    """Counts in order of the times, so that any percentile of each key can be taken."""

    def __init__(self, counts: pa.Table, keys: Sequence[str]) -> None:
        self._exact = EXACT in counts.column_names
        counted = EXACT if self._exact else BUCKETS
        ordered = counts.sort_by([(key, "ascending") for key in (*keys, counted)]).combine_chunks()
        n, rows = ordered.column("n").combine_chunks(), len(ordered)
        self._n, self._value = n, ordered.column(counted).combine_chunks()
        reached = pc.cumulative_sum(n)
        self._group = _groups([ordered.column(key).combine_chunks() for key in keys], rows)
        self._places = pa.array(range(rows), pa.int64())
        frame = {"group": self._group, "n": n, "before": pc.subtract(reached, n), "place": self._places}
        how = [("n", "sum"), ("before", "min"), ("place", "min")]
        of_group = pa.table(frame).group_by("group", use_threads=False).aggregate(how).combine_chunks()
        self._total = of_group.column("n_sum").combine_chunks()
        self._upto = pc.subtract(reached, of_group.column("before_min").combine_chunks().take(self._group))
        heads = of_group.column("place_min").combine_chunks()
        self._keys = {key: ordered.column(key).combine_chunks().take(heads) for key in keys}

    def percentile(self, share: float, name: str) -> pa.Table:
        """A percentile of each key: linear between the two nearest ranks; within a bucket evenly on its own scale."""
        rank = pc.multiply(pc.subtract(self._total, 1.0), share)
        if self._exact:
            low = self._value.take(self._first(pc.floor(rank)))
            high = self._value.take(self._first(pc.ceil(rank)))
            found = pc.add(low, pc.multiply(pc.subtract(high, low), pc.subtract(rank, pc.floor(rank))))
        else:
            place = self._first(rank)
            found = _inside(self._value.take(place), rank, self._upto.take(place), self._n.take(place))
        fits = pc.if_else(pc.less(found, LARGEST), found, pa.scalar(None, pa.float64()))
        return pa.table({**self._keys, name: pc.round(fits, ndigits=9).cast(_DECIMAL)})

    def _first(self, rank: pa.Array) -> pa.Array:
        """For each key the first place that lies beyond a rank."""
        frame = pa.table({"group": self._group, "place": self._places})
        beyond = frame.filter(pc.greater(self._upto, rank.take(self._group)))
        least = beyond.group_by("group", use_threads=False).aggregate([("place", "min")])
        return least.column("place_min").combine_chunks()


def _inside(bucket_of: pa.Array, rank: pa.Array, upto: pa.Array, n: pa.Array) -> pa.Array:
    """The value at a rank that lies in a bucket."""
    share = pc.divide(pc.add(pc.subtract(rank, pc.subtract(upto, n)), 0.5), n)
    share = pc.min_element_wise(pc.max_element_wise(share, 0.0), 1.0)
    power = pc.divide(pc.add(pc.subtract(bucket_of, 1.0), share), float(BUCKETS_PER_DOUBLING))
    return pc.if_else(pc.equal(bucket_of, float(ZERO_BUCKET)), 0.0, pc.power(2.0, power))


def _groups(keys: Sequence[pa.Array], rows: int) -> pa.Array:
    """Number of the group of each row, from 0, where rows of a group stand together."""
    if not rows:
        return pa.array([], pa.int64())
    changed = pa.repeat(pa.scalar(0, pa.int64()), rows - 1)
    for key in keys:
        before, after = key.slice(0, rows - 1), key.slice(1)
        same = pc.fill_null(pc.equal(before, after), False)
        same = pc.or_(same, pc.and_(pc.is_null(before), pc.is_null(after)))
        changed = pc.max_element_wise(changed, pc.invert(same).cast(pa.int64()))
    start = pa.array([0], pa.int64())
    return pc.cumulative_sum(pa.concat_arrays([start, changed]))


def _listed(dims: Sequence[str]) -> str:
    return "".join(f"{dim}, " for dim in dims)
