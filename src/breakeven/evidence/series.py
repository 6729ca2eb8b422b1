"""One series before and after a change: with seasons, or as an interrupted time series.

A change that is put at an earlier date, where nothing happened, must show no effect (placebo).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from breakeven.evidence.power import estimate, precise, times_more
from breakeven.evidence.questions import Rule, Series
from breakeven.evidence.results import Arm, Check, Estimate, Finding, Named, kept, refused, short
from breakeven.evidence.serial import Fit, Floats, fitted

YEAR = 12
SEASONS_BEFORE = 24
"""Months before the change from which month of the year and trend can be told apart."""
YEAR_BEFORE = 18
"""Months before the change with which months are compared with those of the year before."""
PLACEBO = 0.05
"""p-value below which an effect at a date where nothing happened counts as found."""


# --- before and after with seasons


def before_after(series: Series, rule: Rule) -> Finding:
    """Months after a change against what the months before let expect.

    24 months before: regression on month of the year, trend and the change. 18 to 23 months before: each month after
    the change less the same month of the year before.
    """
    before = series.change
    regression = before >= SEASONS_BEFORE
    method = "regression on month of the year, trend and the change" if regression else "same months a year before"
    arms = sides(series)
    checks = [_complete(series), *_lengths(series, rule, YEAR_BEFORE)]
    if not all(check.passed for check in checks):
        return refused(method, arms, checks, needed=_more(series, rule, YEAR_BEFORE, checks))
    values = np.array(series.values, np.float64)
    if regression:
        return _judged(
            series, rule, method, checks, _seasonal(values, series.seasons, before), _seasonal_placebo(series)
        )
    return _judged(series, rule, method, checks, _year_on_year(values, before), _year_placebo(values, before))


def _seasonal(values: Floats, seasons: Sequence[int], change: int) -> Fit | None:
    time = np.arange(len(values), dtype=np.float64)
    after = (time >= change).astype(np.float64)
    design = np.column_stack([np.ones_like(time), time, *dummies(seasons), after])
    contrast = np.zeros(design.shape[1])
    contrast[-1] = 1
    return fitted(values, design, contrast)


def _seasonal_placebo(series: Series) -> list[tuple[str, Fit | None]]:
    place = round(series.change * 0.75)  # half-way a second year would be the same as a trend over two years
    early = np.array(series.values[: series.change], np.float64)
    return [(series.names[place], _seasonal(early, series.seasons[: series.change], place))]


def _year_on_year(values: Floats, change: int) -> Fit | None:
    """Mean of the differences to the year before, each side of the change with a mean of its own."""
    differences = values[YEAR:] - values[:-YEAR]
    after = (np.arange(YEAR, len(values)) >= change).astype(np.float64)
    return fitted(differences, np.column_stack([1 - after, after]), np.array([0.0, 1.0]))


def _year_placebo(values: Floats, change: int) -> list[tuple[str, Fit | None]]:
    differences = values[YEAR:change] - values[: change - YEAR]
    return [("the year before", fitted(differences, np.ones((len(differences), 1)), np.array([1.0])))]


# --- interrupted time series


def interrupted(series: Series, rule: Rule) -> Finding:
    """Segmented regression: level and slope before and after the change (Wagner et al. 2002).

    The effect is the mean distance of the periods after the change from the line of those before it. Days get a level
    for each day of the week, months (from 24 before the change) for each month of the year.
    """
    method = "segmented regression (level and slope)"
    arms = sides(series)
    checks = [_complete(series), *_lengths(series, rule, rule.minimum)]
    if not all(check.passed for check in checks):
        return refused(method, arms, checks, needed=_more(series, rule, rule.minimum, checks))
    values, change = np.array(series.values, np.float64), series.change
    fit = _segments(values, series.seasons, change)
    details: tuple[Named, ...] = ()
    if fit is not None:
        level, slope = fit.coefficients[-2:]
        details = (Named(name="level_change", value=kept(level)), Named(name="slope_change", value=kept(slope)))
    return _judged(series, rule, method, checks, fit, _earlier(series, rule), details)


def _segments(values: Floats, seasons: Sequence[int], change: int) -> Fit | None:
    time = np.arange(len(values), dtype=np.float64)
    after = (time >= change).astype(np.float64)
    since = after * (time - change)
    design = np.column_stack([np.ones_like(time), time, *dummies(seasons), after, since])
    contrast = np.zeros(design.shape[1])
    contrast[-2], contrast[-1] = 1, float(since[change:].mean())
    return fitted(values, design, contrast)


def _earlier(series: Series, rule: Rule) -> list[tuple[str, Fit | None]]:
    """The same at up to three dates before the change, seen with the periods before it alone."""
    change, side = series.change, max(rule.minimum // 2, 4)
    places = sorted({round(change * share) for share in (0.25, 0.5, 0.75)})
    early = np.array(series.values[:change], np.float64)
    chosen = [place for place in places if side <= place <= change - side] or [change // 2]
    return [(series.names[place], _segments(early, series.seasons[:change], place)) for place in chosen]


# --- what both share


def dummies(seasons: Sequence[int]) -> list[Floats]:
    """A column for each season but the first."""
    return [np.array([season == one for season in seasons], np.float64) for one in sorted(set(seasons))[1:]]


def sides(series: Series) -> tuple[Arm, Arm]:
    """The periods before and after the change."""
    parts = (("before", series.values[: series.change]), ("after", series.values[series.change :]))
    return tuple(_side(name, [v for v in values if v is not None]) for name, values in parts)  # type: ignore[return-value]


def _side(name: str, known: Sequence[float]) -> Arm:
    spread = kept(float(np.std(known, ddof=1))) if len(known) > 1 else None
    return Arm(name=name, n=len(known), mean=kept(float(np.mean(known))) if known else None, deviation=spread)


def _judged(
    series: Series, rule: Rule, method: str, checks: list[Check], fit: Fit | None,
    placebos: Sequence[tuple[str, Fit | None]], details: tuple[Named, ...] = (),
) -> Finding:  # fmt: skip
    """A finding if the placebos show nothing and the data are precise enough."""
    arms = sides(series)
    checks.append(placebo(placebos))
    if fit is None:
        words = "the figure follows its own pattern without any error, or the pattern cannot be told from the change"
        checks.append(Check(name="spread", passed=False, value=None, words=words))
        return refused(method, arms, checks, needed=f"more {series.unit} before and after the change")
    made = _estimate(series, fit, rule.level)
    checks.append(precise(made, rule.detectable))
    if not all(check.passed for check in checks):
        return refused(method, arms, checks, needed=_wanted(series, checks, made, rule))
    return Finding(method=method, arms=arms, checks=tuple(checks), estimate=made, grade="B",
                   details=(*details, *serial(fit)))  # fmt: skip


def serial(fit: Fit) -> tuple[Named, Named]:
    """How values hang together in time, and the error that most tools print."""
    return (Named(name="autocorrelation", value=kept(fit.correlation)),
            Named(name="newey_west_error", value=kept(fit.newey_west)))  # fmt: skip


def _estimate(series: Series, fit: Fit, level: float) -> Estimate:
    """The relative effect is a share of what would have been without the change: mean after less the effect."""
    after = [value for value in series.values[series.change :] if value is not None]
    without = float(np.mean(after)) - fit.effect
    relative = (fit.effect / without, fit.error * abs(float(np.mean(after))) / without**2) if without else None
    return estimate(fit.effect, fit.error, fit.degrees, level, relative=relative)


def placebo(found: Sequence[tuple[str, Fit | None]]) -> Check:
    """No effect at dates where nothing happened; each is judged at 5 % ÷ their number (Bonferroni)."""
    known = [(name, fit.p_value) for name, fit in found if fit is not None]
    if not known:
        words = "no earlier date can be tried: too little data, or no variation, before the change"
        return Check(name="placebo", passed=False, value=None, words=words)
    name, least = min(known, key=lambda one: one[1])
    passed = least >= PLACEBO / len(known)
    tried = ", ".join(one for one, _ in known)
    words = f"no effect at {tried}: p = {short(least)}" if passed else (
        f"an effect is found at {name} too, where nothing happened: p = {short(least)}")  # fmt: skip
    return Check(name="placebo", passed=passed, value=kept(least), words=words)


def _complete(series: Series) -> Check:
    gaps = [name for name, value in zip(series.names, series.values, strict=True) if value is None]
    shown = ", ".join(gaps[:3]) + (f" and {len(gaps) - 3} more" if len(gaps) > 3 else "")
    words = f"no value in {shown}" if gaps else f"every one of the {len(series.values)} {series.unit} has a value"
    return Check(name="complete", passed=not gaps, value=len(gaps), words=words)


def _lengths(series: Series, rule: Rule, least_before: int) -> list[Check]:
    before, after = series.change, len(series.values) - series.change
    found = []
    for name, n, least in (("before", before, max(least_before, rule.minimum)), ("after", after, rule.minimum)):
        words = f"{n} {series.unit} {name} the change, at least {least} are needed"
        found.append(Check(name=f"minimum_{name}", passed=n >= least, value=n, words=words))
    return found


def _more(series: Series, rule: Rule, least_before: int, checks: Sequence[Check]) -> str:
    failed = {check.name for check in checks if not check.passed}
    said = []
    if "complete" in failed:
        said.append(f"a value in each of the {series.unit}, or a coarser grain")
    if failed & {"minimum_before", "minimum_after"}:
        said.append(f"{max(least_before, rule.minimum)} {series.unit} before the change and {rule.minimum} after it")
    return "; ".join(said)


def _wanted(series: Series, checks: Sequence[Check], made: Estimate, rule: Rule) -> str:
    failed = {check.name for check in checks if not check.passed}
    said = []
    if "placebo" in failed:
        said.append("a comparison project or team that did not change (difference_in_differences)")
    if "precision" in failed:
        after = len(series.values) - series.change
        times = min(times_more(made, rule.detectable), 1000.0)
        said.append(f"about {max(round(after * times), after + 1):,} {series.unit} after the change (now {after})")
    return "; ".join(said)
