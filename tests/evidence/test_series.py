"""Series before and after a change, and panels: known effects are found, errors are honest, doubt refuses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import statsmodels.api as sm
from statsmodels.regression.linear_model import OLS

from breakeven.evidence.differences import difference_in_differences
from breakeven.evidence.questions import Panel, Rule, Series
from breakeven.evidence.results import Finding
from breakeven.evidence.serial import fitted
from breakeven.evidence.series import before_after, interrupted

Values = Any


def noise(random: np.random.Generator, n: int, hanging: float = 0.0) -> Values:
    """Values whose neighbours hang together."""
    found = random.normal(0, 1, n + 30)
    for i in range(1, n + 30):
        found[i] += hanging * found[i - 1]
    return found[30:]


def months(values: Sequence[float | None] | Values, change: int) -> Series:
    values = [None if value is None else float(value) for value in values]
    names = tuple(f"{2020 + i // 12}-{i % 12 + 1:02}" for i in range(len(values)))
    return Series(names=names, values=tuple(values), seasons=tuple(i % 12 + 1 for i in range(len(values))),
                  change=change)  # fmt: skip


def weeks(values: Values, change: int) -> Series:
    return Series(names=tuple(f"W{i}" for i in range(len(values))), values=tuple(map(float, values)),
                  seasons=(0,) * len(values), change=change, unit="weeks")  # fmt: skip


def failed(finding: Finding) -> list[str]:
    return [check.name for check in finding.checks if not check.passed]


def test_the_error_of_newey_and_west_is_that_of_statsmodels() -> None:
    random = np.random.default_rng(3)
    values = noise(random, 60, 0.5)
    design = np.column_stack([np.ones(60), np.arange(60.0), np.arange(60) >= 40])
    contrast = np.array([0.0, 0.0, 1.0])
    fit = fitted(values, design, contrast)
    assert fit is not None
    made = OLS(values, design).fit(cov_type="HAC", cov_kwds={"maxlags": 3, "use_correction": True})
    assert fit.newey_west == pytest.approx(float(made.bse[2]), rel=1e-9)


def test_without_correlation_it_is_least_squares() -> None:
    """With many independent values the weighing changes next to nothing."""
    random = np.random.default_rng(4)
    values = noise(random, 400)
    design = sm.add_constant((np.arange(400) >= 200).astype(float))
    fit, made = fitted(values, design, np.array([0.0, 1.0])), OLS(values, design).fit()
    assert fit is not None
    assert fit.effect == pytest.approx(float(made.params[1]), abs=0.02)
    assert fit.error == pytest.approx(float(made.bse[1]), rel=0.15)


@pytest.mark.parametrize(("hanging", "n"), [(0.0, 16), (0.0, 60), (0.5, 24), (0.5, 60)])
def test_the_interval_of_a_short_series_holds_what_it_promises(hanging: float, n: int) -> None:
    """200 series without an effect: 0 lies in the 95 % interval in at least 90 % of them."""
    random = np.random.default_rng(n)
    design = np.column_stack([np.ones(n), np.arange(n) >= n // 2]).astype(float)
    outside = 0
    for _ in range(200):
        fit = fitted(noise(random, n, hanging), design, np.array([0.0, 1.0]))
        assert fit is not None
        outside += fit.p_value < 0.05
    assert outside <= 20


def test_a_seasonal_change_is_found() -> None:
    random = np.random.default_rng(7)
    time = np.arange(42)
    values = 100 + 20 * np.sin(time / 12 * 2 * np.pi) + 0.5 * time + noise(random, 42)
    values[36:] += 10
    found = before_after(months(values, 36), Rule(minimum=6))
    assert found.estimate is not None, found.refusal
    assert found.grade == "B"
    assert found.estimate.low < 10 < found.estimate.high
    assert found.estimate.standard_error < 1.5
    assert "regression" in found.method


def test_a_season_is_no_effect() -> None:
    """A plain comparison of six summer months with the rest of the year would show 17."""
    random = np.random.default_rng(8)
    time = np.arange(42)
    values = 100 + 20 * np.sin(time / 12 * 2 * np.pi) + noise(random, 42)
    found = before_after(months(values, 36), Rule(minimum=6, detectable=10))
    assert found.estimate is not None, found.refusal
    assert abs(found.estimate.effect) < 3
    assert abs(values[36:].mean() - values[24:36].mean()) > 10


def test_one_year_and_a_half_before_compares_with_the_year_before() -> None:
    random = np.random.default_rng(9)
    time = np.arange(26)
    values = 50 + 15 * np.cos(time / 12 * 2 * np.pi) + noise(random, 26)
    values[20:] += 8
    found = before_after(months(values, 20), Rule(minimum=6))
    assert found.method == "same months a year before"
    assert found.estimate is not None, found.refusal
    assert found.estimate.low < 8 < found.estimate.high


def test_level_and_slope_of_an_interruption() -> None:
    random = np.random.default_rng(10)
    time = np.arange(40)
    values = 10 + 0.2 * time + 0.3 * noise(random, 40)
    values[24:] += 3 + 0.5 * np.arange(16)
    found = interrupted(weeks(values, 24), Rule(minimum=8))
    assert found.estimate is not None, found.refusal
    details = {detail.name: detail.value for detail in found.details}
    assert details["level_change"] == pytest.approx(3, abs=0.6)
    assert details["slope_change"] == pytest.approx(0.5, abs=0.08)
    assert found.estimate.effect == pytest.approx(3 + 0.5 * 7.5, abs=0.6)
    without = values[24:].mean() - found.estimate.effect
    assert found.estimate.relative == pytest.approx(found.estimate.effect / without)


STEPS = np.repeat([0.0, 6.0, 6.0], [12, 12, 16]) + noise(np.random.default_rng(11), 40)
TIMED = [
    pytest.param(before_after, months(np.ones(17), 12), 6, ["minimum_before", "minimum_after"],
                 "18 months before the change and 6 after it", id="months: too few"),
    pytest.param(before_after, months([*range(30), None, *range(11)], 30), 6, ["complete"], "a value in each",
                 id="months: a gap"),
    pytest.param(before_after, months(np.ones(42), 36), 6, ["placebo", "spread"], "more months", id="months: constant"),
    pytest.param(interrupted, weeks(np.arange(14.0), 7), 8, ["minimum_before", "minimum_after"],
                 "8 weeks before the change and 8 after it", id="weeks: too few"),
    pytest.param(interrupted, weeks(STEPS, 24), 8, ["placebo"], "did not change", id="weeks: placebo"),
    pytest.param(interrupted, weeks(noise(np.random.default_rng(12), 40), 24), 8, ["precision"],
                 "weeks after the change (now 16)", id="weeks: nothing shown"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "series", "minimum", "wanted", "needed"), TIMED)
def test_refusals(method: Any, series: Series, minimum: int, wanted: list[str], needed: str) -> None:
    found = method(series, Rule(minimum=minimum))
    assert (found.estimate, found.grade) == (None, None)
    assert failed(found) == wanted
    assert needed in (found.needed or "")
    assert found.refusal


# --- difference in differences


def panel(values: Values, treated: int, change: int) -> Panel:
    values = np.asarray(values, float)
    units, periods = values.shape
    return Panel(
        periods=tuple(f"P{i}" for i in range(periods)), units=tuple(f"u{i}" for i in range(units)),
        treated=tuple(i < treated for i in range(units)),
        values=tuple(tuple(None if np.isnan(value) else float(value) for value in row) for row in values),
        change=change,
    )  # fmt: skip


def made(seed: int, units: int, treated: int, periods: int, change: int, effect: float, hanging: float = 0.4) -> Values:
    """Units with a level of their own and a season in common."""
    random = np.random.default_rng(seed)
    values = np.stack([noise(random, periods, hanging) + random.normal(0, 5) for _ in range(units)])
    values += 3 * np.sin(np.arange(periods))
    values[:treated, change:] += effect
    return values


def test_it_is_the_regression_with_unit_and_period_effects() -> None:
    values = made(1, 14, 6, 8, 5, 4)
    found = difference_in_differences(panel(values, 6, 5), Rule(minimum=2))
    assert found.estimate is not None, found.refusal
    units, periods = np.indices(values.shape)
    treated = ((units < 6) & (periods >= 5)).ravel().astype(float)
    columns = [*(units.ravel() == i for i in range(14)), *(periods.ravel() == i for i in range(1, 8)), treated]
    design = np.column_stack(columns).astype(float)
    regression = OLS(values.ravel(), design).fit(cov_type="cluster", cov_kwds={"groups": units.ravel()})
    assert found.estimate.effect == pytest.approx(float(regression.params[-1]), rel=1e-9)
    # Clustered by unit, but for the correction of degrees of freedom.
    assert found.estimate.standard_error == pytest.approx(float(regression.bse[-1]), rel=0.15)
    assert "clustered" in found.method


@pytest.mark.parametrize(
    ("units", "treated", "periods", "change"), [(12, 6, 6, 3), (16, 1, 6, 3), (2, 1, 24, 12), (4, 1, 30, 18)]
)
def test_intervals_hold_the_effect(units: int, treated: int, periods: int, change: int) -> None:
    """Of 120 panels with an effect of 4 that are answered, at least 88 % hold it in the 95 % interval."""
    inside = answered = 0
    for seed in range(120):
        values = made(seed + 1000 * units, units, treated, periods, change, 4)
        found = difference_in_differences(panel(values, treated, change), Rule(minimum=2, detectable=1000))
        if found.estimate is not None:
            answered += 1
            inside += found.estimate.low <= 4 <= found.estimate.high
    assert answered >= 90
    assert inside >= 0.88 * answered


def trending() -> Values:
    values = made(5, 16, 1, 10, 6, 0, 0.0)
    values[0] += 3 * np.arange(10)
    return values


def gaps() -> Values:
    values = made(6, 16, 1, 10, 6, 8)
    values[3, 2] = np.nan
    return values


def test_units_without_every_period_are_left_out() -> None:
    found = difference_in_differences(panel(gaps(), 1, 6), Rule(minimum=2))
    assert found.estimate is not None, found.refusal
    assert {detail.name: detail.value for detail in found.details}["comparison_units"] == 14
    assert "left out for missing values: u3" in found.checks[0].words


PANELS = [
    pytest.param(made(2, 3, 1, 10, 5, 4), 1, 5, ["minimum_before", "minimum_after"], "10 projects for comparison",
                 id="few units, few periods"),
    pytest.param(trending(), 1, 6, ["pre_trend", "placebo"], "moved alike", id="pre-trend"),
    pytest.param(made(3, 16, 16, 8, 4, 4), 16, 4, ["units", "minimum_before", "minimum_after"], "for comparison",
                 id="nothing to compare with"),
    pytest.param(made(4, 16, 1, 8, 4, 0), 1, 4, ["precision"], "projects with the change (now 1)", id="not shown"),
    pytest.param(np.ones((16, 8)), 1, 4, ["pre_trend", "placebo", "spread"], "varies", id="constant"),
]  # fmt: skip


@pytest.mark.parametrize(("values", "treated", "change", "wanted", "needed"), PANELS)
def test_panels_that_do_not_answer(values: Values, treated: int, change: int, wanted: list[str], needed: str) -> None:
    found = difference_in_differences(panel(values, treated, change), Rule(minimum=2))
    assert (found.estimate, found.grade) == (None, None)
    assert failed(found) == wanted
    assert needed in (found.needed or "")
    assert found.refusal
