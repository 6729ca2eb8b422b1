"""Projects that records name and nobody declared: their records count as `unassigned` until somebody does."""

from __future__ import annotations

from collections.abc import Mapping

from breakeven.facts import KINDS, UNASSIGNED, columns
from breakeven.ledger.desk import Desk
from breakeven.ledger.results import Result
from breakeven.store.rollups import MONTH
from breakeven.store.schema import INTERACTION, OUTCOME

NAMING = tuple(
    kind for kind in KINDS if kind not in (INTERACTION, OUTCOME) and any(one.name == "project" for one in columns(kind))
)
"""Kinds of fact that count in the project they name, and are small."""


class Named(Result, frozen=True, kw_only=True):
    """A project that only records name."""

    project: str
    records: Mapping[str, int]
    """Kind of fact → number of its records (interactions: their number)."""

    @property
    def total(self) -> int:
        """All records."""
        return sum(self.records.values())


def undeclared(desk: Desk) -> tuple[Named, ...]:
    """Those projects, the one with most records first; kept until a fact changes that could name one."""
    versions = desk.reading.moment.versions.by_kind
    known = tuple(versions.get(kind, 0) for kind in (INTERACTION, *NAMING))
    found: tuple[Named, ...] = desk.reading.cache.get(("undeclared",), known, lambda: _undeclared(desk))
    return found


def _undeclared(desk: Desk) -> tuple[Named, ...]:
    parts = [f"SELECT '{kind}' AS kind, project, count(*) AS n FROM {kind} GROUP BY project" for kind in NAMING]
    parts.append(f"SELECT '{INTERACTION}', project, sum(n) FROM {MONTH.name} GROUP BY project")
    declared = {*desk.workspace.projects, UNASSIGNED}
    found: dict[str, dict[str, int]] = {}
    for row in desk.reading.moment.query(" UNION ALL ".join(parts)).to_pylist():
        if row["project"] is not None and row["project"] not in declared:
            found.setdefault(row["project"], {})[row["kind"]] = int(row["n"])
    made = (Named(project=name, records=dict(sorted(records.items()))) for name, records in found.items())
    return tuple(sorted(made, key=lambda one: (-one.total, one.project)))
