"""The tree of an explanation as it is shown: values as people read them, who answers for them, and links to records."""

from __future__ import annotations

import re
from datetime import date
from typing import Literal

import msgspec

from breakeven.ledger.results import Behind, Explanation
from breakeven.views.explaining.asked import asking
from breakeven.views.format import Shown, exact_text
from breakeven.views.question import Question
from breakeven.views.records_links import records_link
from breakeven.views.standing import GRADES
from breakeven.views.tiles import SIGNED
from breakeven.workspace.definitions import Workspace

OPEN = 3
"""Levels of the tree that are unfolded at first."""
_NAME = re.compile(r"[a-z_][a-z0-9_]*", re.IGNORECASE)
_FIGURE = re.compile(r"\b[a-z]+(?:_[a-z0-9]+)+\b")
_LONG = re.compile(r"(?<![\d.,-])\d{5,}(?![\d-])")
_GUARD = re.compile(r"CASE WHEN (.+?) THEN (.+) END")
_BRANCH = re.compile(r"if .+? then (.+), else \? = (.+)")
_FUNCTIONS = {"sum_known": "what is known of ", "greatest": "max", "least": "min", "coalesce": "first known of "}
_SIGNS = {" * ": " × ", " / ": " ÷ ", " - ": " − ", ">=": "≥", "<=": "≤", "<>": "≠"}


class FactsLink(msgspec.Struct, frozen=True, kw_only=True):
    """Where the facts behind a leaf are listed."""

    text: str
    """4,936 cost records."""
    href: str
    note: str


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """One figure of the tree."""

    label: str
    where: str
    """Month and project, where they are not those of the whole."""
    value: Shown
    exact: str
    """The number with all its digits, as the API has it."""
    formula: str
    """With labels in place of names."""
    written: str
    """As the methodology has it."""
    sentence: str
    reason: str
    """Why it is unknown, or what it does not include."""
    grade: Literal["measured", "estimated", "assumed"] | None
    letter: str
    facts: tuple[str, ...]
    """Source, owner, range and day of review, in words."""
    note: str
    records: tuple[FactsLink, ...]
    explain: str
    """What asks for this figure by itself; empty: it is the one that is asked for."""
    unfolded: bool
    inputs: tuple[Node, ...]
    parts: tuple[Node, ...]
    parts_title: str
    """By project, By month."""
    rest: str
    """What the further parts are: and 3 more, $12,300.00."""


class Nodes:
    """Makes the nodes of one tree."""

    def __init__(self, question: Question) -> None:
        self._question, self._show, self._workspace = question, question.show, question.workspace
        self._labels = labels(question.workspace, question)

    def root(self, one: Explanation) -> Node:
        """The whole tree."""
        return self._node(one, one, 0)

    def _node(self, one: Explanation, above: Explanation, depth: int, *, part: bool = False) -> Node:
        one, also = self._same(one)
        return Node(
            label=one.label, where=self._where(one, above), value=self.value(one),
            exact="" if one.value is None else exact_text(one.value),
            formula=also + self._formula(one), written=one.formula or "", sentence=plain_sentence(one.sentence or ""),
            reason=self._reason(one, above), grade=GRADES.get(one.evidence or ""),  # type: ignore[arg-type]
            letter=one.evidence or "", facts=self._facts(one), note=_note(one),
            records=tuple(self._records(one, facts) for facts in one.behind if facts.records),
            explain=asking(self._question, one) if one is not above else "",
            unfolded=depth < OPEN and not part,
            inputs=tuple(self._node(inner, one, depth + 1) for inner in one.inputs),
            parts=tuple(self._node(inner, one, depth + 1, part=True) for inner in one.parts),
            parts_title=_title(one), rest=self._rest(one),
        )  # fmt: skip

    def _same(self, one: Explanation) -> tuple[Explanation, str]:
        """A formula that only names another figure is no level of its own: that one's, and what it is called."""
        words = ""
        while len(one.inputs) == 1 and one.formula == one.inputs[0].name and one.value == one.inputs[0].value:
            inner = one.inputs[0]
            words += f"{inner.label} = " if inner.formula else inner.label
            one = msgspec.structs.replace(inner, name=one.name, label=one.label, kind=one.kind)
        return one, words

    def _reason(self, one: Explanation, above: Explanation) -> str:
        """Said where it arises, and of the whole."""
        if one is not above and one.value is not None and any(inner.reason for inner in one.inputs):
            return ""
        return in_words(one.reason or "", self._labels)

    def value(self, one: Explanation) -> Shown:
        """The value for reading closely."""
        if one.name in SIGNED:
            return Shown(self._show.percent(one.value, 2, signed=True))
        return self._show.exact_quantity(one.value, one.unit)

    def _where(self, one: Explanation, above: Explanation) -> str:
        parts = []
        if one.project is not None and one.project != above.project:
            parts.append(self._question.name_of(one.project))
        if (one.start, one.end) != (above.start, above.end):
            parts.append(self._time(one))
        return ", ".join(parts)

    def _time(self, one: Explanation) -> str:
        if one.start is not None and (one.period or "") == f"{one.start:%Y-%m}":
            return self._show.month_short(one.start)
        return one.period or ""

    def _formula(self, one: Explanation) -> str:
        return readable(one.formula, self._labels) if one.formula else ""

    def _facts(self, one: Explanation) -> tuple[str, ...]:
        found = [one.source or "", f"owner {one.owner}" if one.owner else ""]
        if one.low is not None and one.high is not None:
            low, high = (self._show.exact_quantity(end, one.unit) for end in (one.low, one.high))
            found.append(f"range {low.text} to {high.text}")
        if one.since is not None and one.since.year > 1970:
            found.append(f"since {self._show.day(one.since)}")
        if one.review_by is not None:
            late = "review was due on" if one.review_by <= self._today else "review by"
            found.append(f"{late} {self._show.day(one.review_by)}")
        return tuple(words for words in found if words)

    @property
    def _today(self) -> date:
        return self._question.desk.reading.today

    def _records(self, one: Explanation, facts: Behind) -> FactsLink:
        window = (one.start, one.end)
        project = None if facts.shared else one.project
        href = records_link(
            self._question, facts.kind, window=None if None in window else window,  # type: ignore[arg-type]
            measure=facts.measure or "", line=facts.line or "", figure=asking(self._question, one),
            everyone=facts.shared, **({"project": project} if project else {}), **facts.where,
        )  # fmt: skip
        number = self._show.plain(facts.records)
        words = facts.label.lower() if facts.label.endswith("records") else facts.label
        said = f"{number} {words.removesuffix('s') if facts.records == 1 else words}"
        if not facts.label.endswith("records"):
            said = f"{facts.label}: {number} {'record' if facts.records == 1 else 'records'}"
        together = "" if facts.amount is None else f"{self._show.full_money(facts.amount)} together"
        return FactsLink(text=said, href=href, note="; ".join(part for part in (together, facts.note) if part))

    def _rest(self, one: Explanation) -> str:
        if not one.more:
            return ""
        rest = self._show.exact_quantity(one.rest, one.unit)
        return f"and {one.more} more: {rest}"


def _title(one: Explanation) -> str:
    if not one.parts:
        return ""
    return "By month" if one.parts[0].start != one.start or one.parts[0].end != one.end else "By project"


def labels(workspace: Workspace, question: Question) -> dict[str, str]:
    """Name → label of everything that a formula may name."""
    found = {name: figure.label for name, figure in question.catalogue.items()}
    return found | {name: assumption.label or name for name, assumption in workspace.assumptions.items()}


def in_words(reason: str, known: dict[str, str]) -> str:
    """A reason with labels in place of names, and numbers in groups."""
    text = _FIGURE.sub(lambda found: known.get(found[0], found[0]), reason)
    return _LONG.sub(lambda found: f"{int(found[0]):,}", text)


def plain_sentence(text: str) -> str:
    """A sentence without the branch that was not taken."""
    found = _BRANCH.fullmatch(text)
    return f"{found[1]} = {found[2]}" if found else text


def _note(one: Explanation) -> str:
    """What is to be said of a value; of how many parts it is the sum stands over these."""
    parts = (one.note or "").split("; ")
    return "; ".join(part for part in parts if not (one.parts and part.startswith("sum of ")))


def readable(formula: str, known: dict[str, str]) -> str:
    """A formula with labels in place of names, and signs as they are printed."""
    text = " ".join(formula.split())
    guarded = _GUARD.fullmatch(text)
    if guarded is not None and "CASE" not in guarded[2] and " ELSE " not in text:
        then = guarded[2][1:-1] if _whole(guarded[2]) else guarded[2]
        text = f"{then}, where {guarded[1]}"
    for sign, shown in _SIGNS.items():
        text = text.replace(sign, shown)
    text = (
        text.replace("sum_known(", "sum of what is known of (").replace("greatest(", "max(").replace("least(", "min(")
    )
    return _NAME.sub(lambda found: _lower(known.get(found[0], found[0])), text)


def _whole(text: str) -> bool:
    """Whether one pair of brackets is around all of a text."""
    depth = 0
    for place, sign in enumerate(text):
        depth += (sign == "(") - (sign == ")")
        if depth == 0 and place < len(text) - 1:
            return False
    return text.startswith("(")


def _lower(label: str) -> str:
    return label[:1].lower() + label[1:] if label[1:2].islower() else label
