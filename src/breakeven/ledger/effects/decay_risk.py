"""Money at risk: what decay takes away in the open month, per day, and what that comes to if it goes on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Literal

from breakeven.ledger.books.book import Book
from breakeven.ledger.catalogue import figures
from breakeven.ledger.desk import Desk
from breakeven.ledger.effects.decay import UNDECAYED
from breakeven.ledger.effects.resting import ONE, TWELFTH, Decay, counts
from breakeven.ledger.numbers import EXACT, plain, tidy_or_none
from breakeven.ledger.results import Number, Result
from breakeven.ledger.window import elapsed_share
from breakeven.period import add_months
from breakeven.workspace.definitions import Resting

YEAR = 365
"""Days of the projected year."""


class Risk(Result, frozen=True, kw_only=True):
    """What one figure does to the value of one category of a project in the open month."""

    project: str
    category: str
    figure: str
    unit: str
    """Of the figure."""
    baseline: Number | None
    """As declared."""
    tolerance: Number | None
    now: Number | None
    """The figure in the open month; None: not measured."""
    last: Number | None
    """The figure in the last month in which it was measured."""
    last_month: date | None
    factor: Decimal
    """Part of the value that counts, 0 to 1."""
    since: date | None
    """First month of the months without a break in which it is below; None: it is not."""
    state: Literal["holds", "below", "not measured"]
    value: Decimal | None
    """Value of the open month so far, as it would be without this figure's decay; None: unknown."""
    lost: Decimal | None
    """Of that, taken away so far; parts of several figures add up in the order in which they are declared."""
    per_day: Decimal | None
    """Lost ÷ days of the month that are over."""
    per_month: Decimal | None
    """Per day × days of the month, if the present level goes on."""
    per_year: Decimal | None
    """Per day × 365."""
    reason: str | None
    """Why something is not known."""
    currency: str
    data_version: int
    methodology: str


def risks(desk: Desk) -> tuple[Risk, ...]:
    """Every figure that values rest on, the largest loss per day first."""
    book, month = desk.book(), desk.reading.open_month
    found = []
    for project in desk.workspace.projects.values():
        for category in dict.fromkeys(rest.category for rest in project.rests_on):
            found += _category(desk, book, project.id, category, month)
    return tuple(sorted(found, key=lambda risk: -(risk.per_day or Decimal(0))))


def _category(desk: Desk, book: Book, project: str, category: str, month: date) -> list[Risk]:
    decays = book.decays.get(category, {})
    history = {when: found for (when, of), found in decays.items() if of == project}
    value = _before(book, category, (month, project))
    made, left = [], value
    for place, rest in enumerate(rest for rest in desk.workspace.projects[project].rests_on
                                 if rest.category == category):  # fmt: skip
        line = {when: found[place] for when, found in history.items()}
        after = None if left is None else counts(left, line[month].factor if month in line else ONE)
        made.append(_risk(desk, project, rest, line, left, after))
        left = after
    return made


def _before(book: Book, category: str, place: tuple[date, str]) -> Decimal | None:
    """The value of a month and project before decay."""
    if place not in book.names:
        return None
    column = book.sheet.notes.get(category + UNDECAYED, book.claimed.get(category))
    found: Decimal | None = None if column is None else column[book.names.index(place)].as_py()
    return found


def _risk(
    desk: Desk, project: str, rest: Resting, line: Mapping[date, Decay], before: Decimal | None,
    after: Decimal | None,
) -> Risk:  # fmt: skip
    reading, month = desk.reading, desk.reading.open_month
    unit = figures(desk.workspace)[rest.figure].unit
    here = line.get(month)
    measured = [when for when in sorted(line) if line[when].value is not None]
    over, whole = elapsed_share(month, desk.workspace.calendar, reading.now)
    lost = None if before is None or after is None else before - after
    per_day = None
    if lost is not None and over:
        days = Decimal((add_months(month, 1) - month).days)
        per_day = EXACT.divide(lost * whole, days * over).quantize(TWELFTH)
        per_month, per_year = per_day * days, per_day * YEAR
    factor = here.factor if here is not None else ONE
    state: Literal["holds", "below", "not measured"] = (
        "not measured" if here is None or here.value is None else "below" if factor < ONE else "holds")  # fmt: skip
    return Risk(
        project=project, category=rest.category, figure=rest.figure, unit=unit, baseline=plain(rest.baseline, unit),
        tolerance=plain(rest.tolerance, unit), now=plain(here.value if here else None, unit),
        last=plain(line[measured[-1]].value, unit) if measured else None, last_month=measured[-1] if measured else None,
        factor=factor, since=_since(line, month), state=state, value=tidy_or_none(before), lost=tidy_or_none(lost),
        per_day=tidy_or_none(per_day), per_month=None if per_day is None else tidy_or_none(per_month),
        per_year=None if per_day is None else tidy_or_none(per_year),
        reason=_reason(here, before, rest.category, over), currency=desk.workspace.currency,
        data_version=reading.moment.versions.data, methodology=desk.workspace.methodology.version,
    )  # fmt: skip


def _since(line: Mapping[date, Decay], month: date) -> date | None:
    """First of the months up to this one in which the figure is below without a break; unmeasured months break it."""
    found = None
    while month in line and line[month].factor < ONE:
        found, month = month, add_months(month, -1)
    return found


def _reason(here: Decay | None, before: Decimal | None, category: str, over: int) -> str | None:
    said = []
    if here is None or here.value is None:
        said.append(f"the figure is not measured: {here.reason if here is not None else 'no record'}")
    if before is None:
        said.append(f"{category} of the month is not known")
    elif not over:
        said.append("the month has just begun")
    return "; ".join(said) or None
