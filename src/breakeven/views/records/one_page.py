"""The page of one record: every field with its meaning, its versions, how it was priced, and where its money went."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from breakeven.facts import TIME_FIELD, ColumnType, columns
from breakeven.ledger.records.listing import page as page_of
from breakeven.ledger.records.one import Entered, One, Version, one
from breakeven.ledger.records.rates import converted, foreign, rate_of
from breakeven.ledger.records.totals import total
from breakeven.ledger.records.which import INTERACTION, Which, currency_of, money_of
from breakeven.ledger.results import Status
from breakeven.measures import MEASURES
from breakeven.views.content import Cell, Column, Link, Page, Panel, Row, Table
from breakeven.views.format import UNKNOWN, exact_text
from breakeven.views.projects.links import project_link
from breakeven.views.question import Question
from breakeven.views.records.columns import Cells, short
from breakeven.views.records.meaning import SINGULARS, label_of, meanings
from breakeven.views.records_links import PATH, record_link, records_link, unpacked

ROWS = 20
"""Rows of the same invoice that are shown."""
ORIGINS = {
    "reported": "as its source reports it", "metered": "priced from its tokens on arrival",
    "unpriced": "there is usage, and no price for it", "unmetered": "there is neither cost nor usage",
}  # fmt: skip
"""How the cost of an interaction is known."""


def record_page(question: Question) -> Page:
    """One fact by its kind, source and id. Raises UnknownName, NotFound."""
    given = question.given
    found = one(question.desk, given["kind"], unpacked(given["source"]), unpacked(given["id"]))
    cells = Cells(question, found.kind)
    invoice = _invoice(question, found)
    entries = _entries(question, found, alone=invoice is None)
    panels = (entries, invoice, _fields(question, cells, found), _versions(cells, found))
    return Page(
        title=short(found.id, 40), finding=_finding(question, cells, found), exception=_exception(question, found),
        crumbs=(Link(text="Records", href=question.link(PATH, {"kind": found.kind})),),
        over=(SINGULARS[found.kind], short(found.source)), chips=_chips(found),
        panels=tuple(panel for panel in panels if panel is not None),
    )  # fmt: skip


# --- words


def _finding(question: Question, cells: Cells, found: One) -> str:
    fields = found.now.fields
    when = cells.moment(fields[TIME_FIELD[found.kind]])
    what = _money(question, cells, found) or _what(fields)
    name = SINGULARS[found.kind]
    return f"{name[:1].upper()}{name[1:]} of {when}{': ' + what if what else ''}."


def _money(question: Question, cells: Cells, found: One) -> str:
    field = money_of(found.kind)
    amount = found.now.fields[field] if field else None
    if amount is None or field is None:
        return ""
    currency = found.now.fields[currency_of(found.kind)]
    reading, day = question.desk.reading, found.now.fields[TIME_FIELD[found.kind]].astimezone(cells.zone).date()
    own = converted(reading, amount, currency, day)
    if not foreign(reading, currency):
        return question.show.full_money(own)
    rate = rate_of(reading, currency, day)
    sent = f"{exact_text(amount)} {currency}"
    if rate is None or own is None:
        return f"{sent}, no exchange rate known"
    return (f"{sent}, {question.show.full_money(own)} at {exact_text(rate.rate)}"
            f" of {question.show.day(reading.rates_of or rate.start)} ({rate.source})")  # fmt: skip


def _what(fields: Any) -> str:
    for names in (("interaction", "outcome"), ("metric", "value"), ("kind", "quantity"), ("model", "status"),
                  ("model", "stage"), ("kind", "score"), ("component",), ("text",)):  # fmt: skip
        if all(name in fields for name in names):
            return short(" ".join(str(fields[name]) for name in names if fields[name] is not None).replace("_", " "))
    return ""


def _exception(question: Question, found: One) -> str:
    fields = found.now.fields
    said = [f"Project {question.name_of(str(fields['project']))}"]
    if fields.get("pool"):
        said = [f"Shared by the pool {fields['pool']}"]
    elif any(entry.through for entry in found.entries):
        meter = next(entry.through for entry in found.entries if entry.through)
        said = [f"Invoice of metered traffic: it counts as metered cost, shared by the meter of {meter}"]
    origin = fields.get("cost_origin")
    if origin in ORIGINS:
        price = f" by {fields['price_id']}" if fields.get("price_id") else ""
        said.append(f"cost {ORIGINS[origin]}{price}")
    return ", ".join(said) + "."


def _chips(found: One) -> tuple[tuple[Status, str], ...]:
    chips: list[tuple[Status, str]] = []
    if len(found.versions) > 1:
        chips.append(("grey", f"{len(found.versions)} versions"))
    if any(entry.late for entry in found.entries):
        chips.append(("yellow", "Came after its month was closed"))
    return tuple(chips)


# --- panels


def _fields(question: Question, cells: Cells, found: One) -> Panel:
    known = meanings(found.kind)
    rows = []
    for column in columns(found.kind):
        value = found.now.fields[column.name]
        text = _exact(cells, value, column.type)
        href = ""
        if column.name == "project" and value in question.workspace.projects:
            href, text = project_link(question, str(value)), question.name_of(str(value))
        elif column.name == "interaction":
            of = found.now.fields["interaction_source"] or found.source
            href = record_link(question, INTERACTION, of, str(value))
        rows.append(Row(cells=(Cell(text=label_of(column.name)), Cell(text=text, href=href),
                               Cell(text=known.get(column.name, "")))))  # fmt: skip
    now = found.now
    rows.append(Row(cells=(Cell(text="Recorded"), Cell(text=_instant(cells, now.recorded_at)),
                           Cell(text="When breakeven learnt of it."))))  # fmt: skip
    # Only prices and outcomes change an interaction after it came; of other kinds each version is what the source sent.
    changed = found.kind == INTERACTION and len(found.versions) > 1
    said = "With the prices and outcomes known since" if changed else "As the source sent it"
    return Panel(id="fields", title="All fields", sub=f"{said}; times in {cells.zone.key}",
                 body=Table(columns=(Column(label="Field"), Column(label="Value"), Column(label="Meaning and unit")),
                            rows=tuple(rows), caption="Every field of the record with its meaning"))  # fmt: skip


def _exact(cells: Cells, value: Any, kind: ColumnType) -> str:
    """A value with all its digits and letters."""
    if value is None:
        return UNKNOWN
    if isinstance(value, datetime):
        return _instant(cells, value)
    if kind is ColumnType.TEXT:
        return str(value)
    return exact_text(value) if isinstance(value, Decimal) else cells.plain(value)


def _instant(cells: Cells, when: datetime) -> str:
    here = when.astimezone(cells.zone)
    return f"{cells.moment(when)}{f':{here:%S}' if here.second else ''}"


def _entries(question: Question, found: One, *, alone: bool) -> Panel:
    """The ledger's entries that look at it."""
    rows = tuple(Row(cells=tuple(_entry(question, entry))) for entry in found.entries)
    return Panel(
        id="entries", title="Where it went", width=12 if alone else 7,
        sub="Entries of the ledger that it is counted in",
        body=Table(columns=(Column(label="Month"), Column(label="Project"), Column(label="Category"),
                            Column(label="Amount", numeric=True), Column(label="State")),
                   rows=rows, caption="Entries by month",
                   empty="It is in no entry of the ledger: no value category and no cost line looks at it."),
    )  # fmt: skip


def _entry(question: Question, entry: Entered) -> Iterator[Cell]:
    show, known = question.show, question.catalogue
    project = question.name_of(entry.project)
    if entry.through:
        project = f"shared by {entry.through}"
    figure = f"{entry.figure}:{entry.month:%Y-%m}{'' if entry.through else '@' + entry.project}"
    counted = ", ".join(MEASURES[name].label.lower() for name in entry.measures if name in MEASURES)
    yield Cell(text=show.month_short(entry.month))
    yield Cell(text=project)
    yield Cell(text=known[entry.figure].label, explain=figure, sub=f"as {counted}" if counted else "")
    amount = "" if entry.amount is None else show.full_money(entry.amount)
    yield Cell(text=amount, sub="" if amount else "with all the others")
    if entry.late:
        yield Cell(text="not included", status="yellow", sub=f"came later: {entry.closed}")
    else:
        yield Cell(text="closed" if entry.closed else "open", sub=entry.closed or "")


def _invoice(question: Question, found: One) -> Panel | None:
    """The other rows of the same invoice."""
    number, vendor = found.now.fields.get("invoice"), found.now.fields.get("vendor")
    if found.kind != "cost" or not number:
        return None
    fields = (("invoice", number), ("vendor", vendor))
    which = Which(kind="cost", fields=fields)
    whole, rows = total(question.desk, which), page_of(question.desk, which, ROWS).records
    cells = Cells(question, "cost")
    link = records_link(question, "cost", invoice=number, vendor=vendor, everyone=True,
                        window=_window(question, [record.fields["start"] for record in rows]))  # fmt: skip
    body = tuple(
        Row(cells=(cells.row(record)[0], cells.text(record, "service"), cells.project(record), cells.money(record)))
        for record in rows if (record.fields["source"], record.fields["id"]) != (found.source, found.id)
    )  # fmt: skip
    many = f"{question.show.plain(whole.records)} rows" if whole.records != 1 else "This is its only row"
    return Panel(
        id="invoice", title=f"Invoice {short(number, 30)}", width=5,
        sub=f"{many}, {question.show.full_money(whole.amount)} together",
        body=Table(columns=(Column(label="Start"), Column(label="Service"), Column(label="Project"),
                            Column(label="Amount", numeric=True)), rows=body,
                   caption="Other rows of the same invoice", empty="It has no other row.",
                   more=Link(text=f"All rows of {short(number, 30)}", href=link)),
    )  # fmt: skip


def _window(question: Question, starts: list[datetime]) -> Any:
    """From the month of the first row to the end of all time that is recorded."""
    if not starts:
        return None
    calendar = question.calendar
    first = min(calendar.today(start) for start in starts).replace(day=1)
    return first, max(question.period.end, question.desk.reading.today.replace(day=1, year=question.now.year + 1))


def _versions(cells: Cells, found: One) -> Panel:
    """What changed when."""
    rows = tuple(Row(cells=tuple(_version(cells, found, version))) for version in found.versions)
    heads = (Column(label="Version", numeric=True), Column(label="Recorded"), Column(label="What changed"),
             Column(label="Data version", numeric=True))  # fmt: skip
    return Panel(id="versions", title="Versions", sub="Nothing is overwritten: each version stays as it was sent",
                 body=Table(columns=heads, rows=rows, caption="Versions, the latest first"))  # fmt: skip


def _version(cells: Cells, found: One, version: Version) -> Iterator[Cell]:
    kinds = {column.name: column.type for column in columns(found.kind)}
    changed = "; ".join(
        f"{label_of(name)} from {short(_exact(cells, was, kinds[name]))} to {short(_exact(cells, now, kinds[name]))}"
        for name, was, now in version.changed
    )
    yield Cell(text=str(version.revision))
    until = "" if version.superseded_at is None else f"until {_instant(cells, version.superseded_at)}"
    yield Cell(text=_instant(cells, version.recorded_at), sub=until)
    yield Cell(text=changed or ("as first sent" if version.revision == 1 else "nothing"))
    yield Cell(text=str(version.data_version))
