"""Pools: seven rules, stages, circles, dated rules, and that no cent is lost on the way."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from breakeven.ledger.sharing.allocate import UNALLOCATED, allocate
from breakeven.ledger.sharing.pool_report import allocation, pool_trace
from breakeven.ledger.sharing.pool_steps import PoolStep
from breakeven.ledger.sharing.splitting import Splitting
from breakeven.workspace.definitions import Headcount, Pool, Project, Split

D = Decimal
Company = Any
"""See conftest.py."""
JANUARY = date(2026, 1, 1)


def project(name: str, **more: Any) -> Project:
    return Project(id=name, name=name, category="platform", **more)


def bill(company: Company, **amounts: str) -> None:
    for pool, amount in amounts.items():
        company.put("cost", {"start": "2026-01-10", "pool": pool, "amount": amount})


def parts(company: Company, period: str = "2026-01", **asked: Any) -> dict[str, Decimal]:
    """Project → what it got; unallocated among them where there is any."""
    with company.ledger.desk(company.now) as desk:
        found = allocation(desk, company.workspace.calendar.parse(period, company.now), **asked)
    nobody = {UNALLOCATED: found.unallocated} if found.unallocated else {}
    return {name: amount for name, amount in found.projects.items() if amount} | nobody


def steps(company: Company, month: date = JANUARY) -> dict[str, PoolStep]:
    with company.ledger.desk(company.now) as desk:
        return {step.pool: step for step in pool_trace(desk, month)}


# --- rules


@pytest.fixture
def busy(company: Company) -> Company:
    """Two projects that differ in everything a rule can count, and calls of nobody."""
    company.declare(
        project("a", headcount=(Headcount(people=D(3)),)),
        project("b", headcount=(Headcount(people=D(1)), Headcount(people=D(2), start=date(2026, 2, 1)))),
    )
    company.put("interaction",
                {"time": "2026-01-05", "project": "a", "count": 30, "input_tokens": 500, "output_tokens": 100},
                {"time": "2026-01-05", "project": "b", "count": 10, "input_tokens": 200, "output_tokens": 0},
                {"time": "2026-01-05", "project": "nobody", "count": 10, "input_tokens": 200})  # fmt: skip
    company.put("cost", {"start": "2026-01-05", "project": "a", "amount": "90"},
                {"start": "2026-01-05", "project": "b", "amount": "10"})  # fmt: skip
    company.put("activity", *({"time": "2026-01-05", "actor": actor, "project": name}
                              for actor, name in (("u", "a"), ("v", "a"), ("v", "b"), ("v", "b"))))  # fmt: skip
    return company


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("even", {"a": "50", "b": "50"}),
        ("interactions", {"a": "60", "b": "20", "unassigned": "20"}),
        ("tokens", {"a": "60", "b": "20", "unassigned": "20"}),
        ("cost", {"a": "90", "b": "10"}),
        ("active_users", {"a": "66.67", "b": "33.33"}),
        ("headcount", {"a": "75", "b": "25"}),
        ("weights", {"a": "10", "b": "90"}),
    ],
)
def test_rules(busy: Company, rule: Any, expected: dict[str, str]) -> None:
    busy.declare(pools=[Pool(name="p", rule=rule, weights={"a": D(1), "b": D(9)})])
    bill(busy, p="100")
    assert parts(busy) == {name: D(part) for name, part in expected.items()}
    book = busy.values("cost_allocated", by="project")
    assert {name: part for (_, name), part in book.items() if part} == {n: D(part) for n, part in expected.items()}
    assert sum(share.amount for share in steps(busy)["p"].shares) == 100


def test_named_projects_that_do_not_run_get_nothing(busy: Company) -> None:
    busy.declare(project("idea", stage="idea"), project("later", start=date(2026, 2, 3)),
                 pools=[Pool(name="p", rule="even", projects=("a", "idea", "later"))])  # fmt: skip
    bill(busy, p="100")
    assert parts(busy) == {"a": D(100)}
    assert steps(busy)["p"].reason == "idea, later did not run in 2026-01"
    busy.put("cost", {"start": "2026-02-10", "pool": "p", "amount": "100"})
    assert parts(busy, "2026-02") == {"a": D(50), "later": D(50)}


def test_headcount_by_month(busy: Company) -> None:
    busy.declare(pools=[Pool(name="p", rule="headcount")])
    busy.put("cost", {"start": "2026-02-10", "pool": "p", "amount": "100"})
    assert parts(busy, "2026-02") == {"a": D(60), "b": D(40)}


def test_rules_by_month(busy: Company) -> None:
    later = Split(rule="interactions", projects=("a", "b"), start=date(2026, 1, 1))
    busy.declare(pools=[Pool(name="p", rule="even", start=date(2025, 12, 1), later=(later,))])
    for day in ("2025-11-10", "2025-12-10", "2026-01-10"):
        busy.put("cost", {"start": day, "pool": "p", "amount": "100"})
    assert parts(busy, "2025-11") == {UNALLOCATED: D(100)}
    assert steps(busy, date(2025, 11, 1))["p"].reason == "no rule of p holds in 2025-11: the first starts in 2025-12"
    assert parts(busy, "2025-12") == {"a": D(50), "b": D(50)}
    assert parts(busy) == {"a": D(75), "b": D(25)}


# --- what is unknown


def test_an_unknown_weight_is_not_zero(busy: Company) -> None:
    busy.put("interaction", {"time": "2026-01-06", "project": "c", "count": 7})
    busy.declare(project("c"), project("silent"), pools=[Pool(name="p", rule="tokens")])
    bill(busy, p="100")
    assert parts(busy) == {"a": D(60), "b": D(20), "unassigned": D(20)}
    step = steps(busy)["p"]
    weights = {share.to: share.weight for share in step.shares}
    assert (weights["c"], weights["silent"]) == (None, D(0))
    assert step.reason == "c gets nothing, its weight is unknown: 7 of 7 interactions have no token count"


@pytest.mark.parametrize(
    ("pool", "reason"),
    [
        (Pool(name="p", rule="active_users"), "no weight is known: not measured: no activity has been recorded"),
        (
            Pool(name="p", rule="headcount"),
            "no weight is known: headcount of a is not stated on 2026-01-01 (and 1 more)",
        ),
        (Pool(name="p", rule="weights", projects=("a",), weights={"a": D(0)}), "all known weights are 0"),
        (Pool(name="p", rule="even", projects=("c",)), "nobody who shares p ran in 2026-01"),
        (Pool(name="other", rule="even"), "p is not declared in allocation.yaml"),
    ],
)
def test_what_nobody_can_be_given_is_unallocated(company: Company, pool: Pool, reason: str) -> None:
    company.declare(project("a"), project("b"), project("c", stage="idea"), pools=[pool])
    bill(company, p="100.005")
    assert parts(company) == {UNALLOCATED: D("100.005")}
    assert reason in str(steps(company)["p"].reason)
    made = company.statement("2026-01")
    assert (made.cost["allocated"], made.cost["unallocated"]) == (0, D("100.005"))


def test_credits_count_as_no_cost_and_are_split_like_cost(busy: Company) -> None:
    busy.put("cost", {"start": "2026-01-20", "project": "b", "amount": "-50", "charge_class": "credit"})
    busy.declare(pools=[Pool(name="p", rule="cost")])
    bill(busy, p="-30")
    assert parts(busy) == {"a": D(-30)}
    (note,) = [share.note for share in steps(busy)["p"].shares if share.to == "b"]
    assert str(note).startswith("credits exceed the cost by 40.00: it counts as 0; ")


def test_users_without_a_project_bear_their_part(company: Company) -> None:
    company.declare(project("a"), pools=[Pool(name="p", rule="active_users")])
    company.put("activity", {"time": "2026-01-05", "actor": "u", "project": "a"},
                {"time": "2026-01-05", "actor": "v", "project": "unassigned"})  # fmt: skip
    company.put("cost", {"start": "2026-01-10", "pool": "p", "project": "a", "amount": "10"})
    assert parts(company) == {"a": D(5), UNALLOCATED: D(5)}
    assert company.statement("2026-01").cost["unallocated"] == 5
    bill(company, p="10")  # a record of nobody's: then unassigned stands in the ledger and bears its part
    assert parts(company) == {"a": D(10), "unassigned": D(10)}


def test_a_bill_without_a_rate_is_named(company: Company) -> None:
    company.declare(project("a"), project("b"), pools=[Pool(name="p", rule="even", projects=("a",))])
    company.put("cost", {"start": "2026-01-10", "pool": "p", "amount": "5", "currency": "GBP"},
                {"start": "2026-01-10", "project": "b", "amount": "1"})  # fmt: skip
    said = "no exchange rate GBP→USD on 2026-01-10"
    with company.ledger.desk(company.now) as desk:
        found = allocation(desk, company.workspace.calendar.parse("2026-01", company.now))
    assert (found.steps, found.notes) == ((), (f"2026-01 p: {said}",))
    made = company.statement("2026-01")
    assert made.cost["allocated"] is made.cost["unallocated"] is None
    assert ("cost_allocated", said) in {(one.figure, one.reason) for one in made.unknown}
    assert company.statement("2026-01", "b").cost["allocated"] == 0
    bill(company, p="7")
    assert str(steps(company)["p"].reason).endswith(said)
    made = company.statement("2026-01", "a")
    assert made.cost["allocated"] == 7
    assert ("cost_allocated", said) in {(one.figure, one.reason) for one in made.unknown}


def test_new_records_of_what_a_rule_counts_are_seen(company: Company) -> None:
    company.declare(project("a"), project("b"), pools=[Pool(name="p", rule="active_users")])
    company.put("activity", {"time": "2026-01-05", "actor": "u", "project": "a"})
    bill(company, p="10")
    assert company.statement("2026-01", "a").cost["allocated"] == 10
    company.put("activity", {"time": "2026-01-05", "actor": "u", "project": "b"})
    assert company.statement("2026-01", "a").cost["allocated"] == 5


# --- stages and circles


def test_a_pool_feeds_another(busy: Company) -> None:
    busy.declare(pools=[
        Pool(name="network", rule="interactions", projects=("b",), feeds=("platform",)),
        Pool(name="platform", rule="even", projects=("a", "b")),
    ])  # fmt: skip
    bill(busy, network="100", platform="10")
    found = steps(busy)
    # platform counts with the interactions of its projects: 30 + 10, beside the 10 of b.
    assert [(share.to, share.weight, share.amount) for share in found["network"].shares] == [
        ("b", D(10), D(20)), ("platform", D(40), D(80))]  # fmt: skip
    assert (found["platform"].received, found["platform"].total) == (D(80), D(90))
    assert parts(busy) == {"a": D(45), "b": D(65)}
    assert parts(busy, pool="platform") == {"a": D(45), "b": D(45)}
    assert parts(busy, project="b") == {"b": D(65)}
    assert busy.statement("2026-01", "b").cost["allocated"] == 65
    note = busy.explain("cost_allocated", "2026-01", "b").note
    assert note == "20.00 of 100.00 of network by interactions, 10 of 50; 45.00 of 90.00 of platform by even, 1 of 2"


def test_the_textbook_circle(company: Company) -> None:
    """Horngren, Datar, Rajan: Castleford Engineering; complete reciprocated costs and totals as printed."""
    company.declare(
        project("machining"), project("assembly"),
        pools=[
            Pool(name="maintenance", rule="weights", reciprocal=True, projects=("assembly", "machining"),
                 feeds=("systems",), weights={"machining": D(30), "assembly": D(50), "systems": D(20)}),
            Pool(name="systems", rule="weights", reciprocal=True, projects=("assembly", "machining"),
                 feeds=("maintenance",), weights={"machining": D(80), "assembly": D(10), "maintenance": D(10)}),
        ],
    )  # fmt: skip
    bill(company, maintenance="6300000", systems="1452150")
    assert parts(company) == {"machining": D(4_187_025), "assembly": D(3_565_125)}
    found = steps(company)
    assert (found["maintenance"].complete, found["systems"].complete) == (D(6_576_750), D(2_767_500))
    assert found["systems"].circle == ("maintenance", "systems")
    assert sum(share.amount for share in found["systems"].shares) == found["systems"].total


def test_a_circle_that_gives_nothing_out_is_unallocated(company: Company) -> None:
    company.declare(project("a"), pools=[
        Pool(name="p", rule="interactions", reciprocal=True, projects=("a",), feeds=("q",)),
        Pool(name="q", rule="even", reciprocal=True, feeds=("p",)),
    ])  # fmt: skip
    company.put("interaction", {"time": "2025-12-05", "project": "a"})
    bill(company, p="10", q="7")
    assert parts(company) == {UNALLOCATED: D(17)}


# --- invariants


class Weighing:
    """Drivers with made-up numbers: the same for every rule."""

    def __init__(self, weights: dict[str, Decimal | None]) -> None:
        self._weights = weights

    def everyone(self, rule: str, month: date) -> list[str]:  # noqa: ARG002 - asked like Drivers
        return [*self._weights]

    def running(self, names: tuple[str, ...], month: date) -> list[str]:  # noqa: ARG002 - asked like Drivers
        return [name for name in names if name in self._weights]

    def weight(self, rule: str, month: date, project: str) -> Decimal | None:  # noqa: ARG002 - asked like Drivers
        return self._weights.get(project)


PROJECTS, POOLS = "abcd", ("p", "q", "r", "s")
NUMBERS = st.decimals(0, 10**4, places=3)


@st.composite
def pools(draw: st.DrawFn) -> dict[str, Pool]:
    """Up to four pools that feed each other in any way."""
    found = {}
    for name in POOLS:
        members = tuple(draw(st.lists(st.sampled_from(PROJECTS), unique=True)))
        feeds = tuple(draw(st.lists(st.sampled_from([p for p in POOLS if p != name]), unique=True)))
        rule = draw(st.sampled_from(["even", "interactions", "weights"]))
        weights = {member: draw(NUMBERS) for member in (*members, *feeds)}
        found[name] = Pool(name=name, rule=rule, projects=members, feeds=feeds, weights=weights, reciprocal=True)  # type: ignore[arg-type]
    return found


def split(declared: dict[str, Pool], weights: dict[str, Decimal | None], billed: dict[str, Decimal]) -> Any:
    splitting = Splitting(declared, Weighing(weights))  # type: ignore[arg-type]
    made = splitting.month(JANUARY, billed)
    total: dict[str, Decimal] = {}
    for one in made:
        assert sum(one.parts.values(), D(0)) == one.billed + one.received
        for name, part in splitting.final(one).items():
            total[name] = total.get(name, D(0)) + part
    return total


@given(
    pools(),
    st.fixed_dictionaries({name: st.none() | NUMBERS for name in PROJECTS}),
    st.dictionaries(st.sampled_from([*POOLS, "undeclared"]), st.decimals(-(10**7), 10**7, places=12)),
    st.randoms(use_true_random=False),
)
def test_no_cent_is_lost_whatever_feeds_what(
    declared: dict[str, Pool], weights: dict[str, Decimal | None], billed: dict[str, Decimal], random: Any
) -> None:
    found = split(declared, weights, billed)
    assert sum(found.values(), D(0)) == sum(billed.values(), D(0))
    if all(amount >= 0 for amount in billed.values()):
        assert all(part >= 0 for part in found.values())
    shuffled = {name: declared[name] for name in random.sample(sorted(declared), len(declared))}
    others = dict(random.sample(sorted(weights.items()), len(weights)))
    assert split(shuffled, others, dict(random.sample(sorted(billed.items()), len(billed)))) == found


@given(pools(), st.fixed_dictionaries(dict.fromkeys(PROJECTS, NUMBERS)), st.integers(0, 10**9))
def test_circles_solve_their_equations(
    declared: dict[str, Pool], weights: dict[str, Decimal | None], amount: int
) -> None:
    """Each complete cost is the pool's own cost and what the others give it of theirs."""
    made = Splitting(declared, Weighing(weights)).month(JANUARY, {"p": D(amount)})  # type: ignore[arg-type]
    complete = {one.pool: Fraction(one.complete) for one in made if one.complete is not None}
    for one in made:
        if one.complete is None:
            continue
        came = Fraction(one.billed + one.received)
        for other in made:
            known = {name: weight for name, weight in other.weights.items() if weight}
            stuck = UNALLOCATED in other.parts and not set(known) - {*other.circle}
            if other.circle == one.circle and one.pool in known and not stuck:
                came += complete[other.pool] * Fraction(known[one.pool]) / Fraction(sum(known.values()))
        assert came == pytest.approx(complete[one.pool], abs=1e-4, rel=1e-12)


@given(st.decimals(D("0.000000000001"), 10**8, places=12), st.dictionaries(st.sampled_from("abcdefgh"), st.integers(1)))
def test_a_part_is_within_a_cent_of_its_exact_share(amount: Decimal, weights: dict[str, int]) -> None:
    found = allocate(amount, {name: Fraction(weight) for name, weight in weights.items()})
    for name, part in found.items() if weights else ():
        exact = Fraction(amount) * weights[name] / sum(weights.values())
        assert abs(Fraction(part) - exact) < Fraction(3, 200)
