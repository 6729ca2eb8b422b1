"""The page on reports as people use it: make one, watch it, break another off, compare."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from tests.web.browser.conftest import View
from tests.web.browser.test_every_page import RULES

SOON = 60_000


@pytest.fixture(scope="module")
def reports(browser: Any, address: str) -> Iterator[View]:
    view = View(browser, address, "/reports")
    yield view
    view.close()


def create(view: View, report: str, form: str) -> None:
    view.page.select_option("#panel-make select[name=report]", report)
    view.page.select_option("#panel-make select[name=form]", form)
    with view.page.expect_navigation():
        view.page.click("text=Create and keep")


def test_one_is_made_and_another_is_broken_off(reports: View) -> None:
    page = reports.page
    create(reports, "summary", "csv")
    page.wait_for_selector("#job-1 >> text=Issued as 1", timeout=SOON)
    create(reports, "cfo", "pdf")
    page.wait_for_selector("#job-2 progress")
    page.click("#job-2 button")
    page.wait_for_selector("#job-2 >> text=Cancelled", timeout=SOON)
    create(reports, "summary", "json")
    page.wait_for_selector("#job-3 >> text=Issued as 2", timeout=SOON)
    page.wait_for_selector("#panel-issued input[value='2']", timeout=SOON)
    page.check("#panel-issued input[value='1']")
    page.check("#panel-issued input[value='2']")
    with page.expect_navigation():
        page.click("text=Compare the two chosen")
    assert "say the same, to the last digit" in reports.text("h1")
    assert reports.complaints == []
    assert reports.foreign == []


@pytest.mark.parametrize("path", ["/reports", "/reports/compare?issue=1&issue=2"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_accessible_with_something_on_it(reports: View, address: str, path: str, scheme: str) -> None:
    reports.page.emulate_media(color_scheme=scheme)
    reports.page.goto(address + path)
    reports.page.evaluate(Axe().axe_script)
    found = reports.page.evaluate("rules => axe.run(rules)", RULES)
    assert found["passes"]
    assert found["violations"] == [], [one["nodes"][0]["html"] for one in found["violations"]]
    reports.page.set_viewport_size({"width": 390, "height": 844})
    assert reports.page.evaluate("document.documentElement.scrollWidth") <= 390
    reports.page.set_viewport_size({"width": 1440, "height": 900})


def test_a_preview_is_styled(reports: View, address: str) -> None:
    page = reports.page
    page.goto(f"{address}/reports/preview?report=summary&form=html&period=2026-10")
    assert page.evaluate("getComputedStyle(document.body).margin") == "0px"
    assert reports.complaints == []
