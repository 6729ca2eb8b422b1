"""Asks the ledger for all that a page needs about a period."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

import msgspec

from breakeven.ledger.catalogue import Figure
from breakeven.ledger.ledger import Ledger
from breakeven.ledger.results import Entry, Freshness, MetricTable, Number, Statement
from breakeven.period import Grain, Period, add_months
from breakeven.store.base import Store
from breakeven.views.comparison import Span, comparison
from breakeven.views.notes import Note, notes_of
from breakeven.views.tiles import ADDED_UP, Answers, Point
from breakeven.views.trend import MONTHS
from breakeven.workspace.definitions import FigureRef, Workspace

SIDE = (FigureRef(figure="cumulative_roi_percent", label="Return on investment"), FigureRef(figure="payback_months"),
        FigureRef(figure="run_rate", label="Net value per month"))  # fmt: skip
"""Figures beside the trend."""


class Gathered(msgspec.Struct, frozen=True, kw_only=True):
    """One page's worth of answers."""

    workspace: Workspace
    catalogue: Mapping[str, Figure]
    period: Period
    now: datetime
    statement: Statement
    answers: Answers
    net_by_project: MetricTable
    roi_by_project: MetricTable
    entries: Sequence[Entry]
    fresh: Sequence[Freshness]
    notes: Sequence[Note]

    @property
    def until(self) -> date:
        """The last day that the page speaks of: the period's last, or today."""
        return min(self.workspace.calendar.today(self.now), self.period.end - timedelta(days=1))


class History(msgspec.Struct, frozen=True, kw_only=True):
    """What complete months say, and the entries: changed by late records only, and costly to ask for."""

    words: str | None
    current: Mapping[str, Number | None]
    previous: Mapping[str, Number | None]
    monthly: Mapping[str, Sequence[Point]]
    entries: Sequence[Entry]


def history(ledger: Ledger, period: Period, now: datetime, figures: Sequence[str]) -> History:
    """The comparison, the months and the entries behind the tiles of `figures`."""
    calendar = ledger.workspace.calendar
    open_month = calendar.today(now).replace(day=1)
    span = ledger.facts_span(now=now)
    first = span[0].replace(day=1) if span is not None else None
    names = list(dict.fromkeys(ADDED_UP.get(name, name) for name in figures))
    compared = comparison(period, calendar, open_month, first)
    end = min(period.end, open_month)
    start = max(add_months(end, -MONTHS), first or end)
    monthly: dict[str, list[Point]] = {}
    if start < end:
        for table in ledger.metrics(names, now=now, grain=Grain.MONTH, window=(start, end)):
            monthly[table.metric] = [_point(row.period, row.value) for row in table.rows]
    return History(
        words=compared.words if compared is not None else None,
        current=_at(ledger, names, compared.current, now) if compared is not None else {},
        previous=_at(ledger, names, compared.previous, now) if compared is not None else {},
        monthly=monthly, entries=ledger.entries((period.start, period.end), now=now),
    )  # fmt: skip


def gather(
    ledger: Ledger, store: Store, period: Period, now: datetime, figures: Sequence[str], past: History
) -> Gathered:
    """All answers for the tiles of `figures` and the panels of a page; `past` is the history of the same question.

    Raises UsageProblem for a period that is not of whole months.
    """
    window = (period.start, period.end)
    net, rate = ledger.metrics(["net_value", "roi_percent"], now=now, grain=Grain.ALL, by="project", window=window)
    names = list(dict.fromkeys([*figures, *(ref.figure for ref in SIDE)]))
    value = {
        table.metric: (table.rows[0].value, table.rows[0].reason) if table.rows else (None, "nothing is recorded")
        for table in ledger.metrics(names, now=now, grain=Grain.ALL, window=window)
    }
    answers = Answers(value=value, current=past.current, previous=past.previous, monthly=past.monthly, words=past.words)
    return Gathered(
        workspace=ledger.workspace, catalogue=ledger.figures(), period=period, now=now,
        statement=ledger.statement(period, now=now), answers=answers, net_by_project=net, roi_by_project=rate,
        entries=past.entries, fresh=ledger.freshness(now), notes=_notes(store),
    )  # fmt: skip


def _at(ledger: Ledger, names: Sequence[str], span: Span, now: datetime) -> dict[str, Number | None]:
    tables = ledger.metrics(names, now=now, grain=Grain.ALL, window=(span.start, span.end))
    return {table.metric: table.rows[0].value if table.rows else None for table in tables}


def _point(name: str, value: Number | None) -> Point:
    month = date.fromisoformat(f"{name}-01")
    return Point(f"{month:%b} {month.year}", None if value is None else float(value))


def _notes(store: Store) -> Sequence[Note]:
    with store.snapshot() as moment:
        return notes_of(moment)
