"""Charts and tables of pages as files: the same numbers as on the page, under the same filters."""

from __future__ import annotations

import csv
import io
import struct
import xml.etree.ElementTree as ET
from collections.abc import Iterator

import msgspec
import pytest
from litestar import Litestar
from litestar.testing import TestClient
from tests.web.conftest import HOME, _served

from breakeven.formula import Evaluator
from breakeven.web.pages import pages
from breakeven.web.server import build
from breakeven.workspace.definitions import Workspace


@pytest.fixture(scope="module")
def client(workspace: Workspace, evaluator: Evaluator) -> Iterator[TestClient[Litestar]]:
    """A server with cost and revenue of some months; one for all tests, since drawing begins slowly."""
    given = [
        {"specversion": "1.0", "id": f"{kind}{month}", "source": "test", "type": kind,
         "data": {"project": "chat", **data(month)}}
        for month in range(5, 11)
        for kind, data in (
            ("cost", lambda month: {"start": f"2026-{month:02d}-02", "amount": "400.25"}),
            ("benefit", lambda month: {"time": f"2026-{month:02d}-03T10:00:00Z", "kind": "revenue", "quantity": 1,
                                       "amount": str(month * 100)}),
        )
    ]  # fmt: skip
    with (
        _served(workspace, evaluator) as services,
        TestClient(build(services, pages(services)), base_url=HOME, raise_server_exceptions=False) as made,
    ):
        answer = made.post("/v1/events", content=msgspec.json.encode(given),
                           headers={"content-type": "application/cloudevents-batch+json"})  # fmt: skip
        assert answer.json()["accepted"] == len(given), answer.text
        yield made


def test_a_chart_as_svg_stands_alone(client: TestClient[Litestar]) -> None:
    answer = client.get("/charts/board/trend.svg")
    assert answer.headers["content-type"].startswith("image/svg+xml")
    assert 'filename="board-trend.svg"' in answer.headers["content-disposition"]
    texts = [part.text for part in ET.fromstring(answer.text).iter() if part.tag.endswith("}text")]
    assert texts[0] == "Cumulative net value, 12 months"
    assert "Actual" in texts
    source = str(texts[-1])
    for part in ("Year to date", "methodology", "data version", "made 15"):
        assert part in source, source
    assert "var(" not in answer.text


def test_a_chart_as_png_is_twice_as_large(client: TestClient[Litestar]) -> None:
    answer = client.get("/charts/board/trend.png")
    assert answer.headers["content-type"] == "image/png"
    size = ET.fromstring(client.get("/charts/board/trend.svg").text).attrib
    width, height = struct.unpack(">II", answer.content[16:24])
    assert (width, height) == pytest.approx((2 * float(size["width"]), 2 * float(size["height"])), abs=1)


def test_the_data_of_a_chart_have_all_digits(client: TestClient[Litestar]) -> None:
    answer = client.get("/charts/board/trend.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    head, *rows = csv.reader(io.StringIO(answer.content.decode(), newline=""))
    assert head == ["Month", "Value (USD)", "Cost (USD)", "Net value (USD)", "Cumulative (USD)"]
    assert [float(cell) for cell in rows[0][1:]] == [500, 400.25, 99.75, 99.75]
    assert rows[0][0] == "May 2026"


def test_filters_of_the_page_hold_for_its_files(client: TestClient[Litestar]) -> None:
    path = "/charts/board/trend.csv"
    assert client.get(path, params={"period": "2026-08"}).text != client.get(path).text
    assert client.get(path, params={"period": "soon"}).status_code == 400


def test_values_of_a_path_are_parameters(client: TestClient[Litestar]) -> None:
    page = client.get("/projects/chat").text
    address = page[page.index("/charts/") :].split('"')[0].replace("&amp;", "&")
    answer = client.get(address)
    assert answer.status_code == 200, address
    assert client.get(address.split("?")[0]).status_code == 404


def test_a_table_is_a_file_too(client: TestClient[Litestar]) -> None:
    answer = client.get("/charts/projects/projects.csv")
    head, *rows = csv.reader(io.StringIO(answer.content.decode(), newline=""))
    assert head[0] == "Project"
    assert "Chat" in [row[0] for row in rows]
    assert client.get("/charts/projects/projects.svg").status_code == 404


@pytest.mark.parametrize("path", ["board/trend.exe", "board/trend", "board/nothing.svg", "nothing/trend.svg"])
def test_what_is_not_there_is_said(client: TestClient[Litestar], path: str) -> None:
    assert client.get(f"/charts/{path}").status_code == 404


def test_every_link_of_a_page_leads_to_a_file(client: TestClient[Litestar]) -> None:
    for page in ("/board", "/projects/chat"):
        text = client.get(page).text
        links = {part.split('"')[0].replace("&amp;", "&") for part in text.split('href="')[1:]}
        found = [link for link in links if link.startswith("/charts/") and ".csv" in link]
        assert found, page
        for link in found:
            assert client.get(link).status_code == 200, link
