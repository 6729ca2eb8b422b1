"""Pricing interactions again: what a price list would change, the proof that it changes nothing else, and doing it.

Looked at are interactions that breakeven priced itself, and those that it could not; reported costs only when asked
for. Applied, the changed rows get new versions; the ledger as of an earlier instant shows the old ones. Closed months
are frozen in the ledger and follow only when they are restated.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Context, Decimal
from pathlib import Path

import msgspec
import pyarrow as pa

from breakeven.errors import UnknownName, UsageProblem
from breakeven.facts import UNASSIGNED
from breakeven.ingest.recosting import Recosting, Rows, Tally
from breakeven.ingest.staging import Staging
from breakeven.period import Calendar
from breakeven.pricing import Prices, before, make_pricer, own_id
from breakeven.store.base import Content, Repriced, Repricing, Store
from breakeven.store.state import State
from breakeven.store.state_audit import record
from breakeven.store.state_closings import Closing, closings, read_closings
from breakeven.workspace.assumptions import ALWAYS
from breakeven.workspace.definitions import Workspace

ACTION = "reprice"
"""Action in the audit log."""


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be priced again."""

    start: str
    """First period: a day, month, quarter or year."""
    end: str | None = None
    """Last period, included; None: everything since."""
    project: str | None = None
    include_reported: bool = False
    prices: Prices | None = None
    """Prices that go before the workspace's own."""
    prices_name: str = "prices of the workspace"
    """What they are called in the answer and in the audit log."""


class Approval(msgspec.Struct, frozen=True, kw_only=True):
    """Who applies it, and why."""

    by: str
    note: str


class RepriceLine(msgspec.Struct, frozen=True, kw_only=True):
    """One month, project and currency."""

    month: str
    project: str
    currency: str | None
    """None: rows that had no price and have none now."""
    closed: bool
    """The month is closed: its figures follow only when it is restated."""
    looked: int
    """Rows looked at."""
    changed: int
    newly_priced: int
    """Of these, rows that had no cost before."""
    lost_price: int
    """Of these, rows that have no cost any more."""
    unpriced: int
    """Rows without a cost afterwards."""
    old: Decimal | None
    """Sum of the known costs before; None: none is known."""
    new: Decimal | None
    change: Decimal | None


class RepriceTotal(msgspec.Struct, frozen=True, kw_only=True):
    """All money of one currency."""

    currency: str
    old: Decimal | None
    new: Decimal | None
    change: Decimal


class RepriceProof(msgspec.Struct, frozen=True, kw_only=True):
    """That nothing but cost changed: what the changed rows say beside their cost, before and after."""

    equal: bool
    before: Content
    after: Content


class RepriceReport(msgspec.Struct, frozen=True, kw_only=True):
    """What pricing again changes, or has changed."""

    applied: bool
    start: date
    end: date | None
    """Exclusive."""
    project: str | None
    prices: str
    looked: int
    """Rows looked at: priced by breakeven or without a price, and reported ones where these were asked for."""
    changed: int
    newly_priced: int
    lost_price: int
    unpriced: int
    without_usage: int
    """Rows that name neither tokens nor usage: they cannot be priced again and stay as they are."""
    kept_reported: int
    """Rows that keep their reported cost, as there is no price for them."""
    same_cost: int
    """Rows that another price gives the same cost: they stay as they are."""
    totals: tuple[RepriceTotal, ...]
    lines: tuple[RepriceLine, ...]
    proof: RepriceProof
    closed: tuple[str, ...]
    """Months that change and are closed."""
    data_version: int
    notes: tuple[str, ...]


def reprice(
    workspace: Workspace, store: Store, state: State, ask: Ask, *, now: datetime, approval: Approval | None = None
) -> RepriceReport:
    """Price interactions again: a preview, or with an approval for good, with a line in the audit log.

    Raises UsageProblem, UnknownName, FileUnreadable for a price book, StoreError, StoreDamaged where more than cost
    would change.
    """
    first, last = span_of(workspace.calendar, ask.start, ask.end, now)
    _check(workspace, ask, approval)
    prices = workspace.prices if ask.prices is None else before(ask.prices, workspace.prices)
    pricer = make_pricer(prices, Path(workspace.path), workspace.calendar.time_zone)
    rows = Rows(
        first=workspace.calendar.instant(first), last=workspace.calendar.instant(last) if last else None,
        project=ask.project, declared=tuple(workspace.projects), reported=ask.include_reported,
        time_zone=workspace.calendar.time_zone,
    )  # fmt: skip
    staging = Staging(workspace.calendar.time_zone)
    try:
        recosting = Recosting(rows, pricer, staging)
        repricing = Repricing(changes=_changes(store, recosting), recorded_at=now)
        if approval is None:
            done = store.reprice(repricing, apply=False)
            return _report(recosting, done, closings(state), ask, (first, last), applied=False)
        with state.writing() as connection:
            done = store.reprice(repricing, apply=True)
            report = _report(recosting, done, read_closings(connection), ask, (first, last), applied=True)
            if report.changed:
                record(connection, at=now, who=approval.by.strip(), action=ACTION, subject=_subject(report),
                       note=approval.note.strip(), details=_details(report, ask))  # fmt: skip
        return report
    finally:
        staging.close()


def span_of(calendar: Calendar, start: str, end: str | None, now: datetime) -> tuple[date, date | None]:
    """First day, and the day after the last of two periods; None without a second one. Raises UsageProblem."""
    if "all" in (start.strip().lower(), (end or "").strip().lower()):
        raise UsageProblem("all is no period to begin or end with: write a year before the first record, such as 2000")
    first = calendar.parse(start, now).start
    last = calendar.parse(end, now).end if end is not None else None
    if last is not None and first >= last:
        raise UsageProblem(f"nothing lies between {start} and {end}: the end comes before the start")
    return first, last


def _check(workspace: Workspace, ask: Ask, approval: Approval | None) -> None:
    known = (*workspace.projects, UNASSIGNED)
    if ask.project is not None and ask.project not in known:
        raise UnknownName("project", ask.project, known)
    if approval is not None and not (approval.by.strip() and approval.note.strip()):
        raise UsageProblem("to apply it, say who does it and why: by and note must not be empty")


def _changes(store: Store, recosting: Recosting) -> Iterator[pa.Table]:
    """The changes at the moment at which the store asks for them: after it has locked out other writers."""
    with store.snapshot() as moment:
        yield from recosting.changes(moment)


def _report(
    recosting: Recosting, done: Repriced, rows: Sequence[Closing], ask: Ask, span: tuple[date, date | None], *,
    applied: bool,
) -> RepriceReport:  # fmt: skip
    tallies, closed = recosting.tallies(), {one.period for one in rows}
    lines = tuple(_line(one, one.month in closed) for one in tallies)
    return RepriceReport(
        applied=applied, start=span[0], end=span[1], project=ask.project, prices=ask.prices_name,
        looked=sum(line.looked for line in lines), changed=done.rows,
        newly_priced=sum(line.newly_priced for line in lines), lost_price=sum(line.lost_price for line in lines),
        unpriced=sum(line.unpriced for line in lines), without_usage=sum(one.unusable for one in tallies),
        kept_reported=sum(one.kept for one in tallies), same_cost=sum(one.renamed for one in tallies),
        totals=_totals(tallies), lines=lines,
        proof=RepriceProof(equal=done.before == done.after, before=_short(done.before), after=_short(done.after)),
        closed=tuple(sorted({line.month for line in lines if line.closed and line.changed})),
        data_version=done.version, notes=tuple(_notes(ask, lines, recosting.used)),
    )  # fmt: skip


def _line(one: Tally, closed: bool) -> RepriceLine:
    return RepriceLine(
        month=one.month, project=one.project, currency=one.currency, closed=closed, looked=one.looked,
        changed=one.changed, newly_priced=one.newly_priced, lost_price=one.lost_price, unpriced=one.unpriced,
        old=_tidy(one.old), new=_tidy(one.new), change=_change(one.old, one.new),
    )  # fmt: skip


def _totals(tallies: Sequence[Tally]) -> tuple[RepriceTotal, ...]:
    found = []
    for currency in sorted({one.currency for one in tallies if one.currency is not None}):
        old, new = (_sum(getattr(one, name) for one in tallies if one.currency == currency) for name in ("old", "new"))
        change = _change(old, new)
        if change is not None:
            found.append(RepriceTotal(currency=currency, old=_tidy(old), new=_tidy(new), change=change))
    return tuple(found)


def _sum(amounts: Iterable[Decimal | None]) -> Decimal | None:
    known = [amount for amount in amounts if amount is not None]
    return sum(known, Decimal(0)) if known else None


def _change(old: Decimal | None, new: Decimal | None) -> Decimal | None:
    """Change of the known money; None where none is known on either side."""
    return None if old is None and new is None else _tidy((new or Decimal(0)) - (old or Decimal(0)))


def _short(content: Content) -> Content:
    """Sums without the zeros that only fill them up."""
    sums = {name: None if value is None else Decimal(f"{value:f}".rstrip("0").rstrip(".")) for name, value in
            content.sums.items()}  # fmt: skip
    return msgspec.structs.replace(content, sums=sums)


_EXACT = Context(prec=60)
_CENT = Decimal("0.01")


def _tidy(amount: Decimal | None) -> Decimal | None:
    """An amount without the zeros that the arithmetic carries along, but with two decimals at least."""
    if amount is None:
        return None
    in_cents = amount.quantize(_CENT, context=_EXACT)
    return in_cents if in_cents == amount else amount.normalize(_EXACT)


def _notes(ask: Ask, lines: Sequence[RepriceLine], used: Collection[str]) -> Iterator[str]:
    """What the reader must know beside the figures."""
    changed = [line for line in lines if line.changed]
    closed = sorted({line.month for line in changed if line.closed})
    if closed:
        yield f"closed months keep their figures until they are restated: {', '.join(closed)}"
    if any(line.lost_price for line in changed):
        yield "rows that lose their price have an unknown cost, not a cost of 0"
    unused = [price for price in (ask.prices.own if ask.prices is not None else ()) if own_id(price) not in used]
    if unused:
        named = ", ".join(
            price.model if price.start == ALWAYS else f"{price.model} from {price.start}" for price in unused
        )
        yield (
            f"no interaction that was looked at takes these of {ask.prices_name}: {named}; a price that starts later,"
            " or names the model or provider more exactly, goes before"
        )
    if ask.prices is not None and changed:
        yield (
            f"{ask.prices_name} prices only what is stored: put it into prices.yaml too, or new interactions get the"
            " old prices and the next reprice without it goes back"
        )


def _subject(report: RepriceReport) -> str:
    months = sorted({line.month for line in report.lines if line.changed})
    span = f"{months[0]} to {months[-1]}" if len(months) > 1 else months[0] if months else str(report.start)
    return f"{span} {report.project}" if report.project else span


def _details(report: RepriceReport, ask: Ask) -> dict[str, object]:
    kept: dict[str, object] = {
        "start": report.start, "end": report.end, "project": report.project, "prices": report.prices,
        "include_reported": ask.include_reported, "changed": report.changed, "newly_priced": report.newly_priced,
        "lost_price": report.lost_price, "totals": report.totals, "fingerprint": report.proof.after.fingerprint,
        "data_version": report.data_version, "closed": report.closed,
    }  # fmt: skip
    if ask.prices is not None:
        said = [msgspec.structs.asdict(price) for price in ask.prices.own]
        kept["list"] = [{name: value for name, value in price.items() if value not in (None, "")} for price in said]
    found: dict[str, object] = msgspec.to_builtins(kept)
    return found
