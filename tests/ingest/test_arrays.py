"""Arrays of CloudEvents that Arrow reads: what is taken, and what is left to be looked at."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from breakeven.ingest import arrays
from breakeven.ingest.arrays import Events, events_of

TIME = "2026-10-01T10:00:00Z"
KINDS = {"breakeven.interaction": "interaction", "breakeven.cost": "cost"}


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read even short arrays at once."""
    monkeypatch.setattr(arrays, "LEAST", 0)


def event(id_: str = "1", data: Mapping[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return {"specversion": "1.0", "type": "breakeven.interaction", "source": "s", "id": id_, "time": TIME,
            "data": {} if data is None else data, **more}  # fmt: skip


def seen(body: bytes) -> Events | None:
    return events_of(body, lambda name: KINDS.get(name) if isinstance(name, str) else None)


def rows(*bodies: bytes) -> list[dict[str, Any]] | None:
    """The rows that are read from bodies, all together; None where one is not read so."""
    parts = [seen(body) for body in bodies]
    if None in parts:
        return None
    found = [part for part in parts if part is not None]
    together = found[0].together(found, [""] * len(found))
    return None if together is None else together.table.drop_columns(["ordinal"]).to_pylist()


def body(*events: Mapping[str, Any]) -> bytes:
    return json.dumps(events).encode()


def row(number: int, id_: str, **fields: Any) -> dict[str, Any]:
    return {"row": number, **fields, "id": id_, "source": "s", "time": TIME}


def test_a_body_becomes_columns() -> None:
    found = rows(
        body(event("1", {"input_tokens": 3, "model": "é\u0001😀", "cost": "0.1"}), event("2", {"model": None}))
    )
    assert found == [row(1, "1", model="é\u0001😀", input_tokens=3, cost="0.1"),
                     row(2, "2", model=None, input_tokens=None, cost=None)]  # fmt: skip


def test_bodies_are_read_together() -> None:
    found = rows(body(event("1", {"team": "a"}), event("2")), body(event("3", {"actor": "b"})))
    assert found == [row(1, "1", actor=None, team="a"), row(2, "2", actor=None, team=None),
                     row(1, "3", actor="b", team=None)]  # fmt: skip


def test_a_field_that_only_a_later_event_has_is_read() -> None:
    assert rows(body(event("1"), event("2", {"team": "a"}))) == [row(1, "1", team=None), row(2, "2", team="a")]


def test_what_is_not_known_stands_aside() -> None:
    odd = event("1", {"team": "a", "more": [{"a": [1, None]}, {}]}, traceparent="00-1", number=[1])
    assert rows(body(odd, event("2"))) == [row(1, "1", team="a"), row(2, "2", team=None)]


@pytest.mark.parametrize("amount", [0.1, 0.1 + 0.2, 1e-12, 5, 0, 123456789.123, 2**53])
def test_an_amount_may_be_a_number(amount: float) -> None:
    (found,) = rows(body(event("1", {"cost": amount}))) or [{}]
    assert Decimal(found["cost"]) == Decimal(repr(amount))


_PLAIN = event("2")


@pytest.mark.parametrize(
    "sent",
    [
        b"[]",
        b"[null]",
        b'["a"]',
        b"[[]]",
        b"{}",
        b"nothing",
        body(event())[:-1] + b",null]",
        body(event())[:-1] + b",5]",
        body(event())[:-1] + b'{"id":"2"}]',
        body(event()).replace(b"{}", b"{},"),
        body(event()).replace(b"{}", b'{"team":"a\nb"}'),
        body(event()).replace(b"{}", b'{"team":"\\ud800"}'),
        body(event()).replace(b'"id": "1"', b'"id":"1","id":"2"'),
        body(event("1", {"input_tokens": "3"}), _PLAIN),
        body(event("1", {"input_tokens": 3.5}), _PLAIN),
        body(event("1", {"input_tokens": 2**63}), _PLAIN),
        body(event("1", {"model": 3}), _PLAIN),
        body(event("1", {"latency_ms": True}), _PLAIN),
        body(event("1", {"labels": {"a": "b"}}), _PLAIN),
        body(event("1", {"cost": 2**53 + 2}), _PLAIN),
        body(event("1", {"cost": "1"}), event("2", {"cost": 1})),
        body(event("1", {"id": "3"}), _PLAIN),
        body(_PLAIN, event("1", {"source": "t"})),
        body(_PLAIN, event("1", {"time": TIME})),
        body(_PLAIN, event("1") | {"data": None}),
        body(_PLAIN, event("1") | {"data": "{}"}),
        body(_PLAIN, event("1") | {"data": []}),
        body(_PLAIN, {name: value for name, value in event("1").items() if name != "data"}),
        body(_PLAIN, event("1") | {"specversion": "0.3"}),
        body(_PLAIN, event("1") | {"type": "breakeven.cost"}),
        body(_PLAIN, event("1") | {"type": "other"}),
        body(_PLAIN, event("")),
        body(_PLAIN, event("x" * 513)),
        body(_PLAIN, event("1") | {"id": None}),
        body(_PLAIN, event("1") | {"source": ""}),
        body(_PLAIN, event("1", subject="")),
        body(_PLAIN, event("1", data_base64="e30=")),
        b'[{"zz":' + b"[" * 100_000 + b"]" * 100_000 + b"}]",
        body(event("1", {"zz": 0})).replace(b"0}", b'{"a":' * 100_000 + b"0" + b"}" * 100_000 + b"}"),
    ],
    ids=lambda sent: sent[-60:].decode(errors="replace"),
)
def test_whatever_is_odd_is_left_to_be_looked_at(sent: bytes) -> None:
    assert rows(sent) is None


def test_bodies_of_another_shape_are_not_read_together() -> None:
    first, second, third = (seen(body(event("1", data))) for data in ({"cost": 1}, {"cost": "1"}, {"cost": 2}))
    assert first is not None
    assert second is not None
    assert third is not None
    assert first.alike == third.alike != second.alike


_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["a", "data", "id", "model", "cost", "labels"]), inner, max_size=3),
    ),
    max_leaves=8,
)
_names = st.sampled_from(["model", "cost", "input_tokens", "latency_ms", "labels", "csat", "time", "zz"])
_events = st.builds(
    lambda data, more: event("1", data) | more,
    st.dictionaries(_names, _values, max_size=4),
    st.dictionaries(st.sampled_from(["data", "id", "type", "subject", "data_base64", "zz"]), _values, max_size=2),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.lists(st.one_of(st.just(event()), _events), min_size=1, max_size=4), min_size=1, max_size=3))
def test_each_row_is_an_event_that_was_sent(sent: list[list[dict[str, Any]]]) -> None:
    found = rows(*(body(*events) for events in sent))
    if found is None:
        return
    flat = [one for events in sent for one in events]
    assert [one["id"] for one in found] == [one["id"] for one in flat]
    for name in ("model", "input_tokens", "latency_ms", "labels", "csat"):
        assert [one.get(name) for one in found] == [one["data"].get(name) for one in flat]
