"""Least squares over a series of equal periods, with errors that allow for values that hang together in time.

Errors are those of Newey and West (1987), with the lag of their rule of 1994, 4 (n ÷ 100)^(2/9), corrected for small
samples, and with Student's t.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import statsmodels.regression.linear_model as linear

from breakeven.evidence.results import Answer

Floats = npt.NDArray[np.float64]

SINGULAR = 1e-10
"""Errors below this part of the largest value are those of the arithmetic."""


class Fit(Answer, frozen=True, kw_only=True):
    """A contrast of a regression."""

    effect: float
    error: float
    degrees: float
    p_value: float
    coefficients: tuple[float, ...]
    lags: int


def lags_of(n: int) -> int:
    """Lags of the Newey-West estimate for a series of n values."""
    return int(np.floor(4 * (n / 100) ** (2 / 9)))


def fitted(values: Floats, design: Floats, contrast: Floats) -> Fit | None:
    """Least squares with Newey-West errors: a linear combination of its coefficients. None: it cannot be told."""
    n, k = design.shape
    if n - k < 2 or np.linalg.matrix_rank(design) < k:
        return None
    lags = min(lags_of(n), n - k - 1)
    made: Any = linear.OLS(values, design).fit(
        cov_type="HAC", cov_kwds={"maxlags": lags, "use_correction": True}, use_t=True
    )
    test = made.t_test(contrast)
    effect, error = float(np.squeeze(test.effect)), float(np.squeeze(test.sd))
    if not np.isfinite(error) or error <= SINGULAR * float(np.abs(values).max()):
        return None
    coefficients = tuple(float(number) for number in made.params)
    return Fit(effect=effect, error=error, degrees=float(n - k), p_value=float(np.squeeze(test.pvalue)),
               coefficients=coefficients, lags=lags)  # fmt: skip
