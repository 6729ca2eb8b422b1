"""Reconciliation over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient

Client = TestClient[Litestar]


@pytest.fixture
def filled(send: Any) -> None:
    send({"id": "1", "source": "s", "time": "2026-10-05", "project": "chat", "provider": "openai", "cost": "90"},
         kind="interaction")  # fmt: skip
    send({"id": "2", "source": "s", "start": "2026-10-01", "end": "2026-11-01", "amount": "100", "vendor": "OpenAI"},
         kind="cost")  # fmt: skip


@pytest.mark.usefixtures("filled")
def test_a_month(client: Client) -> None:
    answer = client.get("/v1/reconcile?period=2026-10&tolerance=5%25")
    assert answer.status_code == 200, answer.text
    made = answer.json()
    (row,) = made["rows"]
    assert (row["invoice"], row["metered"], row["gap"], row["gap_share"]) == ("100.00", "90.00", "10.00", "0.100000")
    assert (made["beyond_tolerance"], row["beyond_tolerance"], made["tolerance"]) == (1, True, "0.05")
    parts = {part["name"]: part for part in row["parts"]}
    assert parts["price"]["amount"] is None
    assert parts["rest"]["amount"] == "10.00"
    assert client.get("/v1/reconcile").json()["rows"] == made["rows"] or made["period"] == "2026-10"
    assert client.get("/v1/statement?period=2026-10").json()["metered"][0]["basis"] == "invoice"


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("tolerance=much", "is no tolerance"),
        ("vendor=nobody", "unknown vendor 'nobody'"),
        ("period=2026-10-05", "whole months"),
        ("vendors=openai", "unknown parameter 'vendors'"),
    ],
)
def test_what_cannot_be_asked(idle: Client, query: str, said: str) -> None:
    answer = idle.get(f"/v1/reconcile?{query}")
    assert answer.status_code == 400, answer.text
    assert said in answer.json()["detail"]


@pytest.mark.usefixtures("filled")
def test_constant_currency(client: Client) -> None:
    for path in ("statement?period=2026-10", "metrics/cost?period=2026-10", "explain/cost?period=2026-10"):
        assert client.get(f"/v1/{path}&constant_currency=2026-01-01").status_code == 200
        answer = client.get(f"/v1/{path}&constant_currency=2030-01-01")
        assert (answer.status_code, "lies in the future" in answer.text) == (400, True)
    made = client.get("/v1/statement?period=2026-10&constant_currency=2026-Q1").json()
    assert made["rates_of"] == "2026-01-01"
