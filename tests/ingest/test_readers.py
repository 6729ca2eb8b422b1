"""Files of every format, encoding and fault become the same staging tables."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook
from tests.conftest import examples

from breakeven.errors import BreakevenError, FileUnreadable, UnknownName, UsageProblem
from breakeven.ingest.readers import SourceReader, open_source
from breakeven.workspace.definitions import SourceMapping

HEADER = "id,time,project,latency_ms\n"
ROWS = "a,2026-01-02T03:04:05Z,help,12.5\nb,2026-01-03T00:00:00Z,,7\n"
EXPECTED = [
    {"id": "a", "time": "2026-01-02T03:04:05Z", "project": "help", "latency_ms": "12.5"},
    {"id": "b", "time": "2026-01-03T00:00:00Z", "project": None, "latency_ms": "7"},
]
NDJSON = (
    '{"id": "a", "time": "2026-01-02T03:04:05Z", "project": "help", "latency_ms": 12.5}\n\n'
    '{"id": "b", "time": "2026-01-03T00:00:00Z", "latency_ms": 7}\n'
)


def read(path: Path, rows: int = 500_000, kind: str = "interaction", **options: Any) -> list[dict[str, Any]]:
    reader = open_source(path, kind=kind, **options)
    return [row for table in reader.chunks(rows) for row in table.to_pylist()]


def fields(rows: list[dict[str, Any]], *names: str) -> list[dict[str, Any]]:
    names = names or ("id", "time", "project", "latency_ms")
    return [{name: row.get(name) for name in names} for row in rows]


def sheet(path: Path) -> None:
    book = Workbook()
    page = book.active
    assert page is not None
    page.append([])
    page.append(["id", "time", "project", "latency_ms"])
    page.append(["a", "2026-01-02T03:04:05Z", "help", 12.5])
    page.append([])
    page.append(["b", "2026-01-03T00:00:00Z", None, 7])
    book.create_sheet("Other").append(["id", "time"])
    book.save(path)


def document(wrap: Callable[[list[Any]], Any]) -> bytes:
    return json.dumps(wrap([json.loads(line) for line in NDJSON.split("\n") if line]), indent=1).encode()


TEXT_FILES: dict[str, bytes] = {
    "plain.csv": (HEADER + ROWS).encode(),
    "mark.csv": b"\xef\xbb\xbf" + (HEADER + ROWS).encode(),
    "no-last-newline.csv": (HEADER + ROWS).rstrip().encode(),
    "crlf.csv": (HEADER + ROWS).replace("\n", "\r\n").encode(),
    "wide.csv": (HEADER + ROWS).encode("utf-16"),
    "semicolons.csv": (HEADER + ROWS).replace(",", ";").encode(),
    "tabs.tsv": (HEADER + ROWS).replace(",", "\t").encode(),
    "pipes.txt": (HEADER + ROWS).replace(",", "|").encode(),
    "announced.csv": ("sep=;\r\n" + (HEADER + ROWS).replace(",", ";")).encode(),
    "blank-lines.csv": ("\n\n" + HEADER + ROWS.replace("\n", "\n\n")).encode(),
    "lines.ndjson": NDJSON.encode(),
    "lines-named.json": NDJSON.encode(),
    "no-name": NDJSON.encode(),
    "array.json": document(lambda records: records),
    "holder.json": document(lambda records: {"page": 1, "data": records, "tags": ["x"]}),
}


@pytest.mark.parametrize("name", TEXT_FILES)
@pytest.mark.parametrize("pack", ["", ".gz", ".zst"])
def test_text_formats_read_alike(tmp_path: Path, name: str, pack: str) -> None:
    data = {"": bytes, ".gz": gzip.compress, ".zst": zstandard.compress}[pack](TEXT_FILES[name])
    path = tmp_path / (name + pack)
    path.write_bytes(data)
    rows = read(path)
    assert fields(rows) == EXPECTED
    assert all(row["malformed"] is None and row["source"] == path.name for row in rows)


def test_single_json_object(tmp_path: Path) -> None:
    path = tmp_path / "one.json"
    path.write_text('{"id": "a",\n "time": "2026-01-02T03:04:05Z", "labels": {"x": [1]}, "cost": 0.0000008}')
    [row] = read(path)
    assert (row["id"], row["labels"], row["cost"]) == ("a", '{"x":[1]}', "8e-07")


def test_workbook(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    sheet(path)
    rows = read(path)
    assert fields(rows) == EXPECTED
    assert [row["row"] for row in rows] == [3, 5]
    assert read(path, sheet="Other") == []
    with pytest.raises(UnknownName, match="Sheet"):
        read(path, sheet="Nope")


def test_parquet_keeps_types(tmp_path: Path) -> None:
    path = tmp_path / "facts.parquet"
    times = [datetime(2026, 1, 2, tzinfo=UTC), datetime(2026, 1, 3, tzinfo=UTC)]
    pq.write_table(pa.table({
        "id": ["a", "b"], "time": pa.array(times, pa.timestamp("us", "UTC")),
        "input_tokens": pa.array([1, None], pa.int32()),
        "labels": [{"x": 1}, {"x": 2}], "Other": [1, 2],
    }), path, row_group_size=1)  # fmt: skip
    reader = open_source(path, kind="interaction")
    assert (reader.total_rows, reader.ignored) == (2, ("Other",))
    [table] = list(reader.chunks())
    assert table["time"].to_pylist() == times
    assert table["input_tokens"].to_pylist() == [1, None]
    assert table["labels"].to_pylist() == ['{"x":1}', '{"x":2}']
    assert reader.progress() == (2, 2)


def test_bad_rows_do_not_cost_good_ones(tmp_path: Path) -> None:
    path = tmp_path / "bad.csv"
    path.write_text('id,time\na,2026-01-01\nb\nc,2026-01-01,x,y\n\nd,"2026\n01"\ne,2026-01-01')
    rows = sorted(read(path), key=lambda row: row["row"])
    assert [(r["row"], r["id"], r["malformed"]) for r in rows] == [
        (1, "a", None), (2, None, "b"), (3, None, "c,2026-01-01,x,y"), (4, "d", None), (5, "e", None),
    ]  # fmt: skip
    assert rows[3]["time"] == "2026\n01"


def test_bad_lines_do_not_cost_good_ones(tmp_path: Path) -> None:
    path = tmp_path / "bad.jsonl"
    good = b'{"id":"%s","time":"2026-01-01"}'
    path.write_bytes(good % b"a" + b'\n{"id":"b",\n[1]\n \n"x"\n' + good % b"c" + b'\r\n{"id"')
    rows = read(path)
    assert [(r["row"], r["id"], r["malformed"]) for r in rows] == [
        (1, "a", None), (2, None, '{"id":"b",'), (3, None, "[1]"), (5, None, '"x"'), (6, "c", None), (7, None, '{"id"'),
    ]  # fmt: skip


def test_quote_that_is_never_closed_is_named(tmp_path: Path) -> None:
    path = tmp_path / "open.csv"
    path.write_text('id,time\na,2026-01-01\nb,"2026\nc,2026-01-01\nd\ne,2026-01-01\n')
    rows = sorted(read(path), key=lambda row: row["row"])
    assert [row["id"] for row in rows] == ["a", None, "c", None, "e"]
    assert "never closed" in rows[1]["malformed"]


def test_large_rest_behind_an_open_quote_is_named(tmp_path: Path) -> None:
    path = tmp_path / "open.csv"
    path.write_text('id,time\na,2026-01-01\nb,"2026\n' + "c,2026-01-01\n" * 1_500_000)
    rows = read(path)
    assert [row["id"] for row in rows] == ["a", None]
    assert "never closed" in rows[1]["malformed"]


def test_windows_1252_is_said(tmp_path: Path) -> None:
    path = tmp_path / "old.csv"
    path.write_bytes("id,time,text,kind\na,2026-01-01,Café – 5 €,risk\n".encode("cp1252"))
    reader = open_source(path, kind="note")
    [table] = list(reader.chunks())
    assert table["text"].to_pylist() == ["Café – 5 €"]
    assert reader.notes == ["not UTF-8: read as Windows-1252"]


def test_damaged_utf8_stays_utf8(tmp_path: Path) -> None:
    path = tmp_path / "cut.csv"
    path.write_bytes("id,time,text,kind\na,2026-01-01,äöüß".encode() + b"\xff,risk\n")
    reader = open_source(path, kind="note")
    [table] = list(reader.chunks())
    assert table["text"].to_pylist() == ["äöüß\ufffd"]
    assert "replaced" in reader.notes[0]


def test_utf8_across_blocks(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    text = "é" * 700_001
    path.write_text(f"id,time,text,kind\nx,2026-01-01,{text},risk\n")
    reader = open_source(path, kind="note")
    [table] = list(reader.chunks())
    assert table["text"].to_pylist() == [text]
    assert reader.notes == []


def _utf(text: str) -> bytes:
    return text.encode()


UNREADABLE: dict[str, tuple[bytes, str]] = {
    "empty.csv": (b"", "is empty"),
    "blank.csv": (b" \n\n", "only white space"),
    "empty.csv.gz": (gzip.compress(b""), "only white space"),
    "page.csv": (b"<!DOCTYPE html><html>", "an HTML page"),
    "doc.csv": (b"%PDF-1.7", "a PDF"),
    "binary.csv": (b"\x7fELF\x02\x01\x00\x00", "a binary file"),
    "cut.csv.gz": (gzip.compress(_utf(HEADER + ROWS) * 100)[:-20], "damaged or cut short"),
    "cut.csv.zst": (zstandard.compress(_utf(HEADER + ROWS))[:-9], "damaged or cut short"),
    "cut.parquet": (b"PAR1 and then something else", "no Parquet file"),
    "text.parquet": (_utf(HEADER + ROWS), "named as Parquet but holds CSV"),
    "text.xlsx": (_utf(HEADER + ROWS), "named as XLSX but holds CSV"),
    "text.json": (_utf(HEADER + ROWS), "does not begin with"),
    "cut.json": (b'[{"id": 1}, {"id"', "no JSON that can be read"),
    "zip.xlsx": (b"PK\x03\x04 no workbook", "no workbook"),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_unreadable_files_say_why_in_one_sentence(tmp_path: Path, name: str) -> None:
    data, why = UNREADABLE[name]
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(FileUnreadable, match=why) as caught:
        read(path)
    assert name in str(caught.value)
    assert "\n" not in str(caught.value)


def test_parquet_named_as_text(tmp_path: Path) -> None:
    path = tmp_path / "facts.csv"
    pq.write_table(pa.table({"id": ["a"]}), path)
    with pytest.raises(FileUnreadable, match="named as CSV but holds Parquet"):
        read(path)


def test_missing_and_folder(tmp_path: Path) -> None:
    with pytest.raises(FileUnreadable, match="does not exist"):
        read(tmp_path / "nothing.csv")
    with pytest.raises(FileUnreadable, match="is a folder"):
        read(tmp_path)


def test_header_alone_has_no_records(tmp_path: Path) -> None:
    path = tmp_path / "head.csv"
    path.write_text(HEADER)
    assert read(path) == []


def test_missing_field_is_one_error_before_reading(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("When,project\n1,2\n")
    with pytest.raises(UsageProblem, match=r"x\.csv has no column for time; it has When, project; use --map time=…"):
        open_source(path, kind="interaction")


def test_unknown_kind(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text(HEADER)
    with pytest.raises(UnknownName, match="interaction"):
        open_source(path, kind="interactions")


def test_chunks_have_the_asked_size(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("time\n" + "2026-01-01\n" * 25)
    reader = open_source(path, kind="interaction")
    assert [table.num_rows for table in reader.chunks(10)] == [10, 10, 5]
    done, total = reader.progress()
    assert done == total == reader.size_bytes


NUMBERS: dict[str, tuple[list[str], list[str]]] = {
    "comma": (["1.234,56", "0,5", "12"], ["1234.56", "0.5", "12"]),
    "point": (["1,234.56", "0.5", "1,234"], ["1234.56", "0.5", "1234"]),
    "thousands-points": (["1.234.567", "1.234", "12"], ["1234567", "1234", "12"]),
    "thousands-commas": (["1,234,567", "1,234", "12"], ["1234567", "1234", "12"]),
    "spaces": (["1 234,5", "1\u00a0234,5", "1'234,5"], ["1234.5"] * 3),
    "currency": (["$10,000.00 ", "-$5.50", "€ 7.25"], ["10000.00", "-5.50", "7.25"]),
    "contradiction": (["1.234,5", "1,234.5"], ["1.234,5", "1234.5"]),
    "text": (["12", "many"], ["12", "many"]),
    "exponent": (["5.64902E-05", "1e-9"], ["5.64902E-05", "1e-9"]),
}


@pytest.mark.parametrize("case", NUMBERS)
def test_numbers_as_people_write_them(tmp_path: Path, case: str) -> None:
    written, expected = NUMBERS[case]
    path = tmp_path / "numbers.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([["start", "amount"], *(["2026-01-01", number] for number in written)])
    assert [row["amount"] for row in read(path, kind="cost")] == expected


def test_ambiguous_numbers_follow_the_rest_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "europe.csv"
    path.write_text("start;amount;list_amount\n2026-01-01;1.234;1,5\n")
    [row] = read(path, kind="cost")
    assert (row["amount"], row["list_amount"]) == ("1234", "1.5")


CELL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00\r"), max_size=12)
TABLE = st.integers(1, 4).flatmap(lambda width: st.lists(st.lists(CELL, min_size=width, max_size=width), max_size=20))


@examples(40)
@given(
    rows=TABLE,
    separator=st.sampled_from(",;\t|"),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    end=st.sampled_from(["\n", "\r\n"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_any_table_reads_back(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[list[str]],
    separator: str,
    quoting: int,
    end: str,
    encoding: str,
) -> None:
    names = ["text", "owner", "action", "id"][: len(rows[0]) if rows else 1]
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=separator, quoting=quoting, lineterminator=end)  # type: ignore[arg-type]
    writer.writerow([*names, "time", "kind"])
    writer.writerows([*row, "2026-01-01", "risk"] for row in rows)
    path = tmp_path_factory.mktemp("any") / "table.csv"
    path.write_bytes(buffer.getvalue().encode(encoding))
    got = read(path, kind="note")
    shown = [name for name in names if name != "id"]
    assert [[row[name] for name in shown] for row in got] == [
        [cell or None for name, cell in zip(names, row, strict=True) if name != "id"] for row in rows
    ]


def test_where_and_order(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text(
        "number,count,state,opened_at\nI1,2,open,2026-01-01\nI1,10,done,2026-01-01\nI2,1,open,2026-01-02\nI1,9,open,x\n"
        "I3,1,test,2026-01-02\n"
    )
    spec = SourceMapping(name="", kind="incident", map={"id": "number", "severity": "state"}, where="state <> 'test'",
                         order_by="count")  # fmt: skip
    reader: SourceReader = open_source(path, kind="incident", spec=spec)
    rows = [row for table in reader.chunks() for row in table.to_pylist()]
    assert [(row["id"], row["severity"], row["row"]) for row in rows] == [("I2", "open", 3), ("I1", "done", 2)]
    assert (reader.filtered, reader.superseded) == (1, 2)


def test_errors_are_of_the_tree(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("id\n1\n")
    with pytest.raises(BreakevenError):
        open_source(path, kind="cost")
