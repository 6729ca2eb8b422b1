"""Any bytes at the readers: they refuse what they cannot read, in words; nothing else comes out of them.

Short here; `make fuzz` takes FUZZ_EXAMPLES from its caller.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from breakeven.errors import BreakevenError
from breakeven.facts import KINDS
from breakeven.ingest.events import LINES, MEDIA_TYPES, Limits, Parser
from breakeven.ingest.hooks.receiving import Receiver
from breakeven.ingest.pipeline import Pipeline
from breakeven.ingest.readers import open_source
from breakeven.ingest.staging import Staging
from breakeven.pricing import make_pricer
from breakeven.store.duckdb import MEMORY, DuckDBStore
from breakeven.workspace import default_workspace
from breakeven.workspace.hook_reading import EVENTS
from breakeven.workspace.hooks import Hook

NOW = datetime(2026, 11, 15, tzinfo=UTC)
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "40"))
SHORT = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), database=None)

FIELDS = ["id", "source", "time", "type", "kind", "specversion", "data", "data_base64", "project", "model", "cost",
          "input_tokens", "latency_ms", "labels", "usage", "currency", "status", "start", "amount", "text"]  # fmt: skip
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20),
    st.sampled_from(["1.0", "breakeven.cost", "interaction", "note", "2026-11-01T10:00Z", "-1", "1e400", "NaN", "EUR",
                     "0.10", "9" * 60, "\x00", "\ud800", "chat", "ok", "2026-13-45", "null", "{}", "e30="]),
)  # fmt: skip
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
)
RECORDS = st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=8)
TEXTS = st.one_of(
    st.binary(max_size=200),
    RECORDS.map(lambda record: json.dumps(record).encode()),
    st.lists(RECORDS, max_size=4).map(lambda records: json.dumps(records).encode()),
    st.lists(RECORDS, max_size=4).map(lambda records: "\n".join(map(json.dumps, records)).encode()),
)


@pytest.fixture(scope="module")
def staging() -> Iterator[Staging]:
    made = Staging(threads=1)
    yield made
    made.close()


@pytest.fixture(scope="module")
def pipeline() -> Iterator[Pipeline]:
    workspace = default_workspace()
    with DuckDBStore.open(MEMORY, time_zone="UTC") as store:
        made = Pipeline(workspace, store, make_pricer(workspace.prices, Path(), "UTC"), threads=1)
        yield made
        made.close()


HEADERS = st.fixed_dictionaries(
    {"content-type": st.sampled_from([*MEDIA_TYPES, *LINES, "text/csv", ""])},
    optional={
        "ce-id": st.text(max_size=8), "ce-type": st.sampled_from(["note", "x", '"cost"']),
        "ce-source": st.text(max_size=8),
        "ce-specversion": st.sampled_from(["1.0", "0.3", '"1.0"']), "ce-time": st.text(max_size=8),
        "content-encoding": st.sampled_from(["", "gzip", "identity"]),
    },
)  # fmt: skip


@SHORT
@example(b"[" * 5000, {"content-type": "application/json"}, None)
@given(TEXTS, HEADERS, st.sampled_from([None, *KINDS]))
def test_events(staging: Staging, pipeline: Pipeline, body: bytes, headers: dict[str, str], kind: str | None) -> None:
    """Every record of a body that can be read is taken, there already, or refused; none is lost."""
    try:
        parsed = Parser(staging, Limits(body=10_000, events=10)).parse(body, headers, kind)
    except BreakevenError:
        return
    outcome = pipeline.ingest_all(parsed.tables, source="fuzz", now=NOW, refused=parsed.refusals)
    assert outcome.rows == parsed.rows


def everything(platform: str) -> Any:
    return Hook(name="h", platform=platform, unsigned=True, environments=("*",), events=EVENTS[platform],
                kind="incident", map={"id": "id", "opened_at": "time"} if platform == "generic" else {})  # fmt: skip


SEEDS = [json.loads(path.read_text()) for path in sorted((Path(__file__).parent / "hooks").glob("*.json"))]
PAYLOADS = [one for seed in SEEDS for one in (seed if isinstance(seed, list) else [seed])]


@st.composite
def deliveries(draw: st.DrawFn) -> Any:
    """A real payload in which some places hold something else."""
    payload = json.loads(json.dumps(draw(st.sampled_from(PAYLOADS))))
    for _ in range(draw(st.integers(0, 4))):
        inside: Any = payload
        while isinstance(inside, dict | list) and inside:
            key = draw(st.sampled_from(sorted(inside) if isinstance(inside, dict) else range(len(inside))))
            if not isinstance(inside[key], dict | list) or draw(st.integers(0, 3)) == 0:
                inside[key] = draw(VALUES)
                break
            inside = inside[key]
    return payload


@SHORT
@given(
    st.sampled_from(["github", "gitlab", "alertmanager", "pagerduty", "generic"]),
    st.sampled_from(["deployment", "deployment_status", "release", "workflow_run", "push"]),
    st.one_of(deliveries().map(lambda payload: json.dumps(payload).encode()), TEXTS),
)
def test_deliveries(staging: Staging, pipeline: Pipeline, platform: str, event: str, body: bytes) -> None:
    receiver = Receiver(lambda _kind, _source, _ids: (), staging)
    try:
        found = receiver.receive(everything(platform), {"x-github-event": event}, body, NOW)
    except BreakevenError:
        return
    assert not isinstance(found, int)
    outcome = pipeline.ingest_all(found.parsed.tables, source="h", now=NOW)
    assert outcome.rows == found.parsed.rows


CELLS = st.one_of(SCALARS.map(str), st.text(alphabet="\",;\n\r\t \x00'\\é", max_size=6))
ROWS = st.lists(st.lists(CELLS, max_size=4).map(",".join), max_size=5).map("\n".join)
TABLES = ROWS.map(lambda rows: f"id,time,actor,quantity\n{rows}".encode("utf-8", "surrogatepass"))


@SHORT
@pytest.mark.parametrize("suffix", [".csv", ".json", ".jsonl", ".csv.gz"])
@given(body=st.one_of(TABLES, TEXTS))
def test_files(tmp_path_factory: pytest.TempPathFactory, pipeline: Pipeline, suffix: str, body: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / f"fuzz{suffix}"
    path.write_bytes(body)
    try:
        with open_source(path, kind="activity") as source:
            outcome = pipeline.import_chunks(source.chunks(), "activity", source="fuzz", now=NOW)
    except BreakevenError:
        return
    assert outcome.refused <= outcome.rows
