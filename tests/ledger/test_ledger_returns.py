"""NPV and IRR against cases computed by hand, and every reason why there is none."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from breakeven.ledger.returns import FEW, NO_RATE, TOO_LARGE, Returns, returns
from breakeven.workspace.definitions import Assumption, AssumptionValue, Implementation, Project

D = Decimal
Company = Any
"""See conftest.py."""


def told(company: Company, until: date = date(2026, 4, 1), projects: list[str] | None = None) -> Returns:
    with company.ledger.desk(company.now) as desk:
        return returns(desk, until, projects)


def rate(company: Company, value: str, unit: str = "%") -> None:
    stated = Assumption(name="discount_rate", unit=unit, values=(AssumptionValue(value=D(value), start=date.min),))
    company.workspace = msgspec.structs.replace(
        company.workspace, assumptions={**company.workspace.assumptions, "discount_rate": stated}
    )
    company.declare()


def spend(company: Company, *rows: tuple[str, str]) -> None:
    company.put("cost", *({"start": day, "amount": amount, "project": "a"} for day, amount in rows))


def earn(company: Company, *rows: tuple[str, str]) -> None:
    company.put("benefit", *({"time": day, "amount": amount, "project": "a", "kind": "revenue", "unit": "money"}
                             for day, amount in rows))  # fmt: skip


@pytest.fixture
def firm(company: Company) -> Company:
    company.declare(Project(id="a", name="a", category="platform"))
    return company


def test_flows_are_worth_what_a_hand_calculation_says(firm: Company) -> None:
    spend(firm, ("2026-01-01", "1000"), ("2026-02-01", "0"), ("2026-03-01", "0"))
    earn(firm, ("2026-02-01", "600"), ("2026-03-01", "600"))
    rate(firm, "12.682503013196977")  # 1.01 to the power of twelve, less one
    found = told(firm)
    assert [flow.amount for flow in found.flows] == [-1000, 600, 600]
    assert found.npv == D("182.24")  # -1000 + 600 / 1.01 + 600 / 1.01²
    # 1000 x² - 600 x - 600 = 0 at x = 1.1306623863 a month
    assert found.irr_percent is not None
    assert abs(found.irr_percent - ((D("1.1306623862918075") ** 12 - 1) * 100)) < D("0.0001")


def test_a_rate_as_a_share_is_the_same_rate(firm: Company) -> None:
    spend(firm, ("2026-01-01", "100"))
    earn(firm, ("2026-02-01", "200"))
    rate(firm, "8")
    first = told(firm)
    rate(firm, "0.08", "1")
    assert told(firm) == first
    assert first.rate_percent == 8


def test_implementation_counts_where_it_was_spent(company: Company) -> None:
    built = Implementation(cost=D(1200), start=date(2026, 1, 1), months=12)
    company.declare(Project(id="a", name="a", category="platform", implementation=built))
    earn(company, ("2026-01-10", "100"), ("2026-02-10", "500"), ("2026-03-10", "500"))
    assert [flow.amount for flow in told(company).flows] == [-1100, 500, 500]


def test_the_open_month_and_other_projects_do_not_count(firm: Company) -> None:
    spend(firm, ("2026-02-01", "10"), ("2026-04-01", "99"))
    earn(firm, ("2026-03-01", "30"))
    assert [flow.month.month for flow in told(firm, date(2026, 5, 1)).flows] == [2, 3]
    assert told(firm, projects=["unassigned"]).flows == ()


@pytest.mark.parametrize(
    ("spent", "earned", "reason"),
    [
        ((), (), FEW),
        ((("2026-03-01", "5"),), (), FEW),
        ((("2026-01-01", "5"), ("2026-02-01", "5")), (), "no month brought more than it cost"),
        ((), (("2026-01-01", "5"), ("2026-02-01", "5")), "no month cost more than it brought"),
        ((("2026-01-01", "5"),), (("2026-02-01", "0.01"),), None),
        ((("2026-01-01", "5"),), (("2026-02-01", "20"),), TOO_LARGE),
        ((("2026-01-01", "0.01"),), (("2026-02-01", "1000000000000"),), TOO_LARGE),
    ],
)
def test_there_is_a_rate_or_a_reason(
    firm: Company, spent: tuple[tuple[str, str], ...], earned: tuple[tuple[str, str], ...], reason: str | None
) -> None:
    spend(firm, *spent)
    earn(firm, *earned)
    found = told(firm)
    if reason is None:
        assert found.irr_percent is not None
        assert found.irr_percent < -99
    else:
        assert found.irr_percent is None
        assert reason in str(found.irr_reason)


def test_without_a_discount_rate_there_is_no_present_value(firm: Company) -> None:
    spend(firm, ("2026-01-01", "5"))
    found = told(firm)
    assert (found.npv, found.npv_reason, found.rate_percent) == (None, NO_RATE, None)


def test_a_rate_that_takes_everything_away_gives_no_value(firm: Company) -> None:
    spend(firm, ("2026-01-01", "5"))
    rate(firm, "-100")
    assert told(firm).npv is None
