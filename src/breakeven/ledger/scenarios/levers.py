"""The assumptions as levers: where each stands, how far it may plausibly go, and where it could be moved to.

A lever is an assumption, or its value in one project. One whose values differ between projects is moved by a percentage
of all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from breakeven.ledger.books.closure import closure, inputs_of
from breakeven.ledger.desk import Desk
from breakeven.ledger.numbers import EXACT, tidy
from breakeven.ledger.scenarios.break_even import span_of
from breakeven.ledger.scenarios.changes import Change
from breakeven.ledger.scenarios.explored import Lever
from breakeven.ledger.scenarios.scope import Scope
from breakeven.ledger.scenarios.what_if import in_force, stated
from breakeven.workspace.definitions import Assumption, AssumptionValue

HUNDRED, ONE, TWO = Decimal(100), Decimal(1), Decimal(2)
LEAST_WAY = Decimal(30)
"""Percent that a relative lever can be moved at least, to either side."""
STEPS = 100
"""Steps of a lever's way, about; each is a round number."""


class Key(NamedTuple):
    """Which lever."""

    name: str
    project: str | None = None


def key_of(text: str) -> Key:
    """The lever that a text names: hourly_rate, hourly_rate@support-bot."""
    name, _, project = text.partition("@")
    return Key(name, project or None)


def keys(desk: Desk, changes: Sequence[Change], also: Sequence[Key] = ()) -> list[Key]:
    """Every stated assumption that the figures of a statement are made from; then values of single projects."""
    assumptions = desk.workspace.assumptions
    used = [*inputs_of(closure(desk.workspace.methodology.definitions, desk.headline())),
            *(pool.assumption for pool in desk.workspace.benefit_pools if pool.assumption is not None)]  # fmt: skip
    found = [Key(name) for name in dict.fromkeys(used) if name in assumptions and assumptions[name].values]
    asked = [*(Key(change.name, change.project) for change in changes), *also]
    return list(dict.fromkeys([*found, *asked]))


def lever(desk: Desk, at: Desk, scope: Scope, key: Key, changes: Sequence[Change]) -> Lever:
    """One lever; `at`: the desk under the changes."""
    one, other = (each.workspace.assumptions[key.name] for each in (desk, at))
    base, here = in_force(one, desk, scope, key.project), in_force(other, at, scope, key.project)
    relative = base is None and here is None and bool(one.values)
    own = [change for change in changes if (change.name, change.project) == key]
    low, high = _ends(one, desk, scope, base) if relative or base is not None else (None, None)
    value = tidy(_percent(own)) if relative else None if here is None else tidy(here.value)
    start = Decimal(0) if relative else None if base is None else tidy(base.value)
    span = None if relative else span_of(one, desk, scope, key.project)
    way = _way(start, value, (low, high), span, relative, one.unit)
    return Lever(
        name=key.name, project=key.project, label=one.label or key.name.replace("_", " ").capitalize(), unit=one.unit,
        description=one.description, evidence=one.evidence, source=one.source, owner=one.owner, review_by=one.review_by,
        experiment=one.experiment, relative=relative, base=start, value=value, low=low, high=high, least=way[0],
        most=way[1], step=way[2], stated=_stated(one, desk, scope, key) if base is None else (),
        texts=tuple(change.text for change in own), declared=_text_distribution(base),
    )  # fmt: skip


def _percent(own: Sequence[Change]) -> Decimal:
    product = ONE
    for change in own:
        product *= ONE if change.times is None else change.times
    return (product - 1) * HUNDRED


def _ends(
    one: Assumption, desk: Desk, scope: Scope, base: AssumptionValue | None
) -> tuple[Decimal | None, Decimal | None]:  # fmt: skip
    """The declared range; where values differ, the widest of their ranges in percent of the value."""
    if base is not None:
        return (None, None) if base.distribution == "fixed" else (base.low, base.high)
    ends = [
        (each.low / each.value, each.high / each.value)
        for each in stated(one, desk, scope).values()
        if each.value > 0 and each.low is not None and each.high is not None and each.distribution != "fixed"
    ]
    if not ends:
        return None, None
    low, high = min(end[0] for end in ends), max(end[1] for end in ends)
    return tuple(((end - 1) * HUNDRED).quantize(Decimal("0.1")) for end in (low, high))  # type: ignore[return-value]


def _stated(one: Assumption, desk: Desk, scope: Scope, key: Key) -> tuple[Decimal, ...]:
    """Lowest and highest of the values that differ."""
    values = [each.value for each in stated(one, desk, scope).values()] if key.project is None else []
    return (tidy(min(values)), tidy(max(values))) if values else ()


def _text_distribution(base: AssumptionValue | None) -> str:
    return "" if base is None or base.distribution == "fixed" else base.distribution


def _way(
    start: Decimal | None, value: Decimal | None, ends: tuple[Decimal | None, Decimal | None],
    span: tuple[Decimal, Decimal] | None, relative: bool, unit: str,
) -> tuple[Decimal, Decimal, Decimal]:  # fmt: skip
    """Least, most and step: half the plausible range beyond its ends, never past what cannot be.

    It does not follow the value, so that a lever does not change under the hand; only a value outside widens it.
    """
    known = [one for one in (start, *ends) if one is not None]
    low, high = min(known, default=Decimal(0)), max(known, default=ONE)
    if relative:
        low, high = min(low, -LEAST_WAY), max(high, LEAST_WAY)
    elif None in ends and start:
        low, high = sorted((start / TWO, start * TWO))
    elif start is None and span is not None:
        low, high = span
    width = (high - low) or ONE
    share = unit == "1" and not relative and 0 <= low <= high <= 1
    floor = Decimal(-100) if relative else Decimal(0) if low >= 0 else low - width
    least, most = max(floor, low - width / TWO), min(ONE, high + width / TWO) if share else high + width / TWO
    step = _round(width / STEPS * TWO)
    zero = start if start is not None else least
    down = ((zero - least) / step).to_integral_value("ROUND_FLOOR")
    up = ((most - zero) / step).to_integral_value("ROUND_FLOOR")
    if value is not None:
        down = max(down, ((zero - value) / step).to_integral_value("ROUND_CEILING"))
        up = max(up, ((value - zero) / step).to_integral_value("ROUND_CEILING"))
    return tidy(zero - down * step), tidy(zero + max(up, ONE) * step), tidy(step)


def _round(number: Decimal) -> Decimal:
    """The largest of 1, 2, 5 times a power of ten that is not above a number."""
    power = Decimal(10) ** number.adjusted()
    return max(power * one for one in (1, 2, 5) if power * one <= number).normalize(EXACT)


def change_of(lever: Lever, value: Decimal) -> Change | None:
    """The change that moves a lever to a value; None: it stands there by itself."""
    if value == lever.base:
        return None
    number = f"{abs(value).normalize(EXACT):f}"
    if lever.relative:
        said = f"{'+' if value > 0 else '-'}{number}%"
        return Change(name=lever.name, project=lever.project, times=1 + value / HUNDRED, text=f"{lever.key}={said}")
    text = f"{lever.key}={'-' if value < 0 else ''}{number}"
    return Change(name=lever.name, project=lever.project, value=value, text=text)


def moved(changes: Sequence[Change], key: Key, new: Change | None) -> list[Change]:
    """Changes with those of one lever in another place: what is common comes before what is one project's own."""
    places = [place for place, change in enumerate(changes) if (change.name, change.project) == key]
    left = [change for change in changes if (change.name, change.project) != key]
    if new is None:
        return left
    own = (place for place, change in enumerate(left) if key.project is None and change.name == key.name)
    at = next(own, min([*places, len(left)]) if places else len(left))
    return [*left[:at], new, *left[at:]]
