"""The bridge: parts by hand, parts that always add up, and what is said of what cannot be compared."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import Phase, given
from hypothesis import strategies as st
from tests.conftest import examples

from breakeven.errors import NotFound, UnknownName, UsageProblem
from breakeven.ledger.bridge import FACTORS, FIGURES, Bridge, bridge
from breakeven.ledger.closing.closing import close, restate
from breakeven.money import Rate
from breakeven.views.asking.ends import end_of
from breakeven.workspace.definitions import AssumptionValue, Implementation, Pool, Project, Split
from breakeven.workspace.loader import from_texts, shipped

Company = Any

BOT = Project(id="bot", name="Bot", category="customer_service")
RISK = Project(id="risk", name="Risk", category="predictive_analytics")
FEB, MAR = "2026-02", "2026-03"


def bridged(company: Company, start: str = FEB, end: str = MAR, *, check: bool = True, **question: Any) -> Bridge:
    ends = [end_of(company.ledger, text, company.now) for text in (start, end)]
    made = bridge(company.ledger, *ends, now=company.now, **question)
    if made.change is not None and check:
        adds_up(made)
    return made


def adds_up(made: Bridge) -> None:
    """What holds of every bridge."""
    assert made.start.compared is not None
    assert made.end.compared is not None
    assert [part.name for part in made.parts] == list(FACTORS)
    assert made.change == made.end.compared - made.start.compared
    assert sum(part.amount for part in made.parts) == made.change
    for part in made.parts:
        assert sum((one.amount for one in part.drivers), part.others) == part.amount


def parts(made: Bridge) -> dict[str, Decimal]:
    """What is not zero."""
    return {part.name: part.amount for part in made.parts if part.amount}


def ends(made: Bridge) -> tuple[Any, Any]:
    """The amounts as the statements have them."""
    return made.start.amount, made.end.amount


def told(made: Bridge, name: str) -> list[tuple[Any, ...]]:
    """Drivers of a part."""
    (part,) = (part for part in made.parts if part.name == name)
    return [(one.project, one.item, one.amount, one.before, one.after, one.unit) for one in part.drivers]


def calls(month: str, model: str, count: int, cost: str, project: str = "bot", **more: Any) -> dict[str, Any]:
    return {"time": f"{month}-10", "project": project, "model": model, "count": count, "cost": cost,
            "cost_currency": "USD", "cost_origin": "reported", **more}  # fmt: skip


def hours(month: str, quantity: float, project: str = "bot") -> dict[str, Any]:
    return {"time": f"{month}-10", "project": project, "kind": "hours_saved", "quantity": quantity, "unit": "hour"}


def bill(month: str, amount: str, project: str = "bot", **more: Any) -> dict[str, Any]:
    return {"start": f"{month}-10", "amount": amount, "currency": "USD", "project": project, **more}


# --- volume, mix, price, quality


def test_cost_of_models_by_hand(company: Company) -> None:
    """200 → 400 calls: 110 at the old mix would be 220; at the new mix and old prices 130; at new prices 145."""
    company.declare(BOT)
    company.put("interaction", calls(FEB, "small", 100, "10"), calls(FEB, "large", 100, "100"),
                calls(MAR, "small", 300, "45"), calls(MAR, "large", 100, "100"))  # fmt: skip
    made = bridged(company, figure="investment")
    assert ends(made) == (110, 145)
    assert parts(made) == {"volume": 110, "mix": -90, "price": 15}
    assert told(made, "volume") == [
        ("bot", "large", 100, 100, 100, "interaction"),
        ("bot", "small", 10, 100, 300, "interaction"),
    ]
    assert told(made, "mix") == [("bot", "large", -100, 50, 25, "%"), ("bot", "small", 10, 50, 75, "%")]
    assert told(made, "price") == [("bot", "small", 15, Decimal("0.1"), Decimal("0.15"), "money/interaction")]


def test_cost_lessens_the_net_value(company: Company) -> None:
    company.declare(BOT)
    company.put("interaction", calls(FEB, "m", 100, "10"), calls(MAR, "m", 100, "30"))
    company.put("benefit", hours(FEB, 1), hours(MAR, 1))
    assert parts(bridged(company)) == {"price": -20}
    assert parts(bridged(company, figure="total_monthly_value")) == {}


def test_a_new_model_is_mix_and_a_new_project_volume(company: Company) -> None:
    company.declare(BOT, RISK)
    company.put("interaction", calls(FEB, "old", 100, "10"), calls(MAR, "new", 100, "4"),
                calls(MAR, "new", 10, "7", project="risk"))  # fmt: skip
    made = bridged(company, figure="investment")
    assert parts(made) == {"volume": 7, "mix": -6}
    assert told(made, "volume") == [("risk", "new", 7, 0, 10, "interaction")]
    assert told(made, "mix") == [("bot", "old", -10, 100, 0, "%"), ("bot", "new", 4, 0, 100, "%")]


def test_more_hours_in_each_call_is_quality(company: Company) -> None:
    company.declare(BOT)
    company.put("interaction", calls(FEB, "m", 100, "0", seconds_saved=36000.0),
                calls(MAR, "m", 150, "0", seconds_saved=72000.0))  # fmt: skip
    made = bridged(company, figure="total_monthly_value")
    assert ends(made) == (1500, 3000)
    assert parts(made) == {"volume": 750, "quality": 750}
    assert told(made, "volume") == [("bot", "productivity_value", 750, 100, 150, "interaction")]
    ((_, _, amount, before, after, unit),) = told(made, "quality")
    assert (amount, before, after, unit) == (750, Decimal("0.1"), Decimal("0.133333333333"), "hour/interaction")


def test_hours_that_move_to_a_project_where_they_are_worth_more_are_mix(company: Company) -> None:
    company.declare(BOT, RISK)
    company.assume("hourly_rate", AssumptionValue(value=Decimal(100), start=date(2020, 1, 1)),
                   AssumptionValue(value=Decimal(200), start=date(2020, 1, 1), project="risk"))  # fmt: skip
    company.put("benefit", hours(FEB, 10), hours(FEB, 10, "risk"), hours(MAR, 5), hours(MAR, 25, "risk"))
    made = bridged(company, figure="total_monthly_value")
    assert parts(made) == {"volume": 1500, "mix": 1000}
    assert parts(bridged(company, figure="total_monthly_value", project="risk")) == {"volume": 1000, "mix": 2000}


def test_bridges_of_projects_add_up_to_the_portfolio(company: Company) -> None:
    company.declare(BOT, RISK)
    company.put("interaction", calls(FEB, "s", 100, "10"), calls(FEB, "l", 50, "31.7"), calls(FEB, "s", 7, "3", "risk"),
                calls(MAR, "s", 30, "4.1"), calls(MAR, "l", 90, "70"), calls(MAR, "s", 70, "3", "risk"))  # fmt: skip
    company.put("cost", bill(FEB, "5"), bill(MAR, "9", "risk"))
    whole = parts(bridged(company, figure="investment"))
    each = [parts(bridged(company, figure="investment", project=name)) for name in ("bot", "risk")]
    assert set(whole) == {"volume", "mix", "price"}
    assert {name: sum(one.get(name, Decimal(0)) for one in each) for name in whole} == whole


def test_counted_things_and_bills_are_volume(company: Company) -> None:
    company.declare(Project(id="bot", name="Bot", category="platform", baselines={"baseline_incidents": Decimal(4)},
                            implementation=Implementation(cost=Decimal(120), start=date(2026, 3, 1))))  # fmt: skip
    company.put("cost", bill(FEB, "100"), bill(MAR, "70"))
    for day in ("2026-02-01", "2026-03-01", "2026-03-02"):
        company.put("incident", {"opened_at": day, "project": "bot"})
    made = bridged(company)
    assert parts(made) == {"volume": -100_000 + 30 - 10}
    assert told(made, "volume") == [
        ("bot", "incident_value", -100_000, 1, 2, "incident"),
        ("bot", "cost_direct", 30, 100, 70, "money"),
        ("bot", "cost_implementation", -10, None, 10, "money"),
    ]


# --- what is declared


def test_an_assumption_by_name(company: Company) -> None:
    company.declare(BOT, RISK)
    company.assume("hourly_rate", AssumptionValue(value=Decimal(150), start=date(2020, 1, 1)),
                   AssumptionValue(value=Decimal(200), start=date(2026, 3, 1)))  # fmt: skip
    company.put("benefit", hours(FEB, 10), hours(FEB, 4, "risk"), hours(MAR, 12), hours(MAR, 4, "risk"))
    made = bridged(company, figure="total_monthly_value")
    assert parts(made) == {"assumption": 14 * 50, "volume": 2 * 200}
    assert told(made, "assumption") == [(None, "hourly_rate", 700, 150, 200, "money/hour")]


def test_time_that_is_not_over_is_volume_and_no_changed_assumption(company: Company) -> None:
    """Of April half is over, and with it half of the baseline."""
    company.declare(Project(id="bot", name="Bot", category="platform", baselines={"baseline_incidents": Decimal(4)}))
    company.put("incident", {"opened_at": "2026-02-01", "project": "bot"})
    made = bridged(company, "2026-03", "2026-04")
    assert ends(made) == (None, None)
    company.put("cost", bill("2026-02", "1"))
    assert parts(bridged(company, "2026-03", "2026-04")) == {"volume": -200_000}


def test_a_pool_that_is_split_otherwise(company: Company) -> None:
    """Of 100 risk had half and has a quarter; then the pool grows to 200."""
    pool = Pool(name="cloud", rule="even", later=(
        Split(rule="weights", weights={"bot": Decimal(3), "risk": Decimal(1)}, start=date(2026, 3, 1)),))  # fmt: skip
    company.declare(BOT, RISK, pools=[pool])
    company.put("cost", bill(FEB, "100", "unassigned", pool="cloud"), bill(MAR, "200", "unassigned", pool="cloud"))
    assert parts(bridged(company, figure="investment")) == {"volume": 100}
    made = bridged(company, figure="investment", project="risk")
    assert parts(made) == {"allocation": -25, "volume": 25}
    assert told(made, "allocation") == [("risk", "cloud", -25, 50, 25, "money")]


def test_exchange_rates(company: Company) -> None:
    rates = [Rate(currency="EUR", rate=Decimal("1.1"), start=date(2026, 1, 1), source="ecb"),
             Rate(currency="EUR", rate=Decimal("1.2"), start=date(2026, 3, 1), source="ecb")]  # fmt: skip
    company.declare(BOT, rates=rates)
    company.put("cost", bill(FEB, "100", currency="EUR"), bill(MAR, "150", currency="EUR"), bill(MAR, "5"))
    made = bridged(company, figure="investment")
    assert parts(made) == {"currency": 10, "volume": 65}
    assert told(made, "currency") == [("bot", "EUR", 10, Decimal("1.1"), Decimal("1.2"), "USD/EUR")]
    same = bridged(company, "2026-02", "2026-02", figure="investment")
    assert parts(same) == {}


def test_a_rate_that_changes_within_the_month(company: Company) -> None:
    """March's second rate holds from the 16th: the days of February take it from the 16th too."""
    rates = [Rate(currency="EUR", rate=Decimal(rate), start=start, source="ecb")
             for rate, start in ((1, date(2026, 1, 1)), (2, date(2026, 3, 1)), (4, date(2026, 3, 16)))]  # fmt: skip
    company.declare(BOT, rates=rates)
    company.put("cost", bill(FEB, "10", currency="EUR"), bill(FEB, "1", currency="EUR", start="2026-02-20"),
                bill(MAR, "10", currency="EUR"))  # fmt: skip
    assert parts(bridged(company, figure="investment")) == {"currency": 10 + 3, "volume": -4}


# --- knowledge


def test_late_data_between_two_days(company: Company) -> None:
    company.declare(BOT)
    company.now = datetime(2026, 3, 2, tzinfo=UTC)
    company.put("cost", bill(FEB, "100"))
    company.now = datetime(2026, 4, 2, tzinfo=UTC)
    company.put("cost", bill(FEB, "20"), bill(MAR, "150"))
    made = bridged(company, "2026-02@2026-03-05", "2026-02", figure="investment")
    assert ends(made) == (100, 120)
    assert parts(made) == {"late_data": 20}
    assert parts(bridged(company, "2026-02@2026-03-05", "2026-03", figure="investment")) == {
        "late_data": 20, "volume": 30}  # fmt: skip


def test_versions_of_a_closed_month(company: Company) -> None:
    company.declare(BOT)
    company.now = datetime(2026, 3, 2, tzinfo=UTC)
    company.put("cost", bill(FEB, "100"))
    with company.ledger.desk(company.now) as desk:
        close(desk, FEB, by="Ada")
    company.now = datetime(2026, 3, 9, tzinfo=UTC)
    company.put("cost", bill(FEB, "20"))
    assert parts(bridged(company, "2026-02@v1", FEB, figure="investment")) == {}, "it stands as it was closed"
    with company.ledger.desk(company.now) as desk:
        restate(desk, FEB, by="Bob", reason="late bill")
    company.now = datetime(2026, 4, 2, tzinfo=UTC)
    company.put("cost", bill(MAR, "150"))
    made = bridged(company, "2026-02@v1", "2026-02@v2", figure="investment")
    assert ends(made) == (100, 120)
    assert parts(made) == {"late_data": 20}
    assert told(made, "late_data") == [("bot", "cost_direct", 20, 100, 120, "money")]
    assert "Ada" in str(made.start.said)
    assert "late bill" in str(made.end.said)
    assert parts(bridged(company, FEB, MAR, figure="investment")) == {"volume": 30}
    assert parts(bridged(company, "2026-02@v1", MAR, figure="investment")) == {"late_data": 20, "volume": 30}
    with pytest.raises(UnknownName, match="v1, v2"):
        bridged(company, "2026-02@v3", MAR)
    with pytest.raises(UsageProblem, match="not closed"):
        bridged(company, "2026-03@v1", MAR)


# --- unknown is not zero


def test_what_is_unknown_on_one_end_is_not_compared(company: Company) -> None:
    """Hours are tracked from March on; nobody knows those of February."""
    company.declare(BOT)
    company.put("cost", bill(FEB, "100"), bill(MAR, "130"))
    company.put("incident", {"opened_at": "2026-02-01", "project": "bot", "cost": "5", "currency": "USD"})
    company.put("benefit", hours(MAR, 10))
    made = bridged(company, figure="investment")
    assert parts(made) == {"volume": 30}
    assert not made.uncompared, "hours are in no investment"
    made = bridged(company)
    assert made.change is None
    assert "net_value of 2026-02 is unknown: " in str(made.reason)
    assert "productivity_value: not measured: benefit records start on 2026-03-10" in str(made.reason)
    gap: Any
    (gap,) = made.uncompared
    assert (gap.figure, gap.project, gap.period, gap.before, gap.after) == (
        "productivity_value", "bot", "2026-02", None, 1500)  # fmt: skip
    assert "benefit records start on 2026-03-10" in gap.reason


def test_the_change_covers_what_is_known_on_both_ends(company: Company) -> None:
    company.declare(Project(id="bot", name="Bot", category="platform", baselines={"baseline_incidents": Decimal(4)}))
    company.put("incident", {"opened_at": "2026-02-01", "project": "bot"})
    company.put("cost", bill(FEB, "100"))
    company.put("benefit", hours(MAR, 10))
    made = bridged(company)
    assert ends(made) == (299_900, 401_500)
    assert [made.start.compared, made.end.compared] == [299_900, 400_000]
    assert parts(made) == {"volume": 100_100}
    assert [gap.figure for gap in made.uncompared] == ["productivity_value"]


def test_a_project_that_did_not_run_has_nothing_unknown(company: Company) -> None:
    company.declare(Project(id="bot", name="Bot", category="platform", start=date(2026, 3, 1)), RISK)
    company.put("benefit", hours(FEB, 1, "risk"), hours(MAR, 10), hours(MAR, 1, "risk"))
    company.put("cost", bill(FEB, "1", "risk"))
    made = bridged(company)
    assert parts(made) == {"volume": 1501}
    assert not made.uncompared


@pytest.mark.parametrize(
    ("end", "words"),
    [("2026-13", "2026-13"), ("2026-02-10", "whole months"), ("2027-01", "future"), ("2026-02@", "as of when"),
     ("2026-02@x", "as of 'x'"), ("2026-Q1@v1", "not a month"), ("2026-02@2026-12-01", "future"), ("", "period")],
)  # fmt: skip
def test_ends_that_are_none(company: Company, end: str, words: str) -> None:
    with pytest.raises(UsageProblem, match=words):
        bridged(company, end, MAR)


def test_names_that_are_none(company: Company) -> None:
    with pytest.raises(UnknownName, match="bot"):
        bridged(company, project="bot")
    with pytest.raises(UnknownName, match="investment, net_value, total_monthly_value"):
        bridged(company, figure="roi_percent")
    assert FIGURES == ("net_value", "total_monthly_value", "investment")


# --- whatever the company


AMOUNT = st.decimals(min_value="-50", max_value="1000", places=3)
MONTHS = st.sampled_from(("2026-01", FEB, MAR))
DAY = st.integers(1, 28)
WHO = st.sampled_from(("bot", "risk", "unassigned"))
MONEY = st.sampled_from(("USD", "EUR"))
BILL = st.tuples(st.just("cost"), MONTHS, DAY, WHO, AMOUNT, MONEY, st.sampled_from((None, "cloud")))
CALL = st.tuples(st.just("interaction"), MONTHS, DAY, WHO, st.sampled_from(("s", "l", None)), st.integers(1, 50),
                 st.none() | AMOUNT.map(abs), MONEY, st.none() | st.floats(0, 9000))  # fmt: skip
HOURS = st.tuples(st.just("benefit"), MONTHS, DAY, WHO, st.floats(0, 40))
INCIDENT = st.tuples(st.just("incident"), MONTHS, DAY, WHO)
FACT = st.one_of(BILL, CALL, HOURS, INCIDENT)
END = st.sampled_from(("2026-01", FEB, MAR, "2026-Q1", "2026", "2026-03@2026-04-03", "2026-02@v1"))
RULE = st.sampled_from(("even", "interactions", "cost"))


def _row(number: int, fact: tuple[Any, ...]) -> tuple[str, dict[str, Any]]:
    kind, month, day, project, *rest = fact
    row = {"id": str(number), "time": f"{month}-{day:02}", "project": project}
    match kind:
        case "cost":
            start, (amount, currency, pool) = row.pop("time"), rest
            row |= {"start": start, "amount": amount, "currency": currency, "pool": pool}
        case "interaction":
            model, count, cost, currency, seconds = rest
            origin = "unmetered" if cost is None else "reported"
            row |= {"model": model, "count": count, "cost": cost, "cost_origin": origin, "seconds_saved": seconds}
            row["cost_currency"] = None if cost is None else currency
        case "benefit":
            row |= {"kind": "hours_saved", "quantity": rest[0], "unit": "hour"}
        case "incident":
            row["opened_at"] = row.pop("time")
    return kind, row


@examples(10, phases=(Phase.explicit, Phase.generate))
@given(
    early=st.lists(FACT, max_size=12), late=st.lists(FACT, max_size=6), rule=RULE, later=RULE,
    start=st.sampled_from((None, date(2026, 2, 1), date(2026, 3, 1))), figure=st.sampled_from(FIGURES),
    scope=st.sampled_from((None, "bot")), closing=st.booleans(),
    sides=st.tuples(END, END),
)  # fmt: skip
def test_parts_add_up_for_any_company(
    new_company: Any, early: list[Any], late: list[Any], rule: Any, later: Any, start: date | None, figure: str,
    scope: str | None, closing: bool, sides: tuple[str, str],
) -> None:  # fmt: skip
    company = new_company()
    bot = Project(id="bot", name="Bot", category="platform", start=start, baselines={"baseline_incidents": Decimal(2)},
                  implementation=Implementation(cost=Decimal("1000.01"), start=date(2026, 2, 1), months=3))  # fmt: skip
    rates = [Rate(currency="EUR", rate=Decimal("1.0837") + month, start=date(2026, month, 9 * month - 8), source="x")
             for month in (1, 2, 3)]  # fmt: skip
    pool = Pool(name="cloud", rule=rule, later=(Split(rule=later, start=date(2026, 3, 1)),))
    company.declare(bot, RISK, rates=rates, pools=[pool])
    company.assume("hourly_rate", AssumptionValue(value=Decimal("150.37"), start=date(2020, 1, 1)),
                   AssumptionValue(value=Decimal("99.99"), start=date(2026, 3, 1)),
                   AssumptionValue(value=Decimal(300), start=date(2026, 2, 1), project="bot"))  # fmt: skip
    company.now = datetime(2026, 4, 2, tzinfo=UTC)
    _record(company, early, 0)
    if closing:
        with company.ledger.desk(company.now) as desk:
            close_all(desk)
    company.now = datetime(2026, 4, 16, tzinfo=UTC)
    _record(company, late, len(early))
    try:
        made = bridged(company, *sides, figure=figure, project=scope)
    except (UsageProblem, NotFound):
        assert "2026-02@v1" in sides
        return
    for end in (made.start, made.end):
        if "@" not in end.name:
            statement = company.statement(end.name, scope)
            shown = {"net_value": statement.net_value, "investment": statement.investment,
                     "total_monthly_value": statement.total_value}  # fmt: skip
            assert end.amount == shown[figure]
    if sides[0] == sides[1] and made.change is not None:
        assert parts(made) == {}


def _record(company: Company, facts: list[tuple[Any, ...]], first: int) -> None:
    rows: dict[str, list[dict[str, Any]]] = {}
    for number, fact in enumerate(facts, first):
        kind, row = _row(number, fact)
        rows.setdefault(kind, []).append(row)
    for kind, every in rows.items():
        company.put(kind, *every)


def close_all(desk: Any) -> None:
    for month in (FEB, MAR):
        if date(2026, int(month[-2:]), 1) in desk.book().months:
            close(desk, month, by="Ada", force=True, reason="for a test")


def test_another_methodology(new_company: Any) -> None:
    """February was closed with half the value and a lower rate; now both are others, and a bill came late."""
    company = new_company()
    texts = {
        "workspace.yaml": "name: Acme\ncurrency: USD\n",
        "projects.yaml": "projects:\n  - {id: bot, name: Bot, category: platform}\n",
        "assumptions.yaml": shipped("assumptions.yaml").replace("value: 150\n", "value: 100\n"),
    }
    was = shipped("methodology.yaml")
    half = was.replace("formula: hours_saved * hourly_rate", "formula: 0.5 * hours_saved * hourly_rate")
    assert half != was
    company.workspace = from_texts({**texts, "methodology.yaml": half})
    company.now = datetime(2026, 3, 2, tzinfo=UTC)
    company.put("benefit", hours(FEB, 10))
    company.put("cost", bill(FEB, "100"))
    with company.ledger.desk(company.now) as desk:
        close(desk, FEB, by="Ada")
    texts["assumptions.yaml"] = shipped("assumptions.yaml")
    company.workspace, company._ledger = from_texts(texts), None
    company.now = datetime(2026, 3, 9, tzinfo=UTC)
    company.put("cost", bill(FEB, "20"))
    with company.ledger.desk(company.now) as desk:
        restate(desk, FEB, by="Bob", reason="method")
    company.now = datetime(2026, 4, 9, tzinfo=UTC)
    company.put("benefit", hours(MAR, 12))
    company.put("cost", bill(MAR, "120"))
    made = bridged(company, "2026-02@v1", "2026-02@v2")
    assert ends(made) == (400, 1380)
    assert parts(made) == {"method": 500, "assumption": 500, "late_data": -20}
    assert told(made, "method") == [("bot", "productivity_value", 500, 500, 1000, "money")]
    assert told(made, "assumption") == [("bot", "hourly_rate", 500, 100, 150, "money/hour")]
    back = bridged(company, "2026-02@v2", "2026-02@v1")
    assert back.change == -980
    assert parts(back)["method"] < 0
    assert parts(bridged(company, "2026-02@v1", MAR)) == {
        "method": 500, "assumption": 500, "late_data": -20, "volume": 300}  # fmt: skip
    assert parts(bridged(company, FEB, MAR)) == {"volume": 300}
