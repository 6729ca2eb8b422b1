"""Every project under every rule for shared cost, side by side, and what another rule would change."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from breakeven.facts import UNASSIGNED
from breakeven.ledger.comparing.ranks import RuleEffect
from breakeven.ledger.results import Status
from breakeven.ledger.sharing.allocations import DECLARED, ProjectRules, RuleTable, UnderRule
from breakeven.views.content import Cell, Column, Item, Items, Panel, Row, Table
from breakeven.views.format import UNKNOWN, count_word
from breakeven.views.projects.links import project_link
from breakeven.views.projects.pools import brief
from breakeven.views.question import Question

MOST = 60
"""Projects that the table names."""


def rule_words(rule: str) -> str:
    """A rule as people say it."""
    return "As declared" if rule == DECLARED else rule.replace("_", " ").capitalize()


def rules_panel(question: Question, table: RuleTable) -> Panel:
    """ROI and net value of each project under each rule; a sign that turns is marked."""
    places = [place for place in range(len(table.rules)) if _says(table, place)]
    uses = [table.rules[place] for place in places]
    columns = (Column(label="Project", sort=True), *(
        Column(label=rule_words(one.rule), numeric=True, sort=True, help=one.reason or "") for one in uses
    ))  # fmt: skip
    ranked = sorted(table.projects, key=_return, reverse=True)
    rows = [_row(question, one, places) for one in ranked[:MOST]]
    if rows:
        cells = [Cell(text="Unallocated", sub="in no project's figures"), *(
            Cell(text=question.show.money(one.unallocated)) for one in uses)]  # fmt: skip
        rows.append(Row(cells=tuple(cells), kind="total"))
    foot = f"Tried on {', '.join(table.pools)}. " if table.pools else ""
    more = f"The {MOST} highest of {len(ranked)} projects. " if len(ranked) > MOST else ""
    return Panel(
        id="rules", title="All rules side by side", hourly=True,
        sub="ROI of each project, and its net value, if every pool were split by one rule",
        body=Table(columns=columns, rows=tuple(rows), caption="ROI and net value of each project under each rule",
                   empty="No declared pool has cost in this period: there is nothing to split by another rule."),
        foot=f"{foot}{more}{brief(table.notes)}".strip(),
    )  # fmt: skip


def _says(table: RuleTable, place: int) -> bool:
    """Whether a rule says anything about any project."""
    said = (one.rules[place].net_value is not None for one in table.projects if one.project != UNASSIGNED)
    return place == 0 or any(said)


def _return(one: ProjectRules) -> Decimal:
    rate = one.rules[0].roi_percent
    return Decimal("-Infinity") if rate is None else rate


def _row(question: Question, one: ProjectRules, places: Sequence[int]) -> Row:
    return Row(cells=(
        Cell(text=question.name_of(one.project), href=project_link(question, one.project)),
        *(_cell(question, one.rules[place]) for place in places),
    ))  # fmt: skip


def _cell(question: Question, rule: UnderRule) -> Cell:
    show = question.show
    if rule.net_value is None:
        return Cell(text=UNKNOWN, help=rule.reason or "not known")
    net = show.money(rule.net_value)
    if rule.flips:
        word = "turns to a loss" if rule.net_value < 0 else "turns to a gain"
        return Cell(text=show.roi(rule.roi_percent), order=rule.roi_percent, sub=f"{net}, {word}",
                    tone="bad" if rule.net_value < 0 else "good")  # fmt: skip
    return Cell(text=show.roi(rule.roi_percent), order=rule.roi_percent, sub=net, strong=rule.rule == DECLARED)


def rule_finding(question: Question, table: RuleTable, effects: Sequence[RuleEffect]) -> str:
    """Whether another rule would move a project across break-even, or to another rank."""
    if not table.pools:
        return "No shared cost was split in this period."
    usable = [one for one in effects if len(one.unknown) < len(table.projects)]
    flips = {name: one.rule for one in usable for name in one.flips}
    if flips:
        name, rule = next(iter(flips.items()))
        more = f", and {count_word(len(flips) - 1)} more" if len(flips) > 1 else ""
        return f"{question.name_of(name)}{more} would cross break-even if shared cost were split by {_by(rule)}."
    moving = [one for one in usable if one.moved]
    if not moving:
        return "Splitting shared cost by another rule changes no project's rank and moves none across break-even."
    largest = max(moving, key=lambda one: max(abs(moved.after - moved.before) for moved in one.moved))
    moved = max(largest.moved, key=lambda moved: abs(moved.after - moved.before))
    name = question.name_of(moved.project)
    return (f"Another rule moves no project across break-even; by {_by(largest.rule)}, {name} goes from rank"
            f" {moved.before} to {moved.after}.")  # fmt: skip


def _by(rule: str) -> str:
    return {"even": "equal parts"}.get(rule, rule.replace("_", " "))


def ranks_panel(question: Question, table: RuleTable, effects: Sequence[RuleEffect]) -> Panel | None:
    """Rule by rule which projects change their rank."""
    if not table.pools:
        return None
    uses = {use.rule: use for use in table.rules}
    items = []
    for effect in effects:
        moved = "; ".join(f"{question.name_of(one.project)} {one.before} → {one.after}" for one in effect.moved[:6])
        rest = f" and {len(effect.moved) - 6} more" if len(effect.moved) > 6 else ""
        said = f"{moved}{rest}." if moved else "No project changes its rank."
        status, word = _effect(effect)
        items.append(Item(lead=rule_words(effect.rule), rest=said, by=uses[effect.rule].reason or "", status=status,
                          word=word))  # fmt: skip
    items += [Item(lead=rule_words(use.rule), rest=f"Cannot be used: {use.reason}.", status="grey", word="Not usable")
              for use in table.rules if use.unallocated is None]  # fmt: skip
    return Panel(id="ranks", title="What another rule would change", sub="Ranks by ROI, against the rules as declared",
                 width=6, hourly=True, body=Items(items=tuple(items), empty="No other rule can be used."))  # fmt: skip


def _effect(effect: RuleEffect) -> tuple[Status, str]:
    if effect.flips:
        return "red", "Crosses break-even"
    if effect.moved:
        return "yellow", "Other ranks"
    return ("grey", "Partly known") if effect.unknown else ("green", "Same ranks")
