"""Prices by model, provider and time; the workspace's own first."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from breakeven.errors import FileUnreadable
from breakeven.pricing import Price, Pricer, Prices, make_pricer, read_book

AT = datetime(2026, 8, 1, 12, tzinfo=UTC)
TABLE = [
    {
        "id": "acme", "name": "Acme", "api_pattern": "https://acme", "provider_match": {"contains": "acme"},
        "extractors": [
            {"api_flavor": "chat", "root": "usage", "model_path": "model", "mappings": [
                {"path": "prompt_tokens", "dest": "input_tokens", "required": True},
                {"path": ["details", "cached"], "dest": "cache_read_tokens", "required": False},
                {"path": "completion_tokens", "dest": "output_tokens", "required": True}]},
            {"api_flavor": "native", "root": ["meta", "tokens"], "model_path": "model", "mappings": [
                {"path": "in", "dest": "input_tokens", "required": True},
                {"path": "out", "dest": "output_tokens", "required": False}]},
        ],
        "models": [
            {"id": "flat", "match": {"starts_with": "flat"}, "prices": {
                "input_mtok": 2, "output_mtok": 8, "cache_read_mtok": 1}},
            {"id": "dated", "match": {"equals": "dated"}, "prices": [
                {"prices": {"input_mtok": 2, "output_mtok": 8}},
                {"constraint": {"start_date": "2026-07-01"}, "prices": {"input_mtok": 1, "output_mtok": 4}}]},
            {"id": "night", "match": {"equals": "night"}, "prices": [
                {"prices": {"input_mtok": 1}},
                {"constraint": {"start_time": "06:00:00Z", "end_time": "18:00:00Z"}, "prices": {"input_mtok": 2}}]},
            {"id": "tiered", "match": {"equals": "tiered"}, "prices": {
                "input_mtok": {"base": 1, "tiers": [{"start": 100, "price": 2}]}, "output_mtok": 3}},
            {"id": "nothing", "match": {"equals": "nothing"}, "prices": {}},
        ],
    }
]  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "table.json").write_text(json.dumps(TABLE))
    (tmp_path / "table.json.gz").write_bytes(gzip.compress(json.dumps(TABLE).encode()))
    return tmp_path


@pytest.fixture
def pricer(folder: Path) -> Pricer:
    return make_pricer(Prices(book="table.json"), folder)


def test_book_is_named_by_its_content(folder: Path) -> None:
    plain, packed = read_book(folder / "table.json"), read_book(folder / "table.json.gz")
    assert plain.name == packed.name
    assert plain.name.startswith("table ")


DAMAGED = [(b"{", "not a genai-prices table"), (b'[{"id": 1}]', "not a genai-prices"), (b"\x1f\x8bxx", "price table"),
           (b"[1]", "not a genai-prices")]  # fmt: skip


@pytest.mark.parametrize(("content", "says"), DAMAGED)
def test_damaged_table(tmp_path: Path, content: bytes, says: str) -> None:
    (tmp_path / "t.json").write_bytes(content)
    with pytest.raises(FileUnreadable, match=says):
        read_book(tmp_path / "t.json")


def test_missing_table(tmp_path: Path) -> None:
    with pytest.raises(FileUnreadable, match="No such file"):
        read_book(tmp_path / "t.json")


def test_flat(pricer: Pricer) -> None:
    (quote,) = pricer.quotes("acme", "flat-2", {}, AT, AT)
    assert (quote.input, quote.output, quote.cached) == (Decimal("0.000002"), Decimal("0.000008"), Decimal("0.000001"))
    assert quote.price_id == f"{pricer.book.name}|acme|flat|first"


def test_dated(pricer: Pricer) -> None:
    quotes = pricer.quotes("acme", "dated", {}, datetime(2026, 6, 1, tzinfo=UTC), AT)
    assert [(q.end, q.input, q.price_id.rpartition("|")[2]) for q in quotes] == [
        (datetime(2026, 7, 1, tzinfo=UTC), Decimal("0.000002"), "first"),
        (AT + timedelta(microseconds=1), Decimal("0.000001"), "2026-07-01"),
    ]


def test_hours_of_the_day(pricer: Pricer) -> None:
    quotes = pricer.quotes("acme", "night", {}, datetime(2026, 7, 31, tzinfo=UTC), AT)
    assert [(q.start.hour, q.input) for q in quotes] == [
        (0, Decimal("0.000001")), (6, Decimal("0.000002")), (18, Decimal("0.000001")), (6, Decimal("0.000002")),
    ]  # fmt: skip


def test_tiers(pricer: Pricer) -> None:
    low, high = pricer.quotes("acme", "tiered", {}, AT, AT)
    assert (low.above, low.up_to, low.input) == (-1, 100, Decimal("0.000001"))
    assert (high.above, high.up_to, high.input, high.output) == (100, None, Decimal("0.000002"), Decimal("0.000003"))


@pytest.mark.parametrize(("provider", "model"), [("acme", "other"), ("nobody", "flat"), (None, "flat"), ("acme", None),
                                                 ("acme", "nothing")])  # fmt: skip
def test_unknown_is_unpriced(pricer: Pricer, provider: str | None, model: str | None) -> None:
    assert pricer.quotes(provider, model, {}, AT, AT) == []


def own(model: str, start: str, cost: int, provider: str | None = None) -> Price:
    return Price(model=model, provider=provider, start=date.fromisoformat(start), input_per_million=Decimal(cost),
                 output_per_million=Decimal(cost), currency="EUR")  # fmt: skip


def test_own_prices_go_before_the_book(folder: Path) -> None:
    prices = (own("flat*", "2026-01-01", 10), own("flat*", "2026-07-01", 20), own("flat-2", "2026-07-15", 30),
              own("flat-2", "2026-07-20", 40, "acme"))  # fmt: skip
    pricer = make_pricer(Prices(own=prices, book="table.json"), folder, "Europe/Berlin")
    quotes = pricer.quotes("acme", "flat-2", {}, datetime(2025, 12, 1, tzinfo=UTC), AT)
    assert [(q.start.date().isoformat(), q.input * 1_000_000) for q in quotes] == [
        ("2025-12-01", 2), ("2025-12-31", 10), ("2026-06-30", 20), ("2026-07-14", 30), ("2026-07-19", 40),
    ]  # fmt: skip
    assert pricer.quotes(None, "flat-2", {}, AT, AT)[0].price_id == "own|*|flat-2|2026-07-15"


USAGE = {"prompt_tokens": 100, "completion_tokens": 10, "details": {"cached": 40}}


@pytest.mark.parametrize("text", [json.dumps({"model": "flat", "usage": USAGE}), json.dumps(USAGE)])
def test_usage_of_a_body_and_bare(pricer: Pricer, text: str) -> None:
    reading = pricer.read(text, "acme", None)
    assert reading is not None
    assert (reading.input_tokens, reading.output_tokens, reading.cached_tokens) == (100, 10, 40)
    charge = pricer.charge(reading, "acme", "flat", {}, AT)
    assert charge is not None
    assert charge.cost == Decimal("0.00024")


@pytest.mark.parametrize("text", ['{"meta": {"tokens": {"in": 5}}}', '{"tokens": {"in": 5}}', '{"in": 5}'])
def test_nested_usage(pricer: Pricer, text: str) -> None:
    reading = pricer.read(text, "acme", None, "chat")
    assert reading is not None
    assert (reading.input_tokens, reading.output_tokens) == (5, None)


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"usage": {"prompt_tokens": -1, "completion_tokens": 1}}', '"x"'])
def test_what_is_no_usage(pricer: Pricer, text: str) -> None:
    assert pricer.read(text, "acme", None) is None


def test_a_usage_that_contradicts_itself_is_unpriced(pricer: Pricer) -> None:
    reading = pricer.read(json.dumps({**USAGE, "details": {"cached": 400}}), "acme", "chat")
    assert reading is not None
    assert pricer.charge(reading, "acme", "flat", {}, AT) is None
    assert pricer.charge(reading, "acme", None, {}, AT) is None


def test_service_tier_of_the_installed_book() -> None:
    pricer = make_pricer(Prices(), Path())
    at = datetime(2026, 11, 20, tzinfo=UTC)
    plain = pricer.quotes("openai", "gpt-5", {}, at, at)
    flex = pricer.quotes("openai", "gpt-5", {"service_tier": "flex"}, at, at)
    assert plain[0].input is not None
    assert flex[0].input is not None
    assert flex[0].input < plain[0].input
    assert flex[0].price_id.endswith("|service_tier=flex")
