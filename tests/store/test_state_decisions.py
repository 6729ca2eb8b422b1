"""Validations and approvals in the state: the last one holds, nothing is changed, each is in the audit log."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from breakeven.errors import StoreError
from breakeven.store.state import State
from breakeven.store.state_approvals import approvals, put_approval
from breakeven.store.state_audit import audit_log
from breakeven.store.state_validations import Said, Validation, put_validations, validations

NOON = datetime(2026, 10, 1, 12, tzinfo=UTC)


def said(state: Said, hours: int = 0, entry: str = "2026-09/a/x") -> Validation:
    return Validation(entry=entry, state=state, amount=Decimal("12.000000000001"), who="Ana", note="ok",
                      at=NOON + timedelta(hours=hours))  # fmt: skip


def test_the_last_validation_holds(state: State) -> None:
    put_validations(state, [said("validated"), said("validated", entry="2026-09/b/x")], {})
    put_validations(state, [said("disputed", 2)], {"2026-09/a/x": "validated"})
    found = validations(state)
    assert {entry: one.state for entry, one in found.items()} == {"2026-09/a/x": "disputed", "2026-09/b/x": "validated"}
    assert found["2026-09/b/x"] == said("validated", entry="2026-09/b/x"), "exact, to the last decimal"
    assert validations(state, NOON + timedelta(hours=1))["2026-09/a/x"].state == "validated"
    assert validations(state, NOON - timedelta(seconds=1)) == {}
    assert [one.details["before"] for one in audit_log(state)] == ["validated", None, None]


def test_times_are_kept_in_utc(state: State) -> None:
    at = datetime.fromisoformat("2026-10-01T14:00:00.25+02:00")
    put_validations(state, [Validation(entry="e", state="validated", amount=Decimal(1), who="a", note="n", at=at)], {})
    assert validations(state)["e"].at == at
    assert audit_log(state)[0].at.utcoffset() == timedelta(0)


def test_all_or_nothing(state: State) -> None:
    too_much = Validation(entry="f", state="validated", amount=Decimal(1), who=None, note="n", at=NOON)  # type: ignore[arg-type]
    before = state.version
    with pytest.raises(StoreError):
        put_validations(state, [said("validated"), too_much], {})
    assert (validations(state), audit_log(state), state.version) == ({}, [], before)


def test_approvals_are_versions(state: State, state_url: str) -> None:
    for version, plan in enumerate(({"months": []}, {"months": [1]}), 1):
        at = NOON + timedelta(days=version)
        assert put_approval(state, "bot", plan, who="Board", note="", at=at).version == version
    put_approval(state, "other", {}, who="Board", note="", at=NOON)
    state.close()
    again = State.open(state_url)
    assert [(one.version, one.plan) for one in approvals(again)["bot"]] == [(2, {"months": [1]}), (1, {"months": []})]
    assert [one.version for one in approvals(again, NOON + timedelta(days=1))["bot"]] == [1]
    assert [(one.action, one.details["version"]) for one in audit_log(again, subject="bot")] == [
        ("approve", 2), ("approve", 1)]  # fmt: skip
    again.close()
