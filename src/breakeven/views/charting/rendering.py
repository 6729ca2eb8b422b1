"""Charts as SVG that serves every theme: drawn in a process of their own, made ready for the page, and kept."""

from __future__ import annotations

import base64
import hashlib
import re
import subprocess
import sys
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

import msgspec

from breakeven.views.charting.chart import Chart
from breakeven.views.charting.queue import Queue

KEPT = 256
"""Rendered charts in memory."""
EVERY = timedelta(seconds=10)
"""Time between two charts of one place."""
PNG_SCALE = 2.0
"""Pixels of a PNG for one of the SVG."""
WORKER = "breakeven.views.charting.drawing"
PLACE = "@place"
"""What stands before ids until it is known where on a page the chart will be."""


class Drawn(msgspec.Struct, frozen=True):
    """A chart as SVG, for wide and for narrow boxes."""

    wide: str
    narrow: str
    description: str

    def at(self, place: str) -> Drawn:
        """The same with ids that no other place of the page has."""
        if PLACE not in self.wide and PLACE not in self.narrow:
            return self
        name = re.sub(r"[^A-Za-z0-9]+", "-", place.rsplit(" ", 1)[-1])
        return Drawn(self.wide.replace(PLACE, f"{name}-w"), self.narrow.replace(PLACE, f"{name}-n"), self.description)


class Drawer:
    """The process that draws; begun with the first chart, and again should it ever end. For one thread at a time."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def draw(self, chart: Chart, *, wide: bool = False) -> Drawn:
        """Render a chart: about 0.1 seconds, the first one of a process half a second more. Raises ValueError.

        `wide`: only for wide boxes, in half the time.
        """
        answer = self._answer({"chart": chart, "wide": wide})
        if "error" in answer:
            raise ValueError(f"the chart {chart.name} cannot be drawn: {answer['error']}")
        return Drawn(slim(answer["wide"], PLACE), slim(answer["narrow"], PLACE), chart.description)

    def png(self, svg: str, scale: float = PNG_SCALE) -> bytes:
        """A picture that stands alone as PNG. Raises ValueError."""
        answer = self._answer({"picture": svg, "scale": scale})
        if "png" not in answer:
            raise ValueError(f"the picture cannot be made: {answer.get('error', 'no answer')}")
        return base64.b64decode(answer["png"])

    def begin(self) -> None:
        """Begin the process, without waiting for it: the first chart need not wait for all of its start."""
        self._running()

    def prepare(self) -> None:
        """Begin the process and have it compile every specification. Raises ValueError."""
        self._answer({"prepare": True})

    def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is not None:
            with suppress(OSError):
                process.communicate()

    def stop(self) -> None:
        """End the process at once, be it still beginning."""
        if self._process is not None:
            self._process.kill()
        self.close()

    def _answer(self, asked: dict[str, Any]) -> dict[str, str]:
        process = self._running()
        if process.stdin is None or process.stdout is None:
            raise ValueError("the process that draws charts has no pipes")
        try:
            process.stdin.write(msgspec.json.encode(asked) + b"\n")
            process.stdin.flush()
            answer: dict[str, str] = msgspec.json.decode(process.stdout.readline())
        except (OSError, msgspec.DecodeError) as error:
            self.close()
            raise ValueError("the process that draws charts has ended") from error
        return answer

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._process.poll() is not None:
            self.close()
        if self._process is None:
            # A session of its own: Ctrl-C in the terminal is for the server, which then ends this one.
            self._process = subprocess.Popen(  # noqa: S603 - this interpreter and a module of this package
                [sys.executable, "-m", WORKER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
            )
        return self._process


_NAMES = re.compile(r'(id="|url\(#)((?:gradient|clip)[\w]*)')
_UNUSED = re.compile(r' (?:aria-[\w]+|role|class|pointer-events|font-family|xmlns:xlink|version|style)="[^"]*"')
_EMPTY = re.compile(
    r'<path d="M[\d.,hvHVZMm-]*" stroke="#ddd"/>|<path(?: d="[^"]*")? display="none"/>|<path d="M0,0h0v0h0Z"/>'
)
_HALO = re.compile(r"<text (?=[^>]*\bstroke=)")
_FULL = re.compile(r' (?:opacity="1"|stroke-opacity="1")')
_LONG = re.compile(r"-?\d+\.\d{3,}")


def slim(svg: str, name: str) -> str:
    """Ready to stand in a page: its ids are its own, its font is the page's, and nothing is styled inline.

    The outline of a text is drawn below it, so that one text is its own halo.
    """
    svg = _NAMES.sub(rf"\g<1>{name}-\2", svg)
    svg = _FULL.sub("", _EMPTY.sub("", _UNUSED.sub("", svg)))
    svg = _LONG.sub(lambda found: f"{float(found[0]):.2f}".rstrip("0").rstrip("."), svg)
    svg = _HALO.sub('<text paint-order="stroke" stroke-linejoin="round" ', svg)
    while "<g></g>" in svg:
        svg = svg.replace("<g></g>", "")
    return svg


class ChartRenderer:
    """Has charts drawn beside the requests, one at a time, and keeps what was made.

    What a reader waits for comes before what only brings a page up to date. A place on a page that was drawn before
    goes on showing its last chart while the next one is made, and asks for a next one at most every ten seconds.
    """

    def __init__(self, draw: Callable[[Chart], Drawn] | None = None) -> None:
        """`draw` makes one chart; by default a process of its own does."""
        self._drawer = Drawer()
        self._draw = draw if draw is not None else self._drawer.draw
        self._queue = Queue("breakeven-charts")
        self._made: OrderedDict[str, Future[Drawn]] = OrderedDict()
        self._last: OrderedDict[str, Future[Drawn]] = OrderedDict()
        self._asked: dict[str, datetime] = {}
        self._lock = Lock()

    def chart(self, place: str, chart: Chart, now: datetime, *, wait: bool = False, later: bool = False) -> Drawn:
        """The chart for a place of a page.

        `wait` for this very one, else the place's last one may be given; `later`: after what readers wait for.
        """
        key = _key(chart)
        with self._lock:
            last, made = self._last.get(place), self._made.get(key)
            if made is None or not made.done() or _failed(made):
                if last is not None and not wait and last.done() and not _failed(last):
                    if abs(now - self._asked.get(place, now)) >= EVERY:
                        self._asked[place] = now
                        self._submit(key, chart, later=True)
                    return last.result().at(place)
                made = self._submit(key, chart, later=later)
                self._asked[place] = now
            self._last[place] = made
            self._last.move_to_end(place)
            while len(self._last) > KEPT:
                self._asked.pop(self._last.popitem(last=False)[0], None)
        return made.result().at(place)

    def ready(self, chart: Chart) -> bool:
        """Whether this very chart is drawn."""
        with self._lock:
            found = self._made.get(_key(chart))
        return found is not None and found.done() and not _failed(found)

    def png(self, svg: str) -> bytes:
        """A picture that stands alone as PNG. Raises ValueError."""
        return self._queue.submit(lambda: self._drawer.png(svg)).result()

    def warm(self) -> None:
        """Load the renderer and compile the specifications, which takes a second."""
        self._queue.submit(self._drawer.prepare)

    def close(self) -> None:
        """Stop after the chart that is being made."""
        self._queue.close()
        self._drawer.close()

    def _submit(self, key: str, chart: Chart, *, later: bool) -> Future[Drawn]:
        """The drawing of a chart, begun if need be; with the lock held."""
        found = self._made.get(key)
        if found is None or _failed(found):
            self._made[key] = found = self._queue.submit(lambda: self._draw(chart), later=later)
        elif not later:
            self._queue.hurry(found)
        self._made.move_to_end(key)
        while len(self._made) > KEPT:
            self._made.popitem(last=False)
        return found


def _key(chart: Chart) -> str:
    return hashlib.sha256(msgspec.json.encode(chart)).hexdigest()


def _failed(made: Future[Drawn]) -> bool:
    return made.done() and (made.cancelled() or made.exception() is not None)
