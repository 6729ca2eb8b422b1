"""POST /v1/events: every answer, and that it comes after the commit."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from breakeven.errors import StoreFull
from breakeven.ingest.arrays import LEAST
from breakeven.ingest.events import Limits
from breakeven.ingest.refusing import MOST_TOLD
from breakeven.store.base import Commit
from breakeven.web.errors import exception_handlers
from breakeven.web.ingest import Intake, events_route
from breakeven.web.services import Services

Client = TestClient[Litestar]
LINES = {"content-type": "application/x-ndjson"}
CALL = {"kind": "interaction", "source": "s", "time": "2026-11-01T10:00:00Z", "project": "chat"}


def lines(*records: dict[str, Any]) -> bytes:
    return b"\n".join(json.dumps(record).encode() for record in records)


def test_all_stored_and_sent_again(client: Client, services: Services) -> None:
    body = lines(CALL | {"id": "1"}, CALL | {"id": "2"})
    first = client.post("/v1/events", content=body, headers=LINES)
    assert (first.status_code, first.headers["cache-control"]) == (200, "no-store")
    assert first.json() == {"accepted": 2, "duplicates": 0, "rejected": {}, "errors": [], "version": 1}
    assert services.store.query("SELECT count(*) AS n FROM interaction")["n"].to_pylist() == [2]
    assert client.post("/v1/events", content=body, headers=LINES).json() | {"duplicates": 2, "accepted": 0} == {
        "accepted": 0, "duplicates": 2, "rejected": {}, "errors": [], "version": 1}  # fmt: skip


def test_some_rejected(client: Client) -> None:
    body = lines(CALL | {"id": "1"}, CALL | {"id": "2", "time": "yesterday"}, {"kind": "what"})
    answer = client.post("/v1/events", content=body, headers=LINES)
    found = answer.json()
    assert answer.status_code == 207
    assert (found["accepted"], found["rejected"]) == (1, {"bad_time": 1, "unknown_kind": 1})
    assert [(e["index"], e["row"], e["reason"], e["field"]) for e in found["errors"]] == [
        (1, 2, "bad_time", "time"), (2, 3, "unknown_kind", "type")]  # fmt: skip
    assert found["errors"][0]["value"] == "yesterday"
    assert found["errors"][0]["message"].startswith("row 2: bad_time in time: 'yesterday'")


def test_all_rejected(client: Client) -> None:
    answer = client.post("/v1/events", content=lines(CALL | {"id": "1", "csat": 9}), headers=LINES)
    assert (answer.status_code, answer.json()["rejected"]) == (422, {"bad_value": 1})


@pytest.mark.parametrize(
    ("address", "headers"),
    [("/v1/events?kind=cost&source=me", {}), ("/v1/events", {"breakeven-kind": "cost", "breakeven-source": "me"})],
)
def test_kind_and_source_of_records_that_name_none(
    client: Client, services: Services, address: str, headers: dict[str, str]
) -> None:
    body = lines({"id": "1", "start": "2026-11-01T00:00:00Z", "amount": "5"})
    assert client.post(address, content=body, headers={**LINES, **headers}).status_code == 200
    assert services.store.query("SELECT source FROM cost")["source"].to_pylist() == ["me"]


def test_source_is_http_where_nobody_says(client: Client, services: Services) -> None:
    record = {name: value for name, value in CALL.items() if name != "source"} | {"id": "1"}
    assert client.post("/v1/events", content=gzip.compress(lines(record)),
                       headers={**LINES, "content-encoding": "gzip"}).status_code == 200  # fmt: skip
    assert services.store.query("SELECT source FROM interaction")["source"].to_pylist() == ["http"]


@pytest.mark.parametrize(
    ("headers", "body", "status", "says"),
    [
        ({"content-type": "application/json"}, b"{nope", 400, "not a JSON object"),
        ({"content-type": "application/json"}, b"[1", 400, "not a JSON array"),
        ({"content-type": "application/json"}, b"", 400, "the body is empty"),
        ({"content-type": "application/json", "content-encoding": "gzip"}, b"{}", 400, "not gzip"),
        ({"content-type": "text/plain"}, b"{}", 415, "'text/plain' is not read"),
        ({}, b"{}", 415, "'missing' is not read"),
        ({"content-type": "application/json", "content-encoding": "br"}, b"{}", 415, "'br' is not read"),
    ],
)
def test_nothing_can_be_used(idle: Client, headers: dict[str, str], body: bytes, status: int, says: str) -> None:
    answer = idle.post("/v1/events", content=body, headers=headers)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert says in answer.json()["detail"]
    assert ("application/x-ndjson" in answer.headers.get("accept", "")) is (status == 415)


def test_unknown_kind_and_parameter(idle: Client) -> None:
    assert "interaction" in idle.post("/v1/events?kind=call", content=b"{}", headers=LINES).json()["detail"]
    assert "kind, source" in idle.post("/v1/events?knd=cost", content=b"{}", headers=LINES).json()["detail"]


def test_only_post(idle: Client) -> None:
    answer = idle.get("/v1/events")
    assert (answer.status_code, answer.headers["allow"], answer.json()["status"]) == (405, "POST", 405)


@pytest.fixture
def small(services: Services) -> Iterator[Callable[..., Client]]:
    opened: list[Client] = []

    def make(held: int = 10_000, others: int = 0) -> Client:
        """`others` is what other requests hold."""
        intake = Intake("UTC", Limits(body=300, events=2), held)
        intake.held = others
        route = events_route(services, intake)
        app = Litestar([route], exception_handlers=exception_handlers(None), openapi_config=None, logging_config=None)
        opened.append(TestClient(app, base_url="http://127.0.0.1").__enter__())
        return opened[-1]

    yield make
    for client in opened:
        client.__exit__(None, None, None)


def test_too_large(small: Callable[..., Client]) -> None:
    client, body = small(), b" " * 301
    announced = client.post("/v1/events", content=body, headers=LINES)
    streamed = client.post("/v1/events", content=iter([body[:200], body[200:]]), headers=LINES)
    packed = client.post("/v1/events", content=gzip.compress(body), headers={**LINES, "content-encoding": "gzip"})
    many = client.post("/v1/events", content=b"{}\n{}\n{}", headers=LINES)
    assert [answer.status_code for answer in (announced, streamed, packed, many)] == [413] * 4
    assert "more than 2 records" in many.json()["detail"]


def test_memory_for_waiting_requests_is_bounded(small: Callable[..., Client], services: Services) -> None:
    client = small(held=1_150, others=1_000)
    for _ in range(2):  # what was held is given back
        answer = client.post("/v1/events", content=lines(CALL | {"id": "1"}) + b" " * 100, headers=LINES)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert client.post("/v1/events", content=b" " * 100, headers=LINES).status_code == 200
    assert services.store.versions().data == 0


def test_what_is_read_counts_with_its_objects(small: Callable[..., Client]) -> None:
    body = lines(CALL | {"id": "1"})
    assert len(body) < 300
    assert small(held=500, others=100).post("/v1/events", content=body, headers=LINES).status_code == 503
    assert small(held=5_000, others=100).post("/v1/events", content=body, headers=LINES).status_code == 200
    assert small(held=500, others=100).post("/v1/events", content=b"{}", headers=LINES).status_code == 503
    assert small(held=5_000, others=100).post("/v1/events", content=b"{}", headers=LINES).status_code == 422


def test_one_that_is_larger_than_the_memory_for_all_is_taken_alone(small: Callable[..., Client]) -> None:
    assert small(held=50).post("/v1/events", content=lines(CALL | {"id": "1"}), headers=LINES).status_code == 200


def test_busy_while_shutting_down(client: Client, services: Services) -> None:
    services.writer.close()
    answer = client.post("/v1/events", content=lines(CALL | {"id": "1"}), headers=LINES)
    assert (answer.status_code, answer.headers["retry-after"], answer.json()["title"]) == (503, "1", "Busy")


def test_store_that_cannot_write(client: Client, services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: Commit) -> None:
        raise StoreFull("no room left on the device")

    monkeypatch.setattr(services.store, "append", full)
    answer = client.post("/v1/events", content=lines(CALL | {"id": "1"}), headers=LINES)
    assert (answer.status_code, answer.json()["type"]) == (507, "urn:breakeven:problem:store-full")


def test_cloud_event_in_binary_mode(client: Client) -> None:
    headers = {"ce-specversion": "1.0", "ce-type": "breakeven.cost", "ce-source": "s", "ce-id": "9",
               "ce-time": "2026-11-01T00:00:00Z", "content-type": "application/json"}  # fmt: skip
    answer = client.post("/v1/events", content=b'{"amount": "5"}', headers=headers)
    assert (answer.status_code, answer.json()["accepted"]) == (200, 1)


def test_an_answer_names_the_first_of_very_many_refusals(client: Client, services: Services) -> None:
    """All are counted and kept; to spell them all out takes seventy times what was sent."""
    body = b"{}\n" * (MOST_TOLD + 10) + lines(CALL | {"id": "1"})
    found = client.post("/v1/events", content=body, headers=LINES).json()
    assert (found["accepted"], found["rejected"]) == (1, {"unknown_kind": MOST_TOLD + 10})
    assert [error["row"] for error in found["errors"]] == list(range(1, MOST_TOLD + 1))
    assert services.store.query("SELECT count(*) AS n FROM rejected")["n"].to_pylist() == [MOST_TOLD + 10]
    again = client.post("/v1/events", content=body, headers=LINES).json()
    assert (again["duplicates"], again["rejected"]) == (1, {"unknown_kind": MOST_TOLD + 10})
    assert len(again["errors"]) == MOST_TOLD


@pytest.mark.parametrize(
    ("odd", "status", "says"),
    [
        ({}, 200, {}),
        ({"labels": {"a": "b"}}, 200, {}),
        ({"team": " a "}, 200, {}),
        ({"input_tokens": "7"}, 200, {}),
        ({"input_tokens": -1}, 207, {"bad_value": 1}),
        ({"csat": 9}, 207, {"bad_value": 1}),
        ({"seconds_saved": 1e300}, 207, {"bad_value": 1}),
    ],
)
def test_a_large_array_of_which_one_record_is_odd(
    client: Client, services: Services, odd: dict[str, Any], status: int, says: dict[str, int]
) -> None:
    events = [
        {"specversion": "1.0", "type": "breakeven.interaction", "source": "s", "id": f"{number}", "time": CALL["time"],
         "data": {"team": "a", "model": "m"} | (odd if number == 60 else {})}
        for number in range(100)
    ]  # fmt: skip
    body = json.dumps(events).encode()
    assert len(body) > LEAST
    answer = client.post("/v1/events", content=body, headers={"content-type": "application/cloudevents-batch+json"})
    assert (answer.status_code, answer.json()["rejected"]) == (status, says)
    assert [error["row"] for error in answer.json()["errors"]] == [61] * len(says)
    assert services.store.query("SELECT DISTINCT team FROM interaction")["team"].to_pylist() == ["a"]
