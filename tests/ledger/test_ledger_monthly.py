from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import breakeven
from breakeven.errors import UnknownName, UsageProblem

MONTH: dict[str, Any] = {
    "hours_saved_model_dev": 40,
    "hours_saved_deployment": 20,
    "hours_saved_debugging": 15,
    "baseline_incidents": 5,
    "actual_incidents": 2,
    "models_deployed": 2,
    "avg_months_saved": 1.5,
    "baseline_cloud_cost": 80_000,
    "actual_cloud_cost": 62_000,
    "platform_cost": 100_000,
}


def test_the_worked_example() -> None:
    # (40 + 20 + 15) h × 150; (5 − 2) × 100 000; 2 × 1.5 × 50 000; 80 000 − 62 000; sum − 100 000; 479 250 / 100 000 − 1
    assert breakeven.calculate_monthly_roi(MONTH) == {
        "productivity_value": 11_250,
        "incident_value": 300_000,
        "acceleration_value": 150_000,
        "infra_savings": 18_000,
        "compliance_value": 0,
        "total_monthly_value": 479_250,
        "investment": 100_000,
        "net_value": 379_250,
        "roi_percent": Decimal("379.25"),
    }


def test_no_investment_has_no_return() -> None:
    answer = breakeven.calculate_monthly_roi(MONTH | {"platform_cost": 0})
    assert answer["roi_percent"] is None
    assert answer["reasons"] == {"roi_percent": "investment is 0"}
    assert answer["net_value"] == 479_250


def test_more_incidents_and_more_cost_than_before_are_no_value() -> None:
    answer = breakeven.calculate_monthly_roi(MONTH | {"actual_incidents": 9, "actual_cloud_cost": "90000.50"})
    assert (answer["incident_value"], answer["infra_savings"]) == (0, 0)


def test_findings_need_a_fine() -> None:
    answer = breakeven.calculate_monthly_roi(MONTH | {"audit_findings_avoided": 2})
    assert answer["compliance_value"] is None
    assert "avg_fine_value" in answer["reasons"]["compliance_value"]
    stated = breakeven.calculate_monthly_roi(MONTH | {"audit_findings_avoided": 2, "avg_fine_value": 25_000})
    assert stated["compliance_value"] == 50_000


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"hours_saved_debugging": -1}, "cannot be negative"),
        ({"platform_cost": float("nan")}, "finite"),
        ({"platform_cost": "much"}, "give a number"),
        ({"platform_cost": None}, "give a number"),
        ({"models_deployed": True}, "give a number"),
        ({"baseline_incidents": 1e30}, "finite number below"),
    ],
)
def test_values_that_cannot_be_used(change: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageProblem, match=said):
        breakeven.calculate_monthly_roi(MONTH | change)


def test_missing_and_unknown_keys_name_the_valid_ones() -> None:
    with pytest.raises(UsageProblem, match=r"lacks platform_cost; its keys are hours_saved_model_dev"):
        breakeven.calculate_monthly_roi({key: value for key, value in MONTH.items() if key != "platform_cost"})
    with pytest.raises(UnknownName, match="did you mean audit_findings_avoided"):
        breakeven.calculate_monthly_roi(MONTH | {"audit_finding_avoided": 1})
    with pytest.raises(UsageProblem, match="must be a dict"):
        breakeven.calculate_monthly_roi([1])  # type: ignore[arg-type]


def test_floats_are_taken_as_written() -> None:
    answer = breakeven.calculate_monthly_roi(MONTH | {"hours_saved_model_dev": 0.1, "hours_saved_deployment": 0.2})
    assert answer["productivity_value"] == Decimal("2295")


@given(st.lists(st.integers(0, 10**4), min_size=10, max_size=10))
def test_parts_add_up(numbers: list[int]) -> None:
    answer = breakeven.calculate_monthly_roi(dict(zip(MONTH, numbers, strict=True)))
    parts = ("productivity_value", "incident_value", "acceleration_value", "infra_savings", "compliance_value")
    assert sum(answer[part] for part in parts) == answer["total_monthly_value"]
    assert answer["net_value"] == answer["total_monthly_value"] - answer["investment"]


def test_public_names() -> None:
    assert breakeven.__version__
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = breakeven.nothing
