"""Another headline rule: what counts changes, what is claimed does not; closed months are counted from their seal."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any, get_args

import msgspec
import pytest

from breakeven.errors import UnknownName
from breakeven.ledger.closing.closing import close
from breakeven.ledger.explain import explain
from breakeven.ledger.headlines import headline_of, with_headline
from breakeven.ledger.proof.entries import entries
from breakeven.ledger.results import Entry, Statement
from breakeven.ledger.scenarios.changes import Change
from breakeven.ledger.scenarios.supposed import SupposedDesk
from breakeven.ledger.statement import statement
from breakeven.workspace.definitions import AssumptionValue, Grade, Headline, Project

D = Decimal
Company = Any
"""See conftest.py."""
EVERYTHING = Headline()
WINDOW = (date(2026, 3, 1), date(2026, 5, 1))


@pytest.fixture
def filled(company: Company) -> Company:
    """Value of several grades and realisations in March and April."""
    company.declare(
        Project(id="a", name="A", category="platform", baselines={"baseline_incidents": D(4)}),
        Project(id="b", name="B", category="customer_service"),
    )
    for month in ("03", "04"):
        company.put("benefit", {"time": f"2026-{month}-03", "project": "a", "kind": "hours_saved", "quantity": 8.0},
                    {"time": f"2026-{month}-04", "project": "b", "kind": "revenue", "amount": "500"},
                    {"time": f"2026-{month}-05", "project": "b", "kind": "hours_saved", "quantity": 2.5,
                     "realisation": "cash"})  # fmt: skip
        company.put("incident", {"opened_at": f"2026-{month}-02", "project": "a", "kind": "outage"})
        company.put("cost", {"start": f"2026-{month}-05", "project": "a", "amount": "100"})
    return company


def sealed(company: Company) -> None:
    with company.ledger.desk(company.now) as desk:
        close(desk, "2026-03", by="Ada")


def of(company: Company, rule: Headline | None, period: str = "2026-Q1", project: Any = None) -> Statement:
    with company.ledger.desk(company.now) as desk:
        span = company.workspace.calendar.parse(period, company.now)
        return statement(with_headline(desk, rule), span, project)


def entries_of(company: Company, rule: Headline) -> list[Entry]:
    with company.ledger.desk(company.now) as desk:
        return [one for one in entries(with_headline(desk, rule), WINDOW) if one.side == "value"]


def check_rules(company: Company) -> None:
    """Under each rule the total is the sum of the claimed entries that it lets count."""
    claimed = entries_of(company, EVERYTHING)
    assert {one.evidence for one in claimed} == {"D", "E"}
    rules = [Headline(grades=(grade,)) for grade in get_args(Grade)]
    for rule in (
        *rules,
        EVERYTHING,
        Headline(realisations=("cash",)),
        Headline(grades=("B", "E"), realisations=("capacity",)),
    ):
        expected = D(0)
        for one in claimed:
            parts = one.parts or {one.realisation: one.amount}
            if one.evidence in rule.grades:
                expected += sum((part for name, part in parts.items() if name in rule.realisations), D(0))
        made = [of(company, rule, period) for period in ("2026-03", "2026-04")]
        assert sum((month.total_value or D(0) for month in made), D(0)) == expected, rule
        assert sum(one.counted for one in entries_of(company, rule)) == expected, rule
        lost = sum(one.amount for one in claimed) - expected
        assert sum(month.evidence.not_counted for month in made if month.evidence) == lost, rule
        assert [one.amount for one in entries_of(company, rule)] == [one.amount for one in claimed]


def test_open_months(filled: Company) -> None:
    check_rules(filled)


def test_closed_months_are_counted_from_their_seal(filled: Company) -> None:
    before = of(filled, headline_of("A,D"), "2026-03")
    sealed(filled)
    assert of(filled, headline_of("A,D"), "2026-03").total_value == before.total_value
    filled.put("cost", {"start": "2026-03-09", "project": "a", "amount": "77"})
    filled.assume("hourly_rate", AssumptionValue(value=D(999), start=date(1970, 1, 1)))
    check_rules(filled)
    after = of(filled, headline_of("A,D"), "2026-03")
    assert (after.total_value, after.investment) == (before.total_value, before.investment)
    assert (after.closed, after.after_close[0].cost) == ({"2026-03": 1}, 77)


def test_a_strict_seal_is_counted_whole_again(filled: Company) -> None:
    whole = of(filled, None, "2026-03")
    filled.declare(headline=Headline(grades=("A", "B")))
    strict = of(filled, None, "2026-03")
    sealed(filled)
    assert of(filled, None, "2026-03").total_value == strict.total_value
    made = of(filled, EVERYTHING, "2026-03")
    assert made.total_value == whole.total_value != strict.total_value
    assert made.evidence is not None
    assert (made.evidence.not_counted, made.evidence.notes) == (0, ())
    assert not [one for one in made.unknown if "not counted" in one.reason]
    with filled.ledger.desk(filled.now) as desk:
        span = filled.workspace.calendar.parse("2026-03", filled.now)
        words = msgspec.json.encode(explain(with_headline(desk, EVERYTHING), "total_monthly_value", span, None))
        assert b"not counted" not in words
        assert b"not counted: evidence E" in msgspec.json.encode(explain(desk, "total_monthly_value", span, None))
    check_rules(filled)


def test_categories_that_are_gone_count_by_the_rule_too(filled: Company) -> None:
    claimed = {one.category: one for one in entries_of(filled, EVERYTHING) if one.period == date(2026, 3, 1)}
    whole = of(filled, None, "2026-03")
    sealed(filled)
    kept = {name: one for name, one in filled.workspace.methodology.definitions.items() if name != "incident_value"}
    total, hours = kept["total_monthly_value"], kept["productivity_value"]
    kept["total_monthly_value"] = msgspec.structs.replace(total, formula=hours.name, expression=hours.expression)
    method = msgspec.structs.replace(filled.workspace.methodology, definitions=kept, version="another")
    filled.declare(methodology=method)
    gone = claimed["incident_value"]
    rules = {grade: of(filled, Headline(grades=(grade,)), "2026-03") for grade in get_args(Grade)}
    assert of(filled, None, "2026-03").total_value == whole.total_value
    assert rules[gone.evidence].value["incident_value"] == gone.amount
    others = [made for grade, made in rules.items() if grade != gone.evidence]
    assert all(made.value["incident_value"] == 0 for made in others)
    by_rule = {grade: made.total_value or D(0) for grade, made in rules.items()}
    assert sum(by_rule.values()) == whole.total_value


def test_projects_and_sets_under_another_rule(filled: Company) -> None:
    sealed(filled)
    rule = headline_of("A,D")
    parts = [of(filled, rule, project=name) for name in "ab"]
    both = of(filled, rule, project=["b", "a"])
    assert both.total_value == sum(part.total_value or D(0) for part in parts)
    assert both.total_value == of(filled, rule).total_value


def test_the_rule_of_the_workspace_is_the_desk_itself(filled: Company) -> None:
    with filled.ledger.desk(filled.now) as desk:
        assert with_headline(desk, None) is desk
        assert with_headline(desk, EVERYTHING) is desk
        assert with_headline(desk, headline_of("A,D")) is not desk


def test_what_facts_say_is_asked_once(filled: Company) -> None:
    of(filled, None, "2026-03")
    with filled.ledger.desk(filled.now) as desk:
        asked: list[str] = []
        query = desk.reading.moment.query
        desk.reading.moment.query = lambda sql, *rest: (asked.append(sql), query(sql, *rest))[1]
        span = filled.workspace.calendar.parse("2026-03", filled.now)
        statement(with_headline(desk, headline_of("A,B")), span)
        statement(with_headline(desk, headline_of("A,B")), span)
    assert len(asked) <= 12  # what evidence needs of the facts, once; no measure


def test_scenarios_keep_the_rule(filled: Company) -> None:
    sealed(filled)
    with filled.ledger.desk(filled.now) as desk:
        strict = with_headline(desk, headline_of("D"))
        span = filled.workspace.calendar.parse("2026-03", filled.now)
        change = Change(name="hourly_rate", value=D(1), text="hourly_rate=1")
        assert statement(SupposedDesk(strict, [change]), span).total_value == statement(strict, span).total_value
        assert statement(SupposedDesk(desk, [change]), span).total_value != statement(desk, span).total_value


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("", None), ("all", Headline()), ("Measured", Headline(grades=("A", "B", "C"))),
        ("b, A", Headline(grades=("A", "B"))), ("cash", Headline(realisations=("cash",))),
        ("A,cash,capacity", Headline(grades=("A",), realisations=("cash", "capacity"))),
    ],
)  # fmt: skip
def test_rules_by_name(text: str, rule: Headline | None) -> None:
    assert headline_of(text) == rule


def test_unknown_rules(new_company: Callable[..., Company]) -> None:
    with pytest.raises(UnknownName, match="unknown headline rule 'f': "):
        headline_of("A,f")
