"""Business cases against what happened: plan, actual, variance, and the forecast to complete.

A plan that was approved is frozen: later changes of projects.yaml are shown as differences and change nothing. Months
that are over are compared with the plan of the same months, so that an early dip that the plan foresees is read as
plan.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from breakeven.errors import UnknownName, UsageProblem
from breakeven.ledger.cases.comparison import Comparison
from breakeven.ledger.cases.plan import approved, declared, differences, frozen
from breakeven.ledger.cases.results import Case
from breakeven.ledger.desk import Desk
from breakeven.ledger.numbers import EXACT, tidy
from breakeven.store.state_approvals import Approval, approvals, put_approval
from breakeven.store.state_audit import person

METHOD = (
    "estimate at completion = actual of the months that are over + plan of the other months × (actual ÷ plan of the"
    " months that are over), for cost and for benefit by itself; from earned-value management,"
    " EAC = AC + (BAC − EV) ÷ CPI with CPI = EV ÷ AC, where EV is the plan of the months that are over"
)
_FINEST = Decimal("1e-12")


def case(desk: Desk, project: str) -> Case:
    """The business case of one declared project. Raises UnknownName."""
    if project not in desk.workspace.projects:
        raise UnknownName("project", project, desk.workspace.projects)
    return _case(desk, project, approvals(desk.state, desk.reading.now).get(project, []))


def cases(desk: Desk) -> tuple[Case, ...]:
    """The business cases of all declared projects."""
    known = approvals(desk.state, desk.reading.now)
    return tuple(_case(desk, project, known.get(project, [])) for project in desk.workspace.projects)


def approve(desk: Desk, project: str, *, by: str, note: str) -> Case:
    """Freeze the plan that projects.yaml states as the project's next approved version.

    Raises UnknownName for the project; UsageProblem without a name, without a plan, and where the plan is the approved
    one already.
    """
    if project not in desk.workspace.projects:
        raise UnknownName("project", project, desk.workspace.projects)
    who = person(by, "approves")
    plan, reason = declared(desk.workspace.projects[project])
    if plan is None:
        raise UsageProblem(reason or "there is no plan")
    before = approvals(desk.state, desk.reading.now).get(project, [])
    if before and not differences(approved(before[0]), plan):
        last = before[0]
        raise UsageProblem(f"the plan of {project} is approved already: version {last.version} by {last.who} on"
                           f" {last.at:%Y-%m-%d}")  # fmt: skip
    content = frozen(plan, desk.workspace.currency)
    made = put_approval(desk.state, project, content, who=who, note=note.strip(), at=desk.reading.now)
    return _case(desk, project, [made, *before])


def _case(desk: Desk, project: str, known: Sequence[Approval]) -> Case:
    declared_plan, reason = declared(desk.workspace.projects[project])
    last = known[0] if known else None
    plan = approved(last) if last is not None else declared_plan
    base = _base(desk, project, last)
    if plan is None:
        return msgspec.structs.replace(base, words=reason or "")
    changes = differences(plan, declared_plan) if last is not None and declared_plan else ()
    if last is not None and declared_plan is None:
        changes = (reason or "",)
    made = Comparison(desk, project, plan)
    status, words = made.judged()
    return msgspec.structs.replace(
        base, status=status, words=words, plan="declared" if last is None else "approved", changes=changes,
        months=made.months(), cost=made.cost, benefit=made.benefit,
        planned_roi_percent=_roi(made.benefit.planned, made.cost.planned),
        forecast_roi_percent=_roi(made.benefit.at_completion, made.cost.at_completion),
        planned_payback=made.planned_payback, forecast_payback=made.forecast_payback,
    )  # fmt: skip


def _base(desk: Desk, project: str, last: Approval | None) -> Case:
    """A case without a plan."""
    of = desk.workspace.projects[project]
    return Case(
        project=project, name=of.name, currency=desk.workspace.currency, status="no plan", words="", plan=None,
        version=last.version if last else None, approved_by=last.who if last else None,
        approved_at=last.at if last else None, note=last.note if last else None,
        declared_approval=of.business_case.approved if of.business_case else None, changes=(), months=(),
        cost=None, benefit=None, planned_roi_percent=None, forecast_roi_percent=None, planned_payback=None,
        forecast_payback=None, method=METHOD, data_version=desk.reading.moment.versions.data,
        methodology=desk.workspace.methodology.version, made_at=desk.reading.now,
    )  # fmt: skip


def _roi(benefit: Decimal, cost: Decimal) -> Decimal | None:
    if cost <= 0:
        return None
    return tidy(EXACT.multiply(EXACT.divide(benefit, cost) - 1, Decimal(100)).quantize(_FINEST, context=EXACT))
