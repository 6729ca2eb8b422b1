"""Why the last complete month differs from the one before."""

from __future__ import annotations

from breakeven.ledger.bridge import Bridge, bridge_within
from breakeven.period import Grain, add_months
from breakeven.views.adding import adding
from breakeven.views.charting.data import Step
from breakeven.views.charting.parts import waterfall
from breakeven.views.content import Empty, Panel
from breakeven.views.question import Question

TITLE = "Net value against the month before"


def bridge_panel(question: Question) -> Panel | None:
    """The parts of the change as a waterfall; None before two months are complete."""
    end = min(question.period.end, question.desk.reading.open_month)
    last, before = add_months(end, -1), add_months(end, -2)
    if before < question.desk.book().months[0]:
        return None
    if question.projects is not None and len(question.projects) != 1:
        return Panel(
            id="bridge",
            title=TITLE,
            width=6,
            hourly=True,
            body=Empty(
                title="For one project, or for all",
                text="The change of several projects together is not taken apart: name one of them, or none.",
            ),
        )
    project = None if question.projects is None else question.projects[0]
    found: Bridge = question.kept(
        ("bridge", before, last, project),
        lambda: bridge_within(
            question.desk,
            question.calendar.containing(before, Grain.MONTH),
            question.calendar.containing(last, Grain.MONTH),
            project=project,
        ),
    )
    show, name = question.show, question.show.month
    first, then = found.start.compared, found.end.compared
    if found.change is None or first is None or then is None:
        return Panel(
            id="bridge",
            title=TITLE,
            width=6,
            hourly=True,
            body=Empty(
                title="The change is not known", text=found.reason or "One of the two months has no known net value."
            ),
        )
    parts = [part for part in found.parts if part.amount]
    show = adding(show, ([first, *(part.amount for part in parts)], then))
    steps = [
        Step(label=name(before), amount=first, key="muted", total=True),
        *(Step(label=part.label, amount=part.amount, key="value" if part.amount > 0 else "cost") for part in parts),
        Step(label=name(last), amount=then, key="ink", total=True),
    ]
    return Panel(
        id="bridge",
        title=TITLE,
        width=6,
        hourly=True,
        sub=f"{name(before)} to {name(last)}, by what changed",
        body=waterfall(steps, show=show, title=TITLE) or Empty(title="Nothing changed", text=""),
        foot=_said(question, found),
        explain="net_value",
    )


def _said(question: Question, found: Bridge) -> str:
    """The largest single reason, and what is not compared."""
    drivers = [driver for part in found.parts for driver in part.drivers]
    said = ""
    if drivers:
        one = max(drivers, key=lambda driver: abs(driver.amount))
        where = f" in {question.name_of(one.project)}" if one.project else ""
        said = f"Most of it: {one.label}{where}, {question.show.money(one.amount, signed=True)}."
    if found.uncompared:
        count = len(found.uncompared)
        said += f" {count} {'amount is' if count == 1 else 'amounts are'} known in one month only and not compared."
    return said.strip()
