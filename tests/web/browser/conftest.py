"""A real browser on the demo company of a fixed seed and day."""

from __future__ import annotations

import shutil
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from tests.demo.made import NOW, STATE, demo_company, opened

from breakeven.ledger.ledger import Ledger
from breakeven.store.state import State, file_url
from breakeven.web.pages import pages
from breakeven.web.running import serving
from breakeven.web.server import build
from breakeven.web.services import Services

api = pytest.importorskip("playwright.sync_api")

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), "")
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
             "--disable-component-update", "--disable-sync")  # fmt: skip
DESK = {"width": 1440, "height": 900}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All tests of this folder need a browser."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Services]]:
    """Address and services of the demo company of a fixed seed and day."""
    folder, _ = demo_company(tmp_path_factory)
    workspace, store, pipeline = opened(folder)
    state = State.open(file_url(folder / STATE))
    with (
        store,
        serving(workspace, store, Ledger(workspace, store, state=state), pipeline, lambda: NOW, demo=True) as made,
    ):
        with listening(build(made, pages(made)), made.hub.close) as found:
            yield found, made
        pipeline.close()
    state.close()


@pytest.fixture(scope="session")
def address(served: tuple[str, Services]) -> str:
    """Where the demo company is served."""
    return served[0]


@pytest.fixture(scope="session")
def services(served: tuple[str, Services]) -> Services:
    """What serves it."""
    return served[1]


@contextmanager
def listening(app: Any, close: Any) -> Iterator[str]:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="on"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    deadline = time.monotonic() + 20
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        close()
        server.should_exit = True
        thread.join(10)
        listener.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A browser for one file: while it is open, its event loop keeps the thread from running another (asyncio.run)."""
    assert CHROMIUM, "there is no Chromium: make test installs it, make test BROWSER=no leaves these tests out"
    with api.sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield made
        made.close()


class View:
    """A page, and all that it complained of or asked others for; `of` is the context of a visitor who goes on."""

    def __init__(self, browser: Any, address: str, path: str = "/board", of: Any = None, **context: Any) -> None:
        self.context = of or browser.new_context(**({"viewport": DESK} | context))
        self._ended = self.context if of is None else None
        self.page = self.context.new_page()
        self.complaints: list[str] = []
        self.foreign: list[str] = []
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self._asked(request.url, address))
        self.page.goto(address + path, wait_until="load")

    def _asked(self, url: str, address: str) -> None:
        if not url.startswith((address, "data:")):
            self.foreign.append(url)

    def text(self, selector: str) -> str:
        found: str = self.page.inner_text(selector)
        return found

    def close(self) -> None:
        (self._ended or self.page).close()


@pytest.fixture
def view(browser: Any, address: str) -> Iterator[View]:
    made = View(browser, address)
    yield made
    made.close()
