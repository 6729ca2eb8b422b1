"""Figures over time, by project, model or another dimension."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

from breakeven.errors import UsageProblem, choices
from breakeven.ledger.books.evaluate import Ask, Level, cuttable, leaves
from breakeven.ledger.catalogue import Figure, figure, figures
from breakeven.ledger.desk import Desk
from breakeven.ledger.measuring.measures import Only, span_of
from breakeven.ledger.numbers import plain
from breakeven.ledger.reasons import BY_MONTH, gap
from breakeven.ledger.results import MetricRow, MetricTable
from breakeven.ledger.sharing.allocate import UNALLOCATED
from breakeven.ledger.timeline import Figure as Answer
from breakeven.ledger.timeline import budget
from breakeven.ledger.timeline import figure as timeline_figure
from breakeven.ledger.window import COARSE, Moment, Window, cells, check_length, snapped, window
from breakeven.measures import MEASURES
from breakeven.period import Grain, add_months
from breakeven.workspace.builtins import COST_LINES

NONE = "none"


def metrics(
    desk: Desk,
    names: Sequence[str],
    *,
    grain: Grain = Grain.MONTH,
    span: tuple[Moment, Moment] | None = None,
    by: str | Sequence[str] = NONE,
    projects: Sequence[str] | None = None,
    only: Mapping[str, Sequence[str | None]] | None = None,
) -> tuple[MetricTable, ...]:
    """One table for each name, in the order of the names.

    `span`: first day and the day after the last (or instants); default: the span of the data behind the names.
    `by`: none, project, model, or any dimension that all the names have; several are joined by a comma.
    `only`: dimension → the values that are looked at (None: records that do not say).
    Raises UnknownName for a figure or a project, UsageProblem for a dimension or a window that cannot be used.
    """
    known = figures(desk.workspace)
    asked = [figure(name, known) for name in dict.fromkeys(names)]
    if not asked:
        raise UsageProblem("name at least one metric")
    scope = desk.check_projects(projects)
    asked_span = _span(desk, asked, grain, span)
    check_length(asked_span, grain)
    dims = _dims(desk, asked, by, asked_span, grain)
    kept = _kept(desk, asked, only or {}, asked_span, grain)
    plain_names = tuple(one.name for one in asked if one.kind != "timeline")
    ask = Ask(names=plain_names, span=asked_span, grain=grain, dims=dims, projects=scope, only=kept)
    level = desk.level(ask) if plain_names else None
    made = []
    for one in asked:
        if one.kind == "timeline":
            rows = _timeline_rows(desk, one, ask)
        else:
            assert level is not None  # noqa: S101 - there is a name that is not of the timeline
            rows = _rows(level, one)
        made.append(_table(desk, one, rows))
    return tuple(made)


def _table(desk: Desk, one: Figure, rows: list[MetricRow]) -> MetricTable:
    return MetricTable(
        metric=one.name,
        unit=one.unit,
        currency=desk.workspace.currency,
        label=one.label,
        data_version=desk.reading.moment.versions.data,
        methodology=desk.workspace.methodology.version,
        rows=tuple(rows),
    )


def _span(desk: Desk, asked: Sequence[Figure], grain: Grain, span: tuple[Moment, Moment] | None) -> Window:
    calendar = desk.workspace.calendar
    if span is not None:
        return window(*span, calendar)
    kinds = {MEASURES[leaf].relation for one in asked for leaf in _leaves(desk, one)}
    found = span_of(desk.reading, sorted(kinds))
    today = desk.reading.today
    if found is None:
        found = (today, today + timedelta(days=1))
    return window(*snapped(*found, grain, calendar), calendar)


def _leaves(desk: Desk, one: Figure) -> list[str]:
    if one.kind == "measure":
        return [one.name]
    if one.kind == "timeline":
        return leaves(COST_LINES[0], desk.workspace) + [
            leaf for made in desk.workspace.methodology.values() for leaf in leaves(made.name, desk.workspace)
        ]
    return leaves(one.name, desk.workspace)


def _dims(desk: Desk, asked: Sequence[Figure], by: str | Sequence[str], span: Window, grain: Grain) -> tuple[str, ...]:
    wanted = by.split(",") if isinstance(by, str) else list(by)
    dims = tuple(dict.fromkeys(word.strip() for word in wanted if word.strip() not in ("", NONE)))
    _check_dims(desk, asked, dims, span, grain, "shown by")
    return dims


def _check_dims(
    desk: Desk, asked: Sequence[Figure], dims: Iterable[str], span: Window, grain: Grain, done: str
) -> None:
    for dim in dims:
        for one in asked:
            allowed = cuttable(one.name, desk.workspace, span, grain)
            if allowed is not None and dim not in allowed:
                valid = sorted({NONE, *allowed})
                raise UsageProblem(f"{one.name} cannot be {done} {dim!r}: {choices(dim, valid)}")


def _kept(
    desk: Desk, asked: Sequence[Figure], only: Mapping[str, Sequence[str | None]], span: Window, grain: Grain
) -> Only:
    """What is asked for of other columns; a figure that is made per month and project has none of them."""
    _check_dims(desk, asked, only, span, grain, "limited to one")
    return tuple((dim, tuple(dict.fromkeys(values))) for dim, values in sorted(only.items()))


def _rows(level: Level, one: Figure) -> list[MetricRow]:
    grid, values = level.grid, level.sheet.columns[one.name].to_pylist()
    found = []
    for row, (cell, key) in enumerate(grid.rows):
        parts: Mapping[str, str | None] = dict(zip(grid.dims, grid.keys[key], strict=True))
        value = values[row]
        if parts.get("project") == UNALLOCATED and value is None:
            continue
        others = [part for dim, part in parts.items() if dim not in ("project", "model")]
        found.append(MetricRow(
            period=grid.cells[cell].name, project=parts.get("project"), model=parts.get("model"),
            value=plain(value, one.unit), reason=gap(level, one.name, row),
            dimension=", ".join(part or "" for part in others) if any(others) else None,
        ))  # fmt: skip
    return found


def _timeline_rows(desk: Desk, one: Figure, ask: Ask) -> list[MetricRow]:
    cut = cells(ask.span, ask.grain, desk.workspace.calendar)
    monthly = desk.monthly(ask.dims, ask.projects)
    found = []
    for key, series in zip(monthly.grid.keys, desk.every_series(monthly), strict=True):
        project = key[0] if key else None
        if project == UNALLOCATED:
            continue
        scope = (project,) if project is not None else ask.projects
        for cell in cut:
            answer: Answer = (None, BY_MONTH)
            if ask.grain in COARSE and ask.span.whole_months:
                until = min(cell.last, _after_open(desk))
                allowed = budget(desk.reading, cell.first, cell.last, scope)
                answer = timeline_figure(one.name, series, cell.first, until, allowed)
            value, reason = answer
            found.append(MetricRow(period=cell.name, project=project, model=None, value=plain(value, one.unit),
                                   reason=reason))  # fmt: skip
    return sorted(found, key=lambda row: [cell.name for cell in cut].index(row.period))


def _after_open(desk: Desk) -> date:
    return add_months(desk.reading.open_month, 1)
