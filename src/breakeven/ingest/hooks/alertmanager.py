"""Prometheus Alertmanager, webhook version 4: every alert of a group is an incident (prometheus.io: webhook_config).

An alert is known by its fingerprint and its start: when it fires again later, it is another incident. The group's own
status says nothing of an alert: a group is firing while one of its alerts is resolved already. A resolved alert comes
without annotations, so that those of the firing one are kept.
"""

from __future__ import annotations

from typing import Any

from breakeven.ingest.hooks.changes import (
    NEVER,
    Change,
    Found,
    Ignored,
    Payload,
    Stamp,
    at,
    instant,
    not_taken,
    stamp,
    text,
    written,
)
from breakeven.workspace.hooks import Hook

VERSION = "4"
MOST_ALERTS = 10_000
_PREFIX = "alert_"


def read(_hook: Hook, _event: str, payload: Payload) -> Found:
    """What a delivery says of each of its alerts."""
    alerts = at(payload, "alerts")
    if text(payload, "version") != VERSION or not isinstance(alerts, list):
        return not_taken(text(payload, "version"), "event", f"is no webhook of Alertmanager's version {VERSION}")
    if len(alerts) > MOST_ALERTS:
        return not_taken("alert", "event", f"has {len(alerts)} alerts; at most {MOST_ALERTS} are taken at a time")
    return [_alert(alert, payload) for alert in alerts]


def _alert(alert: Any, payload: Payload) -> Change | Ignored:
    status = text(alert, "status")
    if status not in ("firing", "resolved"):
        return Ignored(event="alert", reason="state", says=f"an alert is firing or resolved, not {status!r}")
    started, ended = text(alert, "startsAt"), text(alert, "endsAt")
    resolved = status == "resolved"
    over = instant(ended) if resolved else None
    labels = _texts(at(alert, "labels"))
    annotations = _texts(at(alert, "annotations"))
    known = text(alert, "fingerprint") or ",".join(f"{key}={labels[key]}" for key in sorted(labels))
    begun = instant(started)
    return Change(
        kind="incident", id=f"alert/{known}/{begun.isoformat() if begun else ''}" if known else "",
        fields={
            "opened_at": written(started), "resolved_at": written(ended) if resolved and over != NEVER else None,
            "severity": labels.get("severity"), "project": labels.get("project"), "model": labels.get("model"),
        },
        labels={"platform": "alertmanager", "alertmanager": text(payload, "externalURL"),
                "summary": annotations.get("summary") or annotations.get("description"),
                **{_PREFIX + key: value for key, value in labels.items()}},
        origins=(labels.get("service"), labels.get("job"), labels.get("namespace"), labels.get("alertname")),
        changed=stamp(len(annotations), started),
        state=Stamp(over, 1) if over is not None else stamp(int(resolved), started),
        # Expressions read the alert, and of the group what it does not say itself.
        record={**{key: value for key, value in payload.items() if key != "alerts"}, **alert},
    )  # fmt: skip


def _texts(found: Any) -> dict[str, str]:
    pairs = found.items() if isinstance(found, dict) else ()
    return {key: shown for key, value in pairs if (shown := text(value)) is not None}
