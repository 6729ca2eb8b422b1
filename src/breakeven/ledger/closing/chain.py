"""The sealed text of a closed month: its canonical form, its hash, and the chain of hashes.

docs/methodology.md, "The sealed text", is the description that an auditor works from. In short: UTF-8 lines, a header
in fixed order, body lines of fields separated by `|` and sorted, and a last line with a digest of each line before it.
The hash of a closing is the SHA-256 of the text, and the text names the hash of the closing before it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from urllib.parse import unquote

from breakeven.ledger.results import Result

FORM = "breakeven closing 1"
"""First line of the text: what it is, and the number of its form."""
HEADER = (
    "month", "version", "link", "closed_at", "closed_by", "reason", "forced", "currency", "time_zone", "methodology",
    "data_version", "previous",
)  # fmt: skip
"""Lines `name: value` after the first line, in this order."""
KINDS: Mapping[str, tuple[str, ...]] = {
    "check": ("name", "words"),
    "claimed": ("project", "category", "amount"),
    "entry": ("project", "side", "category", "amount", "counted", "grade", "realisation", "parts", "state", "records",
              "provenance", "reason"),
    "figure": ("project", "name", "amount"),
    "formula": ("name", "section", "unit", "text"),
    "input": ("project", "name", "amount"),
    "note": ("project", "name", "words"),
    "unseen": ("project", "measure", "missing", "of", "words"),
}  # fmt: skip
"""First field of a body line → the fields after it."""
DIGESTS = "digests:"
"""How the last line begins."""
DIGITS = 4
"""Hex digits of a line's digest."""

Fields = tuple[str, ...]


class Seal(Result, frozen=True, kw_only=True):
    """Who closed a month, when, from what, and its place in the chain."""

    month: date
    """First day."""
    version: int
    """1 by closing, more by restating."""
    link: int
    """Place in the chain of all closings, from 1."""
    closed_at: datetime
    closed_by: str
    reason: str
    """Why it was restated, or closed although checks failed."""
    forced: bool
    """Whether checks failed; the text names them."""
    currency: str
    time_zone: str
    methodology: str
    data_version: int
    previous: str
    """Hash of the closing before it."""

    @property
    def period(self) -> str:
        """The month's name."""
        return f"{self.month:%Y-%m}"


class Sealed(Result, frozen=True, kw_only=True):
    """A sealed text that was read."""

    seal: Seal
    lines: Mapping[str, tuple[Fields, ...]]
    """Kind → its lines, each as fields."""


class Malformed(ValueError):
    """A text that does not have the form; `line` counts from 1."""

    def __init__(self, line: int, words: str) -> None:
        self.line, self.words = line, words
        super().__init__(f"line {line}: {words}")


def sha256(text: str) -> str:
    """Hash of a sealed text."""
    return hashlib.sha256(text.encode()).hexdigest()


def digest(line: str) -> str:
    """Short digest of one line, by which a changed line is found."""
    return sha256(line)[:DIGITS]


def write(seal: Seal, lines: Iterable[tuple[str, Sequence[str]]]) -> str:
    """The canonical text; `lines` are kinds with their fields, in any order."""
    header = _header(seal)
    body = sorted("|".join((kind, *map(escaped, fields))) for kind, fields in lines)
    above = [FORM, *(f"{name}: {escaped(header[name])}" for name in HEADER), *body]
    return "\n".join([*above, " ".join((DIGESTS, *map(digest, above)))]) + "\n"


def read(text: str) -> Sealed:
    """A sealed text taken apart. Raises Malformed, with the line, for any text that `write` would not have written."""
    rows = text.split("\n")
    if len(rows) < len(HEADER) + 3 or rows[-1] or rows[0] != FORM:
        raise Malformed(1 if rows[0] != FORM else len(rows), f"not a text of the form {FORM!r}")
    seal = read_seal(rows)
    lines: dict[str, list[Fields]] = {kind: [] for kind in KINDS}
    body = rows[1 + len(HEADER) : -2]
    for place, row in enumerate(body, 2 + len(HEADER)):
        kind, *fields = row.split("|")
        if kind not in KINDS or len(fields) != len(KINDS[kind]):
            raise Malformed(place, "not a line of the form")
        lines[kind].append(tuple(map(plain, fields)) if "%" in row else tuple(fields))
        if place > 2 + len(HEADER) and row <= body[place - 3 - len(HEADER)]:
            raise Malformed(place, "out of order")
    return Sealed(seal=seal, lines={kind: tuple(found) for kind, found in lines.items()})


def read_seal(rows: Sequence[str]) -> Seal:
    """The header of a text's lines. Raises Malformed."""
    found = {}
    for place, name in enumerate(HEADER, 1):
        begin = f"{name}: "
        if not rows[place].startswith(begin):
            raise Malformed(place + 1, f"does not begin with {begin!r}")
        found[name] = plain(rows[place].removeprefix(begin))
    try:
        seal = Seal(
            month=date.fromisoformat(f"{found['month']}-01"), version=int(found["version"]), link=int(found["link"]),
            closed_at=datetime.fromisoformat(found["closed_at"]), closed_by=found["closed_by"],
            reason=found["reason"], forced=found["forced"] == "yes", currency=found["currency"],
            time_zone=found["time_zone"], methodology=found["methodology"], data_version=int(found["data_version"]),
            previous=found["previous"],
        )  # fmt: skip
    except ValueError as error:
        raise Malformed(2, f"the header cannot be read: {error}") from error
    written = _header(seal)
    for place, name in enumerate(HEADER, 2):
        if written[name] != found[name]:
            raise Malformed(place, f"{name} is not spelt as in a sealed text")
    return seal


def altered_lines(text: str) -> list[int]:
    """Numbers (from 1) of the lines that do not have the digest the last line gives them."""
    rows = text.split("\n")
    last = max((place for place, row in enumerate(rows) if row.startswith(DIGESTS)), default=None)
    if last is None:
        return [len(rows)]
    given, found = rows[last].split(" ")[1:], [digest(row) for row in rows[:last]]
    wrong = [place for place, (one, other) in enumerate(zip(found, given, strict=False), 1) if one != other]
    if len(given) != len(found):
        # A line was added or taken out: everything after it is moved, so the first one says where.
        return [*wrong[:1], last + 1] if wrong else [min(len(given), len(found)) + 1]
    trailing = [last + 2] if rows[last + 1 :] != [""] else []
    return [*wrong, *trailing]


def escaped(text: str) -> str:
    """A field: `%`, `|` and control characters percent-encoded, so that lines and fields stay apart."""
    if text.isascii() and text.isprintable() and "%" not in text and "|" not in text:
        return text
    return "".join(f"%{ord(sign):02X}" if ord(sign) < 32 or ord(sign) == 127 or sign in "%|" else sign for sign in text)


def plain(field: str) -> str:
    """A field as it was before `escaped`."""
    return unquote(field, errors="strict")


def amount_text(amount: Decimal | None) -> str:
    """A number in plain decimals without needless zeros; empty where it is unknown."""
    if amount is None:
        return ""
    text = f"{amount:f}"
    short = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if short in ("-0", "") else short


def amount(text: str) -> Decimal | None:
    """The number of a field."""
    return Decimal(text) if text else None


def _header(seal: Seal) -> dict[str, str]:
    return {
        "month": seal.period, "version": str(seal.version), "link": str(seal.link),
        "closed_at": seal.closed_at.isoformat(), "closed_by": seal.closed_by, "reason": seal.reason,
        "forced": "yes" if seal.forced else "no", "currency": seal.currency, "time_zone": seal.time_zone,
        "methodology": seal.methodology, "data_version": str(seal.data_version), "previous": seal.previous,
    }  # fmt: skip
