"""The board in a real browser: complete without scripts, live without moving, quiet, and reachable by keyboard."""

from __future__ import annotations

import time
import urllib.request
from typing import Any

import msgspec
from tests.web.browser.conftest import NOW, View

SOON = 3000
"""Milliseconds that a change may take to be seen on a busy machine; on an idle one it is under a second."""


def test_the_page_is_complete_without_javascript(browser: Any, address: str) -> None:
    view = View(browser, address, java_script_enabled=False)
    assert view.text("h1").startswith("AI returned $")
    assert view.page.locator(".tile").count() == 4
    assert view.page.locator("#panel-trend-body .wide svg path").count() > 5
    assert view.page.locator("[data-pause]").is_hidden()
    view.page.click("[data-explain=hours_saved]")
    assert "explain=hours_saved" in view.page.url
    assert view.text("#explain-title") == "Hours saved"
    view.page.click("[data-close]")
    assert view.page.locator("#explain").count() == 0
    view.page.click("summary:has-text('Year to date')")
    view.page.click("text=Last: Q3 2026")
    assert "Q3 2026" in view.text("h1")
    view.close()


def test_the_page_asks_nobody_else_and_complains_of_nothing(view: View) -> None:
    view.page.wait_for_timeout(300)
    assert view.complaints == []
    assert view.foreign == []


BOXES = "() => [...document.querySelectorAll('.tile, .card, .trend-side div, h1')].map(e => { const r = \
e.getBoundingClientRect(); return [e.id || e.tagName, Math.round(r.x), Math.round(r.y), Math.round(r.width), \
Math.round(r.height)] })"


def _send(address: str, **record: Any) -> None:
    given = {"kind": "interaction", "source": "test", "id": str(time.monotonic_ns()), "project": "claims-triage",
             "time": NOW.isoformat(), "cost": "0.01", "cost_currency": "USD"} | record  # fmt: skip
    request = urllib.request.Request(f"{address}/v1/events", msgspec.json.encode(given),
                                     {"Content-Type": "application/json"})  # fmt: skip
    with urllib.request.urlopen(request, timeout=20) as answer:
        assert answer.status == 200


def test_an_event_changes_its_tile_and_moves_nothing(view: View, address: str) -> None:
    page = view.page
    page.wait_for_function("document.getElementById('live-state').textContent === 'Live'")
    page.wait_for_timeout(1500)  # the first tick, and the pause before the next
    page.evaluate("window.kept = true")
    before, boxes = view.text("#tile-hours_saved-value"), page.evaluate(BOXES)
    _send(address, seconds_saved=36000)
    page.wait_for_function(
        "old => document.getElementById('tile-hours_saved-value').innerText !== old", arg=before, timeout=SOON
    )
    assert page.evaluate("window.kept") is True
    assert _hours(view.text("#tile-hours_saved-value")) == _hours(before) + 10
    assert "changed" in (page.get_attribute("#tile-hours_saved-value", "class") or "")
    assert "changed" not in (page.get_attribute("#tile-models_in_production-value", "class") or "")
    assert page.evaluate(BOXES) == boxes
    assert view.complaints == []


def _hours(text: str) -> int:
    return int("".join(sign for sign in text if sign.isdigit()))


def test_a_pause_holds_the_page_and_lets_go_again(view: View, address: str) -> None:
    page = view.page
    page.wait_for_timeout(1200)
    page.click("[data-pause]")
    before = view.text("#tile-hours_saved-value")
    _send(address, seconds_saved=72000)
    page.wait_for_timeout(2200)
    assert view.text("#tile-hours_saved-value") == before
    assert view.text("#live-state").startswith("Paused since")
    assert page.text_content("#live-said") == "Live updates are paused"
    page.click("[data-pause]")
    assert _hours(view.text("#tile-hours_saved-value")) == _hours(before) + 20


def test_silence_is_seen(browser: Any, address: str) -> None:
    view = View(browser, address, path="/static/none")
    view.page.clock.install()
    view.page.goto(f"{address}/board")
    view.page.wait_for_function("document.getElementById('live-state').textContent === 'Live'")
    view.page.route("**/live*", lambda route: route.abort())
    told = ["", ""]
    for _ in range(5):  # a heartbeat that is on its way may end a silence at once
        view.page.clock.run_for(60_000)
        told = view.page.evaluate("['live-state', 'live-said'].map(id => document.getElementById(id).textContent)")
        if told[0].startswith("No news for"):
            break
    assert told[0].startswith("No news for")
    assert told[1] == "Live updates have stopped"
    view.close()


def test_explain_opens_in_place_and_gives_the_focus_back(view: View) -> None:
    page = view.page
    page.evaluate("window.kept = true")
    page.focus("[data-explain=incidents_avoided]")
    page.keyboard.press("Enter")
    page.wait_for_selector("#explain")
    assert "explain=incidents_avoided" in page.url
    assert page.evaluate("document.activeElement.hasAttribute('data-close')")
    assert page.get_attribute("[data-explain=incidents_avoided]", "aria-expanded") == "true"
    panel = view.text("#explain")
    for part in ("Incidents avoided", "breakeven explain incidents_avoided"):
        assert part in panel
    page.keyboard.press("Escape")
    assert page.locator("#explain").count() == 0
    assert "explain" not in page.url
    assert page.evaluate("document.activeElement.dataset.explain") == "incidents_avoided"
    page.go_back()
    page.wait_for_selector("#explain")
    page.go_back()
    page.wait_for_selector("#explain", state="detached")
    assert page.evaluate("window.kept") is True
    assert view.complaints == []


def test_the_theme_is_kept(browser: Any, address: str) -> None:
    view = View(browser, address)
    for wanted in ("light", "dark"):
        view.page.click("[data-theme-toggle]")
        assert view.page.get_attribute("html", "data-theme") == wanted
    dark = view.page.evaluate("getComputedStyle(document.body).backgroundColor")
    view.page.reload()
    assert view.page.get_attribute("html", "data-theme") == "dark"
    assert view.page.evaluate("getComputedStyle(document.body).backgroundColor") == dark
    view.close()


def test_a_note_is_written_and_shown(view: View) -> None:
    page, form = view.page, "#panel-decisions .add-here"
    page.click(f"{form} summary")
    page.fill(f"{form} textarea[name=text]", "Extend the claims summaries to travel")
    page.fill(f"{form} input[name=owner]", "Head of Claims")
    page.fill(f"{form} input[name=due]", "2026-11-30")
    page.click(f"{form} button[type=submit]")
    page.wait_for_load_state("load")
    assert "Extend the claims summaries to travel." in view.text("#panel-decisions-body")
    assert "Decide by 30\u00a0November" in view.text("#panel-decisions-body")


def test_a_phone_scrolls_in_one_direction_only(browser: Any, address: str) -> None:
    view = View(browser, address, viewport={"width": 390, "height": 844})
    assert view.page.evaluate("document.documentElement.scrollWidth") <= 390
    assert view.page.locator("#panel-trend-body .narrow").is_visible()
    assert view.page.locator("#panel-trend-body .wide").is_hidden()
    view.page.click("[aria-label=Menu]")
    assert view.page.locator("#nav").is_visible()
    view.close()


def test_the_page_prints_on_one_sheet(browser: Any, address: str) -> None:
    view = View(browser, address, color_scheme="dark")
    printed = view.page.pdf(prefer_css_page_size=True, print_background=True)
    assert printed.count(b"/Type /Page\n") == 1
    view.close()
