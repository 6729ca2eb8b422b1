"""GitLab: deployments, releases, pipelines, incidents (docs.gitlab.com: Webhook events).

An incident is an issue (or work item) of type Incident. A deployment and a pipeline are facts as soon as they have
ended.
"""

from __future__ import annotations

from breakeven.ingest.hooks.changes import Change, Found, Payload, at, counts, not_taken, stamp, text, written
from breakeven.workspace.hooks import Hook

_ENDED = {"success": "succeeded", "failed": "failed"}
_RELEASED = {"create": 0, "update": 1, "delete": 2}
_ISSUES = ("issue", "work_item", "incident")


def read(hook: Hook, _event: str, payload: Payload) -> Found:
    """What a delivery says; its body names its event (object_kind)."""
    kind = text(payload, "object_kind")
    event = "incident" if kind in _ISSUES else kind
    if event not in _READERS:
        return not_taken(kind, "event", f"is no event that becomes a fact; those are: {', '.join(_READERS)}")
    if event not in hook.events:
        return not_taken(kind, "event", f"is not among the events of hook {hook.name}: {', '.join(hook.events)}")
    return _READERS[event](hook, payload)


def _deployment(hook: Hook, payload: Payload) -> Found:
    environment, tier = text(payload, "environment"), text(payload, "environment_tier")
    if not counts(hook.environments, environment, tier):
        named = ", ".join(hook.environments)
        return not_taken("deployment", "environment", f"environment {environment!r} (tier {tier!r}) does not count for"
                                                      f" hook {hook.name}: {named}")  # fmt: skip
    status = text(payload, "status")
    ended = _ENDED.get(status or "")
    if ended is None:
        return not_taken("deployment", "state", f"status {status!r} is not how a deployment ends; it becomes a fact"
                                                " then")  # fmt: skip
    when = written(text(payload, "status_changed_at"))
    changed = stamp(0, when)
    return [Change(
        kind="deployment", id=f"deployment/{text(payload, 'deployment_id')}" if text(payload, "deployment_id") else "",
        fields=_fields(payload, ended, when, when, text(payload, "short_sha")),
        labels=_labels(payload) | {"environment": environment, "tier": tier, "ref": text(payload, "ref"),
                                   "sha": text(payload, "short_sha"), "url": text(payload, "deployable_url")},
        origins=_origins(payload), changed=changed, state=changed, record=payload,
    )]  # fmt: skip


def _release(_hook: Hook, payload: Payload) -> Found:
    action = text(payload, "action") or ""
    if action not in _RELEASED:
        return not_taken("release", "state", f"action {action!r} says nothing of a release that becomes a fact")
    released = written(text(payload, "released_at") or text(payload, "created_at"))
    changed = stamp(_RELEASED[action], released)
    return [Change(
        kind="deployment", id=f"release/{text(payload, 'id')}" if text(payload, "id") else "",
        fields=_fields(payload, "rolled_back" if action == "delete" else "succeeded", released, released,
                       text(payload, "tag")),
        labels=_labels(payload) | {"release": text(payload, "name"), "sha": text(payload, "commit", "id"),
                                   "url": text(payload, "url")},
        origins=_origins(payload), changed=changed, state=changed, record=payload,
    )]  # fmt: skip


def _pipeline(_hook: Hook, payload: Payload) -> Found:
    run = at(payload, "object_attributes")
    status = text(run, "status")
    ended = _ENDED.get(status or "")
    if ended is None:
        return not_taken("pipeline", "state", f"a pipeline that is {status!r} neither succeeded nor failed")
    begun = written(text(run, "created_at"))
    when = written(text(run, "finished_at")) or begun
    changed = stamp(0, when)
    return [Change(
        kind="deployment", id=f"pipeline/{text(run, 'id')}" if text(run, "id") else "",
        fields=_fields(payload, ended, when, begun, text(run, "sha")),
        labels=_labels(payload) | {"pipeline": text(run, "name"), "ref": text(run, "ref"), "sha": text(run, "sha"),
                                   "url": text(run, "url")},
        origins=_origins(payload), changed=changed, state=changed, record=payload,
    )]  # fmt: skip


def _incident(_hook: Hook, payload: Payload) -> Found:
    issue = at(payload, "object_attributes")
    if (text(issue, "type") or text(payload, "object_kind") or "").lower() != "incident":
        return not_taken(text(payload, "object_kind"), "event", "is an issue that is no incident")
    closed = text(issue, "state") == "closed"
    updated = text(issue, "updated_at")
    severity = text(issue, "severity")
    return [Change(
        kind="incident", id=f"incident/{text(issue, 'id')}" if text(issue, "id") else "",
        fields={
            "opened_at": written(text(issue, "created_at")), "severity": None if severity == "unknown" else severity,
            "resolved_at": written(text(issue, "closed_at") or updated) if closed else None,
        },
        labels=_labels(payload) | {"title": text(issue, "title"), "url": text(issue, "url")},
        origins=_origins(payload),
        changed=stamp(0, updated), state=stamp(int(closed), updated), record=payload,
    )]  # fmt: skip


_READERS = {"deployment": _deployment, "release": _release, "pipeline": _pipeline, "incident": _incident}


def _fields(
    payload: Payload, status: str, ended: str | None, time: str | None, version: str | None
) -> dict[str, str | None]:
    project = text(payload, "project", "path_with_namespace")
    return {
        "time": time, "model": project.rpartition("/")[2] if project else text(payload, "project", "name"),
        "version": version, "status": status, "deployed_at": ended if status != "failed" else None,
    }  # fmt: skip


def _labels(payload: Payload) -> dict[str, str | None]:
    return {"platform": "gitlab", "repository": text(payload, "project", "path_with_namespace")}


def _origins(payload: Payload) -> tuple[str | None, ...]:
    return text(payload, "project", "path_with_namespace"), text(payload, "project", "name")
