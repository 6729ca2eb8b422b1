"""A statement of several projects is the sum of theirs: value, cost, evidence, closed months, what came later."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from itertools import combinations
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import examples

from breakeven.errors import UnknownName
from breakeven.ledger.closing.closing import close
from breakeven.ledger.proof.validation import validate
from breakeven.ledger.results import Statement
from breakeven.ledger.statement import statement
from breakeven.workspace.definitions import Headline, Implementation, Pool, Project

D = Decimal
Company = Any
"""See conftest.py."""
NAMES = ("a", "b", "c", "unassigned")

fact = st.fixed_dictionaries({
    "month": st.integers(1, 4), "project": st.sampled_from(NAMES), "pool": st.sampled_from(["even", "weighed"]),
    "amount": st.decimals(0, 10**6, places=6), "kind": st.sampled_from(["revenue", "hours", "cost", "metered", "pool"]),
})  # fmt: skip


def declared(company: Company) -> None:
    company.declare(
        Project(id="a", name="A", category="platform", budget=D(700),
                implementation=Implementation(cost=D(1000), start=date(2026, 1, 1), months=3)),
        Project(id="b", name="B", category="customer_service", start=date(2026, 2, 1), budget=D("33.33")),
        Project(id="c", name="C", category="customer_service"),
        pools=[Pool(name="even", rule="even"),
               Pool(name="weighed", rule="weights", weights={"a": D(1), "b": D(3), "c": D(2)})],
    )  # fmt: skip


def record(one: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    day, amount, own = f"2026-0{one['month']}-10", str(one["amount"]), {"project": one["project"], "id": str(one)}
    match one["kind"]:
        case "revenue":
            return "benefit", own | {"time": day, "kind": "revenue", "amount": amount}
        case "hours":
            return "benefit", own | {"time": day, "kind": "hours_saved", "quantity": float(one["amount"] // 1000)}
        case "metered":
            return "interaction", own | {"time": day, "cost": amount}
        case "pool":
            return "cost", {"id": str(one), "start": day, "pool": one["pool"], "amount": amount}
    return "cost", own | {"start": day, "amount": amount}


def of(company: Company, projects: Any, period: str = "2026-Q1", name: str = "") -> Statement:
    with company.ledger.desk(company.now) as desk:
        return statement(desk, company.workspace.calendar.parse(period, company.now), projects, name=name)


def total(amounts: Iterable[Decimal | None]) -> Decimal | None:
    known = [amount for amount in amounts if amount is not None]
    return sum(known, D(0)) if known else None


def plain(made: Statement) -> Statement:
    """Without what is only its name."""
    return msgspec.structs.replace(made, scope="")


def check_sums(company: Company, names: tuple[str, ...]) -> None:
    whole, parts = of(company, names), [of(company, name) for name in names]
    assert plain(whole) == plain(of(company, tuple(reversed(names)) + names[:1]))
    assert whole.total_value == total(part.total_value for part in parts)
    assert whole.investment == total(part.investment for part in parts)
    for line in whole.cost:
        assert whole.cost[line] == total(part.cost[line] for part in parts), line
    for line in whole.value:
        assert whole.value[line] == total(part.value[line] for part in parts), line
    if whole.total_value is not None and whole.investment is not None:
        assert whole.net_value == whole.total_value - whole.investment
    if all(part.net_value is not None for part in parts):
        assert whole.net_value == total(part.net_value for part in parts)
    assert whole.budget == total(part.budget for part in parts)
    assert total(point.net for point in whole.cumulative) == total(
        point.net for part in parts for point in part.cumulative
    )
    check_evidence(whole, parts)
    assert total(one.amount for one in whole.metered) == total(one.amount for part in parts for one in part.metered)
    assert whole.closed == parts[0].closed
    later = [[change for one in made.after_close for change in one.changes] for made in (whole, *parts)]
    assert total(one.change for one in later[0]) == total(one.change for found in later[1:] for one in found)


def check_evidence(whole: Statement, parts: list[Statement]) -> None:
    split, splits = whole.evidence, [part.evidence for part in parts]
    assert split is not None
    for word in ("claimed", "measured", "validated"):
        assert getattr(split, word).value == total(getattr(one, word).value for one in splits), word
        assert getattr(split, word).cash == total(getattr(one, word).cash for one in splits), word
    for grade, amount in split.by_grade.items():
        assert amount == total(one.by_grade[grade] for one in splits if one), grade
    assert split.not_counted == total(one.not_counted for one in splits if one)
    assert split.disputed == total(one.disputed for one in splits if one)
    assert set(split.notes) >= {note for one in splits if one for note in one.notes if "not counted" not in note}


@examples(10)
@given(facts=st.lists(fact, min_size=1, max_size=14, unique_by=str), strict=st.booleans())
def test_a_set_is_the_sum_of_its_members(new_company: Callable[..., Company], facts: Any, strict: bool) -> None:
    company = new_company()
    declared(company)
    if strict:
        company.declare(headline=Headline(grades=("A", "B", "C")), pools=tuple(company.workspace.pools.values()))
    for one in facts:
        kind, row = record(one)
        company.put(kind, row)
    for names in (*combinations(NAMES, 2), NAMES):
        check_sums(company, names)
    company.store.close()


def test_closed_and_disputed_months_add_up(company: Company) -> None:
    declared(company)
    for name, amount in (("a", "100.01"), ("b", "50.5"), ("c", "7")):
        company.put("benefit", {"time": "2026-03-05", "project": name, "kind": "revenue", "amount": amount})
        company.put("cost", {"start": "2026-03-05", "project": name, "amount": "10"})
    company.put("cost", {"start": "2026-03-06", "pool": "even", "amount": "0.1"})
    with company.ledger.desk(company.now) as desk:
        validate(desk, ["2026-03/b/*"], by="Ana", note="seen")
        close(desk, "2026-03", by="Ada")
        validate(desk, ["2026-03/c/acceleration_value"], by="Ana", note="twice", state="disputed")
    for name in ("a", "b"):
        company.put("cost", {"start": "2026-03-20", "project": name, "amount": "3"})
    check_sums(company, ("a", "b"))
    check_sums(company, ("a", "b", "c", "unassigned"))
    pair = of(company, ["a", "b"])
    assert pair.evidence is not None
    assert (pair.closed, pair.after_close[0].cost) == ({"2026-03": 1}, 6)
    assert (pair.evidence.validated.value, pair.evidence.disputed) == (D("50.5"), 0)
    assert pair.completeness == D("0.08")  # 2 amounts of 5 categories in 3 months of a and 2 of b


def test_how_a_scope_is_called(company: Company) -> None:
    declared(company)
    assert [of(company, asked).scope for asked in (None, "a", ["a"], ["b", "a"], ())] == [
        "portfolio", "a", "a", "a, b", "no project",
    ]  # fmt: skip
    assert of(company, ["c", "b"], name="customer service").scope == "customer service"
    with pytest.raises(UnknownName, match="did you mean a"):
        of(company, ["a", "aa"])


def test_no_project_is_not_the_portfolio(company: Company) -> None:
    declared(company)
    company.put("benefit", {"time": "2026-03-05", "project": "a", "kind": "revenue", "amount": "100"})
    company.put("cost", {"start": "2026-03-05", "project": "a", "amount": "10"})
    made = of(company, ())
    assert (made.total_value, made.investment, made.net_value, made.roi_percent) == (None,) * 4
    assert made.cumulative == ()
    assert (made.budget, made.completeness) == (None, None)
    assert made.evidence is not None
    assert made.evidence.claimed.value is None
    assert {one.figure for one in made.unknown} >= {"roi_percent", "net_value", "run_rate"}
