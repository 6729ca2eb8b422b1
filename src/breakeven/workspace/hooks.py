"""Webhooks that are taken, as sources.yaml declares them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

HookSigned = Literal["body", "timestamp.body"]


class HookSignature(msgspec.Struct, frozen=True, kw_only=True):
    """How a generic webhook proves who sent it."""

    scheme: Literal["hmac", "standard", "token"] = "hmac"
    """hmac: a digest in `header`; standard: Standard Webhooks (webhook-signature); token: the secret in `header`."""
    header: str = "X-Signature"
    algorithm: Literal["sha256", "sha512"] = "sha256"
    encoding: Literal["hex", "base64"] = "hex"
    prefix: str = ""
    """What stands before the digest, such as sha256=."""
    signed: HookSigned = "body"
    """What the digest is of."""
    timestamp_header: str | None = None
    """Header with the seconds since 1970 at which it was sent."""
    tolerance_seconds: int = 300
    """How far that may be from now."""
    delivery_header: str | None = None
    """Header that names the delivery: the same for a delivery that is sent again."""


class Hook(msgspec.Struct, frozen=True, kw_only=True):
    """A webhook that is taken; `name` is in its address and the source of its facts."""

    name: str
    platform: str
    kind: str = ""
    """Kind of fact, of a generic one."""
    events: tuple[str, ...] = ()
    """Events that become facts."""
    secret_env: str | None = None
    """Environment variable that holds the secret."""
    secret_file: str | None = None
    """File that holds one secret a line, relative to the workspace."""
    unsigned: bool = False
    """Whether it is taken from anybody who reaches the server."""
    environments: tuple[str, ...] = ()
    """Environments whose deployments count; `*` is any."""
    projects: Mapping[str, str] = {}
    """Repository, service or team, as the platform names it → project."""
    models: Mapping[str, str] = {}
    """The same → model."""
    records: str | None = None
    """Where a generic body holds its list of records, keys with dots between them."""
    order_by: str | None = None
    """Expression of what orders the versions of a record: the instant of its last change, or a growing number."""
    signature: HookSignature = HookSignature()
    map: Mapping[str, str] = {}
    """Field → expression over the body (Alertmanager: over one alert)."""
    set: Mapping[str, str] = {}
    """Field → fixed value."""
    labels: Mapping[str, str] = {}
    """Label → fixed text, beside those that the platform gives."""
    where: str | None = None
    """Only records for which this expression is true."""
