"""YAML text to nodes: exact numbers, places, and limits."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import examples

from breakeven.errors import Problem
from breakeven.workspace.document import Node, read_document


def read(text: str) -> Node | None:
    return read_document(text, "f.yaml", [])


def value_of(text: str) -> object:
    node = read(f"a: {text}")
    assert node is not None
    assert isinstance(node.value, dict)
    return node.value["a"].value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.50", Decimal("1.50")),
        ("1e3", Decimal("1e3")),
        ("-.5", Decimal("-0.5")),
        ("+3", Decimal(3)),
        ("010", Decimal(10)),
        ("0.1", Decimal("0.1")),
        ("12345678901234567890.123456789012", Decimal("12345678901234567890.123456789012")),
        ("1_000", "1_000"),
        ("0x10", "0x10"),
        (".inf", ".inf"),
        (".nan", ".nan"),
        ("1e99999", "1e99999"),
        ("yes", "yes"),
        ("NO", "NO"),
        ("on", "on"),
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
        ('"1.5"', "1.5"),
        ("'true'", "true"),
        ('""', ""),
        ("2026-01-01", "2026-01-01"),
        ("12:30", "12:30"),
        ("|\n  x\n  y", "x\ny"),
        (">-\n  x\n  y", "x y"),
    ],
)
def test_scalars(text: str, value: object) -> None:
    assert value_of(text) == value
    assert type(value_of(text)) is type(value)


def test_places() -> None:
    node = read("a:\n  - b: 1\n    c: >\n      text\n")
    assert node is not None
    assert isinstance(node.value, dict)
    items = node.value["a"].value
    assert isinstance(items, list)
    assert isinstance(items[0].value, dict)
    number, text = items[0].value["b"], items[0].value["c"]
    assert (number.at.line, number.at.column, number.key_at.line, number.key_at.column) == (2, 8, 2, 5)
    assert (text.at.line, text.text_line) == (3, 4)


@pytest.mark.parametrize(
    "text", ["a: [1", "a: b: c", "\ta: 1", "a: 'x", "%YAML 9", "a: *b", "a: &b 1", "- ]", "\x00", "\ud800"]
)
def test_what_cannot_be_read_is_a_problem(text: str) -> None:
    problems: list[Problem] = []
    assert read_document(text, "f.yaml", problems) is None
    assert len(problems) == 1
    assert problems[0].file == "f.yaml"


def test_a_text_that_is_read_again_has_the_same_problems_where_it_stands() -> None:
    first, again, elsewhere = list[Problem](), list[Problem](), list[Problem]()
    read_document("a: 1\na: 2", "f.yaml", first)
    read_document("a: 1\na: 2", "f.yaml", again)
    read_document("a: 1\na: 2", "g.yaml", elsewhere)
    assert first == again
    assert [(p.file, p.line) for p in (*first, *elsewhere)] == [("f.yaml", 2), ("g.yaml", 2)]


@pytest.mark.parametrize("text", ["[" * 100_000, "{a: " * 50_000, "a: " + "[" * 30 + "]" * 30, "- " * 50_000 + "1"])
def test_depth_is_limited_without_recursion(text: str) -> None:
    problems: list[Problem] = []
    assert read_document(text, "f.yaml", problems) is None
    assert "levels" in problems[0].message


def test_empty_is_an_empty_mapping() -> None:
    for text in ("", "# only a comment\n", "---\n"):
        node = read(text)
        assert node is not None
        assert not node.value


@examples(150)
@given(st.text(max_size=80) | st.text("ab:-[]{}&*!|>'\"#\n ,?%1.", max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    problems: list[Problem] = []
    node = read_document(text, "f.yaml", problems)
    assert (node is None) == bool(problems)
