from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.conftest import cases_in

from breakeven.errors import UsageProblem
from breakeven.formula import check_units, parse, parse_unit, unit_of, unit_symbol

CASES: dict[str, Any] = cases_in(Path(__file__).parent / "cases" / "units.yaml")


@pytest.mark.parametrize("case", CASES["cases"], ids=lambda case: f"{case['formula']} {case.get('expected', '')}")
def test_units_are_checked(case: dict[str, Any]) -> None:
    expression = parse(case["formula"])
    problems = check_units(expression, CASES["units"], case.get("expected"), currency="USD")
    if "gives" in case:
        assert problems == []
        assert unit_of(expression, CASES["units"], "USD") == case["gives"]
    else:
        assert case["says"] in str(problems[0])
        assert case.get("marks", "[[") in str(problems[0].fragment)


@pytest.mark.parametrize("text", CASES["not_units"])
def test_what_is_no_unit_is_refused(text: str) -> None:
    with pytest.raises(UsageProblem):
        parse_unit(text)


def test_money_is_a_unit_of_its_own_until_a_currency_is_named() -> None:
    expression = parse("cost + value")
    units = {"cost": "money", "value": "USD"}
    assert "adds USD to money" in str(check_units(expression, units)[0])
    assert check_units(expression, units, "money", currency="USD") == []
    assert parse_unit("money/USD", "USD") == parse_unit("1")


def test_all_faults_are_reported() -> None:
    problems = check_units(parse("(a + b) * (b + c)"), {"a": "hour", "b": "day", "c": "month"})
    assert [problem.message for problem in problems] == ["adds day to hour", "adds month to day"]


@pytest.mark.parametrize(
    ("unit", "symbol"),
    [
        ("hour", "h"),
        ("USD/hour", "USD/h"),
        ("1", ""),
        ("%", "%"),
        ("money", "EUR"),
        ("money/token", "EUR/token"),
        ("USD/(hour*month)", "USD/(h*mo)"),
        ("1/day", "1/d"),
        ("hour**2", "h**2"),
    ],
)
def test_symbols_are_short(unit: str, symbol: str) -> None:
    assert unit_symbol(unit, "EUR") == symbol
