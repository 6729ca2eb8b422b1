"""A small company in memory: facts are put in as they come, the workspace is the shipped one with some projects."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pyarrow as pa
import pytest

from breakeven.facts import columns
from breakeven.formula import Evaluator
from breakeven.ledger.ledger import Ledger
from breakeven.ledger.results import Entry, Explanation, MetricTable, Statement
from breakeven.money import Rate
from breakeven.period import Calendar
from breakeven.store.base import Commit
from breakeven.store.duckdb import MEMORY, DuckDBStore
from breakeven.store.schema import arrow_schema
from breakeven.store.state import State
from breakeven.workspace import default_workspace
from breakeven.workspace.definitions import AssumptionValue, Pool, Project, Workspace

NOW = datetime(2026, 4, 16, tzinfo=UTC)
"""The middle of April: 15 of 30 days are over."""


def at(text: str) -> datetime:
    """An instant from an ISO date or time, in UTC where it does not say."""
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


class Company:
    """A store and a workspace, and short ways to ask."""

    def __init__(self, evaluator: Evaluator, time_zone: str = "UTC") -> None:
        self._store = DuckDBStore.open(MEMORY, time_zone=time_zone, threads=1)
        self.evaluator = evaluator
        self.workspace: Workspace = msgspec.structs.replace(
            default_workspace(), calendar=Calendar(time_zone=time_zone), targets=()
        )
        self.state = State.open()
        self.now = NOW
        self._ledger: Ledger | None = None
        self._settled = False
        self._number = 0
        self._waiting: dict[str, dict[tuple[Any, Any], dict[str, Any]]] = {}
        """Facts that are to be committed: kind → source and id → row."""
        self._since = self.now
        self._at_once = False

    def settle(self) -> Company:
        """Refuse further changes: other tests ask this company too."""
        self._settled = True
        return self

    def _may_change(self) -> None:
        assert not self._settled, "this company is shared by the tests of a file: change one of your own"

    def declare(
        self, *projects: Project, pools: Sequence[Pool] = (), rates: Sequence[Rate] = (), **changes: Any
    ) -> None:
        """Add projects (with their baselines), pools and rates."""
        self._may_change()
        every = {**self.workspace.projects, **{project.id: project for project in projects}}
        assumptions = dict(self.workspace.assumptions)
        for project in projects:
            for name, value in project.baselines.items():
                own = AssumptionValue(value=value, start=date(1970, 1, 1), project=project.id)
                assumptions[name] = msgspec.structs.replace(assumptions[name], values=(*assumptions[name].values, own))
        self.workspace = msgspec.structs.replace(
            self.workspace, projects=every, assumptions=assumptions, pools={pool.name: pool for pool in pools},
            rates=tuple(rates), **changes,
        )  # fmt: skip
        self._ledger = None

    def assume(self, name: str, *values: AssumptionValue) -> None:
        """State an assumption anew."""
        self._may_change()
        stated = msgspec.structs.replace(self.workspace.assumptions[name], values=values)
        assumptions = {**self.workspace.assumptions, name: stated}
        self.workspace = msgspec.structs.replace(self.workspace, assumptions=assumptions)
        self._ledger = None

    def put(self, kind: str, *rows: Mapping[str, Any]) -> None:
        """Record facts; times may be text, amounts too.

        What is put one after the other at one moment is one commit, made before anything is asked.
        """
        self._may_change()
        for i, row in enumerate(rows):
            full = {column.name: column.default for column in columns(kind)}
            full |= {"id": f"{kind}-{self._number}-{i}", "source": "test"}
            full |= {name: _native(kind, name, value) for name, value in row.items()}
            key = full["source"], full["id"]
            if self._since != self.now or key in self._waiting.get(kind, ()):
                self._commit()
            self._waiting.setdefault(kind, {})[key] = full
            self._since = self.now
        self._number += 1
        if self._at_once:
            self._commit()

    def _commit(self) -> None:
        waiting, self._waiting = self._waiting, {}
        facts = {
            kind: pa.Table.from_pylist(
                [row | {"ordinal": i} for i, row in enumerate(rows.values())], schema=arrow_schema(kind))
            for kind, rows in waiting.items() if rows
        }  # fmt: skip
        if facts:
            self._store.append(Commit(facts=facts, recorded_at=self._since))

    @property
    def store(self) -> DuckDBStore:
        """The store itself; as whoever holds it may ask it at any time, nothing waits from now on."""
        self._at_once = True
        self._commit()
        return self._store

    @property
    def ledger(self) -> Ledger:
        """The ledger itself; nothing waits from now on."""
        self._at_once = True
        return self._asked()

    def _asked(self) -> Ledger:
        self._commit()
        if self._ledger is None:
            self._ledger = Ledger(self.workspace, self._store, self.evaluator, self.state)
        return self._ledger

    def statement(self, period: str, project: str | None = None) -> Statement:
        return self._asked().statement(self.workspace.calendar.parse(period, self.now), now=self.now, project=project)

    def metric(self, name: str, **question: Any) -> MetricTable:
        return self._asked().metrics([name], now=self.now, **question)[0]

    def values(self, name: str, **question: Any) -> dict[Any, Any]:
        """Value by period and whatever it is cut by."""
        return {
            tuple(part for part in (row.period, row.project, row.model, row.dimension) if part is not None): row.value
            for row in self.metric(name, **question).rows
        }

    def explain(self, name: str, period: str, project: str | None = None) -> Explanation:
        return self._asked().explain(
            name, period=self.workspace.calendar.parse(period, self.now), now=self.now, project=project
        )

    def entries(self, **question: Any) -> tuple[Entry, ...]:
        return self._asked().entries(now=self.now, **question)

    def close(self) -> None:
        self._store.close()
        self.state.close()


def _native(kind: str, name: str, value: Any) -> Any:
    column = next(column for column in columns(kind) if column.name == name)
    if isinstance(value, str) and column.type == "instant":
        return at(value)
    if column.type == "money" and value is not None:
        return Decimal(str(value))
    return value


@pytest.fixture(scope="session")
def evaluator() -> Iterator[Evaluator]:
    with Evaluator(threads=1) as made:
        yield made


@contextmanager
def _companies(evaluator: Evaluator) -> Iterator[Callable[..., Company]]:
    made: list[Company] = []

    def make(time_zone: str = "UTC") -> Company:
        made.append(Company(evaluator, time_zone))
        return made[-1]

    yield make
    for company in made:
        company.close()


@pytest.fixture
def new_company(evaluator: Evaluator) -> Iterator[Callable[..., Company]]:
    with _companies(evaluator) as make:
        yield make


@pytest.fixture(scope="module")
def lasting_company(evaluator: Evaluator) -> Iterator[Company]:
    """One for all tests of a file, which only ask it, or put back what they change."""
    with _companies(evaluator) as make:
        yield make()


@pytest.fixture
def company(new_company: Callable[..., Company]) -> Company:
    return new_company()
