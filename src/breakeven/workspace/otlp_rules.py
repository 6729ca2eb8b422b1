"""How attributes of OpenTelemetry become fields, as declared in sources.yaml."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

USAGE_FROM = ("first", "traces", "metrics", "both")


class OtlpRules(msgspec.Struct, frozen=True, kw_only=True):
    """How attributes become fields. A list names attributes of span or resource, the first that is there holds."""

    fields: Mapping[str, tuple[str, ...]] = {}
    """project, team, actor, variant or session → attributes, in place of the usual ones."""
    labels: tuple[str, ...] = ()
    """Attributes that are kept as labels under their own name."""
    projects: Mapping[str, str] = {}
    """Value of a project's attribute → project, where they differ."""
    usage_from: Mapping[str, str] = {}
    """Service → what its calls are counted from where it sends both: traces, metrics, first (whichever came first) or
    both (they are different calls); `default` for the others."""
