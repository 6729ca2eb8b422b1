"""Benefits that several projects claim: shared by declared weights, and counted up to the pool's baseline.

In a month the claimants of a pool share by weight: a claim counts at claim × weight ÷ sum of the claimants' weights,
so that the same benefit claimed by all counts once; a sole claimant counts in full. What the pool then exceeds its
baseline by is taken off in proportion. A claim of zero or less is not a claimant and stays as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import ROUND_FLOOR, Decimal, localcontext
from fractions import Fraction

import pyarrow as pa

from breakeven.ledger.measuring.grid import Sheet, assumption_day, prorated
from breakeven.ledger.measuring.measures import DECIMAL
from breakeven.ledger.numbers import tidy
from breakeven.ledger.sharing.allocate import EXACT, ran
from breakeven.ledger.window import Cell
from breakeven.money import CENT
from breakeven.workspace.definitions import BenefitPool, Workspace

CLAIMED = "?claimed"
"""Ending of the sheet's notes with a category as it was before it was shared."""


def shared_benefits(
    workspace: Workspace, made: Sheet, months: list[date], category: str, column: pa.Array
) -> tuple[pa.Array, Mapping[int, str]]:
    """The column of a value category with shared claims at what of them counts, and row → what was taken off."""
    pools = [pool for pool in workspace.benefit_pools if pool.category == category]
    if not pools:
        return column, {}
    # A new mapping: sheets that were copied from one another share the old one.
    made.notes = {**made.notes, category + CLAIMED: column}
    values: list[Decimal | None] = column.to_pylist()
    notes: dict[int, str] = {}
    for pool, _, rows, limit in places(workspace, made, months, category):
        claims = {project: value for project, row in rows.items() if (value := values[row]) is not None}
        unknown = sorted(project for project, row in rows.items() if values[row] is None)
        for project, amount in counted(claims, pool.projects, limit).items():
            if amount != claims[project]:
                notes[rows[project]] = words(pool, claims, project, amount, limit, unknown)
                values[rows[project]] = amount
    return (pa.array(values, DECIMAL), notes) if notes else (column, {})


def places(
    workspace: Workspace, made: Sheet, months: list[date], category: str
) -> list[tuple[BenefitPool, int, dict[str, int], Decimal | None]]:
    """Each pool of a category in each month: pool, place of the month, project → row, and what it counts at most."""
    row_of = {place: row for row, place in enumerate(made.grid.rows)}
    keys = {project: key for key, project in enumerate(made.grid.projects)}
    found = []
    for pool in workspace.benefit_pools:
        if pool.category != category:
            continue
        members = {project: keys[project] for project in sorted(pool.projects) if project in keys}
        for cell in range(len(months)):
            rows = {
                project: row_of[cell, key]
                for project, key in members.items()
                if (cell, key) in row_of and ran(workspace.projects.get(project), months[cell])
            }
            found.append((pool, cell, rows, baseline(pool, workspace, made, made.grid.cells[cell])))
    return found


def baseline(pool: BenefitPool, workspace: Workspace, made: Sheet, cell: Cell) -> Decimal | None:
    """What a pool counts at most in a month; an open month gets its elapsed share. None: it has no limit."""
    amount = pool.baseline
    if pool.assumption is not None:
        assumption, day = workspace.assumptions[pool.assumption], assumption_day(cell, made.reading.today)
        scopes = sorted(pool.projects) if assumption.per == "month" else (None,)
        stated = [assumption.on(day, scope) or assumption.on(cell.last - timedelta(days=1), scope) for scope in scopes]
        known = [value.value for value in stated if value is not None]
        amount = sum(known, Decimal(0)) if known else None
    return None if amount is None else prorated(max(amount, Decimal(0)), cell.first, made.reading)


def counted(claims: Mapping[str, Decimal], weights: Mapping[str, Decimal], limit: Decimal | None) -> dict[str, Decimal]:
    """Project → what of its claim counts; claims that are not above zero are left out.

    What is taken off leaves whole cents, by largest remainder; together they are never more than the limit, and none
    is more than its claim. Where all claimants have the weight 0 they share evenly.
    """
    claiming = {project: claim for project, claim in sorted(claims.items()) if claim > 0}
    parts = {project: Fraction(weights[project]) for project in claiming}
    if not any(parts.values()):
        parts = dict.fromkeys(claiming, Fraction(1))
    total = sum(parts.values(), Fraction(0))
    exact = {project: Fraction(claim) * parts[project] / total for project, claim in claiming.items()}
    whole = sum(exact.values(), Fraction(0))
    if limit is not None and whole > limit:
        exact = {project: part * Fraction(limit) / whole for project, part in exact.items()}
    if all(part == claiming[project] for project, part in exact.items()):
        return claiming
    return _in_cents(exact, claiming)


def _in_cents(exact: Mapping[str, Fraction], claims: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """Parts in whole cents that add up to their sum rounded down; a part that did not change stays as it is."""
    kept = {project: claims[project] for project, part in exact.items() if part == claims[project]}
    units = {project: part * 100 for project, part in exact.items() if project not in kept}
    made = {project: int(part // 1) for project, part in units.items()}
    left = int(sum(units.values(), Fraction(0)) // 1) - sum(made.values())
    with localcontext(EXACT):
        most = {project: int((claims[project] / CENT).to_integral_value(ROUND_FLOOR)) for project in units}
        for project in sorted(units, key=lambda name: (made[name] - units[name], name)):
            if left and made[project] < most[project]:
                made[project] += 1
                left -= 1
        return {project: kept[project] if project in kept else made[project] * CENT for project in sorted(exact)}


def words(
    pool: BenefitPool, claims: Mapping[str, Decimal], project: str, amount: Decimal, limit: Decimal | None,
    unknown: list[str],
) -> str:  # fmt: skip
    """What was taken off a claim, and why."""
    claiming = [name for name in sorted(claims) if claims[name] > 0]
    said = f"{tidy(amount)} of {tidy(claims[project])} counts, in benefit pool {pool.name}"
    if len(claiming) > 1:
        total = sum((pool.projects[name] for name in claiming), Decimal(0))
        said += f": weight {pool.projects[project]} of {total} with {', '.join(n for n in claiming if n != project)}"
    uncapped = counted(claims, pool.projects, None)
    if limit is not None and sum(uncapped.values()) > limit:
        said += f"; capped at the baseline of {tidy(limit)}"
    if unknown:
        said += f"; the claim of {', '.join(unknown)} is unknown"
    return said
