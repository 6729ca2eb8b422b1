"""The state of the data in the API and on its page: the same figures, and refused records tried again."""

from __future__ import annotations

import html
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from breakeven.formula import Evaluator
from breakeven.ingest.pipeline import Pipeline
from breakeven.ledger.ledger import Ledger
from breakeven.pricing import make_pricer
from breakeven.store.duckdb import MEMORY, DuckDBStore
from breakeven.views.charting.rendering import ChartRenderer
from breakeven.web.pages import pages
from breakeven.web.running import serving
from breakeven.web.server import build
from breakeven.workspace.definitions import Workspace

from .conftest import HOME, NOW

Client = TestClient[Litestar]
CALL = {"source": "gateway", "project": "chat", "model": "m", "latency_ms": 5.0}
PAGE = {"accept": "text/html"}


class Clock:
    """The server's, which can be put forward."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def told(workspace: Workspace, evaluator: Evaluator, clock: Clock, drawer: ChartRenderer) -> Iterator[Client]:
    with DuckDBStore.open(MEMORY, time_zone="UTC") as store:
        pipeline = Pipeline(workspace, store, make_pricer(workspace.prices, Path(), "UTC"), threads=1)
        with (
            serving(workspace, store, Ledger(workspace, store, evaluator), pipeline, clock) as services,
            TestClient(build(services, pages(services, drawer)), base_url=HOME) as client,
        ):
            _fill(client)
            yield client
        pipeline.close()


def _fill(client: Client) -> None:
    """Nine weeks of calls, an outcome of none, a bad time, a wrong project and a model without a price."""
    calls = [
        {**CALL, "id": f"{back}-{n}", "time": (NOW - timedelta(days=back, minutes=n)).isoformat(), "cost": "0.01",
         "cost_currency": "USD"}
        for back in range(62) for n in range(25 if back != 1 else 2)
    ]  # fmt: skip
    free = [{**CALL, "id": "free", "time": NOW.isoformat(), "model": "strange", "input_tokens": 10, "project": "other"}]
    bad = [{**CALL, "id": "bad", "time": "yesterday"}, {**CALL, "id": "neg", "time": NOW.isoformat(), "latency_ms": -1}]
    for each in (calls, calls[:3], free, bad):
        assert client.post("/v1/events?kind=interaction", json=each).status_code in (200, 207, 422)
    outcome = {"id": "o", "source": "crm", "time": (NOW - timedelta(days=2)).isoformat(), "interaction": "nobody",
               "interaction_source": "gateway", "outcome": "success"}  # fmt: skip
    assert client.post("/v1/events?kind=outcome", json=[outcome]).status_code == 200


def source(found: dict[str, Any], name: str, kind: str = "interaction") -> dict[str, Any]:
    (mine,) = [one for one in found["sources"] if (one["source"], one["kind"]) == (name, kind)]
    return dict(mine)


def test_every_word_is_there(told: Client) -> None:
    found = told.get("/v1/quality").json()
    mine = source(found, "gateway")
    assert (mine["fresh"]["state"], mine["records"], mine["duplicates"]) == ("ok", 61 * 25 + 2 + 1, 3)
    assert (mine["day"]["records"], mine["day"]["usual"], mine["day"]["verdict"]) == (2, "25.0", "low")
    assert {one["reason"]: (one["records"], one["waiting"]) for one in mine["refused"]} == {
        "bad_time": (1, 1), "bad_value": (1, 1),
    }  # fmt: skip
    assert [one["samples"][0]["value"] for one in mine["refused"] if one["reason"] == "bad_time"] == ["yesterday"]
    assert [one["model"] for one in found["unpriced"]] == ["strange"]
    assert [one["project"] for one in found["unknown_projects"]] == ["other"]
    assert [(one["source"], one["overdue"]) for one in found["unmatched"]] == [("gateway", 1)]
    assert {one["field"]: one["change"] for one in mine["drift"]}["input_tokens"] == "appeared"
    assert found["waiting"] == 2
    assert {one["about"] for one in found["findings"]} == {
        "volume", "drift", "refused", "outcomes", "prices", "projects",
    }  # fmt: skip


def test_the_page_says_what_the_api_says(told: Client) -> None:
    found = told.get("/v1/quality").json()
    page = html.unescape(told.get("/quality", headers=PAGE).text)
    for one in found["findings"]:
        assert one["what"] in page
    mine = source(found, "gateway")
    for text in (f"{mine['records']:,}", "fewer than usual", "strange", "yesterday", mine["refused"][0]["replay"]):
        assert text in page
    alerts = told.get("/alerts", headers=PAGE).text
    assert "sends no" not in alerts


def test_one_source_and_an_unknown_one(told: Client) -> None:
    (crm,) = told.get("/v1/quality?source=crm").json()["sources"]
    assert crm["kind"] == "outcome"
    answer = told.get("/v1/quality?source=gatway")
    assert answer.status_code in (400, 404)
    assert "gateway" in answer.text
    past = told.get("/v1/quality?as_of=2026-01-01").json()
    assert (past["sources"], past["findings"]) == ([], [])


def test_silence_is_an_alert(told: Client, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", NOW + timedelta(days=4))
    (finding,) = [one for one in told.get("/v1/quality").json()["findings"] if one["about"] == "freshness"]
    assert (finding["source"], finding["since"]) == ("gateway", "2026-11-15T13:00:00Z")
    for path in ("/alerts", "/quality"):
        assert finding["what"] in html.unescape(told.get(path, headers=PAGE).text)


def test_refused_records_are_tried_again(told: Client) -> None:
    (declared,) = [one for one in source(told.get("/v1/quality").json(), "gateway")["refused"]
                   if one["reason"] == "bad_time"]  # fmt: skip
    assert declared["replay"].endswith("--reason bad_time --kind interaction --source gateway")
    body = {"reason": "bad_time", "kind": "interaction", "source": "gateway"}
    answer = told.post("/v1/rejected/replay", json=body)
    assert answer.json() == {"accepted": 0, "duplicates": 0, "rejected": 1, "waiting": 1}
    assert told.post("/v1/rejected/replay", json={"reason": "mood"}).status_code == 400
    assert told.post("/v1/rejected/replay", json={"reason": "conflict"}).status_code == 404
    assert told.post("/v1/rejected/replay", json={"raeson": "conflict"}).status_code == 400


def test_the_form_tries_one_reason(told: Client) -> None:
    page = told.get("/quality", headers=PAGE).text
    which = "reason=bad_value&kind=interaction&source=gateway"
    assert f'value="{html.escape(which)}"' in page
    answer = told.post("/quality/replay", data={"back": "/quality", "which": which}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/quality")
    assert told.post("/quality/replay", data={"which": "ids=1&reason=bad_time"}, follow_redirects=False).is_redirect


def test_both_are_in_the_schema(told: Client) -> None:
    paths = told.get("/schema/openapi.json").json()["paths"]
    answer = paths["/v1/quality"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    assert answer["$ref"].endswith("Quality")
    assert "/v1/rejected/replay" in paths
