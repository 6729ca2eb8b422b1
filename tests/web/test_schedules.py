"""Scheduled reports in the API: how they stand, a preview, send now, once more; and a server that sends by itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, time, timedelta
from pathlib import Path
from threading import Event
from typing import Any

import msgspec
import pytest
from litestar import Litestar
from litestar.testing import TestClient

from breakeven.delivery.courier import digest
from breakeven.formula import Evaluator
from breakeven.ingest.pipeline import Pipeline
from breakeven.ledger.ledger import Ledger
from breakeven.pricing import make_pricer
from breakeven.reports.archive import Archive
from breakeven.settings import secret_reader
from breakeven.store.duckdb import MEMORY, DuckDBStore
from breakeven.store.state import State, file_url
from breakeven.store.state_audit import audit_log
from breakeven.store.state_deliveries import claim, end, made, runs, seen, take
from breakeven.web.running import serving
from breakeven.web.server import build
from breakeven.web.services import Services
from breakeven.workspace.definitions import Workspace
from breakeven.workspace.reports import Cadence, Recipient, Reporting, ReportSchedule

from .conftest import HOME, NOW

OUT = Recipient(name="out", channel="folder", address="out")
MONTHLY = ReportSchedule(name="monthly", report="summary", cadence=Cadence(every="month"), recipients=(OUT,),
                         formats=("md",))  # fmt: skip


@pytest.fixture
def scheduled(workspace: Workspace, tmp_path: Path) -> Workspace:
    reporting = Reporting(schedules={"monthly": MONTHLY})
    return msgspec.structs.replace(workspace, path=str(tmp_path), reporting=reporting)


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    with_file = State.open(file_url(tmp_path / "state.sqlite"))
    yield with_file
    with_file.close()


@contextmanager
def served(workspace: Workspace, evaluator: Evaluator, state: State, *, sends: bool = True) -> Iterator[Services]:
    with DuckDBStore.open(MEMORY, time_zone="UTC") as store:
        pipeline = Pipeline(workspace, store, make_pricer(workspace.prices, Path(), "UTC"), threads=1)
        ledger = Ledger(workspace, store, evaluator, state=state)
        secrets = secret_reader(Path(workspace.path)) if sends else None
        archive = Archive(state, Path(workspace.path))
        with serving(workspace, store, ledger, pipeline, lambda: NOW, secrets=secrets, archive=archive) as services:
            yield services
        pipeline.close()


@pytest.fixture
def client(scheduled: Workspace, evaluator: Evaluator, state: State) -> Iterator[TestClient[Litestar]]:
    with (
        served(scheduled, evaluator, state) as services,
        TestClient(build(services), base_url=HOME) as found,
    ):
        yield found


def test_schedules_stand(client: TestClient[Litestar]) -> None:
    (one,) = client.get("/v1/reports/schedules").json()
    assert (one["name"], one["title"], one["cadence"]) == (
        "monthly", "Executive summary", "first day of the month at 07:00 (UTC)")  # fmt: skip
    assert one["next_due"] == "2026-12-01T07:00:00Z"
    assert one["recipients"] == [{"name": "out", "channel": "folder"}]
    assert (one["runs"], one["findings"]) == ([], [])
    unknown = client.get("/v1/reports/schedules/weekly")
    assert unknown.status_code == 404
    assert "unknown report schedule 'weekly'" in unknown.json()["detail"]


def test_a_preview_keeps_and_sends_nothing(client: TestClient[Litestar], tmp_path: Path, state: State) -> None:
    shown = client.get("/v1/reports/schedules/monthly/preview")
    assert shown.status_code == 200
    assert shown.headers["content-type"].startswith("text/html")
    assert shown.headers["content-disposition"] == 'inline; filename="monthly.html"'
    assert "Executive summary" in shown.text
    assert (runs(state), (tmp_path / "out").exists()) == ([], False)
    wrong = client.get("/v1/reports/schedules/monthly/preview", params={"format": "doc"})
    assert wrong.status_code == 400
    assert "unknown format 'doc'" in wrong.json()["detail"]


def test_send_now_sends_once_for_a_key(client: TestClient[Litestar], tmp_path: Path) -> None:
    sent = client.post("/v1/reports/schedules/monthly/send", params={"key": "k1"})
    assert sent.status_code == 201
    told = sent.json()
    assert (told["run"], told["status"], told["by_hand"]) == ("monthly@key-k1", "done", True)
    assert [(one["recipient"], one["status"]) for one in told["deliveries"]] == [("out", "sent")]
    assert client.post("/v1/reports/schedules/monthly/send", params={"key": "k1"}).json() == told
    assert len(list((tmp_path / "out").iterdir())) == 1
    assert [run["run"] for run in client.get("/v1/reports/schedules/monthly").json()["runs"]] == ["monthly@key-k1"]


def test_a_page_of_another_site_sends_nothing(client: TestClient[Litestar], state: State) -> None:
    refused = client.post("/v1/reports/schedules/monthly/send", headers={"Origin": "https://evil.example"})
    assert refused.status_code == 403
    assert runs(state) == []


def test_what_is_unclear_is_sent_once_more_by_a_person(client: TestClient[Litestar], state: State) -> None:
    first = client.post("/v1/reports/schedules/monthly/send", params={"key": "k1"}).json()
    body = {"run": first["run"], "recipient": "out", "by": "Eve"}
    refused = client.post("/v1/reports/deliveries/resend", json=body)
    assert refused.status_code == 400
    assert "is sent: only what is unclear or given up" in refused.json()["detail"]
    assert take(state, "monthly@x", "monthly", NOW, "h", NOW)
    issues: dict[str, Any] = first["issues"]
    made(state, "monthly@x", "h", NOW, _message(state), issues, [("out", "folder")])
    claim(state, "monthly@x", "out", "h", NOW)
    end(state, "monthly@x", "out", "h", NOW, "unclear", error="silence")
    (one,) = client.get("/v1/reports/schedules").json()
    assert one["findings"] == ["whether monthly@x reached out is not known: silence"]
    again = client.post("/v1/reports/deliveries/resend", json={**body, "run": "monthly@x"})
    assert [one["status"] for one in again.json()["deliveries"]] == ["sent"]
    assert [(line.who, line.subject) for line in audit_log(state)] == [("Eve", "monthly@x")]
    missing = client.post("/v1/reports/deliveries/resend", json={**body, "run": "monthly@y"})
    assert missing.status_code == 404


def _message(state: State) -> bytes:
    return next(run.message for run in runs(state) if run.message)


def test_a_server_that_sends_nothing_says_so(scheduled: Workspace, evaluator: Evaluator, state: State) -> None:
    with (
        served(scheduled, evaluator, state, sends=False) as services,
        TestClient(build(services), base_url=HOME) as client,
    ):
        assert len(client.get("/v1/reports/schedules").json()) == 1
        refused = client.post("/v1/reports/schedules/monthly/send")
        assert refused.status_code == 403
        assert "this server sends no reports" in refused.json()["detail"]


def test_a_server_sends_what_was_missed(
    scheduled: Workspace, evaluator: Evaluator, state: State, tmp_path: Path
) -> None:
    """It ran two days ago last: one report goes out when it starts."""
    daily = msgspec.structs.replace(MONTHLY, cadence=Cadence(every="day", at=time(0)))
    workspace = msgspec.structs.replace(scheduled, reporting=Reporting(schedules={"monthly": daily}))
    with served(workspace, evaluator, state, sends=False) as services:
        known = services.clock() - timedelta(days=2)
    _seen(workspace, state, known)
    done = Event()
    with served(workspace, evaluator, state):
        for _ in range(600):
            if {run.status for run in runs(state)} == {"covered", "done"} or done.wait(0.05):
                break
    assert [run.status for run in runs(state)] == ["done", "covered"]
    assert len(list((tmp_path / "out").iterdir())) == 1


def _seen(workspace: Workspace, state: State, at: datetime) -> None:

    seen(state, "monthly", digest(workspace.reporting.schedules["monthly"]), at)
