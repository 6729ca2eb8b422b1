"""Cloud bills in FOCUS 1.0, 1.2 and 1.3."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests_real.conftest import Company

BILLS = (
    "focus_1_0_real_sample_1000.csv",
    "generated/focus_1_2_cost_and_usage_aws.csv.gz",
    "generated/focus_1_2_cost_and_usage_azure.csv.gz",
    "generated/focus_1_3_cost_and_usage_aws.csv.gz",
)
CENT = Decimal("0.01")


@pytest.mark.parametrize("name", BILLS)
def test_totals_of_a_bill_are_exact(name: str, data: Path, truth: dict[str, Any], company: Company) -> None:
    expected = truth[f"focus-billing/{name}"]
    path = data / "focus-billing" / name
    summary = company.load("focus", path)
    assert summary["accepted"] == expected["rows"]
    assert company.load("focus", path)["accepted"] == 0, "importing a bill twice must change nothing"
    # Amounts keep 12 decimals; a line may be off by half of the 12th.
    tolerance = Decimal(expected["rows"]) * Decimal("5e-13")
    for metric, column in (("cost", "BilledCost"), ("effective_cost", "EffectiveCost"), ("list_cost", "ListCost")):
        assert abs(company.money(metric) - Decimal(expected["totals"][column])) <= tolerance, metric
    by_service = {
        row["dimension"]: Decimal(row["value"]) for row in company.rows("cost", "--grain", "all", "--by", "service")
    }
    assert by_service.keys() == expected["billed_by_service"].keys()
    for service, amount in expected["billed_by_service"].items():
        assert abs(by_service[service] - Decimal(amount)) <= tolerance, service


def test_credits_and_days_of_the_real_bill(data: Path, truth: dict[str, Any], company: Company) -> None:
    expected = truth[f"focus-billing/{BILLS[0]}"]
    company.load("focus", data / "focus-billing" / BILLS[0])
    assert company.money("credits") == Decimal(expected["billed_by_charge_category"]["Credit"])
    by_vendor = {
        row["dimension"]: Decimal(row["value"]) for row in company.rows("cost", "--grain", "all", "--by", "vendor")
    }
    assert by_vendor == {vendor: Decimal(amount) for vendor, amount in expected["billed_by_provider"].items()}
    (unassigned,) = company.rows("cost", "--grain", "all", "--by", "project")
    assert unassigned["project"] == "unassigned"


def test_a_tag_names_the_project(data: Path, truth: dict[str, Any], company: Company) -> None:
    """The real bill's tag `application` as the project, for two declared projects."""
    tagged = truth[f"focus-billing/{BILLS[0]}"]["billed_by_tag"]["application"]
    company.declare(
        "projects.yaml",
        "projects:\n"
        + "".join(
            f"  - id: {project.lower()}\n    name: {project}\n    category: platform\n"
            for project in ("BrightPathMatrix", "PowerStudioBoost")
        ),
    )
    company.load(
        "focus",
        data / "focus-billing" / BILLS[0],
        map={"project": "lower(json_extract_string(Tags, '$.application'))"},
    )
    by_project = {
        row["project"]: Decimal(row["value"]) for row in company.rows("cost", "--grain", "all", "--by", "project")
    }
    for project in ("BrightPathMatrix", "PowerStudioBoost"):
        assert by_project[project.lower()] == Decimal(tagged[project])
    assert sum(by_project.values()) == company.money("cost")
