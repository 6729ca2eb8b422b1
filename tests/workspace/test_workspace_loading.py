"""What a workspace becomes once it is accepted."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from breakeven.errors import WorkspaceInvalid
from breakeven.measures import MEASURES
from breakeven.period import Grain
from breakeven.workspace import check, default_workspace, load
from breakeven.workspace.builtins import BUILTINS, COST_LINES
from breakeven.workspace.company import known_locale
from breakeven.workspace.definitions import Direction, Total, Workspace
from breakeven.workspace.panel_refs import PanelChoice, PanelRef

EXAMPLE = Path(__file__).parent / "example"


@pytest.fixture(scope="module")
def workspace() -> Workspace:
    return load(EXAMPLE)


def test_company(workspace: Workspace) -> None:
    assert (workspace.name, workspace.currency, workspace.path) == ("Example", "EUR", str(EXAMPLE))
    assert (workspace.calendar.time_zone, workspace.calendar.fiscal_year_start) == ("Europe/Berlin", 4)
    assert workspace.unknown_project == "reject"
    assert workspace.locale == "en"
    assert [rate.rate for rate in workspace.rates] == [Decimal("0.925"), Decimal("0.91")]


def test_projects(workspace: Workspace) -> None:
    bot = workspace.projects["support-bot"]
    assert bot.budget == Decimal("20000.50")
    assert bot.implementation is not None
    assert (bot.implementation.start, bot.implementation.months) == (date(2026, 2, 1), 24)
    assert bot.overlaps[0].weight == Decimal("0.3")
    assert workspace.projects["b2"].stage == "pilot"


def test_numbers_never_pass_through_a_float(workspace: Workspace) -> None:
    value = workspace.assumptions["hourly_rate"].on(date(2026, 1, 1))
    assert value is not None
    assert value.value.as_tuple() == Decimal("0.1").as_tuple()
    assert workspace.prices.own[0].input_per_million == Decimal("0.10")


@pytest.mark.parametrize(
    ("day", "project", "value"),
    [
        ("2026-01-01", None, "0.1"),
        ("2026-06-01", None, "160"),
        ("2026-06-01", "b2", "90"),
        ("2026-02-28", "b2", "0.1"),
        ("2030-01-01", "unassigned", "70"),
    ],
)
def test_assumptions_by_day_and_project(workspace: Workspace, day: str, project: str | None, value: str) -> None:
    found = workspace.assumptions["hourly_rate"].on(date.fromisoformat(day), project)
    assert found is not None
    assert found.value == Decimal(value)


def test_range_without_a_shape_is_triangular(workspace: Workspace) -> None:
    shapes = [value.distribution for value in workspace.assumptions["hourly_rate"].values]
    assert shapes == ["triangular", "fixed", "fixed", "pert"]


def test_baselines_are_values_of_the_project_from_the_month_it_starts(workspace: Workspace) -> None:
    baseline = workspace.assumptions["baseline_incidents"]
    assert baseline.per == "month"
    assert baseline.on(date(2026, 2, 1), "support-bot") is not None
    assert baseline.on(date(2026, 1, 31), "support-bot") is None
    assert baseline.on(date(2026, 2, 1), "b2") is None
    people = workspace.assumptions["practitioners"]
    assert [people.on(date(2026, 3, 1), project).value for project in (None, "b2", "support-bot")] == [100, 100, 30]  # type: ignore[union-attr]


def test_money_stands_for_the_currency(workspace: Workspace) -> None:
    assert workspace.assumptions["hourly_rate"].unit == "money/hour"


def test_definitions_stand_after_their_inputs(workspace: Workspace) -> None:
    names = list(workspace.methodology.definitions)
    assert names.index("avoided") < names.index("share")
    share, value = (workspace.methodology.definitions[name] for name in ("share", "productivity_value"))
    assert (share.total, share.direction, share.decimals) == (Total.RECOMPUTE, Direction.DOWN, 0)
    assert (value.section, value.unit, value.total, value.evidence) == ("value", "money", Total.SUM, "D")
    assert [definition.name for definition in workspace.methodology.values()] == ["productivity_value"]
    assert (value.file, value.line) == ("methodology.yaml", 2)


def test_the_rest(workspace: Workspace) -> None:
    (target,) = workspace.targets
    assert (target.at_least, target.watch, target.per) == (Decimal(40000), Decimal(30000), Grain.YEAR)
    assert workspace.pools["platform-team"].projects == ("b2", "support-bot")
    assert workspace.sources["hours"].map == {"quantity": "minutes / 60"}
    assert (workspace.prices.own[0].currency, workspace.prices.book) == ("EUR", str(EXAMPLE / "book.json"))
    assert [(ref.figure, ref.label) for ref in workspace.key_figures["board"]] == [
        ("roi_ytd", None),
        ("avoided", "Fewer"),
    ]


def test_loading_again_gives_the_same(workspace: Workspace) -> None:
    assert load(EXAMPLE) == workspace


def test_only_the_main_file_is_needed(tmp_path: Path) -> None:
    (tmp_path / "workspace.yaml").write_text("name: A\ncurrency: USD")
    assert check(tmp_path) == []
    small, shipped = load(tmp_path), default_workspace()
    assert small.methodology.version == shipped.methodology.version
    assert small.key_figures == shipped.key_figures


def test_no_workspace(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceInvalid, match=f"no workspace in {tmp_path}: run breakeven init {tmp_path}"):
        load(tmp_path)
    assert len(check(tmp_path / "missing")) == 1


def test_byte_order_mark_and_windows_lines(tmp_path: Path) -> None:
    (tmp_path / "workspace.yaml").write_bytes("\ufeffname: Ä\r\ncurrency: USD\r\n".encode())
    assert load(tmp_path).name == "Ä"


def test_builtins_are_no_measures_and_are_named_in_no_formula_but_cost_lines() -> None:
    workspace = default_workspace()
    assert not set(BUILTINS) & {*MEASURES, *workspace.assumptions, *workspace.methodology.definitions}
    used = {name for d in workspace.methodology.definitions.values() for name in d.expression.names}
    assert used & set(BUILTINS) == set(COST_LINES)


@pytest.mark.parametrize(
    ("written", "found"),
    [("de", "de"), ("de-ch", "de_CH"), (" en_us ", "en_US"), ("zh-Hant", "zh_Hant"), ("xx", None), ("", None),
     ("de_XX_nothing", None), ("../root", None)],
)  # fmt: skip
def test_locales_by_name(written: str, found: str | None) -> None:
    assert known_locale(written) == found


def test_a_locale_of_the_companys_own(tmp_path: Path) -> None:
    (tmp_path / "workspace.yaml").write_text("name: Firma\ncurrency: EUR\nlocale: de-CH\n")
    assert load(tmp_path).locale == "de_CH"


def test_panels_of_audiences(tmp_path: Path) -> None:
    (tmp_path / "workspace.yaml").write_text("name: A\ncurrency: USD\n")
    (tmp_path / "views.yaml").write_text(
        "panels:\n"
        "  board: [trend, {panel: decisions, width: 6}, {figure: cost, chart: bar, by: project, title: Who spends}]\n"
        "  team: {hide: [traffic], add: [{figure: csat, grain: week, width: 12}]}\n"
    )
    found = load(tmp_path)
    assert found.panels == {
        "board": PanelChoice(panels=(
            PanelRef(panel="trend"), PanelRef(panel="decisions", width=6),
            PanelRef(figure="cost", chart="bar", by="project", title="Who spends"),
        )),
        "team": PanelChoice(hide=("traffic",), add=(PanelRef(figure="csat", grain="week", width=12),)),
    }  # fmt: skip
    assert found.key_figures == {}


def test_a_page_may_have_no_panel(tmp_path: Path) -> None:
    (tmp_path / "workspace.yaml").write_text("name: A\ncurrency: USD\n")
    (tmp_path / "views.yaml").write_text("panels: {board: []}\n")
    assert load(tmp_path).panels["board"].panels == ()
