"""A waterfall as stacked columns: a part that is not seen below, what goes up or is a total, what goes down."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import msgspec

from breakeven.reports.document import Chart

ZERO = Decimal(0)


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One column; its parts stand on each other."""

    hidden: Decimal
    """Height of the part that is not seen."""
    up: Decimal
    down: Decimal
    total: bool


def steps(chart: Chart) -> Iterator[Step]:
    """The columns of a chart of the form waterfall. What lies below zero is drawn from zero."""
    so_far, amounts = ZERO, chart.series[0].values
    for row, value in zip(chart.table.rows, amounts, strict=True):
        amount = value if value is not None else ZERO
        if row.kind == "sub":
            so_far = amount
            yield Step(hidden=ZERO, up=abs(amount), down=ZERO, total=True)
            continue
        before, so_far = so_far, so_far + amount
        yield Step(hidden=max(ZERO, min(before, so_far)), up=max(ZERO, amount), down=max(ZERO, -amount), total=False)
