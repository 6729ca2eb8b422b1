"""The bridge over HTTP: the same answer as the command line's."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient

Client = TestClient[Litestar]


def test_parts_add_up_to_the_change(client: Client, send: Any) -> None:
    for month, amount in (("09", "10.25"), ("10", "30")):
        bill = {"id": month, "source": "s", "start": f"2026-{month}-05", "amount": amount, "project": "chat"}
        send(bill, kind="cost")
    answer = client.get("/v1/bridge?from=2026-09&to=2026-10&figure=investment")
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["change"], told["start"]["amount"], told["end"]["amount"]) == ("19.75", "10.25", "30.00")
    assert sum(Decimal(part["amount"]) for part in told["parts"]) == Decimal("19.75")
    (driver,) = next(part for part in told["parts"] if part["name"] == "volume")["drivers"]
    assert (driver["project"], driver["item"], driver["before"], driver["after"], driver["unit"]) == (
        "chat", "cost_direct", "10.25", "30.00", "USD")  # fmt: skip


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("from=2026-09", "to"),
        ("from=2026-09&to=soon", "soon"),
        ("from=2026-09&to=2026-10@v1", "not closed"),
        ("from=2026-09&to=2026-10&project=nobody", "nobody"),
        ("from=2026-09&to=2026-10&figure=roi_percent", "roi_percent"),
        ("from=2026-09&to=2026-10&by=me", "by"),
    ],
)
def test_what_cannot_be_asked(idle: Client, query: str, words: str) -> None:
    answer = idle.get(f"/v1/bridge?{query}")
    assert answer.status_code == 400
    assert words in answer.text


def test_the_route_is_described(idle: Client) -> None:
    described = idle.get("/schema/openapi.json").json()
    asked = {parameter["name"] for parameter in described["paths"]["/v1/bridge"]["get"]["parameters"]}
    assert asked == {"from", "to", "project", "figure"}
