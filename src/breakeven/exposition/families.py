"""Metrics as Prometheus has them: families of samples. A sample exists only for what is known: unknown is absent."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Literal, NamedTuple

import msgspec

from breakeven.ledger.results import Number

Kind = Literal["gauge", "counter", "histogram", "info"]
Labels = tuple[tuple[str, str], ...]
"""Names and values, in the order in which they are written."""


class Sample(NamedTuple):
    """One value of a family."""

    labels: Labels
    value: Number
    suffix: str = ""
    """_total, _bucket, _sum, _count, _info; empty for a gauge."""


class Family(msgspec.Struct, frozen=True, kw_only=True):
    """One metric with all its samples."""

    name: str
    """Without the suffix of its samples."""
    kind: Kind
    help: str
    samples: tuple[Sample, ...]


def gauge(name: str, words: str, *samples: tuple[Labels, Number | None]) -> Family:
    """A value that goes up and down; None is left out."""
    known = tuple(Sample(labels, value) for labels, value in samples if value is not None)
    return Family(name=name, kind="gauge", help=words, samples=known)


def counter(name: str, words: str, *samples: tuple[Labels, Number | None]) -> Family:
    """A count that only grows; `name` ends with _total, None is left out."""
    known = tuple(Sample(labels, value, "_total") for labels, value in samples if value is not None)
    return Family(name=name.removesuffix("_total"), kind="counter", help=words, samples=known)


def info(name: str, words: str, labels: Labels) -> Family:
    """What does not change while a process runs, as labels of a 1; `name` ends with _info."""
    return Family(name=name.removesuffix("_info"), kind="info", help=words, samples=(Sample(labels, 1, "_info"),))


class Observed(NamedTuple):
    """A distribution: how many values lie at or below each bound, how many there are, and their sum."""

    labels: Labels
    at_most: tuple[int, ...]
    number: int
    total: Decimal | float


def histogram(name: str, words: str, bounds: Sequence[float], *observed: Observed) -> Family:
    """Distributions over the same bounds."""
    samples: list[Sample] = []
    for one in observed:
        for bound, number in zip(bounds, one.at_most, strict=True):
            samples.append(Sample((*one.labels, ("le", repr(float(bound)))), number, "_bucket"))
        samples.append(Sample((*one.labels, ("le", "+Inf")), one.number, "_bucket"))
        samples.append(Sample(one.labels, one.total, "_sum"))
        samples.append(Sample(one.labels, one.number, "_count"))
    return Family(name=name, kind="histogram", help=words, samples=tuple(samples))


def observed(labels: Labels, bounds: Sequence[float], values: Sequence[Decimal]) -> Observed:
    """The distribution of some values."""
    return Observed(
        labels, tuple(sum(value <= Decimal(str(bound)) for value in values) for bound in bounds), len(values),
        sum(values, Decimal(0)),
    )  # fmt: skip
