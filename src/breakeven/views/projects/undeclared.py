"""A project that only records name: what they are, and how to declare it, as lines to copy."""

from __future__ import annotations

import re
from collections.abc import Sequence

from breakeven.facts import UNASSIGNED
from breakeven.ledger.comparing.undeclared import Named, undeclared
from breakeven.views.content import Cell, Column, Fact, Facts, Link, Page, Panel, Row, Table
from breakeven.views.format import Shown
from breakeven.views.projects.links import ALL, project_link
from breakeven.views.question import Question
from breakeven.views.records_links import records_link

PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9._-]*")
WORDS_OF_YAML = frozenset(("true", "false", "yes", "no", "on", "off", "null", "none", "y", "n"))
MOST = 20
"""Names that the page of all projects lists."""


def undeclared_page(question: Question, one: Named) -> Page:
    """The page of such a project."""
    count = f"{question.show.plain(one.total)} {'record names' if one.total == 1 else 'records name'}"
    return Page(
        title=one.project, crumbs=(Link(text="Projects", href=question.link(ALL)),), over=("Not declared",),
        chips=(("yellow", "Not declared"),), finding=f"{count} {one.project}, which is not declared.",
        exception="Until it is, what they cost and bring counts as unassigned; then it takes them all, past ones too.",
        panels=(_lines(one), _records(question, one)),
    )  # fmt: skip


def _lines(one: Named) -> Panel:
    """The lines of projects.yaml."""
    name = quoted(one.project)
    lines = (("Which one", f"- id: {name}"), ("Its name", f"  name: {name}"),
             ("Kind of work", "  category: customer_service"), ("Who answers for it", "  owner: NAME"),
             ("First day", "  start: YYYY-MM-DD"), ("Stage", "  stage: production"))  # fmt: skip
    return Panel(
        id="declare", title="Declare this project", sub="Lines for projects.yaml, under projects", width=7,
        body=Facts(facts=tuple(Fact(label=label, value=Shown(line), mono=True) for label, line in lines)),
        foot="Categories: customer_service, process_automation, predictive_analytics, platform. `breakeven check` tells"
             " what is wrong; the page changes when the workspace is loaded again.",
    )  # fmt: skip


def _records(question: Question, one: Named) -> Panel:
    """Its records by kind."""
    rows = tuple(
        Row(cells=(Cell(text=kind.replace("_", " ").capitalize(),
                        href=records_link(question, kind, project=UNASSIGNED)),
                   Cell(text=question.show.plain(number), order=number)))
        for kind, number in one.records.items()
    )  # fmt: skip
    columns = (Column(label="Kind"), Column(label="Records", numeric=True))
    return Panel(id="named-by", title="What names it", width=5,
                 body=Table(columns=columns, rows=rows, caption=f"Records that name {one.project}"))  # fmt: skip


def undeclared_panel(question: Question) -> Panel | None:
    """Projects that only records name; None where there is none."""
    found: Sequence[Named] = undeclared(question.desk)
    if not found:
        return None
    columns = (Column(label="Named as", sort=True), Column(label="Records", numeric=True, sort=True),
               Column(label="Kinds"))  # fmt: skip
    rows = tuple(
        Row(cells=(Cell(text=one.project, href=project_link(question, one.project)),
                   Cell(text=question.show.plain(one.total), order=one.total),
                   Cell(text=", ".join(kind.replace("_", " ") for kind in one.records))))
        for one in found[:MOST]
    )  # fmt: skip
    more = f"The {MOST} with most records of {len(found)}." if len(found) > MOST else ""
    return Panel(id="undeclared", title="Named by records, not declared", foot=more, hourly=True,
                 sub="They count as unassigned until somebody declares them",
                 body=Table(columns=columns, rows=rows, caption="Projects that only records name"))  # fmt: skip


def quoted(text: str) -> str:
    """A text as YAML reads it back: plain where that is safe, else in double quotes."""
    if PLAIN.fullmatch(text) and text.casefold() not in WORDS_OF_YAML:
        return text
    signs = (f"\\{sign}" if sign in '\\"' else sign if sign.isprintable() else _escaped(sign) for sign in text)
    return f'"{"".join(signs)}"'


def _escaped(sign: str) -> str:
    code = ord(sign)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
