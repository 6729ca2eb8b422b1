"""Grades of entries: the weakest input that matters, lifted by a counterfactual; each rule as a table of cases."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import examples

from breakeven.formula import parse
from breakeven.ledger.proof.entries import entries, grade_of
from breakeven.ledger.proof.evidence_lift import baselines, lifts
from breakeven.workspace.definitions import AssumptionValue, Definition, Implementation, Methodology, Project, Total

D = Decimal
Company = Any
"""See conftest.py."""


def project(name: str = "a", **more: object) -> Project:
    return Project(id=name, name=name, category="platform", **more)  # type: ignore[arg-type]


def always(value: str, low: str | None = None, high: str | None = None) -> AssumptionValue:
    return AssumptionValue(value=D(value), start=date(1970, 1, 1), low=None if low is None else D(low),
                           high=None if high is None else D(high))  # fmt: skip


def stated(company: Company, name: str, grade: str, value: AssumptionValue, **more: object) -> None:
    company.assume(name, value)
    made = msgspec.structs.replace(company.workspace.assumptions[name], evidence=grade, **more)
    company.workspace = msgspec.structs.replace(
        company.workspace, assumptions={**company.workspace.assumptions, name: made}
    )
    company._ledger = None


def only(company: Company, **formulas: str) -> None:
    """The value categories, in the place of the shipped ones."""
    made = {
        name: Definition(name=name, section="value", formula=text, expression=parse(text), unit="money", label=name,
                         total=Total.SUM)
        for name, text in formulas.items()
    }  # fmt: skip
    kept = {name: one for name, one in company.workspace.methodology.definitions.items()
            if name in ("platform_cost", "investment", "actual_incidents")}  # fmt: skip
    total = parse(" + ".join(formulas))
    kept |= made
    kept["total_monthly_value"] = Definition(
        name="total_monthly_value", section="metric", formula=total.text, expression=total, unit="money", label="Value"
    )
    company.workspace = msgspec.structs.replace(
        company.workspace, methodology=Methodology(definitions=kept, version="test")
    )
    company._ledger = None


def graded(company: Company, category: str, month: date = date(2026, 1, 1)) -> Any:
    (found,) = [one for one in listed(company) if one.category == category and one.period == month]
    return found


def listed(company: Company) -> Any:
    with company.ledger.desk(company.now) as desk:
        return entries(desk, inputs=True)


def hours(company: Company, quantity: float = 10.0, **more: object) -> None:
    company.put("benefit", {"time": "2026-01-10", "project": "a", "kind": "hours_saved", "activity": "model_dev",
                            "quantity": quantity, "unit": "hour", **more})  # fmt: skip


def seconds(company: Company) -> None:
    company.put("interaction", {"time": "2026-01-10", "project": "a", "seconds_saved": 36_000.0, "status": "ok"})


# --- the weakest input that matters


@pytest.mark.parametrize(
    ("rate", "realisation", "grade", "decides"),
    [
        (("C", always("100")), ("E", always("1")), "D", "hours_saved_model_dev"),
        (("E", always("100")), ("E", always("1")), "E", "hourly_rate"),
        (("E", always("100", "80", "120")), ("A", always("0.9")), "E", "hourly_rate"),
        (("E", always("100", "98", "102")), ("A", always("0.9")), "D", "hours_saved_model_dev"),
        (("E", always("100", "97.5", "102.5")), ("A", always("0.9")), "E", "hourly_rate"),
        (("C", always("100")), ("E", always("0.9")), "E", "realisation_rate"),
        (("C", always("100")), ("E", always("1", "0.5", "1")), "E", "realisation_rate"),
    ],
    ids=["a factor of one", "no range", "wide range", "narrow range", "just 5 %", "a factor", "one with a range"],
)
def test_the_weakest_that_matters(
    company: Company, rate: tuple[str, AssumptionValue], realisation: tuple[str, AssumptionValue], grade: str,
    decides: str,
) -> None:  # fmt: skip
    company.declare(project())
    stated(company, "hourly_rate", *rate, owner="CFO")
    stated(company, "realisation_rate", *realisation)
    hours(company)
    found = graded(company, "productivity_value")
    assert found.evidence == grade
    assert found.reason.startswith(f"{grade}: {decides} ")


def test_the_reason_names_owner_and_swing(company: Company) -> None:
    company.declare(project())
    stated(company, "hourly_rate", "E", always("100", "85", "108"), owner="CFO")
    hours(company)
    assert graded(company, "productivity_value").reason == (
        "E: hourly_rate is assumed (owner CFO); between its low and its high it moves the amount by 23 %")  # fmt: skip


def test_what_is_absent_or_zero_does_not_matter(company: Company) -> None:
    """Hours are only measured in interactions this month: that benefits are self-reports is of no concern."""
    company.declare(project())
    stated(company, "hourly_rate", "C", always("100"))
    seconds(company)
    found = graded(company, "productivity_value")
    assert found.evidence == "C"
    absent = next(one for one in found.inputs if one.name == "hours_saved_model_dev")
    assert (absent.value, absent.matters, absent.grade) == (None, False, "D")
    company.put("benefit", {"time": "2025-12-03", "project": "a", "kind": "hours_saved", "quantity": 1.0})
    found = graded(company, "productivity_value")
    silent = next(one for one in found.inputs if one.name == "hours_saved_model_dev")
    assert (found.evidence, silent.value, silent.matters) == ("C", 0, False)


def test_a_zero_that_the_amount_rests_on_matters(company: Company) -> None:
    """No incident happened: were there one, the amount would be smaller."""
    company.declare(project(baselines={"baseline_incidents": D(2)}))
    stated(company, "avg_incident_cost", "C", always("1000"))
    company.put("incident", {"opened_at": "2025-12-01", "project": "a"})
    found = graded(company, "incident_value")
    (incidents,) = [one for one in found.inputs if one.name == "incidents"]
    assert (incidents.value, incidents.matters) == (0, True)


def test_a_maximum_that_does_not_bind_does_not_matter(company: Company) -> None:
    company.declare(project())
    only(company, gain="greatest(hourly_rate, avg_incident_cost) + interactions * 0")
    stated(company, "hourly_rate", "E", always("10"))
    stated(company, "avg_incident_cost", "B", always("1000"))
    seconds(company)
    assert graded(company, "gain").evidence == "B"


def test_a_constant_is_assumed_unless_the_methodology_says(company: Company) -> None:
    company.declare(project())
    only(company, gain="5 * 2")
    seconds(company)
    found = graded(company, "gain")
    assert (found.evidence, found.inputs) == ("E", ())
    assert "no record and no assumption" in found.reason


# --- counterfactuals


def test_a_measured_baseline_lifts(company: Company) -> None:
    company.declare(project(baselines={"baseline_cloud_cost": D(100)}))
    stated(company, "baseline_cloud_cost", "C", AssumptionValue(value=D(100), start=date(1970, 1, 1), project="a"),
           per="month")  # fmt: skip
    company.put("cost", {"start": "2026-01-05", "project": "a", "category": "compute", "amount": "40"})
    found = graded(company, "infra_savings")
    assert (found.amount, found.evidence) == (60, "B")
    assert found.reason == "B: cloud_cost is compared with baseline_cloud_cost, measured on both sides"
    assert {one.name: (one.grade, one.lifted_by) for one in found.inputs} == {
        "baseline_cloud_cost": ("B", "baseline_cloud_cost"), "cloud_cost": ("B", "baseline_cloud_cost"),
    }  # fmt: skip


def test_an_assumed_baseline_does_not(company: Company) -> None:
    company.declare(project(baselines={"baseline_cloud_cost": D(100)}))
    company.put("cost", {"start": "2026-01-05", "project": "a", "category": "compute", "amount": "40"})
    assert graded(company, "infra_savings").evidence == "E"


GRADES = {"before": "C", "soft": "E", "now": "C", "said": "D", "price": "C", "guess": "E", "effect": "A", "other": "C"}


@pytest.mark.parametrize(
    ("formula", "lifted"),
    [
        ("before - now", {"before": "B", "now": "B"}),
        ("greatest(0, before - now)", {"before": "B", "now": "B"}),
        ("soft - now", {}),
        ("before - said", {}),
        ("now - price", {}),
        ("before + now", {}),
        ("before * now", {}),
        ("(before - now) * price", {"before": "B", "now": "B", "price": "B"}),
        ("(before - now) * guess", {"before": "B", "now": "B"}),
        ("price * greatest(0, before - now) / other", {"before": "B", "now": "B", "price": "B", "other": "B"}),
        ("(before - now) * price + other", {"before": "B", "now": "B", "price": "B"}),
        ("(before - now) * price + price", {"before": "B", "now": "B"}),
        ("(1 - now / before) * price", {"before": "B", "now": "B", "price": "B"}),
        ("now * effect * price", {"now": "A", "price": "A"}),
        ("now * effect + other", {"now": "A"}),
        ("(now * effect - other) * price", {"now": "A"}),
        ("(before - now) * effect * price", {"before": "B", "now": "B", "price": "B"}),
        ("CASE WHEN now > 0 THEN (before - now) * price ELSE 0 END", {"before": "B", "now": "B", "price": "B"}),
        ("CASE WHEN other > 0 THEN before - now ELSE price END", {"before": "B", "now": "B"}),
        ("made * price", {"before": "B", "now": "B", "price": "B"}),
        ("-(now - before)", {"before": "B", "now": "B"}),
        ("sum_known(before - now, other) * price", {"before": "B", "now": "B"}),
        ("round(before - now) * price", {"before": "B", "now": "B", "price": "B"}),
    ],
)
def test_what_is_lifted(formula: str, lifted: Mapping[str, str]) -> None:
    def define(name: str, text: str) -> Definition:
        return Definition(name=name, section="value", formula=text, expression=parse(text), unit="money", label=name)

    definitions = {"made": define("made", "before - now"), "value": define("value", formula)}
    found = lifts("value", definitions, GRADES, {"before", "soft"}, {"effect"})  # type: ignore[arg-type]
    assert {name: lift.grade for name, lift in found.items()} == lifted


def test_baselines_are_what_projects_state(company: Company) -> None:
    assert baselines(company.workspace) == {"baseline_incidents", "baseline_cloud_cost", "baseline_operating_cost"}
    company.declare(project(baselines={"avg_incident_cost": D(5)}))
    assert "avg_incident_cost" in baselines(company.workspace)


# --- what facts state themselves


def test_facts_state_their_grade(company: Company) -> None:
    company.declare(project())
    stated(company, "hourly_rate", "B", always("100"))
    hours(company, 99.0, evidence="B")
    hours(company, 1.0)
    found = graded(company, "productivity_value")
    assert found.evidence == "B"  # one hour of a hundred is said to be less well known
    hours(company, 10.0)
    assert graded(company, "productivity_value").evidence == "D"


def test_facts_state_their_realisation(company: Company) -> None:
    company.declare(project())
    hours(company, 6.0, realisation="cash")
    hours(company, 3.0)
    hours(company, 1.0, realisation="strategic")
    found = graded(company, "productivity_value")
    assert found.realisation == "cash"
    assert found.parts == {"cash": 900, "capacity": 450, "strategic": 150}
    split = company.statement("2026-01").evidence
    assert (split.claimed.cash, split.claimed.capacity, split.claimed.strategic) == (900, 450, 150)


# --- provenance and cost


def test_provenance_of_every_input(company: Company) -> None:
    company.declare(project(baselines={"baseline_incidents": D(3)}))
    company.put("incident", {"opened_at": "2026-01-02", "project": "a", "source": "pager"},
                {"opened_at": "2026-01-03", "project": "a", "source": "desk"})  # fmt: skip
    hours(company, source="sheet")
    inputs = {one.name: one for category in ("incident_value", "productivity_value")
              for one in graded(company, category).inputs}  # fmt: skip
    assert {name: one.provenance for name, one in inputs.items() if one.value is not None} == {
        "baseline_incidents": "assumed", "incidents": "measured", "avg_incident_cost": "assumed",
        "hours_saved_model_dev": "reported", "hours_saved_deployment": "reported",
        "hours_saved_debugging": "reported", "hours_saved_other": "reported", "hourly_rate": "assumed",
        "realisation_rate": "assumed",
    }  # fmt: skip
    assert inputs["incidents"].source == "incident records of desk (1), pager (1)"
    assert inputs["incidents"].records == 2
    assert inputs["baseline_incidents"].source == "no owner; projects.yaml, baselines of a"
    assert (inputs["hourly_rate"].records, inputs["hours_saved_model_dev"].records) == (None, 1)


def test_cost_lines(company: Company) -> None:
    plan = Implementation(cost=D(24), start=date(2026, 1, 1))
    company.declare(project(start=date(2026, 1, 1), implementation=plan))
    company.put("cost", {"start": "2026-01-05", "project": "a", "amount": "40"})
    company.put("interaction", {"time": "2026-01-05", "project": "a", "cost": "3", "cost_origin": "reported"},
                {"time": "2026-02-05", "project": "a", "cost": "4", "cost_origin": "metered"})  # fmt: skip
    found = {(one.period.month, one.category): one for one in listed(company)}
    assert {key: (one.evidence, one.inputs[0].provenance) for key, one in found.items()} == {
        (1, "cost_direct"): ("C", "measured"), (1, "cost_metered"): ("C", "measured"),
        (2, "cost_metered"): ("C", "estimated"), (1, "cost_implementation"): ("D", "reported"),
        (2, "cost_implementation"): ("D", "reported"), (3, "cost_implementation"): ("D", "reported"),
        (4, "cost_implementation"): ("E", "projected"),
    }  # fmt: skip
    assert found[2, "cost_metered"].reason.startswith("C: estimated: ")


def test_the_best_that_a_category_can_be(company: Company) -> None:
    assert grade_of("productivity_value", company.workspace) == "E"
    assert grade_of("cost_direct", company.workspace) == "C"


# --- invariants


@examples(10)
@given(
    rows=st.lists(
        st.tuples(st.sampled_from("abc"), st.integers(1, 4), st.integers(1, 500),
                  st.sampled_from([None, "A", "B", "C", "D", "E"]),
                  st.sampled_from([None, "cash", "capacity", "strategic"])), min_size=1, max_size=12),
    rate=st.sampled_from(["A", "C", "E"]),
)  # fmt: skip
def test_sums_and_order(new_company: Any, rows: list[Any], rate: str) -> None:
    company = new_company()
    company.declare(*(project(name) for name in "abc"))
    stated(company, "hourly_rate", rate, always("100"))
    for owner, month, quantity, evidence, realisation in rows:
        company.put("benefit", {"time": f"2026-{month:02}-03", "project": owner, "kind": "hours_saved", "quantity":
                                float(quantity), "evidence": evidence, "realisation": realisation})  # fmt: skip
    company.put("cost", {"start": "2026-01-01", "project": "a", "amount": "100"})
    made = company.statement("2026")
    split = made.evidence
    value = [one for one in company.entries() if one.side == "value"]
    assert split.claimed.value == sum(one.amount for one in value) == made.total_value
    assert split.claimed.value >= split.measured.value >= 0
    assert split.claimed.cash + split.claimed.capacity + split.claimed.strategic == split.claimed.value
    assert sum(split.by_grade.values()) == split.claimed.value
    for one in value:
        assert not one.parts or sum(one.parts.values()) == one.amount
        assert one.evidence >= rate
    assert split.measured.value == sum(one.amount for one in value if one.evidence <= "C")
    by_project = [company.statement("2026", name).evidence.claimed.value or D(0) for name in "abc"]
    assert sum(by_project) == split.claimed.value


def test_explain_has_the_grade_of_the_entries(company: Company) -> None:
    company.declare(project(baselines={"baseline_cloud_cost": D(100)}))
    stated(company, "baseline_cloud_cost", "C", AssumptionValue(value=D(100), start=date(1970, 1, 1), project="a"),
           per="month")  # fmt: skip
    company.put("cost", {"start": "2026-01-05", "project": "a", "category": "compute", "amount": "40"})
    node = company.explain("infra_savings", "2026-01", "a")
    assert (node.evidence, node.note) == ("B", f"evidence {graded(company, 'infra_savings').reason}")
    assert company.explain("infra_savings", "2026").evidence == "B"
    assert company.explain("productivity_value", "2026-01").evidence is None, "there is no amount"
