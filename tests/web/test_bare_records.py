"""Every page stands with records that say no more than they must, and with each optional field alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from litestar import Litestar
from litestar.testing import TestClient
from tests.web.conftest import HOME, NOW

from breakeven.facts import KINDS, UNASSIGNED, Column, ColumnType, columns
from breakeven.views.charting.rendering import ChartRenderer
from breakeven.views.pages import PAGES
from breakeven.views.project_page import TABS
from breakeven.views.records_links import segment
from breakeven.web.pages import pages
from breakeven.web.server import build
from breakeven.web.services import Services


def value(column: Column, days_ago: int) -> Any:
    """Some valid value of a field."""
    if column.name in ("currency", "cost_currency"):
        return "USD"
    if column.name in ("labels", "usage"):
        return {"key": "value"}
    if column.type is ColumnType.INSTANT:
        return (NOW - timedelta(days=days_ago)).isoformat()
    if column.type is ColumnType.TEXT:
        return column.choices[0] if column.choices else "m"
    return True if column.type is ColumnType.BOOLEAN else max(1, int(column.minimum or 0))


def bare(kind: str, number: int) -> dict[str, Any]:
    """A record of the required fields alone, some days old."""
    days = 1 + number * 11 % 200
    found = {column.name: value(column, days) for column in columns(kind) if column.required}
    if kind == "outcome":
        found["csat"] = 4  # one of its fields has to say something
    return found | {"kind_of_fact": kind, "id": f"{kind}-{number}", "source": "/t"}


def records() -> Iterator[dict[str, Any]]:
    """Of each kind: bare, of a project, and with one more field at a time, in each of its choices."""
    for kind in KINDS:
        number = 0
        optional = [column for column in columns(kind) if not column.required and column.name not in ("id", "source")]
        for column in optional:
            for choice in column.choices or (value(column, 3),):
                for project in ({}, {"project": "chat"}):
                    number += 1
                    given = bare(kind, number) | project | {column.name: choice}
                    if column.name == "cached_tokens":
                        given["input_tokens"] = given["cached_tokens"]
                    yield given
        for choice in (choice for column in columns(kind) if column.required for choice in column.choices):
            number += 1
            named = next(column.name for column in columns(kind) if choice in column.choices)
            yield bare(kind, number) | {"project": "chat", named: choice}


@pytest.fixture(scope="module")
def shown(served_module: Services, drawer: ChartRenderer) -> Iterator[TestClient[Litestar]]:
    app = build(served_module, pages(served_module, drawer))
    with TestClient(app, base_url=HOME, raise_server_exceptions=False) as client:
        known = {kind: {column.name for column in columns(kind)} for kind in KINDS}
        events = [
            {"specversion": "1.0", "id": record["id"], "source": "/t", "type": f"breakeven.{kind}",
             "data": {name: content for name, content in record.items() if name in known[kind]}}
            for record in records() if (kind := record.pop("kind_of_fact"))
        ]  # fmt: skip
        answer = client.post("/v1/events", content=msgspec.json.encode(events),
                             headers={"content-type": "application/cloudevents-batch+json"})  # fmt: skip
        assert answer.status_code == 200, answer.json()["errors"][:5]
        yield client


def addresses() -> Iterator[str]:
    """Every page, for a declared project and for what no project is named for, with every tab."""
    given = {"model": "m", "kind": "incident", "source": segment("/t"), "id": "incident-1"}
    for kind in PAGES:
        yield from dict.fromkeys(kind.path.format(project=project, **given) for project in ("chat", UNASSIGNED))
    yield from (f"/projects/chat?tab={tab}" for tab in TABS if tab)
    yield from (f"/records?kind={kind}" for kind in KINDS)


@pytest.mark.parametrize("address", list(addresses()))
def test_it_stands(shown: TestClient[Litestar], address: str) -> None:
    answer = shown.get(address)
    assert answer.status_code == 200, answer.text[:500]
