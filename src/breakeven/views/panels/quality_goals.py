"""Quality over the last 30 days against its goals."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from breakeven.ledger.books.evaluate import cuttable
from breakeven.ledger.metrics import metrics
from breakeven.ledger.results import MetricRow, Status, TargetStatus
from breakeven.ledger.targets import against
from breakeven.period import Grain
from breakeven.views.content import Cell, Column, Meter, Panel, Row, Table
from breakeven.views.format import UNKNOWN
from breakeven.views.operations.watching import asked_scope
from breakeven.views.question import Question

GOALS = ("accuracy_gap", "drift_detection_rate", "incidents", "mttr_hours", "error_rate", "latency_p95_ms",
         "deployment_success_rate")  # fmt: skip
"""Figures about quality; one without a goal is shown where it is an incident count, else left out."""
ALWAYS = ("incidents", "mttr_hours")
DAYS = 30
WORDS: dict[Status, str] = {"green": "Goal met", "yellow": "Watch", "red": "Below goal", "grey": "No data"}


def quality_goals(question: Question) -> Panel | None:
    """Goal, value now, status."""
    found = _judged(question)
    if not found:
        return None
    table = Table(
        columns=(Column(label="Metric"), Column(label="Against the goal", wide=True),
                 Column(label="Now", numeric=True), Column(label="Status")),
        rows=tuple(_row(question, name, row, judged) for name, (row, judged) in found.items()),
        caption="Quality against its goals", empty="No goal is set.",
    )  # fmt: skip
    title = f"Quality goals, last {DAYS} days"
    return Panel(id="goals", title=title, sub="The mark is the goal", body=table, hourly=True)


def missed(question: Question) -> list[str]:
    """Names of the goals that are missed."""
    return [question.catalogue[name].label.lower() for name, (_, judged) in _judged(question).items()
            if judged is not None and judged.status == "red"]  # fmt: skip


def _judged(question: Question) -> dict[str, tuple[MetricRow | None, TargetStatus | None]]:
    """Each figure with what it is in the last 30 days, and against its goal where it has one."""
    targets = {target.metric: target for target in question.workspace.targets}
    names = [name for name in GOALS if name in question.catalogue and (name in targets or name in ALWAYS)]
    values: dict[str, MetricRow] = question.kept(
        ("goals", tuple(names), asked_scope(question)), lambda: _values(question, names)
    )
    found: dict[str, tuple[MetricRow | None, TargetStatus | None]] = {}
    for name in names:
        row, target, one = values.get(name), targets.get(name), question.catalogue[name]
        value, reason = (row.value, row.reason) if row is not None else (None, None)
        judged = None if target is None else against(target, one.label, one.unit, value, reason, Decimal(1))
        found[name] = (row, judged)
    return found


def _values(question: Question, names: list[str]) -> dict[str, MetricRow]:
    today, scope, desk = question.desk.reading.today, asked_scope(question), question.desk
    span = (today - timedelta(days=DAYS - 1), today + timedelta(days=1))
    window = desk.window(*span)
    found = {}
    for name in names:
        allowed = cuttable(name, desk.workspace, window, Grain.ALL)
        if allowed is None or set(scope.only) <= allowed:
            (table,) = metrics(desk, [name], grain=Grain.ALL, span=span, projects=scope.projects, only=scope.only)
            if table.rows:
                found[name] = table.rows[0]
    return found


def _row(question: Question, name: str, row: MetricRow | None, judged: TargetStatus | None) -> Row:
    one, show = question.catalogue[name], question.show
    value, reason = (row.value, row.reason) if row is not None else (None, "not known under these filters")
    goal = ""
    if judged is not None:
        wanted = show.quantity(judged.target, one.unit, 0 if judged.target == judged.target.to_integral_value() else 2)
        goal = f"Goal: {'at least' if judged.rule == 'at_least' else 'at most'} {wanted}"
    now = str(show.quantity(value, one.unit, one.decimals)) if value is not None else UNKNOWN
    status = judged.status if judged is not None else "grey"
    word = WORDS[status] if judged is not None else "No goal set"
    return Row(cells=(
        Cell(text=one.label, sub=goal, href=""), Cell(meter=_meter(judged)),
        Cell(text=now, help=reason or "", strong=True, explain=name if value is not None else ""),
        Cell(text=word, status=status),
    ))  # fmt: skip


def _meter(judged: TargetStatus | None) -> Meter | None:
    """The value on a track that is a third longer than the goal; none for what is not known or below zero."""
    if judged is None or judged.value is None or judged.target <= 0:
        return None
    value = max(Decimal(0), Decimal(str(judged.value)))
    track = max(judged.target * 4 / 3, value)
    share = value / judged.target * 100
    return Meter(share=float(value / track), mark=float(judged.target / track), words=f"{share:.0f}% of the goal")
