"""What an outcome is not: a record of its own period or of the project that its reporter names."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from tests.ledger.conftest import Company

from breakeven.ledger.comparing.undeclared import undeclared


def test_it_counts_with_its_interaction_only(company: Company) -> None:
    call = {"id": "a", "source": "gw", "project": "unassigned"}
    company.put("interaction", call | {"time": "2026-01-10T10:00:00Z", "revenue": 3, "currency": "USD"})
    told = {"source": "crm", "interaction": "a", "interaction_source": "gw", "project": "sales", "currency": "USD"}
    company.put("outcome", told | {"id": "o", "time": "2026-02-20T10:00:00Z", "revenue": 5, "outcome": "converted"},
                told | {"id": "p", "time": "2026-02-21T10:00:00Z", "revenue": 8, "outcome": "reworked"})  # fmt: skip
    assert company.ledger.facts_span(now=company.now) == (date(2026, 1, 10), date(2026, 1, 11))
    with company.ledger.desk(company.now) as desk:
        assert undeclared(desk) == ()
    months = {"window": (date(2026, 1, 1), date(2026, 3, 1))}
    assert company.values("interaction_revenue", **months) == {("2026-01",): Decimal(8), ("2026-02",): None}
    assert company.values("reworked_interactions", **months) == {("2026-01",): 1, ("2026-02",): 0}
    assert company.values("rework_rate", **months)["2026-01",] == 100
    assert company.store.verify() == []
