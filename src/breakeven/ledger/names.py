"""Names that people look for: models and teams, from the registry, releases and the roll-ups of traffic."""

from __future__ import annotations

from collections.abc import Mapping

from breakeven.facts import UNASSIGNED
from breakeven.ledger.desk import Desk
from breakeven.ledger.operations.registered import registered
from breakeven.ledger.results import Result


class Names(Result, frozen=True, kw_only=True):
    """What the facts name."""

    models: Mapping[str, tuple[str, ...]]
    """Model → the projects that use it."""
    teams: tuple[str, ...]


def names(desk: Desk) -> Names:
    """Models and teams that facts name, in the order of the alphabet; kept until one of their facts changes."""
    versions = desk.reading.moment.versions.by_kind
    kinds = ("interaction", "deployment", "model_state", "evaluation", "activity", "survey", "benefit")
    return desk.reading.cache.get(("names",), tuple(versions.get(kind, 0) for kind in kinds), lambda: _names(desk))


def _names(desk: Desk) -> Names:
    query, declared = desk.reading.moment.query, desk.workspace.projects
    models: dict[str, dict[str, None]] = {
        name: dict.fromkeys(one.projects) for name, one in registered(desk).items() if name
    }
    for row in query("SELECT DISTINCT model, project FROM interaction_month WHERE model IS NOT NULL").to_pylist():
        project = row["project"] if row["project"] in declared else UNASSIGNED
        models.setdefault(row["model"], {})[project] = None
    parts = (
        f"SELECT DISTINCT team FROM {table} WHERE team IS NOT NULL"
        for table in ("interaction_month", "activity", "survey", "benefit")
    )
    teams = [row["team"] for row in query(" UNION ".join(parts)).to_pylist()]
    return Names(
        models={name: tuple(sorted(models[name])) for name in sorted(models)},
        teams=tuple(sorted({*teams, *desk.workspace.teams})),
    )
