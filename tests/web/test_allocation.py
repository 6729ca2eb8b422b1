"""Shared cost and overlaps over HTTP: the same answers as the ledger's functions, and errors with the valid names."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from litestar import Litestar
from litestar.testing import TestClient
from tests.web.conftest import HOME, _served

from breakeven.formula import Evaluator
from breakeven.ledger.sharing.allocations import under_every_rule
from breakeven.ledger.sharing.pool_report import allocation
from breakeven.ledger.sharing.suspects import overlaps
from breakeven.web.server import build
from breakeven.web.services import Services
from breakeven.workspace.definitions import BenefitPool, Pool, Workspace

Client = TestClient[Litestar]


@pytest.fixture
def services(workspace: Workspace, evaluator: Evaluator) -> Iterator[Services]:
    pools = {"tools": Pool(name="tools", rule="even")}
    benefits = (BenefitPool(name="hours", category="productivity_value", projects={"chat": Decimal(1)}),)
    declared = msgspec.structs.replace(workspace, pools=pools, benefit_pools=benefits)
    with _served(declared, evaluator) as made:
        yield made


@pytest.fixture
def client(services: Services) -> Iterator[Client]:
    with TestClient(build(services), base_url=HOME, raise_server_exceptions=False) as made:
        yield made


@pytest.fixture
def _filled(send: Any) -> None:
    day = "2026-10-02T10:00:00Z"
    send({"id": "c", "source": "s", "start": day, "amount": "12.5", "pool": "tools"}, kind="cost")
    send({"id": "i", "source": "s", "time": day, "project": "chat", "seconds_saved": 3600}, kind="interaction")


def plain(shape: Any) -> Any:
    return msgspec.json.decode(msgspec.json.encode(shape))


@pytest.mark.usefixtures("_filled")
def test_the_same_as_the_functions(client: Client, services: Services) -> None:
    now = services.clock()
    period = services.workspace.calendar.parse("2026-10", now)
    with services.ledger.desk(now) as desk:
        answers = {
            "/v1/allocation?period=2026-10": plain(allocation(desk, period)),
            "/v1/allocation/rules?period=2026-10&project=chat": plain(under_every_rule(desk, period, project="chat")),
            "/v1/overlaps?period=2026-10": plain(overlaps(desk, period)),
        }
    for address, expected in answers.items():
        answer = client.get(address)
        assert answer.status_code == 200, answer.text
        assert answer.json() == expected, address
    assert client.get("/v1/allocation").json()["projects"] == {"chat": "12.50"}  # the last month
    assert client.get("/v1/allocation/rules?period=2026-10").json()["pools"] == ["tools"]
    assert client.get("/v1/overlaps").json()["shared"][0]["counted"] == "150.00"


@pytest.mark.usefixtures("_filled")
def test_as_it_was_known(client: Client) -> None:
    assert client.get("/v1/allocation?period=2026-10&as_of=2026-11-01").json()["steps"] == []


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("allocation?pool=tool", "did you mean tools"),
        ("allocation?period=2026-10-01", "whole months"),
        ("allocation/rules?project=x", "unknown project 'x'"),
        ("overlaps?team=x", "unknown parameter 'team'"),
    ],
)
def test_errors_say_what_is_valid(client: Client, address: str, said: str) -> None:
    answer = client.get(f"/v1/{address}")
    assert answer.status_code == 400
    assert said in answer.json()["detail"]


def test_the_routes_are_described(client: Client) -> None:
    schema = client.get("/schema/openapi.json").json()
    for path in ("/v1/allocation", "/v1/allocation/rules", "/v1/overlaps"):
        content = schema["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]
        assert content["schema"]["$ref"].rsplit("/")[-1] in schema["components"]["schemas"]
