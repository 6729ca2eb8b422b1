"""Live traffic of the demo company: a few events a second, sent to the running server like any client's.

The events repeat what the company's interactions of the last month look like, with new ids and the present time. Most
are predictions that nobody notices one by one, so that an hour of demo does not outweigh a month of files.
"""

from __future__ import annotations

import random
import threading
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import msgspec

from breakeven.demo.company import BY_ID, CLAIMS, FRAUD, QUOTES, SUPPORT, UNDERWRITING, Undertaking
from breakeven.demo.interactions import interactions
from breakeven.demo.timeline import Timeline

EVENTS_PER_SECOND = 3.0
SENT_EVERY = 0.5
"""Seconds between two batches."""
KEPT = 400
"""Past interactions per project that are repeated."""
TIMEOUT = 10.0
EVENT_TYPE = "breakeven.interaction"
CONTENT_TYPE = "application/cloudevents-batch+json"

SHARES: Mapping[str, float] = {
    FRAUD.id: 0.88,
    SUPPORT.id: 0.075,
    QUOTES.id: 0.03,
    CLAIMS.id: 0.01,
    UNDERWRITING.id: 0.005,
}
"""Share of the events that each project has."""

TOTALS = ("input_tokens", "output_tokens", "cached_tokens", "seconds_saved")
"""Fields that are sums where a record stands for many interactions."""

Event = dict[str, Any]
Send = Callable[[Sequence[Event]], None]


class Traffic:
    """A stream of events that a seed decides; `started` goes into the ids, so that no two runs share them."""

    def __init__(self, *, seed: int, started: datetime) -> None:
        timeline = Timeline(seed=seed, now=started)
        self._past = {name: _latest(timeline, BY_ID[name]) for name in SHARES}
        self._random = random.Random(seed)  # noqa: S311 - a demo, no secret
        self._prefix = f"live-{started:%Y%m%dT%H%M%S}"
        self._number = 0

    def events(self, seconds: float, now: datetime) -> list[Event]:
        """CloudEvents of a stretch of time that ends now; about EVENTS_PER_SECOND of them each second."""
        mean = EVENTS_PER_SECOND * seconds
        count = int(mean) + (self._random.random() < mean % 1)
        names = self._random.choices(list(SHARES), list(SHARES.values()), k=count)
        return [self._event(name, now - timedelta(seconds=seconds * self._random.random())) for name in names]

    def _event(self, project: str, time: datetime) -> Event:
        self._number += 1
        data = self._random.choice(self._past[project])
        return {
            "specversion": "1.0",
            "type": EVENT_TYPE,
            "source": f"live-{project}",
            "id": f"{self._prefix}-{self._number:06d}",
            "time": time,
            "datacontenttype": "application/json",
            "data": data,
        }


def _latest(timeline: Timeline, project: Undertaking) -> list[Event]:
    """The project's last interactions without what each event has of its own."""
    table = interactions(timeline, project)
    rows = table.slice(max(0, table.num_rows - KEPT)).drop_columns(["id", "source", "time"]).to_pylist()
    return [_single(row) for row in rows]


def _single(row: Event) -> Event:
    """One interaction of a record that stands for `count` of them: totals become means."""
    event = {field: value for field, value in row.items() if value is not None}
    count = event.pop("count")
    if count > 1:
        event |= {field: event[field] // count for field in TOTALS if field in event}
    return event


def sender(url: str) -> Send:
    """A function that posts a batch to `url`; raises OSError where the server does not take it."""

    def send(events: Sequence[Event]) -> None:
        body = msgspec.json.encode(events)
        request = urllib.request.Request(url, body, {"Content-Type": CONTENT_TYPE}, method="POST")  # noqa: S310
        with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310 - the demo's own address
            answer.read()

    return send


def run(traffic: Traffic, send: Send, clock: Callable[[], datetime], stop: threading.Event) -> None:
    """Send batches until `stop` is set; while the server does not answer, the events of that time are left out."""
    last = clock()
    while not stop.wait(SENT_EVERY):
        now = clock()
        events = traffic.events((now - last).total_seconds(), now)
        last = now
        if events:
            try:
                send(events)
            except OSError:
                continue


@contextmanager
def traffic(url: str, *, seed: int, clock: Callable[[], datetime]) -> Iterator[None]:
    """Live traffic to `url` (the address of /v1/events) from a thread of its own, until the block ends."""
    stop = threading.Event()

    def work() -> None:
        run(Traffic(seed=seed, started=clock()), sender(url), clock, stop)

    thread = threading.Thread(target=work, name="demo traffic", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(TIMEOUT)
