"""What changed in a model registry since the last look, as facts. Pure.

MLflow tells the present only: which versions there are, and the stage or aliases of each. What is remembered of each
version is the stage it was last seen in and how often that changed; a change is a `model_state`, a change to production
a `deployment` too. Their ids are made of model, version and the number of the change, so that looking twice at the
same change makes the same facts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from breakeven.workspace.pulls import MlflowPull

STAGES = {"none": "development", "staging": "staging", "production": "production", "archived": "retired"}
"""MLflow's own stages, in lower case, and those of a `model_state`."""
ALIASES = {
    "champion": "production", "production": "production", "prod": "production", "live": "production",
    "challenger": "staging", "staging": "staging", "candidate": "staging", "archived": "retired", "retired": "retired",
}  # fmt: skip
"""Aliases whose meaning is common; the workspace adds its own."""
_ORDER = ("production", "staging", "retired", "development")
"""A version with several aliases is in the first of these."""
PROMPT = "mlflow.prompt.is_prompt"
"""Tag of what MLflow keeps beside models: prompts."""


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """A version as the registry shows it."""

    name: str
    version: str
    created: datetime
    updated: datetime
    stage: str
    """MLflow's own: None, Staging, Production, Archived."""
    aliases: tuple[str, ...] = ()
    tags: Mapping[str, str] = {}
    run_id: str = ""


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What is remembered of a version."""

    stage: str
    number: int
    """Of the change that led to it; 0 is the version's creation."""
    at: str
    """When, ISO 8601."""
    project: str | None = None


Known = dict[str, dict[str, Seen]]
"""Model → version → what is remembered."""


class Facts(msgspec.Struct, kw_only=True):
    """Records by kind."""

    model_state: list[dict[str, Any]] = []
    deployment: list[dict[str, Any]] = []
    evaluation: list[dict[str, Any]] = []


def stage_of(version: Version, origin: MlflowPull, before: str | None) -> str:
    """The stage of a version: by its tag, its aliases, or MLflow's own stage; after production, none is retired."""
    if origin.stage_tag is not None:
        named = version.tags.get(origin.stage_tag, "").strip().lower()
        if named in STAGES or named in STAGES.values():
            return STAGES.get(named, named)
    meant = {**ALIASES, **{alias.lower(): stage for alias, stage in origin.aliases.items()}}
    stages = {meant[alias.lower()] for alias in version.aliases if alias.lower() in meant}
    found = next((stage for stage in _ORDER if stage in stages), None)
    if found is None:
        found = STAGES.get(version.stage.lower(), "development")
    return "retired" if found == "development" and before in ("production", "retired") else found


def changes(versions: Iterable[Version], known: Known, origin: MlflowPull, now: datetime) -> tuple[Facts, Known]:
    """The facts that are new, and what is to be remembered once they are taken in.

    `versions` are all that there are: one that is remembered and no longer among them was deleted, which retires it.
    """
    facts, after = Facts(), Known()
    for version in versions:
        before = known.get(version.name, {}).get(version.version)
        after.setdefault(version.name, {})[version.version] = _look(version, before, origin, now, facts)
    for name, remembered in known.items():
        for number, seen in remembered.items():
            if number in after.get(name, {}):
                continue
            gone = seen
            if seen.stage != "retired":
                gone = Seen(stage="retired", number=seen.number + 1, at=now.isoformat(), project=seen.project)
                facts.model_state.append(_state(name, number, gone, {"deleted": True}))
            after.setdefault(name, {})[number] = gone
    return facts, after


def _look(version: Version, before: Seen | None, origin: MlflowPull, now: datetime, facts: Facts) -> Seen:
    project = origin.projects.get(version.name) or version.tags.get(origin.project_tag)
    labels = {"stage": version.stage, "aliases": list(version.aliases), "run_id": version.run_id}
    labels = {name: value for name, value in labels.items() if value}
    if before is None:
        before = Seen(stage="development", number=0, at=version.created.isoformat(), project=project)
        facts.model_state.append(_state(version.name, version.version, before, labels))
        since = version.updated
    else:
        # An alias that is moved does not always touch the version: then the change was between two looks.
        since = version.updated if version.updated > datetime.fromisoformat(before.at) else now
    stage = stage_of(version, origin, before.stage)
    if stage == before.stage:
        return msgspec.structs.replace(before, project=project)
    found = Seen(stage=stage, number=before.number + 1, at=since.isoformat(), project=project)
    facts.model_state.append(_state(version.name, version.version, found, labels))
    if stage == "production":
        facts.deployment.append({
            "id": _id(version.name, version.version, found), "time": found.at, "project": project,
            "model": version.name, "version": version.version, "dev_complete_at": version.created.isoformat(),
            "deployed_at": found.at, "status": "succeeded", "labels": labels,
        })  # fmt: skip
    return found


def _state(name: str, version: str, seen: Seen, labels: Mapping[str, Any]) -> dict[str, Any]:
    found = {"id": _id(name, version, seen), "time": seen.at, "project": seen.project, "model": name,
             "version": version, "stage": seen.stage, "labels": dict(labels)}  # fmt: skip
    return {field: value for field, value in found.items() if value is not None and value != {}}


def _id(name: str, version: str, seen: Seen) -> str:
    return f"{name}/{version}/{seen.number}"


class Metric(msgspec.Struct, frozen=True, kw_only=True):
    """The latest value of a run's metric."""

    key: str
    value: float | str
    """A text where it is no number: NaN, Infinity."""
    timestamp: int
    """Milliseconds since 1970."""
    step: int = 0


def evaluations(version: Version, metrics: Sequence[Metric], origin: MlflowPull) -> list[dict[str, Any]]:
    """A run's metrics as evaluations of the version that came out of it."""
    project = origin.projects.get(version.name) or version.tags.get(origin.project_tag)
    found = [
        {
            "id": f"{version.name}/{version.version}/{metric.key}/{metric.step}/{metric.timestamp}",
            "time": moment(metric.timestamp).isoformat(), "project": project, "model": version.name,
            "metric": metric.key, "value": metric.value,
            "labels": {"version": version.version, "run_id": version.run_id, "step": metric.step},
        }
        for metric in metrics if not origin.metrics or metric.key in origin.metrics
    ]  # fmt: skip
    return [{field: value for field, value in one.items() if value is not None} for one in found]


def moment(milliseconds: int | str) -> datetime:
    """The instant of MLflow's milliseconds."""
    seconds, rest = divmod(int(milliseconds), 1000)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest * 1000)
