"""Which figures of a workspace are on /metrics, and with what value: that of the ledger, or none where it has none."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from litestar import Litestar
from litestar.testing import TestClient
from tests.web.conftest import HOME, NOW, Sender, _served

from breakeven.formula import Evaluator
from breakeven.ledger.metrics import metrics
from breakeven.period import Grain
from breakeven.web.server import build
from breakeven.web.services import Services
from breakeven.workspace import create, load
from breakeven.workspace.definitions import Project

OWN = """metrics:
  cost_of_a_call: {label: Cost of a call, unit: money/interaction, formula: ai_cost / interactions, expose: true}
  answer_tokens: {label: Tokens of answers, unit: token, formula: output_tokens, expose: true}
  cost_of_a_token: {label: Cost of a token, unit: money/token, formula: ai_cost / input_tokens}
"""
OCTOBER = (date(2026, 10, 1), date(2026, 11, 1))


@pytest.fixture
def own(tmp_path: Path, evaluator: Evaluator) -> Iterator[tuple[Services, TestClient[Litestar]]]:
    """A workspace with metrics of its own, of which one is not exposed."""
    create(tmp_path / "company", name="Acme", currency="USD")
    file = tmp_path / "company" / "methodology.yaml"
    shipped = file.read_text()
    assert shipped.count("\nmetrics:\n") == 1
    file.write_text(shipped.replace("\nmetrics:\n", f"\n{OWN}"))
    chat, idle = (Project(id=name, name=name.title(), category="operations") for name in ("chat", "idle"))
    workspace = msgspec.structs.replace(load(tmp_path / "company"), projects={"chat": chat, "idle": idle})
    with _served(workspace, evaluator) as services, TestClient(build(services), base_url=HOME) as client:
        yield services, client


def call(number: int, day: str, **more: object) -> dict[str, object]:
    return {"kind": "interaction", "id": str(number), "source": "gateway", "time": f"{day}T10:00:00Z", **more}


def scraped(client: TestClient[Litestar]) -> dict[str, str]:
    """Name and labels → value, when what came in is on the page."""
    client.get("/metrics")
    lines = [line.rpartition(" ") for line in client.get("/metrics").text.splitlines() if not line.startswith("#")]
    return {name: value for name, _, value in lines}


def test_an_exposed_metric_has_the_value_of_the_ledger_and_others_are_not_there(
    own: tuple[Services, TestClient[Litestar]],
) -> None:
    services, client = own
    Sender(client)(
        *(call(number, "2026-10-05", project="chat", cost=cost, input_tokens=7)
          for number, cost in enumerate(("0.10", "0.20", "0.25", "0.0000001"))),
        call(9, "2026-11-02", project="chat", cost="9"),
    )  # fmt: skip
    found = scraped(client)
    with services.ledger.desk(NOW) as desk:
        (whole,) = metrics(desk, ["cost_of_a_call"], grain=Grain.MONTH, span=OCTOBER)
        (parts,) = metrics(desk, ["cost_of_a_call"], grain=Grain.MONTH, span=OCTOBER, by="project")
    (of_all,) = whole.rows
    assert of_all.value == Decimal("0.55") / 4 + Decimal("0.000000025")
    assert Decimal(found["breakeven_figure_cost_of_a_call"]) == of_all.value
    of_chat = next(row.value for row in parts.rows if row.project == "chat")
    name = 'breakeven_project_figure_cost_of_a_call{project="chat",category="operations"}'
    assert Decimal(found[name]) == of_chat
    assert Decimal(found["breakeven_open_month_figure_cost_of_a_call"]) == 9
    # No call said how long its answer was, and nobody calls the other project: unknown, so absent.
    assert not [name for name in found if "answer_tokens" in name]
    assert not [name for name in found if "cost_of_a_call" in name and "idle" in name]
    assert not [name for name in found if "cost_of_a_token" in name]
    with services.ledger.desk(NOW) as desk:
        (known,) = metrics(desk, ["cost_of_a_token"], grain=Grain.MONTH, span=OCTOBER)
    assert known.rows[0].value is not None, "it is known, and still not shown"


def test_what_nobody_counts_is_absent_and_what_is_counted_and_does_not_happen_is_0(
    own: tuple[Services, TestClient[Litestar]],
) -> None:
    _, client = own
    send = Sender(client)
    send({"kind": "deployment", "id": "1", "source": "ci", "time": "2026-10-05T10:00:00Z", "model": "m",
          "project": "chat"})  # fmt: skip
    found = scraped(client)
    assert found["mlops_deployments_total"] == "1"
    assert [name for name in found if "interaction" in name or "incident" in name] == []
    send(call(1, "2026-10-06", project="chat"))
    found = scraped(client)
    assert (found["breakeven_interactions_total"], found["breakeven_interaction_errors_total"]) == ("1", "0")
    by_project = "breakeven_interactions_by_project_total"
    assert found[f'{by_project}{{project="chat",category="operations"}}'] == "1"
    assert found[f'{by_project}{{project="idle",category="operations"}}'] == "0"
    # The source is heard, so a month in which it counts nothing is a month without calls; its cost nobody said.
    assert found["breakeven_open_month_figure_interactions"] == "0"
    assert "breakeven_interaction_cost_total" not in found
    assert [name for name in found if "incident" in name] == []
