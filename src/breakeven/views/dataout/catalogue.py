"""All tables by name, and the views that a database of them has."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from breakeven.errors import UnknownName
from breakeven.views.dataout.declared import PROJECTS
from breakeven.views.dataout.entries import ENTRIES
from breakeven.views.dataout.focus import FOCUS
from breakeven.views.dataout.interactions import INTERACTIONS
from breakeven.views.dataout.metrics import CATALOGUE, METRICS
from breakeven.views.dataout.statement import STATEMENT
from breakeven.views.dataout.tables import Table

TABLES: Mapping[str, Table] = {
    one.name: one for one in (STATEMENT, METRICS, CATALOGUE, ENTRIES, PROJECTS, INTERACTIONS, FOCUS)
}


class View(msgspec.Struct, frozen=True, kw_only=True):
    """A question over the tables that a database keeps under a name."""

    name: str
    description: str
    select: str


VIEWS = (
    View(name="cost_entries", description="Entries of cost.", select="SELECT * FROM entries WHERE side = 'cost'"),
    View(name="benefit_entries", description="Entries of value.", select="SELECT * FROM entries WHERE side = 'value'"),
    View(
        name="portfolio_monthly", description="The statement of the portfolio by month.",
        select="SELECT * EXCLUDE (project) FROM statement_monthly WHERE project IS NULL",
    ),
    View(
        name="project_monthly", description="The statement of each project by month, with what is declared of it.",
        select="SELECT s.*, p.name, p.category, p.owner, p.stage, p.budget FROM statement_monthly AS s"
        " LEFT JOIN projects AS p USING (project) WHERE s.project IS NOT NULL",
    ),
)  # fmt: skip


def table(name: str) -> Table:
    """A table by its name. Raises UnknownName with the valid ones."""
    if name not in TABLES:
        raise UnknownName("table", name, TABLES)
    return TABLES[name]
