"""What a sender who means harm can put into a body: refused with a clear 4xx, the good record beside it survives."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest
import requests
import schemathesis
import zstandard
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from litestar import Litestar
from litestar.testing import TestClient
from schemathesis import Case, GenerationMode

from breakeven.formula import Evaluator
from breakeven.ingest.pipeline import Pipeline
from breakeven.ledger.ledger import Ledger
from breakeven.pricing import make_pricer
from breakeven.store.duckdb import MEMORY, DuckDBStore
from breakeven.web.running import serving
from breakeven.web.server import build
from breakeven.web.services import Services
from breakeven.workspace.definitions import Workspace
from breakeven.workspace.hooks import Hook

Client = TestClient[Litestar]
NOW = datetime(2026, 11, 15, 12, tzinfo=UTC)
HOME = "http://127.0.0.1:8321"
GOOD = b'{"type":"activity","id":"good","source":"s","time":"2026-11-01","actor":"a"}'
FACT = b'{"type":"interaction","id":"bad","source":"s","time":"2026-11-01T00:00:00Z",%s}'
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "1"))
"""Made-up requests for each operation."""
LINES = {"content-type": "application/x-ndjson"}
JSON = {"content-type": "application/json"}
BINARY = {**JSON, "ce-type": "note", "ce-specversion": "1.0", "ce-id": "1", "ce-source": "s"}
DEEP = b"[" * 100_000 + b"]" * 100_000
LONG = b"a" * (10 << 20)


@pytest.fixture(scope="module")
def served(workspace: Workspace, evaluator: Evaluator) -> Iterator[Services]:
    """One server for all of it: what one test does must not harm the next."""
    hook = Hook(name="open", platform="alertmanager", unsigned=True)
    workspace = msgspec.structs.replace(workspace, hooks={"open": hook})
    with DuckDBStore.open(MEMORY, time_zone="UTC") as store:
        pipeline = Pipeline(workspace, store, make_pricer(workspace.prices, Path(), "UTC"), threads=1)
        with serving(workspace, store, Ledger(workspace, store, evaluator), pipeline, lambda: NOW) as services:
            yield services
        pipeline.close()


@pytest.fixture(scope="module")
def client(served: Services) -> Iterator[Client]:
    with TestClient(build(served), base_url=HOME, raise_server_exceptions=False) as made:
        yield made


BAD = {
    "deep data": FACT % (b'"labels":%s' % DEEP),
    "deep object": b'{"a":' * 100_000,
    "no number": FACT % b'"cost":NaN',
    "infinite": FACT % b'"cost":-Infinity',
    "beyond a float": FACT % b'"latency_ms":1e400',
    "beyond a count": FACT % b'"input_tokens":99999999999999999999999',
    "beyond money": FACT % b'"cost":1e300',
    "digits without end": FACT % (b'"cost":%s' % (b"9" * 100_000)),
    "digits in a text": FACT % (b'"cost":"%s"' % (b"9" * 100_000)),
    "exponent in a text": FACT % b'"cost":"1e999999999"',
    "negative": FACT % b'"input_tokens":-5',
    "negative cost": FACT % b'"cost":-0.01',
    "long text": FACT % (b'"model":"%s"' % LONG),
    "no UTF-8": FACT % b'"model":"\xff\xfe"',
    "half a character": FACT % b'"latency_ms":"\\ud800"',
    "half a character in a name": FACT % b'"model":"\\ud800"',
    "half a character in a label": FACT % b'"labels":{"a":"\\udfff"}',
    "wrong type": FACT % b'"input_tokens":{"a":[1]}',
    "year of no calendar": FACT.replace(b"2026-11-01T00:00:00Z", b"99999-01-01T00:00:00Z") % b'"model":"m"',
    "the far future": FACT.replace(b"2026-", b"9999-") % b'"model":"m"',
    "before all": FACT.replace(b"2026-11-01T00:00:00Z", b"0000-00-00T00:00:00Z") % b'"model":"m"',
    "a list": b"[1,2,3]",
    "null": b"null",
}


def test_the_good_record_beside_survives(client: Client, served: Services) -> None:
    """Each alone, so that a failure says which; one server, which is there at the end."""
    for number, (name, record) in enumerate(BAD.items()):
        good = GOOD.replace(b"good", b"good-%d" % number)
        answer = client.post("/v1/events", content=record + b"\n" + good, headers=LINES)
        assert (answer.status_code, answer.json()["accepted"]) == (207, 1), f"{name}: {answer.text[:300]}"
        assert len(answer.content) < 2000, name
    held = served.store.query("SELECT count(*) AS n FROM activity")["n"].to_pylist()
    assert held == [len(BAD)]
    assert served.store.query("SELECT count(*) AS n FROM interaction")["n"].to_pylist() == [0]


@pytest.mark.parametrize("headers", [JSON, BINARY], ids=["json", "binary"])
def test_one_record_of_ten_megabytes(client: Client, headers: dict[str, str]) -> None:
    answer = client.post("/v1/events", content=b'{"kind":"note","id":"x","text":"%s"}' % LONG, headers=headers)
    assert (answer.status_code, answer.json()["rejected"]) == (422, {"too_large": 1})
    assert len(answer.content) < 2000


def test_labels_by_the_thousand(client: Client) -> None:
    labels = {f"key-{number}": "value" for number in range(10_000)}
    record = {**json.loads(GOOD), "id": "many", "labels": labels}
    answer = client.post("/v1/events", content=msgspec.json.encode(record), headers=JSON)
    assert answer.status_code in (200, 422)
    assert client.get("/v1/facts/activity").status_code == 200


@cache
def bomb() -> bytes:
    """300 MiB in a few hundred KiB; made where it is thrown, not in every process that collects the tests."""
    return gzip.compress(b"0" * (300 << 20), 1)


PACKED: dict[str, tuple[Callable[[], bytes], str, int]] = {
    "gzip bomb": (bomb, "gzip", 413),
    "gzip in gzip": (lambda: gzip.compress(bomb()), "gzip", 422),
    "cut off": (lambda: gzip.compress(GOOD)[:-9], "gzip", 400),
    "no gzip": (lambda: GOOD, "gzip", 400),
    "two encodings": (lambda: gzip.compress(GOOD), "gzip, gzip", 415),
    "unknown encoding": (lambda: GOOD, "br", 415),
    "zstd bomb": (cache(lambda: zstandard.compress(b"0" * (300 << 20), 1)), "zstd", 413),
}


@pytest.mark.parametrize("address", ["/v1/events", "/hooks/open"])
@pytest.mark.parametrize("name", PACKED)
def test_packed(client: Client, address: str, name: str) -> None:
    body, encoding, status = PACKED[name]
    headers = {"content-type": "application/x-ndjson" if address == "/v1/events" else "application/json",
               "content-encoding": encoding}  # fmt: skip
    answer = client.post(address, content=body(), headers=headers)
    # Where an encoding is not read at all, that is said instead.
    assert answer.status_code in {status, 400, 415}, answer.text
    assert client.get("/health/live").status_code == 200


NO_DELIVERY = {
    "deep list": DEEP,
    "deep object": b'{"a":' * 100_000,
    "no number": b"NaN",
    "beyond a float": b'{"version":1e400}',
    "no UTF-8": b"\xff",
    "half a character": b'{"version":"\\ud800"}',
    "long list": b"[" + b"1," * 2_000_000 + b"1]",
}


@pytest.mark.parametrize("name", NO_DELIVERY)  # the name: a body of megabytes is no name for a test
def test_deliveries(client: Client, name: str) -> None:
    body = NO_DELIVERY[name]
    answer = client.post("/hooks/open", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 400, answer.text
    assert answer.json()["detail"]


ALERT = json.loads((Path(__file__).parents[1] / "ingest" / "hooks" / "alertmanager_firing.json").read_text())
STRANGE: list[Any] = [None, True, 10**30, "x" * 100_000, "\x00", [None], {"a": {"b": []}}]


def test_deliveries_with_values_of_other_types(client: Client) -> None:
    """Every part of an alert in turn is something else; the other alerts of the group are taken."""
    for place in ("status", "labels", "annotations", "startsAt", "endsAt", "fingerprint", None):
        for value in STRANGE:
            first, *others = ALERT["alerts"]
            body = {**ALERT, "alerts": [value if place is None else {**first, place: value}, *others]}
            answer = client.post("/hooks/open", json=body)
            assert answer.status_code in (200, 207), f"{place}={str(value)[:40]!r}: {answer.text[:300]}"
    assert client.get("/v1/hooks").json()["items"][0]["deliveries"] >= 7 * len(STRANGE)


def test_the_described_addresses_never_fail(client: Client) -> None:
    """Schemathesis over the description, briefly; `make fuzz` takes longer."""
    schema = schemathesis.openapi.from_dict(client.get("/schema/openapi.json").json())
    operations = [result.ok() for result in schema.get_all_operations()]
    asked = [one for one in operations if one.path != "/live"]  # that one never ends
    failed: list[str] = []

    @settings(max_examples=EXAMPLES * len(asked), deadline=None, derandomize=True, database=None,
              phases=[Phase.generate], suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(st.sampled_from(asked).flatmap(lambda operation: operation.as_strategy(GenerationMode.NEGATIVE)))
    def ask(case: Case) -> None:
        answer = send(client, case)
        if answer.status_code >= 500:
            failed.append(f"{case.method} {case.path}: {answer.text[:300]}")

    ask()
    assert failed == []


def send(client: Client, case: Case) -> Any:
    """A made-up request, as Schemathesis would send it."""
    made = requests.Request(**case.as_transport_kwargs(base_url=HOME)).prepare()
    path = str(made.url).removeprefix(HOME)
    return client.request(case.method, path, content=made.body, headers=dict(made.headers))


@pytest.mark.parametrize("address", ["/v1/what-if", "/v1/closings", "/v1/reprice", "/v1/scenarios"])
def test_deep_bodies_elsewhere(client: Client, address: str) -> None:
    answer = client.post(address, content=DEEP, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["detail"]) == (400, "the body is nested too deeply to be read")


@pytest.mark.parametrize("period", ["0001-01", "9999-12", "9999", "0001-Q1", "9999-12-31"])
def test_periods_beyond_the_calendar(client: Client, period: str) -> None:
    answer = client.get("/v1/completeness", params={"period": period})
    assert (answer.status_code, "1900 to 2199" in answer.json()["detail"]) == (400, True)


@pytest.mark.parametrize("period", ["1900-01", "2199-12", "1900", "2199-Q4"])
def test_periods_at_its_ends(client: Client, period: str) -> None:
    for address in ("/v1/completeness", "/v1/statement", "/v1/bridge", "/v1/range"):
        assert client.get(address, params={"period": period}).status_code in (200, 400), address
