"""Pricing interactions again: what changes, what does not, and that it is the price step's own arithmetic."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pytest

from breakeven.errors import UnknownName, UsageProblem
from breakeven.facts import Interaction
from breakeven.ingest import recosting
from breakeven.ingest.pipeline import Pipeline
from breakeven.ingest.repricing import Approval, Ask, RepriceReport, reprice
from breakeven.pricing import Price, Prices, make_pricer
from breakeven.store.base import Commit, Store
from breakeven.store.duckdb import MEMORY, DuckDBStore
from breakeven.store.schema import as_table
from breakeven.store.state import State
from breakeven.store.state_audit import audit_log
from breakeven.workspace import default_workspace
from breakeven.workspace.definitions import Project, Workspace

NOON, NOW, LATER = (datetime(2026, 11, day, 12, tzinfo=UTC) for day in (5, 20, 21))
BEFORE = Price(model="m*", start=date(2026, 1, 1), input_per_million=Decimal(2), output_per_million=Decimal(10))
AFTER = msgspec.structs.replace(BEFORE, input_per_million=Decimal(1), output_per_million=Decimal(5))
JOAN = Approval(by="Joan", note="the contract of October")
BY_THOUSAND = {"input_tokens": 1000, "output_tokens": 1000}


def company(*own: Price, time_zone: str = "Europe/Berlin") -> Workspace:
    shipped = default_workspace()
    project = Project(id="chat", name="Chat", category="customer_service")
    return msgspec.structs.replace(
        shipped, projects={"chat": project}, prices=Prices(own=own),
        calendar=msgspec.structs.replace(shipped.calendar, time_zone=time_zone),
    )  # fmt: skip


class Shop:
    """A store that is fed through the pipeline at one set of prices and priced again at another."""

    def __init__(self, store: Store, state: State) -> None:
        self.store, self.state = store, state

    def take(self, *records: dict[str, Any], own: tuple[Price, ...] = (BEFORE,)) -> None:
        workspace = company(*own)
        pipeline = Pipeline(workspace, self.store, make_pricer(workspace.prices, Path(), "Europe/Berlin"), threads=1)
        rows = [
            {"row": place, "id": str(place), "source": "s", "time": NOON.isoformat(), "project": "chat",
             "model": "m1", **record}
            for place, record in enumerate(records, 1)
        ]  # fmt: skip
        names = dict.fromkeys(name for row in rows for name in row)
        table = pa.table({name: [row.get(name) for row in rows] for name in names})
        assert pipeline.ingest("interaction", table, source="s", now=NOON).refused == 0
        pipeline.close()

    def reprice(
        self, *own: Price, approval: Approval | None = None, now: datetime = NOW, start: str = "2026-11", **ask: Any
    ) -> RepriceReport:
        return reprice(company(*own), self.store, self.state, Ask(start=start, **ask), now=now, approval=approval)

    def costs(self) -> list[tuple[Any, ...]]:
        rows = self.store.query("SELECT id, cost, cost_origin FROM interaction ORDER BY id").to_pylist()
        return [tuple(row.values()) for row in rows]


@pytest.fixture
def shop() -> Iterator[Shop]:
    state = State.open()
    with DuckDBStore.open(MEMORY, time_zone="Europe/Berlin", threads=1) as store:
        yield Shop(store, state)
    state.close()


def test_the_same_prices_change_nothing(shop: Shop) -> None:
    shop.take(BY_THOUSAND, {"input_tokens": 5}, {"model": "x", "input_tokens": 5}, {"cost": "3"}, {})
    told = shop.reprice(BEFORE, approval=JOAN)
    assert (told.looked, told.changed, told.data_version, audit_log(shop.state)) == (3, 0, 1, [])


def test_a_preview_tells_and_writes_nothing(shop: Shop) -> None:
    shop.take(BY_THOUSAND, BY_THOUSAND)
    told = shop.reprice(AFTER)
    assert (told.applied, told.looked, told.changed, told.data_version) == (False, 2, 2, 1)
    (line,), (total,) = told.lines, told.totals
    assert (line.month, line.project, line.currency) == ("2026-11", "chat", "USD")
    assert (line.old, line.new, line.change) == (Decimal("0.024"), Decimal("0.012"), Decimal("-0.012"))
    assert (total.old, total.new, total.change) == (line.old, line.new, line.change)
    assert shop.costs() == [("1", Decimal("0.012"), "metered"), ("2", Decimal("0.012"), "metered")]


def test_applied_it_supersedes_and_is_in_the_audit_log(shop: Shop) -> None:
    shop.take(BY_THOUSAND, {"input_tokens": 1000, "project": "old"}, {"cost": "3", "input_tokens": 9})
    preview, done = shop.reprice(AFTER), shop.reprice(AFTER, approval=JOAN)
    assert (done.applied, done.changed, done.data_version) == (True, 2, 2)
    assert (done.lines, done.totals, done.proof) == (preview.lines, preview.totals, preview.proof)
    assert shop.costs() == [
        ("1", Decimal("0.006"), "metered"), ("2", Decimal("0.001"), "metered"), ("3", 3, "reported"),
    ]  # fmt: skip
    assert shop.store.verify() == []
    (line,) = audit_log(shop.state)
    assert (line.who, line.action, line.subject, line.note) == ("Joan", "reprice", "2026-11", "the contract of October")
    assert (line.at, line.details["changed"], line.details["data_version"]) == (NOW, 2, 2)
    again = shop.reprice(AFTER, approval=JOAN, now=LATER)
    assert (again.changed, again.data_version, len(audit_log(shop.state))) == (0, 2, 1)
    with shop.store.snapshot(NOON) as past:
        assert past.query("SELECT sum(cost) AS c FROM interaction_month").to_pylist() == [{"c": Decimal("3.014")}]
    with shop.store.snapshot() as present:
        assert present.query("SELECT sum(cost) AS c FROM interaction_month").to_pylist() == [{"c": Decimal("3.007")}]


def test_nothing_but_cost_changes(shop: Shop) -> None:
    shop.take({**BY_THOUSAND, "count": 3, "latency_ms": 12.5, "labels": '{"a": 1}', "revenue": "2", "csat": 4})
    before = shop.store.query("SELECT * FROM interaction").to_pylist()
    done = shop.reprice(AFTER, approval=JOAN)
    (row,) = shop.store.query("SELECT * FROM interaction").to_pylist()
    differing = {name for name, value in row.items() if value != before[0][name]}
    assert differing == {"cost", "recorded_at", "data_version", "revision"}
    assert done.proof.equal
    assert done.proof.before == done.proof.after
    known = {name: value for name, value in done.proof.after.sums.items() if value is not None}
    assert known == {"count": 3, "input_tokens": 1000, "output_tokens": 1000, "latency_ms": Decimal("12.5"),
                     "revenue": 2, "csat": 4}  # fmt: skip


def test_prices_come_and_go(shop: Shop) -> None:
    shop.take({"input_tokens": 1000}, {"model": "n", "input_tokens": 1000})
    other = msgspec.structs.replace(BEFORE, model="n", currency="EUR")
    told = shop.reprice(other, approval=JOAN)
    assert (told.changed, told.newly_priced, told.lost_price, told.unpriced) == (2, 1, 1, 1)
    assert shop.costs() == [("1", None, "unpriced"), ("2", Decimal("0.002"), "metered")]
    eur, usd = told.totals
    assert (eur.currency, eur.old, eur.new, eur.change) == ("EUR", None, Decimal("0.002"), Decimal("0.002"))
    assert (usd.currency, usd.old, usd.new, usd.change) == ("USD", Decimal("0.002"), None, Decimal("-0.002"))
    assert any("unknown cost" in note for note in told.notes)
    groups = "SELECT model, cost_origin, cost_currency, n, cost FROM interaction_day ORDER BY model"
    assert [tuple(row.values()) for row in shop.store.query(groups).to_pylist()] == [
        ("m1", "unpriced", None, 1, None), ("n", "metered", "EUR", 1, Decimal("0.002")),
    ]  # fmt: skip


def test_what_never_had_a_price_has_no_money(shop: Shop) -> None:
    shop.take({"model": "x", "input_tokens": 1000})
    (line,) = shop.reprice(BEFORE).lines
    assert (line.currency, line.looked, line.unpriced, line.old, line.new, line.change) == (
        None,
        1,
        1,
        None,
        None,
        None,
    )
    assert shop.reprice(BEFORE).totals == ()


def test_reported_costs_only_when_asked_and_never_lost(shop: Shop) -> None:
    shop.take({**BY_THOUSAND, "cost": "3"}, {"model": "x", "input_tokens": 9, "cost": "4"}, {"cost": "5"})
    assert shop.reprice(AFTER).looked == 0
    told = shop.reprice(AFTER, include_reported=True, approval=JOAN)
    assert (told.looked, told.changed, told.kept_reported, told.without_usage) == (3, 1, 1, 1)
    assert shop.costs() == [("1", Decimal("0.006"), "metered"), ("2", 4, "reported"), ("3", 5, "reported")]


def test_a_cost_without_usage_stays(shop: Shop) -> None:
    """Another meter's cost, sent without tokens: there is nothing to price it by."""
    row = Interaction(id="1", source="s", time=NOON, project="chat", cost=Decimal(7), cost_currency="USD",
                      cost_origin="metered", price_id="other|1")  # fmt: skip
    shop.store.append(Commit(facts={"interaction": as_table("interaction", [row])}, recorded_at=NOON))
    told = shop.reprice(AFTER, approval=JOAN)
    assert (told.looked, told.changed, told.without_usage) == (1, 0, 1)


def test_another_name_of_the_same_price_changes_nothing(shop: Shop) -> None:
    shop.take(BY_THOUSAND)
    renamed = msgspec.structs.replace(BEFORE, start=date(2026, 11, 1))
    told = shop.reprice(renamed, approval=JOAN)
    assert (told.changed, told.same_cost) == (0, 1)


def test_windows_are_local_and_their_end_is_included(shop: Shop) -> None:
    last_of_october = "2026-10-31T22:59:59Z"  # 23:59:59 in Berlin
    first_of_november = "2026-10-31T23:00:00Z"
    shop.take({**BY_THOUSAND, "time": last_of_october}, {**BY_THOUSAND, "time": first_of_november})
    asked = [("2026-10", "2026-10"), ("2026-11-01", None), ("2026-10-31", "2026-11-01"), ("2026-12", None)]
    found = [shop.reprice(AFTER, start=start, end=end) for start, end in asked]
    assert [[line.month for line in one.lines] for one in found] == [
        ["2026-10"],
        ["2026-11"],
        ["2026-10", "2026-11"],
        [],
    ]


def test_one_project_only(shop: Shop) -> None:
    shop.take(BY_THOUSAND, {**BY_THOUSAND, "project": "gone"}, {**BY_THOUSAND, "project": None})
    assert [line.project for line in shop.reprice(AFTER).lines] == ["chat", "unassigned"]
    assert shop.reprice(AFTER, project="unassigned").looked == 2
    assert shop.reprice(AFTER, project="chat", approval=JOAN).changed == 1
    assert [cost for _, cost, _ in shop.costs()] == [Decimal("0.006"), Decimal("0.012"), Decimal("0.012")]


USAGE = '{"prompt_tokens": 1000, "completion_tokens": 1000, "total_tokens": 2000}'


def test_usage_objects_are_priced_again_too(shop: Shop) -> None:
    shop.take({"model": "gpt-4o", "provider": "openai", "usage": USAGE}, {"model": "gpt-4o", "provider": "openai",
              "input_tokens": 10, "labels": '{"service_tier": "flex"}'})  # fmt: skip
    assert shop.reprice(BEFORE).changed == 0
    own = msgspec.structs.replace(AFTER, model="gpt-4o")
    assert shop.reprice(own, approval=JOAN).changed == 2
    assert [cost for _, cost, _ in shop.costs()] == [Decimal("0.006"), Decimal("0.00001")]


def test_a_price_list_goes_before_the_workspace(shop: Shop) -> None:
    shop.take(BY_THOUSAND)
    told = shop.reprice(BEFORE, prices=Prices(own=(AFTER,)), prices_name="october.yaml")
    assert (told.changed, told.prices) == (1, "october.yaml")
    assert any("october.yaml" in note for note in told.notes)
    later = msgspec.structs.replace(AFTER, start=date(2026, 11, 6))
    unused = shop.reprice(BEFORE, prices=Prices(own=(later, AFTER)), prices_name="list.yaml")
    assert (unused.changed, len(unused.notes)) == (1, 2)
    assert "these of list.yaml: m* from 2026-11-06;" in unused.notes[0]


@pytest.mark.parametrize("chunk", [1, 3, 1000])
def test_chunks_of_any_size_say_the_same(shop: Shop, monkeypatch: pytest.MonkeyPatch, chunk: int) -> None:
    shop.take(*({**BY_THOUSAND, "time": f"2026-11-{1 + place // 4:02}T10:00:00Z"} for place in range(10)))
    monkeypatch.setattr(recosting, "CHUNK", chunk)
    told = shop.reprice(AFTER, approval=JOAN)
    assert (told.looked, told.changed, told.totals[0].change) == (10, 10, Decimal("-0.06"))
    assert shop.store.verify() == []


@pytest.mark.parametrize(
    ("ask", "approval", "error", "said"),
    [
        ({"start": "soon"}, None, UsageProblem, "is not a period"),
        ({"start": "all"}, None, UsageProblem, "such as 2000"),
        ({"start": "2026-11", "end": "2026-10"}, None, UsageProblem, "the end comes before"),
        ({"project": "chatt"}, None, UnknownName, "did you mean chat"),
        ({}, Approval(by=" ", note="n"), UsageProblem, "who does it and why"),
        ({}, Approval(by="Joan", note=""), UsageProblem, "who does it and why"),
    ],
)
def test_what_cannot_be_asked(
    shop: Shop, ask: dict[str, Any], approval: Approval | None, error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        shop.reprice(AFTER, approval=approval, **ask)


def test_an_empty_store_has_nothing_to_price(shop: Shop) -> None:
    told = shop.reprice(AFTER, approval=JOAN)
    assert (told.looked, told.changed, told.lines, told.totals, told.proof.equal) == (0, 0, (), (), True)
