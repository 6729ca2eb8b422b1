"""What the page on reports shows, as its template has it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

import msgspec

from breakeven.delivery.courier import Courier
from breakeven.delivery.standing import RunStanding, ScheduleStanding, run_standing, standing
from breakeven.ledger.results import Status
from breakeven.reports import FORMS, REPORTS
from breakeven.reports.archive import Issue
from breakeven.reports.progress import Step
from breakeven.views.content import Page
from breakeven.views.question import Question
from breakeven.views.trust.reports import reports
from breakeven.web.reporting.asking import BY_REPORT, Wish
from breakeven.web.reporting.jobs import ENDED, Jobs, Outcome, State
from breakeven.web.services import Services

MOST = 25
"""Issues on a page."""
Choice = tuple[str, str]
"""Value and words."""
RUNS: Mapping[str, tuple[Status, str]] = {
    "making": ("grey", "Being made"), "retry": ("yellow", "Tried again"), "sending": ("grey", "Being sent"),
    "done": ("green", "Sent"), "given_up": ("red", "Given up"), "covered": ("grey", "Covered by a later one"),
    "cancelled": ("grey", "Cancelled"),
}  # fmt: skip


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """An issue as a row."""

    issue: Issue
    issued: str
    size: str


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """A schedule as a row."""

    schedule: ScheduleStanding
    due: str
    key: str
    """Of the form that sends it: sent twice, it sends once."""
    status: Status
    word: str


class UnderWay(msgspec.Struct, frozen=True, kw_only=True):
    """What is being made, or was a moment ago, as a line."""

    id: str
    title: str
    form: str
    state: State
    step: Step
    error: str = ""
    outcome: Outcome | None = None
    cancel: str
    """Address that breaks it off."""
    run: str = ""
    """What is to be said there."""

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in ENDED


class Board(msgspec.Struct, frozen=True, kw_only=True):
    """Everything beside the panels."""

    wish: Wish
    fault: str
    reports: tuple[Choice, ...]
    forms: tuple[Choice, ...]
    projects: tuple[Choice, ...]
    readers: tuple[Choice, ...]
    jobs: tuple[UnderWay, ...]
    issues: tuple[Listed, ...]
    more: int | None
    """Number that the next page begins before; None: there is none."""
    schedules: tuple[Planned, ...]
    sends: bool
    """Whether this server can send."""
    keeps: bool
    """Whether this server keeps what it makes."""
    chosen: str
    """Report whose issues are shown; empty: all."""


def page_of(
    services: Services, question: Question, jobs: Jobs, *, wish: Wish | None = None, fault: str = ""
) -> Page:  # fmt: skip
    """The page; `wish` and `fault`: what was asked for and cannot be made."""
    board = _board(services, question, jobs, wish or Wish(), fault)
    base = reports(question)
    return msgspec.structs.replace(
        base, finding=_finding(board), exception=_exception(board), extra={"board": board},
        panels=tuple(panel for panel in base.panels if panel.id != "scheduled"),
    )  # fmt: skip


def under_way_of(services: Services, jobs: Jobs) -> tuple[UnderWay, ...]:
    """Reports that this server makes by itself, then what people asked it for, the latest first."""
    runs = services.courier.under_way.all() if services.courier is not None else []
    made = (UnderWay(id=f"run-{number}", title=one.schedule, form="scheduled", state="running", step=one.step,
                     cancel="/reports/runs/cancel", run=one.run)
            for number, one in enumerate(runs, 1))  # fmt: skip
    asked = (UnderWay(id=f"job-{one.id}", title=one.title, state=one.state,
                      form=one.form.upper() if one.form in FORMS else one.form, step=one.step,
                      error=one.error, outcome=one.outcome, cancel=f"/reports/jobs/{one.id}/cancel")
             for one in jobs.all())  # fmt: skip
    return (*made, *asked)


def sent(courier: Courier, name: str, key: str) -> Outcome:
    """Send the report of a schedule now, and say how that went. Raises what the courier raises."""
    status, word = _run_words(run_standing(courier.state, courier.send(name, key=key)))
    return Outcome(words=word, status=status, href="/reports#panel-schedules", link="See its deliveries")


def _board(services: Services, question: Question, jobs: Jobs, wish: Wish, fault: str) -> Board:
    workspace, archive = services.workspace, services.archive
    chosen, before = question.own.get("report", ""), question.own.get("before", "")
    found: list[Issue] = []
    if archive is not None:
        after = int(before) if before.isdecimal() else None
        found = archive.issues(chosen or None, before=after, limit=MOST + 1)
    own = ((name, one.title) for name, one in workspace.reporting.own.items())
    return Board(
        wish=wish, fault=fault, reports=(*((name, one.kind.title) for name, one in REPORTS.items()), *own),
        forms=tuple((name, one.what) for name, one in FORMS.items()),
        projects=tuple((one.id, one.name) for one in workspace.projects.values()),
        readers=((BY_REPORT, "Those of the report"), ("", "Everything"), *((name, name) for name in workspace.access)),
        jobs=under_way_of(services, jobs), issues=tuple(_listed(question, one) for one in found[:MOST]),
        more=found[MOST - 1].id if len(found) > MOST else None, schedules=_planned(services, question),
        sends=services.courier is not None, keeps=archive is not None, chosen=chosen,
    )  # fmt: skip


def _listed(question: Question, issue: Issue) -> Listed:
    return Listed(issue=issue, issued=question.show.moment(issue.issued_at), size=f"{max(1, issue.bytes // 1024):,} kB")


def _planned(services: Services, question: Question) -> tuple[Planned, ...]:
    found = standing(services.workspace, services.ledger.state, question.now)
    return tuple(_one_planned(question, one) for one in found)


def _one_planned(question: Question, one: ScheduleStanding) -> Planned:
    due = question.show.moment(one.next_due) if one.next_due is not None else "never"
    status, word = _run_words(one.runs[0]) if one.runs else ("grey", "Not yet due")
    return Planned(schedule=one, due=due, key=secrets.token_hex(12), status=status, word=word)


def _run_words(run: RunStanding) -> tuple[Status, str]:
    unclear = sum(one.status in ("unclear", "given_up") for one in run.deliveries)
    if unclear:
        return "red", f"{unclear} of {len(run.deliveries)} not delivered"
    return RUNS.get(run.status, ("grey", run.status))


def _finding(board: Board) -> str:
    if not board.keeps:
        return "Every page prints; every table and chart can be taken along."
    if not board.issues:
        return "No report was issued yet."
    last = board.issues[0]
    return f"The latest report is {last.issue.title}, {last.issue.period}, issued {last.issued}."


def _exception(board: Board) -> str:
    waits = [one for one in board.schedules if one.status in ("red", "yellow")]
    if waits:
        return f"{waits[0].schedule.name}: {waits[0].word.lower()}."
    due = [(one.schedule.next_due, one) for one in board.schedules if one.schedule.next_due is not None]
    if due:
        first = min(due, key=lambda pair: pair[0])[1]
        return f"Next is {first.schedule.name}, due {first.due}."
    return "Each carries its period, data version, methodology and hash, and can be made again from them."
