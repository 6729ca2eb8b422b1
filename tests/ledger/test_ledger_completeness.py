"""What of traffic, cost and benefit is there: shares by hand, and what is said about the rest."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from breakeven.errors import UnknownName, UsageProblem
from breakeven.ledger.completeness.checks import Check, check, mean
from breakeven.ledger.completeness.score import Completeness, ProjectCompleteness, completeness
from breakeven.money import Rate
from breakeven.workspace.definitions import AssumptionValue, Project

D = Decimal
Company = Any
"""See conftest.py."""


def project(name: str, **more: object) -> Project:
    return Project(id=name, name=name, category="customer_service", **more)  # type: ignore[arg-type]


def call(day: str, who: str = "bot", **more: object) -> dict[str, object]:
    full = {"cost": 1, "cost_origin": "metered", "provider": "acme", "input_tokens": 10, "outcome": "resolved"}
    return {"time": day, "project": who} | full | more


def asked(company: Company, period: str = "2026-01", who: str | None = None) -> Completeness:
    with company.ledger.desk(company.now) as desk:
        return completeness(desk, company.workspace.calendar.parse(period, company.now), who)


def checks(company: Company, who: str = "bot", period: str = "2026-01") -> dict[str, Check]:
    (one,) = asked(company, period, who).projects
    return {made.name: made for part in (one.traffic, one.cost, one.benefit) for made in part.checks}


@pytest.fixture
def firm(company: Company) -> Company:
    company.declare(project("bot"))
    return company


def test_a_project_without_anything(firm: Company) -> None:
    (one,) = asked(firm).projects
    assert one.traffic.share is None
    assert one.cost.share == 0
    found = {made.name: made for part in (one.traffic, one.cost, one.benefit) for made in part.checks}
    assert found["days"].missing == "no interaction of bot has been recorded"
    assert "import interaction" in str(found["days"].connect)
    assert found["budget"].connect == "declare budget for bot in projects.yaml"
    assert found["invoiced"].share is None
    # Unknown parts do not count as zero: only those that are known do.
    assert one.score == mean([one.cost.share, one.benefit.share])


def test_days(firm: Company) -> None:
    # Mondays and Tuesdays of January 2026 but for two; one Wednesday of December shows that it is used then too.
    mondays, tuesdays = (5, 12, 19, 26), (6, 13, 20, 27)
    firm.put("interaction", call("2025-12-24"), *(call(f"2026-01-{day:02}") for day in (*mondays[:3], *tuesdays)))
    found = checks(firm)["days"]
    # Wednesdays: 7, 14, 21, 28.
    assert (found.known, found.of, found.share) == (7, 12, D("0.5833"))
    assert found.missing == "no interaction on 5 days (5 in 2026-01)"
    firm.put("interaction", *(call(f"2026-01-{day:02}") for day in (26, 7, 14, 21)))
    assert checks(firm)["days"].missing == "no interaction on 2026-01-28"


@pytest.mark.parametrize(
    ("dates", "of"),
    [({}, 27), ({"start": date(2025, 1, 1)}, 31), ({"start": date(2026, 1, 20)}, 12), ({"end": date(2026, 1, 10)}, 6)],
)
def test_days_are_expected_while_the_project_runs(company: Company, dates: dict[str, date], of: int) -> None:
    company.declare(project("bot", **dates))
    company.put("interaction", *(call(f"2026-01-{day:02}") for day in range(5, 12)))
    assert checks(company)["days"].of == of


def test_days_that_are_not_over_are_not_expected(firm: Company) -> None:
    firm.put("interaction", *(call(f"2026-04-{day:02}") for day in range(1, 15)))
    assert (checks(firm, period="2026-04")["days"].known, checks(firm, period="2026-04")["days"].of) == (14, 15)


def test_what_is_known_of_interactions(firm: Company) -> None:
    firm.put(
        "interaction", call("2026-01-05"), call("2026-01-05", cost=None, cost_origin="unpriced"),
        call("2026-01-05", cost=None, cost_origin="unmetered", input_tokens=None, outcome=None),
        call("2026-01-05", "nobody"),
    )  # fmt: skip
    found = checks(firm)
    assert (found["priced"].share, found["tokens"].share, found["outcomes"].share) == (
        D("0.5"),
        D("0.6667"),
        D("0.6667"),
    )
    assert "prices.yaml" in str(found["priced"].connect)
    assert "send outcome" in str(found["outcomes"].connect)
    known = asked(firm).project_known
    assert (known.known, known.of, known.missing) == (3, 4, "1 interactions name no declared project")


def test_own_models_state_neither_tokens_nor_cost(firm: Company) -> None:
    firm.put("interaction", call("2026-01-05", cost=None, cost_origin="unmetered", input_tokens=None))
    found = checks(firm)
    assert found["priced"].share is found["tokens"].share is None
    assert found["tokens"].missing == "no interaction states cost or tokens"


def test_invoices(firm: Company) -> None:
    firm.put("interaction", call("2026-01-05", cost=30), call("2026-02-05", cost=60), call("2026-02-05", cost=10,
             provider="other"), call("2026-04-05", cost=1000))  # fmt: skip
    assert checks(firm, period="2026-Q1")["invoiced"].share == 0
    firm.put("cost", {"start": "2026-02-01", "end": "2026-03-01", "vendor": "Acme", "amount": 61})
    found = checks(firm, period="ytd")["invoiced"]
    assert (found.known, found.of, found.share) == (60, 100, D("0.6"))
    assert found.missing == "no invoice of Acme 2026-01, other 2026-02"
    assert "vendor Acme" in str(found.connect)


def test_vendors_that_bill_every_month(firm: Company) -> None:
    def bill(vendor: str, *months: int) -> None:
        firm.put("cost", *({"start": f"2025-{month:02}-10", "vendor": vendor, "amount": 5, "project": "bot"}
                           for month in months))  # fmt: skip

    bill("Monthly", 1, 2, 4, 6)
    bill("Once", 1)
    bill("Former", 1, 2)
    found = checks(firm, period="2025")["bills"]
    # Monthly is expected from January to September (three months after its last), Former to May.
    assert (found.known, found.of) == (4 + 2, 9 + 5)
    assert found.missing == "no bill of Former 2025-03, Former 2025-04, Former 2025-05, Monthly 2025-03 and 4 more"


def test_rates_and_budget(company: Company) -> None:
    rates = [Rate(currency="EUR", rate=D(1), start=date(2026, 1, 10), source="")]
    company.declare(project("bot", budget=D(5)), rates=rates)
    for day in (5, 15):
        company.put("cost", {"start": f"2026-01-{day:02}", "amount": 5, "currency": "EUR", "project": "bot"})
    found = checks(company)
    assert (found["converted"].share, found["budget"].share) == (D("0.5"), 1)
    assert found["converted"].missing == "1 cost records: no exchange rate EUR→USD on 2026-01-05"


def test_benefit(company: Company) -> None:
    company.declare(project("bot", baselines={"baseline_incidents": D(4)}), project("other"))
    company.put("incident", {"opened_at": "2026-01-02", "project": "bot"})
    company.assume("avg_incident_cost", AssumptionValue(value=D(100), start=date(1970, 1, 1)))
    company.put("survey", {"time": "2026-01-03", "kind": "nps", "score": 9, "project": "bot"})
    bot, other = checks(company), checks(company, "other")
    assert (bot["incident_value"].share, other["incident_value"].share) == (1, 0)
    assert other["incident_value"].connect == "declare baseline_incidents for other under baselines in projects.yaml"
    assert "baseline_incidents is not stated for other" in str(other["incident_value"].missing)
    assert (bot["surveys"].share, other["surveys"].share) == (1, 0)
    assert (bot["incidents"].share, checks(company, period="2025-12")["incidents"].share) == (1, 0)
    assert bot["productivity_value"].connect
    (one,) = asked(company, who="bot").projects
    assert one.benefit.share == mean(made.share for made in one.benefit.checks)


def test_projects_and_periods(company: Company) -> None:
    company.declare(project("a"), project("idea", stage="idea"), project("later", start=date(2026, 3, 1)))
    assert [one.project for one in asked(company).projects] == ["a"]
    assert {one.project for one in asked(company, "2026-Q1").projects} == {"a", "later"}
    with pytest.raises(UnknownName, match="unknown project 'b'"):
        asked(company, who="b")
    with pytest.raises(UsageProblem, match="whole months"):
        asked(company, "2026-01-05")
    with pytest.raises(UsageProblem, match="lies in the future"):
        asked(company, "2027")


def test_the_least_complete_comes_first(company: Company) -> None:
    company.declare(project("full", budget=D(5)), project("empty"))
    found = asked(company).projects
    assert [one.project for one in found] == ["empty", "full"]
    assert isinstance(found[0], ProjectCompleteness)
    assert asked(company).score == mean(one.score for one in found)


def test_a_check() -> None:
    assert check("budget", 99_999, 100_000, "one is missing").share == D("0.9999")
    assert check("budget", 100_000, 100_000, "one is missing").missing is None
    nothing = check("budget", 0, 0, "never said", "never", none="there is nothing to know")
    assert (nothing.share, nothing.missing, nothing.connect) == (None, "there is nothing to know", None)
