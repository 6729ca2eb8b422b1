"""What is accepted and what is refused, with the place of the fault."""

from __future__ import annotations

import time
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from breakeven.errors import FormulaInvalid
from breakeven.formula import FORMULA, MAPPING, Evaluator, Profile, parse


def test_accepted_formulas_give_their_value(accepted_case: dict[str, Any], evaluator: Evaluator) -> None:
    expression = parse(accepted_case["formula"])
    values = {name: None if v is None else Decimal(v) for name, v in accepted_case.get("values", {}).items()}
    assert set(expression.names) == set(values)
    table = pa.table({"row": [1], **{n: pa.array([v], pa.decimal128(38, 12)) for n, v in values.items()}})
    wanted = accepted_case["gives"]
    found = evaluator.evaluate({"result": expression}, table)["result"][0].as_py()
    assert found == (None if wanted is None else Decimal(wanted))


def test_refused_formulas_say_why_and_where(refused_case: dict[str, Any]) -> None:
    text = refused_case.get("formula")
    if text is None:
        text = "".join(part * times for part, times in refused_case["repeat"])
    start = time.perf_counter()
    with pytest.raises(FormulaInvalid) as caught:
        parse(text)
    assert time.perf_counter() - start < 2
    assert refused_case["says"] in str(caught.value)
    for problem in caught.value.problems:
        assert problem.line
        assert problem.column
        assert "[[" in str(problem.fragment)
        assert len(str(problem)) < 600
    if "marks" in refused_case:
        assert refused_case["marks"] in str(caught.value.problems[0].fragment)


def test_a_fault_is_placed_in_its_file() -> None:
    with pytest.raises(FormulaInvalid) as caught:
        parse("a\n + nosuch(b)", file="methodology.yaml", line=7)
    (problem,) = caught.value.problems
    assert (problem.file, problem.line, problem.column) == ("methodology.yaml", 8, 4)
    assert str(problem).startswith("methodology.yaml:8:4: there is no function nosuch: a  + [[nosuch]](b)")


def test_all_faults_of_kind_are_reported_at_once() -> None:
    with pytest.raises(FormulaInvalid) as caught:
        parse("abs(a > 1) + (b < 2)")
    assert len(caught.value.problems) == 2


def test_the_deepest_formula_can_be_read_far_down_the_stack() -> None:
    def below(frames: int) -> tuple[str, ...]:
        return below(frames - 1) if frames else parse("abs(" * 19 + "a" + ")" * 19).names

    assert below(200) == ("a",)


def test_names_are_in_order_of_appearance() -> None:
    assert parse("b * a + b - coalesce(c, a)").names == ("b", "a", "c")


def test_formulas_of_the_same_text_are_equal_and_hashable() -> None:
    assert parse("a + 1") == parse("a + 1")
    assert len({parse("a + 1"), parse("a + 1"), parse("a + 2")}) == 2


_SIGNS = st.sampled_from("ab01.+-*/()<>='\",;|?[]{}$:%\\\n -eE_&~@#^!ａ\0")


@pytest.mark.parametrize("profile", [FORMULA, MAPPING], ids=lambda profile: profile.name)
@given(text=st.text(_SIGNS | st.characters(), max_size=40))
def test_any_text_is_accepted_or_refused(profile: Profile, text: str) -> None:
    """Nothing but FormulaInvalid comes out."""
    with suppress(FormulaInvalid):
        parse(text, profile=profile)


_WORDS = (
    *("a", "1", "'x'", '"q"', "+", "-", "*", "/", "(", ")", ",", "=", "<", "case", "when", "then", "else", "end"),
    *("and", "not", "is", "null", "in", "like", "between", "cast(", "as", "text", "abs(", "coalesce(", "if(", "hours("),
    "true",
)


@pytest.mark.parametrize("profile", [FORMULA, MAPPING], ids=lambda profile: profile.name)
@given(words=st.lists(st.sampled_from(_WORDS), max_size=15))
def test_any_words_are_accepted_or_refused(profile: Profile, words: list[str]) -> None:
    with suppress(FormulaInvalid):
        parse(" ".join(words), profile=profile)
