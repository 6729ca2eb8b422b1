"""What is supposed: out of the address of the page, and out of its form.

In the address stand changes as the command line has them (`set=hourly_rate=180`), so that a scenario is a link. The
form has one number for each lever: those that were moved replace the changes of that lever, the others stay as they
were written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation

import msgspec

from breakeven.errors import UnknownName, UsageProblem
from breakeven.ledger.desk import Desk
from breakeven.ledger.scenarios.changes import Change, read_change, supposed
from breakeven.ledger.scenarios.explored import Lever
from breakeven.ledger.scenarios.levers import Key, change_of, key_of, keys, lever, moved
from breakeven.ledger.scenarios.scope import Scope
from breakeven.ledger.scenarios.supposed import SupposedDesk
from breakeven.views.question import Question

SET, LEVER, COMPARE = "set", "lever", "beside"
"""Parameters of the page: a change, a lever of a single project, a saved scenario beside others."""
VALUE = "v."
"""Prefix of a lever's number in the form."""
ADD_NAME, ADD_PROJECT = "add_name", "add_project"
LARGEST = Decimal(10) ** 20
HUNDRED = Decimal(100)


class Fault(msgspec.Struct, frozen=True):
    """What cannot be used of what was asked for."""

    key: str
    """The lever whose number it is; empty: a change in the address, or the project's lever that was added."""
    typed: str
    message: str


class Scenario(msgspec.Struct, frozen=True, kw_only=True):
    """What the page is asked for."""

    changes: tuple[Change, ...] = ()
    also: tuple[Key, ...] = ()
    """Levers of single projects that were added."""
    compare: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()

    @property
    def parameters(self) -> dict[str, str]:
        """The page's own parameters; several of one name stand in lines."""
        found = {SET: [change.text for change in self.changes], COMPARE: list(self.compare),
                 LEVER: [name_of(key) for key in self.also]}  # fmt: skip
        return {name: "\n".join(values) for name, values in found.items() if values}


def name_of(key: Key) -> str:
    """A lever as it is written."""
    return key.name if key.project is None else f"{key.name}@{key.project}"


def scope_of_page(question: Question) -> Scope:
    """The months and projects that the page is about."""
    return Scope(period=question.period, project=question.projects)


def asked(question: Question) -> Scenario:
    """The scenario in the page's address; what cannot be used is left out and said."""
    given, desk = question.given, question.desk
    changes, faults = list[Change](), list[Fault]()
    for text in given.get(SET, "").splitlines():
        try:
            change = read_change(text)
            supposed(desk.workspace, [*changes, change])
        except UsageProblem as error:
            faults.append(Fault("", text, sentence(error)))
        else:
            changes.append(change)
    also, wrong = _levers(desk, given.get(LEVER, "").splitlines())
    return Scenario(changes=tuple(changes), also=also, compare=tuple(given.get(COMPARE, "").splitlines()),
                    faults=(*faults, *wrong))  # fmt: skip


def submitted(question: Question, form: Mapping[str, Sequence[str]]) -> Scenario:
    """The scenario of a form: what the address had, and the numbers of the levers."""
    before = asked(question)
    desk, scope, changes = question.desk, scope_of_page(question), list(before.changes)
    added = "@".join(part for part in (_one(form, ADD_NAME), _one(form, ADD_PROJECT)) if part)
    also, faults = _levers(desk, [added] if _one(form, ADD_PROJECT) else [])
    also = tuple(dict.fromkeys((*before.also, *also)))
    faults = (*before.faults, *faults)
    at = SupposedDesk(desk, before.changes) if before.changes else desk
    for key in keys(desk, before.changes, also):
        typed = _one(form, VALUE + name_of(key))
        if not typed:
            continue
        one = lever(desk, at, scope, key, before.changes)
        try:
            value = number(typed, one) / scale(one)
        except UsageProblem as error:
            faults = (*faults, Fault(name_of(key), typed, sentence(error)))
        else:
            if value != one.value:
                changes = moved(changes, key, change_of(one, value))
    return msgspec.structs.replace(before, changes=tuple(changes), also=also, faults=faults)


def scale(one: Lever) -> Decimal:
    """How many of what is shown make one of what is stored: shares between 0 and 1 are shown in percent."""
    known = [value for value in (one.base, one.value, one.low, one.high, *one.stated) if value is not None]
    share = one.unit == "1" and not one.relative and bool(known) and all(0 <= value <= 1 for value in known)
    return HUNDRED if share else Decimal(1)


def number(text: str, one: Lever) -> Decimal:
    """What was typed for a lever. Raises UsageProblem with the values that can be used."""
    least, most = (f"{(end * scale(one)).normalize():f}" for end in (one.least, one.most))
    usual = f"a number such as {least} to {most}"
    try:
        found = Decimal(text.strip().replace("\N{MINUS SIGN}", "-").replace("%", "").replace(" ", ""))
    except InvalidOperation as error:
        raise UsageProblem(f"{text!r} is no number; write {usual}, with a point before decimals") from error
    if not found.is_finite() or abs(found) >= LARGEST or found != round(found, 9):
        raise UsageProblem(f"{text} cannot be used; write {usual}, below 10^20 and with at most 9 decimals")
    if one.relative and found < -HUNDRED:
        raise UsageProblem(f"{text} % is less than nothing; write -100 or more")
    return found


def sentence(error: UsageProblem) -> str:
    """An error as a sentence."""
    said = str(error)
    if isinstance(error, UnknownName) and error.valid and not any(name in said for name in error.valid):
        said = f"{said}; there are {', '.join(sorted(error.valid))}"
    return said[:1].upper() + said[1:] + ("" if said.endswith(".") else ".")


def _one(form: Mapping[str, Sequence[str]], name: str) -> str:
    return next((value.strip() for value in reversed(form.get(name, ())) if value.strip()), "")


def _levers(desk: Desk, texts: Sequence[str]) -> tuple[tuple[Key, ...], tuple[Fault, ...]]:
    found, faults = list[Key](), list[Fault]()
    for text in texts:
        try:
            found.append(_own_lever(desk, text))
        except UsageProblem as error:
            faults.append(Fault("", text, sentence(error)))
    return tuple(found), tuple(faults)


def _own_lever(desk: Desk, text: str) -> Key:
    """The lever of one project. Raises UnknownName, UsageProblem."""
    key, assumptions = key_of(text), desk.workspace.assumptions
    if key.name not in assumptions:
        raise UnknownName("assumption", key.name, assumptions)
    if key.project is None or not assumptions[key.name].values:
        raise UsageProblem(f"{text!r} is no stated value of a project; write hourly_rate@PROJECT")
    desk.check_projects((key.project,))
    return key
