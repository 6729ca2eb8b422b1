"""The files of `breakeven grafana`: dashboards, provisioning of Grafana, rules and an example for Prometheus."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ruamel.yaml import YAML

from breakeven.exposition.grafana.dashboards import dashboards
from breakeven.exposition.grafana.rules import JOB, rules
from breakeven.workspace.definitions import Workspace

SOURCE = "breakeven-prometheus"
RULES = "prometheus/breakeven.rules.yaml"


def files(workspace: Workspace, *, url: str, prometheus: str, folder: Path) -> dict[str, str]:
    """Path in the folder → content. `url` is where breakeven answers, `prometheus` where Prometheus does."""
    made = {f"dashboards/{name}.json": text for name, text in dashboards(workspace, url).items()}
    made["provisioning/datasources/breakeven.yaml"] = _yaml({
        "apiVersion": 1,
        "datasources": [{"name": "breakeven", "uid": SOURCE, "type": "prometheus", "access": "proxy",
                         "url": prometheus, "jsonData": {"httpMethod": "POST", "timeInterval": "15s"}}],
    })  # fmt: skip
    made["provisioning/dashboards/breakeven.yaml"] = _yaml({
        "apiVersion": 1,
        "providers": [{"name": "breakeven", "folder": "breakeven", "type": "file", "allowUiUpdates": False,
                       "options": {"path": str((folder / "dashboards").resolve())}}],
    })  # fmt: skip
    made[RULES] = _yaml(rules(workspace, url))
    at = urlsplit(url)
    made["prometheus/prometheus.yaml"] = _yaml({
        "global": {"scrape_interval": "15s"},
        "rule_files": [Path(RULES).name],
        "scrape_configs": [{"job_name": JOB, "scheme": at.scheme, "static_configs": [{"targets": [at.netloc]}]}],
    })  # fmt: skip
    return made


def write(made: dict[str, str], folder: Path) -> None:
    """Write the files; those that are there are written anew."""
    for name, text in made.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def _yaml(content: dict[str, Any]) -> str:
    stream, writer = StringIO(), YAML()
    writer.default_flow_style, writer.width = False, 4096
    writer.dump(content, stream)
    return stream.getvalue()
