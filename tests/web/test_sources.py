"""Pulled sources in the API and on the quality page, and a server that pulls by itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event

import msgspec
import pytest
from litestar.testing import TestClient

from breakeven.formula import Evaluator
from breakeven.ingest.pipeline import Pipeline
from breakeven.ledger.ledger import Ledger
from breakeven.pricing import make_pricer
from breakeven.settings import secret_reader
from breakeven.store.duckdb import MEMORY, DuckDBStore
from breakeven.store.state import State, file_url
from breakeven.store.state_pulls import Result, begin_run, end_run, pull_states
from breakeven.views.charting.rendering import ChartRenderer
from breakeven.views.trust.pulls import pull_statuses
from breakeven.web.pages import pages
from breakeven.web.running import serving
from breakeven.web.server import build
from breakeven.web.services import Services
from breakeven.workspace.definitions import SourceMapping, Workspace
from breakeven.workspace.pulls import FolderPull, Pull, Schedule

from .conftest import HOME, NOW

QUARTER = Schedule(every=timedelta(minutes=15))


@pytest.fixture
def pulling(workspace: Workspace, tmp_path: Path) -> Workspace:
    origin = FolderPull(path="in/*", settle=timedelta())
    pull = Pull(schedule=QUARTER, origin=origin, quiet=timedelta(days=1))
    source = SourceMapping(name="calls", kind="interaction", pull=pull)
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.ndjson").write_text('{"id": "1", "time": "2026-11-15T10:00:00Z", "project": "chat"}\n')
    return msgspec.structs.replace(workspace, path=str(tmp_path), sources={"calls": source})


@contextmanager
def served(workspace: Workspace, evaluator: Evaluator, state: State, *, pull: bool) -> Iterator[Services]:
    with DuckDBStore.open(MEMORY, time_zone="UTC") as store:
        pipeline = Pipeline(workspace, store, make_pricer(workspace.prices, Path(), "UTC"), threads=1)
        ledger = Ledger(workspace, store, evaluator, state=state)
        secrets = secret_reader(Path(workspace.path)) if pull else None
        with serving(workspace, store, ledger, pipeline, lambda: NOW, secrets=secrets) as made:
            yield made
        pipeline.close()


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    # In a file: runs and requests use it at the same time, each by a connection of its own.
    made = State.open(file_url(tmp_path / "state.sqlite"))
    yield made
    made.close()


def test_a_server_pulls_what_is_due(pulling: Workspace, evaluator: Evaluator, state: State) -> None:
    with served(pulling, evaluator, state, pull=True) as services, TestClient(build(services), base_url=HOME) as client:
        waited = Event()
        for _ in range(600):
            (found,) = client.get("/v1/sources").json()["items"]
            if found["standing"] == "ok":
                break
            waited.wait(0.05)
        assert (found["accepted"], found["total"], found["error"], found["finding"]) == (1, 1, None, None)
        assert (found["last_run"], found["next_run"]) == ("2026-11-15T12:00:00Z", "2026-11-15T12:15:00Z")
        assert (found["newest"], found["lag_seconds"]) == ("2026-11-15T10:00:00Z", 7200.0)
        assert client.get("/v1/facts/interaction").json()["items"][0]["source"] == "calls"


def test_without_secrets_nothing_is_pulled(pulling: Workspace, evaluator: Evaluator, state: State) -> None:
    with served(pulling, evaluator, state, pull=False):
        assert pull_states(state) == {}


def ended(state: State, at: datetime, result: Result) -> None:
    begin_run(state, "calls", "", "test", at)
    end_run(state, "calls", "test", at, at, result)


@pytest.mark.parametrize(
    ("runs", "standing", "finding"),
    [
        ([], "never", "calls was never pulled."),
        ([(5, Result(status="ok", accepted=1))], "ok", None),
        ([(45, Result(status="ok", accepted=1))], "late", "calls has been silent for 45 min, and is pulled every 15m."),
        ([(45, Result(status="ok", accepted=1)), (1, Result(status="failed", error="no route"))], "late",
         "calls has been silent for 45 min, and is pulled every 15m. The last run failed: no route"),
        ([(20, Result(status="ok", accepted=1)), (1, Result(status="failed", error="no route"))], "failing",
         "calls failed once. The last run failed: no route"),
        ([(5, Result(status="partial", accepted=1, error="1 of 2 files cannot be read"))], "partial",
         "calls: 1 of 2 files cannot be read."),
        ([(2000, Result(status="ok", accepted=1)), (5, Result(status="ok"))], "quiet",
         "calls has brought nothing new for 1 day."),
    ],
)  # fmt: skip
def test_what_is_found(
    pulling: Workspace, state: State, runs: list[tuple[int, Result]], standing: str, finding: str | None
) -> None:
    for minutes, result in runs:
        ended(state, NOW - timedelta(minutes=minutes), result)
    (found,) = pull_statuses(pulling, state, NOW)
    assert (found.standing, found.finding) == (standing, finding)


def test_the_quality_page_shows_them(
    pulling: Workspace, evaluator: Evaluator, state: State, drawer: ChartRenderer
) -> None:
    ended(state, NOW - timedelta(minutes=45), Result(status="failed", error="no <route>"))
    ended(state, NOW - timedelta(minutes=44), Result(status="ok", accepted=7))
    with served(pulling, evaluator, state, pull=False) as services:
        front = pages(services, drawer)
        with TestClient(build(services, front), base_url=HOME) as client:
            page = client.get("/quality", headers={"accept": "text/html"})
            past = client.get("/quality?as_of=2026-11-10", headers={"accept": "text/html"})
    assert page.status_code == 200
    for words in ("Pulled sources", "in/*, every 15m", "Late", "calls: silent beyond the interval."):
        assert words in page.text, words
    assert "Pulled sources" not in past.text, "the state of pulls has no past"


def test_silence_beyond_the_interval_is_a_finding_and_an_alert(
    pulling: Workspace, evaluator: Evaluator, state: State, drawer: ChartRenderer
) -> None:
    ended(state, NOW - timedelta(minutes=45), Result(status="ok", accepted=7))
    with (
        served(pulling, evaluator, state, pull=False) as services,
        TestClient(build(services, pages(services, drawer)), base_url=HOME) as client,
    ):
        every = client.get("/v1/quality").json()["findings"]
        mine = client.get("/v1/quality?source=calls").json()["findings"]
        shown = [client.get(path, headers={"accept": "text/html"}).text for path in ("/quality", "/alerts")]
    (finding,) = [one for one in every if one["source"] == "calls"]
    assert mine == [finding]
    assert (finding["about"], finding["since"]) == ("freshness", "2026-11-15T11:15:00Z")
    assert finding["what"] == "calls has been silent for 45 min, and is pulled every 15m."
    assert finding["remedy"].endswith("breakeven pull calls")
    assert all("calls has been silent for 45 min" in text for text in shown)
