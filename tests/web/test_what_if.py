"""The what-if page over HTTP: its figures are those of the API and the command line, with and without scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import msgspec
import pytest
from litestar import Litestar
from litestar.testing import TestClient

from breakeven.ingest.pipeline import Pipeline
from breakeven.ledger.ledger import Ledger
from breakeven.pricing import make_pricer
from breakeven.store.duckdb import MEMORY, DuckDBStore
from breakeven.views.format import Display
from breakeven.web.pages import pages
from breakeven.web.running import serving
from breakeven.web.server import build
from breakeven.workspace.definitions import AssumptionValue, Project, Target, Workspace

NOW = datetime(2026, 11, 15, 12, tzinfo=UTC)
HOME = "http://127.0.0.1:8321"
FORM = {"content-type": "application/x-www-form-urlencoded"}
PERIOD = "period=2026-10"
D = Decimal
Client = TestClient[Litestar]


def stated(value: str, low: str, high: str, project: str | None = None) -> AssumptionValue:
    return AssumptionValue(value=D(value), low=D(low), high=D(high), start=date(1970, 1, 1), project=project,
                           distribution="triangular")  # fmt: skip


@pytest.fixture(scope="module")
def company(workspace: Workspace) -> Workspace:
    """Two projects; rates with ranges, a project with a name that must be escaped, a goal."""
    assumptions = dict(workspace.assumptions)
    for name, values in {
        "hourly_rate": (stated("150", "120", "190"),), "realisation_rate": (stated("0.8", "0.5", "1"),),
    }.items():  # fmt: skip
        assumptions[name] = msgspec.structs.replace(assumptions[name], values=values)
    projects = {"chat": Project(id="chat", name="Chat", category="customer_service"),
                "ops": Project(id="ops", name="<b>Ops</b>", category="platform")}  # fmt: skip
    return msgspec.structs.replace(workspace, assumptions=assumptions, projects=projects,
                                   targets=(Target(metric="roi_percent", at_least=D(100)),))  # fmt: skip


def record(client: Client, of: str, **fields: Any) -> None:
    """Hand one record in."""
    content = msgspec.json.encode({"source": "s", **fields})
    answer = client.post(f"/v1/events?kind={of}", content=content, headers={"content-type": "application/x-ndjson"})
    assert answer.status_code == 200, answer.text


@pytest.fixture(scope="module")
def client(company: Workspace, evaluator: Any) -> Iterator[Client]:
    with DuckDBStore.open(MEMORY, time_zone="UTC") as store:
        pipeline = Pipeline(company, store, make_pricer(company.prices, Path(), "UTC"), threads=1)
        ledger = Ledger(company, store, evaluator)
        with serving(company, store, ledger, pipeline, lambda: NOW) as services:
            front = pages(services)
            with TestClient(build(services, front), base_url=HOME, raise_server_exceptions=False) as made:
                for name, hours in (("chat", 40), ("ops", 10)):
                    record(made, "cost", id=name, start="2026-10-05T10:00:00Z", amount="1000", project=name)
                    record(made, "benefit", id=name, time="2026-10-05T10:00:00Z", kind="hours_saved", quantity=hours,
                           unit="hour", project=name)  # fmt: skip
                yield made
            front.stop()
        pipeline.close()


def page(client: Client, query: str, status: int = 200) -> str:
    answer = client.get(f"/what-if?{PERIOD}&{query}")
    assert answer.status_code == status, answer.text
    return answer.text


def shown(text: str, name: str) -> str:
    """The text of an element that holds none of its own kind."""
    found = re.search(rf'<(\w+)[^>]* id="{re.escape(name)}"[^>]*>(.*?)</\1>', text, re.DOTALL)
    assert found, name
    return unescape(re.sub(r"<[^>]+>", "", found[2])).strip()


def live(client: Client, query: str, **more: Any) -> dict[str, Any]:
    answer = client.post("/what-if/live", json={"query": f"{PERIOD}&{query}", **more})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


CHANGES = ("hourly_rate=180", "hourly_rate=-12.5%", "realisation_rate@chat=0.7")


@pytest.mark.parametrize("change", CHANGES)
def test_the_page_has_the_figures_of_the_api(client: Client, change: str) -> None:
    """A value, a percentage, one project: what stands on the page is what the API's figure is written as."""
    api = client.post("/v1/what-if", json={"changes": [change], "period": "2026-10"}).json()["figures"]
    text = client.get("/what-if", params={"period": "2026-10", "set": change}).text
    write = Display(currency="USD")
    assert shown(text, "w-roi") == write.roi(D(api["roi_percent"]["after"]))
    assert shown(text, "w-result-0") == write.money(D(api["net_value"]["after"]))
    assert write.roi(D(api["roi_percent"]["before"])) in shown(text, "w-roi-words")
    for name, figure in (("w-roi", "roi_percent"), ("w-result-0", "net_value")):
        assert re.search(rf'id="{name}"[^>]*><data value="{re.escape(api[figure]["after"])}"', text)
    each = (1 + D(api["roi_percent"]["after"]) / 100).quantize(D("0.01"))
    assert f"${each} for every $1" in shown(text, "lead-finding")


def test_the_live_answer_is_the_page(client: Client) -> None:
    """What a slider's move sends and what the address it leads to shows are the same."""
    found = live(client, "v.hourly_rate=180&v.realisation_rate=60", open=["tornado", "density", "cumulative"])
    assert parse_qs(urlsplit(found["address"]).query)["set"] == ["hourly_rate=180", "realisation_rate=0.6"]
    text = client.get(found["address"]).text
    for name in ("w-roi", "w-result-0", "w-result-1", "w-result-2", "lead-finding", "lead-exception"):
        assert shown(text, name) == unescape(re.sub(r"<[^>]+>", "", found["fragments"][name])).strip()
    for name in ("w-density", "w-tornado", "w-cumulative", "lever-hourly_rate-track", "w-current", "w-tornado-data"):
        assert found["fragments"][name] in text
    assert found["levers"]["realisation_rate"]["value"] == "60"  # shares are shown in percent
    assert found["said"].startswith("ROI +")
    assert "w-tornado-data" not in live(client, "v.hourly_rate=180")["fragments"]


def test_the_range_is_that_of_the_api(client: Client) -> None:
    made = client.get("/v1/range", params={"period": "2026-10", "draws": 1000, "set": "hourly_rate=-10%"}).json()
    line, write = made["lines"]["roi_percent"], Display(currency="USD")
    text = shown(client.get("/what-if", params={"period": "2026-10", "set": "hourly_rate=-10%"}).text, "w-interval")
    assert text.replace("\u2060", "") == f"{write.roi(D(line['p10']))}–{write.roi(D(line['p90']))}"


def test_the_form_works_without_scripts(client: Client) -> None:
    """The numbers lead to an address with what was moved, and only that."""
    answer = client.get(f"/what-if/apply?{PERIOD}&set=realisation_rate%3D0.6&v.hourly_rate=180&v.realisation_rate=60",
                        follow_redirects=False)  # fmt: skip
    assert answer.status_code == 303
    assert parse_qs(urlsplit(answer.headers["location"]).query) == {
        "period": ["2026-10"], "set": ["realisation_rate=0.6", "hourly_rate=180"]}  # fmt: skip
    back = client.get(f"/what-if/apply?{PERIOD}&set=hourly_rate%3D180&v.hourly_rate=150", follow_redirects=False)
    assert "set" not in back.headers["location"]
    own = client.get(f"/what-if/apply?{PERIOD}&add_name=hourly_rate&add_project=chat", follow_redirects=False)
    text = client.get(own.headers["location"]).text
    assert 'name="v.hourly_rate@chat"' in text
    moved = client.get(f"{own.headers['location'].replace('/what-if?', '/what-if/apply?')}&v.hourly_rate%40chat=99",
                       follow_redirects=False)  # fmt: skip
    assert parse_qs(urlsplit(moved.headers["location"]).query)["set"] == ["hourly_rate@chat=99"]


@pytest.mark.parametrize(("query", "words"), [
    ("v.hourly_rate=much", "'much' is no number; write a number such as"),
    ("v.hourly_rate=1e30", "below 10^20"),
    ("v.hourly_rate=nan", "cannot be used"),
    ("v.hourly_rate=1%2C5", "with a point before decimals"),
    ("set=rate%3D1", "unknown assumption 'rate'"),
    ("set=hourly_rate%3D", "write hourly_rate=180"),
    ("set=hourly_rate%40nobody%3D1", "unknown project"),
    ("lever=hourly_rate", "HOURLY"),
])  # fmt: skip
def test_what_cannot_be_used_is_said_in_place(client: Client, query: str, words: str) -> None:
    """The page stands with the figures of what can be used; what was typed is kept, and what is valid is named."""
    answer = client.get(f"/what-if/apply?{PERIOD}&{query}", follow_redirects=False)
    assert answer.status_code == 422
    text = unescape(answer.text)
    assert words.lower() in text.lower()
    assert 'role="alert"' in text
    assert shown(answer.text, "w-roi") == "+200%"
    if query.startswith("v.hourly_rate=much"):
        assert 'value="much"' in text
        assert 'aria-invalid="true"' in text


def test_of_two_values_of_one_lever_the_last_counts(client: Client) -> None:
    answer = client.get(f"/what-if/apply?{PERIOD}&v.hourly_rate=170&v.hourly_rate=180", follow_redirects=False)
    assert parse_qs(urlsplit(answer.headers["location"]).query)["set"] == ["hourly_rate=180"]
    both = page(client, "set=hourly_rate%3D170&set=hourly_rate%3D180")
    one = page(client, "set=hourly_rate%3D180")
    assert shown(both, "w-roi") == shown(one, "w-roi")  # changes apply one after the other


def test_a_value_outside_the_lever_widens_it(client: Client) -> None:
    found = live(client, "v.hourly_rate=900")
    assert D(found["levers"]["hourly_rate"]["max"]) >= 900


def test_a_parameter_that_no_page_has(client: Client) -> None:
    assert client.get("/what-if?rate=1").status_code == 400
    assert client.post("/what-if/live", json={"query": "rate=1"}).status_code == 400
    assert client.post("/what-if/live", json={"no": 1}).status_code == 400


def test_what_people_write_is_escaped(client: Client) -> None:
    text = page(client, "set=%3Cscript%3E%3D1&lever=hourly_rate%40ops")
    assert "<script>=" not in text
    assert "<b>Ops</b>" not in text
    assert "&lt;b&gt;Ops" in text
    assert not re.search(r"\sstyle=|\son[a-z]+=", text)


def test_months_only(client: Client) -> None:
    text = client.get("/what-if?period=2026-10-05").text
    assert "whole months" in text
    assert "Show the year to date" in text
    assert client.post("/what-if/live", json={"query": "period=2026-10-05"}).status_code == 400


def save(client: Client, **fields: str) -> Any:
    body = {"period": "2026-10", "set": "hourly_rate=120", **fields}
    return client.post("/what-if/save", data=body, follow_redirects=False)


def test_a_scenario_is_saved_replaced_compared_and_deleted(client: Client) -> None:
    made = save(client, name="Cautious finance view", by="Ada", description="As the auditors count")
    assert made.status_code == 303
    assert made.headers["location"] == "/what-if?period=2026-10&set=hourly_rate%3D120"
    text = client.get(made.headers["location"]).text
    row = re.search(r"<tr>(?:(?!<tr>).)*Cautious finance view.*?</tr>", text, re.DOTALL)
    assert row
    api = client.get("/v1/scenarios/cautious-finance-view?period=2026-10").json()["figures"]
    assert Display(currency="USD").roi(D(api["roi_percent"]["after"])) in row[0]
    assert "Saved as Cautious finance view" in text

    again = save(client, name="Cautious finance view", by="Bob", description="Mine")
    assert again.status_code == 409
    assert "saved by Ada" in again.text
    assert 'value="Bob"' in again.text
    assert 'value="Mine"' in again.text
    assert client.get("/v1/scenarios").json()["items"][0]["who"] == "Ada"
    assert save(client, name="Cautious finance view", by="Bob", replace="1").status_code == 303
    assert client.get("/v1/scenarios").json()["items"][0]["who"] == "Bob"

    beside = page(client, "beside=cautious-finance-view")
    assert "Scenarios side by side" in beside
    assert "hourly_rate=120" in beside
    assert "no scenario is named" in page(client, "beside=nothing")

    wrong = client.post("/what-if/delete", data={"name": "cautious-finance-view", "by": " ", "period": "2026-10"})
    assert wrong.status_code == 422
    assert "who" in wrong.text
    gone = client.post("/what-if/delete", data={"name": "cautious-finance-view", "by": "Ada", "period": "2026-10"},
                       follow_redirects=False)  # fmt: skip
    assert gone.status_code == 303
    assert client.get("/v1/scenarios").json()["items"] == []


@pytest.mark.parametrize(("fields", "words"), [
    ({"name": "x", "by": ""}, "who"), ({"name": "!!!", "by": "Ada"}, "is no name of a scenario"),
    ({"name": "x", "by": "Ada", "set": ""}, "without changes"),
])  # fmt: skip
def test_what_cannot_be_saved_keeps_what_was_typed(client: Client, fields: dict[str, str], words: str) -> None:
    answer = save(client, description="Kept", **fields)
    assert answer.status_code == 422
    assert words in answer.text
    assert 'value="Kept"' in answer.text
    assert client.get("/v1/scenarios").json()["items"] == []


def test_the_past_can_be_supposed_about_too(client: Client) -> None:
    """Before anything was recorded there is nothing to suppose about, in the API as on the page."""
    assert client.post("/v1/what-if", json={"changes": ["hourly_rate=1"], "as_of": "2026-11-15T11:00:00Z",
                       "period": "2026-10"}).json()["figures"]["net_value"]["before"] is None  # fmt: skip
    assert client.get("/v1/range?period=2026-10&as_of=2020-01-01").json()["lines"]["net_value"]["value"] is None


@pytest.mark.parametrize("name", ["density", "tornado", "cumulative"])
def test_pictures_are_taken_along(client: Client, name: str) -> None:
    page = client.get(f"/what-if?{PERIOD}&set=hourly_rate=180").text
    links = {form: unescape(found[1]) for form in ("svg", "png", "csv")
             if (found := re.search(rf'href="(/charts/what-if/{name}\.{form}[^"]*)"', page)) is not None}  # fmt: skip
    drawn = client.get(links["svg"])
    assert drawn.status_code == 200, drawn.text
    assert float(ElementTree.fromstring(drawn.text).attrib["width"]) > 400
    assert "var(" not in drawn.text
    assert "data version" in drawn.text
    assert client.get(links["png"]).content.startswith(b"\x89PNG")
    table = client.get(links["csv"]).text
    assert len(table.splitlines()) > 1
    assert table != client.get(links["csv"].replace("180", "120")).text


def test_a_picture_that_is_not_there_names_those_that_are(client: Client) -> None:
    assert "choose one of density, tornado, cumulative" in client.get("/charts/what-if/other.svg").text


def test_the_links_follow_the_form(client: Client) -> None:
    given = {"query": f"{PERIOD}&v.hourly_rate=180", "open": ["tornado"]}
    answer = client.post("/what-if/live", content=msgspec.json.encode(given),
                         headers={"content-type": "application/json", "origin": HOME})  # fmt: skip
    assert "hourly_rate%3D180" in answer.json()["fragments"]["w-tornado-files"], answer.text
