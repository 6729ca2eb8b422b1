"""POST /v1/reprice."""

from __future__ import annotations

from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient
from tests.web.conftest import Sender

from breakeven.store.state_audit import audit_log
from breakeven.web.services import Services

CALL = {"source": "gw", "time": "2026-11-03T10:00:00Z", "model": "own", "project": "chat", "input_tokens": 1_000_000}
LIST = [{"model": "own", "start": "2026-01-01", "input_per_million": 0.15, "output_per_million": 10}]


def ask(client: TestClient[Litestar], **body: Any) -> Any:
    return client.post("/v1/reprice", json={"from": "2026-11", **body})


def test_a_preview_and_its_application(client: TestClient[Litestar], services: Services, send: Sender) -> None:
    send({"id": "1", **CALL}, {"id": "2", **CALL, "model": "other"}, kind="interaction")
    told = ask(client, prices=LIST)
    assert told.status_code == 200, told.text
    assert told.json()["totals"] == [{"currency": "USD", "old": None, "new": "0.15", "change": "0.15"}]
    assert (told.json()["applied"], told.json()["newly_priced"], told.json()["data_version"]) == (False, 1, 1)
    done = ask(client, prices=LIST, apply=True, by="Ann", note="first prices").json()
    assert (done["applied"], done["changed"], done["data_version"]) == (True, 1, 2)
    assert done["lines"] == told.json()["lines"]
    assert done["proof"]["equal"] is True
    (line,) = audit_log(services.ledger.state)
    assert (line.who, line.action, line.note) == ("Ann", "reprice", "first prices")
    statement = client.get("/v1/statement", params={"period": "2026-11"}).json()
    assert float(statement["cost"]["metered"]) == 0.15
    facts = client.get("/v1/facts/interaction").json()["items"]
    assert {item["id"]: (item["cost"], item["revision"]) for item in facts} == {"1": ("0.15", 2), "2": (None, 1)}
    assert services.store.verify() == []


def test_the_workspaces_prices_are_the_default(client: TestClient[Litestar], send: Sender) -> None:
    send({"id": "1", **CALL, "model": "gpt-4o", "provider": "openai"}, kind="interaction")
    told = ask(client, to="2026-11", project="chat").json()
    assert (told["looked"], told["changed"], told["prices"]) == (1, 0, "prices of the workspace")


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ({"from": "soon"}, 400, "is not a period"),
        ({"project": "nope"}, 400, "unknown project 'nope'"),
        ({"apply": True}, 400, "by and note must not be empty"),
        ({"by": "Ann"}, 400, "by and note go with apply"),
        ({"prices": [{**LIST[0], "input_per_million": -1}]}, 422, "a price is never negative"),
        ({"prices": [{**LIST[0], "currency": "XXQ"}]}, 422, "XXQ"),
        ({"prices": [{"model": "m"}]}, 400, "input_per_million"),
        ({"prices": [{**LIST[0], "mdel": "m"}]}, 400, "mdel"),
        ({"apply": "yes"}, 400, "apply"),
        ({"colour": "red"}, 400, "colour"),
    ],
)
def test_what_cannot_be_asked(idle: TestClient[Litestar], body: dict[str, Any], status: int, said: str) -> None:
    answer = ask(idle, **body)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert said in answer.text


def test_it_is_described(idle: TestClient[Litestar]) -> None:
    described = idle.get("/schema/openapi.json").json()
    assert described["paths"]["/v1/reprice"]["post"]["requestBody"]["required"]
    shape = next(shape for name, shape in described["components"]["schemas"].items() if "RepriceRequest" in name)
    assert {"from", "to", "prices", "apply", "by", "note"} <= set(shape["properties"])
