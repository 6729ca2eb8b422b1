"""Key figures of some projects as tiles: in the period, against before, by month, and against their targets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from breakeven.ledger.metrics import metrics
from breakeven.ledger.results import MetricTable, Number, TargetStatus
from breakeven.period import Grain, add_months
from breakeven.views.comparison import Comparison, Span
from breakeven.views.question import Question
from breakeven.views.tiles import ADDED_UP, Answers, Point, Tile, tile
from breakeven.views.trend import MONTHS
from breakeven.workspace.definitions import FigureRef

Window = tuple[date, date]


def key_figures(
    question: Question, refs: Sequence[FigureRef], targets: Sequence[TargetStatus], spans: Comparison | None,
    projects: tuple[str, ...] | None,
) -> tuple[Tile, ...]:  # fmt: skip
    """The tiles of figures that the workspace has, in the order given."""
    known = [ref for ref in refs if ref.figure in question.catalogue]
    names = tuple(dict.fromkeys(name for ref in known for name in (ref.figure, ADDED_UP.get(ref.figure, ref.figure))))
    if not names:
        return ()
    value = {table.metric: (table.rows[0].value, table.rows[0].reason) if table.rows else (None, "nothing is recorded")
             for table in _ask(question, names, question.window, projects)}  # fmt: skip
    past = question.kept(("past of tiles", names, projects, spans), lambda: _past(question, names, spans, projects))
    current, previous, monthly = past
    answers = Answers(value=value, current=current, previous=previous, monthly=monthly,
                      words=spans.words if spans is not None else None)  # fmt: skip
    return tuple(tile(ref, question.catalogue, answers, targets, question.show) for ref in known)


Known = Mapping[str, Number | None]


def _past(
    question: Question, names: Sequence[str], spans: Comparison | None, projects: tuple[str, ...] | None
) -> tuple[Known, Known, Mapping[str, Sequence[Point]]]:
    """What complete months say: changed by late records only."""
    current = _at(question, names, spans.current if spans is not None else None, projects)
    previous = _at(question, names, spans.previous if spans is not None else None, projects)
    end = min(question.period.end, question.desk.reading.open_month)
    start = max(add_months(end, -MONTHS), question.desk.book().months[0])
    monthly: dict[str, list[Point]] = {}
    if start < end:
        for table in _ask(question, names, (start, end), projects, Grain.MONTH):
            monthly[table.metric] = [
                Point(question.show.month_short(date.fromisoformat(f"{row.period}-01")),
                      None if row.value is None else float(row.value))
                for row in table.rows
            ]  # fmt: skip
    return current, previous, monthly


def _at(question: Question, names: Sequence[str], span: Span | None, projects: tuple[str, ...] | None) -> Known:
    if span is None:
        return {}
    return {table.metric: table.rows[0].value if table.rows else None
            for table in _ask(question, names, (span.start, span.end), projects)}  # fmt: skip


def _ask(
    question: Question, names: Sequence[str], window: Window, projects: tuple[str, ...] | None, grain: Grain = Grain.ALL
) -> Sequence[MetricTable]:
    return metrics(question.desk, names, grain=grain, span=window, projects=projects)
