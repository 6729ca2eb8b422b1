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
from breakeven.web.embedding import PATH, token_of, until_of
from breakeven.web.pages import pages
from breakeven.web.server import build
from breakeven.web.services import Services

KEY = b"0" * 64


@pytest.fixture
def client(services: Services) -> Iterator[TestClient[Litestar]]:
    signed = msgspec.structs.replace(services, secret=KEY)
    with TestClient(build(signed, pages(signed)), base_url=HOME, raise_server_exceptions=False) as made:
        yield made


def link(days: int = 30, key: bytes = KEY, **filters: str) -> str:
    return PATH + token_of(key, "interactions", Filters(**filters), until_of(NOW, days))  # type: ignore[arg-type]


def test_the_figure_is_shown_and_may_be_framed(client: TestClient[Litestar]) -> None:
    answer = client.get(link(), params={"theme": "dark"})
    assert answer.status_code == 200
    assert "frame-ancestors *" in answer.headers["content-security-policy"]
    assert "x-frame-options" not in answer.headers
    assert 'data-theme="dark"' in answer.text
    assert "<script" not in answer.text
    assert "Interactions" in answer.text
    assert "<a " not in answer.text


def test_nothing_else_may_be_framed(client: TestClient[Litestar]) -> None:
    for path in ("/start", "/v1/projects", "/embedded"):
        assert "frame-ancestors 'none'" in client.get(path).headers["content-security-policy"], path


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
