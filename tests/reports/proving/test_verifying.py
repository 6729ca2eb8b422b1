"""A file that was a report is made again and held against it, in every form."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import openpyxl
import pytest

from breakeven.errors import FileUnreadable
from breakeven.reports import FORMS, Document, Options, compose, content_hash, write
from breakeven.reports.archive import Archive
from breakeven.reports.proving.reading import read_report
from breakeven.reports.proving.verifying import Verified, verify
from breakeven.views.asking.filters import Filters
from breakeven.workspace import default_workspace

Verify = Callable[..., Verified]
TEXTS = ("md", "html", "mail", "csv", "json")


@pytest.fixture(scope="module")
def document(firm: Any) -> Document:
    return compose(firm.ledger, "summary", Filters(period="2026-03", project=("chat",)), firm.now, live=True)


@pytest.fixture(scope="module")
def written(document: Document) -> Callable[[str], bytes]:
    made: dict[str, bytes] = {}

    def give(form: str) -> bytes:
        if form not in made:
            made[form] = write(document, form)
        return made[form]

    return give


@pytest.fixture
def check(firm: Any, archive: Archive) -> Verify:
    def run(content: bytes, **more: Any) -> Verified:
        return verify(firm.ledger, archive, content, firm.now + timedelta(minutes=5), **more)

    return run


@pytest.mark.parametrize("form", FORMS)
def test_every_form_says_where_it_comes_from_and_is_equal(
    form: str, document: Document, written: Callable[[str], bytes], check: Verify
) -> None:
    found = read_report(written(form))
    assert found.form == form
    origin = found.provenance
    assert (origin.report, origin.filters) == ("summary", Filters(period="2026-03", project=("chat",)))
    assert origin.hash == content_hash(document)
    assert origin.known == document.made
    assert (origin.data_version, origin.methodology) == (document.versions.data, document.versions.methodology)
    said = "\n".join(found.lines)
    assert content_hash(document)[:12] in said
    told = check(written(form))
    assert (told.equal, told.file, told.differences, told.remarks) == (True, "exact", (), ())


@pytest.mark.parametrize("form", TEXTS)
def test_a_changed_number_is_shown(form: str, written: Callable[[str], bytes], check: Verify) -> None:
    text = written(form).decode()
    told = check(text.replace("March", "Marsh", 1).encode())
    assert not told.equal
    assert told.file == "changed"
    assert told.hash_anew == told.provenance.hash, "the ledger still gives what the report says"
    assert any("Marsh" in line for one in told.differences for line in one.file)
    assert any("March" in line for one in told.differences for line in one.anew)


def test_a_cell_that_was_changed_is_named(written: Callable[[str], bytes], check: Verify) -> None:
    book = openpyxl.load_workbook(io.BytesIO(written("xlsx")))
    sheet = book["How this was computed"]
    sheet["B5"] = "forged"
    out = io.BytesIO()
    book.save(out)
    told = check(out.getvalue())
    assert (told.form, told.equal) == ("xlsx", False)
    assert any("How this was computed!B5 forged" in line for one in told.differences for line in one.file)


def test_slides_that_were_packed_anew_say_the_same(written: Callable[[str], bytes], check: Verify) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(written("pptx"))) as old, zipfile.ZipFile(out, "w") as new:
        for entry in old.infolist():
            new.writestr(entry.filename, old.read(entry))
    told = check(out.getvalue())
    assert (told.equal, told.file) == (True, "same words")


def test_another_paper_is_tried(document: Document, check: Verify) -> None:
    content = write(document, "pdf", Options(paper="letter"))
    assert check(content, looks=(Options(), Options(paper="letter"))).file == "exact"


def test_a_forged_hash_is_seen(written: Callable[[str], bytes], document: Document, check: Verify) -> None:
    known = content_hash(document)
    told = check(written("md").replace(known.encode(), b"0" * 64))
    assert not told.equal
    assert told.hash_anew == known


def test_late_data_do_not_matter_but_other_data_do(company: Any, archive: Archive) -> None:
    firm = company
    firm.put("cost", {"start": "2026-03-01", "amount": "100", "project": "chat", "category": "compute"})
    content = write(compose(firm.ledger, "summary", Filters(period="2026-03"), firm.now), "md")
    assert verify(firm.ledger, archive, content, firm.now).equal
    firm.now += timedelta(days=1)
    firm.put("cost", {"start": "2026-03-02", "amount": "55", "project": "chat", "category": "compute"})
    assert verify(firm.ledger, archive, content, firm.now).equal
    other = compose(firm.ledger, "summary", Filters(period="2026-03"), firm.now)
    assert content_hash(other) not in content.decode()


def test_the_archive_knows_the_file(
    document: Document, written: Callable[[str], bytes], check: Verify, archive: Archive, firm: Any
) -> None:
    issue = archive.keep(document, "csv", written("csv"), recipients=["ana@example.org"], now=firm.now)
    assert check(written("csv")).issue == issue
    assert check(written("md")).issue is None


def test_what_was_declared_then_is_used(company: Any, tmp_path: Path) -> None:
    """The workspace has changed since: the report is made by what was kept with it."""
    company.put("cost", {"start": "2026-03-01", "amount": "100", "category": "compute"})
    then = company.ledger.under(default_workspace())
    archive = Archive(then.state, tmp_path, then.workspace)
    document = compose(then, "summary", Filters(period="2026-03"), company.now)
    content = write(document, "json")
    later = then.under(
        msgspec.structs.replace(then.workspace, name="Renamed", files={"workspace.yaml": "name: Renamed"})
    )
    forgotten = verify(later, archive, content, company.now)
    assert not forgotten.equal
    assert "were not kept" in forgotten.remarks[0]
    archive.keep(document, "json", content, now=company.now)
    told = verify(later, archive, content, company.now)
    assert (told.equal, told.remarks) == (True, ())


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "does not say where it comes from"),
        (b"# Some text\n", "does not say where it comes from"),
        (b"{\"a\": 1}", "does not say where it comes from"),
        (b"{\"a\": ", "no whole JSON"),
        (b"%PDF-1.7\nbroken", "PDF is damaged"),
        (b"PK\x03\x04broken", "no whole office file"),
        (b"\xff\xfe\x00", "no report"),
        (b"<!-- breakeven-report {\"report\": 1} -->", "cannot be read"),
        (b"section,line,item\n", "does not say where it comes from"),
        (b"<!doctype html><p>hello", "does not say where it comes from"),
    ],
)  # fmt: skip
def test_what_is_no_report_is_refused(content: bytes, said: str, check: Verify) -> None:
    with pytest.raises(FileUnreadable, match=said):
        check(content)


@pytest.mark.parametrize("form", ["pdf", "pptx", "xlsx", "json"])
def test_a_file_that_was_cut_off_is_refused(form: str, written: Callable[[str], bytes], check: Verify) -> None:
    content = written(form)
    with pytest.raises(FileUnreadable):
        check(content[: len(content) // 2])
