"""From an effect and its standard error to an interval, a p-value, and how much data would be enough.

Distributions are those of `scipy.special`: `scipy.stats` has the same and takes a second to load.

Power: an effect d is shown with power 80 % at level 1 − a where d ≥ (z(1−a/2) + z(0.8)) × standard error (Cohen 1988).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, inf

from scipy import special

from breakeven.evidence.results import Check, Estimate, rounded, short

POWER = 0.8


def estimate(
    effect: float,
    error: float,
    degrees: float,
    level: float,
    *,
    relative: tuple[float, float] | None = None,
    z_pooled: float | None = None,
) -> Estimate:
    """The estimate of an effect; `relative` is the share and its standard error."""
    normal = float(special.ndtri((1 + level) / 2))
    reach = normal if degrees == inf else float(special.stdtrit(degrees, (1 + level) / 2))
    statistic = effect / error if error else (inf if effect > 0 else -inf if effect < 0 else 0.0)
    return rounded(Estimate(
        effect=effect, standard_error=error, low=effect - reach * error, high=effect + reach * error,
        low_normal=effect - normal * error, high_normal=effect + normal * error, level=level, statistic=statistic,
        degrees=None if degrees == inf else degrees, p_value=two_sided(statistic, degrees),
        detectable=_multiple(level) * error,
        relative=None if relative is None else relative[0],
        relative_error=None if relative is None else relative[1], z_pooled=z_pooled,
    ))  # fmt: skip


def two_sided(statistic: float, degrees: float) -> float:
    """p-value of a t statistic; with infinite degrees of a normal one."""
    tail = -abs(statistic)
    return float(2 * (special.ndtr(tail) if degrees == inf else special.stdtr(degrees, tail)))


def chance(seen: Sequence[Sequence[float]], expected: Sequence[Sequence[float]], degrees: int) -> float:
    """p-value of Pearson's χ² test: how often chance alone is as far from what is expected."""
    pairs = [pair for row in zip(seen, expected, strict=True) for pair in zip(*row, strict=True)]
    return float(special.chdtrc(degrees, sum((count - wanted) ** 2 / wanted for count, wanted in pairs if wanted)))


def _multiple(level: float) -> float:
    return float(special.ndtri((1 + level) / 2) + special.ndtri(POWER))


def precise(found: Estimate, wanted: float | None) -> Check:
    """Whether the data can answer: they show an effect, or would have shown one of the size that matters.

    `wanted` is the smallest effect that matters, where it is declared.
    """
    percent = f"{found.level:.3g}".removeprefix("0.").ljust(2, "0")
    interval = f"the {percent} % interval runs from {short(found.low)} to {short(found.high)}"
    if wanted is not None:
        enough = found.detectable <= wanted
        size = f"an effect of {short(found.detectable)} or more is shown with a power of {POWER:.0%}"
        words = f"{size}, and {short(wanted)} matters" if enough else f"only {size}, but {short(wanted)} matters"
        return Check(name="precision", passed=enough, value=found.detectable, words=words)
    apart = found.low > 0 or found.high < 0
    words = interval if apart else f"{interval}: an effect cannot be told from none"
    return Check(name="precision", passed=apart, value=found.p_value, words=words)


def times_more(found: Estimate, wanted: float | None) -> float:
    """How many times as much data would show the effect that matters (else the one that was seen)."""
    size = abs(wanted if wanted is not None else found.effect)
    return inf if size == 0 else max(1.0, (found.detectable / size) ** 2)


def enough(n: int, times: float) -> int:
    """`n` made larger; never the same number again."""
    return max(ceil(n * times), n + 1)
