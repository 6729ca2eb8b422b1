"""How sure an explained figure is: its range with the picture of it, and what it rests on."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import msgspec

from breakeven.errors import UsageProblem
from breakeven.ledger.books.closure import closure
from breakeven.ledger.proof.entries import entries
from breakeven.ledger.results import Entry, Explanation
from breakeven.ledger.scenarios.range_results import RangeLine
from breakeven.ledger.scenarios.ranges import statement_range
from breakeven.views.explaining.asked import Figured
from breakeven.views.format import decimal_of, span
from breakeven.views.key_figures import RANGED
from breakeven.views.question import Question
from breakeven.views.standing import Evidence, known_by, mix
from breakeven.views.tiles import ADDED_UP
from breakeven.workspace.builtins import COST_LINES

MARGIN = Decimal("0.35")
"""Of the range's length, left and right of it in the picture."""
EXACT = "Nothing uncertain goes into it: every draw gives the same amount."


class Band(msgspec.Struct, frozen=True, kw_only=True):
    """A range as a picture; places in percent of its width."""

    start: float
    width: float
    mark: float
    words: str
    """$622k–$820k."""


class Sure(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a figure's sureness."""

    band: Band | None
    reason: str
    """Why there is no range."""
    evidence: Evidence | None
    grades: str
    """Claimed value by grade: A 12%, C 40%…"""


def sure(question: Question, asked: Figured, found: Explanation) -> Sure:
    """Range and evidence of a figure."""
    line, reason = _range(question, asked, found)
    band = None if line is None else _band(question, line, found)
    if line is not None and band is None:
        reason = EXACT
    values = _categories(question, asked.name)
    behind = [entry for entry in _entries(question, asked) if entry.category in values] if values else []
    return Sure(band=band, reason=reason, evidence=mix(known_by(behind), values), grades=_grades(behind))


def _range(question: Question, asked: Figured, found: Explanation) -> tuple[RangeLine | None, str]:
    name = ADDED_UP.get(asked.name, asked.name) if asked.period.name == "ytd" else asked.name
    if found.value is None:
        return None, ""
    if found.kind == "measure":
        return None, "No range: it is counted from records, as they are."
    if found.kind == "assumption":
        return None, "No range is declared for it." if found.low is None else ""
    try:
        lines: Mapping[str, RangeLine] = question.kept(
            ("ranges of a statement", asked.period.start, asked.period.end, asked.projects),
            lambda: statement_range(question.desk, asked.period, asked.projects).lines,  # type: ignore[arg-type]
        )
    except UsageProblem:
        return None, "No range: ranges are drawn for whole months."
    line = lines.get(RANGED.get(name, name))
    if line is None:
        return None, "No range: ranges are drawn for value, cost, net value and ROI."
    return line, line.reason or ""


def _band(question: Question, line: RangeLine, found: Explanation) -> Band | None:
    if line.p10 is None or line.p90 is None or line.p10 == line.p90:
        return None
    value = decimal_of(found.value or 0)
    low, high = min(line.p10, value), max(line.p90, value)
    left = low - (high - low) * MARGIN
    whole = (high - low) * (1 + 2 * MARGIN)
    start, end, mark = (round(float((place - left) / whole * 100), 2) for place in (line.p10, line.p90, value))
    show = question.show
    ends = (show.roi(end) if line.unit == "%" else show.quantity(end, line.unit).text for end in (line.p10, line.p90))
    return Band(start=start, width=round(end - start, 2), mark=mark, words=span(*ends))


def _categories(question: Question, name: str) -> frozenset[str]:
    """The value categories that a figure is made of."""
    definitions = question.workspace.methodology.definitions
    values = {made.name for made in question.workspace.methodology.values()}
    head = ADDED_UP.get(name, "roi_percent" if name == "cumulative_roi_percent" else name)
    if head not in definitions or head in COST_LINES:
        return frozenset()
    return frozenset(values & set(closure(definitions, [head])))


def _entries(question: Question, asked: Figured) -> list[Entry]:
    window = (asked.period.start, asked.period.end)
    found: tuple[Entry, ...] = question.kept(("entries", window), lambda: entries(question.desk, window))
    named = (asked.projects,) if isinstance(asked.projects, str) else asked.projects
    return [entry for entry in found if named is None or entry.project in named]


def _grades(found: list[Entry]) -> str:
    """Claimed value by grade, in whole percent."""
    sums: dict[str, Decimal] = {}
    for entry in found:
        sums[entry.evidence] = sums.get(entry.evidence, Decimal(0)) + max(entry.amount, Decimal(0))
    whole = sum(sums.values(), Decimal(0))
    if not whole:
        return ""
    return " · ".join(f"{grade} {round(part / whole * 100)}%" for grade, part in sorted(sums.items()) if part)
