"""Every form says the same: footer, hash and filters in each, the same bytes for the same document, text as text."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Callable
from decimal import Decimal
from importlib import resources
from pathlib import Path

import openpyxl
import pypdfium2
import pytest
from pptx import Presentation

from breakeven.errors import UnknownName, UsageProblem
from breakeven.reports import FORMS, Document, Options, content_hash, form_named, write
from breakeven.reports.hashing import SHORT
from breakeven.reports.writers.palette import LIGHT
from breakeven.reports.writers.pictures import drawing
from breakeven.views.charting.export import light_colours
from breakeven.views.charting.rendering import Drawer

Report = Callable[..., Document]
GOLDEN = Path(__file__).parent / "golden"
HOSTILE = "Chat answers in <two> languages | *now*"


def words(form: str, content: bytes) -> str:
    """Everything that a reader of a file sees, on one line."""
    if form == "pdf":
        pages = pypdfium2.PdfDocument(content)
        found = "\n".join(page.get_textpage().get_text_range() for page in pages)
    elif form == "pptx":
        found = "\n".join(_slide(slide) for slide in Presentation(io.BytesIO(content)).slides)
    elif form == "xlsx":
        book = openpyxl.load_workbook(io.BytesIO(content), data_only=True)
        cells = [str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row if cell]
        found = "\n".join([*cells, *(str(sheet.oddFooter.left.text) for sheet in book)])
    else:
        found = content.decode()
    return re.sub(r"[\s\u2060\ufffe]+", " ", found)


def _slide(slide: object) -> str:
    texts = [shape.text_frame.text for shape in slide.shapes if shape.has_text_frame]  # type: ignore[attr-defined]
    cells = [cell.text for shape in slide.shapes if shape.has_table for row in shape.table.rows for cell in row.cells]  # type: ignore[attr-defined]
    return "\n".join([*texts, *cells, slide.notes_slide.notes_text_frame.text])  # type: ignore[attr-defined]


@pytest.mark.parametrize("form", FORMS)
def test_each_form_has_footer_hash_filters_and_the_key_figures(report: Report, form: str) -> None:
    made = report("cfo", period="2026-Q1", live=form_named(form).live)
    content = write(made, form)
    assert write(made, form) == content
    said = words(form, content)
    assert content_hash(made)[:SHORT] in said
    assert str(made.versions.data) in said
    assert made.versions.methodology in said
    assert "All projects" in said
    assert "Q1 2026" in said
    for figure in made.figures:
        assert re.sub(r"\s+", " ", figure.text) in said, figure.label
    for sentence in made.summary:
        assert sentence[:40] in said


@pytest.mark.parametrize("name", ["summary", "cfo"])
def test_markdown_is_what_it_was(report: Report, name: str) -> None:
    """The files of golden/ are read by a person when they change; versions and hashes are left out of them."""
    found = write(report(name, period="2026-03"), "md").decode()
    file = GOLDEN / f"{name}.md"
    steady = re.sub(r"methodology \w{12}", "methodology –", re.sub(r"hash \w{12}", "hash –", found))
    steady = re.sub(r"`[0-9a-f]{64}`", "`–`", steady)
    steady = re.sub(r"<!-- breakeven-report \{.*\} -->", "<!-- breakeven-report – -->", steady)
    assert steady == file.read_text(encoding="utf-8"), f"if this is meant: write it to {file}"


def test_the_summary_has_exactly_its_parts(report: Report) -> None:
    text = write(report("summary", period="2026-03"), "md").decode()
    assert text.splitlines()[0].endswith("executive summary – March 2026")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == [
        "Executive Summary", "Financial Performance", "Key Metrics", "Highlights", "Concerns", "Next Month Focus",
    ]  # fmt: skip
    assert "| Metric | Target | Actual | Status |" in text
    for mark in ("✅ On track", "❌ Off track"):
        assert mark in text


def test_text_of_people_is_no_markup(report: Report) -> None:
    made = report("board", period="2026-Q1")
    assert r"\<two\> languages \| \*now\*" in write(made, "md").decode()
    for form in ("html", "mail"):
        text = write(made, form).decode()
        assert "&lt;two&gt;" in text
        assert "<two>" not in text
    for form in ("pdf", "pptx", "json"):
        assert "<two> languages | *now*" in words(form, write(made, form))


def test_no_form_runs_what_people_wrote_as_a_formula(report: Report) -> None:
    made = report("summary", period="2026-03", live=True)
    rows = list(csv.reader(io.StringIO(write(made, "csv").decode())))
    assert not [cell for row in rows for place, cell in enumerate(row) if cell[:1] in "=+@" and cell and place != 3]
    book = openpyxl.load_workbook(io.BytesIO(write(made, "xlsx")))
    cells = [cell for row in book["Report"].iter_rows() for cell in row if cell.value == "=2+5 stop voice?"]
    assert cells
    assert all(cell.data_type == "s" for cell in cells)


def test_pages_and_mails_load_nothing(report: Report) -> None:
    made = report("board", period="2026-Q1")
    page, mail = (write(made, form).decode() for form in ("html", "mail"))
    for text in (page, mail):
        assert not re.search(r"(?:src|href|url\(|@import)\s*=?\s*[\"'(]?\s*(?:https?:)?//", text)
        assert "<script" not in text
    assert page.count("<svg") == sum(block.__struct_config__.tag == "chart" for one in made.sections
                                     for block in one.blocks)  # fmt: skip
    assert "<svg" not in mail
    assert "<style" not in mail


def test_amounts_add_up_in_csv_and_json(report: Report) -> None:
    made = report("cfo", period="2026-Q1")
    rows = list(csv.DictReader(io.StringIO(write(made, "csv").decode())))
    steps = {
        row["line"]: Decimal(row["exact"]) for row in rows if row["section"] == "From value to net" and row["exact"]
    }
    net = next(Decimal(row["exact"]) for row in rows if row["item"] == "net_value")
    assert steps.pop("Net value") == net
    assert sum(amount for name, amount in steps.items() if name != "Total value") == net
    told = json.loads(write(made, "json"))
    assert next(one["exact"] for one in told["figures"] if one["name"] == "net_value") == str(net)
    assert told["hash"] == content_hash(made)


@pytest.mark.parametrize(("paper", "size"), [("a4", (595, 842)), ("letter", (612, 792))])
def test_a_pdf_is_tagged_and_has_its_paper_and_page_numbers(report: Report, paper: str, size: tuple[int, int]) -> None:
    content = write(report("cfo", period="2026-Q1"), "pdf", Options(paper=paper))  # type: ignore[arg-type]
    pages = pypdfium2.PdfDocument(content)
    assert all((round(page.get_width()), round(page.get_height())) == size for page in pages)
    assert b"/StructTreeRoot" in content
    assert b"pdfuaid:part" in content
    for number, page in enumerate(pages, 1):
        assert f"{number} / {len(pages)}" in page.get_textpage().get_text_range()
    assert len(pages) > 3
    contents = pages[0].get_textpage().get_text_range()
    assert contents.count("Reconciliation of invoices and meters") == 1, "a long report has a table of contents"
    assert len(list(pages.get_toc())) >= 10


def test_slides_have_charts_and_tables_that_can_be_edited(report: Report) -> None:
    deck = Presentation(io.BytesIO(write(report("board", period="2026-Q1"), "pptx")))
    charts = [shape.chart for slide in deck.slides for shape in slide.shapes if shape.has_chart]
    assert {str(chart.chart_type).split(" ")[0] for chart in charts} >= {"LINE", "DOUGHNUT", "COLUMN_STACKED"}
    for chart in charts:
        with zipfile.ZipFile(io.BytesIO(chart.part.chart_workbook.xlsx_part.blob)) as inside:
            assert "xl/worksheets/sheet1.xml" in inside.namelist()
    assert [shape for slide in deck.slides for shape in slide.shapes if shape.has_table]
    titles = [slide.shapes.title.text_frame.text for slide in deck.slides]
    assert all(titles)
    for slide in deck.slides:
        assert "Hash: " in slide.notes_slide.notes_text_frame.text
        for shape in slide.shapes:
            assert shape.left >= 0
            assert shape.top >= 0
            assert shape.left + shape.width <= deck.slide_width
            assert shape.top + shape.height <= deck.slide_height
            if shape.has_chart or shape.has_table:
                assert shape._element.xpath(".//p:cNvPr")[0].get("descr")


def test_a_template_gives_slides_its_looks(report: Report) -> None:
    own, out = Presentation(), io.BytesIO()
    own.slides.add_slide(own.slide_layouts[0]).shapes.title.text = "Of the template"
    own.save(out)
    deck = Presentation(io.BytesIO(write(report("board", period="2026-Q1"), "pptx", Options(pptx=out.getvalue()))))
    assert (deck.slide_width, deck.slide_height) == (own.slide_width, own.slide_height)
    assert "Of the template" not in "".join(_slide(slide) for slide in deck.slides)
    inside = [shape.left + shape.width <= deck.slide_width for slide in deck.slides for shape in slide.shapes]
    assert all(inside)


def test_a_template_sets_a_pdf(report: Report) -> None:
    template = b"#let d = json(bytes(sys.inputs.document))\n#set document(title: d.title)\n= Our own: #d.title"
    content = write(report("summary"), "pdf", Options(typst=template))
    assert "Our own: Executive summary" in words("pdf", content)


@pytest.mark.parametrize(
    ("form", "options", "said"),
    [
        ("pdf", Options(typst=b"#unknown-thing"), "the template cannot be set: unknown variable"),
        ("pptx", Options(pptx=b"no file of slides"), "the template is no PowerPoint file"),
    ],
)
def test_a_template_with_a_fault_is_said(report: Report, form: str, options: Options, said: str) -> None:
    with pytest.raises(UsageProblem, match=said):
        write(report("summary"), form, options)


def test_colours_are_those_of_the_pages() -> None:
    css = resources.files("breakeven.web").joinpath("static", "tokens.css").read_text(encoding="utf-8")
    tokens = light_colours(css.split("@media", maxsplit=1)[0])
    assert {name: tokens[name] for name in LIGHT} == dict(LIGHT)


def test_an_unknown_form_is_an_error_with_the_choices(report: Report) -> None:
    with pytest.raises(UnknownName) as unknown:
        write(report("summary"), "doc")
    assert set(unknown.value.valid) == set(FORMS)


def test_forms_that_are_written_together_share_one_process_and_are_the_same(
    report: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[Drawer] = []
    running = Drawer._running

    def counted(self: Drawer) -> object:
        if self not in begun:
            begun.append(self)
        return running(self)

    document = report("board", period="2026-03")
    alone = [write(document, form) for form in ("pdf", "html")]
    monkeypatch.setattr(Drawer, "_running", counted)
    with drawing(["pdf", "html", "md"]):
        together = [write(document, form) for form in ("pdf", "html")]
    assert together == alone
    assert [drawer._process for drawer in begun] == [None], "there was one, and it has ended"
    with drawing(["md", "xlsx"]):
        assert len(begun) == 1, "what has no pictures begins none"
    with pytest.raises(KeyError), drawing(["pdf"]):
        raise KeyError
    assert [drawer._process for drawer in begun] == [None, None]
