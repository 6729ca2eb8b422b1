"""Arms of a randomised experiment, from the number, mean and variance of each.

Means: Welch's t test (Welch 1947), which does not assume equal variances, with Welch-Satterthwaite degrees of freedom.
Proportions: difference with the unpooled standard error, z test with the pooled one. The relative effect has its error
by the delta method. With k treatments each is compared with the control at level 1 − (1 − level) ÷ k (Bonferroni).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, sqrt

from breakeven.evidence.power import chance, enough, estimate, precise, times_more
from breakeven.evidence.questions import Sample, Trial
from breakeven.evidence.results import Arm, Check, Estimate, Finding, kept, refused, short

EVENTS = 10
"""Of proportions: each arm needs so many units with the outcome and so many without (normal approximation)."""
ALARM = 0.001
"""p-value below which a split or a loss of units is not chance (Fabijan et al. 2019)."""
MIXED = 0.01
"""Share of units that may have been seen in several arms."""


_SAME = Check(name="spread", passed=False, value=0.0, words="the outcome is the same everywhere: it has no error")


def compare(samples: Sequence[Sample], trial: Trial) -> Finding:
    """The effect of a treatment against the control, or why there is none."""
    method = "difference of proportions" if trial.proportion else "difference of means (Welch)"
    by_name = {sample.name: sample for sample in samples}
    arms = [_arm(sample) for sample in samples]
    control, treatment = by_name.get(trial.control), by_name.get(trial.treatment)
    if control is None or treatment is None:
        absent = " and ".join(name for name in (trial.control, trial.treatment) if name not in by_name)
        found = ", ".join(by_name) or "none"
        if trial.mixed and not _mixed(samples, trial).passed:
            return refused(method, arms, [_mixed(samples, trial)], needed="units that stay in one arm")
        return refused(method, arms, (), reason=f"no {trial.units} in {absent}; arms found: {found}",
                       needed=f"{trial.units} in {trial.control} and in {trial.treatment}")  # fmt: skip
    checks = [_split(samples, trial), _lost(samples, trial), _mixed(samples, trial), _named(samples, trial),
              _size(control, treatment, trial)]  # fmt: skip
    if trial.proportion:
        checks.append(_events(control, treatment, trial))
    made = None
    if all(check.passed for check in checks[4:]):
        made = _estimate(control, treatment, trial)
        checks.append(precise(made, trial.detectable) if made is not None else _SAME)
    if made is None or not all(check.passed for check in checks):
        return refused(method, arms, checks, needed=_needed(checks, control, treatment, made, trial))
    return Finding(method=method, arms=tuple(arms), checks=tuple(checks), estimate=made, grade="A")


def _arm(sample: Sample) -> Arm:
    deviation = None if sample.variance is None else kept(sqrt(sample.variance))
    mean = None if sample.mean is None else kept(sample.mean)
    return Arm(name=sample.name, n=sample.n, mean=mean, deviation=deviation, assigned=sample.assigned)


def _estimate(control: Sample, treatment: Sample, trial: Trial) -> Estimate | None:
    """The difference; None where the outcome does not vary at all, so that it has no error."""
    level = 1 - (1 - trial.level) / trial.treatments
    means = [float(sample.mean or 0) for sample in (control, treatment)]
    effect, z_pooled = means[1] - means[0], None
    if trial.proportion:
        parts = [mean * (1 - mean) / sample.n for mean, sample in zip(means, (control, treatment), strict=True)]
        whole = sum(mean * sample.n for mean, sample in zip(means, (control, treatment), strict=True))
        share = whole / (control.n + treatment.n)
        pooled = sqrt(share * (1 - share) * (1 / control.n + 1 / treatment.n))
        degrees, z_pooled = inf, effect / pooled if pooled else None
    else:
        parts = [float(sample.variance or 0) / sample.n for sample in (control, treatment)]
        degrees = _welch_degrees(parts, (control.n, treatment.n))
    error = sqrt(sum(parts))
    if not error:
        return None
    relative = None
    if means[0]:
        spread = parts[1] / means[0] ** 2 + parts[0] * means[1] ** 2 / means[0] ** 4
        relative = (effect / means[0], sqrt(spread))
    return estimate(effect, error, degrees, level, relative=relative, z_pooled=z_pooled)


def _welch_degrees(parts: Sequence[float], sizes: Sequence[int]) -> float:
    below = sum(part**2 / (n - 1) for part, n in zip(parts, sizes, strict=True))
    return sum(parts) ** 2 / below if below else inf


# --- checks


def _split(samples: Sequence[Sample], trial: Trial) -> Check:
    """Sample ratio mismatch: the arms have the sizes that were planned."""
    counts = [sample.assigned for sample in samples]
    shares = [float(trial.planned.get(sample.name, 0) if trial.planned else 1) for sample in samples]
    whole = sum(shares)
    expected = [sum(counts) * share / whole for share in shares] if whole else []
    if len(counts) < 2 or not expected or min(expected) <= 0:
        return Check(name="sample_ratio", passed=False, value=None, words="an arm has no planned share")
    p = chance([counts], [expected], len(counts) - 1)
    seen = " : ".join(f"{count:,}" for count in counts)
    plan = " : ".join(short(count) for count in expected)
    names = " : ".join(sample.name for sample in samples)
    words = f"{seen} {trial.units} ({names}), planned {plan}: p = {short(p)}"
    if p < ALARM:
        words = f"sample ratio mismatch: {words}; something other than chance decided who is in which arm"
    return Check(name="sample_ratio", passed=p >= ALARM, value=kept(p), words=words)


def _lost(samples: Sequence[Sample], trial: Trial) -> Check:
    """The outcome is unknown equally often in all arms."""
    lost = [sample.assigned - sample.n for sample in samples]
    shares = " : ".join(f"{gone / max(sample.assigned, 1):.2%}" for gone, sample in zip(lost, samples, strict=True))
    if not any(lost) or len(samples) < 2:
        return Check(name="attrition", passed=True, value=None, words=f"the outcome of all {trial.units} is known")
    known = [sample.n for sample in samples]
    if not any(known):
        return Check(
            name="attrition", passed=False, value=None, words=f"no outcome of any of the {trial.units} is known"
        )
    whole = sum(sample.assigned for sample in samples)
    expected = [[sample.assigned * sum(row) / whole for sample in samples] for row in (lost, known)]
    p = chance([lost, known], expected, len(samples) - 1)
    words = f"unknown outcomes {shares}: p = {short(p)}"
    if p < ALARM:
        words = f"outcomes are missing more often in one arm: {words}"
    return Check(name="attrition", passed=p >= ALARM, value=kept(p), words=words)


def _mixed(samples: Sequence[Sample], trial: Trial) -> Check:
    """Units stay in their arm."""
    whole = sum(sample.assigned for sample in samples) + trial.mixed
    share = trial.mixed / whole if whole else 0.0
    words = f"{trial.mixed:,} of {whole:,} {trial.units} were in several arms"
    words += " and are left out" if trial.mixed and share <= MIXED else ""
    return Check(name="crossover", passed=share <= MIXED, value=kept(share),
                 words=words if share <= MIXED else f"{words}, more than {MIXED:.0%}")  # fmt: skip


def _named(samples: Sequence[Sample], trial: Trial) -> Check:
    """Records say whom they belong to."""
    whole = sum(sample.assigned for sample in samples) + trial.unnamed
    share = trial.unnamed / whole if whole else 0.0
    words = (
        f"{trial.unnamed:,} records name none of the {trial.units}" if trial.unnamed else "every record is in a unit"
    )
    return Check(name="identified", passed=share <= MIXED, value=kept(share),
                 words=words if share <= MIXED else f"{words}, more than {MIXED:.0%}")  # fmt: skip


def _size(control: Sample, treatment: Sample, trial: Trial) -> Check:
    least = max(trial.minimum, 2)
    smaller = min(control, treatment, key=lambda sample: sample.n)
    words = f"{smaller.n:,} {trial.units} with an outcome in {smaller.name}, at least {least:,} are asked for"
    return Check(name="minimum_n", passed=smaller.n >= least, value=smaller.n, words=words)


def _events(control: Sample, treatment: Sample, trial: Trial) -> Check:
    counts = [
        min(round((sample.mean or 0) * sample.n), round((1 - (sample.mean or 0)) * sample.n))
        for sample in (control, treatment)
    ]
    least = min(counts)
    where = (control, treatment)[counts.index(least)].name
    words = f"{least:,} {trial.units} in {where} on the rarer side of the outcome, at least {EVENTS} are asked for"
    return Check(name="minimum_events", passed=least >= EVENTS, value=least, words=words)


# --- what would be enough


def _needed(checks: Sequence[Check], control: Sample, treatment: Sample, made: Estimate | None, trial: Trial) -> str:
    failed = {check.name for check in checks if not check.passed}
    said = []
    if "minimum_n" in failed:
        said.append(f"at least {max(trial.minimum, 2):,} {trial.units} with an outcome in each arm")
    if "minimum_events" in failed:
        said.append(f"at least {EVENTS} {trial.units} with the outcome and {EVENTS} without it in each arm")
    if "precision" in failed and made is not None:
        times = times_more(made, trial.detectable)
        size = trial.detectable if trial.detectable is not None else abs(made.effect)
        if times == inf:
            said.append("nothing: both arms have the same mean; declare detectable, the smallest effect that matters")
        else:
            said.append(f"about {enough(control.n, times):,} {trial.units} in {control.name} and "
                        f"{enough(treatment.n, times):,} in {treatment.name} to show a difference of {short(size)} "
                        "with a power of 80 %")  # fmt: skip
    if failed & {"sample_ratio", "crossover"}:
        said.append("a repeat with a mended assignment, or planned_split as it really was planned")
    if "identified" in failed:
        said.append(f"records that say which of the {trial.units} they belong to")
    if "attrition" in failed:
        said.append(f"the outcomes of the {trial.units} that have none, or a condition (where) that leaves out those "
                    "of which none could be known in any arm")  # fmt: skip
    if "spread" in failed:
        said.append(f"an outcome that differs between {trial.units}")
    return "; ".join(said)
