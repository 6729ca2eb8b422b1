"""Closed months: what was closed stays, what comes later is shown, a restatement is a new link."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pyarrow as pa
import pytest

from breakeven.errors import NotClosed, NotFound, UsageProblem
from breakeven.ledger.closing.chain import read
from breakeven.ledger.closing.closing import Closed, close, restate
from breakeven.ledger.closing.listing import listed
from breakeven.ledger.desk import Desk
from breakeven.ledger.proof.entries import entries as entries_of
from breakeven.ledger.results import AfterClose
from breakeven.store.base import Commit
from breakeven.store.schema import REJECTED_SCHEMA
from breakeven.store.state_closings import chain, content
from breakeven.store.state_methodology import archived
from breakeven.workspace.definitions import AssumptionValue, Implementation, Pool, Project
from breakeven.workspace.loader import from_texts

Company = Any

BOT = Project(id="bot", name="Bot", category="customer_service", baselines={"baseline_incidents": Decimal(4)})
RISK = Project(id="risk", name="Risk", category="predictive_analytics")


@contextmanager
def at(company: Company) -> Iterator[Desk]:
    with company.ledger.desk(company.now) as desk:
        yield desk


def closed(company: Company, period: str = "2026-03", **options: Any) -> Closed:
    with at(company) as desk:
        return close(desk, period, **{"by": "Ada", **options})


def restated(company: Company, period: str = "2026-03", reason: str = "late bill") -> Closed:
    with at(company) as desk:
        return restate(desk, period, by="Bob", reason=reason)


@pytest.fixture
def march(company: Company) -> Company:
    """Two projects with cost and hours in February and March."""
    company.declare(BOT, RISK)
    company.put("cost", {"id": "a", "start": "2026-02-10", "amount": "80", "currency": "USD", "project": "bot"},
                {"id": "b", "start": "2026-03-10", "amount": "100.125", "currency": "USD", "project": "bot"},
                {"id": "c", "start": "2026-03-11", "amount": "50", "currency": "USD", "project": "risk"})  # fmt: skip
    company.put("benefit", _hours("h1", "2026-02-03", 4), _hours("h2", "2026-03-03", 10))
    company.put("incident", {"id": "i1", "opened_at": "2026-02-01", "project": "bot", "kind": "outage"})
    return company


def _hours(id_: str, time: str, quantity: float, project: str = "bot") -> dict[str, Any]:
    return {"id": id_, "time": time, "project": project, "kind": "hours_saved", "activity": "debugging",
            "quantity": quantity, "unit": "hour"}  # fmt: skip


def figures(company: Company, period: str = "2026-03", project: str | None = None) -> dict[str, Any]:
    """What a statement says about money."""
    said = company.statement(period, project)
    return {"value": said.value, "cost": said.cost, "total": said.total_value, "investment": said.investment,
            "net": said.net_value, "roi": said.roi_percent, "evidence": said.evidence}  # fmt: skip


def after(company: Company, period: str = "2026-03") -> AfterClose:
    (found,) = company.statement(period).after_close
    return found


# --- what stays


def _late_cost(company: Company) -> None:
    company.put("cost", {"id": "late", "start": "2026-03-20", "amount": 7, "currency": "USD", "project": "bot"})


def _corrected_cost(company: Company) -> None:
    company.put("cost", {"id": "b", "start": "2026-03-10", "amount": 90, "currency": "USD", "project": "bot"})


def _moved_away(company: Company) -> None:
    company.put("cost", {"id": "b", "start": "2026-04-10", "amount": 1, "currency": "USD", "project": "bot"})


def _late_hours(company: Company) -> None:
    company.put("benefit", _hours("h9", "2026-03-30", 99))


def _late_incidents(company: Company) -> None:
    rows = ({"id": f"i{n}", "opened_at": "2026-03-05", "project": "bot", "kind": "outage"} for n in range(5, 8))
    company.put("incident", *rows)


def _late_calls(company: Company) -> None:
    company.put("interaction", {"time": "2026-03-09", "project": "bot", "cost": "3", "cost_currency": "USD",
                                "cost_origin": "reported", "seconds_saved": 3600.0})  # fmt: skip


def _other_rate(company: Company) -> None:
    company.assume("hourly_rate", AssumptionValue(value=Decimal(999), start=date(1970, 1, 1)))


def _other_evidence(company: Company) -> None:
    """Another grade, another realisation and another number, which the seal must not take over."""
    _other_rate(company)
    rate = msgspec.structs.replace(company.workspace.assumptions["hourly_rate"], evidence="A")
    assumptions = {**company.workspace.assumptions, "hourly_rate": rate}
    company.workspace = msgspec.structs.replace(company.workspace, assumptions=assumptions)
    definitions = dict(company.workspace.methodology.definitions)
    for name in ("productivity_value", "incident_value"):
        definitions[name] = msgspec.structs.replace(definitions[name], realisation="cash")
    _define(company, definitions)


def _other_formula(company: Company) -> None:
    changed = company.workspace.methodology.definitions
    one, other = changed["productivity_value"], changed["incident_value"]
    swapped = msgspec.structs.replace(one, formula=other.formula, expression=other.expression)
    rest = [(name, made) for name, made in changed.items() if name != one.name]
    rest.insert([name for name, _ in rest].index("incidents_avoided") + 1, (one.name, swapped))
    _define(company, dict(rest))


def _category_gone(company: Company) -> None:
    kept = {name: made for name, made in company.workspace.methodology.definitions.items() if name != "incident_value"}
    total = kept["total_monthly_value"]
    one = kept["productivity_value"]
    kept["total_monthly_value"] = msgspec.structs.replace(total, formula=one.name, expression=one.expression)
    _define(company, kept)


def _define(company: Company, definitions: dict[str, Any]) -> None:
    method = msgspec.structs.replace(company.workspace.methodology, definitions=definitions, version="another")
    company.declare(methodology=method)


def _project_gone(company: Company) -> None:
    company.workspace = msgspec.structs.replace(company.workspace, projects={"bot": BOT})
    company.declare()


def _project_added(company: Company) -> None:
    company.declare(Project(id="new", name="New", category="platform"))
    company.put("cost", {"id": "n", "start": "2026-03-01", "amount": 500, "currency": "USD", "project": "new"})


def _project_began_later(company: Company) -> None:
    company.declare(msgspec.structs.replace(BOT, start=date(2026, 4, 1)))


def _written_off(company: Company) -> None:
    plan = Implementation(cost=Decimal(1200), start=date(2025, 1, 1), months=24)
    company.declare(msgspec.structs.replace(BOT, implementation=plan))


def _pooled(company: Company) -> None:
    company.put("cost", {"id": "p", "start": "2026-03-02", "amount": 60, "currency": "USD", "pool": "gpu"})
    company.declare(pools=[Pool(name="gpu", rule="even")])


LATER: dict[str, Callable[[Company], None]] = {
    "late cost": _late_cost,
    "a cost that is issued again": _corrected_cost,
    "a cost moved to another month": _moved_away,
    "late hours": _late_hours,
    "late incidents": _late_incidents,
    "late calls": _late_calls,
    "another assumption": _other_rate,
    "another grade and realisation": _other_evidence,
    "another formula": _other_formula,
    "a category that is gone": _category_gone,
    "a project that is gone": _project_gone,
    "a project that is new": _project_added,
    "a project that began later": _project_began_later,
    "a plan to write off": _written_off,
    "a new pool": _pooled,
}


@pytest.mark.parametrize("change", LATER.values(), ids=LATER)
def test_a_closed_month_does_not_change(march: Company, change: Callable[[Company], None]) -> None:
    closed(march)
    before, entries = figures(march), march.entries(window=(date(2026, 3, 1), date(2026, 4, 1)))
    monthly = march.values("productivity_value", by="project", window=(date(2026, 3, 1), date(2026, 4, 1)))
    change(march)
    assert figures(march) == before
    now = march.entries(window=(date(2026, 3, 1), date(2026, 4, 1)))
    assert [(one.id, one.amount, one.evidence, one.reason, one.realisation, one.formula) for one in now] == [
        (one.id, one.amount, one.evidence, one.reason, one.realisation, one.formula) for one in entries
    ]
    after_ = march.values("productivity_value", by="project", window=(date(2026, 3, 1), date(2026, 4, 1)))
    assert {key: value for key, value in after_.items() if value is not None} == {
        key: value for key, value in monthly.items() if value is not None
    }
    # Without the close it would have changed, or there would be nothing to see here.
    assert after(march).changes
    cost = march.explain("cost_direct", "2026-03", "bot")
    assert (cost.value, "closed 2026-04-16 by Ada, version 1" in str(cost.note)) == (Decimal("100.125"), True)


def test_quarters_add_up_closed_and_open_months(march: Company) -> None:
    closed(march, "2026-02")
    _late_cost(march)
    march.put("cost", {"id": "feb", "start": "2026-02-20", "amount": 1000, "currency": "USD", "project": "bot"})
    assert march.statement("2026-Q1").investment == Decimal("237.125")
    assert march.statement("2026-Q1").closed == {"2026-02": 1}
    assert march.statement("2026-02").investment == 80


def test_a_new_figure_is_unknown_in_a_closed_month(march: Company) -> None:
    closed(march)
    definitions = march.workspace.methodology.definitions
    extra = msgspec.structs.replace(definitions["productivity_value"], name="second_value")
    _define(march, {**definitions, "second_value": extra})
    said = march.statement("2026-03")
    assert said.value["second_value"] is None
    assert march.statement("2026-02").value["second_value"] == 600


# --- what comes after


def test_what_came_after_is_shown_in_no_total(march: Company) -> None:
    closed(march)
    _late_cost(march)
    _corrected_cost(march)
    _late_hours(march)
    found = after(march)
    assert (found.value, found.cost, found.closed_by, found.methodology) == (14850, Decimal("-3.125"), "Ada", None)
    assert [(one.kind, one.project, one.added, one.corrected, one.amounts) for one in found.late] == [
        ("cost", "bot", 1, 1, {"USD": 97}), ("benefit", "bot", 1, 0, {}),
    ]  # fmt: skip
    assert [(one.category, one.before, one.after, one.change) for one in found.changes] == [
        ("productivity_value", 1500, 16350, 14850), ("cost_direct", Decimal("100.125"), 97, Decimal("-3.125")),
    ]  # fmt: skip
    with at(march) as desk:
        (line,) = listed(desk).items
    assert (line.late_records, line.value_after, line.cost_after) == (3, 14850, Decimal("-3.125"))
    assert march.statement("2026-03", "risk").after_close == ()


def test_a_record_that_was_moved_away_is_late_news(march: Company) -> None:
    closed(march)
    _moved_away(march)
    found = after(march)
    assert [(one.kind, one.added, one.corrected) for one in found.late] == [("cost", 0, 1)]
    assert found.cost == Decimal("-100.125")


def test_cost_of_a_new_project_is_after_the_close(march: Company) -> None:
    closed(march)
    _project_added(march)
    found = after(march)
    assert [(one.project, one.category, one.before, one.after) for one in found.changes if one.side == "cost"] == [
        ("new", "cost_direct", None, 500)
    ]
    assert march.statement("2026-03", "new").investment is None


def test_another_methodology_is_named_with_what_it_would_change(march: Company) -> None:
    before = march.workspace.methodology.version
    closed(march)
    _other_formula(march)
    assert after(march).methodology == before
    said = march.explain("productivity_value", "2026-03", "bot")
    assert said.formula == "hours_saved * hourly_rate * realisation_rate"
    assert "its formula is incidents_avoided * avg_incident_cost now" in str(said.note)


def test_nothing_came_after(march: Company) -> None:
    closed(march)
    march.put("cost", {"start": "2026-04-02", "amount": 5, "currency": "USD", "project": "bot"})
    assert march.statement("2026-03").after_close == ()
    assert march.statement("2026-04").after_close == ()


# --- restating


def test_a_restatement_is_a_new_link(march: Company) -> None:
    first = closed(march, "2026-02")
    second = closed(march)
    march.put("cost", {"id": "a", "start": "2026-02-10", "amount": 95, "currency": "USD", "project": "bot"})
    third = restated(march, "2026-02")
    assert [(one.link, one.previous) for one in (first, second, third)] == [
        (1, "0" * 64), (2, first.hash), (3, second.hash),
    ]  # fmt: skip
    assert (third.version, third.reason, third.cost) == (2, "late bill", 95)
    assert [(one.category, one.before, one.after, one.change) for one in third.changes] == [("cost_direct", 80, 95, 15)]
    assert march.statement("2026-02").investment == 95
    assert march.statement("2026-02").after_close == ()
    assert [(row.period, row.version) for row in chain(march.state)] == [
        ("2026-02", 1), ("2026-03", 1), ("2026-02", 2),
    ]  # fmt: skip
    assert read(content(march.state, "2026-02", 1)).seal.version == 1


def test_what_was_closed_by_another_methodology_can_be_made_again(march: Company) -> None:
    version = march.workspace.methodology.version
    closed(march)
    files = archived(march.state, version)
    assert files is not None
    assert from_texts(files).methodology.definitions.keys() == march.workspace.methodology.definitions.keys()
    _other_rate(march)
    assert restated(march).changes[0].after == 9990


def test_a_restatement_needs_something_to_restate(march: Company) -> None:
    with pytest.raises(NotFound, match="2026-03 is not closed"):
        restated(march)
    closed(march)
    with pytest.raises(UsageProblem, match="needs --reason"):
        restated(march, reason="  ")
    with pytest.raises(NotClosed, match="2026-03 cannot be restated: nothing has changed"):
        restated(march)


# --- what stands in the way


def test_months_are_closed_in_order(march: Company) -> None:
    for period, words in (("2026-04", "is not over"), ("2027-01", "is not over"), ("2026-01", "nothing is known of")):
        with pytest.raises(NotClosed, match=words):
            closed(march, period, force=True, reason="x")
    closed(march)
    for period, words in (("2026-03", "closed already"), ("2026-02", "closing began with 2026-03")):
        with pytest.raises(NotClosed, match=words):
            closed(march, period, force=True, reason="x")
    march.now = datetime(2026, 6, 2, tzinfo=UTC)
    with pytest.raises(NotClosed, match="2026-04 is next"):
        closed(march, "2026-05")
    assert closed(march, "2026-04").link == 2


def test_the_month_ends_in_the_companys_time_zone(new_company: Callable[..., Company]) -> None:
    company = new_company("America/New_York")
    company.put("cost", {"start": "2026-03-10", "amount": 5, "currency": "USD"})
    company.now = datetime(2026, 4, 1, 3, 59, tzinfo=UTC)
    with pytest.raises(NotClosed, match="not over"):
        closed(company)
    company.now = datetime(2026, 4, 1, 4, 0, tzinfo=UTC)
    assert closed(company).cost == 5


def _no_rate(company: Company) -> None:
    company.put("cost", {"start": "2026-03-12", "amount": 9, "currency": "EUR", "project": "bot"})


def _no_price(company: Company) -> None:
    company.put("interaction", {"time": "2026-03-12", "project": "bot", "model": "m-9", "cost_origin": "unpriced",
                                "input_tokens": 5})  # fmt: skip


def _nobodys_pool(company: Company) -> None:
    company.put("cost", {"start": "2026-03-12", "amount": 9, "currency": "USD", "pool": "gpu"})
    company.declare(pools=[Pool(name="gpu", rule="interactions")])


def _waiting(company: Company) -> None:
    rejected = {
        "id": "r1", "received_at": company.now, "source": "s", "kind": "cost", "row": 1, "reason": "missing_field",
        "field": "amount", "value": None, "record": '{"start": "2026-03-12T00:00:00Z"}', "replayed_at": None,
    }  # fmt: skip
    table = pa.Table.from_pylist([rejected], schema=REJECTED_SCHEMA)
    company.store.append(Commit(rejected=table, recorded_at=company.now))


BLOCKED: dict[str, tuple[Callable[[Company], None], str]] = {
    "exchange rates": (_no_rate, "exchange rates: no exchange rate EUR→USD on 2026-03-12"),
    "prices": (_no_price, "prices: 1 interactions have no price (m-9)"),
    "pools": (_nobodys_pool, "pools: 9.00 USD of shared pools belongs to no project"),
    "rejected records": (_waiting, "rejected records: 1 rejected records of the month wait (missing_field 1)"),
}


@pytest.mark.parametrize("name", BLOCKED)
def test_a_failing_check_stands_in_the_way_until_forced(march: Company, name: str) -> None:
    spoil, words = BLOCKED[name]
    spoil(march)
    with pytest.raises(NotClosed) as error:
        closed(march)
    assert words in str(error.value)
    assert "--force --reason" in str(error.value.problems[-1])
    with pytest.raises(UsageProblem, match="needs --reason"):
        closed(march, force=True)
    made = closed(march, force=True, reason="the auditor knows")
    assert made.forced
    kept = read(content(march.state, "2026-03", 1)).lines["check"]
    assert [(check, f"{check}: {said}".startswith(words)) for check, said in kept] == [(name, True)]


def test_every_reason_is_named_at_once(march: Company) -> None:
    _no_rate(march)
    _no_price(march)
    with pytest.raises(NotClosed) as error:
        closed(march)
    assert [problem.message.split(":")[0] for problem in error.value.problems] == ["exchange rates", "prices"]


def test_problems_of_other_months_do_not_stand_in_the_way(march: Company) -> None:
    march.put("cost", {"start": "2026-04-02", "amount": 9, "currency": "EUR", "project": "bot"})
    march.put("interaction", {"time": "2026-04-12", "project": "bot", "cost_origin": "unpriced", "input_tokens": 5})
    made = closed(march)
    assert (made.forced, {check.outcome for check in made.checks}) == (False, {"passed", "note"})


def test_damaged_sums_are_found(march: Company) -> None:
    march.put("interaction", {"time": "2026-03-09", "project": "bot", "cost": "3", "cost_currency": "USD"})
    march.store._writer.execute("UPDATE interaction_month_sum SET cost = 2")
    with pytest.raises(NotClosed, match="roll-ups: the sums by month differ from the raw interactions for bot"):
        closed(march)


PEOPLE = ["", "   ", "a\nb", "x" * 201, "\x1b[31m"]


@pytest.mark.parametrize("by", PEOPLE)
def test_a_name_is_needed(march: Company, by: str) -> None:
    with pytest.raises(UsageProblem, match="printable"):
        closed(march, by=by)


@pytest.mark.parametrize("period", ["2026-Q1", "2026", "ytd", "2026-03-04", "2026-13", "march"])
def test_only_a_month_is_closed(march: Company, period: str) -> None:
    with pytest.raises(UsageProblem):
        closed(march, period)


# --- as of


def test_closings_exist_from_their_moment(march: Company) -> None:
    closed(march)
    moment = march.now
    march.now += timedelta(hours=1)
    _late_cost(march)
    march.now += timedelta(hours=1)
    restated(march)
    march.now += timedelta(hours=1)
    period = march.workspace.calendar.parse("2026-03", march.now)
    said = {
        hours: march.ledger.statement(period, now=march.now, as_of=moment + timedelta(hours=hours))
        for hours in (-0.5, 0, 1.5, 2)
    }
    assert {hours: dict(one.closed) for hours, one in said.items()} == {
        -0.5: {}, 0: {"2026-03": 1}, 1.5: {"2026-03": 1}, 2: {"2026-03": 2},
    }  # fmt: skip
    assert {hours: one.investment for hours, one in said.items()} == {
        -0.5: None, 0: Decimal("150.125"), 1.5: Decimal("150.125"), 2: Decimal("157.125"),
    }  # fmt: skip
    assert [one.cost for one in said[1.5].after_close] == [7]
    with at(march) as desk:
        assert [one.version for one in listed(desk).items] == [1, 2]


def test_inputs_of_a_closed_entry_are_those_of_the_close(march: Company) -> None:
    _late_calls(march)
    closed(march)
    march.put("interaction", {"id": "later", "time": "2026-03-10", "project": "bot", "cost": "2",
                              "cost_currency": "USD", "cost_origin": "reported"})  # fmt: skip
    with at(march) as desk:
        found = {one.category: one for one in entries_of(desk, (date(2026, 3, 1), date(2026, 4, 1)), inputs=True)}
    assert [(one.name, one.value) for one in found["cost_metered"].inputs] == [("ai_cost", 3)]
    assert {one.name: one.value for one in found["productivity_value"].inputs}["interaction_hours_saved"] == 1
