"""Office programs read what we write: LibreOffice computes the spreadsheet anew, and shows slides and pages."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import openpyxl
import pypdfium2
import pytest

from breakeven.app import Company, open_company
from breakeven.cli.demo import prepare
from breakeven.reports import compose, write
from breakeven.settings import read_settings
from breakeven.views.asking.filters import Filters

SOFFICE = shutil.which("soffice")
NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
CENT = 0.005

pytestmark = pytest.mark.skipif(
    SOFFICE is None, reason="LibreOffice is not installed (on Debian: apt install libreoffice-calc libreoffice-impress)"
)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """The demo company of a day."""
    folder = tmp_path_factory.mktemp("demo")
    settings = msgspec.structs.replace(
        read_settings({}), workspace=folder / "company", data=folder / "company" / "data"
    )
    prepare(settings, 1, NOW, say=lambda _: None)
    with open_company(settings) as company:
        yield company


def converted(file: Path, form: str, folder: Path) -> Path:
    """A file as LibreOffice writes it in another form, with a profile of its own."""
    profile = f"-env:UserInstallation=file://{folder / 'profile'}"
    command = [str(SOFFICE), "--headless", profile, "--convert-to", form, "--outdir", str(folder / "out"), str(file)]
    subprocess.run(command, check=True, capture_output=True, timeout=180)
    return folder / "out" / f"{file.stem}.{form.split(':', maxsplit=1)[0]}"


def without_results(content: bytes, target: Path, changes: dict[str, float]) -> Path:
    """The workbook without the results that we wrote, so that every cell is computed; some cells changed."""
    target.write_bytes(content)
    book = openpyxl.load_workbook(target)
    for name, value in changes.items():
        ((sheet, cell),) = book.defined_names[name].destinations
        book[sheet][cell] = value
    book.save(target)
    return target


@pytest.mark.filterwarnings("ignore:Unable to read chart")
def test_libreoffice_computes_the_same_cents_in_every_cell(demo: Company, tmp_path: Path) -> None:
    for number, period in enumerate(("2026-10", "ytd")):
        content = write(compose(demo.ledger, "cfo", Filters(period=period), NOW, live=True), "xlsx")
        ours = tmp_path / f"{number}.xlsx"
        ours.write_bytes(content)
        made = without_results(content, tmp_path / f"bare-{number}.xlsx", {})
        theirs = converted(made, "xlsx:Calc MS Excel 2007 XML", tmp_path)
        written, computed = (openpyxl.load_workbook(one, data_only=True) for one in (ours, theirs))
        compared = 0
        for name in ("Statement", "Calculation", "Months", "Projects"):
            for row, other in zip(
                written[name].iter_rows(min_row=6), computed[name].iter_rows(min_row=6), strict=False
            ):
                for cell, found in zip(row, other, strict=False):
                    if isinstance(cell.value, int | float):
                        assert isinstance(found.value, int | float), f"{name} {cell.coordinate}: {found.value}"
                        assert abs(cell.value - found.value) < CENT, f"{name} {cell.coordinate}"
                        compared += 1
        assert compared > 1000


@pytest.mark.filterwarnings("ignore:Unable to read chart")
def test_another_hourly_rate_changes_the_return(demo: Company, tmp_path: Path) -> None:
    content = write(compose(demo.ledger, "cfo", Filters(period="2026-10"), NOW, live=True), "xlsx")
    found = []
    for rate in (104.0, 208.0):
        made = without_results(content, tmp_path / f"rate-{rate:.0f}.xlsx", {"hourly_rate": rate})
        sheet = openpyxl.load_workbook(converted(made, "xlsx:Calc MS Excel 2007 XML", tmp_path), data_only=True)
        lines = {row[0].value: row[1].value for row in sheet["Statement"].iter_rows(min_row=7)}
        found.append((lines["Productivity"], lines["ROI"]))
    assert found[1][0] > found[0][0]
    assert found[1][1] > found[0][1] + 10


@pytest.mark.parametrize("name", ["board", "cfo", "steering"])
def test_slides_are_shown_and_stay_on_their_page(demo: Company, tmp_path: Path, name: str) -> None:
    file = tmp_path / f"{name}.pptx"
    file.write_bytes(write(compose(demo.ledger, name, None, NOW), "pptx"))
    pages = pypdfium2.PdfDocument(converted(file, "pdf", tmp_path))
    assert len(pages) >= 8
    for page in pages:
        picture = page.render(scale=0.5).to_pil().convert("L")
        width, height = picture.size
        edges = [picture.crop(box) for box in ((0, 0, width, 8), (0, 0, 10, height), (width - 10, 0, width, height))]
        assert all(edge.getextrema()[0] > 200 for edge in edges), "something is drawn over the edge of a slide"
        assert picture.getextrema()[0] < 100, "a slide is empty"
