"""A table as a file, written as it is read: CSV, Parquet, Arrow and JSON. No more than a batch is held.

CSV is UTF-8 with a header; an unknown value is an empty field, an empty text is `""`, amounts have all their digits,
instants end with Z, and a text that a spreadsheet would run as a formula has an apostrophe before it.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from breakeven.errors import UnknownName

MEDIA_TYPES: Mapping[str, str] = {
    "csv": "text/csv", "parquet": "application/vnd.apache.parquet",
    "arrow": "application/vnd.apache.arrow.stream", "jsonl": "application/x-ndjson",
}  # fmt: skip
"""Form of a file → its media type."""
_RUNS = r"^[=+\-@\t\r\n]"
"""How a cell begins that a spreadsheet would run as a formula."""
_QUOTED = r'[",\r\n]|^$'
"""What is put between quotes: separators, and the empty text, which is not unknown."""
_ROW_GROUP = 100_000
"""Rows of Parquet that are compressed together."""

Batches = Iterable[pa.RecordBatch]
About = Mapping[str, str]


def written(form: str, schema: pa.Schema, batches: Batches, about: About) -> Iterator[bytes]:
    """The bytes of a file, in parts; `about` goes into the metadata of Parquet and Arrow. Raises UnknownName."""
    if form not in MEDIA_TYPES:
        raise UnknownName("format", form, MEDIA_TYPES)
    known = schema.with_metadata(dict(about))
    if form == "csv":
        return csv_parts(schema, batches)
    if form == "parquet":
        return _parquet(known, batches)
    return _arrow(known, batches) if form == "arrow" else _lines(batches)


def csv_parts(schema: pa.Schema, batches: Batches) -> Iterator[bytes]:
    """CSV: the header, then the rows of each batch."""
    yield (",".join(schema.names) + "\r\n").encode()
    for batch in batches:
        lines = pc.binary_join_element_wise(*(_shown(one) for one in batch.columns), ",",
                                            null_handling="replace", null_replacement="")  # fmt: skip
        yield "".join(f"{line}\r\n" for line in lines.to_pylist()).encode()


def _shown(column: pa.Array) -> pa.Array:
    """A column as CSV has it; null stays null."""
    if pa.types.is_timestamp(column.type):
        return pc.strftime(column, format="%Y-%m-%dT%H:%M:%SZ")
    if pa.types.is_decimal(column.type):
        return _plain(column)
    if not pa.types.is_string(column.type):
        return column.cast(pa.string())
    runs = pc.match_substring_regex(column, _RUNS)
    safe = pc.if_else(runs, pc.binary_join_element_wise("'", column, ""), column)
    doubled = pc.replace_substring(safe, '"', '""')
    return pc.if_else(pc.match_substring_regex(safe, _QUOTED), pc.binary_join_element_wise('"', doubled, '"', ""), safe)


def _plain(column: pa.Array) -> pa.Array:
    """Decimals as digits: no exponent, no zeros that only fill up."""
    texts = column.cast(pa.string())
    far = pc.match_substring(texts, "E")
    if pc.any(far).as_py():
        digits = pa.array([format(one, "f") for one in column.filter(far).to_pylist() if one is not None], pa.string())
        texts = pc.replace_with_mask(texts, pc.fill_null(far, False), digits)
    return pc.utf8_rtrim(pc.utf8_rtrim(texts, "0"), ".")


def _parquet(schema: pa.Schema, batches: Batches) -> Iterator[bytes]:
    sink = _Sink()
    with pq.ParquetWriter(sink, schema, compression="zstd", store_schema=True) as writer:
        waiting, rows = list[pa.RecordBatch](), 0
        for batch in batches:
            waiting.append(batch)
            rows += len(batch)
            if rows >= _ROW_GROUP:
                writer.write_table(pa.Table.from_batches(waiting).cast(schema))
                waiting, rows = [], 0
                yield sink.taken()
        if waiting:
            writer.write_table(pa.Table.from_batches(waiting).cast(schema))
    yield sink.taken()


def _arrow(schema: pa.Schema, batches: Batches) -> Iterator[bytes]:
    sink = _Sink()
    with pa.ipc.new_stream(sink, schema) as writer:
        for batch in batches:
            writer.write_batch(batch.replace_schema_metadata(schema.metadata))
            yield sink.taken()
    yield sink.taken()


def _lines(batches: Batches) -> Iterator[bytes]:
    """A JSON object a row; amounts are texts, unknown is null."""
    encoder = msgspec.json.Encoder()
    for batch in batches:
        yield b"".join(encoder.encode(row) + b"\n" for row in batch.to_pylist())


class _Sink(io.RawIOBase):
    """A file that only grows, whose bytes are taken away as they come."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._place = 0

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        part = bytes(memoryview(data))  # type: ignore[arg-type]
        self._parts.append(part)
        self._place += len(part)
        return len(part)

    def tell(self) -> int:
        return self._place

    def taken(self) -> bytes:
        """What was written since the last time."""
        found = b"".join(self._parts)
        self._parts.clear()
        return found
