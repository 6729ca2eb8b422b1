"""The page of one project: what it does and what that is worth, what it costs, what proves it, and what was decided."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import msgspec

from breakeven.errors import UnknownName
from breakeven.ledger.cases.planned import planned_net
from breakeven.ledger.comparing.undeclared import Named
from breakeven.ledger.results import Statement
from breakeven.views.content import Choice, Link, Page, Panel
from breakeven.views.format import Shown
from breakeven.views.headline import paid_back
from breakeven.views.key_figures import key_figures, spans_of
from breakeven.views.projects.case_panel import case_panel
from breakeven.views.projects.choices import CATEGORIES, STAGES
from breakeven.views.projects.decision_panels import decay_panel, experiments_panel, note_panels, notes_about
from breakeven.views.projects.evidence_panels import NEWEST, amounts_panel, inputs_panel, proof_panel
from breakeven.views.projects.judging import Verdict, goal_of, verdict
from breakeven.views.projects.links import ALL
from breakeven.views.projects.metrics_panels import category_panel, lately_panel, own_figures
from breakeven.views.projects.model_panels import SHORT, model_panels, project_models
from breakeven.views.projects.money import months_panel, value_and_cost
from breakeven.views.projects.scope import about, project_of
from breakeven.views.projects.story import story
from breakeven.views.projects.trend import course_panel, events_panel, way_panel
from breakeven.views.projects.undeclared import undeclared_page
from breakeven.views.question import Question
from breakeven.views.tiles import Tile
from breakeven.workspace.definitions import FigureRef, Project

TILES = (FigureRef(figure="total_monthly_value"), FigureRef(figure="net_value"), FigureRef(figure="roi_percent"),
         FigureRef(figure="payback_months"))  # fmt: skip
TABS = {"": "Overview", "costs": "Costs", "evidence": "Evidence", "models": "Models", "decisions": "Decisions"}
PARAMETERS = ("tab",)


def project_page(question: Question) -> Page:
    """The page. Raises NotFound for a project that nobody knows, UnknownName for a tab."""
    project, tab = project_of(question), question.given.get("tab", "")
    if isinstance(project, Named):
        return undeclared_page(question, project)
    if tab not in TABS:
        raise UnknownName("tab", tab, [name for name in TABS if name])
    mine, declared = about(question, project), question.workspace.projects.get(project)
    category, found, name = declared.category if declared else "", mine.statement, question.name_of(project)
    rows = own_figures(mine, category, project, *mine.window)
    standing = _standing(mine, found, declared)
    return Page(
        title=name, finding=story(mine, name, category, rows, found), exception=_exception(mine, found, declared),
        crumbs=(Link(text="Projects", href=question.link(ALL)),), over=_over(mine, declared, project),
        chips=((standing.status, standing.word),), tabs=_tabs(mine, project, tab), tiles=_tiles(mine, found, project),
        panels=tuple(panel for panel in PANELS[tab](mine, found, project) if panel is not None),
    )  # fmt: skip


def _exception(mine: Question, found: Statement, declared: Project | None) -> str:
    said = paid_back(found, mine.show) if found.cumulative else "No cost and no benefit is recorded of it yet."
    return f"It is not declared: records name it. {said}" if declared is None else said


def _standing(mine: Question, found: Statement, declared: Project | None) -> Verdict:
    if declared is not None and declared.stage == "idea":
        return Verdict("grey", "Idea")
    months = [month for month in mine.period.months() if month <= mine.until]
    plan = planned_net(declared, months, mine.calendar, mine.now) if declared is not None else None
    return verdict(found.net_value, found.roi_percent, plan, goal_of(mine.workspace.targets))


def _over(mine: Question, declared: Project | None, project: str) -> tuple[str, ...]:
    """Category, stage, owner, since when, and how many models."""
    models = len(project_models(mine, project))
    said = [f"{models} {'model' if models == 1 else 'models'}"] if models else []
    if declared is None:
        return ("Not declared", f"id {project}", *said)
    words = [CATEGORIES[declared.category], STAGES[declared.stage]]
    words += [f"Owner {declared.owner}"] if declared.owner else ["No owner is named"]
    if declared.start is not None:
        lived = "until" if declared.end is not None and declared.end < mine.until else "live since"
        words.append(f"{lived} {mine.show.day(declared.end if lived == 'until' and declared.end else declared.start)}")
    return (*words, *said)


def _tabs(mine: Question, project: str, current: str) -> tuple[Choice, ...]:
    counts = {"models": len(project_models(mine, project)), "evidence": len(mine.entries),
              "decisions": len(notes_about(mine, project))}  # fmt: skip
    return tuple(
        Choice(text=f"{text} {counts[name]}" if counts.get(name) else text, current=name == current,
               href=mine.link(mine.path, {"tab": name} if name else {}, project=(), category=""))
        for name, text in TABS.items()
    )  # fmt: skip


def _tiles(mine: Question, found: Statement, project: str) -> tuple[Tile, ...]:
    """The key figures; each opens the explanation of this project's."""
    made = (_payback(mine, found, tile) if tile.figure == "payback_months" else tile
            for tile in key_figures(mine, TILES))  # fmt: skip
    return tuple(msgspec.structs.replace(tile, figure=f"{tile.figure}@{project}") for tile in made)


def _payback(mine: Question, found: Statement, tile: Tile) -> Tile:
    """What is not paid back says how much is missing."""
    if tile.reason is None or not found.cumulative:
        return tile
    left = found.cumulative[-1].cumulative
    if left < 0:
        return msgspec.structs.replace(tile, value=Shown("Not yet"), reason=f"{mine.show.money(-left)} still missing")
    return msgspec.structs.replace(tile, value=Shown("None needed"), reason="never below break-even")


Panels = Sequence[Panel | None]


def _overview(mine: Question, found: Statement, project: str) -> Panels:
    declared = mine.workspace.projects.get(project)
    category = declared.category if declared else ""
    return (
        way_panel(mine, found, project), events_panel(mine, found, project),
        course_panel(mine, category, project), value_and_cost(mine, found, project),
        category_panel(mine, category, project, spans_of(mine)), proof_panel(mine, found), lately_panel(mine, project),
        *model_panels(mine, project, most=SHORT), inputs_panel(mine, project, most=NEWEST),
        decay_panel(mine, project),
    )  # fmt: skip


def _costs(mine: Question, found: Statement, project: str) -> Panels:
    return (value_and_cost(mine, found, project), case_panel(mine, project), months_panel(mine, found))


def _evidence(mine: Question, found: Statement, project: str) -> Panels:
    whole = msgspec.structs.replace(proof_panel(mine, found), width=12)
    return (whole, inputs_panel(mine, project), amounts_panel(mine, project))


def _models(mine: Question, _: Statement, project: str) -> Panels:
    return model_panels(mine, project)


def _decisions(mine: Question, _: Statement, project: str) -> Panels:
    return (*note_panels(mine, project), decay_panel(mine, project), experiments_panel(mine, project))


PANELS: Mapping[str, Callable[[Question, Statement, str], Panels]] = {
    "": _overview, "costs": _costs, "evidence": _evidence, "models": _models, "decisions": _decisions,
}  # fmt: skip
