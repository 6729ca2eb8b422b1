"""From the call to the server: batches, retries, what the server says, and what waits while it is away."""

from __future__ import annotations

import io
import os
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.client.conftest import Scripted, until

from breakeven.client import Client
from breakeven.client.spool import DiskSpool, MemorySpool

Make = Callable[..., Client]
LATER = 10**19


def names(server: Scripted) -> list[Any]:
    return [data.get("model") for data in server.data]


def spooled(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.ndjson"))


def test_a_request(make: Make, server: Scripted) -> None:
    one = make(server.url + "/prefix/", key="k-1", project="p", gzip_above=100)
    sent = [one.track(model=str(number), time=0) for number in range(3)]
    assert one.flush()
    ((headers, events),) = server.requests
    assert (headers["path"], headers["authorization"]) == ("/prefix/v1/events", "Bearer k-1")
    assert (headers["content-type"], headers["content-encoding"]) == ("application/x-ndjson", "gzip")
    assert events[1] == {"specversion": "1.0", "type": "breakeven.interaction", "source": "test", "id": sent[1],
                         "time": "1970-01-01T00:00:00+00:00", "data": {"project": "p", "model": "1"}}  # fmt: skip
    small = make(gzip_above=10_000)
    small.track()
    assert small.flush()
    assert "content-encoding" not in server.requests[-1][0]


def test_settings_come_from_the_environment(make: Make, server: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"URL": server.url, "KEY": "k", "PROJECT": "p", "SOURCE": "s", "SPOOL": "off"}.items():
        monkeypatch.setenv(f"BREAKEVEN_{name}", value)
    one = Client()
    one.track()
    assert one.flush()
    ((headers, (event,)),) = server.requests
    assert (headers["authorization"], event["source"], event["data"]) == ("Bearer k", "s", {"project": "p"})
    assert one.settings.spool is None
    one.close()


def test_options_that_cannot_be_used(make: Make) -> None:
    one = make(timeout="soon", queue_events=-1, spool=object(), colour="red", exit_timeout=float("nan"))
    one.track()
    assert one.flush()
    names = {"timeout", "queue_events", "spool", "colour", "exit_timeout"}
    assert one.stats().failed == {f"argument {name}": 1 for name in names}


def test_batches(make: Make, server: Scripted) -> None:
    one = make(batch_events=10, queue_events=1000)
    for number in range(35):
        one.track(model=str(number))
    assert one.flush()
    assert names(server) == [str(number) for number in range(35)]
    assert max(len(events) for _, events in server.requests) == 10
    assert one.stats().sent == one.stats().tracked == 35


def test_a_record_is_sent_after_the_interval_without_being_asked(make: Make, server: Scripted) -> None:
    one = make(flush_interval=0.01)
    one.track(model="m")
    until(lambda: server.events)


@pytest.mark.parametrize("failure", [
    (503, {"Retry-After": "0"}, {"detail": "busy"}), (507, {}, {}), (500, {}, b"oops"), (401, {}, {}), (404, {}, {}),
    (429, {"Retry-After": "soon"}, {}), (302, {"Location": "/"}, {}), (200, {}, b"<html>a portal</html>"),
    (200, {}, {"status": "ok"}), 0.0,
])  # fmt: skip
def test_what_fails_is_sent_again_and_counts_once(make: Make, server: Scripted, failure: Any, tmp_path: Path) -> None:
    server.script = [failure, failure]
    one = make()
    for _ in range(3):
        one.track(model="m")
    assert not one.flush()
    assert len(spooled(tmp_path)) == 1
    while server.script:
        assert not one.flush()
    assert one.flush()
    stats = one.stats()
    assert (stats.sent, stats.duplicates, stats.spooled, stats.waiting) == (3, 0, 3, 0)
    assert (sum(stats.failed.values()) >= 2, stats.dropped) == (True, {})
    assert len(server.events) == 3
    assert spooled(tmp_path) == []


def test_an_answer_that_is_lost_does_not_count_twice(make: Make, server: Scripted) -> None:
    one = make(timeout=0.2)
    take = server.take
    lost = [True]

    def taken(events: list[dict[str, Any]]) -> dict[str, Any]:
        answer = take(events)
        if lost.pop() if lost else False:
            time.sleep(0.5)  # longer than the client waits
        return answer

    server.take = taken  # type: ignore[method-assign]
    one.track()
    one.track()
    assert not one.flush()
    assert one.flush()
    stats = one.stats()
    assert (stats.sent, stats.duplicates, stats.failed) == (2, 2, {"timeout": 1})
    assert len(server.events) == 2


def test_retry_after_is_waited_for(make: Make, server: Scripted) -> None:
    server.script = [(503, {"Retry-After": "3600"}, {})]
    one = make(flush_interval=0.01)
    one.track()
    until(lambda: one.stats().spooled)
    one.track()
    until(lambda: one.stats().spooled == 2)
    assert not one.flush()  # nor for those who ask
    assert len(server.requests) == 1
    assert one._sender is not None
    assert 200 < one._sender._away_until - time.monotonic() <= 300  # no server can silence a client for longer


def test_it_tries_again_by_itself(make: Make, server: Scripted) -> None:
    server.script = [(503, {"Retry-After": "0.05"}, {})] * 2
    one = make(flush_interval=0.01)
    one.track()
    until(lambda: server.events)
    assert one.stats().failed == {"status_503": 2}


def test_what_the_server_rejects(make: Make, server: Scripted, caplog: pytest.LogCaptureFixture) -> None:
    said = {"accepted": 0, "duplicates": 1, "rejected": {"bad_value": 2}, "errors": [{"message": "row 1: csat: 9"}]}
    server.script = [(207, {}, said), (422, {}, {**said, "duplicates": 0})]
    one = make()
    for _ in range(2):
        one.track()
        assert one.flush()
    stats = one.stats()
    assert (stats.sent, stats.rejected, stats.dropped, stats.failed) == (1, {"bad_value": 4}, {}, {})
    assert caplog.text.count("row 1: csat: 9") == 1  # said once, counted each time


@pytest.mark.parametrize("status", [413, 400])
def test_a_batch_that_is_not_taken_is_divided(make: Make, server: Scripted, status: int, tmp_path: Path) -> None:
    def answer(request: Any) -> None:
        if b'"model":"poison"' in request.body or len(request.body) > 2000:
            server.script.insert(0, (status, {}, {"title": "no"}))

    whole = server.answer
    server.answer = lambda request: (peek(request), answer(request), whole(request))  # type: ignore
    one = make(gzip_above=10**6)
    for number in range(20):
        one.track(model="poison" if number == 7 else str(number))
    assert one.flush()
    assert sorted(names(server)) == sorted(str(number) for number in range(20) if number != 7)
    assert (one.stats().dropped, one.stats().sent) == ({"unusable": 1}, 19)
    assert spooled(tmp_path) == []


def peek(request: Any) -> None:
    """Read the body of a request and leave it there."""
    request.body = request.rfile.read(int(request.headers["Content-Length"]))
    request.rfile = io.BytesIO(request.body)
    request.close_connection = True


def test_calls_do_not_wait_for_a_server_that_hangs(make: Make, server: Scripted, tmp_path: Path) -> None:
    server.script = [60.0] * 50
    one = make(queue_events=100, batch_events=10, timeout=60.0, flush_interval=0.0)
    one.track()
    until(lambda: server.requests)
    for _ in range(1000):
        one.track()
    assert one.stats().dropped == {"queue_full": 900}  # while the server still says nothing
    assert len(server.requests) == 1
    one.close(0.0)
    assert one.stats().spooled == 101  # and the one on its way, whose answer nobody knows
    one.track()
    assert one.stats().dropped == {"queue_full": 900, "closed": 1}


def test_a_call_waits_no_longer_than_it_may(make: Make, server: Scripted) -> None:
    server.script = [60.0]
    one = make(queue_events=1, timeout=60.0, flush_interval=0.0, block=30.0)
    one.track()
    until(lambda: server.requests)
    one.track()
    waiting = threading.Thread(target=one.track)
    waiting.start()
    server._over.set()  # the server lets go, and there is room
    waiting.join(20)
    assert not waiting.is_alive()
    assert one.flush()
    assert one.stats().sent == 3


def test_more_than_goes_is_put_aside(make: Make, server: Scripted, tmp_path: Path) -> None:
    one = make(queue_events=1000, batch_events=100)
    with one._sender.lock:  # type: ignore[union-attr] # as if the thread had been held up
        for _ in range(1000):
            one.track()
    assert one.flush()
    stats = one.stats()
    assert (stats.sent, stats.dropped) == (1000, {})
    assert stats.spooled >= 400
    assert len(server.events) == 1000


def test_a_full_spool_takes_no_more_and_keeps_what_it_has(make: Make, tmp_path: Path, server: Scripted) -> None:
    server.script = [(503, {"Retry-After": "0"}, {})] * 100
    one = make(spool_bytes=4000, batch_events=5)
    first = [one.track(model="first") for _ in range(5)]
    assert not one.flush()
    for _ in range(10):
        one.track(model="x" * 1000)
    assert not one.flush()
    stats = one.stats()
    assert sum(file.stat().st_size for file in spooled(tmp_path)) <= 4000
    assert stats.dropped == {"spool_full": 10}
    server.script = []
    assert one.flush()
    assert list(server.events) == first


@pytest.mark.parametrize("spool", [False, "/proc/nowhere", None])
def test_without_a_folder_records_wait_in_memory(make: Make, server: Scripted, spool: Any, monkeypatch: Any) -> None:
    if spool is None:
        monkeypatch.setattr(DiskSpool, "put", lambda *_, **__: (_ for _ in ()).throw(OSError(28, "no space left")))
    server.script = [(503, {}, {})] * 2
    one = make(spool=spool)
    one.track()
    assert not one.flush()
    assert one.stats().waiting == 1
    assert not one.flush()
    assert one.flush()
    assert (one.stats().sent, one.stats().spooled, one.stats().waiting) == (1, 0, 0)
    server.script = [(503, {}, {})]
    one.track()
    assert not one.flush()
    server.script = [(503, {}, {})]
    one.close()
    assert sum(one.stats().dropped.values()) == 1


def test_an_address_where_nobody_answers(make: Make, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    one = make(f"http://127.0.0.1:{port}")
    one.track()
    assert not one.flush()
    assert (one.stats().failed, len(spooled(tmp_path))) == ({"unreachable": 1}, 1)
    other = make(f"http://127.0.0.1:{port}/other")
    other.track()
    assert not other.flush()
    assert len({file.parent for file in spooled(tmp_path)}) == 2  # what is for one server never goes to another


def test_a_connection_that_the_server_closed(make: Make, server: Scripted) -> None:
    one = make()
    one.track()
    assert one.flush()
    server.script = [0.0]  # answers nothing on the connection that was kept: once more on a new one
    one.track()
    assert one.flush()
    assert (one.stats().sent, one.stats().failed) == (2, {})


def test_threads(make: Make, server: Scripted) -> None:
    one = make(flush_interval=0.001)
    threads = [threading.Thread(target=lambda: [one.track() for _ in range(500)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert one.flush(30)
    assert len(server.events) == one.stats().sent == 4000


def test_the_thread_that_sends_comes_back(make: Make, server: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    one = make()
    fails = [True]
    once = one._sender._may_send  # type: ignore[union-attr]
    monkeypatch.setattr(one._sender, "_may_send", lambda: 1 / 0 if fails else once())
    one.track()
    assert not one.flush(5)
    fails.clear()
    assert one.flush()
    assert (one.stats().sent, set(one.stats().failed)) == (1, {"internal"})


def test_a_folder_is_shared(tmp_path: Path) -> None:
    first, second = (DiskSpool(str(tmp_path), 100) for _ in range(2))
    assert first.put([b"a", b"b"])
    assert second.put([b"c"])
    batch = first.take(10, 100, LATER)
    assert batch is not None
    assert batch.lines == [b"a", b"b", b"c"]
    assert second.take(10, 100, LATER) is None  # they are being sent
    batch.keep()
    again = second.take(2, 100, LATER)
    assert again is not None
    assert again.lines == [b"a", b"b"]
    again.done()
    assert not first.put([b"x" * 98])  # both together stay within the limit
    assert first.put([b"x" * 97])
    files = spooled(tmp_path)
    assert [file.stat().st_mode & 0o777 for file in files] == [0o600] * 2
    (tmp_path / "old.part").write_bytes(b"x" * 1000)
    assert not second.put([b"y"])
    os.utime(tmp_path / "old.part", (0, 0))
    assert not second.put([b"y" * 2])
    assert not (tmp_path / "old.part").exists()


def test_a_long_absence_makes_few_files(tmp_path: Path) -> None:
    spool = DiskSpool(str(tmp_path), 10_000, events=100, size=1000)
    for number in range(250):
        assert spool.put([b"%05d" % number])
    assert [len(file.read_bytes().splitlines()) for file in spooled(tmp_path)] == [100, 100, 50]
    batch = spool.take(1000, 10_000, LATER)
    assert batch is not None
    assert batch.lines == [b"%05d" % number for number in range(250)]
    assert spool.put([b"new"])  # what is being sent is not added to
    batch.done()
    assert [file.read_bytes() for file in spooled(tmp_path)] == [b"new\n"]
    assert spool.put([b"x" * 996])
    assert len(spooled(tmp_path)) == 2


def test_memory_is_bounded() -> None:
    memory = MemorySpool(5)
    assert memory.put([b"abc"])
    assert not memory.put([b"abc"])
    assert memory.put([b"abc"], beyond=True)
    while batch := memory.take(1, 1, LATER):
        batch.done()
    assert memory.waiting == 0
