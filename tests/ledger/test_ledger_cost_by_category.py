"""Cost by what it was spent on: the parts add up to the investment, whatever invoices, pools and closings do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from breakeven.errors import UsageProblem
from breakeven.ledger.closing.closing import close
from breakeven.ledger.costs.by_category import CostByCategory, cost_by_category
from breakeven.workspace.definitions import Implementation, Pool, Project

D = Decimal
Company = Any
"""See conftest.py."""


def project(name: str, **more: Any) -> Project:
    return Project(id=name, name=name, category="platform", **more)


def bill(amount: str, category: str = "compute", **more: Any) -> dict[str, Any]:
    return {"start": "2026-01-01", "end": "2026-02-01", "amount": amount, "category": category} | more


def cut(company: Company, period: str = "2026-01", projects: Sequence[str] | None = None) -> CostByCategory:
    """The answer, which always adds up to the statement's investment."""
    asked = company.workspace.calendar.parse(period, company.now)
    with company.ledger.desk(company.now) as desk:
        found = cost_by_category(desk, asked, projects)
    if projects is None or len(projects) == 1:
        told = company.statement(period, projects[0] if projects else None).investment
        assert found.total == (told or 0)
    assert sum((part.amount for part in found.parts), D(0)) == found.total
    assert all(part.own + part.shared == part.amount for part in found.parts)
    return found


def amounts(found: CostByCategory) -> dict[str, Decimal]:
    return {part.name: part.amount for part in found.parts}


def test_bills_usage_and_implementation_stand_side_by_side(company: Company) -> None:
    company.declare(project("a", implementation=Implementation(cost=D(120), start=date(2026, 1, 1), months=12)))
    company.put("cost", bill("50", project="a"), bill("70", "people", project="a"), bill("5", "implementation"))
    company.put("interaction", {"time": "2026-01-10", "project": "a", "cost": "8", "cost_origin": "reported"})
    assert amounts(cut(company)) == {"people": 70, "compute": 50, "implementation": 15, "usage": 8}
    assert amounts(cut(company, projects=["a"])) == {"people": 70, "compute": 50, "implementation": 10, "usage": 8}


def test_an_invoice_is_usage_and_no_compute_any_more(company: Company) -> None:
    company.declare(project("a"), project("b"))
    call = {"provider": "openai", "cost_origin": "metered"}
    company.put("interaction", call | {"time": "2026-01-10", "project": "a", "cost": "30"},
                call | {"time": "2026-01-30", "project": "b", "cost": "60"})  # fmt: skip
    company.put("cost", bill("100", vendor="OpenAI"), bill("7", vendor="Landlord"), bill("20", "people"))
    assert amounts(cut(company)) == {"usage": 100, "people": 20, "compute": 7}


def test_a_project_gets_its_part_of_every_category_of_a_pool(company: Company) -> None:
    company.declare(
        project("a"), project("b"),
        pools=[Pool(name="platform", rule="weights", projects=("a", "b"), weights={"a": D(3), "b": D(1)}),
               Pool(name="staff", rule="even", projects=("b",))],
    )  # fmt: skip
    company.put("cost", bill("60", pool="platform"), bill("20", "licence", pool="platform"),
                bill("10", "people", pool="staff"), bill("1", "data", project="a"))  # fmt: skip
    assert amounts(cut(company, projects=["a"])) == {"compute": 45, "licence": 15, "data": 1}
    assert amounts(cut(company, projects=["b"])) == {"compute": 15, "licence": 5, "people": 10}
    found = cut(company)
    assert amounts(found) == {"compute": 60, "licence": 20, "people": 10, "data": 1}
    assert {part.name: part.shared for part in found.parts} == {"compute": 60, "licence": 20, "people": 10, "data": 0}


def test_a_pool_that_feeds_another_hands_on_what_it_was_spent_on(company: Company) -> None:
    company.declare(
        project("a"), project("b"),
        pools=[Pool(name="staff", rule="even", feeds=("platform",), projects=("b",)),
               Pool(name="platform", rule="even", projects=("a",))],
    )  # fmt: skip
    company.put("cost", bill("10", "people", pool="staff"), bill("40", pool="platform"))
    assert amounts(cut(company, projects=["a"])) == {"compute": 40, "people": 5}
    assert amounts(cut(company, projects=["b"])) == {"people": 5}


def test_thirds_add_up_to_the_last_decimal(company: Company) -> None:
    company.declare(*(project(name) for name in "abc"), pools=[Pool(name="platform", rule="even")])
    company.put("cost", bill("100", pool="platform"), bill("0.000000000001", "data", pool="platform"))
    for name in "abc":
        cut(company, projects=[name])
    cut(company)


def test_a_pool_that_nobody_shares_is_still_spent(company: Company) -> None:
    company.put("cost", bill("9", "people", pool="nobody"))
    assert amounts(cut(company)) == {"people": 9}


def test_a_closed_month_keeps_its_amounts_whatever_bills_came_later(company: Company) -> None:
    company.declare(project("a"))
    company.put("cost", bill("30", project="a"), bill("10", "people", project="a"))
    with company.ledger.desk(company.now) as desk:
        close(desk, "2026-01", by="Kim", force=True, reason="test")
    company.put("cost", bill("40", "licence", project="a", id="late"))
    found = cut(company)
    assert found.total == 40
    assert amounts(found) == {"licence": 20, "compute": 15, "people": 5}


def test_credits_beyond_the_cost_have_no_proportion(company: Company) -> None:
    company.declare(project("a"))
    company.put("cost", bill("30", project="a"), bill("-50", "licence", project="a", charge_class="credit"))
    assert amounts(cut(company)) == {"compute": 30, "licence": -50}


def test_nothing_spent_is_an_empty_answer_and_half_a_month_none(company: Company) -> None:
    assert cut(company) == CostByCategory(parts=(), total=D(0))
    with pytest.raises(UsageProblem, match="whole months"):
        cut(company, "2026-01-05")
