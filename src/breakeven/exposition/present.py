"""Everything about the company that /metrics shows now, made once for each state of the facts and minute."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time
from zoneinfo import ZoneInfo

import msgspec

from breakeven.exposition.counts import counters, durations, totals
from breakeven.exposition.families import Family, gauge, info
from breakeven.exposition.monthly import labels_of, of_month, of_open_month
from breakeven.ledger.desk import Desk
from breakeven.ledger.metrics import metrics
from breakeven.ledger.operations.quality import latest
from breakeven.ledger.results import Number
from breakeven.period import Grain, add_months
from breakeven.workspace.definitions import Workspace

MODELS = "models_in_production"
MODELS_WORDS = "Models in production now."
ACCURACY = "mlops_model_accuracy"
ACCURACY_WORDS = "Accuracy of each model as its latest evaluation measured it, on the scale of its source."


class Bound(msgspec.Struct, frozen=True):
    """What is shown of a label that has many values, and how many are left out."""

    shown: tuple[str, ...]
    left_out: int


def bounded(names: Sequence[str], most: int) -> Bound:
    """The first of the names."""
    return Bound(tuple(names[:most]), max(0, len(names) - most))


def moment(desk: Desk) -> tuple[object, ...]:
    """What everything here depends on: facts, decisions and the minute."""
    return *desk.moment(), desk.reading.now.replace(second=0, microsecond=0)


def present(desk: Desk, most: int) -> tuple[Family, ...]:
    """Named metrics, figures, counters; `most` projects and models of each family."""
    projects = bounded(projects_of(desk), most)
    accuracies = latest(desk)
    newest = sorted(accuracies, key=lambda name: (accuracies[name].at, name), reverse=True)
    models = bounded(newest, most)
    month = add_months(desk.reading.open_month, -1)
    instant = datetime.combine(month, time(), ZoneInfo(desk.workspace.calendar.time_zone))
    return (
        *of_month(desk, month, projects.shown),
        *_models(desk, projects.shown),
        *counters(totals(desk), projects.shown, desk.workspace),
        *durations(desk, projects.shown),
        gauge(ACCURACY, ACCURACY_WORDS,
              *(((("model_name", name),), accuracies[name].value) for name in sorted(models.shown))),
        *of_open_month(desk),
        gauge("breakeven_complete_month_start_timestamp_seconds", "When the last complete month began.",
              ((), int(instant.timestamp()))),
        gauge("breakeven_left_out_label_values", "Projects and models that the limit metrics_labels leaves out.",
              ((("label", "project"),), projects.left_out), ((("label", "model_name"),), models.left_out)),
        info("breakeven_methodology_info", "What the figures are made by.", (
            ("methodology", desk.workspace.methodology.version), ("currency", desk.workspace.currency),
        )),
    )  # fmt: skip


def projects_of(desk: Desk) -> list[str]:
    """Declared projects, then those that facts name."""
    return desk.known_projects()


def _models(desk: Desk, projects: Sequence[str]) -> tuple[Family, ...]:
    today = desk.reading.open_month
    span = (today, add_months(today, 1))
    (whole,) = metrics(desk, [MODELS], grain=Grain.MONTH, span=span)
    (parts,) = metrics(desk, [MODELS], grain=Grain.MONTH, span=span, by="project")
    each = {row.project: row.value for row in parts.rows}
    return model_families(whole.rows[0].value if whole.rows else None, each, projects, desk.workspace)


def model_families(
    whole: Number | None, each: dict[str | None, Number | None], projects: Sequence[str], workspace: Workspace
) -> tuple[Family, ...]:
    """Models in production, together and by project."""
    return (
        gauge("mlops_models_production", MODELS_WORDS, ((), whole)),
        gauge("mlops_models_production_by_project", f"By project: {MODELS_WORDS}",
              *((labels_of(one, workspace), each.get(one)) for one in projects)),
    )  # fmt: skip
