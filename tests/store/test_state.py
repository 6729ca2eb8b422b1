"""The state on every engine: transactions, versions, and what cannot be opened."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import update

from breakeven.errors import BreakevenError, StoreError, StoreTooNew, UsageProblem
from breakeven.store.state import State, file_url
from breakeven.store.state_audit import audit_log, record
from breakeven.store.state_tables import about

NOON = datetime(2026, 3, 5, 12, tzinfo=UTC)


def write(state: State, subject: str, who: str = "Ana") -> None:
    with state.writing() as connection:
        record(connection, at=NOON, who=who, action="test", subject=subject, details={"b": 1, "a": [2]})


def test_what_is_written_is_there_after_opening_again(state: State, state_url: str) -> None:
    write(state, "x")
    write(state, "y")
    state.close()
    again = State.open(state_url)
    assert again.version == 2
    assert [(line.subject, line.at, line.details) for line in audit_log(again)] == [
        ("y", NOON, {"a": [2], "b": 1}), ("x", NOON, {"a": [2], "b": 1})]  # fmt: skip
    assert [line.subject for line in audit_log(again, subject="x")] == ["x"]
    again.close()


def test_a_transaction_that_fails_writes_nothing(state: State) -> None:
    write(state, "x")
    with suppress(RuntimeError), state.writing() as connection:
        record(connection, at=NOON, who="Ana", action="test", subject="lost")
        raise RuntimeError
    with pytest.raises(StoreError, match="state"):
        write(state, "lost", who=None)  # type: ignore[arg-type]
    assert state.version == 1
    assert [line.subject for line in audit_log(state)] == ["x"]


def test_a_later_layout_is_refused(state: State, state_url: str) -> None:
    with state.writing() as connection:
        connection.execute(update(about).values(layout=99))
    state.close()
    with pytest.raises(StoreTooNew, match="99"):
        State.open(state_url)


@pytest.mark.parametrize(
    ("url", "error", "words"),
    [
        ("nonsense", UsageProblem, "is no database URL"),
        ("oracel://x/y", UsageProblem, "is no database URL"),
        ("mysql+pymysql://x/y", UsageProblem, "pymysql"),
        ("postgresql+psycopg://nobody@127.0.0.1:1/x", StoreError, "state"),
    ],
)
def test_urls_that_cannot_be_used(url: str, error: type[BreakevenError], words: str) -> None:
    with pytest.raises(error, match=words):
        State.open(url)


def test_a_file_that_is_no_state(tmp_path: Path) -> None:
    (tmp_path / "state.sqlite").write_bytes(b"not a database, but long enough to be taken for one" * 40)
    with pytest.raises(StoreError, match="not a database"):
        State.open(file_url(tmp_path / "state.sqlite"))


def test_a_reader_of_another_thread_takes_nothing_from_a_transaction() -> None:
    """In memory there is one connection: whoever gives it back ends what was begun on it."""
    state = State.open()
    with ThreadPoolExecutor(1) as other:
        with state.writing() as connection:
            record(connection, at=NOON, who="Ana", action="test", subject="x")
            reading = other.submit(audit_log, state)
            wait([reading], timeout=0.2)
        assert [line.subject for line in reading.result(10)] == ["x"]
    assert [line.subject for line in audit_log(state)] == ["x"]
    state.close()
