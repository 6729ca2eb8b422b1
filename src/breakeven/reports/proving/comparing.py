"""Two issues of the same report beside each other: what changed, line by line, and why, as the bridge has it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from breakeven.errors import BreakevenError, Cancelled, UsageProblem
from breakeven.ledger.bridge import Bridge, Side, bridge
from breakeven.ledger.ledger import Ledger
from breakeven.reports.archive import Archive, Issue
from breakeven.reports.progress import step
from breakeven.reports.provenance import Provenance
from breakeven.reports.rights import rights_of
from breakeven.views.asking.query import period_of

Place = tuple[str, str]
"""Section and line."""


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What a report says at one place."""

    text: str
    exact: Decimal | None = None
    unit: str = ""


class Changed(msgspec.Struct, frozen=True, kw_only=True):
    """A place where two issues say different things."""

    section: str
    item: str
    before: str
    """Empty: it was not there."""
    after: str
    """Empty: it is not there any more."""
    difference: Decimal | None
    """After less before, where both are numbers of one unit."""
    unit: str = ""


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """Two issues, the earlier one first."""

    before: Issue
    after: Issue
    same: bool
    """Whether they say the same, to the last digit."""
    changes: tuple[Changed, ...]
    bridge: Bridge | None
    no_bridge: str
    """Why there is none."""
    remarks: tuple[str, ...]


def compared(ledger: Ledger, archive: Archive, first: int, second: int, now: datetime) -> Comparison:
    """What changed from one issue to another: from the earlier period to the later, else from the earlier issue.

    Raises NotFound, StoreDamaged for what the archive lacks, UsageProblem for two different reports, Cancelled.
    """
    alike(archive, first, second)
    kept = {number: _kept(archive, number) for number in (first, second)}
    order = sorted(kept, key=lambda number: (kept[number]["start"], number))
    before, after = (archive.get(number) for number in (order[0], order[-1]))
    step("Comparing what they say")
    old, new = (said(kept[one.id]) for one in (before, after))
    made, why = _bridged(ledger, before.origin, after.origin, now)
    return Comparison(
        before=before, after=after, same=before.hash == after.hash, changes=tuple(_changes(old, new)), bridge=made,
        no_bridge=why, remarks=tuple(_remarks(before, after)),
    )  # fmt: skip


def alike(archive: Archive, first: int, second: int) -> tuple[Issue, Issue]:
    """Two issues that can be compared, in the order given. Raises NotFound, UsageProblem for two different reports."""
    one, other = archive.get(first), archive.get(second)
    if one.report != other.report:
        raise UsageProblem(f"{one.id} is a {one.report} report, {other.id} a {other.report} report: only two "
                           "issues of the same report can be compared")  # fmt: skip
    return one, other


def _kept(archive: Archive, number: int) -> dict[str, Any]:
    step(f"Reading issue {number}")
    return archive.document(number)


def said(document: Mapping[str, Any]) -> dict[Place, Said]:
    """Everything that a kept document says, by place."""
    found: dict[Place, Said] = {}
    for section, item, value in _said(document):
        place, number = (section, item), 2
        while place in found:
            place, number = (section, f"{item} ({number})"), number + 1
        found[place] = value
    return found


def _said(document: Mapping[str, Any]) -> Iterator[tuple[str, str, Said]]:
    for number, sentence in enumerate(document["summary"], 1):
        yield "Executive Summary", f"Sentence {number}", Said(text=sentence)
    yield from (("Key Figures", one["label"], _figure(one)) for one in document["figures"])
    for section in document["sections"]:
        if section["message"]:
            yield section["title"], "Message", Said(text=section["message"])
        for block in section["blocks"]:
            for item, value in _block(block):
                yield section["title"], item, value
    for one in document["assumptions"]:
        yield "Assumptions", one["label"], Said(text=f"{one['value']} ({one['evidence']})")
    for one in document["method"]:
        yield "Method", one["label"], Said(text=one["formula"])
    for name, value in document["filters"]:
        yield "Filters", name, Said(text=value)


def _block(block: Mapping[str, Any]) -> Iterator[tuple[str, Said]]:
    match block["type"]:
        case "table":
            yield from _table(block)
        case "chart":
            yield from _table(block["table"])
        case "figures":
            yield from ((one["label"], _figure(one)) for one in block["figures"])
        case "notes":
            yield from ((one["lead"], Said(text=" ".join(part for part in (one["rest"], one["by"], one["amount"])
                                                        if part) or "noted")) for one in block["notes"])  # fmt: skip
        case _:
            yield from ((f"Paragraph {number}", Said(text=text)) for number, text in enumerate(block["paragraphs"], 1))


def _table(table: Mapping[str, Any]) -> Iterator[tuple[str, Said]]:
    for row in table["rows"]:
        head = row["cells"][0]["text"] if row["cells"] else ""
        for column, cell in list(zip(table["columns"], row["cells"], strict=False))[1:]:
            if cell["text"]:
                yield f"{head}, {column['label']}", Said(text=cell["text"], exact=_number(cell["exact"]),
                                                         unit=cell["unit"])  # fmt: skip


def _figure(one: Mapping[str, Any]) -> Said:
    text = one["text"] if one["exact"] is not None or not one["reason"] else f"{one['text']} ({one['reason']})"
    return Said(text=text, exact=_number(one["exact"]), unit=one["unit"])


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _changes(old: Mapping[Place, Said], new: Mapping[Place, Said]) -> Iterator[Changed]:
    """In the order of the later one; what is not there any more at the end."""
    nothing = Said(text="")
    for place in (*new, *(place for place in old if place not in new)):
        before, after = old.get(place, nothing), new.get(place, nothing)
        if (before.text, before.exact) == (after.text, after.exact):
            continue
        known = before.exact is not None and after.exact is not None and before.unit == after.unit
        yield Changed(
            section=place[0], item=place[1], before=before.text, after=after.text, unit=after.unit or before.unit,
            difference=(after.exact or 0) - (before.exact or Decimal(0)) if known else None,
        )  # fmt: skip


def _bridged(ledger: Ledger, before: Provenance, after: Provenance, now: datetime) -> tuple[Bridge | None, str]:
    """The bridge of the net value between what each was made of; else why there is none."""
    for one in (before, after):
        if len(one.filters.project) > 1 or one.filters.category:
            return None, "a bridge is of all projects or of one, and these reports are of a choice of them"
        if one.filters.headline or one.filters.constant:
            return None, "these reports are counted by another rule than the statement"
        if one.scope and one.scope not in ledger.workspace.access:
            return None, f"the readers {one.scope} are no longer in access.yaml"
        readers = rights_of(ledger.workspace, one.report, one.scope)
        if readers.hides:
            return None, "parts of it are hidden from the readers of these reports"
        if readers.projects is not None and not set(one.filters.project or ("",)) <= set(readers.projects):
            return None, "a bridge is of all projects or of one, and these readers see some of them"
    if before.filters.project != after.filters.project:
        return None, "they are of different projects"
    try:
        first, last = (_side(ledger, one, now) for one in (before, after))
        return bridge(ledger, first, last, now=now, project=next(iter(after.filters.project), None),
                      told=step), ""  # fmt: skip
    except Cancelled:
        raise
    except BreakevenError as error:
        return None, str(error)


def _side(ledger: Ledger, origin: Provenance, now: datetime) -> Side:
    """What a report was made of: its period, as it was known then."""
    period = period_of(ledger, origin.filters.period, now, origin.known)
    return Side(name=f"{period.name}@{origin.known:%Y-%m-%d %H:%M}", period=period, as_of=min(origin.known, now))


def _remarks(before: Issue, after: Issue) -> Iterator[str]:
    if before.data_version != after.data_version:
        yield f"The data went from version {before.data_version} to {after.data_version}."
    if before.methodology_version != after.methodology_version:
        yield (f"The methodology went from {before.methodology_version} to {after.methodology_version}: the bridge "
               "counts both by the present one.")  # fmt: skip
    if before.scope != after.scope:
        yield f"They were made under the rights of {before.scope or 'all'} and of {after.scope or 'all'}."
