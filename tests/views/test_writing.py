"""Notes as they are typed: what is wrong with them is said in a sentence, and what is right becomes a record."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import msgspec
import pytest

from breakeven.ledger.cases.notes import Note, number
from breakeven.period import Calendar
from breakeven.views.writing import Draft, draft_of, fault, record

NOW = datetime(2026, 11, 15, 12, tzinfo=UTC)
CALENDAR = Calendar(time_zone="America/New_York")
TODAY = date(2026, 11, 15)
PROJECTS, FIGURES = {"chat"}, {"net_value"}
NOTE = Note(
    id="n1",
    source="board",
    time=datetime(2026, 10, 1, tzinfo=UTC),
    project="chat",
    kind="decision",
    text="Go on",
    action=None,
    due=None,
    owner=None,
    status="open",
    revision=1,
    labels={"figure": "net_value", "expected": "100", "team": "x"},
)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"text": "  "}, "Write what the note says"),
        ({"text": "x" * 401}, "401 letters"),
        ({"text": "x", "kind": "rumour"}, "choose one of: highlight"),
        ({"text": "x", "status": "maybe"}, "choose one of: open"),
        ({"text": "x", "project": "nobody"}, "no project 'nobody'"),
        ({"text": "x", "figure": "nothing"}, "no figure 'nothing'"),
        ({"text": "x", "due": "soon"}, "not a date"),
        ({"text": "x", "day": "2026-02-30"}, "not a date"),
        ({"text": "x", "figure": "net_value", "expected": "much"}, "not a number"),
        ({"text": "x", "figure": "net_value", "expected": "NaN"}, "not a number"),
        ({"text": "x", "expected": "5"}, "Say which figure"),
        ({"text": "x", "figure": "net_value", "expected": "1.000,5"}, "not a number"),
        ({"text": "x", "figure": "net_value", "expected": "12,00"}, "not a number"),
        ({"text": "x", "stake": "0"}, "not an amount"),
        ({"text": "x", "decided": "2026-11-16"}, "lies in the future"),
        ({"text": "x", "owner": "y" * 101}, "101 letters"),
    ],
)
def test_a_fault_is_said_in_a_sentence(given: dict[str, str], told: str) -> None:
    found = fault(Draft(**given), PROJECTS, FIGURES, TODAY)
    assert found is not None
    assert told in found


def test_a_note_becomes_a_record_due_at_the_end_of_its_day() -> None:
    draft = Draft(
        kind="decision", text=" Stop it ", project="chat", due="2026-12-01", figure="net_value", expected="12,000"
    )
    assert fault(draft, PROJECTS, FIGURES, TODAY) is None
    made = record(draft, "id", CALENDAR, NOW, None)
    assert made["text"] == "Stop it"
    assert made["due"] == "2026-12-02T04:59:59+00:00"
    assert made["time"] == NOW.isoformat()
    assert msgspec.json.decode(made["labels"] or "") == {"figure": "net_value", "expected": "12000"}


def test_an_annotation_is_about_its_day() -> None:
    made = record(Draft(kind="annotation", text="Go-live", day="2026-03-04"), "id", CALENDAR, NOW, None)
    assert made["time"] == "2026-03-04T17:00:00+00:00"


def test_an_edited_note_keeps_what_the_form_does_not_hold() -> None:
    draft = msgspec.structs.replace(draft_of(NOTE, CALENDAR, "/steering"), status="done")
    made = record(draft, "n1", CALENDAR, NOW, NOTE)
    labels = msgspec.json.decode(made["labels"] or "")
    assert (made["id"], made["source"], made["time"]) == ("n1", "board", NOTE.time.isoformat())
    assert labels == {"figure": "net_value", "expected": "100", "team": "x", "decided_at": NOW.isoformat()}
    again = record(
        msgspec.structs.replace(draft, status="open"),
        "n1",
        CALENDAR,
        NOW,
        msgspec.structs.replace(NOTE, labels=labels, status="done"),
    )
    assert "decided_at" not in msgspec.json.decode(again["labels"] or "")


def test_a_decision_is_taken_on_the_day_that_is_typed_else_now_and_stays_there() -> None:
    draft = msgspec.structs.replace(draft_of(NOTE, CALENDAR, "/steering"), status="done", decided="2026-11-02")
    labels = msgspec.json.decode(record(draft, "n1", CALENDAR, NOW, NOTE)["labels"] or "")
    assert labels["decided_at"] == "2026-11-02T17:00:00+00:00"
    taken = msgspec.structs.replace(NOTE, status="done", labels=labels)
    again = draft_of(taken, CALENDAR, "/steering")
    assert again.decided == "2026-11-02"
    later = record(msgspec.structs.replace(again, text="Go on!"), "n1", CALENDAR, NOW, taken)
    assert msgspec.json.decode(later["labels"] or "")["decided_at"] == labels["decided_at"]


def test_a_decision_that_a_source_sent_as_taken_keeps_its_day() -> None:
    sent = msgspec.structs.replace(NOTE, status="done", labels={})
    draft = draft_of(sent, CALENDAR, "/steering")
    labels = msgspec.json.decode(record(draft, "n1", CALENDAR, NOW, sent)["labels"] or "")
    assert labels["decided_at"] == NOTE.time.isoformat()


def test_an_event_stays_at_its_instant_unless_its_day_changes() -> None:
    event = msgspec.structs.replace(NOTE, kind="annotation", labels={})
    draft = draft_of(event, CALENDAR, "/board")
    assert draft.day == "2026-09-30"
    assert record(draft, "n1", CALENDAR, NOW, event)["time"] == NOTE.time.isoformat()
    moved = msgspec.structs.replace(draft, day="2026-09-29")
    assert record(moved, "n1", CALENDAR, NOW, event)["time"] == "2026-09-29T16:00:00+00:00"


def test_numbers_may_have_commas_between_thousands_only() -> None:
    assert (number("12,000.5"), number("\u22125"), number("1,000,000")) == (
        Decimal("12000.5"), Decimal(-5), Decimal(1_000_000),
    )  # fmt: skip
    assert (number("1,00"), number("inf"), number("1e30"), number("x")) == (None,) * 4
