"""Closed and restated months, and what came after they were closed."""

from __future__ import annotations

from decimal import Decimal

from breakeven.ledger.closing.listing import Closings, Listed, listed
from breakeven.views.content import Cell, Column, Empty, Panel, Row, Table
from breakeven.views.question import Question

SHOWN = 6
"""Versions in the table, the latest months first."""
HASH = 10
"""Digits of a hash that are shown; the whole stands in its title."""


def closed_panel(question: Question) -> Panel:
    """Each closed month in its versions: who, when, the hash, and what later records would change."""
    found: Closings = question.kept(("closings",), lambda: listed(question.desk))
    if not found.items:
        return Panel(
            id="closed",
            title="Closed and restated months",
            width=7,
            hourly=True,
            body=Empty(
                title="No month is closed yet",
                text="A closed month keeps its amounts whatever comes later. Close the first with"
                " `breakeven close 2026-01 --by NAME`, any month that is over.",
            ),
        )
    items = sorted(found.items, key=lambda one: (one.period, one.version), reverse=True)
    restated = sum(one.version > 1 for one in items)
    words = f"{len({one.period for one in items})} months closed, {restated or 'none'} restated"
    heads = (
        ("Month", False),
        ("Closed by", False),
        ("Hash", False),
        ("Came later", True),
        ("Would change net by", True),
    )
    rest = len(items) - SHOWN
    return Panel(
        id="closed",
        title="Closed and restated months",
        width=7,
        hourly=True,
        sub=words if found.next is None else f"{words}; next to close: {found.next}",
        body=Table(
            columns=tuple(Column(label=label, numeric=numeric) for label, numeric in heads),
            rows=tuple(_row(question, one) for one in items[:SHOWN]),
            caption="Closed months with version, person, time, hash and later records",
        ),
        foot=f"{rest} older ones: breakeven ledger list." if rest > 0 else "",
    )


def _row(question: Question, one: Listed) -> Row:
    show = question.show
    name = question.calendar.parse(one.period, question.now).start
    late = "" if one.late_records is None else f"{one.late_records:,}" if one.late_records else "none"
    after = None
    if one.value_after is not None and one.cost_after is not None:
        after = one.value_after - one.cost_after
    version = f"version {one.version}" + ("" if one.holds else ", replaced")
    reason = one.reason if one.version > 1 else ""
    return Row(
        cells=(
            Cell(
                text=show.month_short(name),
                href=question.link(question.path, period=one.period),
                sub=version,
                order=one.period,
            ),
            Cell(
                text=one.closed_by,
                sub=f"{show.day(one.closed_at)}, {show.clock(one.closed_at)}" + (f": {reason}" if reason else ""),
                help=f"By force: {one.reason}" if one.forced else "",
            ),
            Cell(text=one.hash[:HASH], mono=True, help=one.hash),
            Cell(text=late),
            Cell(text=_change(question, after) if one.holds else ""),
        )
    )


def _change(question: Question, amount: Decimal | None) -> str:
    return "nothing" if not amount else question.show.money(amount, signed=True)
