from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import examples

from breakeven.ledger.sharing.allocate import UNALLOCATED, allocate, write_off
from breakeven.money import Rate
from breakeven.period import Grain
from breakeven.workspace.definitions import Implementation, Pool, Project

D = Decimal
Company = Any
"""See conftest.py."""


def project(name: str, **more: object) -> Project:
    return Project(id=name, name=name, category="platform", **more)  # type: ignore[arg-type]


def test_a_span_is_spread_by_time(company: Company) -> None:
    company.put("cost", {"start": "2026-01-01", "end": "2026-04-01", "project": "a", "amount": "90"})
    assert company.values("cost") == {("2026-01",): D(31), ("2026-02",): D(28), ("2026-03",): D(31)}
    assert company.values("cost", grain=Grain.ALL) == {("all",): D(90)}
    days = company.values("cost", grain=Grain.DAY)
    assert len(days) == 90
    assert set(days.values()) == {D(1)}
    assert company.values("cost_records") == {("2026-01",): 1, ("2026-02",): 0, ("2026-03",): 0}


def test_a_span_is_cut_at_local_midnights(new_company) -> None:  # type: ignore[no-untyped-def]
    berlin = new_company("Europe/Berlin")
    berlin.put("cost", {"start": "2026-01-31T22:00", "end": "2026-02-01T00:00", "project": "a", "amount": "10"})
    assert berlin.values("cost") == {("2026-01",): D(5), ("2026-02",): D(5)}


@examples(15)
@given(
    amount=st.decimals(-(10**9), 10**9, places=12),
    start=st.timedeltas(timedelta(0), timedelta(days=700)).map(lambda after: datetime(2024, 1, 1, tzinfo=UTC) + after),
    length=st.timedeltas(timedelta(seconds=1), timedelta(days=900)),
    grain=st.sampled_from([Grain.MONTH, Grain.QUARTER, Grain.YEAR, Grain.WEEK]),
)
def test_spreading_conserves_the_amount(company: Company, amount: Decimal, start, length, grain: Grain) -> None:  # type: ignore[no-untyped-def]
    name = f"vendor {company.store.versions().data}"
    company.put("cost", {"start": start, "end": start + length, "vendor": name,
                         "amount": str(amount)})  # fmt: skip
    window = (date(2023, 1, 1), date(2030, 1, 1))
    found = [part for key, part in company.values("cost", grain=grain, by="vendor", window=window).items()
             if key[-1] == name]  # fmt: skip
    assert sum(part for part in found if part is not None) == amount


def test_rates_hold_from_their_day(company: Company) -> None:
    rates = [Rate(currency="EUR", rate=D(rate), start=date.fromisoformat(day), source="ecb")
             for rate, day in (("1.1", "2026-01-01"), ("1.2", "2026-01-15"))]  # fmt: skip
    company.declare(rates=rates)
    for day in ("2026-01-05", "2026-01-20"):
        company.put("cost", {"start": day, "project": "a", "amount": "100", "currency": "EUR"})
        company.put("interaction", {"time": day, "project": "a", "model": "m", "cost": "10", "cost_currency": "EUR",
                                    "cost_origin": "reported"})  # fmt: skip
    company.put("interaction", {"time": "2026-01-20", "project": "a", "cost": "1", "cost_currency": "USD"})
    assert company.values("cost") == {("2026-01",): D(230)}
    assert company.values("ai_cost") == {("2026-01",): D(24)}
    days = company.values("ai_cost", grain=Grain.DAY)
    assert (days[("2026-01-05",)], days[("2026-01-20",)]) == (D(11), D(13))
    company.store.compact()
    assert company.values("ai_cost", grain=Grain.ALL) == {("all",): D(24)}


def test_an_amount_without_a_rate_is_unknown(company: Company) -> None:
    company.put("cost", {"start": "2026-01-01", "project": "a", "amount": "100", "currency": "EUR"})
    row = company.metric("cost").rows[0]
    assert (row.value, row.reason) == (None, "no exchange rate EUR→USD on 2026-01-01")
    made = company.statement("2026-01")
    assert made.cost["direct"] is None
    assert made.investment is None
    assert ("cost_direct", row.reason) in {(one.figure, one.reason) for one in made.unknown}
    company.put("cost", {"start": "2026-01-02", "project": "a", "amount": "7"})
    row = company.metric("cost").rows[0]
    assert (row.value, row.reason) == (D(7), "no exchange rate EUR→USD on 2026-01-01")


@given(st.decimals(-(10**8), 10**8, places=12), st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 10**6)))
def test_parts_of_a_pool_add_up(amount: Decimal, weights: dict[str, int]) -> None:
    parts = allocate(amount, {name: D(weight) for name, weight in weights.items()})
    assert sum(parts.values(), D(0)) == amount
    if any(weights.values()):
        assert UNALLOCATED not in parts
        assert all(weights[name] for name in parts)
    elif amount:
        assert parts == {UNALLOCATED: amount}


def test_pools(company: Company) -> None:
    company.declare(
        project("a"), project("b"), project("c", end=date(2025, 12, 31)), project("d", stage="idea"),
        pools=[Pool(name="even", rule="even"), Pool(name="used", rule="interactions"),
               Pool(name="idle", rule="interactions", projects=("b",))],
    )  # fmt: skip
    company.put("interaction", {"time": "2026-01-05", "project": "a", "count": 300},
                {"time": "2026-01-05", "project": "unassigned", "count": 100})  # fmt: skip
    for pool, amount in (("even", "100.01"), ("used", "10"), ("idle", "5"), ("nowhere", "3")):
        company.put("cost", {"start": "2026-01-10", "pool": pool, "amount": amount})
    rows = company.values("cost_allocated", by="project")
    parts = {"a": "57.51", "b": "50", "c": "0", "d": "0", "unassigned": "2.5", UNALLOCATED: "8"}
    assert rows == {("2026-01", name): D(part) for name, part in parts.items()}
    made = company.statement("2026-01")
    assert (made.cost["allocated"], made.cost["unallocated"]) == (D("110.01"), D(8))
    assert made.investment == D("118.01")
    assert company.statement("2026-01", "a").cost["allocated"] == D("57.51")


def test_the_write_off_adds_up() -> None:
    plan = Implementation(cost=D("100000.005"), start=date(2025, 11, 20), months=7)
    parts = write_off(project("a", implementation=plan))
    assert sum(parts.values()) == plan.cost
    assert next(iter(parts)) == date(2025, 11, 1)
    assert max(parts.values()) - min(parts.values()) <= D("0.02")


def test_the_open_month_is_prorated(company: Company) -> None:
    plan = Implementation(cost=D(1200), start=date(2026, 1, 1))
    company.declare(project("a", start=date(2026, 1, 1), implementation=plan, budget=D(300),
                            baselines={"baseline_incidents": D(4)}))  # fmt: skip
    company.put("cost", {"start": "2026-04-02", "project": "a", "amount": "30"})
    company.put("incident", {"opened_at": "2026-03-02", "project": "a"}, {"opened_at": "2026-04-02", "project": "a"})
    made = company.statement("2026-04")
    assert made.open_month == "2026-04"
    assert (made.cost["implementation"], made.cost["direct"], made.budget) == (D(50), D(30), D(150))
    assert made.value["incident_value"] == 100_000  # half of 4, less 1
    assert not made.cumulative[-1].complete
    past = company.statement("2026-03")
    assert (past.open_month, past.cost["implementation"], past.value["incident_value"]) == (None, D(100), 300_000)


def test_unpriced_interactions_are_named(company: Company) -> None:
    company.put("interaction", {"time": "2026-01-05", "project": "a", "count": 7, "cost_origin": "unpriced"})
    assert company.statement("2026-01").cost["metered"] is None
    company.put("interaction", {"time": "2026-01-05", "project": "a", "count": 3, "cost": "1.5"})
    made = company.statement("2026-01")
    assert made.cost["metered"] == made.investment == D("1.5")
    reasons = {one.figure: one.reason for one in made.unknown}
    assert reasons["cost_metered"] == "7 of 10 interactions have no known cost"
    assert company.values("cost_per_prediction") == {("2026-01",): D("0.5")}


def test_statements_are_of_whole_months(company: Company) -> None:
    with pytest.raises(Exception, match="whole months"):
        company.statement("2026-01-05")
