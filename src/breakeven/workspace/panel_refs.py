"""Panels as a workspace names them: for pages in views.yaml, for own reports in reports.yaml."""

from __future__ import annotations

from typing import Literal

import msgspec

PanelChart = Literal["line", "bar", "donut", "number", "table"]
PanelBy = Literal["none", "project", "category", "model"]
Width = Literal[3, 4, 5, 6, 7, 8, 9, 12]
"""Of twelve columns."""


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """Base: immutable, by keyword."""


class PanelRef(Record, frozen=True, kw_only=True):
    """A panel on the page of an audience: a shipped one by its name, or one of a figure."""

    panel: str = ""
    """Name of a shipped one; empty: it shows `figure`."""
    figure: str = ""
    chart: PanelChart = "line"
    by: PanelBy = "none"
    grain: Literal["day", "week", "month"] = "month"
    """Length of the periods of a line or of bars over time."""
    title: str = ""
    """Empty: the figure's label, or that of the shipped panel."""
    width: Width | None = None
    """Of twelve columns; None: as the panel is made."""


class PanelChoice(Record, frozen=True, kw_only=True):
    """What a workspace changes on the page of an audience."""

    panels: tuple[PanelRef, ...] | None = None
    """In place of the shipped ones; None: those."""
    hide: tuple[str, ...] = ()
    """Shipped ones that are left out."""
    add: tuple[PanelRef, ...] = ()
    """Below the others."""
