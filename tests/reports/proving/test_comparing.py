"""Two issues of the same report: what changed, line by line, and why."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from breakeven.errors import Cancelled, NotFound, UsageProblem
from breakeven.reports import compose, watched, write
from breakeven.reports.archive import Archive, Issue
from breakeven.reports.progress import Step
from breakeven.reports.proving.comparing import compared
from breakeven.views.asking.filters import Filters

D = Decimal


def issued(company: Any, archive: Archive, name: str = "cfo", **filters: Any) -> Issue:
    document = compose(company.ledger, name, Filters(**{"period": "2026-03"} | filters), company.now)
    return archive.keep(document, "md", write(document, "md"), now=company.now)


def test_late_data_change_figures_and_are_the_reason(company: Any, archive: Archive) -> None:
    company.put("cost", {"start": "2026-03-01", "amount": "100", "category": "compute"})
    company.put("benefit", {"time": "2026-03-09", "kind": "revenue", "unit": "money", "amount": "300"})
    first, again = issued(company, archive), issued(company, archive)
    same = compared(company.ledger, archive, first.id, again.id, company.now)
    assert (same.same, same.changes) == (True, ())
    company.now += timedelta(days=1)
    company.put("cost", {"start": "2026-03-02", "amount": "55.5", "category": "compute"})
    later = issued(company, archive)
    found = compared(company.ledger, archive, later.id, first.id, company.now)
    assert (found.before.id, found.after.id, found.same) == (first.id, later.id, False)
    cost = next(one for one in found.changes if one.section == "Cost by category" and one.item.startswith("Compute"))
    assert cost.difference in (D("55.5"), None)
    assert any(one.difference == D("55.5") for one in found.changes)
    assert found.bridge is not None
    assert found.bridge.change == D("-55.5")
    assert sum(part.amount for part in found.bridge.parts) == D("-55.5")
    assert {part.name for part in found.bridge.parts if part.amount} == {"late_data"}
    assert "from version" in found.remarks[0]


def test_the_earlier_period_comes_first(company: Any, archive: Archive) -> None:
    company.put("cost", {"start": "2026-02-01", "amount": "100"}, {"start": "2026-03-01", "amount": "70"})
    march, february = issued(company, archive), issued(company, archive, period="2026-02")
    found = compared(company.ledger, archive, march.id, february.id, company.now)
    assert (found.before.id, found.after.id) == (february.id, march.id)


def test_where_there_is_no_bridge_it_says_why(company: Any, archive: Archive) -> None:
    company.put("cost", {"start": "2026-03-01", "amount": "100"})
    first, second = issued(company, archive), issued(company, archive, headline="measured")
    found = compared(company.ledger, archive, first.id, second.id, company.now)
    assert found.bridge is None
    assert "another rule" in found.no_bridge
    assert not found.same


def test_only_issues_of_one_report_are_compared(company: Any, archive: Archive) -> None:
    company.put("cost", {"start": "2026-03-01", "amount": "100"})
    first, second = issued(company, archive), issued(company, archive, "summary")
    with pytest.raises(UsageProblem, match="same report"):
        compared(company.ledger, archive, first.id, second.id, company.now)
    with pytest.raises(NotFound):
        compared(company.ledger, archive, first.id, 99, company.now)


def test_comparing_says_how_far_it_is_and_ends_where_it_is_broken_off(company: Any, archive: Archive) -> None:
    company.put("cost", {"start": "2026-02-01", "amount": "100"}, {"start": "2026-03-01", "amount": "70"})
    first, second = issued(company, archive, period="2026-02"), issued(company, archive)
    told: list[Step] = []
    with watched(told.append):
        compared(company.ledger, archive, first.id, second.id, company.now)
    words = [one.words for one in told]
    assert words[:3] == [f"Reading issue {first.id}", f"Reading issue {second.id}", "Comparing what they say"]
    assert words[-1] == "Bridge: what it comes from"
    assert {"Bridge: volume", "Bridge: mix", "Bridge: price"} <= set(words)
    for most in range(len(words)):
        reached: list[Step] = []
        with pytest.raises(Cancelled), watched(reached.append, lambda most=most, to=reached: len(to) >= most):  # type: ignore[misc]
            compared(company.ledger, archive, first.id, second.id, company.now)
        assert [one.words for one in reached] == words[:most]
