"""PagerDuty webhooks, version 3: incidents (developer.pagerduty.com: Webhooks overview, incident.*).

Events that change the state of an incident decide whether it is resolved, by when they occurred; the others (priority,
service, assignment) change what else is known of it. Events about something beside the incident, such as a note, an
update of its status page or a responder, say nothing that a fact holds.
"""

from __future__ import annotations

from breakeven.ingest.hooks.changes import Change, Found, Payload, at, not_taken, stamp, text, written
from breakeven.workspace.hooks import Hook

_STATES = {"triggered": 0, "acknowledged": 0, "unacknowledged": 0, "reopened": 0, "resolved": 1}
"""Event that changes the state → its place among changes of the same instant."""
_OTHERS = ("delegated", "escalated", "priority_updated", "reassigned", "service_updated", "incident_type.changed")
_KNOWN = (*_STATES, *_OTHERS)


def read(_hook: Hook, _event: str, payload: Payload) -> Found:
    """What a delivery says; its body names its event."""
    event = at(payload, "event")
    name, data = text(event, "event_type"), at(event, "data")
    if name == "pagey.ping":
        return not_taken(name, "ping", "pong")
    kind = (name or "").removeprefix("incident.")
    if not (name or "").startswith("incident.") or kind not in _KNOWN or text(data, "type") != "incident":
        return not_taken(name, "event", f"is no event that becomes a fact; those are: incident.{', '.join(_KNOWN)}")
    occurred = written(text(event, "occurred_at"))
    resolved = kind == "resolved"
    return [Change(
        kind="incident", id=f"incident/{text(data, 'id')}" if text(data, "id") else "",
        fields={
            "opened_at": written(text(data, "created_at")), "resolved_at": occurred if resolved else None,
            "severity": text(data, "priority", "summary") or text(data, "urgency"),
        },
        labels={
            "platform": "pagerduty", "title": text(data, "title"), "number": text(data, "number"),
            "urgency": text(data, "urgency"), "service": text(data, "service", "summary"),
            "url": text(data, "html_url"),
        },
        origins=(text(data, "service", "id"), text(data, "service", "summary")), changed=stamp(0, occurred),
        state=stamp(_STATES[kind], occurred) if kind in _STATES else None, record=payload,
    )]  # fmt: skip


def event_id(payload: Payload) -> str | None:
    """What names the delivery: PagerDuty signs it with the body."""
    return text(payload, "event", "id")
