"""What takes long on the page on reports, comparing, sending, what the server makes by itself: shown and broken off."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from litestar import Litestar
from litestar.testing import TestClient
from tests.web.conftest import HOME
from tests.web.test_schedules import MONTHLY, served

from breakeven.delivery import making
from breakeven.formula import Evaluator
from breakeven.reports.progress import step
from breakeven.store.state import State, file_url
from breakeven.store.state_deliveries import runs
from breakeven.views.charting.rendering import ChartRenderer
from breakeven.web.pages import pages
from breakeven.web.reporting import side_by_side
from breakeven.web.server import build
from breakeven.web.services import Services
from breakeven.workspace.definitions import Workspace
from breakeven.workspace.reports import Reporting

Client = TestClient[Litestar]


class Halted:
    """Stops a function in its middle, where it can be broken off, until it may go on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, module: Any, name: str) -> None:
        self.begun, self.go = threading.Event(), threading.Event()
        real = getattr(module, name)

        def halting(*given: Any, **more: Any) -> Any:
            step("Halfway there", 1, 2)
            self.begun.set()
            assert self.go.wait(20)
            step("On the way again", 1, 2)
            return real(*given, **more)

        monkeypatch.setattr(module, name, halting)


@pytest.fixture
def served_here(
    workspace: Workspace, evaluator: Evaluator, drawer: ChartRenderer, tmp_path: Path
) -> Iterator[tuple[Client, Services, State]]:
    state = State.open(file_url(tmp_path / "state.sqlite"))
    scheduled = msgspec.structs.replace(
        workspace, path=str(tmp_path), reporting=Reporting(schedules={"monthly": MONTHLY})
    )
    with (
        served(scheduled, evaluator, state) as services,
        TestClient(build(services, pages(services, drawer)), base_url=HOME, raise_server_exceptions=False) as client,
    ):
        yield client, services, state
    state.close()


def listed(client: Client, check: Callable[[str], bool]) -> str:
    """The list of what is under way, when it says this."""
    deadline = time.monotonic() + 20
    while True:
        answer = client.get("/reports/jobs")
        if check(answer.text) or time.monotonic() > deadline:
            assert check(answer.text), answer.text
            return answer.text
        threading.Event().wait(0.02)


def test_comparing_that_takes_long_is_shown_and_broken_off(
    served_here: tuple[Client, Services, State], monkeypatch: pytest.MonkeyPatch
) -> None:
    client, _, _ = served_here
    for period in ("2026-09", "2026-10"):
        client.post("/reports/make", data={"report": "summary", "form": "md", "period": period})
    listed(client, lambda text: text.count("Issued as") == 2)
    address = "/reports/compare?issue=1&issue=2"
    with monkeypatch.context() as long:
        long.setattr(side_by_side, "PATIENCE", 0.0)
        halted = Halted(long, side_by_side, "compared")
        for _ in range(2):
            away = client.get(address, follow_redirects=False)
            assert (away.status_code, away.headers["location"]) == (303, "/reports#panel-jobs")
        assert halted.begun.wait(20)
        shown = listed(client, lambda text: "Halfway there, 2 of 2" in text)
        assert shown.count('<b dir="auto">Executive summary 1 and 2</b>') == 1, "asked for twice, it is begun once"
        assert client.post("/reports/jobs/3/cancel", follow_redirects=False).status_code == 303
        halted.go.set()
        assert "See what changed" not in listed(client, lambda text: "Cancelled" in text)
    assert "differ in" in client.get(address).text
    assert 'href="/reports/compare?issue=1&amp;issue=2"' in listed(client, lambda text: "See what changed" in text)


def test_what_cannot_be_compared_is_said_at_once(served_here: tuple[Client, Services, State]) -> None:
    client, _, _ = served_here
    assert client.get("/reports/compare?issue=1&issue=2").status_code == 404
    for report in ("summary", "cto"):
        client.post("/reports/make", data={"report": report, "form": "md", "period": "2026-10"})
    listed(client, lambda text: text.count("Issued as") == 2)
    wrong = client.get("/reports/compare?issue=1&issue=2")
    assert wrong.status_code == 400
    assert "only two issues of the same report" in wrong.text


def test_send_now_is_shown_and_broken_off_and_sends_once(
    served_here: tuple[Client, Services, State], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    client, services, state = served_here
    with monkeypatch.context() as long:
        halted = Halted(long, making, "compose")
        away = client.post("/reports/schedules/monthly/send", data={"key": "k1"}, follow_redirects=False)
        assert (away.status_code, away.headers["location"]) == (303, "/reports#panel-jobs")
        assert halted.begun.wait(20)
        listed(client, lambda text: "Halfway there" in text)
        assert services.courier is not None
        assert services.courier.under_way.all() == [], "who asked for it watches it alone"
        client.post("/reports/jobs/1/cancel")
        halted.go.set()
        listed(client, lambda text: "Cancelled" in text)
    assert (runs(state), client.get("/v1/reports").json()["items"]) == ([], [])
    for _ in range(2):
        client.post("/reports/schedules/monthly/send", data={"key": "k1"})
    listed(client, lambda text: "See its deliveries" in text)
    assert [run.status for run in runs(state)] == ["done"]
    assert len(list((tmp_path / "out").iterdir())) == 1
    assert client.post("/reports/schedules/weekly/send", data={"key": "k"}).status_code == 404
    assert client.post("/reports/schedules/monthly/send", data={"key": "k k"}).status_code == 400


def test_what_the_server_makes_by_itself_is_shown_and_broken_off(
    served_here: tuple[Client, Services, State], monkeypatch: pytest.MonkeyPatch
) -> None:
    client, services, state = served_here
    courier = services.courier
    assert courier is not None
    courier.look()
    halted = Halted(monkeypatch, making, "compose")
    courier.clock = lambda: services.clock() + timedelta(days=40)
    looking = threading.Thread(target=courier.look)
    looking.start()
    assert halted.begun.wait(20)
    (one,) = courier.under_way.all()
    assert "Halfway there" in listed(client, lambda text: one.run in text)
    assert "Halfway there" in client.get("/reports").text
    assert client.get("/reports/jobs").headers["x-running"] == "yes"
    assert client.post("/reports/runs/cancel", data={"run": "monthly@never"}).status_code == 404
    assert client.post("/reports/runs/cancel", data={"run": one.run}, follow_redirects=False).status_code == 303
    halted.go.set()
    looking.join(20)
    assert [(run.run, run.status) for run in runs(state)] == [(one.run, "cancelled")]
    assert client.get("/reports/jobs").headers["x-running"] == "no"
    assert ">Cancelled<" in client.get("/reports").text.replace("\n", "")
