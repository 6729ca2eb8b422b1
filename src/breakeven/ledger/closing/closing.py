"""Closing a month and restating it: what the month is made of becomes a text that is hashed and chained."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from breakeven.errors import Busy, NotClosed, NotFound, Problem, UsageProblem
from breakeven.ledger.closing.chain import Seal, sha256, write
from breakeven.ledger.closing.closing_checks import Check, checks
from breakeven.ledger.closing.late import changed
from breakeven.ledger.closing.sealing import month_entries, month_lines
from breakeven.ledger.desk import Desk
from breakeven.ledger.results import Change, Entry, Result
from breakeven.period import Grain, add_months
from breakeven.store.state_audit import LONGEST_NAME
from breakeven.store.state_closings import FIRST, Closing, add_closing, chain_end, closings, read_closings
from breakeven.store.state_methodology import archive


class Closed(Result, frozen=True, kw_only=True):
    """A month that was closed or restated."""

    period: str
    version: int
    link: int
    """Place in the chain of all closings."""
    closed_at: str
    closed_by: str
    reason: str
    forced: bool
    currency: str
    methodology: str
    data_version: int
    previous: str
    hash: str
    entries: int
    value: Decimal
    """Sum of the value entries."""
    cost: Decimal
    """Sum of the cost entries."""
    checks: tuple[Check, ...]
    changes: tuple[Change, ...] = ()
    """Of a restatement: what differs from the version before."""


def close(desk: Desk, period: str, *, by: str, force: bool = False, reason: str = "") -> Closed:
    """Freeze a month that is over.

    Raises UsageProblem for a name, month or option that cannot be used, NotClosed with every reason while the month
    cannot be closed, StoreError.
    """
    month, by, reason = month_of(desk, period), _person(by), reason.strip()
    if force and not reason:
        raise UsageProblem("closing by force needs --reason")
    rows = closings(desk.state)
    blocked = _out_of_order(desk, month, rows)
    looked = checks(desk.as_if_open(), month) if not blocked else ()
    failed = [Problem(message=f"{check.name}: {check.words}") for check in looked if check.outcome == "failed"]
    if blocked or (failed and not force):
        way = "mend it, or close anyway with --force --reason" if not blocked else None
        raise NotClosed(f"{month:%Y-%m}", [*blocked, *failed[:-1], *(_hinted(one, way) for one in failed[-1:])])
    return _seal(desk, month, 1, rows, looked, by=by, reason=reason)


def restate(desk: Desk, period: str, *, by: str, reason: str) -> Closed:
    """Close a closed month anew from the facts and the methodology of today, as one more link of the chain.

    Raises UsageProblem, NotFound for a month that is not closed, NotClosed where nothing would change, StoreError.
    """
    month, by, reason = month_of(desk, period), _person(by), reason.strip()
    if not reason:
        raise UsageProblem("restating needs --reason")
    if (before := desk.frozen.months.get(month)) is None:
        raise NotFound(f"{month:%Y-%m} is not closed: breakeven close {month:%Y-%m} --by NAME")
    version = before.seal.version + 1
    return _seal(desk, month, version, closings(desk.state), checks(desk.as_if_open(), month), by=by, reason=reason)


def month_of(desk: Desk, period: str) -> date:
    """First day of the month that is named. Raises UsageProblem."""
    found = desk.workspace.calendar.parse(period, desk.reading.now)
    if found.grain is not Grain.MONTH:
        raise UsageProblem(f"{period!r} is not one month: write it like 2026-10")
    return found.start


def _out_of_order(desk: Desk, month: date, rows: Sequence[Closing]) -> list[Problem]:
    """Why a month cannot be closed whatever is in it."""
    name, found = f"{month:%Y-%m}", []
    closed = sorted({row.period for row in rows})
    if month >= desk.reading.open_month:
        found.append(Problem(message=f"{name} is not over"))
    elif month < desk.book().months[0]:
        found.append(Problem(message=f"nothing is known of {name}: the first records are of "
                                     f"{desk.book().months[0]:%Y-%m}"))  # fmt: skip
    if name in closed:
        found.append(Problem(message="it is closed already", hint=f"breakeven restate {name} --reason … --by …"))
    elif closed and name < closed[0]:
        found.append(Problem(message=f"closing began with {closed[0]}: months before it stay open"))
    elif closed and name > (due := f"{add_months(date.fromisoformat(closed[-1] + '-01'), 1):%Y-%m}"):
        found.append(Problem(message=f"months are closed in order: {due} is next"))
    return found


def _seal(
    desk: Desk, month: date, version: int, rows: Sequence[Closing], looked: Sequence[Check], *, by: str, reason: str
) -> Closed:  # fmt: skip
    opened, workspace, now = desk.as_if_open(), desk.workspace, desk.reading.now
    made = month_entries(opened, month)
    end, failed = chain_end(rows), [check for check in looked if check.outcome == "failed"]
    seal = Seal(
        month=month, version=version, link=len(rows) + 1, closed_at=now, closed_by=by, reason=reason,
        forced=bool(failed), currency=workspace.currency, time_zone=workspace.calendar.time_zone,
        methodology=workspace.methodology.version, data_version=desk.reading.moment.versions.data,
        previous=end.hash if end is not None else FIRST,
    )  # fmt: skip
    text = write(seal, [*month_lines(opened, month, made), *(("check", (one.name, one.words)) for one in failed)])
    row = Closing(
        period=seal.period, version=version, closed_at=now.isoformat(), who=by, reason=reason, forced=int(seal.forced),
        methodology=seal.methodology, data_version=seal.data_version, previous=seal.previous, hash=sha256(text),
    )  # fmt: skip
    differing: tuple[Change, ...] = ()
    if version > 1:
        differing = changed(desk, [month])
        if not differing:
            nothing = Problem(message="nothing has changed since its last version")
            raise NotClosed(seal.period, [nothing], done="restated")
    with desk.state.writing() as connection:
        if [one.hash for one in read_closings(connection)] != [one.hash for one in rows]:
            raise Busy("another month was closed meanwhile: try again")
        archive(connection, seal.methodology, workspace.files, now)
        add_closing(connection, row, text)
    return _closed(row, seal, made, looked, differing)


def _closed(
    row: Closing, seal: Seal, made: Sequence[Entry], looked: Sequence[Check], differing: tuple[Change, ...]
) -> Closed:  # fmt: skip
    value, cost = (sum((one.amount for one in made if one.side == side), Decimal(0)) for side in ("value", "cost"))
    return Closed(
        period=row.period, version=row.version, link=seal.link, closed_at=row.closed_at, closed_by=row.who,
        reason=row.reason, forced=seal.forced, currency=seal.currency, methodology=row.methodology,
        data_version=row.data_version, previous=row.previous, hash=row.hash, entries=len(made), value=value, cost=cost,
        checks=tuple(looked), changes=differing,
    )  # fmt: skip


def _person(name: str) -> str:
    """Who does it. Raises UsageProblem."""
    kept = name.strip()
    if not kept or len(kept) > LONGEST_NAME or not kept.isprintable():
        raise UsageProblem(f"--by takes a name of 1 to {LONGEST_NAME} printable characters, not {name!r}")
    return kept


def _hinted(problem: Problem, way: str | None) -> Problem:
    return Problem(message=problem.message, hint=way)
