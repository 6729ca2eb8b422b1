"""Reports are tested over the small company of the ledger's tests (tests/ledger/conftest.py)."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from breakeven.reports import Document, compose
from breakeven.reports.archive import Archive
from breakeven.store.state import State, file_url
from breakeven.views.asking.filters import Filters
from breakeven.workspace.definitions import (
    AssumptionValue,
    BusinessCase,
    Implementation,
    Pool,
    Project,
    Target,
)

D = Decimal
Compose = Callable[..., Document]


def _module(path: Path, name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    sys.modules[name] = made
    spec.loader.exec_module(made)
    return made


_ledger = _module(Path(__file__).parents[1] / "ledger" / "conftest.py", "tests_reports_ledger_conftest")
evaluator, new_company, company = _ledger.evaluator, _ledger.new_company, _ledger.company
lasting_company = _ledger.lasting_company


def project(name: str, **more: Any) -> Project:
    return Project(id=name, name=name.title(), category="customer_service", start=date(2026, 1, 1), **more)


def fill(company: Any) -> Any:
    """Two projects of which one loses, hours, revenue, a pool, budgets, a plan, notes, a target that is missed."""
    company.declare(
        project("chat", budget=D(500), business_case=BusinessCase(cost=D(300), benefit=D(800)),
                implementation=Implementation(cost=D(1200), start=date(2026, 1, 1), months=12)),
        project("voice", budget=D(90), baselines={"baseline_incidents": D(2)}),
        pools=[Pool(name="shared", rule="weights", weights={"chat": D(2), "voice": D(1)}, projects=("chat", "voice"))],
        targets=(Target(metric="roi_ytd", at_least=D(1000), label="Plan"),
                 Target(metric="cumulative_roi_percent", at_least=D(100)),
                 Target(metric="time_to_production_days", at_most=D(14))),
    )  # fmt: skip
    company.assume("avg_incident_cost", AssumptionValue(value=D(150), start=date(1970, 1, 1)))
    company.assume("hourly_rate", AssumptionValue(value=D(10), start=date(1970, 1, 1)),
                   AssumptionValue(value=D(30), start=date(2026, 2, 1), project="voice"))  # fmt: skip
    for month in ("01", "02", "03", "04"):
        company.put("cost", *(
            {"start": f"2026-{month}-01", "amount": amount, "project": who} | more
            for who, amount, more in (("chat", "200.10", {"category": "compute"}),
                                      ("voice", "100", {"category": "people"}),
                                      ("unassigned", "90", {"pool": "shared", "category": "licence"}))))  # fmt: skip
        company.put("benefit", {"time": f"2026-{month}-07", "project": "chat", "kind": "hours_saved",
                                "activity": "model_dev", "quantity": 12.5, "unit": "hour"},
                    {"time": f"2026-{month}-08", "project": "voice", "kind": "hours_saved", "activity": "deployment",
                     "quantity": 1.0, "unit": "hour"},
                    {"time": f"2026-{month}-09", "project": "chat", "kind": "revenue", "unit": "money",
                     "amount": {"01": "700", "02": "900", "03": "1000.33", "04": "10"}[month]})  # fmt: skip
    company.put("deployment", {"project": "chat", "model": "m1", "dev_complete_at": "2026-03-01",
                               "deployed_at": "2026-03-22", "time": "2026-03-22"})  # fmt: skip
    company.put("incident", {"project": "voice", "opened_at": "2026-03-05", "kind": "outage"})
    company.put("note", *({"time": "2026-03-20", "project": "chat", "status": "open"} | one for one in (
        {"kind": "highlight", "text": "Chat answers in <two> languages | *now*"},
        {"kind": "concern", "text": "One vendor only", "action": "Try a second", "due": "2026-05-02", "owner": "Ana"},
        {"kind": "priority", "text": "Roll out to all teams", "due": "2026-06-01", "owner": "Ben"},
        {"kind": "decision", "text": "=2+5 stop voice?", "due": "2026-04-20", "owner": "Cy"})))  # fmt: skip
    return company


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(State.open(file_url(tmp_path / "state.sqlite")), tmp_path)


@pytest.fixture(scope="module")
def firm(lasting_company: Any) -> Any:
    return fill(lasting_company).settle()


@pytest.fixture(scope="module")
def report(firm: Any) -> Compose:
    """A report over the company: `report("cfo", period="2026-03")`."""

    def make(name: str, *, live: bool = False, **filters: Any) -> Document:
        return compose(firm.ledger, name, Filters(**filters) if filters else None, firm.now, live=live)

    return make
