from __future__ import annotations

import pytest

from breakeven.errors import FormulaInvalid
from breakeven.formula import parse, resolve


def test_every_formula_comes_after_its_inputs() -> None:
    texts = {"roi": "net / cost", "net": "total - cost", "total": "hours * rate", "x": "1"}
    order = resolve({name: parse(text) for name, text in texts.items()}, ["cost", "hours", "rate"])
    assert order == ("total", "net", "roi", "x")


def test_all_unknown_names_are_reported_with_the_valid_ones() -> None:
    with pytest.raises(FormulaInvalid) as caught:
        resolve({"a": parse("hour * rate"), "b": parse("a + nosuch")}, ["hours", "rate"])
    first, second = caught.value.problems
    assert first.message == "unknown name hour"
    assert first.fragment == "[[hour]] * rate"
    assert str(first.hint).startswith("did you mean hours?")
    assert second.fragment == "a + [[nosuch]]"


@pytest.mark.parametrize(
    ("formulas", "way"),
    [
        ({"a": "a + 1"}, "a → a"),
        ({"a": "b", "b": "c + 1", "c": "a * 2"}, "a → b → c → a"),
        ({"x": "a", "a": "b", "b": "a"}, "a → b → a"),
        ({"a": "1", "b": "a + c", "c": "a + d", "d": "c"}, "c → d → c"),
    ],
)
def test_cycles_are_named(formulas: dict[str, str], way: str) -> None:
    with pytest.raises(FormulaInvalid, match=f"depends on itself: {way}"):
        resolve({name: parse(text) for name, text in formulas.items()}, [])


def test_independent_cycles_are_reported_together() -> None:
    with pytest.raises(FormulaInvalid) as caught:
        resolve({"a": parse("b"), "b": parse("a"), "c": parse("c + 1")}, [])
    assert len(caught.value.problems) == 2


def test_a_long_chain_is_ordered() -> None:
    chain = {f"d{i}": parse(f"d{i + 1} + 1") for i in range(3000)}
    assert resolve(chain, ["d3000"])[0] == "d2999"
