"""Formulas over a table, through a DuckDB of their own that sees nothing else."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import Lock
from types import TracebackType
from typing import Self

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from breakeven.errors import BreakevenError, UnknownName
from breakeven.formula.doubles import PART, compile_crossed, compile_doubles
from breakeven.formula.language import Expression
from breakeven.formula.sql import compile_select

_MOST_PLANS = 64
"""Prepared statements that a session keeps: a tornado asks one for each assumption."""


class Evaluator:
    """Evaluates definitions over Arrow tables. One per process is enough; safe to use from many threads.

    The database is in memory, without files, network or extensions, and its settings are locked. It is begun with the
    first formula: many commands evaluate none. Plans are kept: making one for 40 definitions takes ten times as long as
    running it over one row.
    """

    def __init__(self, *, memory_limit: str = "256MB", threads: int | None = None) -> None:
        settings: dict[str, str | bool | int | float | list[str]] = {
            "enable_external_access": "false",
            "autoload_known_extensions": "false",
            "autoinstall_known_extensions": "false",
            "memory_limit": memory_limit,
        }
        if threads is not None:
            settings["threads"] = threads
        self._settings = settings
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._idle: list[_Session] = []
        self._lock = Lock()

    def evaluate(self, definitions: Mapping[str, Expression], table: pa.Table, keys: Sequence[str] = ()) -> pa.Table:
        """The keys and all definitions (DECIMAL(38, 12)) for every row of `table`, in its order.

        `definitions`: each after those it uses; `table`: the keys and a numeric column for each further name. Raises
        UnknownName where a column is missing.
        """
        used = list(dict.fromkeys((*keys, *(n for e in definitions.values() for n in e.names if n not in definitions))))
        for name in used:
            if name not in table.column_names:
                raise UnknownName("input", name, table.column_names)
        rows = table.select(used) if used else pa.table({"row": pa.nulls(table.num_rows, pa.int8())})
        try:
            with self._session() as session:
                return session.run(definitions, rows, keys)
        except duckdb.Error as error:
            raise BreakevenError(f"the formulas could not be evaluated: {str(error).splitlines()[0]}") from error

    def doubles(self, definitions: Mapping[str, Expression], table: pa.Table) -> pa.Table:
        """All definitions in DOUBLE for every row of `table`, in its order: for draws, not for amounts to the cent."""
        return next(self._streamed(compile_doubles(definitions, "rows"), {}, "rows", [table]))

    def crossed(
        self, definitions: Mapping[str, Expression], wanted: str, rows: pa.Table, chunks: Iterable[pa.Table],
        scaled: Sequence[str],
    ) -> Iterator[pa.Table]:  # fmt: skip
        """For each chunk of vectors the sums of a definition over the rows of each part, by part and vector.

        In DOUBLE. The columns of `rows` and of the chunks are described at `compile_crossed`.
        """
        parts = pc.count_distinct(rows.column(PART)).as_py() > 1
        sql = compile_crossed(definitions, wanted, "rows", "vectors", scaled, parts)
        yield from self._streamed(sql, {"rows": rows}, "vectors", chunks)

    def _streamed(
        self, sql: str, fixed: Mapping[str, pa.Table], name: str, chunks: Iterable[pa.Table]
    ) -> Iterator[pa.Table]:
        """The answer of a query for each of the tables that `name` stands for in turn."""
        with self._lock:
            cursor = self._cursor()
        try:
            for other, table in fixed.items():
                cursor.register(other, _doubled(table))
            for chunk in chunks:
                cursor.register(name, _doubled(chunk))
                yield cursor.sql(sql).to_arrow_table()
                cursor.unregister(name)
        except duckdb.Error as error:
            raise BreakevenError(f"the formulas could not be evaluated: {str(error).splitlines()[0]}") from error
        finally:
            cursor.close()

    @contextmanager
    def _session(self) -> Iterator[_Session]:
        with self._lock:
            session = self._idle.pop() if self._idle else _Session(self._cursor())
        try:
            yield session
        except BaseException:
            session.close()
            raise
        with self._lock:
            self._idle.append(session)

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        if self._connection is None:
            self._connection = duckdb.connect(":memory:", config=self._settings)
            self._connection.execute("SET lock_configuration = true")
        return self._connection.cursor()

    def close(self) -> None:
        """Give the memory back; another formula begins anew."""
        with self._lock:
            for session in self._idle:
                session.close()
            self._idle.clear()
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _doubled(table: pa.Table) -> pa.Table:
    """The table with DOUBLE in the place of decimals."""
    fields = [pa.field(f.name, pa.float64()) if pa.types.is_decimal(f.type) else f for f in table.schema]
    return table.cast(pa.schema(fields))


class _Inputs:
    """What a plan reads: whatever table it holds when the plan runs (Arrow's PyCapsule protocol)."""

    def __init__(self, table: pa.Table) -> None:
        self.table = table

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self.table.__arrow_c_stream__(requested_schema)


class _Session:
    """One connection with its plans, used by one thread at a time.

    A plan over an Arrow stream stays valid when the stream has other rows; one over a table is made anew each time.
    """

    def __init__(self, cursor: duckdb.DuckDBPyConnection) -> None:
        self._cursor = cursor
        self._plans: OrderedDict[tuple[str, str], tuple[str, _Inputs]] = OrderedDict()
        self._made = 0

    def run(self, definitions: Mapping[str, Expression], rows: pa.Table, keys: Sequence[str]) -> pa.Table:
        """The result for some rows; a plan is made unless this session has one for these formulas and types."""
        types = ", ".join(f"{field.name} {field.type}" for field in rows.schema)
        key = (compile_select(definitions, "", keys), types)
        name, inputs = self._plans.get(key) or self._plan(key, definitions, rows, keys)
        self._plans.move_to_end(key)
        inputs.table = rows
        try:
            return self._cursor.sql(f"EXECUTE run_{name}").to_arrow_table()
        finally:
            inputs.table = rows.schema.empty_table()

    def _plan(
        self, key: tuple[str, str], definitions: Mapping[str, Expression], rows: pa.Table, keys: Sequence[str]
    ) -> tuple[str, _Inputs]:
        if len(self._plans) >= _MOST_PLANS:
            _, (oldest, _) = self._plans.popitem(last=False)
            self._cursor.execute(f"DEALLOCATE run_{oldest}")
            self._cursor.unregister(oldest)
        self._made += 1
        name, inputs = f"formula_inputs_{self._made}", _Inputs(rows)
        self._cursor.register(name, inputs)
        self._cursor.execute(f"PREPARE run_{name} AS {compile_select(definitions, name, keys)}")
        self._plans[key] = name, inputs
        return name, inputs

    def close(self) -> None:
        """Forget the plans."""
        self._plans.clear()
        self._cursor.close()
