"""assumptions.yaml: the numbers that nobody measured, and the baselines of projects.yaml among them."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import date
from typing import get_args

import msgspec

from breakeven.errors import Problem, UsageProblem, choices
from breakeven.facts import UNASSIGNED
from breakeven.formula import parse_unit
from breakeven.money import CURRENCIES
from breakeven.workspace.definitions import Assumption, AssumptionValue, Distribution, Experiment, Grade
from breakeven.workspace.document import Node, Place
from breakeven.workspace.fields import Fields
from breakeven.workspace.projects import Written

ALWAYS = date(1970, 1, 1)
"""Start of a value that has no date."""
NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
"""Names that formulas can use."""
NAME_HINT = "small letters, digits and _, a letter first, at most 64: hourly_rate"

_VALUE_KEYS = ("value", "low", "high", "distribution")
_EFFECT_KEYS = ("treatment", "relative", "start")
_KEYS = ("label", "description", "unit", "per", *_VALUE_KEYS, "values", "evidence", "source", "owner", "review_by",
         "experiment", *_EFFECT_KEYS)  # fmt: skip
_DATED_KEYS = (*_VALUE_KEYS, "start", "project")
_WORD = re.compile(r"[A-Za-z]+")


class Reader:
    """Reads the assumptions of one workspace; `names` is every name that was written, right or wrong."""

    def __init__(self, currency: str, written: Written, problems: list[Problem]) -> None:
        self._currency, self._written, self._problems = currency, written, problems
        self.names: dict[str, Place] = {}
        self.standing: dict[str, Fields] = {}
        """Assumptions that stand on an experiment; checked when the experiments are known."""

    def read(self, node: Node) -> dict[str, Assumption]:
        """The content of assumptions.yaml with the projects' baselines merged in."""
        found: dict[str, Assumption] = {}
        for name, item in (
            Fields(node, "assumptions.yaml", ("assumptions",), self._problems).mapping("assumptions").items()
        ):
            self.names[name] = item.key_at
            if NAME.fullmatch(name):
                found[name] = self._assumption(name, item)
            else:
                self._problems.append(item.key_at.problem(f"{name!r} is not a name", NAME_HINT))
        self._check_baselines()
        return found

    def _assumption(self, name: str, node: Node) -> Assumption:
        fields = Fields(node, f"assumption {name}", _KEYS, self._problems, required=("unit",))
        per = fields.choice("per", ("month",), "")
        self._check_effect(name, fields)
        values: list[tuple[AssumptionValue, Place]] = []
        if "value" in fields:
            values += self._value(fields, ALWAYS, None)
            if per:
                hint = "write it in projects.yaml under baselines, or in values with project:"
                fields.fault("value", f"{name} is an amount per month: each project needs its own", hint)
        elif any(key in fields for key in _VALUE_KEYS):
            fields.fault("low", f"assumption {name} has a range but no value")
        for item in fields.items("values"):
            values += self._dated(name, item, per=bool(per))
        values += self._baselines(name)
        self._check_starts(name, values)
        ordered = sorted((value for value, _ in values), key=lambda v: (v.start, v.project or ""))
        return Assumption(
            name=name,
            unit=read_unit(fields, "unit", self._currency),
            values=tuple(ordered),
            per="month" if per else None,
            label=fields.words("label") or name.replace("_", " ").capitalize(),
            description=fields.words("description"),
            evidence=msgspec.convert(fields.choice("evidence", get_args(Grade), "E"), Grade),
            source=fields.words("source"),
            owner=fields.words("owner"),
            review_by=fields.day("review_by"),
            experiment=fields.text("experiment"),
            treatment=fields.text("treatment"),
            relative=fields.truth("relative"),
            start=fields.day("start"),
        )

    def _check_effect(self, name: str, fields: Fields) -> None:
        """An effect is measured: nothing is stated beside it."""
        if "experiment" in fields:
            self.standing[name] = fields
            for key in (*_VALUE_KEYS, "values", "per", "evidence"):
                if key in fields:
                    fields.fault(key, f"{name} stands on an experiment: {key} follows from its effect")
            return
        for key in _EFFECT_KEYS:
            if key in fields:
                fields.fault(key, f"{key} of {name} goes with experiment", "name the experiment it stands on")

    def _dated(self, name: str, item: Node, *, per: bool) -> list[tuple[AssumptionValue, Place]]:
        entry = Fields(item, f"a value of {name}", _DATED_KEYS, self._problems, required=("value",))
        project = entry.text("project")
        known = {*self._written.projects, UNASSIGNED}
        if project is not None and project not in known:
            entry.fault("project", f"unknown project {project!r}", choices(project, sorted(known)))
            return []
        if per and project is None:
            entry.fault("value", f"{name} is an amount per month: each project needs its own", "add project:")
        return self._value(entry, entry.day("start") or ALWAYS, project)

    def _value(self, fields: Fields, start: date, project: str | None) -> list[tuple[AssumptionValue, Place]]:
        value, low, high = fields.number("value"), fields.number("low"), fields.number("high")
        if low is not None and high is not None and low > high:
            fields.fault("low", f"{fields.what}: low {low} is above high {high}")
        elif value is not None and ((low is not None and value < low) or (high is not None and value > high)):
            fields.fault("value", f"{fields.what}: the value {value} is outside its range")
        ranged = low is not None and high is not None
        shape = fields.choice("distribution", get_args(Distribution), "triangular" if ranged else "fixed")
        if shape != "fixed" and not ("low" in fields and "high" in fields):
            fields.fault("distribution", f"{fields.what}: {shape} needs low and high")
        elif shape == "lognormal" and low is not None and low <= 0:
            fields.fault("low", f"{fields.what}: lognormal needs low above 0, not {low}")
        if value is None:
            return []
        made = AssumptionValue(
            value=value,
            start=start,
            project=project,
            low=low,
            high=high,
            distribution=msgspec.convert(shape, Distribution),
        )
        return [(made, fields.place("value"))]

    def _baselines(self, name: str) -> list[tuple[AssumptionValue, Place]]:
        found = []
        for project, key, place in self._written.baselines:
            declared = self._written.projects.get(project)
            if key != name or declared is None or key not in declared.baselines:
                continue
            # A project that starts within a month has entries for that month: its baseline holds from the first day.
            start = declared.start.replace(day=1) if declared.start else ALWAYS
            value = AssumptionValue(value=declared.baselines[key], start=start, project=project)
            found.append((value, place))
        return found

    def _check_baselines(self) -> None:
        for project, key, place in self._written.baselines:
            if key not in self.names:
                message = f"unknown assumption {key!r} in the baselines of project {project}"
                self._problems.append(place.problem(message, choices(key, sorted(self.names))))

    def _check_starts(self, name: str, values: Collection[tuple[AssumptionValue, Place]]) -> None:
        seen: dict[tuple[str | None, date], Place] = {}
        for value, place in values:
            key = (value.project, value.start)
            if earlier := seen.get(key):
                scope = f" for project {value.project}" if value.project else ""
                since = "that hold always" if value.start == ALWAYS else f"that start on {value.start}"
                message = f"two values of {name}{scope} {since}: the other is in {earlier.file}, line {earlier.line}"
                self._problems.append(place.problem(message, "give one of them another start, or remove it"))
            seen[key] = place


def check_effects(
    standing: Mapping[str, Fields], assumptions: Mapping[str, Assumption], experiments: Mapping[str, Experiment],
    written: Collection[str],
) -> None:  # fmt: skip
    """Assumptions that stand on an experiment name one, with an arm of it, and have the unit of its effect.

    `written` are the names of all experiments: one that is faulty is no unknown name.
    """
    for name, fields in standing.items():
        made, wanted = assumptions.get(name), fields.text("experiment")
        if made is None or wanted is None:
            continue
        if wanted not in experiments:
            if wanted not in written:
                fields.fault("experiment", f"unknown experiment {wanted!r} of {name}", choices(wanted, sorted(written)))
            continue
        experiment = experiments[wanted]
        arms = experiment.treatments if experiment.kind == "randomised" else ()
        if made.treatment is not None and made.treatment not in arms:
            fields.fault("treatment", f"{wanted} has no treatment {made.treatment!r}", choices(made.treatment, arms))
        elif made.treatment is None and len(arms) > 1:
            fields.fault("experiment", f"{name} must say the effect of which treatment of {wanted} it is",
                         choices("", arms))  # fmt: skip
        unit = "1" if made.relative else experiment.unit
        if made.unit and unit and parse_unit(made.unit) != parse_unit(unit):
            what = f"the relative effect of {wanted}" if made.relative else f"the effect of {wanted}"
            fields.fault("unit", f"{name} is in {made.unit}, but {what} is in {unit}")


def read_unit(fields: Fields, key: str, currency: str) -> str:
    """A unit in which money stands for the workspace's currency; empty where it is missing or faulty.

    `currency` may be empty where it is not known: then every currency passes.
    """
    written = fields.text(key)
    if written is None:
        return ""
    for word in _WORD.findall(written):
        if currency and word != currency and word in CURRENCIES:
            hint = f"write {written.replace(word, 'money')} and state the value in {currency}"
            fields.fault(key, f"{fields.what} is in {word}, but the workspace's currency is {currency}", hint)
    unit = _WORD.sub(lambda found: "money" if found[0] in CURRENCIES else found[0], written)
    try:
        parse_unit(unit)
    except UsageProblem as error:
        fields.fault(key, f"unit of {fields.what}: {error}")
        return ""
    return unit
