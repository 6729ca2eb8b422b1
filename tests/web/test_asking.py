"""Filters and search over HTTP: what is asked stands in the address, what cannot be asked leads back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from html import unescape

import msgspec
import pytest
from litestar import Litestar
from litestar.testing import TestClient

from breakeven.formula import Evaluator
from breakeven.ingest.pipeline import Pipeline
from breakeven.ledger.ledger import Ledger
from breakeven.money import Rate
from breakeven.pricing import make_pricer
from breakeven.store.duckdb import MEMORY, DuckDBStore
from breakeven.views.charting.rendering import ChartRenderer
from breakeven.web.pages import pages
from breakeven.web.running import serving
from breakeven.web.server import build
from breakeven.workspace import default_workspace
from breakeven.workspace.definitions import Project, Workspace

HOME = "http://127.0.0.1:8321"
HTML, JSON = {"accept": "text/html"}, {"accept": "application/json"}


@pytest.fixture(scope="module")
def company() -> Workspace:
    projects = {
        name: Project(id=name, name=title, category=category)  # type: ignore[arg-type]
        for name, title, category in (
            ("chat", "Chat", "customer_service"), ("zuerich", "Zürich <portal>", "platform"),
        )
    }  # fmt: skip
    rate = Rate(currency="EUR", rate=Decimal("1.08"), start=date(2026, 1, 1), source="ECB")
    return msgspec.structs.replace(default_workspace(), projects=projects, rates=(rate,), locale="de")


@pytest.fixture(scope="module")
def client(
    company: Workspace, evaluator: Evaluator, drawer: ChartRenderer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TestClient[Litestar]]:
    now = datetime(2026, 11, 15, 12, tzinfo=UTC)
    with DuckDBStore.open(MEMORY, time_zone="UTC") as store:
        pipeline = Pipeline(company, store, make_pricer(company.prices, tmp_path_factory.mktemp("p"), "UTC"), threads=1)
        ledger = Ledger(company, store, evaluator)
        with (
            serving(company, store, ledger, pipeline, lambda: now) as made,
            TestClient(build(made, pages(made, drawer)), base_url=HOME, raise_server_exceptions=False) as found,
        ):
            records = [
                {"specversion": "1.0", "id": "c", "source": "t", "type": "cost",
                 "data": {"type": "cost", "start": "2026-10-03T10:00:00Z", "project": "chat", "amount": "1080000"}},
            ]  # fmt: skip
            headers = {"content-type": "application/cloudevents-batch+json"}
            assert found.post("/v1/events", content=msgspec.json.encode(records), headers=headers).status_code == 200
            yield found
        pipeline.close()


def page(client: TestClient[Litestar], address: str, status: int = 200) -> str:
    answer = client.get(address, headers=HTML)
    assert answer.status_code == status, answer.text[:2000]
    return unescape(answer.text).replace("\u00a0", " ")


def links(text: str, inside: str) -> list[str]:
    """Addresses of the links within an element of a class."""
    part = text.partition(f'class="{inside}"')[2]
    return [unescape(href) for href in re.findall(r'href="([^"]+)"', part.partition("</main>")[0])]


def test_a_page_says_what_it_was_asked(client: TestClient[Litestar]) -> None:
    text = page(client, "/alerts?period=2026-10&headline=measured&currency=EUR&category=platform&model=m1")
    for words in (
        "Only evidence A, B, C counts", "Translated at 1,0800 USD/EUR of 31. Okt. 2026", "Oktober 2026", "Platform",
        "Model has no effect here: money is kept by project and month", "Reset all filters",
    ):  # fmt: skip
        assert words in text, words


def test_numbers_and_dates_follow_the_locale(client: TestClient[Litestar]) -> None:
    assert "1,00 Mio. €" in page(client, "/board?period=2026-10&currency=EUR")
    assert "1,08 Mio. $" in page(client, "/board?period=2026-10")


@pytest.mark.parametrize(
    ("address", "words", "first", "others"),
    [
        ("/board?period=2026-13&currency=EUR", "period: '2026-13' is not a date", "/board?currency=EUR", "period=ytd"),
        ("/board?project=chatt", "unknown project 'chatt'", "/board", "project=chat"),
        (
            "/alerts?headline=best&period=2026-Q3",
            "unknown headline rule",
            "/alerts?period=2026-Q3",
            "headline=measured",
        ),
        ("/alerts?currency=CHF", "unknown currency 'CHF'", "/alerts", "currency=EUR"),
        ("/alerts?as_of=2030-01-01", "lies in the future", "/alerts", None),
        ("/alerts?perod=2026&currency=EUR", "unknown parameter 'perod'", "/alerts?currency=EUR", None),
        ("/board?period=2026-10-17", "whole months", "/board", None),
    ],
)
def test_what_cannot_be_asked_leads_back(
    client: TestClient[Litestar], address: str, words: str, first: str, others: str | None
) -> None:
    text = page(client, address, 400)
    assert words in text
    found = links(client.get(address, headers=HTML).text, "errorpage")
    assert found[0] == first
    page(client, found[0])
    assert others is None or any(others in href for href in found)
    problem = client.get(address, headers=JSON).json()
    assert problem["status"] == 400
    assert others is None or others.partition("=")[2] in problem["valid"]


def test_search_for_people_and_for_the_box(client: TestClient[Litestar]) -> None:
    found = client.get("/search?q=zurich&period=2026-10&sort=name", headers=JSON)
    assert found.headers["content-type"] == "application/json"
    (first, *_) = found.json()["items"]
    assert first == {
        "label": "Zürich <portal>", "kind": "Project", "sub": "Platform", "href": "/projects/zuerich?period=2026-10",
    }  # fmt: skip
    assert client.get("/search", headers=JSON).json() == {"query": "", "items": [], "more": 0}
    raw = client.get("/search?q=zurich&period=2026-10", headers=HTML).text
    assert "Zürich &lt;portal&gt;" in raw
    assert "<portal>" not in raw
    assert 'href="/projects/zuerich?period=2026-10"' in raw
    page(client, "/search?q=a&nothing=1", 400)


def test_what_is_typed_is_escaped(client: TestClient[Litestar]) -> None:
    raw = client.get("/search", params={"q": "<script>alert(1)</script>"}, headers=HTML).text
    assert "<script>alert" not in raw
    raw = client.get("/board", params={"period": "<script>alert(1)</script>"}, headers=HTML).text
    assert "<script>alert" not in raw
