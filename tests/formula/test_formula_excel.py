"""A formula gives the same in a spreadsheet: the cases of the language, evaluated by an independent library."""

from __future__ import annotations

import warnings
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from breakeven.formula import UNKNOWN, excel, parse
from breakeven.formula.excel import number_text

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import formulas

NEAR = 1e-9
OTHER = {
    "round(a, 2) + round(b)": "1.005 is a double below it for this library; spreadsheet programs round what they show",
    "a * b": "what is too large for the ledger is not for a double",
    "a + a": "what is too large for the ledger is not for a double",
}
"""Cases that this library answers otherwise, and why."""
LARGE = Decimal("1e6")


def evaluated(text: str, values: dict[str, str | None]) -> Any:
    """What a spreadsheet shows for a formula over cells with these values."""
    made = excel(parse(text), lambda name: f"v_{name}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        compiled = formulas.Parser().ast(made)[1].compile()
        given = {f"V_{name.upper()}": UNKNOWN if one is None else float(one) for name, one in values.items()}
        return np.asarray(compiled(*(given[name] for name in compiled.inputs))).ravel()[0]


def test_a_case_of_the_language_gives_the_same(accepted_case: dict[str, Any]) -> None:
    text, values = accepted_case.get("formula"), accepted_case.get("values", {})
    if text is None:
        pytest.skip("a formula that is made by repetition")
    large = any(one is not None and abs(Decimal(one)) >= LARGE for one in values.values())
    if text in OTHER and (large or text.startswith("round")):
        pytest.skip(OTHER[text])
    found, wanted = evaluated(text, values), accepted_case["gives"]
    if wanted is None:
        assert found == UNKNOWN
    else:
        assert float(found) == pytest.approx(float(wanted), rel=NEAR, abs=NEAR)


@pytest.mark.parametrize(
    ("text", "values", "wanted"),
    [
        ("sum_known(a, b)", {"a": None, "b": "2"}, 2),
        ("sum_known(a, b)", {"a": None, "b": None}, UNKNOWN),
        ("a * b", {"a": None, "b": "0"}, UNKNOWN),
        ("case when a > 1 then 2 end", {"a": None}, UNKNOWN),
        ("case when a > 1 then 2 else 3 end", {"a": None}, 3),
        ("case when a is null then 2 else 3 end", {"a": None}, 2),
        ("case when a > 1 or b > 1 then 1 else 0 end", {"a": None, "b": "5"}, 1),
        ("case when a > 1 and b > 1 then 1 else 0 end", {"a": None, "b": "0"}, 0),
        ("case when not (a > 1 and b > 1) then 1 else 0 end", {"a": None, "b": "0"}, 1),
        ("greatest(a, 1)", {"a": None}, UNKNOWN),
        ("coalesce(a, b, 7)", {"a": None, "b": None}, 7),
        ("ceil(a) + floor(a)", {"a": "-2.5"}, -5),
        ("abs(a) / b", {"a": "-3", "b": "0"}, UNKNOWN),
        ("a", {"a": None}, UNKNOWN),
    ],
)  # fmt: skip
def test_unknown_takes_the_same_way(text: str, values: dict[str, str | None], wanted: float | str) -> None:
    assert evaluated(text, values) == wanted


def test_what_was_done_beyond_the_formula_follows_it() -> None:
    made = excel(parse("a + b"), lambda name: name.upper(), times="0.5", plus="(-2)")
    assert made == f'=IFERROR((((A+B))*0.5)+(-2),"{UNKNOWN}")'


def test_a_number_has_fifteen_digits() -> None:
    assert number_text(Decimal("0.333333333333333333333")) == "0.333333333333333"
    assert number_text(Decimal("1200.50")) == "1200.5"
    assert number_text(Decimal("1E+3")) == "1000"
