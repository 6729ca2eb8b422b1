"""What if an assumption were another one: the statement as it is beside what it would be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from breakeven.errors import UsageProblem
from breakeven.ledger.catalogue import figures
from breakeven.ledger.closure import closure, inputs_of
from breakeven.ledger.desk import INVESTMENT, NET, ROI, VALUE, Desk, headline_columns
from breakeven.ledger.evaluate import Ask
from breakeven.ledger.grid import assumption_day
from breakeven.ledger.numbers import tidy, tidy_or_none
from breakeven.ledger.results import Statement
from breakeven.ledger.scenarios.changes import FORMS, Change
from breakeven.ledger.scenarios.figures import Scope, check_scope
from breakeven.ledger.scenarios.results import Difference, Supposition, WhatIf
from breakeven.ledger.scenarios.supposed import SupposedDesk
from breakeven.ledger.statement import statement
from breakeven.ledger.window import cells
from breakeven.period import Grain
from breakeven.workspace.definitions import Assumption, AssumptionValue, Workspace

_TOTALS = {"total_value": VALUE, "investment": INVESTMENT, "net_value": NET, "roi_percent": ROI,
           "cumulative_roi_percent": "cumulative_roi_percent", "payback_months": "payback_months",
           "run_rate": "run_rate"}  # fmt: skip
"""Field of a statement → the figure that it shows."""
_WORDS = {VALUE: ("Value", "money"), INVESTMENT: ("Investment", "money"), NET: ("Net value", "money"),
          ROI: ("ROI", "%"), "cost_unallocated": ("Unallocated cost", "money")}  # fmt: skip
"""Label and unit of totals that a methodology does not define."""


def what_if(desk: Desk, changes: Sequence[Change], scope: Scope, *, by_project: bool = False) -> WhatIf:
    """The statement of a scope under some changes, beside the present one.

    The supposed figures are those that the workspace would give if its files were edited so. Raises UnknownName for an
    assumption or project, UsageProblem for a period that is not of whole months or a change that cannot be made.
    """
    if not changes:
        raise UsageProblem(f"nothing is supposed: write {FORMS}")
    check_scope(desk, scope)
    other = SupposedDesk(desk, changes)
    before, after = (statement(each, scope.period, scope.project) for each in (desk, other))
    return WhatIf(
        **question(before),
        changes=tuple(_suppositions(desk, other, changes, scope)),
        figures=differences(desk.workspace, before, after),
        projects=_by_project(desk, other, scope) if by_project else None,
    )


def question(made: Statement) -> dict[str, Any]:
    """What an answer says about the question, from the statement it is made of."""
    return {
        "period": made.period, "start": made.start, "end": made.end, "scope": made.scope, "currency": made.currency,
        "data_version": made.data_version, "methodology": made.methodology, "made_at": made.made_at,
    }  # fmt: skip


def differences(workspace: Workspace, before: Statement, after: Statement) -> dict[str, Difference]:
    """All figures of two statements of the same scope, side by side."""
    known = figures(workspace)
    reasons = {unknown.figure: unknown.reason for made in (before, after) for unknown in made.unknown}
    found = {}
    for name, was, would in _pairs(before, after):
        figure = _TOTALS.get(name, name)
        label, unit = (known[figure].label, known[figure].unit) if figure in known else _WORDS[figure]
        found[name] = difference(label, unit, was, would, reasons.get(figure))
    return found


def difference(label: str, unit: str, was: Decimal | None, would: Decimal | None, reason: str | None) -> Difference:
    """Two amounts side by side; the reason counts where one of them is unknown."""
    if was is None or would is None:
        return Difference(label=label, unit=unit, before=was, after=would, change=None, reason=reason)
    return Difference(label=label, unit=unit, before=was, after=would, change=tidy(would - was))


def _pairs(before: Statement, after: Statement) -> Iterator[tuple[str, Decimal | None, Decimal | None]]:
    for name in before.value:
        yield name, before.value[name], after.value[name]
    for name in before.cost:
        yield f"cost_{name}", before.cost[name], after.cost[name]
    for name in _TOTALS:
        yield name, getattr(before, name), getattr(after, name)


def _by_project(desk: Desk, other: SupposedDesk, scope: Scope) -> Mapping[str, Mapping[str, Difference]]:
    """Value, investment, net value and ROI of each project, before and after."""
    before, after = (_projects(each, scope) for each in (desk, other))
    return {
        project: {name: difference(*_WORDS[name], was[name], after[project][name], None) for name in was}
        for project, was in before.items()
    }


def _projects(desk: Desk, scope: Scope) -> dict[str, dict[str, Decimal | None]]:
    span = desk.window(scope.period.start, scope.period.end)
    level = desk.level(
        Ask(names=desk.headline(), span=span, grain=Grain.ALL, dims=("project",), projects=check_scope(desk, scope),
            name=scope.period.name)
    )  # fmt: skip
    values, costs = headline_columns(level)
    found = {}
    for row, (_, key) in enumerate(level.grid.rows):
        value, cost = values[row], costs[row]
        net = value - cost if value is not None and cost is not None else None
        roi = level.sheet.value(ROI, row) if ROI in level.definitions else None
        found[str(level.grid.projects[key])] = {
            VALUE: tidy_or_none(value), INVESTMENT: tidy_or_none(cost), NET: tidy_or_none(net),
            ROI: tidy_or_none(roi),
        }  # fmt: skip
    return found


def _suppositions(desk: Desk, other: SupposedDesk, changes: Sequence[Change], scope: Scope) -> Iterator[Supposition]:
    used = set(inputs_of(closure(desk.workspace.methodology.definitions, desk.workspace.methodology.definitions)))
    for change in changes:
        was, would = (each.workspace.assumptions[change.name] for each in (desk, other))
        before, after = (in_force(each, desk, scope, change.project) for each in (was, would))
        yield Supposition(
            name=change.name, label=was.label, unit=was.unit, project=change.project, text=change.text,
            before=None if before is None else tidy(before.value), after=None if after is None else tidy(after.value),
            remark=None if change.name in used else "no figure uses it",
        )  # fmt: skip


def in_force(assumption: Assumption, desk: Desk, scope: Scope, project: str | None) -> AssumptionValue | None:
    """The value in force at the end of a scope; None: it is not stated, or not the same in all projects."""
    span = desk.window(scope.period.start, scope.period.end)
    (cell,) = cells(span, Grain.ALL, desk.workspace.calendar)
    days = (assumption_day(cell, desk.reading.today), cell.last - timedelta(days=1))
    owner = project if project is not None else scope.project
    if owner is not None:
        return next((found for day in days if (found := assumption.on(day, owner))), None)
    owners = [None, *dict.fromkeys(value.project for value in assumption.values if value.project is not None)]
    every = [next((value for day in days if (value := assumption.on(day, each))), None) for each in owners]
    stated = [value for value in every if value is not None]
    alike = {(value.value, value.low, value.high) for value in stated}
    return stated[0] if len(alike) == 1 else None
