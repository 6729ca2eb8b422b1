"""Verification finds whatever was changed in the stored closings, and says where."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from tests.conftest import examples

from breakeven.errors import StoreDamaged
from breakeven.ledger.closing.closing import close, restate
from breakeven.ledger.closing.verifying import Fault, verify
from breakeven.store.state import State
from breakeven.workspace.definitions import Project

Company = Any
COLUMNS = ("period", "version", "closed_at", "who", "reason", "forced", "methodology", "data_version", "previous",
           "hash", "content")  # fmt: skip
BOT = Project(id="bot", name="Bot", category="customer_service", baselines={"baseline_incidents": Decimal(4)})


@pytest.fixture(scope="module")
def closed(lasting_company: Company) -> Company:
    """Two closed months, the first one restated: three links."""
    company = lasting_company
    company.declare(BOT)
    company.put("cost", {"id": "a", "start": "2026-02-10", "amount": 80, "currency": "USD", "project": "bot"},
                {"id": "b", "start": "2026-03-10", "amount": 100, "currency": "USD", "project": "bot"})  # fmt: skip
    with company.ledger.desk(company.now) as desk:
        close(desk, "2026-02", by="Ada")
    with company.ledger.desk(company.now) as desk:
        close(desk, "2026-03", by="Ada")
    company.put("cost", {"id": "a", "start": "2026-02-10", "amount": 95, "currency": "USD", "project": "bot"})
    with company.ledger.desk(company.now) as desk:
        restate(desk, "2026-02", by="Bob", reason="issued again")
    return company


@pytest.fixture
def kept(closed: Company) -> Iterator[Company]:
    """What was closed; what a test does to it is undone."""
    before = {table: rows_of(closed.state, table) for table in ("closing", "audit")}
    yield closed
    for table, rows in before.items():
        execute(closed.state, f"DELETE FROM {table}")
        for row in rows:
            execute(closed.state, f"INSERT INTO {table} ({', '.join(row)}) VALUES (:{', :'.join(row)})", **row)


def rows_of(state: State, table: str) -> list[dict[str, Any]]:
    with state.reading() as connection:
        return [dict(row) for row in connection.execute(text(f"SELECT * FROM {table}")).mappings()]


def stored(state: State) -> list[dict[str, Any]]:
    with state.reading() as connection:
        rows = connection.execute(text("SELECT * FROM closing ORDER BY period, version")).mappings()
        return [dict(row) for row in rows]


def execute(state: State, sql: str, **values: object) -> None:
    with state.writing() as connection:
        connection.execute(text(sql), values)


@contextmanager
def edited(state: State, row: dict[str, Any], column: str, value: object) -> Iterator[None]:
    """One column of one row is another, for a while."""
    where = "period = :old_period AND version = :old_version"
    put = f"UPDATE closing SET {column} = :value WHERE period = :period AND version = :version"
    named = {"period": row["period"], "version": row["version"]}
    execute(state, put.replace("WHERE period = :period AND version = :version", f"WHERE {where}"),
            value=value, old_period=row["period"], old_version=row["version"])  # fmt: skip
    yield
    now = {**named, column: value} if column in named else named
    execute(state, put, **{**now, "value": row[column]})


def test_what_was_closed_is_well(kept: Company) -> None:
    found = verify(kept.state)
    assert (found.closings, found.months, found.faults) == (3, 2, ())
    assert found.last_hash == next(row["hash"] for row in stored(kept.state) if row["version"] == 2)
    assert verify(kept.state, found.last_hash).faults == ()
    (fault,) = verify(kept.state, "ab" * 32).faults
    assert "no closing has the hash" in fault.message


def test_nothing_closed_is_well(company: Company) -> None:
    assert verify(company.state).faults == ()
    assert verify(company.state).last_hash is None


def test_any_flipped_byte_is_found(kept: Company) -> None:
    rows = stored(kept.state)

    @examples(150)
    @given(st.sampled_from(rows), st.sampled_from([*COLUMNS, "content", "content", "content"]), st.data())
    def flip(row: dict[str, Any], column: str, data: st.DataObject) -> None:
        raw = str(row[column]).encode()
        if not raw:
            return
        place = data.draw(st.integers(0, len(raw) - 1))
        other = bytes([raw[place] ^ (1 << data.draw(st.integers(0, 6)))])
        changed = (raw[:place] + other + raw[place + 1 :]).decode()
        taken = {(str(one["period"]), str(one["version"])) for one in rows}
        key = tuple(changed if name == column else str(row[name]) for name in ("period", "version"))
        if "\0" in changed or (column in ("period", "version") and key in taken):
            return
        with edited(kept.state, row, column, changed):
            faults = verify(kept.state).faults
        assert faults
        named = {(fault.period, fault.version) for fault in faults}
        assert (row["period"], row["version"]) in named or column in ("period", "version", "hash")
        if column == "content":
            line = row["content"].encode()[:place].count(b"\n") + 1
            last = row["content"].count("\n")
            lines = {fault.line for fault in faults if fault.line is not None}
            assert line in lines or line + 1 in lines or line == last

    flip()
    assert verify(kept.state).faults == ()


EDITS: dict[str, tuple[str, str]] = {
    "an amount": ("UPDATE closing SET content = replace(content, '|80', '|8') WHERE version = 1", "line"),
    "who": ("UPDATE closing SET who = 'Eve' WHERE period = '2026-03'", "column who is 'Eve', the sealed text says"),
    "forced": ("UPDATE closing SET forced = 1 WHERE period = '2026-03'", "column forced"),
    "data version": ("UPDATE closing SET data_version = 99 WHERE period = '2026-03'", "column data_version"),
    "a row is gone": ("DELETE FROM closing WHERE period = '2026-03'", "which no closing says"),
    "the last row is gone": ("DELETE FROM closing WHERE version = 2", "which no closing says"),
    "an audit line is gone": ("DELETE FROM audit WHERE subject = '2026-03'", "audit log has no line"),
    "an audit line says another": ("UPDATE audit SET who = 'Eve' WHERE subject = '2026-03'", "no line that says"),
    "a text is empty": ("UPDATE closing SET content = '' WHERE version = 2", "not a text of the form"),
    "bytes that are no text": (
        "UPDATE closing SET content = CAST(x'ff00fe' AS TEXT) WHERE version = 2", "cannot be read"),
}  # fmt: skip


@pytest.mark.parametrize("name", EDITS)
def test_edits_are_named(kept: Company, name: str) -> None:
    sql, words = EDITS[name]
    execute(kept.state, sql)
    faults = verify(kept.state).faults
    assert any(words in said(fault) for fault in faults), faults


def said(fault: Fault) -> str:
    return f"line {fault.line}: {fault.message}" if fault.line else fault.message


def test_a_text_with_a_new_hash_breaks_the_chain(kept: Company) -> None:
    """Whoever recomputes one hash must recompute all that follow, and then the noted one is missing."""
    first, *_ = stored(kept.state)
    noted = verify(kept.state).last_hash
    from_text = first["content"].replace("|80", "|81")
    execute(kept.state, "UPDATE closing SET content = :text, hash = :hash WHERE period = '2026-02' AND version = 1",
            text=from_text, hash=hashlib.sha256(from_text.encode()).hexdigest())  # fmt: skip
    messages = [fault.message for fault in verify(kept.state, noted).faults]
    assert any("as the link before it" in message for message in messages), messages


def test_no_figure_is_made_from_an_edited_text(kept: Company) -> None:
    execute(kept.state, "UPDATE closing SET content = replace(content, '|95', '|9') WHERE version = 2")
    with pytest.raises(StoreDamaged, match="closed month 2026-02 is not what was sealed"):
        kept.statement("2026-02")
