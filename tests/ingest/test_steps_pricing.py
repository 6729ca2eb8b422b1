"""The two ways of pricing a batch, by whole columns and by SQL, give the same."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import examples

from breakeven.ingest.metering import meter
from breakeven.ingest.staging import Staging
from breakeven.ingest.tariffs import tariff
from breakeven.pricing import Price, Prices, make_pricer

AT = datetime(2026, 7, 31, tzinfo=UTC)
PRICER = make_pricer(
    Prices(own=(Price(model="own*", start=AT.date() + timedelta(days=1), input_per_million=Decimal(3),
                      output_per_million=Decimal(9), currency="EUR"),)), Path(), "Europe/Berlin")  # fmt: skip
counts = st.none() | st.integers(0, 400_000)
calls = st.lists(
    st.fixed_dictionaries({
        "provider": st.sampled_from([None, "openai", "google", "deepseek"]),
        "model": st.sampled_from([None, "gpt-4o", "gemini-2.5-pro", "deepseek-chat", "own-1", "nothing"]),
        "time": st.integers(0, 60).map(lambda hours: AT + timedelta(hours=hours)),
        "input_tokens": counts, "output_tokens": counts, "cached_tokens": counts,
        "count": st.sampled_from([None, 1, 7]),
        "cost": st.sampled_from([None, None, None, Decimal("0.5")]),
    }),
    min_size=1, max_size=20,
)  # fmt: skip
SHAPE = pa.schema([
    ("provider", pa.string()), ("model", pa.string()), ("time", pa.timestamp("us", tz="UTC")),
    ("input_tokens", pa.int64()), ("output_tokens", pa.int64()), ("cached_tokens", pa.int64()), ("count", pa.int64()),
    ("cost", pa.decimal128(38, 12)), ("labels", pa.string()), ("ordinal", pa.int64()), ("fault", pa.int32()),
])  # fmt: skip


@pytest.fixture(scope="module")
def staging() -> Iterator[Staging]:
    staging = Staging()
    yield staging
    staging.close()


def rows(records: list[dict[str, object]]) -> pa.Table:
    numbered = [{**record, "ordinal": number, "fault": 0} for number, record in enumerate(records)]
    for record in numbered:
        if record["input_tokens"] is not None and record["cached_tokens"] is not None:
            record["cached_tokens"] = min(record["cached_tokens"], record["input_tokens"])
    return pa.Table.from_pylist(numbered, SHAPE)


@examples(40)
@given(calls)
def test_both_ways_agree(staging: Staging, records: list[dict[str, object]]) -> None:
    table = rows(records)
    by_columns = tariff(PRICER, table)
    assert by_columns is not None
    by_sql = meter(PRICER, staging, table).sort_by("ordinal").select(by_columns.column_names)
    assert by_columns.to_pylist() == by_sql.to_pylist()


CALL = {"provider": "openai", "model": "gpt-5", "time": datetime(2026, 11, 20, tzinfo=UTC), "input_tokens": 1_000_000,
        "output_tokens": 0, "cached_tokens": 0, "count": 1, "cost": None}  # fmt: skip


def test_labels_that_a_price_depends_on_go_the_longer_way(staging: Staging) -> None:
    table = rows([CALL, {**CALL, "labels": json.dumps({"service_tier": "flex"})}])
    assert tariff(PRICER, table) is None
    plain, flex = meter(PRICER, staging, table).sort_by("ordinal").to_pylist()
    assert flex["cost"] < plain["cost"]
    assert flex["price_id"].endswith("|service_tier=flex")


def test_amounts_beyond_64_bits_go_the_longer_way(staging: Staging) -> None:
    table = rows([{**CALL, "input_tokens": 10**15}])
    assert tariff(PRICER, table) is None
    assert meter(PRICER, staging, table)["cost"].to_pylist() == [Decimal("1250000000")]


def test_what_no_amount_can_hold_is_unpriced(staging: Staging) -> None:
    table = rows([{**CALL, "input_tokens": 9_000_000_000_000_000_000, "cached_tokens": 0, "model": "o1-pro"}])
    (row,) = meter(PRICER, staging, table).to_pylist()
    assert (row["cost"], row["cost_origin"]) == (None, "unpriced")
