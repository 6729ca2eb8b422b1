"""Histograms as interactions that stand for many."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from tests.ingest.otlp_requests import START, pairs

from breakeven.errors import TooLarge, UsageProblem
from breakeven.ingest.otlp.metrics import STATE, Counted, State, count, groups
from breakeven.ingest.otlp.points import DURATION, LARGEST, MOST_POINTS, TOKENS, read_json, read_protobuf
from breakeven.ingest.otlp.values import Values
from breakeven.workspace.otlp_rules import OtlpRules

DELTA, CUMULATIVE = 1, 2
SECOND = 1_000_000_000
CHAT = {"gen_ai.operation.name": "chat", "gen_ai.system": "openai", "gen_ai.request.model": "m"}
VALUES = Values(OtlpRules(), frozenset({"chat"}), reject_unknown=False)


def histogram(metric: str, number: int, total: float, *, at: int, start: int = START, kind: int = CUMULATIVE,
              unit: str = "", **attributes: Any) -> dict[str, Any]:  # fmt: skip
    """One point; `at` is in seconds after the start of all."""
    own = {name.replace("_", "."): one for name, one in attributes.items()}
    return {"metric": metric, "count": number, "sum": total, "start": start, "time": START + at * SECOND, "kind": kind,
            "unit": unit, "attributes": CHAT | own}  # fmt: skip


def collection(
    calls: int, seconds: float, read: int, written: int, *, at: int, start: int = START, kind: int = CUMULATIVE
) -> list[dict[str, Any]]:
    """What an SDK collects at one time."""
    tokens = {"at": at, "start": start, "kind": kind}
    return [
        histogram(DURATION, calls, seconds, unit="s", **tokens),
        histogram(TOKENS, calls, read, **tokens) | {"side": "input"},
        histogram(TOKENS, calls, written, **tokens) | {"side": "output"},
    ]


def body(points: Sequence[Mapping[str, Any]], resource: Mapping[str, Any] | None = None) -> bytes:
    request = ExportMetricsServiceRequest()
    group = request.resource_metrics.add()
    group.resource.attributes.extend(pairs(resource or {"service.name": "chat"}))
    scope = group.scope_metrics.add()
    for one in points:
        metric = scope.metrics.add(name=one["metric"], unit=one["unit"])
        metric.histogram.aggregation_temporality = one["kind"]
        side = {"gen_ai.token.type": one["side"]} if "side" in one else {}
        metric.histogram.data_points.add(
            start_time_unix_nano=one["start"], time_unix_nano=one["time"], count=one["count"], sum=one["sum"],
            attributes=pairs({**one["attributes"], **side}),
        )  # fmt: skip
    return request.SerializeToString()


def taken(state: State, content: bytes) -> Counted:
    points = read_protobuf(content)
    assert not points.faults
    return count(points.points, groups(points.points, VALUES), state)


def rows(counted: Counted) -> list[dict[str, Any]]:
    table = counted.parsed.tables.get("interaction")
    return [] if table is None else table.to_pylist()


def shown(counted: Counted) -> list[tuple[Any, ...]]:
    return [(row["count"], row["input_tokens"], row["output_tokens"], row["latency_ms"]) for row in rows(counted)]


def test_a_delta_is_a_row() -> None:
    found = taken({}, body(collection(4, 2.0, 100, 40, at=60, kind=DELTA)))
    (row,) = rows(found)
    assert shown(found) == [(4, 100, 40, 500.0)]
    assert (row["source"], row["project"], row["model"], row["provider"], row["operation"], row["status"]) == (
        "chat", "chat", "m", "openai", "chat", "ok")  # fmt: skip
    assert row["labels"] is None
    assert [row["id"] for row in rows(taken(found.state, body(collection(4, 2.0, 100, 40, at=60, kind=DELTA))))] == [
        row["id"]
    ]


def test_of_a_cumulative_series_what_came_since() -> None:
    first = taken({}, body(collection(2, 1.0, 10, 5, at=60)))
    second = taken(first.state, body(collection(5, 4.0, 40, 9, at=120)))
    assert shown(first) + shown(second) == [(2, 10, 5, 500.0), (3, 30, 4, 1000.0)]
    assert shown(taken(second.state, body(collection(5, 4.0, 40, 9, at=120)))) == []  # a retry
    assert shown(taken(second.state, body(collection(2, 1.0, 10, 5, at=60)))) == []  # an older one
    assert shown(taken(second.state, body(collection(5, 4.0, 40, 9, at=180)))) == []  # nothing happened


def test_a_counter_that_begins_again() -> None:
    first = taken({}, body(collection(5, 5.0, 50, 5, at=60)))
    restarted = taken(first.state, body(collection(2, 2.0, 8, 2, at=120, start=START + 90 * SECOND)))
    assert shown(restarted) == [(2, 8, 2, 1000.0)]
    nameless = taken({}, body(collection(5, 5.0, 50, 5, at=60, start=0)))
    assert shown(taken(nameless.state, body(collection(2, 2.0, 8, 2, at=120, start=0)))) == [(2, 8, 2, 1000.0)]


def test_where_it_stands_is_in_its_latest_row() -> None:
    first = taken({}, body(collection(2, 1.0, 10, 5, at=60)))
    (name,) = first.state
    recalled = {name: json.loads(rows(first)[0]["labels"])[STATE]}
    assert shown(taken(recalled, body(collection(5, 4.0, 40, 9, at=120)))) == [(3, 30, 4, 1000.0)]


def test_failed_calls_are_rows_of_their_own() -> None:
    failed = histogram(DURATION, 2, 0.5, at=60, error_type="timeout")
    found = taken({}, body([*collection(1, 1.0, 7, 3, at=60), failed]))
    assert sorted((row["status"], row["count"], row["input_tokens"]) for row in rows(found)) == [
        ("error", 2, None), ("ok", 1, 7)]  # fmt: skip


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_collection_in_two_requests_is_never_counted_twice(order: tuple[int, int]) -> None:
    duration, *tokens = collection(3, 3.0, 30, 3, at=60)
    parts = [[duration], tokens]
    first = taken({}, body(parts[order[0]]))
    second = taken(first.state, body(parts[order[1]]))
    assert [row["count"] for row in (*rows(first), *rows(second))] == [3]
    assert bool(second.faults) == (order[1] == 1)  # tokens that are lost are told


def test_tokens_alone() -> None:
    assert shown(taken({}, body(collection(3, 3.0, 30, 3, at=60)[1:]))) == [(3, 30, 3, None)]


def test_agents_and_tools_are_no_calls() -> None:
    agent = histogram(DURATION, 2, 9.0, at=60) | {"attributes": CHAT | {"gen_ai.operation.name": "invoke_agent"}}
    assert rows(taken({}, body([agent]))) == []


def test_units() -> None:
    assert shown(taken({}, body([histogram(DURATION, 2, 300, at=60, unit="ms")]))) == [(2, None, None, 150.0)]


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 90), st.booleans()), min_size=1, max_size=8), st.data())
def test_nothing_is_lost_and_nothing_doubled(steps: list[tuple[int, int, bool]], data: st.DataObject) -> None:
    """Collections of a process that restarts now and then, some sent twice: the rows add up to what happened."""
    state: State = {}
    calls = tokens = happened = used = 0
    start, found = START, dict[str, tuple[int, int]]()
    for place, (more, read, restarts) in enumerate(steps, 1):
        if restarts:
            calls = tokens = 0
            start = START + place * 60 * SECOND - 1
        calls, tokens, happened, used = calls + more, tokens + read * more, happened + more, used + read * more
        sent = body(collection(calls, calls * 1.0, tokens, calls, at=place * 60, start=start))
        for _ in range(data.draw(st.integers(1, 2))):
            counted = taken(state, sent)
            state = counted.state
            found |= {row["id"]: (row["count"], row["input_tokens"]) for row in rows(counted)}
    assert sum(number for number, _ in found.values()) == happened
    assert sum(read or 0 for _, read in found.values()) == used


def test_json() -> None:
    point = {"startTimeUnixNano": str(START), "timeUnixNano": str(START + SECOND), "count": "2", "sum": 1.5,
             "bucketCounts": ["2"], "attributes": [{"key": "gen_ai.request.model", "value": {"stringValue": "m"}}],
             "exemplars": [{"traceId": "ab", "asDouble": 1}]}  # fmt: skip
    metric = {
        "name": DURATION,
        "unit": "s",
        "exponentialHistogram": {"aggregationTemporality": 1, "dataPoints": [point]},
    }
    other = {"name": "http.duration", "gauge": {"dataPoints": [{"asDouble": "x"}]}}
    broken = {"name": TOKENS, "histogram": {"dataPoints": [{"count": "many"}]}}
    found = read_json(
        json.dumps({"resourceMetrics": [{"scopeMetrics": [{"metrics": [metric, other, broken]}]}]}).encode()
    )
    assert [(one.count, one.sum, one.cumulative) for one in found.points] == [(2, 1.5, False)]
    assert len(found.faults) == 1


@pytest.mark.parametrize(
    "point",
    [
        histogram(DURATION, 1, 1.0, at=60, kind=0),
        histogram(DURATION, 1, -1.0, at=60),
        histogram(DURATION, 1, float("nan"), at=60),
        histogram(DURATION, 1 << 60, 1.0, at=60),
        histogram(DURATION, 1, 1.0, at=60) | {"time": 0},
    ],
)
def test_a_bad_point_is_named(point: dict[str, Any]) -> None:
    found = read_protobuf(body([point, *collection(1, 1.0, 1, 1, at=60)]))
    assert (len(found.points), len(found.faults)) == (3, 1)


@given(st.binary(max_size=200))
def test_garbage_is_refused_or_read(content: bytes) -> None:
    for read in (read_protobuf, read_json):
        try:
            found = read(content)
        except UsageProblem:
            continue
        count(found.points, groups(found.points, VALUES), {})


def test_too_large() -> None:
    with pytest.raises(TooLarge):
        read_protobuf(b"\0" * (LARGEST + 1))
    with pytest.raises(TooLarge):
        read_protobuf(b"\x0a\x00" * (MOST_POINTS + 1))
    with pytest.raises(TooLarge):
        read_json(b'{"resourceMetrics":[' + b"{}," * MOST_POINTS + b"{}]}")
