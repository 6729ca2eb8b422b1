"""Projected savings beside what came, invoices by vendor, what figures rest on, and a bridge within one desk."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from breakeven.ledger.behind import behind
from breakeven.ledger.bridge import Side, bridge, bridge_within
from breakeven.ledger.cases.business_case import approve
from breakeven.ledger.cases.projected import Projected, projected
from breakeven.ledger.catalogue import figures
from breakeven.ledger.invoicing.by_vendor import VendorGaps, by_vendor
from breakeven.ledger.invoicing.reconcile import reconcile
from breakeven.workspace.definitions import BusinessCase, Implementation, Project

D = Decimal
Company = Any
"""See conftest.py."""
JANUARY, MAY = date(2026, 1, 1), date(2026, 5, 1)


def project(name: str, **more: Any) -> Project:
    return Project(id=name, name=name, category="platform", start=JANUARY, **more)


def asked(company: Company, projects: list[str] | None = None) -> Projected:
    with company.ledger.desk(company.now) as desk:
        return projected(desk, JANUARY, MAY, projects)


def test_cost_is_cut_into_implementation_and_the_rest_and_the_open_month_is_prorated(company: Company) -> None:
    company.declare(
        project("a", business_case=BusinessCase(cost=D(100), benefit=D(300)),
                implementation=Implementation(cost=D(120), start=JANUARY, months=12)),
        project("b"),
        project("idea", stage="idea", business_case=BusinessCase(cost=D(1), benefit=D(1))),
    )  # fmt: skip
    company.put("cost", {"start": "2026-01-01", "project": "a", "amount": "50"})
    found = asked(company)
    first, last = found.months[0], found.months[-1]
    assert (first.implementation, first.running, first.investment) == (10, 50, 60)
    assert (first.planned_benefit, first.planned_cost, first.value) == (300, 100, None)
    # The middle of April: 15 of 30 days are over.
    assert (last.complete, last.implementation, last.planned_benefit) == (False, 5, 150)
    assert (found.planned, found.unplanned) == (("a",), ("b",))
    assert [month.planned_benefit for month in asked(company, ["b"]).months] == [None] * 4


def test_what_was_approved_counts_whatever_the_file_says_later(company: Company) -> None:
    company.declare(project("a", business_case=BusinessCase(cost=D(100), benefit=D(300))))
    company.put("cost", {"start": "2026-01-01", "project": "a", "amount": "50"})
    with company.ledger.desk(company.now) as desk:
        approve(desk, "a", by="Kim", note="")
    company.declare(project("a", business_case=BusinessCase(cost=D(100), benefit=D(900))))
    assert asked(company).months[0].planned_benefit == 300


def vendors(company: Company, tolerance: str) -> VendorGaps:
    period = company.workspace.calendar.parse("2026", company.now)
    with company.ledger.desk(company.now) as desk:
        return by_vendor(reconcile(desk, period, tolerance=D(tolerance)))


def test_invoices_add_up_by_vendor_over_the_months_in_which_both_are_known(company: Company) -> None:
    call = {"project": "a", "cost_origin": "metered"}
    company.declare(project("a"))
    company.put("interaction", *(
        call | {"time": f"2026-{month}", "provider": provider, "cost": cost}
        for month, provider, cost in (("01-31", "openai", "90"), ("02-28", "openai", "95"), ("03-31", "openai", "7"),
                                      ("01-31", "acme", "10"))
    ))  # fmt: skip
    bill = {"category": "compute"}
    company.put(
        "cost", bill | {"start": "2026-01-01", "end": "2026-02-01", "vendor": "OpenAI", "amount": "100"},
        bill | {"start": "2026-02-01", "end": "2026-03-01", "vendor": "OpenAI", "amount": "100"},
        bill | {"start": "2026-01-01", "end": "2026-02-01", "vendor": "Acme", "amount": "10"},
    )  # fmt: skip
    found = vendors(company, "0.03")
    openai, acme = found.vendors
    assert (openai.vendor, openai.metered, openai.invoice, openai.gap, openai.months) == ("OpenAI", 185, 200, 15, 2)
    assert (openai.gap_share, openai.beyond_tolerance, openai.waiting) == (D("0.081081"), True, 1)
    assert (acme.gap, acme.beyond_tolerance) == (0, False)
    assert (found.total.metered, found.total.invoice, found.to_reconcile) == (195, 210, 15)
    assert vendors(company, "0.5").to_reconcile == 0


@pytest.mark.parametrize(
    ("name", "kinds", "values", "costs"),
    [
        ("interactions", {"interaction"}, False, False),
        ("infra_savings", {"cost"}, True, False),
        ("cost_direct", {"cost"}, False, True),
        ("investment", {"cost", "interaction"}, False, True),
        ("net_value", None, True, True),
        ("roi_ytd", None, True, True),
        ("budget_variance", {"cost", "interaction"}, False, True),
        ("budget", set(), False, False),
        ("nps", {"survey"}, False, False),
    ],
)
def test_a_figure_knows_what_it_rests_on(
    company: Company, name: str, kinds: set[str] | None, values: bool, costs: bool
) -> None:
    with company.ledger.desk(company.now) as desk:
        found = behind(desk, figures(desk.workspace)[name])
    if kinds is not None:
        assert found.kinds == kinds
    else:
        assert {"cost", "interaction", "benefit"} <= found.kinds
    assert (bool(found.values), bool(found.costs)) == (values, costs)


def test_a_bridge_within_one_desk_is_the_bridge(company: Company) -> None:
    company.declare(project("a"))
    company.put("cost", {"start": "2026-01-01", "project": "a", "amount": "50"},
                {"start": "2026-02-01", "project": "a", "amount": "70"})  # fmt: skip
    company.put("benefit", *({"time": f"2026-0{month}-10", "project": "a", "kind": "revenue", "amount": "90",
                              "unit": "money"} for month in (1, 2)))  # fmt: skip
    one, other = (company.workspace.calendar.parse(name, company.now) for name in ("2026-01", "2026-02"))
    with company.ledger.desk(company.now) as desk:
        found = bridge_within(desk, one, other)
    same = bridge(company.ledger, Side(name=one.name, period=one), Side(name=other.name, period=other), now=company.now)
    assert found == same
    assert found.change == -20
