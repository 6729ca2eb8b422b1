"""Shared benefits: claims by weight, up to the baseline; and suspects beyond what can be true."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from breakeven.ledger.sharing.overlaps import counted
from breakeven.ledger.sharing.suspects import Overlaps, overlaps
from breakeven.workspace.definitions import AssumptionValue, BenefitPool, Headcount, Project

D = Decimal
Company = Any
"""See conftest.py."""


def project(name: str, **more: Any) -> Project:
    return Project(id=name, name=name, category="platform", **more)


def hours(company: Company, day: str, team: str | None = None, **quantity: float) -> None:
    company.put("benefit", *(
        {"time": day, "project": name, "kind": "hours_saved", "quantity": float(number), "unit": "hour", "team": team}
        for name, number in quantity.items()
    ))  # fmt: skip


def shared(name: str = "support", baseline: str | None = None, **weights: str) -> BenefitPool:
    return BenefitPool(name=name, category="productivity_value", baseline=None if baseline is None else D(baseline),
                       projects={project: D(weight) for project, weight in weights.items()})  # fmt: skip


def value(company: Company, period: str = "2026-01") -> dict[str, Decimal]:
    """Productivity by project, at 150 an hour."""
    found = company.values("productivity_value", by="project")
    return {project: amount for (month, project), amount in found.items() if month == period and amount}


def guard(company: Company, period: str = "2026-01") -> Overlaps:
    with company.ledger.desk(company.now) as desk:
        return overlaps(desk, company.workspace.calendar.parse(period, company.now))


# --- shared claims


def test_the_same_benefit_counts_once(company: Company) -> None:
    company.declare(project("a"), project("b"), project("c"), benefit_pools=(shared(a="0.6", b="0.4"),))
    hours(company, "2026-01-05", a=100, b=100, c=100)
    assert value(company) == {"a": D(9000), "b": D(6000), "c": D(15000)}
    assert company.statement("2026-01").value["productivity_value"] == D(30000)
    (first, second) = guard(company).shared
    assert (first.project, first.claimed, first.counted, first.weight) == ("a", D(15000), D(9000), D("0.6"))
    assert first.note == "9000.00 of 15000.00 counts, in benefit pool support: weight 0.6 of 1.0 with b"
    assert second.counted == 6000


def test_a_sole_claimant_counts_in_full(company: Company) -> None:
    company.declare(project("a"), project("b", start=date(2026, 2, 1)), benefit_pools=(shared(a="0.6", b="0.4"),))
    hours(company, "2026-01-05", a=100)
    hours(company, "2026-02-05", a=100, b=-10)
    assert value(company)["a"] == 15000
    assert value(company, "2026-02") == {"a": D(15000), "b": D(-1500)}
    assert [one.note for one in guard(company, "2026-02").shared] == [None, None]


def test_the_baseline_caps_and_says_so(company: Company) -> None:
    company.declare(project("a"), project("b"), benefit_pools=(shared(baseline="10000", a="0.6", b="0.4"),))
    hours(company, "2026-01-05", a=100, b=50)  # 9000 and 3000 by weight
    assert (value(company)["a"], value(company)["b"]) == (D(7500), D(2500))
    note = guard(company).shared[1].note
    assert note == ("2500.00 of 7500.00 counts, in benefit pool support: weight 0.4 of 1.0 with a;"
                    " capped at the baseline of 10000.00")  # fmt: skip


def test_the_open_month_has_its_share_of_the_baseline(company: Company) -> None:
    company.declare(project("a"), benefit_pools=(shared(baseline="10000", a="1"),))
    hours(company, "2026-04-05", a=100)
    assert value(company, "2026-04")["a"] == 5000  # 15 of 30 days are over


def test_a_baseline_that_is_an_assumption(company: Company) -> None:
    pool = msgspec.structs.replace(shared(a="1", b="1"), assumption="baseline_operating_cost")
    company.declare(project("a", baselines={"baseline_operating_cost": D(4000)}),
                    project("b", baselines={"baseline_operating_cost": D(2000)}), benefit_pools=(pool,))  # fmt: skip
    hours(company, "2026-01-05", a=100, b=100)
    assert (value(company)["a"], value(company)["b"]) == (D(3000), D(3000))
    pool = msgspec.structs.replace(pool, assumption="hourly_rate")  # a common value, per month
    company.declare(benefit_pools=(pool,))
    assert value(company)["a"] == 75


def test_an_unknown_claim_is_named(company: Company) -> None:
    company.declare(project("a"), project("b"), benefit_pools=(shared(baseline="1000", a="1", b="1"),))
    company.assume("hourly_rate", AssumptionValue(value=D(150), start=date(2026, 1, 1), project="a"))
    hours(company, "2026-01-05", a=100, b=100)
    assert value(company)["a"] == 1000
    assert str(guard(company).shared[0].note).endswith("; the claim of b is unknown")


@given(
    st.dictionaries(st.sampled_from("abcdef"), st.decimals(-(10**6), 10**8, places=12)),
    st.fixed_dictionaries({name: st.decimals(0, 10, places=3) for name in "abcdef"}),
    st.none() | st.decimals(0, 10**8, places=12),
    st.randoms(use_true_random=False),
)
def test_never_more_than_the_limit_nor_than_the_claim(
    claims: dict[str, Decimal], weights: dict[str, Decimal], limit: Decimal | None, random: Any
) -> None:
    found = counted(claims, weights, limit)
    assert found.keys() == {name for name, claim in claims.items() if claim > 0}
    assert all(0 <= amount <= claims[name] for name, amount in found.items())
    if limit is not None:
        assert sum(found.values()) <= limit
    if len(found) == 1 and limit is None:
        assert found == {name: claims[name] for name in found}
    shuffled = dict(random.sample(sorted(claims.items()), len(claims)))
    assert counted(shuffled, dict(reversed(weights.items())), limit) == found


@given(st.integers(1, 10**9), st.lists(st.integers(1, 100), min_size=2, max_size=6))
def test_one_benefit_that_all_claim_counts_to_the_cent(amount: int, weights: list[int]) -> None:
    claim = D(amount) / 100
    names = [f"p{place}" for place in range(len(weights))]
    found = counted(dict.fromkeys(names, claim), dict(zip(names, map(D, weights), strict=True)), None)
    assert sum(found.values()) == claim


# --- suspects


def test_more_hours_than_the_people_have(company: Company) -> None:
    company.declare(project("a"), project("b"), teams={"support": (Headcount(people=D(2)),)})
    hours(company, "2026-01-05", "support", a=400)
    hours(company, "2026-02-05", "support", a=200, b=100)
    (found,) = guard(company).suspects
    assert (found.kind, found.team, found.claimed, found.capacity, found.people) == (
        "hours", "support", D(400), D(320), D(2))  # fmt: skip
    assert found.message == ("in 2026-01 400 h are claimed as saved in support (a 400 h);"
                             " its 2 people (declared) × 160 h have 320 h")  # fmt: skip
    assert guard(company, "2026-02").suspects == ()


def test_several_projects_claim_the_same_hours(company: Company) -> None:
    company.declare(project("a"), project("b"), teams={"support": (Headcount(people=D(2)),)})
    hours(company, "2026-01-05", "support", a=200)
    company.put("interaction", {"time": "2026-01-06", "project": "b", "team": "support", "count": 10,
                                "seconds_saved": 200 * 3600.0})  # fmt: skip
    (found,) = guard(company).suspects
    assert (found.kind, found.projects, found.claimed) == ("claims", {"a": D(200), "b": D(200)}, D(400))
    assert "benefit_pools: {support_hours: {category: productivity_value, projects: {a: 1, b: 1}}}" in found.declare
    company.declare(benefit_pools=(shared(a="1", b="1"),))
    assert guard(company).suspects == ()


def test_people_are_those_who_are_seen(company: Company) -> None:
    company.declare(project("a"))
    hours(company, "2026-01-05", "support", a=400)
    assert "nobody knows how many people support are" in guard(company).unchecked[0].reason
    company.put("activity", {"time": "2026-01-05", "actor": "u", "project": "a", "team": "support"})
    company.put("interaction", *({"time": "2026-01-05", "actor": actor, "project": "a", "team": "support"}
                                 for actor in ("u", "v")))  # fmt: skip
    (found,) = guard(company).suspects
    assert (found.people, found.capacity) == (D(2), D(320))
    company.put("activity", {"time": "2026-01-07", "actor": "w", "project": "a", "team": "support"})
    assert guard(company).suspects == ()


def test_an_open_month_has_the_hours_so_far(company: Company) -> None:
    company.declare(project("a"), teams={"support": (Headcount(people=D(1)),)})
    hours(company, "2026-04-05", "support", a=100)
    (found,) = guard(company, "2026-04").suspects
    assert found.capacity == 80


@pytest.mark.parametrize(("team", "reason"), [(None, "name no team"), ("support", "monthly_hours_per_person is not")])
def test_what_cannot_be_checked_says_why(company: Company, team: str | None, reason: str) -> None:
    company.declare(project("a"), teams={"support": (Headcount(people=D(1)),)})
    company.assume("monthly_hours_per_person")
    hours(company, "2026-01-05", team, a=4000)
    found = guard(company)
    assert found.suspects == ()
    assert reason in found.unchecked[0].reason
    assert found.unchecked[0].claimed == 4000


def test_earlier_bills_that_add_up_to_more_than_there_was(company: Company) -> None:
    start, stated = date(2026, 1, 1), {"baseline_cloud_cost": D(600)}
    company.declare(project("a", start=start, baselines=stated), project("b", start=start, baselines=stated))
    company.put("cost", {"start": "2026-01-10", "project": "a", "amount": "1", "category": "compute"})
    assert guard(company).unchecked[0].reason == "no cloud cost is recorded before 2026-01"
    company.put("cost", {"start": "2025-11-10", "pool": "cloud", "amount": "1000", "category": "compute"})
    (found,) = guard(company).suspects
    assert (found.kind, found.claimed, found.capacity) == ("baselines", D(1200), D(1000))
    company.put("cost", {"start": "2025-12-10", "pool": "cloud", "amount": "1200", "category": "data"})
    assert guard(company).suspects == ()


def test_whole_months_only(company: Company) -> None:
    with pytest.raises(Exception, match="whole months"):
        guard(company, "2026-01-05")
