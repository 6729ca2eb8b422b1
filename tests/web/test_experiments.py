"""Experiments and decay over HTTP: the same as the ledger says."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from litestar import Litestar
from litestar.testing import TestClient

from breakeven.ledger.effects.decay_risk import risks
from breakeven.ledger.effects.effects import experiment
from breakeven.views.shapes.experiment_shapes import decay_json, experiment_json
from breakeven.web.services import Services
from breakeven.workspace import default_workspace
from breakeven.workspace.definitions import Experiment, Project, Readings, Resting, Workspace

Client = TestClient[Litestar]


@pytest.fixture(scope="session")
def workspace() -> Workspace:
    """A project that rests on its accuracy, and an experiment over it."""
    rest = Resting(category="productivity_value", figure="accuracy", baseline=Decimal("0.9"))
    project = Project(id="chat", name="Chat", category="customer_service", rests_on=(rest,))
    pilot = Experiment(name="pilot", kind="interrupted_time_series", unit="1", figure="accuracy",
                       change=date(2026, 10, 1), expression=Readings())  # fmt: skip
    return msgspec.structs.replace(default_workspace(), projects={"chat": project}, experiments={"pilot": pilot})


def plain(shape: Any) -> Any:
    return msgspec.json.decode(msgspec.json.encode(shape))


def test_experiments(client: Client, services: Services, send: Any) -> None:
    send({"id": "1", "source": "s", "time": "2026-11-03T10:00:00Z", "project": "chat", "model": "m", "value": 0.45},
         kind="evaluation")  # fmt: skip
    with services.ledger.desk(services.clock()) as desk:
        wanted = plain(experiment_json(experiment(desk.reading, desk.evaluator, "pilot"), "USD"))
    found = client.get("/v1/experiments/pilot").json()
    assert found == wanted
    assert (found["state"], found["effect"]) == ("refused", None)
    assert found["needed"]
    before = client.get("/v1/experiments/pilot?as_of=2026-11-01").json()
    assert (before["data_version"], before["reason"]) == (0, "nothing has been recorded")
    assert client.get("/v1/experiments").json() == {"items": [wanted], "next": None}


def test_decay(client: Client, services: Services, send: Any) -> None:
    send({"id": "1", "source": "s", "time": "2026-11-03T10:00:00Z", "project": "chat", "model": "m", "value": 0.45},
         kind="evaluation")  # fmt: skip
    send({"id": "1", "source": "s", "time": "2026-11-03T10:00:00Z", "project": "chat", "kind": "hours_saved",
          "quantity": 10, "unit": "hour"}, kind="benefit")  # fmt: skip
    with services.ledger.desk(services.clock()) as desk:
        wanted = plain(decay_json(risks(desk)))
    found = client.get("/v1/decay").json()
    assert found == wanted
    (item,) = found["items"]
    assert (item["state"], item["factor"], item["lost"]) == ("below", "0.500000000000", "750.00")
    (before,) = client.get("/v1/decay?as_of=2026-11-01").json()["items"]
    assert (before["state"], before["lost"]) == ("not measured", None)
    # 14.5 of 30 days are over.
    assert item["per_day"] == "51.724137931034"


def test_names_that_do_not_exist(client: Client) -> None:
    answer = client.get("/v1/experiments/pilt")
    assert answer.status_code == 404
    assert "did you mean pilot" in answer.text
    assert client.get("/v1/decay?project=chat").status_code == 400


def test_they_are_described(client: Client) -> None:
    paths = client.get("/schema/openapi.json").json()["paths"]
    assert {"/v1/experiments", "/v1/experiments/{name}", "/v1/decay"} <= set(paths)
