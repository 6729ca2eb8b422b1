"""The amounts that some readers may not see, so that they are found under another name too.

A report says many figures more than once: the investment is the cost of a table, the spent part of a budget and a bar
of a waterfall. What is hidden is looked for by its name and by its number.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal

import msgspec

from breakeven.ledger.metrics import metrics
from breakeven.period import Grain
from breakeven.views.format import Display
from breakeven.views.question import Question
from breakeven.workspace.access_rights import COST, COST_CATEGORIES, Rights

LEAST = 1_000
DIGITS = 4
"""A number that is this large, or has so many digits, is known again; that something happened 12 times is not."""
PLACES = Decimal("0.000001")
"""To which two ways to the same number agree."""
_CATEGORY = "_cost"
"""End of the figure that is the cost of a category: people_cost."""


class Hidden(msgspec.Struct, frozen=True, kw_only=True):
    """What a hidden figure is in the period, by month before it, and of each project."""

    amounts: frozenset[Decimal] = frozenset()
    """Without sign, to six places."""
    said: frozenset[str] = frozenset()
    """The same as texts have them: $4.76M."""

    def has(self, exact: Decimal | None) -> bool:
        """Whether a number is one of them."""
        return exact is not None and bool(self.amounts) and _rounded(exact) in self.amounts

    def told_by(self, text: str) -> bool:
        """Whether a text has one of them as a word of its own."""
        return any(_stands(one, text) for one in self.said)


def hidden(question: Question, rights: Rights) -> Hidden:
    """The amounts of what these readers may not see, in the question's period and scope, by month up to its end."""
    known = question.catalogue
    names = [name for name in alike(rights.hides) if name in known]
    if not names:
        return Hidden()
    desk, (start, end), projects = question.desk, question.window, question.projects
    until = question.calendar.containing(question.until, Grain.MONTH).end
    spans: tuple[Mapping[str, object], ...] = (
        {"grain": Grain.ALL, "span": (start, min(end, until))},
        {"grain": Grain.ALL, "span": (start, min(end, until)), "by": "project"},
        {"grain": Grain.MONTH},
    )  # fmt: skip
    found: dict[str, set[Decimal]] = {name: set() for name in names}
    for name in names:
        for asked in spans if known[name].kind != "timeline" else spans[:1]:
            (table,) = metrics(desk, [name], projects=projects, **asked)  # type: ignore[arg-type]
            found[name] |= {Decimal(str(row.value)) for row in table.rows if row.value is not None}
    telling = {name: {value for value in values if _telling(value)} for name, values in found.items()}
    texts = (text for name, values in telling.items() for text in _texts(question.show, values, known[name].unit))
    return Hidden(amounts=frozenset(_rounded(value) for values in telling.values() for value in values),
                  said=frozenset(texts))  # fmt: skip


def alike(hides: Sequence[str]) -> tuple[str, ...]:
    """With the other name of each: a category of cost is a figure too."""
    named = [f"{name.removeprefix(COST)}{_CATEGORY}" for name in hides if name.startswith(COST)]
    spent = [f"{COST}{name}" for name in COST_CATEGORIES if f"{name}{_CATEGORY}" in hides]
    return tuple(dict.fromkeys((*hides, *named, *spent)))


def _telling(value: Decimal) -> bool:
    return abs(value) >= LEAST or len(value.normalize().as_tuple().digits) >= DIGITS


def _rounded(value: Decimal) -> Decimal:
    return abs(value).quantize(PLACES) if abs(value) < Decimal("1e15") else abs(value)


def _texts(show: Display, values: Iterable[Decimal], unit: str) -> Iterator[str]:
    """A value in the ways in which sentences write it."""
    for value in values:
        size = abs(value)
        if unit == "money":
            yield from (show.money(size), show.full_money(size))
        elif unit == "%":
            yield from (show.percent(size), show.percent(size, 1))
        else:
            yield from (str(show.quantity(size, unit)), show.plain(size))


def _stands(word: str, text: str) -> bool:
    return word in text and re.search(rf"(?<![\d.,\w]){re.escape(word)}(?![\d\w]|[.,]\d)", text) is not None
