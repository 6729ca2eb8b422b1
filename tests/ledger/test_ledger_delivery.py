"""How releases go, and how many people answered: by hand, over a few records."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from tests.ledger.conftest import Company

from breakeven.ledger.operations.answers import answers
from breakeven.ledger.operations.delivery import Delivery, by_month, delivery
from breakeven.workspace.definitions import Project

FIRST, LAST = date(2026, 1, 1), date(2026, 5, 1)


def release(day: str, model: str = "a", status: str = "succeeded", **more: str) -> dict[str, str]:
    return {"time": day, "model": model, "project": "chat", "deployed_at": day, "status": status} | more


@pytest.fixture
def releasing(company: Company) -> Company:
    company.declare(Project(id="chat", name="Chat", category="customer_service"),
                    Project(id="voice", name="Voice", category="customer_service"))  # fmt: skip
    company.put(
        "deployment",
        release("2026-02-05", dev_complete_at="2026-02-01", requested_at="2026-01-26"),
        release("2026-02-10T12:00", status="rolled_back", dev_complete_at="2026-02-08"),
        release("2026-02-11T00:00", dev_complete_at="2026-02-09"),
        release("2026-03-20", dev_complete_at="2026-03-14"),
        release("2026-04-01", model="b", status="failed"),
        release("2026-04-02") | {"project": "voice", "model": "v"},
    )
    return company


def asked(company: Company, *span: date, projects: tuple[str, ...] | None = None) -> Delivery:
    with company.ledger.desk(company.now) as desk:
        return delivery(desk, *(span or (FIRST, LAST)), projects)


def test_releases_are_counted_timed_and_failed_ones_made_good(releasing: Company) -> None:
    found = asked(releasing)
    assert (found.releases, found.failed, found.recovered) == (6, 2, 1)
    assert found.failure_rate == pytest.approx(Decimal(100) / 3)
    assert found.lead is not None
    assert (found.lead.n, found.lead.median) == (3, Decimal("4.00"))  # 4, 2 and 6 days; the rolled-back one is none
    assert found.lead.low == Decimal("2.4")
    assert found.lead.high == Decimal("5.6")
    assert found.cycle is not None
    assert (found.cycle.n, found.cycle.median) == (1, Decimal("10.00"))
    assert found.recovery is not None
    assert found.recovery.median == Decimal("0.50")  # the next release of the model that stayed, 12 h later


def test_weeks_begin_with_the_first_release_and_end_today(releasing: Company) -> None:
    # 5 February to 16 April, which has begun: 71 days
    assert asked(releasing).per_week == pytest.approx(Decimal(42) / 71)
    assert asked(releasing, date(2026, 3, 1), date(2026, 4, 1)).per_week == pytest.approx(Decimal(7) / 31)


def test_a_failure_may_be_made_good_after_the_span(releasing: Company) -> None:
    found = asked(releasing, date(2026, 2, 10), date(2026, 2, 11))
    assert (found.releases, found.failed, found.recovered) == (1, 1, 1)


def test_a_project_is_looked_at_by_itself(releasing: Company) -> None:
    found = asked(releasing, projects=("voice",))
    assert (found.releases, found.failed, found.lead, found.recovery) == (1, 0, None, None)
    assert asked(releasing, projects=()).releases == 0


def test_what_nobody_reports_is_not_known(company: Company) -> None:
    found = asked(company)
    assert (found.releases, found.per_week, found.failure_rate, found.lead) == (0, None, None, None)


def test_times_by_month(releasing: Company) -> None:
    with releasing.ledger.desk(releasing.now) as desk:
        months = {one.month: one.lead for one in by_month(desk, FIRST, LAST)}
    february, march = months[date(2026, 2, 1)], months[date(2026, 3, 1)]
    assert february is not None
    assert march is not None
    assert (february.n, february.median, march.median) == (2, Decimal("3.00"), Decimal("6.00"))
    assert months[date(2026, 4, 1)] is None


def test_the_interval_of_a_score_is_that_of_a_mean(company: Company) -> None:
    company.now = datetime(2026, 4, 16, tzinfo=UTC)
    scores = [10] * 6 + [8] * 2 + [3] * 2
    company.put("survey", *({"time": "2026-02-03", "kind": "nps", "score": float(one)} for one in scores),
                *({"time": "2026-02-03", "kind": "csat", "score": 4.0} for _ in range(3)))  # fmt: skip
    with company.ledger.desk(company.now) as desk:
        found = answers(desk, FIRST, LAST)
        few = answers(desk, date(2026, 3, 1), LAST)
    # 6 of 10 promoters, 2 detractors: mean 0.4, standard deviation of the sample 0.8433, of the mean 0.2667
    assert (found.nps, found.csat) == (10, 3)
    assert found.nps_low == pytest.approx(Decimal("5.826"), abs=Decimal("0.01"))
    assert found.nps_high == pytest.approx(Decimal("74.17"), abs=Decimal("0.01"))
    assert (few.nps, few.nps_low, few.csat) == (0, None, 0)
