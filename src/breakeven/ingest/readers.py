"""Files of facts as staging relations: opened by what they hold, mapped, given ids, cut into chunks.

A chunk has the columns `row` (1-based place of the record in its file), `malformed` (text of a record that could not
be read, else NULL) and the fact's fields that the file feeds, `id` and `source` always among them. Values are text, or
what the file's own types are (Parquet) or the mapping's expressions give. An empty value is NULL. A naive time is local
time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import duckdb
import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from breakeven import facts
from breakeven.errors import UsageProblem
from breakeven.ingest import columnar, delimited, focus, formats, jsonfiles, mapping, spreadsheet, streams
from breakeven.ingest.formats import Format
from breakeven.ingest.history import latest
from breakeven.ingest.identity import CONTENT, Occurrences, content_sql
from breakeven.ingest.numbers import Style, styles
from breakeven.ingest.plan import Plan, literal, quoted
from breakeven.ingest.rawfile import MALFORMED, PLACE, RawFile, passed_over
from breakeven.ingest.resuming import Mark
from breakeven.workspace.definitions import SourceMapping

CHUNK_ROWS = 122_880
"""Records of a chunk: as many as the store keeps together, so that a commit leaves nothing half filled."""
CHUNK_BYTES = 64 << 20
"""A chunk is closed early when it holds this much."""

_PIECE_ROWS = 8192
NOTHING = Mark()
"""Of a file that is read from its beginning."""

NUMBER, TEXT = "\x1forder_number", "\x1forder_text"
"""Columns by which the records of a file with `order_by` are put in order."""


class Origin(msgspec.Struct, frozen=True):
    """Where the records of a file come from, where that is more than the file."""

    source: str
    """Source of records that name none."""
    file: str = ""
    """What tells apart files of this source that hold equal records without ids."""
    ids: bool = False
    """Whether a record without an id is refused instead of getting one from its content."""


class SourceReader:
    """A file that is ready to be read as facts of one kind. Use `open_source`."""

    def __init__(
        self, path: Path, kind: str, spec: SourceMapping, raw: RawFile, plan: Plan, columns: Sequence[str],
        origin: Origin | None = None,
    ) -> None:  # fmt: skip
        self.path = path
        self.kind = kind
        """Kind of fact."""
        self.columns = tuple(columns)
        """The file's columns."""
        self.ignored = plan.ignored
        """Columns of the file that feed nothing."""
        self.size_bytes = path.stat().st_size
        """Size of the file as it lies on disk."""
        self.total_rows = raw.total_rows
        """Number of records, where the file says so before it is read."""
        self.filtered = 0
        """Records left out by `where`, so far."""
        self.superseded = 0
        """Records left out because a later one of the same file has the same id (only with `order_by`), so far."""
        self.own_ids = True
        """Whether every record so far had an id of its own."""
        self._raw, self._plan, self._ordered = raw, plan, spec.order_by is not None
        self._occurrences = Occurrences()
        self.source = origin.source if origin is not None else path.name
        """Source of records that name none."""
        # Where the source is declared, so is which files hold the same records.
        self._salt = origin.file if origin is not None and "source" not in {*spec.map, *spec.set} else ""
        self._makes_ids = origin is None or not origin.ids

    @property
    def notes(self) -> list[str]:
        """What a person should know about how the file was read."""
        return self._raw.notes()

    def progress(self) -> tuple[int, int]:
        """How much is done, of how much: bytes or records, for a progress bar."""
        return self._raw.progress()

    def chunks(self, rows: int = CHUNK_ROWS, after: Mark = NOTHING) -> Iterator[pa.Table]:
        """The staging tables in order, each of at most `rows` records. Can be called once.

        With `after` those behind the records that an earlier run took in. Raises FileUnreadable where the file turns
        out to be damaged, UsageProblem where the mapping cannot be applied.
        """
        try:
            # Records are passed over unread where each is one row, and none is needed to number others.
            unread = after.rows if after.own_ids and not self._ordered and self._plan.where is None else 0
            self.own_ids = after.own_ids
            yield from _cut(passed_over(self._arranged(unread), after.rows - unread), rows)
        finally:
            self._raw.close()

    def close(self) -> None:
        """Let go of the file, where it is not read to its end."""
        self._raw.close()

    def __enter__(self) -> SourceReader:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def _arranged(self, skip: int) -> Iterator[pa.Table]:
        mapped = self._mapped(skip)
        if not self._ordered:
            yield from mapped
            return
        for table, left_out in latest(mapped, NUMBER, TEXT, supersede=self.kind != "interaction"):
            self.superseded += left_out
            yield table.drop_columns([NUMBER, TEXT])

    def _mapped(self, skip: int) -> Iterator[pa.Table]:
        connection = duckdb.connect(config={"threads": 2, "memory_limit": "256MB"})
        connection.execute("SET TimeZone = 'UTC'")
        sql: str | None = None
        try:
            for unit in self._raw.tables(self._plan.wanted, skip):
                if sql is None:
                    sql = self._sql(self._styles(unit))
                # In pieces, so that both threads have work.
                pieces = unit.to_batches(max_chunksize=_PIECE_ROWS)
                connection.register("unit", pa.Table.from_batches(pieces, unit.schema))
                table = connection.sql(sql).to_arrow_table()
                self.filtered += unit.num_rows - table.num_rows
                yield self._identified(table)
        except duckdb.Error as error:
            first = str(error).split("\n", maxsplit=1)[0]
            raise UsageProblem(f"the mapping cannot be applied to {self.path.name}: {first}") from error
        finally:
            connection.close()

    def _styles(self, sample: pa.Table) -> dict[str, Style]:
        """How the numbers of the file are written, from its first records."""
        if not self._raw.textual:
            return {}
        semicolons = self._raw.separator == ";"
        return styles(sample, self._plan.styled(), comma_country=semicolons)

    def _sql(self, styles: Mapping[str, Style]) -> str:
        """SQL from `unit` to the staging relation, with the content of records that have no id."""
        plan = self._plan
        fields = plan.selected(styles)
        name = literal(self.source)
        source = f"coalesce(nullif(CAST({fields['source']} AS VARCHAR), ''), {name})" if "source" in fields else name
        given = f"nullif(trim(CAST({fields['id']} AS VARCHAR)), '')" if "id" in fields else "CAST(NULL AS VARCHAR)"
        inner = {field: quoted(field) for field in fields}
        content = "md5(key)" if plan.key else content_sql(inner)
        if self._salt:
            content = f"CASE WHEN source = {name} THEN md5({content} || {literal(self._salt)}) ELSE {content} END"
        rest = [(field, sql) for field, sql in fields.items() if field not in ("id", "source")]
        others = "".join(f", {sql} AS {quoted(field)}" for field, sql in rest)
        order = plan.order_by or "NULL"
        keys = f", TRY_CAST({order} AS DOUBLE) AS {quoted(NUMBER)}, CAST({order} AS VARCHAR) AS {quoted(TEXT)}"
        about = f", {plan.key} AS key" if plan.key else ""
        return f"""
            SELECT {"* EXCLUDE (key)" if plan.key else "*"},
                   CASE WHEN id IS NULL AND malformed IS NULL THEN {content} END AS {quoted(CONTENT)}
            FROM (SELECT {quoted(PLACE)} AS row, {quoted(MALFORMED)} AS malformed, {given} AS id, {source} AS source
                  {others}{keys if self._ordered else ""}{about}
                  FROM ({plan.inner(styles, "unit")})
                  WHERE {quoted(MALFORMED)} IS NOT NULL OR {plan.where or "true"})
        """

    def _identified(self, table: pa.Table) -> pa.Table:
        """The table with ids for the records that have none, and without their content."""
        content = table[CONTENT].combine_chunks()
        table = table.drop_columns([CONTENT])
        if content.null_count == len(content) or not self._makes_ids:
            return table
        self.own_ids = False
        without = pc.is_valid(content)
        texts = content.filter(without)
        numbers = self._occurrences.number(_keys(texts))
        made = pc.binary_join_element_wise(texts, pa.array(numbers).cast(pa.string()), "-")
        ids = pc.replace_with_mask(table["id"].combine_chunks(), without, made)
        return table.set_column(table.schema.get_field_index("id"), "id", ids)


def open_source(
    path: Path, *, kind: str, spec: SourceMapping | None = None, sheet: str | None = None, origin: Origin | None = None
) -> SourceReader:
    """A file ready to be read; `kind` is a fact kind or `focus`, `spec` says how columns become fields.

    Records that name no source are of the file, by its name; or of `origin`.

    Raises FileUnreadable (missing, empty, damaged, of another kind), UnknownName (kind, field, column, sheet),
    FormulaInvalid, and UsageProblem where nothing feeds a required field.
    """
    fact = mapping.fact_kind(kind)
    spec = spec or SourceMapping(name="", kind=kind)
    raw = _open_raw(path, [column.name for column in facts.columns(fact)], sheet)
    try:
        columns = raw.seen if isinstance(raw, jsonfiles.JsonFile) else raw.columns
        extra = raw.columns[len(columns) :]
        known = focus.preset_for(path, columns, [*spec.map, *spec.set]) if kind == mapping.FOCUS else None
        plan = mapping.compile_plan(path, fact, spec, columns, extra=extra, textual=raw.textual, preset=known)
    except BaseException:
        raw.close()
        raise
    return SourceReader(path, fact, spec, raw, plan, columns, origin)


def _open_raw(path: Path, fields: Sequence[str], sheet: str | None) -> RawFile:
    size = streams.file_size(path)
    counted = streams.Counted(path.open("rb"))
    try:
        stream = streams.plain(counted, path)
        head = stream.read(8)
        found = formats.binary_format(head)
        if found is not None:
            formats.check_name(path, found)
            counted.close()
            return columnar.ParquetFile(path) if found is Format.PARQUET else spreadsheet.SheetFile(path, sheet)
        text = streams.Utf8(streams.Joined(head, stream))
        found = formats.text_format(streams.peek(text, 1 << 16), path)
        formats.check_name(path, found)
        if found is Format.CSV:
            return delimited.DelimitedFile(path, counted, size, text)
        return jsonfiles.JsonFile(path, counted, size, text, lines=found is Format.LINES, fields=fields)
    except BaseException:
        counted.close()
        raise


def _keys(content: pa.Array) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
    """The first 64 bits of MD5 texts."""
    joined = "".join(content.to_pylist())
    return np.frombuffer(bytes.fromhex(joined), ">u8")[::2].astype(np.uint64)


def _cut(tables: Iterator[pa.Table], rows: int) -> Iterator[pa.Table]:
    """The same records in tables of `rows`, or fewer where they are large."""
    held: list[pa.Table] = []
    count = size = 0
    for table in tables:
        rest = table
        while rest.num_rows:
            part = rest.slice(0, rows - count)
            rest = rest.slice(part.num_rows)
            held.append(part)
            count += part.num_rows
            size += part.nbytes
            if count >= rows or size >= CHUNK_BYTES:
                yield pa.concat_tables(held, promote_options="permissive")
                held, count, size = [], 0, 0
    if held:
        yield pa.concat_tables(held, promote_options="permissive")
