"""What readers may not see is in no form of their report, and the report says whose rights it was made under."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from breakeven.errors import NotAllowed, UnknownName
from breakeven.ledger.ledger import Ledger
from breakeven.reports import Document, compose, content_hash, write
from breakeven.reports.archive import Archive
from breakeven.reports.document import Figures
from breakeven.reports.proving.reading import lines_of
from breakeven.reports.proving.verifying import verify
from breakeven.views.asking.filters import Filters
from breakeven.workspace.access_rights import Rights

MARCH = Filters(period="2026-03")
ACCESS = {
    "cfo": Rights(name="cfo", hides=("cost.people",)),
    "rates": Rights(name="rates", hides=("hourly_rate",)),
    "outsiders": Rights(name="outsiders", hides=("net_value", "roi_percent")),
    "chat": Rights(name="chat", projects=("chat",)),
}


@pytest.fixture(scope="module")
def ledger(firm: Any) -> Ledger:
    made: Ledger = firm.ledger.under(msgspec.structs.replace(firm.ledger.workspace, access=ACCESS))
    return made


def said(document: Document) -> str:
    return write(document, "md").decode()


def test_rights_of_a_reports_own_name_hold_without_being_asked_for(ledger: Ledger, firm: Any) -> None:
    document = compose(ledger, "cfo", MARCH, firm.now)
    whole = compose(ledger, "cfo", MARCH, firm.now, rights="")
    assert document.rights == "cfo"
    assert ("Rights", "those of cfo; hidden: People") in document.filters
    text = said(document).replace("hidden: People", "")
    assert "People" in said(whole)
    assert "People" not in text
    assert "Withheld" in text
    assert content_hash(document) != content_hash(whole)


@pytest.mark.parametrize("form", ["md", "html", "mail", "csv", "json", "xlsx", "pptx", "pdf"])
def test_a_hidden_assumption_is_in_no_form(form: str, ledger: Ledger, firm: Any) -> None:
    document = compose(ledger, "business", MARCH, firm.now, live=True, rights="rates")
    assert document.model is None, "live formulas would tell it"
    assert all(one.name != "hourly_rate" for one in document.assumptions)
    content = write(document, form)
    lines = "\n".join(lines_of(content))
    assert "hourly_rate.voice" not in lines
    assert not [line for line in lines.splitlines() if "Hourly rate" in line and "hidden" not in line]


def test_a_hidden_figure_is_masked_and_not_told_in_words(ledger: Ledger, firm: Any) -> None:
    document = compose(ledger, "business", MARCH, firm.now, rights="outsiders")
    masked = {one.name: one for one in document.figures}
    assert masked["net_value"].exact is None
    assert masked["net_value"].reason == "hidden from these readers"
    assert masked["total_monthly_value"].exact is not None
    label = masked["net_value"].label.lower()
    assert not [sentence for sentence in document.summary if label in sentence.lower()]
    shown = [one for section in document.sections for block in section.blocks if isinstance(block, Figures)
             for one in block.figures if one.name in ("net_value", "roi_percent")]  # fmt: skip
    assert all(one.exact is None for one in shown)


def test_projects_that_may_not_be_seen_are_not_counted(ledger: Ledger, firm: Any) -> None:
    own = compose(ledger, "business", MARCH, firm.now, rights="chat")
    asked = compose(ledger, "business", msgspec.structs.replace(MARCH, project=("chat",)), firm.now, rights="")
    assert [one.exact for one in own.figures] == [one.exact for one in asked.figures]
    assert "Voice" not in said(own).replace("voice?", "")
    with pytest.raises(NotAllowed, match="voice"):
        compose(ledger, "business", msgspec.structs.replace(MARCH, project=("voice",)), firm.now, rights="chat")


def test_it_is_made_again_under_the_same_rights(ledger: Ledger, firm: Any, archive: Archive) -> None:
    for rights in ("rates", "chat", ""):
        content = write(compose(ledger, "business", MARCH, firm.now, rights=rights), "md")
        told = verify(ledger, archive, content, firm.now)
        assert (told.equal, told.provenance.scope) == (True, rights)


def test_readers_that_are_not_declared_are_named(ledger: Ledger, firm: Any) -> None:
    with pytest.raises(UnknownName, match="readers 'nobody'"):
        compose(ledger, "business", MARCH, firm.now, rights="nobody")
