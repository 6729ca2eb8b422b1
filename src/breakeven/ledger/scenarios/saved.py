"""Saved scenarios: kept by name, evaluated with the data and assumptions of the present, compared side by side."""

from __future__ import annotations

import re
from collections.abc import Sequence

from breakeven.errors import NotFound, UsageProblem
from breakeven.ledger.desk import Desk
from breakeven.ledger.scenarios.amounts import amounts, labels
from breakeven.ledger.scenarios.changes import FORMS, Change, read_change, supposed
from breakeven.ledger.scenarios.results import Compared, ComparedFigure, Scenario
from breakeven.ledger.scenarios.scope import Scope, about, check_scope
from breakeven.ledger.scenarios.supposed import SupposedDesk
from breakeven.ledger.scenarios.what_if import differences
from breakeven.store.state_audit import person
from breakeven.store.state_scenarios import SavedScenario, drop_scenario, put_scenario, scenarios

_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,99}")
MOST = 12
"""Scenarios that are compared at once."""


def save(desk: Desk, name: str, changes: Sequence[str], *, by: str, description: str = "") -> Scenario:
    """Keep some changes under a name, in the place of what had it. Raises UsageProblem, UnknownName."""
    if not _NAME.fullmatch(name):
        raise UsageProblem(f"{name!r} is no name of a scenario: small letters, digits, . - and _, at most 100")
    who = person(by, "saves it")
    if not changes:
        raise UsageProblem(f"a scenario without changes is the present: write {FORMS}")
    read = [read_change(text) for text in changes]
    supposed(desk.workspace, read)
    saved = SavedScenario(name=name, description=description.strip(), changes=tuple(change.text for change in read),
                          who=who, at=desk.reading.now)  # fmt: skip
    put_scenario(desk.state, saved)
    return _shown(saved)


def listed(desk: Desk) -> tuple[Scenario, ...]:
    """All scenarios, by name."""
    return tuple(_shown(saved) for saved in scenarios(desk.state))


def show(desk: Desk, name: str) -> Scenario:
    """One scenario. Raises NotFound with the names there are."""
    every = {one.name: one for one in listed(desk)}
    if name not in every:
        known = f"there are {', '.join(every)}" if every else "none is saved"
        raise NotFound(f"no scenario is named {name!r}; {known}")
    return every[name]


def forget(desk: Desk, name: str, *, by: str) -> Scenario:
    """Delete a scenario and give what it was. Raises NotFound, UsageProblem."""
    who = person(by, "deletes it")
    found = show(desk, name)
    drop_scenario(desk.state, name, who=who, at=desk.reading.now)
    return found


def changes_of(desk: Desk, scenario: Scenario) -> list[Change]:
    """The changes of a scenario. Raises UsageProblem where the workspace has moved on from what it names."""
    try:
        read = [read_change(text) for text in scenario.changes]
        supposed(desk.workspace, read)
    except UsageProblem as error:
        raise UsageProblem(f"scenario {scenario.name} cannot be evaluated any more: {error}") from error
    return read


def compare(desk: Desk, names: Sequence[str], scope: Scope) -> Compared:
    """The amounts of a statement as they are and under each scenario; without names: under all there are.

    Raises NotFound for a name, UsageProblem for too many.
    """
    chosen = [show(desk, name) for name in dict.fromkeys(names)] if names else list(listed(desk))
    if not chosen:
        raise NotFound("no scenario is saved: breakeven scenario save NAME hourly_rate=180 --by WHO")
    if len(chosen) > MOST:
        raise UsageProblem(f"{len(chosen)} scenarios: name at most {MOST} to compare")
    check_scope(desk, scope)
    present, words = amounts(desk, scope), labels(desk.workspace)
    under = {one.name: amounts(SupposedDesk(desk, changes_of(desk, one)), scope) for one in chosen}
    beside = {name: differences(desk.workspace, present, made) for name, made in under.items()}
    figures = {
        name: ComparedFigure(label=words[name][0], unit=words[name][1], present=was,
                             scenarios={each: found[name] for each, found in beside.items()})
        for name, was in present.known.items()
    }  # fmt: skip
    return Compared(**about(desk, scope), scenarios=tuple(chosen), figures=figures)


def _shown(saved: SavedScenario) -> Scenario:
    return Scenario(name=saved.name, description=saved.description, changes=saved.changes, who=saved.who, at=saved.at)
