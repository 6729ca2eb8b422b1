"""Tables over several slides lose nothing; a waterfall ends where its amounts add up to."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import examples

from breakeven.reports.document import Cell, Chart, Column, Row, Series, Table
from breakeven.reports.writers.slides.charts import number_format, text_of
from breakeven.reports.writers.slides.deck import BODY
from breakeven.reports.writers.slides.tables import LINE, PADDING, height, pages, widths
from breakeven.reports.writers.waterfall import steps
from breakeven.views.charting.chart import Chart as Picture

D = Decimal
TEXT = st.text(st.characters(categories=("L", "N", "P", "Zs")), max_size=90)
AMOUNT = st.decimals(-(10**7), 10**7, places=2)


def table(rows: list[list[tuple[str, str]]], columns: int) -> Table:
    heads = tuple(Column(label=f"Column {place}", numeric=place > 0) for place in range(columns))
    made = tuple(Row(cells=tuple(Cell(text=text, sub=sub) for text, sub in row)) for row in rows)
    return Table(caption="Any", columns=heads, rows=made)


@examples(30)
@given(st.integers(1, 9).flatmap(
    lambda columns: st.lists(st.lists(st.tuples(TEXT, TEXT), min_size=columns, max_size=columns), min_size=1,
                             max_size=40).map(lambda rows: table(rows, columns))))  # fmt: skip
def test_every_row_stands_on_one_slide_and_fits(made: Table) -> None:
    parts = list(pages(made, BODY))
    assert tuple(row for part in parts for row in part.table.rows) == made.rows
    assert all(part.table.columns == made.columns for part in parts)
    columns = widths(made, BODY.width)
    assert abs(sum(columns) - BODY.width) < 1e-6
    for part in parts:
        used = part.size * LINE + PADDING + sum(height(row, columns, part.size) for row in part.table.rows)
        assert used <= BODY.height + 1e-6 or len(part.table.rows) == 1


def waterfall(amounts: list[Decimal]) -> Chart:
    values = (*amounts, sum(amounts, D(0)))
    names = tuple(f"Step {place}" for place in range(len(values)))
    rows = tuple(
        Row(cells=(Cell(text=name), Cell(text=str(value))), kind="sub" if place == len(amounts) else "")
        for place, (name, value) in enumerate(zip(names, values, strict=True))
    )
    data = Table(caption="Any", columns=(Column(label="Step"), Column(label="Amount", numeric=True)), rows=rows)
    picture = Picture(name="waterfall", rows={}, description="Any")
    return Chart(title="Any", description="Any", form="waterfall", categories=names, unit="money", picture=picture,
                 series=(Series(label="Amount", values=values),), legend=(), table=data)  # fmt: skip


@examples(50)
@given(st.lists(AMOUNT, min_size=1, max_size=12))
def test_a_waterfall_ends_where_its_amounts_add_up_to(amounts: list[Decimal]) -> None:
    found = list(steps(waterfall(amounts)))
    total = sum(amounts, D(0))
    assert found[-1].total
    assert found[-1].up == abs(total)
    assert sum(one.up - one.down for one in found[:-1]) == total
    assert all(one.hidden >= 0 and one.up >= 0 and one.down >= 0 for one in found)


def test_numbers_of_charts_are_as_large_as_they_need() -> None:
    small, large = waterfall([D(1200)]), waterfall([D(2_760_000)])
    assert number_format(small, "USD", "en_US") == '"$"#,##0'
    assert number_format(large, "USD", "en_US") == '"$"0.0,,"M"'
    assert text_of(D(-2_760_000), number_format(large, "USD", "en_US")) == "−$2.76M"
