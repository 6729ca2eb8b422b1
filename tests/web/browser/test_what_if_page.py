"""The what-if page in a real browser: it answers while a slider moves, by keyboard too, and nothing jumps."""

from __future__ import annotations

from typing import Any

from tests.web.browser.conftest import View

PATH = "/what-if"
LEVER = "[data-lever='realisation_rate']"
SHIFTS = """() => { window.shifts = 0; new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) window.shifts += entry.value; }).observe({ type: 'layout-shift' }); }"""


def test_a_slider_answers_by_keyboard_and_the_address_follows(browser: Any, address: str) -> None:
    view = View(browser, address, PATH)
    page = view.page
    before, finding = view.text("#w-roi"), view.text("#lead-finding")
    page.evaluate(SHIFTS)
    page.locator(f"{LEVER} input[type=range]").focus()
    for _ in range(5):
        page.keyboard.press("ArrowLeft")
    page.wait_for_function("(was) => document.getElementById('w-roi').innerText !== was", arg=before)
    page.wait_for_url("**/what-if?set=realisation_rate*")
    number = page.locator(f"{LEVER} .val input").input_value()
    assert float(number) < 85
    assert view.text("#lead-finding") != finding
    assert view.text("#w-counted").startswith("1 of")
    assert page.locator(f"{LEVER}.moved").count() == 1
    assert view.text("#w-said").startswith("ROI ")
    assert page.evaluate("window.shifts") < 0.01
    page.reload()
    assert page.locator(f"{LEVER} .val input").input_value() == number
    assert view.complaints == []
    view.close()


def test_a_number_that_cannot_be_used_is_said_where_it_was_typed(browser: Any, address: str) -> None:
    view = View(browser, address, PATH)
    field = view.page.locator(f"{LEVER} .val input")
    was = view.text("#w-roi")
    field.fill("much")
    view.page.wait_for_selector(f"{LEVER} .wrong:not(:empty)")
    assert field.get_attribute("aria-invalid") == "true"
    assert view.text("#w-roi") == was
    field.fill("60")
    view.page.wait_for_function("(was) => document.getElementById('w-roi').innerText !== was", arg=was)
    assert view.text(f"{LEVER} .wrong") == ""
    view.close()


def test_at_most_one_question_is_under_way(browser: Any, address: str) -> None:
    """Forty moves in a burst: one is asked, the last of those that came meanwhile is asked next."""
    view = View(browser, address, PATH)
    page = view.page
    page.evaluate("""() => { window.under = 0; window.most = 0; window.asked = 0; const send = window.fetch;
      window.fetch = async (...given) => { window.asked++; window.most = Math.max(window.most, ++window.under);
        try { return await send(...given); } finally { window.under--; } }; }""")
    page.locator(f"{LEVER} input[type=range]").focus()
    for _ in range(40):
        page.keyboard.press("ArrowLeft")
    last = page.locator(f"{LEVER} .val input").input_value()
    page.wait_for_url(f"**/what-if?set=realisation_rate%3D{float(last) / 100:g}")
    assert page.evaluate("window.most") == 1
    assert page.evaluate("window.asked") <= 40
    view.close()


def test_the_form_works_without_scripts(browser: Any, address: str) -> None:
    view = View(browser, address, PATH, java_script_enabled=False)
    was = view.text("#w-roi")
    view.page.locator(f"{LEVER} .val input").fill("60")
    view.page.locator("button:has-text('Calculate')").click()
    assert "set=realisation_rate%3D0.6" in view.page.url
    assert view.text("#w-roi") != was
    view.page.locator("summary:has-text('Save scenario')").click()
    view.page.locator("#save input[name=name]").fill("Less realised")
    view.page.locator("#save input[name=by]").fill("Ada")
    view.page.locator("#save button[type=submit]").click()
    assert "Less realised" in view.text("table.saved")
    assert "Saved as Less realised" in view.text("#w-current")
    view.close()
