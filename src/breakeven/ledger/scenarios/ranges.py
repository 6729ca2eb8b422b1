"""Ranges: P10, P50 and P90 of a statement and the chance of a return, by drawing what is uncertain.

In every draw the whole statement is made with that draw's inputs, and only then looked at: the range of a portfolio is
never a sum of its projects' ranges. A figure that depends on nothing uncertain has its value as its range.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Literal

from breakeven.errors import UsageProblem
from breakeven.ledger.books.closure import closure, inputs_of
from breakeven.ledger.desk import ROI, Desk
from breakeven.ledger.scenarios.amounts import TIMELINE, TOTALS, Amounts, amounts, headline_level, labels
from breakeven.ledger.scenarios.changes import Change
from breakeven.ledger.scenarios.draws import Numbers, mean, percentiles, rounded, share_above
from breakeven.ledger.scenarios.range_model import Model
from breakeven.ledger.scenarios.range_results import RangeLine, StatementRange, UncertainInput
from breakeven.ledger.scenarios.scope import Scope, about
from breakeven.ledger.scenarios.supposed import SupposedDesk
from breakeven.period import Period

SEED, DRAWS = 1, 10_000
"""What is drawn with where nothing else is asked for."""
LEAST, MOST = 100, 1_000_000
"""Draws that can be asked for."""
AT = (0.1, 0.5, 0.9)


def statement_range(
    desk: Desk, period: Period, project: str | tuple[str, ...] | None = None, seed: int = SEED, draws: int = DRAWS,
    changes: Sequence[Change] = (),
) -> StatementRange:  # fmt: skip
    """The ranges of a statement, under some changes: a value that is supposed is drawn no more.

    Raises UsageProblem and UnknownName as `statement` does, and for too many draws.
    """
    check_draws(draws)
    scope = Scope(period=period, project=project)
    desk = SupposedDesk(desk, changes) if changes else desk
    made, model = amounts(desk, scope), Model(desk, headline_level(desk, scope))
    drawn = model.figures(seed, draws)
    return StatementRange(
        **about(desk, scope), seed=seed, draws=draws, lines=dict(_lines(desk, made, drawn)),
        chance_of_return=_chance(made.known["roi_percent"], drawn.get(ROI)),
        uncertain=_uncertain(desk, model), exact=_exact(desk, model),
    )  # fmt: skip


def check_draws(draws: int) -> None:
    """Raises UsageProblem for a number of draws that says nothing or takes too long."""
    if not LEAST <= draws <= MOST:
        raise UsageProblem(f"{draws} draws: ask for {LEAST:,} to {MOST:,}")


def _lines(desk: Desk, made: Amounts, drawn: Mapping[str, Numbers]) -> Iterator[tuple[str, RangeLine]]:
    words = labels(desk.workspace)
    for name, value in made.known.items():
        if name in TIMELINE:
            continue
        label, unit = words[name]
        values = drawn.get(TOTALS.get(name, name)) if value is not None else None
        low, middle, high, average = (value,) * 4
        if values is not None:
            low, middle, high = (rounded(number, unit) for number in percentiles(values, AT))
            average = rounded(mean(values), unit)
        yield name, RangeLine(label=label, unit=unit, value=value, p10=low, p50=middle, p90=high, mean=average,
                              reason=made.reasons.get(name))  # fmt: skip


def _chance(value: Decimal | None, roi: Numbers | None) -> Decimal | None:
    """How often ROI is above 0."""
    if value is None:
        return None
    share = float(value > 0) if roi is None else share_above(roi, 0.0)
    return None if share is None else Decimal(repr(round(share, 6)))


def _uncertain(desk: Desk, model: Model) -> tuple[UncertainInput, ...]:
    found, used = [], [*_used(desk), *(pool.assumption for pool in desk.workspace.benefit_pools)]
    for name in model.names:
        drawn = [variate for variate in model.variates.listed if variate.spread and variate.of == name]
        if drawn and name in used:
            found.append(UncertainInput(
                name=name, scopes=len({variate.stream for variate in drawn}),
                distributions=tuple(sorted({variate.shape for variate in drawn})), source=_source(desk, name),
            ))  # fmt: skip
    return tuple(found)


def _source(desk: Desk, name: str) -> Literal["assumption", "experiment", "survey"]:
    assumption = desk.workspace.assumptions.get(name)
    if assumption is None:
        return "survey"
    return "assumption" if assumption.experiment is None else "experiment"


def _exact(desk: Desk, model: Model) -> tuple[str, ...]:
    assumptions = desk.workspace.assumptions
    used = [name for name in _used(desk) if name in assumptions and assumptions[name].values]
    return tuple(name for name in used if name not in model.names)


def _used(desk: Desk) -> list[str]:
    """What the figures of a statement are made from."""
    return inputs_of(closure(desk.workspace.methodology.definitions, desk.headline()))
