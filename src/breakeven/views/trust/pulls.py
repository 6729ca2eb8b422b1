"""How the pulled sources stand: last and next run, records, lag, errors, and what their silence says."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

from breakeven.ingest.pulling.host import shown
from breakeven.ingest.pulling.run import pulled, source_name
from breakeven.ingest.pulling.schedule import next_run, overdue
from breakeven.ledger.results import Status
from breakeven.store.state import State
from breakeven.store.state_pulls import PullState, failing_files, pull_states
from breakeven.views.content import Cell, Column, Panel, Row, Table
from breakeven.views.format import UNKNOWN, age
from breakeven.views.question import Question
from breakeven.workspace.definitions import SourceMapping, Workspace
from breakeven.workspace.pulls import DatabasePull, FolderPull, Pull, Secret

Standing = Literal["never", "running", "ok", "partial", "failing", "late", "quiet"]
_WORDS: dict[Standing, str] = {
    "never": "Never run", "running": "Running", "ok": "Up to date", "partial": "Partly read", "failing": "Failing",
    "late": "Late", "quiet": "Quiet",
}  # fmt: skip
_COLOURS: dict[Standing, Status] = {
    "never": "grey", "running": "green", "ok": "green", "partial": "yellow", "failing": "yellow", "late": "red",
    "quiet": "yellow",
}  # fmt: skip


class PullStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One pulled source, as it stands."""

    name: str
    kind: str
    """Fact kind, focus or mlflow."""
    source: str
    """Source that its records have, where they name none of their own."""
    origin: str
    """folder, database, rest or mlflow."""
    place: str
    """What it reads, without anything secret."""
    schedule: str
    standing: Standing
    last_run: datetime | None
    """When the last run began."""
    last_success: datetime | None
    next_run: datetime | None
    """None while one is running."""
    accepted: int
    duplicates: int
    rejected: int
    """Records of the last run."""
    total: int
    """Records accepted over all runs."""
    newest: datetime | None
    """Time of the latest record."""
    lag_seconds: float | None
    """Age of the latest record."""
    lag_unknown: str | None
    """Why it is not known."""
    failures: int
    """Failed runs in a row."""
    error: str | None
    unreadable: dict[str, str]
    """File → why it cannot be read."""
    finding: str | None
    """What is wrong with the source's data, one sentence; None: nothing is."""


def pull_statuses(workspace: Workspace, state: State, now: datetime) -> list[PullStatus]:
    """Every source that is declared with a pull, by name. Raises StoreError."""
    sources, known, files = pulled(workspace), pull_states(state), failing_files(state)
    zone = ZoneInfo(workspace.calendar.time_zone)
    return [_status(source, source.pull, known.get(name), dict(files.get(name, ())), now, zone)
            for name, source in sorted(sources.items()) if source.pull is not None]  # fmt: skip


def _status(
    source: SourceMapping, pull: Pull, known: PullState | None, files: dict[str, str], now: datetime, zone: ZoneInfo
) -> PullStatus:
    last = known if known is not None else PullState(name=source.name)
    late = overdue(pull.schedule, known, now, zone)
    standing = _standing(pull, last, late, now)
    newest = last.newest
    unknown = None
    if newest is None:
        own = "source" in source.map
        unknown = "its records name sources of their own" if own else "it has brought no record yet"
    return PullStatus(
        name=source.name, kind=source.kind, source=source_name(source), origin=_origin(pull), place=_place(pull),
        schedule=str(pull.schedule), standing=standing, last_run=last.started, last_success=last.succeeded,
        next_run=None if last.running(now) else next_run(pull.schedule, known, now, zone), accepted=last.accepted,
        duplicates=last.duplicates, rejected=last.rejected, total=last.total, newest=newest,
        lag_seconds=None if newest is None else max(0.0, (now - newest).total_seconds()), lag_unknown=unknown,
        failures=last.failures, error=last.error, unreadable=files,
        finding=_finding(source, pull, last, late, standing, now),
    )  # fmt: skip


def _standing(pull: Pull, last: PullState, late: timedelta | None, now: datetime) -> Standing:
    if last.started is None:
        return "never"
    if late is not None:
        return "late"
    if last.running(now):
        return "running"
    if last.status == "failed":
        return "failing"
    if last.status == "partial":
        return "partial"
    return "quiet" if _silent_for(pull, last, now) is not None else "ok"


def _silent_for(pull: Pull, last: PullState, now: datetime) -> timedelta | None:
    """How long nothing new came, where that is longer than declared."""
    since = last.fed or last.succeeded
    if pull.quiet is None or since is None or now - since <= pull.quiet:
        return None
    return now - since


def _finding(
    source: SourceMapping, pull: Pull, last: PullState, late: timedelta | None, standing: Standing, now: datetime
) -> str | None:
    error = f" The last run failed: {last.error}" if last.status == "failed" and last.error else ""
    match standing:
        case "late" if last.succeeded is not None and late is not None:
            silent = now - last.succeeded
            return f"{source.name} has been silent for {_age(silent)}, and is pulled {pull.schedule}.{error}"
        case "failing":
            runs = "once" if last.failures == 1 else f"{last.failures} times in a row"
            return f"{source.name} failed {runs}.{error}"
        case "partial":
            return f"{source.name}: {last.error}."
        case "quiet":
            silent_for = _silent_for(pull, last, now) or timedelta()
            return f"{source.name} has brought nothing new for {_age(silent_for)}."
        case "never":
            return f"{source.name} was never pulled."
    return None


def _age(span: timedelta) -> str:
    return age(span.total_seconds()).replace("\u00a0", " ")


def _origin(pull: Pull) -> str:
    return type(pull.origin).__name__.removesuffix("Pull").lower()


def _place(pull: Pull) -> str:
    match pull.origin:
        case FolderPull() as folder:
            return folder.path
        case DatabasePull() as database:
            what = database.table if database.table is not None else "a query"
            return f"{what} in {database.url if isinstance(database.url, Secret) else shown(database.url)}"
    return shown(pull.origin.url)


def pulls_panel(question: Question) -> tuple[list[Panel], list[PullStatus]]:
    """The panel of the quality page, if anything is pulled, and the sources that something is wrong with."""
    if question.desk.reading.as_of is not None or not pulled(question.workspace):
        return [], []
    found = pull_statuses(question.workspace, question.desk.state, question.now)
    panel = Panel(
        id="pulls",
        title="Pulled sources",
        sub="Fetched on a schedule, with the last run of each",
        body=Table(
            columns=(
                Column(label="Source", sort=True),
                Column(label="Last run", numeric=True, sort=True),
                Column(label="Next run", numeric=True, sort=True),
                Column(label="New records", numeric=True, sort=True),
                Column(label="Lag", numeric=True, sort=True),
                Column(label="State", sort=True),
            ),
            rows=tuple(_row(question, one) for one in found),
            caption="Pulled sources, when they run and what they brought",
        ),
    )
    return [panel], [one for one in found if one.finding is not None and one.standing != "never"]


def _row(question: Question, one: PullStatus) -> Row:
    show = question.show

    def at(moment: datetime | None) -> Cell:
        if moment is None:
            return Cell(text=UNKNOWN)
        return Cell(text=f"{show.day(moment)} {show.clock(moment)}", order=moment.timestamp())

    rejected = f"{one.rejected:,} rejected" if one.rejected else ""
    lag = UNKNOWN if one.lag_seconds is None else show.age(one.lag_seconds)
    return Row(
        cells=(
            Cell(text=one.name, sub=f"{one.place}, {one.schedule}"),
            at(one.last_run),
            at(one.next_run),
            Cell(text=f"{one.accepted:,}", order=one.accepted, sub=rejected),
            Cell(text=lag, order=one.lag_seconds, sub=one.lag_unknown or ""),
            Cell(text=_WORDS[one.standing], status=_COLOURS[one.standing], sub=one.finding or ""),
        )
    )


def silence(found: Sequence[PullStatus]) -> str:
    """What the page says of pulled sources in its first lines; empty if all is well."""
    late = [one.name for one in found if one.standing in ("late", "quiet")]
    return f"{', '.join(late[:3])}: silent beyond the interval." if late else ""
