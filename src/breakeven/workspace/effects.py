"""What is measured instead of assumed, checked against the figures: experiments, and what values rest on."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from breakeven.errors import Problem
from breakeven.measures import MEASURES
from breakeven.workspace.assumptions import Reader, check_effects
from breakeven.workspace.builtins import BUILTINS, COST_LINES
from breakeven.workspace.definitions import Assumption, Definition, Experiment
from breakeven.workspace.document import Node
from breakeven.workspace.experiments import Known, read_experiments
from breakeven.workspace.methodology import Figures
from breakeven.workspace.projects import Written
from breakeven.workspace.resting import Allowed, check_rests, directed


def read_effects(
    node: Node, currency: str, written: Written, reader: Reader, assumptions: Mapping[str, Assumption],
    figures: Figures, definitions: Mapping[str, Definition], problems: list[Problem],
) -> dict[str, Experiment]:  # fmt: skip
    """The content of experiments.yaml; the projects in `written` learn which way of a figure is good."""
    units = {name: measure.unit for name, measure in MEASURES.items()}
    units |= {name: BUILTINS[name].unit for name in COST_LINES} | dict.fromkeys(figures.names, "")
    units |= {name: definition.unit for name, definition in definitions.items()}
    directions = dict.fromkeys(units, "up") | {name: measure.direction for name, measure in MEASURES.items()}
    directions |= {name: str(BUILTINS[name].direction) for name in COST_LINES}
    directions |= {name: str(definition.direction) for name, definition in definitions.items()}
    values = [name for name, definition in definitions.items() if definition.section == "value"]
    known = Known(currency=currency, projects=written.projects, figures=units,
                  measured=depending(definitions, reader.standing))  # fmt: skip
    experiments = read_experiments(node, known, problems)
    check_effects(reader.standing, assumptions, experiments, _written(node))
    allowed = Allowed(categories=values, directions=directions, circular=depending(definitions, values))
    check_rests(written.rests, allowed, problems)
    written.projects = {name: directed(project, directions) for name, project in written.projects.items()}
    return experiments


def depending(definitions: Mapping[str, Definition], on: Iterable[str]) -> Collection[str]:
    """The given names and all definitions that need one of them, whatever the way there."""
    found = set(on)
    for name, definition in definitions.items():  # each after those it needs
        if not found.isdisjoint(definition.expression.names):
            found.add(name)
    return found


def _written(node: Node) -> Collection[str]:
    """Names of all experiments, right or wrong."""
    content = node.value.get("experiments") if isinstance(node.value, dict) else None
    return list(content.value) if content is not None and isinstance(content.value, dict) else []
