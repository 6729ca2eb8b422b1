"""Pulls as they are declared become records; what is not declared has its default."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from breakeven.workspace import load
from breakeven.workspace.pulls import (
    Auth,
    DatabasePull,
    FolderPull,
    MlflowPull,
    Paging,
    Pull,
    RestPull,
    Schedule,
    Secret,
    Since,
    written,
)

DECLARED = """
sources:
  plain: {kind: cost}
  files:
    kind: interaction
    pull: {every: 1h30m, quiet: 2d, folder: {path: "s3://b/x/*.csv", settle: 0s, region: eu, anonymous: true}}
  rows:
    kind: cost
    pull: {cron: "0 6 * * 1-5", database: {url: {env: DB}, query: "SELECT 1;", cursor: n, overlap: 100}}
  desk:
    kind: incident
    pull:
      every: 5m
      rest:
        url: https://desk.example/api
        records: data.items
        parameters: {per_page: 100}
        auth: {header: X-Key, prefix: "Token ", token: {file: key.txt}}
        paging: {cursor: meta.next, parameter: after}
        since: {parameter: since, field: changed, start: 2026-01-01, overlap: 10m}
        per_minute: 30
  registry:
    kind: mlflow
    pull: {every: 1d, mlflow: {url: "http://h:5000", metrics: [f1], aliases: {live: production}}}
"""


def test_every_origin(tmp_path: Path) -> None:
    (tmp_path / "workspace.yaml").write_text("name: Case\ncurrency: USD\n")
    (tmp_path / "sources.yaml").write_text(DECLARED)
    pulls = {name: source.pull for name, source in load(tmp_path).sources.items()}
    assert pulls == {
        "plain": None,
        "files": Pull(
            schedule=Schedule(every=timedelta(minutes=90)), quiet=timedelta(days=2),
            origin=FolderPull(path="s3://b/x/*.csv", settle=timedelta(), region="eu", anonymous=True),
        ),
        "rows": Pull(
            schedule=Schedule(cron="0 6 * * 1-5"),
            origin=DatabasePull(url=Secret(env="DB"), query="SELECT 1", cursor="n", overlap=100),
        ),
        "desk": Pull(
            schedule=Schedule(every=timedelta(minutes=5)),
            origin=RestPull(
                url="https://desk.example/api", records="data.items", parameters={"per_page": "100"},
                auth=Auth(header="X-Key", prefix="Token ", token=Secret(file="key.txt")),
                paging=Paging(style="cursor", field="meta.next", parameter="after"), per_minute=30,
                since=Since(parameter="since", field="changed", start="2026-01-01", overlap=timedelta(minutes=10)),
            ),
        ),
        "registry": Pull(
            schedule=Schedule(every=timedelta(days=1)),
            origin=MlflowPull(url="http://h:5000", metrics=("f1",), aliases={"live": "production"}),
        ),
    }  # fmt: skip


@pytest.mark.parametrize("text", ["0s", "2s", "15m", "1h30m", "1d", "1w2d3h4m5s"])
def test_durations_are_written_as_they_are_declared(text: str) -> None:
    units = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
    parts = text.replace("s", "s ").replace("m", "m ").replace("h", "h ").replace("d", "d ").replace("w", "w ").split()
    assert written(timedelta(seconds=sum(int(part[:-1]) * units[part[-1]] for part in parts))) == text
