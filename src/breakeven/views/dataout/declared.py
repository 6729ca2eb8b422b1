"""Projects as a table."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from breakeven.ledger.desk import Desk
from breakeven.views.dataout.cells import exact
from breakeven.views.dataout.tables import DAY, MONEY, TEXT, YES_NO, Asked, Column, Table, batches

COLUMNS = (
    Column("project", TEXT, "Id of the project."),
    Column("name", TEXT, "What pages call it."),
    Column("declared", YES_NO, "false: facts name it, the workspace does not."),
    Column("category", TEXT, "customer_service, process_automation, predictive_analytics or platform."),
    Column("owner", TEXT, "Who answers for it."),
    Column("stage", TEXT, "Where it stands."),
    Column("start", DAY, "First day."),
    Column("end", DAY, "Last day."),
    Column("budget", MONEY, "Budget per month in currency; null: none is stated."),
    Column("currency", TEXT, "Currency of the budget."),
)


def _projects(desk: Desk, asked: Asked) -> Iterator[pa.RecordBatch]:
    currency, rows = desk.workspace.currency, []
    for name in desk.known_projects():
        if asked.project not in (None, name):
            continue
        known = desk.workspace.projects.get(name)
        if known is None:
            rows.append({"project": name, "name": name, "declared": False, "currency": currency})
        else:
            rows.append({
                "project": name, "name": known.name, "declared": True, "category": known.category,
                "owner": known.owner, "stage": known.stage, "start": known.start, "end": known.end,
                "budget": exact(known.budget), "currency": currency,
            })  # fmt: skip
    return batches(COLUMNS, rows)


PROJECTS = Table(
    name="projects", columns=COLUMNS, rows=_projects,
    description="Projects that are declared, and those that only facts name.",
)  # fmt: skip
