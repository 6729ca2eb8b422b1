"""What a page for an audience is: its question, its key figures, its panels in their order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import msgspec

from breakeven.views.question import Question
from breakeven.workspace.definitions import FigureRef

Width = Literal[3, 4, 5, 6, 7, 8, 9, 12]


class Finding(msgspec.Struct, frozen=True):
    """The two sentences that a page begins with."""

    finding: str
    """The outcome, with a number."""
    exception: str = ""
    """What stands out against it."""


class Placed(msgspec.Struct, frozen=True):
    """A panel on a page."""

    panel: str
    """Its name in `panels/registry.py`."""
    width: Width | None = None
    """Of twelve columns; None: as the panel is made."""
    printed: bool = True
    """False: it stays on screen, so that the page prints on one sheet."""


class Audience(msgspec.Struct, frozen=True, kw_only=True):
    """A page for an audience. A workspace changes tiles and panels in its views.yaml."""

    name: str
    """As views.yaml has it: board, cfo, cto…"""
    path: str
    title: str
    question: str
    """What the page answers."""
    tiles: tuple[FigureRef, ...]
    """Key figures where the workspace names none for the audience."""
    panels: tuple[Placed, ...]
    find: Callable[[Question], Finding]
    most: int = 7
    """Tiles that fit its row; the others are left out."""
    compact: bool = False
    """Small tiles, six in a row."""
    icon: str = ""


def figures(*names: str) -> tuple[FigureRef, ...]:
    """References to figures by their names."""
    return tuple(FigureRef(figure=name) for name in names)
