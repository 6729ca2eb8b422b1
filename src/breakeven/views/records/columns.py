"""The columns of each kind of fact that matter, and the cells of a record in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from breakeven.facts import TIME_FIELD
from breakeven.ledger.records.listing import Record, plain
from breakeven.ledger.records.rates import foreign, rate_of
from breakeven.ledger.records.which import currency_of, money_of
from breakeven.views.content import Cell, Column, Row
from breakeven.views.format import UNKNOWN, exact_text, full_money
from breakeven.views.question import Question
from breakeven.views.records.meaning import label_of
from breakeven.views.records_links import record_link, records_link

LONG = 60
"""Letters of a text that a cell shows."""


class Cells:
    """Makes the cells of one kind's records."""

    def __init__(self, question: Question, kind: str) -> None:
        self._question, self.kind, self._show = question, kind, question.show
        self.zone = ZoneInfo(question.calendar.time_zone)

    def columns(self) -> tuple[Column, ...]:
        """Heads: the time first, with the zone that it is in."""
        time = f"{label_of(TIME_FIELD[self.kind])}, {self.zone.key}"
        return (Column(label=time), *(Column(label=shown.label, numeric=shown.numeric) for shown in COLUMNS[self.kind]),
                Column(label="Source and id"))  # fmt: skip

    def row(self, record: Record) -> tuple[Cell, ...]:
        """One record; its time leads to it."""
        fields = record.fields
        href = record_link(self._question, self.kind, fields["source"], fields["id"])
        time = Cell(text=self.moment(fields[TIME_FIELD[self.kind]]), sub=self._until(fields), href=href)
        return (time, *(shown.cell(self, record) for shown in COLUMNS[self.kind]),
                Cell(text=short(fields["source"], 30), sub=short(fields["id"], 30)))  # fmt: skip

    def total(self, amount: Decimal | None, width: int) -> Row:
        """The row below all others, with the sum of the amounts."""
        place = 1 + next(i for i, shown in enumerate(COLUMNS[self.kind]) if shown.cell is Cells.money)
        cells = [Cell() for _ in range(width)]
        cells[0], cells[place] = Cell(text="Total"), Cell(text=self._show.full_money(amount), strong=True)
        return Row(cells=tuple(cells), kind="total")

    def moment(self, when: datetime | None) -> str:
        """A day, and the minute where it is not midnight, in the company's zone."""
        if when is None:
            return UNKNOWN
        here = when.astimezone(self.zone)
        day = self._show.day(here)
        return day if (here.hour, here.minute, here.second) == (0, 0, 0) else f"{day} {here:%H:%M}"

    def _until(self, fields: Mapping[str, Any]) -> str:
        end = fields.get("end")
        if end is None or end - fields["start"] <= timedelta(days=1, hours=1):
            return ""
        return f"to {self.moment(end)}"

    # --- cells

    def text(self, record: Record, field: str, below: str = "") -> Cell:
        """A field as it is, with another one below it."""
        sub = "" if not below else short(self.plain(record.fields[below]))
        return Cell(text=short(self.plain(record.fields[field])), sub="" if sub == UNKNOWN else sub)

    def plain(self, value: Any) -> str:
        """A value of any type as text."""
        match value:
            case None:
                return UNKNOWN
            case bool():
                return "yes" if value else "no"
            case datetime():
                return self.moment(value)
            case float() | int() | Decimal():
                number = Decimal(str(value))
                whole = number == number.to_integral_value()
                return self._show.plain(value, 0 if whole else 4 if abs(number) < 1 else 2)
            case _:
                return str(value).replace("_", " ") if str(value) in _WORDS else str(value)

    def project(self, record: Record) -> Cell:
        """The project by its name; what nobody declared keeps the name that it came with."""
        sent = str(record.fields["project"])
        pool = record.fields.get("pool")
        if pool:
            return Cell(text=f"Pool {pool}")
        return Cell(text=short(self._question.name_of(sent)))

    def invoice(self, record: Record) -> Cell:
        """The number of the invoice, which leads to its rows."""
        number, vendor = record.fields["invoice"], record.fields["vendor"]
        if number is None:
            return Cell(text=UNKNOWN)
        href = records_link(self._question, "cost", invoice=number, vendor=vendor, everyone=True)
        return Cell(text=short(number, 30), href=href)

    def money(self, record: Record) -> Cell:
        """What of an amount counts in the window, in the page's currency; and what was billed, where that differs."""
        field = money_of(self.kind) or ""
        amount, currency = plain(record.fields[field]), record.fields[currency_of(self.kind)]
        if amount is None:
            return Cell(text=UNKNOWN, sub=_origin(record), order=None)
        if record.counted is None:
            return Cell(text=UNKNOWN, sub=record.no_rate or f"{exact_text(amount)} {currency}: no rate")
        said = []
        reading = self._question.desk.reading
        if foreign(reading, currency):
            rate = rate_of(reading, currency, self.day(record))
            since = "" if rate is None else self._show.day(reading.rates_of or rate.start)
            said.append(
                full_money(amount, currency, locale=self._show.locale)
                + ("" if rate is None else f" at {rate.rate} of {since}")
            )
        elif record.counted != amount:
            said.append(f"of {self._show.full_money(amount)}")
        said += [_origin(record)] if _origin(record) else []
        return Cell(text=self._show.full_money(record.counted), sub="; ".join(said), order=record.counted)

    def day(self, record: Record) -> Any:
        """The local day that converts its amount."""
        return record.fields[TIME_FIELD[self.kind]].astimezone(self.zone).date()


def short(text: str, letters: int = LONG) -> str:
    """A text of any length as a cell has room for it."""
    line = " ".join(text.split())
    return line if len(line) <= letters else f"{line[: letters - 1]}…"


def _origin(record: Record) -> str:
    return str(record.fields.get("cost_origin") or "")


_WORDS = frozenset(("model_dev", "rolled_back", "hours_saved", "cost_avoided", "finding_avoided"))


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A column."""

    label: str
    cell: Callable[[Cells, Record], Cell]
    numeric: bool = False


def _text(label: str, field: str, below: str = "", *, numeric: bool = False) -> Shown:
    return Shown(label=label, cell=lambda cells, record: cells.text(record, field, below), numeric=numeric)


_PROJECT = Shown(label="Project", cell=Cells.project)
_MODEL = _text("Model", "model", "version")


def _money(label: str) -> Shown:
    return Shown(label=label, cell=Cells.money, numeric=True)


COLUMNS: Mapping[str, tuple[Shown, ...]] = {
    "interaction": (_PROJECT, _text("Model", "model", "provider"), _text("Status", "status", "outcome"),
                    _text("Count", "count", numeric=True), _text("Input tokens", "input_tokens", numeric=True),
                    _text("Output tokens", "output_tokens", numeric=True), _money("Cost")),
    "cost": (_PROJECT, _text("Vendor", "vendor", "service"), Shown(label="Invoice", cell=Cells.invoice),
             _text("Category", "category", "charge_class"), _money("Amount")),
    "benefit": (_PROJECT, _text("What", "kind", "activity"), _text("Quantity", "quantity", "unit", numeric=True),
                _text("Evidence", "evidence", "realisation"), _money("Amount")),
    "deployment": (_PROJECT, _MODEL, _text("Status", "status"), _text("Requested", "requested_at"),
                   _text("Development complete", "dev_complete_at"), _text("In production", "deployed_at")),
    "incident": (_PROJECT, _text("What", "kind", "severity"), _text("Model", "model"),
                 _text("Resolved", "resolved_at"), _text("Caught before impact", "caught_before_impact"),
                 _money("Cost")),
    "evaluation": (_PROJECT, _text("Model", "model"), _text("Metric", "metric"),
                   _text("Value", "value", numeric=True), _text("Baseline", "baseline", numeric=True)),
    "activity": (_PROJECT, _text("Who", "actor", "team"), _text("Component", "component"),
                 _text("Uses", "quantity", numeric=True)),
    "survey": (_PROJECT, _text("Question", "kind"), _text("Who", "respondent", "team"),
               _text("Score", "score", numeric=True)),
    "model_state": (_PROJECT, _MODEL, _text("Stage", "stage"), _text("On the platform", "on_platform")),
    "note": (_PROJECT, _text("What", "kind"), _text("Text", "text"), _text("Who", "owner", "due"),
             _text("Status", "status")),
    # An interaction may have several, each with all that was known by then: their revenue is no sum.
    "outcome": (_text("Interaction", "interaction", "interaction_source"), _text("Outcome", "outcome"),
                _text("CSAT", "csat", numeric=True), _text("Revenue", "revenue", "currency", numeric=True),
                _text("Seconds saved", "seconds_saved", numeric=True)),
}  # fmt: skip
"""Kind of fact → its columns between the time and the source."""
