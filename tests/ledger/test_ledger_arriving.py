"""The state of the data: what is usual is learned, what is not is told, and too little history is unknown."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from breakeven.ledger.arriving.quality import quality, quality_of
from breakeven.ledger.arriving.results import Quality, Source
from breakeven.ledger.arriving.usual import drift, volume
from breakeven.store.base import Commit
from breakeven.store.intake import EVERY
from breakeven.store.schema import REJECTED_SCHEMA
from breakeven.workspace.definitions import Project

from .conftest import NOW, Company

PER_DAY = 24
ASKED = NOW + timedelta(days=1)
"""Each day arrives at its end, so that the last day of which all should be there ended a day ago."""


def day_of(company: Company, back: int, number: int, **fields: Any) -> None:
    """Calls of one day, spread evenly over it."""
    start = NOW - timedelta(days=back)
    company.put("interaction", *(
        {"id": f"{fields.get('source', 'gateway')}-{back}-{place}", "source": "gateway", "project": "chat",
         "time": start + timedelta(seconds=86_400 * place / number), "latency_ms": 5.0, **fields}
        for place in range(number)
    ))  # fmt: skip


def asked(company: Company, source: str | None = None, past: Any = None, now: datetime = ASKED) -> Quality:
    with company.ledger.desk(now, past) as desk:
        return quality(desk.reading) if source is None else quality_of(desk.reading, source)


def one(found: Quality, source: str, kind: str = "interaction") -> Source:
    (mine,) = [each for each in found.sources if (each.source, each.kind) == (source, kind)]
    return mine


@pytest.fixture(scope="module")
def filled(lasting_company: Company) -> Iterator[Company]:
    company = lasting_company
    company.declare(Project(id="chat", name="Chat", category="customer_service"))
    for back in range(63, 1, -1):
        company.now = NOW - timedelta(days=back - 1)
        day_of(company, back, PER_DAY)
        if back > 12:
            day_of(company, back, 2, source="old", latency_ms=None)
    company.now = NOW
    day_of(company, 1, PER_DAY * 3, latency_ms=None)
    day_of(company, 1, PER_DAY, source="new", model="m", cost_origin="unpriced", input_tokens=10, project="other")
    day_of(company, 1, PER_DAY, source="new", model="m", cost_origin="unpriced", input_tokens=10, project="other")
    rows = [{"id": "r", "received_at": NOW, "source": "broken", "kind": "interaction", "reason": "bad_time",
             "record": "{" + "x" * 2000, "value": "yesterday", "field": "time"},
            {"id": "f", "received_at": NOW, "source": "gateway", "kind": "interaction", "reason": "future_time"},
            ]  # fmt: skip
    company.store.append(Commit(rejected=pa.Table.from_pylist(rows, schema=REJECTED_SCHEMA), recorded_at=NOW))
    return company.settle()


def test_freshness_is_judged_by_the_pauses_of_the_source(filled: Company) -> None:
    found = asked(filled)
    assert (one(found, "gateway").fresh.state, one(found, "gateway").fresh.basis) == ("ok", "learned")  # type: ignore[union-attr]
    old = one(found, "old").fresh
    assert old is not None
    assert old.state == "silent"
    assert old.basis == "learned"
    assert old.usual_seconds == 37 * 3600, "at noon and at midnight, a day late, and an hour"
    (silence,) = [each for each in found.findings if each.about == "freshness"]
    assert silence.source == "old"
    assert silence.since == NOW - timedelta(days=13) + timedelta(hours=13)


def test_a_nightly_file_is_not_late_before_the_night(filled: Company) -> None:
    for hours, state in ((0, "ok"), (24, "ok"), (28, "late"), (100, "silent")):
        assert one(asked(filled, now=NOW + timedelta(hours=hours)), "gateway").fresh.state == state  # type: ignore[union-attr]


def test_volume_is_compared_with_the_same_weekday(filled: Company) -> None:
    earlier = one(asked(filled, now=NOW), "gateway").day
    assert earlier is not None
    assert (earlier.since, earlier.records, earlier.verdict) == (NOW - timedelta(days=2), PER_DAY, "usual")
    found = asked(filled)
    day = one(found, "gateway").day
    assert day is not None
    assert (day.records, day.usual, day.verdict) == (PER_DAY * 3, Decimal("24.0"), "high")
    new = one(asked(filled, now=NOW), "new").day
    assert new is not None
    assert (new.records, new.usual, new.verdict) == (PER_DAY, None, "unknown")
    old = one(found, "old").day
    assert old is not None
    assert (old.records, old.verdict) == (0, "usual"), "2 a day is within the noise of counting"


def test_a_field_that_is_no_longer_sent(filled: Company) -> None:
    (changed,) = one(asked(filled), "gateway").drift or ()
    assert (changed.field, changed.change, changed.usual, changed.share) == ("latency_ms", "vanished", 1, 0)
    assert changed.since == (NOW - timedelta(days=1)).date()
    assert "Mean response time" in changed.measures or changed.measures
    assert one(asked(filled), "old").drift is None, "two records a day are too few"
    (same,) = one(asked(filled, now=NOW - timedelta(hours=1)), "gateway").drift or ()
    assert same == changed, "it is seen on the day itself"


def test_repeats_refusals_prices_and_projects(filled: Company) -> None:
    found = asked(filled)
    new = one(found, "new")
    assert (new.records, new.duplicates, new.duplicate_share) == (PER_DAY, PER_DAY, Decimal("0.5"))
    assert [(gap.model, gap.interactions, gap.input_tokens) for gap in found.unpriced] == [("m", PER_DAY, 240)]
    assert [(gap.project, gap.interactions) for gap in found.unknown_projects] == [("other", PER_DAY)]
    assert found.waiting == 2
    about = {each.about for each in found.findings}
    assert about == {"freshness", "volume", "drift", "refused", "clock", "duplicates", "prices", "projects"}
    assert all(each.consequence and each.remedy for each in found.findings)


def test_one_source_with_samples(filled: Company) -> None:
    found = asked(filled, "broken")
    (mine,) = found.sources
    assert mine.fresh is None
    assert mine.records == 0
    (reason,) = mine.refused
    assert (reason.reason, reason.waiting, reason.share) == ("bad_time", 1, 1)
    assert reason.replay == "breakeven rejected --replay --reason bad_time --kind interaction --source broken"
    (sample,) = reason.samples
    assert (sample.value, sample.field, len(sample.record or "")) == ("yesterday", "time", 500)
    (found,) = asked(filled, "broken").findings
    assert found.remedy == "mend the source or its mapping, then try them again"
    assert (asked(filled, "nobody").sources, asked(filled, "nobody").findings) == ((), ())


def test_the_past_is_what_had_arrived(filled: Company) -> None:
    found = asked(filled, past=NOW - timedelta(days=20))
    assert {each.source for each in found.sources} == {"gateway", "old"}
    assert one(found, "gateway").records == PER_DAY * 43
    assert one(found, "gateway").drift is None
    assert found.waiting == 0


def test_what_comes_weeks_late_has_no_usual_day(company: Company) -> None:
    for back in range(70, 0, -7):
        company.now = NOW - timedelta(days=back - 1)
        company.put("interaction", *({"id": f"{back}-{n}", "source": "slow", "time": NOW - timedelta(days=back + n)}
                                     for n in range(21)))  # fmt: skip
    mine = one(asked(company, now=NOW), "slow")
    assert mine.day is None
    assert mine.delay is not None
    assert (mine.delay.late, mine.delay.records, mine.delay.p95_hours) == (4 * 20, 4 * 21, 20 * 24)
    (told,) = [each for each in asked(company, now=NOW).findings if each.about == "late"]
    assert told.records == 4 * 20


def test_what_cannot_be_read_again_has_no_command(filled: Company) -> None:
    (reason,) = one(asked(filled), "gateway").refused
    assert (reason.reason, reason.replay) == ("future_time", None), "its record was not kept"


def test_outcomes_that_are_about_nothing(company: Company) -> None:
    company.put("interaction", {"id": "a", "source": "gateway", "time": NOW - timedelta(days=3)})
    company.put("outcome", *(
        {"id": name, "source": "crm", "time": NOW - timedelta(days=back), "interaction": name,
         "interaction_source": "gateway", "outcome": "success"}
        for name, back in (("a", 2), ("b", 2), ("c", 0))
    ))  # fmt: skip
    (gap,) = asked(company, now=NOW).unmatched
    assert (gap.source, gap.outcomes, gap.overdue, gap.interaction) == ("gateway", 2, 1, "c")
    (told,) = [each for each in asked(company, now=NOW).findings if each.about == "outcomes"]
    assert (told.records, told.source) == (1, "gateway")
    company.now = NOW + timedelta(hours=1)
    company.put("interaction", {"id": "b", "source": "gateway", "time": NOW - timedelta(days=3)},
                {"id": "c", "source": "gateway", "time": NOW - timedelta(days=3)})  # fmt: skip
    later = NOW + timedelta(days=1)
    assert asked(company, now=later).unmatched == ()
    (before,) = asked(company, now=later, past=NOW).unmatched
    assert before.outcomes == 2, "then they were not there"


def test_nothing_is_not_zero(company: Company) -> None:
    found = asked(company)
    assert (found.sources, found.findings, found.waiting) == ((), (), 0)


@given(before=st.lists(st.integers(0, 1000), min_size=4, max_size=8), records=st.integers(0, 1000))
def test_what_is_usual_is_within_its_range(before: list[int], records: int) -> None:
    found = volume(NOW, records, before)
    assert found.low is not None
    assert found.high is not None
    assert found.usual is not None
    assert 0 <= found.low <= found.usual <= found.high
    assert volume(NOW, before[0], before[:1] * 4).verdict == "usual"
    assert volume(NOW, records, before[:3]).verdict == "unknown"


def test_drift_says_since_when() -> None:
    days = [date(2026, 4, 1) + timedelta(days=n) for n in range(14)]
    fields = {EVERY: dict.fromkeys(days, 100), "csat": dict.fromkeys(days[:11], 95),
              "team": dict.fromkeys(days[-1:], 1), "variant": dict.fromkeys(days, 50)}  # fmt: skip
    found = {each.field: (each.change, each.since) for each in drift("interaction", fields) or ()}
    assert found == {"csat": ("vanished", days[11]), "team": ("appeared", days[13])}
