from __future__ import annotations

import re
import threading
import time
from concurrent.futures import CancelledError
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import msgspec
import pytest

from breakeven.views.charting.axes import times
from breakeven.views.charting.chart import Chart
from breakeven.views.charting.cumulative import cumulative
from breakeven.views.charting.queue import Queue
from breakeven.views.charting.rendering import EVERY, ChartRenderer, Drawer, Drawn, slim
from breakeven.views.charting.sparks import spark
from breakeven.views.format import Display
from breakeven.views.tiles import Point
from breakeven.views.trend import Trend, TrendPoint

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def _chart(last: int) -> Chart:
    points = tuple(TrendPoint(on=date(2026, month, 28), net=Decimal(net), plan=None, running=False)
                   for month, net in ((1, 10), (2, last)))  # fmt: skip
    made = Trend(points=points, months=(date(2026, 1, 1), date(2026, 2, 1)), break_even=None, payback=None, marks=(),
                 since=None, open_month=None, planned=None, description=f"to {last}")  # fmt: skip
    return cumulative(made, Display(currency="USD"))


def test_a_picture_keeps_the_tokens_so_that_it_fits_every_theme() -> None:
    drawer = Drawer()
    drawn = drawer.draw(_chart(500))
    drawer.close()
    assert "var(--value)" in drawn.wide
    assert not re.findall(r"#[0-9a-f]{6}\b", drawn.wide)
    assert len(drawn.wide) < 8000


def test_slim_names_and_strips() -> None:
    path = '<path id="clip0" clip-path="url(#clip0)" d="M1.23456,2" opacity="1"/>'
    given = f'<svg class="marks" version="1.1"><g></g>{path}</svg>'
    assert slim(given, "x") == '<svg><path id="x-clip0" clip-path="url(#x-clip0)" d="M1.23,2"/></svg>'


def test_differences_that_cannot_be_seen_are_not_drawn_anew() -> None:
    big = [msgspec.json.encode(_chart(1_000_000 + extra).rows) for extra in (0, 40)]
    assert big[0].replace(b"1000040", b"1000000") == big[1].replace(b"1000040", b"1000000")


def test_the_last_chart_is_shown_while_the_next_is_made() -> None:
    gate, drawn = threading.Event(), []
    gate.set()

    def slow(chart: Chart) -> Drawn:
        drawn.append(chart.description)
        gate.wait(5)
        return Drawn(chart.description, "", chart.description)

    renderer = ChartRenderer(slow)
    try:
        assert renderer.chart("board", _chart(1), NOW).description == "to 1"
        gate.clear()
        assert renderer.chart("board", _chart(2), NOW + timedelta(seconds=9)).description == "to 1"
        assert drawn == ["to 1"]
        assert renderer.chart("board", _chart(2), NOW + EVERY).description == "to 1"
        assert not renderer.ready(_chart(2))
        gate.set()
        assert renderer.chart("board", _chart(2), NOW + EVERY, wait=True).description == "to 2"
        assert renderer.ready(_chart(2))
        assert renderer.chart("board", _chart(1), NOW + EVERY).description == "to 1"
        assert drawn == ["to 1", "to 2"]
    finally:
        gate.set()
        renderer.close()


def test_a_chart_that_failed_is_tried_again() -> None:
    calls = []

    def once(chart: Chart) -> Drawn:
        calls.append(chart)
        if len(calls) == 1:
            raise ValueError("no")
        return Drawn("", "", "fine")

    renderer = ChartRenderer(once)
    try:
        with pytest.raises(ValueError, match="no"):
            renderer.chart("board", _chart(1), NOW)
        assert renderer.chart("board", _chart(1), NOW).description == "fine"
    finally:
        renderer.close()


def test_warming_up_draws() -> None:
    renderer = ChartRenderer()
    began = time.monotonic()
    renderer.warm()
    assert time.monotonic() - began < 1
    renderer.close()


def test_a_spark_breaks_where_a_month_is_unknown() -> None:
    values = [1.0, 2.0, None, 4.0, 3.0]
    made = spark([Point(str(place), value) for place, value in enumerate(values)])
    line = re.search(r'd="([^"]*)" fill="none"', made)
    assert line is not None
    assert line[1].count("M") == 2
    assert spark([Point("a", 1.0), Point("b", None)]) == ""
    assert "NaN" not in spark([Point("a", 1.0), Point("b", 1.0)])


def test_drawing_goes_on_after_its_process_ended() -> None:
    drawer = Drawer()
    before = drawer.draw(_chart(7))
    process = drawer._process
    assert process is not None
    process.kill()
    process.wait()
    assert drawer.draw(_chart(7)) == before
    drawer.close()
    assert drawer._process is None


def test_what_a_reader_waits_for_is_done_first() -> None:
    queue, gate, done = Queue("test"), threading.Event(), []
    try:
        first = queue.submit(lambda: gate.wait(5))
        later = [queue.submit(lambda name=name: done.append(name), later=True) for name in ("one", "two", "three")]
        queue.submit(lambda: done.append("now"))
        queue.hurry(later[1])
        queue.hurry(first)
        gate.set()
        for made in later:
            made.result(5)
        assert done == ["now", "two", "one", "three"]
        queue.hurry(later[0])
    finally:
        gate.set()
        queue.close()


def test_a_queue_that_closes_cancels_what_has_not_begun() -> None:
    queue, gate, begun = Queue("test"), threading.Event(), threading.Event()

    def first() -> str:
        begun.set()
        gate.wait(5)
        return "done"

    running, waiting = queue.submit(first), queue.submit(lambda: "never")
    begun.wait(5)
    closing = threading.Thread(target=queue.close)
    closing.start()
    with pytest.raises(CancelledError):
        waiting.result(5)
    gate.set()
    closing.join(5)
    assert running.result(0) == "done"


def test_the_words_at_the_crossing_stand_where_no_line_runs() -> None:
    def way(net: tuple[int, ...], plan: tuple[int, ...]) -> dict[str, object]:
        points = tuple(TrendPoint(on=date(2026, month, 28), net=Decimal(n), plan=Decimal(p), running=False)
                       for month, (n, p) in enumerate(zip(net, plan, strict=True), 1))  # fmt: skip
        made = Trend(points=points, months=tuple(point.on.replace(day=1) for point in points),
                     break_even=date(2026, 4, 28), payback=None, marks=(), since=None, open_month=None, planned="all",
                     description="x")  # fmt: skip
        (cross,) = cumulative(made, Display(currency="USD")).rows["cross"]
        return cross

    net = (-300, -200, -100, 0, 100, 200, 300, 400, 500, 600, 700)
    free = way(net, tuple(value + 200 for value in net))
    assert (free["above"], free["label_at"]) == (False, 0)
    below = way(net, tuple(-60 + place // 4 for place in range(11)))
    assert below["above"] is True
    both = way(net, (-90, 40, 40, 20, -20, -60, -60, -60, -60, -60, -60))
    assert both["above"] is False
    assert float(str(both["label_at"])) <= -60


def test_hours_are_those_of_the_reader() -> None:
    show = Display(currency="USD", zone=ZoneInfo("America/New_York"))
    day = datetime(2026, 11, 22, 5, tzinfo=UTC)
    made = times([day, day + timedelta(hours=24)], show)
    assert made.labels[0] == "00:00"
    assert made.ticks[0] == day.timestamp() * 1000
    months = times([date(2026, 1, 1), date(2026, 6, 1)], show)
    assert months.labels[0] == "Jan 26"
