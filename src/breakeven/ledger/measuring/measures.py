"""Takes measures from the store: one query for each relation, whatever the number of measures, periods and projects.

The answer to a question is an Arrow table with `period` (local start of the cell), the dimensions, and for each measure
`name` (DECIMAL(38, 12)), and where it can be incomplete `name?missing` and `name?of` (how many records it could not
see, of how many) and `name?rate` (a text that names a missing exchange rate). What is not in the table was not
recorded.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import msgspec
import pyarrow as pa

from breakeven.errors import UsageProblem
from breakeven.facts import KINDS, ColumnType, columns
from breakeven.ledger.cache import Cache
from breakeven.ledger.measuring import latencies, levels
from breakeven.ledger.measuring.latencies import Ranked
from breakeven.ledger.measuring.parts import PART, SHORT, Ask, Parts, added, parts
from breakeven.ledger.measuring.relations import (
    AMOUNTS,
    RAW_DIMENSIONS,
    Base,
    Setting,
    base_of,
    interactions,
    literal,
    local,
    no_rate_column,
    relation,
)  # fmt: skip
from breakeven.ledger.window import SUB_DAY, Window, bucket, cells
from breakeven.measures import MEASURES, Measure
from breakeven.period import Grain
from breakeven.store.base import Snapshot
from breakeven.store.rollups import DIMENSIONS
from breakeven.workspace.definitions import Workspace

DECIMAL = pa.decimal128(38, 12)
OF_MONTHS = frozenset(("project", "model"))
"""What the roll-up of response times can be cut by."""
MISSING, OF, RATE = "?missing", "?of", "?rate"
"""Endings of the columns that say what a measure does not include."""


class Presence(msgspec.Struct, frozen=True):
    """Whether a fact kind has been recorded, and for which days."""

    first: date | None
    """Local day of the first record; None: there is none."""
    last: date | None
    """Local day of the last one."""
    currencies: tuple[str, ...] = ()
    """Currencies of its amounts, the workspace's left out."""


Only = tuple[tuple[str, tuple[str | None, ...]], ...]
"""Column → the values that are looked at; None is a record that does not say."""


class Question(msgspec.Struct, frozen=True):
    """What is asked of the store."""

    names: tuple[str, ...]
    """Measures."""
    span: Window
    grain: Grain
    dims: tuple[str, ...] = ()
    """Columns to cut by."""
    projects: tuple[str, ...] | None = None
    """Only these; None: all."""
    only: Only = ()
    """Values that other columns must have."""


class Reading:
    """One moment of the facts, read for one workspace at one time."""

    def __init__(
        self, moment: Snapshot, workspace: Workspace, cache: Cache, now: datetime, as_of: datetime | None = None,
        rates_of: date | None = None,
    ) -> None:  # fmt: skip
        self.moment, self.workspace, self.cache, self.now = moment, workspace, cache, now
        self.as_of = as_of
        """The instant whose knowledge is read; None: the present."""
        self.rates_of = rates_of
        """The day at whose exchange rates all amounts are converted; None: each at that of its own day."""
        self.today = workspace.calendar.today(now)
        """The local date."""
        self.open_month = self.today.replace(day=1)
        """First day of the month that is not over."""

    def presence(self, kind: str, where: str = "true") -> Presence:
        """When a kind was recorded first and last; `where` for some of its records only (not of interactions)."""
        version = self.moment.versions.by_kind.get(kind, 0)
        return self.cache.get(("presence", kind, where), version, lambda: _presence(self, kind, where))

    def take(self, question: Question) -> list[pa.Table]:
        """The asked measures, in one table for each query that was needed."""
        groups: defaultdict[tuple[str, str | None, str], list[str]] = defaultdict(list)
        for name in dict.fromkeys(question.names):
            measure = MEASURES[name]
            form = measure.expression if special(measure) else ""
            groups[measure.relation, measure.time, form].append(name)
        return [self._group(key, tuple(names), question) for key, names in groups.items()]

    def unchanged(self, span: Window) -> Hashable:
        """The version of the interactions of a window: as long as it is the same, none came in or was priced again."""
        return Parts(self.moment, self.cache, self.as_of).version(span)

    def _group(self, key: tuple[str, str | None, str], names: tuple[str, ...], question: Question) -> pa.Table:
        (kind, time, form), version = key, self.moment.versions.by_kind.get(key[0], 0)
        # What ends with the present (states, weeks) is asked anew each day.
        day = self.today if form else None
        asked = (names, question.span, question.grain, question.dims, question.projects, question.only, day)
        if form:
            return self.cache.get(asked, version, lambda: _special(self, MEASURES[names[0]], question))
        return self.cache.get(asked, version, lambda: _sums(self, kind, time, names, question))

    def setting(self, kind: str) -> Setting:
        """What the SQL of a kind depends on."""
        workspace, foreign = self.workspace, self.presence(kind).currencies
        return Setting(
            workspace.calendar.time_zone, workspace.currency, workspace.rates, foreign, tuple(workspace.projects),
            self.rates_of,
        )  # fmt: skip


def special(measure: Measure) -> bool:
    """Whether a measure needs a query of its own."""
    return measure.expression.startswith(("quantile:", "weekly:", "state:"))


def dimensions(measure: Measure, span: Window, grain: Grain) -> frozenset[str]:
    """What a measure can be cut by, in a window and at a grain."""
    kind = measure.relation
    if kind == "interaction":
        raw = base_of(span, grain) is Base.RAW
        if measure.expression.startswith("quantile:"):
            near = raw or not span.whole_months or span.end - span.start <= levels.WIDEST_RAW
            return frozenset(RAW_DIMENSIONS if near else OF_MONTHS)
        return frozenset(RAW_DIMENSIONS if raw else DIMENSIONS)
    if measure.expression.startswith("state:"):
        return frozenset(("project", "model"))
    texts = (column.name for column in columns(kind) if column.type is ColumnType.TEXT)
    return frozenset(texts) - {"id", "labels", "text"}


# --- queries


def _presence(reading: Reading, kind: str, where: str) -> Presence:
    home, zone = reading.workspace.currency, reading.workspace.calendar.time_zone
    named = sorted(set(AMOUNTS.get(kind, {}).values()))
    if kind == "interaction":
        days = "SELECT min(day) AS first, max(day) AS last FROM interaction_day"
        used = [f"(SELECT list(DISTINCT {name}) FROM interaction_month)" for name in named]
    else:
        time, until = _presence_fields(kind)
        days = (f"SELECT CAST({local(zone, f'min({time})')} AS DATE) AS first,"
                f" CAST({local(zone, f'max({until})')} AS DATE) AS last FROM {kind} WHERE {where}")  # fmt: skip
        used = [f"(SELECT list(DISTINCT {name}) FROM {kind})" for name in named]
    listed = "".join(f", {sql} AS used_{i}" for i, sql in enumerate(used))
    row = reading.moment.query(f"SELECT *{listed} FROM ({days})").to_pylist()[0]
    found = {currency for i in range(len(used)) for currency in row[f"used_{i}"] or () if currency}
    return Presence(row["first"], row["last"], tuple(sorted(found - {home})))


def _presence_fields(kind: str) -> tuple[str, str]:
    if kind == "cost":
        # The end of a span lies outside it.
        return "start", 'greatest(start, coalesce("end" - INTERVAL 1 MICROSECOND, start))'
    if kind == "incident":
        return "opened_at", "greatest(opened_at, coalesce(resolved_at, opened_at))"
    time = "coalesce(deployed_at, time)" if kind == "deployment" else "time"
    return time, time


def _sums(reading: Reading, kind: str, time: str | None, names: Sequence[str], question: Question) -> pa.Table:
    base, setting = base_of(question.span, question.grain), reading.setting(kind)
    if kind == "interaction" and base is Base.RAW:
        found = _in_parts(
            reading, ("sums", *names), question,
            lambda part, number: _summed(
                reading, kind, names, question, interactions(part, base, setting), "local", f"{number}, "
            ),
        )  # fmt: skip
        return found if question.grain in SUB_DAY else added(found, ("period", *question.dims))
    column = "day" if kind == "interaction" else "local"
    source = relation(kind, question.span, question.grain, setting, time)
    return _summed(reading, kind, names, question, source, column)


def _in_parts(reading: Reading, what: tuple[str, ...], question: Question, ask: Ask) -> pa.Table:
    """What is answered about raw interactions, part of time by part of time."""
    # A single cell for all time is called after the window's first day.
    cell = question.span.first if question.grain is Grain.ALL else None
    key = (what, cell, question.grain, question.dims, question.projects, question.only, reading.rates_of)
    windows = parts(question.span, reading.now, reading.workspace.calendar)
    return Parts(reading.moment, reading.cache, reading.as_of).each(key, windows, ask)


def _summed(
    reading: Reading, kind: str, names: Sequence[str], question: Question, source: str, column: str, also: str = ""
) -> pa.Table:
    period = bucket(question.grain, column, reading.workspace.calendar, question.span)
    shown = ", ".join(f'{sql} AS "{name}"' for name, sql in _expressions(kind, names).items())
    keys = f"{also}{period} AS period, {levels.listed(question.dims)}"
    # One cell for all time is a constant: without HAVING no record at all would still give a row of zeros.
    return reading.moment.query(f"SELECT {keys}{shown} FROM ({source}) WHERE {_only(question)}"
                                f" GROUP BY ALL HAVING count(*) > 0")  # fmt: skip


def _expressions(kind: str, names: Sequence[str]) -> dict[str, str]:
    """Column → SQL for a set of measures of one relation."""
    found: dict[str, str] = {}
    whole = "sum(n)" if kind == "interaction" else "count(*) FILTER (WHERE starts)" if kind == "cost" else "count(*)"
    for name in names:
        measure = MEASURES[name]
        found[name] = f"TRY_CAST({_aggregate(measure)} AS DECIMAL(38, 12))"
        if measure.missing:
            found[name + MISSING] = f"CAST({measure.missing} AS DECIMAL(38, 0))"
            found[name + OF] = f"CAST({whole} AS DECIMAL(38, 0))"
        for amount, currency in AMOUNTS.get(kind, {}).items():
            if measure.unit == "money" and re.search(rf"\b{amount}\b", measure.expression):
                where = f" FILTER (WHERE {measure.condition})"
                found[name + RATE] = f"min({no_rate_column(currency)}){where}"
    return found


def _aggregate(measure: Measure) -> str:
    if not measure.expression.startswith("distinct:"):
        return measure.expression
    _, column, *condition = measure.expression.split(":", 2)
    return f"count(DISTINCT {column})" + (f" FILTER (WHERE {condition[0]})" if condition else "")


def _only(question: Question) -> str:
    """SQL of the rows that are asked for."""
    wanted: list[tuple[str, tuple[str | None, ...]]] = list(question.only)
    if question.projects is not None:
        wanted.append(("project", question.projects))
    return " AND ".join(f"({_among(column, values)})" for column, values in wanted) or "true"


def _among(column: str, values: Sequence[str | None]) -> str:
    named = ", ".join(literal(value) for value in values if value is not None)
    return f"{column} IN ({named or 'NULL'})" + (f" OR {column} IS NULL" if None in values else "")


def _special(reading: Reading, measure: Measure, question: Question) -> pa.Table:
    form, _, detail = measure.expression.partition(":")
    if form == "quantile":
        return percentiles(reading, measure, question)
    if form == "weekly":
        return _weekly(reading, measure, detail, question)
    calendar = reading.workspace.calendar
    cut = cells(question.span, question.grain, calendar)
    sql = levels.states(detail, cut, question.grain, question.dims, _only(question), reading.setting(measure.relation))
    kept = levels.listed(question.dims)
    return reading.moment.query(
        f'SELECT period, {kept}TRY_CAST(value AS DECIMAL(38, 12)) AS "{measure.name}" FROM ({sql})'
    )


def percentiles(reading: Reading, measure: Measure, question: Question) -> pa.Table:
    """A percentile of response times: exact for cells of an hour and less, from buckets for longer ones."""
    keys, name = ("period", *question.dims), measure.name
    share = float(measure.expression.partition(":")[2])
    if exact(question) and question.span.end - question.span.start > SHORT:
        return _in_parts(
            reading, ("exact", name), question,
            lambda part, number: Ranked(
                _counts(reading, latencies.EXACT, question, part, f"{number}, "), (PART, *keys)
            ).percentile(share, name),
        )  # fmt: skip
    return Ranked(latency_counts(reading, question), keys).percentile(share, name)


def exact(question: Question) -> bool:
    """Whether percentiles are made of the times themselves: hours and minutes, and a window of hardly more."""
    return question.grain in SUB_DAY or question.span.end - question.span.start <= SHORT


def latency_counts(reading: Reading, question: Question) -> pa.Table:
    """Response times and how often each was, by cell and dimension. Raises UsageProblem for too long a window."""
    calendar, span, grain = reading.workspace.calendar, question.span, question.grain
    cut = {*question.dims, *(column for column, _ in question.only)}
    if base_of(span, grain) is Base.MONTH and cut <= OF_MONTHS:
        return reading.moment.query(latencies.counts_of_months(
            span, grain, question.dims, _only(question), calendar, reading.setting("interaction")
        ))  # fmt: skip
    if span.end - span.start > levels.WIDEST_RAW and grain not in SUB_DAY:
        raise UsageProblem(
            f"response times by {grain} reach over at most {levels.WIDEST_RAW.days} days: choose a shorter window, "
            "or whole months by month"
        )
    if exact(question):
        return _counts(reading, latencies.EXACT, question, span)
    found = _in_parts(reading, ("buckets",), question,
                      lambda part, number: _counts(reading, latencies.BUCKETS, question, part, f"{number}, "),
                      )  # fmt: skip
    return latencies.summed(found, ("period", *question.dims))


def _counts(reading: Reading, counted: str, question: Question, part: Window, also: str = "") -> pa.Table:
    calendar, setting = reading.workspace.calendar, reading.setting("interaction")
    return reading.moment.query(latencies.counts_of_rows(
        counted, part, question.grain, question.dims, _only(question), calendar, setting, question.span, also
    ))  # fmt: skip


def _weekly(reading: Reading, measure: Measure, column: str, question: Question) -> pa.Table:
    """Mean over the weeks of each cell; cells in which no week begins have no row."""
    dims, zone = question.dims, ZoneInfo(reading.workspace.calendar.time_zone)
    known = reading.presence(measure.relation).first
    source = relation(measure.relation, question.span, question.grain, reading.setting(measure.relation))
    rows = reading.moment.query(levels.weekly(column, source, dims, _only(question))).to_pylist()
    by_week: defaultdict[datetime, dict[tuple[str | None, ...], int]] = defaultdict(dict)
    for row in rows:
        by_week[row["period"]][tuple(row[dim] for dim in dims)] = row["value"]
    made: list[Mapping[str, object]] = []
    now = reading.now.astimezone(zone).replace(tzinfo=None)
    long = question.grain not in (*SUB_DAY, Grain.DAY)
    for cell in cells(question.span, question.grain, reading.workspace.calendar) if known and long else ():
        weeks = levels.weeks_of(cell, datetime.combine(known or cell.first, datetime.min.time()), now)
        keys = {key for week in weeks for key in by_week[week]} or ({()} if weeks and not dims else set())
        for key in keys:
            mean = Decimal(sum(by_week[week].get(key, 0) for week in weeks)) / len(weeks)
            mean = mean.quantize(Decimal("1e-12"))
            made.append({"period": cell.key, **dict(zip(dims, key, strict=True)), measure.name: mean})
    names = [pa.field("period", pa.timestamp("us")), *(pa.field(dim, pa.string()) for dim in dims)]
    return pa.Table.from_pylist(made, schema=pa.schema([*names, pa.field(measure.name, DECIMAL)]))


def span_of(reading: Reading, kinds: Sequence[str]) -> tuple[date, date] | None:
    """First local day and the day after the last one of the records of some kinds; None: there are none."""
    found = [reading.presence(kind) for kind in kinds if kind in KINDS]
    firsts = [presence.first for presence in found if presence.first]
    lasts = [presence.last for presence in found if presence.last]
    return (min(firsts), date.fromordinal(max(lasts).toordinal() + 1)) if firsts and lasts else None
