"""Headers on every answer, hosts that are refused, pages of other sites that are refused, errors that tell nothing."""

from __future__ import annotations

import pytest
from litestar import Litestar, get
from litestar.testing import TestClient
from structlog.testing import capture_logs

from breakeven.errors import Problem, WorkspaceInvalid
from breakeven.web.security import HEADERS
from breakeven.web.server import build
from breakeven.web.services import Front, Services

Client = TestClient[Litestar]
LINE = b'{"kind": "interaction", "id": "1", "time": "2026-11-01T10:00:00Z"}'
LINES = {"content-type": "application/x-ndjson"}


@pytest.mark.parametrize("address", ["/health/live", "/nothing", "/v1/events", "/v1/statement?period=x", "/schema"])
def test_headers_on_every_answer(idle: Client, address: str) -> None:
    headers = idle.get(address).headers
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert (headers["x-content-type-options"], headers["referrer-policy"]) == ("nosniff", "same-origin")


@pytest.mark.parametrize(
    ("method", "address", "content", "status"),
    [
        ("POST", "/v1/events", LINE, 200),
        ("POST", "/v1/events", b"{", 422),
        ("POST", "/v1/events", b"", 400),
        ("POST", "/v1/events?wait=ever", LINE, 400),
        ("GET", "/v1/events", b"", 405),
        ("POST", "/v1/traces", b"\xff", 400),
        ("POST", "/v1/metrics", b"", 200),
        ("POST", "/hooks/none", b"{}", 404),
        ("GET", "/health/live", b"", 200),
        ("GET", "/nothing", b"", 404),
    ],
)
def test_each_header_stands_once(client: Client, method: str, address: str, content: bytes, status: int) -> None:
    """However an answer is made: by the framework, beside it, or as an error."""
    media = "application/x-protobuf" if address in ("/v1/traces", "/v1/metrics") else LINES["content-type"]
    answer = client.request(method, address, content=content, headers={"content-type": media})
    assert answer.status_code == status, answer.text
    for name, value in HEADERS:
        assert answer.headers.get_list(name.decode()) == [value.decode()], name
    for name in ("content-type", "content-length"):
        assert len(answer.headers.get_list(name)) == 1


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:8321", "localhost:1", "LOCALHOST", "[::1]:8321", "[::1]"])
def test_this_machine_by_its_names(idle: Client, host: str) -> None:
    assert idle.get("/health/live", headers={"host": host}).status_code == 200


@pytest.mark.parametrize("host", ["evil.example:8321", "127.0.0.1.evil.example", "localhost.evil", "10.0.0.1"])
@pytest.mark.parametrize("address", ["/health/live", "/v1/projects", "/live"])
def test_other_names_are_refused(idle: Client, host: str, address: str) -> None:
    answer = idle.get(address, headers={"host": host})
    assert answer.status_code == 421
    assert host in answer.json()["detail"]


@pytest.mark.parametrize(
    "headers",
    [{"origin": "http://evil.example"}, {"origin": "null"}, {"origin": "http://127.0.0.1:9"},
     {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}],
)  # fmt: skip
def test_pages_of_other_sites_cannot_send(client: Client, services: Services, headers: dict[str, str]) -> None:
    answer = client.post("/v1/events", content=LINE, headers={**LINES, **headers})
    assert (answer.status_code, services.store.versions().data) == (403, 0)


@pytest.mark.parametrize(
    "headers",
    [{}, {"origin": "http://127.0.0.1:8321"}, {"sec-fetch-site": "same-origin", "origin": "http://127.0.0.1:8321"},
     {"sec-fetch-site": "none"}],
)  # fmt: skip
def test_programs_and_own_pages_can(client: Client, headers: dict[str, str]) -> None:
    assert client.post("/v1/events", content=LINE, headers={**LINES, **headers}).status_code == 200


@get("/broken", sync_to_thread=False)
def broken() -> str:
    raise RuntimeError("the secret is swordfish")


@get("/invalid", sync_to_thread=False)
def invalid() -> str:
    raise WorkspaceInvalid([Problem(message="no such unit", file="a.yaml", line=3), Problem(message="x")])


def page(status: int, title: str, detail: str) -> str:
    return f"<h1>{status} {title}</h1>{detail}"


@pytest.fixture
def fronted(services: Services) -> Client:
    app = build(services, Front(handlers=[broken, invalid], error_page=page))
    return TestClient(app, base_url="http://127.0.0.1:8321", raise_server_exceptions=False)


def test_unexpected_errors_tell_an_id_and_nothing_else(fronted: Client) -> None:
    with fronted as client, capture_logs() as logged:
        answer = client.get("/broken")
    assert answer.status_code == 500
    assert "swordfish" not in answer.text
    (entry,) = logged
    assert (entry["event"], entry["id"]) == ("unexpected_error", answer.json()["id"])
    assert str(entry["exc_info"]) == "the secret is swordfish"


def test_problems_are_listed(fronted: Client) -> None:
    with fronted as client:
        found = client.get("/invalid").json()
    assert (found["status"], found["type"]) == (422, "urn:breakeven:problem:workspace-invalid")
    assert found["problems"] == [{"message": "no such unit", "file": "a.yaml", "line": 3}, {"message": "x"}]


def test_people_get_a_page(fronted: Client) -> None:
    with fronted as client, capture_logs():
        answers = [client.get(at, headers={"accept": "text/html,*/*"}) for at in ("/nothing", "/broken", "/v1/nothing")]
    assert [answer.status_code for answer in answers] == [404, 500, 404]
    assert answers[0].headers["content-type"].startswith("text/html")
    assert answers[0].text.startswith("<h1>404 Not Found</h1>")
    assert "swordfish" not in answers[1].text
    assert answers[2].headers["content-type"] == "application/problem+json"


def test_people_get_text_where_there_are_no_pages(idle: Client) -> None:
    answer = idle.get("/nothing", headers={"accept": "text/html"})
    assert answer.text == "404 Not Found\n/nothing: not found\n"
