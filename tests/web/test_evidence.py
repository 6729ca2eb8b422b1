"""Entries, validation, audit and business cases over HTTP."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from litestar import Litestar
from litestar.testing import TestClient

from breakeven.ledger.proof.entries import entries
from breakeven.views.shapes.evidence_shapes import entries_json
from breakeven.web.services import Services
from breakeven.workspace import default_workspace
from breakeven.workspace.definitions import BusinessCase, Project, Workspace

Client = TestClient[Litestar]
HOURS = "2026-10/chat/productivity_value"
COST = "2026-10/chat/cost_metered"


@pytest.fixture(scope="session")
def workspace() -> Workspace:
    plan = BusinessCase(cost=Decimal(10), benefit=Decimal(100), months=3)
    chat = Project(id="chat", name="Chat", category="customer_service", start=date(2026, 9, 1), business_case=plan)
    idle = Project(id="idle", name="Idle", category="platform")
    return msgspec.structs.replace(default_workspace(), projects={"chat": chat, "idle": idle})


@pytest.fixture
def filled(send: Any) -> None:
    calls = [{"id": f"{month}-{day}", "source": "s", "time": f"2026-{month}-{day:02}T10:00:00Z", "project": "chat",
              "cost": "0.25", "seconds_saved": 3600} for month in (10, 11) for day in range(1, 5)]  # fmt: skip
    send(*calls, kind="interaction")


def validate(client: Client, *names: str, **more: Any) -> Any:
    return client.post("/v1/entries/validate", json={"entries": names, "by": "Ana", "note": "seen", **more})


@pytest.mark.usefixtures("filled")
def test_entries_are_those_of_the_ledger(client: Client, services: Services) -> None:
    with services.ledger.desk(services.clock()) as desk:
        wanted = entries_json(entries(desk, inputs=True), services.workspace.currency)
    assert client.get("/v1/entries?inputs=true").json() == msgspec.json.decode(msgspec.json.encode(wanted))
    october = client.get("/v1/entries?period=2026-10&grade=E&state=realised").json()
    assert [one["id"] for one in october["items"]] == [HOURS]
    assert october["items"][0]["amount"] == "600.00"


@pytest.mark.usefixtures("filled")
def test_pages(client: Client) -> None:
    first = client.get("/v1/entries?limit=3").json()
    second = client.get(f"/v1/entries?limit=3&page={first['next']}").json()
    assert (len(first["items"]), len(second["items"]), second["next"]) == (3, 1, None)


@pytest.mark.usefixtures("filled")
def test_validate_and_audit(client: Client) -> None:
    answer = validate(client, HOURS, "2026-10/*/cost_*")
    assert answer.status_code == 200, answer.text
    assert [(one["entry"], one["after"]) for one in answer.json()["decided"]] == [
        (HOURS, "validated"), (COST, "validated")]  # fmt: skip
    split = client.get("/v1/statement?period=2026-10").json()["evidence"]
    assert (split["validated"]["value"], split["validated_cost"]) == ("600.00", "1.00")
    assert validate(client, HOURS, **{"as": "disputed"}).json()["decided"][0]["before"] == "validated"
    log = client.get(f"/v1/audit?subject={HOURS}").json()["items"]
    assert [(one["who"], one["details"]["after"]) for one in log] == [("Ana", "disputed"), ("Ana", "validated")]
    assert len(client.get("/v1/audit?limit=1").json()["items"]) == 1


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ({"entries": ["2026-11/chat/productivity_value"], "by": "A", "note": "n"}, 400, "is a forecast"),
        ({"entries": [HOURS + "s"], "by": "A", "note": "n"}, 400, "did you mean"),
        ({"entries": [], "by": "A", "note": "n"}, 400, "name the entries"),
        ({"entries": [HOURS], "by": "", "note": "n"}, 400, "say who decides"),
        ({"entries": [HOURS], "by": "A", "note": "n", "as": "done"}, 400, "unknown state 'done'"),
        ({"entries": [HOURS], "by": "A"}, 400, "note"),
        ({"entries": [HOURS], "by": "A", "note": "n", "more": 1}, 400, "more"),
    ],
)
def test_what_cannot_be_validated(client: Client, body: dict[str, Any], status: int, said: str) -> None:
    answer = client.post("/v1/entries/validate", json=body)
    assert (answer.status_code, said in answer.text) == (status, True), answer.text
    assert client.get("/v1/audit").json()["items"] == []


@pytest.mark.parametrize(
    ("address", "status", "said"),
    [
        ("/v1/entries?grade=F", 400, "unknown grade 'F'"),
        ("/v1/entries?state=done", 400, "unknown state 'done'"),
        ("/v1/entries?period=2026-10-05", 400, "entries are of whole months"),
        ("/v1/entries?project=cat", 400, "chat"),
        ("/v1/cases/cat", 404, "did you mean chat?"),
        ("/v1/audit?limit=0", 400, "limit"),
    ],
)
def test_errors_say_what_is_valid(idle: Client, address: str, status: int, said: str) -> None:
    answer = idle.get(address)
    assert (answer.status_code, said in answer.text) == (status, True), answer.text


@pytest.mark.usefixtures("filled")
def test_cases(client: Client) -> None:
    items = client.get("/v1/cases").json()["items"]
    assert [(one["project"], one["plan"], "months" in one) for one in items] == [
        ("chat", "declared", False), ("idle", None, False)]  # fmt: skip
    approved = client.post("/v1/cases/chat/approve", json={"by": "Board"})
    assert (approved.status_code, approved.json()["version"]) == (200, 1)
    one = client.get("/v1/cases/chat").json()
    assert (one["plan"], one["approved_by"], one["months"][1]["actual_benefit"]) == ("approved", "Board", "600.00")
    assert client.get("/v1/cases/chat?as_of=2026-11-01").json()["plan"] == "declared"
    again = client.post("/v1/cases/chat/approve", json={"by": "Board"})
    assert (again.status_code, "approved already" in again.text) == (400, True)
    none = client.post("/v1/cases/idle/approve", json={"by": "Board"})
    assert (none.status_code, "no business case is declared" in none.text) == (400, True)


def test_described(idle: Client) -> None:
    paths = idle.get("/schema/openapi.json").json()["paths"]
    assert {"/v1/entries", "/v1/entries/validate", "/v1/audit", "/v1/cases", "/v1/cases/{project}",
            "/v1/cases/{project}/approve"} <= paths.keys()  # fmt: skip
