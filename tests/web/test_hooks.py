"""POST /hooks/<name> as platforms send: verified, taken once, told by later deliveries, and every way of refusing."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from litestar import Litestar
from litestar.testing import TestClient

from breakeven.web.server import build
from breakeven.web.services import Services
from breakeven.workspace import default_workspace
from breakeven.workspace.definitions import Project
from breakeven.workspace.document import read_document
from breakeven.workspace.hook_reading import read_hooks
from breakeven.workspace.hooks import Hook

Client = TestClient[Litestar]
CASES = Path(__file__).parents[1] / "ingest" / "hooks"
NOW = 1794744000
"""The clock of these tests: 2026-11-15 12:00 UTC."""
KEY = base64.b64encode(b"a key of thirty-two bytes, say ..").decode()
SECRETS = {
    "git": (b"one", b"two"),
    "lab": (b"token",),
    "signed-lab": (f"whsec_{KEY}".encode(),),
    "alerts": (b"bearer",),
    "pager": (b"pd",),
    "shop": (b"s3",),
    "letters": (KEY.encode(),),
}


def declared() -> dict[str, Hook]:
    problems: list[Any] = []
    node = read_document((CASES / "sources.yaml").read_text(), "sources.yaml", problems)
    assert node is not None
    found = read_hooks(node, problems)
    assert problems == []
    return found


def payload(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((CASES / f"{name}.json").read_text())
    return found


@pytest.fixture
def hooked(services: Services) -> Services:
    workspace = msgspec.structs.replace(services.workspace, hooks=declared())
    return msgspec.structs.replace(services, workspace=workspace, hook_secrets=SECRETS)


@pytest.fixture
def client(hooked: Services) -> Iterator[Client]:
    with TestClient(build(hooked), base_url="http://127.0.0.1:8321", raise_server_exceptions=False) as made:
        yield made


class Sent:
    """Posts deliveries as their platforms do."""

    def __init__(self, client: Client) -> None:
        self.client, self.number = client, 0

    def __call__(self, hook: str, body: Any, headers: dict[str, str]) -> Any:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.client.post(
            f"/hooks/{hook}", content=content, headers={"content-type": "application/json", **headers}
        )

    def github(self, event: str, body: Any, *, delivery: str | None = None, secret: bytes = b"one") -> Any:
        self.number += 1
        content = json.dumps(body).encode()
        return self("git", content, {
            "x-github-event": event, "x-github-delivery": delivery or str(self.number),
            "x-hub-signature-256": "sha256=" + hmac.new(secret, content, hashlib.sha256).hexdigest(),
        })  # fmt: skip

    def pagerduty(self, body: Any) -> Any:
        content = json.dumps(body).encode()
        signature = "v1=" + hmac.new(b"pd", content, hashlib.sha256).hexdigest()
        return self("pager", content, {"x-pagerduty-signature": f"v1={'0' * 64},{signature}"})

    def alerts(self, body: Any) -> Any:
        return self("alerts", body, {"authorization": "Bearer bearer"})


@pytest.fixture
def sent(client: Client) -> Sent:
    return Sent(client)


def rows(services: Services, kind: str) -> list[dict[str, Any]]:
    order = "opened_at" if kind == "incident" else "time"
    found: list[dict[str, Any]] = services.store.query(f"SELECT * FROM {kind} ORDER BY {order}, id").to_pylist()
    return found


def test_a_deployment_from_its_beginning_to_its_end(sent: Sent, hooked: Services) -> None:
    begins = sent.github("deployment", payload("github_deployment"))
    assert (begins.status_code, begins.json()["ignored_because"][0]["reason"]) == (202, "state")
    status = payload("github_deployment_status")
    failed = {**status, "deployment_status": status["deployment_status"] | {
        "id": 11, "state": "failure", "updated_at": "2026-11-10T10:05:00Z"}}  # fmt: skip
    assert sent.github("deployment_status", failed).json()["accepted"] == 1
    (row,) = rows(hooked, "deployment")
    assert (row["status"], row["deployed_at"], row["source"], row["project"], row["model"]) == (
        "failed", None, "git", "chat", "reply-writer")  # fmt: skip
    assert sent.github("deployment_status", status).json()["accepted"] == 1
    (row,) = rows(hooked, "deployment")
    assert (row["status"], row["deployed_at"].isoformat()) == ("succeeded", "2026-11-10T10:09:30+00:00")
    # The earlier failure once more, as another delivery: the state does not go back.
    assert sent.github("deployment_status", failed).json()["duplicates"] == 1
    assert [row["status"] for row in rows(hooked, "deployment")] == ["succeeded"]
    labels = json.loads(row["labels"])
    assert (labels["environment"], labels["repository"], labels["via"]) == ("production", "acme/replies", "hooks")
