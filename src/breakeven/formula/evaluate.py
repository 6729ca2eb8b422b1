"""Formulas over a table, through a DuckDB of their own that sees nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Self

import duckdb
import pyarrow as pa

from breakeven.errors import BreakevenError, UnknownName
from breakeven.formula.language import Expression
from breakeven.formula.sql import compile_select

_INPUTS = "formula_inputs"


class Evaluator:
    """Evaluates definitions over Arrow tables. One per process is enough; safe to use from many threads.

    The database is in memory, without files, network or extensions, and its settings are locked.
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
        self._connection = duckdb.connect(":memory:", config=settings)
        self._connection.execute("SET lock_configuration = true")

    def evaluate(self, definitions: Mapping[str, Expression], table: pa.Table, keys: Sequence[str] = ()) -> pa.Table:
        """The keys and all definitions (DECIMAL(38, 12)) for every row of `table`, in its order.

        `definitions`: each after those it uses; `table`: the keys and a numeric column for each further name. Raises
        UnknownName where a column is missing.
        """
        columns = set(table.column_names)
        for name in (*keys, *(n for e in definitions.values() for n in e.names if n not in definitions)):
            if name not in columns:
                raise UnknownName("input", name, columns)
        statement = compile_select(definitions, _INPUTS, keys)
        cursor = self._connection.cursor()
        try:
            cursor.register(_INPUTS, table)
            return cursor.sql(statement).to_arrow_table()
        except duckdb.Error as error:
            raise BreakevenError(f"the formulas could not be evaluated: {str(error).splitlines()[0]}") from error
        finally:
            cursor.close()

    def close(self) -> None:
        """Give the memory back."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()
