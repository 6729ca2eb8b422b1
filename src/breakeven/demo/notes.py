"""What the demo company's people wrote: highlights and priorities for the board, concerns, risks and decisions."""

from __future__ import annotations

from typing import Any

import msgspec

from breakeven.demo.company import MONTHS
from breakeven.demo.timeline import Timeline

Record = dict[str, Any]


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """A note of the past; `month` and `due` are month numbers."""

    month: float
    kind: str
    text: str
    owner: str
    project: str = "unassigned"
    action: str | None = None
    due: float | None = None
    status: str = "done"
    aim: dict[str, str] | None = None
    """Of a decision: the figure that it aimed at, and by how much it was to change a month."""


_NOTES = (
    Written(
        month=0.2,
        kind="decision",
        text="Build one ML platform for all projects instead of one stack each",
        action="Review after a year",
        owner="Steering committee",
        due=12.0,
    ),
    Written(
        month=3.5,
        kind="risk",
        project="claims-triage",
        text="Scanned forms from two brokers are not read reliably",
        action="Ask the brokers for digital forms",
        owner="Head of Claims",
        due=6.0,
    ),
    Written(
        month=6.5,
        kind="decision",
        project="underwriting-copilot",
        text="Continue the pilot for another half year",
        action="Decide again on measured hours",
        owner="Steering committee",
        due=13.0,
        aim={"figure": "net_value", "expected": "9000"},
    ),
    Written(
        month=11.25,
        kind="annotation",
        project="support-assistant",
        text="Answer model rolled back after wrong policy wording",
        owner="Head of Customer Service",
    ),
    Written(
        month=11.4,
        kind="concern",
        project="support-assistant",
        text="Answer quality fell for days before it was noticed",
        action="Alert on the weekly evaluation",
        owner="Head of Data and AI",
        due=12.0,
    ),
    Written(
        month=12.1,
        kind="decision",
        text="No release without an evaluation on last month's conversations",
        action="Part of the release checklist",
        owner="Steering committee",
        due=12.5,
        aim={"figure": "incidents", "expected": "-1"},
    ),
    Written(
        month=13.5,
        kind="concern",
        project="underwriting-copilot",
        text="Costs more than the hours it saves",
        action="Stop, or move to a smaller model",
        owner="Head of Underwriting",
        due=17.9,
        status="open",
    ),
    Written(
        month=9.6,
        kind="decision",
        project="claims-triage",
        text="Extend the claims summaries to home insurance",
        action="Approved for two quarters",
        owner="Head of Claims",
        due=11.0,
        aim={"figure": "hours_saved", "expected": "120"},
    ),
    Written(
        month=16.6,
        kind="decision",
        project="underwriting-copilot",
        text="Stop the underwriting copilot, or move it to a smaller model",
        action="Stop; keep the extraction of documents",
        owner="Head of Underwriting",
        due=18.3,
        status="open",
        aim={"figure": "net_value", "expected": "14000"},
    ),
    Written(
        month=16.1,
        kind="risk",
        text="Two vendors carry most of the traffic",
        action="Test a second provider for chat",
        owner="Head of Data and AI",
        due=18.5,
        status="open",
    ),
)

_HIGHLIGHTS = (
    ("claims-triage", "Claims summaries went live for motor and home"),
    ("support-assistant", "Support is back above the resolution rate it had before the rollback"),
    ("fraud-detection", "The second fraud model found a ring that the first had missed"),
)

_PRIORITIES = (
    ("underwriting-copilot", "Decide whether the underwriting copilot goes on", "Head of Underwriting"),
    ("quote-assistant", "Offer the quote assistant to all brokers", "Head of Sales"),
    ("ml-platform", "Bring the last two models onto the platform", "Head of Data and AI"),
)


def notes(timeline: Timeline) -> list[Record]:
    """All notes up to now; highlights and priorities belong to the quarter of `now`."""
    found = [
        _note(f"note-{number:02d}", timeline, note.month, note.kind, note.project, note.text)
        | {
            "action": note.action,
            "owner": note.owner,
            "due": None if note.due is None else timeline.instant(note.due),
            "status": note.status,
            "labels": None if note.aim is None else msgspec.json.encode(note.aim).decode(),
        }
        for number, note in enumerate(_NOTES)
    ]
    latest = MONTHS - 1.0
    found += [
        _note(f"highlight-{number}", timeline, latest, "highlight", project, text)
        for number, (project, text) in enumerate(_HIGHLIGHTS)
    ]
    found += [
        _note(f"priority-{number}", timeline, latest, "priority", project, text)
        | {"owner": owner, "due": timeline.instant(19)}
        for number, (project, text, owner) in enumerate(_PRIORITIES)
    ]
    return timeline.until_now(found)


def _note(identity: str, timeline: Timeline, moment: float, kind: str, project: str, text: str) -> Record:
    return {
        "id": identity,
        "source": "board-office",
        "time": timeline.instant(moment),
        "project": project,
        "kind": kind,
        "text": text,
        "action": None,
        "due": None,
        "owner": None,
        "status": "open",
        "labels": None,
    }
