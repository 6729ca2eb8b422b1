"""Reasons as a reader has them, and sentences whose rounded amounts add up."""

from __future__ import annotations

import re
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from breakeven.reports import compose
from breakeven.reports.composing.asking import asking
from breakeven.reports.composing.plainly import plainly
from breakeven.reports.composing.sentences import net_message, result
from breakeven.views.asking.filters import Filters

D = Decimal
SENTENCES = (result, net_message)


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("divisor nps_answers is 0", "no NPS answers"),
        ("baseline_incidents is not stated for chat on 2026-03-01",
         "“Incidents before, per month” is not stated for chat on 1 Mar 2026"),
        ("hourly_rate and hours_saved are unknown", "hourly rate and hours saved are unknown"),
        ("13555159 of 13717186 calls have no cost", "13,555,159 of 13,717,186 calls have no cost"),
        ("without 8120.41 in 2026 of no_such_thing, 12-345", "without 8120.41 in 2026 of no_such_thing, 12-345"),
        ("on 2026-13-45 a b_c", "on 2026-13-45 a b_c"),
        ("", ""),
    ],
)  # fmt: skip
def test_names_days_and_numbers_are_written_for_people(firm: Any, reason: str, said: str) -> None:
    with asking(firm.ledger, Filters(period="2026-03"), firm.now, path="/cfo") as (question, _):
        assert plainly(question, reason).replace("\xa0", " ") == said


def amounts(sentence: str) -> list[Decimal]:
    """$436.4k → 436400."""
    size = {"": 1, "k": 1_000, "M": 1_000_000}
    return [D(number) * size[unit] for number, unit in re.findall(r"\$(\d+(?:\.\d+)?)([kM]?)", sentence)]


@pytest.mark.parametrize(
    ("value", "cost"),
    [("436368.11", "100684.49"), ("100684.49", "436368.11"), ("999.5", "0.5"), ("2.5", "1.25"),
     ("1500000", "999499"), ("100", "100")],
)  # fmt: skip
def test_what_a_sentence_takes_away_leaves_what_it_says(firm: Any, value: str, cost: str) -> None:
    """A reader who subtracts the rounded cost from the rounded value gets the rounded rest."""
    with asking(firm.ledger, Filters(period="2026-03"), firm.now, path="/cfo") as (question, _):
        statement = SimpleNamespace(total_value=D(value), investment=D(cost), net_value=D(value) - D(cost),
                                    roi_percent=None)  # fmt: skip
        asked: Any = SimpleNamespace(statement=statement, show=question.show, period=question.period)
        for say in SENTENCES:
            first, second, rest = amounts(say(asked))
            assert abs(abs(first - second) - rest) < max(D("0.006"), rest / 1000), say(asked)


def test_no_report_has_a_name_of_a_file_in_its_remarks(firm: Any) -> None:
    for name in ("cfo", "board", "technical"):
        document = compose(firm.ledger, name, Filters(period="2026-03"), firm.now)
        assert document.remarks
        assert not [one for one in document.remarks if re.search(r"\b[a-z]+_[a-z]+\b|\d{4}-\d\d-\d\d", one)]
