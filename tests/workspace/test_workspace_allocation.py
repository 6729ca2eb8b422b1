"""allocation.yaml as it is read: pools with their splits, benefit pools with the overlaps among them, teams."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from breakeven.workspace import load
from breakeven.workspace.definitions import BenefitPool, Headcount, Split, Workspace
from breakeven.workspace.stages import circle, stages

D = Decimal
PROJECTS = """
projects:
  - {id: a, name: A, category: platform, headcount: [{start: 2026-07, people: 5}, {people: 3}],
     overlaps: [{project: b, category: infra_savings, weight: 0.3}]}
  - {id: b, name: B, category: platform, headcount: 2}
  - {id: c, name: C, category: platform, overlaps: [{project: b, category: infra_savings, weight: 0.3}]}
"""
ALLOCATION = """
pools:
  network:
    reciprocal: true
    rules:
      - {start: 2026-07-15, rule: tokens, projects: all, feeds: [platform]}
      - {rule: weights, weights: {b: 3, a: 1, platform: 2}}
  platform: {rule: even, projects: [b, a], reciprocal: true, feeds: [network]}
benefit_pools:
  hours: {category: productivity_value, projects: {b: 0.4, a: 0.6}, baseline: 120000}
  even: {category: productivity_value, projects: [c], baseline: baseline_operating_cost}
teams:
  support: {headcount: 12}
"""


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return read(tmp_path_factory.mktemp("company"), PROJECTS, ALLOCATION)


def read(folder: Path, projects: str, allocation: str) -> Workspace:
    (folder / "workspace.yaml").write_text("name: A\ncurrency: USD\n")
    (folder / "projects.yaml").write_text(projects)
    (folder / "allocation.yaml").write_text(allocation)
    return load(folder)


def test_pools(workspace: Workspace) -> None:
    network = workspace.pools["network"]
    assert (network.rule, network.projects, network.feeds, network.start) == (
        "weights", ("a", "b"), ("platform",), None)  # fmt: skip
    assert network.weights == {"a": D(1), "b": D(3), "platform": D(2)}
    later = Split(rule="tokens", projects=("all",), feeds=("platform",), start=date(2026, 7, 1))
    assert network.later == (later,)
    assert (network.on(date(2026, 6, 1)), network.on(date(2026, 7, 1))) == (network, later)
    assert later.everyone
    assert not network.everyone


def test_benefit_pools(workspace: Workspace) -> None:
    assert {pool.name: pool for pool in workspace.benefit_pools} == {
        "hours": BenefitPool(name="hours", category="productivity_value", projects={"a": D("0.6"), "b": D("0.4")},
                             baseline=D(120000)),
        "even": BenefitPool(name="even", category="productivity_value", projects={"c": D(1)},
                            assumption="baseline_operating_cost"),
        "overlap of a, b, c": BenefitPool(name="overlap of a, b, c", category="infra_savings",
                                          projects={"a": D("0.7"), "b": D("0.3"), "c": D("0.7")}),
    }  # fmt: skip


def test_people(workspace: Workspace) -> None:
    assert workspace.projects["a"].headcount == (
        Headcount(people=D(3)), Headcount(people=D(5), start=date(2026, 7, 1)))  # fmt: skip
    assert workspace.projects["b"].headcount == (Headcount(people=D(2)),)
    assert workspace.teams == {"support": (Headcount(people=D(12)),)}


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ("projects: [b, a]", "projects: [a, b]", True),
        ("people: 3", "people: 3.0", True),
        ("headcount: 12", "headcount: 13", True),
        ("platform: 2}", "platform: 1}", False),
        ("feeds: [network]", "feeds: []", False),
        ("2026-07-15", "2026-08", False),
        ("baseline: 120000", "baseline: 120001", False),
        ("b: 0.4", "b: 0.5", False),
        ("people: 5", "people: 6", False),
    ],
)
def test_the_version_knows_what_decides_an_amount(
    workspace: Workspace, tmp_path: Path, old: str, new: str, *, same: bool
) -> None:
    assert (PROJECTS + ALLOCATION).count(old) == 1
    other = read(tmp_path, PROJECTS.replace(old, new), ALLOCATION.replace(old, new))
    assert (other.methodology.version == workspace.methodology.version) is same


def test_the_order_of_stages() -> None:
    feeds = {"a": ["c"], "b": ["a"], "c": [], "d": ["e"], "e": ["d", "c"]}
    assert stages(feeds) == [("b",), ("d", "e"), ("a",), ("c",)]
    assert stages(dict(reversed(feeds.items()))) == stages(feeds)
    assert circle("d", feeds) == ["d", "e", "d"]
    assert circle("a", feeds) is None
