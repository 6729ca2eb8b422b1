"""What an explanation was made with, and the command that gives it again."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

import msgspec

from breakeven.ledger.closing.late import after_close
from breakeven.ledger.desk import Desk
from breakeven.ledger.proof.headline import rule_words
from breakeven.ledger.results import AfterClose
from breakeven.ledger.scope import scope_of
from breakeven.views.explaining.asked import BETWEEN, Figured
from breakeven.views.question import Question


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """A name and its value."""

    label: str
    value: str
    mono: bool = False


def method(question: Question, asked: Figured) -> tuple[Fact, ...]:
    """Versions, the moment, and every choice that the answer depends on."""
    return tuple(_method(question, asked))


def _method(question: Question, asked: Figured) -> Iterator[Fact]:
    desk, filters, show = question.desk, question.filters, question.show
    yield Fact(label="Methodology", value=question.workspace.methodology.version, mono=True)
    yield Fact(label="Data version", value=str(desk.reading.moment.versions.data))
    yield Fact(label="As of", value=_moment(question) if filters.as_of else "now, with all that is recorded")
    yield Fact(label="Headline", value=rule_words(question.workspace.headline))
    chosen = [("category", filters.category), ("project", ", ".join(filters.project)), ("rates of", filters.constant)]
    words = ", ".join(f"{name} {value}" for name, value in chosen if value)
    yield Fact(label="Filters", value=words or "none")
    if show.currency != question.workspace.currency:
        yield Fact(label="Shown in", value=f"{show.currency}; the ledger counts in {question.workspace.currency}")
    yield Fact(label="Answered", value=_moment(question))
    yield Fact(label="Reproduce", value=command(question, asked), mono=True)


def _moment(question: Question) -> str:
    return question.show.moment(question.now)


def command(question: Question, asked: Figured) -> str:
    """What gives the same on the command line."""
    filters, words = question.filters, ["breakeven", "explain", *_figure(question, asked)]
    projects = (asked.projects,) if isinstance(asked.projects, str) else asked.projects or ()
    for project in projects:
        words += ["--project", project]
    for option, value in (("--as-of", filters.as_of), ("--constant-currency", filters.constant),
                          ("--headline", filters.headline)):  # fmt: skip
        words += [option, value] if value else []
    return shlex.join(words)


def _figure(question: Question, asked: Figured) -> tuple[str, str, str]:
    """The figure and its period; a stretch that has no name stands in the figure's own text."""
    first, to, last = asked.period.name.partition(" to ")
    if to:
        return f"{asked.name}:{first}{BETWEEN}{last}", "--period", question.period.name
    return asked.name, "--period", asked.period.name


def remarks(question: Question, asked: Figured) -> tuple[str, ...]:
    """Closed and restated months of the period, and what came after their close."""
    desk, period = question.desk, asked.period
    if not desk.sealed or not desk.frozen:
        return ()
    seals = [one.seal for one in desk.frozen.within(period.start, period.end)]
    if not seals:
        return ()
    again = [seal.period for seal in seals if seal.version > 1]
    listed = ", ".join(seal.period for seal in seals) if len(seals) <= 3 else f"{seals[0].period} to {seals[-1].period}"
    found = [f"{len(seals)} {'month is' if len(seals) == 1 else 'months are'} closed: {listed}"]
    if again:
        found.append(f"restated: {', '.join(again)}")
    late = question.kept(("after close", period.start, period.end, asked.projects), lambda: _late(desk, asked))
    return (*found, *_late_words(question, late))


def _late(desk: Desk, asked: Figured) -> tuple[AfterClose, ...]:
    return after_close(desk, asked.period.start, asked.period.end, scope_of(desk, asked.projects))


def _late_words(question: Question, late: tuple[AfterClose, ...]) -> Iterator[str]:
    """What is not in the figure because its month was closed before it came."""
    show = question.show
    for one in late:
        records = sum(of.added + of.corrected for of in one.late)
        came = "is another one today"
        if records:
            came = f"{records:,} {'record' if records == 1 else 'records'} came after"
        changes = (("value", one.value), ("cost", one.cost))
        sides = [f"{show.money(change, signed=True)} {side}" for side, change in changes if change]
        said = ", and changed no amount"
        if sides:
            said = f": today it would have {' and '.join(sides)}; not in this number"
        yield f"{one.period} {came}{said}"
