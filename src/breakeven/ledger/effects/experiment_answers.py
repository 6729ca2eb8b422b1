"""What an experiment answers with, on the command line and in the API."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Literal

from breakeven.evidence.results import Arm, Check, Finding, Named
from breakeven.ledger.measuring.measures import Reading
from breakeven.ledger.results import Result
from breakeven.workspace.definitions import Experiment


class Effect(Result, frozen=True, kw_only=True):
    """What an experiment says of one treatment."""

    name: str
    label: str
    kind: str
    treatment: str | None
    """The arm, or the units in which the change was made."""
    control: str | None
    state: Literal["measured", "refused"]
    grade: Literal["A", "B"] | None
    """A: randomised; B: compared."""
    effect: float | None = None
    standard_error: float | None = None
    unit: str
    interval: tuple[float, float] | None = None
    """At `level`, by Student's t."""
    level: float
    interval_normal: tuple[float, float] | None = None
    """At `level`, by the normal distribution."""
    statistic: float | None = None
    """Effect ÷ standard error: Welch's t."""
    degrees: float | None = None
    """Degrees of freedom; None: normal."""
    p_value: float | None = None
    z_pooled: float | None = None
    """Of proportions: z with the pooled standard error."""
    detectable: float | None = None
    """Smallest effect that these data show with a power of 80 %."""
    relative: float | None = None
    """Effect as a share of the control's mean, or of what would have been without the change."""
    relative_error: float | None = None
    arms: tuple[Arm, ...]
    checks: tuple[Check, ...]
    reason: str | None
    """Why there is no effect."""
    needed: str | None
    """What data would allow an answer."""
    method: str
    details: tuple[Named, ...]
    start: date | None
    """First day that was read."""
    end: date | None
    """Last day that was read."""
    open: bool
    """Whether it goes on."""
    assumptions: tuple[str, ...]
    """What stands on it."""
    owner: str
    data_version: int
    methodology: str
    others: tuple[Effect, ...] = ()
    """The other treatments."""


def answered(
    reading: Reading, asked: Experiment, treatment: str | None, finding: Finding, first: date | None, until: date
) -> Effect:
    """The answer of a finding over the days from `first` to the day before `until`."""
    workspace = reading.workspace
    several = treatment is not None and len(asked.treatments) > 1
    standing = [
        name for name, one in workspace.assumptions.items()
        if one.experiment == asked.name and (not several or one.treatment == treatment)
    ]  # fmt: skip
    return Effect(
        name=asked.name, label=asked.label, kind=asked.kind,
        treatment=treatment or ", ".join(asked.treatments) or None,
        control=asked.control or ", ".join(asked.comparison) or None,
        state="refused" if finding.estimate is None else "measured", grade=finding.grade, unit=asked.unit,
        **_numbers(finding, asked),
        arms=finding.arms, checks=finding.checks, reason=finding.refusal, needed=finding.needed, method=finding.method,
        details=finding.details, start=first, end=until - timedelta(days=1), open=asked.end is None,
        assumptions=tuple(standing), owner=asked.owner, data_version=reading.moment.versions.data,
        methodology=workspace.methodology.version,
    )  # fmt: skip


def _numbers(finding: Finding, asked: Experiment) -> dict[str, Any]:
    made = finding.estimate
    if made is None:
        return {"level": float(asked.level)}
    same = ("effect", "standard_error", "level", "statistic", "degrees", "p_value", "z_pooled", "detectable",
            "relative", "relative_error")  # fmt: skip
    numbers = {name: getattr(made, name) for name in same}
    return numbers | {"interval": (made.low, made.high), "interval_normal": (made.low_normal, made.high_normal)}
