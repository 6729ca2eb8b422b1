"""What the store knows of earlier OTLP requests, so that a restart counts on where the last process stopped."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

import msgspec

from breakeven.ingest.otlp.attributes import PARENT
from breakeven.ingest.otlp.metrics import PREFIX, STATE, Standing, State
from breakeven.ingest.otlp.nesting import KIND, Nesting
from breakeven.store.base import Store

REMEMBERED = timedelta(hours=1)
"""How far back calls of a trace are looked for."""
_MOST = 100_000
_IS_SPAN = "length(id) = 49 AND substr(id, 33, 1) = '-'"
"""SQL: an id as `spans` makes them. Ids of other sources may look so too."""


class _Labels(msgspec.Struct):
    otlp_series: dict[str, Standing] = {}


def remember_calls(store: Store, nesting: Nesting, now: datetime) -> None:
    """Tell which calls were counted of the latest traces."""
    rows = store.query(
        f"SELECT id, operation, json_extract_string(labels, '$.{PARENT}') AS parent FROM interaction"
        f" WHERE time >= $since AND {_IS_SPAN} ORDER BY time DESC LIMIT {_MOST}",
        {"since": now - REMEMBERED},
    )  # fmt: skip
    keys, parents = [], []
    for identity, operation, above in zip(*(rows[name].to_pylist() for name in rows.column_names), strict=True):
        span, parent = _bytes(identity.replace("-", "")), _bytes(above or "")
        if span:
            keys.append(span + KIND.get(operation or "", b"g"))
            parents.append(parent)
    nesting.remember(keys, parents)


def _bytes(digits: str) -> bytes:
    """What hexadecimal digits stand for; nothing where they are none."""
    try:
        return bytes.fromhex(digits)
    except ValueError:
        return b""


def ways(store: Store) -> dict[str, str]:
    """Source → what its calls were counted from so far, of sources that have sent OTLP."""
    rows = store.query(
        f"SELECT source, CASE WHEN starts_with(min(id), '{PREFIX}') THEN 'metrics' ELSE 'traces' END AS way"
        f" FROM interaction WHERE starts_with(id, '{PREFIX}') OR {_IS_SPAN} GROUP BY source"
    )
    return dict(zip(rows["source"].to_pylist(), rows["way"].to_pylist(), strict=True))


def standings(store: Store, groups: Collection[str]) -> State:
    """Where groups of cumulative series stand."""
    if not groups:
        return {}
    rows = store.query(
        f"SELECT split_part(id, ':', 2) AS name, arg_max(labels, id) AS labels FROM interaction"
        f" WHERE starts_with(id, '{PREFIX}') AND list_contains($groups, split_part(id, ':', 2)) GROUP BY name",
        {"groups": sorted(groups)},
    )
    found: dict[str, dict[str, Standing]] = {}
    for name, labels in zip(rows["name"].to_pylist(), rows["labels"].to_pylist(), strict=True):
        if labels and STATE in labels:
            found[name] = msgspec.json.decode(labels, type=_Labels).otlp_series
    return found
