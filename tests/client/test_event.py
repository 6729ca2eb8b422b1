"""Records as lines: what can be sent of whatever a program gives."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from breakeven.client import event
from breakeven.facts import columns

NOBODY = lambda *_: None  # noqa: E731


class Hostile:
    """An object that fails at everything."""

    def __repr__(self) -> str:
        raise RuntimeError

    __str__ = __repr__

    def __float__(self) -> float:
        raise RuntimeError


def test_every_field_of_an_interaction_can_be_sent() -> None:
    made = {"id", "source", "time", "cost_origin", "price_id"}
    assert {c.name for c in columns("interaction")} - made == event.TEXTS | event.NUMBERS | event.OBJECTS


@pytest.mark.parametrize(("value", "sent"), [
    (5, 5), (0.25, 0.25), (Decimal("0.0000008"), "8E-7"), ("12.50", "12.50"), (np.int64(7), 7), (np.float32(0.5), 0.5),
    (float("nan"), None), (float("inf"), None), (Decimal("NaN"), None), (True, None), ("many", None), ([1], None),
    (Hostile(), None), (10**40, None), (None, None),
])  # fmt: skip
def test_numbers(value: Any, sent: Any) -> None:
    complaints: list[str] = []
    found = event.fields({"cost": value}, lambda name, _: complaints.append(name))
    assert found == ({} if sent is None else {"cost": sent})
    assert complaints == (["cost"] if sent is None and value is not None else [])


@pytest.mark.parametrize(("value", "sent"), [
    (datetime(2026, 3, 1, 12, tzinfo=UTC), "2026-03-01T12:00:00+00:00"),
    (datetime(2026, 3, 1, 12, tzinfo=timezone(timedelta(hours=2))), "2026-03-01T10:00:00+00:00"),
    (0, "1970-01-01T00:00:00+00:00"), (1.5, "1970-01-01T00:00:01.500000+00:00"), ("2026-03-01", "2026-03-01"),
])  # fmt: skip
def test_times(value: Any, sent: str) -> None:
    assert event.instant(value, NOBODY) == sent


@pytest.mark.parametrize("value", [1e30, float("nan"), Hostile()])
def test_a_time_that_is_none_is_the_present(value: Any) -> None:
    complaints: list[str] = []
    before = datetime.now(UTC)
    shown = event.instant(value, lambda name, _: complaints.append(name))
    assert before <= datetime.fromisoformat(shown) <= datetime.now(UTC)
    assert complaints == ["time"]


def test_unknown_names_are_labels() -> None:
    complaints: list[str] = []
    found = event.fields({"revnue": 5, "labels": {"a": 1}}, lambda name, _: complaints.append(name))
    assert (found, complaints) == ({"labels": {"a": 1, "revnue": 5}}, ["revnue"])


def test_a_long_record_loses_its_labels_first() -> None:
    complaints: list[str] = []

    def made(data: dict[str, Any]) -> bytes | None:
        return event.line("k", "s", "i", "t", data, lambda name, _: complaints.append(name))

    line = made({"model": "m", "labels": {"text": "x" * event.LONGEST}})
    assert line is not None
    assert json.loads(line)["data"] == {"model": "m"}
    assert made({"model": "m" * event.LONGEST}) is None
    assert complaints == ["labels", "labels"]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.decimals() | st.datetimes(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers(), inner),
    max_leaves=5,
)
NAMES = st.sampled_from(sorted(event.TEXTS | event.NUMBERS | event.OBJECTS)) | st.text()


@settings(max_examples=50)
@given(st.dictionaries(NAMES, VALUES))
def test_whatever_is_given_a_line_of_json_is_made(given_: dict[str, Any]) -> None:
    line = event.line("k", "s", event.new_id(), event.instant(None, NOBODY), event.fields(given_, NOBODY), NOBODY)
    assert line is not None
    assert b"\n" not in line
    data = json.loads(line)["data"]
    assert data.keys() <= event.TEXTS | event.NUMBERS | event.OBJECTS
    json.dumps(data, allow_nan=False).encode()
