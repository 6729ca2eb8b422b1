"""Pulls against real servers on loopback: `make test-servers` installs them into an environment of their own.

MLflow is filled, by its own API, with the models, stages, aliases and metrics of the public exports; S3 is moto's.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pyarrow.fs as fs
import pytest

from .conftest import Company

SERVERS = Path(os.environ["BREAKEVEN_TEST_SERVERS"])
"""Folder with the servers' commands."""
STAGES = {"None": "development", "Staging": "staging", "Production": "production", "Archived": "retired"}


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


@contextmanager
def running(health: str, port: int, folder: Path, *command: str) -> Iterator[str]:
    """A server of the environment, until the end of the block."""
    url = f"http://127.0.0.1:{port}"
    environment = {**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true", "PATH": f"{SERVERS}:{os.environ['PATH']}"}
    with (folder / "log").open("w") as log:
        server = subprocess.Popen([str(SERVERS / command[0]), *command[1:]], cwd=folder, env=environment, stdout=log,
                                  stderr=log)  # fmt: skip
    try:
        for _ in range(240):
            assert server.poll() is None, (folder / "log").read_text()
            try:
                if httpx2.get(url + health).status_code < 500:
                    break
            except httpx2.HTTPError:
                time.sleep(0.5)
        yield url
    finally:
        server.terminate()
        server.wait(30)


@pytest.fixture(scope="module")
def mlflow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder, port = tmp_path_factory.mktemp("mlflow"), free_port()
    arguments = ("--backend-store-uri", f"sqlite:///{folder}/mlflow.db", "--artifacts-destination", str(folder / "art"))
    with running("/health", port, folder, "mlflow", "server", "--host", "127.0.0.1", "--port", str(port),
                 "--workers", "1", *arguments) as url:  # fmt: skip
        yield url


class Filler:
    """Fills a server by its API, and knows what must come out."""

    def __init__(self, url: str) -> None:
        self._api = httpx2.Client(base_url=f"{url}/api/2.0/mlflow", timeout=60)
        self.states: set[tuple[str, str, str]] = set()
        """Model, version, latest stage."""
        self.metrics: set[tuple[str, str, float]] = set()
        self._experiment = self("experiments/create", name=f"e{time.time_ns()}")["experiment_id"]

    def close(self) -> None:
        self._api.close()

    def __call__(self, path: str, **content: Any) -> Any:
        answer = self._api.post(f"/{path}", json=content)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def model(self, name: str, export: dict[str, Any], runs: list[dict[str, Any]]) -> None:
        self("registered-models/create", name=name, tags=[{"key": "project", "value": "chat"}])
        versions = export.get("versions", export.get("latest_versions", []))
        for place, version in enumerate(sorted(versions, key=lambda one: int(one["version"]))):
            self.version(name, version["current_stage"], runs[place % len(runs)])
        for alias in export.get("aliases") or []:
            self("registered-models/alias", name=name, alias=alias["alias"], version=alias["version"])

    def version(self, name: str, stage: str, run: dict[str, Any]) -> None:
        made = self("runs/create", experiment_id=self._experiment, start_time=run["info"]["start_time"])["run"]["info"]
        for key, values in run["metrics"].items():
            for one in values:
                self("runs/log-metric", run_id=made["run_id"], key=key, value=one["value"], timestamp=one["timestamp"],
                     step=one["step"])  # fmt: skip
                self.metrics.add((name, key, one["value"]))
        source = f"{made['artifact_uri']}/model"
        number = self("model-versions/create", name=name, source=source, run_id=made["run_id"])["model_version"][
            "version"
        ]
        if stage != "None":
            self("model-versions/transition-stage", name=name, version=number, stage=stage,
                 archive_existing_versions=False)  # fmt: skip
        self.states.add((name, number, STAGES[stage]))


def facts(company: Company, kind: str) -> list[dict[str, Any]]:
    """The current facts of a kind, by the command line of the store's own engine."""
    script = (
        "import duckdb, json, sys; c = duckdb.connect(sys.argv[1], read_only=True);"
        f"print(json.dumps(c.sql('SELECT * FROM {kind}').to_arrow_table().to_pylist(), default=str))"
    )
    file = company.folder / "data" / "breakeven.duckdb"
    python = [sys.executable, "-c", script, str(file)]
    found: list[dict[str, Any]] = json.loads(subprocess.run(python, capture_output=True, check=True, text=True).stdout)
    return found


def pull(company: Company, code: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        company.run("pull", "--all", "-w", str(company.folder), "--format", "json", code=code)
    )
    return found


def test_an_mlflow_server(company: Company, data: Path, mlflow: str) -> None:
    company.declare(
        "sources.yaml", f"sources:\n  registry: {{kind: mlflow, pull: {{every: 15m, mlflow: {{url: {mlflow}}}}}}}\n"
    )
    root = data / "mlflow-registry"
    runs = [json.loads(file.read_text())["mlflow"] for file in sorted(root.rglob("run.json"))]
    models = [json.loads(file.read_text())["mlflow"]["registered_model"] for file in sorted(root.rglob("model.json"))]
    assert runs
    assert models
    with closing(Filler(mlflow)) as filler:
        fill_and_pull(company, filler, models, runs)


def fill_and_pull(company: Company, filler: Filler, models: list[dict[str, Any]], runs: list[dict[str, Any]]) -> None:
    for number, model in enumerate(models):
        filler.model(f"{model['name']}-{number}", model, runs[number:] + runs[:number])

    first = pull(company)["registry"]
    assert (first["status"], first["rejected"], first["error"]) == ("ok", 0, None)
    states = sorted(facts(company, "model_state"), key=lambda one: one["id"])
    latest = {(one["model"], one["version"]): one["stage"] for one in states}
    assert {(*key, stage) for key, stage in latest.items()} == filler.states
    assert {(one["model"], one["metric"], one["value"]) for one in facts(company, "evaluation")} == filler.metrics
    in_production = {(name, number) for name, number, stage in filler.states if stage == "production"}
    assert {(one["model"], one["version"]) for one in facts(company, "deployment")} == in_production
    assert {one["project"] for one in states} == {"chat"}
    assert pull(company)["registry"]["accepted"] == 0, "nothing changed"

    name = next(iter(sorted(filler.states)))[0]
    filler(
        "model-versions/transition-stage", name=name, version="1", stage="Production", archive_existing_versions=True
    )
    filler("registered-models/create", name="by-alias")
    filler.version("by-alias", "None", runs[0])
    filler("registered-models/alias", name="by-alias", alias="champion", version="1")
    pull(company)
    states = sorted(facts(company, "model_state"), key=lambda one: (one["time"], one["id"]))
    latest = {(one["model"], one["version"]): one["stage"] for one in states}
    assert latest[name, "1"] == "production"
    assert latest["by-alias", "1"] == "production"
    assert pull(company)["registry"]["accepted"] == 0


def test_an_object_store(company: Company, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_port()
    with running("/", port, tmp_path, "moto_server", "-H", "127.0.0.1", "-p", str(port)) as url:
        store = fs.S3FileSystem(access_key="a", secret_key="b", endpoint_override=url.removeprefix("http://"),
                                scheme="http", region="us-east-1", allow_bucket_creation=True)  # fmt: skip
        store.create_dir("usage")

        def put(name: str, *ids: str) -> None:
            lines = "".join(f'{{"id": "{one}", "time": "2026-11-01T10:00:00Z"}}\n' for one in ids)
            with store.open_output_stream(f"usage/{name}") as stream:
                stream.write(lines.encode())

        company.declare(
            "sources.yaml",
            "sources:\n  cloud:\n    kind: interaction\n    pull:\n      every: 1h\n      folder:\n"
            f"        {{path: 's3://usage/calls/**/*.ndjson', endpoint: {url}, region: us-east-1, settle: 0s,\n"
            "         access_key: {env: CLOUD_ID}, secret_key: {env: CLOUD_KEY}}\n",
        )
        monkeypatch.setenv("CLOUD_ID", "a")
        monkeypatch.setenv("CLOUD_KEY", "b")
        put("calls/2026/10/a.ndjson", "1", "2")
        put("calls/b.ndjson", "3")
        put("other/c.ndjson", "4")
        assert pull(company)["cloud"]["accepted"] == 3
        assert pull(company)["cloud"]["accepted"] == 0
        put("calls/b.ndjson", "3", "5")
        again = pull(company)["cloud"]
        assert (again["accepted"], again["duplicates"]) == (1, 1)
