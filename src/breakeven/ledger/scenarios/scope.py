"""What a question about scenarios is about."""

from __future__ import annotations

from typing import Any

import msgspec

from breakeven.errors import UsageProblem
from breakeven.ledger.desk import Desk
from breakeven.ledger.scope import scope_name, scope_of
from breakeven.period import Period


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """Whole months of the portfolio, of one project or of several."""

    period: Period
    project: str | tuple[str, ...] | None = None

    @property
    def sole(self) -> str | None:
        """The project, where it is one."""
        named = (self.project,) if isinstance(self.project, str) else self.project or ()
        return named[0] if len(named) == 1 else None


def check_scope(desk: Desk, scope: Scope) -> tuple[str, ...] | None:
    """The projects of a scope. Raises UsageProblem where it is not of whole months, UnknownName for a project."""
    period = scope.period
    if not desk.window(period.start, period.end).whole_months:
        raise UsageProblem(f"scenarios are made of whole months, {period.name} is not: name a month, quarter or year")
    return scope_of(desk, scope.project)


def about(desk: Desk, scope: Scope) -> dict[str, Any]:
    """What every answer says about its question: the fields of `results.Question`."""
    return {
        "period": scope.period.name, "start": scope.period.start, "end": scope.period.end,
        "scope": scope_name(scope_of(desk, scope.project)), "currency": desk.workspace.currency,
        "data_version": desk.reading.moment.versions.data, "methodology": desk.workspace.methodology.version,
        "made_at": desk.reading.now,
    }  # fmt: skip
