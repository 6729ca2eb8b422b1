"""Cost truth: when an invoice takes the place of the metered cost, and who gets which part of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import examples

from breakeven.ledger.invoicing.billing import Billing, billing, distributed
from breakeven.ledger.invoicing.meters import meterings
from breakeven.money import Rate
from breakeven.period import add_months
from breakeven.workspace.definitions import Meter, Pool, Project

D = Decimal
Company = Any
"""See conftest.py."""
JAN, FEB, MAR, APR = (date(2026, month, 1) for month in (1, 2, 3, 4))


def project(name: str, **more: object) -> Project:
    return Project(id=name, name=name, category="customer_service", **more)  # type: ignore[arg-type]


def call(who: str, cost: object, day: str = "2026-01-10", **more: object) -> dict[str, object]:
    return {"time": day, "project": who, "provider": "openai", "cost": cost, "cost_origin": "metered"} | more


def bill(
    amount: object, start: str = "2026-01-01", end: str | None = "2026-02-01", **more: object
) -> dict[str, object]:
    return {"start": start, "end": end, "amount": amount, "vendor": "OpenAI", "category": "compute"} | more


@pytest.fixture
def firm(company: Company) -> Company:
    company.declare(project("a"), project("b"), pools=[Pool(name="shared", rule="even")])
    return company


def settled(company: Company) -> Billing:
    months = [add_months(JAN, i) for i in range(4)]
    with company.ledger.desk(company.now) as desk:
        return billing(desk.reading, months, desk.window(JAN, date(2026, 5, 1)))


def basis(company: Company, month: date = JAN) -> tuple[str, str]:
    (found,) = [one for one in settled(company).bills if one.month == month]
    return found.basis, found.words


def test_an_invoice_is_distributed_by_the_meter(firm: Company) -> None:
    firm.put("interaction", call("a", 30), call("b", 60), call("a", 5, provider="anthropic"))
    firm.put("cost", bill(100))
    made = settled(firm)
    assert made.direct == {(JAN, "unassigned"): D(-100)}
    assert made.metered == {(JAN, "a"): D("3.33"), (JAN, "b"): D("6.67")}
    assert made.pooled == {}
    assert made.notes[JAN, "a"] == "OpenAI: invoiced 33.33, metered 30.00; anthropic: metered, no invoice yet"
    (found,) = made.bills
    assert (found.basis, found.invoice, found.metered) == ("invoice", 100, 90)


def test_nothing_is_done_where_no_vendor_is_a_provider(firm: Company) -> None:
    firm.put("interaction", call("a", 30))
    firm.put("cost", bill(100, vendor="Landlord"), bill(5, vendor=None))
    notes = {(JAN, "a"): "openai: metered, no invoice yet"}
    assert settled(firm) == Billing(direct={}, metered={}, pooled={}, notes=notes, invoiced={}, bills=())


@pytest.mark.parametrize(
    ("line", "belongs"),
    [
        ({}, True),
        ({"vendor": "open-ai"}, True),
        ({"vendor": " Open AI."}, True),
        ({"vendor": "OpenAI Inc"}, False),
        ({"category": "licence"}, True),
        ({"category": "people"}, False),
        ({"category": "implementation"}, False),
        ({"pool": "shared"}, True),
    ],
)
def test_which_lines_belong_to_a_provider(firm: Company, line: dict[str, object], belongs: bool) -> None:
    firm.put("interaction", call("a", 30))
    firm.put("cost", bill(100, **line))
    made = settled(firm)
    assert made.metered == ({(JAN, "a"): D(70)} if belongs else {})
    assert made.pooled == ({(JAN, "shared"): D(-100)} if belongs and "pool" in line else {})


def test_declared_meters(firm: Company) -> None:
    firm.declare(meters={
        "bedrock": Meter(name="bedrock", providers=("aws.bedrock", "AWS"), vendor="AWS", services=("Amazon Bedrock",)),
    })  # fmt: skip
    firm.put("interaction", call("a", 30, provider="aws.bedrock"), call("b", 10, provider="aws"))
    firm.put(
        "cost",
        bill(48, vendor="aws", service="Amazon  Bedrock", category="people"),
        bill(500, vendor="AWS", service="Amazon S3"),
        bill(-5, vendor="AWS", charge_class="credit"),
    )
    made = settled(firm)
    assert made.metered == {(JAN, "a"): D(6), (JAN, "b"): D(2)}
    assert made.direct == {(JAN, "unassigned"): D(-48)}
    with firm.ledger.desk(firm.now) as desk:
        (meter,) = meterings(desk.reading)
    assert meter.providers == ("aws", "aws.bedrock")


def test_the_rest_of_a_vendor_is_a_meter_of_its_own(firm: Company) -> None:
    firm.declare(meters={
        "all": Meter(name="all", providers=("other",), vendor="AWS"),
        "bedrock": Meter(name="bedrock", providers=("aws",), vendor="AWS", services=("Amazon Bedrock",)),
    })  # fmt: skip
    firm.put("interaction", call("a", 30, provider="aws"), call("b", 10, provider="other"))
    firm.put("cost", bill(48, vendor="AWS", service="Amazon Bedrock"), bill(20, vendor="AWS", service="Other"))
    assert settled(firm).metered == {(JAN, "a"): D(18), (JAN, "b"): D(10)}


def test_a_line_that_names_a_project_is_that_projects(firm: Company) -> None:
    firm.put("interaction", call("a", 30), call("b", 60), call("x", 10))
    firm.put("cost", bill(12, project="a"), bill(100), bill(7, pool="shared"), bill(3, project="not declared"))
    made = settled(firm)
    assert {name: amount + {"a": 30, "b": 60, "unassigned": 10}[name[1]] for name, amount in made.metered.items()} == {
        (JAN, "a"): 12, (JAN, "b"): D("94.29"), (JAN, "unassigned"): D("15.71"),
    }  # fmt: skip
    assert made.direct == {(JAN, "a"): -12, (JAN, "unassigned"): -103}
    assert made.pooled == {(JAN, "shared"): -7}


def test_where_all_name_a_project_the_rest_is_shared_by_all(firm: Company) -> None:
    firm.put("interaction", call("a", 30), call("b", 60))
    firm.put("cost", bill(12, project="a"), bill(20, project="b"), bill(-9, charge_class="credit"))
    made = settled(firm)
    assert made.metered == {(JAN, "a"): D(12 - 3 - 30), (JAN, "b"): D(20 - 6 - 60)}


def test_a_line_of_a_project_without_traffic_stays(firm: Company) -> None:
    firm.put("interaction", call("a", 30))
    firm.put("cost", bill(50, project="b"), bill(20))
    made = settled(firm)
    assert made.direct == {(JAN, "unassigned"): -20}
    assert made.metered == {(JAN, "a"): -10}


def test_unpriced_calls_weigh_by_their_tokens(firm: Company) -> None:
    firm.put(
        "interaction",
        call("a", 30, input_tokens=2000, output_tokens=1000),
        call("b", None, input_tokens=900, output_tokens=100, cost_origin="unpriced"),
        call("b", None, cost_origin="unmetered"),
    )
    firm.put("cost", bill(80))
    made = settled(firm)
    # 0.01 a token: b's calls would have cost 10.
    assert made.metered == {(JAN, "a"): D(60 - 30), (JAN, "b"): D(20)}
    assert made.notes[JAN, "b"] == "OpenAI: invoiced 20.00, metered unknown"


def test_where_no_cost_is_known_tokens_are_the_key(firm: Company) -> None:
    calls = [call(who, None, input_tokens=tokens, cost_origin="unpriced") for who, tokens in (("a", 30), ("b", 10))]
    firm.put("interaction", *calls)
    firm.put("cost", bill(80))
    assert settled(firm).metered == {(JAN, "a"): D(60), (JAN, "b"): D(20)}


def test_months_without_a_bill_stay_metered(firm: Company) -> None:
    firm.put("interaction", call("a", 30), call("a", 40, "2026-02-10"))
    firm.put("cost", bill(33), bill(9, "2026-03-01", "2026-04-01"))
    made = settled(firm)
    assert made.metered == {(JAN, "a"): 3}
    assert made.notes[FEB, "a"] == "OpenAI: metered, no invoice yet"
    assert [(one.month, one.basis) for one in made.bills] == [(JAN, "invoice"), (FEB, "meter"), (MAR, "direct")]
    assert made.direct == {(JAN, "unassigned"): -33}


COVERAGE: Mapping[str, tuple[list[str], list[dict[str, object]], date, tuple[str, str]]] = {
    "a bill without a span, month over": (["2026-01-02"], [bill(9, "2026-01-31", None)], JAN, ("invoice", "invoice")),
    "it reaches the last call": (["2026-01-02", "2026-01-20"], [bill(9, end="2026-01-20")], JAN, ("invoice", "inv")),
    "it ends too early": (
        ["2026-01-02", "2026-01-28"], [bill(9, end="2026-01-20")], JAN, ("meter", "reaches only to 2026-01-19"),
    ),
    "it begins too late": (
        ["2026-01-02", "2026-01-28"], [bill(9, "2026-01-10")], JAN, ("meter", "begins only on 2026-01-10"),
    ),
    "only a credit": (["2026-01-02"], [bill(-9, charge_class="credit")], JAN, ("direct", "without an invoice")),
    "open month, in part": (
        ["2026-04-02"], [bill(9, "2026-04-01", "2026-04-14")], APR, ("meter", "reaches only to 2026-04-13"),
    ),
    "open month, no span": (["2026-04-02"], [bill(9, "2026-04-10", None)], APR, ("meter", "begins only")),
    "open month, whole": (["2026-04-02"], [bill(9, "2026-04-01", "2026-05-01")], APR, ("invoice", "invoice")),
    "a credit's span does not count": (
        ["2026-01-02", "2026-01-28"], [bill(9, end="2026-01-20"), bill(-1, charge_class="credit")], JAN,
        ("meter", "reaches only to 2026-01-19"),
    ),
    "no rate": (["2026-01-02"], [bill(9, currency="GBP")], JAN, ("meter", "no exchange rate GBP→USD on 2026-01-01")),
}  # fmt: skip


@pytest.mark.parametrize("name", COVERAGE)
def test_when_a_bill_covers_a_month(firm: Company, name: str) -> None:
    days, lines, month, expected = COVERAGE[name]
    firm.put("interaction", *(call("a", 30, day) for day in days))
    firm.put("cost", *lines)
    found = basis(firm, month)
    assert found[0] == expected[0], found
    assert expected[1] in found[1]
    made = settled(firm)
    if found[0] == "meter":
        # The meter stands, and what is billed so far is not counted beside it.
        assert not made.metered
        assert made.direct == {(month, "unassigned"): 0 if name == "no rate" else -9 + (name.startswith("a credit"))}
    elif found[0] == "direct":
        assert not made.direct


def test_an_invoice_over_two_months_is_spread(firm: Company) -> None:
    firm.put("interaction", call("a", 30, "2026-01-20"), call("a", 30, "2026-02-10"))
    firm.put("cost", bill(59, "2026-01-01", "2026-03-01"))
    assert settled(firm).metered == {(JAN, "a"): 1, (FEB, "a"): -2}


def test_currencies(firm: Company) -> None:
    rates = [Rate(currency="EUR", rate=D(rate), start=date.fromisoformat(day), source="ecb")
             for rate, day in (("1.1", "2026-01-01"), ("1.2", "2026-01-15"))]  # fmt: skip
    firm.declare(rates=rates)
    firm.put(
        "interaction", call("a", 10, cost_currency="EUR"), call("b", 10, "2026-01-20", cost_currency="EUR"),
        call("b", 11, "2026-01-20"),
    )  # fmt: skip
    firm.put("cost", bill(68, currency="EUR"))
    # Metered 11 and 23 USD; the bill is 74.80 USD at the rate of its first day.
    assert settled(firm).metered == {(JAN, "a"): D("24.20") - 11, (JAN, "b"): D("50.60") - 23}


amounts = st.decimals(-(10**6), 10**6, places=4)
positive = st.decimals(0, 10**6, places=6)


@given(st.dictionaries(st.sampled_from("abc"), amounts), amounts, st.dictionaries(st.sampled_from("abcdef"), positive))
def test_the_parts_are_the_invoice(named: dict[str, D], shared: D, keys: dict[str, D]) -> None:
    named = {name: amount for name, amount in named.items() if name in keys}
    if not any(keys.values()):
        return
    parts = distributed(named, shared, keys)
    assert sum(parts.values()) == sum(named.values()) + shared
    assert parts.keys() == keys.keys()
    if all(amount >= 0 for amount in (*named.values(), shared)):
        assert all(part >= 0 for part in parts.values())


@examples(20)
@given(data=st.data())
def test_nothing_is_lost_or_counted_twice(firm: Company, data: st.DataObject) -> None:
    vendor = f"vendor{firm.store.versions().data}"
    who = st.sampled_from(["a", "b", "unassigned"])
    money = st.decimals(-100, 1000, places=3)
    calls = data.draw(st.lists(st.tuples(who, st.decimals(0, 100, places=6)), min_size=1, max_size=4))
    lines = data.draw(st.lists(st.tuples(who, money, st.sampled_from(["shared", None])), max_size=4))
    firm.put("interaction", *(call(name, cost, provider=vendor) for name, cost in calls))
    if lines:
        firm.put("cost", *(bill(amount, project=name if pool is None else "unassigned", pool=pool, vendor=vendor)
                           for name, amount, pool in lines))  # fmt: skip
    made = settled(firm)
    invoiced = [one for one in made.bills if one.basis == "invoice"]
    assert {one.basis for one in made.bills} <= {"invoice", "direct", "meter"}
    # What leaves direct cost and pools is what comes into the metered line, in place of what was metered.
    change = sum(made.metered.values()) + sum(made.direct.values()) + sum(made.pooled.values())
    assert change == -sum(one.metered or D(0) for one in invoiced)
