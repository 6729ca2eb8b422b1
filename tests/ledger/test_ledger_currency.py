"""Amounts in any currency: dated rates, constant currency, and what no rate is known for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from breakeven.errors import UsageProblem
from breakeven.ledger.invoicing.currency import constant_currency, rates_day, rates_on, with_rates
from breakeven.ledger.results import Explanation
from breakeven.ledger.statement import statement
from breakeven.money import Rate
from breakeven.workspace.definitions import Project

D = Decimal
Company = Any
"""See conftest.py."""


def rate(currency: str, number: str, day: str) -> Rate:
    return Rate(currency=currency, rate=D(number), start=date.fromisoformat(day), source="ecb")


RATES = (rate("EUR", "1.10", "2026-01-01"), rate("EUR", "1.20", "2026-02-01"), rate("GBP", "1.30", "2026-02-10"))


@pytest.fixture(scope="module")
def firm(lasting_company: Company) -> Company:
    return filled_in(lasting_company).settle()


@pytest.fixture
def own_firm(company: Company) -> Company:
    """One that the test may change."""
    return filled_in(company)


def filled_in(company: Company) -> Company:
    company.declare(Project(id="a", name="a", category="platform", budget=D(500)), rates=RATES)
    company.put(
        "cost",
        {"start": "2026-01-10", "amount": 100, "currency": "EUR", "project": "a"},
        {"start": "2026-02-15", "amount": 100, "currency": "EUR", "project": "a"},
        {"start": "2026-02-15", "amount": 10, "currency": "GBP", "project": "a"},
        {"start": "2026-02-15", "amount": 7, "project": "a"},
    )
    company.put("benefit", {"time": "2026-02-15", "kind": "revenue", "amount": 50, "currency": "EUR", "project": "a"})
    company.put("interaction", {"time": "2026-02-15", "project": "a", "cost": 3, "cost_currency": "EUR",
                                "cost_origin": "reported", "revenue": 2, "currency": "GBP"})  # fmt: skip
    return company


def at(company: Company, day: str, period: str = "2026-02") -> Any:
    return company.ledger.statement(
        company.workspace.calendar.parse(period, company.now), now=company.now, rates_of=date.fromisoformat(day)
    )


def test_reported_currency_is_at_dated_rates(firm: Company) -> None:
    january, february = firm.statement("2026-01"), firm.statement("2026-02")
    assert january.cost["direct"] == 110
    assert february.cost["direct"] == 120 + 13 + 7
    assert february.cost["metered"] == D("3.6")
    assert february.value["acceleration_value"] == 60 + D("2.6")
    assert february.rates_of is None


def test_constant_currency_takes_the_rates_of_one_day(firm: Company) -> None:
    made = at(firm, "2026-02-10")
    assert (made.cost["direct"], made.cost["metered"], made.rates_of) == (140, D("3.6"), date(2026, 2, 10))
    assert at(firm, "2026-02-10", "2026-01").cost["direct"] == 120
    assert at(firm, "2026-02-10", "2026-Q1").cost["direct"] == 260
    assert made.budget == firm.statement("2026-02").budget == 500


def test_a_rate_that_starts_later_than_the_day_is_unknown(firm: Company) -> None:
    made = at(firm, "2026-01-15")
    # GBP has no rate on that day: its 10 are unknown, never 1.0.
    assert made.cost["direct"] == 110 + 7
    assert made.value["acceleration_value"] is not None
    reasons = {one.figure: one.reason for one in made.unknown}
    assert reasons["cost_direct"] == "no exchange rate GBP→USD on 2026-01-15"
    early = at(firm, "2025-12-31")
    assert early.cost["metered"] is None
    assert {one.figure: one.reason for one in early.unknown}["cost_metered"] == (
        "1 of 1 interactions have no known cost; no exchange rate EUR→USD on 2025-12-31"
    )


def test_answers_of_different_rates_are_kept_apart(own_firm: Company) -> None:
    wanted = {day: at(own_firm, day).cost["direct"] for day in ("2026-01-15", "2026-02-01", "2026-02-10")}
    plain = own_firm.statement("2026-02")
    for _ in range(2):
        assert {day: at(own_firm, day).cost["direct"] for day in wanted} == wanted
        assert own_firm.statement("2026-02") == plain
    own_firm.put("cost", {"start": "2026-02-20", "amount": 1000, "currency": "EUR", "project": "a"})
    assert at(own_firm, "2026-01-15").cost["direct"] == wanted["2026-01-15"] + 1100
    assert own_firm.statement("2026-02").cost["direct"] == plain.cost["direct"] + 1200


def test_metric_and_explain_at_constant_currency(firm: Company) -> None:
    ledger, day = firm.ledger, date(2026, 1, 15)
    (table,) = ledger.metrics(["cost"], now=firm.now, rates_of=day)
    assert [(row.period, row.value) for row in table.rows] == [("2026-01", 110), ("2026-02", 117)]
    assert table.rows[1].reason == "no exchange rate GBP→USD on 2026-01-15"
    period = firm.workspace.calendar.parse("2026-02", firm.now)
    tree = ledger.explain("cost_direct", period=period, now=firm.now, rates_of=day)
    assert tree.value == 117
    assert "no exchange rate GBP→USD on 2026-01-15" in str(tree.reason)
    assert ledger.explain("cost_direct", period=period, now=firm.now).value == 140


@pytest.mark.parametrize("figure", ["cost_direct", "cost", "investment", "ai_cost", "acceleration_value"])
def test_a_rate_that_was_taken_out_later(own_firm: Company, figure: str) -> None:
    assert own_firm.values(figure)["2026-02",] is not None
    own_firm.declare()
    row = own_firm.metric(figure).rows[-1]
    assert "no exchange rate" in str(row.reason)
    assert "→USD on 2026-02-15" in str(row.reason)
    known = {"cost_direct": 7, "cost": 7, "investment": 7, "ai_cost": None, "acceleration_value": None}[figure]
    february = next(row for row in own_firm.metric(figure).rows if row.period == "2026-02")
    assert february.value == known
    assert any("no exchange rate" in one.reason for one in own_firm.statement("2026-02").unknown)
    assert any("no exchange rate" in str(node.reason) for node in nodes(own_firm.explain(figure, "2026-02")))


def nodes(tree: Explanation) -> Iterator[Explanation]:
    yield tree
    for part in tree.inputs:
        yield from nodes(part)


def test_a_rate_that_starts_later_than_the_fact(own_firm: Company) -> None:
    own_firm.put("cost", {"start": "2026-02-09", "amount": 10, "currency": "GBP", "project": "a"},
             {"start": "2026-02-10", "amount": 10, "currency": "GBP", "project": "a"})  # fmt: skip
    row = own_firm.metric("cost").rows[1]
    assert (row.value, row.reason) == (153, "no exchange rate GBP→USD on 2026-02-09")


def test_rates_on_a_day() -> None:
    class Declared:
        rates = RATES

    def found(day: str) -> dict[str, D]:
        return {one.currency: one.rate for one in rates_on(Declared(), date.fromisoformat(day))}  # type: ignore[arg-type]

    assert found("2025-12-31") == {}
    assert found("2026-01-31") == {"EUR": D("1.10")}
    assert found("2026-02-10") == {"EUR": D("1.20"), "GBP": D("1.30")}


def test_the_day_may_be_named_by_a_period(firm: Company) -> None:
    assert rates_day(firm.workspace, "2026-Q1", firm.now) == date(2026, 1, 1)
    assert rates_day(firm.workspace, "2026-02-14", firm.now) == date(2026, 2, 14)
    with pytest.raises(UsageProblem, match="lies in the future"):
        rates_day(firm.workspace, "2026-05", firm.now)
    with pytest.raises(UsageProblem, match="is not a period"):
        rates_day(firm.workspace, "yesterday", firm.now)


def test_a_desk_with_other_rates(firm: Company) -> None:
    period = firm.workspace.calendar.parse("2026-02", firm.now)
    with firm.ledger.desk(firm.now) as desk:
        other = with_rates(desk, [rate("EUR", "2", "2020-01-01"), rate("GBP", "3", "2020-01-01")])
        assert statement(other, period).cost["direct"] == 200 + 30 + 7
        assert statement(desk, period).cost["direct"] == 140
        again = constant_currency(other, date(2026, 1, 1))
        assert statement(again, period).cost["direct"] == 200 + 30 + 7


def test_constant_currency_converts_daily_roll_ups_and_sub_day_figures(firm: Company) -> None:
    for grain in ("day", "hour", "month"):
        (table,) = firm.ledger.metrics(
            ["ai_cost"], now=firm.now, grain=grain, rates_of=date(2026, 1, 1),
            window=(date(2026, 2, 15), date(2026, 2, 16)),
        )  # fmt: skip
        assert sum(row.value or 0 for row in table.rows) == D("3.3")
