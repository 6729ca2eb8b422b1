"""Scheduled reports while they are made: how far they are, and what is left when they are broken off."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.delivery.conftest import Office

from breakeven.delivery import making
from breakeven.delivery.courier import Courier
from breakeven.errors import Cancelled, NotFound
from breakeven.reports import watched
from breakeven.reports.progress import Step, step
from breakeven.store.state_deliveries import one_run, runs
from breakeven.workspace.reports import Recipient

OUT = Recipient(name="out", channel="folder", address="out")
DUE, RUN = datetime(2026, 5, 1, 7, tzinfo=UTC), "monthly@2026-05-01T07:00Z"


def kept(office: Office) -> tuple[int, list[str], int]:
    """Issues, statuses of runs, files that were sent."""
    out = office.folder / "out"
    sent = len(list(out.iterdir())) if out.exists() else 0
    return len(office.archive.issues()), [run.status for run in runs(office.state)], sent


def meanwhile(monkeypatch: pytest.MonkeyPatch, do: Callable[[], None]) -> None:
    """Something happens in the middle of composing."""
    compose = making.compose

    def composed(*given: Any, **more: Any) -> Any:
        step("In the middle", 1, 2)
        do()
        step("After it", 1, 2)
        return compose(*given, **more)

    monkeypatch.setattr(making, "compose", composed)


def due(office: Office) -> Courier:
    """A courier that has something to do."""
    office.declare(OUT, formats=("md", "csv", "json"))
    courier = office.courier()
    courier.look()
    office.clock.now = DUE
    return courier


def test_one_that_is_sent_by_hand_leaves_all_or_nothing(office: Office) -> None:
    """Broken off at each of its steps in turn, and then not: the same key can be used again all the time."""
    office.declare(OUT, formats=("md", "csv", "json"))
    courier, told = office.courier(), list[Step]()
    for most in range(20):
        told = []
        try:
            with watched(told.append, lambda most=most, to=told: len(to) >= most):  # type: ignore[misc]
                courier.send("monthly", key="a")
        except Cancelled:
            assert kept(office) == (0, [], 0)
        else:
            break
    assert [one.words for one in told] == [
        "Writing md", "Writing csv", "Writing json", "Keeping it", "Sending it to out"]  # fmt: skip
    # The last step that can be broken off is the one before it is kept.
    assert most == 4
    assert kept(office) == (3, ["done"], 3)
    courier.send("monthly", key="a")
    assert kept(office) == (3, ["done"], 3)


def test_one_that_the_server_makes_is_shown_and_broken_off(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    courier = due(office)

    def cancelled() -> None:
        (one,) = courier.under_way.all()
        assert (one.run, one.schedule, one.started, one.step) == (
            RUN, "monthly", DUE, Step(words="In the middle", done=1, total=2))  # fmt: skip
        courier.under_way.cancel(one.run)

    meanwhile(monkeypatch, cancelled)
    assert courier.look() == []
    assert (kept(office), courier.under_way.all()) == ((0, ["cancelled"], 0), [])
    assert courier.look() == []
    with pytest.raises(NotFound, match="is not being made here"):
        courier.under_way.cancel(RUN)


def test_one_that_the_end_of_its_server_breaks_off_is_made_by_the_next(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    courier = due(office)
    with monkeypatch.context() as first:
        meanwhile(first, courier.stop.set)
        assert courier.look() == []
    assert kept(office) == (0, ["retry"], 0)
    assert one_run(office.state, RUN).attempts == 0
    assert office.courier().look() == [RUN]
    assert kept(office) == (3, ["done"], 3)
    assert one_run(office.state, RUN).attempts == 1


def test_two_at_a_time_are_shown_each_by_itself(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    courier = due(office)
    both, seen = threading.Barrier(2, timeout=20), list[set[str]]()

    def met() -> None:
        both.wait()
        seen.append({one.run for one in courier.under_way.all()})
        both.wait()

    meanwhile(monkeypatch, met)
    threads = [threading.Thread(target=courier.send, args=("monthly",), kwargs={"key": key}) for key in ("a", "b")]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert seen == [{"monthly@key-a", "monthly@key-b"}] * 2
    assert len(office.archive.issues()) == 6
