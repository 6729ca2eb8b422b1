"""Spans as interactions: every convention, in both encodings, and what one bad span does to the others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from tests.conftest import cases_in
from tests.ingest.otlp_requests import START, identity, in_json, interactions, pairs, protobuf, span

from breakeven.errors import TooLarge, UsageProblem
from breakeven.facts import Reason
from breakeven.ingest.otlp.attributes import FIELDS, LABELS, NAMES, Slot
from breakeven.ingest.otlp.decode import MOST_ATTRIBUTES, MOST_SPANS, Decoder
from breakeven.ingest.otlp.nesting import Nesting
from breakeven.ingest.otlp.spans import Taken, take
from breakeven.ingest.otlp.values import Values
from breakeven.workspace.otlp_rules import OtlpRules

CASES = cases_in(Path(__file__).parent / "otlp_cases.yaml")
CHAT = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "m"}
NO_RULES = OtlpRules()


def read(body: bytes, *, json_body: bool = False, rules: OtlpRules = NO_RULES, strict: bool = False) -> Taken:
    values = Values(rules, frozenset({"chat"}), reject_unknown=strict)
    decoder = Decoder(values)
    return take(decoder.json(body) if json_body else decoder.protobuf(body), Nesting())


def rows(taken: Taken) -> list[dict[str, Any]]:
    return interactions(taken.parsed)


@pytest.mark.parametrize("json_body", [False, True], ids=["protobuf", "json"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_conventions(case: dict[str, Any], json_body: bool) -> None:
    spans = [span(7, case["attributes"], trace=3)]
    resource = case.get("resource")
    found = rows(read(in_json(spans, resource) if json_body else protobuf(spans, resource), json_body=json_body))
    if case.get("none"):
        assert found == []
        return
    (row,) = found
    assert row["id"] == identity(7, 3)
    assert int(row["time"].timestamp() * 1e9) == START
    for field, wanted in case["expect"].items():
        got = row.get(field)
        if field == "labels":
            assert json.loads(got) == wanted
        else:
            assert (str(got) if field == "cost" else got) == wanted, field


def test_every_slot_is_documented() -> None:
    assert set(NAMES) == set(Slot)
    assert set(FIELDS) | set(LABELS) == set(Slot)
    assert [int(slot) for slot in LABELS] == list(range(int(Slot.CACHE_WRITE), len(Slot)))


def test_rules_of_the_workspace() -> None:
    rules = OtlpRules(fields={"project": ("app",), "session": ("thread",)}, labels=("region", "retry"),
                      projects={"front": "chat"})  # fmt: skip
    attributes = CHAT | {"app": "front", "breakeven.project": "x", "thread": "t", "region": "eu", "retry": 2}
    (row,) = rows(read(protobuf([span(1, attributes)]), rules=rules))
    assert row["project"] == "chat"
    assert json.loads(row["labels"]) == {"session": "t", "region": "eu", "retry": "2"}


def test_a_service_is_no_project_where_only_declared_ones_are_taken() -> None:
    (row,) = rows(read(protobuf([span(1, CHAT)]), strict=True))
    assert "project" not in row


def test_cache_writes_of_anthropic_are_priced_by_its_own_usage() -> None:
    attributes = CHAT | {"gen_ai.system": "anthropic", "gen_ai.usage.input_tokens": 100,
                         "gen_ai.usage.cache_creation_input_tokens": 70, "gen_ai.usage.output_tokens": 5}  # fmt: skip
    (row,) = rows(read(protobuf([span(1, attributes)])))
    assert json.loads(row["usage"]) == {"input_tokens": 30, "cache_creation_input_tokens": 70,
                                        "cache_read_input_tokens": 0, "output_tokens": 5}  # fmt: skip


@pytest.mark.parametrize(
    ("attributes", "field", "reason"),
    [
        ({"gen_ai.usage.input_tokens": "many"}, "gen_ai.usage.input_tokens", Reason.BAD_TYPE),
        ({"gen_ai.usage.input_tokens": 1.5}, "gen_ai.usage.input_tokens", Reason.BAD_TYPE),
        ({"gen_ai.usage.output_tokens": float("nan")}, "gen_ai.usage.output_tokens", Reason.BAD_TYPE),
        ({"gen_ai.usage.cost": float("inf")}, "gen_ai.usage.cost", Reason.BAD_TYPE),
        ({"gen_ai.usage.cost": "1e400"}, "gen_ai.usage.cost", Reason.BAD_TYPE),
        ({"breakeven.csat": "good"}, "breakeven.csat", Reason.BAD_TYPE),
        ({"gen_ai.usage.input_tokens": True}, "gen_ai.usage.input_tokens", Reason.BAD_TYPE),
    ],
)
def test_a_bad_value_refuses_its_span_only(attributes: dict[str, Any], field: str, reason: Reason) -> None:
    body = protobuf([span(1, CHAT), span(2, CHAT | attributes), span(3, CHAT)])
    for _ in range(2):  # the second time from what is remembered
        taken = read(body)
        assert [row["id"] for row in rows(taken)] == [identity(1), identity(3)]
        (refusal,) = taken.parsed.refusals
        assert (refusal.row, refusal.field, refusal.reason, taken.parsed.rows) == (3, field, reason, 3)
        assert taken.names[refusal.row - 1].hex() == "0000000000000002"


def test_a_bad_value_that_is_not_believed_harms_nobody() -> None:
    attributes = CHAT | {"gen_ai.usage.input_tokens": 4, "llm.token_count.prompt": "many"}
    (row,) = rows(read(protobuf([span(1, attributes)])))
    assert row["input_tokens"] == 4


@pytest.mark.parametrize(("trace", "number"), [(0, 1), (1, 0)])
def test_ids_of_zeros_are_none(trace: int, number: int) -> None:
    taken = read(protobuf([span(number, CHAT, trace=trace), span(5, CHAT)]))
    assert [refusal.reason for refusal in taken.parsed.refusals] == [Reason.MISSING_FIELD]
    assert len(rows(taken)) == 1


def test_damaged_spans_and_texts_that_are_no_utf8() -> None:
    request = ExportTraceServiceRequest.FromString(protobuf([span(1, CHAT)]))
    body = request.SerializeToString().replace(
        b"gen_ai.request.model\x12\x03\n\x01m", b"gen_ai.request.model\x12\x03\n\x01\xff"
    )
    good = protobuf([span(2, CHAT)])
    taken = read(body + good)  # repeated fields of two messages that follow one another are one message
    assert [row["id"] for row in rows(taken)] == [identity(2)]
    assert [(one.reason, one.field) for one in taken.parsed.refusals] == [(Reason.UNREADABLE, "gen_ai.request.model")]


def test_a_value_nested_deeply_is_not_taken_apart() -> None:
    raw = AnyValue(string_value="end").SerializeToString()
    for _ in range(3_000):
        raw = b"\x2a" + _length(len(raw) + 1 + len(_length(len(raw)))) + b"\x0a" + _length(len(raw)) + raw
    for name in ("gen_ai.input.messages", "gen_ai.request.model"):
        attribute = b"\x0a" + _length(len(name)) + name.encode() + b"\x12" + _length(len(raw)) + raw
        one = b"\x0a\x10" + b"\x01" * 16 + b"\x12\x08" + b"\x02" * 8
        chat = KeyValue(key="gen_ai.operation.name", value=AnyValue(string_value="chat")).SerializeToString()
        one += b"".join(b"\x4a" + _length(len(part)) + part for part in (chat, attribute))
        body = b"\x12" + _length(len(one)) + one
        body = b"\x12" + _length(len(body)) + body
        taken = read(b"\x0a" + _length(len(body)) + body)
        assert (len(rows(taken)), len(taken.parsed.refusals)) == ((1, 0) if name.endswith("messages") else (0, 1))


def _length(size: int) -> bytes:
    found = b""
    while size > 0x7F:
        found, size = found + bytes([size & 0x7F | 0x80]), size >> 7
    return found + bytes([size])


def test_limits() -> None:
    empty = b"\x12\x00" * (MOST_SPANS + 1)
    scope = b"\x12" + _length(len(empty)) + empty
    with pytest.raises(TooLarge):
        read(b"\x0a" + _length(len(scope)) + scope)
    many = ExportTraceServiceRequest.FromString(protobuf([span(1, CHAT), span(2, CHAT)]))
    crowd = {f"a{number}": number for number in range(MOST_ATTRIBUTES)}
    many.resource_spans[0].scope_spans[0].spans[0].attributes.extend(pairs(crowd))
    taken = read(many.SerializeToString())
    assert len(rows(taken)) == 1


@pytest.mark.parametrize("body", [b"\xff\xff", b"\x0a\x05abc", b"{}x"])
def test_a_body_that_is_no_request(body: bytes) -> None:
    with pytest.raises(UsageProblem):
        read(body)


@pytest.mark.parametrize(
    "body", [b"", b"[", b"[]", b'{"resourceSpans": 1}', b"[" * 100_000, b'{"a":' * 50_000, b"\xff"]
)
def test_a_body_that_is_no_json_request(body: bytes) -> None:
    with pytest.raises(UsageProblem):
        read(body, json_body=True)


@pytest.mark.parametrize(
    "fault",
    [{"traceId": "xyz"}, {"spanId": 5}, {"startTimeUnixNano": "soon"}, {"startTimeUnixNano": "-5"}, {"traceId": "ab"},
     {"attributes": 3}],
)  # fmt: skip
def test_a_bad_span_in_json_harms_no_other(fault: dict[str, Any]) -> None:
    body = json.loads(in_json([span(1, CHAT), span(2, CHAT)]))
    body["resourceSpans"][0]["scopeSpans"][0]["spans"][0].update(fault)
    taken = read(json.dumps(body).encode(), json_body=True)
    assert ([row["id"] for row in rows(taken)], len(taken.parsed.refusals)) == ([identity(2)], 1)


@settings(max_examples=200)
@given(st.data())
def test_garbage_never_does_more_than_refuse(data: st.DataObject) -> None:
    good = protobuf([span(1, CHAT | {"gen_ai.usage.input_tokens": 5, "x": [1, "a"]}), span(2, CHAT, parent=1)])
    kind = data.draw(st.sampled_from(["bytes", "flip", "cut", "insert"]))
    if kind == "bytes":
        body = data.draw(st.binary(max_size=300))
    else:
        place = data.draw(st.integers(0, len(good) - 1))
        piece = data.draw(st.binary(min_size=1, max_size=8))
        end = {"flip": place + len(piece), "cut": len(good), "insert": place}[kind]
        body = good[:place] + (b"" if kind == "cut" else piece) + good[end:]
    for json_body in (False, True):
        try:
            taken = read(body, json_body=json_body)
        except UsageProblem:
            continue
        assert taken.parsed.rows == len(rows(taken)) + len(taken.parsed.refusals) == len(taken.names)


def test_time_and_latency_to_the_nanosecond() -> None:
    one = span(1, CHAT, start=START + 123_456_789) | {"end": START + 123_456_789 + 1}
    (row,) = rows(read(protobuf([one])))
    assert (row["latency_ms"], row["time"].microsecond) == (1e-6, 123_456)
    (row,) = rows(read(protobuf([one | {"end": 0}])))
    assert row["latency_ms"] is None
    (row,) = rows(read(protobuf([one | {"start": 0}])))
    assert (row["time"], row["latency_ms"]) == (None, None)
