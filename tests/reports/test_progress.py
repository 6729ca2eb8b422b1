"""Long work says how far it is, and ends at the next step when it is broken off."""

from __future__ import annotations

from typing import Any

import pytest

from breakeven.errors import Cancelled
from breakeven.reports import compose, watched, write
from breakeven.reports.archive import Archive
from breakeven.reports.progress import Step, step, unbroken
from breakeven.reports.progress import told as too_late
from breakeven.views.asking.filters import Filters


def test_every_stage_is_told(firm: Any) -> None:
    told: list[Step] = []
    with watched(told.append):
        document = compose(firm.ledger, "cfo", Filters(period="2026-03"), firm.now)
        write(document, "pptx")
    words = [one.words for one in told]
    assert words[0] == "Reading the ledger"
    assert words.index("Writing pptx") < words.index("Slide 1") < words.index("Slide 3")
    counted = [(one.done, one.total) for one in told if one.total]
    assert counted == [(place, len(counted)) for place in range(len(counted))]
    assert len(counted) > 5


@pytest.mark.parametrize("at", [0, 3, 9])
def test_it_ends_where_it_is_broken_off(firm: Any, at: int) -> None:
    told: list[Step] = []
    with (
        pytest.raises(Cancelled, match="broken off before"),
        watched(told.append, lambda: len(told) >= at),
    ):
        compose(firm.ledger, "cfo", Filters(period="2026-03"), firm.now)
    assert len(told) == at
    step("nobody watches any more")
    assert len(told) == at


def test_what_is_unbroken_is_done_to_its_end() -> None:
    told: list[Step] = []
    with watched(told.append, lambda: bool(told)):
        step("One")
        with unbroken():
            step("Two")
        too_late("Three", 1, 2)
        with pytest.raises(Cancelled, match="broken off before: Four"):
            step("Four")
    assert told == [Step(words="One"), Step(words="Three", done=1, total=2)]


@pytest.mark.parametrize("form", ["md", "json"])
def test_an_issue_is_kept_whole_whoever_breaks_it_off(firm: Any, archive: Archive, form: str) -> None:
    document = compose(firm.ledger, "summary", Filters(period="2026-03"), firm.now)
    content = write(document, form)
    with watched(lambda _: None, lambda: True):
        issue = archive.keep(document, form, content, now=firm.now)
    assert (archive.content(issue.id), archive.problems()) == (content, [])
