"""What is supposed: changes of assumptions, as people write them, and the workspace that they make.

    hourly_rate=180                every stated value becomes 180, dated ones and those of single projects too
    hourly_rate=+10%               every stated value ten percent up; -10% down
    hourly_rate=*1.2               every stated value times 1.2
    hourly_rate@support-bot=180    in this project only, from the first day on which a value is stated

Changes apply one after the other. The files of the workspace are not touched.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Literal

import msgspec

from breakeven.errors import UnknownName, UsageProblem
from breakeven.facts import UNASSIGNED
from breakeven.ledger.numbers import EXACT
from breakeven.workspace.assumptions import ALWAYS
from breakeven.workspace.definitions import Assumption, AssumptionValue, Record, Workspace

_TEXT = re.compile(r"\s*([^=@\s]+)(?:@([^=@\s]+))?\s*=\s*(.*?)\s*", re.DOTALL)
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)")
_STEP, _LARGEST = Decimal("1e-12"), Decimal(10) ** 20
FORMS = "hourly_rate=180, hourly_rate=+10%, hourly_rate=*1.2, hourly_rate@PROJECT=180"
"""The ways to write a change, for help and errors."""


class Change(Record, frozen=True, kw_only=True):
    """One assumption, supposed to be another one."""

    name: str
    project: str | None = None
    """Only in this project; None: wherever it is stated."""
    value: Decimal | None = None
    """What it is supposed to be."""
    times: Decimal | None = None
    """What it is supposed to be multiplied by."""
    end: Literal["low", "high"] | None = None
    """Each value at this end of its range; a value without a range stays (tornado only)."""
    text: str
    """As it was written, without blanks: hourly_rate@support-bot=+10%."""

    def of(self, stated: AssumptionValue) -> AssumptionValue:
        """A stated value as it is supposed to be. A range moves with a relative change and is given up otherwise."""
        if self.times is None:
            end = stated.low if self.end == "low" else stated.high
            end = stated.value if end is None or stated.distribution == "fixed" else end
            value = self.value if self.end is None else end
            return msgspec.structs.replace(stated, value=value, low=None, high=None, distribution="fixed")
        value, low, high = (
            None if n is None else _times(n, self.times) for n in (stated.value, stated.low, stated.high)
        )
        if self.times < 0:
            low, high = high, low
        return msgspec.structs.replace(stated, value=value, low=low, high=high)


def read_change(text: str) -> Change:
    """One change. Raises UsageProblem for a text that is none."""
    found = _TEXT.fullmatch(text)
    if not found or not found[3]:
        raise UsageProblem(f"{text!r} is not a change: write {FORMS}")
    name, project, said = found[1], found[2], found[3].replace(" ", "").replace("\N{MINUS SIGN}", "-")
    short = f"{name}{f'@{project}' if project else ''}={said}"
    if said.endswith("%"):
        if said[0] not in "+-":
            raise UsageProblem(
                f"{short}: write +{said} or -{said} for a relative change, and a share as a plain number"
            )
        times = (100 + _number(said[:-1], short)) / 100
        return Change(name=name, project=project, times=times, text=short)
    if said[0] == "*":
        return Change(name=name, project=project, times=_number(said[1:], short), text=short)
    if said[0] == "+":
        raise UsageProblem(f"{short}: write {said[1:]} for a new value, {said}% for a relative change")
    return Change(name=name, project=project, value=_number(said, short), text=short)


def _number(text: str, change: str) -> Decimal:
    if not _NUMBER.fullmatch(text):
        raise UsageProblem(f"{change}: {text!r} is not a number; write {FORMS}")
    number = Decimal(text)
    if abs(number) >= _LARGEST or number != number.quantize(_STEP, context=EXACT):
        raise UsageProblem(f"{change}: give a number below 10^20 with at most 12 decimals")
    return number


def _times(number: Decimal, times: Decimal) -> Decimal:
    product = EXACT.multiply(number, times).quantize(_STEP, context=EXACT)
    if abs(product) >= _LARGEST:
        raise UsageProblem(f"{number} times {times} is too large")
    return product


def supposed(workspace: Workspace, changes: Sequence[Change]) -> Workspace:
    """The workspace with its assumptions changed. Raises UnknownName for an assumption or project, UsageProblem."""
    assumptions = dict(workspace.assumptions)
    for change in changes:
        if change.name not in assumptions:
            raise UnknownName("assumption", change.name, assumptions)
        if change.project is not None and change.project not in workspace.projects and change.project != UNASSIGNED:
            raise UnknownName("project", change.project, [*workspace.projects, UNASSIGNED])
        assumptions[change.name] = changed(assumptions[change.name], change)
    return msgspec.structs.replace(workspace, assumptions=assumptions)


def changed(assumption: Assumption, change: Change) -> Assumption:
    """An assumption as it is supposed to be. Raises UsageProblem where there is nothing to change."""
    if change.project is None:
        values = [change.of(value) for value in assumption.values] or _first(assumption, change)
    else:
        others = [value for value in assumption.values if value.project != change.project]
        values = [*others, *_own(assumption, change, change.project)]
    ordered = sorted(values, key=lambda value: (value.start, value.project or ""))
    return msgspec.structs.replace(assumption, values=tuple(ordered))


def _first(assumption: Assumption, change: Change) -> list[AssumptionValue]:
    """The value of an assumption that nobody has stated yet."""
    if change.value is None:
        raise UsageProblem(f"{change.text}: {assumption.name} is not stated yet: give it a value")
    if assumption.per is not None and change.project is None:
        name = f"{assumption.name}@PROJECT={change.value}"
        raise UsageProblem(
            f"{assumption.name} is an amount per month and project, and no project states it: write {name}"
        )
    return [AssumptionValue(value=change.value, start=ALWAYS, project=change.project)]


def _own(assumption: Assumption, change: Change, project: str) -> Iterable[AssumptionValue]:
    """The values of one project: from each day on which what holds for it changes."""
    starts = sorted({value.start for value in assumption.values if value.project in (None, project)})
    if not starts:
        return _first(assumption, change)
    if change.value is not None:
        return [AssumptionValue(value=change.value, start=starts[0], project=project)]
    found = ((start, assumption.on(start, project)) for start in starts)
    return [msgspec.structs.replace(change.of(value), start=start, project=project) for start, value in found if value]
