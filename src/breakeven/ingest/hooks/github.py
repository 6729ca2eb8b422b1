"""GitHub: deployments by their statuses, releases, runs of workflows (docs.github.com: Webhook events and payloads).

A deployment is a fact as soon as it has ended: the deployment itself, and the states pending, queued, waiting and
in_progress, say only that it is under way; `inactive` says that another one followed, not that this one was taken back.
"""

from __future__ import annotations

from breakeven.ingest.hooks.changes import Change, Found, Payload, at, counts, not_taken, number, stamp, text, written
from breakeven.workspace.hooks import Hook

_ENDED = {"success": "succeeded", "failure": "failed", "error": "failed"}
_CONCLUDED = {"success": "succeeded", "failure": "failed", "timed_out": "failed", "startup_failure": "failed"}
_RELEASED = {"published": 0, "released": 0, "edited": 1, "unpublished": 2, "deleted": 3}
"""Action of a release → its place among changes of the same instant: a deleted one is never there again."""


def read(hook: Hook, event: str, payload: Payload) -> Found:
    """What a delivery of `event` (X-GitHub-Event) says."""
    if event == "ping":
        return not_taken(event, "ping", "pong")
    family = "deployment" if event == "deployment_status" else event
    if family not in _READERS:
        return not_taken(event, "event", f"is no event that becomes a fact; those are: {', '.join(_READERS)}")
    if family not in hook.events:
        return not_taken(event, "event", f"is not among the events of hook {hook.name}: {', '.join(hook.events)}")
    return _READERS[family](hook, event, payload)


def _deployment(hook: Hook, event: str, payload: Payload) -> Found:
    deployment, status = at(payload, "deployment"), at(payload, "deployment_status")
    environment = text(status, "environment") or text(deployment, "environment")
    # A transient or renamed environment keeps its first name in original_environment; the present one decides.
    if not counts(hook.environments, environment):
        named = ", ".join(hook.environments)
        return not_taken(event, "environment", f"environment {environment!r} does not count for hook {hook.name}:"
                                               f" {named}")  # fmt: skip
    state = text(status, "state")
    ended = _ENDED.get(state or "")
    if ended is None:
        said = f"state {state!r}" if state else "a deployment that begins"
        return not_taken(event, "state", f"{said} is not how a deployment ends; it becomes a fact then")
    changed = stamp(number(status, "id"), text(status, "updated_at"), text(status, "created_at"))
    when = written(text(status, "updated_at") or text(status, "created_at"))
    return [Change(
        kind="deployment", id=f"deployment/{text(deployment, 'id')}" if text(deployment, "id") else "",
        fields=_fields(
            payload, ended, when, time=written(text(deployment, "created_at")) or when, version=text(deployment, "sha")
        ),
        labels=_labels(payload) | {
            "environment": environment, "ref": text(deployment, "ref"), "sha": text(deployment, "sha"),
            "task": text(deployment, "task"), "url": text(status, "target_url") or text(deployment, "url"),
        },
        origins=_origins(payload), changed=changed, state=changed, record=payload,
    )]  # fmt: skip


def _release(_hook: Hook, event: str, payload: Payload) -> Found:
    action, release = text(payload, "action") or "", at(payload, "release")
    if action not in _RELEASED or at(release, "draft") is True or at(release, "prerelease") is True:
        return not_taken(event, "state", f"release {action or 'without action'}: only releases that are published, and"
                                         " neither drafts nor prereleases, become facts")  # fmt: skip
    taken_back = action in ("unpublished", "deleted")
    published = written(text(release, "published_at") or text(release, "created_at"))
    changed = stamp(_RELEASED[action], text(release, "updated_at"), published)
    return [Change(
        kind="deployment", id=f"release/{text(release, 'id')}" if text(release, "id") else "",
        fields=_fields(payload, "rolled_back" if taken_back else "succeeded", published, time=published,
                       version=text(release, "tag_name")),
        labels=_labels(payload) | {"release": text(release, "name"), "ref": text(release, "target_commitish"),
                                   "url": text(release, "html_url")},
        origins=_origins(payload), changed=changed, state=changed, record=payload,
    )]  # fmt: skip


def _workflow_run(_hook: Hook, event: str, payload: Payload) -> Found:
    run, action = at(payload, "workflow_run"), text(payload, "action")
    ended = _CONCLUDED.get(text(run, "conclusion") or "")
    if action != "completed" or ended is None:
        said = text(run, "conclusion") or text(run, "status") or action
        return not_taken(event, "state", f"a run that is {said!r} neither succeeded nor failed")
    when = written(text(run, "updated_at"))
    # A run that is started again keeps its id: its later attempt holds.
    changed = stamp(number(run, "run_attempt"), text(run, "updated_at"))
    return [Change(
        kind="deployment", id=f"workflow_run/{text(run, 'id')}" if text(run, "id") else "",
        fields=_fields(payload, ended, when, time=written(text(run, "created_at")) or when,
                       version=text(run, "head_sha")),
        labels=_labels(payload) | {
            "workflow": text(run, "name") or text(payload, "workflow", "name"), "workflow_path": text(run, "path"),
            "ref": text(run, "head_branch"), "sha": text(run, "head_sha"), "url": text(run, "html_url"),
        },
        origins=_origins(payload), changed=changed, state=changed, record=payload,
    )]  # fmt: skip


_READERS = {"deployment": _deployment, "release": _release, "workflow_run": _workflow_run}


def _fields(
    payload: Payload, status: str, ended: str | None, *, time: str | None, version: str | None
) -> dict[str, str | None]:
    return {
        "time": time, "model": text(payload, "repository", "name"), "version": version, "status": status,
        "deployed_at": ended if status != "failed" else None,
    }  # fmt: skip


def _labels(payload: Payload) -> dict[str, str | None]:
    return {"platform": "github", "repository": text(payload, "repository", "full_name")}


def _origins(payload: Payload) -> tuple[str | None, ...]:
    return text(payload, "repository", "full_name"), text(payload, "repository", "name")
