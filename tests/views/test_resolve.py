"""From filters to what a page is made from: each filter, what it says, and how it fails."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from breakeven.errors import FilterProblem
from breakeven.ledger.closing.closing import close
from breakeven.ledger.statement import statement
from breakeven.money import Rate
from breakeven.views.asking.filters import Filters
from breakeven.views.asking.resolve import Asked, asked
from breakeven.views.pages import MONEY
from breakeven.workspace.definitions import Project

D = Decimal
Company = Any
"""See tests/ledger/conftest.py."""
NOW = datetime(2026, 4, 16, 9, 30, tzinfo=UTC)
EURO = (
    Rate(currency="EUR", rate=D("1.08"), start=date(2026, 1, 1), source="ECB"),
    Rate(currency="EUR", rate=D("1.25"), start=date(2026, 4, 1), source="ECB"),
    Rate(currency="GBP", rate=D("1.3"), start=date(2026, 4, 1), source="BoE"),
)


@pytest.fixture(scope="module")
def filled(lasting_company: Company) -> Company:
    return filled_in(lasting_company).settle()


@pytest.fixture
def own_filled(company: Company) -> Company:
    """One that the test may change."""
    return filled_in(company)


def filled_in(company: Company) -> Company:
    company.declare(
        Project(id="chat", name="Chat", category="customer_service"),
        Project(id="mail", name="Mail", category="customer_service"),
        Project(id="grid", name="Grid", category="platform"), rates=EURO,
    )  # fmt: skip
    for name, amount in (("chat", "500"), ("mail", "70"), ("grid", "9")):
        company.put("benefit", {"time": "2026-03-05", "project": name, "kind": "revenue", "amount": amount})
        company.put("cost", {"start": "2026-03-05", "project": name, "amount": "10"})
    company.put("benefit", {"time": "2026-03-06", "project": "chat", "kind": "hours_saved", "quantity": 1.0})
    company.now = NOW
    return company


def ask(company: Company, **given: Any) -> Asked:
    with asked(company.ledger, Filters(**given), NOW) as found:
        return found


def net(company: Company, **given: Any) -> Decimal | None:
    with asked(company.ledger, Filters(**{"period": "2026-03"} | given), NOW) as found:
        return statement(found.desk, found.period, found.projects).net_value


def said(company: Company, **given: Any) -> list[str]:
    with asked(company.ledger, Filters(**{"period": "2026-03"} | given), NOW) as found:
        return [words.replace("\u00a0", " ") for _, words in found.remarks(MONEY)]


def test_nothing_asked_is_this_year_of_all_projects(filled: Company) -> None:
    found = ask(filled)
    assert (found.period.start, found.projects, found.words, found.scope) == (
        date(2026, 1, 1), None, "Year to date", "All projects",
    )  # fmt: skip
    assert found.remarks() == ()


@pytest.mark.parametrize(
    ("given", "projects", "scope"),
    [
        ({"project": ("chat",)}, ("chat",), "Chat"),
        ({"project": ("grid", "chat")}, ("chat", "grid"), "Grid and Chat"),
        ({"category": "customer_service"}, ("chat", "mail"), "Customer service"),
        ({"category": "customer_service", "project": ("mail",)}, ("mail",), "Mail in Customer service"),
        ({"category": "customer_service", "project": ("grid",)}, (), "Grid in Customer service"),
        ({"category": "predictive_analytics"}, (), "Predictive analytics"),
        ({"project": ("unassigned",)}, ("unassigned",), "unassigned"),
    ],
)
def test_projects_and_categories(filled: Company, given: dict[str, Any], projects: tuple[str, ...], scope: str) -> None:
    found = ask(filled, **given)
    assert (found.projects, found.scope) == (projects, scope)


def test_a_category_without_a_project_is_not_the_portfolio(filled: Company) -> None:
    assert net(filled, category="predictive_analytics") is None
    assert net(filled, category="customer_service") == net(filled, project=("chat", "mail"))
    (words,) = said(filled, category="predictive_analytics")
    assert words == "No project in Predictive analytics: there is nothing to add up"


def test_the_headline_rule(filled: Company) -> None:
    hours = net(filled, project=("chat",)) - net(filled, project=("chat",), headline="A,B,C,D")  # type: ignore[operator]
    assert hours == 150
    assert said(filled, headline="measured") == ["Only evidence A, B, C counts"]
    assert said(filled, headline="A,cash") == ["Only evidence A as cash counts"]
    assert said(filled, headline="all") == []  # that of the workspace


def test_another_currency_is_translated_at_one_rate(filled: Company) -> None:
    found = ask(filled, currency="eur", period="2026-03")
    assert found.show.amount(D("1.08")) == 1
    assert found.show.money(D(1080)) == "€1k"
    assert said(filled, currency="EUR") == ["Translated at 1.0800 USD/EUR of 31 Mar 2026"]
    assert said(filled, currency="EUR", period="ytd") == ["Translated at 1.2500 USD/EUR of 16 Apr 2026"]
    assert said(filled, currency="EUR", constant="2026-02-01") == [
        "Constant currency: all amounts at the rates of 1 Feb 2026, closed months too",
        "Translated at 1.0800 USD/EUR of 1 Feb 2026",
    ]
    assert said(filled, currency="GBP") == ["Translated at 1.3000 USD/GBP of 1 Apr 2026"]  # its first rate
    assert said(filled, currency="USD") == []
    assert net(filled, currency="EUR") == net(filled)  # the ledger's figure is the same


def test_as_of_is_what_was_known(own_filled: Company) -> None:
    own_filled.put("cost", {"start": "2026-03-07", "project": "grid", "amount": "4"})
    assert net(own_filled, as_of="2026-04-16T00:01") == net(own_filled) + 4  # type: ignore[operator]
    assert net(own_filled, as_of="2026-04-15") is None
    assert said(own_filled, as_of="2026-04-15") == [
        "As it was known on 15 Apr 2026 at 23:59 UTC: later records and changes are left out"
    ]


def test_filters_that_a_page_does_not_honour_are_said_and_left_alone(filled: Company) -> None:
    filters = Filters(model="m1", team="blue", project=("nobody",), period="2026-03")
    honours = {"period", "team"}
    with asked(filled.ledger, filters, NOW, honours) as found:
        assert found.projects is None
        assert [words for _, words in found.remarks(honours)] == [
            "Projects has no effect here", "Model has no effect here: money is kept by project and month",
        ]  # fmt: skip


def test_closed_months_under_another_rule(own_filled: Company) -> None:
    with own_filled.ledger.desk(NOW) as desk:
        close(desk, "2026-03", by="Ada")
    assert net(own_filled, headline="D") == 500 + 70 + 9 - 30
    assert said(own_filled, headline="D") == ["Only evidence D counts; closed months are counted by it too"]


@pytest.mark.parametrize(
    ("given", "words", "valid"),
    [
        ({"period": "2026-13"}, "period: '2026-13' is not a date", "ytd"),
        ({"project": ("chat", "chatt")}, "project: unknown project 'chatt': did you mean chat", "mail"),
        ({"category": "sales"}, "category: unknown category 'sales'", "platform"),
        ({"headline": "best"}, "headline: unknown headline rule 'best'", "measured"),
        ({"currency": "CHF"}, "currency: unknown currency 'CHF'", "EUR"),
        ({"as_of": "2030-01-01"}, "as of: as of 2030-01-01 lies in the future", None),
        ({"constant": "soon"}, "constant: 'soon' is not a period", None),
        ({"compare": "2026-02", "period": "2026-Q1"}, "compare: 2026-02 has 1 month, the period 2026-Q1 has 3", "year"),
    ],
)
def test_values_that_cannot_be_used(filled: Company, given: dict[str, Any], words: str, valid: str | None) -> None:
    with pytest.raises(FilterProblem) as raised:
        ask(filled, **given)
    assert str(raised.value).startswith(words)
    assert raised.value.parameter == next(iter(given))
    assert valid is None or valid in raised.value.valid
