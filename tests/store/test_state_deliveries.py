"""Scheduled reports in the state, on every engine: one maker, one sender, nothing twice, the unknown said."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest

from breakeven.errors import NotFound, UsageProblem
from breakeven.store import state_deliveries as kept
from breakeven.store.state import State
from breakeven.store.state_audit import audit_log
from breakeven.store.state_deliveries import HELD_FOR

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
RUN = "weekly@2026-11-02T06:00Z"


def on_its_way(state: State, *recipients: tuple[str, str]) -> None:
    assert kept.take(state, RUN, "weekly", NOON, "one", NOON)
    assert kept.made(state, RUN, "one", NOON, b"{}", {"pdf": 7}, recipients or [("ana", "mail")])


def status(state: State) -> dict[str, str]:
    return {one.recipient: one.status for one in kept.deliveries(state, [RUN])[RUN]}


def test_a_cadence_is_known_since_it_was_first_seen(state: State) -> None:
    assert kept.seen(state, "weekly", "a", NOON) == NOON
    assert kept.seen(state, "weekly", "a", NOON + MINUTE) == NOON
    assert kept.seen(state, "weekly", "b", NOON + MINUTE) == NOON + MINUTE
    kept.seen(state, "other", "a", NOON)
    kept.forget(state, ["other"])
    assert kept.seen(state, "weekly", "b", NOON + 2 * MINUTE) == NOON + 2 * MINUTE
    assert kept.seen(state, "other", "a", NOON + 2 * MINUTE) == NOON


def test_one_makes_a_run(state: State) -> None:
    earlier = {"weekly@2026-10-26T06:00Z": NOON - timedelta(days=7)}
    assert kept.take(state, RUN, "weekly", NOON, "one", NOON, covers=earlier)
    assert not kept.take(state, RUN, "weekly", NOON, "two", NOON, covers=earlier)
    assert {run.run: run.status for run in kept.runs(state)} == {RUN: "making", **dict.fromkeys(earlier, "covered")}
    assert kept.latest_due(state, "weekly") == NOON
    assert not kept.made(state, RUN, "two", NOON, b"{}", {}, [])
    assert kept.take(state, "weekly@hand", "weekly", NOON + MINUTE, "two", NOON, by_hand=True)
    assert kept.latest_due(state, "weekly") == NOON


def test_what_cannot_be_made_is_tried_again_until_it_is_given_up(state: State) -> None:
    kept.take(state, RUN, "weekly", NOON, "one", NOON)
    kept.failed(state, RUN, "one", NOON, "no disk", NOON + MINUTE)
    assert not kept.retake(state, RUN, "two", NOON)
    assert kept.retake(state, RUN, "two", NOON + MINUTE)
    assert not kept.retake(state, RUN, "three", NOON + MINUTE)
    kept.failed(state, RUN, "two", NOON, "no disk", None)
    (run,) = kept.runs(state, "weekly", status=("given_up",))
    assert (run.attempts, run.error) == (2, "no disk")
    assert not kept.retake(state, RUN, "two", NOON + MINUTE)


def test_a_maker_that_is_silent_is_followed_by_another(state: State) -> None:
    kept.take(state, RUN, "weekly", NOON, "one", NOON)
    kept.let_go(state, NOON + HELD_FOR - MINUTE)
    assert not kept.retake(state, RUN, "two", NOON + HELD_FOR - MINUTE)
    kept.let_go(state, NOON + HELD_FOR)
    assert kept.retake(state, RUN, "two", NOON + HELD_FOR)
    assert not kept.made(state, RUN, "one", NOON + HELD_FOR, b"{}", {}, [])
    assert kept.made(state, RUN, "two", NOON + HELD_FOR, b"{}", {}, [("ana", "mail")])


def test_one_sends_a_delivery_and_says_how_it_ended(state: State) -> None:
    on_its_way(state, ("ana", "mail"), ("ben", "mail"))
    assert kept.claim(state, RUN, "ana", "one", NOON)
    assert not kept.claim(state, RUN, "ana", "two", NOON)
    kept.end(state, RUN, "ana", "two", NOON, "sent")
    assert status(state) == {"ana": "sending", "ben": "waiting"}
    kept.end(state, RUN, "ana", "one", NOON, "sent")
    assert kept.claim(state, RUN, "ben", "two", NOON)
    kept.end(state, RUN, "ben", "two", NOON, "retry", error="busy", not_before=NOON + MINUTE)
    assert not kept.claim(state, RUN, "ben", "one", NOON)
    assert kept.one_run(state, RUN).status == "sending"
    assert kept.claim(state, RUN, "ben", "one", NOON + MINUTE)
    kept.end(state, RUN, "ben", "one", NOON, "sent")
    assert kept.one_run(state, RUN).status == "done"
    assert not kept.claim(state, RUN, "ana", "one", NOON)


def test_of_a_dead_sender_it_is_unclear_whether_it_sent(state: State) -> None:
    on_its_way(state, ("ana", "mail"), ("out", "folder"))
    kept.claim(state, RUN, "ana", "one", NOON)
    kept.claim(state, RUN, "out", "one", NOON)
    assert kept.let_go(state, NOON + HELD_FOR - MINUTE) == []
    assert kept.let_go(state, NOON + HELD_FOR) == [(RUN, "ana")]
    assert status(state) == {"ana": "unclear", "out": "retry"}
    assert not kept.claim(state, RUN, "ana", "two", NOON + HELD_FOR)
    assert kept.claim(state, RUN, "out", "two", NOON + HELD_FOR)
    # One that was only slow knows better.
    kept.end(state, RUN, "ana", "one", NOON + HELD_FOR, "sent")
    assert status(state)["ana"] == "sent"


def test_a_person_sends_once_more_what_is_unclear(state: State) -> None:
    on_its_way(state)
    kept.claim(state, RUN, "ana", "one", NOON)
    with pytest.raises(UsageProblem, match="is sending: only what is unclear or given up"):
        kept.resend(state, RUN, "ana", NOON, by="Eve")
    kept.end(state, RUN, "ana", "one", NOON, "unclear", error="silence")
    assert kept.one_run(state, RUN).status == "done"
    kept.resend(state, RUN, "ana", NOON, by="Eve")
    assert (status(state), kept.one_run(state, RUN).status) == ({"ana": "waiting"}, "sending")
    assert [(line.who, line.action, line.subject, line.note) for line in audit_log(state)] == [
        ("Eve", "resend", RUN, "ana")
    ]
    with pytest.raises(NotFound, match="no delivery of"):
        kept.resend(state, RUN, "nobody", NOON, by="Eve")


def test_of_many_at_once_one_gets_it(state_url: str) -> None:
    states = [State.open(state_url) for _ in range(4)]
    start, taken, claimed = threading.Barrier(len(states)), list[str](), list[str]()

    def work(number: int, state: State) -> None:
        name = f"holder-{number}"
        start.wait(30)
        if kept.take(state, RUN, "weekly", NOON, name, NOON):
            taken.append(name)
            kept.made(state, RUN, name, NOON, b"{}", {}, [("ana", "mail")])
        start.wait(30)
        if kept.claim(state, RUN, "ana", name, NOON):
            claimed.append(name)

    threads = [threading.Thread(target=work, args=one) for one in enumerate(states)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(taken), len(claimed)) == (1, 1)
    for state in states:
        state.close()


def test_a_state_may_be_made_by_many_at_once(state_url: str) -> None:
    start, made = threading.Barrier(4), list[State]()

    def work() -> None:
        start.wait(30)
        made.append(State.open(state_url))

    threads = [threading.Thread(target=work) for _ in range(start.parties)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == start.parties
    for one in made:
        one.close()
    State.open(state_url).close()
