"""Closed months over HTTP: the same answers as the ledger's own functions, errors with every reason."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from breakeven.web.services import Services

Client = TestClient[Litestar]


@pytest.fixture
def filled(send: Any) -> None:
    send({"id": "1", "source": "s", "start": "2026-10-05T10:00:00Z", "amount": "10.25", "project": "chat"}, kind="cost")


@pytest.mark.usefixtures("filled")
def test_a_month_is_closed_restated_listed_and_verified(client: Client, services: Services, send: Any) -> None:
    made = client.post("/v1/closings", json={"period": "2026-10", "by": "Ada"})
    assert made.status_code == 201, made.text
    assert (made.json()["version"], made.json()["cost"], made.json()["closed_by"]) == (1, "10.25", "Ada")

    send({"id": "2", "source": "s", "start": "2026-10-06T10:00:00Z", "amount": "4", "project": "chat"}, kind="cost")
    statement = client.get("/v1/statement?period=2026-10").json()
    assert (statement["investment"], statement["closed"]) == ("10.25", {"2026-10": 1})
    assert [(one["cost"], one["late"][0]["added"]) for one in statement["after_close"]] == [("4.00", 1)]
    (listed,) = client.get("/v1/closings").json()["items"]
    assert (listed["late_records"], listed["cost_after"], listed["hash"]) == (1, "4.00", made.json()["hash"])

    again = client.post("/v1/closings/2026-10/restate", json={"by": "Bob", "reason": "a late bill"})
    assert again.status_code == 201, again.text
    assert [(one["category"], one["before"], one["after"]) for one in again.json()["changes"]] == [
        ("cost_direct", "10.25", "14.25")
    ]
    verified = client.get("/v1/ledger/verify", params={"hash": made.json()["hash"]}).json()
    assert (verified["closings"], verified["faults"]) == (2, [])
    assert verified["last_hash"] == again.json()["hash"]


@pytest.mark.usefixtures("filled")
def test_exports_are_files(client: Client) -> None:
    hash_ = client.post("/v1/closings", json={"period": "2026-10", "by": "Ada"}).json()["hash"]
    sealed = client.get("/v1/ledger/export?format=sealed&period=2026-10")
    assert hashlib.sha256(sealed.content).hexdigest() == hash_
    table = client.get("/v1/ledger/export?period=2026-10")
    assert table.headers["content-type"].startswith("text/csv")
    assert 'filename="ledger.csv"' in table.headers["content-disposition"]
    assert hash_ in table.text
    assert client.get("/v1/ledger/export?format=parquet").content[:4] == b"PAR1"
    assert b"operating_currency" in client.get("/v1/ledger/export?format=beancount").content


@pytest.mark.usefixtures("filled")
def test_as_of_is_a_parameter_of_figures(client: Client) -> None:
    for address in ("/v1/statement?period=2026-10", "/v1/explain/cost_direct?period=2026-10"):
        assert client.get(f"{address}&as_of=2026-11-14").status_code == 200
    rows = client.get("/v1/metrics/cost?period=2026-10&as_of=2026-11-14").json()["rows"]
    assert [row["value"] for row in rows] == [None]
    assert client.get("/v1/metrics/cost?period=2026-10&as_of=2026-11-15").json()["rows"][0]["value"] == "10.25"


REFUSED: list[tuple[str, str, dict[str, Any] | None, int, str]] = [
    ("POST", "/v1/closings", {"period": "2026-11", "by": "Ada"}, 409, "2026-11 is not over"),
    ("POST", "/v1/closings", {"period": "2026-Q3", "by": "Ada"}, 400, "is not one month"),
    ("POST", "/v1/closings", {"period": "2026-10", "by": " "}, 400, "name of 1 to"),
    ("POST", "/v1/closings", {"period": "2026-10", "by": "Ada", "force": True}, 400, "needs --reason"),
    ("POST", "/v1/closings", {"period": "2026-10", "by": "Ada", "why": ""}, 400, "why"),
    ("POST", "/v1/closings", {"period": "2026-10"}, 400, "by"),
    ("POST", "/v1/closings/2026-10/restate", {"by": "Ada", "reason": "x"}, 404, "is not closed"),
    ("GET", "/v1/ledger/export?format=xlsx", None, 400, "unknown format 'xlsx'"),
    ("GET", "/v1/ledger/export?periods=2026-10", None, 400, "unknown parameter"),
    ("GET", "/v1/statement?as_of=2026-11-16", None, 400, "lies in the future"),
    ("GET", "/v1/metrics/cost?as_of=yesterday", None, 400, "write a day like"),
]


@pytest.mark.parametrize(("method", "address", "body", "status", "words"), REFUSED)
@pytest.mark.usefixtures("filled")
def test_what_cannot_be_done_says_why(
    client: Client, method: str, address: str, body: dict[str, Any] | None, status: int, words: str
) -> None:
    answer = client.request(method, address, json=body)
    assert answer.status_code == status, answer.text
    assert words in answer.text
    assert answer.headers["content-type"] == "application/problem+json"
