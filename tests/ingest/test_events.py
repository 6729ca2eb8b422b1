"""Bodies of requests: every mode of CloudEvents, lines, arrays; limits; what is wrong with one record and with all."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import cases_in

from breakeven.errors import TooLarge, UnknownName, UnsupportedMedia, UsageProblem
from breakeven.facts import Reason
from breakeven.ingest.events import Limits, Parsed, Parser, elements
from breakeven.ingest.staging import Staging

EVENT = {"specversion": "1.0", "id": "e1", "source": "/gateway", "type": "breakeven.interaction",
         "time": "2026-10-01T10:00:00Z", "data": {"model": "m", "input_tokens": 12, "labels": {"a": 1}}}  # fmt: skip


@pytest.fixture
def parser() -> Iterator[Parser]:
    staging = Staging()
    yield Parser(staging, Limits(body=10_000, events=5))
    staging.close()


def post(parser: Parser, body: object, media: str, kind: str | None = None, **headers: str) -> Parsed:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return parser.parse(raw, {"content-type": media, **named}, kind)


def only(parsed: Parsed, kind: str = "interaction") -> dict[str, Any]:
    assert parsed.refusals == ()
    (row,) = parsed.tables[kind].to_pylist()
    return {name: value for name, value in row.items() if value is not None}


EXPECTED = {"row": 1, "id": "e1", "source": "/gateway", "time": "2026-10-01T10:00:00Z", "model": "m",
            "input_tokens": "12", "labels": '{"a":1}'}  # fmt: skip
SAME = [
    ("application/cloudevents+json", EVENT),
    ("application/cloudevents+json; charset=utf-8", {**EVENT, "extension": 5, "unset": None}),
    ("application/cloudevents-batch+json", [EVENT]),
    ("application/json", EVENT),
    ("application/json", [EVENT]),
    ("application/x-ndjson", EVENT),
    ("application/cloudevents+json", {**EVENT, "data": json.dumps(EVENT["data"])}),
    ("application/cloudevents+json", {**EVENT, "type": "com.example.breakeven.interaction"}),
    ("application/cloudevents+json", {**EVENT, "type": "interaction"}),
    ("application/cloudevents+json", {**EVENT, "data": None,
                                      "data_base64": base64.b64encode(json.dumps(EVENT["data"]).encode()).decode()}),
]  # fmt: skip


@pytest.mark.parametrize(("media", "body"), SAME)
def test_modes(parser: Parser, media: str, body: object) -> None:
    assert only(post(parser, body, media)) == EXPECTED


def test_binary_mode(parser: Parser) -> None:
    headers = {f"ce-{name}": str(EVENT[name]) for name in ("specversion", "id", "source", "type", "time")}
    headers |= {"ce-source": "%2Fgateway", "content-type": "application/json; charset=utf-16"}
    row = only(parser.parse(json.dumps(EVENT["data"]).encode("utf-16"), headers))
    assert row == EXPECTED


def test_data_go_before_the_envelope(parser: Parser) -> None:
    row = only(post(parser, {**EVENT, "data": {"id": "own", "source": "x", "time": "2026-01-01"}},
                    "application/cloudevents+json"))  # fmt: skip
    assert (row["id"], row["source"], row["time"]) == ("own", "x", "2026-01-01")


def test_time_of_other_kinds(parser: Parser) -> None:
    event = {**EVENT, "type": "breakeven.incident", "data": {}}
    assert only(post(parser, event, "application/json"), "incident")["opened_at"] == EVENT["time"]


def test_lines(parser: Parser) -> None:
    lines = [
        {"kind": "cost", "id": "1", "amount": "0.10"},
        {"type": "breakeven.survey", "score": 5},
        {"id": "3"},
        EVENT,
    ]
    body = b"\r\n".join(json.dumps(line).encode() for line in lines) + b"\n\nnot json\n"
    parsed = post(parser, body, "application/x-ndjson")
    assert parsed.rows == 5
    assert {kind: table["row"].to_pylist() for kind, table in parsed.tables.items()} == {
        "cost": [1], "survey": [2], "interaction": [4]}  # fmt: skip
    assert [(r.row, r.reason) for r in parsed.refusals] == [(3, Reason.UNKNOWN_KIND), (5, Reason.UNREADABLE)]
    assert parsed.refusals[1].record == '"not json"'


def test_one_kind_for_all_lines(parser: Parser) -> None:
    body = b'{"id": "1", "kind": "nps", "score": 9}\n'
    parsed = post(parser, body, "application/x-ndjson", "survey")
    assert only(parsed, "survey") == {"row": 1, "id": "1", "kind": "nps", "score": "9"}


REFUSED = [
    ({"specversion": "0.3"}, Reason.BAD_VALUE, "specversion"),
    ({"specversion": 1.0}, Reason.BAD_VALUE, "specversion"),
    ({"specversion": None}, Reason.MISSING_FIELD, "specversion"),
    ({"id": None}, Reason.MISSING_FIELD, "id"),
    ({"id": 5}, Reason.BAD_TYPE, "id"),
    ({"source": ""}, Reason.MISSING_FIELD, "source"),
    ({"type": "com.example.someevent"}, Reason.UNKNOWN_KIND, "type"),
    ({"type": "breakeven.costs"}, Reason.UNKNOWN_KIND, "type"),
    ({"time": 5}, Reason.BAD_TIME, "time"),
    ({"data": 1.5}, Reason.UNREADABLE, "data"),
    ({"data": "I'm just a string"}, Reason.UNREADABLE, "data"),
    ({"data": [1]}, Reason.UNREADABLE, "data"),
    ({"data": None, "data_base64": "... base64 encoded string ..."}, Reason.UNREADABLE, "data_base64"),
    ({"data_base64": "e30="}, Reason.BAD_VALUE, "data_base64"),
    ({"subject": ""}, Reason.BAD_VALUE, "subject"),
    ({"subject": 5}, Reason.BAD_VALUE, "subject"),
    ({"dataschema": ""}, Reason.BAD_VALUE, "dataschema"),
    ({"datacontenttype": 1}, Reason.BAD_VALUE, "datacontenttype"),
]


@pytest.mark.parametrize(("change", "reason", "field"), REFUSED)
def test_one_bad_event_costs_no_good_one(parser: Parser, change: dict[str, object], reason: Reason, field: str) -> None:
    parsed = post(parser, [EVENT, {**EVENT, **change}, EVENT], "application/cloudevents-batch+json")
    assert parsed.tables["interaction"]["row"].to_pylist() == [1, 3]
    (refusal,) = parsed.refusals
    assert (refusal.row, refusal.reason, refusal.field) == (2, reason, field)


WRONG = [
    (b"{", "application/cloudevents+json", UsageProblem, "not a JSON object"),
    (b"[1", "application/cloudevents-batch+json", UsageProblem, "not a JSON array"),
    (b"{}", "application/cloudevents-batch+json", UsageProblem, "not a JSON array"),
    (b"[]", "application/cloudevents+json", UsageProblem, "not a JSON object"),
    (b"", "application/json", UsageProblem, "not a JSON object"),
    (b"[" * 100_000, "application/json", TooLarge, "at most 10000 are taken"),
    (b"a,b", "text/csv", UnsupportedMedia, "'text/csv' is not read; send one of: application/cloudevents"),
    (b"{}", "", UnsupportedMedia, "missing"),
    (b"[1,2,3,4,5,6]", "application/json", TooLarge, "more than 5 records in one request"),
]


@pytest.mark.parametrize(("body", "media", "error", "says"), WRONG)
def test_a_body_that_cannot_be_read(parser: Parser, body: bytes, media: str, error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        parser.parse(body, {"content-type": media})


def test_empty_batch(parser: Parser) -> None:
    assert post(parser, [], "application/cloudevents-batch+json").rows == 0


def test_gzip(parser: Parser) -> None:
    packed = gzip.compress(json.dumps(EVENT).encode())
    assert only(post(parser, packed, "application/json", content_encoding="gzip")) == EXPECTED


@pytest.mark.parametrize(("plain", "cut", "error"), [(b" " * 50_000_000, 0, TooLarge), (b"{}", 6, UsageProblem)],
                         ids=["too large", "cut off"])  # fmt: skip
def test_bad_gzip(parser: Parser, plain: bytes, cut: int, error: type[Exception]) -> None:
    packed = gzip.compress(plain, 1, mtime=0)
    with pytest.raises(error):
        post(parser, packed[: len(packed) - cut], "application/json", content_encoding="gzip")


def test_no_gzip(parser: Parser) -> None:
    with pytest.raises(UsageProblem):
        post(parser, b"plain", "application/json", content_encoding="gzip")


def test_other_encoding(parser: Parser) -> None:
    with pytest.raises(UnsupportedMedia, match="'br' is not read"):
        post(parser, b"{}", "application/json", content_encoding="br")


def test_unknown_kind_of_all(parser: Parser) -> None:
    with pytest.raises(UnknownName, match="did you mean cost"):
        post(parser, b"{}", "application/x-ndjson", "costs")


@pytest.mark.parametrize(
    ("body", "found"),
    [(b"[]", 0), (b"[1]", 1), (b" [ {\"a\": [1, 2]} , 3 ]", 2), (b"[1,2,3,4,5,6,7]", 6), (b"[1,", 0), (b"[\xff]", 0),
     (b"[" * 5000, 0), (b"[NaN, 1]", 2)],
)  # fmt: skip
def test_elements_are_counted_without_being_held(body: bytes, found: int) -> None:
    assert elements(body, 6) == found


CASES = cases_in(Path(__file__).parent / "cloudevents.yaml")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["case"])
def test_cloudevents(parser: Parser, case: dict[str, Any]) -> None:
    body = case["body"].encode(case.get("charset", "utf-8"))
    headers = {name.lower(): value for name, value in case["headers"].items()}
    parsed = parser.parse(body, headers, case.get("kind"))
    rows = [(kind, {name: value for name, value in row.items() if value is not None and name != "row"})
            for kind, table in parsed.tables.items() for row in table.to_pylist()]  # fmt: skip
    assert rows == [(one.pop("kind"), one) for one in case.get("rows", ())]
    assert [(r.reason.value, r.field) for r in parsed.refusals] == [tuple(one) for one in case.get("refused", ())]
