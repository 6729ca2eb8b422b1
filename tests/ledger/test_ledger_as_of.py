"""Figures as they were known: every kind of fact, statement, metric, explanation and entries, as of an instant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from breakeven.errors import UsageProblem
from breakeven.facts import KINDS
from breakeven.views.asking.query import moment_of, period_of, window_of
from breakeven.workspace.definitions import Project

Company = Any
BOT = Project(id="bot", name="Bot", category="customer_service", baselines={"baseline_incidents": Decimal(4)})
FIRST, LATER = datetime(2026, 4, 2, 12, tzinfo=UTC), datetime(2026, 4, 5, 12, tzinfo=UTC)
MARCH = (date(2026, 3, 1), date(2026, 4, 1))
Rows = Sequence[Mapping[str, Any]]


def _model(id_: str, stage: str) -> dict[str, Any]:
    return {"id": id_, "time": "2026-03-04", "project": "bot", "model": "m", "stage": stage, "on_platform": True}


CASES: dict[str, tuple[str, Rows, Rows, str, object, object]] = {
    "a cost that is issued again": (
        "cost", [{"id": "a", "start": "2026-03-02", "amount": 100, "currency": "USD", "project": "bot"}],
        [{"id": "a", "start": "2026-03-02", "amount": 80, "currency": "USD", "project": "bot"}],
        "direct_cost", 100, 80),
    "a cost that is moved to April": (
        "cost", [{"id": "a", "start": "2026-03-02", "amount": 100, "currency": "USD", "project": "bot"}],
        [{"id": "a", "start": "2026-04-02", "amount": 100, "currency": "USD", "project": "bot"}],
        "direct_cost", 100, None),
    "an incident that is resolved": (
        "incident", [{"id": "i", "opened_at": "2026-03-02", "project": "bot", "kind": "outage"}],
        [{"id": "i", "opened_at": "2026-03-02", "resolved_at": "2026-03-03", "project": "bot", "kind": "outage"}],
        "resolved_incidents", 0, 1),
    "a benefit that is corrected": (
        "benefit", [{"id": "b", "time": "2026-03-02", "project": "bot", "kind": "hours_saved", "quantity": 5.0}],
        [{"id": "b", "time": "2026-03-02", "project": "bot", "kind": "hours_saved", "quantity": 2.0}],
        "hours_saved_other", 5, 2),
    "a late survey": (
        "survey", [{"id": "s", "time": "2026-03-02", "project": "bot", "kind": "nps", "score": 10.0}],
        [{"id": "t", "time": "2026-03-03", "project": "bot", "kind": "nps", "score": 0.0}],
        "nps", 100, 0),
    "a model that goes": (
        "model_state", [_model("m1", "production")], [{**_model("m2", "retired"), "time": "2026-03-20"}],
        "models_in_production", 1, 0),
    "an evaluation that is corrected": (
        "evaluation",
        [{"id": "e", "time": "2026-03-02", "project": "bot", "model": "m", "metric": "accuracy", "value": 0.5}],
        [{"id": "e", "time": "2026-03-02", "project": "bot", "model": "m", "metric": "accuracy", "value": 0.75}],
        "accuracy_sum", 0.5, 0.75),
    "a deployment that failed after all": (
        "deployment",
        [{"id": "d", "time": "2026-03-02", "project": "bot", "model": "m", "status": "succeeded"}],
        [{"id": "d", "time": "2026-03-02", "project": "bot", "model": "m", "status": "failed"}],
        "successful_deployments", 1, 0),
    "late activity": (
        "activity", [{"id": "a1", "time": "2026-03-02", "actor": "x", "component": "registry"}],
        [{"id": "a2", "time": "2026-03-03", "actor": "y", "component": "registry"}],
        "active_users", 1, 2),
    "late interactions": (
        "interaction", [{"id": "x", "time": "2026-03-02", "project": "bot", "cost": 1, "cost_currency": "USD"}],
        [{"id": "y", "time": "2026-03-02", "project": "bot", "cost": 2, "cost_currency": "USD"}],
        "ai_cost", 1, 3),
    "late response times": (
        "interaction", [{"id": "x", "time": "2026-03-02", "project": "bot", "latency_ms": 100.0}],
        [{"id": "y", "time": "2026-03-02", "project": "bot", "latency_ms": 300.0}],
        "latency_ms_sum", 100, 400),
}  # fmt: skip


def known(company: Company, figure: str, as_of: datetime | None) -> Any:
    (table,) = company.ledger.metrics([figure], now=company.now, window=MARCH, as_of=as_of)
    (row,) = table.rows
    return row.value


@pytest.mark.parametrize("name", CASES)
def test_a_figure_is_what_was_known(company: Company, name: str) -> None:
    kind, first, later, figure, before, after = CASES[name]
    company.declare(BOT)
    company.now = FIRST
    company.put(kind, *first)
    at_first = known(company, figure, None)
    company.now = LATER
    company.put(kind, *later)
    company.now = datetime(2026, 4, 16, tzinfo=UTC)
    assert float(at_first) == before
    for as_of, value in ((FIRST, before), (LATER, after), (None, after), (FIRST, before)):
        found = known(company, figure, as_of)
        assert (None if found is None else float(found)) == value
    nothing = known(company, figure, datetime(2026, 4, 2, 11, 59, tzinfo=UTC))
    assert nothing is None
    text = company.ledger.explain(
        figure, period=company.workspace.calendar.parse("2026-03", FIRST), now=company.now, as_of=FIRST
    )
    assert float(text.value) == before


def test_every_kind_with_figures_of_its_own_has_a_case() -> None:
    # Outcomes change the figures of interactions: see test_ledger_outcomes.py.
    assert {case[0] for case in CASES.values()} == set(KINDS) - {"note", "outcome"}


def test_a_statement_of_then_is_the_statement_that_was_made_then(company: Company) -> None:
    """The strongest form: everything in it, to the last field."""
    company.declare(BOT)
    company.now = FIRST
    for kind, first, _, _, _, _ in CASES.values():
        company.put(kind, *first)
    period = company.workspace.calendar.parse("2026-Q1", FIRST)
    then = company.ledger.statement(period, now=FIRST)
    entries = company.ledger.entries(now=FIRST)
    company.now = LATER
    for kind, _, later, _, _, _ in CASES.values():
        company.put(kind, *later)
    assert company.ledger.statement(period, now=LATER) != then
    again = company.ledger.statement(period, now=LATER, as_of=FIRST)
    assert msgspec.structs.asdict(again) == msgspec.structs.asdict(then)
    with company.ledger.desk(LATER, FIRST) as desk:
        from_desk = desk.reading.now
    assert from_desk == FIRST
    assert entries


MOMENTS = [
    ("2026-04-10", "2026-04-11T03:59:59.999999+00:00"),
    ("2026-04-10T17:00", "2026-04-10T21:00:00+00:00"),
    ("2026-04-10T17:00Z", "2026-04-10T17:00:00+00:00"),
    (" 2026-04-10T17:00:00+02:00 ", "2026-04-10T15:00:00+00:00"),
    ("2026-04-16", "2026-04-16T12:00:00+00:00"),
    ("2026-03-07", "2026-03-08T04:59:59.999999+00:00"),
    ("2026-03-08", "2026-03-09T03:59:59.999999+00:00"),
    ("1970-01-01", "1970-01-02T04:59:59.999999+00:00"),
]
"""In New York, where clocks go forward on 2026-03-08."""


@pytest.mark.parametrize(("text", "instant"), MOMENTS)
def test_days_end_in_the_companys_time_zone(new_company: Any, text: str, instant: str) -> None:
    company = new_company("America/New_York")
    now = datetime(2026, 4, 16, 12, tzinfo=UTC)
    assert moment_of(company.ledger, text, now) == datetime.fromisoformat(instant)


WRONG = ["2026-04-17", "2027", "yesterday", "", "2026-13-01", "2026-02-30", "9999-12-31", "2026-04-16T12:00:01Z", "now",
         "0001-01-01", "1969-12-30"]  # fmt: skip


@pytest.mark.parametrize("text", WRONG)
def test_what_is_no_moment_of_the_past_is_refused(company: Company, text: str) -> None:
    with pytest.raises(UsageProblem, match="as of"):
        moment_of(company.ledger, text, datetime(2026, 4, 16, 12, tzinfo=UTC))


def test_periods_are_those_of_then(company: Company) -> None:
    company.now = FIRST
    company.put("cost", {"start": "2026-02-02", "amount": 1, "currency": "USD"})
    company.now = LATER
    company.put("cost", {"start": "2026-03-02", "amount": 1, "currency": "USD"})
    now = datetime(2027, 2, 1, tzinfo=UTC)
    assert period_of(company.ledger, "last-month", now, FIRST).name == "2026-03"
    assert period_of(company.ledger, "all", now, FIRST).end == date(2026, 3, 1)
    assert period_of(company.ledger, "all", now, LATER).end == date(2026, 4, 1)
    assert window_of(company.ledger, "2026-02", None, now, FIRST) == (date(2026, 2, 1), date(2026, 2, 3))


def test_before_anything_was_recorded_nothing_is_known(company: Company) -> None:
    company.put("cost", {"start": "2026-03-02", "amount": 1, "currency": "USD"})
    early = moment_of(company.ledger, "1970-01-01", company.now)
    period = company.workspace.calendar.parse("2026-03", company.now)
    for as_of in (early, datetime(2026, 4, 1, tzinfo=UTC)):
        said = company.ledger.statement(period, now=company.now, as_of=as_of)
        assert (said.investment, said.data_version) == (None, 0)
