"""The pages over HTTP: complete without JavaScript, safe under the content policy, honest where nothing is known."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any

import msgspec
import pytest
from litestar import Litestar
from litestar.testing import TestClient

from breakeven.views.charting.rendering import ChartRenderer
from breakeven.web.pages import pages
from breakeven.web.server import build
from breakeven.web.services import Services

HOME = "http://127.0.0.1:8321"
FORM = {"content-type": "application/x-www-form-urlencoded"}


class Page(HTMLParser):
    """What a page is made of."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.attributes: list[tuple[str, str, str | None]] = []
        self.inline: list[str] = []
        self._script = False
        self.text = text
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(tag, name, value) for name, value in attrs]
        self.ids += [value or "" for name, value in attrs if name == "id"]
        self._script = tag == "script"
        if tag == "style":
            self.inline.append(tag)

    def handle_data(self, data: str) -> None:
        if self._script and data.strip():
            self.inline.append(data)

    def handle_endtag(self, tag: str) -> None:
        self._script = self._script and tag != "script"


def cost(day: str, amount: int) -> dict[str, Any]:
    return {"type": "cost", "start": day, "project": "chat", "amount": str(amount)}


def revenue(day: str, amount: int) -> dict[str, Any]:
    return {"type": "benefit", "time": day, "project": "chat", "kind": "revenue", "amount": str(amount), "quantity": 1}


class Front:
    """A server with pages over a store in memory."""

    def __init__(self, services: Services, client: TestClient[Litestar]) -> None:
        self.services, self.client = services, client

    def page(self, address: str = "/board", status: int = 200) -> Page:
        answer = self.client.get(address, headers={"accept": "text/html"})
        assert answer.status_code == status, answer.text[:500]
        return Page(answer.text)

    def send(self, *records: dict[str, Any]) -> None:
        given = [{"specversion": "1.0", "id": str(place), "source": "test", "type": record["type"],
                  "data": record} for place, record in enumerate(records)]  # fmt: skip
        answer = self.client.post("/v1/events", content=msgspec.json.encode(given),
                                  headers={"content-type": "application/cloudevents-batch+json"})  # fmt: skip
        assert answer.status_code == 200, answer.text

    def year(self) -> None:
        """Cost from the first month on, revenue that overtakes it."""
        days = [(month, f"2026-{month:02d}-03T10:00:00Z") for month in range(1, 12)]
        self.send(*(cost(day, 1000) for _, day in days), *(revenue(day, 400 * month) for month, day in days))

    def fragments(self) -> dict[str, str]:
        """What the hub would send to everybody."""
        found: dict[str, str] = {}
        for render, _ in self.services.hub._feeds:
            found |= render("/board")
        return found


@pytest.fixture
def front(services: Services, drawer: ChartRenderer) -> Iterator[Front]:
    app = build(services, pages(services, drawer))
    with TestClient(app, base_url=HOME, raise_server_exceptions=False) as client:
        yield Front(services, client)


def test_with_nothing_known_the_page_says_so(front: Front) -> None:
    assert front.client.get("/", follow_redirects=False).headers["location"] == "/start"
    page = front.page("/board")
    assert "What AI returned this year is not known yet." in page.text
    assert "No source has sent anything yet" in page.text
    assert page.text.count('class="num num-l"') == 4
    assert "$0<" not in page.text.partition('id="panel-trend"')[0]


def test_a_year_has_its_finding_tiles_and_chart(front: Front) -> None:
    front.year()
    page = front.page()
    assert "AI returned $15k more than it cost this year." in page.text
    assert "It paid back its full cost" in page.text
    assert re.search(r'id="tile-roi_ytd-value" data-tint>\$15k<', page.text)
    assert "Break-even" in page.text
    assert "November is still open" in page.text
    assert len(page.ids) == len(set(page.ids))


def test_a_loss_is_said_like_a_gain(front: Front) -> None:
    front.send(cost("2026-09-03T10:00:00Z", 2500), revenue("2026-09-03T10:00:00Z", 100))
    text = front.page().text
    assert "AI cost $2.4k more than it returned this year." in text
    assert "It has not paid back its cost yet: $2.4k is still missing." in text
    assert "Not yet" in text


@pytest.mark.parametrize(
    "address", ["/board", "/board?explain=roi_ytd", "/board?period=2026-Q3&explain=roi_percent", "/nowhere"]
)
def test_nothing_is_inline_and_nothing_comes_from_elsewhere(front: Front, address: str) -> None:
    front.year()
    page = front.page(address, 404 if address == "/nowhere" else 200)
    assert page.inline == []
    assert [(tag, name) for tag, name, _ in page.attributes if name == "style" or name.startswith("on")] == []
    outside = [
        value for _, name, value in page.attributes if name in ("src", "href", "action") and "//" in (value or "")
    ]
    assert outside == []


def test_every_link_of_the_page_leads_somewhere(front: Front) -> None:
    front.year()
    page = front.page()
    links = {value for tag, name, value in page.attributes if tag in ("a", "link") and name == "href" and value}
    assert links
    for link in links:
        if link.startswith("#"):
            assert link[1:] in page.ids
        else:
            answer = front.client.get(link)
            assert answer.status_code == 200, f"{link}: {answer.text}"


def test_static_files_may_be_kept_for_good(front: Front) -> None:
    page = front.page()
    (script,) = [value for tag, name, value in page.attributes if name == "src" and "theme" in (value or "")]
    answer = front.client.get(script or "")
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["content-type"].startswith("text/javascript")
    assert front.client.get("/static/theme.js").status_code == 404


def test_explain_is_a_tree_with_everything_that_an_auditor_asks(front: Front) -> None:
    front.year()
    text = front.page("/board?period=2026-Q3&explain=roi_percent").text
    panel = text.partition('id="explain"')[2]
    method = front.services.workspace.methodology.version
    wanted = ("total_monthly_value / investment", "Measured", "benefit records of", "Data version",
              "breakeven explain roi_percent --period 2026-Q3", method)  # fmt: skip
    assert [part for part in wanted if part not in panel] == []
    assert 'href="/board?period=2026-Q3" aria-label="Close"' in panel


def test_what_cannot_be_asked_for_is_a_page_that_says_so(front: Front) -> None:
    assert "roi_ydt" in front.page("/board?explain=roi_ydt", 400).text
    assert "is not a period" in front.page("/board?period=soon", 400).text


def test_fragments_belong_to_elements_of_the_page_and_say_the_same(front: Front) -> None:
    front.year()
    page, fragments = front.page(), front.fragments()
    assert set(fragments) <= set(page.ids)
    assert {"lead-finding", "tile-roi_ytd-value", "panel-trend-body", "fresh", "panel-decisions-body"} <= set(fragments)
    squeezed = re.sub(r"\s+", "", page.text)
    missing = [name for name, html in fragments.items() if re.sub(r"\s+", "", html) not in squeezed]
    assert missing == []


def test_a_page_is_computed_once_for_all_viewers(front: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    front.year()
    front.page()
    front.page()
    asked: list[object] = []
    monkeypatch.setattr(front.services.ledger, "desk", lambda *given, **named: asked.append((given, named)))
    front.page()
    front.fragments()
    assert asked == []


def test_a_period_of_the_past_is_not_live_and_shows_what_the_period_added(front: Front) -> None:
    front.year()
    page = front.page("/board?period=2026-Q3")
    assert "data-live" not in page.text
    assert "tile-net_value" in page.ids
    assert "AI returned $6.6k more than it cost in Q3 2026." in page.text


def test_a_note_is_recorded_and_shown_without_javascript(front: Front) -> None:
    given = {
        "kind": "decision",
        "text": " Go on with <chat>? ",
        "owner": "Sales",
        "due": "2026-11-30",
        "back": "/board",
    }
    answer = front.client.post("/notes", data=given, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/board")
    text = front.page().text
    assert "Go on with &lt;chat&gt;?" in text
    assert "Sales · Decide by 30\u00a0November" in text
    (row,) = front.services.store.query("SELECT * FROM note").to_pylist()
    assert (row["source"], row["status"], row["project"]) == ("board", "open", "unassigned")
    assert row["due"] - front.services.clock() < timedelta(days=16)


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"kind": "risk", "text": "  "}, "Write what the note says."),
        ({"kind": "gossip", "text": "x"}, "There is no kind"),
        ({"kind": "risk", "text": "x", "due": "soon"}, "is not a date"),
    ],
)
def test_a_note_that_cannot_be_taken_stays_as_it_was_typed(front: Front, given: dict[str, str], fault: str) -> None:
    answer = front.client.post("/notes", data=given, follow_redirects=False)
    assert answer.status_code == 422
    assert fault.replace("'", "&#39;") in answer.text
    assert f'value="{given.get("due", "")}"' in answer.text
    assert front.services.store.versions().data == 0


def test_a_note_from_another_site_is_refused(front: Front) -> None:
    answer = front.client.post("/notes", data={"kind": "risk", "text": "x"}, headers={"origin": "http://evil.example"})
    assert answer.status_code == 403


def test_a_note_leads_back_to_a_page_of_this_site_only(front: Front) -> None:
    for back in ("http://evil.example/board", "//evil.example", "/nowhere", "javascript:alert(1)"):
        answer = front.client.post("/notes", data={"kind": "risk", "text": "x", "back": back}, follow_redirects=False)
        assert answer.status_code in (303, 400, 404), back
        assert "evil" not in answer.headers.get("location", "")


def test_a_note_is_edited_and_somebody_elses_change_is_not_lost(front: Front) -> None:
    front.client.post("/notes", data={"kind": "decision", "text": "Go on?", "back": "/board"})
    (link,) = {value for _, name, value in front.page().attributes if name == "href" and "/notes/form" in (value or "")}
    form = front.page(link or "")
    given = {name: value for tag, name, value in form.attributes if tag == "input"}
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form.text))
    fields |= {"text": "Go on!", "kind": "decision", "status": "done"}
    assert given
    assert front.client.post("/notes/edit", data=fields, follow_redirects=False).status_code == 303
    assert front.client.post("/notes/edit", data=fields | {"text": "Stop!"}, follow_redirects=False).status_code == 409
    (row,) = front.services.store.query("SELECT * FROM note").to_pylist()
    assert (row["text"], row["status"], row["revision"]) == ("Go on!", "done", 2)
    assert "decided_at" in row["labels"]


def test_the_encoding_of_a_text_is_told_once(front: Front) -> None:
    page = front.page()
    assets = re.findall(r'(?:href|src)="(/static/[^"]+\.(?:css|js|svg))"', page.text)
    assert len(assets) > 2
    for address in ("/board", "/reports", "/records", "/what-if", "/v1/entries?format=csv", *assets):
        media = front.client.get(address).headers["content-type"]
        assert media.count("charset") == media.startswith("text/"), (address, media)
