"""Points of histograms as interactions that stand for many: `count`, tokens and mean latency of a span of time.

A delta is such a row. Of a cumulative series the row is what came since its last point, which is remembered: in memory,
and in the label `otlp_series` of the series' latest row, so that a restart goes on where it stopped. A series is known
by its resource, its attributes and its start, so that a counter that begins again is another series. Points that were
seen already (a retry) give nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import pyarrow as pa

from breakeven.ingest.events import Parsed
from breakeven.ingest.otlp.attributes import OTHER, Slot
from breakeven.ingest.otlp.points import DURATION, TOKENS, Point
from breakeven.ingest.otlp.values import OF_RESOURCE, Fault, Values

PREFIX = "otlp-metrics:"
"""How ids of rows from metrics begin; then the group, then the time in nanoseconds."""
STATE = "otlp_series"
"""Label with where the group's cumulative series stand: series → (start, time, count, sum)."""
MOST_SERIES = 64
"""Series of one group that are remembered, the latest ones."""
_TOKEN_TYPE = "gen_ai.token.type"  # noqa: S105 - an attribute's name
_SIDES = {"input": "input", "output": "output", "completion": "output"}
_SCALE = {"ms": 1.0, "us": 1e-3, "ns": 1e-6}
"""Unit of durations → milliseconds; seconds where nothing else is said, as the convention has it."""
_COLUMNS = pa.schema([
    ("row", pa.int64()), ("id", pa.string()), ("source", pa.string()), ("time", pa.timestamp("us", tz="UTC")),
    ("count", pa.int64()), ("project", pa.string()), ("model", pa.string()), ("provider", pa.string()),
    ("operation", pa.string()), ("variant", pa.string()), ("team", pa.string()), ("latency_ms", pa.float64()),
    ("status", pa.string()), ("input_tokens", pa.int64()), ("output_tokens", pa.int64()), ("labels", pa.string()),
])  # fmt: skip

Standing = tuple[int, int, int, float]
"""Start, time, count and sum of a cumulative series at its last point."""
State = Mapping[str, Mapping[str, Standing]]
"""Group → series → standing."""


class Group(msgspec.Struct, frozen=True):
    """What the points of one row have in common: everything but metric and type of token."""

    name: str
    slots: Mapping[int, object]
    operation: str | None

    @property
    def source(self) -> str | None:
        """The service, where it is named."""
        found = self.slots.get(Slot.SOURCE)
        return found if isinstance(found, str) else None


class Sums(msgspec.Struct):
    """What a group's points of one time add up to."""

    calls: int = 0
    """Calls by the duration's count."""
    seconds: float = 0.0
    tokens: dict[str, float] = {}
    """Side → tokens."""
    counted: dict[str, int] = {}
    """Side → calls by the count of tokens."""
    latency: bool = False

    @property
    def count(self) -> int:
        """Calls: each is in every one of these counts that the source sends."""
        return max(self.calls, *self.counted.values(), 0)


class Counted(msgspec.Struct, frozen=True):
    """What became of points."""

    parsed: Parsed
    state: State
    """Where the groups stand once that is in the store."""
    faults: Sequence[str]


def groups(points: Sequence[Point], values: Values) -> list[Group | None]:
    """The group of each point; None for an operation that is no call of a model."""
    return [_group(point, values) for point in points]


def count(points: Sequence[Point], owners: Sequence[Group | None], known: State) -> Counted:
    """Rows of what the points add to what is known."""
    state = {name: dict(series) for name, series in known.items()}
    sums: dict[tuple[str, int], Sums] = {}
    named: dict[str, Group] = {}
    faults: list[str] = []
    for point, group in zip(points, owners, strict=True):
        if group is None:
            continue
        side = _SIDES.get(str(point.attributes.get(_TOKEN_TYPE, "")), "")
        if point.metric == TOKENS and not side:
            faults.append(f"a point of {TOKENS} has no {_TOKEN_TYPE}: input or output")
            continue
        series = state.setdefault(group.name, {})
        added = _added(point, series, side)
        if added is None:
            continue
        named[group.name] = group
        _add(sums.setdefault((group.name, point.time), Sums()), point, side, *added)
    rows = []
    for (name, time), one in sorted(sums.items()):
        if one.count and _is_news(one, known.get(name, {}), time, faults):
            rows.append(_row(named[name], time, one, state[name]))
    rows = [{"row": place, **row} for place, row in enumerate(rows, 1)]
    tables = {"interaction": pa.Table.from_pylist(rows, _COLUMNS)} if rows else {}
    kept = {name: dict(sorted(s.items(), key=lambda item: item[1][1])[-MOST_SERIES:]) for name, s in state.items()}
    return Counted(Parsed(tables=tables, refusals=(), rows=len(rows)), kept, faults)


def _group(point: Point, values: Values) -> Group | None:
    ranks: dict[int, int] = {}
    slots: dict[int, object] = {}
    for more, attributes in ((0, point.attributes), (OF_RESOURCE, point.resource)):
        for name, given in attributes.items():
            for slot, rank, value in values.entries(name, given):
                if rank + more < ranks.get(slot, 1 << 30) and type(value) is not Fault:
                    ranks[slot], slots[slot] = rank + more, value
    kind = slots.get(Slot.KIND)
    if kind == OTHER:
        return None
    operation = kind if isinstance(kind, str) else slots.get(Slot.OPERATION)
    # What a row says, and who says it: the service's instance has its own series.
    shown = {str(slot): str(value) for slot, value in slots.items() if slot != Slot.KIND}
    content = [operation, sorted(shown.items()), sorted((name, str(value)) for name, value in point.resource.items())]
    name = hashlib.sha256(msgspec.json.encode(content)).hexdigest()[:24]
    return Group(name, slots, operation if isinstance(operation, str) else None)


def _added(point: Point, series: dict[str, Standing], side: str) -> tuple[int, float] | None:
    """Count and sum that a point adds; None where it was seen before."""
    total = point.sum or 0.0
    if not point.cumulative:
        return point.count, total
    content = [point.metric, side, point.start, sorted((name, str(value)) for name, value in point.attributes.items())]
    name = hashlib.sha256(msgspec.json.encode(content)).hexdigest()[:16]
    start, time, count, before = series.get(name, (point.start, 0, 0, 0.0))
    if point.time <= time:
        return None
    series[name] = (start, point.time, point.count, total)
    if point.count < count:  # it began again without saying so
        return point.count, total
    return point.count - count, max(total - before, 0.0)


def _add(sums: Sums, point: Point, side: str, added: int, total: float) -> None:
    if point.metric == DURATION:
        sums.calls += added
        sums.seconds += total * _SCALE.get(point.unit, 1e3)
        sums.latency = sums.latency or point.sum is not None
    else:
        sums.tokens[side] = sums.tokens.get(side, 0.0) + total
        sums.counted[side] = sums.counted.get(side, 0) + added


def _is_news(sums: Sums, known: Mapping[str, Standing], time: int, faults: list[str]) -> bool:
    """Whether the calls of a time were not counted by another request: a collection is to come as a whole."""
    if not any(standing[1] == time for standing in known.values()):
        return True
    if sums.tokens:
        faults.append(f"{TOKENS} came apart from {DURATION} of the same time: send a collection in one request")
    return False


def _row(group: Group, time: int, sums: Sums, series: Mapping[str, Standing]) -> dict[str, Any]:
    failed = group.slots.get(Slot.ERROR)
    labels: dict[str, Any] = {"error_type": failed} if failed is not None else {}
    if series:
        latest = sorted(series.items(), key=lambda item: item[1][1])[-MOST_SERIES:]
        labels[STATE] = dict(latest)
    tokens = {f"{side}_tokens": round(total) for side, total in sums.tokens.items()}
    fields = {"source": Slot.SOURCE, "project": Slot.PROJECT, "model": Slot.MODEL, "provider": Slot.PROVIDER,
              "variant": Slot.VARIANT, "team": Slot.TEAM}  # fmt: skip
    return {
        "id": f"{PREFIX}{group.name}:{time:020d}", "time": time // 1000, "count": sums.count,
        "operation": group.operation, "status": "error" if failed is not None else "ok",
        "latency_ms": sums.seconds / sums.calls if sums.latency and sums.calls else None,
        "labels": msgspec.json.encode(labels).decode() if labels else None,
        **{field: group.slots.get(slot) for field, slot in fields.items()}, **tokens,
    }  # fmt: skip
