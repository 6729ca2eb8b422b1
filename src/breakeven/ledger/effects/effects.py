"""Effects of experiments: what was measured, or why it was not, and the assumptions that stand on them.

The statistics, and SciPy with them, are loaded when the first experiment is asked for: most requests need none.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from importlib import import_module

import msgspec

from breakeven.errors import UnknownName
from breakeven.evidence.questions import MINIMUM, Rule, Trial
from breakeven.evidence.results import Finding
from breakeven.formula import Evaluator
from breakeven.ledger.books.bookkeeping import make_book
from breakeven.ledger.books.evaluate import leaves
from breakeven.ledger.cache import Cache
from breakeven.ledger.effects.experiment_answers import Effect, answered
from breakeven.ledger.effects.experiment_rows import arms
from breakeven.ledger.effects.experiment_series import Way, panel, periods, series, table, trimmed
from breakeven.ledger.measuring.measures import Reading, span_of
from breakeven.ledger.window import window
from breakeven.measures import MEASURES
from breakeven.period import Period
from breakeven.workspace.definitions import Assumption, AssumptionValue, Experiment

PERIODS: Mapping[str, int] = {"before_after": 6, "interrupted_time_series": 8, "difference_in_differences": 2}
"""Periods that each side of a change needs, where nothing else is declared."""
P90 = Decimal("1.281551565545")
"""Standard errors from the mean to the 90th percentile of a normal distribution."""
_TWELFTH = Decimal("1e-12")


def experiments(reading: Reading, evaluator: Evaluator) -> tuple[Effect, ...]:
    """Every declared experiment, in the order of the file."""
    return tuple(experiment(reading, evaluator, name) for name in reading.workspace.experiments)


def experiment(reading: Reading, evaluator: Evaluator, name: str) -> Effect:
    """What an experiment says; with several treatments the first, and the others in it. Raises UnknownName."""
    declared = reading.workspace.experiments
    if name not in declared:
        raise UnknownName("experiment", name, declared)
    asked = declared[name]
    if asked.kind != "randomised":
        return _effect(reading, evaluator, asked, None)
    first, *others = (_effect(reading, evaluator, asked, treatment) for treatment in asked.treatments)
    return msgspec.structs.replace(first, others=tuple(others))


def effect_of(reading: Reading, evaluator: Evaluator, assumption: Assumption) -> Effect | None:
    """The effect that an assumption stands on; None: it stands on none."""
    if assumption.experiment is None:
        return None
    asked = reading.workspace.experiments[assumption.experiment]
    treatment = None
    if asked.kind == "randomised":
        treatment = assumption.treatment or asked.treatments[0]
    return _effect(reading, evaluator, asked, treatment)


def with_effects(reading: Reading, evaluator: Evaluator) -> Reading:
    """The same moment with the effects in the place of the assumptions that stand on them."""
    declared = reading.workspace.assumptions
    if not any(assumption.experiment for assumption in declared.values()):
        return reading
    stated = {name: stands(one, effect_of(reading, evaluator, one)) for name, one in declared.items()}
    workspace = msgspec.structs.replace(reading.workspace, assumptions=stated)
    measured = tuple(one for one in stated.values() if one.experiment)
    # What is made from other effects is another answer: it has a cache of its own, which the next effects replace.
    cache = reading.cache.get(("effects",), measured, Cache)
    return Reading(reading.moment, workspace, cache, reading.now, reading.as_of, reading.rates_of)


def stands(assumption: Assumption, effect: Effect | None) -> Assumption:
    """An assumption with the effect as its value: normal, as uncertain as the standard error says, of its grade."""
    if effect is None:
        return assumption
    value, error = (effect.relative, effect.relative_error) if assumption.relative else (
        effect.effect, effect.standard_error)  # fmt: skip
    if value is None or error is None or effect.grade is None:
        why = effect.reason or "the mean that the effect would be a share of is 0"
        return msgspec.structs.replace(assumption, values=(), refusal=f"experiment {effect.name}: {why}")
    middle, reach = _decimal(value), (_decimal(error) * P90).quantize(_TWELFTH)
    stated = AssumptionValue(
        value=middle, low=middle - reach, high=middle + reach, distribution="normal",
        start=assumption.start or date(1970, 1, 1),
    )  # fmt: skip
    source = assumption.source or f"experiment {effect.name}: {effect.method}, {effect.start} to {effect.end}"
    return msgspec.structs.replace(assumption, values=(stated,), evidence=effect.grade, source=source)


def _decimal(number: float) -> Decimal:
    return Decimal(repr(number)).quantize(_TWELFTH)


# --- one experiment


class _Kept(msgspec.Struct, frozen=True):
    """A finding and the days that it is made of."""

    finding: Finding
    first: date | None
    until: date


def _effect(reading: Reading, evaluator: Evaluator, asked: Experiment, treatment: str | None) -> Effect:
    """The answer, kept until a record within its days changes."""
    first, until = _days(reading, asked)
    question = ("effect", asked.name, treatment, reading.rates_of)
    version = (first, until, _version(reading, asked, first, until))
    kept = reading.cache.get(question, version, lambda: _finding(reading, evaluator, asked, treatment, first, until))
    return answered(reading, asked, treatment, kept.finding, kept.first, kept.until)


def _days(reading: Reading, asked: Experiment) -> tuple[date | None, date]:
    """First day, and the day after the last: what is not over yet, or lies after the last record, is not compared."""
    found = span_of(reading, sorted(_kinds(reading, asked)))
    first = asked.start
    if first is None and found is not None:
        first = max([found[0], *_begun(reading, asked)])
    if asked.end is not None:
        return first, min(asked.end + timedelta(days=1), reading.today)
    if found is None:
        return first, reading.today
    last = found[1] - timedelta(days=1)
    until = found[1] if asked.kind == "randomised" else reading.workspace.calendar.containing(last, asked.grain).end
    return first, min(until, reading.today)


def _begun(reading: Reading, asked: Experiment) -> list[date]:
    """The day from which the projects that are compared run, if all say it: silence before it is no zero."""
    sides = (*asked.treatments, *asked.comparison) if asked.group == "project" else ()
    declared = reading.workspace.projects
    starts = [declared[name].start if name in declared else None for name in (*asked.projects, *sides)]
    known = [start for start in starts if start is not None]
    if not known or len(known) < len(starts):
        return []
    return [max(known) if sides else min(known)]


def _kinds(reading: Reading, asked: Experiment) -> set[str]:
    """Fact kinds that it is made of."""
    if asked.figure is None:
        return {asked.fact}
    return {MEASURES[leaf].relation for leaf in leaves(asked.figure, reading.workspace) or [asked.figure]
            if leaf in MEASURES}  # fmt: skip


def _version(reading: Reading, asked: Experiment, first: date | None, until: date) -> Hashable:
    """What changes when a record that matters is added: of interactions only those of its days."""
    found: list[Hashable] = []
    for kind in sorted(_kinds(reading, asked)):
        version = reading.moment.versions.by_kind.get(kind, 0)
        if kind == "interaction" and first is not None and reading.as_of is None:
            sql = ("SELECT max(data_version) AS latest, sum(n) AS n FROM interaction_day"
                   f" WHERE day >= DATE '{first}' AND day < DATE '{until}'")  # fmt: skip
            row = reading.cache.get(("days", first, until), version, _asking(reading, sql))
            found.append((row["latest"], row["n"]))
        else:
            found.append(version)
    return tuple(found)


def _asking(reading: Reading, sql: str) -> Callable[[], dict[str, Hashable]]:
    def ask() -> dict[str, Hashable]:
        row: dict[str, Hashable] = reading.moment.query(sql).to_pylist()[0]
        return row

    return ask


def _finding(
    reading: Reading, evaluator: Evaluator, asked: Experiment, treatment: str | None, first: date | None, until: date
) -> _Kept:
    if first is None or first >= until:
        begins = f"it begins on {first}, and no day of it is over" if first is not None else "nothing has been recorded"
        found = Finding(method=asked.kind.replace("_", " "), arms=(), refusal=begins,
                        needed="records of days that are over")  # fmt: skip
        return _Kept(found, first, until)
    if treatment is not None:
        return _Kept(_randomised(reading, asked, treatment, first, until), first, until)
    return _over_time(reading, evaluator, asked, first, until)


def _randomised(reading: Reading, asked: Experiment, treatment: str, first: date, until: date) -> Finding:
    found = arms(reading, asked, window(first, until, reading.workspace.calendar))
    if found.problem is not None:
        return Finding(method="comparison of arms", arms=(), refusal=found.problem,
                       needed="records whose outcome can be compared")  # fmt: skip
    units = "records" if asked.by is None else f"values of {asked.by}" if " " in asked.by else f"{asked.by}s"
    trial = Trial(
        control=asked.control or "", treatment=treatment, treatments=len(asked.treatments), units=units,
        proportion=asked.proportion, planned={name: float(share) for name, share in asked.planned_split.items()},
        minimum=asked.minimum or MINIMUM, level=float(asked.level), mixed=found.mixed, unnamed=found.unnamed,
        detectable=_float(asked.detectable),
    )  # fmt: skip
    answer: Finding = import_module("breakeven.evidence.randomised").compare(found.samples, trial)
    return answer


def _over_time(reading: Reading, evaluator: Evaluator, asked: Experiment, first: date, until: date) -> _Kept:
    change, chosen = asked.change or first, periods(reading, asked, first, until)
    if (missing := _missing(asked, chosen, change)) is not None:
        return _Kept(missing, first, until)
    found = table(reading, asked, chosen, Way(evaluator, lambda: make_book(reading, evaluator)))
    if found.problem is not None:
        refusal = Finding(method=asked.kind.replace("_", " "), arms=(), refusal=found.problem,
                          needed="another figure, grain or outcome")  # fmt: skip
        return _Kept(refusal, first, until)
    found = trimmed(asked, found)
    days = found.periods[0].start, found.periods[-1].end
    if (missing := _missing(asked, found.periods, change)) is not None:
        return _Kept(missing, *days)
    rule = Rule(minimum=asked.minimum or PERIODS[asked.kind], level=float(asked.level),
                detectable=_float(asked.detectable))  # fmt: skip
    if asked.kind == "difference_in_differences":
        module = import_module("breakeven.evidence.differences")
        return _Kept(module.difference_in_differences(panel(asked, found, change), rule), *days)
    module = import_module("breakeven.evidence.series")
    judge = module.before_after if asked.kind == "before_after" else module.interrupted
    return _Kept(judge(series(asked, found, change), rule), *days)


def _missing(asked: Experiment, chosen: Sequence[Period], change: date) -> Finding | None:
    """The refusal of periods that lie on one side of the change only."""
    sides = {period.start >= change for period in chosen}
    if len(sides) == 2:
        return None
    side = "after" if False in sides else "before"
    return Finding(
        method=asked.kind.replace("_", " "), arms=(),
        refusal=f"no whole {asked.grain} {side} the change on {change} is there",
        needed=f"records of whole {asked.grain}s before and after {change}",
    )  # fmt: skip


def _float(number: Decimal | None) -> float | None:
    return None if number is None else float(number)
