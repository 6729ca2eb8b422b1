"""Reasons in the words of a reader: the ledger names figures and projects as files do, reports as people do."""

from __future__ import annotations

import re
from datetime import date

from breakeven.views.question import Question

_DIVISOR = re.compile(r"\bdivisor ([a-z]\w*) is 0\b")
_NAME = re.compile(r"(?<![\w.-])[a-z][a-z0-9]*(?:[_-][a-z0-9]+)+(?![\w-])")
_DAY = re.compile(r"(?<![\w-])(\d{4})-(\d\d)-(\d\d)(?![\w-])")
_COUNT = re.compile(r"(?<![\w.,:/-])\d{4,}(?![\w.,:/-]|\.\d)")


def plainly(question: Question, text: str) -> str:
    """A reason with labels for names, days and large numbers as they are written elsewhere.

    Only what cannot be a word is taken for a name: it has an underscore or a hyphen inside.
    """
    show = question.show

    def label(name: str) -> str:
        if name in question.workspace.projects:
            return question.name_of(name)
        stated = question.workspace.assumptions.get(name)
        known = question.catalogue.get(name)
        found = stated.label if stated is not None else known.label if known is not None else ""
        if "," in found:
            return f"“{found}”"
        return found[:1].lower() + found[1:] if found[1:2].islower() else found or name

    def day(found: re.Match[str]) -> str:
        try:
            return show.day(date(*map(int, found.groups())))
        except ValueError:
            return found[0]

    text = _DIVISOR.sub(lambda found: f"no {label(found[1])}", text)
    text = _NAME.sub(lambda found: label(found[0]), text)
    text = _DAY.sub(day, text)
    return _COUNT.sub(lambda found: found[0] if _year(found[0]) else show.plain(int(found[0])), text)


def _year(text: str) -> bool:
    return len(text) == 4 and text.startswith(("19", "20"))
