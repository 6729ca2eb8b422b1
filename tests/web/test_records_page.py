"""From a figure to the invoice row behind it: the Explain panel, the records page and one record, over HTTP."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from decimal import Decimal
from html import unescape
from typing import Any
from urllib.parse import quote, unquote

import msgspec
import pytest
from litestar import Litestar
from litestar.testing import TestClient

from breakeven.views.charting.rendering import ChartRenderer
from breakeven.views.records_links import segment, unpacked
from breakeven.web.pages import pages
from breakeven.web.server import build
from breakeven.web.services import Services

HOME = "http://127.0.0.1:8321"
Client = TestClient[Litestar]
SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def client(services: Services, drawer: ChartRenderer) -> Iterator[Client]:
    with TestClient(build(services, pages(services, drawer)), base_url=HOME, raise_server_exceptions=False) as made:
        yield made


def bill(name: str, amount: str, **more: Any) -> dict[str, Any]:
    return {"kind": "cost", "id": name, "source": "ledger", "start": "2026-10-03T10:00:00Z", "project": "chat",
            "vendor": "Cloud", "invoice": "INV-7", "amount": amount, **more}  # fmt: skip


def post(client: Client, kind: str, *records: dict[str, Any]) -> None:
    body = b"\n".join(msgspec.json.encode({k: v for k, v in record.items() if k != "kind"}) for record in records)
    answer = client.post("/v1/events", content=body, params={"kind": kind},
                         headers={"content-type": "application/x-ndjson"})  # fmt: skip
    assert answer.status_code == 200, answer.text


@pytest.fixture
def filled(client: Client) -> Client:
    post(client, "cost", bill("row-1", "100.10"), bill("row-2", "7.45", invoice="INV-8"))
    revenue = {"id": "r", "source": "crm", "time": "2026-10-05T10:00:00Z", "project": "chat", "kind_": "revenue"}
    body = msgspec.json.encode({**{k: v for k, v in revenue.items() if k != "kind_"}, "kind": "revenue",
                                "amount": "900"})  # fmt: skip
    client.post("/v1/events", content=body, params={"kind": "benefit"},
                headers={"content-type": "application/x-ndjson"})  # fmt: skip
    return client


def html(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address, headers={"accept": "text/html"})
    assert answer.status_code == status, answer.text[:400]
    return answer.text


def link(page: str, words: str) -> str:
    """Address of the first link with these words."""
    found = re.search(rf'<a[^>]*href="([^"]*)"[^>]*>\s*(?:<[^>]*>)*{re.escape(words)}', page)
    assert found is not None, f"no link {words!r}"
    return unescape(found[1])


def test_four_clicks_from_a_tile_to_the_invoice_row(filled: Client) -> None:
    board = html(filled, "/board?period=2026-10")
    tile = re.search(r'class="tile[^>]*>.*?href="([^"]*explain=[^"]*)"', board, re.DOTALL)
    assert tile is not None
    panel = html(filled, unescape(tile[1]))  # one
    listed = html(filled, link(panel.partition('id="explain"')[2], "2 cost records"))  # two: the leaf is unfolded
    assert "2 cost records add up to $107.55 in USD." in listed
    assert "Equal to Direct cost, $107.55" in listed
    invoice = html(filled, link(listed, "INV-7"))  # three
    row = html(filled, link(invoice.partition('id="panel-records"')[2], "3\u00a0Oct\u00a02026 10:00"))  # four
    assert "row-1" in row
    assert "100.10" in row or "100.1" in row


def test_the_panel_the_api_and_the_command_line_say_the_same(filled: Client) -> None:
    for figure in ("net_value", "investment", "cost_direct", "roi_percent"):
        tree = filled.get(f"/v1/explain/{figure}?period=2026-10").json()
        panel = html(filled, f"/board?period=2026-10&explain={figure}").partition('id="explain"')[2]
        shown = re.findall(r'<data value="([^"]*)"', panel)
        for value in _values(tree):
            assert value in shown, (figure, value)
        text = filled.get(f"/board?period=2026-10&explain={figure}&as=text")
        assert text.headers["content-type"].startswith("text/plain")
        assert text.text.startswith(f"{figure} = {_plain(tree['value'])} ")
        assert f"breakeven explain {figure} --period 2026-10" in text.text


def _values(node: dict[str, Any]) -> list[str]:
    """Values of the figures that the panel unfolds; a formula that only names another figure is shown once."""
    found = [] if node["value"] is None else [_plain(node["value"])]
    return found + [value for part in node["inputs"] for value in _values(part)]


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else str(value)


def test_what_was_narrowed_no_longer_claims_to_be_equal(filled: Client) -> None:
    page = html(filled, "/records?kind=cost&line=cost_direct&figure=cost_direct&period=2026-10&invoice=INV-8")
    assert "1 cost record adds up to $7.45 in USD." in page
    assert "Equal to" not in page
    assert "$100.10 more: these are some of its records" in page


@pytest.mark.parametrize("name", [SCRIPT, "a/b/../c", "é 漢字", "100%25", "x" * 512, "..", "?q=1#2"])
def test_any_id_and_source_leads_to_its_record_and_is_escaped(client: Client, name: str) -> None:
    post(client, "cost", bill(name, "1", source=name, vendor=name, invoice=name))
    listed = html(client, "/records?kind=cost&period=2026-10")
    assert SCRIPT not in listed
    record = html(client, link(listed.partition('id="panel-records"')[2], "3\u00a0Oct\u00a02026 10:00"))
    assert SCRIPT not in record
    assert name in unescape(record)


@pytest.mark.parametrize(
    "text", ["a/b", ".", "..", "%2F", "~2F", "~", "é 漢字 \u202e", SCRIPT, "x" * 2000, "~zz", "a.b"]
)
def test_a_path_holds_any_text_however_often_it_is_decoded(text: str) -> None:
    part = segment(text)
    assert "/" not in part
    assert part not in (".", "..")
    assert quote(part, safe="") == unquote(part) == part
    assert unpacked(part) == text


def test_a_path_that_was_typed_by_hand_is_taken_as_it_is() -> None:
    assert [unpacked(text) for text in ("gpt-4o mini", "a~b", "~FF")] == ["gpt-4o mini", "a~b", "~FF"]


def test_next_and_previous_pages(client: Client) -> None:
    post(client, "cost", *(bill(f"r{place}", "1", start=f"2026-10-{place % 28 + 1:02}T00:00:00Z")
                           for place in range(120)))  # fmt: skip
    address, seen = "/records?kind=cost&period=2026-10", []
    for turn in range(3):
        page = html(client, address)
        seen.append(page)
        found = re.search(r'rel="next" href="([^"]*)"', page)
        assert (found is None) == (turn == 2)
        address = unescape(found[1]) if found else address
    back = re.search(r'rel="prev" href="([^"]*)"', seen[2])
    assert back is not None
    assert _rows(html(client, unescape(back[1]))) == _rows(seen[1])
    assert not set(_rows(seen[0])) & set(_rows(seen[1]))
    assert sum(len(_rows(page)) for page in seen) == 120


def _rows(page: str) -> list[str]:
    return re.findall(r'href="(/records/cost/[^"?]*)', page.partition('id="panel-records"')[2])


def test_files_hold_the_whole_filtered_set_and_are_safe_to_open(client: Client) -> None:
    post(client, "cost", bill("=1+1", "-5.5", vendor="@sum"), bill("plain", "2", vendor='a "b", c'))
    answer = client.get("/records.csv?kind=cost&period=2026-10")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert sorted((row["id"], row["amount"], row["vendor"]) for row in rows) == [
        ("'=1+1", "-5.5", "'@sum"), ("plain", "2", 'a "b", c')]  # fmt: skip
    assert sum(Decimal(row["counted"]) for row in rows) == Decimal("-3.5")
    lines = client.get("/records.jsonl?kind=cost&period=2026-10&vendor=%40sum").text.splitlines()
    assert [msgspec.json.decode(line)["id"] for line in lines] == ["=1+1"]
    assert client.get("/records.csv?kind=nothing").status_code == 400


def test_the_api_filters_by_the_same_fields(filled: Client) -> None:
    def found(query: str) -> list[str]:
        return [item["id"] for item in filled.get(f"/v1/facts/cost?{query}").json()["items"]]

    assert found("invoice=INV-8") == ["row-2"]
    assert sorted(found("line=cost_direct&period=2026-10")) == ["row-1", "row-2"]
    assert found(f"vendor={quote('(none)')}") == []
    assert found("q=inv-7") == ["row-1"]
    assert filled.get("/v1/facts/cost?measure=incidents").status_code == 400
    (item,) = filled.get("/v1/facts/cost?invoice=INV-8").json()["items"]
    assert (item["amount"], item["counted"]) == ("7.45", "7.45")


def test_as_of_shows_what_was_known_then(filled: Client) -> None:
    page = html(filled, "/records?kind=cost&period=2026-10&as_of=2026-11-14")
    assert "No cost record is recorded here." in page


def test_names_that_do_not_exist_are_said(client: Client) -> None:
    for address, said in (("/records?kind=calls", "unknown kind of record"), ("/records?page=%25", "is no page"),
                          ("/records/cost/a/b", "has sent no cost"), ("/board?explain=nothing", "unknown metric"),
                          ("/board?explain=net_value:someday", "is not a period")):  # fmt: skip
        answer = client.get(address, headers={"accept": "text/html"})
        assert answer.status_code in (400, 404)
        assert said in unescape(answer.text)


@pytest.mark.parametrize("kind", ["interaction", "cost", "benefit", "deployment", "incident", "evaluation",
                                  "activity", "survey", "model_state", "note", "outcome"])  # fmt: skip
def test_every_kind_has_a_page_without_records(client: Client, kind: str) -> None:
    assert "No record fits" in html(client, f"/records?kind={kind}")
