"""Dashboards as Grafana's own schema reads them, and what leads on from them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard

from breakeven.exposition.grafana.dashboards import TITLES
from breakeven.exposition.grafana.files import files
from breakeven.views.pages import PAGES
from breakeven.workspace import create, load

URL = "https://roi.example.com"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("grafana")
    create(folder / "company", name="Acme", currency="USD")
    return files(load(folder / "company"), url=URL, prometheus="http://127.0.0.1:9090", folder=folder)


def panels(board: dict[str, Any]) -> list[dict[str, Any]]:
    return [one for one in board["panels"] if one["type"] != "row"]


def lost(written: Any, read: Any, at: str = "") -> list[str]:
    """Where something that was written does not come back; defaults of the schema may come on top."""
    if isinstance(written, dict) and isinstance(read, dict):
        return [
            place
            for key, value in written.items()
            for place in (lost(value, read[key], f"{at}/{key}") if key in read else [f"{at}/{key}"])
        ]
    if isinstance(written, list) and isinstance(read, list) and len(written) == len(read):
        return [place for number, (one, other) in enumerate(zip(written, read, strict=True))
                for place in lost(one, other, f"{at}/{number}")]  # fmt: skip
    return [] if written == read else [at]


def boards(made: dict[str, str]) -> dict[str, dict[str, Any]]:
    return {Path(name).stem: json.loads(text) for name, text in made.items() if name.startswith("dashboards/")}


def test_every_audience_has_one(made: dict[str, str]) -> None:
    found = boards(made)
    assert set(found) == set(TITLES)
    assert len({board["uid"] for board in found.values()}) == len(found)


@pytest.mark.parametrize("audience", TITLES)
def test_nothing_is_lost_in_the_shapes_of_the_schema(made: dict[str, str], audience: str) -> None:
    """The SDK's shapes are made from Grafana's schema: what they do not know, they drop."""
    register_default_plugins()
    text = made[f"dashboards/{audience}.json"]
    again = JSONEncoder(sort_keys=True, indent=2).encode(Dashboard.from_json(json.loads(text)))
    assert lost(json.loads(text), json.loads(again)) == []


def test_all_kinds_of_panels_are_used_with_units_and_colours(made: dict[str, str]) -> None:
    every = [panel for board in boards(made).values() for panel in panels(board)]
    assert {panel["type"] for panel in every} == {"stat", "timeseries", "bargauge", "piechart", "table"}
    assert "currencyUSD" in {panel["fieldConfig"]["defaults"].get("unit") for panel in every}
    colours = [[step["color"] for step in panel["fieldConfig"]["defaults"].get("thresholds", {}).get("steps", ())]
               for panel in every if panel["type"] == "stat"]  # fmt: skip
    assert ["red", "yellow", "green"] in colours
    assert ["green", "yellow", "red"] in colours


@pytest.mark.parametrize("audience", TITLES)
def test_panels_do_not_overlap_and_variables_choose(made: dict[str, str], audience: str) -> None:
    board = boards(made)[audience]
    assert [one["name"] for one in board["templating"]["list"]] == ["datasource", "category", "project"]
    taken: set[tuple[int, int]] = set()
    for panel in board["panels"]:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not cells & taken, panel["title"]
        assert max(x for x, _ in cells) < 24
        taken |= cells


def test_links_lead_to_pages_and_figures_that_exist(made: dict[str, str]) -> None:
    pages = {kind.path for kind in PAGES}
    links = [link["url"] for board in boards(made).values()
             for one in (board, *panels(board)) for link in one.get("links") or ()]  # fmt: skip
    assert any("explain=" in link for link in links)
    for link in links:
        assert link.removeprefix(URL).partition("?")[0] in pages, link


def test_provisioning_points_at_what_is_there(made: dict[str, str], tmp_path: Path) -> None:
    source = yaml.safe_load(made["provisioning/datasources/breakeven.yaml"])
    assert source["datasources"][0]["type"] == "prometheus"
    provider = yaml.safe_load(made["provisioning/dashboards/breakeven.yaml"])["providers"][0]
    assert provider["options"]["path"].endswith("/dashboards")
    scrape = yaml.safe_load(made["prometheus/prometheus.yaml"])["scrape_configs"][0]
    assert (scrape["scheme"], scrape["static_configs"]) == ("https", [{"targets": ["roi.example.com"]}])
