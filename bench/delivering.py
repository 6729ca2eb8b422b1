"""Scheduled reports over 90 simulated days: none missed, none doubled.

Two servers share one state and look whenever one of them has something to do, in a drawn order. Each is down for days,
both at once for some; ways of sending refuse now and then, and servers die while they send. What should have happened
is counted from the calendar, half hour by half hour, apart from the product's own code.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from bench.plan import Plan
from bench.results import Result, figure
from breakeven.delivery.courier import Courier
from breakeven.delivery.ways import Answer, Parcel, Refused, Sent, Surroundings
from breakeven.ledger.ledger import Ledger
from breakeven.reports.archive import Archive
from breakeven.store.duckdb import MEMORY, DuckDBStore
from breakeven.store.state import State, file_url
from breakeven.store.state_deliveries import HELD_FOR, deliveries, runs
from breakeven.workspace import load
from breakeven.workspace.definitions import Workspace
from breakeven.workspace.reports import Recipient

DAYS = 90
STARTS = (datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 9, 1, tzinfo=UTC))
"""From each of them on 90 days hold a change of the clock in Berlin and one in New York."""
MINUTE, HALF_HOUR, DAY = timedelta(minutes=1), timedelta(minutes=30), timedelta(days=1)
DOWN: tuple[tuple[int, float, float], ...] = ((0, 19.3, 24.6), (1, 22.1, 31.4), (0, 55.0, 55.9), (1, 55.2, 70.0))
"""Server, first and last day on which it does not run; both are down from day 22 to 24 and on day 55."""
REFUSED, KILLED = 0.1, 0.02
"""How often a way of sending refuses, and how often the server dies before or after it sent."""

WORKSPACE = "name: Soak\ncurrency: EUR\ntime_zone: Europe/Berlin\nfiscal_year_start: 2\n"
REPORTS = """\
reports:
  brief: {title: Brief, sections: [{title: Words, text: "In {period}."}]}
schedules:
  nightly: {report: brief, every: day, at: "02:30", formats: [json], to: [{webhook: {env: A}}, {webhook: {env: B}}]}
  working: {report: brief, every: weekday, at: "18:00", time_zone: America/New_York, formats: [json],
            to: [{webhook: {env: A}}]}
  mondays: {report: brief, every: week, at: "07:00", formats: [json], to: [{webhook: {env: A}}]}
  fortnight: {report: brief, every: two weeks, on: thursday, at: "07:00", start: 2026-01-08, formats: [json],
              to: [{webhook: {env: A}}]}
  monthly: {report: brief, every: month, at: "07:00", formats: [json], missed: each, to: [{webhook: {env: A}}]}
  quarterly: {report: brief, every: quarter, at: "00:00", formats: [json], to: [{webhook: {env: A}}]}
"""
RULES: dict[str, tuple[str, time, Callable[[date], bool]]] = {
    "nightly": ("Europe/Berlin", time(2, 30), lambda _: True),
    "working": ("America/New_York", time(18), lambda day: day.isoweekday() <= 5),
    "mondays": ("Europe/Berlin", time(7), lambda day: day.isoweekday() == 1),
    "fortnight": ("Europe/Berlin", time(7), lambda day: (day - date(2026, 1, 8)).days % 14 == 0),
    "monthly": ("Europe/Berlin", time(7), lambda day: day.day == 1),
    "quarterly": ("Europe/Berlin", time(0), lambda day: day.day == 1 and day.month in (2, 5, 8, 11)),
}
"""The same once more, for the count: zone, time of day, whether a local day is meant."""


class Killed(BaseException):
    """The process of a server is gone."""


class Clock:
    """The simulated time."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


class Outside:
    """The other end of a webhook: counts what it got, refuses now and then, and servers die beside it."""

    def __init__(self, drawn: random.Random) -> None:
        self._drawn = drawn
        self.got: Counter[tuple[str, str]] = Counter()
        self.refused = self.killed = 0

    def __call__(self, parcel: Parcel, recipient: Recipient, around: Surroundings) -> Answer:  # noqa: ARG002
        key, chance = (parcel.message.run, recipient.name), self._drawn.random()
        if chance < KILLED:
            self.killed += 1
            self.got[key] += chance < KILLED / 2
            raise Killed
        if chance < KILLED + REFUSED:
            self.refused += 1
            return Refused("not now")
        self.got[key] += 1
        return Sent()


class Server:
    """One server: a courier over the shared state, which a new one follows when it died."""

    def __init__(self, make: Callable[[], Courier]) -> None:
        self._make, self.courier = make, make()

    def look(self) -> None:
        """What the server does when it wakes."""
        try:
            self.courier.look()
        except Killed:
            self.courier = self._make()

    def next_time(self) -> datetime:
        """When it wakes next."""
        found = [self.courier.next_time(name) for name in self.courier.schedules]
        return min(one for one in found if one is not None)


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What came of the days."""

    expected: int
    """Times at which a report was due."""
    made: int
    covered: int
    """Times that went by while no server ran, and were made up for by the next one."""
    missed: tuple[str, ...]
    doubled: tuple[str, ...]
    """Runs that somebody got twice, or runs of no time that was due."""
    lost: tuple[str, ...]
    """Deliveries that were not sent and are not said to be unclear."""
    sent: int
    unclear: int
    refused: int
    killed: int
    latest: timedelta
    """The longest from a due time, or from when a server ran again, to the report being made."""


def soak(
    folder: Path, start: datetime, days: int = DAYS, seed: int = 1, names: Collection[str] = tuple(RULES)
) -> Outcome:
    """Simulate days from a start on, of some of the schedules."""
    (folder / "workspace.yaml").write_text(WORKSPACE, encoding="utf-8")
    (folder / "reports.yaml").write_text(REPORTS, encoding="utf-8")
    workspace, clock, drawn = _only(load(folder), names), Clock(start), random.Random(seed)
    outside, end = Outside(drawn), start + days * DAY
    with ExitStack() as stack:
        store = DuckDBStore.open(MEMORY, time_zone="Europe/Berlin", threads=1)
        stack.callback(store.close)
        servers, states = [], []
        for _ in range(2):
            state = State.open(file_url(folder / "state.sqlite"))
            stack.callback(state.close)
            ledger = Ledger(workspace, store, state=state)

            def made(ledger: Ledger = ledger, state: State = state) -> Courier:
                return Courier(
                    workspace, ledger, Archive(state, folder), lambda _: "", {"webhook": outside}, clock=clock
                )

            servers.append(Server(made))
            states.append(state)
        while clock.now < end:
            up = [server for number, server in enumerate(servers) if not _down(number, clock.now - start)]
            for server in drawn.sample(up, len(up)):
                server.look()
            clock.now = min(_wakes(up, clock.now, start), end)
        clock.now = end + HELD_FOR
        servers[0].look()
        return _judged(states[0], outside, names, start, end)


def _only(workspace: Workspace, names: Collection[str]) -> Workspace:
    reporting = workspace.reporting
    kept = {name: one for name, one in reporting.schedules.items() if name in names}
    return msgspec.structs.replace(workspace, reporting=msgspec.structs.replace(reporting, schedules=kept))


def _down(number: int, at: timedelta) -> bool:
    return any(server == number and first * DAY <= at < last * DAY for server, first, last in DOWN)


def _wakes(up: Sequence[Server], now: datetime, start: datetime) -> datetime:
    """The next moment at which anything happens: a server wakes, stops or starts."""
    edges = [start + day * DAY for _, first, last in DOWN for day in (first, last)]
    return min(max(now + MINUTE, one) for one in (*(server.next_time() for server in up),
                                                  *(edge for edge in edges if edge > now), now + DAY))  # fmt: skip


def expected(name: str, start: datetime, end: datetime) -> Iterator[datetime]:
    """When a schedule is due, found by going through the half hours, at which all of them are."""
    zone_name, at, meant = RULES[name]
    zone, found = ZoneInfo(zone_name), dict[date, datetime]()
    moment = start + HALF_HOUR
    offset = start.astimezone(zone).utcoffset() or timedelta()
    while moment <= end:
        local = moment.astimezone(zone)
        # In the night in which an hour is left out its times are counted as if the clock had not been set.
        for shown in (local.replace(tzinfo=None), (moment + offset).replace(tzinfo=None)):
            if shown.time() == at and meant(shown.date()):
                found.setdefault(shown.date(), moment)
        if local.time() == time(12):
            offset = local.utcoffset() or timedelta()
        moment += HALF_HOUR
    yield from found.values()


def _judged(state: State, outside: Outside, names: Collection[str], start: datetime, end: datetime) -> Outcome:
    done = {run.run: run for run in runs(state)}
    sent = {run: {one.recipient: one for one in found} for run, found in deliveries(state, list(done)).items()}
    due = {f"{name}@{at:%Y-%m-%dT%H:%MZ}": at for name in names for at in expected(name, start, end)}
    missed = [name for name, at in due.items() if name not in done
              or (done[name].status == "covered" and not _nobody(at - start))]  # fmt: skip
    lost = [f"{run} to {name}" for run, found in sent.items() for name, one in found.items()
            if (one.status == "sent") != (outside.got[run, name] == 1) and one.status != "unclear"]  # fmt: skip
    late = [(run.made_at or end) - _possible(run.due - start, start) for run in done.values()
            if run.status in ("done", "sending") and run.made_at is not None]  # fmt: skip
    return Outcome(
        expected=len(due), made=sum(run.status != "covered" for run in done.values()),
        covered=sum(run.status == "covered" for run in done.values()), missed=tuple(missed), lost=tuple(lost),
        doubled=(*(f"{run} to {name}" for (run, name), times in outside.got.items() if times > 1),
                 *(name for name in done if name not in due)),
        sent=sum(one.status == "sent" for found in sent.values() for one in found.values()),
        unclear=sum(one.status == "unclear" for found in sent.values() for one in found.values()),
        refused=outside.refused, killed=outside.killed, latest=max(late),
    )  # fmt: skip


def _nobody(at: timedelta) -> bool:
    """Whether no server runs."""
    return _down(0, at) and _down(1, at)


def _possible(at: timedelta, start: datetime) -> datetime:
    """The first moment from then on at which a server runs."""
    while _nobody(at):
        at = min(last * DAY for server, first, last in DOWN if first * DAY <= at < last * DAY)
    return start + at


def delivering(plan: Plan) -> list[Result]:
    """Both windows of 90 days."""
    found = []
    for start in STARTS:
        folder = plan.folder / f"soak-{start:%Y-%m}"
        folder.mkdir(parents=True, exist_ok=True)
        one = soak(folder, start)
        counts = {"due": one.expected, "made": one.made, "covered": one.covered, "missed": len(one.missed),
                  "doubled": len(one.doubled), "lost": len(one.lost), "sent": one.sent, "unclear": one.unclear,
                  "refused": one.refused, "killed": one.killed}  # fmt: skip
        found.append(Result(
            benchmark="deliver", case=f"{DAYS} days from {start:%Y-%m-%d}, two servers", rows=None,
            figures=(*(figure(name, "", [count]) for name, count in counts.items()),
                     figure("latest", "s", [one.latest.total_seconds()])),
        ))  # fmt: skip
    return found
