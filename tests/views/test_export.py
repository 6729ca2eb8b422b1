"""Charts and tables to take along: alone they say what they are, and a spreadsheet takes nothing for a formula."""

from __future__ import annotations

import csv
import io
import xml.etree.ElementTree as ET
from decimal import Decimal
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st

from breakeven.views.charting.export import as_csv, light_colours, standalone
from breakeven.views.content import Cell, Column, Row, Table

TOKENS = light_colours((resources.files("breakeven.web") / "static" / "tokens.css").read_text())
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="200" height="100" viewBox="0 0 200 100"><path fill="var(--value)"/></svg>'


def rows_of(*rows: tuple[Cell, ...]) -> list[list[str]]:
    columns = tuple(Column(label=f"c{place}") for place in range(len(rows[0])))
    table = Table(columns=columns, rows=tuple(Row(cells=cells) for cells in rows), caption="x")
    return list(csv.reader(io.StringIO(as_csv(table).decode(), newline="")))[1:]


def test_every_token_has_a_light_colour() -> None:
    assert TOKENS["--value"] == "#2a5bc4"
    assert TOKENS["--chart-ink"].startswith("#")


def test_a_picture_stands_alone() -> None:
    made = standalone(SVG, title="Cost < value & more", source="Company · ytd", tokens=TOKENS)
    root = ET.fromstring(made)
    texts = [part.text for part in root.iter() if part.tag.endswith("}text")]
    assert texts == ["Cost < value & more", "Company · ytd"]
    assert "var(" not in made
    assert "#2a5bc4" in made


@given(st.text(st.characters(codec="utf-8", exclude_characters="\x00")))
def test_no_text_is_a_formula(text: str) -> None:
    [[found]] = rows_of((Cell(text=text),))
    assert found == text.strip() or found == f"'{text.strip()}"
    assert not found.startswith(("=", "+", "-", "@")) or found.replace(".", "").lstrip("+-").isdecimal()


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (Cell(text="$4.76M", order=Decimal("4760000.000000000001")), "4760000.000000000001"),
        (Cell(text="−0.5", order=-0.5), "-0.5"),
        (Cell(text="=1+1"), "'=1+1"),
        (Cell(text="12", unit="h"), "12 h"),
        (Cell(text="–"), "–"),
    ],
)
def test_numbers_keep_their_digits(cell: Cell, text: str) -> None:
    assert rows_of((cell,)) == [[text]]
