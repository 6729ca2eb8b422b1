"""Distributions of what is not known exactly, each as its quantile function: the value at a probability.

`value`, `low` and `high` are what a person states. Fixed: always the value. Uniform, triangular and PERT lie between
low and high (triangular and PERT have their mode at the value). Normal and lognormal have low and high as their 10 %
and 90 % points and the value as their median; where the value is not in the middle they are two halves with a spread
each (two-piece normal, Fechner 1897; Wallis 2014), joined at the median, so that all three points are met exactly.

PERT is the beta distribution of Malcolm, Roseboom, Clark & Fazar (1959) with weight 4 on the mode: mean (low + 4 mode +
high) / 6; see Vose, Risk Analysis (2008), 402.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv, ndtr, ndtri

Shape = Literal["fixed", "uniform", "triangular", "normal", "lognormal", "pert"]
Numbers = NDArray[np.float64]

TAIL = float(ndtri(0.9))
"""Standard deviations between the median and the 90 % point of a normal distribution: 1.2816."""
PERT_WEIGHT = 4.0
"""How much more the mode of a PERT counts than its ends."""


def quantiles(shape: Shape, value: float, low: float | None, high: float | None, at: Numbers) -> Numbers:
    """The values at some probabilities, each above 0 and below 1. Without a range: the value everywhere.

    Raises ValueError for a lognormal distribution that does not lie above 0.
    """
    if shape == "fixed" or low is None or high is None or low == high:
        return np.full(len(at), value)
    match shape:
        case "uniform":
            return low + (high - low) * at
        case "triangular":
            return _triangular(value, low, high, at)
        case "pert":
            rise = PERT_WEIGHT * (value - low) / (high - low)
            share: Numbers = betaincinv(1 + rise, 1 + PERT_WEIGHT - rise, at)
            beta: Numbers = low + (high - low) * share
            return beta
        case "normal":
            z: Numbers = ndtri(at)
            return value + z / TAIL * np.where(z < 0, np.float64(value - low), np.float64(high - value))
        case _:
            if low <= 0:
                raise ValueError(f"a lognormal distribution lies above 0, its low end is {low}")
            z = ndtri(at)
            exponents: Numbers = z / TAIL * np.where(z < 0, np.log(value / low), np.log(high / value))
            return value * np.exp(exponents)


def _triangular(mode: float, low: float, high: float, at: Numbers) -> Numbers:
    width, turn = high - low, (mode - low) / (high - low)
    rising = low + np.sqrt(at * width * (mode - low))
    falling = high - np.sqrt((1 - at) * width * (high - mode))
    return np.where(at < turn, rising, falling)


def correlated(own: Numbers, other: Numbers, correlation: float) -> Numbers:
    """Probabilities that are correlated with others: both are those of normal numbers with that correlation."""
    z: Numbers = correlation * ndtri(other) + np.sqrt(1 - correlation**2) * ndtri(own)
    found: Numbers = ndtr(z)
    return found
