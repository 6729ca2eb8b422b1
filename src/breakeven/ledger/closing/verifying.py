"""Proof that closed months are what was closed: every hash, the chain, the columns and the audit log, compared."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from breakeven.errors import StoreError
from breakeven.ledger.closing.chain import HEADER, Malformed, Seal, altered_lines, read, sha256
from breakeven.ledger.results import Result
from breakeven.store.state import State
from breakeven.store.state_closings import CLOSE, FIRST, RESTATE, AuditLine, Closing, audit_lines, closings, content

MOST = 20
"""Lines named of one text."""


class Fault(Result, frozen=True, kw_only=True):
    """One thing that is not as it was closed."""

    period: str | None
    """None: it is about the chain as a whole."""
    version: int | None
    line: int | None
    """Line of the sealed text, from 1."""
    message: str


class Verification(Result, frozen=True, kw_only=True):
    """What was compared, and every fault."""

    closings: int
    months: int
    last_hash: str | None
    """Hash of the last link: who keeps it elsewhere can prove that nothing was taken off the end."""
    faults: tuple[Fault, ...]


def verify(state: State, expected: str | None = None) -> Verification:
    """Compare everything; `expected` is a hash that was noted elsewhere and must be in the chain."""
    faults: list[Fault] = []
    rows: list[Closing] = []
    try:
        rows = closings(state)
        lines = audit_lines(state)
    except StoreError as error:
        return Verification(closings=len(rows), months=0, last_hash=None, faults=(_fault(None, str(error)),))
    seals: list[tuple[Closing, Seal]] = []
    for row in rows:
        seal = _row(state, row, faults)
        if seal is not None:
            seals.append((row, seal))
    chain = sorted(seals, key=lambda pair: pair[1].link)
    faults += _chain(chain, len(rows))
    faults += _audit(rows, lines)
    if expected is not None and expected.strip().lower() not in {row.hash for row in rows}:
        faults.append(_fault(None, f"no closing has the hash {expected}"))
    last = chain[-1][0].hash if chain else None
    return Verification(
        closings=len(rows), months=len({row.period for row in rows}), last_hash=last, faults=tuple(faults)
    )


def _row(state: State, row: Closing, faults: list[Fault]) -> Seal | None:
    """Compare one row with its text; the header of the text where it can be read."""
    try:
        text = content(state, row.period, row.version)
        found = sha256(text)
    except (StoreError, UnicodeEncodeError) as error:
        faults.append(_fault(row, f"the sealed text cannot be read: {error}"))
        return None
    if found != row.hash:
        faults.append(_fault(row, f"the text gives the hash {found[:12]}…, not the stored {str(row.hash)[:12]}…"))
        faults += (_fault(row, "this line was altered", line) for line in altered_lines(text)[:MOST])
    try:
        seal = read(text).seal
    except Malformed as error:
        faults.append(_fault(row, error.words, error.line))
        return None
    faults += _columns(row, seal)
    return seal


def _columns(row: Closing, seal: Seal) -> Iterator[Fault]:
    """The columns say what the text says."""
    said = {
        "period": seal.period, "version": seal.version, "closed_at": seal.closed_at.isoformat(),
        "who": seal.closed_by, "reason": seal.reason, "forced": int(seal.forced), "methodology": seal.methodology,
        "data_version": seal.data_version, "previous": seal.previous,
    }  # fmt: skip
    names = {"period": "month", "who": "closed_by"}
    for column, value in said.items():
        stored = getattr(row, column)
        if stored != value:
            line = 2 + HEADER.index(names.get(column, column))
            yield _fault(row, f"the column {column} is {stored!r}, the sealed text says {value!r}", line)


def _chain(chain: Sequence[tuple[Closing, Seal]], rows: int) -> Iterator[Fault]:
    """Every link names the one before it; months follow each other, and the versions of a month too."""
    before, versions, last = FIRST, dict[str, int](), ""
    for place, (row, seal) in enumerate(chain, 1):
        if seal.link != place and len(chain) == rows:
            yield _fault(row, f"it is link {seal.link} of the chain, but the {_ordinal(place)} that is there")
        if seal.previous != before:
            yield _fault(row, f"it names {seal.previous[:12]}… as the link before it, which has {before[:12]}…")
        if seal.version != versions.get(seal.period, 0) + 1:
            yield _fault(row, f"version {seal.version} follows version {versions.get(seal.period, 0)}")
        if seal.version == 1:
            if last and seal.period <= last:
                yield _fault(row, f"it was closed after {last}")
            last = seal.period
        before, versions[seal.period] = row.hash, seal.version


def _audit(rows: Sequence[Closing], lines: Sequence[AuditLine]) -> Iterator[Fault]:
    """The audit log has one line for each closing, and says the same."""
    waiting = list(lines)
    for row in rows:
        due = AuditLine(
            at=row.closed_at, who=row.who, action=CLOSE if row.version == 1 else RESTATE, subject=row.period,
            note=row.reason, details=f'{{"hash":"{row.hash}","version":{row.version}}}',
        )  # fmt: skip
        if due in waiting:
            waiting.remove(due)
        else:
            yield _fault(row, "the audit log has no line that says the same")
    for line in waiting:
        words = f"the audit log says {line.who!r} did {line.action!r} at {line.at}, which no closing says"
        yield Fault(period=line.subject, version=None, line=None, message=words)


def _fault(row: Closing | None, message: str, line: int | None = None) -> Fault:
    return Fault(
        period=row.period if row is not None else None, version=row.version if row is not None else None, line=line,
        message=message,
    )  # fmt: skip


def _ordinal(place: int) -> str:
    endings = {1: "st", 2: "nd", 3: "rd"}
    return f"{place}{'th' if place % 100 in (11, 12, 13) else endings.get(place % 10, 'th')}"
