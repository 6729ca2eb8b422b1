"""Live updates: computed once for all, nothing lost for who is slow or late, and over at once when the server ends."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from typing import Any

import msgspec
import pytest
from structlog.testing import capture_logs

from breakeven.errors import Busy
from breakeven.ingest.outcome import Outcome
from breakeven.web.live import MOST_TOPICS, RETRY, Hub, Tick

Event = tuple[str, dict[str, Any]]
DONE = Outcome(accepted=1)


class Data:
    """A data version that a commit raises."""

    def __init__(self, **options: Any) -> None:
        self.version = 0
        self.hub = Hub(lambda: self.version, **options)

    def commit(self, outcome: Outcome = DONE) -> None:
        self.version += 1
        self.hub.committed(outcome)


def parsed(chunk: bytes) -> Event:
    name, data = chunk.decode().strip().split("\n")
    return name.removeprefix("event: "), msgspec.json.decode(data.removeprefix("data: "))


async def opened(hub: Hub, topic: str = "") -> AsyncGenerator[bytes]:
    stream = hub.open(topic)
    assert await anext(stream) == RETRY
    return stream


async def said(stream: AsyncIterator[bytes]) -> Event:
    return parsed(await asyncio.wait_for(anext(stream), 5))


def run(scene: Callable[[Data], Awaitable[None]], data: Data | None = None) -> None:
    """Play a scene on a running hub."""

    async def main() -> None:
        used = data if data is not None else Data()
        used.hub.start()
        try:
            await scene(used)
        finally:
            await used.hub.stop()

    asyncio.run(main())


def test_a_commit_is_rendered_once_for_all_and_only_changes_are_sent() -> None:
    data, made = Data(), []

    def render(_: str) -> dict[str, str]:
        made.append(threading.current_thread() is threading.main_thread())
        return {"same": "<b>1</b>", "total": f"<b>{data.version}</b>"}

    data.hub.show(render, every=0.01)

    async def scene(_: Data) -> None:
        streams = [await opened(data.hub) for _ in range(3)]
        fragments = {"same": "<b>1</b>", "total": "<b>0</b>"}
        assert [await said(stream) for stream in streams] == [("tick", {"version": 0, "fragments": fragments})] * 3
        before = len(made)
        threading.Thread(target=data.commit).start()
        answers = [await said(stream) for stream in streams]
        assert answers == [("tick", {"version": 1, "fragments": {"total": "<b>1</b>"}})] * 3
        assert len(made) == before + 1
        assert not any(made)

    run(scene, data)


def test_nothing_is_rendered_without_viewers_or_for_nothing_new() -> None:
    data, made = Data(), list[int]()
    data.hub.show(lambda _: made.append(1) or {}, every=0.01)

    async def scene(_: Data) -> None:
        data.commit()
        data.hub.committed(Outcome(duplicates=3))
        await asyncio.sleep(0.05)
        assert made == []
        stream = await opened(data.hub)
        assert (await said(stream))[1]["version"] == 1
        await asyncio.sleep(0.05)
        data.hub.committed(Outcome(duplicates=3))
        await asyncio.sleep(0.05)
        assert len(made) == 1

    run(scene, data)


def test_ticks_come_at_most_once_in_the_interval() -> None:
    data, made = Data(), list[int]()
    data.hub.show(lambda _: made.append(1) or {"n": str(data.version)}, every=0.2)

    async def scene(_: Data) -> None:
        await opened(data.hub)
        for _ in range(30):
            data.commit()
            await asyncio.sleep(0.01)
        assert len(made) <= 3

    run(scene, data)


def test_late_and_slow_viewers_get_the_latest_of_everything() -> None:
    data = Data()
    data.hub.show(lambda _: {"total": str(data.version)}, every=0.01)
    data.hub.show(lambda _: {"chart": "c"} if data.version < 2 else {"chart": "d"}, every=0.01)

    async def scene(_: Data) -> None:
        slow = await opened(data.hub)
        for _ in range(3):
            data.commit()
            await asyncio.sleep(0.05)
        late = await opened(data.hub)
        for stream in (slow, late):
            name, tick = await said(stream)
            assert (name, tick["version"], tick["fragments"]) == ("tick", 3, {"total": "3", "chart": "d"})

    run(scene, data)


def test_heartbeat() -> None:
    async def scene(data: Data) -> None:
        stream = await opened(data.hub)
        names = [(await said(stream))[0] for _ in range(3)]
        assert names == ["tick", "heartbeat", "heartbeat"]

    run(scene, Data(heartbeat=0.05))


def test_who_leaves_is_forgotten() -> None:
    async def scene(data: Data) -> None:
        stream = await opened(data.hub)
        assert data.hub.viewers == 1
        await said(stream)
        task = asyncio.create_task(said(stream))
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert data.hub.viewers == 0

    run(scene)


def test_close_ends_every_stream_and_takes_no_other() -> None:
    async def scene(data: Data) -> None:
        stream = await opened(data.hub)
        await said(stream)
        threading.Thread(target=data.hub.close).start()
        with pytest.raises(StopAsyncIteration):
            await said(stream)
        with pytest.raises(Busy):
            data.hub.open()

    run(scene)


def test_a_render_that_fails_is_logged_and_the_next_one_runs() -> None:
    data = Data()

    def render(_: str) -> dict[str, str]:
        if data.version == 1:
            raise RuntimeError("no")
        return {"total": str(data.version)}

    data.hub.show(render, every=0.01)

    async def scene(_: Data) -> None:
        stream = await opened(data.hub)
        await said(stream)
        data.commit()
        await asyncio.sleep(0.05)
        data.commit()
        tick: dict[str, Any] = {"fragments": {}}
        while "total" not in tick["fragments"] or tick["fragments"]["total"] != "2":
            _, tick = await said(stream)

    with capture_logs() as logged:
        run(scene, data)
    assert [entry["event"] for entry in logged] == ["live_render_failed"]


def test_before_start_and_after_the_end_a_commit_tells_nobody() -> None:
    data = Data()
    data.commit()
    run(lambda _: asyncio.sleep(0), data)
    data.commit()
    data.hub.close()


def test_ticks_merge_by_element() -> None:
    older, newer = Tick(1, {"a": "1", "b": "1"}), Tick(2, {"b": "2"})
    assert newer.over(None) is newer
    merged = newer.over(older)
    assert (merged.version, merged.fragments) == (2, {"a": "1", "b": "2"})
    assert merged.encoded() is merged.encoded()


def test_each_page_is_a_topic_of_its_own() -> None:
    data, made = Data(), []

    def render(topic: str) -> dict[str, str]:
        made.append(topic)
        return {"total": f"{topic} {data.version}"}

    data.hub.show(render, every=0.01)

    async def scene(_: Data) -> None:
        board, other, again = [await opened(data.hub, topic) for topic in ("/board", "/cfo", "/cfo")]
        assert [(await said(stream))[1]["fragments"]["total"] for stream in (board, other, again)] == [
            "/board 0", "/cfo 0", "/cfo 0"]  # fmt: skip
        assert sorted(made) == ["/board", "/cfo"]
        await board.aclose()
        made.clear()
        data.commit()
        assert (await said(other))[1]["fragments"] == {"total": "/cfo 1"}
        assert made == ["/cfo"], "a page that nobody looks at is not rendered"

    run(scene, data)


def test_too_many_pages_are_refused_not_served_badly() -> None:
    data = Data()
    data.hub.show(lambda topic: {"topic": topic}, every=0.01)

    async def scene(_: Data) -> None:
        streams = [await opened(data.hub, f"/{number}") for number in range(MOST_TOPICS)]
        with pytest.raises(Busy, match="different pages"):
            data.hub.open("/one-more")
        again = await opened(data.hub, "/0")
        await streams[1].aclose()
        await opened(data.hub, "/one-more")
        await again.aclose()

    run(scene, data)
