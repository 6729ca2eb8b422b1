"""Key figures of the stretch as small tiles: value, change on the stretch before, target, course."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from breakeven.ledger.books.evaluate import cuttable
from breakeven.ledger.metrics import metrics
from breakeven.ledger.operations.live import CSAT, PER_HOUR, Cell, Figures, Said, course
from breakeven.ledger.results import TargetStatus
from breakeven.ledger.targets import against
from breakeven.period import Grain
from breakeven.views.comparison import change
from breakeven.views.operations.watching import asked_scope, asked_stretch, now_running, running_before
from breakeven.views.operations.words import told
from breakeven.views.question import Question
from breakeven.views.tiles import Point, Tile, judged
from breakeven.workspace.definitions import FigureRef

LABELS: Mapping[str, str] = {
    "interactions": "Predictions per hour", "latency_p95_ms": "Response time p95", "csat": "CSAT",
    "latency_p50_ms": "Response time median", "conversion_rate": "Conversion, assisted",
}  # fmt: skip
"""Figure → its name on a small tile."""
HERE: Mapping[str, str] = {"interactions": PER_HOUR, "csat": CSAT}
"""Figure of the catalogue → what stands for it here: counts as a rate, satisfaction as interactions say it."""
BEFORE = {"1h": "on the hour before", "24h": "on the day before", "7d": "on 7 days before", "30d": "on 30 days before"}
TENS = 10


def tiles(question: Question, refs: Sequence[FigureRef]) -> tuple[Tile, ...]:
    """The tiles of figures, in the order given; what the workspace has not is left out."""
    known = [ref for ref in refs if ref.figure in question.catalogue]
    others = _others(
        question, [ref.figure for ref in known if HERE.get(ref.figure, ref.figure) not in _total(question)]
    )
    cells = course_now(question)
    return tuple(_tile(question, ref, others, cells) for ref in known)


def course_now(question: Question) -> tuple[Cell, ...]:
    """The stretch cell by cell, drawn anew every ten seconds, or every minute where its cells are longer."""
    asked, scope = asked_stretch(question), asked_scope(question)
    moment = question.now.second // TENS if asked.grain is Grain.MINUTE else None
    found: tuple[Cell, ...] = question.kept(
        ("course", asked.name, scope, asked.window.end, moment), lambda: course(question.desk, asked, scope)
    )
    return found


def _total(question: Question) -> Figures:
    return now_running(question).total


def _others(question: Question, names: Sequence[str]) -> Mapping[str, Said]:
    """Figures that are not taken from interactions, in the same stretch."""
    asked, scope = asked_stretch(question), asked_scope(question)
    found = {}
    for name in names:
        allowed = cuttable(name, question.workspace, asked.window, Grain.ALL)
        if allowed is not None and not set(scope.only) <= allowed:
            found[name] = Said(value=None, reason=f"is not known by {' and '.join(set(scope.only) - allowed)}")
            continue
        (table,) = metrics(question.desk, [name], grain=Grain.ALL, span=asked.span, projects=scope.projects,
                           only=scope.only)  # fmt: skip
        row = table.rows[0] if table.rows else None
        found[name] = (
            Said(value=row.value, reason=row.reason) if row else Said(value=None, reason="nothing is recorded")
        )
    return found


def _tile(question: Question, ref: FigureRef, others: Mapping[str, Said], cells: Sequence[Cell]) -> Tile:
    one, here = question.catalogue[ref.figure], HERE.get(ref.figure, ref.figure)
    said = _total(question).get(here) or others.get(ref.figure) or Said(value=None, reason="nothing is recorded")
    before = running_before(question).total.get(here)
    digits = _digits(said.value) if here == PER_HOUR else digits_of(one.unit, one.decimals)
    moved = change(
        said.value, None if before is None else before.value, unit="1" if here == PER_HOUR else one.unit,
        digits=digits, direction=one.direction, show=question.show, words=BEFORE[asked_stretch(question).name],
    )  # fmt: skip
    target = next((target for target in question.workspace.targets if target.metric == one.name), None)
    goal: TargetStatus | None = None
    if target is not None and target.per is None and one.name not in HERE:
        goal = against(target, one.label, one.unit, said.value, said.reason, Decimal(1))
    trend = _trend(question, "interactions", cells[:-1]) if here == PER_HOUR else _trend(question, here, cells)
    label = ref.label or LABELS.get(one.name, one.label)
    value = question.show.quantity(said.value, "1" if here == PER_HOUR else one.unit, digits)
    return Tile(
        figure=one.name, label=label, description=one.description, value=value,
        reason=told(said.reason or "not measured") if said.value is None else None,
        partly=told(said.reason) if said.value is not None and said.reason else None,
        change=moved if said.value is not None else None, no_change="Nothing before to compare with",
        goal=None if goal is None else judged(goal, one, question.show), trend=trend,
        trend_words=_words(question, label, trend),
    )  # fmt: skip


def digits_of(unit: str, decimals: int) -> int:
    """Digits of a figure where it is read at a glance: no parts of a millisecond."""
    return 0 if unit == "ms" else decimals


def _digits(value: object) -> int:
    """Small rates keep a digit."""
    return 0 if value is None or Decimal(str(value)) >= TENS else 1


def _trend(question: Question, name: str, cells: Sequence[Cell]) -> tuple[Point, ...]:
    points = tuple(
        Point(_time(question, cell.period), None if (said := cell.figures.get(name)) is None or said.value is None
              else float(said.value))
        for cell in cells
    )  # fmt: skip
    return points if sum(point.value is not None for point in points) > 1 else ()


def _time(question: Question, period: str) -> str:
    when = datetime.fromisoformat(period)
    return f"{when:%H:%M}" if "T" in period else question.show.day_short(when)


def _words(question: Question, label: str, trend: Sequence[Point]) -> str:
    known = [point for point in trend if point.value is not None]
    if len(known) < 2:
        return f"{label}: no course yet"
    values = [point.value for point in known if point.value is not None]
    low, high = (question.show.plain(value, 0 if value >= 100 else 2) for value in (min(values), max(values)))
    return f"{label}, {known[0].month} to {known[-1].month}: between {low} and {high}"
