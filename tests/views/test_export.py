"""Charts and tables to take along: alone they say what they are, and a spreadsheet takes nothing for a formula."""

from __future__ import annotations

import csv
import io
import re
import xml.etree.ElementTree as ET
from decimal import Decimal
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st

from breakeven.views.charting.export import light_colours, standalone
from breakeven.views.charting.spreadsheet import as_csv
from breakeven.views.content import Cell, Column, Legend, Row, Table

TOKENS = light_colours((resources.files("breakeven.web") / "static" / "tokens.css").read_text())
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="200" height="100"><path fill="var(--value)"/></svg>'


def rows_of(*rows: tuple[Cell, ...]) -> list[list[str]]:
    columns = tuple(Column(label=f"c{place}") for place in range(len(rows[0])))
    table = Table(columns=columns, rows=tuple(Row(cells=cells) for cells in rows), caption="x")
    return list(csv.reader(io.StringIO(as_csv(table).decode(), newline="")))[1:]


def test_every_token_has_a_light_colour() -> None:
    assert TOKENS["--value"] == "#2a5bc4"
    assert TOKENS["--chart-ink"].startswith("#")


def _texts(picture: str) -> list[str | None]:
    return [part.text for part in ET.fromstring(picture).iter() if part.tag.endswith("}text")]


def test_a_picture_stands_alone() -> None:
    legend = [Legend(text="Value & more", key="value"), Legend(text="Plan", key="muted", form="dash"),
              Legend(text="Stable", key="value-wash")]  # fmt: skip
    made = standalone(SVG, title="Cost < value & more", source=["Company", "ytd"], tokens=TOKENS, legend=legend)
    assert _texts(made) == ["Cost < value & more", "Value & more", "Plan", "Stable", "Company · ytd"]
    assert "var(" not in made
    assert {TOKENS[token] for token in ("--value", "--chart-label", "--value-wash")} <= set(re.findall(r"#\w{6}", made))


def test_words_that_do_not_fit_a_line_begin_another() -> None:
    legend = [Legend(text=f"A model with a long name {number}", key="value") for number in range(9)]
    made = standalone(SVG, title="x", source=["A company with a name"] * 9, tokens=TOKENS, legend=legend)
    size = re.search(r'width="([\d.]+)" height="([\d.]+)"', made)
    assert size is not None
    assert len([text for text in _texts(made) if text and text.startswith("A company")]) == 3
    assert max(float(x) for x in re.findall(r'<text x="([\d.]+)"', made)) + 180 < float(size[1])
    assert float(size[2]) > 300


@given(st.text(st.characters(codec="utf-8", exclude_characters="\x00")))
def test_no_text_is_a_formula(text: str) -> None:
    [[found]] = rows_of((Cell(text=text),))
    told = text.strip().replace("\u00a0", " ")
    assert found in (told, f"'{told}")
    assert not found.startswith(("=", "+", "-", "@")) or found.replace(".", "").lstrip("+-").isdecimal()


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (Cell(text="$4.76M", order=Decimal("4760000.000000000001")), "4760000.000000000001"),
        (Cell(text="−0.5", order=-0.5), "-0.5"),
        (Cell(text="=1+1"), "'=1+1"),
        (Cell(text="$100k", order=Decimal("99940.17")), "99940.17"),
        (Cell(text="$0.10", order=0.0957), "0.0957"),
        (Cell(text="1", unit="h", order=0.96), "0.96"),
        (Cell(text="12", unit="h"), "12 h"),
        (Cell(text="–"), "–"),
    ],
)
def test_numbers_keep_their_digits(cell: Cell, text: str) -> None:
    assert rows_of((cell,)) == [[text]]


def heads_of(currency: str, *columns: list[Cell]) -> list[str]:
    table = Table(columns=tuple(Column(label=f"c{place}") for place in range(len(columns))), caption="x",
                  rows=tuple(Row(cells=cells) for cells in zip(*columns, strict=True)))  # fmt: skip
    return next(csv.reader(io.StringIO(as_csv(table, currency).decode(), newline="")))


def test_heads_say_the_unit_that_numbers_no_longer_have() -> None:
    money = [Cell(text="$4.76M", order=Decimal(4_760_001)), Cell(text="–")]
    hours = [Cell(text="12,500", unit="h", order=12500), Cell(text="0", unit="h", order=0)]
    mixed = [Cell(text="12", unit="h", order=12), Cell(text="12", unit="ms", order=12)]
    percent = [Cell(text="+322%", order=Decimal("321.6")), Cell(text="−22%", order=-22)]
    assert heads_of("USD", money, hours, mixed, percent) == ["c0 (USD)", "c1 (h)", "c2", "c3 (%)"]


@pytest.mark.parametrize(
    "cell",
    [
        Cell(text="22 Nov 2026", order=1_795_305_600.0),  # sorted by its instant
        Cell(text="$4.76M", order=Decimal(5_480_000)),  # sorted by an amount of another currency
        Cell(text="5 h", order=18000),
        Cell(text="1 day", order=86400),
        Cell(text="$161k lost", order=Decimal(-161_000)),
        Cell(text="3 of 5", order=0.6),
    ],
    ids=lambda cell: cell.text,
)
def test_a_number_that_is_not_what_the_text_says_stays_out(cell: Cell) -> None:
    assert rows_of((cell,)) == [[cell.text]]


def test_it_is_a_file_as_the_standard_says() -> None:
    table = Table(
        columns=(Column(label='A "name", long'),), rows=(Row(cells=(Cell(text="línea\nzwei"),)),), caption="x"
    )
    assert as_csv(table) == '"A ""name"", long"\r\n"línea\nzwei"\r\n'.encode()
