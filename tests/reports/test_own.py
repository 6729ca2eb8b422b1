"""Reports of a workspace's own: a document like all others, with figures in its words, and looks of its own."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import msgspec
import pypdfium2
import pytest
from pptx import Presentation

from breakeven.errors import UnknownName, UsageProblem
from breakeven.ledger.ledger import Ledger
from breakeven.reports import FORMS, REPORTS, Document, Options, compose, content_hash, report_of, write
from breakeven.reports.document import Chart, Figures, Notes, Table, Text
from breakeven.reports.templates import options_of
from breakeven.views.asking.filters import Filters
from breakeven.workspace import load
from breakeven.workspace.reports import FORMATS, SHIPPED, Reporting, Templates

DECLARED = """\
reports:
  pilots:
    title: Pilots
    audience: Owners
    period: last-month
    summary: ["{company} made {net_value} in {period}; {csat} is asked of nobody."]
    figures: [net_value, roi_percent]
    sections:
      - title: Where we are
        text: |
          Value {total_monthly_value} ({total_monthly_value.change}), ROI {roi_percent.status}:
          {roi_percent.goal}.

          Rests on {roi_percent.evidence}; {{as written}}; {scope}; {roi_percent.range}.
        show:
          - {figure: net_value, chart: bar, by: project}
          - value_by_category
      - title: Quality
        show: [risks]
        figures: [incidents, csat]
"""


@pytest.fixture(scope="module")
def declared(tmp_path_factory: pytest.TempPathFactory) -> Reporting:
    folder = tmp_path_factory.mktemp("own")
    (folder / "workspace.yaml").write_text("name: Own\ncurrency: USD\n")
    (folder / "reports.yaml").write_text(DECLARED)
    return load(folder).reporting


@pytest.fixture(scope="module")
def own(firm: Any, declared: Reporting) -> Callable[..., Document]:
    workspace = msgspec.structs.replace(firm.workspace, reporting=declared)
    ledger = Ledger(workspace, firm.store, firm.evaluator, firm.state)

    def make(*, locale: str = "", known: Any = None, live: bool = False) -> Document:
        filters = Filters(period="2026-03")
        return compose(ledger, "pilots", filters, firm.now, locale=locale, known=known, live=live)

    return make


def test_it_is_a_document_like_all_others(own: Callable[..., Document]) -> None:
    document = own()
    assert (document.kind, document.title, document.audience, document.period) == (
        "pilots", "Pilots", "Owners", "March 2026")  # fmt: skip
    assert [one.name for one in document.figures] == ["net_value", "roi_percent"]
    first, second = document.sections
    assert [type(block) for block in first.blocks][:3] == [Text, Chart, Chart]
    assert [type(block) for block in second.blocks][-1:] == [Figures]
    assert isinstance(second.blocks[0], Notes | Table | Text)
    assert content_hash(own()) == content_hash(document)
    assert content_hash(own(known=document.made)) == content_hash(document)


def test_words_hold_the_figures_and_name_what_is_unknown(own: Callable[..., Document]) -> None:
    document = own()
    net, roi = document.figures
    (said,) = document.summary
    assert said.startswith(f"My company made {net.text} in March 2026; unknown (")
    text = document.sections[0].blocks[0]
    assert isinstance(text, Text)
    one, two = text.paragraphs
    assert f"ROI {roi.word.lower() or 'without a target'}" in one
    assert "\n" not in one
    assert f"Rests on {roi.evidence}; {{as written}}; All projects; {roi.range or 'no range is known'}." == two


@pytest.mark.parametrize("form", sorted({*FORMS} - {"pdf", "html"}))
def test_it_is_written_in_every_form(own: Callable[..., Document], form: str) -> None:
    """PDF is below; a web page draws the same pictures and has the words of a mail."""
    content = write(own(live=FORMS[form].live), form)
    assert len(content) > 1_000


def test_numbers_and_dates_are_written_as_the_reader_does(own: Callable[..., Document]) -> None:
    german, english = own(locale="de"), own()
    assert (german.locale, german.period) == ("de", "März 2026")
    assert german.figures[0].exact == english.figures[0].exact
    assert german.figures[0].text != english.figures[0].text
    assert content_hash(german) != content_hash(english)


def test_reports_are_found_by_name(firm: Any, declared: Reporting) -> None:
    workspace = msgspec.structs.replace(firm.workspace, reporting=declared)
    assert report_of(workspace, "pilots").kind.period == "last-month"
    with pytest.raises(UnknownName, match="unknown report 'pilot': did you mean pilots"):
        report_of(workspace, "pilot")


def test_the_workspace_knows_what_there_is() -> None:
    assert set(SHIPPED) == set(REPORTS)
    assert set(FORMATS) == set(FORMS)


def test_a_template_has_its_logo_and_colours_beside_it(own: Callable[..., Document], tmp_path: Path) -> None:
    looks = tmp_path / "looks"
    (looks / "img").mkdir(parents=True)
    (looks / "acme.typ").write_text(
        '#import "brand.typ": accent\n#let d = json(bytes(sys.inputs.document))\n#set document(title: d.title)\n'
        '#set page(fill: accent)\n#image("img/logo.svg", alt: "Acme", width: 2cm)\n= #d.title\n#d.hash'
    )
    (looks / "brand.typ").write_text('#let accent = rgb("#00ff00")')
    (looks / "img" / "logo.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><rect width="9" height="9" fill="#ff0000"/></svg>'
    )
    (looks / ".secret.json").write_text("{}")
    document = own()
    options = options_of(tmp_path, "a4", Templates(), Templates(pdf="looks/acme.typ"))
    assert sorted(options.beside) == ["brand.typ", "img/logo.svg"]
    file = pypdfium2.PdfDocument(write(document, "pdf", options))
    picture = file[0].render(scale=0.5).to_pil().convert("RGB")
    colours = {colour for _, colour in picture.getcolors(1_000_000) or ()}
    assert {(255, 0, 0), (0, 255, 0)} <= colours
    assert content_hash(document) in file[0].get_textpage().get_text_range()
    (looks / "brand.typ").unlink()
    with pytest.raises(UsageProblem, match="the template cannot be set"):
        write(document, "pdf", options_of(tmp_path, "a4", Templates(pdf="looks/acme.typ")))


def test_a_template_of_slides_gives_them_its_master(own: Callable[..., Document], tmp_path: Path) -> None:
    made = Presentation()
    made.slide_master.name = "Acme master"
    made.save(str(tmp_path / "acme.pptx"))
    options = options_of(tmp_path, "a4", Templates(pptx="acme.pptx"))
    deck = Presentation(BytesIO(write(own(), "pptx", options)))
    assert len(deck.slides) > 1
    assert write(own(), "pptx", options) != write(own(), "pptx", Options())


def test_a_template_that_is_gone_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageProblem, match=r"acme\.typ cannot be read: No such file"):
        options_of(tmp_path, "a4", Templates(pdf="acme.typ"))
    (tmp_path / "large").mkdir()
    (tmp_path / "large" / "acme.typ").write_text("x")
    (tmp_path / "large" / "big.csv").write_bytes(b"x" * 20_000_001)
    with pytest.raises(UsageProblem, match="large holds more than 20 MB"):
        options_of(tmp_path, "a4", Templates(pdf="large/acme.typ"))
