"""The models of a project: those that answer, with their cost for each outcome, and those in the registry."""

from __future__ import annotations

from collections.abc import Sequence

from breakeven.ledger.comparing.models import ModelLine, models_of
from breakeven.ledger.results import Status
from breakeven.views.content import Cell, Column, Panel, Row, Table
from breakeven.views.format import UNKNOWN
from breakeven.views.projects.kinds import digits_of
from breakeven.views.question import Question
from breakeven.views.records_links import segment

RUNNING = ("interactions", "ai_cost", "interaction_revenue", "cost_per_successful_outcome", "error_rate",
           "latency_p95_ms")  # fmt: skip
"""Figures of models that answer."""
QUALITY = ("accuracy", "accuracy_baseline", "accuracy_gap")
SHORT = 5
"""Models on the overview."""
STAGES: dict[str, Status] = {"production": "green", "staging": "grey", "development": "grey", "retired": "grey"}
BETTER = 0
"""Accuracy below baseline, in %: at most this is as good as before."""


def project_models(mine: Question, project: str) -> Sequence[ModelLine]:
    """The models, kept for a minute."""
    start, end = mine.window
    found: Sequence[ModelLine] = mine.kept(
        ("models", start, end), lambda: models_of(mine.desk, project, (*RUNNING, *QUALITY), start, end)
    )
    return found


def answering(lines: Sequence[ModelLine]) -> list[ModelLine]:
    """Models that interactions name."""
    return [line for line in lines if (row := line.figures.get("interactions")) is not None and row.value]


def registered(lines: Sequence[ModelLine]) -> list[ModelLine]:
    """Models that the registry, a release or an evaluation names."""
    return [line for line in lines if line.stage or line.released_at or _known(line, "accuracy")]


def _known(line: ModelLine, figure: str) -> bool:
    row = line.figures.get(figure)
    return row is not None and row.value is not None


def model_panels(mine: Question, project: str, *, most: int | None = None) -> list[Panel]:
    """Both tables, those without rows left out; one that says so where there is no model at all."""
    lines = project_models(mine, project)
    panels = []
    if found := registered(lines):
        panels.append(_registered_panel(mine, found, most))
    if found := answering(lines):
        panels.append(_answering_panel(mine, found, most))
    if panels:
        return panels
    nothing = Table(columns=(), rows=(), caption="Models", empty=(
        "No model is known: deployments, registry states, evaluations and interactions name them."))  # fmt: skip
    return [Panel(id="models", title="Models", body=nothing)]


def _link(mine: Question, model: str) -> str:
    return mine.link(f"/models/{segment(model)}", project=(), category="")


def _registered_panel(mine: Question, lines: Sequence[ModelLine], most: int | None) -> Panel:
    show = mine.show
    rows = []
    for line in lines[:most]:
        gap = line.figures.get("accuracy_gap")
        rows.append(Row(cells=(
            Cell(text=line.model, href=_link(mine, line.model), sub=line.version or "", mono=True),
            Cell(text=(line.stage or "not registered").capitalize(), status=STAGES.get(line.stage or "", "grey"),
                 sub=f"since {show.day(line.since)}" if line.since else ""),
            _figure(mine, line, "accuracy", sub=_baseline(mine, line)),
            Cell(text=UNKNOWN) if gap is None or gap.value is None else Cell(
                text=show.percent(gap.value, 1, signed=True), tone="good" if gap.value <= BETTER else "bad",
                order=gap.value),
            Cell(text=show.day(line.released_at), sub=show.clock(line.released_at)) if line.released_at
            else Cell(text=UNKNOWN, sub="no release is recorded"),
            _outcome(line),
        )))  # fmt: skip
    columns = (Column(label="Model"), Column(label="Stage"), Column(label="Accuracy", numeric=True),
               Column(label="Below baseline", numeric=True, help="Below 0 it is better than the baseline"),
               Column(label="Last deployment"), Column(label="How it went"))  # fmt: skip
    return Panel(id="models", title="Models", sub="Select a model to see its evidence", foot=_foot(lines, most),
                 body=Table(columns=columns, rows=tuple(rows), caption="Models of the project"))  # fmt: skip


def _baseline(mine: Question, line: ModelLine) -> str:
    row = line.figures.get("accuracy_baseline")
    return "" if row is None or row.value is None else f"baseline {mine.show.plain(row.value, 3)}"


def _outcome(line: ModelLine) -> Cell:
    words: dict[str, tuple[Status, str]] = {
        "succeeded": ("green", "Stayed"),
        "failed": ("red", "Failed"),
        "rolled_back": ("yellow", "Rolled back"),
    }
    if line.release not in words:
        return Cell(text=UNKNOWN)
    status, word = words[line.release]
    return Cell(text=word, status=status)


def _answering_panel(mine: Question, lines: Sequence[ModelLine], most: int | None) -> Panel:
    figures = [mine.catalogue[name] for name in RUNNING if name in mine.catalogue]
    rows = [Row(cells=(Cell(text=line.model, href=_link(mine, line.model), mono=True),
                       *(_figure(mine, line, one.name) for one in figures))) for line in lines[:most]]  # fmt: skip
    columns = (
        Column(label="Model", sort=True),
        *(Column(label=one.label, numeric=True, sort=True, help=one.description) for one in figures),
    )
    return Panel(id="answering", title="Models that answer", sub="By the interactions that name them",
                 foot=_foot(lines, most),
                 body=Table(columns=columns, rows=tuple(rows), caption="Models by their interactions"))  # fmt: skip


def _foot(lines: Sequence[ModelLine], most: int | None) -> str:
    return f"The first {most} of {len(lines)}." if most is not None and len(lines) > most else ""


def _figure(mine: Question, line: ModelLine, name: str, sub: str = "") -> Cell:
    row, one = line.figures.get(name), mine.catalogue[name]
    if row is None or row.value is None:
        return Cell(text=UNKNOWN, help=(row.reason or "") if row is not None else "nothing is recorded")
    shown = mine.show.quantity(row.value, one.unit, digits_of(one))
    return Cell(text=str(shown), order=row.value, sub=sub)
