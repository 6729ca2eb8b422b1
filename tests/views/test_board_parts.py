"""What is compared, what tiles, notes, sources and projects say: cases as data."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from breakeven.ledger.arriving.pauses import Limits, Pauses
from breakeven.ledger.cases.notes import Note
from breakeven.ledger.catalogue import Figure
from breakeven.ledger.results import Entry, Freshness, TargetStatus
from breakeven.period import Calendar
from breakeven.views.comparison import change, comparison
from breakeven.views.format import Display, Shown
from breakeven.views.notes import panels
from breakeven.views.sources import sources
from breakeven.views.standing import Evidence, evidence, known_by, mix
from breakeven.views.tiles import Answers, Point, interval, judged, tile
from breakeven.workspace.definitions import FigureRef

NOW = datetime(2026, 11, 22, 14, tzinfo=UTC)
CALENDAR = Calendar()
OPEN = date(2026, 11, 1)
SHOW = Display(currency="USD")


@pytest.mark.parametrize(
    ("period", "first", "words"),
    [
        ("ytd", date(2025, 6, 1), "Aug–Oct against May–Jul"),
        ("ytd", date(2026, 5, 1), "Aug–Oct against May–Jul"),
        ("ytd", date(2026, 6, 1), "Oct against Sep"),
        ("ytd", date(2026, 10, 1), None),
        ("ytd", None, None),
        ("2026-11", date(2025, 6, 1), "Aug–Oct against May–Jul"),
        ("2026-Q3", date(2025, 6, 1), "against Q2 2026"),
        ("2026-09", date(2025, 6, 1), "against August 2026"),
        ("2025", date(2025, 6, 1), None),
        ("2025-Q3", date(2025, 6, 1), None),
    ],
)
def test_only_complete_months_with_records_are_compared(period: str, first: date | None, words: str | None) -> None:
    found = comparison(CALENDAR.parse(period, NOW), CALENDAR, OPEN, first)
    assert (found.words if found else None) == words
    if found is not None:
        assert found.current.end <= OPEN
        assert first is not None
        assert found.previous.start >= first


@pytest.mark.parametrize(
    ("now", "before", "unit", "digits", "direction", "said"),
    [
        (118, 100, "hour", 0, "up", ("up", "good", "18%")),
        (Decimal(90), Decimal(100), "money", 2, "down", ("down", "good", "10%")),
        (Decimal(110), Decimal(100), "money", 2, "down", ("up", "bad", "10%")),
        (14, 11, "model", 0, "up", ("up", "good", "3")),
        (11, 11, "model", 0, "up", ("flat", "flat", "Same")),
        (94.84, 95.01, "%", 1, "up", ("down", "bad", "0.2 pp")),
        (Decimal(5000), Decimal(-5000), "money", 2, "up", ("up", "good", "$10k")),
        (Decimal(50000), Decimal(1), "money", 2, "up", ("up", "good", "$50k")),
        (200, 100, "hour", 0, "neutral", ("up", "flat", "100%")),
    ],
)
def test_a_change_is_judged_by_the_direction(
    now: Any, before: Any, unit: str, digits: int, direction: str, said: tuple[str, str, str]
) -> None:
    found = change(now, before, unit=unit, digits=digits, direction=direction, currency="USD", words="w")
    assert found is not None
    assert (found.arrow, found.tone, found.value) == said


def test_a_change_from_the_unknown_is_unknown() -> None:
    assert change(None, 1, unit="1", digits=0, direction="up", currency="USD", words="") is None


HOURS = Figure(name="hours_saved", unit="hour", label="Hours saved", kind="metric", direction="up", decimals=0)


def _target(value: Any, target: str, rule: Any = "at_least") -> TargetStatus:
    return TargetStatus(
        metric="hours_saved",
        label="Hours saved",
        unit="hour",
        value=value,
        reason=None,
        target=Decimal(target),
        rule=rule,
        status="green",
        word="On track",
    )


@pytest.mark.parametrize(
    ("value", "target", "rule", "words"),
    [
        (Decimal(116), "100", "at_least", "16% above target of 100\u00a0h"),
        (Decimal(96), "100", "at_least", "4.0% below target of 100\u00a0h"),
        (Decimal(64), "64.3", "at_least", "0.5% below target of 64.3\u00a0h"),
        (Decimal(100), "100", "at_least", "at the target, 100\u00a0h"),
        (Decimal(80), "100", "at_most", "20% below the limit of 100\u00a0h"),
        (Decimal(-5), "100", "at_least", "target at least 100\u00a0h"),
        (Decimal(5), "0", "at_least", "target at least 0\u00a0h"),
        (None, "100", "at_most", "target at most 100\u00a0h"),
    ],
)
def test_a_target_says_how_far_it_is(value: Any, target: str, rule: Any, words: str) -> None:
    assert judged(_target(value, target, rule), HOURS, SHOW).words == words


def test_an_unknown_tile_shows_its_reason_and_no_change() -> None:
    answers = Answers(
        value={"hours_saved": (None, "no benefit has been recorded")},
        current={},
        previous={},
        monthly={"hours_saved": [Point("Sep 2026", None)]},
        words="w",
    )
    found = tile(FigureRef(figure="hours_saved", label="Time"), {"hours_saved": HOURS}, answers, (), SHOW)
    assert (found.label, found.value, found.reason) == ("Time", Shown("–"), "no benefit has been recorded")
    assert (found.change, found.goal, found.trend) == (None, None, ())


def test_a_tile_says_what_its_value_does_not_include() -> None:
    answers = Answers(
        value={"hours_saved": (120, "unknown for 3 months")},
        current={"hours_saved": 50},
        previous={"hours_saved": 40},
        words="Sep against Aug",
        monthly={"hours_saved": [Point("Aug 2026", 1.0), Point("Sep 2026", 2.0)]},
    )
    found = tile(FigureRef(figure="hours_saved"), {"hours_saved": HOURS}, answers, [_target(Decimal(120), "100")], SHOW)
    assert found.partly == "unknown for 3 months"
    assert found.reason is None
    assert found.change is not None
    assert (found.change.value, found.change.words) == ("25%", "Sep against Aug")
    assert found.trend_words == "Hours saved: 1\u00a0h in Aug 2026, 2\u00a0h in Sep 2026"


def _note(kind: str, text: str = "It works", **fields: Any) -> Note:
    given: dict[str, Any] = {
        "id": text,
        "source": "people",
        "time": NOW,
        "revision": 1,
        "project": "unassigned",
        "action": None,
        "due": None,
        "owner": None,
        "status": "open",
    } | fields
    return Note(kind=kind, text=text, **given)


def test_notes_are_sorted_into_the_three_lists() -> None:
    old = datetime(2026, 6, 1, tzinfo=UTC)
    notes = [
        _note("highlight", project="chat"),
        _note("highlight", "Old", time=old),
        _note("priority", owner="Sales"),
        _note("priority", "Gone", status="done"),
        _note("risk", "Two vendors"),
        _note("decision", "Go on?", due=datetime(2026, 11, 30, tzinfo=UTC)),
        _note("concern", "Slow", due=datetime(2026, 11, 1, tzinfo=UTC), action="Cache"),
        _note("annotation"),
    ]
    highlights, priorities, decisions = panels(notes, {"chat": "Chat"}, NOW.date(), CALENDAR)
    assert [(note.lead, note.by) for note in highlights.notes] == [("It works.", "Chat")]
    assert [(note.lead, note.by) for note in priorities.notes] == [("It works.", "Sales")]
    assert [(note.lead, note.rest, note.word, note.by) for note in decisions.notes] == [
        ("Go on?", "", "Awaiting decision", "Decide by 30\u00a0November"),
        ("Slow.", "Cache.", "Overdue", "by 1\u00a0November"),
        ("Two vendors.", "", "Risk", ""),
    ]


def test_empty_lists_say_what_will_be_there() -> None:
    found = panels([], {}, NOW.date(), CALENDAR)
    assert [panel.empty for panel in found] == [
        "Nothing is noted for October to December yet.",
        "No priority is set yet.",
        "Nothing waits for a decision.",
    ]


def _fresh(kind: str, source: str, days: float) -> Freshness:
    return Freshness(kind=kind, source=source, last=NOW, recorded_at=NOW, records=1, age_seconds=days * 86400)


def test_silence_is_a_fault_only_of_sources_that_should_speak() -> None:
    fresh = [_fresh("interaction", "gateway", 3), _fresh("incident", "log", 300), _fresh("cost", "bill", 40)]
    found = sources(fresh, Limits())
    assert (found.status, found.text) == ("yellow", "2 of 3 sources up to date")
    assert found.quiet == ("gateway has been quiet for 3\u00a0days",)
    assert sources([], Limits()).status == "grey"
    patient = Limits(declared={"gateway": timedelta(days=4)})
    assert sources(fresh, patient).quiet == ()
    often = Pauses(n=200, weeks=8, usual=3600.0)
    late = sources([*fresh, _fresh("deployment", "gateway", 0)], Limits(learned={("interaction", "gateway"): often}))
    assert late.text == "2 of 3 sources up to date", "what a source sends besides does not hide its silence"


def test_evidence_adds_up_to_a_hundred() -> None:
    def entry(grade: Any, amount: str) -> Entry:
        return Entry(
            id="2026-10/p/c",
            period=OPEN,
            project="p",
            side="value",
            category="c",
            amount=Decimal(amount),
            formula=None,
            evidence=grade,
            reason="",
            realisation="cash",
            parts={},
            state="realised",
            state_note=None,
            counted=Decimal(amount),
            note=None,
            methodology="m",
            data_version=1,
            records=1,
        )

    found = evidence([entry("A", "1"), entry("C", "0"), entry("D", "1"), entry("E", "1"), entry("E", "-5")])
    assert found is not None
    assert found.measured + found.estimated + found.assumed == 100
    assert evidence([]) is None
    known = known_by([entry("A", "3"), entry("E", "1")])
    assert mix(known, ("c",)) == Evidence(75, 0, 25)
    assert mix(known, ("other",)) is None


MONEY = Figure(name="net_value", unit="money", label="Net value", kind="metric", direction="up")
ROI = Figure(name="roi_percent", unit="%", label="ROI", kind="metric", direction="up", decimals=1)


@pytest.mark.parametrize(
    ("low", "high", "one", "words"),
    [
        (Decimal(4_280_000), Decimal(5_150_000), MONEY, "$4.28M\u2060–\u2060$5.15M"),
        (Decimal(4_280_000), Decimal(4_280_100), MONEY, ""),
        (None, Decimal(1), MONEY, ""),
        (Decimal("-4.2"), Decimal("12.4"), ROI, "−4%\u2060–\u2060+12%"),
    ],
)
def test_a_range_is_shown_where_it_is_wider_than_the_rounding(low: Any, high: Any, one: Figure, words: str) -> None:
    assert interval(low, high, one, SHOW) == words
