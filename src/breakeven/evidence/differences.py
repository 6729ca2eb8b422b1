"""Difference-in-differences: what changed where the change was made, less what changed where it was not.

Units (projects, models, teams) with the same periods before and after. With every unit in every period the estimate of
a regression with unit and period effects is exactly the difference of mean changes. Its error depends on how many
units there are, because values of one unit are not independent (Bertrand, Duflo and Mullainathan 2004):

- 5 or more units on each side: each unit is one observation, its change; Welch's t test of the changes (errors
  clustered by unit);
- fewer treated units, 10 or more for comparison: the spread of the changes among the units that did not change says how
  far a change may lie by chance (Conley and Taber 2011), Student's t with their number − 1;
- fewer: the series of differences between the means of both sides, before against after, with errors that hang
  together in time (`serial.py`); that needs enough periods.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt

import numpy as np
import numpy.typing as npt

from breakeven.evidence.power import enough, estimate, precise, times_more, two_sided
from breakeven.evidence.questions import Panel, Rule
from breakeven.evidence.results import Answer, Arm, Check, Estimate, Finding, Named, kept, refused, short
from breakeven.evidence.serial import SINGULAR, Floats, fitted

CLUSTERS = 5
"""Units that each side needs for errors clustered by unit."""
COMPARISONS = 10
"""Comparison units from which their spread can be told."""
PERIODS = 8
"""Periods that each side of the change needs where units are few."""
ALARM = 0.025
"""p-value below which the sides count as moving apart before the change: 5 % ÷ two checks (Bonferroni)."""


class Difference(Answer, frozen=True, kw_only=True):
    """A difference between the sides and its error."""

    effect: float
    error: float
    degrees: float

    @property
    def p_value(self) -> float:
        """Of no difference."""
        return two_sided(self.effect / self.error, self.degrees)


def difference_in_differences(panel: Panel, rule: Rule) -> Finding:
    """The effect of a change that was made in some units only, or why there is none."""
    method = "difference in differences"
    kept_units = [i for i, row in enumerate(panel.values) if None not in row]
    left_out = [panel.units[i] for i in range(len(panel.units)) if i not in kept_units]
    values = np.array([panel.values[i] for i in kept_units], np.float64).reshape(len(kept_units), len(panel.periods))
    treated = np.array([panel.treated[i] for i in kept_units], bool)
    arms = _arms(values, treated, panel.change)
    checks = [_sides(panel, treated, left_out), *_periods(panel, treated, rule)]
    if not all(check.passed for check in checks):
        return refused(method, arms, checks, needed=_more(panel, treated, rule, checks))
    how, words = _how(treated)
    method = f"{method}, {words}"
    made, checks = _checked(panel, values, treated, rule, how, checks)
    if made is None or not all(check.passed for check in checks):
        return refused(method, arms, checks, needed=_wanted(panel, treated, rule, checks, made))
    counts = (Named(name="treated_units", value=int(treated.sum())),
              Named(name="comparison_units", value=int((~treated).sum())))  # fmt: skip
    return Finding(method=method, arms=arms, checks=tuple(checks), estimate=made, grade="B", details=counts)


def _checked(
    panel: Panel, values: Floats, treated: npt.NDArray[np.bool_], rule: Rule, how: str, checks: list[Check]
) -> tuple[Estimate | None, list[Check]]:
    """The estimate, and the checks with pre-trend, placebo and precision."""
    early = values[:, : panel.change]
    checks = [*checks, _apart("pre_trend", "before the change both sides move alike", "before the change the sides "
                              "already move apart", _slopes(early, treated, how)),
              _apart("placebo", "no effect half-way before the change", "an effect is found half-way before the "
                     "change too", _change(early, treated, max(1, panel.change // 2), how))]  # fmt: skip
    found = _change(values, treated, panel.change, how)
    if found is None:
        words = "the figure does not vary: its change has no error"
        return None, [*checks, Check(name="spread", passed=False, value=None, words=words)]
    without = float(values[treated][:, panel.change :].mean()) - found.effect
    after = without + found.effect
    relative = (found.effect / without, found.error * abs(after) / without**2) if without else None
    made = estimate(found.effect, found.error, found.degrees, rule.level, relative=relative)
    return made, [*checks, precise(made, rule.detectable)]


def _how(treated: npt.NDArray[np.bool_]) -> tuple[str, str]:
    """Where the error comes from."""
    changed, others = int(treated.sum()), int((~treated).sum())
    if min(changed, others) >= CLUSTERS:
        return "clusters", "errors clustered by unit"
    if others >= COMPARISONS:
        return "spread", "error from the spread among the comparison units (Conley and Taber)"
    return "series", "error from the series of differences"


def _change(values: Floats, treated: npt.NDArray[np.bool_], change: int, how: str) -> Difference | None:
    if how == "series":
        after = (np.arange(values.shape[1]) >= change).astype(np.float64)
        return _of_series(values, treated, np.column_stack([np.ones_like(after), after]))
    changes = values[:, change:].mean(axis=1) - values[:, :change].mean(axis=1)
    return _of_units(changes, treated, how)


def _slopes(values: Floats, treated: npt.NDArray[np.bool_], how: str) -> Difference | None:
    """Difference of the trends of both sides."""
    time = np.arange(values.shape[1], dtype=np.float64)
    if how == "series":
        return _of_series(values, treated, np.column_stack([np.ones_like(time), time]))
    centred = time - time.mean()
    return _of_units(values @ centred / float(centred @ centred), treated, how)


def _of_units(numbers: Floats, treated: npt.NDArray[np.bool_], how: str) -> Difference | None:
    """Difference of the means of a number per unit."""
    here, there = numbers[treated], numbers[~treated]
    effect = float(here.mean() - there.mean())
    if how == "clusters":
        parts = (float(here.var(ddof=1)) / len(here), float(there.var(ddof=1)) / len(there))
        below = parts[0] ** 2 / (len(here) - 1) + parts[1] ** 2 / (len(there) - 1)
        error, degrees = sqrt(sum(parts)), sum(parts) ** 2 / below if below else 1.0
    else:
        spread = float(there.std(ddof=1))
        error, degrees = spread * sqrt(1 / len(here) + 1 / len(there)), float(len(there) - 1)
    if error <= SINGULAR * float(np.abs(numbers).max()):
        return None
    return Difference(effect=effect, error=error, degrees=degrees)


def _of_series(values: Floats, treated: npt.NDArray[np.bool_], design: Floats) -> Difference | None:
    gap = values[treated].mean(axis=0) - values[~treated].mean(axis=0)
    fit = fitted(gap, design, np.array([0.0, 1.0]))
    return None if fit is None else Difference(effect=fit.effect, error=fit.error, degrees=fit.degrees)


# --- checks


def _apart(name: str, fine: str, wrong: str, found: Difference | None) -> Check:
    if found is None:
        words = f"{name.replace('_', '-')}: it cannot be told, too few periods or no variation before the change"
        return Check(name=name, passed=False, value=None, words=words)
    p = found.p_value
    said = f"{fine if p >= ALARM else wrong}: p = {short(p)}"
    return Check(name=name, passed=p >= ALARM, value=kept(p), words=said)


def _sides(panel: Panel, treated: npt.NDArray[np.bool_], left_out: Sequence[str]) -> Check:
    changed, others = int(treated.sum()), int((~treated).sum())
    both = f"{counted(changed, panel.whose)} with the change and {others:,} for comparison"
    words = f"{both}, with a value in every period"
    if left_out:
        shown = ", ".join(left_out[:3]) + (f" and {len(left_out) - 3} more" if len(left_out) > 3 else "")
        words += f"; left out for missing values: {shown}"
    return Check(name="units", passed=bool(changed and others), value=changed + others, words=words)


def counted(n: int, what: str) -> str:
    """A number of things, in words: 1 project, 3 projects."""
    return f"{n:,} {what.removesuffix('s') if n == 1 else what}"


def _periods(panel: Panel, treated: npt.NDArray[np.bool_], rule: Rule) -> list[Check]:
    least = _least(treated, rule)
    before, after = panel.change, len(panel.periods) - panel.change
    found = []
    for name, n, wanted in (("before", before, max(least, 3)), ("after", after, least)):
        words = f"{n} {panel.unit} {name} the change, at least {wanted} are needed"
        found.append(Check(name=f"minimum_{name}", passed=n >= wanted, value=n, words=words))
    return found


def _least(treated: npt.NDArray[np.bool_], rule: Rule) -> int:
    """Periods on each side: where units are few, the periods must tell the error."""
    return max(rule.minimum, PERIODS) if _how(treated)[0] == "series" else max(rule.minimum, 2)


def _arms(values: Floats, treated: npt.NDArray[np.bool_], change: int) -> tuple[Arm, ...]:
    found = []
    for side, rows in (("treated", values[treated]), ("comparison", values[~treated])):
        for when, part in (("before", rows[:, :change]), ("after", rows[:, change:])):
            mean = kept(float(part.mean())) if part.size else None
            spread = kept(float(part.std(ddof=1))) if part.size > 1 else None
            found.append(Arm(name=f"{side}_{when}", n=int(part.size), mean=mean, deviation=spread))
    return tuple(found)


# --- what would be enough


def _more(panel: Panel, treated: npt.NDArray[np.bool_], rule: Rule, checks: Sequence[Check]) -> str:
    failed = {check.name for check in checks if not check.passed}
    said = []
    if "units" in failed:
        said.append(f"{panel.whose} with the change and for comparison, with a value in every period")
    if failed & {"minimum_before", "minimum_after"}:
        least = _least(treated, rule)
        said.append(f"{max(least, 3)} {panel.unit} before the change and {least} after it, "
                    f"or {COMPARISONS} {panel.whose} for comparison")  # fmt: skip
    return "; ".join(said)


def _wanted(
    panel: Panel, treated: npt.NDArray[np.bool_], rule: Rule, checks: Sequence[Check], made: Estimate | None
) -> str:
    failed = {check.name for check in checks if not check.passed}
    said = []
    if failed & {"pre_trend", "placebo"}:
        said.append(f"{panel.whose} for comparison that moved alike before the change, or more {panel.unit} before it")
    if "spread" in failed:
        said.append("a figure that varies")
    if "precision" in failed and made is not None:
        times = min(times_more(made, rule.detectable), 1000.0)
        changed, after = int(treated.sum()), len(panel.periods) - panel.change
        if _how(treated)[0] == "series":
            said.append(f"about {enough(after, times):,} {panel.unit} after the change (now {after})")
        else:
            said.append(f"about {enough(changed, times):,} {panel.whose} with the change (now {changed})")
    return "; ".join(said)
