"""The investment by what it was spent on: the categories of the bills, AI usage, and written-off implementation.

Every cost line of the book is distributed by what its bills say: a line that stands otherwise than its bills say today
(a closed month) in their proportion. So the parts add up to the investment to the last decimal.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal, localcontext
from typing import Literal, get_args

from breakeven.errors import UsageProblem
from breakeven.ledger.books.book import Book
from breakeven.ledger.desk import Desk
from breakeven.ledger.invoicing.billing import billing
from breakeven.ledger.measuring.measures import Question
from breakeven.ledger.numbers import EXACT, tidy
from breakeven.ledger.results import Result
from breakeven.ledger.sharing.drivers import Drivers
from breakeven.ledger.sharing.pools import by_month, pools_of
from breakeven.ledger.sharing.splitting import Splitting
from breakeven.ledger.window import Window
from breakeven.period import Grain, Period, add_months

Spent = Literal["usage", "compute", "licence", "people", "data", "implementation", "other"]
LABELS: Mapping[Spent, str] = {
    "usage": "AI usage", "compute": "Compute", "licence": "Licences", "people": "People", "data": "Data",
    "implementation": "Implementation", "other": "Other",
}  # fmt: skip
"""What money is spent on, with what a page calls it. AI usage is the cost of interactions: invoiced, or metered."""
_LAST = Decimal("1e-12")
_ZERO = Decimal(0)

Place = tuple[date, str]
"""Month and project."""
Mix = Mapping[Spent, Decimal]


class CostPart(Result, frozen=True, kw_only=True):
    """What was spent on one thing."""

    name: Spent
    label: str
    amount: Decimal
    own: Decimal
    """Of it on the projects' own account."""
    shared: Decimal
    """Of it as part of pools; the two add up to `amount`."""


class CostByCategory(Result, frozen=True, kw_only=True):
    """The investment of a period by what it was spent on."""

    parts: tuple[CostPart, ...]
    """The largest first; what was not spent on is left out."""
    total: Decimal
    """Their sum: the known cost lines of the period."""


def cost_by_category(desk: Desk, period: Period, projects: Sequence[str] | None = None) -> CostByCategory:
    """The cost of whole months; kept until a fact of it changes.

    Raises UsageProblem for a period that is not of whole months, UnknownName for a project.
    """
    if not desk.window(period.start, period.end).whole_months:
        raise UsageProblem(f"cost is cut by whole months, {period.name} is not: name a month, quarter or year")
    scope = desk.check_projects(projects)
    own: defaultdict[Spent, Decimal] = defaultdict(Decimal)
    shared: defaultdict[Spent, Decimal] = defaultdict(Decimal)
    with localcontext(EXACT):
        for (month, project), (mine, pooled) in _cut(desk).items():
            if period.start <= month < period.end and (scope is None or project in scope):
                for sums, mix in ((own, mine), (shared, pooled)):
                    for name, amount in mix.items():
                        sums[name] += amount
        parts = [
            CostPart(name=name, label=label, amount=tidy(own[name] + shared[name]), own=tidy(own[name]),
                     shared=tidy(shared[name]))
            for name, label in LABELS.items() if own[name] or shared[name]
        ]  # fmt: skip
    parts.sort(key=lambda part: -part.amount)
    return CostByCategory(parts=tuple(parts), total=tidy(sum((part.amount for part in parts), _ZERO)))


def _cut(desk: Desk) -> Mapping[Place, tuple[Mix, Mix]]:
    """Every month and project of the book: what was spent on its own account, and as part of pools."""
    reading, book = desk.reading, desk.book()
    columns = [book.sheet.columns[line] for line in ("cost_direct", "cost_metered", "cost_allocated",
                                                     "cost_implementation")]  # fmt: skip
    # The kept answer holds the columns, so that no other column can have the identity of one of them.
    version = (reading.moment.versions.by_kind.get("cost", 0), tuple(map(id, columns)))
    found: tuple[Mapping[Place, tuple[Mix, Mix]], object] = reading.cache.get(
        ("cost by category", desk.sealed), version, lambda: (_made(desk, book), columns)
    )
    return found[0]


def _made(desk: Desk, book: Book) -> Mapping[Place, tuple[Mix, Mix]]:
    span = desk.window(book.months[0], add_months(book.months[-1], 1))
    with localcontext(EXACT):
        bills, pools = _billed(desk, book, span)
        pooled = _pooled(desk, book, span, pools)
        lines = [book.sheet.columns[line].to_pylist()
                 for line in ("cost_direct", "cost_metered", "cost_allocated", "cost_implementation")]  # fmt: skip
        made = {}
        for row, place in enumerate(book.names):
            direct, metered, allocated, written = (column[row] or _ZERO for column in lines)
            mine: dict[Spent, Decimal] = dict(_distributed(direct, bills.get(place, {})))
            further: tuple[tuple[Spent, Decimal], ...] = (("usage", metered), ("implementation", written))
            for name, amount in further:
                if amount:
                    mine[name] = mine.get(name, _ZERO) + amount
            made[place] = mine, _distributed(allocated, pooled.get(place, {}))
        return made


def _billed(desk: Desk, book: Book, span: Window) -> tuple[dict[Place, Mix], dict[Place, Mix]]:
    """What the bills of projects, and those of pools, say by month; lines whose place a meter takes are left out."""
    reading = desk.reading
    own: defaultdict[Place, defaultdict[Spent, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    pools: defaultdict[Place, defaultdict[Spent, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for row in reading.take(Question(("direct_cost",), span, Grain.MONTH, ("project", "category")))[0].to_pylist():
        if row["direct_cost"] is not None:
            own[row["period"].date(), row["project"]][_spent(row["category"])] += row["direct_cost"]
    for row in reading.take(Question(("cost",), span, Grain.MONTH, ("pool", "category")))[0].to_pylist():
        if row["pool"] is not None and row["cost"] is not None:
            pools[row["period"].date(), row["pool"]][_spent(row["category"])] += row["cost"]
    for (month, name, is_pool, category), change in billing(reading, book.months, span).categories.items():
        (pools if is_pool else own)[month, name][_spent(category)] += change
    return dict(own), dict(pools)


def _spent(category: str | None) -> Spent:
    return category if category in get_args(Spent) else "other"  # type: ignore[return-value]


def _pooled(desk: Desk, book: Book, span: Window, pools: Mapping[Place, Mix]) -> Mapping[Place, Mix]:
    """What each project's part of the pools was spent on; a pool that feeds another gives it a part of its mix."""
    found: defaultdict[Place, defaultdict[Spent, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    if not pools and not pools_of(desk.reading, span):
        return found
    splitting = Splitting(desk.workspace.pools, Drivers(desk.reading, desk.live_book().sheet, book.months, span))
    billed = by_month({place: sum(mix.values(), _ZERO) for place, mix in pools.items()})
    for month, amounts in billed.items():
        mixes = {pool: dict(pools[month, pool]) for pool in amounts}
        for one in splitting.month(month, amounts):
            final = splitting.final(one)
            for name, part in one.parts.items():
                for category, amount in _distributed(part, mixes.get(one.pool, {})).items():
                    if name in final:
                        found[month, name][category] += amount
                    else:
                        fed = mixes.setdefault(name, {})
                        fed[category] = fed.get(category, _ZERO) + amount
    return found


def _distributed(amount: Decimal, mix: Mix) -> Mix:
    """An amount by category, in the proportion of a mix; exact, what is left of rounding goes to the largest part.

    A mix that adds up to the amount is the answer. One in which credits exceed cost has no proportion: the amount then
    is of its largest category; without any mix it is `other`.
    """
    whole = sum(mix.values(), _ZERO)
    if amount == whole:
        return mix
    if not amount:
        return {}
    if not mix:
        return {"other": amount}
    largest = max(mix, key=lambda name: abs(mix[name]))
    if whole <= 0 or min(mix.values()) < 0:
        return {largest: amount}
    parts = {name: (amount * weight / whole).quantize(_LAST) for name, weight in mix.items()}
    parts[largest] += amount - sum(parts.values(), _ZERO)
    return parts
