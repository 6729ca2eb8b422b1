"""The portfolio that scenarios are measured over: 36 months × 100 projects, every category of the shipped methodology.

All facts are a function of month and project. Each project states its own baselines, with ranges; the common
assumptions have ranges too. `wide` adds value categories with an assumption each, so that there are twenty.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb

from bench.processes import PROGRAM, run
from breakeven.period import add_months
from breakeven.workspace.creation import create

MONTHS, PROJECTS = 36, 100
ASSUMED = {
    "hourly_rate": ("150", "120", "190", "pert"),
    "realisation_rate": ("0.8", "0.5", "1", "triangular"),
    "avg_incident_cost": ("100000", "40000", "250000", "lognormal"),
    "monthly_model_value": ("50000", "20000", "90000", "normal"),
    "avg_months_saved": ("1.5", "0.5", "3", "uniform"),
    "avg_fine_value": ("25000", "5000", "90000", "lognormal"),
    "practitioners": ("120", "110", "140", "triangular"),
}
"""Common assumptions: value, low, high, distribution."""
BASELINES = {"baseline_incidents": ("3", "2", "5"), "baseline_cloud_cost": ("9000", "7000", "12000"),
             "baseline_operating_cost": ("40000", "30000", "55000")}  # fmt: skip
"""Baselines of each project: value, low, high."""
WIDE = 10
"""Further categories of the wide methodology."""

_SELECTS = {
    "cost": "SELECT 'c' || m || '-' || p AS id, {at} AS start, {project}, 'compute' AS category,"
    " 4000 + 37 * p + 11 * m AS amount FROM {grid}",
    "benefit": "SELECT 'b' || m || '-' || p AS id, {at} AS time, {project}, 'hours_saved' AS kind,"
    " 'development' AS activity, 20 + p AS quantity, 'hour' AS unit FROM {grid}"
    " UNION ALL BY NAME SELECT 'f' || m || '-' || p AS id, {at} AS time, {project}, 'finding_avoided' AS kind,"
    " 1 AS quantity, '1' AS unit FROM {grid} WHERE (m + p) % 11 = 0",
    "deployment": "SELECT 'd' || m || '-' || p AS id, {at} AS time, {project}, 'model-' || (m % 9) AS model,"
    " {at} AS deployed_at FROM {grid}",
    "incident": "SELECT 'i' || m || '-' || p AS id, {at} AS opened_at, {at} + INTERVAL 50 MINUTE AS resolved_at,"
    " {project}, 'outage' AS kind FROM {grid} WHERE (m + p) % 3 = 0",
    "interaction": "SELECT 't' || m || '-' || p AS id, 'gateway' AS source, {at} AS time, {project}, 900 AS count,"
    " 12.5 AS cost, 1800.0 AS seconds_saved, 7.25 AS revenue FROM {grid}",
}


def fill(folder: Path, end: datetime) -> None:
    """Make the workspace in a folder and fill its store; the last of the months is the one that holds `end`."""
    create(folder, name="Portfolio", currency="USD")
    first = add_months(end.date(), 1 - MONTHS)
    (folder / "projects.yaml").write_text(_projects(first))
    shipped = (folder / "assumptions.yaml").read_text()
    (folder / "assumptions.yaml").write_text(_assumptions(shipped))
    grid = f"range({MONTHS}) AS months(m), range({PROJECTS}) AS projects(p)"
    at = f"TIMESTAMP '{first:%Y-%m-01 09:00:00}' + to_months(CAST(m AS INTEGER))"
    project = "'project-' || lpad(CAST(p AS VARCHAR), 2, '0') AS project"
    with duckdb.connect(config={"threads": 2}) as connection:
        for kind, select in _SELECTS.items():
            file = folder / f"{kind}.csv"
            sql = select.format(at=at, project=project, grid=grid)
            connection.execute(f"COPY ({sql}) TO '{file}' (FORMAT csv, HEADER)")
            run(["import", kind, str(file), "-w", str(folder)], PROGRAM)
            file.unlink()


def widen(folder: Path) -> None:
    """Ten value categories and their assumptions more."""
    assumed = "".join(
        f'  share_{i}:\n    unit: "1"\n    value: 0.1\n    low: 0.05\n    high: 0.2\n' for i in range(WIDE)
    )
    file = folder / "assumptions.yaml"
    file.write_text(file.read_text() + assumed)
    file = folder / "methodology.yaml"
    text = file.read_text()
    made = "".join(f"  extra_value_{i}:\n    formula: hours_saved * hourly_rate * share_{i}\n" for i in range(WIDE))
    parts = "".join(f", extra_value_{i}" for i in range(WIDE))
    text = text.replace("\nmetrics:\n", f"\n{made}\nmetrics:\n", 1)
    file.write_text(text.replace("infra_savings, compliance_value)", f"infra_savings, compliance_value{parts})", 1))


def _projects(first: date) -> str:
    return "projects:\n" + "".join(
        f"  - {{id: project-{p:02}, name: Project {p}, category: platform, start: {first}, budget: 9000,"
        f" implementation: {{cost: {10_000 + 500 * p}, months: 12}}}}\n"
        for p in range(PROJECTS)
    )


def _assumptions(shipped: str) -> str:
    """The shipped file with values, ranges and the projects' baselines."""
    text = shipped
    lines = []
    name = ""
    for line in text.splitlines():
        if line.startswith("  ") and line[2:3].isalpha() and line.endswith(":"):
            name = line.strip()[:-1]
        if line.strip().startswith("value:") and name in ASSUMED:
            continue
        lines.append(line)
        if line.strip().startswith("unit:") and name in ASSUMED:
            value, low, high, shape = ASSUMED[name]
            lines.append(f"    value: {value}\n    low: {low}\n    high: {high}\n    distribution: {shape}")
        if line.strip().startswith("per: month") and name in BASELINES:
            lines.append("    values:")
            lines += [_own(p, *(Decimal(number) for number in BASELINES[name])) for p in range(PROJECTS)]
    return "\n".join(lines) + "\n"


def _own(project: int, value: Decimal, low: Decimal, high: Decimal) -> str:
    share = 1 + Decimal(project % 7) / 10
    numbers = f"value: {value * share}, low: {low * share}, high: {high * share}"
    return f"      - {{project: project-{project:02}, {numbers}}}"
