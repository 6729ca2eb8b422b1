"""Edges: each row of the table "Edges" in docs/methodology.md, tried."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from breakeven import calculate_monthly_roi
from breakeven.ledger.closing.closing import close, restate
from breakeven.period import Calendar, Grain
from breakeven.workspace.definitions import AssumptionValue, Implementation, Pool, Project

Company = Any

BOT = Project(id="bot", name="Bot", category="platform")
RISK = Project(id="risk", name="Risk", category="platform")


def bill(start: str, amount: str, project: str = "bot", **more: Any) -> dict[str, Any]:
    return {"start": start, "amount": amount, "currency": "USD", "project": project, **more}


def hours(time: str, quantity: float = 1.0, project: str = "bot") -> dict[str, Any]:
    return {"time": time, "project": project, "kind": "hours_saved", "quantity": quantity, "unit": "hour"}


def reasons(made: Any) -> dict[str, str]:
    return {one.figure: one.reason for one in made.unknown}


# --- investment


@pytest.mark.parametrize(
    ("amount", "net", "reason"),
    [("0", 150, "investment is 0"), ("-50", 200, "investment is negative: credits exceed the cost")],
)
def test_no_return_on_an_investment_that_is_not_above_zero(
    company: Company, amount: str, net: int, reason: str
) -> None:
    company.declare(BOT)
    company.put("cost", bill("2026-03-10", amount))
    company.put("benefit", hours("2026-03-10"))
    made = company.statement("2026-03")
    assert (made.total_value, made.net_value) == (150, net), "the amounts themselves stand"
    assert (made.roi_percent, made.cumulative_roi_percent) == (None, None)
    assert (reasons(made)["roi_percent"], reasons(made)["cumulative_roi_percent"]) == (reason, reason)
    for figure in ("roi_percent", "benefit_cost_ratio"):
        (row,) = company.metric(figure, window=(date(2026, 3, 1), date(2026, 4, 1))).rows
        assert (row.value, "investment" in row.reason) == (None, True)
    data = dict.fromkeys(
        ("hours_saved_deployment", "hours_saved_debugging", "baseline_incidents", "actual_incidents",
         "models_deployed", "avg_months_saved", "baseline_cloud_cost", "actual_cloud_cost"), 0,
    )  # fmt: skip
    answer = calculate_monthly_roi({**data, "hours_saved_model_dev": 1, "platform_cost": amount})
    assert (answer["net_value"], answer["roi_percent"], answer["reasons"]) == (net, None, {"roi_percent": reason})


def test_a_credit_of_another_month_is_no_negative_return(company: Company) -> None:
    """March has only a credit; of the quarter there is a return."""
    company.declare(BOT)
    company.put("cost", bill("2026-02-10", "100"), bill("2026-03-10", "-40"))
    company.put("benefit", hours("2026-02-10"))
    assert company.statement("2026-03").roi_percent is None
    assert company.statement("2026-Q1").roi_percent == 150


# --- baselines


def test_a_baseline_of_zero_is_known(company: Company) -> None:
    """Nothing was there before: nothing can be avoided, and a reduction in % is undefined."""
    none = {name: Decimal(0) for name in ("baseline_incidents", "baseline_cloud_cost", "baseline_operating_cost")}
    company.declare(msgspec.structs.replace(BOT, baselines=none))
    company.put("cost", bill("2026-03-10", "100", category="compute"))
    company.put("incident", {"opened_at": "2026-03-01", "project": "bot"})
    made = company.statement("2026-03", "bot")
    assert (made.value["incident_value"], made.value["infra_savings"]) == (0, 0)
    (row,) = company.metric("operating_cost_reduction", window=(date(2026, 3, 1), date(2026, 4, 1))).rows
    assert (row.value, "operating_cost_before is 0" in row.reason) == (None, True)


# --- months without data


def test_months_without_records(company: Company) -> None:
    """Before the first record nobody knows; after it silence is zero, up to the open month; later is the future."""
    company.declare(msgspec.structs.replace(BOT, baselines={"baseline_incidents": Decimal(2)}))
    company.put("incident", {"opened_at": "2025-12-05", "project": "bot"})
    company.put("cost", bill("2025-11-10", "10"), bill("2026-02-10", "20"))
    value = {month: company.statement(month).value["incident_value"] for month in ("2025-11", "2025-12", "2026-01")}
    assert value == {"2025-11": None, "2025-12": 100_000, "2026-01": 200_000}
    cost = {month: company.statement(month).cost["direct"] for month in ("2025-10", "2026-01", "2026-02")}
    assert cost == {"2025-10": None, "2026-01": 0, "2026-02": 20}
    assert "records start on 2025-12-05" in reasons(company.statement("2025-11"))["incident_value"]
    late = company.statement("2026-05")
    assert (late.total_value, late.investment) == (None, None)
    assert "lies in the future" in reasons(late)["total_monthly_value"]


# --- projects within a month


def test_a_project_that_starts_and_ends_within_months(company: Company) -> None:
    """It runs in the whole month of its first and of its last day; nothing is cut by days."""
    company.declare(
        Project(id="bot", name="Bot", category="platform", start=date(2026, 1, 20), end=date(2026, 2, 3),
                budget=Decimal(100), baselines={"baseline_incidents": Decimal(1)},
                implementation=Implementation(cost=Decimal(120), start=date(2026, 1, 20), months=12)),
        RISK, pools=[Pool(name="cloud", rule="even")],
    )  # fmt: skip
    company.put("incident", {"opened_at": "2025-12-01", "project": "risk"})
    for month in ("2025-12", "2026-01", "2026-02", "2026-03"):
        company.put("benefit", hours(f"{month}-01"))
        company.put("cost", bill(f"{month}-15", "10"), bill(f"{month}-15", "8", "unassigned", pool="cloud"))
    made = {month: company.statement(month, "bot") for month in ("2025-12", "2026-01", "2026-02", "2026-03")}
    assert [one.value["productivity_value"] for one in made.values()] == [None, 150, 150, None]
    assert [one.value["incident_value"] for one in made.values()] == [None, 100_000, 100_000, None]
    assert [one.cost["direct"] for one in made.values()] == [10, 10, 10, 10], "cost is counted in every month"
    assert [one.cost["allocated"] for one in made.values()] == [0, 4, 4, 0], "who runs in a month shares its pools"
    assert [one.cost["implementation"] for one in made.values()] == [0, 10, 10, 10], "the plan is written off"
    assert "did not run" in reasons(company.statement("2026-03"))["productivity_value"]


# --- the calendar


@pytest.mark.parametrize(
    ("year", "february", "march"),
    [(2024, "15", "14"), (2025, "14", "14"), (2000, "15", "14"), (2100, "14", "14")],
)
def test_a_leap_day_is_a_day(company: Company, year: int, february: str, march: str) -> None:
    """A bill from 15 February to 15 March of one a day; 1900 and 2100 have no leap day, 2000 has one."""
    company.now = datetime(year, 6, 1, tzinfo=UTC)
    company.declare(BOT)
    amount = Decimal(february) + Decimal(march)
    company.put("cost", bill(f"{year}-02-15", str(amount), end=f"{year}-03-15"))
    assert company.statement(f"{year}-02").investment == Decimal(february)
    assert company.statement(f"{year}-03").investment == Decimal(march)
    assert company.statement(f"{year}-Q1").investment == amount


def test_an_open_february_of_a_leap_year(company: Company) -> None:
    """On 15 February 2024, 0:00, 14 of 29 days are over."""
    company.now = datetime(2024, 2, 15, tzinfo=UTC)
    company.declare(Project(id="bot", name="Bot", category="platform",
                            implementation=Implementation(cost=Decimal("348"), start=date(2024, 1, 1))))  # fmt: skip
    assert company.statement("2024-01").investment == 29
    assert company.statement("2024-02").investment == 14
    company.now = datetime(2024, 2, 29, 12, tzinfo=UTC)
    assert company.statement("2024-02").investment == Decimal("28.5")


def test_a_fiscal_year_that_starts_in_april(company: Company) -> None:
    """2026 is April 2025 to March 2026, and 2026-Q1 is April to June 2025; months keep their names."""
    company.declare(BOT, calendar=Calendar(fiscal_year_start=4))
    company.put("cost", bill("2025-03-31", "1"), bill("2025-04-01", "10"), bill("2025-06-30", "100"),
                bill("2026-03-31", "1000"), bill("2026-04-01", "10000"))  # fmt: skip
    asked = ("2025", "2026", "2026-Q1", "2026-Q4", "2027", "ytd", "2026-03", "2025-Q4")
    assert [company.statement(period).investment for period in asked] == [
        1, 1110, 110, 1000, 10_000, 10_000, 1000, 1]  # fmt: skip
    assert company.values("cost_direct", grain=Grain.YEAR) == {("2025",): 1, ("2026",): 1110, ("2027",): 10_000}
    assert company.workspace.calendar.fiscal_year(date(2024, 2, 29)) == 2024
    assert [month.month for month in company.workspace.calendar.quarter(2024, 4).months()] == [1, 2, 3]


def test_months_are_cut_at_local_midnight(new_company: Any) -> None:
    """Berlin: in March midnight of the first is 23:00 UTC, of 1 April 22:00 UTC; New York is behind UTC."""
    berlin = new_company("Europe/Berlin")
    berlin.declare(BOT)
    for start, amount in (("2026-02-28T22:59:59Z", "1"), ("2026-02-28T23:00:00Z", "10"),
                          ("2026-03-31T21:59:59Z", "100"), ("2026-03-31T22:00:00Z", "1000")):  # fmt: skip
        berlin.put("cost", bill(start, amount))
    assert [berlin.statement(month).investment for month in ("2026-02", "2026-03", "2026-04")] == [1, 110, 1000]
    york = new_company("America/New_York")
    york.declare(BOT)
    york.put("cost", bill("2026-03-01T04:59:59Z", "1"), bill("2026-03-01T05:00:00Z", "10"))
    assert [york.statement(month).investment for month in ("2026-02", "2026-03")] == [1, 10]


@pytest.mark.parametrize(("day", "length", "end"), [(29, 23, "2026-03-31"), (25, 25, "2026-10-27")])
def test_days_of_23_and_25_hours(new_company: Any, day: int, length: int, end: str) -> None:
    """Berlin changes its clocks on 29 March and 25 October: a span is spread by elapsed time, not by days."""
    company = new_company("Europe/Berlin")
    company.now = datetime(2026, 11, 20, tzinfo=UTC)
    company.declare(BOT)
    month = end[:7]
    before, after = date.fromisoformat(f"{month}-{day:02}"), date.fromisoformat(end)
    hours_over = length + 24
    zones = {"2026-03": ("+01:00", "+02:00"), "2026-10": ("+02:00", "+01:00")}[month]
    company.put("cost", bill(f"{before}T00:00:00{zones[0]}", str(hours_over), end=f"{after}T00:00:00{zones[1]}"))
    assert list(company.values("cost", grain=Grain.DAY, window=(before, after)).values()) == [length, 24]
    assert company.statement(month).investment == hours_over
    by_hour = company.values("cost", grain=Grain.HOUR, window=(before, after))
    assert sum(value or 0 for value in by_hour.values()) == hours_over


def test_the_elapsed_share_of_a_month_with_a_change_of_clocks(new_company: Any) -> None:
    """March in Berlin has 743 hours; at local noon of the 29th 683 are over (28 × 24 + 11)."""
    company = new_company("Europe/Berlin")
    company.now = datetime(2026, 3, 29, 10, tzinfo=UTC)
    plan = Implementation(cost=Decimal(743 * 12), start=date(2026, 1, 1))
    company.declare(Project(id="bot", name="Bot", category="platform", implementation=plan))
    assert company.statement("2026-02").investment == 743
    assert company.statement("2026-03").investment == 683


# --- closed months


def test_a_closed_month_that_receives_corrections(company: Company) -> None:
    company.declare(BOT)
    company.put("cost", {**bill("2026-03-10", "100"), "id": "a"})
    with company.ledger.desk(company.now) as desk:
        close(desk, "2026-03", by="Ada")
    company.now = datetime(2026, 4, 20, tzinfo=UTC)
    company.put("cost", {**bill("2026-03-10", "90"), "id": "a"}, {**bill("2026-03-11", "7"), "id": "b"})
    made = company.statement("2026-03")
    assert made.investment == 100
    assert [one.cost for one in made.after_close] == [-3]
    assert company.statement("2026-Q1").investment == 100
    with company.ledger.desk(company.now) as desk:
        restate(desk, "2026-03", by="Ada", reason="a bill was issued again")
    assert company.statement("2026-03").investment == 97
    assert not company.statement("2026-03").after_close


# --- assumptions


def test_an_assumption_without_a_value_for_a_date(company: Company) -> None:
    """Stated from 10 February: unknown in January; in February it holds, for the month has one value only."""
    company.declare(BOT)
    company.assume("hourly_rate", AssumptionValue(value=Decimal(100), start=date(2026, 2, 10)),
                   AssumptionValue(value=Decimal(200), start=date(2026, 3, 15)))  # fmt: skip
    company.put("benefit", hours("2026-01-20"), hours("2026-02-01"), hours("2026-03-20"), hours("2026-04-01"))
    value = [company.statement(month).value["productivity_value"] for month in ("2026-01", "2026-02", "2026-03")]
    assert value == [None, 100, 100], "a change within a month holds from the next one on"
    assert company.statement("2026-04").value["productivity_value"] == 200
    assert "hourly_rate is not stated" in reasons(company.statement("2026-01"))["productivity_value"]
    quarter = company.statement("2026-Q1")
    assert quarter.value["productivity_value"] == 200
    assert "hourly_rate is not stated" in reasons(quarter)["productivity_value"]
