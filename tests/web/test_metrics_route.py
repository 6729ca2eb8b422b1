"""/metrics over HTTP, of a server that has next to nothing and then one call."""

from __future__ import annotations

from litestar import Litestar
from litestar.testing import TestClient
from prometheus_client.openmetrics.parser import text_string_to_metric_families
from prometheus_client.parser import text_string_to_metric_families as plain

from .conftest import Sender


def test_the_media_type_is_negotiated(client: TestClient[Litestar]) -> None:
    answer = client.get("/metrics", headers={"accept": "application/openmetrics-text;version=1.0.0"})
    assert answer.headers["content-type"] == "application/openmetrics-text; version=1.0.0; charset=utf-8"
    assert answer.headers["vary"] == "Accept"
    assert answer.text.endswith("# EOF\n")
    assert list(text_string_to_metric_families(answer.text))
    other = client.get("/metrics")
    assert other.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert "# EOF" not in other.text


def test_a_company_without_records_shows_no_figure(client: TestClient[Litestar]) -> None:
    names = {sample.name for family in plain(client.get("/metrics").text) for sample in family.samples}
    assert not {"mlops_platform_nps", "mlops_model_accuracy", "mlops_deployments_total",
                "mlops_deployment_time_days_count", "breakeven_last_close_timestamp_seconds"} & names  # fmt: skip
    assert "breakeven_ingest_queue_requests" in names


def test_what_comes_in_is_on_the_page_after_the_next_scrape(client: TestClient[Litestar], send: Sender) -> None:
    before = client.get("/metrics").text
    assert "breakeven_interactions_total" not in before
    send({"kind": "interaction", "id": "1", "source": "gateway", "time": "2026-11-15T10:00:00Z", "project": "chat",
          "cost": "0.25"})  # fmt: skip
    refused = client.post(
        "/v1/events", params={"wait": "visible"}, headers={"content-type": "application/x-ndjson"},
        content=b'{"kind": "interaction", "id": "2", "source": "gateway", "time": "never"}',
    )  # fmt: skip
    assert refused.json()["rejected"] == {"bad_time": 1}
    behind = client.get("/metrics").text
    assert "breakeven_interactions_total" not in behind, "a scrape does not wait for figures to be made"
    assert 'breakeven_ingest_events_total{source="gateway",kind="interaction"} 1\n' in behind, (
        "what the server does is now"
    )
    lines = client.get("/metrics").text.splitlines()
    assert "breakeven_interactions_total 1" in lines
    assert 'breakeven_interactions_by_project_total{project="chat",category="customer_service"} 1' in lines
    assert 'breakeven_ingest_events_total{source="gateway",kind="interaction"} 1' in lines
    assert any(line == 'breakeven_ingest_rejected_total{reason="bad_time"} 1' for line in lines)
