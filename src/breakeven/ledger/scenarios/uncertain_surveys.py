"""The sampling error of surveys: few answers say little about everybody.

What is counted from the answers of a month and project is a sample's sum. Its standard error is the spread of the
answers times the root of their number (the standard error of the mean, times the number); it is drawn from a normal
distribution, for each month and project on its own. Where there is one answer only, the spread is that of all answers
of the kind. Promoters and detractors are parts of one sample: where one is more, the other is less.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import pyarrow as pa

from breakeven.ledger.books.book import Book
from breakeven.ledger.measuring.measures import Reading
from breakeven.ledger.measuring.relations import relation
from breakeven.ledger.scenarios.draws import Variate
from breakeven.ledger.scenarios.uncertain import Uncertain, Variates
from breakeven.ledger.window import window
from breakeven.period import Grain, add_months

P90 = 1.2815515655446004
"""Standard errors from the mean to the 90 % point of a normal distribution."""
SAMPLED = {"nps_promoters": "score >= 9", "nps_detractors": "score <= 6", "survey_csat_sum": "score"}
"""Measure → what each answer adds to it."""
_KINDS = {"nps_promoters": "nps", "nps_detractors": "nps", "survey_csat_sum": "csat"}


class _Sample(NamedTuple):
    n: int
    mean: float
    spread: float | None
    """Standard deviation of the answers; None: there is one answer."""
    promoters: float
    """Share of them; correlates with that of detractors."""


def uncertain_surveys(reading: Reading, book: Book, variates: Variates) -> dict[str, Uncertain]:
    """How measures that are counted from survey answers are uncertain over the rows of the book."""
    names = [name for name in SAMPLED if name in book.sheet.columns]
    return {name: _uncertain(book, name, _samples(reading, book, name), variates) for name in names}


def _samples(reading: Reading, book: Book, name: str) -> Mapping[tuple[Any, str], _Sample]:
    span = window(book.months[0], add_months(book.months[-1], 1), reading.workspace.calendar)
    source = relation("survey", span, Grain.MONTH, reading.setting("survey"))
    answer = f"CAST({SAMPLED[name]} AS DOUBLE)"
    told = (f"count(*) AS n, avg({answer}) AS mean, stddev_samp({answer}) AS spread,"
            " avg(CAST(score >= 9 AS DOUBLE)) AS promoters")  # fmt: skip
    rows = reading.moment.query(
        f"SELECT CAST(date_trunc('month', local) AS DATE) AS month, project, {told} FROM ({source})"
        f" WHERE kind = '{_KINDS[name]}' GROUP BY GROUPING SETS ((month, project), ())"
    ).to_pylist()
    every = next((row["spread"] for row in rows if row["project"] is None), None)
    return {
        (row["month"], row["project"]): _Sample(
            row["n"], row["mean"], every if row["n"] == 1 else row["spread"], row["promoters"])
        for row in rows if row["project"] is not None
    }  # fmt: skip


def _uncertain(book: Book, name: str, samples: Mapping[tuple[Any, str], _Sample], variates: Variates) -> Uncertain:
    places = list(_places(book, name, samples, variates))
    return Uncertain(pa.array(places, pa.int32()), pa.array([None if p is None else 1.0 for p in places], pa.float64()))


def _places(
    book: Book, name: str, samples: Mapping[tuple[Any, str], _Sample], variates: Variates
) -> Iterator[int | None]:
    held = book.sheet.columns[name].to_pylist()
    for row, place in enumerate(book.names):
        value, sample = held[row], samples.get(place)
        if value is None:
            yield None
        elif sample is None or not sample.spread:
            yield variates.certain(float(value))
        else:
            yield variates.place(_variate(name, place, float(value), sample))


def _variate(name: str, place: tuple[Any, str], value: float, sample: _Sample) -> Variate:
    reach = P90 * (sample.spread or 0.0) * math.sqrt(sample.n)
    month, project = place
    where = f"{month:%Y-%m}/{project}"
    correlation = _correlation(sample) if name == "nps_detractors" else 0.0
    return Variate(
        of=name, stream=f"{name}/{where}", shape="normal", value=value, low=value - reach, high=value + reach,
        follows=f"nps_promoters/{where}" if correlation else None, correlation=correlation,
    )  # fmt: skip


def _correlation(sample: _Sample) -> float:
    """Of the shares of detractors and promoters in one multinomial sample."""
    p, d = sample.promoters, sample.mean
    if not 0 < p < 1 or not 0 < d < 1:
        return 0.0
    return max(-1.0, -math.sqrt(p * d / ((1 - p) * (1 - d))))
