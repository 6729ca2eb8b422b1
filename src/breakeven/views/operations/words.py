"""What stands out, in words: the page's finding, a model's concerns, what a release changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

from breakeven.ledger.operations.health import Concern
from breakeven.ledger.operations.live import CSAT, PER_HOUR, Figures
from breakeven.ledger.operations.releases import Effect
from breakeven.ledger.results import Status
from breakeven.views.comparison import change
from breakeven.views.content import Cell
from breakeven.views.format import MINUS, UNKNOWN, count_word
from breakeven.views.operations.watching import Standing, name_of, now_running
from breakeven.views.question import Question

STATUS: dict[Status, str] = {"green": "Healthy", "yellow": "Watch", "red": "Failing", "grey": "Idle"}
TOO_MUCH = {"latency_p95_ms": "slow", "latency_p50_ms": "slow", "error_rate": "failing often", "accuracy": "drifting",
            "cost_per_prediction": "costly", "cost_per_successful_outcome": "costly", "incident": "in an open incident",
            "conversion_rate": "converting little", "resolution_rate": "resolving little",
            "revenue_per_interaction": "earning little"}  # fmt: skip
"""Concern → what the model is."""
UNITS = {"latency_p95_ms": ("ms", 0), "latency_p50_ms": ("ms", 0), "error_rate": ("%", 2), "accuracy": ("1", 3),
         "cost_per_prediction": ("money", 4), "cost_per_successful_outcome": ("money", 4), CSAT: ("1", 2),
         "interactions": ("interaction", 0), "ai_cost": ("money", 2)}  # fmt: skip
LABELS = {"latency_p95_ms": "p95", "error_rate": "error rate", "accuracy": "accuracy", CSAT: "CSAT",
          "cost_per_prediction": "cost per call", "cost_per_successful_outcome": "cost per outcome"}  # fmt: skip
RECENT = timedelta(days=14)
"""A release in this time may be why a model is not as it was."""
NAMED = 2


def finding(question: Question, found: Sequence[Standing]) -> str:
    """The page's sentence."""
    bad = [one for one in found if one.health.status == "red"]
    watched = [one for one in found if one.health.status == "yellow"]
    known = [one for one in found if one.health.status != "grey"]
    if not found:
        return "No model has run yet."
    if not known:
        return f"None of the {count_word(len(found))} models ran."
    if bad:
        if len(bad) > NAMED:
            first = name_of(bad[0].model)
            return f"{count_word(len(bad)).capitalize()} of {len(found)} models need action, {first} first."
        names = " and ".join(name_of(one.model) for one in bad)
        if len(bad) == 1:
            return f"{names} needs action: {_is(bad[0])}{_since(question, bad[0])}."
        return f"{names} need action."
    if watched:
        names = " and ".join(name_of(one.model) for one in watched[:NAMED])
        if len(watched) > NAMED:
            return f"{count_word(len(watched)).capitalize()} of {len(found)} models need watching; none is failing."
        return f"{names} {'needs' if len(watched) == 1 else 'need'} watching; no model is failing."
    now = now_running(question).total
    rate, slow = number(now, PER_HOUR), number(now, "latency_p95_ms")
    if not rate:
        whom = name_of(known[0].model) if len(known) == 1 else f"any of {count_word(len(known))} models"
        return f"No call came in; nothing else speaks against {whom}."
    told = [f"{question.show.plain(rate, 0 if rate >= 10 else 1)} predictions an hour"]
    if slow is not None:
        told.append(f"p95 {question.show.quantity(slow, 'ms', 0)}")
    who = f"{name_of(known[0].model)} is" if len(known) == 1 else f"All {count_word(len(known))} models are"
    return f"{who} healthy: {', '.join(told)}."


def _is(one: Standing) -> str:
    words = dict.fromkeys(TOO_MUCH.get(concern.figure, concern.figure) for concern in one.health.concerns)
    return " and ".join(list(words)[:2])


def _since(question: Question, one: Standing) -> str:
    """The release that a change may come from: only where the model was not like that before."""
    releases = one.registered.releases if one.registered is not None else ()
    last = next((release for release in releases if release.status != "failed" and release.at <= question.now), None)
    unlike = any(concern.rule in ("usual", "baseline") for concern in one.health.concerns)
    if last is None or not unlike or question.now - last.at > RECENT:
        return ""
    return f" since {f'version {last.version}' if last.version else 'its last release'}"


def exception(found: Sequence[Standing], missed: Sequence[str]) -> str:
    """How many stand how where not all are well, and the goals that are missed."""
    numbers = {status: sum(one.health.status == status for one in found) for status in STATUS}
    parts = []
    if numbers["red"] or numbers["yellow"]:
        verb = "is" if numbers["green"] == 1 else "are"
        parts.append(f"{numbers['green']} of {len(found)} {'model' if len(found) == 1 else 'models'} {verb} healthy")
        if numbers["yellow"]:
            parts.append(f"{numbers['yellow']} {'needs' if numbers['yellow'] == 1 else 'need'} watching")
    quiet = sum(one.now is None for one in found)
    if quiet:
        parts.append(f"{count_word(quiet)} had no call")
    said = f"{', '.join(parts)}.".capitalize() if parts else ""
    if missed:
        goals = "goal of the last 30 days is" if len(missed) == 1 else "goals of the last 30 days are"
        said += f" {count_word(len(missed)).capitalize()} quality {goals} missed: {', '.join(missed)}."
    return said.strip()


def chips(found: Sequence[Standing]) -> tuple[tuple[Status, str], ...]:
    """Models by status, the good ones first."""
    numbers = {status: sum(one.health.status == status for one in found) for status in STATUS}
    return tuple((status, f"{number} {STATUS[status].lower()}") for status, number in numbers.items() if number)


def concern_words(question: Question, one: Concern) -> str:
    """p95 1,840 ms, usually 690 ms."""
    if one.rule == "incident":
        return "an incident is open"
    unit, digits = UNITS.get(one.figure, ("1", 2))
    value, limit = (question.show.quantity(number, unit, digits) for number in (one.value, one.limit))
    known = question.catalogue.get(one.figure)
    label = LABELS.get(one.figure) or (known.label.lower() if known is not None else one.figure)
    against = {"target": "goal", "usual": "usually", "baseline": "baseline"}[one.rule]
    return f"{label} {value}, {against} {limit}"


def moved_words(question: Question, effect: Effect) -> str:
    """What a release changed most: −8% cost per call."""
    if effect.length is None:
        return "Too early" if effect.verdict == "too_early" else UNKNOWN
    if effect.verdict == "no_data":
        return "Nothing to compare"
    if not effect.moved:
        return "No clear change"
    return ", ".join(_moved(question, effect, name) for name in effect.moved[:2])


def _moved(question: Question, effect: Effect, name: str) -> str:
    unit, digits = UNITS[name]
    after, before = number(effect.after, name), number(effect.before, name)
    moved = change(after, before, unit=unit, digits=digits, direction="neutral", show=question.show, words="")
    sign = {"up": "+", "down": MINUS}.get(moved.arrow, "") if moved is not None else ""
    return f"{sign}{moved.value if moved is not None else UNKNOWN} {LABELS[name]}"


def number(figures: Figures, name: str) -> Decimal | None:
    """A value among others; None: not known."""
    said = figures.get(name)
    return None if said is None or said.value is None else Decimal(str(said.value))


def cell(question: Question, figures: Figures, name: str, *, strong: bool = False, tone: str | None = None) -> Cell:
    """A value as a cell; what is unknown with its reason."""
    unit, digits = UNITS.get(name, ("1", 0))
    said = figures.get(name)
    value = None if said is None else said.value
    if value is None:
        return Cell(text=UNKNOWN, help=_short(said.reason if said is not None else None))
    shown = question.show.quantity(value, unit, digits)
    partly = told(said.reason) if said is not None and said.reason else ""
    return Cell(text=str(shown), order=Decimal(str(value)), strong=strong, help=partly,
                tone="bad" if tone == "bad" else None)  # fmt: skip


def _short(reason: str | None) -> str:
    return told(reason) if reason else "not measured"


def told(reason: str) -> str:
    """A reason of the ledger's, in which the only cell of a stretch is called `all`."""
    return reason.replace(" in all:", " in this time:").replace("all lies", "this time lies")
