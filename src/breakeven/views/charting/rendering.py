"""Charts as SVG that serves every theme: drawn in a process of their own, made ready for the page, and kept."""

from __future__ import annotations

import base64
import hashlib
import re
import subprocess
import sys
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from datetime import date, datetime, timedelta
from decimal import Decimal
from threading import Lock

import msgspec

from breakeven.period import add_months
from breakeven.views.charting.chart import Chart, specification, theme
from breakeven.views.charting.cumulative import cumulative
from breakeven.views.trend import Trend, TrendPoint

_ONE = Decimal(1)
KEPT = 64
"""Rendered charts in memory."""
EVERY = timedelta(seconds=10)
"""Time between two charts of one place."""
PNG_SCALE = 2.0
"""Pixels of a PNG for one of the SVG."""
WORKER = "breakeven.views.charting.drawing"


class Drawn(msgspec.Struct, frozen=True):
    """A chart as SVG, for wide and for narrow boxes."""

    wide: str
    narrow: str
    description: str


class Drawer:
    """The process that draws; begun with the first chart, and again should it ever end. For one thread at a time."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def draw(self, chart: Chart) -> Drawn:
        """Render a chart; about 0.2 seconds, the first one of a process one second more. Raises ValueError."""
        return Drawn(self._svg(chart, narrow=False), self._svg(chart, narrow=True), chart.description)

    def png(self, svg: str, scale: float = PNG_SCALE) -> bytes:
        """A picture that stands alone as PNG. Raises ValueError."""
        answer = self._answer(msgspec.json.encode({"picture": svg, "scale": scale}) + b"\n")
        if "png" not in answer:
            raise ValueError(f"the picture cannot be made: {answer.get('error', 'no answer')}")
        return base64.b64decode(answer["png"])

    def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is not None:
            with suppress(OSError):
                process.communicate()

    def _svg(self, chart: Chart, *, narrow: bool) -> str:
        asked = {"spec": specification(chart, narrow=narrow), "theme": theme()}
        answer = self._answer(msgspec.json.encode(asked) + b"\n")
        if "error" in answer:
            raise ValueError(f"the chart {chart.name} cannot be drawn: {answer['error']}")
        return slim(answer["svg"], f"{chart.name}-{'n' if narrow else 'w'}")

    def _answer(self, line: bytes) -> dict[str, str]:
        process = self._running()
        if process.stdin is None or process.stdout is None:
            raise ValueError("the process that draws charts has no pipes")
        try:
            process.stdin.write(line)
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
_FULL = re.compile(r' (?:opacity="1"|stroke-opacity="1")')
_LONG = re.compile(r"-?\d+\.\d{3,}")


def slim(svg: str, name: str) -> str:
    """Ready to stand in a page: its ids are its own, its font is the page's, and nothing is styled inline."""
    svg = _NAMES.sub(rf"\g<1>{name}-\2", svg)
    svg = _FULL.sub("", _EMPTY.sub("", _UNUSED.sub("", svg)))
    svg = _LONG.sub(lambda found: f"{float(found[0]):.2f}".rstrip("0").rstrip("."), svg)
    while "<g></g>" in svg:
        svg = svg.replace("<g></g>", "")
    return svg


class ChartRenderer:
    """Has charts drawn beside the requests, one at a time, and keeps what was made.

    A place on a page that was drawn before goes on showing its last chart while the next one is made, and asks for a
    next one at most every ten seconds.
    """

    def __init__(self, draw: Callable[[Chart], Drawn] | None = None) -> None:
        """`draw` makes one chart; by default a process of its own does."""
        self._drawer = Drawer()
        self._draw = draw if draw is not None else self._drawer.draw
        self._thread = ThreadPoolExecutor(1, "breakeven-charts")
        self._made: OrderedDict[str, Future[Drawn]] = OrderedDict()
        self._last: OrderedDict[str, Future[Drawn]] = OrderedDict()
        self._asked: dict[str, datetime] = {}
        self._lock = Lock()

    def chart(self, place: str, chart: Chart, now: datetime, *, wait: bool = False) -> Drawn:
        """The chart for a place of a page; `wait` for this very one, else the place's last one may be given."""
        key = _key(chart)
        with self._lock:
            last, made = self._last.get(place), self._made.get(key)
            if made is None or not made.done() or _failed(made):
                if last is not None and not wait and not _failed(last):
                    if abs(now - self._asked.get(place, now)) >= EVERY:
                        self._asked[place] = now
                        self._submit(key, chart)
                    return last.result()
                made = self._submit(key, chart)
                self._asked[place] = now
            self._last[place] = made
            self._last.move_to_end(place)
            while len(self._last) > KEPT:
                self._asked.pop(self._last.popitem(last=False)[0], None)
        return made.result()

    def ready(self, chart: Chart) -> bool:
        """Whether this very chart is drawn."""
        with self._lock:
            found = self._made.get(_key(chart))
        return found is not None and found.done() and not _failed(found)

    def png(self, svg: str) -> bytes:
        """A picture that stands alone as PNG. Raises ValueError."""
        return self._thread.submit(self._drawer.png, svg).result()

    def warm(self) -> None:
        """Load the renderer, which takes a second the first time."""
        today = date(2026, 1, 1)
        months = tuple(add_months(today, place) for place in range(2))
        zero = Trend(points=(), months=months, break_even=None, payback=None, marks=(), since=None, open_month=None,
                     planned=None, description="")  # fmt: skip
        rows = tuple(TrendPoint(on=month + timedelta(days=1), net=_ONE, plan=None, running=False) for month in months)
        chart = cumulative(msgspec.structs.replace(zero, points=rows), "USD")
        with self._lock:
            self._submit(_key(chart), chart)

    def close(self) -> None:
        """Stop after the chart that is being made."""
        self._thread.shutdown(wait=True, cancel_futures=True)
        self._drawer.close()

    def _submit(self, key: str, chart: Chart) -> Future[Drawn]:
        """The drawing of a chart, begun if need be; with the lock held."""
        found = self._made.get(key)
        if found is None or _failed(found):
            self._made[key] = found = self._thread.submit(self._draw, chart)
        self._made.move_to_end(key)
        while len(self._made) > KEPT:
            self._made.popitem(last=False)
        return found


def _key(chart: Chart) -> str:
    return hashlib.sha256(msgspec.json.encode(chart)).hexdigest()


def _failed(made: Future[Drawn]) -> bool:
    return made.done() and (made.cancelled() or made.exception() is not None)
