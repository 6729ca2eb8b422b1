"""The number with all digits beside a text is the one that the text shows."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from breakeven.reports import REPORTS, compose
from breakeven.reports.composing.numbers import read, short, shows
from breakeven.views.asking.filters import Filters

D = Decimal


@pytest.mark.parametrize(
    ("text", "exact", "same"),
    [
        ("$436k", "436368.11", True), ("−2.8%", "-2.815", True), ("+11%", "10.52", True), ("11.6 mo", "11.55", True),
        ("19 Nov 2026", "1795113952", False), ("10 h", "36858", False), ("77 days", "6658200", False),
        ("$1k", "999.6", True), ("1 h", "3600", False), ("2", "2.4", True), ("12% measured, 81% assumed", "12", False),
        ("0", "2687", False), ("0", "0.2", True), ("0%", "0", True), ("12", "0", False), ("under 1%", "0.34", True),
        ("–", "7", True), ("1,337 ms", "6.655", False), ("100.0%", "99.97", True), ("$0.04", "0.0367", True),
    ],
)  # fmt: skip
def test_a_text_shows_a_number_or_does_not(text: str, exact: str, same: bool) -> None:
    assert shows(text, D(exact)) is same


@pytest.mark.parametrize(
    ("text", "locale", "number"),
    [("3,155 ms", "en", "3155"), ("−0.5%", "en", "-0.5"), ("1.234,5 ms", "de", "1234.5"), ("$34.9k", "en", None),
     ("none", "en", None),
     ("$0.34", "en", "0.34"), ("5 messages", "en", "5")],
)  # fmt: skip
def test_the_number_of_a_text_is_read(text: str, locale: str, number: str | None) -> None:
    assert read(text, locale) == (None if number is None else D(number))
    assert short(text) == ("k" if text == "$34.9k" else "")


@pytest.mark.parametrize("name", REPORTS)
def test_every_number_of_every_report_is_what_its_text_shows(firm: Any, name: str) -> None:
    document = compose(firm.ledger, name, Filters(period="2026-03"), firm.now)
    checked = 0
    for part in walk(msgspec.to_builtins(document.sections), msgspec.to_builtins(document.figures)):
        exact = part["exact"] if isinstance(part["exact"], Decimal) or part["exact"] is None else D(part["exact"])
        if exact is None or part["unit"] != "%":
            continue
        checked += 1
        said = read(part["text"], "en")
        assert said is None or abs(said - exact) <= D("0.51"), part
    assert checked or name not in ("cfo", "business")


def walk(*found: Any) -> Any:
    for one in found:
        if isinstance(one, dict):
            if "exact" in one and "text" in one:
                yield one
            yield from walk(*one.values())
        elif isinstance(one, list | tuple):
            yield from walk(*one)
