"""One fact: all its versions with what changed, and the ledger's entries that it went into."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import msgspec

from breakeven.errors import NotFound, UnknownName
from breakeven.facts import KINDS, TIME_FIELD, columns
from breakeven.ledger.books.cost_lines import LINE_MEASURES
from breakeven.ledger.books.evaluate import leaves
from breakeven.ledger.desk import Desk
from breakeven.ledger.measuring.relations import Base, instant, local
from breakeven.ledger.numbers import tidy
from breakeven.ledger.records.listing import everything, plain
from breakeven.ledger.records.which import INTERACTION, Which, looked_at, rows_of
from breakeven.measures import MEASURES, Measure
from breakeven.store.identity import KEY
from breakeven.store.schema import FACT_TABLES, REVISION, quoted
from breakeven.workspace.builtins import COST_LINES

Fields = Mapping[str, Any]
_SAME = "source = ? AND id = ?"
_KEPT = ("key", "data_version", "superseded_at", "recorded_at", "revision")


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """A fact as it stood from `recorded_at` on."""

    revision: int
    recorded_at: datetime
    data_version: int
    superseded_at: datetime | None
    fields: Fields
    changed: tuple[tuple[str, Any, Any], ...]
    """Field, what it was before, what it is."""


class Entered(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of the ledger that a fact is looked at for."""

    month: date
    project: str
    """For a bill of a pool or an invoice of metered traffic: the project that its line names."""
    figure: str
    """Value category or cost line."""
    measures: tuple[str, ...]
    """What it was counted as."""
    amount: Decimal | None
    """Of the fact, in this month, in the workspace's currency: of cost lines."""
    through: str = ""
    """The pool or the meter by which it is shared out."""
    closed: str | None = None
    """Who closed the month and when."""
    late: bool = False
    """Whether it came after the close, which therefore does not hold it."""


class One(msgspec.Struct, frozen=True, kw_only=True):
    """One fact with all that is known about it."""

    kind: str
    source: str
    id: str
    versions: tuple[Version, ...]
    """The latest first."""
    entries: tuple[Entered, ...]

    @property
    def now(self) -> Version:
        """As it stands."""
        return self.versions[0]


def one(desk: Desk, kind: str, source: str, id_: str) -> One:
    """A fact by its identity. Raises UnknownName for a kind that there is not, NotFound."""
    if kind not in KINDS:
        raise UnknownName("kind of fact", kind, KINDS)
    key = KEY.replace("source", "?").replace("id", "?")
    rows = desk.reading.moment.query(
        f"SELECT * REPLACE ({REVISION} AS revision) FROM {FACT_TABLES[kind].name} WHERE key = {key} AND {_SAME}"
        f" ORDER BY {REVISION}", [source, id_, source, id_],
    ).to_pylist()  # fmt: skip
    if not rows:
        raise NotFound(f"{source} has sent no {kind.replace('_', ' ')} with the id {id_}")
    versions = tuple(reversed(list(_versions(kind, rows))))
    return One(kind=kind, source=source, id=id_, versions=versions,
               entries=tuple(_entries(desk, kind, source, id_, versions[0])))  # fmt: skip


def _versions(kind: str, rows: Iterable[Fields]) -> Iterable[Version]:
    names = [column.name for column in columns(kind)]
    before: Fields | None = None
    for row in rows:
        fields = {name: plain(row[name]) for name in names}
        was = fields if before is None else before
        changed = tuple((name, was[name], fields[name]) for name in names if was[name] != fields[name])
        kept = {name: plain(row[name]) for name in _KEPT if name != "key"}
        yield Version(fields=fields, changed=changed, **kept)
        before = fields


# --- entries


def _entries(desk: Desk, kind: str, source: str, id_: str, now: Version) -> Iterable[Entered]:
    """By month: the value categories and cost lines that look at the fact."""
    used = _used(desk)
    by_time: dict[str | None, list[Measure]] = {}
    for measure in MEASURES.values():
        if measure.relation == kind and measure.name in used:
            by_time.setdefault(measure.time, []).append(measure)
    for measures in by_time.values():
        for row in _looks(desk, kind, source, id_, now, measures):
            yield from _entered(desk, kind, now, row, [one.name for one in measures if row[one.name]], used)


def _used(desk: Desk) -> dict[str, list[str]]:
    """Measure → the value categories and cost lines that are made of it."""
    found: dict[str, list[str]] = {}
    names = [made.name for made in desk.workspace.methodology.values()]
    for name in names:
        for leaf in leaves(name, desk.workspace):
            found.setdefault(leaf, []).append(name)
    for line in COST_LINES:
        for leaf in LINE_MEASURES[line][:1]:
            found.setdefault(leaf, []).append(line)
    return found


def _looks(
    desk: Desk, kind: str, source: str, id_: str, now: Version, measures: list[Measure]
) -> list[dict[str, Any]]:  # fmt: skip
    """Month and project of the fact, and which measures look at it; of a bill each of its months."""
    setting, span = desk.reading.setting(kind), everything(desk, kind)
    if kind == INTERACTION:
        same = (f"SELECT * REPLACE ({setting.owner('project')} AS project), {local(setting.time_zone, 'time')} AS local"
                f" FROM {Base.RAW} WHERE time = {instant(now.fields[TIME_FIELD[kind]])}")  # fmt: skip
    elif span is None:
        return []
    else:
        same = rows_of(desk, Which(kind=kind, measure=measures[0].name), span)
    flags = ", ".join(f"{_counts(one)} AS {quoted(one.name)}" for one in measures)
    money = "sum(amount) AS amount, min(pool) AS pool, min(meter) AS meter" if kind == "cost" else "NULL AS amount"
    found: list[dict[str, Any]] = desk.reading.moment.query(
        f"SELECT CAST(date_trunc('month', local) AS DATE) AS month, project, {flags}, {money}"
        f" FROM ({same}) WHERE {_SAME} GROUP BY 1, 2 ORDER BY 1, 2", [source, id_],
    ).to_pylist()  # fmt: skip
    return found


def _counts(measure: Measure) -> str:
    """SQL of whether a measure takes anything from some rows."""
    special = ":" in measure.expression.partition("(")[0]
    taken = f"bool_or({looked_at(measure)})" if special else f"({measure.expression}) <> 0"
    return f"coalesce({taken}, false)"


def _entered(
    desk: Desk, kind: str, now: Version, row: Mapping[str, Any], names: list[str], used: Mapping[str, list[str]]
) -> Iterable[Entered]:
    figures: dict[str, list[str]] = {}
    for name in names:
        for figure in used[name]:
            figures.setdefault(figure, []).append(name)
    if kind == "cost":
        line = "cost_metered" if row["meter"] else "cost_allocated" if row["pool"] else "cost_direct"
        figures = {name: of for name, of in figures.items() if not name.startswith("cost_") or name == line}
        figures.setdefault(line, ["cost"])
    closed = desk.frozen.months.get(row["month"]) if desk.sealed and desk.frozen else None
    for figure, of in figures.items():
        money = figure in COST_LINES and row["amount"] is not None
        yield Entered(
            month=row["month"], project=row["project"], figure=figure, measures=tuple(of),
            amount=tidy(row["amount"]) if money else None,
            through=(row.get("meter") or row.get("pool") or "") if figure in COST_LINES else "",
            closed=None if closed is None else closed.said(),
            late=closed is not None and now.data_version > closed.seal.data_version,
        )  # fmt: skip
