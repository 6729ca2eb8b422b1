"""What if an assumption were another one: the statement as it is beside what it would be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal

from breakeven.errors import UsageProblem
from breakeven.ledger.books.closure import inputs_of
from breakeven.ledger.books.evaluate import Ask
from breakeven.ledger.desk import Desk, headline_columns
from breakeven.ledger.measuring.grid import assumption_day
from breakeven.ledger.numbers import tidy, tidy_or_none
from breakeven.ledger.scenarios.amounts import TOTALS, Amounts, amounts, labels
from breakeven.ledger.scenarios.changes import FORMS, Change
from breakeven.ledger.scenarios.results import Difference, Supposition, WhatIf
from breakeven.ledger.scenarios.scope import Scope, about, check_scope
from breakeven.ledger.scenarios.supposed import SupposedDesk
from breakeven.ledger.statement import returns_of
from breakeven.ledger.window import cells
from breakeven.period import Grain
from breakeven.workspace.definitions import Assumption, AssumptionValue, Workspace


def what_if(desk: Desk, changes: Sequence[Change], scope: Scope, *, by_project: bool = False) -> WhatIf:
    """The statement of a scope under some changes, beside the present one.

    The supposed figures are those that the workspace would give if its files were edited so. Raises UnknownName for an
    assumption or project, UsageProblem for a period that is not of whole months or a change that cannot be made.
    """
    if not changes:
        raise UsageProblem(f"nothing is supposed: write {FORMS}")
    check_scope(desk, scope)
    other = SupposedDesk(desk, changes)
    return WhatIf(
        **about(desk, scope),
        changes=tuple(suppositions(desk, other, changes, scope)),
        figures=differences(desk.workspace, amounts(desk, scope), amounts(other, scope)),
        projects=_by_project(desk, other, scope) if by_project else None,
    )


def differences(workspace: Workspace, before: Amounts, after: Amounts) -> dict[str, Difference]:
    """All amounts of two statements of the same scope, side by side."""
    words, found = labels(workspace), {}
    for name, was in before.known.items():
        reason = after.reasons.get(name) or before.reasons.get(name)
        found[name] = difference(*words[name], was, after.known[name], reason)
    return found


def difference(
    label: str, unit: str, was: Decimal | None, would: Decimal | None, reason: str | None = None
) -> Difference:
    """Two amounts side by side; the reason counts where one of them is unknown."""
    if was is None or would is None:
        return Difference(label=label, unit=unit, before=was, after=would, change=None, reason=reason)
    return Difference(label=label, unit=unit, before=was, after=would, change=tidy(would - was))


def _by_project(desk: Desk, other: SupposedDesk, scope: Scope) -> Mapping[str, Mapping[str, Difference]]:
    """Value, investment, net value and ROI of each project, before and after."""
    words = labels(desk.workspace)
    before, after = (_projects(each, scope) for each in (desk, other))
    return {
        project: {name: difference(*words[name], was[name], after[project][name]) for name in was}
        for project, was in before.items()
    }


def _projects(desk: Desk, scope: Scope) -> dict[str, dict[str, Decimal | None]]:
    span = desk.window(scope.period.start, scope.period.end)
    ask = Ask(names=desk.headline(), span=span, grain=Grain.ALL, dims=("project",), projects=check_scope(desk, scope),
              name=scope.period.name)  # fmt: skip
    level = desk.level(ask)
    values, costs = headline_columns(level)
    found = {}
    for row, (_, key) in enumerate(level.grid.rows):
        net, roi = returns_of(level, values[row], costs[row], row)
        shown = zip(TOTALS, (values[row], costs[row], net[0], roi[0]), strict=True)
        found[str(level.grid.projects[key])] = {name: tidy_or_none(amount) for name, amount in shown}
    return found


def suppositions(desk: Desk, other: Desk, changes: Sequence[Change], scope: Scope) -> Iterator[Supposition]:
    """Each change with the value before and after it, and what is unusual about it."""
    used = inputs_of(desk.workspace.methodology.definitions)
    for change in changes:
        was, would = (each.workspace.assumptions[change.name] for each in (desk, other))
        before, after = (in_force(each, desk, scope, change.project) for each in (was, would))
        remarks = [] if change.name in used else ["no figure uses it"]
        remarks += [] if was.values else ["it is not stated so far"]
        yield Supposition(
            name=change.name, label=was.label, unit=was.unit, project=change.project, text=change.text,
            before=None if before is None else tidy(before.value), after=None if after is None else tidy(after.value),
            remark="; ".join([*remarks, *_outside(was, would, desk, scope, change.project)]) or None,
        )  # fmt: skip


def _outside(was: Assumption, would: Assumption, desk: Desk, scope: Scope, project: str | None) -> Iterator[str]:
    """What is said where a supposed value lies outside the range that is declared for it."""
    before, after = (stated(one, desk, scope) for one in (was, would))
    owners = before if project is None else (project,)
    for owner in owners:
        old, new = (found.get(owner, found.get(None)) for found in (before, after))
        if old is None or new is None or old.low is None or old.high is None or old.low <= new.value <= old.high:
            continue
        of = f" of {owner}" if owner else ""
        yield f"{tidy(new.value)} lies outside the declared range{of}, {tidy(old.low)} to {tidy(old.high)}"


def stated(assumption: Assumption, desk: Desk, scope: Scope) -> dict[str | None, AssumptionValue]:
    """The values in force at the end of a scope: the common one (None) and those of single projects."""
    span = desk.window(scope.period.start, scope.period.end)
    (cell,) = cells(span, Grain.ALL, desk.workspace.calendar)
    found: dict[str | None, AssumptionValue] = {}
    for day in (cell.last - timedelta(days=1), assumption_day(cell, desk.reading.today)):
        begun = [value for value in assumption.values if value.start <= day]
        found |= {value.project: value for value in sorted(begun, key=lambda value: value.start)}
    return found


def in_force(assumption: Assumption, desk: Desk, scope: Scope, project: str | None) -> AssumptionValue | None:
    """The value in force at the end of a scope; None: it is not stated, or not the same in all projects."""
    found, owner = stated(assumption, desk, scope), project if project is not None else scope.sole
    if owner is not None:
        return found.get(owner, found.get(None))
    alike = {(value.value, value.low, value.high) for value in found.values()}
    return next(iter(found.values())) if len(alike) == 1 else None
