"""What a records address asks for, parsed once: kind, window, fields, the figure that is compared, and the page."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec

from breakeven.errors import UnknownName, UsageProblem
from breakeven.facts import KINDS
from breakeven.ledger.records.listing import Place
from breakeven.ledger.records.which import Which, check
from breakeven.views.question import Question
from breakeven.views.records_links import ABSENT, FIELDS, OF_FILTERS, PATH, fields_of, parameter_of

USUAL = "cost"
"""Kind of the page where none is named."""
BACK = "."
"""Between the places of the pages before."""
MOST_BACK = 20
FIRST = "first"


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Which records, and which page of them."""

    which: Which
    window: tuple[date, date]
    own_window: bool
    """Whether the address names it, not the period of all pages."""
    figure: str
    """The figure that they make up, as Explain names it; empty: none."""
    page: str
    """Where the page begins, as the address has it."""
    back: tuple[str, ...]
    """Where the pages before began."""
    own: Mapping[str, str]
    """The parameters of the page's own that were given, without the place."""
    ignored: tuple[str, ...]
    """Filters of the page that these records know nothing of."""

    @property
    def kind(self) -> str:
        """The kind of fact."""
        return self.which.kind

    @property
    def place(self) -> Place | None:
        """The record after which the page begins. Raises UsageProblem."""
        return place_of(self.page)

    def link(self, question: Question, path: str = PATH, **changes: str) -> str:
        """The same records at another place, or with other parameters; an empty one is left out."""
        own = {name: value for name, value in {**self.own, **changes}.items() if value}
        return question.link(path, own)


def asked(question: Question) -> Asked:
    """What is asked. Raises UnknownName, UsageProblem."""
    given = {name: value for name, value in question.given.items() if value}
    kind = given.get("kind", USUAL)
    if kind not in KINDS:
        raise UnknownName("kind of record", kind, KINDS)
    window = _window(question, given)
    filters = question.filters
    fields = [(name, _value(given[parameter_of(name)])) for name in FIELDS[kind] if parameter_of(name) in given]
    of_page = {"model": filters.model, "team": filters.team}
    there = fields_of(kind)
    fields += [(name, _value(value)) for name, value in of_page.items() if value and name in there]
    which = check(Which(
        kind=kind, projects=question.projects, fields=tuple(fields), measure=given.get("measure"),
        span=question.desk.window(*window), line=given.get("line"), text=given.get("q", "").replace("\0", "") or None,
    ))  # fmt: skip
    return Asked(
        which=which, window=window, own_window="from" in given or "to" in given, figure=given.get("figure", ""),
        page=given.get("page", ""), back=tuple(part for part in given.get("back", "").split(BACK) if part),
        own={name: value for name, value in given.items() if name not in ("page", "back")},
        ignored=tuple(name for name, value in of_page.items() if value and name not in there),
    )  # fmt: skip


def _window(question: Question, given: Mapping[str, str]) -> tuple[date, date]:
    """Days of `from` to `to`, both included, or of the page's period."""
    parse, now = question.calendar.parse, question.now
    first = parse(given["from"], now).start if "from" in given else question.period.start
    end = parse(given["to"], now).end if "to" in given else question.period.end
    if first >= end:
        raise UsageProblem(f"nothing lies between {given.get('from', first)} and {given.get('to', end)}")
    return first, end


def _value(text: str) -> str | None:
    return None if text == ABSENT else text


def filters_of(kind: str) -> tuple[str, ...]:
    """Fields that the form of the page asks for: those of every page stand in its bar."""
    return tuple(field for field in FIELDS[kind] if field not in OF_FILTERS)


# --- places


def token(place: Place) -> str:
    """A place as a text for addresses."""
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).rstrip(b"=").decode()


def place_of(text: str) -> Place | None:
    """The place that a text means; empty: the front. Raises UsageProblem."""
    if not text or text == FIRST:
        return None
    try:
        found: Place = msgspec.json.decode(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), type=Place)
    except (msgspec.DecodeError, binascii.Error, ValueError) as error:
        raise UsageProblem(f"{text!r} is no page: follow the links, or leave it out") from error
    return found


def further(asked_: Asked, place: Place) -> dict[str, Any]:
    """Parameters of the next page, which remembers the way back."""
    back = [*asked_.back, asked_.page or FIRST][-MOST_BACK:]
    return {"page": token(place), "back": BACK.join(back)}


def before(asked_: Asked) -> dict[str, Any]:
    """Parameters of the page before."""
    last = asked_.back[-1] if asked_.back else FIRST
    return {"page": "" if last == FIRST else last, "back": BACK.join(asked_.back[:-1])}
