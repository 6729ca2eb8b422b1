"""Where measures are taken from: each relation as a SELECT over the store, in local days and the workspace's currency.

Every SELECT has `local` (TIMESTAMP) or, for roll-ups, `day` (DATE) to cut by, the columns that expressions of
`breakeven/measures.py` name, and for each currency column a text that is set where an amount has no exchange rate.
Amounts are converted at the rate of their own day (or of one day for all, see `ledger/invoicing/currency.py`); a
roll-up's foreign amounts therefore come from its days, so that days, months and years add up to each other. An amount
without a rate is NULL.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from enum import StrEnum

import msgspec

from breakeven.facts import UNASSIGNED, columns
from breakeven.ledger.window import SUB_DAY, Window
from breakeven.money import Rate
from breakeven.period import Grain
from breakeven.store.rollups import DIMENSIONS
from breakeven.store.rollups import MEASURES as ROLLUP_MEASURES

AMOUNTS: Mapping[str, Mapping[str, str]] = {
    "interaction": {"cost": "cost_currency", "revenue": "currency"},
    "cost": {"amount": "currency", "effective_amount": "currency", "list_amount": "currency"},
    "benefit": {"amount": "currency"},
    "incident": {"cost": "currency"},
}
"""Fact kind → amount → the column that holds its currency."""

RAW_DIMENSIONS = (*DIMENSIONS, "operation", "actor", "source")
"""What raw interactions can be cut by."""


class Base(StrEnum):
    """What interactions are read from."""

    MONTH = "interaction_month"
    DAY = "interaction_day"
    RAW = "interaction_measures"


def literal(text: str) -> str:
    """A text as SQL."""
    return "'" + text.replace("'", "''") + "'"


class Setting(msgspec.Struct, frozen=True):
    """What the SQL depends on beside the question: the company's zone and currency, and the rates that are needed."""

    time_zone: str
    currency: str
    rates: tuple[Rate, ...]
    foreign: tuple[str, ...]
    """Other currencies that stand in the relation."""
    projects: tuple[str, ...]
    """Declared projects. Facts keep the name that they came with; what is not declared is `unassigned` here, so that a
    project that is declared later takes what was sent for it before."""
    rates_of: date | None = None
    """The day whose rates these are, where all amounts are converted at the rates of one day."""

    def owner(self, project: str) -> str:
        """SQL of the project that a fact belongs to."""
        if not self.projects:
            return literal(UNASSIGNED)
        known = ", ".join(literal(name) for name in self.projects)
        return f"CASE WHEN {project} IN ({known}) THEN {project} ELSE '{UNASSIGNED}' END"


def local(time_zone: str, instant: str) -> str:
    """SQL of the local TIMESTAMP of an instant, and back."""
    return f"timezone({literal(time_zone)}, {instant})"


def instant(moment: object) -> str:
    """A point in time as SQL."""
    return f"TIMESTAMPTZ '{moment}'"


def no_rate_column(currency_column: str) -> str:
    """Name of the column with the reason why amounts in `currency_column` could not be converted."""
    return f"no_rate_{currency_column}"


def base_of(span: Window, grain: Grain) -> Base:
    """The coarsest table of interactions that can answer for a window at a grain."""
    if grain in SUB_DAY or not span.whole_days:
        return Base.RAW
    return Base.DAY if grain in (Grain.DAY, Grain.WEEK) or not span.whole_months else Base.MONTH


def relation(kind: str, span: Window, grain: Grain, setting: Setting, time: str | None = None) -> str:
    """SELECT of a fact kind within a window; `time` is the deciding field where it is not the usual one."""
    if kind == "interaction":
        return interactions(span, base_of(span, grain), setting)
    if kind == "cost":
        return costs(span, grain, setting)
    usual = {"deployment": "coalesce(x.deployed_at, x.time)", "incident": "x.opened_at"}.get(kind, "x.time")
    return events(kind, span, setting, f"x.{time}" if time else usual)


# --- conversion


def _rates(setting: Setting) -> str:
    rows = ", ".join(
        f"({literal(rate.currency)}, DATE '{rate.start}', CAST('{rate.rate}' AS DECIMAL(20, 12)))"
        for rate in setting.rates
        if rate.currency in setting.foreign
    )
    empty = "SELECT CAST(NULL AS VARCHAR), CAST(NULL AS DATE), CAST(NULL AS DECIMAL(20, 12)) WHERE false"
    return f"(SELECT * FROM ({f'VALUES {rows}' if rows else empty}) AS r (currency, since, rate))"


def _conversion(amounts: Mapping[str, str], setting: Setting) -> tuple[dict[str, str], dict[str, str], str]:
    """Converted amounts, reasons by currency column, and the joins, for rows `x` that have a local `day`."""
    currencies = list(dict.fromkeys(amounts.values()))
    if not setting.foreign:
        absent = {no_rate_column(column): "CAST(NULL AS VARCHAR)" for column in currencies}
        return {name: f"x.{name}" for name in amounts}, absent, ""
    home, joins = literal(setting.currency), ""
    for column in currencies:
        joins += (f" ASOF LEFT JOIN {_rates(setting)} AS r_{column}"
                  f" ON x.{column} = r_{column}.currency AND x.day >= r_{column}.since")  # fmt: skip
    converted = {
        name: f"CASE WHEN coalesce(x.{column}, {home}) = {home} THEN x.{name}"
        f" ELSE TRY(CAST(x.{name} * r_{column}.rate AS DECIMAL(38, 12))) END"
        for name, column in amounts.items()
    }
    reasons, day = {}, "CAST(x.day AS VARCHAR)" if setting.rates_of is None else literal(str(setting.rates_of))
    for column in currencies:
        known = " OR ".join(f"x.{name} IS NOT NULL" for name, of in amounts.items() if of == column)
        reasons[no_rate_column(column)] = (
            f"CASE WHEN coalesce(x.{column}, {home}) <> {home} AND r_{column}.rate IS NULL AND ({known})"
            f" THEN 'no exchange rate ' || x.{column} || '→{setting.currency} on ' || {day} END"
        )
    return converted, reasons, joins


# --- interactions


def interactions(span: Window, base: Base, setting: Setting) -> str:
    """Interactions as roll-up rows."""
    home = literal(setting.currency)
    at_home = f"coalesce(cost_currency, {home}) = {home} AND coalesce(currency, {home}) = {home}"
    if base is Base.RAW:
        within = f"time >= {instant(span.start)} AND time < {instant(span.end)}"
        dimensions: Sequence[str] = RAW_DIMENSIONS
        raw = f"SELECT *, {local(setting.time_zone, 'time')} AS local FROM {base} WHERE {within}"
        return _interaction_rows(raw, ("time", "local", "latency_ms", "bucket", *_counts()), dimensions, setting)
    period = "month" if base is Base.MONTH else "day"
    within = f"{period} >= DATE '{span.first}' AND {period} < DATE '{span.last}'"
    plain = Setting(setting.time_zone, setting.currency, (), (), setting.projects)
    names = ", ".join((*DIMENSIONS, *(measure.name for measure in ROLLUP_MEASURES)))
    if not setting.foreign:
        return _interaction_rows(f"SELECT {period} AS day, {names} FROM {base} WHERE {within}",
                                 ("day", *_counts()), DIMENSIONS, plain)  # fmt: skip
    near = f"SELECT {period} AS day, {names} FROM {base} WHERE {within} AND {at_home}"
    days = f"day >= DATE '{span.first}' AND day < DATE '{span.last}' AND NOT ({at_home})"
    sums = ", ".join(f"sum({measure.name}) AS {measure.name}" for measure in ROLLUP_MEASURES)
    # Partial rows are added up before they are converted: merging them must not change a rounded amount.
    far = f"SELECT day, {', '.join(DIMENSIONS)}, {sums} FROM {Base.DAY} WHERE {days} GROUP BY ALL"
    return (f"{_interaction_rows(near, ('day', *_counts()), DIMENSIONS, plain)} UNION ALL BY NAME "
            f"{_interaction_rows(far, ('day', *_counts()), DIMENSIONS, setting)}")  # fmt: skip


def _counts() -> tuple[str, ...]:
    amounts = AMOUNTS["interaction"]
    return tuple(measure.name for measure in ROLLUP_MEASURES if measure.name not in amounts)


def _interaction_rows(rows: str, kept: Sequence[str], dimensions: Sequence[str], setting: Setting) -> str:
    converted, reasons, joins = _conversion(AMOUNTS["interaction"], setting)
    named = ", ".join(f"{sql} AS {name}" for name, sql in {**converted, **reasons}.items())
    return f"SELECT {_plain((*kept, *dimensions), setting)}, {named} FROM ({rows}) AS x{joins}"


def _plain(names: Sequence[str], setting: Setting) -> str:
    """Columns of `x` as they are, but for the project."""
    owner = setting.owner("x.project")
    return ", ".join(f"{owner} AS project" if name == "project" else f"x.{name}" for name in dict.fromkeys(names))


# --- the other kinds


def events(kind: str, span: Window, setting: Setting, time: str) -> str:
    """Facts of a kind that has one moment."""
    fields = [column.name for column in columns(kind) if column.name not in AMOUNTS.get(kind, {})]
    extra = ""
    if kind == "deployment":
        # Over all time: the first release of a model may lie before the window.
        extra = (", x.status = 'succeeded' AND row_number() OVER (PARTITION BY x.project, x.model, x.status"
                 f" ORDER BY {time}, x.id) = 1 AS is_first")  # fmt: skip
    moment = local(setting.time_zone, time)
    rows = f"SELECT x.*, {moment} AS local, CAST({moment} AS DATE) AS day{extra} FROM {kind} AS x"
    within = f"local >= {_local_literal(span.start, setting)} AND local < {_local_literal(span.end, setting)}"
    converted, reasons, joins = _conversion(AMOUNTS.get(kind, {}), setting)
    named = [f"{sql} AS {name}" for name, sql in {**converted, **reasons}.items()]
    plain = _plain((*fields, "local", *(("is_first",) if extra else ())), setting)
    return f"SELECT {', '.join([plain, *named])} FROM (SELECT * FROM ({rows}) WHERE {within}) AS x{joins}"


def _local_literal(moment: object, setting: Setting) -> str:
    return local(setting.time_zone, instant(moment))


# --- cost: spans are spread over time


def costs(span: Window, grain: Grain, setting: Setting) -> str:
    """Cost facts, those with a span cut into pieces of a month, day, hour or minute.

    A piece gets its share by time. Shares are rounded cumulatively at 12 decimals, so that the pieces of a fact add up
    to it exactly. `starts` is true for the piece that holds the fact's start.
    """
    piece = _piece(span, grain)
    zone, (begin, finish) = setting.time_zone, (instant(span.start), instant(span.end))
    fields = [column.name for column in columns("cost") if column.name not in (*AMOUNTS["cost"], "start", "end")]
    converted, reasons, joins = _conversion(AMOUNTS["cost"], setting)
    amounts = ", ".join(f"{sql} AS {name}" for name, sql in converted.items())
    notes = ", ".join(f"{sql} AS {name}" for name, sql in reasons.items())
    plain = _plain(fields, setting)
    first = f"date_trunc('{piece}', {local(zone, 'start')})"
    last = f"date_trunc('{piece}', {local(zone, 'stop')} - INTERVAL 1 MICROSECOND)"
    return f"""
        WITH touched AS (
            SELECT *, CAST({local(zone, "start")} AS DATE) AS day, greatest(coalesce("end", start), start) AS stop
            FROM cost WHERE start < {finish} AND (coalesce("end", start) > {begin} OR start >= {begin})
        ), priced AS (
            SELECT {plain}, x.start, x.stop, {amounts}, {notes} FROM touched AS x{joins}
        ), framed AS (
            SELECT *, {first} AS first_piece, greatest({first}, {last}) AS last_piece FROM priced
        ), pieces AS (
            SELECT * EXCLUDE (first_piece, last_piece), {local(zone, "start")} AS local, true AS starts
            FROM framed WHERE first_piece = last_piece
            UNION ALL BY NAME {_pieces(piece, zone)}
        )
        SELECT * FROM pieces WHERE local >= {local(zone, begin)} AND local < {local(zone, finish)}
    """


def _piece(span: Window, grain: Grain) -> str:
    if grain in SUB_DAY or not span.whole_days:
        return "minute" if grain is Grain.MINUTE else "hour"
    return "day" if grain in (Grain.DAY, Grain.WEEK) or not span.whole_months else "month"


def _pieces(piece: str, zone: str) -> str:
    shares = ", ".join(f"{_share(name, 'till')} - {_share(name, 'since')} AS {name}" for name in AMOUNTS["cost"])
    return f"""
        SELECT * EXCLUDE (first_piece, last_piece, piece, since, till, over, whole)
                 REPLACE ({shares}), greatest({local(zone, "start")}, piece) AS local, piece = first_piece AS starts
        FROM (
            SELECT *,
                   CASE WHEN piece = first_piece THEN 0
                        ELSE epoch({local(zone, "piece")}) - over END AS since,
                   CASE WHEN piece = last_piece THEN whole
                        ELSE epoch({local(zone, f"piece + INTERVAL 1 {piece}")}) - over END AS till
            FROM (
                SELECT *, unnest(generate_series(first_piece, last_piece, INTERVAL 1 {piece})) AS piece,
                       floor(epoch(start)) AS over, floor(epoch(stop)) - floor(epoch(start)) AS whole
                FROM framed WHERE first_piece < last_piece
            )
        )
    """


def _share(amount: str, seconds: str) -> str:
    """The amount that has accrued after some seconds, in integers of its last decimal: no float, no drift."""
    units = (f"(CAST(floor(abs({amount})) AS HUGEINT) * 1000000000000"
             f" + CAST((abs({amount}) - floor(abs({amount}))) * 1000000000000 AS HUGEINT))")  # fmt: skip
    whole = "CAST(whole AS HUGEINT)"
    accrued = f"({units} * CAST({seconds} AS HUGEINT) + {whole} // 2) // {whole}"
    return (f"CASE WHEN {seconds} = whole THEN {amount} WHEN {amount} IS NULL THEN NULL"
            f" ELSE sign({amount}) * TRY(CAST(CAST({accrued} AS DECIMAL(38, 0)) * 0.000000000001"
            f" AS DECIMAL(38, 12))) END")  # fmt: skip
