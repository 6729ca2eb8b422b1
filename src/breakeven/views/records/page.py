"""The records page: the facts behind a figure, filtered and paged, with what they add up to."""

from __future__ import annotations

import msgspec

from breakeven.facts import KINDS
from breakeven.ledger.records.groups import values
from breakeven.ledger.records.listing import Records
from breakeven.ledger.records.listing import page as page_of
from breakeven.ledger.records.totals import Total, counts, total
from breakeven.ledger.records.which import METER, money_of
from breakeven.ledger.results import Status
from breakeven.measures import MEASURES
from breakeven.views.content import Choice, Link, Page, Panel, Row, Table
from breakeven.views.question import Question
from breakeven.views.records.asked import Asked, asked, before, filters_of, further
from breakeven.views.records.columns import Cells, short
from breakeven.views.records.compared import compared
from breakeven.views.records.meaning import TABS, counted, label_of
from breakeven.views.records.summary import summary
from breakeven.views.records_links import ABSENT, PATH, parameter_of, records_link

ROWS = 50
LINES = {"cost_direct": "direct cost", "cost_allocated": "cost of shared pools"}


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """A field of the form."""

    name: str
    label: str
    value: str
    choices: tuple[str, ...]


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """What the form asks for; without a script its values are sent as they stand."""

    action: str
    kept: tuple[tuple[str, str], ...]
    """Parameters that stay: the filters of all pages, the kind."""
    text: str
    first: str
    last: str
    fields: tuple[Field, ...]
    used: tuple[tuple[str, str], ...]
    """Words of a filter that is in force, and the address without it."""
    clear: str


def records_page(question: Question) -> Page:
    """Facts of one kind. Raises UnknownName, UsageProblem."""
    one = asked(question)
    found, whole = page_of(question.desk, one.which, ROWS, one.place), total(question.desk, one.which)
    beside = compared(question, one, whole)
    remarks: list[tuple[Status, str]] = [
        ("grey", f"{name.capitalize()} has no effect on {TABS[one.kind].lower()}") for name in one.ignored
    ]
    if whole.no_rate is not None:
        remarks.append(("yellow", f"Not all amounts are known: {whole.no_rate}"))
    parts = summary(question, one) if not one.page else None
    return Page(
        title="Records", finding=_finding(question, one, whole, found), exception=_exception(question, one, beside),
        chips=(beside,) if beside is not None and beside[0] == "green" else (), tabs=_tabs(question, one),
        panels=tuple(panel for panel in (parts, _listed(question, one, whole, found)) if panel is not None),
        remarks=tuple(remarks), extra={"form": form(question, one), "pager": _pager(question, one, found)},
    )  # fmt: skip


# --- words


def _finding(question: Question, one: Asked, whole: Total, found: Records) -> str:
    show, money = question.show, money_of(one.kind) is not None
    if whole.records is None:
        there = len(found.records)
        more, verb = "At least " if found.next is not None or one.page else "", "fits" if there == 1 else "fit"
        return f"{more}{counted(one.kind, show.plain(there), there == 1)} {verb} this search."
    if not whole.records:
        return f"No {counted(one.kind, '', one=True).strip()} is recorded here."
    number = counted(one.kind, show.plain(whole.records), whole.records == 1)
    if one.which.measure is not None and whole.value is not None and whole.amount is None:
        measure = MEASURES[one.which.measure]
        return f"{number}: {measure.label.lower()} {show.exact_quantity(whole.value, measure.unit)}."
    if not money or whole.amount is None:
        return f"{number}."
    verb = "adds" if whole.records == 1 else "add"
    known = f", {show.plain(whole.without)} of them without a known amount" if whole.without else ""
    return f"{number} {verb} up to {show.full_money(whole.amount)} in {show.currency}{known}."


def _exception(question: Question, one: Asked, beside: tuple[Status, str] | None) -> str:
    """What they are, of whom and when."""
    show, (first, end) = question.show, one.window
    last = end.fromordinal(end.toordinal() - 1)
    said = []
    if one.which.measure is not None:
        said.append(f"Behind {MEASURES[one.which.measure].label.lower()}")
    if one.which.line is not None:
        said.append(f"Behind {LINES[one.which.line]}, without invoices that settle metered cost")
    scope = one.which.projects
    names = "all projects" if scope is None else ", ".join(short(question.name_of(name), 30) for name in scope[:3])
    more = f" and {len(scope) - 3} more" if scope is not None and len(scope) > 3 else ""
    said.append(f"{names[:1].upper()}{names[1:]}{more}, {show.day(first)} to {show.day(last)}, the newest first")
    if beside is not None and beside[0] != "green":
        said.append(beside[1])
    return ". ".join(said) + "."


def _tabs(question: Question, one: Asked) -> tuple[Choice, ...]:
    known = counts(question.desk, question.desk.window(*one.window), one.which.projects)
    return tuple(
        Choice(text=f"{TABS[kind]} {question.show.plain(known[kind])}",
               href=records_link(question, kind, window=one.window), current=kind == one.kind)
        for kind in KINDS
    )  # fmt: skip


# --- list


def _listed(question: Question, one: Asked, whole: Total, found: Records) -> Panel:
    cells = Cells(question, one.kind)
    rows = tuple(Row(cells=cells.row(record)) for record in found.records)
    if rows and found.next is None and not one.page and money_of(one.kind) is not None:
        rows = (*rows, cells.total(whole.amount, len(cells.columns())))
    return Panel(
        id="records", title=TABS[one.kind], sub=f"Times in {cells.zone.key}; a time leads to all of its record",
        body=Table(columns=cells.columns(), rows=rows, caption=f"{TABS[one.kind]}, the newest first",
                   empty="No record fits: take a filter away, or choose another period."),
        action=Link(text="CSV", href=one.link(question, f"{PATH}.csv"), icon="out"),
        foot_link=Link(text="JSON lines", href=one.link(question, f"{PATH}.jsonl")),
    )  # fmt: skip


def _pager(question: Question, one: Asked, found: Records) -> tuple[str, str, str]:
    """Addresses of the page before and the next one, and what is to be said; empty: there is none."""
    back = one.link(question, **before(one)) if one.page else ""
    onward = "" if found.next is None else one.link(question, **further(one, found.next))
    said = ""
    if found.reached is not None:
        said = f"Looked back to {question.show.day(found.reached)}; there may be more before."
    return back, onward, said


# --- form


def form(question: Question, one: Asked) -> Form:
    """The filters of this page; those of all pages stand in its bar."""
    names = filters_of(one.kind)
    known = values(question.desk, one.kind, names)
    given = {field: ABSENT if value is None else value for field, value in one.which.fields}
    fields = tuple(
        Field(name=parameter_of(field), label=label_of(field), value=given.get(field, ""), choices=known.get(field, ()))
        for field in names if field != METER or field in given
    )  # fmt: skip
    words = {parameter_of(field): f"{label_of(field)}: {short(value, 30)}" for field, value in given.items()
             if parameter_of(field) in one.own}  # fmt: skip
    if one.which.text:
        words["q"] = f"Text: {short(one.which.text, 30)}"
    if one.which.measure:
        words["measure"] = f"Behind {MEASURES[one.which.measure].label.lower()}"
    if one.which.line:
        words["line"] = f"Behind {LINES[one.which.line]}"
    if one.own_window:
        words["from"] = f"{question.show.day(one.window[0])} to {question.show.day(one.window[1])}"
    used = tuple((text, one.link(question, **{name: ""} | ({"to": ""} if name == "from" else {})))
                 for name, text in words.items())  # fmt: skip
    shown = {field.name for field in fields} | {"q", "from", "to"}
    kept = (*question.filters.items(), *((name, value) for name, value in one.own.items() if name not in shown),
            *(() if "kind" in one.own else (("kind", one.kind),)))  # fmt: skip
    return Form(
        action=PATH, kept=kept, text=one.which.text or "", first=one.own.get("from", ""), last=one.own.get("to", ""),
        fields=fields, used=used, clear=question.link(PATH, {"kind": one.kind}),
    )  # fmt: skip
