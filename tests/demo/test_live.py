"""Live traffic: seeded, at a small rate, in CloudEvents, and stopping when it is told to."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import ClassVar

import msgspec
import pytest

from breakeven.demo.live import CONTENT_TYPE, EVENTS_PER_SECOND, Event, Traffic, run, sender, traffic
from breakeven.facts import columns

NOW = datetime(2026, 11, 22, 14, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def events() -> list[Event]:
    return Traffic(seed=1, started=NOW).events(100, NOW)


def test_the_rate_and_the_ids(events: list[Event]) -> None:
    assert len(events) == pytest.approx(100 * EVENTS_PER_SECOND, abs=1)
    assert len({(event["source"], event["id"]) for event in events}) == len(events)


def test_same_seed_same_events(events: list[Event]) -> None:
    assert Traffic(seed=1, started=NOW).events(100, NOW) == events
    assert Traffic(seed=2, started=NOW).events(100, NOW) != events


def test_events_carry_the_fields_of_an_interaction(events: list[Event]) -> None:
    known = {column.name for column in columns("interaction")}
    assert all(set(event["data"]) <= known for event in events)
    assert all(NOW - timedelta(seconds=100) <= event["time"] <= NOW for event in events)


def test_run_sends_until_it_is_stopped_and_survives_a_server_that_is_away() -> None:
    stop, sent = threading.Event(), []

    def send(batch: Sequence[Event]) -> None:
        sent.append(len(batch))
        if len(sent) == 1:
            raise ConnectionRefusedError
        stop.set()

    moments = iter(NOW + timedelta(seconds=4 * number) for number in range(100))
    run(Traffic(seed=1, started=NOW), send, lambda: next(moments), stop)
    assert len(sent) == 2
    assert all(sent)


class Receiver(BaseHTTPRequestHandler):
    """Takes batches as the product's server does, and keeps them."""

    got: ClassVar[list[tuple[str, bytes]]] = []

    def do_POST(self) -> None:
        self.got.append((self.headers["Content-Type"], self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(202)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def address() -> Iterator[str]:
    Receiver.got.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Receiver) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/v1/events"
        server.shutdown()
        thread.join()


def test_sender_posts_a_batch_of_cloud_events(address: str, events: list[Event]) -> None:
    sender(address)(events[:5])
    ((content_type, body),) = Receiver.got
    assert content_type == CONTENT_TYPE
    assert [event["id"] for event in msgspec.json.decode(body)] == [event["id"] for event in events[:5]]


def test_traffic_flows_while_the_block_lasts(address: str) -> None:
    moments = (NOW + timedelta(seconds=4 * number) for number in count())
    with traffic(address, seed=1, clock=lambda: next(moments)):
        deadline = threading.Event()
        for _ in range(100):
            if Receiver.got or deadline.wait(0.1):
                break
    sent = len(Receiver.got)
    assert sent > 0
    assert not [thread for thread in threading.enumerate() if thread.name == "demo traffic"]
