"""Experiments over facts: what is compared, what an assumption takes from it, and when nothing is answered."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.ledger.conftest import Company

from breakeven.errors import UnknownName
from breakeven.ledger.effects.effects import effect_of, experiment, experiments
from breakeven.ledger.effects.experiment_answers import Effect
from breakeven.workspace import load

PROJECTS = """
projects:
  - {id: bot, name: Bot, category: customer_service}
  - {id: chat, name: Chat, category: customer_service}
"""
PILOT = """
experiments:
  pilot:
    kind: randomised
    outcome: csat
    unit: "1"
    control: human
    treatment: ai
    minimum: 20
    start: 2026-01-01
    end: 2026-02-28
"""
ASSUMED = """
assumptions:
  uplift: {unit: "1", experiment: pilot, owner: Head of support}
  share: {unit: "1", experiment: pilot, relative: true, start: 2026-02-01}
  price: {unit: money, value: 100, evidence: C}
"""
METHOD = """
values:
  gain: {formula: uplift * price * interactions / interactions}
metrics:
  total_monthly_value: {unit: money, formula: gain, total: sum}
  uplifted: {unit: "1", formula: uplift}
  shared: {unit: "1", formula: share}
"""

SEED = 23
SPAN = (date(2026, 1, 1), date(2026, 3, 1))

Declare = Callable[..., Company]


@pytest.fixture
def declare(company: Company, tmp_path: Path) -> Declare:
    """A company whose workspace has these files."""

    def make(**files: str) -> Company:
        (tmp_path / "workspace.yaml").write_text(files.pop("workspace", "name: Case\ncurrency: USD\n"))
        for name, text in {"projects": PROJECTS, **files}.items():
            (tmp_path / f"{name}.yaml").write_text(text)
        company.workspace = load(tmp_path)
        company._ledger = None
        return company

    return make


def calls(company: Company, arms: Mapping[str | None, Sequence[float | None]], day: str = "2026-01-10",
          **fields: Any) -> None:  # fmt: skip
    rows = [{"time": day, "variant": arm, "csat": value, "project": "bot", **fields}
            for arm, values in arms.items() for value in values]  # fmt: skip
    company.put("interaction", *rows)


def actors(company: Company, seen: Sequence[tuple[str, str, float]]) -> None:
    """Calls of some people: actor, arm, satisfaction."""
    company.put("interaction", *({"time": "2026-01-10", "project": "bot", "actor": actor, "variant": arm, "csat": value}
                                 for actor, arm, value in seen))  # fmt: skip


def ask(company: Company, name: str = "pilot") -> Effect:
    with company.ledger.desk(company.now) as desk:
        return experiment(desk.reading, desk.evaluator, name)


def spread(middle: float, n: int, wide: float = 1.0) -> list[float]:
    """Values with a mean that is exact."""
    return [middle + wide * (1 if i % 2 else -1) for i in range(n)]


# --- randomised


def test_sums_of_the_store_are_those_of_the_rows(declare: Declare) -> None:
    company = declare(experiments=PILOT.replace("ai\n", "ai\n    detectable: 10\n"))
    random = np.random.default_rng(1)
    human, ai = (np.clip(random.normal(middle, 0.7, 60), 1, 5) for middle in (3.2, 3.9))
    calls(company, {"human": human.tolist(), "ai": ai.tolist(), "other": [5.0] * 9, None: [1.0] * 7})
    found = ask(company)
    assert found.state == "measured", found.reason
    assert found.grade == "A"
    assert found.effect == pytest.approx(ai.mean() - human.mean(), rel=1e-11)
    error = np.sqrt(human.var(ddof=1) / 60 + ai.var(ddof=1) / 60)
    assert found.standard_error == pytest.approx(error, rel=1e-11)
    assert [(arm.name, arm.n, arm.assigned) for arm in found.arms] == [("human", 60, 60), ("ai", 60, 60)]
    assert found.arms[0].mean == pytest.approx(human.mean(), rel=1e-11)


def test_only_its_days_project_and_condition(declare: Declare) -> None:
    company = declare(experiments=PILOT + "    project: bot\n    where: status = 'ok'\n")
    calls(company, {"human": spread(3, 30), "ai": spread(4, 30)})
    before = ask(company)
    assert before.effect == pytest.approx(1)
    wrong = {"human": [1.0], "ai": [5.0]}
    calls(company, wrong, day="2025-12-31T23:59:59")
    calls(company, wrong, day="2026-03-01")
    calls(company, wrong, project="chat")
    calls(company, wrong, status="error")
    assert ask(company).arms == before.arms
    calls(company, wrong, day="2026-02-28T23:59:59")
    assert ask(company).arms != before.arms


def test_days_are_those_of_the_company(declare: Declare) -> None:
    company = declare(experiments=PILOT, workspace="name: Case\ncurrency: USD\ntime_zone: Asia/Tokyo\n")
    calls(company, {"human": spread(3, 30), "ai": spread(4, 30)}, day="2025-12-31T15:00:00")
    calls(company, {"human": [1.0], "ai": [1.0]}, day="2025-12-31T14:59:59")
    assert [arm.n for arm in ask(company).arms] == [30, 30]


def test_what_was_randomised_counts_once(declare: Declare) -> None:
    company = declare(experiments=PILOT + "    randomised_by: actor\n")
    seen = [(f"h{i}", "human", 2.0 + i % 2 + j) for i in range(30) for j in (0, 1)]
    seen += [(f"a{i}", "ai", 4.0 + i % 2) for i in range(30) for _ in range(i % 3 + 1)]
    actors(company, seen)
    calls(company, {"human": [5.0], "ai": [1.0]}, actor="both")
    found = ask(company)
    # One of 61 actors is more than 1 %.
    assert found.reason == "1 of 61 actors were in several arms, more than 1%"
    assert [(arm.n, arm.mean) for arm in found.arms] == [(30, 3.0), (30, 4.5)]


@pytest.mark.parametrize(("per_unit", "means"), [("mean", (2.0, 3.0)), ("sum", (4.0, 3.0))])
def test_how_records_of_a_unit_are_put_together(declare: Declare, per_unit: str, means: tuple[float, float]) -> None:
    company = declare(experiments=PILOT + f"    randomised_by: actor\n    per_unit: {per_unit}\n")
    seen = [(f"h{i}", "human", value) for i in range(30) for value in (1.0, 3.0)]
    actors(company, [*seen, *((f"a{i}", "ai", 3.0 + (0.5 if i % 2 else -0.5)) for i in range(30))])
    assert tuple(arm.mean for arm in ask(company).arms) == means


def test_a_proportion_of_outcomes_counts_what_records_stand_for(declare: Declare) -> None:
    declared = PILOT.replace('outcome: csat\n    unit: "1"', "outcome: outcome = 'resolved'\n    type: proportion")
    company = declare(experiments=declared)
    for arm, yes, no in (("human", 40, 60), ("ai", 70, 30)):
        for outcome, count in (("resolved", yes), ("escalated", no)):
            company.put("interaction", {"time": "2026-01-10", "variant": arm, "outcome": outcome, "count": count})
    found = ask(company)
    assert (found.effect, found.unit) == (pytest.approx(0.3), "1")
    assert found.standard_error == pytest.approx(np.sqrt(0.4 * 0.6 / 100 + 0.7 * 0.3 / 100))
    assert found.z_pooled == pytest.approx(0.3 / np.sqrt(0.55 * 0.45 * 2 / 100))


def test_sums_of_several_interactions_have_no_spread(declare: Declare) -> None:
    company = declare(experiments=PILOT)
    calls(company, {"human": spread(3, 30), "ai": spread(4, 30)})
    calls(company, {"ai": [4.0]}, count=5)
    found = ask(company)
    assert found.effect is None
    assert "1 records stand for several interactions each" in (found.reason or "")


def test_other_facts_labels_and_amounts_in_other_currencies(declare: Declare) -> None:
    declared = """
experiments:
  pilot: {kind: randomised, from: benefit, outcome: amount, unit: money, arm: labels.arm, control: a, treatment: b,
          minimum: 10}
"""
    company = declare(experiments=declared, workspace="name: Case\ncurrency: USD\nexchange_rates:\n"
                      "  - {currency: EUR, rate: 2, start: 2026-01-01}\n")  # fmt: skip
    arms = (("a", "USD"), ("b", "EUR"))
    rows = [{"time": "2026-01-10", "kind": "revenue", "amount": 10 + i % 2, "currency": currency,
             "labels": f'{{"arm": "{arm}"}}'} for i in range(20) for arm, currency in arms]  # fmt: skip
    company.put("benefit", *rows)
    assert ask(company).effect == pytest.approx(10.5)
    company.put("benefit", {"time": "2025-12-10", "kind": "revenue", "amount": 9, "currency": "EUR",
                            "labels": '{"arm": "b"}'})  # fmt: skip
    found = ask(company)
    assert found.effect is None
    assert "no exchange rate EUR→USD on 2025-12-10" in (found.reason or "")


def test_several_treatments(declare: Declare) -> None:
    company = declare(experiments=PILOT.replace("treatment: ai", "treatment: [ai, both]"),
                      assumptions="assumptions: {up: {unit: '1', experiment: pilot, treatment: both}}",
                      methodology="metrics: {}")  # fmt: skip
    calls(company, {"human": spread(2, 40), "ai": spread(3, 40), "both": spread(4, 40)})
    found = ask(company)
    assert (found.treatment, found.effect, found.assumptions) == ("ai", pytest.approx(1), ())
    (other,) = found.others
    assert (other.treatment, other.effect, other.assumptions) == ("both", pytest.approx(2), ("up",))
    assert found.level == pytest.approx(0.975)


def test_refusals_say_why(declare: Declare) -> None:
    company = declare(experiments=PILOT)
    found = ask(company)
    assert (found.state, found.effect, found.interval, found.grade) == ("refused", None, None, None)
    assert found.reason == "no records in human and ai; arms found: none"
    calls(company, {"human": spread(3, 12), "ai": spread(4, 12)})
    assert "12 records with an outcome in human, at least 20 are asked for" in (ask(company).reason or "")
    assert [check.name for check in ask(company).checks if not check.passed] == ["minimum_n"]


def test_an_experiment_of_the_future(declare: Declare) -> None:
    company = declare(experiments=PILOT.replace("2026-01-01", "2026-05-01").replace("2026-02-28", "2026-05-31"))
    found = ask(company)
    assert found.reason == "it begins on 2026-05-01, and no day of it is over"
    assert found.needed == "records of days that are over"


def test_an_open_experiment_is_read_up_to_yesterday(declare: Declare) -> None:
    company = declare(experiments=PILOT.replace("    end: 2026-02-28\n", ""))
    calls(company, {"human": spread(3, 30), "ai": spread(4, 30)})
    calls(company, {"ai": [1.0]}, day="2026-04-15T23:00:00")
    found = ask(company)
    assert (found.open, found.end) == (True, date(2026, 4, 15))
    calls(company, {"ai": [1.0]}, day="2026-04-16T00:00:00")
    assert ask(company).arms == found.arms


def test_what_is_sent_later_is_seen_and_the_past_is_as_it_was(declare: Declare) -> None:
    company = declare(experiments=PILOT)
    calls(company, {"human": spread(3, 30), "ai": spread(4, 30)})
    then = company.now
    company.now = then + timedelta(days=1)
    calls(company, {"human": spread(3, 30), "ai": spread(4.5, 30)})
    assert ask(company).effect == pytest.approx(1.25)
    with company.ledger.desk(company.now, then) as desk:
        assert experiment(desk.reading, desk.evaluator, "pilot").effect == pytest.approx(1)


def test_unknown_experiment(declare: Declare) -> None:
    company = declare(experiments=PILOT)
    with pytest.raises(UnknownName, match="did you mean pilot"):
        ask(company, "pilt")
    with company.ledger.desk(company.now) as desk:
        assert [one.name for one in experiments(desk.reading, desk.evaluator)] == ["pilot"]


# --- what stands on it


def standing(declare: Declare) -> Company:
    return declare(experiments=PILOT, assumptions=ASSUMED, methodology=METHOD)


def test_an_assumption_takes_the_effect(declare: Declare) -> None:
    company = standing(declare)
    calls(company, {"human": spread(3, 30), "ai": spread(4, 30)})
    effect = ask(company)
    with company.ledger.desk(company.now) as desk:
        made = desk.workspace.assumptions["uplift"]
    (stated,) = made.values
    assert (stated.value, made.evidence, stated.distribution) == (1, "A", "normal")
    assert stated.low is not None
    assert float(stated.value - stated.low) == pytest.approx((effect.standard_error or 0) * 1.2815515655)
    assert company.statement("2026-01", "bot").total_value == 100
    assert company.values("shared", window=SPAN)["2026-02",] == pytest.approx(1 / 3)
    assert effect.assumptions == ("uplift", "share")


def test_it_holds_from_its_start(declare: Declare) -> None:
    company = standing(declare)
    calls(company, {"human": spread(3, 30), "ai": spread(4, 30)})
    values = company.values("shared", window=SPAN)
    assert values["2026-01",] is None
    assert values["2026-02",] is not None


def test_a_refusal_is_the_reason(declare: Declare) -> None:
    company = standing(declare)
    calls(company, {"human": spread(3, 5), "ai": spread(4, 5)})
    statement = company.statement("2026-01", "bot")
    assert statement.value["gain"] is None
    reasons = {unknown.figure: unknown.reason for unknown in statement.unknown}
    assert "experiment pilot: 5 records with an outcome in human, at least 20 are asked for" in reasons["gain"]


def test_its_grade_lifts_the_entry(declare: Declare) -> None:
    company = standing(declare)
    calls(company, {"human": spread(3, 30), "ai": spread(4, 30)})
    (node,) = [part for part in company.explain("gain", "2026-01", "bot").inputs if part.name == "uplift"]
    assert (node.value, node.evidence, node.owner) == (1, "A", "Head of support")
    assert "experiment pilot: difference of means (Welch)" in (node.source or "")


def test_figures_follow_when_the_effect_changes(declare: Declare) -> None:
    """The facts of the value stay as they are; only the experiment gets more records."""
    declared = PILOT.replace("outcome: csat", "from: survey\n    outcome: score\n    arm: team")
    company = declare(experiments=declared, assumptions=ASSUMED, methodology=METHOD)
    company.put("interaction", {"time": "2026-01-10", "project": "bot"})

    def answers(arm: str, values: Sequence[float]) -> None:
        company.put(
            "survey", *({"time": "2026-01-10", "kind": "csat", "score": value, "team": arm} for value in values)
        )

    answers("human", spread(3, 30))
    answers("ai", spread(4, 30))
    assert company.statement("2026-01", "bot").total_value == 100
    answers("human", spread(3, 30))
    answers("ai", spread(4.5, 30))
    assert company.statement("2026-01", "bot").total_value == 125


def test_effect_of_an_assumption_without_experiment(declare: Declare) -> None:
    company = standing(declare)
    with company.ledger.desk(company.now) as desk:
        assert effect_of(desk.reading, desk.evaluator, desk.workspace.assumptions["price"]) is None


# --- over time


def weekly(company: Company, rows: Iterator[tuple[date, str, float]]) -> None:
    company.put("evaluation", *({"time": day.isoformat(), "project": project, "model": project, "metric": "accuracy",
                                 "value": value} for day, project, value in rows))  # fmt: skip


def levels(change: int, weeks: int, effect: float, seed: int) -> Iterator[tuple[date, str, float]]:
    random = np.random.default_rng(seed)
    for week in range(weeks):
        day, shared = date(2025, 6, 2) + timedelta(weeks=week), 0.02 * np.sin(week)
        for project in ("bot", "chat"):
            moved = effect if project == "bot" and week >= change else 0.0
            yield day, project, float(0.8 + shared + moved + random.normal(0, 0.005))


def test_a_figure_of_two_projects_over_time(declare: Declare) -> None:
    declared = """
experiments:
  release: {kind: difference_in_differences, figure: accuracy, treatment: bot, comparison: chat, grain: week,
            change: 2025-10-20}
  alone: {kind: interrupted_time_series, figure: accuracy, project: bot, grain: week, change: 2025-10-20}
"""
    company = declare(experiments=declared)
    weekly(company, levels(20, 40, 0.05, SEED))
    found = ask(company, "release")
    assert found.state == "measured", found.reason
    assert found.grade == "B"
    assert found.interval is not None
    assert found.interval[0] < 0.05 < found.interval[1]
    assert found.standard_error is not None
    assert found.standard_error < 0.005
    assert (found.start, found.unit, found.treatment, found.control) == (date(2025, 6, 2), "1", "bot", "chat")
    assert [arm.n for arm in found.arms] == [20, 20, 20, 20]
    assert ask(company, "alone").state in ("measured", "refused")


def test_means_of_records_are_the_same_as_the_figure(declare: Declare) -> None:
    common = "kind: difference_in_differences, treatment: bot, grain: week, change: 2025-10-20"
    company = declare(experiments=f"experiments:\n  figure: {{{common}, figure: accuracy}}\n"
                      f"  records: {{{common}, from: evaluation, outcome: value, unit: '1',"
                      " where: metric = 'accuracy'}\n")  # fmt: skip
    weekly(company, levels(20, 40, 0.05, SEED))
    assert ask(company, "figure").effect == pytest.approx(ask(company, "records").effect, rel=1e-9)


def test_months_with_seasons(declare: Declare) -> None:
    declared = """
experiments:
  cheaper: {kind: before_after, figure: cost_direct, project: bot, change: 2025-09-01}
"""
    company = declare(experiments=declared, assumptions="assumptions: {saved: {unit: money, experiment: cheaper}}",
                      methodology="metrics: {}")  # fmt: skip
    random = np.random.default_rng(3)
    rows = []
    for place in range(39):
        month = date(2023 + place // 12, place % 12 + 1, 1)
        amount = 1000 + 200 * np.sin(place / 12 * 2 * np.pi) + random.normal(0, 10) - (150 if place >= 32 else 0)
        rows.append({"start": month.isoformat(), "amount": f"{amount:.2f}", "project": "bot"})
    company.put("cost", *rows)
    found = ask(company, "cheaper")
    assert found.state == "measured", found.reason
    assert found.unit == "money"
    assert found.interval is not None
    assert found.interval[0] < -150 < found.interval[1]
    assert (found.start, found.end) == (date(2023, 1, 1), date(2026, 3, 31))
    with company.ledger.desk(company.now) as desk:
        (stated,) = desk.workspace.assumptions["saved"].values
    assert float(stated.value) == pytest.approx(found.effect or 0, rel=1e-9)


DIFFERENT = (
    "{kind: difference_in_differences, figure: accuracy, treatment: bot, group: model, comparison: chatt,"
    " change: 2025-10-01}"
)
REFUSED = [
    ("{kind: before_after, figure: accuracy, change: 2026-01-01}", "accuracy", "nothing has been recorded"),
    ("{kind: before_after, figure: accuracy, change: 2025-06-01}", "levels", "no whole month before the change"),
    ("{kind: before_after, figure: accuracy, change: 2026-06-01}", "levels", "no whole month after the change"),
    ("{kind: difference_in_differences, figure: ai_cost, group: operation, treatment: a, change: 2025-10-01}",
     "levels", "nothing has been recorded"),
    ("{kind: interrupted_time_series, figure: platform_cost, grain: week, change: 2025-10-06}", "cost",
     "platform_cost is made per month and project: take grain: month"),
    (DIFFERENT, "levels", "no value of model 'chatt' is there (did you mean chat? valid: chat, bot)"),
    ("{kind: interrupted_time_series, figure: net_value, grain: week, change: 2025-10-06}", "cost",
     "net_value: is made per month"),
    ("{kind: difference_in_differences, figure: cost_direct, group: vendor, treatment: a, change: 2025-10-01}", "cost",
     "cost_direct cannot be told by vendor; it can by project"),
]  # fmt: skip


@pytest.mark.parametrize(("declared", "facts", "reason"), REFUSED)
def test_what_cannot_be_answered_over_time(declare: Declare, declared: str, facts: str, reason: str) -> None:
    company = declare(experiments=f"experiments: {{it: {declared}}}")
    if facts == "levels":
        weekly(company, levels(20, 40, 0.05, SEED))
    if facts == "cost":
        company.put(
            "cost", *({"start": f"2025-{month:02}-01", "amount": "10", "project": "bot"} for month in range(1, 13))
        )
    found = ask(company, "it")
    assert found.effect is None
    assert reason in (found.reason or "")
    assert found.needed


def test_silence_before_a_project_began_is_no_zero(declare: Declare) -> None:
    projects = "projects: [{id: bot, name: Bot, category: platform, start: 2025-11-01}]"
    asked = "{kind: interrupted_time_series, figure: interactions, project: bot, change: 2026-02-01}"
    company = declare(experiments=f"experiments: {{it: {asked}}}", projects=projects)
    company.put("interaction", {"time": "2025-01-10"}, {"time": "2026-01-10", "project": "bot"},
                {"time": "2026-03-10", "project": "bot"})  # fmt: skip
    found = ask(company, "it")
    assert (found.start, [arm.n for arm in found.arms]) == (date(2025, 11, 1), [3, 2])


def test_the_statistics_are_not_loaded_by_the_ledger() -> None:
    """Only an experiment that is asked for needs them: every command and the server start without."""
    source = Path(__file__).parents[2] / "src" / "breakeven"
    for path in source.rglob("*.py"):
        if path.parent.name != "evidence":
            text = path.read_text()
            for module in ("randomised", "series", "differences", "serial", "power"):
                assert f"from breakeven.evidence.{module} import" not in text, path


def test_decimals_of_an_effect(declare: Declare) -> None:
    company = standing(declare)
    calls(company, {"human": [3.1, 3.2, 3.4] * 11, "ai": [4.1, 4.4, 4.6] * 11})
    with company.ledger.desk(company.now) as desk:
        (stated,) = desk.workspace.assumptions["uplift"].values
    assert stated.value == Decimal("1.13333333333")
