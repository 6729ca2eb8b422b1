"""What an experiment answers: a finding with its checks, or a refusal that says what data would allow an answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """Base: immutable, by keyword."""


class Arm(Answer, frozen=True, kw_only=True):
    """One group, or one side of a change."""

    name: str
    n: int
    """Units (or records, or periods) with a known outcome."""
    mean: float | None
    """Mean outcome; None without any."""
    deviation: float | None = None
    """Standard deviation of the outcome; None where it cannot be told."""
    assigned: int | None = None
    """Units that were assigned, those without an outcome included."""


class Check(Answer, frozen=True, kw_only=True):
    """One condition that must hold before an effect is stated."""

    name: str
    passed: bool
    value: float | None
    """The statistic or p-value that decided it."""
    words: str


class Estimate(Answer, frozen=True, kw_only=True):
    """An effect with what is known about its error."""

    effect: float
    standard_error: float
    low: float
    high: float
    """Interval at `level`, with Student's t at `degrees`."""
    low_normal: float
    high_normal: float
    """The same with the normal distribution, as most tools print it."""
    level: float
    statistic: float
    """effect ÷ standard error."""
    degrees: float | None
    """Degrees of freedom of the t distribution; None: the normal distribution."""
    p_value: float
    """Of no effect, two-sided."""
    detectable: float
    """Smallest effect that data like these show with a power of 80 % at `level`."""
    relative: float | None = None
    """Effect as a share of the control's mean (or of what would have been without the change)."""
    relative_error: float | None = None
    """Its standard error, by the delta method."""
    z_pooled: float | None = None
    """Of proportions: the z statistic with the pooled standard error."""


class Named(Answer, frozen=True, kw_only=True):
    """A further number of a method: a change of slope, a number of lags."""

    name: str
    value: float


class Finding(Answer, frozen=True, kw_only=True):
    """What a method says. Either `estimate` is there and all checks have passed, or `refusal` says why not."""

    method: str
    """The method that was used, in words."""
    arms: tuple[Arm, ...]
    checks: tuple[Check, ...] = ()
    estimate: Estimate | None = None
    grade: Literal["A", "B"] | None = None
    refusal: str | None = None
    needed: str | None = None
    """What data would allow an answer."""
    details: tuple[Named, ...] = ()


DIGITS = 12
"""Significant digits that are kept: parallel sums of floats differ beyond them."""


def kept(number: float) -> float:
    """A number at the digits that are the same in every run."""
    return float(f"{number:.{DIGITS}g}")


def rounded(estimate: Estimate) -> Estimate:
    """An estimate at the digits that are kept."""
    fields = msgspec.structs.asdict(estimate)
    return msgspec.structs.replace(
        estimate, **{name: kept(value) for name, value in fields.items() if value is not None}
    )


def refused(
    method: str, arms: Sequence[Arm], checks: Sequence[Check], *, needed: str | None = None, reason: str | None = None
) -> Finding:
    """A refusal; without a reason of its own the failed checks are the reason."""
    why = reason or "; ".join(check.words for check in checks if not check.passed)
    return Finding(method=method, arms=tuple(arms), checks=tuple(checks), refusal=why, needed=needed)


def short(number: float) -> str:
    """A number in words: four significant digits."""
    text = f"{number:.4g}"
    return f"{float(text):,.0f}" if "e+" in text else text
