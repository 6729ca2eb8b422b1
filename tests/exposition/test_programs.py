"""Prometheus itself: it scrapes, loads the history, checks the rules, answers every panel, and its alerts fire."""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
import yaml
from tests.demo.made import NOW

from breakeven.exposition.grafana.files import RULES, files, write
from breakeven.exposition.grafana.rules import JOB
from breakeven.exposition.history import history
from breakeven.exposition.rendering import Dialect
from breakeven.web.metrics import Exposition
from breakeven.web.server import build
from breakeven.web.services import Services

pytestmark = pytest.mark.prometheus
FIRST, LAST = date(2026, 11, 15), date(2026, 11, 21)
ADVICE = re.compile(r'use base unit "seconds" instead of|should not contain abbreviated units')
"""What promtool would call otherwise: the names that were asked for and names of figures have units of their own."""
VARIABLES = {"$project": ".*", "$category": ".*"}


def tool(*arguments: object, given: str | None = None) -> subprocess.CompletedProcess[str]:
    promtool = shutil.which("promtool")
    assert promtool, "there is no promtool: make test installs it, make test PROMETHEUS=no leaves these tests out"
    return subprocess.run([promtool, *map(str, arguments)], input=given, capture_output=True, text=True, timeout=60)


@contextmanager
def listening(services: Services) -> Iterator[str]:
    """Where a server of the company answers, as host:port."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(build(services), log_level="warning", lifespan="on"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        yield f"127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join(10)


class Prometheus:
    """A running Prometheus."""

    def __init__(self, address: str) -> None:
        self.client = httpx.Client(base_url=f"http://{address}", timeout=20)

    def ask(self, path: str, **parameters: object) -> Any:
        answer = self.client.get(f"/api/v1/{path}", params={name: str(value) for name, value in parameters.items()})
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]

    def values(self, expression: str, at: float | None = None) -> list[Any]:
        found: list[Any] = self.ask("query", query=expression, **({} if at is None else {"time": at}))["result"]
        return found

    def until(self, expression: str, answers: Callable[[list[Any]], bool] = bool) -> list[Any]:
        """Ask until the answer is as wanted."""
        deadline = time.monotonic() + 30
        while not answers(found := self.values(expression)):
            assert time.monotonic() < deadline, f"{expression}: {found}"
            time.sleep(0.1)
        return found


@pytest.fixture(scope="module")
def folder(company: Services, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `breakeven grafana` writes."""
    made = tmp_path_factory.mktemp("written")
    write(files(company.workspace, url="http://127.0.0.1:8321", prometheus="http://127.0.0.1:9090", folder=made), made)
    return made


@pytest.fixture(scope="module")
def prometheus(company: Services, folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """One that has loaded the history, and has scraped the company several times."""
    home, program = tmp_path_factory.mktemp("prometheus"), shutil.which("prometheus")
    assert program, "there is no prometheus: make test installs it, make test PROMETHEUS=no leaves these tests out"
    with listening(company) as address, socket.socket() as reserved, (home / "log").open("w") as log:
        scraped = (("instance", address), ("job", JOB))
        with company.ledger.desk(NOW) as desk, (home / "history.om").open("w") as file:
            file.writelines(history(desk, FIRST, LAST + timedelta(days=1), 500, scraped))
        loaded = tool("tsdb", "create-blocks-from", "openmetrics", home / "history.om", home / "data")
        assert loaded.returncode == 0, loaded.stderr
        settings = yaml.safe_load((folder / "prometheus" / "prometheus.yaml").read_text())
        settings["global"] = {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"}
        settings["rule_files"] = [str(folder / RULES)]
        settings["scrape_configs"][0]["static_configs"] = [{"targets": [address]}]
        (home / "prometheus.yaml").write_text(yaml.safe_dump(settings))
        reserved.bind(("127.0.0.1", 0))
        port = reserved.getsockname()[1]
        reserved.close()
        running = subprocess.Popen(
            [program, f"--config.file={home}/prometheus.yaml", f"--storage.tsdb.path={home}/data",
             "--storage.tsdb.retention.time=100y", f"--web.listen-address=127.0.0.1:{port}", "--log.level=warn"],
            stderr=log,
        )  # fmt: skip
        made = Prometheus(f"127.0.0.1:{port}")
        try:
            deadline = time.monotonic() + 30
            while not answers(made):
                assert running.poll() is None, (home / "log").read_text()
                assert time.monotonic() < deadline, (home / "log").read_text()
                time.sleep(0.1)
            made.until("count_over_time(up[1h])", lambda found: bool(found) and float(found[0]["value"][1]) >= 4)
            yield made
        finally:
            made.client.close()
            running.terminate()
            running.wait(10)


def answers(made: Prometheus) -> bool:
    try:
        return made.client.get("/-/ready").status_code == 200
    except httpx.TransportError:
        return False


def test_metrics_pass_promtool_but_for_units_that_are_asked_for(company: Services) -> None:
    checked = tool("check", "metrics", given=Exposition(company).page(Dialect.TEXT, NOW))
    lines = (checked.stdout + checked.stderr).splitlines()
    assert [line for line in lines if not ADVICE.search(line)] == []
    assert any(line.startswith("mlops_deployment_time_days ") for line in lines), "promtool read nothing"


def test_rules_and_settings_pass_promtool(folder: Path) -> None:
    checked = tool("check", "rules", folder / RULES)
    assert checked.returncode == 0, checked.stderr
    checked = tool("check", "config", folder / "prometheus" / "prometheus.yaml")
    assert checked.returncode == 0, checked.stderr


def test_what_is_scraped_is_what_the_page_says(company: Services, prometheus: Prometheus) -> None:
    page = Exposition(company).page(Dialect.TEXT, NOW)
    for name in ("mlops_roi_value_monthly", "mlops_deployments_total", "mlops_incidents_total", "mlops_platform_nps"):
        (value,) = re.findall(rf"^{name} (\S+)$", page, re.MULTILINE)
        ((found),) = prometheus.values(name)
        assert float(found["value"][1]) == float(value), name
    (state,) = prometheus.ask("targets")["activeTargets"]
    assert (state["health"], state["lastError"]) == ("up", "")


def test_history_that_was_loaded_answers_for_its_days(company: Services, prometheus: Prometheus) -> None:
    page = Exposition(company).page(Dialect.TEXT, NOW)
    (value,) = re.findall(r"^mlops_roi_value_monthly (\S+)$", page, re.MULTILINE)
    for back in range(1, 8):
        at = (NOW.replace(hour=12) - timedelta(days=back)).timestamp()
        found = prometheus.values("last_over_time(mlops_roi_value_monthly[26h])", at)
        if LAST - timedelta(days=6) < (NOW - timedelta(days=back)).date():
            assert [float(one["value"][1]) for one in found] == [float(value)], back


def test_the_past_and_what_is_scraped_are_one_series(prometheus: Prometheus) -> None:
    (present,) = prometheus.values("mlops_roi_value_monthly")
    (past,) = prometheus.values("mlops_roi_value_monthly[400d]")
    assert past["metric"] == present["metric"]
    days = {datetime.fromtimestamp(at, UTC).date() for at, _ in past["values"]}
    assert min(days) <= FIRST + timedelta(days=1)
    assert max(days) > LAST + timedelta(days=1), "it is scraped today"


def expressions(folder: Path) -> list[tuple[str, str]]:
    """Where it stands, and every expression of panels and recording rules."""
    found = []
    for path in sorted((folder / "dashboards").glob("*.json")):
        for panel in json.loads(path.read_text())["panels"]:
            found += [(f"{path.stem}: {panel['title']}", one["expr"]) for one in panel.get("targets") or ()]
    for group in yaml.safe_load((folder / RULES).read_text())["groups"]:
        found += [(one["record"], one["expr"]) for one in group["rules"] if "record" in one]
    return found


def test_every_expression_of_panels_and_rules_returns_data(folder: Path, prometheus: Prometheus) -> None:
    empty = []
    for place, expression in expressions(folder):
        for name, value in VARIABLES.items():
            expression = expression.replace(name, value)
        if not prometheus.values(expression):
            empty.append((place, expression))
    assert empty == []


def test_every_alert_is_evaluated_without_error(prometheus: Prometheus) -> None:
    prometheus.until("breakeven:figure_to_target:ratio")
    rules = [rule for group in prometheus.ask("rules")["groups"] for rule in group["rules"]]
    assert rules
    assert [(rule["name"], rule.get("lastError")) for rule in rules if rule["health"] == "err"] == []


DAY = 86_400
OPERATION = {
    "BreakevenDown": ('up{job="breakeven"}', ["0x150"], ["1x150", "0 1x149"]),
    "BreakevenWriterStopped": ("breakeven_ingest_writer_up", ["0x150"], ["1x150"]),
    "BreakevenStoreRefuses": ("breakeven_ingest_store_up", ["0x150"], ["1x150", "1x132 0x20"]),
    "BreakevenStoreBehind": ("breakeven_ingest_lag_seconds", ["90x150"], ["0x150", "60x150"]),
    "BreakevenUpkeepFails": ("breakeven_store_upkeep_up", ["0x150"], ["1x150"]),
    "BreakevenRejecting": ('breakeven_ingest_rejected_total{reason="bad_time"}', ["0x125 1x20", "7+1x150"],
                           ["0x150", "5x150"]),
    # The time of these tests begins at 0: what was closed until 46 days before it is older than that at its end.
    "BreakevenMonthNotClosed": ("breakeven_closed_until_timestamp_seconds", [f"-{46 * DAY}x150", f"-{45 * DAY}x150"],
                                [f"-{44 * DAY}x150", "_x150"]),
}  # fmt: skip
"""Alert → its series, values for which it fires in minute 135, and values for which it is silent."""
STATUSES = ["0x150", "1x150", "2x150", "_x150"]
"""Off track, watch, on track, unknown."""


def cases_of(rule: dict[str, Any]) -> tuple[str, list[str], list[str]]:
    """The series of an alert, values for which it fires, and for which it is silent."""
    found = re.search(r"(breakeven_target_status\{[^}]*\}) == (\d)", rule["expr"])
    if found is None:
        return OPERATION[rule["alert"]]
    fires = f"{found[2]}x150"
    return found[1], [fires], [status for status in STATUSES if status != fires]


def test_every_alert_fires_when_it_should_and_only_then(company: Services, folder: Path, tmp_path: Path) -> None:
    """All that were written, in what promtool makes of them: in each round each has other values."""
    groups = yaml.safe_load((folder / RULES).read_text())["groups"]
    alerts = {rule["alert"]: rule for group in groups for rule in group["rules"] if "alert" in rule}
    targets = {target.metric for target in company.workspace.targets}
    assert len(alerts) == len(OPERATION) + 2 * len(targets)
    figures = [{"series": f"breakeven_figure_{name}", "values": "7x150"} for name in sorted(targets)]
    cases, seen = [], set[tuple[str, bool]]()
    for number in range(len(STATUSES)):
        given, asked = {}, []
        for name, rule in alerts.items():
            series, fires, silent = cases_of(rule)
            # Both alerts of a target look at one series.
            values = STATUSES[number] if name not in OPERATION else [*fires, *silent][number % len(fires + silent)]
            given[series], firing = values, values in fires
            seen.add((name, firing))
            asked.append({
                "expr": f'count(ALERTS{{alertname="{name}",alertstate="firing"}})', "eval_time": "135m",
                "exp_samples": [{"labels": "{}", "value": 1}] if firing else [],
            })  # fmt: skip
        inputs = [{"series": series, "values": values} for series, values in given.items()]
        cases.append({"interval": "1m", "name": f"round {number}", "input_series": [*inputs, *figures],
                      "promql_expr_test": asked})  # fmt: skip
    assert seen == {(name, firing) for name in alerts for firing in (True, False)}
    file = tmp_path / "alerts.yaml"
    file.write_text(yaml.safe_dump({"rule_files": [str(folder / RULES)], "evaluation_interval": "1m", "tests": cases}))
    done = tool("test", "rules", file)
    assert done.returncode == 0, done.stdout + done.stderr
