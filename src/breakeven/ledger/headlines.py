"""Another headline rule: the same facts, and another answer to what of them counts.

What is claimed, and its grades, stay. Closed months keep their sealed amounts, grades and realisations and are counted
by the rule that is asked for, so that a statement over closed and open months has one rule.
"""

from __future__ import annotations

from typing import get_args

import msgspec

from breakeven.errors import UnknownName
from breakeven.ledger.cache import Apart
from breakeven.ledger.desk import Desk
from breakeven.ledger.measuring.measures import Reading
from breakeven.ledger.proof.evidence import MEASURED
from breakeven.workspace.definitions import Grade, Headline, Realisation

NAMED = {"all": Headline(), "measured": Headline(grades=MEASURED)}
"""Rules with a name; others list what counts: A,B or A,B,cash."""


def headline_of(text: str) -> Headline | None:
    """The rule that a person means; None: the workspace's. Raises UnknownName."""
    word = text.strip().lower()
    if not word:
        return None
    if word in NAMED:
        return NAMED[word]
    grades, realisations = list[Grade](), list[Realisation]()
    for part in word.split(","):
        name = part.strip()
        grade = next((one for one in get_args(Grade) if one.lower() == name), None)
        realisation = next((one for one in get_args(Realisation) if one == name), None)
        if grade is not None:
            grades.append(grade)
        elif realisation is not None:
            realisations.append(realisation)
        else:
            raise UnknownName("headline rule", part.strip(), (*NAMED, *get_args(Grade), *get_args(Realisation)))
    return Headline(
        grades=tuple(one for one in get_args(Grade) if one in grades) or get_args(Grade),
        realisations=tuple(one for one in get_args(Realisation) if one in realisations) or get_args(Realisation),
    )


def with_headline(desk: Desk, rule: Headline | None) -> Desk:
    """The desk itself, or one over the same facts that counts by another rule; its answers are kept apart."""
    if rule is None or rule == desk.workspace.headline:
        return desk
    reading = desk.reading
    workspace = msgspec.structs.replace(reading.workspace, headline=rule)
    cache = reading.cache.get(("headline", rule), None, lambda: Apart(reading.cache))
    other = Reading(reading.moment, workspace, cache, reading.now, reading.as_of, reading.rates_of)
    return Desk(other, desk.evaluator, desk.state, sealed=desk.sealed, recounted=True)
