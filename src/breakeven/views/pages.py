"""The pages that exist: address, place in the navigation, what they honour of the filters, and who makes them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Literal

import msgspec

from breakeven.views.allocation_page import allocation_page
from breakeven.views.audience_page import audience
from breakeven.views.audiences.audience import Audience
from breakeven.views.audiences.board import BOARD
from breakeven.views.audiences.cfo import CFO
from breakeven.views.audiences.cto import CTO
from breakeven.views.audiences.steering import STEERING
from breakeven.views.content import Page
from breakeven.views.model_page import PARAMETERS as MODEL_CHOICES
from breakeven.views.model_page import model_page
from breakeven.views.models_page import models_page
from breakeven.views.project_page import PARAMETERS as PROJECT_TABS
from breakeven.views.project_page import project_page
from breakeven.views.projects.choices import PARAMETERS as PROJECT_CHOICES
from breakeven.views.projects_page import projects_page
from breakeven.views.question import Question
from breakeven.views.records.one_page import record_page
from breakeven.views.records.page import records_page
from breakeven.views.records_links import PARAMETERS as RECORDS
from breakeven.views.team_page import PARAMETERS as TEAM_CHOICES
from breakeven.views.team_page import team_page
from breakeven.views.trust.alerts import alerts
from breakeven.views.trust.quality import quality
from breakeven.views.trust.reports import reports, two_issues
from breakeven.views.trust.settings import settings
from breakeven.views.trust.start import start
from breakeven.views.what_if.page import PARAMETERS as WHAT_IF
from breakeven.views.what_if.page import what_if_page

Group = Literal["Dashboards", "Explore", "Trust", ""]
Filter = Literal["period", "compare", "project", "category", "model", "team", "headline", "currency", "as_of"]
MONEY: frozenset[Filter] = frozenset({"period", "compare", "project", "category", "headline", "currency", "as_of"})
"""Filters of pages about money: it is kept by project and month, not by model or team."""
OF_RECORDS: frozenset[Filter] = frozenset({"period", "project", "category", "model", "team", "currency", "as_of"})
LIVE: frozenset[Filter] = frozenset({"project", "category", "model", "team", "currency", "as_of"})
"""Filters of pages about calls, which have a stretch of time of their own."""
OF_MODELS: frozenset[Filter] = frozenset({"period", "compare", "project", "category", "currency", "as_of"})
"""Filters of pages about models, over a period of whole months."""


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """A page, for every value of the parameters in its address."""

    name: str
    path: str
    """As a route has it: /projects/{project}. Values are given to the page in `Question.given`."""
    title: str
    build: Callable[[Question], Page]
    icon: str = ""
    group: Group = ""
    """Its heading in the navigation; empty: not there."""
    honours: frozenset[Filter] = MONEY
    parameters: tuple[str, ...] = ()
    """Query parameters of its own."""
    repeated: frozenset[str] = frozenset()
    """Those that may be given several times: the page gets them as lines."""
    template: str = "page.html"
    live: bool = True
    scripts: tuple[str, ...] = ()
    """Static files that only this page loads."""


def of_audience(declared: Audience) -> Kind:
    """The page of an audience."""
    return Kind(name=declared.name, path=declared.path, title=declared.title, icon=declared.icon, group="Dashboards",
                build=partial(audience, declared=declared))  # fmt: skip


PAGES: tuple[Kind, ...] = (
    of_audience(BOARD),
    of_audience(CFO),
    of_audience(CTO),
    Kind(name="team", path="/team", title="ML team", icon="n-ml", group="Dashboards", build=team_page,
         honours=LIVE, parameters=TEAM_CHOICES),
    of_audience(STEERING),
    Kind(name="projects", path="/projects", title="Projects", icon="n-grid", group="Explore", build=projects_page,
         parameters=PROJECT_CHOICES, template="projects.html"),
    Kind(name="allocation", path="/projects/allocation", title="Shared cost", build=allocation_page,
         honours=frozenset({"period", "headline", "currency", "as_of"})),
    Kind(name="project", path="/projects/{project}", title="Project", build=project_page, parameters=PROJECT_TABS,
         honours=frozenset({"period", "compare", "headline", "currency", "as_of"})),
    Kind(name="models", path="/models", title="Models", icon="n-ml", group="Explore", build=models_page,
         honours=OF_MODELS),
    Kind(name="model", path="/models/{model}", title="Model", build=model_page, honours=OF_MODELS,
         parameters=MODEL_CHOICES),
    Kind(name="what-if", path="/what-if", title="What-if", icon="n-what", group="Explore", build=what_if_page,
         honours=frozenset({"period", "project", "category", "headline", "currency", "as_of"}), parameters=WHAT_IF,
         repeated=frozenset(WHAT_IF), template="what_if.html", live=False, scripts=("what_if.js",)),
    Kind(name="records", path="/records", title="Records", icon="n-doc", group="Trust", build=records_page,
         honours=OF_RECORDS, parameters=RECORDS, template="records.html", live=False),
    Kind(name="record", path="/records/{kind}/{source}/{id}", title="Record", build=record_page,
         honours=frozenset({"currency", "as_of"}), live=False),
    Kind(name="quality", path="/quality", title="Data quality", icon="n-check", group="Trust", build=quality,
         honours=frozenset({"period", "as_of"}), template="quality.html"),
    Kind(name="alerts", path="/alerts", title="Alerts", icon="n-bell", group="Trust", build=alerts),
    Kind(name="reports", path="/reports", title="Reports", icon="n-doc", group="Trust", build=reports,
         honours=frozenset({"period"}), parameters=("report", "before"), template="reports.html", live=False,
         scripts=("reports.js",)),
    Kind(name="report-compare", path="/reports/compare", title="Two issues", build=two_issues, honours=frozenset(),
         parameters=("issue",), repeated=frozenset({"issue"}), live=False),
    Kind(name="settings", path="/settings", title="Settings", icon="n-fx", group="Trust", build=settings,
         honours=frozenset(), live=False),
    Kind(name="start", path="/start", title="First steps", build=start, honours=frozenset(), template="start.html"),
)  # fmt: skip
"""Every page, in the order of the navigation. Builders are imported here; they do not import this module."""
