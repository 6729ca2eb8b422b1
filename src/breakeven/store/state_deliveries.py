"""Scheduled reports on their way: which times are taken care of, what was made, and what reached whom.

A run is one report at one time of its schedule; its name is made from both, so that of several servers one makes it. A
delivery is a run on its way to one recipient:

    waiting ─► sending ─► sent
       ▲          ├─────► retry ─► sending …        it was refused before anybody can have got it; again, later
       │          ├─────► given_up                  refused too often
       └─ resend ─┴─────► unclear                   nobody knows whether it arrived: only a person sends it again

It is claimed (`sending`) in a transaction of its own before anything is sent, so that a second sender finds it taken;
whoever dies in between leaves it unclear. All writes stand before all reads in a transaction: two processes on one
SQLite file wait for each other.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec
from sqlalchemy import delete, exists, insert, literal, or_, select, update
from sqlalchemy.exc import IntegrityError

from breakeven.errors import NotFound, StoreError, UsageProblem
from breakeven.store.holders import gone
from breakeven.store.moments import moment, text
from breakeven.store.state import State
from breakeven.store.state_audit import record
from breakeven.store.state_tables import report_delivery, report_run, report_schedule

HELD_FOR = timedelta(minutes=15)
"""After this long without an end the one who makes or sends is taken for dead; no way of sending takes as long."""

RunStatus = Literal["making", "retry", "sending", "done", "given_up", "covered", "cancelled"]
"""covered: a time that went by while nothing ran, made up for by a later run. cancelled: a person broke it off."""
DeliveryStatus = Literal["waiting", "sending", "sent", "retry", "given_up", "unclear"]
OPEN: tuple[DeliveryStatus, ...] = ("waiting", "retry")
"""What is to be sent yet."""
REPEATABLE = ("folder",)
"""Channels for which doing it twice is the same as doing it once."""


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """A report at one time."""

    run: str
    name: str
    """Of its schedule."""
    due: datetime
    by_hand: bool
    status: RunStatus
    attempts: int
    not_before: datetime | None
    made_at: datetime | None
    message: bytes
    """JSON, as the one who made it wrote it."""
    issues: Mapping[str, int]
    """Form → id of what was kept in the archive."""
    error: str | None


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """A run on its way to one recipient."""

    run: str
    recipient: str
    channel: str
    status: DeliveryStatus
    attempts: int
    not_before: datetime | None
    """It is not tried again before."""
    changed_at: datetime
    error: str | None


def seen(state: State, name: str, declared: str, now: datetime) -> datetime:
    """Since when a schedule has been known with its cadence; from now on, where it is new or another one."""
    query = select(report_schedule.c.since).where(
        report_schedule.c.name == name, report_schedule.c.declared == declared
    )
    with state.reading() as connection:
        found = connection.execute(query).scalar_one_or_none()
    if found is not None:
        return datetime.fromisoformat(found)
    with state.writing(counted=False) as connection:
        known = exists().where(report_schedule.c.name == name)
        row = select(literal(name), literal(declared), literal(text(now))).where(~known)
        connection.execute(insert(report_schedule).from_select(["name", "declared", "since"], row))
        other = update(report_schedule).where(report_schedule.c.name == name, report_schedule.c.declared != declared)
        connection.execute(other.values(declared=declared, since=text(now)))
        return datetime.fromisoformat(connection.execute(query).scalar_one())


def forget(state: State, names: Collection[str]) -> None:
    """Forget since when schedules are known that are no more: one that comes back later begins anew."""
    gone_ones = report_schedule.c.name.not_in(names)
    with state.reading() as connection:
        if connection.execute(select(report_schedule.c.name).where(gone_ones).limit(1)).scalar_one_or_none() is None:
            return
    with state.writing(counted=False) as connection:
        connection.execute(delete(report_schedule).where(gone_ones))


def known_since(state: State, name: str) -> datetime | None:
    """The same without noting anything; None where it was never seen."""
    query = select(report_schedule.c.since).where(report_schedule.c.name == name)
    with state.reading() as connection:
        return moment(connection.execute(query).scalar_one_or_none())


def latest_due(state: State, name: str) -> datetime | None:
    """The latest time of a schedule that was taken care of."""
    query = select(report_run.c.due).where(report_run.c.name == name, report_run.c.by_hand.is_(False))
    with state.reading() as connection:
        found = connection.execute(query.order_by(report_run.c.due.desc()).limit(1)).scalar_one_or_none()
    return moment(found)


def take(
    state: State, run: str, name: str, due: datetime, holder: str, now: datetime, *, by_hand: bool = False,
    covers: Mapping[str, datetime] | None = None,
) -> bool:  # fmt: skip
    """Take a new run to make it; False where somebody has it. `covers`: runs of times that it makes up for."""
    try:
        with state.writing(counted=False) as connection:
            new = _new(run, name, due, by_hand, "making", holder, now).returning(report_run.c.run)
            taken = connection.execute(new).first() is not None
            if taken:
                for other, at in (covers or {}).items():
                    connection.execute(_new(other, name, at, by_hand, "covered", None, now))
    except StoreError as error:
        # Where writers do not wait for each other, of two at once one hits the key of the other.
        if isinstance(error.__cause__, IntegrityError):
            return False
        raise
    return taken


def _new(run: str, name: str, due: datetime, by_hand: bool, status: str, holder: str | None, now: datetime) -> Any:
    values = {"run": run, "name": name, "due": text(due), "by_hand": by_hand, "status": status,
              "attempts": 1 if holder else 0, "holder": holder,
              "held_until": text(now + HELD_FOR) if holder else None}  # fmt: skip
    row = select(*(literal(value, report_run.c[key].type).label(key) for key, value in values.items()))
    return insert(report_run).from_select([*values], row.where(~exists().where(report_run.c.run == run)))


def retake(state: State, run: str, holder: str, now: datetime) -> bool:
    """Take a run that could not be made, or whose maker died; False where somebody has it, or it is not time yet."""
    free = or_(report_run.c.not_before.is_(None), report_run.c.not_before <= text(now))
    with state.writing(counted=False) as connection:
        claimed = update(report_run).where(report_run.c.run == run, report_run.c.status == "retry", free)
        return connection.execute(claimed.values(
            status="making", holder=holder, held_until=text(now + HELD_FOR), attempts=report_run.c.attempts + 1,
        )).rowcount == 1  # fmt: skip


def failed(state: State, run: str, holder: str, now: datetime, error: str, not_before: datetime | None) -> None:
    """A run could not be made; None: it is given up."""
    with state.writing(counted=False) as connection:
        connection.execute(_mine(run, holder).values(
            status="given_up" if not_before is None else "retry", error=error, holder=None, held_until=None,
            not_before=text(not_before) if not_before is not None else None, made_at=text(now),
        ))  # fmt: skip


def put_back(state: State, run: str, holder: str, error: str) -> None:
    """A run was left before it was made: whoever looks next takes it, and this was no try."""
    with state.writing(counted=False) as connection:
        connection.execute(_mine(run, holder).values(
            status="retry", error=error, holder=None, held_until=None, not_before=None,
            attempts=report_run.c.attempts - 1,
        ))  # fmt: skip


def broken_off(state: State, run: str, holder: str, now: datetime, *, by_hand: bool) -> None:
    """A person broke a run off while it was made. One by hand is forgotten, so that its key can be used again."""
    with state.writing(counted=False) as connection:
        if by_hand:
            connection.execute(delete(report_run).where(
                report_run.c.run == run, report_run.c.holder == holder, report_run.c.status == "making"
            ))  # fmt: skip
            return
        connection.execute(_mine(run, holder).values(
            status="cancelled", error=None, holder=None, held_until=None, not_before=None, made_at=text(now)
        ))  # fmt: skip


def _mine(run: str, holder: str) -> Any:
    """Changes a run that is still being made by its holder."""
    return update(report_run).where(
        report_run.c.run == run, report_run.c.holder == holder, report_run.c.status == "making"
    )


def made(
    state: State, run: str, holder: str, now: datetime, message: bytes, issues: Mapping[str, int],
    recipients: Sequence[tuple[str, str]],
) -> bool:  # fmt: skip
    """A run is made and kept, and on its way to recipients (name, channel); False where another maker took it over."""
    with state.writing(counted=False) as connection:
        if not connection.execute(_mine(run, holder).values(
            status="sending", holder=None, held_until=None, not_before=None, made_at=text(now), error=None,
            message=message.decode(), issues=msgspec.json.encode(issues).decode(),
        )).rowcount:  # fmt: skip
            return False
        for name, channel in recipients:
            connection.execute(insert(report_delivery).values(
                run=run, recipient=name, channel=channel, status="waiting", attempts=0, changed_at=text(now)
            ))  # fmt: skip
    return True


def claim(state: State, run: str, recipient: str, holder: str, now: datetime) -> bool:
    """Take a delivery to send it; False where somebody has it, or it is not time yet."""
    free = or_(report_delivery.c.not_before.is_(None), report_delivery.c.not_before <= text(now))
    with state.writing(counted=False) as connection:
        mine = update(report_delivery).where(*_one(run, recipient), report_delivery.c.status.in_(OPEN), free)
        return connection.execute(mine.values(
            status="sending", holder=holder, held_until=text(now + HELD_FOR), changed_at=text(now),
            attempts=report_delivery.c.attempts + 1,
        )).rowcount == 1  # fmt: skip


def end(
    state: State, run: str, recipient: str, holder: str, now: datetime, status: DeliveryStatus, *,
    error: str | None = None, not_before: datetime | None = None,
) -> None:  # fmt: skip
    """How a delivery ended. One that others took for lost meanwhile is set right: its sender knows."""
    with state.writing(counted=False) as connection:
        mine = update(report_delivery).where(*_one(run, recipient), report_delivery.c.holder == holder,
                                             report_delivery.c.status.in_(("sending", "unclear")))  # fmt: skip
        connection.execute(mine.values(status=status, error=error, changed_at=text(now), holder=None, held_until=None,
                                       not_before=None if not_before is None else text(not_before)))  # fmt: skip
        _settle(connection, run)


def _one(run: str, recipient: str) -> tuple[Any, Any]:
    return report_delivery.c.run == run, report_delivery.c.recipient == recipient


def _settle(connection: Any, run: str) -> None:
    """A run is done when nothing of it is under way."""
    under_way = exists().where(report_delivery.c.run == run, report_delivery.c.status.in_((*OPEN, "sending")))
    ready = update(report_run).where(report_run.c.run == run, report_run.c.status == "sending", ~under_way)
    connection.execute(ready.values(status="done"))


def let_go(state: State, now: datetime) -> list[tuple[str, str]]:
    """Let go of what dead processes hold: runs are made again, deliveries become unclear.

    Gives the (run, recipient) of those. Where sending twice is the same as sending once they are tried again.
    """
    with state.reading() as connection:
        runs = connection.execute(select(report_run.c.run, report_run.c.holder, report_run.c.held_until)
                                  .where(report_run.c.status == "making")).all()  # fmt: skip
        sent = connection.execute(
            select(report_delivery.c.run, report_delivery.c.recipient, report_delivery.c.channel,
                   report_delivery.c.holder, report_delivery.c.held_until)
            .where(report_delivery.c.status == "sending")
        ).all()  # fmt: skip
    dead_runs = [(run, holder) for run, holder, until in runs if _dead(holder, until, now)]
    dead = [(run, recipient, channel, holder) for run, recipient, channel, holder, until in sent
            if _dead(holder, until, now)]  # fmt: skip
    if not dead_runs and not dead:
        return []
    with state.writing(counted=False) as connection:
        for run, holder in dead_runs:
            held = update(report_run).where(report_run.c.run == run, report_run.c.status == "making",
                                            report_run.c.holder == holder)  # fmt: skip
            connection.execute(held.values(status="retry", holder=None, held_until=None, not_before=None,
                                           error="its process ended while it was made"))  # fmt: skip
        return [(run, recipient) for run, recipient, channel, holder in dead
                if _let_go(connection, run, recipient, holder, now, again=channel in REPEATABLE)]  # fmt: skip


def _let_go(connection: Any, run: str, recipient: str, holder: str, now: datetime, *, again: bool) -> bool:
    """Whether the delivery is unclear now."""
    held = update(report_delivery).where(*_one(run, recipient), report_delivery.c.status == "sending",
                                         report_delivery.c.holder == holder)  # fmt: skip
    error = "its process ended after claiming it: whether it was sent before is not known"
    found = connection.execute(held.values(status="retry" if again else "unclear", changed_at=text(now), error=error,
                                           not_before=None)).rowcount  # fmt: skip
    _settle(connection, run)
    return bool(found) and not again


def _dead(holder: str | None, until: str | None, now: datetime) -> bool:
    return holder is None or until is None or until <= text(now) or gone(holder)


def resend(state: State, run: str, recipient: str, now: datetime, *, by: str) -> None:
    """Send once more what is unclear or was given up, because a person says so. Raises NotFound, UsageProblem."""
    with state.writing(counted=False) as connection:
        again = update(report_delivery).where(
            *_one(run, recipient), report_delivery.c.status.in_(("unclear", "given_up"))
        )
        done = connection.execute(again.values(status="waiting", attempts=0, not_before=None, error=None, holder=None,
                                               held_until=None, changed_at=text(now))).rowcount  # fmt: skip
        if not done:
            query = select(report_delivery.c.status).where(*_one(run, recipient))
            found = connection.execute(query).scalar_one_or_none()
            if found is None:
                raise NotFound(f"there is no delivery of {run} to {recipient}")
            raise UsageProblem(f"{run} to {recipient} is {found}: only what is unclear or given up is sent again")
        connection.execute(update(report_run).where(report_run.c.run == run).values(status="sending"))
        record(connection, at=now, who=by, action="resend", subject=run, note=recipient)


def runs(
    state: State, name: str | None = None, *, status: Sequence[RunStatus] = (), limit: int | None = None
) -> list[Run]:  # fmt: skip
    """Runs, the latest first."""
    query = select(report_run).order_by(report_run.c.due.desc(), report_run.c.run.desc()).limit(limit)
    if name is not None:
        query = query.where(report_run.c.name == name)
    if status:
        query = query.where(report_run.c.status.in_(status))
    with state.reading() as connection:
        return [_run(row) for row in connection.execute(query).mappings()]


def one_run(state: State, run: str) -> Run:
    """A run by its name. Raises NotFound."""
    with state.reading() as connection:
        row = connection.execute(select(report_run).where(report_run.c.run == run)).mappings().one_or_none()
    if row is None:
        raise NotFound(f"there is no run {run} of a report")
    return _run(row)


def deliveries(state: State, runs: Sequence[str]) -> dict[str, list[Delivery]]:
    """Run → its deliveries, by recipient."""
    query = select(report_delivery).where(report_delivery.c.run.in_(runs)).order_by(report_delivery.c.recipient)
    found: dict[str, list[Delivery]] = {run: [] for run in runs}
    with state.reading() as connection:
        for row in connection.execute(query).mappings():
            values = {name: row[name] for name in Delivery.__struct_fields__}
            times = {name: moment(row[name]) for name in ("not_before", "changed_at")}
            found[row["run"]].append(Delivery(**{**values, **times}))
    return found


def _run(row: Mapping[Any, Any]) -> Run:
    values = {name: row[name] for name in Run.__struct_fields__}
    times = {name: moment(row[name]) for name in ("due", "not_before", "made_at")}
    issues = msgspec.json.decode(row["issues"] or "{}", type=dict[str, int])
    return Run(**{**values, **times, "issues": issues, "message": (row["message"] or "").encode()})
