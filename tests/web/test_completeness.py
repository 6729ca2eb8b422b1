"""Completeness over HTTP."""

from __future__ import annotations

from typing import Any

from litestar import Litestar
from litestar.testing import TestClient

Client = TestClient[Litestar]


def test_a_month(client: Client, send: Any) -> None:
    send({"id": "1", "source": "s", "time": "2026-10-05", "project": "chat", "provider": "openai", "cost": "90"},
         kind="interaction")  # fmt: skip
    answer = client.get("/v1/completeness?period=2026-10")
    assert answer.status_code == 200, answer.text
    (one,) = answer.json()["projects"]
    checks = {made["name"]: made for part in ("traffic", "cost", "benefit") for made in one[part]["checks"]}
    assert (one["project"], checks["priced"]["share"], checks["budget"]["share"]) == ("chat", "1.0000", "1.0000")
    assert checks["invoiced"]["missing"] == "no invoice of openai 2026-10"
    assert client.get("/v1/completeness?project=chat&period=2026-10").json() == answer.json()


def test_what_cannot_be_asked(idle: Client) -> None:
    assert "unknown project 'x'" in idle.get("/v1/completeness?project=x").json()["detail"]
    assert "whole months" in idle.get("/v1/completeness?period=2026-10-05").json()["detail"]
