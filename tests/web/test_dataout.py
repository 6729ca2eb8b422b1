"""Data out: every form says what JSON says, pages are one list whatever is stored between them, bills come back."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from litestar import Litestar
from litestar.testing import TestClient

from breakeven.formula import Evaluator
from breakeven.ingest.files import import_file
from breakeven.ingest.pipeline import Pipeline
from breakeven.ledger.ledger import Ledger
from breakeven.pricing import make_pricer
from breakeven.store.duckdb import MEMORY, DuckDBStore
from breakeven.views.dataout.catalogue import TABLES, VIEWS
from breakeven.web.running import serving
from breakeven.web.server import build
from breakeven.web.services import Services
from breakeven.workspace import default_workspace
from breakeven.workspace.definitions import Implementation, Pool, Project, SourceMapping, Workspace

Client = TestClient[Litestar]
HOME = "http://127.0.0.1:8321"
NOW = datetime(2026, 11, 15, 12, tzinfo=UTC)
ODD = "=1+1"


class Clock:
    """A clock that is set."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        self.now += timedelta(milliseconds=7)
        return self.now


@pytest.fixture(scope="module")
def company() -> Workspace:
    chat = Project(id="chat", name="Chat", category="customer_service", owner="Eve", budget=Decimal(900),
                   implementation=Implementation(cost=Decimal(1000), start=date(2026, 9, 1), months=7))  # fmt: skip
    odd = Project(id=ODD, name=ODD, category="platform")
    base = default_workspace()
    return msgspec.structs.replace(
        base, projects={"chat": chat, ODD: odd}, pools={"gpu": Pool(name="gpu", rule="even")},
        calendar=msgspec.structs.replace(base.calendar, time_zone="America/New_York"),
    )  # fmt: skip


@contextmanager
def _served(workspace: Workspace, evaluator: Evaluator, clock: Callable[[], datetime]) -> Iterator[Services]:
    with DuckDBStore.open(MEMORY, time_zone=workspace.calendar.time_zone) as store:
        pricer = make_pricer(workspace.prices, Path(), workspace.calendar.time_zone)
        pipeline = Pipeline(workspace, store, pricer, threads=1)
        with serving(workspace, store, Ledger(workspace, store, evaluator), pipeline, clock) as made:
            yield made
        pipeline.close()


FACTS: dict[str, list[dict[str, Any]]] = {
    "cost": [
        {"id": f"c{month}-{n}", "source": "s", "start": f"2026-{month:02}-05", "project": project,
         "amount": f"{10 * n + month}.123456789012", "vendor": "Acme"}
        for month in (9, 10, 11) for n, project in enumerate(("chat", ODD, "elsewhere"))
    ] + [
        {"id": "pool", "source": "s", "start": "2026-10-01T12:00:00Z", "end": "2026-11-01T04:00:00Z", "amount": "100",
         "pool": "gpu"},
        {"id": "credit", "source": "s", "start": "2026-09-20", "amount": "-500.000000000001", "project": ODD},
    ],
    "benefit": [{"id": f"b{month}", "source": "s", "time": f"2026-{month:02}-05", "project": "chat",
                 "kind": "hours_saved", "activity": "debugging", "quantity": 1.5, "unit": "hour"} for month in (9, 10)],
    "interaction": [
        {"id": f"i{n}", "source": "s", "time": f"2026-10-{n + 1:02}T10:00:00Z", "project": "chat", "cost": cost,
         "model": model, "outcome": ""}
        for n, (cost, model) in enumerate((("0.0000008", "m"), ("0", "m"), (None, None)))
    ],
}  # fmt: skip


def _post(client: Client, kind: str, *records: dict[str, Any]) -> None:
    body = b"\n".join(msgspec.json.encode(record) for record in records)
    answer = client.post(
        "/v1/events", content=body, params={"kind": kind}, headers={"content-type": "application/x-ndjson"}
    )
    assert answer.status_code == 200, answer.text


@contextmanager
def _filled(company: Workspace, evaluator: Evaluator) -> Iterator[tuple[Client, Services]]:
    with (
        _served(company, evaluator, Clock()) as services,
        TestClient(build(services), base_url=HOME, raise_server_exceptions=False) as client,
    ):
        for kind, records in FACTS.items():
            _post(client, kind, *records)
        yield client, services


@pytest.fixture(scope="module")
def filled(company: Workspace, evaluator: Evaluator) -> Iterator[tuple[Client, Services]]:
    """For tests that only ask."""
    with _filled(company, evaluator) as made:
        yield made


@pytest.fixture
def client(filled: tuple[Client, Services]) -> Client:
    return filled[0]


def added(address: str, parameter: str) -> str:
    return f"{address}{'&' if '?' in address else '?'}{parameter}"


def rows(client: Client, address: str, form: str) -> list[dict[str, Any]]:
    """What a file says, amounts as Decimal, unknown as None."""
    answer = client.get(added(address, f"format={form}"))
    assert answer.status_code == 200, answer.text
    if form == "parquet":
        return pq.read_table(io.BytesIO(answer.content)).to_pylist()
    if form == "arrow":
        return pa.ipc.open_stream(answer.content).read_all().to_pylist()
    if form == "jsonl":
        return [json.loads(line) for line in answer.text.splitlines()]
    return [{key: cell or None for key, cell in row.items()} for row in csv.DictReader(io.StringIO(answer.text))]


def number(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value))


@pytest.mark.parametrize("form", ["csv", "parquet", "arrow", "jsonl"])
def test_the_statement_says_the_same_in_every_form(client: Client, form: str) -> None:
    said = client.get("/v1/statement?period=2026-10").json()
    lines = {(row["part"], row["line"]): row for row in rows(client, "/v1/statement?period=2026-10", form)}
    for part in ("value", "cost"):
        for name, amount in said[part].items():
            assert number(lines[part, name]["amount"]) == number(amount), name
    for name in ("total_value", "investment", "net_value", "roi_percent", "budget", "cost_per_model", "completeness"):
        assert number(lines["total", name]["amount"]) == number(said[name]), name
    unknown = {one["figure"]: one["reason"] for one in said["unknown"]}
    assert said["cost_per_model"] is None
    assert lines["total", "cost_per_model"]["reason"] == unknown["cost_per_model"]
    assert {row["data_version"] for row in lines.values()} <= {said["data_version"], str(said["data_version"])}


@pytest.mark.parametrize("form", ["csv", "parquet", "arrow", "jsonl"])
def test_a_metric_says_the_same_in_every_form(client: Client, form: str) -> None:
    address = "/v1/metrics/cost_metered?by=project&period=2026"
    said = client.get(address).json()["rows"]
    found = rows(client, address, form)
    assert [(row["period"], row["project"], number(row["value"]), row["reason"]) for row in said] == [
        (row["period"], None if row["project"] is None else row["project"].removeprefix("'"), number(row["value"]),
         row["reason"]) for row in found
    ]  # fmt: skip
    assert any(row["value"] is None for row in said)
    assert any(number(row["value"]) == 0 for row in said)


@pytest.mark.parametrize("form", ["csv", "parquet", "arrow", "jsonl"])
def test_entries_say_the_same_in_every_form(client: Client, form: str) -> None:
    said = client.get("/v1/entries?limit=1000").json()["items"]
    found = rows(client, "/v1/entries", form)
    assert [
        (one["id"], number(one["amount"]), number(one["counted"]), one["evidence"], one["state"]) for one in said
    ] == [(one["id"], number(one["amount"]), number(one["counted"]), one["grade"], one["state"]) for one in found]
    assert [str(one["month"]) for one in found] == [one["period"] for one in said]
    assert any(one["amount"] == "-500.000000000001" or "-48" in one["amount"] for one in said)


@pytest.mark.parametrize(("accept", "media"), [
    ("text/csv", "text/csv"), ("application/json", "application/json"), ("*/*", "application/json"),
    ("application/vnd.apache.parquet, */*;q=0.1", "application/vnd.apache.parquet"),
    ("text/csv;q=0.2, application/vnd.apache.arrow.stream", "application/vnd.apache.arrow.stream"),
    ("text/html", "application/json"), ("text/csv;q=0, */*", "application/json"),
    ("text/csv;q=x, */*", "application/json"),
])  # fmt: skip
@pytest.mark.parametrize("address", ["/v1/statement?period=2026-10", "/v1/metrics/cost", "/v1/entries"])
def test_accept_chooses_the_form(client: Client, address: str, accept: str, media: str) -> None:
    answer = client.get(address, headers={"accept": accept})
    assert answer.headers["content-type"].split(";")[0] == media
    assert answer.headers["content-type"].count("charset") <= 1


def test_a_file_says_what_it_is_made_from(client: Client, filled: tuple[Client, Services]) -> None:
    version = filled[1].store.versions().data
    answer = client.get("/v1/entries?format=parquet")
    assert answer.headers["breakeven-data-version"] == str(version)
    assert 'filename="entries.parquet"' in answer.headers["content-disposition"]
    said = pq.read_schema(io.BytesIO(answer.content)).metadata
    assert said[b"breakeven.data_version"] == str(version).encode()
    assert said[b"breakeven.time_zone"] == b"America/New_York"
    schema = pq.read_schema(io.BytesIO(answer.content))
    assert schema.field("amount").type == pa.decimal128(38, 12)


# --- pages


def _pages(client: Client, address: str, between: Callable[[], None] = lambda: None) -> list[dict[str, Any]]:
    found, after = list[dict[str, Any]](), None
    while True:
        answer = client.get(address if after is None else added(address, f"page={after}"))
        assert answer.status_code == 200, answer.text
        page = answer.json()
        found += page["items"]
        if (after := page["next"]) is None:
            return found
        between()


def test_pages_are_one_list_whatever_is_stored_between_them(company: Workspace, evaluator: Evaluator) -> None:
    with _filled(company, evaluator) as (client, _):
        whole = client.get("/v1/entries?limit=1000").json()["items"]
        number_of = 0

        def store() -> None:
            nonlocal number_of
            number_of += 1
            _post(client, "cost", {"id": f"new{number_of}", "source": "s", "start": "2026-09-01", "amount": "5",
                                   "project": f"fresh-{number_of}"},
                  {"id": "c9-0", "source": "s", "start": "2026-09-05", "amount": number_of,
                   "project": "chat"})  # fmt: skip
            client.post("/v1/entries/validate", json={"entries": ["2026-10/chat/*"], "by": "E", "note": "x"})

        # What the open month holds is prorated to the minute of the first page, as it was in the whole list.
        assert _pages(client, "/v1/entries?limit=3", store) == whole
        assert number_of >= 3
        assert client.get("/v1/entries?limit=1000").json()["items"] != whole


def test_a_page_of_a_file_links_to_the_next(client: Client) -> None:
    whole = [row["id"] for row in rows(client, "/v1/entries", "csv")]
    found, address = list[str](), "/v1/entries?format=csv&limit=4"
    while address:
        answer = client.get(address)
        found += [row["id"] for row in csv.DictReader(io.StringIO(answer.text))]
        link = answer.headers.get("link", "")
        address = link.partition(">")[0].removeprefix("<").removeprefix(HOME)
    assert found == whole


def test_a_data_version_that_cannot_be_had_again_is_said(
    company: Workspace, evaluator: Evaluator, tmp_path: Path
) -> None:
    with _filled(company, evaluator) as (client, services):
        page = client.get("/v1/entries?limit=2").json()
        path = tmp_path / "late.csv"
        path.write_text("id,source,start,amount,project\nlate,old,2026-09-01,1,chat\n")
        import_file(services.pipeline, path, SourceMapping(name="", kind="cost"), now=NOW - timedelta(days=1))
        answer = client.get(f"/v1/entries?limit=2&page={page['next']}")
        assert answer.status_code == 409, answer.text
        assert "begin again" in answer.json()["detail"]


REFUSED = [
    ("/v1/entries?format=xls", "unknown format 'xls'"),
    ("/v1/statement?format=xls", "unknown format 'xls'"),
    ("/v1/entries?format=csv&inputs=true", "pages of JSON only"),
    ("/v1/entries?format=csv&project=cat", "chat"),
    ("/v1/entries?format=csv&period=2026-10-05", "whole months"),
    ("/v1/export/entry", "entries"),
    ("/v1/export/entries?period=2026-10-05", "whole months"),
    ("/v1/export/entries?format=csv&project=cat", "chat"),
    ("/v1/export/entries?as_of=2027-01-01", "lies in the future"),
    ("/v1/export/breakeven.duckdb?as_of=2027-01-01", "lies in the future"),
    ("/v1/export/breakeven.duckdb?period=2026", "unknown parameter"),
]


@pytest.mark.parametrize(("address", "words"), REFUSED)
def test_what_cannot_be_had_says_why(client: Client, address: str, words: str) -> None:
    answer = client.get(address)
    assert answer.status_code in (400, 404), answer.text
    assert words in answer.text
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_page_belongs_to_its_question(client: Client) -> None:
    after = client.get("/v1/entries?limit=2").json()["next"]
    assert client.get(f"/v1/entries?limit=5&page={after}").status_code == 200
    answer = client.get(f"/v1/entries?project=chat&page={after}")
    assert (answer.status_code, "another question" in answer.text) == (400, True)


# --- tables and the database


def test_every_table_can_be_had(client: Client) -> None:
    listed = client.get("/v1/export").json()["items"]
    assert [one["name"] for one in listed] == [*TABLES, *(view.name for view in VIEWS)]
    for name, table in TABLES.items():
        found = rows(client, f"/v1/export/{name}", "csv")
        assert found, name
        assert list(found[0]) == table.schema.names


def test_tables_are_cut_by_months_and_project(client: Client) -> None:
    for name in ("entries", "statement_monthly", "focus_cost", "interactions_daily", "metrics_monthly"):
        found = rows(client, f"/v1/export/{name}?period=2026-10&project=chat", "jsonl")
        assert found, name
        assert {row.get("project") or row["SubAccountId"] for row in found} == {"chat"}, name
        months = {str(row.get("month") or row.get("day") or row.get("period") or row["ChargePeriodStart"])[:7]
                  for row in found}  # fmt: skip
        assert months == {"2026-10"}, name


def test_as_of_is_what_was_known_then(client: Client) -> None:
    before = rows(client, "/v1/export/entries?as_of=2026-11-14", "jsonl")
    assert {row["category"] for row in before} == {"cost_implementation"}, "only what is declared was known"


@pytest.fixture(scope="module")
def database(filled: tuple[Client, Services], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    path = tmp_path_factory.mktemp("duckdb") / "breakeven.duckdb"
    answer = filled[0].get("/v1/export/breakeven.duckdb")
    assert answer.status_code == 200, answer.text
    path.write_bytes(answer.content)
    with duckdb.connect(str(path), read_only=True) as connection:
        yield connection


def test_the_database_is_described(database: Any) -> None:
    tables = dict(database.execute("SELECT table_name, comment FROM duckdb_tables()").fetchall())
    views = dict(database.execute("SELECT view_name, comment FROM duckdb_views() WHERE NOT internal").fetchall())
    assert {*tables} == {*TABLES, "_about", "_tables"}
    assert views == {view.name: view.description for view in VIEWS}
    assert all(tables.values())
    columns = database.execute("SELECT table_name, column_name, comment FROM duckdb_columns()"
                               " WHERE NOT internal AND comment IS NULL").fetchall()  # fmt: skip
    assert {name for name, _, _ in columns} <= set(views)
    listed = database.execute("SELECT name FROM _tables").fetchall()
    assert {name for (name,) in listed} == {*TABLES, *views}


def test_the_database_is_of_one_version_and_can_be_proven(database: Any, client: Client) -> None:
    (about,) = database.sql("SELECT * FROM _about").to_arrow_table().to_pylist()
    statement = client.get("/v1/statement?period=2026-10").json()
    assert (about["data_version"], about["methodology"]) == (statement["data_version"], statement["methodology"])
    listed = database.execute("SELECT name, sha256, rows FROM _tables WHERE kind = 'table' ORDER BY name").fetchall()
    for name, sha256, count in listed:
        content = client.get(f"/v1/export/{name}?format=csv").content
        assert hashlib.sha256(content).hexdigest() == sha256, name
        assert database.execute(f'SELECT count(*) FROM "{name}"').fetchall() == [(count,)]
    lines = "".join(f"{name} {sha256}\n" for name, sha256, _ in listed)
    assert about["hash"] == hashlib.sha256(lines.encode()).hexdigest()


def test_the_database_adds_up_to_the_statement(database: Any, client: Client) -> None:
    for period in ("2026-09", "2026-10", "2026-11"):
        said = client.get(f"/v1/statement?period={period}").json()
        asked = f"FROM portfolio_monthly WHERE strftime(month, '%Y-%m') = '{period}'"
        (row,) = database.execute(f"SELECT total_value, investment, net_value {asked}").fetchall()
        assert row == tuple(number(said[name]) for name in ("total_value", "investment", "net_value"))
        asked = f"FROM cost_entries WHERE strftime(month, '%Y-%m') = '{period}'"
        ((cost,),) = database.execute(f"SELECT sum(amount) {asked}").fetchall()
        assert cost == number(said["investment"])


def test_unknown_is_null_in_the_database(database: Any) -> None:
    found = database.execute("SELECT model, cost, sum(interactions) FROM interactions_daily GROUP BY ALL ORDER BY ALL"
                             ).fetchall()  # fmt: skip
    assert found == [("m", Decimal("0"), 1), ("m", Decimal("0.0000008"), 1), (None, None, 1)]


# --- FOCUS

MANDATORY = {
    "BilledCost", "BillingAccountId", "BillingAccountName", "BillingCurrency", "BillingPeriodEnd", "BillingPeriodStart",
    "ChargeCategory", "ChargeClass", "ChargeDescription", "ChargePeriodEnd", "ChargePeriodStart", "ContractedCost",
    "EffectiveCost", "InvoiceIssuerName", "ListCost", "PricingQuantity", "PricingUnit", "ProviderName", "PublisherName",
    "ServiceCategory", "ServiceName",
}  # fmt: skip
"""Of FOCUS 1.2."""
NULLABLE = {"ChargeClass", "PricingQuantity", "PricingUnit"}


def test_focus_charges_keep_the_rules_of_the_specification(client: Client) -> None:
    charges = rows(client, "/v1/export/focus_cost", "csv")
    for charge in charges:
        assert charge.keys() >= MANDATORY
        assert all(charge[name] is not None for name in MANDATORY - NULLABLE), charge
        assert charge["ChargeCategory"] in ("Usage", "Credit")
        assert charge["ChargeFrequency"] in ("One-Time", "Recurring", "Usage-Based")
        if charge["ChargeCategory"] == "Usage":
            assert charge["PricingQuantity"] is not None
            assert charge["PricingUnit"] is not None
        for name in ("BillingPeriodStart", "BillingPeriodEnd", "ChargePeriodStart", "ChargePeriodEnd"):
            assert datetime.strptime(charge[name], "%Y-%m-%dT%H:%M:%SZ"), "ISO 8601 in UTC"  # noqa: DTZ007
        assert charge["BillingPeriodStart"] <= charge["ChargePeriodStart"] < charge["ChargePeriodEnd"]
        assert len(charge["BillingCurrency"]) == 3
        assert json.loads(charge["Tags"])["project"] == charge["SubAccountId"].removeprefix("'")
        own = {name for name in charge if name not in MANDATORY
               and name not in ("ChargeFrequency", "SubAccountId", "SubAccountName", "Tags")}  # fmt: skip
        assert all(name.startswith("x_") for name in own), "what the specification does not have begins with x_"
    assert {charge["ChargeCategory"] for charge in charges} == {"Usage", "Credit"}
    october = next(one for one in charges if one["x_EntryId"] == "2026-10/chat/cost_allocated")
    assert (october["ChargePeriodStart"], october["ChargePeriodEnd"]) == (
        "2026-10-01T04:00:00Z",
        "2026-11-01T04:00:00Z",
    )
    assert (october["x_AllocatedCost"], october["x_AllocationPools"]) == (october["BilledCost"], "gpu: even")


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_focus_charges_come_back_to_the_same_totals(
    client: Client, company: Workspace, evaluator: Evaluator, tmp_path: Path, form: str
) -> None:
    path = tmp_path / f"bill.{form}"
    path.write_bytes(client.get(f"/v1/export/focus_cost?format={form}").content)
    plain = msgspec.structs.replace(
        company, pools={},
        projects={name: msgspec.structs.replace(one, implementation=None) for name, one in company.projects.items()},
    )  # fmt: skip
    with _served(plain, evaluator, lambda: NOW) as services:
        summary = import_file(services.pipeline, path, SourceMapping(name="", kind="focus"), now=NOW)
        assert (summary.rejected, summary.accepted > 0) == ({}, True), summary
        for period in ("2026-09", "2026-10", "2026-11"):
            for project in (None, "chat", "unassigned"):
                query = f"/v1/statement?period={period}" + (f"&project={project}" if project else "")
                was = number(client.get(query).json()["investment"])
                span = services.workspace.calendar.parse(period, NOW)
                now = services.ledger.statement(span, now=NOW, project=project).investment
                assert now == was, (period, project)


# --- the documentation

DOCUMENT = (Path(__file__).parents[2] / "docs" / "data-out.md").read_text(encoding="utf-8")


def _samples(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", DOCUMENT, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("sql", _samples("sql"))
def test_sql_of_the_documentation_answers(database: Any, sql: str) -> None:
    assert database.execute(sql).fetchall()


@pytest.mark.parametrize("sample", _samples("powerquery"))
def test_recipes_of_the_documentation_name_what_there_is(client: Client, sample: str) -> None:
    path = re.search(r'RelativePath = "([^"]+)"', sample)
    form = re.search(r'format = "([^"]+)"', sample)
    assert path is not None
    assert form is not None
    found = rows(client, f"/{path[1]}", form[1])
    assert set(re.findall(r'{"(\w+)",', sample)) <= found[0].keys()


def test_every_table_column_and_view_is_documented() -> None:
    for table in TABLES.values():
        section = DOCUMENT.partition(f"\n### {table.name}\n")[2].partition("\n### ")[0]
        assert table.description.rstrip(".") in section, table.name
        named = re.findall(r"^\| `(\w+)` \| [\w /]+ \| (.+) \|$", section, re.MULTILINE)
        assert named == [(column.name, column.description) for column in table.columns]
    for view in VIEWS:
        assert f"| `{view.name}` | {view.description} | `{view.select}` |" in DOCUMENT
