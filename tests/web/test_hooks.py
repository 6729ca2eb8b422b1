"""POST /hooks/<name> as platforms send: verified, taken once, told by later deliveries, and every way of refusing."""

from __future__ import annotations

import base64
import gzip
import hashlib
import hmac
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from litestar import Litestar
from litestar.testing import TestClient

from breakeven.errors import StoreFull
from breakeven.web.server import build
from breakeven.web.services import Services
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


def test_a_release_and_its_withdrawal(sent: Sent, hooked: Services) -> None:
    release = payload("github_release")
    assert sent.github("release", release).json()["accepted"] == 1
    assert sent.github("release", {**release, "action": "deleted"}).json()["accepted"] == 1
    assert sent.github("release", {**release, "action": "edited"}).json()["duplicates"] == 1
    (row,) = rows(hooked, "deployment")
    assert (row["id"], row["version"], row["status"]) == ("release/55", "v1.4.0", "rolled_back")
    draft = {**release, "release": release["release"] | {"id": 56, "prerelease": True}}
    assert sent.github("release", draft).status_code == 202


def test_a_run_that_is_started_again(sent: Sent, hooked: Services) -> None:
    run = payload("github_workflow_run")
    again = {**run, "workflow_run": run["workflow_run"] | {
        "run_attempt": 2, "conclusion": "success", "updated_at": "2026-11-08T08:10:00Z"}}  # fmt: skip
    assert sent.github("workflow_run", {**run, "action": "requested"}).status_code == 202
    for body in (again, run):
        assert sent.github("workflow_run", body).status_code == 200
    (row,) = rows(hooked, "deployment")
    assert (row["id"], row["status"], row["deployed_at"].isoformat(), row["time"].isoformat()) == (
        "workflow_run/31", "succeeded", "2026-11-08T08:10:00+00:00", "2026-11-08T07:00:00+00:00")  # fmt: skip


def test_gitlab(sent: Sent, hooked: Services) -> None:
    token = {"x-gitlab-token": "token", "x-gitlab-event": "Deployment Hook"}
    for name in ("gitlab_deployment", "gitlab_release", "gitlab_pipeline", "gitlab_incident"):
        assert sent("lab", payload(name), token).json()["accepted"] == 1
    found = [(row["id"], row["model"], row["version"], row["status"], row["time"].isoformat(), row["project"])
             for row in rows(hooked, "deployment")]  # fmt: skip
    assert found == [
        ("pipeline/61", "ranking", "bcbb5e", "failed", "2026-11-07T15:23:28+00:00", "chat"),
        ("release/8", "ranking", "v2.0", "succeeded", "2026-11-09T12:55:12+00:00", "chat"),
        ("deployment/15", "ranking", "279484c0", "succeeded", "2026-11-10T10:30:00+00:00", "chat"),
    ]
    incident = payload("gitlab_incident")
    closed = {**incident, "object_attributes": incident["object_attributes"] | {
        "state": "closed", "updated_at": "2026-11-10 10:00:00 UTC", "closed_at": "2026-11-10T10:00:00Z"}}  # fmt: skip
    assert sent("lab", closed, token).json()["accepted"] == 1
    assert sent("lab", incident, token).json()["duplicates"] == 1
    (row,) = rows(hooked, "incident")
    assert (row["severity"], row["opened_at"].isoformat(), row["resolved_at"].isoformat()) == (
        "high", "2026-11-10T09:00:00+00:00", "2026-11-10T10:00:00+00:00")  # fmt: skip
    issue = {**incident, "object_attributes": incident["object_attributes"] | {"type": "Issue"}}
    running = {**payload("gitlab_deployment"), "status": "running"}
    staging = {**payload("gitlab_deployment"), "environment": "staging", "environment_tier": "staging"}
    reasons = [sent("lab", body, token).json()["ignored_because"][0]["reason"] for body in (issue, running, staging)]
    assert reasons == ["event", "state", "environment"]


def test_alerts_of_a_group(sent: Sent, hooked: Services) -> None:
    firing, later = payload("alertmanager_firing"), payload("alertmanager_one_resolved")
    first = sent.alerts(firing).json()
    assert (first["accepted"], first["ignored"], first["ignored_because"][0]["reason"]) == (2, 1, "where")
    assert sent.alerts(firing).json()["duplicates"] == 2
    assert (sent.alerts(later).json()["accepted"], sent.alerts(firing).json()["duplicates"]) == (1, 2)
    a, b = rows(hooked, "incident")
    assert (a["resolved_at"].isoformat(), b["resolved_at"]) == ("2026-11-10T10:00:00+00:00", None)
    assert (a["project"], a["severity"]) == ("chat", "critical")
    assert json.loads(a["labels"])["summary"] == "p99 above 4 s"  # kept, although the resolved alert lacks it


def test_an_incident_of_pagerduty_in_every_order(sent: Sent, hooked: Services) -> None:
    story = json.loads((CASES / "pagerduty_story.json").read_text())
    for event in [story[3], story[0], story[2], story[1]]:
        assert sent.pagerduty(event).status_code == 200
    (row,) = rows(hooked, "incident")
    assert (row["resolved_at"].isoformat(), row["severity"], row["kind"], row["project"]) == (
        "2026-11-10T09:40:00+00:00", "P1", "outage", "chat")  # fmt: skip
    assert sent.pagerduty(story[4]).json()["accepted"] == 1
    assert rows(hooked, "incident")[0]["resolved_at"] is None
    assert sent.pagerduty(story[3]).json()["duplicates"] == 1
    assert sent.pagerduty(story[5]).json()["accepted"] == 1
    assert rows(hooked, "incident")[0]["resolved_at"].isoformat() == "2026-11-10T10:20:00+00:00"


def shop(body: Any, at: int = NOW, secret: bytes = b"s3") -> tuple[bytes, dict[str, str]]:
    content = json.dumps(body).encode()
    digest = hmac.new(secret, f"{at}.".encode() + content, hashlib.sha512).digest()
    signature = "sha512=" + base64.b64encode(digest).decode()
    return content, {"x-shop-time": str(at), "x-shop-signature": signature, "x-shop-delivery": f"d{at}"}


def test_a_sender_with_a_mapping(sent: Sent, hooked: Services) -> None:
    tickets = payload("generic_tickets")
    assert sent("shop", *shop(tickets)).json()["accepted"] == 2
    again = sent("shop", *shop(tickets))
    assert (again.status_code, again.json()["accepted"], again.json()["duplicates"]) == (200, 0, 2)
    first, _ = tickets["data"]["tickets"]
    older = {"data": {"tickets": [{**first, "version": 1, "ended": None, "level": "LOW"}, {"number": "T-3"}, "what"]}}
    mixed = sent("shop", *shop(older, NOW + 1))
    assert (mixed.status_code, mixed.json()["duplicates"], mixed.json()["rejected"], mixed.json()["ignored"]) == (
        207, 1, {"missing_field": 1}, 1)  # fmt: skip
    found = [(row["id"], row["severity"], row["resolved_at"] is None, row["kind"]) for row in rows(hooked, "incident")]
    assert found == [("T-1", "high", False, "quality"), ("T-2", "low", True, "quality")]
    reopened = {"data": {"tickets": [{**first, "version": 3, "ended": None}]}}
    assert sent("shop", *shop(reopened, NOW + 2)).json()["accepted"] == 1
    assert rows(hooked, "incident")[0]["resolved_at"] is None


def standard(body: Any, key: bytes, at: int = NOW, identity: str = "msg_1") -> tuple[bytes, dict[str, str]]:
    content = json.dumps(body).encode()
    digest = hmac.new(key, f"{identity}.{at}.".encode() + content, hashlib.sha256).digest()
    signature = f"v1,{'A' * 43}= v1,{base64.b64encode(digest).decode()}"
    return content, {"webhook-id": identity, "webhook-timestamp": str(at), "webhook-signature": signature}


def test_standard_webhooks(sent: Sent, hooked: Services) -> None:
    note = {"id": "n", "at": "2026-11-10T08:00:00Z", "body": {"text": "Launched in France"}}
    key = base64.b64decode(KEY)
    assert sent("letters", *standard(note, key)).json()["accepted"] == 1
    assert [row["text"] for row in rows(hooked, "note")] == ["Launched in France"]
    assert sent("letters", *standard(note, key)).json()["duplicates"] == 1
    for at in (NOW - 301, NOW + 301):
        late = sent("letters", *standard(note, key, at))
        assert (late.status_code, "300 seconds" in late.json()["detail"]) == (401, True)
    assert sent("signed-lab", *standard(payload("gitlab_deployment"), key)).json()["accepted"] == 1
    assert sent("signed-lab", payload("gitlab_deployment"), {"x-gitlab-token": f"whsec_{KEY}"}).status_code == 401


def test_a_delivery_that_is_sent_again(sent: Sent, hooked: Services) -> None:
    status = payload("github_deployment_status")
    first = sent.github("deployment_status", status, delivery="same")
    again = sent.github("deployment_status", status, delivery="same")
    assert [(one.status_code, one.json()["accepted"], one.json()["duplicates"]) for one in (first, again)] == [
        (200, 1, 0), (200, 0, 1)]  # fmt: skip
    # The header is not signed: another body under the same id is another delivery.
    other = {**status, "deployment": status["deployment"] | {"id": 902}}
    assert sent.github("deployment_status", other, delivery="same").json()["accepted"] == 1
    assert len(rows(hooked, "deployment")) == 2


def test_what_is_known_outlives_the_server(hooked: Services) -> None:
    story = json.loads((CASES / "pagerduty_story.json").read_text())
    for event in (story[3], story[0], story[2]):  # a server each, over the same store
        with TestClient(build(hooked), base_url="http://127.0.0.1:8321") as client:
            assert Sent(client).pagerduty(event).status_code == 200
    (row,) = rows(hooked, "incident")
    assert (row["severity"], row["resolved_at"].isoformat()) == ("P1", "2026-11-10T09:40:00+00:00")


def test_github_as_a_form_and_with_a_second_secret(sent: Sent, hooked: Services) -> None:
    assert sent.github("deployment_status", payload("github_deployment_status"), secret=b"two").status_code == 200
    content = httpx.QueryParams({"payload": json.dumps(payload("github_release"))}).__str__().encode()
    headers = {"x-github-event": "release", "content-type": "application/x-www-form-urlencoded",
               "x-hub-signature-256": "sha256=" + hmac.new(b"one", content, hashlib.sha256).hexdigest()}  # fmt: skip
    assert sent("git", content, headers).json()["accepted"] == 1


def test_ping_and_what_becomes_no_fact(sent: Sent, client: Client) -> None:
    assert sent.github("ping", {"zen": "Keep it simple."}).status_code == 200
    assert sent.pagerduty({"event": {"id": "1", "event_type": "pagey.ping", "data": {}}}).status_code == 200
    push = sent.github("push", {"ref": "main"})
    assert (push.status_code, push.json()["ignored"], push.json()["accepted"]) == (202, 1, 0)
    note = {"event": {"event_type": "incident.annotated", "data": {"type": "incident_note"}}}
    assert sent.pagerduty(note).status_code == 202
    assert sent.alerts({"version": "3", "alerts": []}).status_code == 202
    bad = sent("git", b"{}", {"x-hub-signature-256": "sha256=0", "x-github-event": "push"})
    assert bad.status_code == 401
    items = {item["name"]: item for item in client.get("/v1/hooks").json()["items"]}
    git = items["git"]
    assert (git["deliveries"], git["unverified"], git["ignored"], git["ready"]) == (2, 1, {"ping": 1, "event": 1}, True)
    assert (items["no-secret"]["ready"], items["open"]["ready"], items["open"]["unsigned"]) == (False, True, True)


UNVERIFIED: list[tuple[str, dict[str, str], str]] = [
    ("git", {}, "X-Hub-Signature-256 is missing"),
    ("git", {"x-hub-signature-256": "sha256=" + "0" * 64}, "does not match"),
    ("git", {"x-hub-signature-256": "sha256=é"}, "does not match"),
    ("git", {"x-hub-signature": "sha1=" + hmac.new(b"one", b"{}", hashlib.sha1).hexdigest()}, "is missing"),
    ("lab", {"x-gitlab-token": "tokens"}, "does not match"),
    ("signed-lab", {"x-gitlab-token": "token"}, "webhook-signature is missing"),
    ("signed-lab", {"webhook-signature": "v1,AAAA", "webhook-id": "1", "webhook-timestamp": "9" * 400}, "seconds"),
    ("alerts", {}, "Authorization is missing"),
    ("alerts", {"authorization": "Bearer other"}, "does not match"),
    ("alerts", {"authorization": "Basic %%%"}, "does not match"),
    ("alerts", {"authorization": "Digest x"}, "Bearer"),
    ("pager", {"x-pagerduty-signature": "v1=" + "0" * 64}, "does not match"),
    ("shop", {"x-shop-signature": "sha512=", "x-shop-time": str(NOW)}, "does not match"),
    ("shop", {"x-shop-signature": "sha512="}, "X-Shop-Time is missing"),
    ("shop", {"x-shop-signature": "sha512=", "x-shop-time": "-1"}, "seconds since 1970"),
]


def test_not_verified(sent: Sent, hooked: Services) -> None:
    for hook, headers, says in UNVERIFIED:
        answer = sent(hook, b"{}", {name: value.encode() for name, value in headers.items()})  # type: ignore[misc]
        assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json"), says
        assert says in answer.json()["detail"]
    assert hooked.store.versions().data == 0


def test_the_password_of_basic_authorization_is_the_secret(sent: Sent) -> None:
    basic = "Basic " + base64.b64encode(b"anybody:bearer").decode()
    assert sent("alerts", payload("alertmanager_firing"), {"authorization": basic}).json()["accepted"] == 2


def test_no_such_hook_no_secret_and_other_ways(sent: Sent, client: Client) -> None:
    missing = sent("gti", {}, {})
    assert (missing.status_code, "did you mean git" in missing.json()["detail"]) == (404, True)
    assert "NOT_SET" in sent("no-secret", {}, {}).json()["detail"]
    assert sent("no-secret", {}, {}).status_code == 403
    assert (client.get("/hooks/git").status_code, client.get("/hooks/git").json()["status"]) == (405, 405)
    assert sent("open", b"", {}).status_code == 400
    assert sent("open", b"[]", {}).status_code == 400
    assert sent("open", b"{", {}).status_code == 400
    assert sent("open", b'{"a":' * 100_000, {}).status_code == 400
    assert sent("open", b"\xff\xfe", {}).status_code == 400
    assert sent("open", b"<a/>", {"content-type": "application/xml"}).status_code == 415
    assert sent("open", b" " * ((4 << 20) + 1), {}).status_code == 413
    assert sent("open", gzip.compress(b" " * ((4 << 20) + 1)), {"content-encoding": "gzip"}).status_code == 413


def test_a_store_that_is_full_is_told_and_the_delivery_may_come_again(
    sent: Sent, hooked: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: Any) -> Any:
        raise StoreFull("no room left")

    with monkeypatch.context() as patched:
        patched.setattr(hooked.store, "append", full)
        assert sent.github("release", payload("github_release"), delivery="x").status_code == 507
    assert sent.github("release", payload("github_release"), delivery="x").json()["accepted"] == 1
