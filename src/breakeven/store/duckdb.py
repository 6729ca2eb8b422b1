"""The embedded store: one DuckDB file, one process, one writer, any number of readers.

Durable: a commit is in DuckDB's write-ahead log and synced before `append` returns. Readers see whole commits only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Any, Self
from uuid import uuid4

import duckdb
import msgspec
import numpy as np
import pyarrow as pa

from breakeven.errors import StoreDamaged, StoreError, StoreLocked, UsageProblem
from breakeven.facts import KINDS
from breakeven.store.base import Commit, Parameters, Receipt, Repriced, Repricing, Versions
from breakeven.store.compaction import merge_periods, split_periods
from breakeven.store.ddl import create_table
from breakeven.store.engine import IN_MEMORY, Engine, literal
from breakeven.store.failures import check_place, check_time_zone, in_our_words
from breakeven.store.intake import COUNTED
from breakeven.store.keys import Flags, Keys, KeySet
from breakeven.store.migrations import migrate
from breakeven.store.past import Past
from breakeven.store.repricing import Repricer
from breakeven.store.rolling import roll, rolled, rows_out, show
from breakeven.store.rollups import ROLLUPS, current_interactions, derive, measures_view
from breakeven.store.schema import (
    FACT_TABLES,
    INTERACTION,
    META,
    OUTCOME,
    REJECTED,
    REVISION,
    SCHEMA_VERSION,
    WAITING,
    current_view,
    quoted,
)
from breakeven.store.timing import Timings
from breakeven.store.verification import fact_problems, rollup_differences
from breakeven.store.writing import Writer

MEMORY = IN_MEMORY
"""Path of a store that is gone when it is closed."""

_CHECKPOINT = "64MB"
"""Length of the write-ahead log at which it is folded into the file."""
_KEYS_AT_ONCE = 1 << 18
_MOST_SELECTS = 256
_selects: dict[str, duckdb.Statement] = {}
"""Queries that were asked, parsed, for all stores: over few rows that takes as long as answering them."""


class DuckDBSession:
    """One connection, as the writer needs it."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def execute(self, sql: str, parameters: Sequence[Any] | Mapping[str, Any] = ()) -> None:
        self._connection.execute(sql, parameters or None)

    def table(self, sql: str, parameters: Parameters = ()) -> pa.Table:
        return self._connection.sql(sql, params=parameters or None).to_arrow_table()

    def answer(self, sql: str, parameters: Parameters = ()) -> pa.Table:
        """Answer a query of somebody else: one SELECT. Raises UsageProblem for anything else."""
        select = _selects.get(sql)
        if select is None:
            statements = self._connection.extract_statements(sql)
            if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
                raise UsageProblem("the store answers one SELECT at a time")
            if len(_selects) >= _MOST_SELECTS:
                _selects.clear()
            select = _selects[sql] = statements[0]
        return self._connection.sql(select, params=parameters or None).to_arrow_table()

    def rows(self, sql: str, parameters: Parameters = ()) -> list[tuple[Any, ...]]:
        """Answer a query as Python rows."""
        return self._connection.execute(sql, parameters or None).fetchall()

    def keys(self, table: str) -> KeySet:
        """The keys of a table, read in parts into one array: they are the largest thing that a writer holds."""
        table = f"{table} WHERE {REVISION} = 1"
        (count,) = self.rows(f"SELECT count(*) FROM {table}")[0]
        keys, filled = np.empty(count, np.uint64), 0
        with self._connection.sql(f"SELECT key FROM {table}").to_arrow_reader(_KEYS_AT_ONCE) as reader:
            for batch in reader:
                keys[filled : filled + len(batch)] = batch.column(0).to_numpy()
                filled += len(batch)
        return KeySet(keys[:filled])

    def waiting(self) -> KeySet:
        """The keys of the interactions that outcomes wait for."""
        return KeySet(np.array(self.table(f"SELECT target FROM {WAITING.name}")["target"].to_numpy(), np.uint64))

    @contextmanager
    def holding(self, name: str, table: pa.Table) -> Iterator[None]:
        self._connection.register(name, table)
        try:
            yield
        except BaseException:
            # An aborted transaction lets nothing be unregistered: the name goes with the next table, the error stays.
            with suppress(duckdb.Error):
                self._connection.unregister(name)
            raise
        self._connection.unregister(name)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing."""
        self._connection.begin()
        try:
            yield
            self._connection.commit()
        except BaseException:
            with suppress(duckdb.Error):
                self._connection.rollback()
            raise


class DuckDBSnapshot:
    """One moment of a DuckDB store."""

    def __init__(
        self, session: DuckDBSession, versions: Versions, place: str, timings: Timings,
        as_of: datetime | None = None, past: Past | None = None,
    ) -> None:  # fmt: skip
        self._timings = timings
        self._session, self._versions, self._place, self._as_of, self._past = session, versions, place, as_of, past

    @property
    def versions(self) -> Versions:
        return self._versions

    @property
    def as_of(self) -> datetime | None:
        return self._as_of

    def query(self, sql: str, parameters: Parameters | None = None) -> pa.Table:
        with in_our_words(self._place, duckdb.Error), self._timings.timing():
            if self._past is not None:
                self._past.prepare(sql)
            return self._session.answer(sql, parameters or ())


class DuckDBStore:
    """A `Store` in one DuckDB file; made by `open`."""

    def __init__(self, engine: Engine, place: str, time_zone: str) -> None:
        self._engine, self._place, self._time_zone = engine, place, time_zone
        self._timings = Timings()
        self._writing = Lock()
        self._keys: dict[str, KeySet] = {}
        self._doubtful = False
        """Whether the file may hold more than `_keys`, after a commit of which it is not known if it was made."""
        self._begin(engine.connection)
        self._identity = _meta(self._writer)["store_id"]
        self._open = True

    def _begin(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._writer = DuckDBSession(connection.cursor())
        self._look()

    def _look(self) -> None:
        """Ask the file where the data stand."""
        self._versions = _read_versions(self._writer)
        self._journal = int(_meta(self._writer)["journal"])
        self._rows_out = rows_out(self._writer)

    @classmethod
    def open(
        cls,
        path: Path | str,
        *,
        time_zone: str | None = None,
        memory_limit: str = "512MB",
        threads: int = 2,
    ) -> Self:
        """Open a store, make it if it is not there, bring an older one to the present layout.

        `time_zone` (IANA name) cuts the roll-ups into local days; a store that was cut by another one is cut anew from
        its raw rows, in one transaction. None: as the store is, UTC for a new one. `memory_limit` as DuckDB writes it.
        Raises StoreLocked, StoreTooNew, StoreDamaged, StoreFull, StoreError, and UsageProblem for an unknown time zone.
        """
        place = str(path)
        check_time_zone(time_zone)
        if place != MEMORY:
            check_place(Path(place))
        engine = Engine(place, memory_limit, threads)
        try:
            with in_our_words(place, duckdb.Error):
                return cls(engine, place, _prepare(engine.connection, place, time_zone))
        except BaseException:
            engine.close()
            raise

    def append(self, commit: Commit) -> Receipt:
        """Write a commit and return when it is durable; see `store/base.py`."""
        with self._writing, self._words():
            self._check_open()
            if commit.journal is not None and commit.journal <= self._journal:
                # Opened again, it turned out to be there.
                raise StoreError(f"the store {self._place} has the journal up to {self._journal} already")
            if self._doubtful:
                self._keys.clear()
                self._doubtful = False
            for kind in (*commit.facts, *([INTERACTION] if OUTCOME in commit.facts else [])):
                self._keys_of(kind)
            if WAITING.name not in self._keys:
                self._keys[WAITING.name] = self._writer.waiting()
            writer = Writer(
                self._writer, self._keys, self._local_day, commit.recorded_at,
                version=self._versions.data + 1, rows_out=self._rows_out,
            )  # fmt: skip
            ready = False
            try:
                with self._writer.transaction():
                    verdicts = writer.write(commit)
                    ready = True
                self._take_over(writer, commit)
            except BaseException:
                if ready:
                    # The engine failed while committing, so the file may have the rows or not: it is asked again. Until
                    # then `may_hold` goes by what was there, and what may be there now.
                    self._doubtful = True
                    for kind, keys in writer.new_keys.items():
                        self._keys[kind].add(keys)
                    self._look()
                raise
            return Receipt(version=self._versions.data, verdicts=verdicts)

    def _keys_of(self, kind: str) -> KeySet:
        if kind not in self._keys:
            self._keys[kind] = self._writer.keys(FACT_TABLES[kind].name)
        return self._keys[kind]

    def may_hold(self, kind: str, keys: Keys) -> Flags:
        """For each key whether it may be stored; from any thread."""
        known = self._keys.get(kind)
        if known is None:
            with self._writing, self._words():
                self._check_open()
                known = self._keys_of(kind)
        return known.seen_before(keys)

    def _take_over(self, writer: Writer, commit: Commit) -> None:
        """Bring what is kept in memory to the state of the file after a commit."""
        self._rows_out = writer.rows_out
        for kind, keys in writer.new_keys.items():
            self._keys[kind].add(keys)
        if commit.journal is not None:
            self._journal = commit.journal
        if writer.changed:
            version = self._versions.data + 1
            by_kind = {**self._versions.by_kind, **dict.fromkeys(writer.changed, version)}
            self._versions = Versions(version, by_kind, commit.recorded_at)

    def reprice(self, repricing: Repricing, *, apply: bool) -> Repriced:
        """Give interactions another cost, or tell what that would change; see `store/base.py`."""
        with self._writing if apply else nullcontext(), self._words():
            self._check_open()
            if not apply:
                with self._engine.cursor() as cursor:
                    return self._repriced(DuckDBSession(cursor), repricing, apply=False)
            try:
                return self._repriced(self._writer, repricing, apply=True)
            finally:
                self._look()

    def _repriced(self, session: DuckDBSession, repricing: Repricing, *, apply: bool) -> Repriced:
        present = self._versions.data
        repricer = Repricer(session, self._local_day, repricing.recorded_at, present + 1)
        with session.transaction():
            done = repricer.write(repricing) if apply else repricer.preview(repricing)
        return done if apply and done.rows else msgspec.structs.replace(done, version=present)

    def query(self, sql: str, parameters: Parameters | None = None) -> pa.Table:
        """Answer a SELECT over the declared tables and views; from any thread."""
        self._check_alive()
        with self._words(), self._timings.timing(), self._engine.cursor() as cursor:
            return DuckDBSession(cursor).answer(sql, parameters or ())

    @contextmanager
    def snapshot(self, as_of: datetime | None = None) -> Iterator[DuckDBSnapshot]:
        """Hold one moment for several queries: the present, or what was recorded up to `as_of`."""
        self._check_alive()
        if as_of is not None and as_of.tzinfo is None:
            raise UsageProblem(f"as of {as_of}: an instant needs its time zone")
        with self._engine.cursor() as cursor:
            try:
                with self._words():
                    cursor.begin()
                    made = self._moment(DuckDBSession(cursor), as_of)
                yield made
            finally:
                with suppress(duckdb.Error):
                    cursor.rollback()

    def _moment(self, session: DuckDBSession, as_of: datetime | None) -> DuckDBSnapshot:
        versions = _read_versions(session)
        if as_of is None:
            return DuckDBSnapshot(session, versions, self._place, self._timings)
        ((name,),) = session.rows("SELECT current_database()")
        past = Past(session, as_of, f"{quoted(name)}.main", versions, self._local_day)
        return DuckDBSnapshot(session, past.versions, self._place, self._timings, as_of, past)

    @property
    def timings(self) -> Timings:
        """How long queries take."""
        return self._timings

    def versions(self) -> Versions:
        """The data version, in memory."""
        return self._versions

    @property
    def identity(self) -> str:
        """What tells this store from every other one."""
        return self._identity

    def journal(self) -> int:
        """Place in the journal up to which everything is stored, in memory."""
        return self._journal

    @property
    def time_zone(self) -> str:
        """IANA name of the zone that cuts the roll-ups into days."""
        return self._time_zone

    def compact(self) -> None:
        """Bring all rows into the roll-ups, merge partial rows, then fold the write-ahead log into the file."""
        with self._writing, self._words():
            self._check_open()
            if self._rows_out:
                with self._writer.transaction():
                    roll(self._writer, self._local_day, self._versions.data)
                self._rows_out = 0
            for rollup in (*ROLLUPS, *COUNTED):
                for periods in split_periods(self._writer, rollup):
                    with self._writer.transaction():
                        merge_periods(self._writer, rollup, periods)
            with suppress(duckdb.TransactionException):  # readers under way keep the log a little longer
                self._writer.execute("CHECKPOINT")

    def verify(self) -> list[str]:
        """Derive the roll-ups again and check the identity rules; one sentence a difference, none if all is well."""
        raw = current_interactions(self._local_day)
        with self.snapshot() as snapshot:
            written = [kind for kind, version in snapshot.versions.by_kind.items() if version]
            checks = [*(rollup_differences(rollup, raw) for rollup in ROLLUPS), *fact_problems(written)]
            return [problem for check in checks for problem in snapshot.query(check).column(0).to_pylist()]

    def backup(self, target: Path) -> None:
        """Write a consistent copy while running; `target` must not exist."""
        if target.exists():
            raise UsageProblem(f"the backup {target} exists already: name a new file")
        check_place(target)
        self._check_alive()
        self._engine.copy(target)

    def close(self) -> None:
        """Finish writing and let go of the file."""
        with self._writing:
            if self._open:
                self._open = False
                self._engine.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _check_open(self) -> None:
        """Raises StoreError where it is closed; opens it again where the engine stopped. By who holds `_writing`."""
        if not self._open:
            raise StoreError(f"the store {self._place} is closed")
        if self._engine.stopped is not None:
            self._doubtful = True
            self._engine.revive(self._prepare_again)

    def _check_alive(self) -> None:
        """As `_check_open`, for those who only read."""
        if not self._open or self._engine.stopped is not None:
            with self._writing:
                self._check_open()

    def _prepare_again(self, connection: duckdb.DuckDBPyConnection) -> None:
        _prepare(connection, self._place, self._time_zone)
        self._begin(connection)
        if _meta(self._writer)["store_id"] != self._identity:
            raise StoreDamaged(f"{self._place} is another store by now: start breakeven again")

    def _words(self) -> AbstractContextManager[None]:
        return self._engine.words()

    def _local_day(self, instant: str) -> str:
        return _local_day(self._time_zone, instant)


def _local_day(time_zone: str, instant: str) -> str:
    return f"CAST(timezone({literal(time_zone)}, {instant}) AS DATE)"


def _prepare(connection: duckdb.DuckDBPyConnection, place: str, time_zone: str | None) -> str:
    """Bring a fresh or older file to the present layout and time zone; gives the time zone."""
    session = DuckDBSession(connection)
    if session.rows("SELECT * FROM duckdb_connection_count()")[0][0] > 1:
        raise StoreLocked(f"the store {place} is open already in this process")
    session.execute("SET GLOBAL TimeZone = 'UTC'")
    session.execute(f"SET GLOBAL checkpoint_threshold = '{_CHECKPOINT}'")
    # The first look into the catalogue takes longer than making the tables; a store in memory is new.
    listed = [] if place == MEMORY else session.rows("SELECT table_name FROM duckdb_tables() WHERE NOT internal")
    tables = {name for (name,) in listed}
    with session.transaction():
        if not tables:
            return _create(session, time_zone or "UTC")
        if META.name not in tables:
            raise StoreDamaged(f"{place} is a DuckDB file but not a store of breakeven")
        return _update(session, time_zone)


def _create(session: DuckDBSession, time_zone: str) -> str:
    sums = (rollup.table for rollup in (*ROLLUPS, *COUNTED))
    for table in (META, REJECTED, WAITING, *FACT_TABLES.values(), *sums):
        session.execute(create_table(table))
    meta = {
        "schema_version": str(SCHEMA_VERSION),
        "store_id": uuid4().hex,
        "time_zone": time_zone,
        "changed_at": "",
        "data_version": "0",
        "rolled": "0",
        "journal": "0",
        **{f"data_version:{kind}": "0" for kind in KINDS},
    }
    rows = ", ".join(f"({literal(name)}, {literal(value)})" for name, value in meta.items())
    session.execute(f"INSERT INTO meta VALUES {rows}")
    _create_views(session, time_zone)
    return time_zone


def _update(session: DuckDBSession, time_zone: str | None) -> str:
    meta = _meta(session)
    if not {"schema_version", "time_zone", "data_version"} <= meta.keys():
        raise StoreDamaged("the store says nothing about its schema, time zone or version: restore a backup")
    migrated = migrate(session.execute, int(meta["schema_version"]))
    if "journal" not in meta:  # stores from before there was one
        session.execute("INSERT INTO meta VALUES ('journal', '0')")
    wanted = time_zone or meta["time_zone"]
    if migrated:
        session.execute("UPDATE meta SET value = ? WHERE name = 'schema_version'", [str(SCHEMA_VERSION)])
    if wanted != meta["time_zone"]:
        _derive_again(session, wanted)
        session.execute("UPDATE meta SET value = ? WHERE name = 'time_zone'", [wanted])
    if migrated or wanted != meta["time_zone"]:
        _create_views(session, wanted)
    return wanted


def _derive_again(session: DuckDBSession, time_zone: str) -> None:
    raw = current_interactions(lambda instant: _local_day(time_zone, instant))
    (version,) = session.rows("SELECT CAST(value AS BIGINT) FROM meta WHERE name = 'data_version'")[0]
    for rollup in ROLLUPS:
        session.execute(f"DELETE FROM {rollup.stored}")
        session.execute(
            f"INSERT INTO {rollup.stored} SELECT *, {version} FROM ({derive(rollup, raw)}) ORDER BY {rollup.period}"
        )
    session.execute("UPDATE meta SET value = ? WHERE name = 'rolled'", [str(version)])


def _create_views(session: DuckDBSession, time_zone: str) -> None:
    views = {kind: current_view(kind) for kind in KINDS}
    views["interaction_measures"] = measures_view(lambda instant: _local_day(time_zone, instant))
    for name, select in views.items():
        session.execute(f"CREATE OR REPLACE VIEW {name} AS {select}")
    show(session, lambda instant: _local_day(time_zone, instant), rolled(session))


def _meta(session: DuckDBSession) -> dict[str, str]:
    return dict(session.rows("SELECT name, value FROM meta"))


def _read_versions(session: DuckDBSession) -> Versions:
    meta = _meta(session)
    by_kind = {kind: int(meta[f"data_version:{kind}"]) for kind in KINDS}
    changed = datetime.fromisoformat(meta["changed_at"]) if meta["changed_at"] else None
    return Versions(int(meta["data_version"]), by_kind, changed)
