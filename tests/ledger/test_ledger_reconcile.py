"""The gap between invoice and meter: each part against a figure computed by hand, and the sum against the gap."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import examples
from tests.ledger.conftest import at

from breakeven.errors import UnknownName, UsageProblem
from breakeven.ledger.invoicing.gap import LABELS
from breakeven.ledger.invoicing.reconcile import Reconciled, Reconciliation, reconcile, tolerance_of
from breakeven.money import Rate
from breakeven.pricing import Price, Prices
from breakeven.workspace.definitions import Meter, Project

D = Decimal
Company = Any
"""See conftest.py."""
PRICE = Price(model="m", start=date(2020, 1, 1), input_per_million=D(2), output_per_million=D(10),
              cached_per_million=D("0.5"))  # fmt: skip

OWN = ("currency", "charge_class", "list_amount", "vendor")
"""Fields of a bill's line in these tests; what else is given are labels."""


def project(name: str) -> Project:
    return Project(id=name, name=name, category="customer_service")


def call(cost: object, day: str = "2026-01-10", **more: object) -> dict[str, object]:
    return {"time": day, "project": "a", "provider": "acme", "model": "m", "cost": cost,
            "cost_origin": "metered" if cost is not None else "unpriced"} | more  # fmt: skip


def bill(amount: object, start: str = "2026-01-01", end: str | None = "2026-02-01", **labels: Any) -> dict[str, Any]:
    own = {name: labels.pop(name) for name in OWN if name in labels}
    return {"start": start, "end": end, "amount": amount, "vendor": "Acme", "category": "compute",
            "labels": json.dumps(labels) if labels else None} | own  # fmt: skip


def tokens(kind: str, millions: object, price: object, **more: Any) -> dict[str, Any]:
    return bill(more.pop("amount", D(str(millions)) * D(str(price))), token_type=kind, unit="1M tokens",
                quantity=str(millions), unit_price=str(price), **more)  # fmt: skip


@pytest.fixture
def firm(company: Company) -> Company:
    company.declare(project("a"), prices=Prices(own=(PRICE,)))
    return company


def reconciled(company: Company, period: str = "2026-01", **asked: Any) -> Reconciliation:
    with company.ledger.desk(company.now) as desk:
        return reconcile(desk, company.workspace.calendar.parse(period, company.now), **asked)


def row(company: Company, period: str = "2026-01") -> tuple[Reconciled, dict[str, D | None], dict[str, str | None]]:
    (found,) = reconciled(company, period).rows
    amounts = {part.name: part.amount for part in found.parts}
    assert list(amounts) == list(LABELS)
    assert sum(amount for amount in amounts.values() if amount is not None) == found.gap
    assert all(part.rule for part in found.parts)
    assert all(part.reason for part in found.parts if part.amount is None)
    return found, amounts, {part.name: part.reason for part in found.parts}


def test_quantities_by_type(firm: Company) -> None:
    # Metered at 2, 0.5 and 10 a million: 3 M fresh, 1 M cached, 1 M written = 16.5.
    firm.put("interaction", call("16.5", input_tokens=4_000_000, cached_tokens=1_000_000, output_tokens=1_000_000))
    firm.put("cost", tokens("input", 3, 2.2), tokens("cached", 2, "0.5"), tokens("output", "1.1", 10))
    found, parts, _ = row(firm)
    assert (found.invoice, found.metered, found.gap) == (D("18.6"), D("16.5"), D("2.1"))
    # 1 M more read, at 1.625 each (a quarter cached); 0.1 M more written, at 10.
    assert parts["missing_traffic"] == D("1.625") + 1
    # 5 M read: at the billed two fifths of cached tokens 7, at the metered quarter 8.125.
    assert parts["cached_tokens"] == D("-1.125")
    assert parts["price"] == D("0.6")
    assert [parts[name] for name in ("currency", "timing", "charges", "unpriced", "rounding", "rest")] == [0] * 6


def test_cached_input_that_the_meter_took_at_full_price(firm: Company) -> None:
    firm.put("interaction", call(8, input_tokens=4_000_000))
    firm.put("cost", tokens("input", 1, 2), tokens("cached", 3, "0.5"))
    found, parts, _ = row(firm)
    assert found.gap == D("-4.5")
    assert parts["cached_tokens"] == D("-4.5")
    assert {name for name, amount in parts.items() if amount} == {"cached_tokens"}


def test_rounding_and_charges(firm: Company) -> None:
    firm.put("interaction", call("2.4690", input_tokens=1_234_500))
    firm.put("cost", tokens("input", "1.2345", 2, amount="2.47"), bill(-1, charge_class="credit"),
             bill("0.3", ChargeCategory="Tax"), bill("0.07", charge_class="correction"))  # fmt: skip
    _, parts, _ = row(firm)
    assert parts["rounding"] == D("0.001")
    assert parts["charges"] == D("-0.63")
    assert {name for name, amount in parts.items() if amount} == {"rounding", "charges"}


def test_amounts_that_are_not_quantity_times_price_are_no_rounding(firm: Company) -> None:
    firm.put("interaction", call(2, input_tokens=1_000_000))
    firm.put("cost", tokens("input", 1, 2, amount="1.8"))
    _, parts, reasons = row(firm)
    assert parts["rounding"] is None
    assert reasons["rounding"] == "amounts of the bill are not its quantities × its unit prices"
    assert parts["price"] == D("-0.2")


@pytest.mark.parametrize("unit", ["Tokens", "1K tokens", "1,000 Tokens", "million tokens", "1B output tokens"])
def test_units_of_tokens(firm: Company, unit: str) -> None:
    size = {"Tokens": 1, "1K tokens": 1000, "1,000 Tokens": 1000, "million tokens": 10**6, "1B output tokens": 10**9}
    firm.put("interaction", call(20, output_tokens=2_000_000))
    firm.put("cost", bill(30, SkuMeter="Output", PricingUnit=unit, PricingQuantity=str(D(3_000_000) / size[unit]),
                          ContractedUnitPrice=str(D(size[unit]) / 100_000)))  # fmt: skip
    _, parts, _ = row(firm)
    assert parts["missing_traffic"] == 10
    assert {name for name, amount in parts.items() if amount} == {"missing_traffic"}


def test_quantities_without_a_type(firm: Company) -> None:
    firm.put("interaction", call(12, input_tokens=1_000_000, output_tokens=1_000_000))
    firm.put("cost", bill(15, unit="tokens", quantity=3_000_000))
    _, parts, reasons = row(firm)
    assert (parts["missing_traffic"], parts["price"], parts["cached_tokens"]) == (6, -3, None)
    assert reasons["cached_tokens"] == "the bill does not say which tokens are input, cached and output"
    assert "no unit price; 1 line in cents: at most 0.005" in str(reasons["rounding"])


@pytest.mark.parametrize(
    "labels", ["no JSON of tokens", '["tokens"]', '{"unit": "tokens", "quantity": "NaN"}', '{"unit": "tokens"}',
               '{"unit": "tokenizer hours", "quantity": 5}', '{"unit": 7, "quantity": {"tokens": 1}}'],
)  # fmt: skip
def test_labels_that_say_nothing(firm: Company, labels: str) -> None:
    firm.put("interaction", call(10, input_tokens=1))
    firm.put("cost", bill(12) | {"labels": labels})
    _, parts, _ = row(firm)
    assert (parts["missing_traffic"], parts["rest"]) == (None, 2)


def test_what_was_known_before_the_invoice_came(firm: Company) -> None:
    firm.put("interaction", call(10))
    firm.now = at("2026-05-01")
    firm.put("cost", bill(12))
    period = firm.workspace.calendar.parse("2026-01", firm.now)
    for day, expected in (("2026-04-20", 10), ("2026-05-01", 12)):
        made = firm.ledger.statement(period, now=firm.now, as_of=at(day))
        assert made.cost["metered"] == made.investment == expected


def test_unpriced_calls(firm: Company) -> None:
    firm.put(
        "interaction",
        call(2, input_tokens=1_000_000),
        call(None, input_tokens=500_000, model="new"),
        call(None, cost_origin="unmetered"),
    )
    firm.put("cost", tokens("input", "1.5", 2))
    _, parts, reasons = row(firm)
    assert parts["unpriced"] == 1
    assert reasons["unpriced"] == "1 calls have neither cost nor tokens"
    assert parts["missing_traffic"] == 0
    assert parts["rest"] == 0


def test_without_quantities_little_can_be_said(firm: Company) -> None:
    firm.put("interaction", call(2, input_tokens=1_000_000), call(None, input_tokens=250_000))
    firm.put("cost", bill(3))
    _, parts, reasons = row(firm)
    assert parts == {"price": None, "cached_tokens": None, "unpriced": D("0.5"), "missing_traffic": None,
                     "currency": 0, "timing": 0, "charges": 0, "rounding": None, "rest": D("0.5")}  # fmt: skip
    assert reasons["missing_traffic"] == "the bill states no quantity of tokens"


@pytest.mark.parametrize("own", [True, False])
def test_list_prices(firm: Company, own: bool) -> None:
    if not own:
        firm.declare(prices=Prices())
    firm.put("interaction", call(100, input_tokens=1_000_000))
    firm.put("cost", bill(95, list_amount=105), bill(-5, charge_class="credit", list_amount=0))
    _, parts, reasons = row(firm)
    # The meter counts at list prices: 10 are the discount, and 5 of usage at list prices were not metered.
    assert parts["price"] == (None if own else -10)
    assert parts["rest"] == (-5 if own else 5)
    assert own == ("own prices" in str(reasons["price"]))


RATES = [Rate(currency="EUR", rate=D(rate), start=date.fromisoformat(day), source="ecb")
         for rate, day in (("1.1", "2026-01-01"), ("1.2", "2026-01-15"))]  # fmt: skip


def test_exchange_rates(firm: Company) -> None:
    firm.declare(rates=RATES)
    firm.put(
        "interaction",
        call(10, cost_currency="EUR", input_tokens=5_000_000),
        call(10, "2026-01-20", cost_currency="EUR", input_tokens=5_000_000),
    )
    firm.put("cost", tokens("input", 11, 2, currency="EUR"))
    found, parts, _ = row(firm)
    # The invoice is 24.20 at 1.1; the meter's 20 EUR are 23 USD: 1.15 on the average.
    assert (found.invoice, found.metered) == (D("24.2"), 23)
    assert parts["currency"] == D("-1.1")
    assert parts["missing_traffic"] == D("2.3")
    assert {name for name, amount in parts.items() if amount} == {"currency", "missing_traffic"}


def test_a_vendor_that_converts_itself(firm: Company) -> None:
    firm.declare(rates=RATES)
    firm.put("interaction", call(10, cost_currency="EUR"))
    firm.put("cost", bill(12))
    _, parts, reasons = row(firm)
    assert parts["currency"] is None
    assert reasons["currency"] == "the bill is in USD: the rate at which its vendor converted EUR is not on it"


def test_an_unknown_rate(firm: Company) -> None:
    firm.put("interaction", call(10))
    firm.put("cost", bill(12, currency="GBP"))
    (found,) = reconciled(firm).rows
    assert (found.invoice, found.gap, found.basis, found.parts) == (None, None, "meter", ())
    assert "no exchange rate GBP→USD on 2026-01-01" in found.words


def test_timing_of_bills_in_utc(new_company: Any) -> None:
    tokyo = new_company("Asia/Tokyo")
    tokyo.declare(project("a"))
    # Local January begins nine hours before that of the bill.
    tokyo.put("interaction", call(7, "2025-12-31T20:00:00"), call(50, "2026-01-10"), call(5, "2026-01-31T20:00:00"))
    tokyo.put("cost", bill(62, "2026-01-01", "2026-02-01"), bill(7, "2025-12-01", "2026-01-01"))
    tokyo.now = tokyo.now
    january = reconciled(tokyo).rows[0]
    assert january.metered == 57
    parts = {part.name: part.amount for part in january.parts}
    in_january, before = D(31 * 24 - 9) / (31 * 24), D(9) / (31 * 24)
    assert parts["timing"] == (55 * in_january + 7 * before - 57).quantize(D("1e-12"))
    assert sum(amount for amount in parts.values() if amount is not None) == january.gap


def test_timing_of_a_bill_that_ends_early(firm: Company) -> None:
    firm.put("interaction", call(10, "2026-01-10"), call(3, "2026-01-30"))
    firm.put("cost", bill(10, "2026-01-01", "2026-01-25"))
    found, parts, _ = row(firm)
    assert found.basis == "meter"
    assert (parts["timing"], parts["rest"]) == (-3, 0)


def test_a_bill_without_a_period_has_no_timing(firm: Company) -> None:
    firm.put("interaction", call(10))
    firm.put("cost", bill(10, "2026-01-31", None))
    _, parts, reasons = row(firm)
    assert parts["timing"] is None
    assert reasons["timing"] == "a line of the bill has no period"


def test_daily_lines_and_lines_over_the_edge(firm: Company) -> None:
    firm.put("interaction", call(10, "2026-01-05T12:00"), call(4, "2026-01-07T12:00"))
    firm.put("cost", bill(9, "2026-01-05", "2026-01-06"), bill(1, "2026-01-06", "2026-01-08"))
    _, parts, _ = row(firm)
    assert parts["timing"] == 0
    firm.put("cost", bill(2, "2025-12-15", "2026-01-06"))
    (found,) = reconciled(firm).rows
    timing = next(part for part in found.parts if part.name == "timing")
    assert timing.reason == "lines of different periods reach over the edge of the month"


def test_what_has_one_side_only(firm: Company) -> None:
    firm.declare(meters={"idle": Meter(name="idle", providers=("zeta",), vendor="Zeta")})
    firm.put("interaction", call(10), call(5, provider="other"), call(None, provider="other"))
    firm.put("cost", bill(3, vendor="Zeta"), bill(8, vendor="Landlord"), bill(1, "2026-02-01", "2026-03-01"))
    found = {one.vendor: one for one in reconciled(firm, "2026-Q1").rows if one.month.month == 1}
    assert {name: (one.basis, one.invoice, one.metered, one.gap) for name, one in found.items()} == {
        "Acme": ("meter", None, 10, None), "other": ("meter", None, 5, None), "Zeta": ("direct", 3, None, None),
    }  # fmt: skip
    assert [(one.vendor, one.amount) for one in reconciled(firm).not_metered] == [("Landlord", 8)]


def test_vendors_and_tolerances(firm: Company) -> None:
    firm.put("interaction", call(10), call(98, provider="beta"))
    firm.put("cost", bill(100, vendor="BETA"), bill(10))
    assert [one.vendor for one in reconciled(firm).rows] == ["Acme", "BETA"]
    assert [one.vendor for one in reconciled(firm, vendor="beta").rows] == ["BETA"]
    assert reconciled(firm, tolerance=D("0.02")).beyond_tolerance == 0
    assert reconciled(firm, tolerance=D("0.019")).beyond_tolerance == 1
    with pytest.raises(UnknownName, match="unknown vendor 'gamma'"):
        reconciled(firm, vendor="gamma")
    with pytest.raises(UsageProblem, match="whole months"):
        reconciled(firm, "2026-01-10")


@pytest.mark.parametrize(("text", "share"), [("2%", "0.02"), (" 0.02 ", "0.02"), ("0", "0"), ("2.5 %", "0.025")])
def test_tolerance(text: str, share: str) -> None:
    assert tolerance_of(text) == D(share)


@pytest.mark.parametrize("text", ["2", "100%", "-1%", "nan", "inf", "two", "", "%"])
def test_no_tolerance(text: str) -> None:
    with pytest.raises(UsageProblem, match="is no tolerance"):
        tolerance_of(text)


money = st.decimals(-(10**6), 10**6, places=4)
count = st.integers(0, 10**9)


@examples(10)
@given(data=st.data())
def test_parts_add_up_to_the_gap(firm: Company, data: st.DataObject) -> None:
    firm.declare(rates=RATES)
    vendor = f"v{firm.store.versions().data}"
    calls = st.tuples(st.one_of(st.none(), money.map(abs)), count, st.one_of(st.none(), count), st.sampled_from("mn"))
    for cost, read, cached, model in data.draw(st.lists(calls, min_size=1, max_size=3)):
        firm.put("interaction", call(cost, provider=vendor, model=model, input_tokens=read, cached_tokens=cached,
                                     output_tokens=read // 3))  # fmt: skip
    lines = st.tuples(money, st.sampled_from(["USD", "EUR"]), st.sampled_from([None, "input", "cached", "output", "?"]),
                      st.sampled_from([None, "2026-01-31", "2026-02-01", "2026-02-15"]))  # fmt: skip
    for amount, currency, kind, end in data.draw(st.lists(lines, min_size=1, max_size=4)):
        labels = {} if kind is None else {"token_type": kind, "unit": "tokens", "quantity": str(abs(amount))}
        firm.put("cost", bill(amount, end=end, currency=currency, vendor=vendor, **labels))
    for one in reconciled(firm, vendor=vendor).rows:
        if one.gap is not None:
            assert sum(part.amount for part in one.parts if part.amount is not None) == one.gap
