"""The demo company's workspace: the YAML files that a company would keep in its own version control."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from string import Template

from breakeven.demo.company import CURRENCY, MONTHS, NAME, PRACTITIONERS, PROJECTS, SUPPORT, TIME_ZONE, Undertaking
from breakeven.demo.costs import PLATFORM_POOL, TOOLS_POOL
from breakeven.demo.timeline import Timeline

WRITE_OFF_MONTHS = 24
CASE_MONTHS = 30
"""Horizon of the business cases."""
RAMP = (0, 0, 0.1, 0.3, 0.5, 0.7, 0.9, 1)
"""Share of the planned benefit in the first months: a dip comes first, and was planned."""

RATES = ((0, "1.084"), (3, "1.112"), (6, "1.071"), (9, "1.095"), (12, "1.118"), (15, "1.102"))
"""USD for 1 EUR, from the first day of a month on."""

_COMPANY = Template("""\
# The demo company. It is invented; the files are what a real company would keep in its version control.
name: $name
currency: $currency
time_zone: $time_zone
fiscal_year_start: 1
unknown_project: accept

# 1 unit of the currency in $currency.
exchange_rates:
$rates
""")

_ASSUMPTIONS = Template("""\
# Numbers that nobody measured: each with its range, its evidence, and who answers for it.
assumptions:
  hourly_rate:
    label: Hourly rate
    description: What an hour of the people whose time is saved costs, everything included.
    unit: money/hour
    values:
      - {value: 104, low: 96, high: 115, distribution: pert}
$hourly_rates
    evidence: C
    source: Payroll, full cost by role
    owner: Head of Finance
    review_by: $review
  realisation_rate:
    label: Realisation rate
    description: Share of the saved time that is used for other work.
    unit: "1"
    value: 0.85
    low: 0.7
    high: 0.95
    distribution: triangular
    evidence: D
    source: Survey of team leads
    owner: Head of Data and AI
    review_by: $review
  discount_rate:
    label: Discount rate, a year
    description: At what rate a year money that comes later is worth less; net present value needs it.
    unit: "%"
    value: 8
    evidence: E
    source: Group treasury, cost of capital
    owner: Head of Finance
    review_by: $review
  avg_incident_cost:
    label: Average cost of an incident
    unit: money/incident
    value: 9800
    low: 6000
    high: 16000
    distribution: triangular
    evidence: C
    source: Incident reviews of the year before
    owner: Head of Operations
    review_by: $review
  monthly_model_value:
    label: Monthly value of a model
    description: What a model in production brings in a month, on average.
    unit: money/(month*model)
    value: 12500
    low: 8000
    high: 18000
    distribution: triangular
    source: Business cases, approved
    owner: Head of Finance
    review_by: $review
  avg_months_saved:
    label: Months a model is earlier
    description: By how many months a model reaches production earlier than before the platform.
    unit: month
    value: 1.4
    low: 0.8
    high: 2.0
    distribution: triangular
    evidence: D
    source: Cycle times of the five models before the platform
    owner: Head of Data and AI
    review_by: $review
  avg_fine_value:
    label: Average fine
    unit: money/finding
    value: 38000
    low: 20000
    high: 60000
    distribution: triangular
    source: Compliance, sector average
    owner: Head of Compliance
    review_by: $review
  practitioners:
    label: Practitioners
    description: People who build models and could use the platform.
    unit: user
    value: $practitioners
    evidence: C
    source: Staff list
    owner: Head of Data and AI

  monthly_hours_per_person:
    label: Working hours of a person per month
    unit: hour
    value: 152
    evidence: C
    source: Time sheets, holidays and absence taken off
    owner: Head of People

  # What was before AI, per month, is stated for each project in projects.yaml.
  baseline_incidents:
    label: Incidents before, per month
    unit: incident
    per: month
    evidence: C
    source: Incident log of the year before
    owner: Head of Operations
  baseline_cloud_cost:
    label: Cloud cost before, per month
    unit: money
    per: month
    evidence: C
    source: Cloud bills of the year before
    owner: Head of Finance
  baseline_operating_cost:
    label: Operating cost before, per month
    unit: money
    per: month
    evidence: C
    source: Cost centre reports of the year before
    owner: Head of Finance
  baseline_error_rate:
    label: Errors before, in per cent
    description: Share of cases that had to be done again before AI did the work.
    unit: "%"
    evidence: C
    source: Quality reviews of the year before
    owner: Head of Operations
""")

_ALLOCATION = f"""\
# Shared cost and how it is split.
pools:
  # Every project in service has the platform team behind it to the same degree.
  {PLATFORM_POOL}: {{rule: even, projects: [{", ".join(project.id for project in PROJECTS)}]}}
  # Tools for prompts and traces follow the traffic that they see.
  {TOOLS_POOL}:
    rule: interactions
    projects: [support-assistant, quote-assistant, claims-triage, underwriting-copilot]

# Who could save time: `breakeven overlaps` compares what is claimed with what they can.
teams:
  motor-claims: {{headcount: 34}}
  home-claims: {{headcount: 28}}
"""

CLAIMS_RELEASE = 8
"""Month from which the claims triage runs on its present models."""

_EXPERIMENTS = Template("""\
# What was measured by comparison. `breakeven experiment` shows each with its interval and checks, or why it has none.
experiments:
  grounded_answers:
    kind: randomised
    from: interaction
    outcome: outcome = 'resolved'
    where: outcome IS NOT NULL
    type: proportion
    unit: "1"
    control: $control
    treatment: $treatment
    project: support-assistant
    start: $start
    end: $end
  triage_models:
    kind: difference_in_differences
    figure: accuracy
    treatment: claims-triage
    comparison: [fraud-detection, churn-prediction, quote-assistant]
    change: $release
""")

_SOURCES = """\
# How the columns of foreign files become fields of facts.
sources:
  time-tracking:
    kind: benefit
    map: {id: entry, time: week_ending, project: initiative, activity: task, team: squad, quantity: hours_saved}
    set: {source: time-tracking, kind: hours_saved, unit: hour, evidence: C, realisation: capacity}
  incident-log:
    kind: incident
    map: {id: ticket, project: service, kind: type, opened_at: opened, resolved_at: closed}
    set: {source: service-desk}
    order_by: updated_at
"""

_TARGETS = """\
targets:
  - {metric: roi_ytd, at_least: 2600000, per: year, label: Plan of the year}
  - {metric: cumulative_roi_percent, at_least: 150, label: Business case}
  - {metric: payback_months, at_most: 9}
  - {metric: hours_saved, at_least: 30000, per: year}
  - {metric: models_in_production, at_least: 10}
  - {metric: incidents_avoided, at_least: 72, per: year}
  - {metric: budget_variance, at_least: 0, label: Within budget}
  - {metric: time_to_production_days, at_most: 14}
  - {metric: cycle_time_days, at_most: 30}
  - {metric: deployment_success_rate, at_least: 95, watch: 90}
  - {metric: accuracy_gap, at_most: 5, label: Within 5 % of the baseline}
  - {metric: drift_detection_rate, at_least: 90}
  - {metric: mttr_hours, at_most: 1, watch: 2}
  - {metric: weekly_active_share, at_least: 80}
  - {metric: models_on_platform_share, at_least: 90}
  - {metric: feature_store_share, at_least: 70}
  - {metric: nps, at_least: 40}
"""


_REPORTS = """\
# Reports that go out by themselves, at 07:00 of the workspace's time zone. These go into a folder.
reports:
  pilots:
    title: Pilots
    audience: Owners of the pilots
    period: last-month
    figures: [net_value, roi_percent, hours_saved]
    sections:
      - title: Where we are
        text: |
          In {period} the projects brought {total_monthly_value} against a cost of {investment}: {net_value}
          ({net_value.change}).

          ROI is {roi_percent}, {roi_percent.status}; it rests on: {roi_percent.evidence}.
        show:
          - {figure: net_value, chart: bar, by: project}
      - title: What slows us down
        figures: [incidents, time_to_production_days]
        show: [risks]
schedules:
  executive-summary:
    report: summary
    every: month
    formats: [md, pdf]
    to: [{folder: out/reports}]
  finance-monthly:
    report: cfo
    every: month
    formats: [xlsx]
    filters: {period: last-month}
    to: [{folder: out/reports}]
  technology-weekly:
    report: cto
    every: week
    formats: [html]
    to: [{folder: out/reports}]
  steering:
    report: steering
    every: two weeks
    formats: [pptx]
    to: [{folder: out/reports}]
  board-quarterly:
    report: board
    every: quarter
    formats: [pptx]
    filters: {period: last-quarter}
    to: [{folder: out/reports}]
  pilots:
    report: pilots
    every: month
    formats: [md]
    to: [{folder: out/reports}]
"""


def declare(folder: Path, timeline: Timeline) -> list[Path]:
    """Write the workspace's files into a folder that exists; the files written."""
    texts = {
        "workspace.yaml": _company(timeline),
        "projects.yaml": "projects:\n" + "\n".join(_project(project, timeline) for project in PROJECTS),
        "assumptions.yaml": _assumptions(timeline),
        "allocation.yaml": _ALLOCATION,
        "experiments.yaml": _experiments(timeline),
        "sources.yaml": _SOURCES,
        "targets.yaml": _TARGETS,
        "reports.yaml": _REPORTS,
    }
    written = []
    for name, text in texts.items():
        path = folder / name
        path.write_text(text, encoding="utf-8")
        written.append(path)
    return written


def _company(timeline: Timeline) -> str:
    rates = "\n".join(
        f"  - {{currency: EUR, rate: {rate}, start: {timeline.month(month)}, source: European Central Bank}}"
        for month, rate in RATES
    )
    return _COMPANY.substitute(name=NAME, currency=CURRENCY, time_zone=TIME_ZONE, rates=rates)


def _assumptions(timeline: Timeline) -> str:
    own = [f"      - {_hourly_rate(project)}" for project in PROJECTS if "hourly_rate" in project.assumptions]
    review = timeline.month(MONTHS + 4) - timedelta(days=1)
    return _ASSUMPTIONS.substitute(hourly_rates="\n".join(own), review=review, practitioners=PRACTITIONERS)


def _experiments(timeline: Timeline) -> str:
    trial = SUPPORT.traffic.trial if SUPPORT.traffic is not None else None
    if trial is None:
        raise ValueError("the demo company has no trial")
    end = timeline.month(trial.until) - timedelta(days=1)
    return _EXPERIMENTS.substitute(
        control=trial.control, treatment=trial.treatment, start=timeline.month(trial.since), end=end,
        release=timeline.month(CLAIMS_RELEASE),
    )  # fmt: skip


def _project(project: Undertaking, timeline: Timeline) -> str:
    start = timeline.month(project.growth.start)
    written_off = f"{{cost: {project.implementation}, start: {start:%Y-%m}, months: {WRITE_OFF_MONTHS}}}"
    lines = [
        f"  - id: {project.id}",
        f"    name: {project.name}",
        f"    category: {project.category}",
        f"    owner: {project.owner}",
        f"    start: {start}",
        "    stage: production" if project.id != "underwriting-copilot" else "    stage: pilot",
        f"    budget: {project.budget}",
        f"    implementation: {written_off}",
        f"    business_case: {_case(project, timeline)}",
    ]
    if project.baselines:
        lines.append(f"    baselines: {_flow(project.baselines)}")
    if project.rests_on:
        category, baseline, tolerance = project.rests_on
        lines.append(f"    rests_on: [{{category: {category}, figure: accuracy, baseline: {baseline},"
                     f" tolerance: {tolerance}}}]")  # fmt: skip
    return "\n".join(lines) + "\n"


def _hourly_rate(project: Undertaking) -> str:
    """A project's own rate, with a range of the same width as the common one."""
    value = project.assumptions["hourly_rate"]
    low, high = (round(value * share) for share in (Decimal("0.92"), Decimal("1.11")))
    return f"{{value: {value}, low: {low}, high: {high}, distribution: pert, project: {project.id}}}"


def _case(project: Undertaking, timeline: Timeline) -> str:
    start = timeline.month(project.growth.start)
    return (f"{{cost: {project.planned_cost}, benefit: {project.planned_benefit}, investment: {project.implementation},"
            f" start: {start:%Y-%m}, months: {CASE_MONTHS}, ramp: {list(RAMP)}}}")  # fmt: skip


def _flow(values: dict[str, Decimal]) -> str:
    return "{" + ", ".join(f"{name}: {value}" for name, value in values.items()) + "}"
