"""How many people answered, and how far the score of everybody may lie from theirs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from breakeven.ledger.desk import Desk
from breakeven.ledger.metrics import metrics
from breakeven.ledger.numbers import tidy
from breakeven.ledger.results import Result
from breakeven.period import Grain

P90 = 1.2815515655446004
"""Standard errors from the mean to the ends of the interval that holds four of five."""
FEWEST = 5
"""Answers from which on an interval is given: of fewer, the normal distribution says nothing."""
_COUNTS = ("nps_answers", "nps_promoters", "nps_detractors", "survey_csat_count", "interaction_csat_count")


class Answers(Result, frozen=True, kw_only=True):
    """Answers of a span."""

    nps: int
    """Answers to "would you recommend it"."""
    nps_low: Decimal | None
    """Ends of the 80 % interval of the score; None: too few answers."""
    nps_high: Decimal | None
    csat: int
    """Answers to "how content were you", in surveys and in interactions."""


def answers(desk: Desk, first: date, last: date, projects: Sequence[str] | None = None) -> Answers:
    """The answers from a day to the day before another."""
    tables = metrics(desk, _COUNTS, grain=Grain.ALL, span=(first, last), projects=projects)
    asked, good, bad, surveyed, rated = (int(table.rows[0].value or 0) if table.rows else 0 for table in tables)
    low, high = _interval(asked, good, bad)
    return Answers(nps=asked, nps_low=low, nps_high=high, csat=surveyed + rated)


def _interval(asked: int, good: int, bad: int) -> tuple[Decimal | None, Decimal | None]:
    """Each answer is 1, 0 or −1, and the score their mean: it is as uncertain as the mean of a sample is."""
    if asked < FEWEST:
        return None, None
    score = (good - bad) / asked
    spread = ((good + bad) / asked - score**2) * asked / (asked - 1)
    error = P90 * math.sqrt(max(spread, 0.0) / asked)
    return _percent(max(score - error, -1.0)), _percent(min(score + error, 1.0))


def _percent(share: float) -> Decimal:
    return tidy(Decimal(str(round(100 * share, 6))))
