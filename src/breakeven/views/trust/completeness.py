"""How complete the ledger is, by project: what is known of traffic, cost and benefit, and what would add most."""

from __future__ import annotations

from decimal import Decimal

from breakeven.ledger.completeness.checks import Part
from breakeven.ledger.completeness.score import Completeness
from breakeven.views.content import Cell, Column, Meter, Panel, Row, Table
from breakeven.views.format import UNKNOWN
from breakeven.views.question import Question

MISSING = 2
"""Gaps that are named beside each project."""
SHOWN = 50


def completeness_panel(question: Question, found: Completeness) -> Panel:
    """The projects, the least complete first."""
    rows = []
    for one in found.projects[:SHOWN]:
        parts = (one.traffic, one.cost, one.benefit)
        gaps = [check.missing for part in parts for check in part.checks if check.missing]
        more = f" and {len(gaps) - MISSING} more" if len(gaps) > MISSING else ""
        rows.append(
            Row(
                cells=(
                    Cell(text=one.name, href=question.link(f"/projects/{one.project}")),
                    _score(question, one.score),
                    *(_part(question, part) for part in parts),
                    Cell(text="; ".join(gaps[:MISSING]) + more if gaps else "Nothing"),
                )
            )
        )
    columns = (
        Column(label="Project", sort=True),
        Column(label="Known", numeric=True, sort=True),
        Column(label="Traffic", numeric=True),
        Column(label="Cost", numeric=True),
        Column(label="Benefit", numeric=True),
        Column(label="Missing"),
    )
    score = "" if found.score is None else f"{question.show.percent(found.score * 100)} known"
    more = (
        f"The {SHOWN} least complete of {len(found.projects)}"
        if len(found.projects) > SHOWN
        else "The least complete first"
    )
    return Panel(
        id="completeness",
        title="Completeness",
        sub=more,
        chip=("grey", score) if score else None,
        body=Table(
            columns=columns,
            rows=tuple(rows),
            caption="What is known of each project",
            empty="No declared project ran in this period.",
        ),
    )


def _score(question: Question, share: Decimal | None) -> Cell:
    if share is None:
        return Cell(text=UNKNOWN)
    words = question.show.percent(share * 100)
    return Cell(text=words, order=share, strong=True, meter=Meter(share=float(share), words=f"{words} known"))


def _part(question: Question, part: Part) -> Cell:
    return Cell(text=UNKNOWN if part.share is None else question.show.percent(part.share * 100), order=part.share)
