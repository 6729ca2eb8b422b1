"""Two issues of a report as a page: what changed, and why."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from breakeven.ledger.bridge import Bridge, Driver
from breakeven.reports.archive import Archive, Issue
from breakeven.reports.proving.comparing import Changed, Comparison, alike, compared
from breakeven.views.content import Cell, Column, Empty, Link, Page, Panel, Row, Table
from breakeven.views.format import Display
from breakeven.views.question import Question
from breakeven.web.reporting.jobs import Jobs, Outcome
from breakeven.web.services import Services

MOST = 80
"""Changes on the page; the command line and the API have all."""
PATIENCE = 2.0
"""Seconds for which a page waits; after that the list of what is being made says how far it is."""
Names = Callable[[str], str]
"""A project as people know it."""
CRUMBS = (Link(text="Reports", href="/reports"),)


def comparison(
    services: Services, archive: Archive, jobs: Jobs, first: int, second: int, now: datetime
) -> Comparison | None:  # fmt: skip
    """What changed between two issues; None where it takes longer than a reader waits for a page: a job says how far.

    What was issued does not change, so what was found stands as long as its job is remembered. Raises NotFound,
    UsageProblem, StoreDamaged, Busy.
    """
    one, other = alike(archive, first, second)

    def compare() -> Outcome:
        found = compared(services.ledger, archive, first, second, now)
        return Outcome(words="Compared", href=f"/reports/compare?issue={first}&issue={second}",
                       link="See what changed", found=found)  # fmt: skip

    title = f"{one.title} {one.id} and {other.id}"
    job = jobs.start(title, "comparison", compare, now, key=f"compare {first} {second}")
    job = jobs.waited(job.id, PATIENCE)
    if job.fault is not None:
        raise job.fault
    return job.outcome.found if job.outcome is not None else None


def comparison_page(question: Question, found: Comparison) -> Page:
    """The page."""
    show = question.show
    panels = [_issues(show, found)]
    if not found.same:
        panels += [_why(show, question.name_of, found), _changes(show, found)]
    return Page(title="Two issues", finding=_finding(show, found), exception=" ".join(found.remarks), crumbs=CRUMBS,
                panels=tuple(panels))  # fmt: skip


def _finding(show: Display, found: Comparison) -> str:
    title = f"{found.after.title} {found.before.id} and {found.after.id}"
    if found.same:
        return f"{title} say the same, to the last digit."
    places = f"{len(found.changes)} place{'s' if len(found.changes) != 1 else ''}"
    if found.bridge is None or found.bridge.change is None:
        return f"{title} differ in {places}."
    return f"{title} differ in {places}; net value changed by {show.money(found.bridge.change, signed=True)}."


def _issues(show: Display, found: Comparison) -> Panel:
    columns = tuple(Column(label=label) for label in ("Issue", "Issued", "Period", "Form", "Rights", "Data version",
                                                      "Methodology", "Hash"))  # fmt: skip
    rows = tuple(_issue(show, one) for one in (found.before, found.after))
    return Panel(id="issues", title="The two issues", body=Table(columns=columns, rows=rows, caption="The two issues"))


def _issue(show: Display, one: Issue) -> Row:
    return Row(cells=(
        Cell(text=f"{one.title} {one.id}", href=f"/reports/issues/{one.id}/file"),
        Cell(text=show.moment(one.issued_at)),
        Cell(text=one.period), Cell(text=one.form), Cell(text=one.scope or "everything"),
        Cell(text=str(one.data_version)), Cell(text=one.methodology_version, mono=True),
        Cell(text=one.hash[:12], mono=True, help=one.hash),
    ))  # fmt: skip


def _why(show: Display, names: Names, found: Comparison) -> Panel:
    made = found.bridge
    if made is None or made.change is None:
        reason = found.no_bridge or (made.reason if made is not None else "") or "the change is unknown"
        empty = Empty(title="No bridge", text=f"{reason[:1].upper()}{reason[1:]}.")
        return Panel(id="why", title="Why: net value", width=5, body=empty)
    columns = (Column(label="Part"), Column(label="Amount", numeric=True), Column(label="Comes from"))
    rows = (*_parts(show, names, made), Row(kind="total", cells=(Cell(text="Change"), Cell(text=show.money(made.change,
            signed=True), strong=True), Cell())))  # fmt: skip
    table = Table(columns=columns, rows=tuple(rows), caption="The bridge of the net value")
    between = f"From {made.start.name} to {made.end.name}"
    return Panel(id="why", title="Why: net value", sub=between, body=table,
                 foot=" ".join(f"{note}." for note in made.notes))  # fmt: skip


def _parts(show: Display, names: Names, made: Bridge) -> Iterator[Row]:
    yield Row(cells=(Cell(text=made.start.name), Cell(text=show.money(made.start.compared)), Cell()))
    for part in made.parts:
        if part.amount:
            drivers = "; ".join(_driver(show, names, one) for one in part.drivers[:3])
            yield Row(
                cells=(Cell(text=part.label), Cell(text=show.money(part.amount, signed=True)), Cell(text=drivers))
            )
    yield Row(cells=(Cell(text=made.end.name), Cell(text=show.money(made.end.compared)), Cell()))


def _driver(show: Display, names: Names, one: Driver) -> str:
    """Productivity of Claims triage +$598."""
    label = one.label if one.project is None else f"{one.label} of {names(one.project)}"
    return f"{label} {show.money(one.amount, signed=True)}"


def _changes(show: Display, found: Comparison) -> Panel:
    columns = (Column(label="Line"), Column(label="Section"), Column(label="Before"), Column(label="After"),
               Column(label="Difference", numeric=True))  # fmt: skip
    rows = tuple(_change(show, one) for one in found.changes[:MOST])
    more = len(found.changes) - len(rows)
    return Panel(
        id="changes", title="What changed",
        body=Table(columns=columns, rows=rows, caption="Places where the two say different things"),
        foot=f"And {more} more: breakeven report compare {found.before.id} {found.after.id}." if more > 0 else "",
    )  # fmt: skip


def _change(show: Display, one: Changed) -> Row:
    return Row(cells=(Cell(text=one.item), Cell(text=one.section), Cell(text=one.before or "–"),
                      Cell(text=one.after or "–"), Cell(text=_difference(show, one))))  # fmt: skip


def _difference(show: Display, one: Changed) -> str:
    """Signed, in the unit of the line: per cent differ by points."""
    if one.difference is None:
        return ""
    if one.unit == "money":
        return show.money(one.difference, signed=True)
    sign = "−" if one.difference < 0 else "+"
    number = show.plain(abs(one.difference), 1 if one.unit == "%" else 2)
    return f"{sign}{number} pp" if one.unit == "%" else f"{sign}{number}"
