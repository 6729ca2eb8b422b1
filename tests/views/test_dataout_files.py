"""Tables as files: every value comes back, unknown is not empty and not zero, rows are read as they are sent."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from breakeven.errors import UnknownName
from breakeven.views.dataout.catalogue import TABLES, VIEWS, table
from breakeven.views.dataout.files import MEDIA_TYPES, written
from breakeven.views.dataout.tables import DAY, INSTANT, MONEY, TEXT, WHOLE, YES_NO, Column, batches, schema_of

COLUMNS = (
    Column("amount", MONEY, "An amount."), Column("text", TEXT, "A text."), Column("day", DAY, "A day."),
    Column("at", INSTANT, "An instant."), Column("n", WHOLE, "A count."), Column("yes", YES_NO, "Yes or no."),
)  # fmt: skip
SCHEMA = schema_of(COLUMNS)
AMOUNTS = st.decimals(min_value=-(10**24), max_value=10**24, places=12, allow_nan=False, allow_infinity=False)
TEXTS = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00\r"), max_size=8)
TIMES = (datetime(1970, 1, 1), datetime(2200, 1, 1))  # noqa: DTZ001 - the zone comes with the strategy
ROWS = st.lists(
    st.fixed_dictionaries({
        "amount": st.none() | AMOUNTS, "text": st.none() | TEXTS, "day": st.none() | st.dates(date(1970, 1, 1)),
        "at": st.none() | st.datetimes(*TIMES, timezones=st.just(UTC)),
        "n": st.none() | st.integers(-(2**62), 2**62), "yes": st.none() | st.booleans(),
    }), max_size=6,
)  # fmt: skip


def file(form: str, rows: list[dict[str, object]]) -> bytes:
    return b"".join(written(form, SCHEMA, batches(COLUMNS, rows), {"breakeven.data_version": "7"}))


@given(ROWS)
@settings(max_examples=40)
def test_binary_forms_give_back_every_value(rows: list[dict[str, object]]) -> None:
    parquet = pq.read_table(io.BytesIO(file("parquet", rows)))
    arrow = pa.ipc.open_stream(file("arrow", rows)).read_all()
    for found in (parquet, arrow):
        assert found.to_pylist() == rows
        assert found.schema.field("amount").type == pa.decimal128(38, 12)
        assert found.schema.metadata[b"breakeven.data_version"] == b"7"
        assert found.schema.field("at").type == pa.timestamp("us", tz="UTC")


@given(ROWS)
@settings(max_examples=40)
def test_csv_gives_back_every_value(rows: list[dict[str, object]]) -> None:
    found = list(csv.DictReader(io.StringIO(file("csv", rows).decode(), newline="")))
    assert len(found) == len(rows)
    for row, cells in zip(rows, found, strict=True):
        assert (Decimal(cells["amount"]) if cells["amount"] else None) == row["amount"]
        assert "E" not in cells["amount"]
        assert (cells["day"] or None) == (None if row["day"] is None else str(row["day"]))
        assert (datetime.fromisoformat(cells["at"]) if cells["at"] else None) == row["at"]
        assert (int(cells["n"]) if cells["n"] else None) == row["n"]
        assert cells["yes"] == {None: "", True: "true", False: "false"}[row["yes"]]  # type: ignore[index]
        text = row["text"] or ""
        assert cells["text"] == (f"'{text}" if str(text).startswith(("=", "+", "-", "@", "\t", "\n")) else text)


def test_csv_tells_unknown_zero_and_empty_apart() -> None:
    rows: list[dict[str, object]] = [{"amount": None, "text": None}, {"amount": Decimal(0), "text": ""}]
    assert file("csv", rows).splitlines()[1:] == [b",,,,,", b'0,"",,,,']


@pytest.mark.parametrize(("amount", "text"), [
    ("0.0000008", "0.0000008"), ("-1234567890123.1", "-1234567890123.1"), ("100", "100"), ("0E-12", "0"),
    ("0.000000000001", "0.000000000001"),
])  # fmt: skip
def test_amounts_are_digits(amount: str, text: str) -> None:
    assert file("csv", [{"amount": Decimal(amount)}]).splitlines()[1] == f"{text},,,,,".encode()


def test_json_lines() -> None:
    (line,) = file(
        "jsonl", [{"amount": Decimal("1.25"), "text": "ü", "at": datetime(2026, 1, 1, tzinfo=UTC)}]
    ).splitlines()
    assert json.loads(line) == {"amount": "1.250000000000", "text": "ü", "day": None, "at": "2026-01-01T00:00:00Z",
                                "n": None, "yes": None}  # fmt: skip


@pytest.mark.parametrize("form", MEDIA_TYPES)
def test_a_file_of_nothing_has_its_columns(form: str) -> None:
    made = file(form, [])
    if form == "csv":
        assert made == b"amount,text,day,at,n,yes\r\n"
    elif form == "parquet":
        assert pq.read_table(io.BytesIO(made)).schema.names == SCHEMA.names
    elif form == "arrow":
        assert pa.ipc.open_stream(made).schema.names == SCHEMA.names


@pytest.mark.parametrize(("form", "rows_of_it", "held"), [
    ("csv", 30_000, 5_000), ("arrow", 30_000, 5_000), ("jsonl", 30_000, 5_000), ("parquet", 150_000, 100_000),
])  # fmt: skip
def test_rows_are_read_as_they_are_sent(form: str, rows_of_it: int, held: int) -> None:
    """What was read is sent before more is read: a batch is held, or of Parquet a row group."""
    read = 0

    def rows() -> Iterator[dict[str, object]]:
        nonlocal read
        for n in range(rows_of_it):
            read += 1
            yield {"n": n}

    parts, last = written(form, SCHEMA, batches(COLUMNS, rows()), {}), 0
    for _ in parts:
        assert read - last <= held
        last = read
    assert read == rows_of_it


def test_an_unknown_form_names_the_valid_ones() -> None:
    with pytest.raises(UnknownName, match="csv"):
        written("xls", SCHEMA, (), {})
    with pytest.raises(UnknownName, match="entries"):
        table("entry")


def test_every_table_and_column_says_what_it_is() -> None:
    for one in TABLES.values():
        assert one.description, one.name
        assert len({column.name for column in one.columns}) == len(one.columns)
        assert all(column.description.endswith((".", "…")) for column in one.columns), one.name
    assert all(view.description for view in VIEWS)
