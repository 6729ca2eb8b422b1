"""What changed in a model registry: each change one fact with one id, however often it is looked at."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from breakeven.ingest.pulling.registry import Facts, Known, Metric, Version, changes, evaluations, moment, stage_of
from breakeven.workspace.pulls import MlflowPull

CREATED, NOW = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 20, 12, tzinfo=UTC)
ORIGIN = MlflowPull(url="http://h")


def version(number: int = 1, stage: str = "None", **values: Any) -> Version:
    return Version(name="wine", version=str(number), created=CREATED, stage=stage,
                   **{"updated": CREATED + timedelta(days=1), **values})  # fmt: skip


def told(facts: Facts) -> list[tuple[str, str]]:
    return [(one["id"], one["stage"]) for one in facts.model_state]


@pytest.mark.parametrize(
    ("found", "declared", "before", "stage"),
    [
        (version(), {}, None, "development"),
        (version(stage="Staging"), {}, None, "staging"),
        (version(stage="Production"), {}, None, "production"),
        (version(stage="Archived"), {}, "production", "retired"),
        (version(), {}, "production", "retired"),
        (version(), {}, "retired", "retired"),
        (version(), {}, "staging", "development"),
        (version(aliases=("Champion",)), {}, None, "production"),
        (version(aliases=("challenger", "champion")), {}, None, "production"),
        (version(stage="Staging", aliases=("champion",)), {}, None, "production"),
        (version(aliases=("v1",)), {"aliases": {"v1": "staging"}}, None, "staging"),
        (version(aliases=("champion",)), {"aliases": {"champion": "staging"}}, None, "staging"),
        (version(stage="Production", tags={"state": "Archived"}), {"stage_tag": "state"}, None, "retired"),
        (version(stage="Production", tags={"state": "?"}), {"stage_tag": "state"}, None, "production"),
    ],
)
def test_stages(found: Version, declared: dict[str, Any], before: str | None, stage: str) -> None:
    assert stage_of(found, msgspec.structs.replace(ORIGIN, **declared), before) == stage


def test_the_first_look_tells_of_creation_and_of_what_is() -> None:
    facts, _ = changes([version(1, "Production"), version(2)], {}, ORIGIN, NOW)
    assert told(facts) == [("wine/1/0", "development"), ("wine/1/1", "production"), ("wine/2/0", "development")]
    (deployment,) = facts.deployment
    assert deployment["dev_complete_at"] == CREATED.isoformat()
    assert deployment["deployed_at"] == (CREATED + timedelta(days=1)).isoformat()


def test_a_second_look_tells_nothing_and_a_look_that_was_forgotten_tells_the_same() -> None:
    versions = [version(1, "Production"), version(2)]
    first, known = changes(versions, {}, ORIGIN, NOW)
    again, _ = changes(versions, {}, ORIGIN, NOW + timedelta(hours=1))
    nothing, same = changes(versions, known, ORIGIN, NOW + timedelta(hours=1))
    assert (again, nothing, same) == (first, Facts(), known)


def test_changes_are_numbered_and_a_description_is_none() -> None:
    known: Known = {}
    seen = []
    for day, stage in enumerate(("None", "Staging", "Production", "Production", "Staging", "Production"), 2):
        found = version(stage=stage, updated=CREATED + timedelta(days=day))
        facts, known = changes([found], known, ORIGIN, NOW)
        seen.append((told(facts), len(facts.deployment)))
    assert seen == [
        ([("wine/1/0", "development")], 0),
        ([("wine/1/1", "staging")], 0),
        ([("wine/1/2", "production")], 1),
        ([], 0),
        ([("wine/1/3", "staging")], 0),
        ([("wine/1/4", "production")], 1),
    ]


def test_an_alias_that_moves_without_a_trace_moved_now() -> None:
    _, known = changes([version(1, aliases=("champion",)), version(2)], {}, ORIGIN, NOW)
    later = NOW + timedelta(hours=1)
    updated = CREATED - timedelta(days=1)
    moved = [version(1, updated=updated), version(2, aliases=("champion",), updated=updated)]
    facts, _ = changes(moved, known, ORIGIN, later)
    assert told(facts) == [("wine/1/2", "retired"), ("wine/2/1", "production")]
    assert {one["time"] for one in facts.model_state} == {later.isoformat()}


def test_a_version_that_is_gone_is_retired_once() -> None:
    _, known = changes([version(1, "Production"), version(2, "Archived")], {}, ORIGIN, NOW)
    facts, known = changes([], known, ORIGIN, NOW)
    assert told(facts) == [("wine/1/2", "retired")]
    assert changes([], known, ORIGIN, NOW)[0] == Facts()


@pytest.mark.parametrize(
    ("declared", "project"),
    [({}, "tagged"), ({"projects": {"wine": "declared"}}, "declared"), ({"project_tag": "team"}, "blue")],
)
def test_the_project(declared: dict[str, Any], project: str) -> None:
    origin = msgspec.structs.replace(ORIGIN, **declared)
    found = version(1, "Production", tags={"project": "tagged", "team": "blue"})
    facts, _ = changes([found], {}, origin, NOW)
    records = [*facts.model_state, *facts.deployment]
    records += evaluations(found, [Metric(key="f1", value=0.5, timestamp=5)], origin)
    assert {one["project"] for one in records} == {project}


def test_evaluations() -> None:
    metrics = [
        Metric(key="f1", value=0.5, timestamp=1_795_392_465_001, step=2),
        Metric(key="loss", value="NaN", timestamp=1),
    ]
    origin = msgspec.structs.replace(ORIGIN, metrics=("f1",))
    (found,) = evaluations(version(run_id="r"), metrics, origin)
    assert found["id"] == "wine/1/f1/2/1795392465001"
    assert (found["time"], found["value"]) == ("2026-11-23T00:07:45.001000+00:00", 0.5)
    assert len(evaluations(version(), metrics, ORIGIN)) == 2


def test_milliseconds() -> None:
    assert moment("1795392465999") == datetime(2026, 11, 23, 0, 7, 45, 999_000, tzinfo=UTC)
