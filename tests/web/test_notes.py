"""Notes are written and changed on the pages: with forms alone, in the present, and nobody's words get lost."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from breakeven.ledger.cases.notes import Note, notes_of
from breakeven.views.charting.rendering import ChartRenderer
from breakeven.web.pages import pages
from breakeven.web.server import build
from breakeven.web.services import Services

Client = TestClient[Litestar]
HOME = "http://127.0.0.1:8321"
GIVEN = {"kind": "decision", "text": "Stop the copilot", "back": "/steering?period=2026-Q4"}


@pytest.fixture
def client(services: Services, drawer: ChartRenderer) -> Iterator[Client]:
    with TestClient(build(services, pages(services, drawer)), base_url=HOME, raise_server_exceptions=False) as made:
        yield made


def post(client: Client, path: str = "/notes", **fields: str) -> Any:
    return client.post(path, data=GIVEN | fields, follow_redirects=False)


def written(services: Services) -> list[Note]:
    with services.store.snapshot() as moment:
        return list(notes_of(moment))


def shown(text: str) -> str:
    return html.unescape(re.sub(r"<[^>]+>", " ", text))


def change(client: Client, note: Note, **fields: str) -> Any:
    known = {"note": note.identity, "seen": str(note.revision), "kind": note.kind, "text": note.text}
    return post(client, "/notes/edit", **(known | fields))


def test_a_note_is_recorded_and_its_page_shown_again(client: Client, services: Services) -> None:
    answer = post(client, project="chat", owner="Kim", due="2026-12-01", figure="net_value", expected="12,000")
    assert (answer.status_code, answer.headers["location"]) == (303, "/steering?period=2026-Q4")
    (note,) = written(services)
    assert (note.source, note.kind, note.project, note.owner, note.status) == (
        "board",
        "decision",
        "chat",
        "Kim",
        "open",
    )
    assert note.labels == {"figure": "net_value", "expected": "12000"}
    page = shown(client.get("/steering").text)
    assert "Stop the copilot" in page
    assert "+$12k a month" in page


@pytest.mark.parametrize(
    "back", ["https://evil.example/board", "//evil.example/board", "/board\\@evil.example", "javascript:alert(1)",
             "/notes", "", "/board/../x"],
)  # fmt: skip
def test_no_other_site_is_returned_to(client: Client, services: Services, back: str) -> None:
    answer = post(client, back=back)
    if answer.status_code == 303:
        assert answer.headers["location"] == "/board"
    else:
        assert answer.status_code == 404
        assert not written(services)


def test_what_cannot_be_taken_stands_in_the_form_of_its_panel(client: Client, services: Services) -> None:
    answer = post(client, text="x" * 401, owner="Kim <b>", due="2026-12-01")
    assert answer.status_code == 422
    assert not written(services)
    panel = answer.text[answer.text.index('id="panel-decision-log"') : answer.text.index('id="panel-progress"')]
    assert 'id="note-form" open' in panel
    assert "401 letters; 400 fit" in panel
    assert "x" * 401 in panel
    assert 'value="Kim &lt;b&gt;"' in panel
    assert answer.text.count('id="note-form"') == 1


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"text": " "}, "Write what the note says"),
        ({"project": "nobody"}, "no project 'nobody'"),
        ({"figure": "net_value", "expected": "1.000,50"}, "not a number"),
        ({"kind": "annotation", "day": "2027-03-01"}, "future"),
        ({"kind": "risk", "stake": "-5"}, "not an amount"),
    ],
)
def test_the_fault_is_said(client: Client, services: Services, fields: dict[str, str], told: str) -> None:
    answer = post(client, **fields)
    assert answer.status_code == 422
    assert told in shown(answer.text)
    assert not written(services)


def test_scripts_and_other_alphabets_are_text(client: Client) -> None:
    post(client, text="<script>alert(1)</script>", action='"><img src=x onerror=alert(1)>')
    post(client, kind="risk", text="خطر التأخير", stake="4000")
    page = client.get("/steering").text
    assert "<script>alert(1)" not in page
    assert "<img src=x" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert '<b dir="auto">خطر التأخير</b>' in page
    assert "$4k" in page


def test_an_overdue_decision_says_so(client: Client) -> None:
    post(client, due="2026-11-13")
    page = shown(client.get("/steering").text)
    assert "Overdue by 2 days" in page
    assert "One decision is overdue." in page


def test_a_note_is_changed_and_keeps_its_history(client: Client, services: Services) -> None:
    post(client)
    (note,) = written(services)
    assert change(client, note, status="done", text="Stopped", decided="2026-11-02").status_code == 303
    (after,) = written(services)
    assert (after.identity, after.time, after.revision) == (note.identity, note.time, 2)
    assert (after.text, after.status, after.labels["decided_at"][:10]) == ("Stopped", "done", "2026-11-02")
    with services.store.snapshot() as moment:
        kept = moment.query("SELECT text FROM note_version ORDER BY revision").to_pylist()
    assert [row["text"] for row in kept] == ["Stop the copilot", "Stopped"]


def test_a_change_over_somebody_elses_is_a_conflict(client: Client, services: Services) -> None:
    post(client)
    (note,) = written(services)
    assert change(client, note, text="Go on").status_code == 303
    answer = change(client, note, text="Stop at once")
    assert answer.status_code == 409
    assert "Somebody changed this note meanwhile" in answer.text
    assert ">Go on</textarea>" in answer.text
    assert [one.text for one in written(services)] == ["Go on"]


def test_the_form_of_a_note_stands_on_its_page(client: Client, services: Services) -> None:
    post(client)
    (note,) = written(services)
    link = re.search(r'href="(/notes/form[^"]+)"', client.get("/steering").text)
    assert link is not None
    page = client.get(html.unescape(link[1]).partition("#")[0])
    assert page.status_code == 200
    panel = page.text[page.text.index('id="panel-decision-log"') : page.text.index('id="panel-progress"')]
    assert 'action="/notes/edit"' in panel
    assert f'name="note" value="{note.identity}"' in panel
    assert "Decided on" in panel
    # A page without a list of its kind has the form above its panels.
    other = client.get("/notes/form", params={"note": note.identity, "back": "/projects"}).text
    assert other.count('id="note-form"') == 1
    assert client.get("/notes/form", params={"note": "board/nothing"}).status_code == 404


def test_the_past_cannot_be_written(client: Client, services: Services) -> None:
    post(client)
    past = client.get("/steering?as_of=2026-11-14").text
    assert 'action="/notes' not in past
    assert "/notes/form" not in past
    assert post(client, back="/steering?as_of=2026-11-14").status_code == 400
    assert len(written(services)) == 1


def test_another_site_cannot_write(client: Client, services: Services) -> None:
    answer = client.post("/notes", data=GIVEN, headers={"origin": "https://evil.example"})
    assert answer.status_code == 403
    assert not written(services)


def test_every_list_can_be_added_to_without_scripts(client: Client) -> None:
    steering, board = client.get("/steering").text, client.get("/board").text
    kinds = {name for page in (steering, board) for name in re.findall(r'name="kind" value="(\w+)"', page)}
    kinds |= set(re.findall(r'<option value="(risk|concern)"', steering))
    assert {"highlight", "priority", "decision", "risk", "concern", "annotation"} <= kinds
