"""Which figures are exposed, and what they are called.

Exposed are the figures that a statement is headed by, value categories, cost lines, every figure that a target or a
key figure names, and every metric marked `expose: true`.
"""

from __future__ import annotations

from breakeven.ledger.catalogue import Figure, figures
from breakeven.ledger.desk import INVESTMENT, NET, ROI, VALUE
from breakeven.workspace.builtins import COST_LINES
from breakeven.workspace.definitions import Workspace

PREFIX = "breakeven_figure_"
"""Before a figure's name: its value in the last complete month."""
OPEN_PREFIX = "breakeven_open_month_figure_"
"""The same in the month that is running, as far as it has come."""
PROJECT_PREFIX = "breakeven_project_figure_"
"""The same as the first, by project and category."""


def exposed(workspace: Workspace) -> tuple[Figure, ...]:
    """The figures that are exposed, in the order of the catalogue."""
    known = figures(workspace)
    definitions = workspace.methodology.definitions
    wanted = {VALUE, INVESTMENT, NET, ROI, *COST_LINES, *(made.name for made in workspace.methodology.values())}
    wanted |= {target.metric for target in workspace.targets}
    wanted |= {ref.figure for refs in workspace.key_figures.values() for ref in refs}
    wanted |= {name for name, made in definitions.items() if made.expose}
    return tuple(one for name, one in known.items() if name in wanted)


def words(one: Figure, currency: str, when: str) -> str:
    """What a figure's metric is, for people: label, description, unit and time."""
    unit = one.unit.replace("money", currency)
    said = one.label if not one.description else f"{one.label}: {one.description.rstrip('.')}"
    return f"{said}; {unit if unit != '1' else 'a number'}, {when}."
