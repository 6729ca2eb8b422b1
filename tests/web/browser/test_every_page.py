"""Every page in a real browser: readable by all, quiet, from this host only, whole on a phone, in light and in dark.

Screenshots go to build/screenshots; BREAKEVEN_SCREENSHOTS=1 asks for them, and those of a phone, in docs/screenshots.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.base import AxeResults
from axe_playwright_python.sync_playwright import Axe
from tests.web.browser.conftest import DESK, View

from breakeven.views.pages import PAGES, Kind

ROOT = Path(__file__).parents[3]
KEPT = os.environ.get("BREAKEVEN_SCREENSHOTS") == "1"
SHOTS = ROOT / ("docs/screenshots" if KEPT else "build/screenshots")
PHONE = {"width": 390, "height": 844}
VALUES = {"project": "support-assistant", "model": "claude-haiku-4-5", "kind": "cost"}
"""What stands in the addresses of pages about one thing; all of the demo company."""
RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]},
    "resultTypes": ["violations"],
}
"""Only violations are told with every place: all that passed, with its HTML, takes longer to tell than to judge."""


def paths() -> list[tuple[str, str]]:
    """Name and address of every page that stands for itself."""
    found = []
    for kind in PAGES:
        path = _filled(kind)
        if path is not None:
            found.append((kind.name, path))
    return found


def _filled(kind: Kind) -> str | None:
    try:
        return kind.path.format(**VALUES)
    except KeyError:
        return None


EVERY = pytest.mark.parametrize("opened", paths(), ids=[name for name, _ in paths()], indirect=True)


@pytest.fixture(scope="module")
def visitor(browser: Any) -> Iterator[Any]:
    """The context of somebody who looks at one page after the other."""
    context = browser.new_context(viewport=DESK, color_scheme="light")
    yield context
    context.close()


@pytest.fixture(scope="module")
def opened(request: pytest.FixtureRequest, browser: Any, visitor: Any, address: str) -> Iterator[tuple[str, View]]:
    """A page that is loaded once for the tests that only look at it, and its name."""
    name, path = request.param
    view = View(browser, address, path, of=visitor)
    yield name, view
    view.close()


@pytest.fixture(scope="module")
def without_scripts(browser: Any, address: str) -> Iterator[View]:
    """A visitor whose browser runs no scripts, and who keeps nothing from page to page."""
    view = View(browser, address, java_script_enabled=False)
    yield view
    view.close()


def judged(view: View) -> AxeResults:
    """What axe finds. It is brought once to a page: the second scheme finds it warm."""
    if not view.page.evaluate("'axe' in window"):
        view.page.evaluate(Axe().axe_script)
    return AxeResults(view.page.evaluate("rules => axe.run(rules)", RULES))


def shoot(view: View, file: str) -> Path:
    SHOTS.mkdir(parents=True, exist_ok=True)
    view.page.evaluate(STILL)
    view.page.screenshot(path=SHOTS / file, full_page=True, animations="disabled")
    return SHOTS / file


@EVERY
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_accessible_quiet_and_of_this_host(opened: tuple[str, View], scheme: str) -> None:
    name, view = opened
    view.page.emulate_media(color_scheme=scheme)
    assert view.page.evaluate(f"matchMedia('(prefers-color-scheme: {scheme})').matches")
    assert view.page.locator("h1").count() == 1
    view.page.evaluate(STILL)
    found = judged(view)
    assert found.response["passes"], "axe judged nothing"
    assert not found.response["violations"], found.generate_report()
    assert shoot(view, f"{name}-{scheme}.png").stat().st_size > 15_000
    assert view.complaints == []
    assert view.foreign == []


@EVERY
def test_a_phone_shows_it_whole(opened: tuple[str, View], browser: Any, address: str) -> None:
    """No script asks how wide the window is: a page that gets narrow is the page that a phone opens."""
    name, view = opened
    view.page.set_viewport_size(PHONE)
    assert view.page.evaluate("innerWidth") == 390
    assert view.page.evaluate("document.documentElement.scrollWidth") <= 390
    view.page.set_viewport_size(DESK)
    if KEPT:
        phone = View(browser, address, dict(paths())[name], viewport=PHONE, device_scale_factor=2)
        shoot(phone, f"{name}-phone.png")
        phone.close()


@EVERY
def test_the_keyboard_reaches_everything_and_is_seen(opened: tuple[str, View]) -> None:
    _, view = opened
    reached, seen = set(), 0
    for _ in range(400):
        view.page.keyboard.press("Tab")
        found = view.page.evaluate(FOCUSED)
        if found is None or found["key"] in reached:
            break
        reached.add(found["key"])
        seen += found["visible"]
    wanted = view.page.evaluate(FOCUSABLE)
    assert len(reached) >= min(wanted, 400) * 0.98, f"{wanted - len(reached)} of {wanted} things are not reached by Tab"
    assert seen == len(reached), f"the focus is not seen on {len(reached) - seen} things"


@pytest.mark.parametrize("path", [path for _, path in paths()], ids=[name for name, _ in paths()])
def test_it_is_complete_without_javascript(without_scripts: View, address: str, path: str) -> None:
    view = without_scripts
    view.page.goto(address + path, wait_until="load")
    assert view.text("h1").strip()
    assert view.page.locator("main .card, main .tile").count() > 0
    assert view.page.locator(".js-only:visible").count() == 0


STILL = """() => Promise.all(
  document.getAnimations().filter(a => a instanceof CSSTransition).map(a => a.finished.catch(() => null))
)"""
"""Waits until colours have gone over to those of the scheme."""
FOCUSED = """() => {
  const e = document.activeElement;
  if (!e || e === document.body) return null;
  e.dataset.walk ??= String(window.walk = (window.walk ?? 0) + 1);
  const box = e.getBoundingClientRect(), style = getComputedStyle(e);
  const ringed = style.outlineStyle !== 'none' || style.boxShadow !== 'none' || e.matches('.find input, .search input');
  return { key: e.dataset.walk, visible: box.width > 0 && box.height > 0 && ringed };
}"""
FOCUSABLE = """() => [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex="0"]')]
  .filter(e => !e.disabled && e.type !== 'hidden' && e.checkVisibility({ visibilityProperty: true })).length"""
