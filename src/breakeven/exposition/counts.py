"""What only grows: deployments, incidents and calls of all time, and how long deployments took."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from breakeven.exposition.families import Family, counter, histogram, observed
from breakeven.exposition.monthly import labels_of
from breakeven.ledger.desk import Desk
from breakeven.ledger.measuring.measures import span_of
from breakeven.ledger.metrics import metrics
from breakeven.ledger.operations.durations import Took, times_to_production
from breakeven.ledger.results import Number
from breakeven.period import Grain, add_months
from breakeven.workspace.definitions import Workspace

COUNTED: Mapping[str, tuple[str, str]] = {
    "deployments": ("mlops_deployments", "Deployments of all time, failed ones and those rolled back too"),
    "incidents": ("mlops_incidents", "Incidents of all time, without what was caught before it had an impact"),
    "interactions": ("breakeven_interactions", "Calls of models of all time"),
    "errors": ("breakeven_interaction_errors", "Calls of models that failed, of all time"),
    "ai_cost": ("breakeven_interaction_cost", "Cost of calls of all time, as far as it is known, {currency}"),
}
"""Measure → name without _total, and what it is."""
DAYS = (1, 2, 3, 5, 7, 10, 14, 21, 30, 45, 60, 90, 120, 180, 365)
"""Bounds of the time that a deployment takes."""
TIMES = "mlops_deployment_time_days"
TIMES_WORDS = "Days from the end of development to production, of deployments that stayed"

Totals = Mapping[str, Mapping[str | None, Number | None]]
"""Measure → project (None: all together) → value."""


def span_of_all(desk: Desk) -> tuple[date, date] | None:
    """Whole months from the first record to the present one; None: there is no record."""
    found = span_of(desk.reading, ["deployment", "incident", "interaction"])
    if found is None or found[0] > desk.reading.today:
        return None
    return found[0].replace(day=1), add_months(desk.reading.open_month, 1)


def totals(desk: Desk) -> Totals:
    """Of all time, together and by project."""
    span = span_of_all(desk)
    if span is None:
        return {}
    whole = metrics(desk, list(COUNTED), grain=Grain.ALL, span=span)
    parts = metrics(desk, list(COUNTED), grain=Grain.ALL, span=span, by="project")
    return {
        table.metric: {row.project: row.value for row in (*table.rows, *part.rows)}
        for table, part in zip(whole, parts, strict=True)
    }


def counters(found: Totals, projects: Sequence[str], workspace: Workspace) -> tuple[Family, ...]:
    """The families of `totals`."""
    made = []
    for measure, (name, text) in COUNTED.items():
        of, said = found.get(measure, {}), text.format(currency=workspace.currency)
        made.append(counter(f"{name}_total", f"{said}.", ((), of.get(None))))
        made.append(counter(f"{name}_by_project_total", f"By project: {said}.",
                            *((labels_of(one, workspace), of.get(one)) for one in projects)))  # fmt: skip
    return tuple(made)


def durations(desk: Desk, projects: Sequence[str], until: date | None = None) -> tuple[Family, ...]:
    """How long deployments took, up to the day before `until`; nothing where none says so."""
    known = [one for one in times_to_production(desk) if until is None or one.day < until]
    return distributions(known, projects, desk.workspace)


def distributions(known: Sequence[Took], projects: Sequence[str], workspace: Workspace) -> tuple[Family, ...]:
    """The families of some deployments' times."""
    each: dict[str, list[Took]] = {}
    for one in known:
        each.setdefault(one.project, []).append(one)
    whole = [observed((), DAYS, [one.days for one in known])] if known else []
    return (
        histogram(TIMES, f"{TIMES_WORDS}.", DAYS, *whole),
        histogram(f"{TIMES}_by_project", f"By project: {TIMES_WORDS}.", DAYS, *(
            observed(labels_of(project, workspace), DAYS, [one.days for one in each[project]])
            for project in projects if project in each
        )),
    )  # fmt: skip
