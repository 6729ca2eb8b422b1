"""The page on reports: make with progress, break off, preview, download, compare; without scripts too."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from litestar import Litestar
from litestar.testing import TestClient
from tests.web.conftest import HOME

from breakeven.errors import Busy, NotFound, UsageProblem
from breakeven.reports.archive import Archive
from breakeven.reports.progress import step
from breakeven.views.charting.rendering import ChartRenderer
from breakeven.web.pages import pages
from breakeven.web.reporting.jobs import WAITING, Job, Jobs
from breakeven.web.server import build
from breakeven.web.services import Services

NOW = datetime(2026, 11, 15, 12, tzinfo=UTC)
Client = TestClient[Litestar]


@pytest.fixture(scope="module")
def site(served_module: Services, drawer: ChartRenderer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    folder: Path = tmp_path_factory.mktemp("archive")
    services = msgspec.structs.replace(
        served_module, archive=Archive(served_module.ledger.state, folder, served_module.workspace)
    )
    with TestClient(build(services, pages(services, drawer)), base_url=HOME, raise_server_exceptions=False) as client:
        yield client


def until(check: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not check() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert check()


def make(site: Client, **fields: str) -> Any:
    return site.post("/reports/make", data={"report": "summary", "form": "md", "period": "2026-10"} | fields,
                     follow_redirects=False)  # fmt: skip


def made(site: Client, **fields: str) -> str:
    answer = make(site, **fields)
    assert answer.status_code == 303, answer.text
    until(lambda: site.get("/reports/jobs").headers["x-running"] == "no")
    return site.get("/reports/jobs").text


def test_a_report_is_made_kept_listed_downloaded_and_compared(site: Client) -> None:
    assert "Issued as 1" in made(site, to="Ana, Ben")
    assert "Issued as 2" in made(site, period="2026-09")
    page = site.get("/reports").text
    assert "The latest report is Executive summary, September 2026" in page
    assert ">Ana<" in page
    assert ">Ben<" in page
    file = site.get("/reports/issues/1/file")
    assert file.headers["content-disposition"] == 'attachment; filename="summary-2026-10.md"'
    assert file.text.startswith("# ")
    assert "breakeven-report" in file.text
    side = site.get("/reports/compare?issue=1&issue=2").text
    assert "Executive summary 2 and 1 differ in" in side
    assert "Choose two issues" in site.get("/reports/compare?issue=1").text
    assert site.get("/reports/compare?issue=1&issue=x").status_code == 400
    assert "Executive summary" in site.get("/reports?report=summary").text
    assert "No report was issued yet" in site.get("/reports?report=cfo").text


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"report": "bord"}, "did you mean board"),
        ({"form": "doc"}, "unknown format"),
        ({"period": "someday"}, "someday"),
        ({"project": "nobody"}, "nobody"),
        ({"rights": "nobody"}, "readers"),
        ({"paper": "a9"}, "paper"),
    ],
)
def test_what_cannot_be_made_is_said_in_the_form(site: Client, fields: dict[str, str], said: str) -> None:
    answer = make(site, **fields)
    assert answer.status_code == 422
    assert said in answer.text
    assert 'role="alert"' in answer.text


def test_a_preview_keeps_its_styles_runs_nothing_and_is_not_kept(site: Client) -> None:
    before = site.get("/v1/reports").json()["items"]
    answer = site.get("/reports/preview?report=summary&form=html&period=2026-10")
    assert answer.status_code == 200
    policy = answer.headers["content-security-policy"]
    assert "sandbox" in policy
    assert "style-src 'unsafe-inline'" in policy
    assert "script-src" not in policy
    assert answer.headers["content-disposition"].startswith("inline")
    assert site.get("/v1/reports").json()["items"] == before
    assert "unsafe-inline" not in site.get("/reports").headers["content-security-policy"]


def test_the_api_lists_and_gives_files(site: Client) -> None:
    made(site, form="json")
    found = site.get("/v1/reports?report=summary&limit=1").json()
    one = found["items"][0]
    assert found["next"] is None or found["next"] == one["id"]
    file = site.get(f"/v1/reports/{one['id']}/file")
    assert file.json()["hash"] == one["hash"]
    assert site.get("/v1/reports/999/file").status_code == 404
    told = site.post("/v1/reports/verify", content=file.content)
    assert told.status_code == 200, told.text
    assert told.json()["equal"] is True
    assert site.post("/v1/reports/verify", content=b"nothing").status_code == 422


def test_a_server_without_an_archive_says_so(served_module: Services, drawer: ChartRenderer) -> None:
    with TestClient(build(served_module, pages(served_module, drawer)), base_url=HOME) as client:
        assert "This server keeps no reports" in client.get("/reports").text
        assert make(client).status_code == 403


@pytest.fixture
def jobs() -> Iterator[Jobs]:
    found = Jobs()
    yield found
    found.close()


def ended(jobs: Jobs, job: Job) -> Job:
    until(lambda: jobs.get(job.id).ended)
    return jobs.get(job.id)


def test_a_job_is_broken_off_at_its_next_step(jobs: Jobs) -> None:
    begun, go = threading.Event(), threading.Event()

    def work() -> Any:
        step("One", 0, 2)
        begun.set()
        go.wait(10)
        step("Two", 1, 2)
        raise AssertionError("it went on")

    job = jobs.start("A report", "md", work, NOW)
    waiting = jobs.start("Another", "md", work, NOW)
    assert begun.wait(10)
    assert jobs.get(job.id).step.words == "One"
    assert jobs.cancel(waiting.id).state == "cancelled"
    jobs.cancel(job.id)
    go.set()
    assert ended(jobs, job).state == "cancelled"
    assert ended(jobs, waiting).state == "cancelled"
    with pytest.raises(NotFound):
        jobs.cancel(77)


def test_what_fails_says_why_and_others_go_on(jobs: Jobs) -> None:
    def fails() -> Any:
        raise UsageProblem("no such month")

    def breaks() -> Any:
        raise RuntimeError("secret")

    assert ended(jobs, jobs.start("A", "md", fails, NOW)).error == "no such month"
    broken = ended(jobs, jobs.start("B", "md", breaks, NOW))
    assert (broken.state, "secret" in broken.error) == ("failed", False)


def test_not_more_than_a_few_wait(jobs: Jobs) -> None:
    go = threading.Event()
    for _ in range(WAITING):
        jobs.start("A", "md", lambda: go.wait(10), NOW)  # type: ignore[arg-type, return-value]
    with pytest.raises(Busy, match="already"):
        jobs.start("A", "md", lambda: go.wait(10), NOW)  # type: ignore[arg-type, return-value]
    go.set()
