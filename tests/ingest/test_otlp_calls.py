"""Calls that are taken at a glance: what is sure of them is what the steps find, and what is odd goes to the steps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.ingest.otlp_requests import START, identity, in_json, protobuf, span

from breakeven.facts import Reason
from breakeven.ingest.admission import Admission, Request
from breakeven.ingest.journal import REJECTED
from breakeven.ingest.otlp.attributes import NAMES, Slot
from breakeven.ingest.otlp.calls import Calls
from breakeven.ingest.otlp.decode import Decoder
from breakeven.ingest.otlp.nesting import Nesting
from breakeven.ingest.otlp.spans import take
from breakeven.ingest.otlp.values import Values
from breakeven.ingest.pipeline import Pipeline
from breakeven.store.duckdb import MEMORY, DuckDBStore
from breakeven.store.keys import Flags, Keys
from breakeven.workspace.otlp_rules import OtlpRules

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
CHAT = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "m"}
LARGEST = (1 << 63) - 1


@pytest.fixture(scope="module")
def pipeline(make: Callable[..., Pipeline]) -> Iterator[Pipeline]:
    store = DuckDBStore.open(MEMORY)
    made = make(store)
    yield made
    made.close()
    store.close()


def none_known(_: str, keys: Keys) -> Flags:
    flags: Flags = keys == keys + 1
    return flags


def taken(*spans: dict[str, Any], resource: dict[str, Any] | None = None, json_body: bool = False) -> Calls:
    decoder = Decoder(Values(OtlpRules(labels=("region",)), frozenset({"chat"}), reject_unknown=False))
    body = in_json(spans, resource) if json_body else protobuf(spans, resource)
    typed = take(decoder.json(body) if json_body else decoder.protobuf(body), Nesting()).parsed.typed
    assert isinstance(typed, Calls)
    return typed


def request(calls: Calls) -> Request:
    decoded = take((), Nesting()).parsed
    return Request(type(decoded)({}, (), calls.rows, calls), "otlp", NOW, Future())


_texts = st.sampled_from(
    ["a", "openai", " b ", "a .b", ".x", "ä" * 600, "\ufeffq", "chat", "Team\u00a0", 'q"\\\n', "7"]
)
_numbers = st.sampled_from([0, 1, 5, 100, -3, LARGEST, 12.0, "12", "-1"])
_values: dict[Slot, st.SearchStrategy[Any]] = {
    **dict.fromkeys((Slot.INPUT, Slot.OUTPUT, Slot.TOTAL, Slot.CACHED, Slot.CACHE_WRITE, Slot.REASONING), _numbers),
    Slot.COST: st.sampled_from([0, 0.25, "0.001", -1, 10**15, 10**16, 1e-14]),
    Slot.CSAT: st.sampled_from([0, 1, 4.5, 5, 6, "3"]), Slot.SECONDS_SAVED: st.sampled_from([-5, 0, 1.5]),
}  # fmt: skip


@st.composite
def calls(draw: st.DrawFn) -> Calls:
    spans = []
    for number in range(draw(st.integers(1, 3))):
        slots = draw(st.lists(st.sampled_from(list(NAMES)), max_size=6))
        more = {draw(st.sampled_from(NAMES[slot])): draw(_values.get(slot, _texts)) for slot in slots}
        start = draw(st.sampled_from([START, START, START, 0, START + 10**16]))
        spans.append(span(number + 1, CHAT | more | CHAT, start=start, failed=draw(st.booleans())))
    resource = draw(st.dictionaries(st.sampled_from(["service.name", "app.team", "project.name"]), _texts, max_size=2))
    try:
        return taken(*spans, resource=resource, json_body=draw(st.booleans()))
    except AssertionError:  # some are refused already
        return taken(span(1, CHAT))


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(calls())
def test_what_is_sure_is_what_the_steps_find(pipeline: Pipeline, sent: Calls) -> None:
    """The rows that are journalled at a glance are those that the steps make of the same columns."""
    admission, looked_at = Admission(pipeline, none_known), list[Request]()
    admission._general = lambda requests, _: looked_at.extend(requests)  # type: ignore[assignment,method-assign]
    journalled = admission.admit([request(sent)]).tables
    if looked_at:
        return  # the steps decide
    table = pa.table({"row": pa.array(range(1, sent.rows + 1), pa.int64()), **sent.columns()})
    wanted = pipeline.judged({sent.kind: table}, "otlp", NOW)[sent.kind]
    assert wanted.refused.num_rows == 0, wanted.refused.to_pylist()
    found = pipeline.judged(journalled, "otlp", NOW)[sent.kind]
    assert found.valid.drop_columns(["ordinal"]).to_pylist() == wanted.valid.drop_columns(["ordinal"]).to_pylist()


def test_many_requests_are_one_table_with_a_source_each(pipeline: Pipeline) -> None:
    parts = [taken(span(1, CHAT), resource={}), taken(span(2, CHAT, failed=True), span(3, CHAT | {"session.id": "s"}),
                                                      resource={"service.name": "shop"})]  # fmt: skip
    found = Admission(pipeline, none_known).admit([request(part) for part in parts])
    rows = found.tables["interaction"].to_pylist()
    assert [(row["id"], row["source"], row["status"], row["labels"]) for row in rows] == [
        (identity(1), "otlp", "ok", None), (identity(2), "shop", "error", None),
        (identity(3), "shop", "ok", '{"session":"s"}'),
    ]  # fmt: skip
    assert [outcome.accepted for _, outcome in found.answers] == [1, 2]


@pytest.mark.parametrize(
    ("more", "field", "reason"),
    [
        ({"gen_ai.usage.input_tokens": -1}, "input_tokens", Reason.BAD_VALUE),
        ({"gen_ai.usage.cost": -1}, "cost", Reason.NEGATIVE_AMOUNT),
        ({"breakeven.csat": 9}, "csat", Reason.BAD_VALUE),
        ({"user.id": "x" * 513}, "actor", Reason.TOO_LARGE),
        ({"gen_ai.usage.input_tokens": 5, "gen_ai.usage.cache_read.input_tokens": LARGEST}, "cached_tokens",
         Reason.BAD_VALUE),
    ],
)  # fmt: skip
def test_an_odd_value_refuses_its_span_and_no_other(
    pipeline: Pipeline, more: dict[str, Any], field: str, reason: Reason
) -> None:
    requests = [request(taken(span(1, CHAT), span(2, CHAT | more))), request(taken(span(3, CHAT)))]
    found = Admission(pipeline, none_known).admit(requests)
    assert sorted(row["id"] for row in found.tables["interaction"].to_pylist()) == [identity(1), identity(3)]
    assert found.tables[REJECTED].num_rows == 1
    (mine,) = (outcome for asked, outcome in found.answers if asked.answer is requests[0].answer)
    assert [(one.row, one.field, one.reason) for one in mine.refusals] == [(2, field, reason)]
