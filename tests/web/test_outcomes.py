"""Outcomes over HTTP: every mode, beside, before and after their interaction, and what figures say as of then."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from litestar import Litestar
from litestar.testing import TestClient
from tests.web.conftest import HOME, NOW

from breakeven.web.server import build
from breakeven.web.services import Services

Client = TestClient[Litestar]
CALL = {"kind": "interaction", "source": "gw", "project": "chat", "model": "m"}
SAID = {"kind": "outcome", "source": "gw", "time": "2026-11-10T09:00:00Z"}


@pytest.fixture(scope="module")
def served(served_module: Services) -> Iterator[Client]:
    with TestClient(build(served_module), base_url=HOME, raise_server_exceptions=False) as made:
        yield made


def post(client: Client, body: Any, media: str = "application/x-ndjson", **headers: str) -> dict[str, Any]:
    """What is answered when figures have the records; lists are lines, anything else is JSON."""
    lines = b"\n".join(map(msgspec.json.encode, body)) if media.endswith("ndjson") else msgspec.json.encode(body)
    answer = client.post(
        "/v1/events", content=lines, params={"wait": "visible"}, headers={"content-type": media, **headers}
    )
    found: dict[str, Any] = answer.json()
    return found


def results(client: Client, source: str = "gw") -> dict[str, tuple[Any, ...]]:
    found = client.get("/v1/facts/interaction", params={"source": source}).json()["items"]
    return {one["id"]: tuple(one[name] for name in ("outcome", "csat", "revenue", "currency", "revision"))
            for one in found}  # fmt: skip


def figure(client: Client, name: str, **question: str) -> Any:
    asked = {"from": "2026-09", "to": "2026-09", **question}
    (row,) = client.get(f"/v1/metrics/{name}", params=asked).json()["rows"]
    return row["value"]


def test_every_mode_and_every_order(served: Client, served_module: Services) -> None:
    calls = [{**CALL, "id": f"c{n}", "time": f"2026-09-0{n}T10:00:00Z"} for n in range(1, 6)]
    # In one request, before its interaction and after it.
    beside = [{**SAID, "id": "o1", "interaction": "c1", "revenue": "49.00"}, calls[0], calls[1]]
    assert post(served, beside)["accepted"] == 3
    event = {"specversion": "1.0", "type": "breakeven.outcome", "source": "gw", "time": "2026-11-10T09:00:00Z"}
    early = {**event, "id": "o3", "source": "crm",
             "data": {"interaction": "c3", "interaction_source": "gw", "outcome": "converted"}}  # fmt: skip
    assert post(served, early, "application/cloudevents+json")["accepted"] == 1
    assert post(served, calls[2:])["accepted"] == 3
    batch = [{**event, "id": "o4", "data": {"interaction": "c4", "csat": "4.5"}},
             {**event, "id": "o5", "data": {"interaction": "c5", "csat": 6}},
             {**event, "id": "o6", "data": {"interaction": "c5"}}]  # fmt: skip
    told = post(served, batch, "application/cloudevents-batch+json")
    assert (told["accepted"], told["rejected"]) == (1, {"bad_value": 1, "missing_field": 1})
    assert told["errors"][1]["message"].endswith("is required, or one of csat, revenue, seconds_saved")
    binary = {"ce-specversion": "1.0", "ce-type": "breakeven.outcome", "ce-source": "gw", "ce-id": "o2",
              "ce-time": "2026-11-10T09:00:00Z"}  # fmt: skip
    assert post(served, {"interaction": "c2", "outcome": "reworked"}, "application/json", **binary)["accepted"] == 1
    assert results(served) == {
        "c1": (None, None, "49", "USD", 2), "c2": ("reworked", None, None, None, 2),
        "c3": ("converted", None, None, None, 2), "c4": (None, 4.5, None, None, 2), "c5": (None, None, None, None, 1),
    }  # fmt: skip
    # Everything again: nothing changes.
    before = served_module.store.versions()
    assert post(served, beside)["duplicates"] == 3
    assert post(served, early, "application/cloudevents+json")["duplicates"] == 1
    assert served_module.store.versions() == before
    assert (float(figure(served, "interaction_revenue")), float(figure(served, "rework_rate"))) == (49, 50)
    assert served_module.store.verify() == []


def test_figures_as_of_before(services: Services) -> None:
    now = NOW
    told = msgspec.structs.replace(services, clock=lambda: now)
    with TestClient(build(told), base_url=HOME, raise_server_exceptions=False) as client:
        post(client, [{**CALL, "id": "a", "time": "2026-09-10T10:00:00Z", "outcome": "resolved"}])
        now = NOW + timedelta(hours=2)
        post(client, [{**SAID, "id": "o", "interaction": "a", "outcome": "converted", "revenue": 7}])
        assert (float(figure(client, "interaction_revenue")), figure(client, "conversion_rate")) == (7, 100)
        then = {"as_of": (NOW + timedelta(hours=1)).isoformat()}
        assert (figure(client, "interaction_revenue", **then), figure(client, "resolution_rate", **then)) == (None, 100)
        # The outcome is of November, and makes nothing there.
        november = client.get("/v1/metrics/interactions", params={"from": "2026-11", "to": "2026-11"}).json()
        assert float(november["rows"][0]["value"]) == 0


def test_an_outcome_is_listed_itself(served: Client) -> None:
    post(served, [{**SAID, "id": "listed", "source": "survey", "interaction": "unheard of", "csat": 5}])
    (item,) = served.get("/v1/facts/outcome", params={"source": "survey"}).json()["items"]
    assert (item["interaction"], item["csat"], item["revision"]) == ("unheard of", 5.0, 1)
    assert datetime.fromisoformat(item["time"]) == datetime(2026, 11, 10, 9, tzinfo=UTC)
