"""Explanations: the formula where it holds for sums, the largest parts, and the facts behind each leaf."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import msgspec
import pytest
from tests.ledger.conftest import Company

from breakeven.ledger.explain import explain
from breakeven.ledger.explaining.counts import sources_of_interactions
from breakeven.ledger.results import Behind, Explanation
from breakeven.period import Grain, Period
from breakeven.workspace.definitions import AssumptionValue, Implementation, Pool, Project

D = Decimal
QUARTER = "2026-Q1"


def project(name: str, **more: object) -> Project:
    return Project(id=name, name=name.title(), category="customer_service", **more)  # type: ignore[arg-type]


def nodes(tree: Explanation) -> Iterator[Explanation]:
    yield tree
    for part in (*tree.inputs, *tree.parts):
        yield from nodes(part)


def named(tree: Explanation, name: str) -> Explanation:
    return next(node for node in nodes(tree) if node.name == name)


def hours(owner: str, day: str, quantity: float, **more: object) -> dict[str, object]:
    return {"time": day, "project": owner, "kind": "hours_saved", "activity": "debugging", "quantity": quantity, **more}


@pytest.fixture
def firm(company: Company) -> Company:
    """Two projects over three months, with bills, a pool and calls."""
    company.declare(project("a"), project("b"), pools=[Pool(name="platform", rule="even", projects=("a", "b"))])
    for month in (1, 2, 3):
        day = f"2026-{month:02}-05"
        company.put("benefit", hours("a", day, 10.0 * month), hours("b", day, 1.0))
        bill = {"start": day, "project": "a", "amount": "100.10", "vendor": "Cloud", "invoice": f"C-{month}"}
        company.put("cost", bill, {"start": day, "project": "b", "amount": "7"})
        company.put("cost", {"start": day, "pool": "platform", "amount": "50"})
        company.put("interaction", {"time": day, "project": "a", "cost": "1.5", "count": 4, "provider": "self"})
    return company


def test_a_formula_that_holds_for_the_sum_is_shown_with_its_sums(firm: Company) -> None:
    tree = firm.explain("productivity_value", QUARTER)
    assert tree.value == 63 * 150
    assert tree.sentence == "63 h × 150 USD/h × 1 = 9 450 USD"
    assert [part.name for part in tree.inputs] == ["hours_saved", "hourly_rate", "realisation_rate"]
    assert named(tree, "hours_saved_debugging").records == 6
    assert [(part.project, part.value) for part in tree.parts] == [("a", 9000), ("b", 450)]
    assert sum(part.value or 0 for part in tree.parts) == tree.value


def test_where_the_formula_does_not_hold_the_largest_part_is_taken_apart(firm: Company) -> None:
    firm.assume("hourly_rate", AssumptionValue(value=D(150), start=date(1970, 1, 1)),
                AssumptionValue(value=D(10), start=date(1970, 1, 1), project="b"))  # fmt: skip
    tree = firm.explain("productivity_value", QUARTER)
    assert (tree.value, tree.sentence, tree.inputs) == (9030, None, ())
    first, second = tree.parts
    assert (first.project, second.project, second.parts, second.inputs) == ("a", "b", (), ())
    month = first.parts[0]
    assert (month.period, month.start, month.end) == ("2026-03", date(2026, 3, 1), date(2026, 4, 1))
    assert month.sentence == "30 h × 150 USD/h × 1 = 4 500 USD"
    assert named(month, "hours_saved_debugging").records == 1


def test_months_are_the_parts_of_one_project(firm: Company) -> None:
    tree = firm.explain("cost_direct", QUARTER, "a")
    assert [(part.period, part.project, part.value) for part in tree.parts] == [
        ("2026-01", "a", D("100.10")), ("2026-02", "a", D("100.10")), ("2026-03", "a", D("100.10"))]  # fmt: skip
    assert (tree.records, tree.source) == (3, "cost records of test (3)")


def test_parts_that_are_not_shown_are_counted_and_added_up(company: Company) -> None:
    names = [f"p{number}" for number in range(8)]
    company.declare(*(project(name) for name in names))
    company.put("cost", *({"start": "2026-01-05", "project": name, "amount": place + 1}
                          for place, name in enumerate(names)))  # fmt: skip
    tree = company.explain("cost_direct", "2026-01")
    assert [part.project for part in tree.parts] == ["p7", "p6", "p5", "p4", "p3"]
    assert (tree.more, tree.rest, tree.value) == (3, 6, 36)


def test_the_whole_way_from_the_return_to_the_bills(firm: Company) -> None:
    tree = firm.explain("roi_percent", QUARTER)
    direct, pooled = named(tree, "cost_direct"), named(tree, "cost_allocated")
    assert direct.behind == (Behind(kind="cost", label="Cost records", records=6, line="cost_direct"),)
    assert pooled.behind == (Behind(
        kind="cost", label="Bills of platform", records=3, line="cost_allocated", where={"pool": "platform"},
        shared=True, amount=D("150.00"), note="shared by even",
    ),)  # fmt: skip
    metered = named(tree, "cost_metered")
    assert metered.behind == (Behind(kind="interaction", label="Interaction records", records=12, measure="ai_cost"),)
    (own,) = named(firm.explain("investment", QUARTER, "a"), "cost_allocated").behind
    assert own.note == "shared by even: 75.00 of it"


def test_an_invoice_stands_behind_the_metered_cost_and_not_behind_the_direct_cost(company: Company) -> None:
    company.declare(project("a"), project("b"))
    calls = {"time": "2026-01-10", "provider": "openai", "cost_origin": "metered"}
    company.put("interaction", {**calls, "project": "a", "cost": "30"}, {**calls, "project": "b", "cost": "10"})
    month = {"start": "2026-01-01", "end": "2026-02-01"}
    company.put("cost", {**month, "vendor": "OpenAI", "amount": "44", "project": "x"})
    company.put("cost", {"start": "2026-01-03", "vendor": "Cloud", "amount": "5", "project": "a"})
    tree = company.explain("investment", "2026-01", "a")
    direct, metered = named(tree, "cost_direct"), named(tree, "cost_metered")
    assert (direct.value, direct.records, metered.value) == (5, 1, 33)
    calls_behind, invoice = metered.behind
    assert (calls_behind.kind, calls_behind.records) == ("interaction", 1)
    assert (invoice.label, invoice.records, invoice.where, invoice.amount, invoice.note) == (
        "Invoice of OpenAI", 1, {"meter": "openai"}, D("44.00"), "33.00 of it by the meter")  # fmt: skip
    every = company.explain("cost_direct", "2026-01")
    assert (every.value, every.records) == (5, 1)


def test_what_is_written_off_has_no_records_but_its_file(company: Company) -> None:
    plan = Implementation(cost=D(1200), months=12, start=date(2026, 1, 1))
    company.declare(project("a", implementation=plan))
    company.put("cost", {"start": "2026-01-05", "project": "a", "amount": "1"})
    line = company.explain("cost_implementation", "2026-01", "a")
    assert (line.value, line.source, line.behind) == (100, "projects.yaml", ())
    assert line.note == "1200 written off over 12 months from 2026-01"


def test_a_bill_of_several_months_counts_once(company: Company) -> None:
    company.declare(project("a"))
    company.put("cost", {"start": "2026-01-01", "end": "2026-04-01", "project": "a", "amount": "90"})
    tree = company.explain("cost_direct", QUARTER, "a")
    assert (tree.records, [part.records for part in tree.parts]) == (1, [1, 1, 1])
    assert company.explain("cost_direct", "2026-02", "a").records == 1


def test_an_assumption_says_who_answers_for_it_until_when(firm: Company) -> None:
    value = AssumptionValue(value=D(62), start=date(2026, 1, 1), low=D(57), high=D(69), distribution="triangular")
    before = firm.workspace.assumptions["hourly_rate"]
    stated = msgspec.structs.replace(before, owner="Finance", review_by=date(2026, 6, 30), values=(value,))
    assumptions = {**firm.workspace.assumptions, "hourly_rate": stated}
    firm.workspace = msgspec.structs.replace(firm.workspace, assumptions=assumptions)
    leaf = named(firm.explain("productivity_value", "2026-01", "a"), "hourly_rate")
    assert (leaf.owner, leaf.review_by, leaf.since, leaf.low, leaf.high) == (
        "Finance", date(2026, 6, 30), date(2026, 1, 1), 57, 69)  # fmt: skip


def test_several_projects_are_one_scope(firm: Company) -> None:
    firm.put("cost", {"start": "2026-01-07", "project": "nobody", "amount": "1000"})
    with firm.ledger.desk(firm.now) as desk:
        both, empty = (explain(desk, "cost_direct", _period(), scope) for scope in (("b", "a"), ()))
    assert (both.value, both.records, both.project) == (D("321.30"), 6, None)
    assert [part.project for part in both.parts] == ["a", "b"]
    assert empty.value is None


def test_interactions_are_counted_without_looking_at_them(firm: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    with firm.ledger.desk(firm.now) as desk:
        sources_of_interactions(desk)
        real = desk.reading.moment.query
        monkeypatch.setattr(type(desk.reading.moment), "query",
                            lambda _, sql, given=None: asked.append(sql) or real(sql, given))  # fmt: skip
        firm.put("survey", {"time": "2026-01-05", "project": "a", "kind": "nps", "score": 9.0})
        tree = firm.explain("interactions", QUARTER)
    assert (tree.value, tree.records, tree.source) == (12, 12, "interaction records of test (12)")
    assert asked
    assert not [sql for sql in asked if "interaction_measures" in sql or "interaction_version" in sql]


def test_several_sources_of_interactions_are_named_without_numbers(company: Company) -> None:
    company.declare(project("a"))
    company.put("interaction", {"time": "2026-01-05", "project": "a", "source": "gateway"},
                {"time": "2026-01-05", "project": "a", "source": "batch"})  # fmt: skip
    assert company.explain("interactions", "2026-01").source == "interaction records of batch, gateway"
    company.put("interaction", {"time": "2026-01-06", "project": "a", "source": "edge"})
    assert company.explain("interactions", "2026-01").source == "interaction records of batch, edge, gateway"


def test_a_figure_that_is_unknown_says_why_and_has_no_parts(company: Company) -> None:
    company.declare(project("a"))
    tree = company.explain("productivity_value", "2026-01")
    assert tree.value is None
    assert tree.reason
    assert all(node.value is None or node.kind == "assumption" for node in nodes(tree))


def test_budgets_are_the_parts_of_the_budget(company: Company) -> None:
    company.declare(project("a", budget=D(100)), project("b", budget=D(300)), project("c"))
    tree = company.explain("budget", "2026-01")
    assert [(part.project, part.value) for part in tree.parts] == [("b", 300), ("a", 100)]
    assert company.explain("budget", "2026-01", "a").parts == ()
    assert [part.name for part in company.explain("budget_variance", "2026-01").inputs] == ["budget", "investment"]


def test_what_a_level_measure_looks_at(company: Company) -> None:
    company.declare(project("a"))
    company.put("model_state", {"time": "2025-12-01", "project": "a", "model": "m", "stage": "production"})
    company.put("activity", {"time": "2026-01-05", "actor": "u", "component": "feature_store"},
                {"time": "2026-01-06", "actor": "u", "component": "training"})  # fmt: skip
    company.put("interaction", {"time": "2026-01-05", "latency_ms": 5.0, "count": 3}, {"time": "2026-01-06"})
    assert company.explain("models_in_production", "2026-01").records == 1, "what was said before the month counts"
    assert company.explain("feature_store_users", "2026-01").records == 1
    assert company.explain("active_users", "2026-01").records == 2
    assert company.explain("latency_p95_ms", "2026-01").records == 3


def test_a_tree_is_made_once_for_a_data_version(firm: Company) -> None:
    tree = firm.explain("roi_percent", QUARTER)
    assert firm.explain("roi_percent", QUARTER) is tree
    firm.put("cost", {"start": "2026-01-09", "project": "a", "amount": "1"})
    after = firm.explain("roi_percent", QUARTER)
    assert named(after, "cost_direct").value == named(tree, "cost_direct").value + 1  # type: ignore[operator]


def _period() -> Period:
    return Period(name=QUARTER, grain=Grain.QUARTER, start=date(2026, 1, 1), end=date(2026, 4, 1))
