"""A figure inside another page: by a link of this server only, until its day, and nothing but the figure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from litestar import Litestar
from litestar.testing import TestClient
from tests.web.conftest import HOME, NOW

from breakeven.app import KEY_FILE, secret_of
from breakeven.errors import UsageProblem
from breakeven.settings import Settings
from breakeven.views.asking.filters import Filters
from breakeven.views.charting.rendering import ChartRenderer
from breakeven.web.embedding import PATH, Theme, token_of, until_of
from breakeven.web.pages import pages
from breakeven.web.server import build
from breakeven.web.services import Services

KEY = b"0" * 64


@pytest.fixture
def client(services: Services, drawer: ChartRenderer) -> Iterator[TestClient[Litestar]]:
    signed = msgspec.structs.replace(services, secret=KEY)
    with TestClient(build(signed, pages(signed, drawer)), base_url=HOME, raise_server_exceptions=False) as made:
        yield made


def link(days: int = 30, key: bytes = KEY, figure: str = "net_value", theme: Theme = "", **filters: str) -> str:
    return PATH + token_of(key, figure, Filters.parse({k: [v] for k, v in filters.items()}), until_of(NOW, days), theme)


@pytest.fixture
def year(client: TestClient[Litestar]) -> None:
    """Cost and revenue of the project."""
    given = [
        {
            "specversion": "1.0",
            "id": "1",
            "source": "test",
            "type": "cost",
            "data": {"start": "2026-10-02", "project": "chat", "amount": "400"},
        },
        {
            "specversion": "1.0",
            "id": "2",
            "source": "test",
            "type": "benefit",
            "data": {
                "time": "2026-10-03T10:00:00Z",
                "project": "chat",
                "kind": "revenue",
                "amount": "1000",
                "quantity": 1,
            },
        },
    ]
    answer = client.post(
        "/v1/events", content=msgspec.json.encode(given), headers={"content-type": "application/cloudevents-batch+json"}
    )
    assert answer.json()["accepted"] == 2, answer.text


@pytest.mark.usefixtures("year")
def test_the_figure_is_shown_and_may_be_framed(client: TestClient[Litestar]) -> None:
    answer = client.get(link(theme="dark", period="2026"))
    assert answer.status_code == 200
    assert "frame-ancestors *" in answer.headers["content-security-policy"]
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert "x-frame-options" not in answer.headers
    assert "max-age=60" in answer.headers["cache-control"]
    assert 'data-theme="dark"' in answer.text
    for part in ("Net value", "$600", "No target set", "Evidence:", "old", "2026"):
        assert part in answer.text, part


@pytest.mark.usefixtures("year")
def test_nothing_but_the_figure_is_shown(client: TestClient[Litestar]) -> None:
    text = client.get(link()).text
    for part in ("<script", "<a ", "<nav", "<form", "<button", "Chat", "style="):
        assert part not in text, part


def test_a_figure_that_is_unknown_says_why(client: TestClient[Litestar]) -> None:
    answer = client.get(link(figure="roi_percent"))
    assert answer.status_code == 200
    assert "–" in answer.text
    assert 'class="reason"' in answer.text


@pytest.mark.parametrize("given", [{"figure": "gone"}, {"project": "gone"}, {"period": "yesteryear"}])
def test_what_is_not_there_any_more_is_said_without_naming_anything_else(
    client: TestClient[Litestar], given: dict[str, str]
) -> None:
    answer = client.get(link(**given))  # type: ignore[arg-type]
    assert answer.status_code == 410
    assert "not there any more" in answer.text
    assert "chat" not in answer.text
    assert "frame-ancestors *" in answer.headers["content-security-policy"]


def test_nothing_else_may_be_framed(client: TestClient[Litestar]) -> None:
    for path in ("/start", "/v1/projects", "/embedded"):
        assert "frame-ancestors 'none'" in client.get(path).headers["content-security-policy"], path


def test_a_link_that_was_changed_is_refused(client: TestClient[Litestar]) -> None:
    told, signed = link().removeprefix(PATH).split(".")
    other = link(figure="roi_percent").removeprefix(PATH).split(".")[0]
    assert client.get(f"{PATH}{told}.{signed}").status_code == 200
    assert client.get(f"{PATH}{other}.{signed}").status_code == 403


@pytest.mark.parametrize("token", ["x", "e30.x", link(key=b"1" * 64).removeprefix(PATH)])
def test_a_link_of_somebody_else_is_refused(client: TestClient[Litestar], token: str) -> None:
    answer = client.get(PATH + token)
    assert answer.status_code == 403
    assert "not made by this server" in answer.text


def test_a_link_ends(client: TestClient[Litestar]) -> None:
    old = PATH + token_of(KEY, "interactions", Filters(), NOW - timedelta(seconds=1))
    answer = client.get(old)
    assert answer.status_code == 410
    assert "2026-11-15" in answer.text


@pytest.mark.parametrize("days", [0, -1, 4000])
def test_a_link_has_an_end_that_can_be_lived(days: int) -> None:
    with pytest.raises(UsageProblem, match="from 1 to"):
        until_of(NOW, days)


def test_the_key_is_made_once_and_is_its_owners(tmp_path: Path) -> None:
    settings = Settings(workspace=tmp_path, data=tmp_path)
    first = secret_of(settings)
    assert len(first) >= 64
    assert secret_of(settings) == first
    assert (tmp_path / KEY_FILE).stat().st_mode & 0o077 == 0
