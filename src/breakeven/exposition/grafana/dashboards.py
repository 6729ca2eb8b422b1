"""A dashboard for each audience: its key figures first, then courses and parts, then tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import msgspec
from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import dashboard as shapes

from breakeven.exposition.grafana.panels import (
    WIDTH,
    AnyPanel,
    Place,
    Query,
    bars,
    lasting,
    lines,
    number,
    pie,
    rag,
    rows,
    statuses,
    unit_of,
)
from breakeven.exposition.naming import PREFIX, PROJECT_PREFIX, exposed
from breakeven.ledger.catalogue import Figure, figures
from breakeven.ledger.desk import INVESTMENT, NET, ROI, VALUE
from breakeven.workspace.definitions import Target, Workspace

TITLES = {
    "board": "Board", "cfo": "Finance", "cto": "Technology", "steering": "Steering committee", "team": "ML team",
}  # fmt: skip
SPANS = {"team": ("now-6h", "1m")}
USUAL = ("now-1y", "5m")
"""Time that a dashboard shows, and how often it asks anew."""
CHOSEN = '{project=~"$project",category=~"$category"}'
"""The projects that the variables choose."""
EVERY_PROJECT = "mlops_deployments_by_project_total"
"""A metric that names the projects."""
OF_CATEGORY = EVERY_PROJECT + '{category=~"$category"}'
WINDOW = "5m"
NAMED: Mapping[str, str] = {
    "total_monthly_value": "mlops_roi_value_monthly",
    "models_in_production": "mlops_models_production",
    "active_users": "mlops_active_users",
    "nps": "mlops_platform_nps",
}
"""Figures that have a name of their own."""


class Look(msgspec.Struct, frozen=True):
    """What dashboards are made of."""

    workspace: Workspace
    url: str
    """Where breakeven answers, without a slash at the end."""

    @property
    def money(self) -> str:
        return unit_of("money", self.workspace.currency)

    @property
    def known(self) -> frozenset[str]:
        """Names of the exposed figures."""
        return frozenset(one.name for one in exposed(self.workspace))

    def explain(self, audience: str, figure: str) -> str:
        return f"{self.url}/{audience}?period=last-month&explain={figure}"


def dashboards(workspace: Workspace, url: str) -> dict[str, str]:
    """Audience → its dashboard as JSON."""
    look = Look(workspace, url)
    return {audience: _written(_dashboard(look, audience)) for audience in TITLES}


def _written(made: dashboard.Dashboard) -> str:
    return JSONEncoder(sort_keys=True, indent=2).encode(made.build()) + "\n"


def _dashboard(look: Look, audience: str) -> dashboard.Dashboard:
    span, refresh = SPANS.get(audience, USUAL)
    made = (
        dashboard.Dashboard(f"{look.workspace.name}: {TITLES[audience]}")
        .uid(f"breakeven-{audience}")
        .description("Made by `breakeven grafana`; figures are of the last complete month unless they say otherwise.")
        .tags(["breakeven", audience])
        .time(span, "now")
        .refresh(refresh)
        .timezone(look.workspace.calendar.time_zone)
        .link(dashboard.DashboardLink("breakeven").type(shapes.DashboardLinkType.LINK).url(f"{look.url}/{audience}"))
        .with_variable(dashboard.DatasourceVariable("datasource").label("Prometheus").type("prometheus"))
        .with_variable(_variable("category", "Category", f"label_values({EVERY_PROJECT}, category)"))
        .with_variable(_variable("project", "Project", f"label_values({OF_CATEGORY}, project)"))
    )
    for title, panels in SECTIONS[audience](look, audience):
        made = made.with_row(dashboard.Row(title))
        for panel in panels:
            made = made.with_panel(panel)
    return made


def _variable(name: str, label: str, query: str) -> dashboard.QueryVariable:
    every = shapes.VariableOption(text="All", value="$__all", selected=True)
    return (
        dashboard.QueryVariable(name).label(label).query(query)
        .datasource(shapes.DataSourceRef(type_val="prometheus", uid="${datasource}"))
        .refresh(shapes.VariableRefresh.ON_TIME_RANGE_CHANGED).sort(shapes.VariableSort.ALPHABETICAL_ASC)
        .multi(True).include_all(True).all_value(".*").current(every)
    )  # fmt: skip


Section = tuple[str, Sequence[AnyPanel]]


def metric_of(figure: str) -> str:
    """The name under which a figure of the last complete month is scraped."""
    return NAMED.get(figure, PREFIX + figure)


def _key_figures(look: Look, audience: str) -> Section:
    catalogue, targets = figures(look.workspace), {target.metric: target for target in look.workspace.targets}
    refs = look.workspace.key_figures.get(audience, ())
    width = max(4, WIDTH // max(1, len(refs)))
    panels = [
        _key_figure(look, audience, catalogue[ref.figure], ref.label, targets.get(ref.figure), width) for ref in refs
    ]
    return "Key figures", panels


def _key_figure(
    look: Look, audience: str, one: Figure, label: str | None, target: Target | None, width: int
) -> AnyPanel:
    place = Place(title=label or one.label, description=one.description, width=width, height=5,
                  explain=look.explain(audience, one.name))  # fmt: skip
    # A target for a length of time grows with it; the table of targets has it as it stands.
    fixed = target if target is not None and target.per is None else None
    query = Query(lasting(metric_of(one.name)), label or one.label)
    return number(place, query, unit_of(one.unit, look.workspace.currency), rag(fixed))


def _targets() -> Section:
    queries = [Query("max by (figure) (breakeven_target)", "Target"),
               Query("max by (figure) (breakeven_target_status)", "Status")]  # fmt: skip
    return "Targets", [statuses(Place(title="Targets", width=WIDTH), queries)]


def _course(look: Look, audience: str, width: int = 16) -> AnyPanel:
    named = ((VALUE, "Value"), (INVESTMENT, "Investment"), (NET, "Net value"))
    queries = [Query(lasting(metric_of(name)), label) for name, label in named if name in look.known or name == VALUE]
    return lines(Place(title="Value, investment and net value by month", width=width,
                       explain=look.explain(audience, NET)), queries, look.money)  # fmt: skip


def _by_category(look: Look, audience: str) -> AnyPanel:
    return pie(Place(title="Value by category", explain=look.explain(audience, VALUE)),
               Query("breakeven_value > 0", "{{category}}"), look.money)  # fmt: skip


def _by_project(look: Look, audience: str, figure: str, title: str, unit: str, width: int = 8) -> AnyPanel:
    query = Query(f"sort_desc({PROJECT_PREFIX}{figure}{CHOSEN})", "{{project}}")
    return bars(Place(title=title, width=width, explain=look.explain(audience, figure)), query, unit)


def _board(look: Look, audience: str) -> list[Section]:
    return [
        _key_figures(look, audience),
        ("Trend and parts", [_course(look, audience), _by_category(look, audience)]),
        ("Projects", [_by_project(look, audience, NET, "Net value by project", look.money, 12),
                      bars(Place(title="Models in production by project", width=12),
                           Query(f"mlops_models_production_by_project{CHOSEN}", "{{project}}"), "short")]),
        _targets(),
    ]  # fmt: skip


def _cfo(look: Look, audience: str) -> list[Section]:
    money = look.money
    columns = [(VALUE, "Value", money), (INVESTMENT, "Investment", money), (NET, "Net value", money),
               (ROI, "ROI", "percent")]  # fmt: skip
    queries = [Query(f"{PROJECT_PREFIX}{name}{CHOSEN}", label) for name, label, _ in columns if name in look.known]
    units = [unit for name, _, unit in columns if name in look.known]
    proof = [Query(lasting("breakeven_proven_value"), "{{proof}}")]
    return [
        _key_figures(look, audience),
        ("Value and cost", [
            _course(look, audience), _by_category(look, audience),
            pie(Place(title="Cost by line", explain=look.explain(audience, INVESTMENT)),
                Query("breakeven_cost > 0", "{{line}}"), money),
            bars(Place(title="Value by grade of evidence"), Query("breakeven_graded_value", "{{grade}}"), money),
            lines(Place(title="Claimed, measured and validated"), proof, money),
        ]),
        ("Projects", [
            rows(Place(title="Return by project", width=WIDTH), queries, units, hidden=("category",)),
        ]),
        _targets(),
    ]  # fmt: skip


def _cto(look: Look, audience: str) -> list[Section]:
    days = "mlops_deployment_time_days"
    mean = f"{lasting(days + '_sum')} / {lasting(days + '_count')}"
    return [
        _key_figures(look, audience),
        ("Delivery", [
            lines(Place(title="Deployments of 30 days"),
                  [Query("increase(mlops_deployments_total[30d])", "Deployments")], "short"),
            lines(Place(title="Days to production, mean of all so far"), [Query(mean, "Days")], "d"),
            bars(Place(title="Days to production by project"),
                 Query(f"{days}_by_project_sum{CHOSEN} / {days}_by_project_count{CHOSEN}", "{{project}}"), "d"),
        ]),
        ("Quality and adoption", [
            lines(Place(title="Accuracy by model"), [Query(lasting("mlops_model_accuracy"), "{{model_name}}")],
                  "percentunit"),
            lines(Place(title="Incidents of 30 days"), [Query("increase(mlops_incidents_total[30d])", "Incidents")],
                  "short"),
            lines(Place(title="Active users and models in production"),
                  [Query(lasting("mlops_active_users"), "Active users"),
                   Query(lasting("mlops_models_production"), "Models")], "short"),
            number(Place(title="Net promoter score"), Query(lasting("mlops_platform_nps"), "NPS"), "short",
                   rag(next((one for one in look.workspace.targets if one.metric == "nps"), None))),
            bars(Place(title="Incidents by project", width=16),
                 Query(f"mlops_incidents_by_project_total{CHOSEN}", "{{project}}"), "short"),
        ]),
        _targets(),
    ]  # fmt: skip


def _steering(look: Look, audience: str) -> list[Section]:
    return [
        _key_figures(look, audience),
        _targets(),
        ("Projects", [_by_project(look, audience, ROI, "ROI by project", "percent", 12),
                      _by_project(look, audience, INVESTMENT, "Investment by project", look.money, 12)]),
        ("Trend", [_course(look, audience, WIDTH)]),
    ]  # fmt: skip


def _rate(name: str, by: str) -> str:
    return f"sum by ({by}) (rate({name}[{WINDOW}]))"


def _team(look: Look, audience: str) -> list[Section]:
    calls, failed = (f"breakeven_{name}_by_project_total{CHOSEN}" for name in ("interactions", "interaction_errors"))
    cost = f"breakeven_interaction_cost_by_project_total{CHOSEN}"
    p95 = f"histogram_quantile(0.95, sum by (le) (rate(breakeven_query_duration_seconds_bucket[{WINDOW}])))"
    return [
        ("Calls", [
            lines(Place(title="Calls a second"), [Query(_rate(calls, "project"), "{{project}}")], "reqps", live=True),
            lines(Place(title="Share of calls that fail"),
                  [Query(f"{_rate(failed, 'project')} / {_rate(calls, 'project')}", "{{project}}")], "percentunit",
                  live=True),
            lines(Place(title="Cost an hour"), [Query(f"{_rate(cost, 'project')} * 3600", "{{project}}")], look.money,
                  live=True),
        ]),
        _key_figures(look, audience),
        ("Models", [rows(Place(title="Accuracy as last measured", width=12),
                         [Query("max by (model_name) (mlops_model_accuracy)", "Accuracy")], ["percentunit"]),
                    bars(Place(title="Deployments by project", width=12),
                         Query(f"mlops_deployments_by_project_total{CHOSEN}", "{{project}}"), "short")]),
        ("What comes in", [
            lines(Place(title="Records a second by source"),
                  [Query(_rate("breakeven_ingest_events_total", "source"), "{{source}}")], "short", live=True),
            lines(Place(title="Store behind the journal"), [Query("breakeven_ingest_lag_seconds", "Lag")], "s",
                  live=True),
            lines(Place(title="Requests that wait"), [Query("breakeven_ingest_queue_requests", "Queue")], "short",
                  live=True),
            bars(Place(title="Refused by reason", width=12),
                 Query("topk(8, breakeven_ingest_rejected_total)", "{{reason}}"), "short"),
            lines(Place(title="Query time, 95th percentile", width=12), [Query(p95, "p95")], "s", live=True),
        ]),
    ]  # fmt: skip


SECTIONS: Mapping[str, Callable[[Look, str], list[Section]]] = {
    "board": _board, "cfo": _cfo, "cto": _cto, "steering": _steering, "team": _team,
}  # fmt: skip
"""Audience → its rows of panels."""
