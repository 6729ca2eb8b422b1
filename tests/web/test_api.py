"""The reading API: shapes, pages, and errors that name the valid choices."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from litestar import Litestar
from litestar.testing import TestClient

from breakeven.facts import KINDS
from breakeven.ledger.operations.stretches import stretch
from breakeven.period import Grain
from breakeven.views.shapes.json_shapes import explain_json, metric_json, statement_json
from breakeven.web.services import Services

Client = TestClient[Litestar]

DAY = "2026-11-{:02}T10:00:00Z"


@pytest.fixture
def filled(send: Any) -> None:
    calls = [{"id": str(day), "source": "s", "time": DAY.format(day), "project": "chat", "cost": "0.25",
              "seconds_saved": 60} for day in range(1, 8)]  # fmt: skip
    send(*calls, kind="interaction")
    send({"id": "c", "source": "s", "start": DAY.format(2), "amount": "1.50", "project": "other"}, kind="cost")
    send({"id": "c", "source": "s", "start": DAY.format(2), "amount": "12.5", "project": "other"}, kind="cost")


def plain(shape: Any) -> Any:
    return msgspec.json.decode(msgspec.json.encode(shape))


@pytest.mark.usefixtures("filled")
def test_figures_are_those_of_the_ledger(client: Client, services: Services) -> None:
    ledger, now = services.ledger, services.clock()
    period = services.workspace.calendar.parse("2026-11", now)
    assert client.get("/v1/statement?period=2026-11&project=chat").json() == plain(
        statement_json(ledger.statement(period, now=now, project="chat")))  # fmt: skip
    assert client.get("/v1/explain/net_value?period=2026-11").json() == plain(
        explain_json(ledger.explain("net_value", period=period, now=now), services.workspace.currency))  # fmt: skip
    (table,) = ledger.metrics(["interactions"], now=now, by="project")
    assert client.get("/v1/metrics/interactions?by=project").json() == plain(metric_json(table))


@pytest.mark.parametrize("last", ["1h", "24h", "7d", "30d"])
def test_stretches_that_end_now_by_model_and_team(client: Client, services: Services, send: Any, last: str) -> None:
    ago = {"a": timedelta(minutes=5), "b": timedelta(hours=20), "c": timedelta(days=5), "d": timedelta(days=25)}
    now = services.clock()
    named = {"m": {"model": "m", "team": "t"}, "none": {}}
    send(*({"id": f"{name}-{model}", "source": "s", "time": (now - past).isoformat()} | said
           for name, past in ago.items() for model, said in named.items()), kind="interaction")  # fmt: skip
    asked = stretch(last, now, services.workspace.calendar)
    for query, only in (("", None), ("&model=m", {"model": ["m"]}), ("&model=(none)", {"model": [None]}),
                        ("&model=m&team=t&team=u", {"model": ["m"], "team": ["t", "u"]})):  # fmt: skip
        (table,) = services.ledger.metrics(["interactions"], now=now, grain=Grain.ALL, window=asked.span, only=only)
        found = client.get(f"/v1/metrics/interactions?grain=all&last={last}{query}").json()
        assert found == plain(metric_json(table))
        assert found["rows"][0]["value"]
    assert client.get(f"/v1/metrics/interactions?last={last}&period=2026").status_code == 400
    assert client.get("/v1/metrics/interactions?last=2h").status_code == 400
    assert client.get(f"/v1/metrics/net_value?grain=all&last={last}&model=m").status_code == 400


@pytest.mark.usefixtures("filled")
def test_another_headline_rule(client: Client) -> None:
    address = "/v1/{}?period=2026-11&headline={}"
    whole, strict = (client.get(address.format("statement", rule)).json() for rule in ("all", "A"))
    assert (whole["total_value"] != strict["total_value"], strict["total_value"]) == (True, "0.00")
    assert strict["evidence"]["claimed"] == whole["evidence"]["claimed"]
    assert client.get(address.format("explain/total_monthly_value", "A")).json()["value"] == "0.00"
    (row,) = client.get(address.format("metrics/total_monthly_value", "A")).json()["rows"]
    assert row["value"] == "0.00"


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize(
    ("question", "values"),
    [
        ("grain=day&from=2026-11-06&to=2026-11-08", [1, 1, 0]),
        ("grain=month&period=2026-11", [7]),
        ("grain=all&project=chat&project=unassigned", [7]),
        ("project=unassigned&period=2026-11", [0]),
    ],
)
def test_metric_windows(client: Client, question: str, values: list[int]) -> None:
    answer = client.get(f"/v1/metrics/interactions?{question}")
    assert answer.status_code == 200, answer.text
    assert [row["value"] for row in answer.json()["rows"]] == values


def test_catalogue(client: Client, services: Services) -> None:
    items = {item["name"]: item for item in client.get("/v1/metrics").json()["items"]}
    assert items.keys() == services.ledger.figures().keys()
    assert items["roi_percent"]["unit"] == "%"
    assert items["roi_percent"]["direction"] == "up"
    assert items["net_value"]["unit"] == services.workspace.currency


@pytest.mark.usefixtures("filled")
def test_facts_page_by_page(client: Client) -> None:
    found, address, pages = [], "/v1/facts/interaction?limit=3", 0
    after: str | None = ""
    while after is not None:
        page = client.get(address + (f"&page={after}" if after else "")).json()
        found += [item["id"] for item in page["items"]]
        after, pages = page["next"], pages + 1
    assert (found, pages) == (["7", "6", "5", "4", "3", "2", "1"], 3)


@pytest.mark.usefixtures("filled")
def test_facts_are_current_and_exact(client: Client) -> None:
    (item,) = client.get("/v1/facts/cost?project=other&source=s").json()["items"]
    assert client.get("/v1/facts/cost?project=unassigned").json()["items"] == [item]
    assert (item["amount"], item["start"], item["revision"]) == ("12.5", DAY.format(2), 2)
    assert client.get("/v1/facts/cost?project=chat").json() == {"items": [], "next": None}
    days = client.get("/v1/facts/interaction?from=2026-11-03&to=2026-11-04").json()["items"]
    assert [item["id"] for item in days] == ["4", "3"]
    assert days[0]["cost"] == "0.25"


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_fact_is_listed(idle: Client, kind: str) -> None:
    assert idle.get(f"/v1/facts/{kind}").json() == {"items": [], "next": None}


@pytest.mark.usefixtures("filled")
def test_projects(client: Client) -> None:
    items = {item["id"]: item for item in client.get("/v1/projects").json()["items"]}
    assert (items["chat"]["declared"], items["chat"]["budget"]) == (True, "900")
    assert items["unassigned"]["declared"] is False


def test_rejected(client: Client) -> None:
    bad = [{"id": str(n), "time": "x"} for n in range(3)]
    client.post("/v1/events?kind=interaction", json=bad)
    first = client.get("/v1/rejected?limit=2").json()
    assert (first["waiting"], first["by_reason"], len(first["items"])) == (3, {"bad_time": 3}, 2)
    rest = client.get(f"/v1/rejected?limit=2&page={first['next']}").json()
    assert (len(rest["items"]), rest["next"]) == (1, None)
    assert client.get("/v1/rejected?reason=conflict").json()["waiting"] == 0


@pytest.mark.parametrize(
    ("address", "status", "says"),
    [
        ("/v1/statement?period=soon", 400, "last-12-months"),
        ("/v1/statement?project=nope", 400, "chat"),
        (
            "/v1/statement?perod=2026",
            400,
            "did you mean period? valid: period, as_of, constant_currency, format, headline",
        ),
        ("/v1/statement?headline=best", 400, "unknown headline rule 'best'"),
        ("/v1/metrics/roi", 404, "did you mean roi"),
        ("/v1/metrics/interactions?grain=fortnight", 400, "quarter"),
        ("/v1/metrics/interactions?by=weather", 400, "project"),
        ("/v1/metrics/interactions?period=2026&from=2026-01", 400, "either period, or from and to"),
        ("/v1/metrics/interactions?from=2026-03&to=2026-01", 400, "the end comes before the start"),
        ("/v1/explain/roi", 404, "did you mean roi"),
        ("/v1/facts/calls", 404, "interaction"),
        ("/v1/facts/cost?limit=0", 400, "limit: Expected `int` >= 1"),
        ("/v1/facts/cost?limit=many", 400, "limit"),
        ("/v1/facts/cost?page=%25", 400, "is no page"),
        ("/v1/rejected?reason=mood", 400, "bad_time"),
        ("/v1/rejected?kind=mood", 400, "interaction"),
        ("/v1/nothing", 404, "/v1/nothing"),
    ],
)
def test_errors_say_what_is_valid(idle: Client, address: str, status: int, says: str) -> None:
    answer = idle.get(address, headers={"accept": "text/html"})
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    found = answer.json()
    assert says in found["detail"]
    assert (found["status"], found["instance"]) == (status, address.partition("?")[0])


def test_description(idle: Client) -> None:
    found = idle.get("/schema").json()
    assert found == idle.get("/schema/openapi.json").json()
    paths = found["paths"]
    assert {"/v1/events", "/v1/statement", "/v1/facts/{kind}", "/health/ready", "/live"} <= set(paths)
    responses = paths["/v1/statement"]["get"]["responses"]
    assert responses.keys() == {"200", "default"}
    assert responses["default"]["content"].keys() == {"application/problem+json"}
    named = {one["name"] for one in paths["/v1/metrics/{name}"]["get"]["parameters"]}
    assert named == {
        "name",
        "grain",
        "by",
        "period",
        "from",
        "to",
        "project",
        "as_of",
        "constant_currency",
        "headline",
        "format",
        "last",
        "model",
        "team",
    }
    assert "//" not in idle.get("/schema").text.replace("https://json-schema.org", "")
    assert {"Answer", "Detail", "Statement"} <= set(found["components"]["schemas"])


def test_health(client: Client, services: Services) -> None:
    assert client.get("/health/live").json()["status"] == "ok"
    ready = client.get("/health/ready")
    assert (ready.status_code, ready.json()["status"], ready.json()["data_version"]) == (200, "ok", 0)
    services.writer.close()
    stopped = client.get("/health/ready")
    assert (stopped.status_code, stopped.json()["writer"]) == (503, "stopped")


def test_upkeep_that_fails_is_said_and_nothing_is_refused_for_it(client: Client, services: Services) -> None:
    services.upkeep.problem = "no room left"
    ready = client.get("/health/ready")
    assert (ready.status_code, ready.json()["status"], ready.json()["upkeep"]) == (200, "ok", "no room left")
    assert "breakeven_store_upkeep_up 0" in client.get("/metrics").text
    services.upkeep.problem = None
    assert client.get("/health/ready").json()["upkeep"] == "ok"
    assert "breakeven_store_upkeep_up 1" in client.get("/metrics").text


def test_health_of_a_store_that_is_away(client: Client, services: Services) -> None:
    services.store.close()
    answer = client.get("/health/ready")
    assert answer.status_code == 503
    assert "is closed" in answer.json()["store"]
