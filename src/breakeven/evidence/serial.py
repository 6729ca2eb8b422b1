"""Least squares over a series of equal periods whose errors hang together in time.

The errors follow an autoregression of the first order. With few periods its coefficient can hardly be told, and a
standard error that takes an estimate of it for true is far too small. So every coefficient counts with its restricted
likelihood (Zellner and Tiao 1964, Patterson and Thompson 1971): the effect is the mean over them, and its variance has
two parts, the mean variance and the spread of the effects. In simulations with 16 to 80 periods and coefficients from 0
to 0.7 the 95 % interval holds the true effect in about 90 to 98 % of the cases; with the error of Newey and West (1987)
in as few as 53 %. That error is given beside it.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from breakeven.evidence.power import two_sided
from breakeven.evidence.results import Answer

Floats = npt.NDArray[np.float64]

SINGULAR = 1e-10
"""Errors below this part of the largest value are those of the arithmetic."""
GRID = np.arange(-50, 96, 5) / 100
"""Coefficients that are weighed, all equally likely beforehand."""
LAGS = (4, 100, 2 / 9)
"""Newey and West's rule of 1994 for the number of lags: 4 (n ÷ 100)^(2/9)."""


class Fit(Answer, frozen=True, kw_only=True):
    """A contrast of a regression."""

    effect: float
    error: float
    degrees: float
    coefficients: tuple[float, ...]
    correlation: float
    """Mean coefficient of the autoregression."""
    newey_west: float
    """The standard error of Newey and West (1987), corrected for small samples."""

    @property
    def p_value(self) -> float:
        """Of no effect, two-sided."""
        return two_sided(self.effect / self.error, self.degrees)


def fitted(values: Floats, design: Floats, contrast: Floats) -> Fit | None:
    """A linear combination of the coefficients of values on design. None: it cannot be told from these data."""
    n, k = design.shape
    if n - k < 2 or np.linalg.matrix_rank(design) < k:
        return None
    parts = [_given(coefficient, values, design, contrast) for coefficient in GRID]
    scores = np.array([score for score, _, _ in parts])
    if not np.isfinite(scores).all():
        return None
    weights = np.exp(scores - scores.max())
    weights /= weights.sum()
    coefficients = np.array([found for _, found, _ in parts])
    effects = coefficients @ contrast
    effect = float(weights @ effects)
    variances = np.array([variance for _, _, variance in parts])
    error = float(np.sqrt(weights @ (variances + (effects - effect) ** 2)))
    if not np.isfinite(error) or error <= SINGULAR * float(np.abs(values).max()):
        return None
    return Fit(effect=effect, error=error, degrees=float(n - k), coefficients=tuple(map(float, weights @ coefficients)),
               correlation=float(weights @ GRID), newey_west=_newey_west(values, design, contrast))  # fmt: skip


def _given(coefficient: float, values: Floats, design: Floats, contrast: Floats) -> tuple[float, Floats, float]:
    """Restricted log-likelihood, coefficients and variance of the contrast, given the coefficient of autoregression."""
    n, k = design.shape
    whole = np.column_stack([design, values])
    first = np.sqrt(1 - coefficient**2) * whole[:1]
    white = np.vstack([first, whole[1:] - coefficient * whole[:-1]])  # Prais and Winsten 1954
    q, r = np.linalg.qr(white[:, :-1])
    found = np.linalg.solve(r, q.T @ white[:, -1])
    rest = float(np.sum((white[:, -1] - white[:, :-1] @ found) ** 2))
    spread = np.linalg.solve(r.T, contrast)
    with np.errstate(divide="ignore"):
        score = np.log(1 - coefficient**2) / 2 - np.log(np.abs(np.diag(r))).sum() - (n - k) / 2 * np.log(rest)
    return float(score), found, rest / (n - k) * float(spread @ spread)


def _newey_west(values: Floats, design: Floats, contrast: Floats) -> float:
    """Least squares with Bartlett's weights up to the lag, times n ÷ (n − k)."""
    n, k = design.shape
    scale, unit, power = LAGS
    lags = min(int(scale * (n / unit) ** power), n - k - 1)
    bread = np.linalg.inv(design.T @ design)
    scores = design * (values - design @ (bread @ design.T @ values))[:, None]
    meat = scores.T @ scores
    for lag in range(1, lags + 1):
        shifted = scores[lag:].T @ scores[:-lag]
        meat += (1 - lag / (lags + 1)) * (shifted + shifted.T)
    spread = bread @ contrast
    return float(np.sqrt(max(0.0, spread @ meat @ spread * n / (n - k))))
