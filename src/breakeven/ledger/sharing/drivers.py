"""What pools are split by: how much each project counts in a month, and what that number does not include.

A weight that is not known is None; it is not zero, and it has a reason.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal

from breakeven.facts import UNASSIGNED
from breakeven.ledger.measuring.grid import Sheet, measure_gap, sheet
from breakeven.ledger.measuring.measures import Question, Reading
from breakeven.ledger.numbers import tidy
from breakeven.ledger.sharing.allocate import running_in
from breakeven.ledger.window import Window
from breakeven.measures import MEASURES
from breakeven.period import Grain
from breakeven.workspace.definitions import PoolRule, Project, Workspace

MEASURED: Mapping[PoolRule, str] = {
    "interactions": "interactions",
    "tokens": "tokens read and written",
    "cost": "own cost, direct and metered",
    "active_users": "active users",
}
"""Rules that look at facts, and what they count."""
TAKEN: Mapping[PoolRule, tuple[str, ...]] = {
    "interactions": ("interactions",),
    "tokens": ("input_tokens", "output_tokens"),
    "cost": ("direct_cost", "ai_cost", "cost_direct", "cost_metered"),
    "active_users": ("active_users",),
}
"""Measures and cost lines that they look at."""

Weight = Decimal | None
Column = Mapping[tuple[date, str], Weight]


class Drivers:
    """Weights by month and project, each column read once, and only if a pool asks for it."""

    def __init__(self, reading: Reading, made: Sheet, months: list[date], span: Window) -> None:
        self._reading, self._made, self._months, self._span = reading, made, months, span
        self._columns: dict[PoolRule, Column] = {}
        self._sheets: dict[PoolRule, Sheet] = {}
        self._rows: dict[PoolRule, dict[tuple[date, str], int]] = {}
        self._running: dict[date, list[str]] = {}

    def everyone(self, rule: PoolRule, month: date) -> list[str]:
        """Who shares a pool that names nobody: the declared projects that ran; by what is measured `unassigned` too."""
        if month not in self._running:
            self._running[month] = running_in(self._reading, month)
        return [*self._running[month], *([UNASSIGNED] if rule in MEASURED and self._lost(rule, month) else [])]

    def _lost(self, rule: PoolRule, month: date) -> bool:
        """Whether `unassigned` has any part in what is measured, or an unknown one."""
        known = self._column(rule).get((month, UNASSIGNED))
        if known is None and rule == "tokens":
            return bool(self._column("interactions").get((month, UNASSIGNED)))
        return bool(known)

    def running(self, names: tuple[str, ...], month: date) -> list[str]:
        """Of some projects those that ran."""
        ran = self.everyone("even", month)
        return [name for name in names if name in ran]

    def weight(self, rule: PoolRule, month: date, project: str) -> Weight:
        """How much a project counts; None where that is unknown."""
        if rule == "even":
            return Decimal(1)
        if rule == "headcount":
            return people(self._reading.workspace.projects.get(project), month)
        return self._column(rule).get((month, project))

    def note(self, rule: PoolRule, month: date, project: str) -> str | None:
        """Why a weight is unknown, or what it does not include."""
        if rule == "headcount":
            known = people(self._reading.workspace.projects.get(project), month)
            return None if known is not None else f"headcount of {project} is not stated on {month}"
        row = self._place(rule, month, project) if rule in MEASURED else None
        if row is None:
            return None
        if rule == "cost":
            return self._cost_note(row)
        if rule == "tokens" and self._column(rule)[month, project] == 0:
            return None
        gaps = {name: measure_gap(self._sheet(rule), name, row) for name in TAKEN[rule]}
        said = list(dict.fromkeys(gap for gap in gaps.values() if gap))
        if rule == "tokens" and len(said) == 1 and None in gaps.values():
            (one,) = (name for name, gap in gaps.items() if gap)
            return f"{one.replace('_', ' ')}: {said[0]}"
        return "; ".join(said) or None

    def _cost_note(self, row: int) -> str | None:
        direct, metered = (self._made.columns[line][row].as_py() for line in ("cost_direct", "cost_metered"))
        gaps = [measure_gap(self._made, "direct_cost", row) if direct is None else None,
                measure_gap(self._made, "ai_cost", row) if metered is None or metered else None]  # fmt: skip
        total = (direct or Decimal(0)) + (metered or Decimal(0))
        said = f"credits exceed the cost by {tidy(-total)}: it counts as 0" if total < 0 else None
        return "; ".join(dict.fromkeys(part for part in (said, *gaps) if part)) or None

    def interactions(self) -> list[Weight]:
        """Number of interactions."""
        return self._values("interactions")

    def tokens(self) -> list[Weight]:
        """Tokens read and written. Without interactions there are none; where one of the two is known, it counts."""
        used, read, written = (self._values("tokens", name) for name in ("interactions", *TAKEN["tokens"]))
        return [
            (Decimal(0) if count == 0 else None) if one is None and other is None else _sum(one, other)
            for count, one, other in zip(used, read, written, strict=True)
        ]

    def cost(self) -> list[Weight]:
        """Direct and metered cost of the project itself; less than zero counts as zero."""
        direct, metered = (self._values("cost", line) for line in ("cost_direct", "cost_metered"))
        return [
            None if one is None and other is None else max(Decimal(0), _sum(one, other))
            for one, other in zip(direct, metered, strict=True)
        ]

    def active_users(self) -> list[Weight]:
        """Different actors of the month."""
        return self._values("active_users")

    def _values(self, rule: PoolRule, name: str | None = None) -> list[Weight]:
        found: list[Weight] = self._sheet(rule).columns[name or rule].to_pylist()
        return found

    def _sheet(self, rule: PoolRule) -> Sheet:
        """The measures of a rule; those that the book has already are not asked for again."""
        if all(name in self._made.columns for name in TAKEN[rule]):
            return self._made
        if rule not in self._sheets:
            names = tuple(dict.fromkeys((*TAKEN[rule], *(("interactions",) if rule == "tokens" else ()))))
            asked = Question(names, self._span, Grain.MONTH, ("project",))
            self._sheets[rule] = sheet(self._reading, asked, self._made.grid.cells, self._made.grid.keys)
        return self._sheets[rule]

    def _column(self, rule: PoolRule) -> Column:
        if rule not in self._columns:
            self._columns[rule] = dict(zip(self._places(rule), _MAKERS[rule](self), strict=True))
        return self._columns[rule]

    def _places(self, rule: PoolRule) -> dict[tuple[date, str], int]:
        if rule not in self._rows:
            grid = self._sheet(rule).grid
            self._rows[rule] = {(self._months[c], str(grid.projects[k])): row for row, (c, k) in enumerate(grid.rows)}
        return self._rows[rule]

    def _place(self, rule: PoolRule, month: date, project: str) -> int | None:
        return self._places(rule).get((month, project))


_MAKERS: Mapping[PoolRule, Callable[[Drivers], list[Weight]]] = {
    "interactions": Drivers.interactions,
    "tokens": Drivers.tokens,
    "cost": Drivers.cost,
    "active_users": Drivers.active_users,
}


def _sum(one: Weight, other: Weight) -> Decimal:
    return (one or Decimal(0)) + (other or Decimal(0))


def driver_kinds(workspace: Workspace) -> set[str]:
    """Kinds of fact that the rules of the pools look at."""
    rules = {split.rule for pool in workspace.pools.values() for split in (pool, *pool.later)}
    names = {name for rule in rules for name in TAKEN.get(rule, ())}
    return {MEASURES[name].relation for name in names if name in MEASURES}


def people(project: Project | None, month: date) -> Weight:
    """A project's headcount in a month."""
    stated = [] if project is None else [one for one in project.headcount if one.start is None or one.start <= month]
    return stated[-1].people if stated else None
