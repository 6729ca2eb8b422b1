"""The statement: what a period brought and cost, for the portfolio, a project or a set of projects."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal

import pyarrow.compute as pc

from breakeven.errors import UsageProblem
from breakeven.ledger.books.evaluate import Ask, Level
from breakeven.ledger.catalogue import Figure, figure, figures
from breakeven.ledger.closing.late import after_close
from breakeven.ledger.closing.sealed_evidence import gone_values
from breakeven.ledger.desk import INVESTMENT, NET, ROI, VALUE, Desk, headline_columns
from breakeven.ledger.effects.decay import decay_notes
from breakeven.ledger.invoicing.cost_basis import cost_basis
from breakeven.ledger.numbers import plain, tidy, tidy_or_none
from breakeven.ledger.proof.evidence import evidence_split
from breakeven.ledger.reasons import gap, left_out
from breakeven.ledger.results import Number, Statement, TargetStatus, Unknown
from breakeven.ledger.scope import Projects, scope_name, scope_of
from breakeven.ledger.sharing.allocate import UNALLOCATED
from breakeven.ledger.targets import against
from breakeven.ledger.timeline import NO_RETURN, budget, cumulative_roi, months_begun, payback, run_rate, variance
from breakeven.ledger.timeline import Figure as Answer
from breakeven.ledger.timeline import figure as timeline_figure
from breakeven.period import Grain, Period, add_months
from breakeven.workspace.builtins import COST_LINES

PER_MODEL = "cost_per_model"


def statement(desk: Desk, period: Period, project: Projects = None, *, name: str = "") -> Statement:
    """The statement of whole months; that of several projects is the sum of theirs, and may be given a name.

    Raises UsageProblem for a period that is not of whole months, UnknownName for an unknown project.
    """
    span = desk.window(period.start, period.end)
    if not span.whole_months:
        raise UsageProblem(f"a statement is made of whole months, {period.name} is not: name a month, quarter or year")
    scope = scope_of(desk, project)
    known = figures(desk.workspace)
    wanted = [target.metric for target in desk.workspace.targets if known[target.metric].kind != "timeline"]
    extra = [PER_MODEL] if PER_MODEL in known else ["models_in_production"]
    names = tuple(dict.fromkeys([*desk.headline(), *wanted, *extra]))
    level = desk.level(Ask(names=names, span=span, grain=Grain.ALL, projects=scope, name=period.name))
    series = desk.series(desk.monthly(projects=scope))
    until = min(period.end, add_months(desk.reading.open_month, 1))
    allowed = budget(desk.reading, period.start, period.end, scope)
    value, investment = (column[0] for column in headline_columns(level))
    net, roi = returns_of(level, value, investment)
    answers: dict[str, Answer] = {
        one.name: timeline_figure(one.name, series, period.start, until, allowed)
        for one in known.values()
        if one.kind == "timeline"
    }
    per_model = _per_model(level, investment)
    spent = variance(allowed, investment)
    return Statement(
        period=period.name, start=period.start, end=period.end, scope=scope_name(scope, name),
        currency=desk.workspace.currency, data_version=desk.reading.moment.versions.data,
        methodology=desk.workspace.methodology.version, made_at=desk.reading.now,
        value={made.name: _amount(level, made.name) for made in desk.workspace.methodology.values()}
        | gone_values(desk, period.start, period.end, scope),
        cost=costs_of(desk, level, period, scope),
        total_value=tidy_or_none(value), investment=tidy_or_none(investment),
        net_value=tidy_or_none(net[0]), roi_percent=tidy_or_none(roi[0]),
        cumulative=series.points(until), cumulative_roi_percent=cumulative_roi(series, until)[0],
        payback_months=payback(series, until).months, run_rate=run_rate(series, until)[0],
        budget=allowed[0], budget_variance=spent[0], cost_per_model=tidy_or_none(per_model[0]),
        targets=_targets(desk, level, known, answers, period),
        completeness=_completeness(desk, period, scope),
        unknown=_unknown(desk, level, {NET: net, ROI: roi, PER_MODEL: per_model, "budget_variance": spent} | {
            name: answers[name] for name in ("payback_months", "run_rate", "budget", "cumulative_roi_percent")}),
        open_month=f"{desk.reading.open_month:%Y-%m}" if period.start <= desk.reading.open_month < period.end else None,
        payback=payback(series, until), evidence=evidence_split(desk, period, scope, investment),
        after_close=after_close(desk, period.start, period.end, scope) if desk.sealed else (),
        closed={one.seal.period: one.seal.version for one in desk.frozen.within(period.start, period.end)}
        if desk.sealed else {},
        metered=cost_basis(desk, period, scope), rates_of=desk.reading.rates_of,
    )  # fmt: skip


def _amount(level: Level, name: str) -> Decimal | None:
    return tidy_or_none(level.sheet.value(name, 0))


def returns_of(
    level: Level, value: Decimal | None, investment: Decimal | None, row: int = 0, *, partly: bool = True
) -> tuple[Answer, Answer]:
    """Net value and ROI % of a row, by the methodology where it defines them.

    `partly`: also what a known value does not include, not only why there is none.
    """
    net: Answer = (None, None)
    if NET in level.definitions:
        net = _with_gap(level, NET, row, partly)
    elif value is not None and investment is not None:
        net = value - investment, None
    if investment is not None and investment <= 0:
        return net, (None, NO_RETURN[bool(investment)])
    if ROI in level.definitions:
        return net, _with_gap(level, ROI, row, partly)
    if value is None or investment is None:
        return net, (None, "no value is known" if value is None else "no cost is known")
    return net, (((value / investment - 1) * 100).quantize(Decimal("1e-12")), None)


def _with_gap(level: Level, name: str, row: int, partly: bool) -> Answer:
    value = level.sheet.value(name, row)
    return value, gap(level, name, row) if partly or value is None else None


def _per_model(level: Level, investment: Decimal | None) -> Answer:
    if PER_MODEL in level.definitions:
        return level.sheet.value(PER_MODEL, 0), gap(level, PER_MODEL, 0)
    models = level.sheet.value("models_in_production", 0)
    if investment is None or not models:
        return None, "no cost is known" if investment is None else "no model is in production"
    return (investment / models).quantize(Decimal("1e-12")), None


def costs_of(desk: Desk, level: Level, period: Period, scope: tuple[str, ...] | None) -> Mapping[str, Decimal | None]:
    """Cost by line; what no project can be given is taken out of the allocated line and shown by itself."""
    direct, metered, allocated, planned = (level.sheet.value(line, 0) for line in COST_LINES)
    if allocated is None and desk.reading.presence("cost").first is not None and not _unconverted_pools(level):
        allocated = Decimal(0)  # bills are known, and none of them is of a pool
    nobody = Decimal(0) if allocated is not None else None
    if scope is None and allocated is not None:
        nobody = _unallocated(desk, period)
        allocated -= nobody
    return {
        "direct": tidy_or_none(direct), "metered": tidy_or_none(metered), "allocated": tidy_or_none(allocated),
        "unallocated": tidy_or_none(nobody), "implementation": tidy(planned or Decimal(0)),
    }  # fmt: skip


def _unconverted_pools(level: Level) -> str | None:
    """The exchange rate that bills of pools lack, whoever would share them."""
    source = level.source
    lost = source.incomplete("cost") if source is not None else frozenset()
    row = next((row for row in level.part_rows[0] if row in lost), None) if lost else None
    return None if source is None or row is None else left_out(source, level.workspace, "cost_allocated", row)


def _unallocated(desk: Desk, period: Period) -> Decimal:
    book = desk.book()
    if UNALLOCATED not in book.projects:
        return Decimal(0)
    key, months = book.projects.index(UNALLOCATED), book.places(period.start, period.end)
    column = book.sheet.columns["cost_allocated"]
    rows = (row for row, (cell, of) in enumerate(book.sheet.grid.rows) if of == key and cell in months)
    return sum((column[row].as_py() or Decimal(0) for row in rows), Decimal(0))


def _targets(
    desk: Desk, level: Level, known: Mapping[str, Figure], answers: Mapping[str, Answer], period: Period
) -> tuple[TargetStatus, ...]:
    calendar, found = desk.workspace.calendar, []
    months = months_begun(desk.reading, period.start, period.end)
    last_day = min(period.end - timedelta(days=1), desk.reading.today)
    year = months_begun(desk.reading, calendar.containing(last_day, Grain.YEAR).start, period.end)
    for target in desk.workspace.targets:
        one = figure(target.metric, known)
        value: Number | None
        if one.kind == "timeline":
            amount, reason = answers[one.name]
            value = plain(amount, one.unit)
        else:
            value, reason = plain(level.sheet.value(one.name, 0), one.unit), gap(level, one.name, 0)
        span = year if one.name == "roi_ytd" else months
        found.append(against(target, target.label or one.label, one.unit, value, reason, span))
    return tuple(found)


def _completeness(desk: Desk, period: Period, scope: tuple[str, ...] | None) -> Decimal | None:
    """Known cells over all cells of value categories × projects × months in which the project ran."""
    book, categories = desk.book(), desk.workspace.methodology.values()
    months, grid = book.places(period.start, period.end), book.sheet.grid
    rows = [
        row for row, (cell, _) in enumerate(grid.rows)
        if cell in months and book.expected[row] and (scope is None or grid.names[row][1] in scope)
    ]  # fmt: skip
    if not rows or not categories:
        return None
    known = sum(pc.count(book.sheet.columns[made.name].take(rows)).as_py() for made in categories)
    return (Decimal(known) / (len(rows) * len(categories))).quantize(Decimal("0.0001"))


def _unknown(desk: Desk, level: Level, answers: Mapping[str, Answer]) -> tuple[Unknown, ...]:
    """Every figure of the statement that is unknown or incomplete, with the reason."""
    reasons: dict[str, str | None] = {}
    for name in (*(made.name for made in desk.workspace.methodology.values()), *COST_LINES):
        unplanned = name in ("cost_implementation", "cost_allocated") and desk.reading.presence("cost").first
        if not unplanned:
            reasons[name] = gap(level, name, 0)
    reasons["cost_allocated"] = reasons.get("cost_allocated") or _unconverted_pools(level)
    for name, lost in desk.book().uncounted.items():
        said = ", ".join(f"{tidy(amount)} of {project}" for project, amount in sorted(lost.items()))
        note = f"not counted, in months in which the project did not run: {said}"
        reasons[name] = f"{reasons[name]}; {note}" if reasons.get(name) else note
    for name, note in decay_notes(desk.book(), level.ask.span.first, level.ask.span.last, level.ask.projects).items():
        reasons[name] = f"{reasons[name]}; {note}" if reasons.get(name) else note
    for name in (VALUE, INVESTMENT):
        if name in level.definitions and level.sheet.value(name, 0) is None:
            reasons[name] = gap(level, name, 0)
    for name, (value, reason) in answers.items():
        if value is None or name == "budget":
            reasons[name] = reason
    return tuple(Unknown(figure=name, reason=reason) for name, reason in reasons.items() if reason)
