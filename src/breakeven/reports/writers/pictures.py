"""Charts of a document as pictures: drawn in the process that draws those of the pages, on white, in its colours."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from breakeven.reports.document import Chart
from breakeven.reports.progress import step
from breakeven.reports.writers.palette import LIGHT
from breakeven.views.charting.rendering import Drawer

PICTURED = frozenset({"pdf", "html"})
"""Forms that have pictures."""
BELOW = 6.0
"""Pixels that letters below the lowest line need."""
_SIZE = re.compile(r'<svg[^>]*? viewBox="0 0 ([\d.]+) ([\d.]+)"')
_HEAD = re.compile(r"<svg[^>]*>")
_TOKEN = re.compile(r"var\((--[\w-]+)\)")


class Pictures:
    """Draws, one chart at a time; ends with its process."""

    def __init__(self, drawer: Drawer) -> None:
        self._drawer, self._number = drawer, 0

    def svg(self, chart: Chart, font: str) -> str:
        """A chart as SVG that stands alone. Raises ValueError."""
        self._number += 1
        step(f"Drawing {chart.title}")
        drawn = self._drawer.draw(chart.picture, wide=True).at(f"picture-{self._number}").wide
        drawn = _TOKEN.sub(lambda found: LIGHT.get(found[1], "#000000"), drawn)
        size = _SIZE.search(drawn)
        if size is None:
            raise ValueError(f"the chart {chart.title} has no size")
        width, height = float(size[1]), float(size[2]) + BELOW
        head = f' viewBox="0 0 {width:g} {height:g}" width="{width:g}" height="{height:g}" font-family="{font}"'
        return _HEAD.sub(f'<svg xmlns="http://www.w3.org/2000/svg"{head}>', drawn, count=1)

    @staticmethod
    def width(svg: str) -> float:
        """Pixels."""
        size = _SIZE.search(svg)
        return float(size[1]) if size is not None else 0.0

    def png(self, svg: str, scale: float = 2.0) -> bytes:
        """A picture for programs that show no SVG. Raises ValueError."""
        return self._drawer.png(svg, scale)


_AHEAD: ContextVar[Drawer | None] = ContextVar("breakeven_report_drawer", default=None)


@contextmanager
def drawing(forms: Iterable[str]) -> Iterator[None]:
    """Begin the process that draws while the report is still being composed, where one of its forms has pictures.

    Its start takes half a second, which composing takes too. The forms that are written in here share it.
    """
    if not PICTURED.intersection(forms):
        yield
        return
    drawer = Drawer()
    before = _AHEAD.set(drawer)
    try:
        drawer.begin()
        yield
    finally:
        _AHEAD.reset(before)
        drawer.stop()


@contextmanager
def pictures() -> Iterator[Pictures]:
    """A process that draws, for one file: that which was begun ahead, else one of its own."""
    ahead = _AHEAD.get()
    if ahead is not None:
        yield Pictures(ahead)
        return
    drawer = Drawer()
    try:
        yield Pictures(drawer)
    finally:
        drawer.close()
