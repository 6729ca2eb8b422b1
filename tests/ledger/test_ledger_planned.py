"""What business cases plan, added up by month."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import msgspec

from breakeven.ledger.cases.planned import plan_of, planned_by_month, planned_net
from breakeven.period import Calendar
from breakeven.workspace.definitions import BusinessCase, Project

CASE = BusinessCase(cost=Decimal(100), benefit=Decimal(400), start=date(2026, 2, 1), months=6)
CHAT = Project(id="chat", name="Chat", category="platform", business_case=CASE)
CALENDAR = Calendar(time_zone="UTC")
NOW = datetime(2026, 4, 16, tzinfo=UTC)
"""15 of 30 days of April are over."""
MONTHS = [date(2026, month, 1) for month in (1, 2, 3, 4)]


def test_plans_add_up_and_the_open_month_counts_what_is_over() -> None:
    two = [CHAT, msgspec.structs.replace(CHAT, id="voice")]
    assert planned_by_month([CHAT], MONTHS, CALENDAR, NOW) == dict(zip(MONTHS, (0, 300, 600, 750), strict=True))
    assert planned_by_month(two, MONTHS, CALENDAR, NOW)[MONTHS[-1]] == 1500
    assert planned_net(CHAT, MONTHS[:3], CALENDAR, NOW) == 600
    assert planned_net(CHAT, [], CALENDAR, NOW) == 0


def test_without_a_plan_nothing_is_planned_and_that_is_not_zero() -> None:
    for change in ({"business_case": None}, {"stage": "idea"}):
        none = msgspec.structs.replace(CHAT, **change)
        assert plan_of(none) is None
        assert planned_net(none, MONTHS, CALENDAR, NOW) is None
    assert planned_by_month([], MONTHS, CALENDAR, NOW) == {}
