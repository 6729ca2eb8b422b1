"""The bar of filters: what is offered, what is chosen, and that every link and form is an address that works."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from breakeven.money import Rate
from breakeven.period import Calendar
from breakeven.views.asking.filters import Filters
from breakeven.views.asking.resolve import asked
from breakeven.views.filterbar import SEARCHED, FilterBar, Menu, Option, filterbar
from breakeven.views.pages import MONEY
from breakeven.views.question import Question
from breakeven.workspace.definitions import Project

D = Decimal
Company = Any
"""See tests/ledger/conftest.py."""
EVERY = MONEY | {"model", "team"}


@pytest.fixture
def filled(company: Company) -> Company:
    company.declare(
        Project(id="chat", name="Chat", category="customer_service"),
        Project(id="grid", name="Grid", category="platform"),
        rates=[Rate(currency="EUR", rate=D("1.08"), start=date(2026, 1, 1), source="ECB")],
    )
    company.put("cost", {"start": "2024-03-05", "project": "chat", "amount": "10"})
    company.put("interaction", {"time": "2026-03-02", "project": "chat", "model": "m1", "team": "blue"},
                {"time": "2026-03-02", "project": "grid", "model": "m2"})  # fmt: skip
    return company


def bar(company: Company, filters: Filters, honours: Collection[str] = EVERY, **own: str) -> FilterBar:
    with asked(company.ledger, filters, company.now, honours) as made:
        question = Question(made.desk, filters, path="/board", period=made.period, projects=made.projects,
                            show=made.show, fresh=(), kept=lambda _, make: make(), given=own)  # fmt: skip
        return filterbar(question, honours, own)


def menu(made: FilterBar, name: str) -> Menu:
    return next(one for one in (*made.menus, *made.more) if one.name == name)


def options(made: Menu) -> list[Option]:
    return [one for group in made.groups for one in group.options]


def current(made: Menu) -> list[str]:
    return [one.text for one in options(made) if one.current]


def filters_of(href: str) -> Filters:
    return Filters.parse(parse_qs(urlsplit(href).query), ("tab",))


def test_what_is_offered(filled: Company) -> None:
    made = bar(filled, Filters())
    assert [one.name for one in (*made.menus, *made.more)] == [
        "period", "compare", "project", "model", "team", "headline", "currency", "as_of",
    ]  # fmt: skip
    assert (made.active, made.reset) == (0, "")
    period = menu(made, "period")
    assert (period.value, period.active, current(period)) == ("Year to date", False, ["Year to date"])
    texts = [one.text for one in options(period)]
    assert texts == [
        "Year to date", "Last 12 months", "All time", "Last: Q1 2026", "March 2026", "February 2026", "January 2026",
        "December 2025", "November 2025", "October 2025", "2026", "2025", "2024",
    ]  # fmt: skip
    assert current(menu(made, "project")) == ["All projects"]
    assert [one.text for one in options(menu(made, "model"))] == ["All models", "m1", "m2"]
    assert [one.text for one in options(menu(made, "team"))] == ["All teams", "blue"]
    assert current(menu(made, "currency")) == ["USD"]


def test_every_choice_is_an_address_that_can_be_asked(filled: Company) -> None:
    chosen = Filters(period="2026-Q1", project=("chat",), headline="measured", currency="EUR", team="blue")
    made = bar(filled, chosen, tab="models")
    for one in (*made.menus, *made.more):
        for option in options(one):
            assert urlsplit(option.href).path == "/board"
            assert parse_qs(urlsplit(option.href).query)["tab"] == ["models"]
            with asked(filled.ledger, filters_of(option.href), filled.now) as found:
                assert found.period.start < found.period.end


def test_what_is_set_is_shown_and_can_be_dropped(filled: Company) -> None:
    chosen = Filters(period="2026-03", compare="year", project=("grid",), category="platform", headline="A,B,C",
                     currency="eur", as_of="2026-04-15", model="m2")  # fmt: skip
    made = bar(filled, chosen)
    assert {one.name: one.value for one in (*made.menus, *made.more) if one.active} == {
        "period": "March 2026", "compare": "a year ago", "project": "Grid in Platform", "model": "m2",
        "headline": "", "currency": "EUR", "as_of": "15\u00a0Apr\u00a02026",
    }  # fmt: skip
    assert current(menu(made, "headline")) == ["Measured: evidence A to C"]
    assert current(menu(made, "currency")) == ["EUR"]
    assert made.active == 4
    for one in (*made.menus, *made.more):
        if one.active:
            left = filters_of(one.drop)
            assert getattr(left, one.name) == getattr(Filters(), one.name)
            assert len(left.items()) == len(chosen.items()) - (2 if one.name == "project" else 1)
    assert made.reset == "/board"


def test_projects_are_added_and_taken_away(filled: Company) -> None:
    made = menu(bar(filled, Filters(project=("grid",))), "project")
    by_text = {one.text: filters_of(one.href) for one in options(made)}
    assert by_text["Chat"].project == ("grid", "chat")
    assert by_text["Grid"].project == ()
    assert by_text["Platform"].category == "platform"
    assert current(made) == ["Grid"]


def test_a_category_is_chosen_and_dropped_by_its_own_link(filled: Company) -> None:
    made = menu(bar(filled, Filters(category="platform")), "project")
    assert (made.value, current(made)) == ("Platform", ["Platform"])
    assert next(filters_of(one.href) for one in options(made) if one.current).category == ""


def test_many_projects_can_be_searched(filled: Company) -> None:
    assert menu(bar(filled, Filters()), "project").entry is None
    filled.declare(*(Project(id=f"p{i}", name=f"Project {i}", category="platform") for i in range(200)))
    made = bar(filled, Filters(project=("p7",), period="2026-Q1"))
    entry = menu(made, "project").entry
    assert entry is not None
    assert len(entry.suggested) == 203 > SEARCHED
    assert ("p150", "Project 150") in entry.suggested
    assert made.hidden["project"] == (("period", "2026-Q1"), ("project", "p7"))
    assert made.hidden["period"] == (("project", "p7"),)


def test_places_in_a_list_are_not_kept(filled: Company) -> None:
    made = bar(filled, Filters(), tab="models", page="3")
    assert made.hidden["as_of"] == (("tab", "models"),)


def test_a_page_shows_what_it_honours(filled: Company) -> None:
    made = bar(filled, Filters(), {"period", "as_of"})
    assert [one.name for one in (*made.menus, *made.more)] == ["period", "as_of"]
    assert bar(filled, Filters(), frozenset()).menus == ()


def test_an_empty_workspace_and_a_fiscal_year(company: Company) -> None:
    company.declare(calendar=Calendar(fiscal_year_start=4))
    made = bar(company, Filters())
    assert [one.text for one in options(menu(made, "period"))][-1] == "FY2027"
    assert "currency" not in {one.name for one in made.more}
    assert "model" not in {one.name for one in made.more}
