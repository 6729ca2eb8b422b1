"""Key figures of a page as tiles: one question for all of them, answers about complete months kept for a minute."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from breakeven.facts import PERIODIC
from breakeven.ledger.behind import Behind, behind
from breakeven.ledger.catalogue import Figure
from breakeven.ledger.measuring.measures import span_of
from breakeven.ledger.metrics import metrics
from breakeven.ledger.results import MetricTable, Number, TargetStatus
from breakeven.ledger.scenarios.range_results import RangeLine
from breakeven.ledger.scenarios.ranges import statement_range
from breakeven.period import Grain, add_months
from breakeven.views.comparison import Comparison, Span, compared
from breakeven.views.format import COUNTED
from breakeven.views.question import Question
from breakeven.views.standing import Evidence, Known, known_by, mix
from breakeven.views.tiles import ADDED_UP, Answers, Point, Proof, Tile, interval, tile
from breakeven.workspace.definitions import FigureRef

MONTHS = 12
"""Of a small trend."""
RANGED: Mapping[str, str] = {"total_monthly_value": "total_value"}
"""Figure → the line of a statement's ranges, where it has another name there."""
AGAINST = "against"
MINUTE = 60.0
"""Seconds; what is younger is said to be younger than a minute, so that a tile does not change every second."""

Past = tuple[Mapping[str, Number | None], Mapping[str, Number | None], Mapping[str, Sequence[Point]]]


def key_figures(question: Question, refs: Sequence[FigureRef], *, short: bool = False) -> tuple[Tile, ...]:
    """The tiles of figures, in the order given; what the workspace has not is left out.

    `short`: of the comparison only what it is against is named, as small tiles have room for.
    """
    known = [ref for ref in refs if ref.figure in question.catalogue]
    if not known:
        return ()
    answers = _answers(question, [ref.figure for ref in known], short=short)
    targets = targets_of(question)
    return tuple(
        tile(ref, question.catalogue, answers, targets, question.show, proof(question, question.catalogue[ref.figure]))
        for ref in known
    )


def spans_of(question: Question) -> Comparison | None:
    """Which two spans are compared; None: there is nothing before, or nothing is to be compared."""
    found = span_of(question.desk.reading, PERIODIC)
    first = found[0].replace(day=1) if found is not None else None
    return compared(
        question.filters.compare, question.period, question.calendar, question.now, first, question.show.locale
    )


def targets_of(question: Question) -> tuple[TargetStatus, ...]:
    """The targets of the statement that hold for what is asked about."""
    return tuple(target for target in question.statement.targets if _for_scope(question, target))


def _for_scope(question: Question, target: TargetStatus) -> bool:
    """Whether a target says anything about a part of the company: what adds up is promised by all together."""
    if question.projects is None:
        return True
    stated = next((one for one in question.workspace.targets if one.metric == target.metric), None)
    return stated is not None and stated.per is None and target.unit not in COUNTED | {"money"}


def _answers(question: Question, figures: Sequence[str], *, short: bool) -> Answers:
    names = tuple(dict.fromkeys(name for figure in figures for name in (figure, ADDED_UP.get(figure, figure))))
    known = tuple(name for name in names if name in question.catalogue)
    value = {table.metric: (table.rows[0].value, table.rows[0].reason) if table.rows else (None, "nothing is recorded")
             for table in _ask(question, known, *question.window)}  # fmt: skip
    spans = spans_of(question)
    current, previous, monthly = question.kept(
        ("past of figures", known, question.projects, spans), lambda: _past(question, known, spans)
    )
    return Answers(value=value, current=current, previous=previous, monthly=monthly,
                   words=_words(spans, short=short))  # fmt: skip


def _words(spans: Comparison | None, *, short: bool) -> str | None:
    if spans is None or not short:
        return spans.words if spans is not None else None
    return spans.words[max(0, spans.words.find(AGAINST)) :]


def _past(question: Question, names: Sequence[str], spans: Comparison | None) -> Past:
    """What complete months say: changed by late records only."""
    current = _at(question, names, spans.current if spans is not None else None)
    previous = _at(question, names, spans.previous if spans is not None else None)
    end = min(question.period.end, question.desk.reading.open_month)
    start = max(add_months(end, -MONTHS), question.desk.book().months[0])
    monthly: dict[str, list[Point]] = {}
    if start < end:
        for table in _ask(question, names, start, end, Grain.MONTH):
            monthly[table.metric] = [
                Point(question.show.month_short(date.fromisoformat(f"{row.period}-01")),
                      None if row.value is None else float(row.value))
                for row in table.rows
            ]  # fmt: skip
    return current, previous, monthly


def _at(question: Question, names: Sequence[str], span: Span | None) -> Mapping[str, Number | None]:
    if span is None:
        return {}
    return {table.metric: table.rows[0].value if table.rows else None
            for table in _ask(question, names, span.start, span.end)}  # fmt: skip


def _ask(
    question: Question, names: Sequence[str], start: date, end: date, grain: Grain = Grain.ALL
) -> Sequence[MetricTable]:
    return metrics(question.desk, names, grain=grain, span=(start, end), projects=question.projects)


def proof(question: Question, one: Figure) -> Proof:
    """How sure and how new a figure is."""
    rests = behind(question.desk, one)
    return Proof(range=_range(question, one), evidence=_evidence(question, rests), age=_age(question, rests))


def ranges(question: Question) -> Mapping[str, RangeLine]:
    """The ranges of the statement's figures; of the portfolio or of one project, for several there are none."""
    projects = question.projects
    if projects is not None and len(projects) != 1:
        return {}
    project = None if projects is None else projects[0]
    found: Mapping[str, RangeLine] = question.kept(
        ("ranges", project), lambda: statement_range(question.desk, question.period, project).lines
    )
    return found


def _range(question: Question, one: Figure) -> str:
    name = one.name
    if name in ADDED_UP:
        if question.period.name != "ytd":
            return ""
        name = ADDED_UP[name]
    line = ranges(question).get(RANGED.get(name, name))
    return "" if line is None else interval(line.p10, line.p90, one, question.show)


def _evidence(question: Question, rests: Behind) -> Evidence | None:
    """Of the value that a figure is made of; of a cost, of that cost."""
    known: Known = question.kept(("known by", question.projects), lambda: known_by(question.entries))
    return mix(known, rests.values or rests.costs)


def _age(question: Question, rests: Behind) -> str:
    """Age of the newest record of the kinds that a figure is taken from."""
    ages = [one.age_seconds for one in question.fresh if one.kind in rests.kinds]
    if not ages:
        return ""
    return question.show.age(min(ages)) if min(ages) >= MINUTE else "under 1\u00a0min"
