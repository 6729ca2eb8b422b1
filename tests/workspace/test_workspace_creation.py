"""What `breakeven init` writes, the shipped method, and its cases."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from breakeven.errors import UnknownName, UsageProblem, WorkspaceInvalid
from breakeven.workspace import check, create, default_workspace, load, run_cases
from breakeven.workspace.audiences import MOST_KEY_FIGURES
from breakeven.workspace.builtins import BUILTINS
from breakeven.workspace.definitions import Workspace
from breakeven.workspace.loader import LEANS_ON


@pytest.fixture(scope="module")
def shipped() -> Workspace:
    return default_workspace()


@pytest.mark.parametrize("name", ["Example", 'Say "no": #1', "Größe & Söhne", "2026"])
def test_created_workspace_is_valid(tmp_path: Path, name: str) -> None:
    written = create(tmp_path / "new" / "one", name=name, currency="EUR")
    assert [path.name for path in written] == list(LEANS_ON)
    assert check(tmp_path / "new" / "one") == []
    workspace = load(tmp_path / "new" / "one")
    assert (workspace.name, workspace.currency) == (name, "EUR")


def test_created_files_are_the_shipped_method(tmp_path: Path, shipped: Workspace) -> None:
    create(tmp_path, name="A", currency="USD")
    assert load(tmp_path).methodology.version == shipped.methodology.version


def test_nothing_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "prices.yaml").write_text("prices: []")
    with pytest.raises(UsageProblem, match=r"prices\.yaml exists already"):
        create(tmp_path, name="A", currency="USD")
    assert [path.name for path in tmp_path.iterdir()] == ["prices.yaml"]


def test_a_folder_with_other_things_is_fine(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("x")
    assert create(tmp_path, name="A", currency="USD")


@pytest.mark.parametrize(("name", "currency"), [("A", "EURO"), ("", "USD"), ("two\nlines", "USD")])
def test_arguments_are_checked(tmp_path: Path, name: str, currency: str) -> None:
    with pytest.raises((UsageProblem, UnknownName)):
        create(tmp_path, name=name, currency=currency)
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "f").write_text("")
    with pytest.raises(UsageProblem, match="is a file"):
        create(tmp_path / "f", name="A", currency="USD")


def test_shipped_cases_pass(tmp_path: Path) -> None:
    create(tmp_path, name="A", currency="USD")
    results = run_cases(load(tmp_path), tmp_path)
    assert len(results) >= 4
    assert [finding for result in results for finding in result.findings if not finding.passed] == []
    assert all(result.passed for result in results)


CASES = """
cases:
  - name: wrong
    given: {hours_saved: 10, platform_cost: 3}
    expect: {productivity_value: 1501, roi_percent: 49900.00, incident_value: null, nps: 5, net_value: 1497.0}
  - name: by project and day
    project: a
    on: 2026-05-31
    given: {hours_saved: 1}
    expect: {productivity_value: 100}
  - name: later, for everybody
    given: {hours_saved: 1}
    expect: {productivity_value: 200}
"""


def test_findings_say_what_came_out(tmp_path: Path) -> None:
    create(tmp_path, name="A", currency="USD")
    (tmp_path / "projects.yaml").write_text("projects: [{id: a, name: A, category: platform}]")
    text = (tmp_path / "assumptions.yaml").read_text()
    values = "values: [{value: 150}, {start: 2026-06-01, value: 200}, {value: 100, project: a}]"
    (tmp_path / "assumptions.yaml").write_text(text.replace("value: 150\n", f"{values}\n"))
    (tmp_path / "tests.yaml").write_text(CASES.replace("hours_saved: 10,", "hours_saved: 10, hourly_rate: 150,"))
    wrong, project, later = run_cases(load(tmp_path), tmp_path)
    assert not wrong.passed
    assert wrong.line == 3
    assert [(f.figure, f.passed, f.actual) for f in wrong.findings] == [
        ("productivity_value", False, Decimal(1500)),
        ("roi_percent", True, Decimal(49900)),
        ("incident_value", True, None),
        ("nps", False, None),
        ("net_value", True, Decimal(1497)),
    ]
    assert wrong.findings[3].reason
    assert project.passed
    assert later.passed


def test_cases_with_faults_are_refused(tmp_path: Path, shipped: Workspace) -> None:
    assert run_cases(shipped, tmp_path) == []
    (tmp_path / "tests.yaml").write_text("cases: [{name: a, expect: {nothing: 1}}]")
    with pytest.raises(WorkspaceInvalid, match="unknown figure 'nothing'"):
        run_cases(shipped, tmp_path)


def test_digits_written_are_the_digits_compared(tmp_path: Path, shipped: Workspace) -> None:
    case = "cases: [{name: a, given: {total_monthly_value: 2, investment: 3}, expect: {benefit_cost_ratio: %s}}]"
    for written, passed in {"0.7": True, "0.67": True, "0.66": False, "0.6670": False, "1": True}.items():
        (tmp_path / "tests.yaml").write_text(case % written)
        assert run_cases(shipped, tmp_path)[0].passed is passed, written


def test_the_method_of_the_design(shipped: Workspace) -> None:
    definitions = shipped.methodology.definitions
    assert [d.label for d in sorted(shipped.methodology.values(), key=lambda d: d.line)] == [
        "Productivity",
        "Incident avoidance",
        "Revenue acceleration",
        "Infrastructure savings",
        "Compliance",
    ]
    defaults = {name: a.values[0].value for name, a in shipped.assumptions.items() if a.values}
    assert defaults == {
        "hourly_rate": 150,
        "realisation_rate": 1,
        "avg_incident_cost": 100_000,
        "monthly_model_value": 50_000,
        "monthly_hours_per_person": 160,
    }
    targets = {t.metric: (t.at_least, t.at_most) for t in shipped.targets}
    assert targets["cumulative_roi_percent"] == (Decimal(300), None)
    assert targets["payback_months"] == (None, Decimal(6))
    assert {name for name, a in shipped.assumptions.items() if a.per == "month"} == {
        "baseline_incidents",
        "baseline_cloud_cost",
        "baseline_operating_cost",
    }
    assert all(definition.label for definition in definitions.values())
    assert all(target.metric in {*definitions, *BUILTINS} for target in shipped.targets)
    assert [ref.figure for ref in shipped.key_figures["board"]] == [
        "roi_ytd",
        "hours_saved",
        "models_in_production",
        "incidents_avoided",
    ]
    assert all(len(refs) <= MOST_KEY_FIGURES for refs in shipped.key_figures.values())
