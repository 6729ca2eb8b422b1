"""Asks the ledger for all projects of a page: their lines, the change against before, and the evidence of each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal

from breakeven.ledger.comparing.figures import Headline
from breakeven.ledger.comparing.portfolio import Portfolio, ProjectLine, headlines, portfolio
from breakeven.ledger.results import Entry
from breakeven.views.comparison import Comparison, change
from breakeven.views.key_figures import spans_of
from breakeven.views.projects.choices import Choices, scope_of
from breakeven.views.projects.judging import standing
from breakeven.views.projects.lines import Line, known_name
from breakeven.views.question import Question
from breakeven.views.standing import Evidence, evidence
from breakeven.workspace.definitions import Project

LIVE = 60
"""Projects up to which every record shows at once."""
Sides = tuple[Mapping[str, Headline], Mapping[str, Headline]]
"""The figures of every project in the present span of a comparison, and in the one before."""


def gathered(question: Question, chosen: Choices) -> tuple[Portfolio, list[Line], Comparison | None]:
    """The projects that the filters, the search and the choices leave."""
    scope = scope_of(question.desk, chosen, question.projects)
    found: Portfolio = _at_most_a_minute_old(question, scope, lambda: portfolio(question.desk, question.period, scope))
    spans = spans_of(question)
    now, before = _sides(question, spans, scope)
    proof = evidence_of(question.entries)
    months = [month for month in question.period.months() if month <= question.until]
    lines = [_line(question, line, months, proof.get(line.project), _moved(line, now, before, spans))
             for line in found.lines]  # fmt: skip
    return found, lines, spans


def _at_most_a_minute_old(
    question: Question, scope: tuple[str, ...] | None, make: Callable[[], Portfolio]
) -> Portfolio:
    """The answer of this moment; of many projects one of the last minute, so that following them live stays cheap."""
    many = len(question.workspace.projects if scope is None else scope) > LIVE
    found: Portfolio = question.kept(("portfolio", scope), make) if many else make()
    return found


def _sides(question: Question, spans: Comparison | None, scope: tuple[str, ...] | None) -> Sides:
    if spans is None:
        return {}, {}
    made: Sides = question.kept(("sides of projects", spans, scope), lambda: (
        headlines(question.desk, spans.current.start, spans.current.end, scope),
        headlines(question.desk, spans.previous.start, spans.previous.end, scope)))  # fmt: skip
    return made


def _moved(
    line: ProjectLine, now: Mapping[str, Headline], before: Mapping[str, Headline],
    spans: Comparison | None,
) -> tuple[Decimal | None, Decimal | None, str]:  # fmt: skip
    new, old = now.get(line.project), before.get(line.project)
    return new.roi_percent if new else None, old.roi_percent if old else None, spans.words if spans else ""


def evidence_of(entries: Sequence[Entry]) -> Mapping[str, Evidence]:
    """What the value of each project rests on."""
    mine: defaultdict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        if entry.side == "value":
            mine[entry.project].append(entry)
    return {project: made for project, own in mine.items() if (made := evidence(own)) is not None}


def _line(
    question: Question, line: ProjectLine, months: Sequence[date], proof: Evidence | None,
    moved: tuple[Decimal | None, Decimal | None, str],
) -> Line:  # fmt: skip
    declared: Project | None = question.workspace.projects.get(line.project)
    new, old, words = moved
    return Line(
        line=line, name=known_name(question, line.project), owner=(declared.owner or "") if declared else "",
        stage=declared.stage if declared else "", since=_since(line, declared), evidence=proof,
        verdict=standing(question, line.project, line.figures, months),
        change=change(new, old, unit="%", digits=0, direction="up", show=question.show, words=words),
        moved=None if new is None or old is None else new - old,
    )  # fmt: skip


def _since(line: ProjectLine, declared: Project | None) -> date | None:
    if declared is not None and declared.start is not None:
        return declared.start
    return line.months[0].month if line.months else None
