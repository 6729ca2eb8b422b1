"""What people do on the pages: search, filter, download, take notes, start anew."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.web.browser.conftest import View, listening

from breakeven.ingest.pipeline import Pipeline
from breakeven.ledger.ledger import Ledger
from breakeven.pricing import make_pricer
from breakeven.store.duckdb import MEMORY, DuckDBStore
from breakeven.web.pages import pages
from breakeven.web.running import serving
from breakeven.web.server import build
from breakeven.workspace import create, load


@pytest.fixture
def view(browser: Any, address: str) -> Iterator[View]:
    made = View(browser, address)
    yield made
    made.close()


def test_slash_finds_a_project_by_keyboard(view: View) -> None:
    page = view.page
    page.keyboard.press("/")
    page.keyboard.type("support")
    page.wait_for_selector(".found a")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/projects/support-assistant*")
    assert "Support assistant" in page.inner_text("body")
    assert view.complaints == []


def test_search_works_without_javascript(browser: Any, address: str) -> None:
    view = View(browser, address, java_script_enabled=False)
    view.page.fill("[data-search]", "roi")
    view.page.press("[data-search]", "Enter")
    view.page.wait_for_url("**/search?q=roi*")
    assert view.page.locator("main a").count() > 0
    view.close()


def test_a_filter_is_kept_from_page_to_page(browser: Any, address: str) -> None:
    view = View(browser, address, "/board?period=2026-Q3")
    view.page.click("nav.side a:has-text('Projects')")
    assert "period=2026-Q3" in view.page.url
    view.close()


def test_a_filter_that_cannot_be_used_leads_back(browser: Any, address: str) -> None:
    view = View(browser, address, "/board?project=nobody")
    assert "nobody" in view.page.inner_text("main")
    assert view.page.locator("main a").count() > 0
    view.close()


def test_a_column_sorts_and_keeps_its_order(browser: Any, address: str) -> None:
    view = View(browser, address, "/quality")
    head = "#panel-sources th:has-text('Records') button"
    view.page.click(head)
    counts = [
        int(text.replace(",", ""))
        for text in view.page.locator("#panel-sources tbody tr td:nth-child(3)").all_inner_texts()
    ]
    assert counts == sorted(counts, reverse=True)
    view.page.click(head)
    counts = [
        int(text.replace(",", ""))
        for text in view.page.locator("#panel-sources tbody tr td:nth-child(3)").all_inner_texts()
    ]
    assert counts == sorted(counts)
    view.close()


@pytest.mark.parametrize("form", ["svg", "png", "csv"])
def test_a_chart_is_taken_along(view: View, tmp_path: Path, form: str) -> None:
    view.page.click("#panel-trend .tools summary")
    with view.page.expect_download() as waiting:
        view.page.click(f"#panel-trend .tools-links a:has-text('{form.upper()}')")
    file = tmp_path / f"chart.{form}"
    waiting.value.save_as(file)
    content = file.read_bytes()
    if form == "csv":
        rows = list(csv.reader(io.StringIO(content.decode())))
        assert len(rows) > 6
        assert len({len(row) for row in rows}) == 1
    else:
        assert content.startswith(b"\x89PNG" if form == "png" else b"<svg")
        assert b"var(" not in content
        assert len(content) > 3000


def test_a_new_workspace_leads_to_its_first_figure(browser: Any, tmp_path: Path) -> None:
    create(tmp_path, name="New company", currency="EUR")
    workspace = load(tmp_path)
    with DuckDBStore.open(MEMORY, time_zone="UTC") as store:
        pipeline = Pipeline(workspace, store, make_pricer(workspace.prices, tmp_path, "UTC"))
        ledger = Ledger(workspace, store)
        with (
            serving(workspace, store, ledger, pipeline, lambda: datetime.now(UTC)) as services,
            listening(build(services, pages(services)), services.hub.close) as address,
        ):
            view = View(browser, address, "/")
            assert view.page.url.endswith("/start")
            body = view.text("#lines-event").split("-d '", 1)[1].rstrip().removesuffix("'")
            view.page.wait_for_function("document.getElementById('live-state').textContent === 'Live'")
            answer = view.page.request.post(f"{address}/v1/events", data=body,
                                            headers={"Content-Type": "application/cloudevents+json"})  # fmt: skip
            assert answer.ok, answer.text()
            view.page.wait_for_function(
                "document.querySelector('#panel-arrived-body').innerText.includes('interaction')", timeout=5000
            )
            for path in ("/board", "/cfo", "/projects", "/quality"):
                view.page.goto(address + path)
                assert view.text("h1").strip()
            view.close()
        pipeline.close()
