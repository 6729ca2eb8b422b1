"""A project that only records name: how to declare it, as lines to copy."""

from __future__ import annotations

import re

from breakeven.views.content import Fact, Facts, Panel
from breakeven.views.format import Shown
from breakeven.views.question import Question

PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def undeclared_panel(mine: Question, project: str) -> Panel:
    """The lines of projects.yaml that declare it, with the month of its first amount as the start."""
    found = mine.statement.cumulative
    start = f"{found[0].month:%Y-%m-%d}" if found else f"{mine.period.start:%Y-%m-%d}"
    quoted = project if PLAIN.fullmatch(project) else _quoted(project)
    lines = (("Which one", f"- id: {quoted}"), ("Its name", f"  name: {quoted}"),
             ("Kind of work", "  category: customer_service"), ("Who answers for it", "  owner: NAME"),
             ("First day", f"  start: {start}"), ("Stage", "  stage: production"))  # fmt: skip
    return Panel(
        id="declare", title="Declare this project",
        sub="Lines for projects.yaml, under projects; its category, owner, budget and plan then count here",
        body=Facts(facts=tuple(Fact(label=label, value=Shown(line), mono=True) for label, line in lines)),
        foot="Categories: customer_service, process_automation, predictive_analytics, platform. `breakeven check` tells"
             " what is wrong; the page changes when the workspace is loaded again.",
    )  # fmt: skip


def _quoted(text: str) -> str:
    """A YAML text in double quotes."""
    safe = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(sign if sign.isprintable() else f"\\u{ord(sign):04x}" for sign in safe) + '"'
