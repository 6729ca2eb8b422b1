"""How the schedules of a workspace stand: for the page, the API and the command line. Reads the state alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from breakeven.delivery.cadence import following
from breakeven.errors import UnknownName
from breakeven.reports import report_of
from breakeven.store import state_deliveries as kept
from breakeven.store.state import State
from breakeven.workspace.definitions import Workspace
from breakeven.workspace.reports import ReportSchedule


class RecipientStanding(msgspec.Struct, frozen=True, kw_only=True):
    """Who gets a report."""

    name: str
    channel: str


class DeliveryStanding(msgspec.Struct, frozen=True, kw_only=True):
    """A run on its way to one recipient."""

    recipient: str
    channel: str
    status: kept.DeliveryStatus
    """waiting, sending, sent, retry, given_up or unclear."""
    attempts: int
    changed_at: datetime
    not_before: datetime | None
    """When it is tried again."""
    error: str | None


class RunStanding(msgspec.Struct, frozen=True, kw_only=True):
    """A report at one time of its schedule, or by hand."""

    run: str
    due: datetime
    by_hand: bool
    status: kept.RunStatus
    """making, retry, sending, done, given_up or covered."""
    made_at: datetime | None
    attempts: int
    not_before: datetime | None
    error: str | None
    issues: dict[str, int]
    """Form → id in the archive."""
    deliveries: tuple[DeliveryStanding, ...]


class ScheduleStanding(msgspec.Struct, frozen=True, kw_only=True):
    """One schedule of reports.yaml."""

    name: str
    report: str
    title: str
    audience: str
    cadence: str
    """In words: every Monday at 07:00 (Europe/Berlin)."""
    next_due: datetime | None
    formats: tuple[str, ...]
    language: str
    """Empty: that of the workspace."""
    filters: dict[str, str]
    recipients: tuple[RecipientStanding, ...]
    runs: tuple[RunStanding, ...]
    """The latest first."""
    findings: tuple[str, ...]
    """What somebody has to look after, in sentences."""


def standing(workspace: Workspace, state: State, now: datetime, *, runs: int = 1) -> tuple[ScheduleStanding, ...]:
    """Every schedule with its latest runs. Raises StoreError."""
    return tuple(_standing(workspace, state, one, now, runs) for one in workspace.reporting.schedules.values())


def one_standing(
    workspace: Workspace, state: State, name: str, now: datetime, *, runs: int = 20
) -> ScheduleStanding:  # fmt: skip
    """One of them. Raises UnknownName, StoreError."""
    schedules = workspace.reporting.schedules
    if name not in schedules:
        raise UnknownName("report schedule", name, schedules)
    return _standing(workspace, state, schedules[name], now, runs)


def run_standing(state: State, run: kept.Run) -> RunStanding:
    """One run with its deliveries."""
    return _run(run, kept.deliveries(state, [run.run])[run.run])


def _standing(
    workspace: Workspace, state: State, one: ReportSchedule, now: datetime, most: int
) -> ScheduleStanding:  # fmt: skip
    kind, wish = report_of(workspace, one.report).kind, msgspec.structs.asdict(one.wish)
    found = kept.runs(state, one.name, limit=most)
    under_way = [run for run in kept.runs(state, one.name, status=("retry", "making", "sending")) if run not in found]
    sent = kept.deliveries(state, [run.run for run in (*found, *under_way)])
    shown = tuple(_run(run, sent[run.run]) for run in (*found, *under_way))
    return ScheduleStanding(
        name=one.name, report=one.report, title=kind.title, audience=kind.audience, cadence=str(one.cadence),
        next_due=following(one.cadence, workspace.calendar, now), formats=one.formats, language=one.locale,
        filters={name: ", ".join(value) if isinstance(value, tuple) else value
                 for name, value in {"period": kind.period, **{k: v for k, v in wish.items() if v}}.items()},
        recipients=tuple(RecipientStanding(name=to.name, channel=to.channel) for to in one.recipients), runs=shown,
        findings=tuple(_findings(shown)),
    )  # fmt: skip


def _run(run: kept.Run, sent: Sequence[kept.Delivery]) -> RunStanding:
    return RunStanding(
        run=run.run, due=run.due, by_hand=run.by_hand, status=run.status, made_at=run.made_at, attempts=run.attempts,
        not_before=run.not_before, error=run.error, issues=dict(run.issues),
        deliveries=tuple(
            DeliveryStanding(recipient=one.recipient, channel=one.channel, status=one.status, attempts=one.attempts,
                             changed_at=one.changed_at, not_before=one.not_before, error=one.error)
            for one in sent
        ),
    )  # fmt: skip


def _findings(shown: Sequence[RunStanding]) -> list[str]:
    found = []
    for run in shown:
        if run.status == "retry":
            found.append(f"{run.run} could not be made: {run.error}; it is tried again")
        elif run.status == "given_up":
            found.append(f"{run.run} was given up: {run.error}")
        for one in run.deliveries:
            if one.status == "retry":
                found.append(f"{run.run} did not reach {one.recipient}: {one.error}; it is tried again")
            elif one.status == "given_up":
                found.append(f"{run.run} never reached {one.recipient}: {one.error}")
            elif one.status == "unclear":
                found.append(f"whether {run.run} reached {one.recipient} is not known: {one.error}")
    return found
