"""Every page over HTTP and in a browser: server time, weight on the wire, largest paint, and many viewers at once.

`cold` is the first time that a page is asked for, `warm` the same page again, `event` the page after one more
interaction came in. The weight is that of a first visit: page, styles, scripts. The paint is taken by Chromium with its
processor slowed four times.
"""

from __future__ import annotations

import re
import selectors
import shutil
import socket
import statistics
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial

import msgspec
from playwright.sync_api import Browser, sync_playwright

from bench.plan import Plan
from bench.results import Result, figure, milliseconds
from bench.serving import Server, after_event, server
from breakeven.views.pages import PAGES

WARM_MS, WEIGHT_KB, PAINT_MS = 60, 400, 800
ASKED, PAINTS = 40, 3
VALUES = {"project": "project-01", "model": "gpt-4o", "kind": "cost"}
SLOWED = 4
VIEWERS, SENDING_S, BATCH = 200, 10.0, 500
_FLAGS = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
          "--disable-component-update", "--disable-sync")  # fmt: skip
_PAINT = """() => new Promise(done => new PerformanceObserver(list => done(list.getEntries().at(-1).startTime))
  .observe({ type: 'largest-contentful-paint', buffered: true }))"""


def viewing(plan: Plan) -> list[Result]:
    """The pages at each size."""
    return [result for rows in plan.rows for result in _seen(plan, rows)]


def _seen(plan: Plan, rows: int) -> list[Result]:
    found = []
    with server(plan.workspace(rows)) as serving, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium") or "", args=list(_FLAGS))
        for name, path in addresses().items():
            cold = milliseconds(partial(serving.ask, path), 1)
            warm = milliseconds(partial(serving.ask, path), ASKED)
            live = [after_event(serving, path, number) for number in range(plan.repeats * 2)]
            found.append(Result(benchmark="view", case=name, rows=rows, figures=(
                figure("cold", "ms", cold), figure("warm", "ms", warm),
                figure("warm, 95th of 100", "ms", [_p95(warm)], at_most=WARM_MS), figure("event", "ms", live),
                figure("first visit on the wire", "kB", [_weight(serving, path)], at_most=WEIGHT_KB),
                figure(f"largest paint, processor slowed {SLOWED} times", "ms",
                       [_paint(browser, serving, path) for _ in range(PAINTS)], at_most=PAINT_MS),
            )))  # fmt: skip
        browser.close()
        found.append(_watched(serving, rows))
    return found


def addresses() -> dict[str, str]:
    """Name and address of each page that needs no more than a project, a model or a kind."""
    found = {}
    for kind in PAGES:
        try:
            found[kind.name] = kind.path.format(**VALUES)
        except KeyError:
            continue
    return found


def _p95(values: Sequence[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]


def _weight(serving: Server, path: str) -> float:
    """Bytes of the page and of what it loads, as they come over the wire, in kB."""
    page = serving.client.get(path)
    total = page.num_bytes_downloaded
    for link in set(re.findall(r'(?:src|href)="(/static/[^"]+)"', page.text)):
        total += serving.client.get(link).num_bytes_downloaded
    return total / 1000


def _paint(browser: Browser, serving: Server, path: str) -> float:
    """Time to the largest contentful paint of a first visit."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWED})
    page.goto(_home(serving) + path, wait_until="load")
    took: float = page.evaluate(_PAINT)
    context.close()
    return took


def _home(serving: Server) -> str:
    return str(serving.client.base_url).rstrip("/")


def _watched(serving: Server, rows: int) -> Result:
    """How many interactions a second are taken in without a viewer, with one, and with many."""
    rates = []
    for viewers in (0, 1, VIEWERS):
        with _watching(serving, viewers):
            rates.append(_sent(serving, f"{viewers} viewers"))
    alone, one, many = rates
    return Result(benchmark="view", case=f"{VIEWERS} viewers", rows=rows, figures=(
        figure("taken in without viewers", "1/s", [alone]), figure("taken in with one", "1/s", [one]),
        figure("taken in with them", "1/s", [many]), figure("kept", "%", [many / alone * 100], at_least=90),
    ))  # fmt: skip


@contextmanager
def _watching(serving: Server, viewers: int) -> Iterator[None]:
    """Viewers of the board that read what comes; one thread for all, so that they cost little themselves."""
    at, stop = (serving.client.base_url.host, serving.client.base_url.port or 80), threading.Event()
    request = f"GET /live?page=/board HTTP/1.1\r\nHost: {at[0]}:{at[1]}\r\n\r\n".encode()
    with selectors.DefaultSelector() as selector, ExitStack() as opened:
        for _ in range(viewers):
            stream = opened.enter_context(socket.create_connection(at))
            stream.sendall(request)
            selector.register(stream, selectors.EVENT_READ)

        def read() -> None:
            while not stop.is_set():
                for key, _ in selector.select(0.1) if viewers else ():
                    key.fileobj.recv(1 << 20)  # type: ignore[union-attr]
                stop.wait(0.01)

        thread = threading.Thread(target=read, daemon=True)
        thread.start()
        time.sleep(2)
        yield
        stop.set()
        thread.join()


def _sent(serving: Server, name: str) -> float:
    """Batches one after the other for some seconds: interactions a second."""
    began, number = time.perf_counter(), 0
    while time.perf_counter() - began < SENDING_S:
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        lines = [
            msgspec.json.encode({"kind": "interaction", "id": f"{name}-{number}-{place}-{now}", "source": "bench",
                                 "time": now, "project": f"project-{place % 100:02}", "model": "gpt-4o-mini",
                                 "provider": "openai", "input_tokens": 500, "output_tokens": 90})
            for place in range(BATCH)
        ]  # fmt: skip
        answer = serving.client.post("/v1/events?wait=visible", content=b"\n".join(lines),
                                     headers={"content-type": "application/x-ndjson"})  # fmt: skip
        answer.raise_for_status()
        number += 1
    return number * BATCH / (time.perf_counter() - began)
