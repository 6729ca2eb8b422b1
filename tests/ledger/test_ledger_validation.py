"""Validation by finance: the way of an entry, amounts that change afterwards, as-of, the headline rule."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from breakeven.errors import UnknownName, UsageProblem
from breakeven.ledger.proof.entries import entries
from breakeven.ledger.proof.headline import counting
from breakeven.ledger.proof.validation import Decisions, validate
from breakeven.money import Rate
from breakeven.store.state_audit import audit_log
from breakeven.workspace.definitions import Headline, Project

D = Decimal
Company = Any
"""See conftest.py."""
HOURS = "2026-01/a/productivity_value"


@pytest.fixture
def filled(company: Company) -> Company:
    """Value in January and in the open month, cost in January."""
    company.declare(*(Project(id=name, name=name, category="platform") for name in "ab"))
    for month in (1, 4):
        hours(company, 8.0, month)
    company.put("benefit", {"time": "2026-01-11", "project": "b", "kind": "revenue", "amount": "500"})
    company.put("cost", {"start": "2026-01-05", "project": "a", "amount": "100"})
    return company


def hours(company: Company, quantity: float, month: int = 1) -> None:
    company.put("benefit", {"time": f"2026-{month:02}-10", "project": "a", "kind": "hours_saved",
                            "quantity": quantity})  # fmt: skip


def say(company: Company, *patterns: str, state: str = "validated", by: str = "Ana", note: str = "seen") -> Decisions:
    with company.ledger.desk(company.now) as desk:
        return validate(desk, patterns, by=by, note=note, state=state)


def states(company: Company) -> dict[str, str]:
    return {one.id: one.state for one in company.entries()}


def test_states_follow_the_month(filled: Company) -> None:
    assert states(filled) == {
        HOURS: "realised", "2026-01/a/cost_direct": "realised", "2026-01/b/acceleration_value": "realised",
        "2026-04/a/productivity_value": "forecast",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("steps", "end"),
    [
        (["validated"], "validated"),
        (["disputed"], "disputed"),
        (["validated", "disputed"], "disputed"),
        (["validated", "disputed", "validated"], "validated"),
        (["disputed", "realised"], "realised"),
        (["disputed", "realised", "validated"], "validated"),
    ],
)
def test_the_way_of_an_entry(filled: Company, steps: Sequence[str], end: str) -> None:
    for step in steps:
        (done,) = say(filled, HOURS, state=step).decided
        assert (done.entry, done.amount, done.after) == (HOURS, 1200, step)
    assert states(filled)[HOURS] == end


@pytest.mark.parametrize(
    ("before", "wanted", "said"),
    [
        ([], "realised", None),
        (["validated"], "validated", None),
        (["validated"], "realised", "is validated: it can be disputed, not realised"),
        (["disputed"], "disputed", None),
    ],
)
def test_ways_that_are_closed(filled: Company, before: Sequence[str], wanted: str, said: str | None) -> None:
    for step in before:
        say(filled, HOURS, state=step)
    if said is not None:
        with pytest.raises(UsageProblem, match=said):
            say(filled, HOURS, state=wanted)
        return
    done = say(filled, HOURS, state=wanted)
    assert (len(done.decided), done.skipped[0].reason.split(":")[0]) == (0, f"is {wanted} already")


def test_a_forecast_cannot_be_validated(filled: Company) -> None:
    with pytest.raises(UsageProblem, match="is a forecast: 2026-04 is not over"):
        say(filled, HOURS, "2026-04/a/productivity_value")
    assert states(filled)[HOURS] == "realised", "all or none"
    done = say(filled, "*/a/productivity_value")
    assert [one.entry for one in done.decided] == [HOURS]
    assert [one.entry for one in done.skipped] == ["2026-04/a/productivity_value"]


@pytest.mark.parametrize(
    ("pattern", "number"),
    [("2026-01/a/*", 2), ("2026-01/*/*", 3), ("*/*/productivity_value", 1), ("2026-0?/b/*", 1)],
)
def test_patterns(filled: Company, pattern: str, number: int) -> None:
    assert len(say(filled, pattern).decided) == number


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("2026-01/a/productivty_value", "did you mean 2026-01/a/productivity_value"),
        ("2026-02/a/productivity_value", "unknown entry"),
        ("2026-01/c/*", "unknown entry '2026-01/c/\\*'"),
        ("2026-01/a", "is no entry: write MONTH/PROJECT/CATEGORY"),
        ("2026-01//x", "is no entry"),
        ("", "is no entry"),
    ],
)
def test_names_that_do_not_exist(filled: Company, pattern: str, said: str) -> None:
    with pytest.raises(UsageProblem, match=said):
        say(filled, pattern)


@pytest.mark.parametrize(
    ("given", "said"),
    [({"by": " "}, "--by"), ({"by": "x" * 201}, "--by"), ({"note": ""}, "--note"), ({"state": "forecast"}, "state")],
)
def test_who_and_why_are_needed(filled: Company, given: dict[str, str], said: str) -> None:
    with pytest.raises(UsageProblem, match=said):
        say(filled, HOURS, **given)


def test_nothing_to_name(company: Company) -> None:
    with pytest.raises(UnknownName, match="there are none"):
        say(company, HOURS)


def test_another_amount_is_not_validated(filled: Company) -> None:
    say(filled, HOURS)
    hours(filled, 0.00003)  # 0.0045 more: less than a cent
    assert states(filled)[HOURS] == "validated"
    hours(filled, 1.0)
    (entry,) = [one for one in filled.entries() if one.id == HOURS]
    assert entry.state == "realised"
    assert entry.state_note == "validated 1,200.00 by Ana on 2026-04-16; it is 1,350.00 now"
    split = filled.statement("2026-01").evidence
    assert split.validated.value == 0
    assert split.notes == (f"{HOURS}: {entry.state_note}",)
    say(filled, HOURS)
    assert filled.statement("2026-01").evidence.validated.value == entry.amount


def test_an_entry_that_is_gone_is_named(filled: Company) -> None:
    say(filled, HOURS)
    hours(filled, -8.0)
    split = filled.statement("2026-01", "a").evidence
    assert split.notes == (f"{HOURS}: validated 1,200.00 by Ana on 2026-04-16; there is no such entry now",)
    assert filled.statement("2026-01", "b").evidence.notes == ()


def test_the_statement_side_by_side(filled: Company) -> None:
    say(filled, "2026-01/a/*")
    say(filled, "2026-01/b/acceleration_value", state="disputed")
    made = filled.statement("2026-01")
    split = made.evidence
    assert (split.claimed.value, split.measured.value, split.validated.value) == (1700, 0, 1200)
    assert (split.claimed.net_value, split.validated.net_value) == (1600, 1100)
    assert (split.claimed.roi_percent, split.validated.roi_percent) == (1600, 1100)
    assert (split.validated_cost, split.disputed, made.investment) == (100, 500, 100)
    assert (split.validated.capacity, split.validated.cash) == (1200, 0)
    assert split.notes == ("2026-01/b/acceleration_value: disputed by Ana on 2026-04-16: seen",)
    assert filled.statement("2026-02").evidence.validated.value == 0


def test_without_value_nothing_is_zero(company: Company) -> None:
    split = company.statement("2026-01").evidence
    assert (split.claimed.value, split.measured.value, split.validated.value, split.validated.roi_percent) == (
        None,
    ) * 4


def test_as_of_knows_no_later_decision(filled: Company) -> None:
    recorded, filled.now = filled.now, filled.now + timedelta(days=20)
    say(filled, HOURS)
    assert states(filled)[HOURS] == "validated"
    for as_of, state in ((recorded + timedelta(days=1), "realised"), (filled.now, "validated")):
        with filled.ledger.desk(filled.now, as_of) as desk:
            found = {one.id: one.state for one in entries(desk)}
        assert found[HOURS] == state


def test_constant_currency_changes_no_validation(company: Company) -> None:
    rates = [Rate(currency="EUR", rate=D(rate), start=start, source="x")
             for rate, start in (("1.5", date(2026, 1, 1)), ("2", date(2026, 3, 1)))]  # fmt: skip
    company.declare(Project(id="a", name="a", category="platform"), rates=rates)
    company.put("benefit", {"time": "2026-01-11", "project": "a", "kind": "revenue", "amount": "100",
                            "currency": "EUR"})  # fmt: skip
    say(company, "2026-01/a/*")
    period = company.workspace.calendar.parse("2026-01", company.now)
    for day, amount in ((None, 150), (date(2026, 3, 5), 200)):
        split = company.ledger.statement(period, now=company.now, rates_of=day).evidence
        assert (split.claimed.value, split.validated.value, split.notes) == (amount, amount, ())


def test_every_decision_is_in_the_audit_log(filled: Company) -> None:
    say(filled, "2026-01/a/*", by="  Ana ", note="sampled")
    say(filled, HOURS, state="disputed", note="double")
    log = audit_log(filled.ledger.state)
    assert [(one.who, one.action, one.note) for one in log] == [
        ("Ana", "validate", "double"), ("Ana", "validate", "sampled"), ("Ana", "validate", "sampled")]  # fmt: skip
    assert log[0].subject == HOURS
    assert log[0].details == {"amount": "1200.00", "before": "validated", "after": "disputed"}
    assert log[0].at == datetime(2026, 4, 16, tzinfo=UTC)
    assert len(audit_log(filled.ledger.state, subject=HOURS)) == 2


# --- the headline rule


@pytest.mark.parametrize(
    ("rule", "total", "lost"),
    [
        (Headline(), 1700, 0),
        (Headline(grades=("A", "B", "C", "D")), 500, 1200),
        (Headline(grades=("A",)), 0, 1700),
        (Headline(realisations=("cash",)), 500, 1200),
        (Headline(realisations=("capacity", "strategic")), 1200, 500),
    ],
)
def test_what_counts_towards_the_headline(filled: Company, rule: Headline, total: int, lost: int) -> None:
    """Hours are E (the shipped rate) and capacity, revenue is D and cash."""
    filled.declare(headline=rule)
    made = filled.statement("2026-01")
    assert made.total_value == total
    assert (made.evidence.claimed.value, made.evidence.not_counted) == (1700, lost)
    named = sum(D(note.split(": ")[1].split()[0].replace(",", "")) for note in made.evidence.notes)
    assert named == lost, made.evidence.notes
    value = [one for one in filled.entries(window=(date(2026, 1, 1), date(2026, 2, 1))) if one.side == "value"]
    assert sum(one.amount for one in value) == 1700
    assert sum(one.counted for one in value) == total
    assert all(one.note and "not counted" in one.note for one in value if one.counted != one.amount)


def test_counting(company: Company) -> None:
    company.declare(headline=Headline(grades=("A", "B"), realisations=("cash",)))
    assert counting(company.workspace, "B", "cash")
    assert not counting(company.workspace, "C", "cash")
    assert not counting(company.workspace, "A", "capacity")
