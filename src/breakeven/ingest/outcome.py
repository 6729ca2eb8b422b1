"""What became of records: counts, and every refusal with its place, field and value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from breakeven.facts import Reason


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """One record that was not accepted."""

    row: int
    """1-based place in the file or request."""
    kind: str
    reason: Reason
    field: str | None = None
    value: str | None = None
    """What the field holds, shortened."""
    says: str
    """What is wrong with it."""
    record: str = "null"
    """The record as JSON text, as it was sent."""
    source: str | None = None
    ordinal: int = 0
    """Place in what was committed together."""

    @property
    def message(self) -> str:
        """One clear line: row 17: bad_type in input_tokens: 'abc' is not a whole number."""
        place = f"row {self.row}: {self.reason}" + (f" in {self.field}" if self.field else "")
        return f"{place}: {repr(self.value) + ' ' if self.value is not None else ''}{self.says}"


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the records of a file or a request."""

    accepted: int = 0
    duplicates: int = 0
    """Records that were there already, unchanged."""
    rejected: Mapping[Reason, int] = {}
    refusals: tuple[Refusal, ...] = ()
    """The rejected records, the first ones where there are very many."""
    duplicate_ordinals: Mapping[str, Sequence[int]] = {}
    """Kind → `ordinal` of the duplicates; of one commit only, not of a whole file."""
    version: int = 0
    """Data version that holds them."""

    @property
    def refused(self) -> int:
        """Number of rejected records."""
        return sum(self.rejected.values())

    @property
    def rows(self) -> int:
        """Number of records sent."""
        return self.accepted + self.duplicates + self.refused

    def plus(self, other: Outcome, most_refusals: int) -> Outcome:
        """Both together."""
        reasons = {reason: self.rejected.get(reason, 0) + other.rejected.get(reason, 0)
                   for reason in Reason if reason in self.rejected or reason in other.rejected}  # fmt: skip
        return Outcome(
            accepted=self.accepted + other.accepted,
            duplicates=self.duplicates + other.duplicates,
            rejected=reasons,
            refusals=(self.refusals + other.refusals)[:most_refusals],
            version=max(self.version, other.version),
        )
