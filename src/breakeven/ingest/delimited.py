"""Delimited text (CSV and its relatives), read in a stream; rows that do not fit are given as they stand."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from breakeven.errors import FileUnreadable
from breakeven.ingest.dialect import sniff
from breakeven.ingest.rawfile import MALFORMED, PLACE, UNIT_BYTES, passed_over
from breakeven.ingest.streams import Bytes, Counted, Utf8, peek


class _Readable:
    """A stream as Arrow asks for it."""

    closed = False

    def __init__(self, stream: Bytes) -> None:
        self._stream = stream
        self.quotes = 0

    def read(self, size: int = -1, /) -> bytes:
        data = self._stream.read(size)
        self.quotes += data.count(b'"')
        return data


class DelimitedFile:
    """A file whose first record names the columns; an empty field is NULL."""

    textual = True
    total_rows: int | None = None

    def __init__(self, path: Path, counted: Counted, size: int, text: Utf8) -> None:
        self._path, self._counted, self._size, self._text = path, counted, size, text
        dialect = sniff(peek(text), path)
        text.read(dialect.skip)
        self.columns = dialect.columns
        self.separator: str | None = dialect.separator
        self._bad: list[tuple[int, str]] = []
        """Place and text of rows that do not fit."""
        self._parsed = 0
        """Records before what is being parsed."""
        self._read: list[str] = []

    def tables(self, wanted: Sequence[str], skip: int = 0) -> Iterator[pa.Table]:
        """See RawFile."""
        yield from passed_over(self._tables(wanted), skip)

    def _tables(self, wanted: Sequence[str]) -> Iterator[pa.Table]:
        if not peek(self._text, 1 << 12).strip(b"\r\n"):
            return
        # The last column is always read: there a quote that is never closed shows.
        self._read = list(dict.fromkeys([*wanted, self.columns[-1]]))
        readable = _Readable(self._text)
        done, last = 0, None
        try:
            for batch in self._open(readable, '"'):
                if last is not None:
                    yield last.select([PLACE, MALFORMED, *wanted])
                last, done = self._placed(batch, done)
        except pa.ArrowInvalid as error:
            last = _joined(last, self._rest(error, done))
        else:
            if last is not None and readable.quotes % 2:
                last = self._unclosed(last)
        if last is not None:
            yield last.select([PLACE, MALFORMED, *wanted])

    def notes(self) -> list[str]:
        """See RawFile."""
        return [self._text.note] if self._text.note else []

    def progress(self) -> tuple[int, int]:
        """See RawFile: bytes."""
        return self._counted.done, self._size

    def close(self) -> None:
        """See RawFile."""
        self._counted.close()

    def _open(self, readable: _Readable, quote: str | bool) -> csv.CSVStreamingReader:
        def refuse(row: csv.InvalidRow) -> str:
            self._bad.append((self._parsed + row.number, row.text))
            return "skip"

        return csv.open_csv(
            pa.PythonFile(readable, mode="r"),
            # One thread: only then are rows that do not fit reported with their number.
            csv.ReadOptions(block_size=UNIT_BYTES, use_threads=False, column_names=list(self.columns)),
            csv.ParseOptions(
                delimiter=self.separator, quote_char=quote, newlines_in_values=bool(quote), invalid_row_handler=refuse
            ),
            csv.ConvertOptions(
                include_columns=self._read,
                column_types=dict.fromkeys(self.columns, pa.string()),
                strings_can_be_null=True,
                quoted_strings_can_be_null=True,
                null_values=[""],
            ),
        )

    def _placed(self, batch: pa.RecordBatch, done: int) -> tuple[pa.Table, int]:
        """The batch with the places of its rows, then the rows that did not fit."""
        last = done + batch.num_rows + len(self._bad)
        bad, self._bad = [row for row in self._bad if row[0] <= last], [row for row in self._bad if row[0] > last]
        places = np.arange(done + 1, done + 1 + batch.num_rows + len(bad))
        good = places[~np.isin(places, [number for number, _ in bad])]
        table = pa.table(
            {PLACE: pa.array(good), MALFORMED: pa.nulls(batch.num_rows, pa.string())}
            | {name: batch.column(name) for name in self._read}
        )
        return (_joined(table, self._malformed(bad)) if bad else table), done + len(places)

    def _rest(self, error: pa.ArrowInvalid, done: int) -> pa.Table:
        """What is left of a file from a record on that has no end."""
        if "straddling" not in str(error) and "out of sync" not in str(error):
            raise FileUnreadable(f"{self._path} cannot be read as delimited text: {error}") from error
        text = f"the rest of the file: a record longer than {UNIT_BYTES >> 20} MB, or a quote that is never closed"
        bad, self._bad = [*self._bad, (done + len(self._bad) + 1, text)], []
        return self._malformed(bad)

    def _unclosed(self, table: pa.Table) -> pa.Table:
        """The file's last records where the last one may have swallowed others by a quote that is never closed."""
        good = int(pc.sum(pc.is_null(table[MALFORMED])).as_py() or 0)
        texts = [table[name][good - 1].as_py() or "" for name in self._read] if good else []
        swallowed = next((text for text in texts if "\n" in text), None)
        if swallowed is None:
            return table
        first, _, rest = swallowed.partition("\n")
        place = table[PLACE][good - 1].as_py()
        bad = self._malformed([(place, f"a quote that is never closed before: {first}")])
        parts = [table.slice(0, good - 1), table.slice(good), bad]
        if rest.strip():
            self._parsed = place
            for batch in self._open(_Readable(io.BytesIO(rest.encode())), quote=False):
                found, place = self._placed(batch, place)
                parts.append(found)
        return pa.concat_tables(parts)

    def _malformed(self, bad: list[tuple[int, str]]) -> pa.Table:
        numbers, texts = [number for number, _ in bad], [text for _, text in bad]
        return pa.table(
            {PLACE: pa.array(numbers, pa.int64()), MALFORMED: pa.array(texts, pa.string())}
            | {name: pa.nulls(len(bad), pa.string()) for name in self._read}
        )


def _joined(first: pa.Table | None, second: pa.Table) -> pa.Table:
    return second if first is None else pa.concat_tables([first, second])
