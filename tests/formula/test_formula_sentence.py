from __future__ import annotations

from decimal import Decimal

import pytest

from breakeven.formula import number_text, parse, sentence, why_null

UNITS = {"hours": "hour", "rate": "USD/hour", "total": "money", "cost": "money", "days": "day", "months": "month"}


@pytest.mark.parametrize(
    ("formula", "values", "options", "said"),
    [
        ("hours * rate", {"hours": 42, "rate": 150}, {}, "42 h × 150 USD/h = 6 300 USD"),
        ("hours * rate", {"hours": 42, "rate": None}, {}, "42 h × ? USD/h = ? USD"),
        ("greatest(0, a - b)", {"a": 5, "b": 3}, {}, "max(0, 5 − 3) = 2"),
        (
            "(total / cost - 1) * 100",
            {"total": 300, "cost": 120},
            {"unit": "%", "currency": "EUR"},
            "(300 EUR ÷ 120 EUR − 1) × 100 = 150 %",
        ),
        ("a - b - (a - b)", {"a": 1, "b": -2}, {}, "1 − (−2) − (1 − (−2)) = 0"),
        ("a / (b * c)", {"a": 12, "b": 2, "c": 3}, {}, "12 ÷ (2 × 3) = 2"),
        ("-a", {"a": 5}, {}, "−5 = −5"),
        (
            "case when a > b and b is not null then a else 0 end * 2",
            {"a": 2, "b": 1},
            {},
            "(if 2 > 1 and 1 is known then 2, else 0) × 2 = 4",
        ),
        (
            "case when not (a = 1 or b is null) then a end",
            {"a": 2, "b": 1},
            {},
            "if not (2 = 1 or 1 is unknown) then 2, else ? = 2",
        ),
        ("coalesce(a, b)", {"a": None, "b": 3}, {}, "first known of (?, 3) = 3"),
        ("sum_known(a, b)", {"a": None, "b": 3}, {}, "3 = 3"),
        ("sum_known(a, b, c) * 2", {"a": 1, "b": None, "c": -3}, {}, "(1 + (−3)) × 2 = −4"),
        ("sum_known(a, b)", {"a": None, "b": None}, {}, "? + ? = ?"),
        ("nullif(a, 0) * 2", {"a": 4}, {}, "(4 unless 0) × 2 = 8"),
        (
            "round(a, 1) + floor(a) + ceil(a) + abs(a) + least(a, 1)",
            {"a": "1.25"},
            {},
            "round(1.25, 1) + floor(1.25) + ceil(1.25) + abs(1.25) + min(1.25, 1) = 6.55",
        ),
        ("hours", {"hours": 42}, {}, "42 h"),
        ("days * 2", {"days": 3}, {}, "3 d × 2 = 6 d"),
        (
            "total / months",
            {"total": 1234567, "months": 12},
            {"currency": "CHF"},
            "1 234 567 CHF ÷ 12 mo = 102 880.58 CHF/mo",
        ),
    ],
)
def test_a_formula_is_said_with_its_values(
    formula: str, values: dict[str, int | str | None], options: dict[str, str], said: str
) -> None:
    numbers = {name: None if value is None else Decimal(value) for name, value in values.items()}
    assert sentence(parse(formula), numbers, UNITS, **options) == said  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("0", "0"),
        ("6300", "6 300"),
        ("1234.567", "1 234.57"),
        ("0.0000008", "0.0000008"),
        ("-1234567.5", "−1 234 567.5"),
        ("3.14159", "3.142"),
        ("99.999", "100"),
        ("0.5", "0.5"),
        ("-0.001", "−0.001"),
        ("1E+3", "1 000"),
    ],
)
def test_numbers_are_short(value: str, text: str) -> None:
    assert number_text(Decimal(value)) == text


@pytest.mark.parametrize(
    ("formula", "values", "reason"),
    [
        ("hours * rate", {"hours": 1, "rate": 2}, None),
        ("hours * rate", {"hours": 1, "rate": None}, "rate is unknown"),
        ("hours * rate", {"hours": None}, "hours and rate are unknown"),
        ("a + b + c", {}, "a, b and c are unknown"),
        ("total / cost - 1", {"total": 1, "cost": 0}, "divisor cost is 0"),
        ("1 / (a - b)", {"a": 1, "b": 1}, "divisor a - b is 0"),
        ("a / b + c", {"a": 1, "b": 0, "c": None}, "c is unknown; divisor b is 0"),
        ("a * b", {"a": "1e20", "b": "1e20"}, "a * b is too large"),
        ("coalesce(a, b)", {"a": None, "b": None}, "a and b are unknown"),
        ("sum_known(a, b)", {"a": None, "b": None}, "a and b are unknown"),
        ("sum_known(a, b)", {"a": None, "b": 1}, None),
        ("coalesce(a, b)", {"a": None, "b": 1}, None),
        ("case when a > 0 then b else c end", {"a": 1, "b": None, "c": None}, "b is unknown"),
        ("case when a > 0 then b else c end", {"a": 0, "b": None, "c": None}, "c is unknown"),
        ("case when a > 0 then b else c end", {"a": None, "b": 1, "c": None}, "c and a are unknown"),
        ("case when a > 0 then b end", {"a": 0, "b": 1}, "no condition of case when a > 0 then b end is true"),
        ("nullif(a, 0)", {"a": 0}, "a is 0"),
        ("nullif(a, 0)", {"a": None}, "a is unknown"),
        ("greatest(0, a)", {"a": None}, "a is unknown"),
    ],
)
def test_an_unknown_result_has_its_reason(
    formula: str, values: dict[str, int | str | None], reason: str | None
) -> None:
    numbers = {name: None if value is None else Decimal(value) for name, value in values.items()}
    assert why_null(parse(formula), numbers) == reason
