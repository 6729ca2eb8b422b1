"""Webhooks as captured from their platforms, and CloudEvents as their conformance project writes them, over HTTP."""

from __future__ import annotations

import base64
import csv
import hashlib
import hmac
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import yaml
from litestar import Litestar
from litestar.testing import TestClient
from tests_real.conftest import Company

from breakeven.app import open_company
from breakeven.settings import Settings, hook_secrets
from breakeven.web.running import serving
from breakeven.web.server import build
from breakeven.web.services import Services

SECRETS = {"GIT": "first", "PAGER": "second"}
BATCH = "application/cloudevents-batch+json"
SOURCES = """
hooks:
  git: {platform: github, secret_env: GIT, events: [deployment, release, workflow_run], environments: ['*']}
  production: {platform: github, secret_env: GIT}
  alerts: {platform: alertmanager, unsigned: true}
  pager: {platform: pagerduty, secret_env: PAGER}
"""


@contextmanager
def served(company: Company) -> Iterator[tuple[Services, TestClient[Litestar]]]:
    settings = Settings(workspace=company.folder)
    with open_company(settings) as opened:
        secrets = hook_secrets(opened.workspace.hooks.values(), company.folder, SECRETS)
        with (
            serving(opened.workspace, opened.store, opened.ledger, opened.pipeline, lambda: datetime.now(UTC),
                    hook_secrets=secrets) as services,
            TestClient(build(services), base_url="http://127.0.0.1:8321") as client,
        ):  # fmt: skip
            yield services, client


def github(client: TestClient[Litestar], hook: str, event: str, body: bytes) -> Any:
    signature = "sha256=" + hmac.new(b"first", body, hashlib.sha256).hexdigest()
    return client.post(f"/hooks/{hook}", content=body, headers={
        "content-type": "application/json", "x-github-event": event, "x-hub-signature-256": signature,
    })  # fmt: skip


def test_github(company: Company, data: Path, truth: dict[str, Any]) -> None:
    company.declare("sources.yaml", SOURCES)
    told = truth["deploy-webhooks-github"]
    folder = data / "deploy-webhooks-github"
    with served(company) as (services, client):
        for _ in range(2):
            for file in sorted(folder.rglob("*.json")):
                answer = github(client, "git", file.parent.name, file.read_bytes())
                assert answer.status_code in (200, 202), answer.text
        rows = services.store.query("SELECT * FROM deployment ORDER BY id").to_pylist()
        assert [(row["id"].partition("/")[0], row["status"], row["version"]) for row in rows] == [
            ("deployment", "succeeded", told["deployment_status/payload.json"]["sha"]),
            ("release", "succeeded", "0.0.1"),
            ("workflow_run", "succeeded", told["workflow_run/completed.payload.json"]["sha"])]  # fmt: skip
        ended = told["deployment_status/payload.json"]["updated_at"]
        assert rows[0]["deployed_at"] == datetime.fromisoformat(ended)
        named = {told[f"{name}.payload.json"]["repository"] for name in ("release/published", "workflow_run/completed")}
        assert {json.loads(row["labels"])["repository"] for row in rows} == named
        pages = github(client, "production", "deployment_status",
                       (folder / "deployment_status" / "gh-pages.payload.json").read_bytes())  # fmt: skip
        assert (pages.status_code, pages.json()["ignored_because"][0]["reason"]) == (202, "environment")


def test_alertmanager(company: Company, data: Path) -> None:
    company.declare("sources.yaml", SOURCES)
    lines = (data / "incidents-alerting" / "alertmanager_webhooks.jsonl").read_bytes().splitlines()
    with served(company) as (services, client):
        for line in [*lines, *reversed(lines)]:
            answer = client.post("/hooks/alerts", content=line, headers={"content-type": "application/json"})
            assert answer.status_code == 200, answer.text
        rows = services.store.query("SELECT * FROM incident ORDER BY opened_at, id").to_pylist()
    alerts = [alert for line in lines for alert in json.loads(line)["alerts"]]
    over = {alert["fingerprint"]: alert["endsAt"] for alert in alerts if alert["status"] == "resolved"}
    assert (len(alerts), len(over)) == (8, 3)
    assert {row["id"].split("/")[1]: row["resolved_at"].strftime("%Y-%m-%dT%H:%M:%SZ") for row in rows} == over
    assert sorted(row["severity"] for row in rows) == ["critical", "warning", "warning"]


def test_pagerduty(company: Company, data: Path) -> None:
    company.declare("sources.yaml", SOURCES)
    folder = data / "incidents-alerting"
    with (folder / "pagerduty_raw_incidents.csv").open(newline="") as stream:
        incidents = [json.loads(row["data"]) for row in csv.DictReader(stream)]
    with (folder / "pagerduty_expected_issues.csv").open(newline="") as stream:
        expected = list(csv.DictReader(stream))
    with served(company) as (services, client):
        for incident in incidents:  # the record of the API, as the webhook of its last change brings it
            event = {"event": {"id": incident["id"], "event_type": f"incident.{incident['status']}",
                               "occurred_at": incident["last_status_change_at"], "data": incident}}  # fmt: skip
            body = json.dumps(event).encode()
            signature = "v1=" + hmac.new(b"second", body, hashlib.sha256).hexdigest()
            answer = client.post("/hooks/pager", content=body, headers={
                "content-type": "application/json", "x-pagerduty-signature": signature})  # fmt: skip
            assert answer.json()["accepted"] == 1, answer.text
        rows = services.store.query("SELECT * FROM incident ORDER BY opened_at").to_pylist()
    assert [row["opened_at"] for row in rows] == [datetime.fromisoformat(one["created_date"]) for one in expected]
    assert [row["severity"] for row in rows] == [one["urgency"] for one in expected]
    lasted = [row["resolved_at"] - row["opened_at"] if row["resolved_at"] else None for row in rows]
    minutes = [None if one is None else one.total_seconds() // 60 for one in lasted]
    assert minutes == [float(one["lead_time_minutes"]) if one["lead_time_minutes"] else None for one in expected]


def conformance(data: Path) -> list[dict[str, Any]]:
    """The event sets, their attributes as the specification writes them (in YAML, 1.0 and instants are no texts)."""
    found = []
    for file in sorted((data / "cloudevents" / "conformance").glob("*.yaml")):
        for event in yaml.load_all(file.read_text(), Loader=yaml.BaseLoader):
            attributes = event["ContextAttributes"]
            attributes |= attributes.pop("Extensions", {})
            found.append({"attributes": attributes, "data": event["Data"]})
    return found


def structured(event: dict[str, Any]) -> dict[str, Any]:
    media = event["attributes"].get("datacontenttype", "application/json")
    if "json" in media:
        return {**event["attributes"], "data": json.loads(event["data"])}
    return {**event["attributes"], "data_base64": base64.b64encode(event["data"].encode()).decode()}


@pytest.mark.parametrize("mode", ["structured", "batch", "binary", "lines"])
def test_conformance(company: Company, data: Path, mode: str) -> None:
    """Whatever is an object becomes a record of the kind that the request names; the others are refused one by one."""
    events = conformance(data)
    assert len(events) == 8
    objects = [event for event in events if event["data"].lstrip().startswith("{")]
    with served(company) as (services, client):
        answers = list(sent(client, events, mode))
        assert {answer.status_code for answer in answers} <= {200, 207, 422}
        assert sum(answer.json()["accepted"] + answer.json()["duplicates"] for answer in answers) == len(objects)
        said = [error["reason"] for answer in answers for error in answer.json()["errors"]]
        assert said == ["unreadable"] * (len(events) - len(objects))
        held = services.store.query("SELECT id, source, time FROM activity ORDER BY id").to_pylist()
    assert {(row["id"], row["source"]) for row in held} == {
        (event["attributes"]["id"], event["attributes"]["source"]) for event in objects}  # fmt: skip
    (told,) = {row["time"] for row in held if row["id"] == "4321-4321-4321"}
    assert told == datetime(2018, 4, 5, 3, 56, 24, tzinfo=UTC)


def sent(client: TestClient[Litestar], events: list[dict[str, Any]], mode: str) -> Iterator[Any]:
    """Their data lack what a fact needs, so that is put in where they are objects."""
    for event in events:
        if event["data"].lstrip().startswith("{"):
            event["data"] = json.dumps({"actor": "a", **json.loads(event["data"])})
            event["attributes"].setdefault("time", "2018-04-05T03:56:24Z")
    address = "/v1/events?kind=activity"
    if mode == "batch":
        body = json.dumps([structured(event) for event in events])
        yield client.post(address, content=body, headers={"content-type": f"{BATCH}; charset=utf-8"})
    elif mode == "lines":
        body = "\n".join(json.dumps(structured(event)) for event in events)
        yield client.post(address, content=body, headers={"content-type": "application/x-ndjson"})
    for event in events if mode == "structured" else ():
        yield client.post(address, content=json.dumps(structured(event)),
                          headers={"content-type": "application/cloudevents+json"})  # fmt: skip
    for event in events if mode == "binary" else ():
        named = {name: value for name, value in event["attributes"].items() if name != "datacontenttype"}
        headers = {f"ce-{name}": quote(value, safe=" /:{}") for name, value in named.items()}
        media = event["attributes"].get("datacontenttype", "application/json")
        yield client.post(address, content=event["data"].encode(), headers={**headers, "content-type": media})


def test_examples_of_the_specification(company: Company, data: Path) -> None:
    """Events of other types are understood and refused for their type alone, in their place."""
    with served(company) as (_, client):
        for file in sorted((data / "cloudevents" / "spec").glob("json_format_example_*.json")):
            example = json.loads(file.read_text())
            media = BATCH if isinstance(example, list) else "application/cloudevents+json"
            answer = client.post("/v1/events", content=file.read_bytes(), headers={"content-type": media})
            number = len(example) if isinstance(example, list) else 1
            assert answer.json()["rejected"] == ({"unknown_kind": number} if number else {}), file.name
            assert answer.status_code == (422 if number else 200)
