"""What is remembered of pulled sources, on every engine of the state: one holder, a kept cursor, a bounded past."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from breakeven.store import state_pulls
from breakeven.store.state import State
from breakeven.store.state_pulls import (
    HELD_FOR,
    FileState,
    Lost,
    Result,
    begin_run,
    end_run,
    failing_files,
    forget_files,
    forget_pull,
    keep_file,
    keep_run,
    pull_files,
    pull_runs,
    pull_states,
    release,
)

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def test_one_holder_until_it_is_silent(state: State) -> None:
    assert begin_run(state, "s", "d", "one", NOON) is not None
    assert begin_run(state, "s", "d", "two", NOON + HELD_FOR - SECOND) is None
    assert begin_run(state, "other", "d", "two", NOON) is not None
    keep_run(state, "s", "one", NOON + HELD_FOR - SECOND)
    assert begin_run(state, "s", "d", "two", NOON + HELD_FOR) is None
    assert begin_run(state, "s", "d", "two", NOON + 2 * HELD_FOR) is not None
    with pytest.raises(Lost):
        keep_run(state, "s", "one", NOON + 2 * HELD_FOR, cursor="mine")
    end_run(state, "s", "one", NOON, NOON, Result(status="ok"))
    known = pull_states(state)["s"]
    assert (known.holder, known.cursor, known.running(NOON + 2 * HELD_FOR)) == ("two", None, True)


def test_a_dead_holder_gives_way_at_once(state: State) -> None:
    begin_run(state, "s", "d", "one", NOON)
    release(state, "s", "other")
    assert begin_run(state, "s", "d", "two", NOON + SECOND) is None
    release(state, "s", "one")
    assert pull_states(state)["s"].status == "interrupted"
    assert begin_run(state, "s", "d", "two", NOON + SECOND) is not None


def test_the_cursor_stays_with_what_it_was_declared_for(state: State) -> None:
    begin_run(state, "s", "d", "one", NOON)
    keep_run(state, "s", "one", NOON, cursor="reached")
    end_run(state, "s", "one", NOON, NOON, Result(status="failed"))
    again = begin_run(state, "s", "d", "two", NOON)
    assert again is not None
    assert again.cursor == "reached"
    end_run(state, "s", "two", NOON, NOON, Result(status="ok"))
    anew = begin_run(state, "s", "another", "three", NOON)
    assert anew is not None
    assert anew.cursor is None


def test_how_runs_end(state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state_pulls, "KEPT_RUNS", 3)
    newest = NOON - timedelta(days=1)
    results = [
        Result(status="ok", accepted=3, newest=newest), Result(status="failed", error="away", not_before=NOON),
        Result(status="failed", error="away"), Result(status="interrupted"),
        Result(status="partial", accepted=1, newest=newest - SECOND),
    ]  # fmt: skip
    seen = []
    for minute, result in enumerate(results):
        now = NOON + timedelta(minutes=minute)
        begin_run(state, "s", "d", "one", now)
        end_run(state, "s", "one", now, now + SECOND, result)
        known = pull_states(state)["s"]
        seen.append((known.status, known.failures, known.total, known.succeeded, known.newest, known.not_before))
    assert seen == [
        ("ok", 0, 3, NOON, newest, None), ("failed", 1, 3, NOON, newest, NOON), ("failed", 2, 3, NOON, newest, None),
        ("interrupted", 2, 3, NOON, newest, None), ("partial", 0, 4, NOON + timedelta(minutes=4), newest, None),
    ]  # fmt: skip
    assert [one.status for one in pull_runs(state, "s")] == ["partial", "interrupted", "failed"]


def test_files(state: State) -> None:
    begin_run(state, "s", "d", "one", NOON)
    file = FileState(path="a/ü.csv", size=1 << 40, modified="x", digest="y", declared="z", taken_at=NOON)
    keep_file(state, "s", "one", NOON, file)
    bad = msgspec.structs.replace(file, path="b", error="damaged")
    keep_file(state, "s", "one", NOON, bad)
    keep_file(state, "s", "one", NOON, msgspec.structs.replace(bad, size=2))
    with pytest.raises(Lost):
        keep_file(state, "s", "two", NOON, file)
    assert pull_files(state, "s")["a/ü.csv"] == file
    assert pull_files(state, "s")["b"].size == 2
    assert failing_files(state) == {"s": [("b", "damaged")]}
    forget_files(state, "s", {"b"})
    assert (list(pull_files(state, "s")), failing_files(state)) == (["a/ü.csv"], {})
    forget_pull(state, "s")
    assert pull_files(state, "s") == {}


def test_none_of_it_counts_as_a_change(state: State) -> None:
    before = state.version
    begin_run(state, "s", "d", "one", NOON)
    end_run(state, "s", "one", NOON, NOON, Result(status="ok"))
    assert state.version == before
