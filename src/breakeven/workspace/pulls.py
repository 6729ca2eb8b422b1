"""Pulls as declared in sources.yaml: where a source's records are fetched from, and how often."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Literal

import msgspec


class Declared(msgspec.Struct, frozen=True, kw_only=True):
    """Base: immutable, by keyword."""


class Secret(Declared, frozen=True, kw_only=True):
    """Where a secret is kept; the workspace never holds one itself. Exactly one of the two is there."""

    env: str | None = None
    """Name of an environment variable."""
    file: str | None = None
    """Path of a file that holds nothing else; relative to the workspace."""

    def __str__(self) -> str:
        return f"the environment variable {self.env}" if self.env is not None else f"the file {self.file}"


class Schedule(Declared, frozen=True, kw_only=True):
    """How often a source is pulled. Exactly one of the two is there."""

    every: timedelta | None = None
    cron: str | None = None
    """Five fields, in the workspace's time zone: minute, hour, day, month, weekday (0 or 7 is Sunday)."""

    def __str__(self) -> str:
        return f"every {written(self.every)}" if self.every is not None else f"cron {self.cron}"


class Auth(Declared, frozen=True, kw_only=True):
    """A header that proves who asks: `header: prefix + token`, or HTTP basic with a user and a password."""

    header: str = "Authorization"
    prefix: str = "Bearer "
    token: Secret | None = None
    user: Secret | None = None
    password: Secret | None = None


class FolderPull(Declared, frozen=True, kw_only=True):
    """Files of a folder or of an object store: each new or changed one is read as `breakeven import` reads it."""

    path: str
    """A pattern: exports/*.csv, s3://bucket/usage/**/*.parquet. Local paths are relative to the workspace."""
    settle: timedelta = timedelta(seconds=10)
    """A file must have been left alone for this long before it is read."""
    endpoint: str | None = None
    """Address of an S3 server that is not Amazon's."""
    region: str | None = None
    access_key: Secret | None = None
    secret_key: Secret | None = None
    """Without the two the cloud's own way of finding credentials holds."""
    anonymous: bool = False


class DatabasePull(Declared, frozen=True, kw_only=True):
    """Rows of an SQL database, by SQLAlchemy."""

    url: str | Secret
    """As SQLAlchemy writes it; one with a password is a secret."""
    table: str | None = None
    """[schema.]table; or else `query`."""
    query: str | None = None
    """One SELECT."""
    cursor: str | None = None
    """Column that grows with every insert or update: rows from its last value on are read. None: all, each time."""
    overlap: timedelta | int | None = None
    """How far before the last value to begin: what was committed late is found. Rows seen before change nothing."""


class Paging(Declared, frozen=True, kw_only=True):
    """How an endpoint gives the rest of its records."""

    style: Literal["none", "link", "next", "cursor", "page", "offset"] = "none"
    field: str = ""
    """next: where the answer has the next address; cursor: where it has the token."""
    parameter: str = ""
    """cursor, page, offset: parameter to ask with."""
    start: int = 1
    """page: number of the first one."""
    size: int | None = None
    """page, offset: records of a full page; a shorter one is the last. None: an empty one is."""


class Since(Declared, frozen=True, kw_only=True):
    """How an endpoint is asked for what is new."""

    parameter: str
    field: str | None = None
    """Where a record has the value that grows; None: the time at which the last good run began is sent."""
    start: str | None = None
    """Value of the first run; None: the parameter is left out."""
    overlap: timedelta | int | None = None


class RestPull(Declared, frozen=True, kw_only=True):
    """Records of a REST endpoint."""

    url: str
    records: str | None = None
    """Where the answer has its list of records: data.items. None: it is a list, or holds one list of objects."""
    parameters: Mapping[str, str] = {}
    headers: Mapping[str, str] = {}
    auth: Auth | None = None
    paging: Paging = Paging()
    since: Since | None = None
    per_minute: int | None = None
    """Requests a minute at the most."""


class MlflowPull(Declared, frozen=True, kw_only=True):
    """The model registry and run metrics of an MLflow server."""

    url: str
    auth: Auth | None = None
    aliases: Mapping[str, str] = {}
    """Alias → stage that a version with it has, over the shipped ones."""
    stage_tag: str | None = None
    """Tag of a version that names its stage; it goes before aliases and MLflow's own stages."""
    project_tag: str = "project"
    """Tag of a version or model that names the project."""
    projects: Mapping[str, str] = {}
    """Model → project; goes before the tag."""
    metrics: tuple[str, ...] = ()
    """Run metrics that become evaluations; empty: all."""


class Pull(Declared, frozen=True, kw_only=True):
    """How a source is pulled."""

    schedule: Schedule
    origin: FolderPull | DatabasePull | RestPull | MlflowPull
    quiet: timedelta | None = None
    """How long it may bring no new record; None: as long as it likes, if its runs succeed."""


_PARTS = (("w", 604_800), ("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1))


def written(span: timedelta) -> str:
    """A duration as it is declared: 1h30m."""
    left, text = int(span.total_seconds()), ""
    for sign, seconds in _PARTS:
        count, left = divmod(left, seconds)
        text += f"{count}{sign}" if count else ""
    return text or "0s"
