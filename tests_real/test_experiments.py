"""Real experiments with known effects: imported as facts, declared in YAML, asked on the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests_real.conftest import Company

DECLARED = """
experiments:
  training:                 # National Supported Work: job training, earnings four years later
    kind: randomised
    from: benefit
    outcome: amount
    unit: money
    arm: labels.treat
    control: "0"
    treatment: "1"
    planned_split: {"0": 0.5843, "1": 0.4157}
  incentive:                # Thornton: any incentive to fetch a test result
    kind: randomised
    outcome: CASE WHEN outcome = 'converted' THEN 1 WHEN outcome = 'rejected' THEN 0 END
    unit: "1"
    where: outcome IS NOT NULL
    control: none
    treatment: incentive
    planned_split: {none: 0.22, incentive: 0.78}
  incentive_share:
    kind: randomised
    outcome: outcome = 'converted'
    type: proportion
    where: outcome IS NOT NULL
    control: none
    treatment: incentive
    planned_split: {none: 0.22, incentive: 0.78}
  incentive_all:            # as it came: the result of 67 people is not known
    kind: randomised
    outcome: outcome = 'converted'
    type: proportion
    control: none
    treatment: incentive
    planned_split: {none: 0.22, incentive: 0.78}
  donors:
    kind: difference_in_differences
    from: evaluation
    outcome: value
    unit: "1"
    group: model
    treatment: California
    change: 2011-07-01
    grain: quarter
    detectable: 0.1
"""
DAY = "CAST('2026-01-05T12:00:00Z' AS timestamp)"
QUARTER = (
    "CAST(substr(Quarter, 3, 4) || CASE WHEN substr(Quarter, 2, 1) = '1' THEN '-01-01'"
    " WHEN substr(Quarter, 2, 1) = '2' THEN '-04-01' WHEN substr(Quarter, 2, 1) = '3' THEN '-07-01'"
    " ELSE '-10-01' END AS timestamp)"
)


def near(value: float) -> Any:
    """Equal in the six decimals that the truth has."""
    return pytest.approx(value, abs=6e-7)


def asked(company: Company, name: str) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(company.run("experiment", name, "-w", str(company.folder), "--format", "json"))
    return answer


@pytest.fixture
def declared(company: Company) -> Company:
    company.declare("experiments.yaml", DECLARED)
    return company


def test_job_training(data: Path, truth: dict[str, Any], declared: Company) -> None:
    expected = truth["ab-tests/nsw_job_training_rct.csv"]
    summary = declared.load(
        "benefit", data / "ab-tests" / "nsw_job_training_rct.csv",
        map={"time": DAY, "amount": "re78", "labels": "'{\"treat\": \"' || treat || '\"}'"},
        set={"kind": "revenue", "source": "nsw"},
    )  # fmt: skip
    assert summary["accepted"] == 445
    found = asked(declared, "training")
    assert (found["state"], found["grade"], found["unit"]) == ("measured", "A", "USD")
    assert {arm["name"]: arm["n"] for arm in found["arms"]} == {
        "0": expected["n_control"], "1": expected["n_treated"]}  # fmt: skip
    means = {arm["name"]: arm["mean"] for arm in found["arms"]}
    assert means == {"0": near(expected["mean_control"]), "1": near(expected["mean_treated"])}
    assert found["effect"] == near(expected["difference"])
    assert found["standard_error"] == near(expected["standard_error"])
    assert found["statistic"] == near(expected["welch_t"])
    # The truth was made with the quantile 1.959964; the next digits make a hundredth of a thousandth of a dollar.
    assert found["interval_normal"] == [pytest.approx(end, rel=1e-7) for end in expected["ci95_normal"]]
    low, high = found["interval"]
    assert low < found["interval_normal"][0] < found["interval_normal"][1] < high


def test_incentive(data: Path, truth: dict[str, Any], declared: Company) -> None:
    expected = truth["ab-tests/thornton_hiv_incentive_rct.csv"]
    arm = "CASE WHEN \"any\" = '1.0' THEN 'incentive' WHEN \"any\" = '0.0' THEN 'none' END"
    outcome = "CASE WHEN got = '1.0' THEN 'converted' WHEN got = '0.0' THEN 'rejected' END"
    summary = declared.load("interaction", data / "ab-tests" / "thornton_hiv_incentive_rct.csv",
                            map={"time": DAY, "variant": arm, "outcome": outcome},
                            set={"source": "thornton"})  # fmt: skip
    assert summary["accepted"] == expected["rows"]
    found = asked(declared, "incentive")
    assert [arm["n"] for arm in found["arms"]] == [expected["n_control"], expected["n_treated"]]
    assert sum(arm["n"] for arm in found["arms"]) == expected["usable"]
    assert found["effect"] == near(expected["difference"])
    assert found["standard_error"] == near(expected["standard_error"])
    assert found["statistic"] == near(expected["welch_t"])
    assert found["interval_normal"] == [near(end) for end in expected["ci95_normal"]]
    share = asked(declared, "incentive_share")
    assert share["effect"] == near(expected["difference"])
    assert share["z_pooled"] == near(expected["two_proportion_z"])
    refused = asked(declared, "incentive_all")
    assert refused["effect"] is None
    assert "outcomes are missing more often in one arm" in refused["reason"]


def test_donors(data: Path, truth: dict[str, Any], declared: Company) -> None:
    expected = truth["ab-tests/organ_donations_before_after.csv"]
    summary = declared.load("evaluation", data / "ab-tests" / "organ_donations_before_after.csv",
                            map={"time": QUARTER, "model": "State", "value": "Rate"},
                            set={"metric": "donor_rate", "source": "donors"})  # fmt: skip
    assert summary["accepted"] == expected["rows"]
    found = asked(declared, "donors")
    assert (found["state"], found["grade"]) == ("measured", "B")
    assert found["effect"] == near(expected["difference_in_differences"])
    means = {arm["name"]: arm["mean"] for arm in found["arms"]}
    assert means == {
        "treated_before": near(expected["treated_before"]), "treated_after": near(expected["treated_after"]),
        "comparison_before": near(expected["control_before"]), "comparison_after": near(expected["control_after"]),
    }  # fmt: skip
    assert means["treated_after"] - means["treated_before"] == near(expected["naive_before_after"])
    # One state among 27 changed. Their own swings say how far a change lies by chance: wider than the effect.
    declared.declare("experiments.yaml", DECLARED.replace("    detectable: 0.1\n", ""))
    refused = asked(declared, "donors")
    assert refused["effect"] is None
    assert "an effect cannot be told from none" in refused["reason"]
