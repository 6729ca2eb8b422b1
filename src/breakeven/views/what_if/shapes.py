"""What the what-if page shows, ready for its templates."""

from __future__ import annotations

from breakeven.ledger.results import Status
from breakeven.views.comparison import Change
from breakeven.views.content import Grade, Link, Part, Table
from breakeven.views.format import Shown


class Track(Part, frozen=True, kw_only=True):
    """The line under a slider; places are percent of its length."""

    low: float | None
    """Where the declared range begins."""
    width: float
    base: float | None
    marks: tuple[tuple[str, float], ...]
    """break-even or goal, and its place."""


class Slider(Part, frozen=True, kw_only=True):
    """One lever."""

    key: str
    id: str
    label: str
    where: str
    """The project whose value it is; empty: all."""
    title: str
    """Who answers for it and where it comes from."""
    value: str
    """As it stands in the number field and as the slider's value."""
    base: str
    least: str
    most: str
    step: str
    before: str
    """What stands before the number: a currency's sign."""
    after: str
    words: str
    """The value in words, for those who hear the slider."""
    moved: bool
    baseline: str
    """Baseline $62 · breaks even at $14."""
    grade: Grade
    track: Track
    fault: str = ""
    typed: str = ""


class Result(Part, frozen=True, kw_only=True):
    """A figure of the scenario against the baseline."""

    label: str
    value: Shown
    change: Change | None
    baseline: str
    """What is said below it."""
    exact: str = ""
    """All digits of it; empty: unknown."""


class Picture(Part, frozen=True, kw_only=True):
    """A drawing in two widths, with what it says and its numbers."""

    wide: str
    narrow: str
    words: str
    table: Table


class SavedRow(Part, frozen=True, kw_only=True):
    """One scenario of the table."""

    name: str
    title: str
    sub: str
    roi: str
    interval: str
    net: str
    payback: str
    goal: tuple[Status, str] | None
    load: str
    """Address that opens it; empty: it is the one that is shown."""
    saved: bool
    compared: bool = False
    reason: str = ""
    current: bool = False


class Answer(Part, frozen=True, kw_only=True):
    """What a move of a lever changes."""

    finding: str
    exception: str
    counted: str
    """3 of 13 changed."""
    roi: Result
    results: tuple[Result, ...]
    interval: str
    draws: str
    density: Picture
    tornado: Picture
    cumulative: Picture
    cumulative_note: str
    sliders: tuple[Slider, ...]
    current: SavedRow
    baseline: SavedRow
    address: str
    """The scenario as a link."""
    hidden: tuple[tuple[str, str], ...]
    """The filters and the scenario, as a form hands them on."""
    said: str
    """The answer in one sentence, for those who do not see it."""
    faults: tuple[str, ...]


class Choice(Part, frozen=True, kw_only=True):
    """An entry of a list."""

    value: str
    text: str


class Saving(Part, frozen=True, kw_only=True):
    """The form that saves a scenario."""

    name: str = ""
    by: str = ""
    description: str = ""
    fault: str = ""
    replaces: str = ""
    """What is in its place: shown with the question whether to replace it."""
    deleting: str = ""
    """The scenario that could not be deleted."""
    delete_fault: str = ""


class View(Part, frozen=True, kw_only=True):
    """The whole page."""

    answer: Answer
    first: tuple[Slider, ...]
    """Levers that are always seen; the others are folded."""
    rest: tuple[Slider, ...]
    saved: tuple[SavedRow, ...]
    saved_note: str
    compared: Table | None
    compare_fault: str
    assumptions: tuple[Choice, ...]
    projects: tuple[Choice, ...]
    reset: Link
    saving: Saving
