"""Why a figure is unknown, or what its value does not include, in one sentence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pyarrow.compute as pc

from breakeven.formula import why_null
from breakeven.ledger.books.cost_lines import LINE_MEASURES
from breakeven.ledger.books.evaluate import Level, leaves
from breakeven.ledger.measuring.grid import Sheet, assumption_gap, measure_gap
from breakeven.ledger.measuring.measures import MISSING, OF, RATE
from breakeven.measures import MEASURES
from breakeven.workspace.definitions import Definition, Workspace

BY_MONTH = "is made per month"
"""Reason of a figure that is asked for at a finer level than it is made at."""
MOST = 3
"""Reasons that are said of one figure."""


def gap(level: Level, name: str, row: int) -> str | None:
    """Why a figure is unknown in a row of a level, or what its value does not include; None if it is complete."""
    if name in level.monthly:
        return BY_MONTH
    if name in MEASURES:
        return measure_gap(level.sheet, name, row)
    workspace = level.workspace
    if name in workspace.assumptions:
        known = level.sheet.value(name, row) is not None
        return None if known else assumption_gap(level.sheet, workspace.assumptions[name], row)
    if level.summed(name):
        if (name, row) not in level.gaps:
            level.gaps[name, row] = _summed_gap(level, name, row)
        return level.gaps[name, row]
    value = level.sheet.value(name, row)
    inputs = level.definitions[name].expression.names
    if value is not None:
        return joined(_part_gap(level, part, row) for part in inputs if part not in workspace.assumptions)
    if any(part in level.monthly for part in inputs):
        return BY_MONTH
    unknown = [part for part in inputs if level.sheet.value(part, row) is None]
    said = joined(_part_gap(level, part, row) for part in unknown)
    return said or _undefined(level.definitions[name], level.sheet, row)


def _part_gap(level: Level, name: str, row: int) -> str | None:
    reason = gap(level, name, row)
    named = reason and reason != BY_MONTH and level.summed(name) and name not in reason
    return f"{name}: {reason}" if named else reason


def joined(reasons: Iterable[str | None]) -> str | None:
    """Different reasons as one text, at most three of them."""
    different = list(dict.fromkeys(part for reason in reasons if reason for part in reason.split("; ")))
    more = f"; and {len(different) - MOST} more" if len(different) > MOST else ""
    return "; ".join(different[:MOST]) + more or None


def row_gap(sheet: Sheet, workspace: Workspace, name: str, row: int) -> str:
    """Why a figure of stage 1 is unknown in one month and project."""
    if name in workspace.assumptions:
        return assumption_gap(sheet, workspace.assumptions[name], row)
    if name in LINE_MEASURES:
        if name == "cost_implementation":
            return "no implementation cost is planned"
        if name == "cost_allocated" and sheet.reading.presence("cost").first is not None:
            return "no pool has cost in these months"
        return row_gap(sheet, workspace, LINE_MEASURES[name][0], row)
    if name in MEASURES and name in sheet.columns:
        return measure_gap(sheet, name, row) or "not measured"
    if name in MEASURES:
        return silence(sheet, MEASURES[name].relation)
    definition = workspace.methodology.definitions[name]
    unknown = [part for part in definition.expression.names if sheet.value(part, row) is None]
    if unknown:
        return row_gap(sheet, workspace, unknown[0], row)
    return _undefined(definition, sheet, row)


def silence(sheet: Sheet, relation: str) -> str:
    """Why a kind of fact says nothing about a month."""
    kind, first = relation.replace("_", " "), sheet.reading.presence(relation).first
    return f"not measured: {kind} records start on {first}" if first else f"not measured: no {kind} has been recorded"


def _undefined(definition: Definition, sheet: Sheet, row: int) -> str:
    values = {part: sheet.value(part, row) for part in definition.expression.names}
    return why_null(definition.expression, values) or f"{definition.name} is undefined"


def _summed_gap(level: Level, name: str, row: int) -> str | None:
    source, parts = level.source, level.part_rows[row]
    if source is None:
        return None
    cell = level.grid.cells[level.grid.rows[row][0]]
    if not parts:
        if cell.first > source.reading.today:
            return f"{cell.name} lies in the future"
        return f"no record reaches back to {cell.name}"
    said = [_unknown_parts(level, source, name, parts)]
    said += [_unseen(source, leaf, parts) for leaf in level.leaves(name)]
    return joined(said)


def _unknown_parts(level: Level, source: Sheet, name: str, parts: Sequence[int]) -> str | None:
    book = level.book
    if name == "cost_implementation" or (name == "cost_allocated" and level.sheet.value(name, 0) is not None):
        return None
    nulls = source.unknown(name)
    if not nulls:
        return None
    counted = [row for row in parts if book is None or book.expected[row]] or list(parts)
    unknown = [row for row in counted if row in nulls]
    if not unknown:
        return None
    why = row_gap(source, level.workspace, name, unknown[0])
    if len(unknown) == len(counted):
        return why
    return f"unknown for {len(unknown)} of {len(counted)} {'months of projects' if book else 'parts'}: {why}"


def left_out(sheet: Sheet, workspace: Workspace, name: str, row: int) -> str | None:
    """What the known value of a figure of stage 1 does not include in one month and project."""
    return joined(_unseen(sheet, leaf, [row]) for leaf in leaves(name, workspace))


def _unseen(source: Sheet, measure: str, parts: Sequence[int]) -> str | None:
    """What a measure could not see in some rows together."""
    if source.incomplete(measure).isdisjoint(parts):
        return None
    missing, of, rate = (source.notes.get(measure + ending) for ending in (MISSING, OF, RATE))
    said = []
    if missing is not None and of is not None:
        unseen = pc.sum(missing.take(parts)).as_py()
        if unseen:
            said.append(f"{unseen} of {pc.sum(of.take(parts)).as_py()} {MEASURES[measure].missing_words}")
    if rate is not None and (lost := pc.min(rate.take(parts)).as_py()):
        said.append(lost)
    return "; ".join(said) or None
