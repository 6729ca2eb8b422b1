"""What is looked at before a month is closed: each check is passed, fails, or is only worth knowing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

import pyarrow.compute as pc

from breakeven.facts import KINDS, TIME_FIELD
from breakeven.ledger.books.closure import closure, inputs_of
from breakeven.ledger.desk import Desk
from breakeven.ledger.invoicing.reconcile import reconcile
from breakeven.ledger.measuring.measures import RATE
from breakeven.ledger.measuring.relations import instant
from breakeven.ledger.numbers import tidy
from breakeven.ledger.proof.standing import decisions
from breakeven.ledger.results import Result
from breakeven.ledger.sharing.allocate import UNALLOCATED
from breakeven.measures import MEASURES
from breakeven.money import CENT
from breakeven.period import Grain, add_months
from breakeven.store.schema import INTERACTION

TOLERANCE = Decimal("0.05")
"""Part of an invoice that the meter may be off."""
MOST = 5
"""Things named of one check."""


class Check(Result, frozen=True, kw_only=True):
    """One thing that was looked at."""

    name: str
    outcome: Literal["passed", "failed", "note"]
    """failed: the month is not closed, unless by force; note: worth knowing."""
    words: str


def checks(desk: Desk, month: date) -> tuple[Check, ...]:
    """Every check of a month that is over; `desk` sees it as if it were open."""
    found = []
    for name, look in CHECKS.items():
        said = [words for words in look(desk, month) if words]
        bad: Literal["failed", "note"] = "note" if name in NOTES else "failed"
        found.append(Check(name=name, outcome=bad if said else "passed", words="; ".join(said)))
    return tuple(found)


def _rollups(desk: Desk, month: date) -> Iterator[str]:
    """The sums that figures are read from are those of the raw interactions."""
    reading = desk.reading
    if reading.presence(INTERACTION).first is None:
        return
    sums = "sum(n) AS n, sum(cost) AS cost, sum(revenue) AS revenue, sum(seconds_saved) AS seconds_saved"
    first, last = (instant(desk.workspace.calendar.instant(day)) for day in (month, add_months(month, 1)))
    raw = ("sum(count) AS n, sum(cost) AS cost, sum(revenue) AS revenue,"
           " sum(TRY_CAST(seconds_saved AS DECIMAL(30, 12))) AS seconds_saved")  # fmt: skip
    keys = "project, cost_currency, currency"
    sides = {
        "the raw interactions": f"SELECT {keys}, {raw} FROM {INTERACTION} WHERE time >= {first} AND time < {last}"
        " GROUP BY ALL",
        "the sums by month": f"SELECT {keys}, {sums} FROM interaction_month WHERE month = DATE '{month}' GROUP BY ALL",
        "the sums by day": f"SELECT {keys}, {sums} FROM interaction_day WHERE day >= DATE '{month}'"
        f" AND day < DATE '{add_months(month, 1)}' GROUP BY ALL",
    }
    (truth, select), *others = sides.items()
    both = " UNION ALL ".join(
        f"SELECT '{name}' AS side, project FROM ((FROM ({other}) EXCEPT FROM truth)"
        f" UNION (FROM truth EXCEPT FROM ({other})))"
        for name, other in others
    )
    rows = reading.moment.query(
        f"WITH truth AS MATERIALIZED ({select}) SELECT side, list(DISTINCT project ORDER BY project) AS projects"
        f" FROM ({both}) GROUP BY side ORDER BY side"
    ).to_pylist()
    for row in rows:
        yield f"{row['side']} differ from {truth} for {_listed(row['projects'])}: run breakeven check --deep"


def _rates(desk: Desk, month: date) -> Iterator[str]:
    """Every amount has an exchange rate."""
    book = desk.book()
    rows = [row for row, (of, _) in enumerate(book.names) if of == month]
    said: dict[str, None] = {}
    for name, column in book.sheet.notes.items():
        if name.endswith(RATE):
            said.update(dict.fromkeys(words for words in column.take(rows).to_pylist() if words))
    yield "; ".join(said)


def _unpriced(desk: Desk, month: date) -> Iterator[str]:
    """Every call whose tokens are known has a price."""
    rows = desk.reading.moment.query(
        "SELECT model, provider, CAST(sum(n) AS BIGINT) AS calls FROM interaction_month"
        f" WHERE month = DATE '{month}' AND cost_origin = 'unpriced' GROUP BY ALL HAVING sum(n) > 0 ORDER BY 3 DESC, 1"
    ).to_pylist()
    if rows:
        models = _listed([str(row["model"] or row["provider"] or "no model") for row in rows])
        yield f"{sum(row['calls'] for row in rows):,} interactions have no price ({models}): price them and reprice"


def _unallocated(desk: Desk, month: date) -> Iterator[str]:
    """Every pool's cost has somebody to bear it."""
    book = desk.book()
    for row, (of, project) in enumerate(book.names):
        amount = book.sheet.columns["cost_allocated"][row].as_py()
        if of == month and project == UNALLOCATED and amount:
            yield f"{tidy(amount)} {desk.workspace.currency} of shared pools belongs to no project: see allocation.yaml"


def _invoices(desk: Desk, month: date) -> Iterator[str]:
    """Invoices and meters agree."""
    period = desk.workspace.calendar.containing(month, Grain.MONTH)
    for row in reconcile(desk, period, tolerance=TOLERANCE).rows:
        if row.beyond_tolerance and row.gap is not None:
            share = "" if row.gap_share is None else f", {(row.gap_share * 100).quantize(CENT)} % of the invoice"
            yield f"the invoice of {row.vendor} is {tidy(row.gap)} {desk.workspace.currency} off its meter{share}"


def _disputed(desk: Desk, month: date) -> Iterator[str]:
    """No entry is disputed."""
    begin = f"{month:%Y-%m}/"
    found = sorted(
        name for name, said in decisions(desk).items() if said.state == "disputed" and name.startswith(begin)
    )
    if found:
        yield f"disputed: {_listed(found)}"


def _rejected(desk: Desk, month: date) -> Iterator[str]:
    """No record of the month waits to be mended."""
    first, last = (instant(desk.workspace.calendar.instant(day)) for day in (month, add_months(month, 1)))
    fields = sorted({TIME_FIELD[kind] for kind in KINDS})
    said = ", ".join(
        f"TRY_CAST(CASE WHEN json_valid(record) THEN json_extract_string(record, '$.{field}') END AS TIMESTAMPTZ)"
        for field in fields
    )
    rows = desk.reading.moment.query(
        f"SELECT reason, count(*) AS n FROM (SELECT reason, coalesce({said}) AS time FROM rejected"
        f" WHERE replayed_at IS NULL) WHERE time >= {first} AND time < {last} GROUP BY reason ORDER BY 2 DESC, 1"
    ).to_pylist()
    if rows:
        said = _listed([f"{row['reason']} {row['n']}" for row in rows])
        yield f"{sum(row['n'] for row in rows)} rejected records of the month wait ({said}): see breakeven rejected"


def _unplaced(desk: Desk, month: date) -> Iterator[str]:
    """Records that wait and do not say their month."""
    rows = desk.reading.moment.query("SELECT count(*) AS n FROM rejected WHERE replayed_at IS NULL").to_pylist()
    if rows[0]["n"]:
        yield f"{rows[0]['n']} rejected records wait in all; those without a readable time may be of {month:%Y-%m}"


def _unknown(desk: Desk, month: date) -> Iterator[str]:
    """Value categories that are not known."""
    book = desk.book()
    rows = [row for row, (of, _) in enumerate(book.names) if of == month and book.expected[row]]
    for made in desk.workspace.methodology.values():
        unknown = pc.sum(pc.is_null(book.sheet.columns[made.name].take(rows))).as_py() or 0
        if unknown:
            yield f"{made.name} is unknown for {unknown} of {len(rows)} projects"


def _overdue(desk: Desk, month: date) -> Iterator[str]:
    """Assumptions that should have been looked at before the month ended."""
    end = add_months(month, 1) - timedelta(days=1)
    used = inputs_of(closure(desk.workspace.methodology.definitions, desk.headline()))
    late = [
        f"{name} since {stated.review_by}"
        for name, stated in desk.workspace.assumptions.items()
        if name in used and stated.review_by is not None and stated.review_by <= end and stated.values
    ]
    if late:
        yield f"due for review: {_listed(late)}"


def _silent(desk: Desk, month: date) -> Iterator[str]:
    """Kinds of record that were reported before and not in this month."""
    used = {MEASURES[name].relation for name in inputs_of(desk.book().definitions) if name in MEASURES}
    for kind in sorted(used | {"cost", INTERACTION}):
        presence = desk.reading.presence(kind)
        if presence.first is not None and presence.last is not None and presence.first < month > presence.last:
            yield f"no {kind.replace('_', ' ')} has been recorded since {presence.last}"


Look = Callable[[Desk, date], Iterator[str]]
CHECKS: dict[str, Look] = {
    "roll-ups": _rollups,
    "exchange rates": _rates,
    "prices": _unpriced,
    "pools": _unallocated,
    "invoices": _invoices,
    "disputes": _disputed,
    "rejected records": _rejected,
    "records without a month": _unplaced,
    "unknown value": _unknown,
    "assumptions": _overdue,
    "silent sources": _silent,
}
"""Name → what gives a sentence for each fault."""
NOTES = frozenset(("records without a month", "unknown value", "assumptions", "silent sources"))
"""Checks that never stand in the way of closing."""


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - MOST} more" if len(names) > MOST else ""
    return ", ".join(names[:MOST]) + more
