"""The sealed text: what is written can be read, has one form only, and no changed byte goes unseen."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from breakeven.ledger.closing.chain import (
    KINDS,
    Malformed,
    Seal,
    altered_lines,
    amount,
    amount_text,
    escaped,
    plain,
    read,
    sha256,
    write,
)

SEAL = Seal(
    month=date(2026, 10, 1), version=1, link=3, closed_at=datetime(2026, 11, 3, 9, 30, tzinfo=UTC), closed_by="Ada",
    reason="", forced=False, currency="USD", time_zone="Europe/Berlin", methodology="b2d31a5da232", data_version=42,
    previous="0" * 64,
)  # fmt: skip
LINES = [
    ("input", ("bot", "hourly_rate", "150")),
    ("figure", ("bot", "productivity_value", "1800")),
    ("input", ("bot", "incidents", "")),
    ("note", ("bot", "productivity_value", "50 % | of | it\nlost")),
]
TEXT = write(SEAL, LINES)

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
lines = st.sampled_from(sorted(KINDS)).flatmap(
    lambda kind: st.tuples(st.just(kind), st.tuples(*(texts for _ in KINDS[kind])))
)
seals = st.builds(
    Seal, month=st.dates(date(1970, 1, 1), date(2200, 1, 1)).map(lambda day: day.replace(day=1)),
    version=st.integers(1, 99), link=st.integers(1, 999), closed_at=st.datetimes(timezones=st.just(UTC)),
    closed_by=texts, reason=texts, forced=st.booleans(), currency=st.just("EUR"), time_zone=st.just("UTC"),
    methodology=texts, data_version=st.integers(0, 10**9), previous=st.just("a" * 64),
)  # fmt: skip


@given(seals, st.lists(lines, max_size=12, unique=True))
def test_what_is_written_is_read(seal: Seal, body: list[tuple[str, tuple[str, ...]]]) -> None:
    found = read(write(seal, body))
    assert found.seal == seal
    assert {kind: set(of) for kind, of in found.lines.items() if of} == {
        kind: {fields for name, fields in body if name == kind} for kind, _ in body
    }


@given(st.lists(lines, max_size=12, unique=True), st.randoms())
def test_order_does_not_matter(body: list[tuple[str, tuple[str, ...]]], random: object) -> None:
    other = list(body)
    random.shuffle(other)  # type: ignore[attr-defined]
    assert write(SEAL, body) == write(SEAL, other)


@given(texts)
def test_fields_come_back_and_stay_in_their_line(text: str) -> None:
    field = escaped(text)
    assert plain(field) == text
    assert not set("|\n\r\t\0") & set(field)


@given(st.data())
def test_every_altered_byte_is_found_in_its_line(data: st.DataObject) -> None:
    raw = TEXT.encode()
    place = data.draw(st.integers(0, len(raw) - 1))
    byte = data.draw(st.integers(1, 127).filter(lambda value: value != raw[place]))
    altered = raw[:place] + bytes([byte]) + raw[place + 1 :]
    try:
        text = altered.decode()
    except UnicodeDecodeError:
        return
    assert sha256(text) != sha256(TEXT)
    line = TEXT.encode()[:place].count(b"\n") + 1
    wrong = altered_lines(text)
    assert wrong
    # A changed line break joins two lines or makes two of one: the first line that is touched is named.
    touched = raw[place : place + 1] == b"\n" or byte == 10
    last = TEXT.count("\n")
    assert (min(wrong) in (line, line + 1)) if touched and line < last else (line in wrong or line == last)


@pytest.mark.parametrize("drop", range(1, TEXT.count("\n") + 1))
def test_a_missing_line_is_found(drop: int) -> None:
    rows = TEXT.splitlines(keepends=True)
    text = "".join(rows[: drop - 1] + rows[drop:])
    assert min(altered_lines(text)) <= drop


MALFORMED = [
    ("", 1, "form"),
    ("hello\n", 1, "form"),
    (TEXT.replace("version: 1", "version: one"), 2, "header cannot be read"),
    (TEXT.replace("version: 1", "version: 01"), 3, "spelt"),
    (TEXT.replace("link: 3\n", ""), 4, "does not begin"),
    (TEXT.replace("month: 2026-10", "month: 2026-13"), 2, "header cannot be read"),
    (TEXT.replace("input|bot|hourly_rate", "input|bot"), 15, "not a line"),
    (TEXT.replace("figure|", "zebra|"), 14, "not a line"),
]


@pytest.mark.parametrize(("text", "line", "words"), MALFORMED)
def test_other_texts_are_refused_with_the_line(text: str, line: int, words: str) -> None:
    with pytest.raises(Malformed, match=words) as error:
        read(text)
    assert error.value.line == line


def test_lines_out_of_order_are_refused() -> None:
    rows = TEXT.splitlines(keepends=True)
    rows[14], rows[15] = rows[15], rows[14]
    with pytest.raises(Malformed, match="out of order"):
        read("".join(rows))


AMOUNTS = [
    (None, ""), (Decimal(0), "0"), (Decimal("-0.000"), "0"), (Decimal("10.500000000000"), "10.5"),
    (Decimal("1E+3"), "1000"), (Decimal("-0.000000000001"), "-0.000000000001"), (Decimal("100"), "100"),
]  # fmt: skip


@pytest.mark.parametrize(("value", "text"), AMOUNTS)
def test_numbers_have_one_spelling(value: Decimal | None, text: str) -> None:
    assert amount_text(value) == text
    assert amount(text) == value


def test_the_form_does_not_change() -> None:
    """An auditor's script must read it in ten years: another form needs another first line."""
    assert TEXT.splitlines()[:-1] == [
        "breakeven closing 1", "month: 2026-10", "version: 1", "link: 3", "closed_at: 2026-11-03T09:30:00+00:00",
        "closed_by: Ada", "reason: ", "forced: no", "currency: USD", "time_zone: Europe/Berlin",
        "methodology: b2d31a5da232", "data_version: 42", f"previous: {'0' * 64}",
        "figure|bot|productivity_value|1800", "input|bot|hourly_rate|150", "input|bot|incidents|",
        "note|bot|productivity_value|50 %25 %7C of %7C it%0Alost",
    ]  # fmt: skip
    assert sha256(TEXT) == hashlib.sha256(TEXT.encode("utf-8")).hexdigest()
