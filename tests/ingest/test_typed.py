"""The short way of plain bodies: what it takes, the general way takes too, with the same rows."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from breakeven.facts import KINDS, Column, ColumnType, columns
from breakeven.ingest import arrays
from breakeven.ingest.admission import Admission, Request
from breakeven.ingest.events import Parsed, Parser
from breakeven.ingest.pipeline import Pipeline
from breakeven.ingest.records import NotPlain
from breakeven.ingest.staging import Staging
from breakeven.store.duckdb import MEMORY, DuckDBStore
from breakeven.store.keys import Flags, Keys

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
BATCH = {"content-type": "application/cloudevents-batch+json"}
LINES = {"content-type": "application/x-ndjson"}
ARRAY = {"content-type": "application/json"}
ONE = {"content-type": "application/cloudevents+json"}
CALL = {"id": "1", "source": "s", "time": "2026-10-01T10:00:00Z"}
EVENT = {"specversion": "1.0", "type": "breakeven.interaction", "id": "1", "source": "s", "time": CALL["time"]}

FILLED = {"currency", "cost_currency", "cost_origin", "price_id"}
"""Fields that the steps change after a record was read."""


@pytest.fixture(scope="module")
def parser() -> Iterator[Parser]:
    staging = Staging()
    yield Parser(staging)
    staging.close()


@pytest.fixture(scope="module")
def pipeline(make: Callable[..., Pipeline]) -> Iterator[Pipeline]:
    store = DuckDBStore.open(MEMORY)
    made = make(store)
    yield made
    made.close()
    store.close()


def none_known(_: str, keys: Keys) -> Flags:
    return keys == keys + 1


def admitted(pipeline: Pipeline, *parsed: Parsed) -> pa.Table | None:
    """What goes into the journal, or None where a value has to be looked at, or a record."""
    admission, looked_at = Admission(pipeline, none_known), []
    admission._general = lambda requests, _: looked_at.append(requests)  # type: ignore[method-assign]
    requests = [Request(one, "http", NOW, Future()) for one in parsed]
    found = admission.admit(requests)
    told = [request for request in requests if request.answer.done()]
    assert all(isinstance(request.answer.exception(0), NotPlain) for request in told)
    assert parsed[0].typed is not None
    return None if looked_at or found.apart or told else found.tables[parsed[0].typed.kind]


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read even short arrays at once."""
    monkeypatch.setattr(arrays, "LEAST", 0)


_blanks = st.sampled_from(["", " ", "\t", "\u00a0", "\ufeff", "\u2003", "\x00"])
_text = st.one_of(
    st.sampled_from(["a", "ä", "gpt-4o", "openai", "chat", "1", "true", "NULL", "x" * 512]),
    st.text(min_size=1, max_size=8),
    st.tuples(_blanks, st.text(min_size=1, max_size=8), _blanks).map("".join),
)
_labels = st.dictionaries(st.text(max_size=4), st.one_of(st.text(max_size=4), st.none(), st.booleans()), max_size=3)
_time = st.one_of(
    st.datetimes(datetime(1970, 1, 2), datetime(2026, 10, 31)).map(lambda at: at.isoformat() + "Z"),  # noqa: DTZ001
    st.sampled_from(["2026-10-01T10:00:00+02:00", "2026-10-01T10:00:00.5Z", "2026-11-01T10:00:00Z"]),
)
_odd = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**25), 10**25), st.floats(allow_nan=False, allow_infinity=False), _labels,
    st.sampled_from(["", " ", "\ufeff", "x" * 513, "usd", "OK", "7", "-1", "1e3", "0x10", "2026-10-01", "epoch",
                     "2026-10-01 10:00", "2026-10-01T10:00:00.123456789Z", "1759312800", "9999-12-31T23:59:59Z",
                     "20261001T100000Z",
                     "2027-01-01T00:00:00Z", "1969-12-31T23:59:59Z", "2026-10-01T10:00:00Z ", "{}", "[]", 1e15, 1e16,
                     5e-324, 1e-13, -0.0, 0.1 + 0.2, 12345678901234567890]),
    st.dictionaries(st.text(max_size=4), st.one_of(st.integers(), st.floats(), st.lists(st.none()))),
)  # fmt: skip


def fine(kind: str, column: Column) -> st.SearchStrategy[Any]:
    """Values of a field as they should be."""
    if column.choices:
        return st.sampled_from(column.choices)
    if column.name in ("labels", "usage"):
        return st.one_of(_labels, _labels.map(json.dumps))
    if column.name in ("currency", "cost_currency"):
        return st.sampled_from(["EUR", "USD"])
    least, most = column.minimum or 0, column.maximum or 10**4
    return {
        ColumnType.TEXT: _text,
        ColumnType.INTEGER: st.integers(int(max(least, 1)), int(most)),
        ColumnType.FLOAT: st.one_of(st.floats(least, most), st.integers(int(least), int(most))),
        ColumnType.MONEY: st.one_of(
            st.floats(0, 1e6), st.integers(0, 10**6), st.decimals(0, 10**4, places=6).map(str),
            st.floats(0, 10).map(lambda value: round(value, 6)),
        ),
        ColumnType.INSTANT: _time,
        ColumnType.BOOLEAN: st.booleans(),
    }[column.type]  # fmt: skip


@st.composite
def bodies(draw: st.DrawFn) -> tuple[bytes, dict[str, str]]:
    """Bodies of a few records of one kind, in every form; in half of them a value is odd."""
    kind = draw(st.sampled_from(["interaction", "interaction", *KINDS]))
    held = {column.name: column for column in columns(kind)}
    needed = {name for name, column in held.items() if column.required}
    names = sorted(needed | draw(st.sets(st.sampled_from([name for name in held if name not in needed]), max_size=6)))
    records: list[dict[str, Any]] = []
    for number in range(draw(st.integers(1, 3))):
        fields = {name: draw(fine(kind, held[name])) for name in names}
        fields |= {"id": f"{number}"} if draw(st.booleans()) else {}
        records.append({name: value for name, value in fields.items() if draw(st.integers(0, 30))})
    if draw(st.booleans()):
        draw(st.sampled_from(records))[draw(st.sampled_from(names))] = draw(_odd)
    form = draw(st.sampled_from(["batch", "lines", "array", "one"]))
    if form in ("batch", "one") or draw(st.booleans()):
        records = [{**EVENT, "type": kind, "id": f"e{number}", "data": record} for number, record in enumerate(records)]
    elif "kind" not in held or draw(st.booleans()):
        records = [{"type": kind, **record} for record in records]
    if form == "one":
        return json.dumps(records[0]).encode(), ONE
    if form == "lines":
        return b"\n".join(
            json.dumps(record, ensure_ascii=False).encode("utf-8", "replace") for record in records
        ), LINES
    return json.dumps(records, separators=(",", ":")).encode(), BATCH if form == "batch" else ARRAY


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(bodies())
@pytest.mark.usefixtures("at_once")
def test_what_it_takes_the_general_way_takes_with_the_same_rows(
    parser: Parser, pipeline: Pipeline, sent: tuple[bytes, dict[str, str]]
) -> None:
    body, headers = sent
    for plain in (parser.plain(body, headers), parser.plain(body, headers, closer=True)):
        taken = None if plain is None else admitted(pipeline, plain)
        if plain is not None and taken is not None:
            alike(pipeline, plain, taken, parser.parse(body, headers))


def alike(pipeline: Pipeline, plain: Parsed, taken: pa.Table, general: Parsed) -> None:
    """What was taken is what the general way takes, value by value: it is not looked at again."""
    assert plain.typed is not None
    assert (general.rows, general.refusals) == (plain.rows, ())
    wanted = pipeline.judged(general.tables, "http", NOW)[plain.typed.kind]
    found = pipeline.judged({plain.typed.kind: taken}, "http", NOW)[plain.typed.kind]
    assert (wanted.refused.num_rows, found.refused.num_rows) == (0, 0), wanted.refused.to_pylist()
    assert found.valid.drop_columns(["ordinal"]).to_pylist() == wanted.valid.drop_columns(["ordinal"]).to_pylist()
    for name in set(taken.column_names) - FILLED:
        pairs = zip(taken[name].to_pylist(), wanted.valid[name].to_pylist(), strict=True)
        assert [(one, other) for one, other in pairs if one not in (None, other)] == [], name


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        ([{**EVENT, "data": {}}, {**EVENT, "id": "2", "data": {"input_tokens": 3, "cost": 0.25}}], BATCH),
        ({**EVENT, "data": {"labels": {"a": "b", "c": True}, "status": "error"}}, ONE),
        ([{"type": "cost", "id": "1", "start": CALL["time"], "amount": "5", "currency": "EUR"}], ARRAY),
        ({"kind": "interaction", **CALL, "csat": 4}, ARRAY),
        ([{**EVENT, "type": "survey", "data": {"kind": "nps", "score": 9}}], BATCH),
    ],
)  # fmt: skip
def test_plain_bodies_are_taken(parser: Parser, pipeline: Pipeline, body: Any, headers: dict[str, str]) -> None:
    plain = parser.plain(json.dumps(body).encode(), headers)
    assert plain is not None
    assert plain.rows == (len(body) if isinstance(body, list) else 1)
    assert (admitted(pipeline, plain) is None) is ("survey" in json.dumps(body))


def test_objects_are_spelt_alike(parser: Parser, pipeline: Pipeline) -> None:
    labels = {"".join(map(chr, range(1, 40))): "\\u000f \x0f\x1f\x7f", "a\\": "\\\x0e"}
    body = json.dumps({"type": "interaction", **CALL, "labels": labels}).encode()
    plain = parser.plain(body, ARRAY)
    assert plain is not None
    taken = admitted(pipeline, plain)
    assert taken is not None
    (general,) = parser.parse(body, ARRAY).tables["interaction"]["labels"].to_pylist()
    assert taken["labels"].to_pylist() == [general]
    assert json.loads(general) == labels


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b'{"type": "interaction", "id": "1", "time": "2026-10-01T10:00:00Z", "input_tokens": "7"}', LINES),
        (b'{"type": "interaction", "id": "1"}\n{"type": "cost", "id": "2"}', LINES),
        (b'{"type": "interaction",\n"id": "1"}', LINES),
        (b'{"type": "interaction", "id": "1"} {"type": "interaction", "id": "2"}', LINES),
        (b'[{"specversion": "1.0", "type": "interaction", "id": "1", "source": "s", "data_base64": "e30="}]', BATCH),
        (b'[{"specversion": "0.3", "type": "interaction", "id": "1", "source": "s", "data": {}}]', BATCH),
        (b'[{"specversion": "1.0", "type": "interaction", "id": "1", "source": "s", "data": "{}"}]', BATCH),
        (b'[{"type": "interaction", "id": "1", "output_tokens": -1}]', ARRAY),
        (b'{"nothing": 1}', ARRAY),
        (b"[]", ARRAY),
        (b"{nope", ARRAY),
    ],
)
def test_odd_bodies_are_left_to_the_general_way(parser: Parser, body: bytes, headers: dict[str, str]) -> None:
    assert parser.plain(body, headers) is None


def test_lines_may_be_blank_and_end_as_they_like(parser: Parser) -> None:
    line = json.dumps({"type": "interaction", **CALL}).encode()
    for body in (line, line + b"\n", line + b"\r\n\r\n" + line, b"\n" + line + b"\n\n" + line + b"\n\n"):
        plain, general = parser.plain(body, LINES), parser.parse(body, LINES)
        assert plain is not None
        assert plain.rows == general.rows
