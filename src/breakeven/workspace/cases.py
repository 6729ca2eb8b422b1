"""tests.yaml: cases for the company's own formulas, run by `breakeven test`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal
from pathlib import Path

import pyarrow as pa

from breakeven.errors import Problem, WorkspaceInvalid, choices
from breakeven.facts import MONEY_SCALE, MONEY_WIDTH, UNASSIGNED
from breakeven.formula import Evaluator, why_null
from breakeven.measures import MEASURES
from breakeven.workspace.builtins import COST_LINES
from breakeven.workspace.definitions import Record, Workspace
from breakeven.workspace.document import Node, read_document
from breakeven.workspace.fields import Fields, as_number

FILE = "tests.yaml"
_KEYS = ("name", "given", "expect", "on", "project")
_AMOUNT = pa.decimal128(MONEY_WIDTH, MONEY_SCALE)
_EXACT = Context(prec=60, rounding=ROUND_HALF_UP)


class Case(Record, frozen=True, kw_only=True):
    """One case as written."""

    name: str
    line: int
    given: Mapping[str, Decimal]
    """Inputs, and figures that are taken as given instead of computed."""
    expect: Mapping[str, Decimal | None]
    """Figures and what must come out, with the digits that count; None: unknown."""
    on: date | None = None
    """Day whose assumptions hold; None: the latest."""
    project: str | None = None


class Finding(Record, frozen=True, kw_only=True):
    """One figure of a case."""

    figure: str
    expected: Decimal | None
    actual: Decimal | None
    passed: bool
    reason: str | None
    """Why the figure is unknown, if it is."""


class CaseResult(Record, frozen=True, kw_only=True):
    """How a case went."""

    name: str
    line: int
    """Line in tests.yaml."""
    passed: bool
    findings: tuple[Finding, ...]
    """In the order in which the case expects them."""


class Names(Record, frozen=True, kw_only=True):
    """What a case may name."""

    inputs: Collection[str]
    """Measures, cost lines, assumptions and figures."""
    figures: Collection[str]
    projects: Collection[str]


def case_names(figures: Collection[str], assumptions: Collection[str], projects: Collection[str]) -> Names:
    """What a case may name in a workspace."""
    inputs = frozenset({*MEASURES, *COST_LINES, *assumptions, *figures})
    return Names(inputs=inputs, figures=frozenset(figures), projects=frozenset({*projects, UNASSIGNED}))


def read_cases(node: Node, names: Names, problems: list[Problem]) -> tuple[Case, ...]:
    """The content of tests.yaml."""
    found: list[Case] = []
    for item in Fields(node, FILE, ("cases",), problems).items("cases"):
        fields = Fields(item, "a case", _KEYS, problems, required=("name", "expect"))
        fields.what = f"case {fields.words('name')!r}"
        project = fields.text("project")
        if project is not None and project not in names.projects:
            fields.fault("project", f"unknown project {project!r}", choices(project, sorted(names.projects)))
        given = _numbers(fields, "given", names.inputs, problems)
        expect = _numbers(fields, "expect", names.figures, problems)
        if any(case.name == fields.words("name") for case in found):
            fields.fault("name", f"duplicate name of a case: {fields.words('name')!r}")
        found.append(
            Case(
                name=fields.words("name"),
                line=item.at.line,
                given={name: value for name, value in given.items() if value is not None},
                expect=expect,
                on=fields.day("on"),
                project=project,
            )
        )
    return tuple(found)


def _numbers(fields: Fields, key: str, valid: Collection[str], problems: list[Problem]) -> dict[str, Decimal | None]:
    numbers: dict[str, Decimal | None] = {}
    for name, node in fields.mapping(key).items():
        if name not in valid:
            what = "input" if key == "given" else "figure"
            message = f"unknown {what} {name!r} in {fields.what}"
            problems.append(node.key_at.problem(message, choices(name, sorted(valid))))
        numbers[name] = None if node.value is None else as_number(node, f"{name} in {fields.what}", problems)
    return numbers


def run_cases(workspace: Workspace, path: Path) -> list[CaseResult]:
    """Run the cases of the workspace in a folder; none where it has no tests.yaml.

    Raises WorkspaceInvalid with the faults of tests.yaml.
    """
    file = path / FILE
    problems: list[Problem] = []
    if not file.is_file():
        return []
    node = read_document(file.read_text(encoding="utf-8-sig"), FILE, problems)
    names = case_names(workspace.methodology.definitions, workspace.assumptions, workspace.projects)
    cases = read_cases(node, names, problems) if node is not None else ()
    if problems:
        raise WorkspaceInvalid(problems)
    with Evaluator() as evaluator:
        return [run_case(workspace, case, evaluator) for case in cases]


def run_case(workspace: Workspace, case: Case, evaluator: Evaluator) -> CaseResult:
    """Evaluate one case: a single row with what is given, and the figures that are not given computed from it."""
    definitions = {
        name: definition.expression
        for name, definition in workspace.methodology.definitions.items()
        if name not in case.given
    }
    used = {name for expression in definitions.values() for name in expression.names} - set(definitions)
    inputs: dict[str, Decimal | None] = {name: _assumed(workspace, case, name) for name in sorted(used)}
    inputs.update(case.given)
    # At least one column, so that the table has a row even where nothing is used.
    columns = {"": pa.nulls(1), **{name: pa.array([value], _AMOUNT) for name, value in inputs.items()}}
    row: dict[str, Decimal | None] = evaluator.evaluate(definitions, pa.table(columns)).to_pylist()[0]
    values = {**inputs, **row}
    findings = []
    for figure, expected in case.expect.items():
        actual = values[figure]
        reason = why_null(definitions[figure], values) if actual is None and figure in definitions else None
        passed = _agree(expected, actual)
        findings.append(Finding(figure=figure, expected=expected, actual=actual, passed=passed, reason=reason))
    passed = all(finding.passed for finding in findings)
    return CaseResult(name=case.name, line=case.line, passed=passed, findings=tuple(findings))


def _assumed(workspace: Workspace, case: Case, name: str) -> Decimal | None:
    """The assumption's value; None for one that is not stated and for every other input."""
    assumption = workspace.assumptions.get(name)
    value = assumption.on(case.on or date.max, case.project) if assumption is not None else None
    return value.value if value is not None else None


def _agree(expected: Decimal | None, actual: Decimal | None) -> bool:
    """Whether they are the same at the digits that are written: 23.4 stands for 23.35 up to 23.45."""
    if expected is None or actual is None:
        return expected is actual
    exponent = expected.as_tuple().exponent
    digits = min(int(exponent), 0)
    return actual.quantize(Decimal(1).scaleb(digits), context=_EXACT) == expected
