"""Sources run when they are due, in a thread of their own, and stop when they are told to."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from breakeven.ingest.pulling.timetable import Timetable, due
from breakeven.store.state_pulls import begin_run, pull_states

from .conftest import NOON, Clock, Company, Reply, Site

ZONE = ZoneInfo("Europe/Berlin")


def rest(site: Site, every: str) -> dict[str, Any]:
    return {"kind": "activity", "pull": {"every": every, "rest": {"url": f"{site.url}/{every}"}}}


def test_what_is_due_comes_first(company: Company, site: Site, clock: Clock) -> None:
    puller = company.declare(
        quarter=rest(site, "15m"), hour=rest(site, "1h"), new=rest(site, "1d"), busy=rest(site, "1s")
    )
    for name in ("quarter", "hour"):
        puller.pull(name)
    begin_run(company.state, "busy", "", "elsewhere", NOON)
    now = clock.forward(minutes=1)
    assert due(puller, pull_states(company.state), now, ZONE) == {
        "new": now, "quarter": NOON + timedelta(minutes=15), "hour": NOON + timedelta(hours=1),
    }  # fmt: skip


def test_sources_run_again_and_again(company: Company, site: Site) -> None:
    thrice, asked = threading.Event(), []

    def answer(_: object) -> Reply:
        asked.append(1)
        if len(asked) >= 3:
            thrice.set()
        return Reply(b'[{"id": "%d", "time": "2026-11-01T10:00:00Z", "actor": "a"}]' % len(asked))

    site.answer = answer
    puller = company.declare(often=rest(site, "1s"))

    def clock() -> datetime:
        return datetime.now(UTC)

    puller.context = type(puller.context)(
        folder=company.folder, clock=clock, secret=puller.context.secret, stop=puller.stop
    )
    timetable = Timetable(puller, company.state, ZONE, clock)
    timetable.start()
    try:
        assert thrice.wait(30)
    finally:
        timetable.close()
    known = company.known("often")
    assert known.holder is None
    assert len(company.ids("activity")) == known.total
    assert known.total >= 2


def test_a_stop_ends_a_wait(company: Company, site: Site, clock: Clock) -> None:
    entered = threading.Event()

    def answer(_: object) -> Reply:
        entered.set()
        return Reply(b"", 503, {"Retry-After": "50"})

    site.answer = answer
    timetable = Timetable(company.declare(slow=rest(site, "1m")), company.state, ZONE, clock)
    timetable.start()
    assert entered.wait(30)
    timetable.close(timeout=30)
    assert company.known("slow").status == "interrupted"


def test_nothing_to_pull_starts_nothing(company: Company, clock: Clock) -> None:
    before = threading.active_count()
    timetable = Timetable(company.declare(), company.state, ZONE, clock)
    timetable.start()
    assert threading.active_count() == before
    timetable.close()
