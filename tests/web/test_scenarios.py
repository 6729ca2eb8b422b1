"""Ranges and scenarios over HTTP: the same functions as the command line, typed bodies, errors with the valid names."""

from __future__ import annotations

from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient

Client = TestClient[Litestar]


@pytest.fixture
def filled(send: Any) -> None:
    send({"id": "1", "source": "s", "start": "2026-10-05T10:00:00Z", "amount": "1000", "project": "chat"}, kind="cost")
    send({"id": "1", "source": "s", "time": "2026-10-05T10:00:00Z", "kind": "hours_saved", "quantity": 10,
          "unit": "hour", "project": "chat"}, kind="benefit")  # fmt: skip


@pytest.mark.usefixtures("filled")
def test_questions(client: Client) -> None:
    made = client.get("/v1/range?period=2026-10&draws=200&seed=7").json()
    assert (made["seed"], made["draws"], made["chance_of_return"]) == (7, 200, "1.0")
    assert made["lines"]["net_value"] == {
        "label": "Net value", "unit": "USD", "value": "500.00", "p10": "500.00", "p50": "500.00", "p90": "500.00",
        "mean": "500.00", "reason": None}  # fmt: skip

    made = client.post("/v1/what-if", json={"changes": ["hourly_rate=+10%"], "period": "2026-10", "by_project": True})
    assert made.status_code == 200, made.text
    assert made.json()["figures"]["net_value"]["change"] == "150.00"
    assert made.json()["projects"]["chat"]["net_value"]["after"] == "650.00"
    assert made.json()["changes"][0]["unit"] == "USD/hour"

    made = client.post("/v1/tornado", json={"period": "2026-10", "swing": 10})
    assert [(bar["name"], bar["swing"]) for bar in made.json()["bars"]] == [
        ("hourly_rate", "300.00"), ("realisation_rate", "300.00")]  # fmt: skip

    made = client.post("/v1/break-even", json={"name": "hourly_rate", "period": "2026-10"})
    assert [one["value"] for one in made.json()["crossings"]] == ["100.00"]
    assert made.json()["answer"] == "ROI is 0.00 at hourly_rate = 100.00"


@pytest.mark.usefixtures("filled")
def test_entries_carry_their_range_where_it_is_asked_for(client: Client) -> None:
    items = client.get("/v1/entries?period=2026-10&range=true").json()["items"]
    assert [(one["amount"], one["p10"], one["p90"]) for one in items if one["side"] == "value"] == [
        ("1500.00", "1500.00", "1500.00")]  # fmt: skip
    assert client.get("/v1/entries?period=2026-10").json()["items"][0]["p10"] is None


@pytest.mark.usefixtures("filled")
def test_scenarios_are_saved_compared_and_deleted(client: Client) -> None:
    body = {"name": "dear", "changes": ["hourly_rate=200"], "by": "Ada", "description": "As in London"}
    made = client.post("/v1/scenarios", json=body)
    assert made.status_code == 201, made.text
    assert made.json() == {"name": "dear", "description": "As in London", "changes": ["hourly_rate=200"], "who": "Ada",
                           "at": "2026-11-15T12:00:00Z"}  # fmt: skip
    assert [one["name"] for one in client.get("/v1/scenarios").json()["items"]] == ["dear"]
    compared = client.get("/v1/scenarios/compare?period=2026-10&name=dear").json()
    assert compared["figures"]["net_value"]["scenarios"]["dear"]["after"] == "1000.00"
    assert client.get("/v1/scenarios/dear?period=2026-10").json()["figures"]["net_value"]["change"] == "500.00"
    assert client.delete("/v1/scenarios/dear?by=Ada").json()["name"] == "dear"
    gone = client.get("/v1/scenarios/dear")
    assert (gone.status_code, gone.json()["detail"]) == (404, "no scenario is named 'dear'; none is saved")


@pytest.mark.parametrize(("method", "address", "body", "status", "says"), [
    ("POST", "/v1/what-if", {"changes": []}, 400, "nothing is supposed"),
    ("POST", "/v1/what-if", {"changes": ["hourly_rat=1"]}, 400, "unknown assumption 'hourly_rat'"),
    ("POST", "/v1/what-if", {"changes": ["hourly_rate=1"], "project": "chats"}, 400, "unknown project"),
    ("POST", "/v1/what-if", {"change": ["hourly_rate=1"]}, 400, ""),
    ("POST", "/v1/what-if", {"changes": "hourly_rate=1"}, 400, ""),
    ("POST", "/v1/tornado", {"figure": "profit"}, 400, "unknown figure"),
    ("POST", "/v1/tornado", {"swing": "NaN"}, 400, ""),
    ("POST", "/v1/break-even", {"name": "hourly_rate", "low": 2, "high": 1}, 400, "is empty"),
    ("POST", "/v1/break-even", {"name": "hourly_rate", "at": "Infinity"}, 400, ""),
    ("POST", "/v1/scenarios", {"name": "dear", "changes": ["hourly_rate=1"], "by": ""}, 400, "say who"),
    ("DELETE", "/v1/scenarios/dear?by=Ada", None, 404, "none is saved"),
    ("GET", "/v1/range?draws=7", None, 400, "ask for 100"),
    ("GET", "/v1/range?seed=-1", None, 400, ""),
    ("GET", "/v1/range?sed=1", None, 400, "unknown parameter"),
])  # fmt: skip
def test_what_is_wrong_is_said(idle: Client, method: str, address: str, body: Any, status: int, says: str) -> None:
    answer = idle.request(method, address, json=body) if body is not None else idle.request(method, address)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert says in answer.json()["detail"]


def test_the_routes_are_described(idle: Client) -> None:
    paths = idle.get("/schema/openapi.json").json()["paths"]
    named = ("range", "what-if", "tornado", "break-even", "scenarios", "scenarios/{name}", "scenarios/compare")
    for address in named:
        assert f"/v1/{address}" in paths, address
