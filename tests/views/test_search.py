"""Search: what is found by which words, in which order, and where it leads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from breakeven.views.asking.filters import Filters
from breakeven.views.asking.resolve import asked
from breakeven.views.content import Empty, Table
from breakeven.views.question import Question
from breakeven.views.records_links import segment
from breakeven.views.search import MOST, Answer, fold, found, search
from breakeven.workspace.definitions import Project

Company = Any
"""See tests/ledger/conftest.py."""


@contextmanager
def question(company: Company, filters: Filters | None = None, **given: str) -> Iterator[Question]:
    filters = filters or Filters()
    with asked(company.ledger, filters, company.now) as made:
        yield Question(made.desk, filters, path="/search", period=made.period, projects=made.projects, show=made.show,
                       fresh=(), kept=lambda _, make: make(), given=given)  # fmt: skip


@pytest.fixture(scope="module")
def filled(lasting_company: Company) -> Company:
    return filled_in(lasting_company).settle()


@pytest.fixture
def own_filled(company: Company) -> Company:
    """One that the test may change."""
    return filled_in(company)


def filled_in(company: Company) -> Company:
    company.declare(
        Project(id="support-bot", name="Support bot", category="customer_service", owner="Zoë"),
        Project(id="claims-chat", name="Claims chat", category="customer_service"),
        Project(id="zuerich", name="Zürich portal", category="platform"),
    )
    company.put("interaction", {"time": "2026-03-02", "project": "support-bot", "model": "gpt-5-mini"},
                {"time": "2026-03-02", "project": "claims-chat", "model": "gpt-5-mini"},
                {"time": "2026-03-02", "model": "claude"})  # fmt: skip
    company.put("deployment", {"time": "2026-03-03", "project": "zuerich", "model": "churn/v2", "status": "succeeded"})
    return company


def look(company: Company, text: str, filters: Filters | None = None) -> Answer:
    with question(company, filters) as asking:
        return found(asking, text)


def labels(company: Company, text: str, *kinds: str) -> list[str]:
    return [one.label for one in look(company, text).items if not kinds or one.kind in kinds]


def test_folding() -> None:
    assert fold("ZÜRICH Straße Ælf Ço") == "zurich strasse ælf co"


@pytest.mark.parametrize("text", ["zürich", "ZURICH", "portal", "rich", "zuerich", "zu po"])
def test_case_accents_parts_and_ids(filled: Company, text: str) -> None:
    assert labels(filled, text, "Project") == ["Zürich portal"]


def test_every_word_must_fit(filled: Company) -> None:
    assert labels(filled, "claims portal") == []
    assert labels(filled, "bot support", "Project") == ["Support bot"]
    assert labels(filled, "zoe", "Project") == ["Support bot"]  # by owner


def test_beginnings_come_before_middles(filled: Company) -> None:
    assert labels(filled, "net value")[0] == "Net value"
    found_ = [one.label for one in look(filled, "c").items]
    assert found_.index("Claims chat") < found_.index("Support bot") if "Support bot" in found_ else True
    ranks = [label.lower().startswith("c") for label in labels(filled, "c", "Project", "Model")]
    assert ranks == sorted(ranks, reverse=True)


def test_no_more_than_twenty(filled: Company) -> None:
    answer = look(filled, "e")
    assert len(answer.items) == MOST
    assert answer.more > 100


def test_links_keep_the_filters(filled: Company) -> None:
    filters = Filters(period="2026-Q1", project=("claims-chat",), currency="USD")
    (bot,) = (one for one in look(filled, "support bot", filters).items if one.kind == "Project")
    assert bot.href == "/projects/support-bot?period=2026-Q1&currency=USD"
    (roi,) = (one for one in look(filled, "roi_percent", filters).items if one.sub == "roi_percent")
    assert roi.href == "/board?period=2026-Q1&project=claims-chat&currency=USD&explain=roi_percent"
    assert (roi.kind, roi.label) == ("Metric", "ROI")
    (rate,) = (one for one in look(filled, "hourly_rate", filters).items if one.kind == "Assumption")
    assert rate.href.endswith("explain=hourly_rate")


def test_pages(filled: Company) -> None:
    assert [one.href for one in look(filled, "data quality").items if one.kind == "Page"] == ["/quality"]


def test_nothing_asked_and_nothing_found(filled: Company) -> None:
    assert look(filled, "  ").items == ()
    with question(filled, q="qqqq") as asking:
        page = search(asking)
    assert page.finding == "No results for “qqqq”."
    assert isinstance(page.panels[0].body, Empty)
    with question(filled) as asking:
        assert search(asking).finding == "What are you looking for?"


def test_the_page(filled: Company) -> None:
    with question(filled, q="zürich") as asking:
        page = search(asking)
    body = page.panels[0].body
    assert page.finding == "1 result for “zürich”."
    assert isinstance(body, Table)
    assert [cell.text for cell in body.rows[0].cells] == ["Zürich portal", "Project", "Platform"]


def test_names_cannot_break_addresses(new_company: Callable[..., Company]) -> None:
    company = new_company()
    company.put("cost", {"start": "2026-03-05", "project": "a/b?c=<script>", "amount": "1"})
    company.declare(Project(id="a/b?c=<script>", name="<script>", category="platform"))
    (one,) = (one for one in look(company, "<script>").items if one.kind == "Project")
    assert one.href == f"/projects/{segment('a/b?c=<script>')}"
    assert not set("<>?") & set(one.href)
