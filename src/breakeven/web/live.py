"""Live updates: what is shown is computed once for all viewers and sent as server-sent events.

Events of `GET /live?page=/board` (the page whose fragments are wanted; without it ticks say only the version):
    tick        {"version": data version, "fragments": {element id: HTML}}: at most once a second, only what changed
    heartbeat   {"version": data version}: every 15 seconds without a tick

Each page that somebody looks at is a topic: it is rendered for all its viewers together, and not at all without any.
Who comes late gets the latest of every fragment at once. Who is slow gets the newest of each and none of those between.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import suppress
from typing import Annotated

import msgspec
import structlog
from litestar import get
from litestar.di import NamedDependency
from litestar.params import QueryParameter, SkipValidation
from litestar.response import Stream

from breakeven.errors import Busy
from breakeven.ingest.outcome import Outcome

EVERY = 1.0
"""Seconds between two ticks, at the least."""
HEARTBEAT = 15.0
"""Seconds after which a silent stream says that it lives."""
RETRY = b"retry: 2000\n\n"
"""Milliseconds after which a browser connects again."""

MOST_TOPICS = 64
"""Pages (with their filters) that can be followed at the same time."""

Fragments = Mapping[str, str]
Render = Callable[[str], Fragments]
"""Topic → HTML by element id."""


class Tick:
    """Fragments by element id at a data version, and their bytes, made once."""

    def __init__(self, version: int, fragments: Fragments) -> None:
        self.version, self.fragments = version, fragments
        self._bytes: bytes | None = None

    def over(self, older: Tick | None) -> Tick:
        """Together with what an older tick says that this one does not."""
        return self if older is None else Tick(self.version, {**older.fragments, **self.fragments})

    def encoded(self) -> bytes:
        """The event as it goes over the wire."""
        if self._bytes is None:
            self._bytes = event("tick", {"version": self.version, "fragments": self.fragments})
        return self._bytes


def event(name: str, data: Mapping[str, object]) -> bytes:
    """A server-sent event whose data are one line of JSON."""
    return b"event: %b\ndata: %b\n\n" % (name.encode(), msgspec.json.encode(data))


class Feed:
    """One function that makes fragments, and how often it may run, for one topic."""

    def __init__(self, render: Render, every: float) -> None:
        self.render, self.every = render, every
        self.stale = True
        self.wake = asyncio.Event()


class Viewer:
    """One open stream: at most one tick waits for it."""

    def __init__(self, first: Tick | None) -> None:
        self._tick, self._wake = first, asyncio.Event()
        self._ended = False
        if first is not None:
            self._wake.set()

    def tell(self, tick: Tick) -> None:
        self._tick = tick.over(self._tick)
        self._wake.set()

    def end(self) -> None:
        self._ended = True
        self._wake.set()

    async def next(self, seconds: float) -> Tick | None:
        """The tick that waits or comes; None after that many seconds. Raises StopAsyncIteration at the end."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), seconds)
        if self._ended:
            raise StopAsyncIteration
        self._wake.clear()
        tick, self._tick = self._tick, None
        return tick


class Topic:
    """One page that is followed: its feeds, its viewers, and what they were shown."""

    def __init__(self, name: str, feeds: Sequence[tuple[Render, float]]) -> None:
        self.name = name
        self.feeds = [Feed(render, every) for render, every in feeds]
        self.viewers: set[Viewer] = set()
        self.shown: Tick | None = None
        self.tasks: list[asyncio.Task[None]] = []

    def wake_stale(self) -> None:
        for feed in self.feeds:
            if feed.stale and self.viewers:
                feed.wake.set()

    def publish(self, version: int, fragments: Fragments) -> None:
        known = self.shown.fragments if self.shown else {}
        changed = {name: html for name, html in fragments.items() if known.get(name) != html}
        if self.shown is not None and not changed and version <= self.shown.version:
            return
        tick = Tick(max(version, self.shown.version if self.shown else 0), changed)
        self.shown = tick.over(self.shown)
        for viewer in self.viewers:
            viewer.tell(tick)


class Hub:
    """Tells every viewer of every commit; lives on the server's event loop between `start` and `stop`."""

    def __init__(self, version: Callable[[], int], *, heartbeat: float = HEARTBEAT) -> None:
        """`version` gives the data version and costs nothing."""
        self._version, self._heartbeat = version, heartbeat
        self._feeds: list[tuple[Render, float]] = []
        self._topics: dict[str, Topic] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = False

    def show(self, render: Render, every: float = EVERY) -> None:
        """Add what viewers see: `render` is run in a thread after commits, at most once in `every` seconds a topic.

        It gives HTML by element id; what did not change is not sent. To be called before `start`.
        """
        self._feeds.append((render, every))

    @property
    def viewers(self) -> int:
        """Number of open streams."""
        return sum(len(topic.viewers) for topic in self._topics.values())

    def start(self) -> None:
        """Begin to follow commits, on the running event loop."""
        self._loop = asyncio.get_running_loop()
        # Where nothing is shown, ticks still say the data version.
        self._feeds = self._feeds or [(lambda _: {}, EVERY)]

    async def stop(self) -> None:
        """End every stream and every feed."""
        self._end()
        tasks = [task for topic in self._topics.values() for task in topic.tasks]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._loop = None

    def close(self) -> None:
        """End every stream; from any thread or a signal handler."""
        self._call(self._end)

    def committed(self, outcome: Outcome) -> None:
        """What the writer tells of a commit; from any thread."""
        if outcome.accepted:
            self._call(self._changed)

    def _call(self, function: Callable[[], None]) -> None:
        loop = self._loop
        if loop is not None:
            with suppress(RuntimeError):  # the loop has ended: there is nobody to tell
                loop.call_soon_threadsafe(function)

    def _end(self) -> None:
        self._closed = True
        for topic in self._topics.values():
            for viewer in topic.viewers:
                viewer.end()

    def _changed(self) -> None:
        for topic in self._topics.values():
            for feed in topic.feeds:
                feed.stale = True
            topic.wake_stale()

    async def _follow(self, topic: Topic, feed: Feed) -> None:
        while True:
            await feed.wake.wait()
            feed.wake.clear()
            feed.stale = False
            began = asyncio.get_running_loop().time()
            version = self._version()
            try:
                topic.publish(version, await asyncio.to_thread(feed.render, topic.name))
            except Exception as error:  # noqa: BLE001 - the feed must go on; the next commit renders again
                structlog.get_logger().error("live_render_failed", topic=topic.name, exc_info=error)
            took = asyncio.get_running_loop().time() - began
            # A render that takes long leaves the processor to others for as long.
            await asyncio.sleep(max(feed.every - took, took))

    def _followed(self, name: str) -> Topic:
        """The topic of a name, begun if nobody followed it."""
        found = self._topics.get(name)
        if found is None:
            found = self._topics[name] = Topic(name, self._feeds)
            found.tasks = [asyncio.ensure_future(self._follow(found, feed)) for feed in found.feeds]
        return found

    def _left(self, topic: Topic, viewer: Viewer) -> None:
        topic.viewers.discard(viewer)
        if not topic.viewers and self._topics.get(topic.name) is topic and not self._closed:
            del self._topics[topic.name]
            for task in topic.tasks:
                task.cancel()

    async def stream(self, name: str) -> AsyncGenerator[bytes]:
        """The bytes for one viewer of a topic, until it goes or the hub is closed."""
        topic = self._followed(name)
        viewer = Viewer(topic.shown)
        topic.viewers.add(viewer)
        topic.wake_stale()
        try:
            yield RETRY
            while True:
                tick = await viewer.next(self._heartbeat)
                yield event("heartbeat", {"version": self._version()}) if tick is None else tick.encoded()
        except StopAsyncIteration:
            return
        finally:
            self._left(topic, viewer)

    def open(self, name: str = "") -> AsyncGenerator[bytes]:
        """A new stream of a topic. Raises Busy when the server is shutting down, or too many pages are followed."""
        if self._closed:
            raise Busy("breakeven is shutting down; connect again")
        if name not in self._topics and len(self._topics) >= MOST_TOPICS:
            raise Busy(f"{MOST_TOPICS} different pages are followed live already; reload this one to see news")
        return self.stream(name)


PageText = Annotated[str, QueryParameter(description="Address of the page whose fragments are wanted: /board.")]


@get("/live", include_in_schema=True, tags=["live"], media_type="text/event-stream")
async def live(hub: NamedDependency[SkipValidation[Hub]], page: PageText = "") -> Stream:
    """Server-sent events: `tick` after commits, at most once a second, and `heartbeat`."""
    return Stream(
        hub.open(page), media_type="text/event-stream", headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    )
