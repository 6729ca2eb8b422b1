"""An MLflow server, by its REST API 2.0: models, their versions, aliases and tags, and metrics of their runs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec

from breakeven.errors import NotFound, SourceAway
from breakeven.ingest.pulling.host import Host, shown
from breakeven.ingest.pulling.registry import PROMPT, Facts, Known, Metric, Version, changes, evaluations, moment
from breakeven.ingest.pulling.rest import auth_headers
from breakeven.ingest.pulling.spool import Spool
from breakeven.ingest.pulling.task import Task
from breakeven.ingest.readers import Origin
from breakeven.workspace.definitions import SourceMapping
from breakeven.workspace.pulls import MlflowPull

PAGE = 100
MOST_PAGES = 10_000


class _Tag(msgspec.Struct):
    key: str = ""
    value: str = ""


class _Alias(msgspec.Struct):
    alias: str
    version: str


class _Model(msgspec.Struct):
    name: str
    tags: list[_Tag] = []
    aliases: list[_Alias] = []


class _Version(msgspec.Struct):
    name: str
    version: str | int
    creation_timestamp: int | str
    last_updated_timestamp: int | str | None = None
    current_stage: str = "None"
    run_id: str = ""
    tags: list[_Tag] = []
    aliases: list[str] = []


class _Models(msgspec.Struct):
    registered_models: list[_Model] = []
    next_page_token: str = ""


class _Versions(msgspec.Struct):
    model_versions: list[_Version] = []
    next_page_token: str = ""


class _Metric(msgspec.Struct):
    key: str
    value: float | str
    timestamp: int | str
    step: int | str = 0


class _Data(msgspec.Struct):
    metrics: list[_Metric] = []


class _Info(msgspec.Struct):
    lifecycle_stage: str = "active"
    status: str = ""


class _Run(msgspec.Struct):
    info: _Info = msgspec.field(default_factory=_Info)
    data: _Data = msgspec.field(default_factory=_Data)


class _Answer(msgspec.Struct):
    run: _Run


class State(msgspec.Struct, frozen=True, kw_only=True):
    """What is remembered between two runs."""

    seen: Known = {}
    measured: Mapping[str, str] = {}
    """model/version → digest of its run's metrics that were taken in."""


class _One(msgspec.Struct):
    model_version: _Version


class Registry:
    """The server."""

    def __init__(self, host: Host, url: str) -> None:
        self._host, self._api = host, f"{url.rstrip('/')}/api/2.0/mlflow"

    def versions(self, known: Known) -> Iterator[Version]:
        """Every version of every model, prompts left out.

        One of the `known` that is not in the list is asked for by itself: it may have moved between two pages.
        """
        models = {model.name: model for page in self._pages("registered-models/search", _Models)
                  for model in page.registered_models}  # fmt: skip
        missing = {(name, version) for name, versions in known.items() for version in versions}
        for page in self._pages("model-versions/search", _Versions):
            for found in page.model_versions:
                missing.discard((found.name, str(found.version)))
                yield from _version(found, models.get(found.name))
        for name, number in sorted(missing):
            one = self._one(name, number) if known[name][number].stage != "retired" else None
            if one is not None:
                yield from _version(one, models.get(name))

    def _one(self, name: str, version: str) -> _Version | None:
        try:
            answer = self._host.get(f"{self._api}/model-versions/get", {"name": name, "version": version})
        except NotFound:
            return None
        found: _Version = _decoded(answer.body, _One, answer.url).model_version
        return found

    def run(self, run_id: str) -> _Run | None:
        """A run; None where it was deleted."""
        try:
            answer = self._host.get(f"{self._api}/runs/get", {"run_id": run_id})
        except NotFound:
            return None
        run = _decoded(answer.body, _Answer, answer.url).run
        return run if run.info.lifecycle_stage != "deleted" else None

    def _pages(self, path: str, shape: type[Any]) -> Iterator[Any]:
        token = ""
        for _ in range(MOST_PAGES):
            parameters = {"max_results": str(PAGE), "order_by": "name ASC"} | ({"page_token": token} if token else {})
            answer = self._host.get(f"{self._api}/{path}", parameters)
            page = _decoded(answer.body, shape, answer.url)
            yield page
            if not page.next_page_token:
                return
            if page.next_page_token == token:
                break
            token = page.next_page_token
        raise SourceAway(f"the pages of {shown(self._api)}/{path} do not end")


def _version(found: _Version, model: _Model | None) -> Iterator[Version]:
    """A version with what its model says of it; nothing for a prompt."""
    tags = {tag.key: tag.value for tag in (*(model.tags if model else ()), *found.tags)}
    if tags.get(PROMPT, "").lower() == "true":
        return
    named = {one.alias for one in (model.aliases if model else ()) if one.version == str(found.version)}
    created = moment(found.creation_timestamp)
    updated = moment(found.last_updated_timestamp) if found.last_updated_timestamp else created
    yield Version(
        name=found.name, version=str(found.version), created=created, updated=max(created, updated),
        stage=found.current_stage, aliases=tuple(sorted({*named, *found.aliases})), tags=tags, run_id=found.run_id,
    )  # fmt: skip


def _decoded(body: bytes, shape: type[Any], url: str) -> Any:
    try:
        return msgspec.json.decode(body, type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise SourceAway(f"{shown(url)} is not answered as MLflow does: {error}") from error


def pull_mlflow(task: Task, origin: MlflowPull) -> None:
    """Take in what changed. Raises SourceAway, NotAllowed, UsageProblem and what taking in raises."""
    state = State() if task.cursor is None else msgspec.json.decode(task.cursor, type=State)
    measured = dict(state.measured)
    headers = auth_headers(origin.auth, task.context.secret)
    with Host(origin.url, headers, wait=task.wait, clock=task.context.clock) as host:
        registry = Registry(host, origin.url)
        versions = list(registry.versions(state.seen))
        facts, seen = changes(versions, state.seen, origin, task.now)
        _take(task, facts)
        with _spool(task, "evaluation") as spool:
            for version in versions:
                task.goes_on()
                _measure(registry, version, seen, measured, origin, spool)
                if spool.filled:
                    spool.flush()
    there = {_key(version) for version in versions}
    kept = State(seen=seen, measured={key: digest for key, digest in measured.items() if key in there})
    cursor = msgspec.json.encode(kept, order="sorted").decode()
    if cursor != task.cursor:
        task.reached(cursor)


def _measure(
    registry: Registry, version: Version, seen: Known, measured: dict[str, str], origin: MlflowPull, spool: Spool
) -> None:
    """Write down the metrics of a version's run if they changed. A retired version's are read once."""
    key, retired = _key(version), seen[version.name][version.version].stage == "retired"
    if not version.run_id or (retired and key in measured):
        return
    run = registry.run(version.run_id)
    if run is None:
        return
    metrics = [Metric(key=one.key, value=one.value, timestamp=int(one.timestamp), step=int(one.step))
               for one in run.data.metrics]  # fmt: skip
    records = [msgspec.json.encode(record) for record in evaluations(version, metrics, origin)]
    digest = hashlib.blake2b(b"\n".join(sorted(records)), digest_size=8).hexdigest()
    if measured.get(key) != digest:
        for record in records:
            spool.add(record)
    measured[key] = digest


def _key(version: Version) -> str:
    return f"{version.name}/{version.version}"


def _take(task: Task, facts: Facts) -> None:
    for kind in ("model_state", "deployment"):
        with _spool(task, kind) as spool:
            for record in getattr(facts, kind):
                spool.add(msgspec.json.encode(record))


def _spool(task: Task, kind: Literal["model_state", "deployment", "evaluation"]) -> Spool:
    spec = SourceMapping(name=task.source.name, kind=kind, set=task.source.set)
    return Spool(task.scratch, kind, lambda path: _taken(task, path, spec))


def _taken(task: Task, path: Path, spec: SourceMapping) -> None:
    task.take(path, spec, Origin(task.source.name, ids=True))
