"""Arms of a randomised experiment: against SciPy and statsmodels, and every reason to refuse."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.power import TTestIndPower
from statsmodels.stats.proportion import proportions_ztest
from statsmodels.stats.weightstats import CompareMeans, DescrStatsW

from breakeven.evidence.questions import Sample, Trial
from breakeven.evidence.randomised import compare
from breakeven.evidence.results import Check, Estimate, Finding

RANDOM = np.random.default_rng(20260101)


def sample(name: str, values: Any, assigned: int | None = None) -> Sample:
    values = np.asarray(values, float)
    variance = float(values.var(ddof=1)) if len(values) > 1 else None
    return Sample(name=name, assigned=assigned or len(values), n=len(values), mean=float(values.mean()),
                  variance=variance)  # fmt: skip


def trial(**changes: Any) -> Trial:
    return msgspec.structs.replace(Trial(control="a", treatment="b"), **changes)


def check_of(finding: Finding, name: str) -> Check:
    return next(check for check in finding.checks if check.name == name)


def estimate_of(finding: Finding) -> Estimate:
    assert finding.estimate is not None, finding.refusal
    return finding.estimate


def test_means_are_those_of_scipy_and_statsmodels() -> None:
    a, b = RANDOM.gamma(2, 50, 400), RANDOM.gamma(2, 70, 430)
    found = estimate_of(compare([sample("a", a), sample("b", b)], trial()))
    welch = stats.ttest_ind(b, a, equal_var=False)
    interval = welch.confidence_interval(0.95)
    assert found.effect == pytest.approx(b.mean() - a.mean(), rel=1e-11)
    assert found.statistic == pytest.approx(welch.statistic, rel=1e-10)
    assert found.p_value == pytest.approx(welch.pvalue, rel=1e-9)
    assert found.degrees == pytest.approx(welch.df, rel=1e-10)
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high), rel=1e-10)
    both = CompareMeans(DescrStatsW(b), DescrStatsW(a))
    assert (found.low_normal, found.high_normal) == pytest.approx(both.zconfint_diff(usevar="unequal"), rel=1e-9)


def test_proportions_are_those_of_statsmodels() -> None:
    a, b = np.repeat([1, 0], [120, 480]), np.repeat([1, 0], [190, 430])
    found = estimate_of(compare([sample("a", a), sample("b", b)], trial(proportion=True)))
    z, _ = proportions_ztest([190, 120], [620, 600])
    assert found.z_pooled == pytest.approx(z, rel=1e-10)
    assert found.standard_error == pytest.approx(np.sqrt(0.2 * 0.8 / 600 + 190 / 620 * 430 / 620 / 620), rel=1e-10)
    assert found.degrees is None
    assert (found.low, found.high) == (found.low_normal, found.high_normal)


def test_the_relative_effect_has_the_error_of_the_delta_method() -> None:
    """Against the spread of the ratio over many repetitions."""
    means = RANDOM.normal([100, 130], [20 / 20, 30 / 20], (20_000, 2))
    ratios = means[:, 1] / means[:, 0] - 1
    arms = [Sample(name="a", assigned=400, n=400, mean=100, variance=400),
            Sample(name="b", assigned=400, n=400, mean=130, variance=900)]  # fmt: skip
    found = estimate_of(compare(arms, trial()))
    assert found.relative == pytest.approx(0.3)
    assert found.relative_error == pytest.approx(ratios.std(), rel=0.03)


def test_several_treatments_widen_the_interval() -> None:
    arms = [sample(name, RANDOM.normal(shift, 1, 300)) for name, shift in (("a", 0), ("b", 1), ("c", 2))]
    alone = estimate_of(compare(arms[:2], trial()))
    among = estimate_of(compare(arms, trial(treatments=2)))
    assert among.effect == alone.effect
    assert among.level == pytest.approx(0.975)
    assert among.low < alone.low < alone.high < among.high


def test_the_interval_holds_what_it_promises() -> None:
    """400 skewed experiments: the true difference lies in the 80 % interval in about 80 % of them."""
    inside = 0
    for _ in range(400):
        a, b = RANDOM.exponential(10, 250), RANDOM.exponential(14, 250)
        found = estimate_of(compare([sample("a", a), sample("b", b)], trial(level=0.8, detectable=100)))
        inside += found.low <= 4 <= found.high
    assert 0.74 <= inside / 400 <= 0.86


NORMAL = {name: RANDOM.normal(shift, 1, 300) for name, shift in (("a", 0.0), ("b", 1.0), ("same", 0.02))}
REFUSALS = [
    pytest.param([sample("a", NORMAL["a"])], {}, "no records in b; arms found: a", "records in a and in b", "",
                 id="an arm is missing"),
    pytest.param([sample("a", NORMAL["a"][:20]), sample("b", NORMAL["b"][:20])], {},
                 "20 records with an outcome in a, at least 100 are asked for", "at least 100 records", "minimum_n",
                 id="too few"),
    pytest.param([sample("a", NORMAL["a"]), sample("b", NORMAL["b"][:200])], {},
                 "sample ratio mismatch: 300 : 200 records (a : b), planned 250 : 250", "mended assignment",
                 "sample_ratio", id="sample ratio"),
    pytest.param([sample("a", NORMAL["a"], 330), sample("b", NORMAL["b"], 301)], {},
                 "outcomes are missing more often in one arm", "the outcomes of the records that have none",
                 "attrition", id="attrition"),
    pytest.param([sample("a", NORMAL["a"]), sample("b", NORMAL["b"])], {"mixed": 20, "units": "actors"},
                 "20 of 620 actors were in several arms, more than 1%", "mended assignment", "crossover", id="mixed"),
    pytest.param([sample("a", NORMAL["a"]), sample("b", NORMAL["b"])], {"unnamed": 20, "units": "actors"},
                 "20 records name none of the actors", "which of the actors", "identified", id="unnamed"),
    pytest.param([sample("a", [1] * 5 + [0] * 295), sample("b", [1] * 40 + [0] * 260)], {"proportion": True},
                 "5 records in a on the rarer side", "10 records with the outcome and 10 without", "minimum_events",
                 id="too few events"),
    pytest.param([sample("a", [2] * 300), sample("b", [3] * 300)], {}, "the same everywhere", "that differs",
                 "spread", id="no spread"),
    pytest.param([sample("a", NORMAL["a"]), sample("b", NORMAL["same"])], {}, "an effect cannot be told from none",
                 "to show a difference of", "precision", id="not shown"),
    pytest.param([sample("a", NORMAL["a"]), sample("b", NORMAL["b"])], {"detectable": 0.01},
                 "only an effect of 0.2", "to show a difference of 0.01", "precision", id="not precise enough"),
]  # fmt: skip


@pytest.mark.parametrize(("arms", "changes", "reason", "needed", "failed"), REFUSALS)
def test_refusals(arms: list[Sample], changes: dict[str, Any], reason: str, needed: str, failed: str) -> None:
    found = compare(arms, trial(**changes))
    assert (found.estimate, found.grade) == (None, None)
    assert reason in (found.refusal or "")
    assert needed in (found.needed or "")
    assert [check.name for check in found.checks if not check.passed] == ([failed] if failed else [])


def test_what_would_be_enough_is_what_power_says() -> None:
    """The arms that a refusal asks for have a power of 80 %, as statsmodels counts it."""
    arms = [Sample(name="a", assigned=500, n=500, mean=10, variance=16),
            Sample(name="b", assigned=500, n=500, mean=10.2, variance=16)]  # fmt: skip
    found = compare(arms, trial())
    wanted = int((found.needed or "").split("about ")[1].split(" ")[0].replace(",", ""))
    by_statsmodels = TTestIndPower().solve_power(0.2 / 4, power=0.8, alpha=0.05)
    assert wanted == pytest.approx(by_statsmodels, rel=0.002)


def test_a_declared_size_makes_no_effect_an_answer() -> None:
    arms = [sample("a", NORMAL["a"]), sample("b", NORMAL["same"])]
    found = estimate_of(compare(arms, trial(detectable=0.5)))
    assert found.low < 0 < found.high


def test_planned_shares() -> None:
    arms = [sample("a", NORMAL["a"][:100]), sample("b", NORMAL["b"])]
    assert compare(arms, trial()).refusal is not None
    found = compare(arms, trial(planned={"a": 1, "b": 3}))
    assert check_of(found, "sample_ratio").value == pytest.approx(1)
    assert found.grade == "A"


@pytest.mark.parametrize(("sizes", "lost"), [((600, 620), (5, 9)), ((500, 700, 600), (4, 12, 1))])
def test_the_checks_have_the_p_values_of_scipy(sizes: tuple[int, ...], lost: tuple[int, ...]) -> None:
    arms = [
        Sample(name=name, assigned=size, n=size - gone, mean=float(i), variance=1.0)
        for i, (name, size, gone) in enumerate(zip("abc", sizes, lost, strict=False))
    ]
    found = compare(arms, trial())
    assert check_of(found, "sample_ratio").value == pytest.approx(stats.chisquare(sizes).pvalue, rel=1e-9)
    table = [lost, [size - gone for size, gone in zip(sizes, lost, strict=True)]]
    expected = stats.chi2_contingency(table, correction=False).pvalue
    assert check_of(found, "attrition").value == pytest.approx(expected, rel=1e-9)
