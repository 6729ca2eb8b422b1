"""JSON, as one object a line or as one document: every record's own text, then columns out of it.

Lines are read in a stream. A document (an array of objects, one object, or an object that holds one array of
objects) is read whole, up to a limit. Numbers keep up to 17 significant digits; nested values come as JSON text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from breakeven.errors import FileUnreadable, TooLarge
from breakeven.ingest.plan import literal, quoted
from breakeven.ingest.rawfile import MALFORMED, PLACE, UNIT_BYTES
from breakeven.ingest.streams import Counted, Utf8, peek, whole

DOCUMENT_LIMIT = 256 << 20
"""Bytes of a JSON document that is read whole."""

_PIECE_ROWS = 4096
"""Records that one thread takes at once."""

_BLANK = " \t\r"
"""What may stand on a line that is no record."""

_NO_NUMBER = re.compile(rb'"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b')
"""Strings, and what some programs write for a number that is none: it is no JSON."""

_SAMPLE = 2000
"""Records whose keys make the columns; the fact's own field names are always looked for."""


class JsonFile:
    """Records out of JSON; `fields` are names that are looked for even where the first records lack them."""

    separator: str | None = None
    textual = False
    total_rows: int | None = None

    def __init__(
        self, path: Path, counted: Counted, size: int, text: Utf8, *, lines: bool, fields: Sequence[str]
    ) -> None:
        self._path, self._counted, self._size, self._text = path, counted, size, text
        self._lines = lines
        self._records: pa.Array | None = None
        if lines:
            sample = peek(text, 1 << 20).decode("utf-8", "ignore").splitlines()[:_SAMPLE]
        else:
            self._records = _document(text, path)
            self.total_rows = len(self._records)
            sample = self._records.slice(0, _SAMPLE).to_pylist()
        found = _keys(sample)
        have = {name.lower() for name in found}
        self.seen = tuple(found)
        self.columns = (*found, *(name for name in fields if name.lower() not in have))

    def tables(self, wanted: Sequence[str], skip: int = 0) -> Iterator[pa.Table]:
        """See RawFile."""
        connection = duckdb.connect(config={"threads": 2})
        trusting, careful = _extraction(wanted, careful=False), _extraction(wanted, careful=True)
        done = 0
        try:
            for texts in self._units():
                numbers = pa.array(np.arange(done + 1, done + 1 + len(texts)))
                done += len(texts)
                if skip:
                    records = np.flatnonzero(pc.not_equal(pc.utf8_trim(texts, _BLANK), ""))
                    first = int(records[skip]) if skip < len(records) else len(texts)
                    skip = max(0, skip - len(records))
                    numbers, texts = numbers[first:], texts[first:]
                    if not len(texts):
                        continue
                pieces = pa.table({PLACE: numbers, "text": texts}).to_batches(max_chunksize=_PIECE_ROWS)
                connection.register("unit", pa.Table.from_batches(pieces))
                try:
                    yield connection.sql(trusting).to_arrow_table()
                except duckdb.InvalidInputException:
                    yield connection.sql(careful).to_arrow_table()
        finally:
            connection.close()

    def notes(self) -> list[str]:
        """See RawFile."""
        return [self._text.note] if self._text.note else []

    def progress(self) -> tuple[int, int]:
        """See RawFile: bytes."""
        return self._counted.done, self._size

    def close(self) -> None:
        """See RawFile."""
        self._counted.close()

    def _units(self) -> Iterator[pa.ChunkedArray | pa.Array]:
        """Texts of records, some MB at once and in several pieces, so that both cores have work."""
        if self._records is not None:
            for start in range(0, len(self._records), 20_000):
                yield self._records.slice(start, 20_000)
            return
        rest = b""
        while block := self._text.read(UNIT_BYTES):
            cut = block.rfind(b"\n") + 1
            if cut:
                yield _split(rest + block[:cut])
                rest = block[cut:]
            else:
                rest += block
        if rest:
            yield _split(rest)


def _split(text: bytes) -> pa.Array:
    """The lines of a text; what follows the last line end is no line."""
    lines = pc.split_pattern(pa.array([text], pa.binary()).cast(pa.large_string()), "\n").flatten()
    return lines.slice(0, len(lines) - 1) if text.endswith(b"\n") else lines


def _extraction(wanted: Sequence[str], *, careful: bool) -> str:
    """SQL that reads the wanted keys out of `unit`: blank lines left out, lines that are no object malformed.

    Not `careful`, it fails where a line is no JSON; then it takes each line apart once instead of twice.
    """
    ok = f"starts_with(ltrim(text, '{_BLANK}'), '{{')" + (" AND json_valid(text)" if careful else "")
    shape = json.dumps(dict.fromkeys(wanted or ["-"], "VARCHAR"))
    taken = "".join(f", parts[{literal(name)}] AS {quoted(name)}" for name in wanted)
    return f"""
        SELECT {quoted(PLACE)}, CASE WHEN NOT ok THEN text END AS {quoted(MALFORMED)}{taken}
        FROM (SELECT *, json_transform(CASE WHEN ok THEN text END, {literal(shape)}) AS parts
              FROM (SELECT *, {ok} AS ok FROM unit WHERE trim(text, '{_BLANK}') <> ''))
    """


def _keys(sample: Sequence[str]) -> dict[str, None]:
    """Distinct keys of the records that can be read, in order of appearance."""
    found: dict[str, None] = {}
    lowered: set[str] = set()
    for text in sample:
        try:
            record = _decoded(text.encode("utf-8", "surrogatepass"), Any)
        except msgspec.DecodeError:
            continue
        for key in record if isinstance(record, dict) else ():
            if key and key.lower() not in lowered:
                lowered.add(key.lower())
                found[key] = None
    return found


def _document(text: Utf8, path: Path) -> pa.Array:
    """The texts of a document's records."""
    data = whole(text, DOCUMENT_LIMIT)
    if data is None:
        raise TooLarge(f"{path} is one JSON document of more than {DOCUMENT_LIMIT >> 20} MB: write one object a line")
    try:
        parts = _decoded(data, list[msgspec.Raw] | dict[str, msgspec.Raw])
        if isinstance(parts, dict):
            parts = _only_array(parts) or [data]
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise FileUnreadable(f"{path} is no JSON that can be read: {error}") from error
    return pa.array([bytes(part) for part in parts], pa.binary()).cast(pa.large_string())


def _decoded(data: bytes, shape: Any) -> Any:
    """JSON, in which NaN and Infinity are texts, for the checks to name. Raises msgspec.DecodeError."""
    try:
        return msgspec.json.decode(data, type=shape)
    except msgspec.ValidationError:
        raise
    except msgspec.DecodeError:
        mended = _NO_NUMBER.sub(lambda found: found[0] if found[0].startswith(b'"') else b'"%b"' % found[0], data)
        if mended == data:
            raise
        return msgspec.json.decode(mended, type=shape)


def _only_array(document: dict[str, msgspec.Raw]) -> list[msgspec.Raw] | None:
    """The records of an object that holds exactly one array of objects, else None."""
    arrays = [bytes(value) for value in document.values() if bytes(value).lstrip().startswith(b"[")]
    lists = [msgspec.json.decode(array, type=list[msgspec.Raw]) for array in arrays]
    records = [parts for parts in lists if parts and all(bytes(part).lstrip().startswith(b"{") for part in parts)]
    return records[0] if len(records) == 1 else None
