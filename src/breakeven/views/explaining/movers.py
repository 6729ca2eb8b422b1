"""What would change an explained figure most: assumptions at the ends of their ranges, in words and as bars."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

from breakeven.errors import UnknownName, UsageProblem
from breakeven.ledger.results import Explanation
from breakeven.ledger.scenarios.results import Bar, Tornado
from breakeven.ledger.scenarios.scope import Scope
from breakeven.ledger.scenarios.tornado import tornado
from breakeven.views.explaining.asked import Figured
from breakeven.views.format import MINUS, Display, exact_text
from breakeven.views.locales import rounded
from breakeven.views.question import Question
from breakeven.views.tiles import ADDED_UP

WHAT_IF = "/what-if"
MOST = 5
"""Assumptions that are shown."""
SWING = Decimal(10)
"""Percent by which assumptions without a range are moved."""
DECLARED = "declared range"
NOTHING = "Nothing that is assumed goes into it."


class Mover(msgspec.Struct, frozen=True, kw_only=True):
    """One assumption."""

    name: str
    href: str
    """Where it can be changed."""
    label: str
    lower: str
    """10% lower: −$42k."""
    higher: str
    start: float
    """Where its bar begins, in percent of the width; the figure as it is stands in the middle."""
    width: float


class Movers(msgspec.Struct, frozen=True, kw_only=True):
    """The strongest ones."""

    bars: tuple[Mover, ...]
    reason: str
    """Why there are none."""


def what_if_link(question: Question, asked: Figured, change: str = "") -> str:
    """Where assumptions can be changed, for the figure's projects and time; with one of them changed."""
    changes: dict[str, Any] = {"period": asked.period.name} if asked.own_period else {}
    changes |= {"project": (asked.project,), "category": ""} if asked.project else {}
    link = question.link(WHAT_IF, {"set": change} if change else None, **changes)
    return f"{link}#lever-{change.partition('=')[0]}" if change else link


def movers(question: Question, asked: Figured, found: Explanation) -> Movers:
    """Up to five assumptions, the widest swing first."""
    name = ADDED_UP.get(asked.name, asked.name) if asked.period.name == "ytd" else asked.name
    if found.value is None:
        return Movers(bars=(), reason="As long as it is unknown, nothing can be said to change it.")
    if found.kind == "measure":
        return Movers(bars=(), reason=f"{NOTHING} It changes with its records alone.")
    try:
        swings: Tornado = question.kept(
            ("movers", name, asked.period.start, asked.period.end, asked.projects),
            lambda: tornado(question.desk, Scope(period=asked.period, project=asked.projects), name, SWING),  # type: ignore[arg-type]
        )
    except (UnknownName, UsageProblem):
        return Movers(bars=(), reason="")
    bars = [bar for bar in swings.bars if bar.swing][:MOST]
    if not bars or swings.value is None:
        return Movers(bars=(), reason=NOTHING)
    widest = max(abs(change) for bar in bars for change in _changes(bar, swings.value))
    made = (_mover(bar, swings, widest, question.show, what_if_link(question, asked, _change_of(bar))) for bar in bars)
    return Movers(bars=tuple(made), reason="")


def _change_of(bar: Bar) -> str:
    """The assumption at the lower of its two ends, as a what-if has it."""
    if bar.basis == DECLARED and bar.low is not None:
        return f"{bar.name}={exact_text(bar.low)}"
    return f"{bar.name}=-{SWING}%"


def _changes(bar: Bar, value: Decimal) -> tuple[Decimal, Decimal]:
    low, high = (end if end is not None else value for end in (bar.at_low, bar.at_high))
    return low - value, high - value


def _mover(bar: Bar, swings: Tornado, widest: Decimal, show: Display, href: str) -> Mover:
    down, up = _changes(bar, swings.value or Decimal(0))
    least, most = min(down, up, Decimal(0)), max(down, up, Decimal(0))
    ends = (bar.low, bar.high) if bar.basis == DECLARED else (None, None)
    said = []
    for end, change, word in zip(ends, (down, up), ("low", "high"), strict=True):
        where = f"{SWING}% {word}er" if bar.basis != DECLARED else f"{word} end of its range"
        if end is not None:
            where = f"at {show.quantity(end, bar.unit).text}"
        said.append(f"{where}: {_change(change, swings.unit, show)}")
    return Mover(
        name=bar.name, href=href, label=bar.label or bar.name, lower=said[0], higher=said[1],
        start=round(float(50 + least / widest * 50), 2), width=round(float((most - least) / widest * 50), 2),
    )  # fmt: skip


def _change(change: Decimal, unit: str, show: Display) -> str:
    if unit.startswith("money"):
        return show.money(change, signed=True)
    sign = MINUS if change < 0 else "+"
    if unit == "%":
        return f"{sign}{show.plain(abs(change), 0 if abs(change) >= 10 else 1)}\u00a0pp"
    return f"{sign}{show.quantity(abs(rounded(change, 6)), unit)}"
