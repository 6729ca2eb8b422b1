"""The page of live operations, out of the team's declaration and the stretch that is looked at."""

from __future__ import annotations

from breakeven.ledger.operations.live import last_seen
from breakeven.views.audience_page import panels_of
from breakeven.views.audiences.team import TEAM
from breakeven.views.content import Empty, Link, Page, Panel
from breakeven.views.operations.tiles import tiles
from breakeven.views.operations.watching import (
    LAST,
    asked_scope,
    asked_stretch,
    now_running,
    standings,
    switch,
)  # fmt: skip
from breakeven.views.operations.words import chips
from breakeven.views.question import Question

PARAMETERS = (LAST,)
LONGER = {"1h": ("24h", "24 hours"), "24h": ("7d", "7 days"), "7d": ("30d", "30 days")}


def team_page(question: Question) -> Page:
    """Finding, tiles of the stretch, panels."""
    found = standings(question)
    said = TEAM.find(question)
    refs = (question.workspace.key_figures.get(TEAM.name) or TEAM.tiles)[: TEAM.most]
    silent = _silence(question)
    return Page(
        title=TEAM.title, finding=said.finding, exception=said.exception, chips=chips(found), switch=switch(question),
        tiles=() if silent is not None else tiles(question, refs), compact=TEAM.compact,
        panels=(*((silent,) if silent is not None else ()), *panels_of(question, TEAM)),
    )  # fmt: skip


def _silence(question: Question) -> Panel | None:
    """What stands there when nothing came in this time: since when, and where there is something."""
    if now_running(question).models:
        return None
    asked, show = asked_stretch(question), question.show
    last = last_seen(question.desk)
    filtered = asked_scope(question).only or question.projects is not None
    if last is None:
        text = "Send a first event, and it stands here within a second."
        link: Link | None = Link(text="First steps", href="/start")
    else:
        ago = show.age(max(0.0, (question.now - last).total_seconds()))
        text = f"The latest interaction of all is {ago} old ({show.moment(last)})."
        if filtered:
            text += " These filters leave none of this time."
        longer = LONGER.get(asked.name)
        link = None if longer is None else Link(
            text=f"Look at {longer[1]}", href=question.link(question.path, {**question.given, LAST: longer[0]})
        )  # fmt: skip
    return Panel(id="silence", title="Nothing came in", sub=f"In the {asked.length.words}",
                 body=Empty(title=f"No interaction in the {asked.length.words}", text=text, link=link))  # fmt: skip
