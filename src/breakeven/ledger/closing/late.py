"""What came after a month was closed: records of it, and how it would stand by the facts and formulas of today."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc

from breakeven.facts import PERIODIC
from breakeven.ledger.books.book import Book
from breakeven.ledger.closing.closed import ClosedMonth
from breakeven.ledger.desk import Desk
from breakeven.ledger.measuring.measures import DECIMAL
from breakeven.ledger.measuring.relations import AMOUNTS, instant
from breakeven.ledger.numbers import tidy, tidy_or_none
from breakeven.ledger.results import AfterClose, Change, LateFacts
from breakeven.period import add_months
from breakeven.store.schema import FACT_TABLES, INTERACTION
from breakeven.workspace.builtins import COST_LINES

_TIMES = {
    "cost": 'start < {last} AND (coalesce("end", start) > {first} OR start >= {first})',
    "incident": "((opened_at >= {first} AND opened_at < {last}) OR (resolved_at >= {first} AND resolved_at < {last}))",
    "deployment": "coalesce(deployed_at, time) >= {first} AND coalesce(deployed_at, time) < {last}",
}
_TIME = "time >= {first} AND time < {last}"


def after_close(desk: Desk, first: date, last: date, projects: Sequence[str] | None = None) -> tuple[AfterClose, ...]:
    """Of the closed months that begin in [first, last): those to which something came later."""
    months = [month for month in desk.frozen.months if first <= month < last] if desk.frozen else []
    changes: defaultdict[date, list[Change]] = defaultdict(list)
    for month, change in _changed(desk, months):
        if projects is None or change.project in projects:
            changes[month].append(change)
    late = late_facts(desk, months)
    found = []
    for month in months:
        closed, of = desk.frozen.months[month], changes[month]
        came = tuple(one for one in late[month] if projects is None or one.project in projects)
        if of or came:
            found.append(_after(closed, tuple(of), came, desk.workspace.methodology.version))
    return tuple(found)


def changed(desk: Desk, months: Sequence[date]) -> tuple[Change, ...]:
    """How closed months would be otherwise today: value categories and cost lines, by side, category and project."""
    return tuple(change for _, change in _changed(desk, months))


def late_facts(desk: Desk, months: Sequence[date]) -> Mapping[date, tuple[LateFacts, ...]]:
    """Records of closed months that were recorded, corrected or priced anew after they were closed."""
    found: dict[date, tuple[LateFacts, ...]] = dict.fromkeys(months, ())
    for kind in PERIODIC:
        version = desk.reading.moment.versions.by_kind.get(kind, 0)
        since = {month: desk.frozen.months[month].seal.data_version for month in months}
        behind = tuple((month, seen) for month, seen in since.items() if seen < version)
        if behind:
            asked = ("late", kind, behind)
            rows = desk.reading.cache.get(asked, version, lambda kind=kind, behind=behind: _late(desk, kind, behind))  # type: ignore[misc]
            for month, of in rows.items():
                found[month] += of
    return found


def _after(closed: ClosedMonth, changes: tuple[Change, ...], late: tuple[LateFacts, ...], method: str) -> AfterClose:
    seal = closed.seal
    value, cost = (sum((one.change for one in changes if one.side == side), Decimal(0)) for side in ("value", "cost"))
    return AfterClose(
        period=seal.period, version=seal.version, closed_at=seal.closed_at, closed_by=seal.closed_by,
        value=tidy(value), cost=tidy(cost), changes=changes, late=late,
        methodology=seal.methodology if seal.methodology != method else None,
    )  # fmt: skip


# --- amounts


def _changed(desk: Desk, months: Sequence[date]) -> Iterable[tuple[date, Change]]:
    if not months:
        return
    then, now = desk.book(), desk.live_book()
    rows = [(row, name) for row, name in enumerate(then.names) if name[0] in set(months)]
    place = {name: row for row, name in enumerate(now.names)}
    held = pa.array([row for row, _ in rows], pa.int32())
    live = pa.array([place.get(name) for _, name in rows], pa.int32())
    gone = [name for month in months for name in _gone(desk, month)]
    for name in (*(made.name for made in desk.workspace.methodology.values()), *COST_LINES):
        before, after = _claimed(then, name).take(held), _claimed(now, name).take(live)
        same = pc.or_kleene(
            pc.fill_null(pc.equal(before, after), False), pc.and_(pc.is_null(before), pc.is_null(after))
        )
        for i in pc.indices_nonzero(pc.invert(same)).to_pylist():
            month, project = rows[i][1]
            yield month, _change(project, name, before[i].as_py(), after[i].as_py())
    for month, category in dict.fromkeys(gone):
        for project, amount in desk.frozen.months[month].amounts.get(category, {}).items():
            if amount:
                yield month, _change(project, category, amount, None)


def _gone(desk: Desk, month: date) -> Iterable[tuple[date, str]]:
    """Value categories of a closed month that the methodology does not have any more."""
    present = {made.name for made in desk.workspace.methodology.values()}
    for name in sorted(desk.frozen.months[month].categories - present):
        yield month, name


def _claimed(book: Book, name: str) -> pa.Array:
    """A column before the headline rule: what counts is another question than what came later."""
    return book.claimed.get(name, book.sheet.columns[name]).cast(DECIMAL)


def _change(project: str, category: str, before: Decimal | None, after: Decimal | None) -> Change:
    side: Literal["value", "cost"] = "cost" if category in COST_LINES else "value"
    return Change(
        project=project, side=side, category=category, before=tidy_or_none(before), after=tidy_or_none(after),
        change=tidy((after or Decimal(0)) - (before or Decimal(0))),
    )  # fmt: skip


# --- records


def _late(desk: Desk, kind: str, behind: Sequence[tuple[date, int]]) -> Mapping[date, tuple[LateFacts, ...]]:
    """Late records of a kind; `behind` is (month, data version at its close)."""
    calendar, table = desk.workspace.calendar, FACT_TABLES[kind].name
    number = "sum(count)" if kind == INTERACTION else "count(*)"
    amount, currency = next(iter(AMOUNTS.get(kind, {}).items()), ("CAST(NULL AS DECIMAL(38, 12))", "NULL"))
    revision, parts = "coalesce(revision, 1)", []
    for month, seen in behind:
        ends = {"first": instant(calendar.instant(month)), "last": instant(calendar.instant(add_months(month, 1)))}
        within = _TIMES.get(kind, _TIME).format(**ends)
        parts.append(
            f"SELECT DATE '{month}' AS month, project, {currency} AS currency, sum({amount}) AS amount,"
            f" {number} FILTER (WHERE {revision} = 1) AS added, {number} FILTER (WHERE {revision} > 1) AS corrected"
            f" FROM {kind} WHERE data_version > {seen} AND {within} GROUP BY ALL"
        )
        if kind == INTERACTION:
            continue  # new versions of these have another price or outcome, never another time or project
        # What was of the month and project when it was closed, and was moved away by a correction.
        parts.append(
            f"SELECT DATE '{month}', project, NULL, NULL, 0, {number} FROM {table} AS was"
            f" WHERE data_version <= {seen} AND superseded_at IS NOT NULL AND {within} AND EXISTS ("
            f"SELECT 1 FROM {kind} AS is_now WHERE is_now.source = was.source AND is_now.id = was.id"
            f" AND is_now.data_version > {seen} AND (is_now.project <> was.project OR NOT ({within}))) GROUP BY ALL"
        )
    owner = desk.reading.setting(kind).owner("project")
    rows = desk.reading.moment.query(
        f"SELECT month, {owner} AS project, currency, sum(amount) AS amount, CAST(sum(added) AS BIGINT) AS added,"
        f" CAST(sum(corrected) AS BIGINT) AS corrected FROM ({' UNION ALL '.join(parts)}) GROUP BY ALL"
        " ORDER BY month, project, currency"
    ).to_pylist()
    return _collected(kind, rows)


def _collected(kind: str, rows: Sequence[Mapping[str, object]]) -> Mapping[date, tuple[LateFacts, ...]]:
    counts: defaultdict[tuple[date, str], list[int]] = defaultdict(lambda: [0, 0])
    amounts: defaultdict[tuple[date, str], dict[str, Decimal]] = defaultdict(dict)
    for row in rows:
        key = row["month"], row["project"]
        counts[key][0] += row["added"] or 0  # type: ignore[index,operator]
        counts[key][1] += row["corrected"] or 0  # type: ignore[index,operator]
        if row["amount"] is not None and row["currency"] is not None:
            amounts[key][str(row["currency"])] = tidy(row["amount"])  # type: ignore[index,arg-type]
    found: defaultdict[date, tuple[LateFacts, ...]] = defaultdict(tuple)
    for (month, project), (added, corrected) in counts.items():
        if added or corrected:
            found[month] += (LateFacts(kind=kind, project=project, added=added, corrected=corrected,
                                       amounts=amounts[month, project]),)  # fmt: skip
    return found
