"""Reports that are kept."""

from __future__ import annotations

from breakeven.views.content import Empty, Link, Panel
from breakeven.views.question import Question


def reports_panel(question: Question) -> Panel:
    """What will be here, and what can be taken along today."""
    return Panel(
        id="reports",
        title="Reports",
        sub="Frozen copies; every number keeps its evidence",
        width=5,
        printed=False,
        hourly=True,
        body=Empty(
            title="No report is kept yet",
            text="Monthly finance packs and board one-pagers will stand here with date, data version and hash. Today"
            " this page prints, and every table and chart can be downloaded.",
            link=Link(text="What can be taken along", href=question.link("/reports")),
        ),
    )
