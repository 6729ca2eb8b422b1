"""One question of completeness: how much of what there should be is there, what is missing, and how to connect it."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from breakeven.ledger.results import Number, Result

LABELS = {
    "days": "Days with interactions",
    "priced": "Interactions with a known cost",
    "tokens": "Interactions with a token count",
    "project_known": "Interactions of a declared project",
    "invoiced": "Metered cost with an invoice",
    "bills": "Months with a bill of each vendor",
    "converted": "Cost records with an exchange rate",
    "budget": "Budget",
    "outcomes": "Interactions with an outcome",
    "surveys": "Survey answers",
    "incidents": "Incident log",
}


class Check(Result, frozen=True, kw_only=True):
    """One question."""

    name: str
    label: str
    known: Number | None
    """Days, interactions, money, months: how much is there."""
    of: Number | None
    """How much there should be; None: it cannot be said."""
    share: Decimal | None
    """Known ÷ of, 0 to 1; None: unknown, and not counted."""
    missing: str | None = None
    """What is missing, or why the share is unknown."""
    connect: str | None = None
    """What to do about it."""


class Part(Result, frozen=True, kw_only=True):
    """Questions about one side: traffic, cost or benefit."""

    name: str
    share: Decimal | None
    """Mean of the shares that are known; None: none is."""
    checks: tuple[Check, ...]


def check(
    name: str, known: Number | None, of: Number | None, missing: str, connect: str | None = None, *,
    none: str | None = None, label: str | None = None,
) -> Check:  # fmt: skip
    """A question with its share; `missing` and `connect` are said where it is below 1, `none` where `of` is 0."""
    label = label or LABELS[name]
    if known is None or not of:
        said = missing if known is None else none or missing
        return Check(name=name, label=label, known=known, of=of, share=None, missing=said,
                     connect=connect if known is None else None)  # fmt: skip
    share = (Decimal(known) / Decimal(of)).quantize(Decimal("0.0001"))
    whole = known == of
    if not whole:
        share = min(share, Decimal("0.9999"))  # what is missing must not be rounded away
    return Check(name=name, label=label, known=known, of=of, share=share, missing=None if whole else missing,
                 connect=None if whole else connect)  # fmt: skip


def part(name: str, checks: Iterable[Check]) -> Part:
    """Questions of one side, with their mean."""
    made = tuple(checks)
    return Part(name=name, share=mean(one.share for one in made), checks=made)


def mean(shares: Iterable[Decimal | None]) -> Decimal | None:
    """Mean of the shares that are known."""
    known = [share for share in shares if share is not None]
    return (sum(known, Decimal(0)) / len(known)).quantize(Decimal("0.0001")) if known else None
