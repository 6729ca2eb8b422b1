"""Reports on their cadence, end to end: made once, kept first, sent at the most once, made up for once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from datetime import UTC, datetime, time, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest
from bench import delivering
from tests.delivery.conftest import Office

from breakeven.delivery import making
from breakeven.delivery.asking import period_at
from breakeven.delivery.carrying import MOST_TRIES, again_at
from breakeven.delivery.courier import Courier
from breakeven.delivery.standing import one_standing, standing
from breakeven.delivery.timetable import Timetable
from breakeven.delivery.ways import Answer, Parcel, Refused, Sent, Surroundings
from breakeven.errors import UnknownName, UsageProblem
from breakeven.period import Calendar
from breakeven.reports import compose
from breakeven.store.state_deliveries import HELD_FOR, deliveries, one_run, runs
from breakeven.workspace.pulls import Secret
from breakeven.workspace.reports import Cadence, Recipient, Wish

HOOK = Recipient(name="hook", channel="webhook", url=Secret(env="HOOK"))
OUT = Recipient(name="out", channel="folder", address="out")


class Hook:
    """The other end, in this process."""

    def __init__(self) -> None:
        self.got: list[str] = []
        self.answer: Answer = Sent()

    def __call__(self, parcel: Parcel, recipient: Recipient, around: Surroundings) -> Answer:  # noqa: ARG002
        self.got.append(parcel.message.run)
        return self.answer


def statuses(office: Office) -> dict[str, str]:
    return {run.run: run.status for run in runs(office.state)}


def test_a_report_goes_out_when_it_is_due_and_once(office: Office) -> None:
    office.declare(OUT)
    courier = office.courier()
    assert courier.look() == []
    assert courier.next_time("monthly") == datetime(2026, 5, 1, 7, tzinfo=UTC)
    office.clock.now = datetime(2026, 5, 1, 7, tzinfo=UTC)
    assert courier.look() == ["monthly@2026-05-01T07:00Z"]
    assert courier.look() == []
    (file,) = (office.folder / "out").iterdir()
    assert file.name == "monthly_2026-04_2026-05-01.md"
    assert "April 2026" in file.read_text()
    (issue,) = office.archive.issues()
    assert (issue.run, issue.schedule, issue.recipients) == ("monthly@2026-05-01T07:00Z", "monthly", ("out",))
    assert office.archive.content(issue.id) == file.read_bytes()


def test_what_was_missed_is_made_up_for_once(office: Office) -> None:
    office.declare(OUT, cadence=Cadence(every="week"))
    office.declare(OUT, name="whole", cadence=Cadence(every="week"), missed="each")
    courier = office.courier()
    courier.look()
    office.clock.pass_(days=21)
    assert len(courier.look()) == 4
    assert [(run.due.day, run.status) for run in runs(office.state, "monthly")] == [
        (18, "done"), (11, "covered"), (4, "covered")]  # fmt: skip
    assert {run.status for run in runs(office.state, "whole")} == {"done"}
    assert office.courier().look() == []


def test_another_cadence_begins_anew(office: Office) -> None:
    office.declare(OUT, cadence=Cadence(every="week"))
    office.courier().look()
    office.clock.pass_(days=21)
    office.declare(OUT, cadence=Cadence(every="day"))
    assert office.courier().look() == []
    office.clock.pass_(days=1)
    assert len(office.courier().look()) == 1


def test_a_report_that_is_late_is_about_its_own_period(office: Office) -> None:
    office.declare(OUT)
    office.courier().look()
    office.clock.now = datetime(2026, 6, 3, tzinfo=UTC)
    office.courier().look()
    (file,) = (office.folder / "out").iterdir()
    assert file.name == "monthly_2026-05_2026-06-01.md"
    calendar, due = Calendar(), datetime(2026, 12, 31, tzinfo=UTC)
    later = due + timedelta(days=2)
    meant = {"last-month": "2026-11", "ytd": "2026", "last-quarter": "2026-Q3", "2026-Q1": "2026-Q1", "all": "all"}
    assert {text: period_at(calendar, text, due, later) for text in meant} == meant
    assert period_at(calendar, "ytd", due, due + timedelta(hours=3)) == "ytd"


def test_of_two_servers_one_sends(office: Office) -> None:
    hook = Hook()
    office.declare(HOOK, cadence=Cadence(every="day"))
    couriers = [office.courier(office.open_state(), webhook=hook) for _ in range(3)]
    couriers[0].look()
    office.clock.pass_(days=1)
    start = threading.Barrier(len(couriers))

    def work(courier: Courier) -> None:
        start.wait(30)
        courier.look()

    threads = [threading.Thread(target=work, args=(courier,)) for courier in couriers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert hook.got == ["monthly@2026-05-01T07:00Z"]
    assert len(office.archive.issues()) == 1
    assert statuses(office) == {"monthly@2026-05-01T07:00Z": "done"}


def test_a_refusal_is_tried_again_later_and_later_and_shown(office: Office) -> None:
    hook = Hook()
    hook.answer = Refused("not now")
    office.declare(HOOK)
    run = office.courier(webhook=hook).send("monthly", key="once")
    courier, tried = office.courier(webhook=hook), [office.clock.now]
    workspace = msgspec.structs.replace(office.firm.workspace, reporting=office.reporting)
    while (again := courier.next_time("monthly")) is not None and one_run(office.state, run.run).status != "done":
        assert "it is tried again" in standing(workspace, office.state, office.clock.now)[0].findings[0]
        assert courier.look() == []
        office.clock.now = again
        assert courier.look() == [run.run]
        tried.append(again)
    (one,) = deliveries(office.state, [run.run])[run.run]
    assert (one.status, one.attempts, len(hook.got)) == ("given_up", MOST_TRIES, MOST_TRIES)
    waits = [later - earlier for earlier, later in pairwise(tried)]
    assert waits == sorted(waits)
    assert timedelta(hours=5) < tried[-1] - tried[0] < timedelta(hours=8)
    assert again_at(office.clock.now, MOST_TRIES) is None
    (finding,) = one_standing(workspace, office.state, "monthly", office.clock.now).findings
    assert finding == f"{run.run} never reached hook: not now"
    hook.answer = Sent()
    assert courier.resend(run.run, "hook", by="Eve").status == "done"
    assert len(hook.got) == MOST_TRIES + 1


def test_a_key_sends_once(office: Office) -> None:
    hook = Hook()
    office.declare(HOOK)
    courier = office.courier(webhook=hook)
    first = courier.send("monthly", key="button-1")
    assert courier.send("monthly", key="button-1") == first
    assert len(hook.got) == 1
    with pytest.raises(UsageProblem, match="the key 'a b' cannot be used"):
        courier.send("monthly", key="a b")
    with pytest.raises(UnknownName, match="unknown report schedule 'nightly'"):
        courier.send("nightly")


def test_what_cannot_be_made_is_tried_again(office: Office) -> None:
    office.declare(OUT, wish=Wish(project=("nobody",)))
    run = office.courier().send("monthly")
    assert (run.status, run.attempts) == ("retry", 1)
    assert run.error is not None
    assert "nobody" in run.error
    office.declare(OUT)
    assert office.courier().look() == []
    office.clock.pass_(minutes=1)
    assert office.courier().look() == [run.run]
    assert one_run(office.state, run.run).status == "done"


def test_what_was_kept_is_what_is_sent_however_late(office: Office) -> None:
    """A report is not made again for a second try, even if the figures are others by then."""
    hook = Hook()
    hook.answer = Refused("not now")
    office.declare(HOOK)
    run = office.courier(webhook=hook).send("monthly")
    office.declare(HOOK, report="cfo")
    hook.answer = Sent()
    office.clock.pass_(hours=1)
    office.courier(webhook=hook).look()
    assert one_run(office.state, run.run).status == "done"
    assert [issue.report for issue in office.archive.issues()] == ["summary"]


def test_a_recipient_that_is_no_longer_declared_gets_nothing(office: Office) -> None:
    hook = Hook()
    hook.answer = Refused("not now")
    office.declare(HOOK)
    run = office.courier(webhook=hook).send("monthly")
    office.declare(OUT)
    office.clock.pass_(hours=1)
    office.courier(webhook=hook).look()
    (one,) = deliveries(office.state, [run.run])[run.run]
    assert (one.error, len(hook.got)) == ("it is no longer in reports.yaml", 1)


KILLED = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from breakeven.delivery.courier import Courier
from breakeven.delivery.folder import to_folder
from breakeven.ledger.ledger import Ledger
from breakeven.reports.archive import Archive
from breakeven.store.duckdb import MEMORY, DuckDBStore
from breakeven.store.state import State, file_url
from breakeven.workspace import load

folder = Path(sys.argv[1])
workspace, state = load(folder), State.open(file_url(folder / "state.sqlite"))
def die(parcel, recipient, around):
    print("claimed", flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
ledger = Ledger(workspace, DuckDBStore.open(MEMORY, time_zone="UTC"), state=state)
ways = {"webhook": die, "folder": lambda *given: (to_folder(*given), die(*given))[0]}
Courier(workspace, ledger, Archive(state, folder), str, ways, clock=lambda: datetime(2026, 4, 30, 12, tzinfo=UTC)).send(
    sys.argv[2], key="killed")
"""


@pytest.mark.parametrize(("channel", "after"), [("webhook", "unclear"), ("folder", "sent")])
def test_killed_between_claim_and_mark(office: Office, channel: str, after: str) -> None:
    """Nobody gets it twice: it is unclear, or done again where that is the same as done once."""
    to = "{folder: out}" if channel == "folder" else "{webhook: {env: HOOK}}"
    (office.folder / "workspace.yaml").write_text("name: Killed\ncurrency: USD\n")
    (office.folder / "reports.yaml").write_text(
        f"schedules:\n  one: {{report: summary, every: month, formats: [md], to: [{to}]}}\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(office.folder), "one"], capture_output=True, text=True, timeout=60,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (-signal.SIGKILL, "claimed\n"), done.stderr
    hook, recipient = Hook(), Recipient(name="folder out", channel="folder", address="out")
    office.declare(recipient if channel == "folder" else msgspec.structs.replace(HOOK, name="webhook HOOK"), name="one")
    courier = office.courier(webhook=hook)
    assert courier.look() == ["one@key-killed"]
    (one,) = deliveries(office.state, ["one@key-killed"])["one@key-killed"]
    assert (one.status, hook.got) == (after, [])
    if channel == "webhook":
        (finding,) = courier_findings(office)
        assert finding.startswith("whether one@key-killed reached webhook HOOK is not known: its process ended")
        assert courier.look() == []
    else:
        assert len(list((office.folder / "out").iterdir())) == 1


def courier_findings(office: Office) -> tuple[str, ...]:
    workspace = msgspec.structs.replace(office.firm.workspace, reporting=office.reporting)
    return standing(workspace, office.state, office.clock.now)[0].findings


def test_the_timetable_wakes_the_courier(office: Office) -> None:
    """APScheduler itself: what was missed goes out at once, and closing waits for what is under way."""
    sent = threading.Event()

    def hook(parcel: Parcel, recipient: Recipient, around: Surroundings) -> Answer:
        sent.set()
        return Sent()

    office.declare(HOOK, cadence=Cadence(every="day", at=time(0)))
    courier = office.courier(webhook=hook)
    courier.look()
    office.clock.now = datetime.now(UTC)
    timetable = Timetable(courier)
    timetable.start()
    assert sent.wait(30)
    timetable.close()
    assert [run.status for run in runs(office.state)][:1] in (["done"], ["sending"])
    assert courier.look() == []


SPRING, AUTUMN = delivering.STARTS[0], datetime(2026, 10, 21, tzinfo=UTC)


@pytest.mark.parametrize(
    ("start", "days", "names"),
    [(SPRING, 90, tuple(set(delivering.RULES) - {"nightly"})), (datetime(2026, 3, 25, tzinfo=UTC), 6, ("nightly",)),
     (AUTUMN, 14, ("nightly", "working"))],
)  # fmt: skip
def test_a_season_without_a_missed_or_doubled_run(
    start: datetime, days: int, names: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As `bench/delivering.py` runs it, over a change of the clock; a report is composed once and then taken again."""

    @cache
    def once(name: str, live: bool, locale: str) -> Any:
        return compose(*first, live=live, locale=locale)

    first: list[Any] = []

    def composed(ledger: Any, name: str, filters: Any, now: datetime, *, live: bool, locale: str, rights: Any) -> Any:
        first[:] = first or [ledger, name, filters, now]
        return once(name, live, locale)

    monkeypatch.setattr(making, "compose", composed)
    found = delivering.soak(tmp_path, start, days, names=names)
    assert (found.missed, found.doubled, found.lost) == ((), (), ())
    assert found.made + found.covered == found.expected
    assert found.expected >= days - 2
    assert found.latest < timedelta(minutes=2)
    if days == delivering.DAYS:
        assert min(found.covered, found.killed, found.refused, found.unclear) > 0


def test_a_hold_is_longer_than_any_sending() -> None:
    assert timedelta(minutes=5) < HELD_FOR
