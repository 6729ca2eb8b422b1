"""What /metrics says: read with Prometheus' own client, and the same as the statement to the last digit."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics
from prometheus_client.parser import text_string_to_metric_families as plain
from tests.demo.made import NOW

from breakeven.exposition.history import history
from breakeven.exposition.present import present, projects_of
from breakeven.exposition.rendering import Dialect, dialect_of
from breakeven.ledger.metrics import metrics
from breakeven.ledger.statement import statement
from breakeven.period import Grain
from breakeven.web.metrics import Exposition
from breakeven.web.services import Services

MONTH = date(2026, 10, 1)
SCRAPER = (
    "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
    "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
)
"""What Prometheus sends."""
NAMED = {
    "mlops_roi_value_monthly": "gauge",
    "mlops_models_production": "gauge",
    "mlops_deployment_time_days": "histogram",
    "mlops_deployments_total": "counter",
    "mlops_model_accuracy": "gauge",
    "mlops_incidents_total": "counter",
    "mlops_active_users": "gauge",
    "mlops_platform_nps": "gauge",
}
OWN = (
    "breakeven_ingest_events_total", "breakeven_ingest_lag_seconds", "breakeven_ingest_lag_records",
    "breakeven_ingest_queue_requests", "breakeven_query_duration_seconds_count",
    "breakeven_last_close_timestamp_seconds",
)  # fmt: skip


@pytest.fixture(scope="module")
def page(company: Services) -> str:
    return Exposition(company).page(Dialect.TEXT, NOW)


@pytest.fixture(scope="module")
def strict(company: Services) -> str:
    return Exposition(company).page(Dialect.OPENMETRICS, NOW)


def written(page: str) -> dict[str, str]:
    """Name and labels → value as it is written."""
    lines = [line.rpartition(" ") for line in page.splitlines() if not line.startswith("#")]
    assert len({name for name, _, _ in lines}) == len(lines), "a sample stands twice"
    return {name: value for name, _, value in lines}


def test_both_texts_are_read_by_the_client_and_say_the_same(page: str, strict: str) -> None:
    def values(families: object) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
        return {(sample.name, frozenset(sample.labels.items())): sample.value
                for family in families for sample in family.samples  # type: ignore[attr-defined]
                if "query_duration" not in sample.name}  # fmt: skip

    assert values(plain(page)) == values(open_metrics(strict))


def test_the_named_metrics_have_their_names_and_types(page: str) -> None:
    kinds = dict(re.findall(r"^# TYPE (\S+) (\S+)$", page, re.MULTILINE))
    assert {name: kinds.get(name) for name in NAMED} == NAMED
    total = written(page)
    for name, kind in NAMED.items():
        if name != "mlops_model_accuracy":
            assert (name + "_count" if kind == "histogram" else name) in total, f"{name} has no total without labels"


def test_own_operation_is_shown(page: str) -> None:
    names = {name.partition("{")[0] for name in written(page)}
    assert set(OWN) <= names


def test_amounts_are_those_of_the_statement_to_the_last_digit(company: Services, page: str) -> None:
    found = written(page)
    with company.ledger.desk(NOW) as desk:
        made = statement(desk, desk.workspace.calendar.containing(MONTH, Grain.MONTH))
    assert Decimal(found["mlops_roi_value_monthly"]) == made.total_value
    for name, amount in made.value.items():
        key = f'breakeven_value{{category="{name}"}}'
        assert (None if amount is None else Decimal(found[key])) == amount, name
        assert (key in found) == (amount is not None)
    for name, amount in made.cost.items():
        key = f'breakeven_cost{{line="{name}"}}'
        assert (Decimal(found[key]) if key in found else None) == amount, name
    by_project = [Decimal(value) for name, value in found.items() if name.startswith("mlops_roi_value_monthly_by")]
    assert made.total_value is not None
    assert abs(sum(by_project) - made.total_value) < Decimal("0.01")


def test_figures_are_those_of_the_metrics_and_unknown_ones_are_absent(company: Services, page: str) -> None:
    found = written(page)
    names = re.findall(r"^# TYPE breakeven_project_figure_(\w+) gauge$", page, re.MULTILINE)
    with company.ledger.desk(NOW) as desk:
        tables = metrics(desk, names, grain=Grain.MONTH, span=(MONTH, date(2026, 11, 1)), by="project")
        known = projects_of(desk)
    unknown = 0
    for table in tables:
        values = {row.project: row.value for row in table.rows}
        for project in known:
            (written_here,) = [
                value for name, value in found.items()
                if name.startswith(f'breakeven_project_figure_{table.metric}{{project="{project}"')
            ] or [None]  # fmt: skip
            value = values.get(project)
            unknown += value is None
            assert (None if written_here is None else float(written_here)) == (None if value is None else float(value))
    assert unknown, "nothing is unknown: the test says nothing"


@pytest.mark.parametrize("most", [1, 3])
def test_labels_are_bounded_and_what_is_left_out_is_counted(company: Services, most: int) -> None:
    with company.ledger.desk(NOW) as desk:
        families = present(desk, most)
        projects = len(projects_of(desk))
    for family in families:
        for label in ("project", "model_name"):
            assert len({value for one in family.samples for name, value in one.labels if name == label}) <= most
    (left,) = [family for family in families if family.name == "breakeven_left_out_label_values"]
    assert dict(left.samples[0].labels)["label"] == "project"
    assert left.samples[0].value == projects - most


def test_totals_do_not_depend_on_the_bound(company: Services) -> None:
    with company.ledger.desk(NOW) as desk:
        all_of, few = ({(one.name, sample.suffix): sample.value for one in present(desk, most)
                        for sample in one.samples if not sample.labels} for most in (500, 1))  # fmt: skip
    assert all_of == few


def test_history_is_read_by_the_client_and_ends_with_what_the_page_shows(company: Services, strict: str) -> None:
    with company.ledger.desk(NOW) as desk:
        text = "".join(history(desk, date(2026, 11, 20), date(2026, 12, 1), 500))
    past: dict[tuple[str, frozenset[tuple[str, str]]], list[float]] = {}
    for at in sorted(set(re.findall(r" (\d{10})$", text, re.MULTILINE))):
        # The parser drops the second time of a distribution as a repetition: each time is read by itself.
        alone = "".join(f"{line}\n" for line in text.splitlines() if line.startswith("#") or line.endswith(f" {at}"))
        for family in open_metrics(alone):
            for sample in family.samples:
                past.setdefault((sample.name, frozenset(sample.labels.items())), []).append(sample.value)
    assert {len(values) for values in past.values()} <= {1, 2}, "days that are not over have a value"
    now = {(sample.name, frozenset(sample.labels.items())): sample.value
           for family in open_metrics(strict) for sample in family.samples}  # fmt: skip
    month = [key for key in past if key[0].startswith(("breakeven_figure_", "mlops_roi_value_monthly", "mlops_act"))]
    assert month
    assert {key: past[key][-1] for key in month} == {key: now[key] for key in month}
    for (name, labels), values in past.items():
        if name.endswith("_total"):
            assert values == sorted(values)
            assert values[-1] <= now[name, labels]


@pytest.mark.parametrize(("accept", "dialect"), [
    ("", Dialect.TEXT),
    ("*/*", Dialect.TEXT),
    ("text/html", Dialect.TEXT),
    ("application/openmetrics-text", Dialect.OPENMETRICS),
    (SCRAPER, Dialect.OPENMETRICS),
    ("text/plain, application/openmetrics-text;q=0.5", Dialect.TEXT),
    ("application/openmetrics-text;version=9.0.0,text/plain;q=0.2", Dialect.TEXT),
    ("application/openmetrics-text;q=high", Dialect.TEXT),
])  # fmt: skip
def test_the_text_is_what_the_request_prefers(accept: str, dialect: Dialect) -> None:
    assert dialect_of(accept) is dialect
