"""The page of shared cost: where every pool went, what another rule would change, and what is claimed twice."""

from __future__ import annotations

from breakeven.ledger.comparing.pool_lines import pool_lines, pool_sums
from breakeven.ledger.comparing.ranks import rule_effects
from breakeven.ledger.sharing.allocations import RuleTable, under_every_rule
from breakeven.ledger.sharing.pool_report import Allocation, allocation
from breakeven.ledger.sharing.suspects import Overlaps, overlaps
from breakeven.views.content import Link, Page
from breakeven.views.projects.doubles import overlaps_panel
from breakeven.views.projects.links import ALL
from breakeven.views.projects.pools import pool_panels, pools_panel
from breakeven.views.projects.rules import ranks_panel, rule_finding, rules_panel
from breakeven.views.projects.toolbar import tabs
from breakeven.views.question import Question

TITLE = "Shared cost"


def allocation_page(question: Question) -> Page:
    """The page. Raises UsageProblem for a period that is not of whole months."""
    desk, period = question.desk, question.period
    found: Allocation = question.kept(("allocation",), lambda: allocation(desk, period))
    table: RuleTable = question.kept(("rules",), lambda: under_every_rule(desk, period))
    twice: Overlaps = question.kept(("overlaps",), lambda: overlaps(desk, period))
    lines, sums, effects = pool_lines(found), pool_sums(found), rule_effects(table)
    panels = [
        pools_panel(question, lines, sums, found.notes), rules_panel(question, table),
        ranks_panel(question, table, effects), overlaps_panel(question, twice), *pool_panels(question, lines),
    ]  # fmt: skip
    show = question.show
    said = ""
    if lines:
        left = f"{show.money(sums.unallocated)} of it could be given to none" if sums.unallocated else "nothing is left"
        said = f"{show.money(sums.billed)} of shared cost was split among {len(found.projects)} projects; {left}."
    return Page(
        title=TITLE, finding=rule_finding(question, table, effects), exception=said, tabs=tabs(question),
        crumbs=(Link(text="Projects", href=question.link(ALL)),), panels=tuple(panel for panel in panels if panel),
    )  # fmt: skip
