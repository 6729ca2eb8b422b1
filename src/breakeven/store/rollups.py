"""The roll-ups of interactions: what a raw row adds to them, in one place.

A roll-up holds partial sums: raw rows are added to it many commits at a time (`store/rolling.py`), `compact` merges
what they left, and readers always SUM. Its name is a view, in which the newest raw rows stand singly beside the stored
sums: what a commit wrote is in every answer after it. All columns are exact (integers and decimals), so that no order
of commits or merges changes a sum; NULL in a sum means that it was not known for any interaction of the group.

n                         interactions (`count` of the record)
input_tokens, input_n     tokens, and interactions of which they are known; the same for output_ and cached_
cost                      in cost_currency; whether it is known is in the dimension cost_origin
revenue, revenue_n        in currency
latency_ms, latency_n     sum of response times in ms (mean × count), and interactions with one
csat, csat_n              sum of satisfaction 1 to 5 (mean × count)
seconds_saved, seconds_n  working time saved in seconds
"""

from __future__ import annotations

from collections.abc import Callable
from math import ceil, log2

import msgspec

from breakeven.store.schema import CURRENT, INTERACTION, Field, FieldType, Table, fact_table_name

DIMENSIONS = (
    "project",
    "model",
    "provider",
    "variant",
    "team",
    "status",
    "outcome",
    "cost_origin",
    "cost_currency",
    "currency",
)
"""What `interaction_day` and `interaction_month` can be cut by."""


class RollUpMeasure(msgspec.Struct, frozen=True):
    """One summed column: `expression` is what the raw row `r` adds to it."""

    name: str
    type: FieldType
    expression: str


def _known(name: str, column: str) -> RollUpMeasure:
    return RollUpMeasure(name, FieldType.WIDE, f"CASE WHEN {column} IS NULL THEN 0 ELSE r.count END")


def _exact(value: str) -> str:
    # Floats are not associative under addition; rounded to 12 decimals each, their sums are exact. 30 digits leave
    # room for the sum of 10^8 of the largest; what does not fit is not known.
    return f"TRY_CAST({value} AS DECIMAL(30, 12))"


_LATENCY, _CSAT, _SECONDS = _exact("r.latency_ms * r.count"), _exact("r.csat * r.count"), _exact("r.seconds_saved")

MEASURES: tuple[RollUpMeasure, ...] = (
    RollUpMeasure("n", FieldType.WIDE, "r.count"),
    RollUpMeasure("input_tokens", FieldType.WIDE, "r.input_tokens"),
    _known("input_n", "r.input_tokens"),
    RollUpMeasure("output_tokens", FieldType.WIDE, "r.output_tokens"),
    _known("output_n", "r.output_tokens"),
    RollUpMeasure("cached_tokens", FieldType.WIDE, "r.cached_tokens"),
    _known("cached_n", "r.cached_tokens"),
    RollUpMeasure("cost", FieldType.MONEY, "r.cost"),
    RollUpMeasure("revenue", FieldType.MONEY, "r.revenue"),
    _known("revenue_n", "r.revenue"),
    RollUpMeasure("latency_ms", FieldType.MONEY, _LATENCY),
    _known("latency_n", _LATENCY),
    RollUpMeasure("csat", FieldType.MONEY, _CSAT),
    _known("csat_n", _CSAT),
    RollUpMeasure("seconds_saved", FieldType.MONEY, _SECONDS),
    _known("seconds_n", _SECONDS),
)
COUNT = MEASURES[:1]
KNOWN = {
    "input_tokens": "input_n",
    "output_tokens": "output_n",
    "cached_tokens": "cached_n",
    "revenue": "revenue_n",
    "latency_ms": "latency_n",
    "csat": "csat_n",
    "seconds_saved": "seconds_n",
}
"""Sum → the number of interactions of which it is known; a sum of none of them is NULL."""

ZERO_BUCKET = -32768
"""Bucket of response times of 0."""
BUCKETS_PER_DOUBLING = 16
"""Bucket b > ZERO_BUCKET holds (2^((b-1)/16), 2^(b/16)] ms: its representative is at most 2.17 % off."""
BUCKET = (
    f"CASE WHEN r.latency_ms > 0 THEN TRY_CAST(ceil(log2(r.latency_ms) * {BUCKETS_PER_DOUBLING}) AS SMALLINT)"
    f" WHEN r.latency_ms = 0 THEN {ZERO_BUCKET} END"
)
"""SQL of a raw row's bucket; NULL without a response time."""


def bucket_of(latency_ms: float) -> int:
    """Bucket of a response time in ms, 0 or more."""
    return ceil(log2(latency_ms) * BUCKETS_PER_DOUBLING) if latency_ms > 0 else ZERO_BUCKET


def bucket_bounds(bucket: int) -> tuple[float, float]:
    """Lower (exclusive) and upper (inclusive) end of a bucket in ms; (0, 0) for the zero bucket."""
    if bucket == ZERO_BUCKET:
        return 0.0, 0.0
    return _power(bucket - 1), _power(bucket)


def bucket_value(bucket: int) -> float:
    """The value that stands for a bucket in ms: the one whose largest relative error is smallest, 2.17 %."""
    return 0.0 if bucket == ZERO_BUCKET else _power(bucket) * _MIDDLE


def _power(bucket: int) -> float:
    # 2^1024 is no float any more.
    return float(2.0 ** min(bucket / BUCKETS_PER_DOUBLING, 1023.999))


_MIDDLE = 2 / (1 + 2 ** (1 / BUCKETS_PER_DOUBLING))
BUCKET_VALUE = (
    f"CASE WHEN bucket = {ZERO_BUCKET} THEN 0 ELSE pow(2, bucket / {BUCKETS_PER_DOUBLING}.0) * {_MIDDLE!r} END"
)
"""SQL of `bucket_value` over a column named `bucket`, in ms."""


class RollUp(msgspec.Struct, frozen=True, kw_only=True):
    """One roll-up table."""

    name: str
    period: str
    """Its first column: `day` (local date), `month` (first day of the local month) or `arrived` (an hour)."""
    dimensions: tuple[str, ...]
    measures: tuple[RollUpMeasure, ...]
    condition: str = "TRUE"
    """Raw rows `r` that belong to it."""
    parent: str | None = None
    """A finer roll-up with the same dimensions and measures that it can be summed from."""
    behind: bool = True
    """Whether raw rows are added later than they are committed; `name` is a view then."""

    @property
    def stored(self) -> str:
        """Name of the table that holds the sums."""
        return f"{self.name}_sum" if self.behind else self.name

    @property
    def keys(self) -> tuple[str, ...]:
        """Columns that name a group."""
        return (self.period, *self.dimensions)

    @property
    def table(self) -> Table:
        """The stored table: groups, sums, and the data version of the commit (or of the last one merged)."""
        types = {"day": FieldType.DAY, "month": FieldType.DAY, "bucket": FieldType.SMALL,
                 "arrived": FieldType.INSTANT, "happened": FieldType.INSTANT}  # fmt: skip
        keys = (Field(name, types.get(name, FieldType.TEXT)) for name in self.keys)
        sums = (Field(measure.name, measure.type) for measure in self.measures)
        return Table(name=self.stored, fields=(*keys, *sums, Field("data_version", FieldType.INTEGER, True)))


DAY = RollUp(name="interaction_day", period="day", dimensions=DIMENSIONS, measures=MEASURES)
MONTH = RollUp(name="interaction_month", period="month", dimensions=DIMENSIONS, measures=MEASURES, parent=DAY.name)
LATENCY = RollUp(
    name="interaction_latency",
    period="month",
    dimensions=("project", "model", "bucket"),
    measures=COUNT,
    condition="r.latency_ms IS NOT NULL",
)
ACTOR = RollUp(
    name="interaction_actor",
    period="month",
    dimensions=("project", "actor"),
    measures=COUNT,
    condition="r.actor IS NOT NULL",
)
ROLLUPS: tuple[RollUp, ...] = (DAY, MONTH, LATENCY, ACTOR)
"""In the order in which rows are added to them: a parent before its child."""

MONTH_OF_DAY = "CAST(date_trunc('month', {}) AS DATE)"
"""SQL of the first day of a day's month."""
LONGEST_DAY = "INTERVAL 26 HOUR"
"""No local day reaches further from an instant in it."""


def derive(rollup: RollUp, relation: str) -> str:
    """SELECT of a roll-up's groups and sums from raw rows in `relation`, which has the local `day` beside them."""
    sums = ", ".join(f"sum({measure.expression}) AS {measure.name}" for measure in rollup.measures)
    return f"SELECT {_keys(rollup)}, {sums} FROM {relation} AS r WHERE {rollup.condition} GROUP BY ALL"


def singly(rollup: RollUp, relation: str) -> str:
    """SELECT of raw rows as a roll-up's partial sums, one row each; `relation` as in `derive`."""
    own = ", ".join(f"{measure.expression} AS {measure.name}" for measure in rollup.measures)
    return f"SELECT {_keys(rollup)}, {own}, r.data_version FROM {relation} AS r WHERE {rollup.condition}"


def _keys(rollup: RollUp) -> str:
    period = "r.day" if rollup.period == "day" else MONTH_OF_DAY.format("r.day")
    keys = (f"{BUCKET if name == 'bucket' else f'r.{name}'} AS {name}" for name in rollup.dimensions)
    return ", ".join((f"{period} AS {rollup.period}", *keys))


def current_interactions(local_day: Callable[[str], str], condition: str = "TRUE") -> str:
    """Relation of the current raw interactions with their local `day`, for `derive`; `local_day` as below."""
    day, table = local_day("time"), fact_table_name(INTERACTION)
    return f"(SELECT *, {day} AS day FROM {table} WHERE {CURRENT} AND ({condition}))"


def merge(rollup: RollUp, relation: str, condition: str = "TRUE", *, finer: bool = False) -> str:
    """SELECT of a roll-up's groups and sums from partial rows of it, or (`finer`) of its parent, in `relation`."""
    period = f"{MONTH_OF_DAY.format('p.day')} AS month" if finer else f"p.{rollup.period}"
    keys = ", ".join(f"p.{name}" for name in rollup.dimensions)
    sums = ", ".join(f"sum(p.{measure.name}) AS {measure.name}" for measure in rollup.measures)
    return f"SELECT {period}, {keys}, {sums} FROM {relation} AS p WHERE {condition} GROUP BY ALL"


def measures_view(local_day: Callable[[str], str]) -> str:
    """SELECT of current interactions with the columns of a roll-up, for `interaction_measures`.

    `local_day` gives the engine's SQL for the local date of an instant. Beside the roll-up's columns it has
    `id`, `source`, `time`, `day`, `month`, `operation`, `actor`, `bucket`, `recorded_at` and `data_version`.
    """
    day = f"SELECT i.*, {local_day('i.time')} AS day FROM {INTERACTION} AS i"
    plain = ("id", "source", "time", "day", *DIMENSIONS, "operation", "actor", "recorded_at", "data_version")
    kept = ", ".join(f"r.{name}" for name in plain)
    sums = ", ".join(f"{measure.expression} AS {measure.name}" for measure in MEASURES)
    return f"SELECT {kept}, {MONTH_OF_DAY.format('r.day')} AS month, {BUCKET} AS bucket, {sums} FROM ({day}) AS r"
