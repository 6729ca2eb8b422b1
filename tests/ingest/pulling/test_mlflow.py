"""An MLflow server is pulled: the answers here have the shapes of a real one (`tests_real/test_mlflow.py` asks one)."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from .conftest import Asked, Clock, Company, Reply, Site

API = "/api/2.0/mlflow"
BASE = 1_794_500_000_000


class Registry:
    """The registry behind a site: versions by model, two to a page."""

    def __init__(self, site: Site) -> None:
        self.models: list[dict[str, Any]] = [
            {"name": "wine", "tags": [{"key": "project", "value": "predict"}]},
            {"name": "iris", "aliases": [{"alias": "champion", "version": "1"}]},
        ]
        self.versions = [self.version("wine", n, run_id=f"r{n}") for n in (1, 2, 3)]
        self.versions += [self.version("iris", 1, run_id="gone"), self.version("greet", 1, prompt=True)]
        self.runs = {f"r{n}": [self.metric("f1", n / 10)] for n in (1, 2, 3)}
        self.hidden: set[tuple[str, str]] = set()
        site.answer = self.answer

    @staticmethod
    def version(name: str, number: int, *, prompt: bool = False, **values: Any) -> dict[str, Any]:
        tags = [{"key": "mlflow.prompt.is_prompt", "value": "true"}] if prompt else []
        return {"name": name, "version": str(number), "creation_timestamp": BASE + number, "tags": tags,
                "last_updated_timestamp": BASE + number, "current_stage": "None", **values}  # fmt: skip

    @staticmethod
    def metric(key: str, value: float | str, at: int = BASE) -> dict[str, Any]:
        return {"key": key, "value": value, "timestamp": at, "step": 0}

    def stage(self, place: int, stage: str, after: int) -> None:
        self.versions[place] |= {"current_stage": stage, "last_updated_timestamp": BASE + after}

    def answer(self, asked: Asked) -> Reply:
        match asked.path.removeprefix(API):
            case "/registered-models/search":
                return self.page("registered_models", self.models, asked)
            case "/model-versions/search":
                shown = [one for one in self.versions if (one["name"], one["version"]) not in self.hidden]
                return self.page("model_versions", shown, asked)
            case "/model-versions/get":
                wanted = (asked.parameters["name"], asked.parameters["version"])
                found = [one for one in self.versions if (one["name"], one["version"]) == wanted]
                return self.one({"model_version": found[0]} if found else None)
            case "/runs/get":
                metrics = self.runs.get(asked.parameters["run_id"])
                run = {"run": {"info": {"status": "FINISHED"}, "data": {"metrics": metrics}}}
                return self.one(run if metrics is not None else None)
        return Reply(b"", 405)

    @staticmethod
    def one(found: dict[str, Any] | None) -> Reply:
        error = {"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "not found"}
        return Reply(msgspec.json.encode(found or error), 200 if found else 404)

    @staticmethod
    def page(key: str, items: list[dict[str, Any]], asked: Asked) -> Reply:
        start = int(asked.parameters.get("page_token", 0))
        more = {"next_page_token": str(start + 2)} if start + 2 < len(items) else {}
        return Reply(msgspec.json.encode({key: items[start : start + 2], **more}))


@pytest.fixture
def registry(site: Site) -> Registry:
    return Registry(site)


def source(site: Site, **mlflow: Any) -> dict[str, Any]:
    return {"kind": "mlflow", "pull": {"mlflow": {"url": f"{site.url}/", **mlflow}}}


def test_models_versions_stages_and_metrics(company: Company, site: Site, registry: Registry) -> None:
    registry.stage(0, "Production", 50)
    puller = company.declare(registry=source(site))
    found = puller.pull("registry")
    assert (found.status, found.rejected, found.error) == ("ok", 0, None)
    assert company.facts("model_state", "id", "stage", "project") == [
        ("iris/1/0", "development", "unassigned"), ("iris/1/1", "production", "unassigned"),
        ("wine/1/0", "development", "predict"), ("wine/1/1", "production", "predict"),
        ("wine/2/0", "development", "predict"), ("wine/3/0", "development", "predict"),
    ]  # fmt: skip
    assert company.facts("deployment", "id", "version", "status") == [
        ("iris/1/1", "1", "succeeded"), ("wine/1/1", "1", "succeeded"),
    ]  # fmt: skip
    assert company.facts("evaluation", "model", "metric", "value") == [
        ("wine", "f1", 0.1), ("wine", "f1", 0.2), ("wine", "f1", 0.3)
    ]  # fmt: skip
    assert company.facts("evaluation", "source") == [("registry",)] * 3


def test_a_second_run_takes_what_changed(company: Company, site: Site, registry: Registry, clock: Clock) -> None:
    puller = company.declare(registry=source(site, auth={"token": {"env": "TRACKING"}}))
    company.secrets["TRACKING"] = "t"
    puller.pull("registry")
    clock.forward(days=10)
    assert puller.pull("registry").accepted == 0
    registry.stage(1, "Production", 5_000)
    registry.runs["r2"].append(registry.metric("f1", 0.9, BASE + 6_000))
    del registry.versions[2]
    found = puller.pull("registry")
    assert (found.accepted, found.duplicates) == (4, 1), "two states, one release, one metric beside the one before"
    assert {one.headers["authorization"] for one in site.asked} == {"Bearer t"}


def test_a_crash_before_the_state_is_written_doubles_nothing(
    company: Company, site: Site, registry: Registry, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry.stage(0, "Production", 50)
    puller = company.declare(registry=source(site))

    def broken(*_: object) -> None:
        raise RuntimeError("power cut")

    with monkeypatch.context() as patch:
        patch.setattr("breakeven.ingest.pulling.task.Taking.reached", broken)
        assert puller.pull("registry").status == "failed"
    before = company.ids("model_state") + company.ids("deployment") + company.ids("evaluation")
    clock.forward(hours=1)
    assert puller.pull("registry").accepted == 0
    assert company.ids("model_state") + company.ids("deployment") + company.ids("evaluation") == before


def test_a_version_that_slipped_between_two_pages_is_not_retired(
    company: Company, site: Site, registry: Registry
) -> None:
    puller = company.declare(registry=source(site))
    puller.pull("registry")
    registry.hidden.add(("wine", "2"))
    assert puller.pull("registry").accepted == 0


def test_a_metric_that_is_no_number_is_refused_with_its_reason(
    company: Company, site: Site, registry: Registry
) -> None:
    registry.runs["r1"].append(registry.metric("loss", "NaN"))
    found = company.declare(registry=source(site)).pull("registry")
    assert (found.rejected, found.status) == (1, "ok")


def test_another_server_than_mlflow(company: Company, site: Site) -> None:
    site.answer = lambda _: Reply(b'{"registered_models": 7}')
    assert "is not answered as MLflow does" in (company.declare(registry=source(site)).pull("registry").error or "")
