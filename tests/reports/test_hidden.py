"""What is hidden is looked for as somebody would who wants to know it: its number, in every part of every form."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from html import unescape
from io import BytesIO
from typing import Any

import msgspec
import pytest

from breakeven.delivery.message import message_of
from breakeven.ledger.ledger import Ledger
from breakeven.ledger.metrics import metrics
from breakeven.period import Grain
from breakeven.reports import FORMS, REPORTS, Document, compose, write
from breakeven.reports.archive import Archive
from breakeven.reports.hidden import Hidden, alike
from breakeven.reports.proving.comparing import compared
from breakeven.reports.proving.reading import lines_of
from breakeven.views.asking.filters import Filters
from breakeven.views.format import full_money, money, percent
from breakeven.workspace.access_rights import Rights
from breakeven.workspace.panel_refs import PanelRef
from breakeven.workspace.reports import OwnFigures, OwnPanels, OwnReport, OwnSection, OwnText, Reporting

D = Decimal
MARCH = Filters(period="2026-03")
SPAN = (date(2026, 3, 1), date(2026, 4, 1))
FIGURES = ("investment", "net_value", "total_monthly_value", "roi_percent", "people_cost", "cost_direct",
           "productivity_value", "hours_saved")  # fmt: skip
ALIASES = OwnReport(
    name="aliases", title="Aliases", audience="Nobody", period="last-month", figures=("net_value", "investment"),
    summary=("We are left with {net_value} ({net_value.change}, {net_value.range}, {net_value.evidence}).",),
    sections=(
        OwnSection(title="Under other names", parts=(
            OwnText(paragraphs=("It brought {net_value}.", "We keep {net_value.goal}; it is {net_value.status}.")),
            OwnFigures(names=("net_value", "roi_percent")),
            OwnPanels(panels=(PanelRef(figure="net_value", title="What is left", chart="bar", by="project"),
                              PanelRef(figure="net_value", title="Left", chart="number"),
                              PanelRef(panel="value_to_net"), PanelRef(panel="closed"), PanelRef(panel="invoices"))),
        )),
    ),
)  # fmt: skip


def under(firm: Any, **rights: Any) -> Ledger:
    """The ledger, with readers of whom something is hidden."""
    access = {"readers": Rights(name="readers", **rights)}
    workspace = msgspec.structs.replace(
        firm.ledger.workspace, access=access, reporting=Reporting(own={"aliases": ALIASES})
    )
    made: Ledger = firm.ledger.under(workspace)
    return made


def of_march(firm: Any, name: str, by: str = "none") -> list[Decimal]:
    with firm.ledger.desk(firm.now) as desk:
        (table,) = metrics(desk, [name], grain=Grain.ALL, span=SPAN, by=by)
    return [D(str(row.value)) for row in table.rows if row.value is not None]


def everything(content: bytes) -> str:
    """Every text in a file: sheets that are hidden, names, comments, notes of slides, texts beside pictures."""
    if content.startswith(b"PK"):
        with zipfile.ZipFile(BytesIO(content)) as file:
            return "\n".join(unescape(file.read(name).decode(errors="replace")) for name in file.namelist())
    if content.startswith(b"%PDF"):
        return "\n".join(lines_of(content))
    return unescape(content.decode())


def numbers(content: Any) -> Iterator[Decimal]:
    if isinstance(content, dict | list):
        for one in content.values() if isinstance(content, dict) else content:
            yield from numbers(one)
    elif isinstance(content, str) and re.fullmatch(r"-?\d+(\.\d+)?", content):
        yield abs(D(content))


def told(document: Document) -> set[Decimal]:
    """All numbers of a document with all their digits."""
    return {round(one, 6) for one in numbers(json.loads(write(document, "json")))}


@pytest.mark.parametrize("figure", FIGURES)
def test_its_number_is_in_no_report_under_any_name(firm: Any, figure: str) -> None:
    ledger = under(firm, hides=(figure,))
    secret = {round(abs(one), 6) for by in ("none", "project") for one in of_march(firm, figure, by)}
    secret = {one for one in secret if one >= 1000 or len(one.normalize().as_tuple().digits) >= 4}
    if figure in ("investment", "net_value", "roi_percent", "total_monthly_value"):
        assert secret, "there is nothing to look for"
        whole = compose(firm.ledger, "cfo", MARCH, firm.now, rights="")
        assert secret & told(whole), "whoever may see everything is told it"
    for name in REPORTS:
        found = compose(ledger, name, MARCH, firm.now, rights="readers")
        assert not secret & told(found), name


@pytest.mark.parametrize("form", FORMS)
def test_its_number_is_in_no_part_of_any_form(firm: Any, form: str) -> None:
    (net,), (cost,), (roi,) = (of_march(firm, name) for name in ("net_value", "investment", "roi_percent"))
    ledger = under(firm, hides=("net_value", "investment", "platform_cost", "roi_percent", "cumulative_roi_percent"))
    words = {money(net, "USD"), full_money(net, "USD"), money(cost, "USD"), full_money(cost, "USD"), percent(roi, 1),
             str(net), str(cost), f"{net:.6f}", f"{cost:.6f}"}  # fmt: skip
    seen = everything(write(compose(firm.ledger, "cfo", MARCH, firm.now, live=True, rights=""), form))
    assert any(word in seen for word in words), "whoever may see everything is told it"
    text = everything(write(compose(ledger, "cfo", MARCH, firm.now, live=True, rights="readers"), form))
    assert [word for word in words if re.search(rf"(?<![\d.,]){re.escape(word)}(?![\d]|[.,]\d)", text)] == []


@pytest.mark.parametrize("form", ["md", "json", "xlsx", "pptx"])
def test_a_template_of_ones_own_tells_no_more(firm: Any, form: str) -> None:
    nets = [*of_march(firm, "net_value"), *of_march(firm, "net_value", "project")]
    nets = [one for one in nets if len(one.normalize().as_tuple().digits) >= 4]
    assert nets, "there is nothing to look for"
    words = {text for one in nets for text in (money(one, "USD"), full_money(one, "USD"), str(one))}
    document = compose(under(firm, hides=("net_value",)), "aliases", MARCH, firm.now, live=True, rights="readers")
    text = everything(write(document, form))
    assert [word for word in words if word in text] == []
    unknown = "hidden from these readers"
    assert document.summary == (f"We are left with {unknown} ({unknown}, {unknown}, {unknown}).",)
    message = message_of(document, "s", "r", "d", ("md",), ("md",)).text()
    assert [word for word in words if word in message] == []


def test_what_is_of_the_whole_company_is_kept_from_those_who_see_one_project(firm: Any) -> None:
    ledger = under(firm, projects=("voice",))
    for report in ("cfo", "aliases"):
        found = compose(ledger, report, MARCH, firm.now, rights="readers")
        text = write(found, "md").decode()
        assert "it is about the whole company" in text or report == "aliases"
        assert "Closed by" not in text
        assert money(of_march(firm, "investment")[0], "USD") not in text
        assert "chat" not in text.lower().replace("chat, voice", "")


def test_comparing_tells_those_who_see_one_project_nothing_of_the_others(firm: Any, archive: Archive) -> None:
    ledger = under(firm, projects=("voice",))
    kept = []
    for period in ("2026-02", "2026-03"):
        document = compose(ledger, "cfo", Filters(period=period), firm.now, rights="readers")
        kept.append(archive.keep(document, "md", write(document, "md"), now=firm.now).id)
    found = compared(ledger, archive, *kept, firm.now)
    assert (found.bridge, found.no_bridge) == (
        None, "a bridge is of all projects or of one, and these readers see some of them")  # fmt: skip
    later = firm.ledger.under(msgspec.structs.replace(firm.ledger.workspace, access={}))
    assert compared(later, archive, *kept, firm.now).no_bridge == "the readers readers are no longer in access.yaml"


def test_a_category_of_cost_and_its_figure_are_one() -> None:
    assert alike(("cost.people", "net_value")) == ("cost.people", "net_value", "people_cost")
    assert alike(("licence_cost", "platform_cost")) == ("licence_cost", "platform_cost", "cost.licence")


@pytest.mark.parametrize(
    ("text", "tells"),
    [("It cost $4.2k.", True), ("It cost $4.2k, of 5", True), ("It cost $14.2k.", False), ("$4.2kB", False),
     ("It cost $4.2k.5", False), ("(−$4.2k)", True)],
)  # fmt: skip
def test_a_number_is_found_as_a_word_of_its_own(text: str, tells: bool) -> None:
    assert Hidden(said=frozenset({"$4.2k"})).told_by(text) is tells
