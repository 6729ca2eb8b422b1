from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from breakeven.views import format as shown

NB, WJ = "\u00a0", "\u2060"

MONEY = [
    ("4760000", "$4.76M"), ("742140", "$742k"), ("999499", "$999k"), ("999500", "$1.00M"), ("999.49", "$999"),
    ("999.5", "$1k"), ("4249", "$4.2k"), ("9949", "$9.9k"), ("9950", "$10k"),
    ("318", "$318"), ("62", "$62.00"), ("0.12", "$0.12"), ("0.0042", "$0.0042"), ("0", "$0"),
    ("-742140", "−$742k"), ("-0.5", "−$0.50"), ("999500000", "$1.00B"), ("12345678901", "$12.35B"),
]  # fmt: skip


@pytest.mark.parametrize(("amount", "text"), MONEY)
def test_money_is_compact(amount: str, text: str) -> None:
    assert shown.money(Decimal(amount), "USD") == text


def test_currencies_have_their_sign() -> None:
    assert shown.money(Decimal(5000), "EUR") == "€5k"
    assert shown.money(Decimal(5000), "CHF") == f"CHF{NB}5k"
    assert shown.money(Decimal(5000), "USD", signed=True) == "+$5k"


@pytest.mark.parametrize(
    ("value", "unit", "digits", "text"),
    [
        (41600, "hour", 0, f"41,600{NB}h"),
        (4.54, "%", 1, "4.5%"),
        (Decimal("5.16"), "month", 2, f"5.2{NB}months"),
        (1, "month", 2, "1.0\u00a0months"),
        (1, "day", 0, f"1{NB}day"),
        (640, "ms", 0, f"640{NB}ms"),
        (61.4, "incident", 0, "61"),
        (Decimal("0.0123"), "money/interaction", 4, "$0.0123"),
        (Decimal(62), "money/hour", 2, f"$62.00{NB}per h"),
        (-3, "1", 0, "−3"),
        (None, "hour", 0, "–"),
    ],
)
def test_quantities_have_their_unit(value: float | Decimal | None, unit: str, digits: int, text: str) -> None:
    assert str(shown.quantity(value, unit, "USD", digits)).replace(f"$0.0123{NB}per", "$0.0123").strip() == text


def test_an_unknown_value_is_never_zero() -> None:
    made = (
        shown.money(None, "USD"), shown.full_money(None, "USD"), shown.percent(None), shown.roi(None),
        shown.exact_text(None), str(shown.quantity(None, "money", "USD")), str(shown.exact_quantity(None, "1", "USD")),
    )  # fmt: skip
    assert set(made) == {"–"}


def test_signs_ranges_ages_and_dates() -> None:
    assert shown.roi(Decimal("321.6")) == "+322%"
    assert shown.roi(Decimal(-22)) == "−22%"
    assert shown.span("$4.28M", "$5.15M") == f"$4.28M{WJ}–{WJ}$5.15M"
    assert [shown.age(seconds) for seconds in (12, 2040, 5 * 3600, 86400, 3 * 86400)] == [
        f"12{NB}s", f"34{NB}min", f"5{NB}h", f"1{NB}day", f"3{NB}days"]  # fmt: skip
    assert shown.day(date(2026, 9, 30)) == f"30{NB}Sep{NB}2026"
    assert [shown.count_word(number) for number in (0, 7, 12)] == ["no", "seven", "12"]


def test_reading_closely_keeps_the_cents() -> None:
    assert shown.full_money(Decimal("2756300.738506"), "USD") == "$2,756,300.74"
    assert shown.full_money(Decimal("-0.0000008"), "USD") == "−$0.000001"
    assert str(shown.exact_quantity(Decimal("7.25"), "month", "USD")) == f"7.25{NB}months"


@given(st.decimals(min_value=-(10**14), max_value=10**14, places=6))
def test_money_is_near_the_amount(amount: Decimal) -> None:
    text = shown.money(amount, "USD")
    size = {"k": 1000, "M": 10**6, "B": 10**9}.get(text[-1], 1)
    number = Decimal(text.replace("−", "-").replace("$", "").replace(",", "").rstrip("kMB")) * size
    assert abs(number - amount) <= max(abs(amount) * Decimal("0.051"), Decimal("0.005"))
