"""Facts behind figures: which count, in which order they come, what they add up to, and what became of one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from tests.ledger.conftest import Company

from breakeven.errors import NotFound, UnknownName
from breakeven.ledger.closing.closing import close
from breakeven.ledger.desk import Desk
from breakeven.ledger.records import listing
from breakeven.ledger.records.groups import parts, values
from breakeven.ledger.records.listing import Place, page
from breakeven.ledger.records.one import one
from breakeven.ledger.records.totals import counts, total
from breakeven.ledger.records.which import Which
from breakeven.money import Rate
from breakeven.workspace.definitions import Pool, Project

D = Decimal
QUARTER = date(2026, 1, 1), date(2026, 4, 1)
JANUARY = date(2026, 1, 1), date(2026, 2, 1)


def project(name: str) -> Project:
    return Project(id=name, name=name.title(), category="customer_service")


@contextmanager
def desk_of(company: Company) -> Iterator[Desk]:
    with company.ledger.desk(company.now) as desk:
        yield desk


def which(desk: Desk, kind: str, days: tuple[date, date] | None = QUARTER, **more: Any) -> Which:
    return Which(kind=kind, span=None if days is None else desk.window(*days), **more)


def ids(company: Company, kind: str, days: tuple[date, date] | None = QUARTER, **more: Any) -> list[str]:
    with desk_of(company) as desk:
        return [record.fields["id"] for record in page(desk, which(desk, kind, days, **more), 100).records]


@pytest.fixture(scope="module")
def firm(lasting_company: Company) -> Company:
    return filled_in(lasting_company).settle()


@pytest.fixture
def own_firm(company: Company) -> Company:
    """One that the test may change."""
    return filled_in(company)


def filled_in(company: Company) -> Company:
    company.declare(project("a"), project("b"), pools=[Pool(name="platform", rule="even", projects=("a", "b"))])
    company.put("cost", {"id": "jan", "start": "2026-01-05", "project": "a", "amount": "100.10", "vendor": "Cloud"},
                {"id": "feb", "start": "2026-02-05", "project": "b", "amount": "7", "invoice": "I-1"},
                {"id": "long", "start": "2025-12-01", "end": "2026-02-01", "project": "a", "amount": "62"},
                {"id": "pool", "start": "2026-01-05", "pool": "platform", "amount": "50"},
                {"id": "stranger", "start": "2026-03-05", "project": "nobody", "amount": "1"})  # fmt: skip
    return company


# --- which


def test_a_bill_counts_in_every_month_of_its_span(firm: Company) -> None:
    found = ids(firm, "cost")
    assert (found[:2], set(found[2:4]), found[4]) == (["stranger", "feb"], {"pool", "jan"}, "long")
    with desk_of(firm) as desk:
        (long,) = [one for one in page(desk, which(desk, "cost", JANUARY), 10).records if one.fields["id"] == "long"]
        assert (long.counted, long.fields["amount"]) == (31, 62)
        assert total(desk, which(desk, "cost", JANUARY)).amount == D("181.10")


@pytest.mark.parametrize(
    ("more", "wanted"),
    [
        ({"projects": ("a",)}, {"jan", "long"}),
        ({"projects": ("unassigned",)}, {"pool", "stranger"}),
        ({"fields": (("vendor", "Cloud"),)}, {"jan"}),
        ({"fields": (("vendor", None), ("invoice", None))}, {"long", "pool", "stranger"}),
        ({"fields": (("pool", "platform"),)}, {"pool"}),
        ({"measure": "direct_cost"}, {"jan", "feb", "long", "stranger"}),
        ({"line": "cost_direct"}, {"jan", "feb", "long", "stranger"}),
        ({"line": "cost_allocated"}, {"pool"}),
        ({"text": "i-1"}, {"feb"}),
        ({"text": "%"}, set()),
        ({"text": "'; DROP TABLE cost --"}, set()),
    ],
)
def test_records_are_chosen_by_any_of_their_fields(firm: Company, more: dict[str, Any], wanted: set[str]) -> None:
    assert set(ids(firm, "cost", **more)) == wanted
    with desk_of(firm) as desk:
        assert total(desk, which(desk, "cost", **more)).records == len(wanted)


def test_names_that_do_not_exist(firm: Company) -> None:
    with desk_of(firm) as desk:
        for wrong in (Which(kind="call"), Which(kind="cost", fields=(("colour", "red"),)),
                      Which(kind="cost", measure="incidents"), Which(kind="benefit", line="cost_direct")):  # fmt: skip
            with pytest.raises(UnknownName):
                page(desk, wrong, 10)
            with pytest.raises(UnknownName):
                total(desk, wrong)


def test_every_measure_can_be_listed_and_adds_up_to_its_value(own_firm: Company) -> None:
    of = {"project": "a", "model": "m"}
    own_firm.put("deployment", {"id": "old", "time": "2025-11-01", **of}, {"id": "again", "time": "2026-01-03", **of})
    own_firm.put("deployment", {**of, "id": "new", "time": "2025-12-31", "deployed_at": "2026-01-04", "model": "n"})
    assert ids(own_firm, "deployment", JANUARY) == ["again", "new"], "the day it reached production decides"
    assert ids(own_firm, "deployment", JANUARY, measure="models_deployed") == ["new"]
    own_firm.put("incident", {"id": "i", "opened_at": "2025-12-30", "resolved_at": "2026-01-02", "project": "a"})
    assert ids(own_firm, "incident", JANUARY) == []
    assert ids(own_firm, "incident", JANUARY, measure="resolve_hours_sum") == ["i"]
    own_firm.put("model_state", {"id": "s", "time": "2025-06-01", "project": "a", "model": "m", "stage": "production"})
    assert ids(own_firm, "model_state", JANUARY, measure="models_in_production") == ["s"]
    with desk_of(own_firm) as desk:
        assert total(desk, which(desk, "incident", JANUARY, measure="resolve_hours_sum")).value == 72


def test_amounts_add_up_to_the_cost_line(firm: Company) -> None:
    with desk_of(firm) as desk:
        whole = total(desk, which(desk, "cost", line="cost_direct", projects=("a", "b")))
        listed = page(desk, which(desk, "cost", line="cost_direct", projects=("a", "b")), 50).records
    lines = [firm.explain("cost_direct", "2026-Q1", name).value for name in ("a", "b")]
    assert whole.amount == sum(one.counted or 0 for one in listed) == sum(D(str(line)) for line in lines)


def test_foreign_amounts_and_those_without_a_rate(company: Company) -> None:
    company.declare(project("a"), rates=[Rate(currency="EUR", rate=D("1.1"), start=date(2026, 1, 1), source="bank")])
    company.put("cost", {"id": "eur", "start": "2026-01-05", "project": "a", "amount": "10", "currency": "EUR"},
                {"id": "gbp", "start": "2026-01-04", "project": "a", "amount": "10", "currency": "GBP"})  # fmt: skip
    with desk_of(company) as desk:
        eur, gbp = page(desk, which(desk, "cost"), 10).records
        whole = total(desk, which(desk, "cost"))
    assert (eur.counted, gbp.counted, gbp.no_rate) == (11, None, "no exchange rate GBP→USD on 2026-01-04")
    assert (whole.amount, whole.without, whole.no_rate) == (11, 1, gbp.no_rate)


# --- pages


def test_pages_follow_each_other_and_each_record_stands_on_one(company: Company) -> None:
    company.declare(project("a"))
    same = [{"start": "2026-01-05", "project": "a", "amount": place} for place in range(250)]
    company.put("cost", *same)
    company.put("cost", {"start": "2026-02-05", "pool": "other", "amount": "1"})
    found, place = list[str](), None
    with desk_of(company) as desk:
        while True:
            part = page(desk, which(desk, "cost", line="cost_direct"), 60, place)
            found += [record.fields["id"] for record in part.records]
            place = part.next
            if place is None:
                break
    assert len(found) == len(set(found)) == 250


def test_interactions_are_looked_for_day_by_day(company: Company) -> None:
    company.declare(project("a"))
    rows = [
        {"id": f"{day}-{place}", "time": datetime.fromisoformat(f"2026-0{1 + day // 20}-{day % 20 + 1:02}T12:00Z"),
         "project": "a", "operation": "chat" if place else "rare"}
        for day in range(40) for place in range(3)
    ]  # fmt: skip
    company.put("interaction", *rows)
    found, place = list[str](), None
    with desk_of(company) as desk:
        while True:
            part = page(desk, which(desk, "interaction"), 7, place)
            found += [record.fields["id"] for record in part.records]
            place = part.next
            if place is None:
                break
        rare = page(desk, which(desk, "interaction", fields=(("operation", "rare"),)), 100).records
    assert len(found) == len(set(found)) == 120
    days = [int(name.partition("-")[0]) for name in found]
    assert days == sorted(days, reverse=True)
    assert len(rare) == 40


def test_a_search_in_interactions_stops_and_can_be_continued(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    company.declare(project("a"))
    company.put("interaction", *({"id": f"{day}", "time": f"2026-01-{day:02}", "project": "a", "operation": "x",
                                  "count": 10} for day in range(1, 20)))  # fmt: skip
    company.put("interaction", {"id": "sought", "time": "2026-01-02T05:00Z", "project": "a", "operation": "y"})
    monkeypatch.setattr(listing, "MOST_LOOKED_AT", 50)
    seen, place, turns = list[str](), None, 0
    with desk_of(company) as desk:
        asked = which(desk, "interaction", fields=(("operation", "y"),))
        while turns < 20:
            part = page(desk, asked, 5, place)
            seen += [record.fields["id"] for record in part.records]
            place, turns = part.next, turns + 1
            if place is None:
                break
            assert part.reached is not None
    assert (seen, place) == (["sought"], None)
    assert turns > 1


def test_interactions_have_their_cost_in_the_companys_currency(company: Company) -> None:
    company.declare(project("a"), rates=[Rate(currency="EUR", rate=D("1.1"), start=date(2026, 1, 10), source="bank")])
    call = {"project": "a", "cost": "2", "cost_currency": "EUR"}
    company.put("interaction", {**call, "time": "2026-01-09"}, {**call, "time": "2026-01-10"})
    with desk_of(company) as desk:
        late, early = page(desk, which(desk, "interaction"), 5).records
    assert (late.counted, early.counted, early.no_rate) == (D("2.2"), None, "no exchange rate EUR on 2026-01-09")


def test_counts_of_every_kind(own_firm: Company) -> None:
    own_firm.put(
        "interaction", {"time": "2026-01-05", "project": "a", "count": 40}, {"time": "2026-01-05", "project": "b"}
    )
    with desk_of(own_firm) as desk:
        found = counts(desk, desk.window(*JANUARY), ("a",))
    assert (found["interaction"], found["cost"], found["note"]) == (40, 2, 0)


def test_what_no_roll_up_knows_is_not_counted(own_firm: Company) -> None:
    own_firm.put("interaction", {"time": "2026-01-05", "project": "a", "operation": "chat", "status": "error"})
    with desk_of(own_firm) as desk:
        assert total(desk, which(desk, "interaction", fields=(("operation", "chat"),))).records is None
        assert total(desk, which(desk, "interaction", fields=(("status", "error"),))).records == 1
        assert total(desk, which(desk, "interaction", measure="errors")).value == 1


def test_a_store_without_records(company: Company) -> None:
    with desk_of(company) as desk:
        for kind in ("cost", "interaction", "note"):
            assert page(desk, Which(kind=kind), 5) == listing.Records(records=(), next=None)
            assert total(desk, Which(kind=kind)).records == 0
            assert values(desk, kind, ("source",)) == {}


def test_a_place_is_found_again(firm: Company) -> None:
    with desk_of(firm) as desk:
        first = page(desk, which(desk, "cost"), 2)
        assert isinstance(first.next, Place)
        rest = page(desk, which(desk, "cost"), 10, first.next)
    assert len(first.records) + len(rest.records) == 5


# --- groups


def test_bills_by_invoice_and_calls_by_model(own_firm: Company) -> None:
    own_firm.put("cost", {"start": "2026-02-06", "project": "a", "amount": "8", "invoice": "I-1"})
    own_firm.put("interaction", {"time": "2026-01-05", "project": "a", "model": "m", "cost": "2", "count": 5},
             {"time": "2026-01-05", "project": "a", "model": "n"})  # fmt: skip
    with desk_of(own_firm) as desk:
        bills = parts(desk, which(desk, "cost", line="cost_direct"), ("invoice",))
        calls = parts(desk, which(desk, "interaction"), ("provider", "model"))
        assert parts(desk, which(desk, "interaction", text="x"), ("model",)) == ()
        assert values(desk, "cost", ("invoice", "vendor", "meter")) == {"invoice": ("I-1",), "vendor": ("Cloud",)}
    assert [(one.values, one.records, one.amount) for one in bills] == [
        ((None,), 3, D("132.10")), (("I-1",), 2, D("15"))]  # fmt: skip
    assert [(one.values, one.records, one.amount, one.without) for one in calls] == [
        ((None, "m"), 5, D(2), 0), ((None, "n"), 1, None, 1)]  # fmt: skip


# --- one


def test_all_versions_of_a_record_with_what_changed(own_firm: Company) -> None:
    own_firm.put("cost", {"id": "jan", "start": "2026-01-05", "project": "a", "amount": "90.10", "vendor": "Cloud",
                      "invoice": "I-9"})  # fmt: skip
    with desk_of(own_firm) as desk:
        found = one(desk, "cost", "test", "jan")
    assert [version.revision for version in found.versions] == [2, 1]
    assert found.now.changed == (("amount", D("100.1"), D("90.1")), ("invoice", None, "I-9"))
    assert found.versions[1].superseded_at is not None
    with desk_of(own_firm) as desk, pytest.raises(NotFound, match="has sent no cost with the id nothing"):
        one(desk, "cost", "test", "nothing")
    with desk_of(own_firm) as desk, pytest.raises(UnknownName):
        one(desk, "call", "test", "jan")


@pytest.mark.parametrize("name", ["a/b", "../..", "é 漢字 \u202e", "<script>", "'; --", "x" * 2000, ".", "?a=b#c"])
def test_ids_and_sources_of_any_characters(company: Company, name: str) -> None:
    company.declare(project("a"))
    company.put("cost", {"id": name, "source": name, "start": "2026-01-05", "project": "a", "amount": "1"})
    with desk_of(company) as desk:
        assert one(desk, "cost", name, name).now.fields["id"] == name


def test_where_a_bill_went_month_by_month(firm: Company) -> None:
    with desk_of(firm) as desk:
        long, pool = one(desk, "cost", "test", "long"), one(desk, "cost", "test", "pool")
    assert [(entry.month, entry.figure, entry.amount) for entry in long.entries] == [
        (date(2025, 12, 1), "cost_direct", D("31.00")), (date(2026, 1, 1), "cost_direct", D("31.00"))]  # fmt: skip
    assert [(entry.figure, entry.through) for entry in pool.entries] == [("cost_allocated", "platform")]


def test_where_a_call_and_hours_went(own_firm: Company) -> None:
    own_firm.put("interaction", {"id": "c", "time": "2026-01-05", "project": "a", "cost": "1", "revenue": "3"})
    own_firm.put("benefit", {"id": "h", "time": "2026-01-05", "project": "b", "kind": "hours_saved", "quantity": 2.0})
    with desk_of(own_firm) as desk:
        call, spent = one(desk, "interaction", "test", "c"), one(desk, "benefit", "test", "h")
    assert {entry.figure: entry.measures for entry in call.entries} == {
        "cost_metered": ("ai_cost",), "acceleration_value": ("interaction_revenue",)}  # fmt: skip
    assert [(entry.figure, entry.project) for entry in spent.entries] == [("productivity_value", "b")]


def test_an_invoice_row_counts_as_metered_cost(company: Company) -> None:
    company.declare(project("a"))
    company.put("interaction", {"time": "2026-01-10", "provider": "openai", "project": "a", "cost": "30",
                                "cost_origin": "metered"})  # fmt: skip
    company.put("cost", {"id": "bill", "start": "2026-01-01", "end": "2026-02-01", "vendor": "OpenAI", "amount": "44"})
    with desk_of(company) as desk:
        (entry,) = one(desk, "cost", "test", "bill").entries
        rows = page(desk, which(desk, "cost", fields=(("meter", "openai"),)), 5).records
        assert page(desk, which(desk, "cost", line="cost_direct"), 5).records == ()
    assert (entry.figure, entry.through) == ("cost_metered", "openai")
    assert [(row.fields["id"], row.meter) for row in rows] == [("bill", "openai")]


def test_what_came_after_the_close_says_so(own_firm: Company) -> None:
    with desk_of(own_firm) as desk:
        close(desk, "2026-01", by="Ada")
    own_firm.put("cost", {"id": "late", "start": "2026-01-09", "project": "a", "amount": "5"})
    with desk_of(own_firm) as desk:
        (early,) = one(desk, "cost", "test", "jan").entries
        (late,) = one(desk, "cost", "test", "late").entries
    assert (early.late, late.late) == (False, True)
    assert "closed 2026-04-16 by Ada" in str(late.closed)
