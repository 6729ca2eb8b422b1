"""Dashboards and the schema that Grafana publishes of them: jsonschema/ of grafana/grafana-foundation-sdk, Apache-2.0.

The folder grafana-schema has files of its branch v11.6.x+cog-v0.0.x: dashboard, stat, timeseries, bargauge, piechart,
table and prometheus, each as NAME.jsonschema.json.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from tests_real.conftest import Company

from breakeven.exposition.grafana.dashboards import TITLES

ANYTHING = {"type": "object", "additionalProperties": {}}
"""What the schema has where Grafana's own, in CUE, has `_`, which is any value at all: texts and lists too."""


class Schema:
    """The published schema, and what it objects to."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._of = cache(self._made)

    def faults(self, board: dict[str, Any]) -> list[str]:
        """Of a dashboard, of what its panels leave to their plugins, and of what their queries ask."""
        found = [*self._told("dashboard", "Dashboard", board, "")]
        for panel in board["panels"]:
            kind, at = panel["type"], f"{panel['title']}: "
            if kind == "row":
                continue
            found += self._told(kind, "Options", panel.get("options", {}), at)
            if self._of(kind, "FieldConfig") is not None:
                found += self._told(kind, "FieldConfig", panel["fieldConfig"]["defaults"].get("custom", {}), at)
            for query in panel["targets"]:
                found += self._told("prometheus", "dataquery", query, at)
        return found

    def _told(self, name: str, definition: str, value: Any, at: str) -> Iterator[str]:
        validator = self._of(name, definition)
        assert validator is not None, f"{name} has no {definition}"
        for error in validator.iter_errors(value):
            yield f"{at}{'/'.join(map(str, error.instance_path))}: {error.message[:300]}"

    def _made(self, name: str, definition: str) -> Any:
        whole = loosened(json.loads((self._folder / f"{name}.jsonschema.json").read_text()))
        if definition not in whole["definitions"]:
            return None
        of = {"$schema": whole["$schema"], "$ref": f"#/definitions/{definition}", "definitions": whole["definitions"]}
        return jsonschema_rs.validator_for(of)


def loosened(schema: Any) -> Any:
    """With any value where Grafana takes any value."""
    if isinstance(schema, dict):
        if {key: value for key, value in schema.items() if key != "description"} == ANYTHING:
            return {}
        return {key: loosened(value) for key, value in schema.items()}
    return [loosened(one) for one in schema] if isinstance(schema, list) else schema


@pytest.fixture(scope="module")
def schema(data: Path) -> Schema:
    folder = data / "grafana-schema"
    if not folder.is_dir():  # it is no data of a company: the other checks need nothing of it
        pytest.skip(f"there is no schema of Grafana in {folder}")
    return Schema(folder)


@pytest.fixture(scope="module")
def boards(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    company = Company(tmp_path_factory.mktemp("grafana") / "company")
    made = company.folder.parent / "monitoring"
    company.run("grafana", str(made), "-w", str(company.folder))
    return {path.stem: json.loads(path.read_text()) for path in (made / "dashboards").glob("*.json")}


def test_every_audience_is_there(boards: dict[str, Any]) -> None:
    assert set(boards) == set(TITLES)


@pytest.mark.parametrize("audience", TITLES)
def test_it_is_what_the_schema_of_grafana_says(schema: Schema, boards: dict[str, Any], audience: str) -> None:
    assert schema.faults(boards[audience]) == []


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("schemaVersion",), "forty"),
        (("time", "form"), "now-1y"),
        (("panels", 1, "gridPos", "w"), "wide"),
        (("panels", 1, "options", "graphMode"), "mountains"),
        (("panels", 1, "fieldConfig", "defaults", "thresholds", "mode"), "relative"),
        (("panels", 1, "targets", 0, "expr"), 7),
        (("templating", "list", 0, "type"), "wish"),
    ],
)
def test_the_schema_objects_to_what_is_wrong(
    schema: Schema, boards: dict[str, Any], place: tuple[str | int, ...], value: object
) -> None:
    board = json.loads(json.dumps(boards["board"]))
    part = board
    for step in place[:-1]:
        part = part[step]
    part[place[-1]] = value
    assert len(schema.faults(board)) >= 1
