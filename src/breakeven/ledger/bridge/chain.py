"""The way from one end to the other: one thing is switched at a time, and the book is evaluated anew each time.

The order is fixed, so that the parts add up to the change by construction: method, what was declared then against now,
late data, assumptions, currency, allocation, then volume, mix, price and quality of the facts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import cached_property

import msgspec
import pyarrow as pa

from breakeven.ledger.books.book import Book
from breakeven.ledger.books.closure import closure, inputs_of
from breakeven.ledger.books.valuation import revalued
from breakeven.ledger.bridge.declared import Pooled, allocated, assumed, foreign, rate_on, with_rates_of
from breakeven.ledger.bridge.results import Factor
from breakeven.ledger.bridge.rows import Amounts, Ends, Key, Lists, added, amounts, ends, inputs, moved, part_of
from breakeven.ledger.bridge.sides import Standing, in_workspace, over
from breakeven.ledger.bridge.traffic import Steps, Values, cells_of, counted, is_price, kind_of, metered
from breakeven.ledger.desk import Desk
from breakeven.ledger.measuring.measures import DECIMAL
from breakeven.workspace.builtins import COST_LINES
from breakeven.workspace.definitions import Definition

Change = tuple[Decimal | None, Decimal | None]


class State(msgspec.Struct, kw_only=True):
    """The rows' figures at one point of the way."""

    factor: Factor | None
    """What was switched to come here; None: the first end as it stands."""
    item: str
    """Which assumption, currency or pool, where one was switched."""
    amounts: Amounts
    desk: Desk
    """Whose workspace makes the figure from the amounts."""
    told: Mapping[str, Change] = {}
    """Project → what was switched, as it was and as it is."""
    unit: str = "money"
    """Of what was switched."""


class Way:
    """From one end to the other."""

    def __init__(self, first: Standing, last: Standing, names: Sequence[str]) -> None:
        self.first, self.last, self._names = first, last, tuple(names)
        self.world = self._converted = _world(last)
        self.steps: dict[str, Steps] = {}
        """Input → its way through volume and mix."""
        self.before: dict[str, dict[Key, Decimal | None]] = {}
        """Input → its rows before volume."""
        self.after: dict[str, dict[Key, Decimal | None]] = {}
        """Input → its rows on the last end."""
        self.pools: Mapping[Pooled, tuple[Decimal, Decimal]] = {}
        """(Pool, project) → its part with the shares of the first end, and with those of the last."""
        self.notes: list[str] = []
        self._listed: Lists = {}
        self._sums: dict[str, dict[str, Change]] = {}

    # --- rows

    @cached_property
    def definitions(self) -> dict[str, Definition]:
        """The formulas that are needed, of those that are made per month and project."""
        made = self.world.live_book().definitions
        return closure(made, [name for name in self._names if name in made])

    @cached_property
    def stated(self) -> Ends:
        """The first end as it stands."""
        return ends(self.first.book, self.first.months)

    @cached_property
    def base(self) -> Ends:
        """The months of the first end as they stand on the side of the last, under the formulas of the way."""
        part = self._part(self.world.book(), self.first)
        return (
            self._anew(part) if any(self._methodology(month) != self.version for month in self.first.months) else part
        )

    @cached_property
    def stands(self) -> Ends:
        """The last end as it stands."""
        return ends(self.last.book, self.last.months)

    @cached_property
    def target(self) -> Ends:
        """The last end's inputs under the formulas of the way; as it stands where it was made by these."""
        if all(self.last.methodology(month) == self.version for month in self.last.months):
            return self.stands
        part = self._part(self.world.book(), self.last)
        return self._anew(part)

    @cached_property
    def keys(self) -> list[Key]:
        """All rows of both ends."""
        return list(dict.fromkeys([*self.stated.rows, *self.base.rows, *self.stands.rows]))

    def _part(self, book: Book, side: Standing) -> Ends:
        found = ends(book, side.months)
        rows = {key: i for i, key in enumerate(found.rows)}
        return Ends(book=part_of(book, list(found.rows.values()), self.definitions), months=side.months, rows=rows)

    @property
    def version(self) -> str:
        """Methodology of the formulas of the way."""
        return self.world.workspace.methodology.version

    def _methodology(self, month: date) -> str:
        """By what a month stands on the side of the last end."""
        closed = self.world.frozen.months.get(month) if self.world.frozen else None
        return closed.seal.methodology if closed is not None else self.version

    def _anew(self, one: Ends) -> Ends:
        """The rows by the formulas of the way, whatever they were made by."""
        return self._with(one, {name: one.book.sheet.columns[name] for name in inputs(one.book)})

    def _with(self, one: Ends, columns: Mapping[str, pa.Array]) -> Ends:
        book = revalued(one.book, self.world.evaluator, columns) if columns else one.book
        return Ends(book=book, months=one.months, rows=one.rows)

    # --- states

    def states(self) -> Iterator[State]:
        """The first end, and what it is after each switch; the last one is the last end as it stands."""
        yield self._state(None, self.stated, desk=self.first.desk)
        yield from self._then_and_now()
        yield self._state("late_data", self.base)
        columns: dict[str, pa.Array] = {}
        for found in (self._assumptions, self._currencies, self._pools):
            yield from found(columns)
        yield from self._facts(columns)
        yield self._state("quality", self.target)
        yield self._state("method", self.stands, desk=self.last.desk)

    def _state(
        self, factor: Factor | None, one: Ends, item: str = "", *, desk: Desk | None = None,
        told: Mapping[str, Change] | None = None, unit: str = "money",
    ) -> State:  # fmt: skip
        shown = amounts(one, self.keys, self._names, self._listed)
        return State(factor=factor, item=item, amounts=shown, desk=desk or self.world,
                     told=told or {}, unit=unit)  # fmt: skip

    def _on(self, columns: Mapping[str, pa.Array]) -> Ends:
        """The rows of the way with some inputs exchanged."""
        return self._with(self.base, columns)

    def _then_and_now(self) -> Iterator[State]:
        """Where the first end stands by another methodology.

        Its own inputs under the formulas of the way, then what was declared then against what is declared now.
        """
        if all(self.first.methodology(month) == self.version for month in self.first.months):
            return
        columns = moved(self.base, self.stated, inputs(self.base.book))
        yield self._state("method", self._anew(self._on(columns)))
        others = [month for month in self.first.months if self.first.methodology(month) != self._methodology(month)]
        for name in inputs(self.base.book) if others else ():
            if name in columns and (name in self.world.workspace.assumptions or name == "cost_implementation"):
                was, columns[name] = columns[name], self.base.book.sheet.columns[name]
                yield self._state("assumption", self._on(columns), name, told=self._told(was, columns[name]),
                                  unit=self._unit(name))  # fmt: skip
        for version in dict.fromkeys(map(self.first.methodology, others)):
            yield from self._declared_then(columns, version)

    def _declared_then(self, columns: dict[str, pa.Array], version: str) -> Iterator[State]:
        """Pools and rates as they are declared now, over the facts of then."""
        desk = self.first.desk
        then, now = in_workspace(desk, version).workspace, self.world.workspace
        months = [month for month in self.first.months if self.first.methodology(month) == version]
        if then.methodology.version != version:
            lost = "what differs in it beside formulas and assumptions is late data"
            self.notes.append(f"the workspace of methodology {version} was not kept: {lost}")
            return
        if (then.pools, then.projects, then.rates) == (now.pools, now.projects, now.rates):
            return
        known = ends(over(desk, now).live_book(), self.first.months)
        rows = {key: row for key, row in known.rows.items() if self.first.months[key[0]] in months}
        current = self._on(columns)
        other = Ends(book=known.book, months=known.months, rows=rows)
        switches: tuple[tuple[Factor, list[str]], ...] = (
            ("allocation", ["cost_allocated"]), ("currency", inputs(self.base.book))
        )  # fmt: skip
        for factor, names in switches:
            changed = moved(current, other, [name for name in names if name not in now.assumptions])
            if changed:
                columns |= changed
                yield self._state(factor, self._on(columns))

    def _assumptions(self, columns: dict[str, pa.Array]) -> Iterator[State]:
        """What is assumed for the months of the last end, in those of the first."""
        for name in inputs_of(self.definitions):
            if name in self.world.workspace.assumptions and name in self.base.book.sheet.columns:
                was, now = self.base.book.sheet.columns[name], assumed(self.world, name, self.base, self.target)
                if not now.equals(was):
                    columns[name] = now
                    yield self._state("assumption", self._on(columns), name, told=self._told(was, now),
                                      unit=self._unit(name))  # fmt: skip

    def _currencies(self, columns: dict[str, pa.Array]) -> Iterator[State]:
        """The exchange rates of the last end's months, in those of the first."""
        desk, home = self.world, self.world.workspace.currency
        facts = [name for name in inputs(self.base.book) if name not in self.world.workspace.assumptions]
        for currency in foreign(desk) if self.first.months != self.last.months else ():
            other = with_rates_of(desk, currency, self.first.months, self.last.months)
            if other is not desk:
                desk = self._converted = other
                before, after = (ends(one.live_book(), self.first.months) for one in (self.world, desk))
                columns |= added(self.base, before, after, facts)
                days = (side.months[-1] for side in (self.first, self.last))
                was, now = (rate_on(self.world, currency, day) for day in days)
                told = {project: (was, now) for _, project in self.keys}
                yield self._state("currency", self._on(columns), currency, told=told, unit=f"{home}/{currency}")

    def _pools(self, columns: dict[str, pa.Array]) -> Iterator[State]:
        """The shares of the last end's months in each pool, in those of the first."""
        if self.first.months == self.last.months:
            return
        now = self._on(columns)
        line, self.pools = allocated(self._converted, now, self.world, self.target)
        if not line.equals(now.book.sheet.columns["cost_allocated"]):
            columns["cost_allocated"] = line
            yield self._state("allocation", self._on(columns))

    def _facts(self, columns: dict[str, pa.Array]) -> Iterator[State]:
        """How much of what, at which amount a unit."""
        now = self._on(columns)
        names = [name for name in inputs(now.book) if name in {*inputs_of(self.definitions), *COST_LINES}]
        self.before, self.after = (self._rows(side, names) for side in (now, self.target))
        mixed = [name for name in names if kind_of(name) == "traffic"]
        at, to = (cells_of(self.world, side.side.period, mixed) for side in (self.first, self.last))
        for name in names:
            before, after = self.before[name], self.after[name]
            if name in mixed:
                self.steps[name] = metered(name, before, after, at, to)
            elif kind_of(name) == "quantity":
                self.steps[name] = counted(before, after)
            else:
                self.steps[name] = Steps(volume=after, mix=after)
        moving = [name for name in names if name in mixed or self.before[name] != self.after[name]]
        columns |= {name: self._column(now, name, self.steps[name].volume) for name in moving}
        yield self._state("volume", self._on(columns))
        columns |= {name: self._column(now, name, self.steps[name].mix) for name in moving}
        yield self._state("mix", self._on(columns))
        columns |= moved(now, self.target, [name for name in names if is_price(name)])
        yield self._state("price", self._on(columns))

    def _rows(self, one: Ends, names: Sequence[str]) -> dict[str, dict[Key, Decimal | None]]:
        found = amounts(one, self.keys, names, self._listed)
        nothing: list[Decimal | None] = [None] * len(self.keys)
        return {name: dict(zip(self.keys, found.get(name, nothing), strict=True)) for name in names}

    def sums(self, name: str) -> dict[str, Change]:
        """Project → an input's sum before volume, and on the last end; None: nothing is known of it."""
        if name not in self._sums:
            self._sums[name] = _by_project(self.before[name], self.after[name])
        return self._sums[name]

    def _told(self, was: pa.Array, now: pa.Array) -> dict[str, Change]:
        """What an input was and is, by project: in the first month in which it differs."""
        found: dict[str, Change] = {}
        before, after = was.to_pylist(), now.to_pylist()
        for (_, project), row in sorted(self.base.rows.items()):
            if before[row] != after[row]:
                found.setdefault(project, (before[row], after[row]))
        return found

    def _unit(self, name: str) -> str:
        stated = self.world.workspace.assumptions.get(name)
        return stated.unit if stated is not None else "money"

    def _column(self, one: Ends, name: str, values: Values) -> pa.Array:
        """An input with other values in the rows that the last end has too."""
        found = one.book.sheet.columns[name].to_pylist()
        both = self.target.rows
        for key, row in one.rows.items():
            if key in both:
                found[row] = values[key]
        return pa.array(found, DECIMAL)


def _by_project(before: Values, after: Values) -> dict[str, Change]:
    found: dict[str, list[Decimal | None]] = {}
    for place, side in enumerate((before, after)):
        for (_, project), value in side.items():
            if value is not None:
                sums = found.setdefault(project, [None, None])
                sums[place] = (sums[place] or Decimal(0)) + value
    return {project: (x, y) for project, (x, y) in found.items()}


def _world(last: Standing) -> Desk:
    """The desk of the way: the facts of the last end, and the workspace that it was made by, where that is one."""
    versions = {last.methodology(month) for month in last.months}
    return in_workspace(last.desk, versions.pop()) if len(versions) == 1 else last.desk
