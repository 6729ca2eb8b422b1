"""Response times of models, minute by minute: those in focus, the others behind them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from breakeven.ledger.operations.live import course_by_model
from breakeven.ledger.operations.registered import releases
from breakeven.period import Grain
from breakeven.views.charting.data import Key, Level, Mark, Series, When
from breakeven.views.charting.lines import lines
from breakeven.views.content import Empty, Panel
from breakeven.views.operations.tiles import TENS
from breakeven.views.operations.watching import (
    Standing,
    asked_scope,
    asked_stretch,
    instant_of,
    name_of,
    standings,
)  # fmt: skip
from breakeven.views.question import Question

P95 = "latency_p95_ms"
SHOWN, FOCUS = 12, 2
"""Models that are drawn, and those of them with a colour."""
CELLS = {"1h": "by minute", "24h": "by hour", "7d": "by hour", "30d": "by day"}


def response_time(question: Question) -> Panel | None:
    """The slowest that need somebody, else the most used, against the objective; releases are marked."""
    asked, scope = asked_stretch(question), asked_scope(question)
    drawn = [one for one in standings(question) if one.now is not None and _slow(one) is not None]
    if not drawn:
        return None
    chosen = _chosen(drawn)
    names = tuple(one.model for one in chosen)
    moment = question.now.second // TENS if asked.grain is Grain.MINUTE else None
    found = question.kept(("p95 of models", names, asked.name, scope, asked.window.end, moment),
                          lambda: course_by_model(question.desk, asked, scope, P95, names))  # fmt: skip
    zone = question.calendar.time_zone
    series = [
        Series(label=name_of(one.model), key=_key(one, place), style="line",
               points=[(_when(period, zone), value) for period, value in found[one.model]])
        for place, one in enumerate(chosen)
    ]  # fmt: skip
    plot = lines(
        list(reversed(series)), unit="ms", show=question.show, title="Response time p95", digits=0,
        levels=_objective(question), marks=_marks(question, names),
    )  # fmt: skip
    others = len(drawn) - len(chosen)
    more = f"; {others} models with fewer calls are not drawn" if others > 0 else ""
    body = plot if plot is not None else Empty(title="No response time", text="No interaction says how long it took.")
    return Panel(id="response-time", title="Response time p95", body=body,
                 sub=f"{asked.length.words.capitalize()}, {CELLS[asked.name]}, times in UTC{more}")  # fmt: skip


def _slow(one: Standing) -> object:
    said = one.now.figures.get(P95) if one.now is not None else None
    return None if said is None else said.value


def _chosen(drawn: Sequence[Standing]) -> list[Standing]:
    """Those in focus first: what needs somebody, then the most used."""
    by_calls = sorted(drawn, key=_calls, reverse=True)
    worried = [one for one in drawn if one.health.status in ("red", "yellow")]
    focus = list({one.model: one for one in (*worried, *by_calls)}.values())[:FOCUS]
    rest = [one for one in by_calls if one not in focus]
    return [*focus, *rest[: SHOWN - len(focus)]]


def _calls(one: Standing) -> float:
    return float((one.now.figures["interactions"].value if one.now is not None else 0) or 0)


def _key(one: Standing, place: int) -> Key:
    if place >= FOCUS:
        return "peer"
    return "red" if one.health.status == "red" else "value" if place == 0 else "value-weak"


def _when(period: str, zone: str) -> When:
    return instant_of(period, zone) if "T" in period else date.fromisoformat(period)


def _objective(question: Question) -> tuple[Level, ...]:
    target = next((one for one in question.workspace.targets if one.metric == P95 and one.at_most is not None), None)
    if target is None or target.at_most is None:
        return ()
    return (Level(value=target.at_most, words=f"Objective {question.show.quantity(target.at_most, 'ms', 0)}"),)


def _marks(question: Question, models: Sequence[str | None]) -> list[Mark]:
    asked = asked_stretch(question)
    return [
        Mark(on=one.at, words=f"{one.model} {one.version or ''} deployed".replace("  ", " "))
        for one in releases(question.desk, question.projects)
        if asked.window.start <= one.at <= question.now and one.status != "failed"
        and (one.model in models or question.filters.model == "")
    ]  # fmt: skip
