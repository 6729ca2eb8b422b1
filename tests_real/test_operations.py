"""Incidents, deployments, tracked hours, surveys and benchmark runs, through mappings of a user's own."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests_real.conftest import Company

ITSM_TIME = "strptime(nullif({}, '?'), '%d-%m-%Y %H:%M')"


def test_incident_log_of_a_service_desk(data: Path, truth: dict[str, Any], company: Company) -> None:
    """3,683 updates of 540 incidents: later ones supersede, in the order of the source's own counter."""
    expected = truth["incidents-itsm/incident_event_log.csv"]
    path = data / "incidents-itsm" / "incident_event_log.csv"
    columns = {
        "id": "number",
        "severity": "priority",
        "opened_at": ITSM_TIME.format("opened_at"),
        "resolved_at": ITSM_TIME.format("resolved_at"),
    }
    summary = company.load("incident", path, map=columns, set={"source": "itsm"}, order_by="sys_mod_count + 0")
    assert summary["rejected"] == {}
    assert (
        company.load("incident", path, map=columns, set={"source": "itsm"}, order_by="sys_mod_count + 0")["rejected"]
        == {}
    )
    assert company.value("incidents") == expected["incidents"]
    months = {row["period"]: row["value"] for row in company.rows("incidents", "--grain", "month") if row["value"]}
    assert months == expected["opened_per_month"]
    assert company.value("resolved_incidents") == expected["open_to_resolve"]["count"]
    hours = company.value("mttr_hours")
    assert float(hours) * 60 == pytest.approx(expected["open_to_resolve"]["mean_minutes"], rel=1e-9)
    median = company.value("resolve_hours_median")
    assert float(median) * 60 == pytest.approx(expected["open_to_resolve"]["median_minutes"], rel=1e-9)


@pytest.mark.parametrize(
    "name",
    [
        "change_lead_time/cicd_deployment_commits",
        "deployment_generator/cicd_deployment_commits",
        "prev_success_deployment_commit/cicd_deployment_commits_after",
    ],
)
def test_deployments_of_a_pipeline(name: str, data: Path, truth: dict[str, Any], company: Company) -> None:
    """One deployment has several rows, one for each commit."""
    expected = truth[f"dora-devlake/dora/{name}.csv"]
    path = data / "dora-devlake" / "dora" / f"{name}.csv"
    columns = {
        "id": "cicd_deployment_id",
        "model": "repo_url",
        "time": "coalesce(started_date, '2022-03-01T00:00:00Z')",
        "deployed_at": "finished_date",
        "status": "CASE WHEN result = 'SUCCESS' THEN 'succeeded' ELSE 'failed' END",
    }
    company.load("deployment", path, map=columns, set={"source": "devlake"}, where="environment = 'PRODUCTION'")
    assert company.value("deployments") == expected["production_deployments"]


def test_deployment_webhooks(data: Path, truth: dict[str, Any], company: Company) -> None:
    """A deployment's own event, then its status: one deployment that succeeded."""
    expected = truth["deploy-webhooks-github"]
    folder = data / "deploy-webhooks-github"
    first = {
        "id": "json_extract_string(deployment, '$.id')",
        "model": "json_extract_string(repository, '$.full_name')",
        "time": "json_extract_string(deployment, '$.created_at')",
    }
    company.load("deployment", folder / "deployment" / "payload.json", map=first, set={"source": "github"})
    state = "json_extract_string(deployment_status, '$.state')"
    then = {
        **first,
        "deployed_at": "json_extract_string(deployment_status, '$.created_at')",
        "status": f"CASE WHEN {state} = 'success' THEN 'succeeded' ELSE 'failed' END",
    }
    company.load("deployment", folder / "deployment_status" / "payload.json", map=then, set={"source": "github"})
    (day,) = [row for row in company.rows("deployments", "--grain", "day", "--by", "model") if row["value"]]
    assert day["period"] == expected["deployment_status/payload.json"]["created_at"][:10]
    assert day["model"] == expected["deployment_status/payload.json"]["repository"]
    assert company.value("successful_deployments") == 1


SPAN = "date_diff('second', CAST(start AS timestamptz), CAST(\"end\" AS timestamptz)) / 3600"
HOURS = {
    "toggl_time_entries_import_test_1.csv": ('"Start date" || \' \' || "Start time"', "hours(Duration)"),
    "clockify_time_entries_import_test_1.csv": ("strptime(\"Start Date\", '%m/%d/%Y')", 'hours("Duration (h)")'),
    "clockify_time_entries_import_test_2.csv": ("strptime(\"Start Date\", '%m/%d/%Y')", 'hours("Duration (h)")'),
    "harvest_time_entries_import_test_1.csv": ("Date", "Hours"),
    "generic_time_entries_import_test_1.csv": ("start", SPAN),
    "solidtime_import_test_1/time_entries.csv": ("start", SPAN),
}


@pytest.mark.parametrize("name", HOURS)
def test_tracked_hours(name: str, data: Path, truth: dict[str, Any], company: Company) -> None:
    expected = truth["hours-time-tracking/exports"][name]
    time, quantity = HOURS[name]
    company.load(
        "benefit",
        data / "hours-time-tracking" / "exports" / name,
        map={"time": time, "quantity": quantity},
        set={"kind": "hours_saved", "activity": "debugging", "source": "time-tracking", "currency": "EUR"},
    )
    assert float(company.value("hours_saved")) == pytest.approx(expected["hours"], abs=1e-6)
    assert float(company.value("hours_saved_debugging")) == pytest.approx(expected["hours"], abs=1e-6)


def test_an_impossible_date_is_rejected_with_its_reason(data: Path, company: Company) -> None:
    name = "clockify_time_entries_import_test_3.csv"
    summary = company.load(
        "benefit",
        data / "hours-time-tracking" / "exports" / name,
        map={"time": "strptime(\"Start Date\", '%m/%d/%Y')", "quantity": 'hours("Duration (h)")'},
        set={"kind": "hours_saved"},
        code=1,
    )
    assert summary["accepted"] == 0
    assert sum(summary["rejected"].values()) == 1
    assert "13/15/2024" in company.run("rejected", "-w", str(company.folder), code=1)


def test_survey_of_customers(data: Path, truth: dict[str, Any], company: Company) -> None:
    expected = truth["surveys/ecsi_mobile_phone_satisfaction.csv"]["recommend_CUSL3"]
    path = data / "surveys" / "ecsi_mobile_phone_satisfaction.csv"
    company.load(
        "survey",
        path,
        map={"id": "respondent", "score": "CUSL3", "respondent": "respondent"},
        set={"kind": "nps", "time": "2026-01-15", "source": "ecsi"},
    )
    assert company.value("nps_answers") == expected["responses"]
    assert company.value("nps_promoters") == expected["promoters"]
    assert company.value("nps_detractors") == expected["detractors"]
    assert float(company.value("nps")) == pytest.approx(expected["nps"], abs=1e-9)


@pytest.mark.parametrize("name", ["architect.yml", "edit_leaderboard.yml", "refactor_leaderboard.yml"])
def test_benchmark_runs_cost_per_solved_case(
    name: str, data: Path, truth: dict[str, Any], company: Company, tmp_path: Path
) -> None:
    """A cost of 0 means that nobody wrote it down: unknown, never free."""
    expected = truth["ai-run-costs-aider"][name]
    runs = yaml.safe_load((data / "ai-run-costs-aider" / name).read_text())
    lines = []
    for number, run in enumerate(runs):
        solved = run.get("pass_num_2")
        if solved is None:
            solved = round((run.get("pass_rate_2", run["pass_rate_1"])) * run["test_cases"] / 100)
        common = {"time": str(run["date"]), "model": f"{run['model']} {run['date']} {number}"}
        lines.append({**common, "n": solved, "outcome": "resolved", "paid": run.get("total_cost")})
        lines.append({**common, "n": run["test_cases"] - solved, "outcome": "rejected"})
    path = tmp_path / "runs.ndjson"
    path.write_text("\n".join(json.dumps(line) for line in lines if line["n"]))
    company.load("interaction", path, map={"count": "n", "cost": "nullif(paid, 0)"}, set={"cost_currency": "USD"})
    assert company.money("ai_cost") == Decimal(expected["total_cost_usd"])
    costs = company.rows("ai_cost", "--grain", "all", "--by", "model")
    unknown = [row for row in costs if row["value"] is None]
    assert len(unknown) == expected["runs_with_zero_cost"] + expected["runs_without_cost"]
    assert all(row["reason"] for row in unknown)
    per_solved = company.rows("cost_per_successful_outcome", "--grain", "all", "--by", "model")
    known = sorted(float(row["value"]) for row in per_solved if row["value"] is not None)
    cheapest = [run["usd_per_solved"] for run in expected["cheapest_per_solved_case"]]
    assert known[: len(cheapest)] == pytest.approx(cheapest, abs=1e-6)
    assert known[-1] == pytest.approx(expected["dearest_per_solved_case"][0]["usd_per_solved"], abs=1e-6)
