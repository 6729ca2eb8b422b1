"""What else is known of a model: registry, evaluations, incidents, who uses it."""

from __future__ import annotations

from decimal import Decimal

from breakeven.ledger.metrics import metrics
from breakeven.ledger.operations.frontier import success_share
from breakeven.ledger.operations.trouble import troubles
from breakeven.ledger.results import MetricRow
from breakeven.period import Grain
from breakeven.views.content import Cell, Column, Fact, Facts, Items, Link, Panel, Row, Table
from breakeven.views.format import UNKNOWN, Shown
from breakeven.views.models.asked import entry_of, figures_of, in_period, projects_of
from breakeven.views.operations.words import number
from breakeven.views.panels.incidents import incident_item
from breakeven.views.question import Question
from breakeven.views.records_links import ABSENT, records_link

USERS = ("interactions", "ai_cost", "cost_per_prediction", "error_rate")
MOST = 20
EVALUATIONS = (
    "SELECT metric, value, baseline, time, source FROM evaluation WHERE model = ? AND time < ?"
    " QUALIFY row_number() OVER (PARTITION BY metric ORDER BY time DESC, id) <= 5 ORDER BY metric, time DESC, source"
)
STAGES = {"development": "In development", "staging": "In staging", "production": "In production", "retired": "Retired"}


def registry(question: Question, model: str | None) -> Panel:
    """State, version, projects, and what is not known of its cost."""
    entry, show = entry_of(question, model), question.show
    found = figures_of(in_period(question), model)
    figures = found.figures if found is not None else {}
    facts = []
    if entry is not None and entry.stage is not None:
        since = f"since {show.day(entry.since)}" if entry.since is not None else ""
        facts.append(Fact(label="Registry", value=Shown(STAGES.get(entry.stage, entry.stage)), sub=since))
    else:
        facts.append(Fact(label="Registry", value=Shown(UNKNOWN), sub="not in the registry"))
    version = entry.version if entry is not None else None
    facts.append(
        Fact(label="Version", value=Shown(version or UNKNOWN), sub="" if version else "no release is recorded")
    )
    if entry is not None and entry.on_platform is not None:
        facts.append(Fact(label="On the platform", value=Shown("Yes" if entry.on_platform else "No")))
    for project in projects_of(question, model)[:5]:
        facts.append(
            Fact(
                label="Project",
                value=Shown(question.name_of(project)),
                href=question.link(f"/projects/{project}") if project in question.workspace.projects else "",
            )
        )
    share = success_share(figures)
    facts.append(
        Fact(
            label="Successful outcomes",
            value=Shown(show.percent(share, 1)),
            sub="of those that are known" if share is not None else "no outcome is known",
        )
    )
    facts.append(_unpriced(question, model, number(figures, "unpriced_interactions"), number(figures, "interactions")))
    return Panel(id="registry", title="What it is", body=Facts(facts=tuple(facts)), hourly=True)


def _unpriced(question: Question, model: str | None, missing: Decimal | None, calls: Decimal | None) -> Fact:
    if not missing:
        return Fact(
            label="Calls without a price",
            value=Shown("0" if missing is not None else UNKNOWN),
            sub="" if missing is not None else "no call in this period",
        )
    link = records_link(question, "interaction", model=ABSENT if model is None else model, cost_origin="unpriced")
    return Fact(
        label="Calls without a price",
        value=Shown(question.show.plain(missing)),
        status="yellow",
        word="In no cost",
        href=link,
        sub=f"of {question.show.plain(calls)}",
    )


def users(question: Question, model: str | None) -> Panel:
    """Projects and teams that call it."""
    names = [name for name in USERS if name in question.catalogue]
    tables = metrics(
        question.desk,
        names,
        grain=Grain.ALL,
        span=question.window,
        by="project,team",
        projects=question.projects,
        only={"model": (model,)},
    )
    found: dict[tuple[str | None, str | None], dict[str, MetricRow]] = {}
    for table in tables:
        for row in table.rows:
            found.setdefault((row.project, row.dimension), {})[table.metric] = row
    lines = sorted(found.items(), key=lambda one: -float(one[1]["interactions"].value or 0))
    lines = [line for line in lines if line[1]["interactions"].value]
    rows = tuple(_user(question, project, team, values) for (project, team), values in lines[:MOST])
    table_ = Table(
        columns=(
            Column(label="Project", sort=True),
            Column(label="Team", sort=True),
            *(Column(label=question.catalogue[name].label, numeric=True, sort=True) for name in names),
        ),
        rows=rows,
        caption="Who uses the model",
        empty="Nobody called it in this period.",
    )
    more = f"The {MOST} largest of {len(lines)}." if len(lines) > MOST else ""
    return Panel(id="users", title="Who uses it", body=table_, width=6, hourly=True, foot=more)


def _user(question: Question, project: str | None, team: str | None, values: dict[str, MetricRow]) -> Row:
    cells = [Cell(text=question.name_of(project or "unassigned")), Cell(text=team or "Team not named")]
    for name, row in values.items():
        one = question.catalogue[name]
        shown = question.show.quantity(row.value, one.unit, one.decimals)
        cells.append(
            Cell(
                text=str(shown) if name != "cost_per_prediction" else shown.text,
                help=row.reason or "",
                order=None if row.value is None else Decimal(str(row.value)),
            )
        )
    return Row(cells=tuple(cells))


def evaluations(question: Question, model: str | None) -> Panel | None:
    """The last five of each metric, against their baseline; None for a model that nobody measured."""
    if model is None:
        return None
    rows = question.desk.reading.moment.query(EVALUATIONS, [model, question.now]).to_pylist()
    if not rows:
        return None
    show = question.show
    made = []
    for row in rows:
        value, base = row["value"], row["baseline"]
        gap = None if base is None else Decimal(repr(value)) - Decimal(repr(base))
        made.append(
            Row(
                cells=(
                    Cell(text=row["metric"].capitalize()),
                    Cell(text=show.day(row["time"]), order=row["time"].timestamp()),
                    Cell(text=show.plain(value, 3), strong=True, order=value),
                    Cell(text=show.plain(base, 3), order=base),
                    Cell(text=UNKNOWN if gap is None else f"{'+' if gap > 0 else ''}{show.plain(gap, 3)}", order=gap),
                    Cell(text=row["source"]),
                )
            )
        )
    heads = (
        Column(label="Metric"),
        Column(label="When"),
        Column(label="Value", numeric=True),
        Column(label="Baseline", numeric=True),
        Column(label="Difference", numeric=True),
        Column(label="Source"),
    )
    return Panel(
        id="evaluations",
        title="Evaluations against the baseline",
        sub="The last five of each metric",
        width=6,
        body=Table(columns=heads, rows=tuple(made), caption="Evaluations of the model"),
        hourly=True,
        foot_link=Link(text="All evaluations", href=records_link(question, "evaluation", model=model)),
    )


def incidents(question: Question, model: str | None) -> Panel | None:
    """Incidents of the model: open ones, and those of the period."""
    if model is None:
        return None
    since = question.calendar.instant(question.period.start)
    found = troubles(question.desk, since, question.projects, (model,))
    items = tuple(incident_item(question, one) for one in found[:MOST])
    return Panel(
        id="incidents",
        title="Incidents",
        sub="Open, or resolved since the period began",
        width=6,
        hourly=True,
        body=Items(items=items, more=max(0, len(found) - MOST), empty="No incident names this model in the period."),
    )
