"""What is shown of one month: the statement's amounts, the exposed figures, and each project's part in them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from breakeven.exposition.families import Family, Labels, gauge
from breakeven.exposition.naming import OPEN_PREFIX, PREFIX, PROJECT_PREFIX, exposed, words
from breakeven.facts import UNASSIGNED
from breakeven.ledger.books.evaluate import cuttable
from breakeven.ledger.catalogue import Figure, figures
from breakeven.ledger.desk import VALUE, Desk
from breakeven.ledger.metrics import metrics
from breakeven.ledger.results import Number, Statement, Status
from breakeven.ledger.statement import statement
from breakeven.period import Grain, add_months
from breakeven.workspace.definitions import Workspace

COMPLETE, SO_FAR = "of the last complete month", "of the running month so far"
STATUS: dict[Status, int | None] = {"green": 2, "yellow": 1, "red": 0, "grey": None}
USERS, NPS = "active_users", "nps"
NPS_MONTHS = 3
"""People are asked by the quarter: a month alone often has no answer."""

Values = dict[str, Number | None]


def of_month(desk: Desk, month: date, projects: Sequence[str]) -> tuple[Family, ...]:
    """Everything that is shown of a month that is over; by project for these."""
    end = add_months(month, 1)
    made = statement(desk, desk.workspace.calendar.containing(month, Grain.MONTH))
    known, chosen = figures(desk.workspace), exposed(desk.workspace)
    extra = [known[name] for name in (VALUE, USERS) if name in known]
    asked = tuple(dict.fromkeys([*chosen, *extra]))
    total = _of_portfolio(desk, asked, month, end)
    each = _of_projects(desk, asked, month, end, projects)
    currency = desk.workspace.currency
    found = [
        *_named(desk, "mlops_roi_value_monthly", f"Value that AI brought, {currency}, {COMPLETE}.", made.total_value,
                each.get(VALUE), projects),
        *_named(desk, "mlops_active_users", f"People who used the platform, {COMPLETE}.", total.get(USERS),
                each.get(USERS), projects),
    ]  # fmt: skip
    if NPS in known:
        first, scores = add_months(end, -NPS_MONTHS), [known[NPS]]
        said = (
            "Net promoter score of the platform, -100 to 100, of the three months that end with the last complete one."
        )
        found += _named(desk, "mlops_platform_nps", said, _of_portfolio(desk, scores, first, end)[NPS],
                        _of_projects(desk, scores, first, end, projects).get(NPS), projects)  # fmt: skip
    for one in chosen:
        said = words(one, currency, COMPLETE)
        found.append(gauge(PREFIX + one.name, said, ((), total.get(one.name))))
        found.append(_by_project(PROJECT_PREFIX + one.name, said, each.get(one.name), projects, desk.workspace))
    return (*found, *_of_statement(made))


def of_open_month(desk: Desk) -> tuple[Family, ...]:
    """The exposed figures of the month that is running."""
    month = desk.reading.open_month
    chosen = exposed(desk.workspace)
    total = _of_portfolio(desk, chosen, month, add_months(month, 1))
    currency = desk.workspace.currency
    return tuple(
        gauge(OPEN_PREFIX + one.name, words(one, currency, SO_FAR), ((), total.get(one.name))) for one in chosen
    )


def labels_of(project: str, workspace: Workspace) -> Labels:
    """How a project is named in labels; one that is not declared has the category unassigned."""
    declared = workspace.projects.get(project)
    return ("project", project), ("category", declared.category if declared is not None else UNASSIGNED)


def _named(
    desk: Desk, name: str, said: str, value: Number | None, each: Values | None, projects: Sequence[str]
) -> tuple[Family, Family]:
    """One of the metrics whose names are given, and the same by project under a name of its own."""
    return gauge(name, said, ((), value)), _by_project(f"{name}_by_project", said, each, projects, desk.workspace)


def _by_project(name: str, said: str, each: Values | None, projects: Sequence[str], workspace: Workspace) -> Family:
    of = each or {}
    return gauge(name, f"By project: {said}", *((labels_of(one, workspace), of.get(one)) for one in projects))


def _of_portfolio(desk: Desk, asked: Sequence[Figure], month: date, end: date) -> Values:
    tables = metrics(desk, [one.name for one in asked], grain=_grain(month, end), span=(month, end))
    return {table.metric: table.rows[0].value if table.rows else None for table in tables}


def _of_projects(
    desk: Desk, asked: Sequence[Figure], month: date, end: date, projects: Sequence[str]
) -> dict[str, Values]:
    """Figure → project → value, of figures that can be cut by project."""
    span = desk.window(month, end)
    cut = []
    for one in asked:
        allowed = cuttable(one.name, desk.workspace, span, Grain.MONTH)
        if allowed is None or "project" in allowed:
            cut.append(one.name)
    if not cut or not projects:
        return {}
    tables = metrics(desk, cut, grain=_grain(month, end), span=(month, end), by="project")
    return {table.metric: {row.project: row.value for row in table.rows if row.project} for table in tables}


def _grain(first: date, end: date) -> Grain:
    return Grain.MONTH if add_months(first, 1) == end else Grain.ALL


def _of_statement(made: Statement) -> tuple[Family, ...]:
    """Parts of a statement that are no figures of the catalogue."""
    money, split = made.currency, made.evidence
    proofs = () if split is None else (("claimed", split.claimed), ("measured", split.measured),
                                       ("validated", split.validated))  # fmt: skip
    return (
        gauge("breakeven_value", f"Value by category, {money}, {COMPLETE}.",
              *(((("category", name),), amount) for name, amount in made.value.items())),
        gauge("breakeven_cost", f"Cost by line, {money}, {COMPLETE}.",
              *(((("line", name),), amount) for name, amount in made.cost.items())),
        gauge("breakeven_proven_value", f"Value by degree of proof, each within the one before, {money}, {COMPLETE}.",
              *(((("proof", name),), proven.value) for name, proven in proofs)),
        gauge("breakeven_graded_value", f"Claimed value by grade of its evidence, A to E, {money}, {COMPLETE}.",
              *(((("grade", name),), amount) for name, amount in (split.by_grade if split else {}).items())),
        gauge("breakeven_target", f"What a figure is to reach, {COMPLETE}.",
              *(((("figure", one.metric), ("rule", one.rule)), one.target) for one in made.targets)),
        gauge("breakeven_target_status", f"How a figure stands: 2 on track, 1 watch, 0 off track, {COMPLETE}.",
              *(((("figure", one.metric),), STATUS[one.status]) for one in made.targets)),
        gauge("breakeven_statement_completeness_ratio",
              f"Share of value categories, projects and months whose inputs are known, {COMPLETE}.",
              ((), made.completeness)),
    )  # fmt: skip
