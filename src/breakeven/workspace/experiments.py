"""experiments.yaml: comparisons that measure an effect, and what their words mean."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import get_args

import msgspec

from breakeven.errors import FormulaInvalid, Problem, choices
from breakeven.facts import UNASSIGNED, columns
from breakeven.formula import MAPPING, Expression, Kind, parse, to_mapping_sql
from breakeven.period import Grain
from breakeven.workspace.assumptions import NAME, NAME_HINT, read_unit
from breakeven.workspace.definitions import Experiment, ExperimentKind, PerUnit, Readings
from breakeven.workspace.document import Node
from breakeven.workspace.fields import Fields, as_number, as_text

FACTS = ("interaction", "benefit", "deployment", "incident", "evaluation", "activity", "survey")
"""Fact kinds whose records can be compared; cost is compared as a figure."""
GRAINS = (Grain.DAY.value, Grain.WEEK.value, Grain.MONTH.value, Grain.QUARTER.value)
RANDOMISED, SEASONAL, DIFFERENCES = "randomised", "before_after", "difference_in_differences"

_COMMON = ("kind", "label", "description", "owner", "unit", "from", "outcome", "where", "project", "projects",
           "start", "end", "level", "minimum", "detectable")  # fmt: skip
_TIME = (*_COMMON, "figure", "change")
_KEYS: dict[str, tuple[str, ...]] = {
    RANDOMISED: (*_COMMON, "type", "arm", "control", "treatment", "randomised_by", "per_unit", "planned_split"),
    SEASONAL: _TIME,
    DIFFERENCES: (*_TIME, "grain", "group", "treatment", "comparison"),
    "interrupted_time_series": (*_TIME, "grain"),
}
_REQUIRED = {RANDOMISED: ("outcome", "control", "treatment"), DIFFERENCES: ("change", "treatment")}
_LABEL = re.compile(r"labels\.([A-Za-z0-9_.-]{1,64})")


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """Names and units that experiments may use."""

    currency: str
    projects: Collection[str]
    figures: Mapping[str, str]
    """Figure that can be taken over time → its unit."""
    measured: Collection[str]
    """Figures that depend on an assumption which stands on an experiment: they cannot measure one."""


def read_experiments(node: Node, known: Known, problems: list[Problem]) -> dict[str, Experiment]:
    """The content of experiments.yaml by name."""
    found: dict[str, Experiment] = {}
    for name, item in Fields(node, "experiments.yaml", ("experiments",), problems).mapping("experiments").items():
        if not NAME.fullmatch(name.replace("-", "_")):
            problems.append(item.key_at.problem(f"{name!r} is not a name", NAME_HINT))
            continue
        made = _Reader(name, item, known, problems).read()
        if made is not None:
            found[name] = made
    return found


def _kind(name: str, item: Node, problems: list[Problem]) -> str | None:
    """The kind, which decides the other keys."""
    kinds = get_args(ExperimentKind)
    node = item.value.get("kind") if isinstance(item.value, dict) else None
    text = node.text.strip() if node is not None else ""
    if node is None or text not in kinds:
        place = node.at if node is not None else item.key_at
        message = (
            f"unknown kind {text!r} of experiment {name}" if node is not None else f"experiment {name} has no kind"
        )
        problems.append(place.problem(message, choices(text, kinds)))
        return None
    return text


class _Reader:
    """Reads one experiment."""

    def __init__(self, name: str, item: Node, known: Known, problems: list[Problem]) -> None:
        self._name, self._item, self._known, self._problems = name, item, known, problems

    def read(self) -> Experiment | None:
        kind = _kind(self._name, self._item, self._problems)
        if kind is None:
            return None
        before = len(self._problems)
        required = _REQUIRED.get(kind, ("change",))
        fields = Fields(self._item, f"experiment {self._name}", _KEYS[kind], self._problems, required=required)
        made = self._made(kind, fields)
        return made if len(self._problems) == before else None

    def _made(self, kind: str, fields: Fields) -> Experiment:
        fact = fields.choice("from", FACTS, "interaction")
        figure = self._figure(kind, fields)
        proportion = kind == RANDOMISED and fields.choice("type", ("mean", "proportion"), "mean") == "proportion"
        texts, readings = self._readings(kind, fields, fact)
        control, treatments = fields.text("control"), self._names(fields, "treatment")
        grain = Grain(fields.choice("grain", GRAINS, Grain.MONTH)) if "grain" in _KEYS[kind] else Grain.MONTH
        start, change, end = self._dates(fields, grain)
        experiment = Experiment(
            name=self._name, kind=msgspec.convert(kind, ExperimentKind),
            unit=self._unit(fields, figure, proportion), label=fields.words("label") or _label(self._name),
            description=fields.words("description"), owner=fields.words("owner"), fact=fact, figure=figure,
            outcome=texts["outcome"], where=texts["where"], group=texts["group"], by=texts["by"],
            expression=readings, proportion=proportion, per_unit=self._per_unit(kind, fields, proportion),
            control=control, treatments=treatments, comparison=self._names(fields, "comparison"),
            projects=self._projects(fields), start=start, end=end, change=change, grain=grain,
            level=self._level(fields), minimum=self._minimum(kind, fields),
            detectable=self._detectable(fields), planned_split=self._planned(kind, fields, control, treatments),
            file=self._item.key_at.file, line=self._item.key_at.line,
        )  # fmt: skip
        self._check_sides(fields, experiment)
        return experiment

    # --- what is compared

    def _figure(self, kind: str, fields: Fields) -> str | None:
        figure = fields.text("figure") if kind != RANDOMISED else None
        if kind != RANDOMISED and ("figure" in fields) == ("outcome" in fields):
            fields.fault("figure", f"experiment {self._name} needs either an outcome of records or a figure")
        if figure is None:
            return None
        if figure not in self._known.figures:
            fields.fault("figure", f"unknown figure {figure!r}", choices(figure, sorted(self._known.figures)))
            return None
        if figure in self._known.measured:
            fields.fault("figure", f"{figure} depends on the effect of an experiment: it cannot measure one",
                         "name a figure that is measured")  # fmt: skip
        for key in ("from", "where"):
            if key in fields:
                fields.fault(key, f"{key} goes with an outcome, not with a figure")
        return figure

    def _unit(self, fields: Fields, figure: str | None, proportion: bool) -> str:
        if "unit" in fields:
            unit = read_unit(fields, "unit", self._known.currency)
            if proportion and unit and unit.strip() not in ("1", "%"):
                fields.fault("unit", f"the effect on a proportion has the unit 1, not {unit}")
            return unit
        if figure is not None:
            return self._known.figures[figure]
        if not proportion and "figure" not in fields:
            fields.fault("unit", f"experiment {self._name} has no unit: of what is its effect an amount?",
                         'for example unit: "1", hour or money/interaction')  # fmt: skip
        return "1"

    def _readings(self, kind: str, fields: Fields, fact: str) -> tuple[dict[str, str | None], Readings]:
        """The expressions, as text and checked."""
        keys = {"outcome": "outcome", "where": "where", "group": "arm" if kind == RANDOMISED else "group",
                "by": "randomised_by"}  # fmt: skip
        texts: dict[str, str | None] = {}
        made: dict[str, Expression | None] = {}
        for name, key in keys.items():
            text = fields.text(key) if key in _KEYS[kind] else None
            if text is None and name == "group":
                text = self._default_group(kind, fact, fields)
            texts[name] = None if text is None else " ".join(text.split())
            grouped_figure = name == "group" and "figure" in fields
            readable = text is not None and not grouped_figure and fields.words("from") in ("", *FACTS)
            made[name] = self._expression(fields, key, text, fact) if text is not None and readable else None
        where = made["where"]
        if where is not None and where.kind != Kind.BOOLEAN:
            fields.fault("where", f"where is a condition, this gives a {where.kind}", "for example status = 'ok'")
        outcome = made["outcome"]
        if outcome is not None and outcome.kind not in (Kind.BOOLEAN, Kind.NUMBER, Kind.TEXT):
            fields.fault("outcome", f"an outcome is a number or a condition, this gives a {outcome.kind}")
        return texts, Readings(**made)

    def _default_group(self, kind: str, fact: str, fields: Fields) -> str | None:
        if kind == DIFFERENCES:
            return "project"
        if kind == RANDOMISED and fact == "interaction":
            return "variant"
        if kind == RANDOMISED:
            fields.fault("arm", f"experiment {self._name} has no arm: which field of the {fact} says the variant?",
                         "for example arm: labels.variant")  # fmt: skip
        return None

    def _expression(self, fields: Fields, key: str, text: str, fact: str) -> Expression | None:
        """An expression over the fields of a fact; labels.KEY stands for an entry of its labels."""
        node = fields.node(key)
        label = _LABEL.fullmatch(text.strip())
        written = f"json_extract_string(labels, '$.\"{label[1]}\"')" if label else text
        file, line = (node.at.file, node.text_line) if node is not None else (self._item.at.file, self._item.at.line)
        try:
            expression = parse(written, profile=MAPPING, file=file, line=line)
            to_mapping_sql(expression, [column.name for column in columns(fact)])
        except FormulaInvalid as error:
            self._problems.extend(error.problems)
            return None
        return expression

    # --- sides

    def _names(self, fields: Fields, key: str) -> tuple[str, ...]:
        """One name or a list of them, in order, each once."""
        node = fields.node(key)
        if node is None:
            return ()
        items = node.value if isinstance(node.value, list) else [node]
        texts = [as_text(item, f"{key} of experiment {self._name}", self._problems) for item in items]
        found = tuple(dict.fromkeys(text for text in texts if text))
        if not found:
            fields.fault(key, f"{key} of experiment {self._name} names nothing")
        return found

    def _projects(self, fields: Fields) -> tuple[str, ...]:
        if "project" in fields and "projects" in fields:
            fields.fault("projects", f"experiment {self._name} has both project and projects")
        found = tuple(sorted({*self._names(fields, "project"), *self._names(fields, "projects")}))
        known = {*self._known.projects, UNASSIGNED}
        for name in found:
            if name not in known:
                key = "project" if "project" in fields else "projects"
                fields.fault(key, f"unknown project {name!r}", choices(name, sorted(known)))
        return found

    def _planned(
        self, kind: str, fields: Fields, control: str | None, treatments: Collection[str]
    ) -> dict[str, Decimal]:
        if kind != RANDOMISED:
            return {}
        arms = {*treatments, *([control] if control else [])}
        found = {}
        written = fields.mapping("planned_split")
        for arm, node in written.items():
            share = as_number(node, f"planned share of {arm}", self._problems)
            if arm not in arms:
                self._problems.append(node.key_at.problem(f"unknown arm {arm!r} in planned_split",
                                                          choices(arm, sorted(arms))))  # fmt: skip
            elif share is not None and share <= 0:
                self._problems.append(node.at.problem(f"planned share of {arm} is {share}: it must be above 0"))
            elif share is not None:
                found[arm] = share
        absent = sorted(arms - set(written))
        if written and absent:
            fields.fault("planned_split", f"planned_split says nothing of {', '.join(absent)}")
        return found

    def _check_sides(self, fields: Fields, made: Experiment) -> None:
        control = (made.control,) if made.control else made.comparison
        for name in control:
            if name in made.treatments:
                fields.fault("treatment", f"{name!r} is on both sides of experiment {self._name}")
        if made.kind == DIFFERENCES and made.group == "project" and made.projects:
            fields.fault("project", "the projects are named by treatment and comparison here", "leave project out")
        if made.kind == DIFFERENCES and made.group == "project":
            known = {*self._known.projects, UNASSIGNED}
            for key, names in (("treatment", made.treatments), ("comparison", made.comparison)):
                for name in names:
                    if name not in known:
                        fields.fault(key, f"unknown project {name!r}", choices(name, sorted(known)))

    # --- time and numbers

    def _dates(self, fields: Fields, grain: Grain) -> tuple[date | None, date | None, date | None]:
        """First day, day of the change, last day."""
        start, change, end = fields.day("start"), fields.day("change"), fields.day("end")
        named = [(key, day) for key, day in (("start", start), ("change", change), ("end", end)) if day is not None]
        for (early, first), (late, second) in pairwise(named):
            if second < first or (late == "change" and second == first):
                fields.fault(late, f"experiment {self._name}: {late} {second} is not after {early} {first}")
        if change is not None and fields.words("grain") in ("", *GRAINS):
            begins = {Grain.WEEK: change.weekday() == 0, Grain.MONTH: change.day == 1,
                      Grain.QUARTER: change.day == 1}.get(grain, True)  # fmt: skip
            if not begins:
                nearest = change - timedelta(days=change.weekday()) if grain is Grain.WEEK else change.replace(day=1)
                fields.fault("change", f"the change on {change} is not the first day of a {grain}",
                             f"name the first day after it that begins a {grain} ({nearest} begins the one before), "
                             "or take a finer grain")  # fmt: skip
        return start, change, end

    def _level(self, fields: Fields) -> Decimal:
        level = fields.number("level")
        if level is not None and not Decimal("0.5") <= level <= Decimal("0.999"):
            fields.fault("level", f"level of experiment {self._name} is {level}: it must be from 0.5 to 0.999",
                         "0.95 for an interval of 95 %")  # fmt: skip
            return Decimal("0.95")
        return level if level is not None else Decimal("0.95")

    def _minimum(self, kind: str, fields: Fields) -> int | None:
        if "minimum" not in fields:
            return None
        least = 10 if kind == RANDOMISED else 2 if kind == DIFFERENCES else 4
        return fields.whole("minimum", least, least, 1_000_000)

    def _detectable(self, fields: Fields) -> Decimal | None:
        number = fields.number("detectable")
        if number is not None and number <= 0:
            fields.fault("detectable", f"detectable of experiment {self._name} is {number}: it must be above 0",
                         "the size of the smallest effect that matters, without a sign")  # fmt: skip
            return None
        return number

    def _per_unit(self, kind: str, fields: Fields, proportion: bool) -> PerUnit:
        usual = "any" if proportion else "mean"
        if kind != RANDOMISED:
            return "mean"
        if "per_unit" in fields and "randomised_by" not in fields:
            fields.fault("per_unit", "per_unit goes with randomised_by: whose records are put together?")
        chosen = fields.choice("per_unit", ("any",) if proportion else ("mean", "sum"), usual)
        found: PerUnit = msgspec.convert(chosen, PerUnit)
        return found


def _label(name: str) -> str:
    return name.replace("_", " ").replace("-", " ").capitalize()
