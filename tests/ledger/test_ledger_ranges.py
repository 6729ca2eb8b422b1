"""Ranges against closed forms, against brute force through the ledger, and by coverage of simulated truth."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

import msgspec
import numpy as np
import pytest
from scipy import stats

from breakeven.errors import UsageProblem
from breakeven.evidence.distributions import correlated, quantiles
from breakeven.formula import parse
from breakeven.ledger.scenarios.amounts import amounts
from breakeven.ledger.scenarios.changes import read_change
from breakeven.ledger.scenarios.draws import Drawn, Span, Variate, probabilities, spans
from breakeven.ledger.scenarios.entry_ranges import entry_ranges
from breakeven.ledger.scenarios.range_results import StatementRange
from breakeven.ledger.scenarios.ranges import statement_range
from breakeven.ledger.scenarios.scope import Scope
from breakeven.ledger.scenarios.supposed import SupposedDesk
from breakeven.workspace.definitions import (
    AssumptionValue,
    BenefitPool,
    Distribution,
    Headline,
    Project,
    Resting,
    Total,
)

D = Decimal
Company = Any
"""See conftest.py."""
Z90 = 1.2815515655446004
MANY = np.random.default_rng(5).random(200_000)


def stated(value: str, low: str | None = None, high: str | None = None, shape: Distribution = "normal",
           project: str | None = None, start: date = date(1970, 1, 1)) -> AssumptionValue:  # fmt: skip
    return AssumptionValue(
        value=D(value), start=start, project=project, low=None if low is None else D(low),
        high=None if high is None else D(high), distribution="fixed" if low is None else shape,
    )  # fmt: skip


def hours(project: str, number: float, day: str = "2026-01-05") -> dict[str, Any]:
    return {"time": day, "project": project, "kind": "hours_saved", "quantity": number, "unit": "hour"}


@pytest.fixture
def company(new_company: Callable[..., Company]) -> Company:
    """Two projects; in January 100 and 50 hours, 3 and 1 of 5 and 4 incidents avoided, for 10 000."""
    made = new_company()
    made.declare(*(
        Project(id=name, name=name, category="platform", baselines={"baseline_incidents": before})
        for name, before in (("chat", D(5)), ("ops", D(4)))
    ))  # fmt: skip
    made.assume("hourly_rate", stated("150"))
    made.assume("avg_incident_cost", stated("1000"))
    made.put("benefit", hours("chat", 100.0), hours("ops", 50.0))
    made.put("cost", {"start": "2026-01-05", "project": "chat", "amount": "10000", "category": "compute"})
    made.put("incident", *(
        {"opened_at": f"2026-01-0{day}", "project": name} for day in (2, 3, 4) for name in ("chat", "ops")
        if (name, day) != ("chat", 4)
    ))  # fmt: skip
    return made


def ranges(company: Company, period: str = "2026-01", project: str | None = None, **more: Any) -> StatementRange:
    with company.ledger.desk(company.now) as desk:
        return statement_range(desk, company.workspace.calendar.parse(period, company.now), project, **more)


def three(company: Company, name: str = "net_value", **more: Any) -> tuple[float, float, float]:
    line = ranges(company, **more).lines[name]
    assert line.p10 is not None
    assert line.p50 is not None
    assert line.p90 is not None
    return float(line.p10), float(line.p50), float(line.p90)


# --- distributions


SHAPES: dict[str, tuple[Any, Any]] = {
    "uniform": (stats.uniform(2, 8), (5.0, 2.0, 10.0)),
    "triangular": (stats.triang(3 / 8, 2, 8), (5.0, 2.0, 10.0)),
    "normal": (stats.norm(5, 2 / Z90), (5.0, 3.0, 7.0)),
    "lognormal": (stats.lognorm(math.log(2) / Z90, scale=5), (5.0, 2.5, 10.0)),
    "pert": (stats.beta(1 + 4 * 3 / 8, 1 + 4 * 5 / 8, 2, 8), (5.0, 2.0, 10.0)),
}
"""Shape → SciPy's distribution with the same parameters; value, low, high."""


@pytest.mark.parametrize("shape", SHAPES)
def test_quantiles_are_those_of_the_distribution(shape: Any) -> None:
    known, (value, low, high) = SHAPES[shape]
    at = np.array([1e-6, 0.01, 0.1, 0.3, 0.5, 0.77, 0.9, 0.999])
    assert quantiles(shape, value, low, high, at) == pytest.approx(known.ppf(at), rel=1e-9)


def test_closed_forms_of_mean_and_variance() -> None:
    """Triangular: (a + b + c) / 3 and (a² + b² + c² − ab − ac − bc) / 18; PERT: (a + 4m + b) / 6."""
    a, m, b = 2.0, 3.0, 10.0
    drawn = quantiles("triangular", m, a, b, MANY)
    assert drawn.mean() == pytest.approx((a + m + b) / 3, rel=0.003)
    assert drawn.var() == pytest.approx((a * a + b * b + m * m - a * b - a * m - b * m) / 18, rel=0.01)
    assert quantiles("pert", m, a, b, MANY).mean() == pytest.approx((a + 4 * m + b) / 6, rel=0.003)


@pytest.mark.parametrize("shape", ["normal", "lognormal"])
@pytest.mark.parametrize(("value", "low", "high"), [(5.0, 4.0, 9.0), (5.0, 1.0, 6.0), (5.0, 5.0, 7.0)])
def test_a_skewed_range_meets_its_three_points(shape: Any, value: float, low: float, high: float) -> None:
    """Low and high are P10 and P90, the value is the median, also where it is not in the middle."""
    found = quantiles(shape, value, low, high, np.array([0.1, 0.5, 0.9]))
    assert found == pytest.approx([low, value, high])
    inside = quantiles(shape, value, low, high, np.linspace(0.001, 0.999, 999))
    assert (np.diff(inside) >= 0).all()


def test_what_is_fixed_does_not_move_and_a_lognormal_lies_above_zero() -> None:
    at = np.array([0.1, 0.9])
    assert quantiles("fixed", 5, 1, 9, at).tolist() == [5, 5]
    assert quantiles("uniform", 5, 5, 5, at).tolist() == [5, 5]
    with pytest.raises(ValueError, match="above 0"):
        quantiles("lognormal", 5, 0, 9, at)


def test_correlated_probabilities() -> None:
    other = np.random.default_rng(6).random(200_000)
    found = correlated(MANY, other, -0.6)
    assert np.corrcoef(stats.norm.ppf(found), stats.norm.ppf(other))[0, 1] == pytest.approx(-0.6, abs=0.01)
    assert stats.kstest(found, "uniform").statistic < 0.005


# --- draws


def test_a_draw_is_a_function_of_seed_name_and_number_only() -> None:
    whole = probabilities(1, "hourly_rate", Span(0, 1000))
    for first, count in ((0, 10), (7, 3), (400, 600), (999, 1)):
        assert (probabilities(1, "hourly_rate", Span(first, count)) == whole[first : first + count]).all()
    assert (probabilities(2, "hourly_rate", Span(0, 1000)) != whole).all()
    assert abs(np.corrcoef(probabilities(1, "other", Span(0, 1000)), whole)[0, 1]) < 0.1


def test_chunks_cover_all_draws_once() -> None:
    for draws, variates in ((10_000, 3), (25_001, 3), (10_000, 5_000), (100, 10**9)):
        found = list(spans(draws, variates))
        assert sum(span.count for span in found) == draws
        assert all(one.first + one.count == other.first for one, other in pairwise(found))


def test_values_of_one_stream_move_together() -> None:
    low = Variate(of="rate", stream="rate", shape="triangular", value=100, low=80, high=130)
    late = msgspec.structs.replace(low, shape="normal", value=200, low=150, high=260)
    own = msgspec.structs.replace(low, stream="rate@chat")
    drawn = Drawn([low, late, own], 1, Span(0, 2000))
    assert (np.argsort(drawn[0]) == np.argsort(drawn[1])).all()
    assert abs(np.corrcoef(drawn[0], drawn[2])[0, 1]) < 0.1


# --- statements against closed forms


def test_a_sum_of_normals_is_normal(company: Company) -> None:
    """Net = 150 h × N(150, 10) + 4 × N(1000, 200) − 10 000."""
    spread = D("10") * D(str(Z90)), D("200") * D(str(Z90))
    company.assume("hourly_rate", stated("150", str(150 - spread[0]), str(150 + spread[0])))
    company.assume("avg_incident_cost", stated("1000", str(1000 - spread[1]), str(1000 + spread[1])))
    sd, middle = math.hypot(150 * 10, 4 * 200), 150 * 150 + 4 * 1000 - 10_000
    found = three(company, draws=100_000)
    assert found == pytest.approx((middle - Z90 * sd, middle, middle + Z90 * sd), abs=0.015 * sd)
    made = ranges(company, draws=100_000)
    assert float(made.chance_of_return or 0) == pytest.approx(stats.norm.cdf(middle / sd), abs=0.002)


def test_a_product_of_lognormals_is_lognormal(company: Company) -> None:
    """Productivity = 150 h × LN(150; ×1.5) × LN(0.8; ×1.25): spreads of the logarithms add in squares."""
    company.assume("hourly_rate", stated("150", "100", "225", "lognormal"))
    company.assume("realisation_rate", stated("0.8", "0.64", "1", "lognormal"))
    sigma = math.hypot(math.log(1.5), math.log(1.25))
    found = three(company, "productivity_value", draws=100_000)
    middle = 150 * 150 * 0.8
    assert found == pytest.approx((middle * math.exp(-sigma), middle, middle * math.exp(sigma)), rel=0.01)


def test_one_triangular_assumption(company: Company) -> None:
    company.assume("hourly_rate", stated("150", "100", "250", "triangular"))
    known = stats.triang(50 / 150, 100, 150)
    assert three(company, "productivity_value", draws=100_000) == pytest.approx(
        150 * known.ppf([0.1, 0.5, 0.9]), rel=0.005
    )
    line = ranges(company, draws=100_000).lines["productivity_value"]
    assert float(line.mean or 0) == pytest.approx(150 * 500 / 3, rel=0.003)


def test_the_portfolio_is_drawn_and_not_added_up_from_projects(company: Company) -> None:
    """A shared rate moves both projects in the same draw; rates of their own do not."""
    company.assume("hourly_rate", stated("150", "100", "200"))
    whole = three(company, "productivity_value")
    parts = [three(company, "productivity_value", project=name) for name in ("chat", "ops")]
    assert whole == pytest.approx([a + b for a, b in zip(*parts, strict=True)], abs=0.02)
    company.assume(
        "hourly_rate", stated("150", "100", "200", project="chat"), stated("150", "100", "200", project="ops")
    )
    apart = three(company, "productivity_value")
    assert apart[2] - apart[0] == pytest.approx(2 * 50 * math.hypot(100, 50), rel=0.03)
    assert apart[2] - apart[0] < 0.85 * (whole[2] - whole[0])


def test_dated_values_share_their_quantile(company: Company) -> None:
    company.put("benefit", hours("chat", 100.0, "2026-02-05"))
    both = (stated("100", "80", "120"), stated("100", "60", "140", start=date(2026, 2, 1)))
    company.assume("hourly_rate", *both)
    low, middle, high = three(company, "productivity_value", period="ytd", draws=50_000)
    assert middle == pytest.approx(250 * 100, rel=0.01)
    assert high - low == pytest.approx(150 * 40 + 100 * 80, rel=0.02)  # the widths add up: they move together


# --- statements against brute force


def brute(company: Company, name: str, draws: int, texts: Callable[[int], list[str]], period: str = "2026-01") -> Any:
    """Percentiles of as many what-ifs, through the exact ledger."""
    span, values = company.workspace.calendar.parse(period, company.now), []
    with company.ledger.desk(company.now) as desk:
        for draw in range(draws):
            other = SupposedDesk(desk, [read_change(text) for text in texts(draw)])
            values.append(float(amounts(other, Scope(period=span)).known[name] or 0))
    return np.quantile(values, [0.1, 0.5, 0.9])


def test_a_formula_that_bends_is_drawn_row_by_row(company: Company) -> None:
    """greatest(0, baseline − incidents) with an uncertain baseline: the same draws as what-ifs give the same range."""
    company.assume("baseline_incidents", stated("4", "0.5", "7", "triangular", "chat"),
                   stated("4", "1", "9", "uniform", "ops"))  # fmt: skip
    company.assume("avg_incident_cost", stated("1000", "600", "1500", "pert"))
    at = [probabilities(1, name, Span(0, 100)) for name in
          ("baseline_incidents@chat", "baseline_incidents@ops", "avg_incident_cost")]  # fmt: skip
    drawn = [quantiles("triangular", 4, 0.5, 7, at[0]), quantiles("uniform", 4, 1, 9, at[1]),
             quantiles("pert", 1000, 600, 1500, at[2])]  # fmt: skip

    def texts(draw: int) -> list[str]:
        names = ("baseline_incidents@chat", "baseline_incidents@ops", "avg_incident_cost")
        return [f"{name}={values[draw]:.9f}" for name, values in zip(names, drawn, strict=True)]

    found = three(company, "net_value", draws=100)
    assert found == pytest.approx(brute(company, "net_value", 100, texts), abs=0.02)


def test_a_month_that_is_not_over_has_its_share_of_a_baseline(company: Company) -> None:
    """15 of 30 days of April are over: half of the baseline, and of its range."""
    company.assume("baseline_incidents", stated("4", "2", "8", "uniform", "chat"), stated("0", project="ops"))
    found = three(company, "incident_value", period="2026-04", draws=100_000)
    assert found == pytest.approx([1000 * (2 + 6 * share) / 2 for share in (0.1, 0.5, 0.9)], rel=0.01)


def test_shared_benefits_are_shared_in_every_draw(company: Company) -> None:
    """Both claim the same hours; the pool counts 12 000 at most: at a high rate the cap holds."""
    weights = {"chat": D(1), "ops": D(1)}
    pool = BenefitPool(name="both", category="productivity_value", baseline=D(12_000), projects=weights)
    company.declare(benefit_pools=(pool,))
    company.assume("hourly_rate", stated("150", "100", "200", "uniform"))
    # 100 h and 50 h, half of each counts: 75 h × rate, at most 12 000
    assert three(company, "productivity_value", draws=50_000) == pytest.approx((75 * 110, 75 * 150, 12_000), rel=0.01)
    assert three(company, "productivity_value", draws=50_000, project="ops") == pytest.approx(
        (25 * 110, 25 * 150, 4_000), rel=0.01)  # fmt: skip


def test_the_headline_rule_holds_in_every_draw(company: Company) -> None:
    company.assume("hourly_rate", stated("150", "100", "200", "uniform"))
    company.assume("avg_incident_cost", stated("1000", "500", "1500", "uniform"))
    company.declare(headline=Headline(realisations=("capacity",)))
    made = ranges(company, draws=20_000)
    assert made.lines["incident_value"].p90 == 0
    assert float(made.lines["total_value"].p90 or 0) == pytest.approx(150 * 190, rel=0.01)


def test_decay_takes_its_share_in_every_draw(company: Company) -> None:
    """Accuracy 0.6 against 0.75: four fifths of what the project saves count."""
    rest = Resting(category="productivity_value", figure="accuracy", baseline=D("0.75"))
    company.declare(Project(id="chat", name="chat", category="platform", rests_on=(rest,)))
    company.put("evaluation", {"time": "2026-01-05", "project": "chat", "model": "m", "value": 0.6})
    company.assume("hourly_rate", stated("150", "100", "200", "uniform"))
    found = three(company, "productivity_value", draws=50_000)
    assert found == pytest.approx([(80 + 50) * rate for rate in (110, 150, 190)], rel=0.01)


def test_the_limit_of_a_pool_may_be_uncertain_too(company: Company) -> None:
    """75 hours × 150 = 11 250, capped at a baseline between 5 000 and 25 000: from 11 250 on the cap does nothing."""
    weights = {"chat": D(1), "ops": D(1)}
    pool = BenefitPool(name="both", category="productivity_value", assumption="avg_fine_value", projects=weights)
    company.declare(benefit_pools=(pool,))
    company.assume("avg_fine_value", stated("15000", "5000", "25000", "uniform"))
    assert three(company, "productivity_value", draws=50_000) == pytest.approx((7_000, 11_250, 11_250), rel=0.01)


@pytest.mark.parametrize("total", list(Total))
def test_a_total_is_drawn_however_it_is_taken(company: Company, total: Total) -> None:
    """Value made per month and project and added up, or made anew from the sums: the same draws."""
    methodology = company.workspace.methodology
    other = msgspec.structs.replace(methodology.definitions["total_monthly_value"], total=total)
    definitions = {**methodology.definitions, "total_monthly_value": other}
    company.declare(methodology=msgspec.structs.replace(methodology, definitions=definitions))
    company.assume("hourly_rate", stated("150", "100", "200", "uniform"))
    assert three(company, "total_value", draws=50_000) == pytest.approx(
        [150 * rate + 4000 for rate in (110, 150, 190)], rel=0.01)  # fmt: skip


def test_a_methodology_without_totals_has_them_all_the_same(company: Company) -> None:
    methodology = company.workspace.methodology
    left = {
        name: one for name, one in methodology.definitions.items() if one.section == "value" or one.total is Total.SUM
    }
    company.declare(methodology=msgspec.structs.replace(methodology, definitions=left))
    company.assume("hourly_rate", stated("150", "100", "200", "uniform"))
    assert three(company, draws=50_000) == pytest.approx(
        [150 * rate + 4000 - 10_000 for rate in (110, 150, 190)], rel=0.01
    )
    assert three(company, "roi_percent", draws=50_000)[1] == pytest.approx(165, rel=0.02)


def test_entries_have_the_ranges_of_their_row(company: Company) -> None:
    company.assume("hourly_rate", stated("150", "100", "200", "uniform"))
    company.assume("baseline_incidents", stated("4", "2", "8", "uniform", "chat"), stated("4", project="ops"))
    january = (date(2026, 1, 1), date(2026, 2, 1))
    with company.ledger.desk(company.now) as desk:
        found = entry_ranges(desk, january)
        one = entry_ranges(desk, january, "chat")
    assert set(found) == {(january[0], "chat", "productivity_value"), (january[0], "ops", "productivity_value"),
                          (january[0], "chat", "incident_value"), (january[0], "ops", "incident_value")}  # fmt: skip
    assert one == {key: value for key, value in found.items() if key[1] == "chat"}
    for project in ("chat", "ops"):
        for category in ("productivity_value", "incident_value"):
            line = ranges(company, project=project).lines[category]
            assert found[january[0], project, category] == (line.p10, line.p90)
    assert found[january[0], "ops", "incident_value"] == (D(1000), D(1000))


# --- what is said


def test_without_ranges_everything_stands_still_and_is_said(company: Company) -> None:
    made = ranges(company)
    for line in made.lines.values():
        assert (line.p10, line.p50, line.p90) == (line.value,) * 3
    assert made.chance_of_return == 1
    assert made.uncertain == ()
    assert {"hourly_rate", "realisation_rate", "avg_incident_cost"} <= set(made.exact)


def test_what_was_drawn_is_named(company: Company) -> None:
    company.assume("hourly_rate", stated("150", "100", "200", "pert"), stated("90", "80", "99", "uniform", "ops"))
    (one,) = ranges(company).uncertain
    assert (one.name, one.scopes, one.distributions, one.source) == (
        "hourly_rate",
        2,
        ("pert", "uniform"),
        "assumption",
    )


def test_the_same_seed_gives_the_same_numbers(company: Company) -> None:
    company.assume("hourly_rate", stated("150", "100", "200"))
    company.assume("baseline_incidents", stated("4", "2", "8", "uniform", "chat"))
    first, again, other = ranges(company), ranges(company), ranges(company, seed=2)
    assert (first.lines, first.seed, first.draws) == (again.lines, 1, 10_000)
    assert first.lines["net_value"].p10 != other.lines["net_value"].p10
    more = ranges(company, draws=25_000)
    assert float(more.lines["net_value"].p50 or 0) == pytest.approx(float(first.lines["net_value"].p50 or 0), rel=0.02)


def test_an_unknown_figure_has_no_range_and_a_reason(company: Company) -> None:
    company.assume("hourly_rate", stated("150", "100", "200"))
    line = ranges(company, period="2025-12").lines["roi_percent"]
    assert (line.value, line.p10, line.p50, line.p90) == (None, None, None, None)
    assert line.reason
    assert ranges(company, period="2025-12").chance_of_return is None


@pytest.mark.parametrize("draws", [0, 99, 1_000_001])
def test_draws_that_say_nothing_or_take_too_long(company: Company, draws: int) -> None:
    with pytest.raises(UsageProblem, match="ask for 100 to 1,000,000"):
        ranges(company, draws=draws)


# --- coverage


def test_nominal_eighty_percent_cover_the_truth(company: Company) -> None:
    """Truths from the declared distributions, each the net value of a what-if: 77 to 83 % of them lie inside.

    Two rates, a cost and a bent baseline; 1000 truths have a standard error of 1.3 points.
    """
    company.assume("hourly_rate", stated("150", "120", "260", "lognormal"), stated("90", "60", "130", "pert", "ops"))
    company.assume("avg_incident_cost", stated("1000", "700", "1800", "normal"))
    company.assume("baseline_incidents", stated("4", "1", "8", "triangular", "chat"), stated("2", project="ops"))
    low, _, high = three(company)
    truth = np.random.default_rng(11)
    rate = quantiles("lognormal", 150, 120, 260, truth.random(1000))
    own = quantiles("pert", 90, 60, 130, truth.random(1000))
    cost = quantiles("normal", 1000, 700, 1800, truth.random(1000))
    before = quantiles("triangular", 4, 1, 8, truth.random(1000))
    value = 100 * rate + 50 * own + np.maximum(0, before - 2) * cost - 10_000  # the ledger's answer, as checked below
    texts = [f"hourly_rate={rate[0]:.9f}", f"hourly_rate@ops={own[0]:.9f}", f"avg_incident_cost={cost[0]:.9f}",
             f"baseline_incidents@chat={before[0]:.9f}"]  # fmt: skip
    assert brute(company, "net_value", 1, lambda _: texts)[1] == pytest.approx(value[0], abs=0.01)
    covered = np.mean((low <= value) & (value <= high))
    assert 0.77 <= covered <= 0.83


def test_survey_answers_cover_the_truth(new_company: Callable[..., Company]) -> None:
    """What a sample says of everybody: a net promoter score that is worth money, from 60 answers, again and again.

    Truth: 45 % promoters, 25 % detractors. The interval is drawn from each sample's own spread.
    """
    rng, covered, samples = np.random.default_rng(12), 0, 400
    company = new_company()
    formula = "(nps_promoters - nps_detractors) * hourly_rate"
    methodology = company.workspace.methodology
    other = msgspec.structs.replace(methodology.definitions["productivity_value"], formula=formula,
                                    expression=parse(formula))  # fmt: skip
    definitions = {**methodology.definitions, "productivity_value": other}
    projects = [f"p{number}" for number in range(samples)]
    company.declare(*(Project(id=name, name=name, category="platform") for name in projects),
                    methodology=msgspec.structs.replace(methodology, definitions=definitions))  # fmt: skip
    company.assume("hourly_rate", stated("1"))
    scores = rng.choice([10.0, 8.0, 3.0], size=(samples, 60), p=[0.45, 0.30, 0.25])
    company.put("survey", *(
        {"time": "2026-01-05", "project": project, "kind": "nps", "score": float(score)}
        for project, answers in zip(projects, scores, strict=True) for score in answers
    ))  # fmt: skip
    with company.ledger.desk(company.now) as desk:
        found = entry_ranges(desk, (date(2026, 1, 1), date(2026, 2, 1)), draws=2_000)
    for project in projects:
        low, high = found[date(2026, 1, 1), project, "productivity_value"]
        covered += low <= 60 * D("0.20") <= high
    assert 0.75 <= covered / samples <= 0.85  # counts are whole numbers: the interval is a little coarse
