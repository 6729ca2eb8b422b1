"""A statement as a spreadsheet can compute it: inputs by month and project, assumptions, formulas, adjustments."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import msgspec

from breakeven.formula import Expression


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """Base: immutable, by keyword."""


class Input(Piece, frozen=True, kw_only=True):
    """A measure or a cost line, month by month and project by project."""

    name: str
    label: str
    unit: str
    values: tuple[Decimal | None, ...]
    """One for each row; None is unknown."""


class Variant(Piece, frozen=True, kw_only=True):
    """An assumption as it holds somewhere: in general, from a day on, or for one project."""

    name: str
    """Of the assumption."""
    label: str
    unit: str
    value: Decimal
    start: date | None
    """First day; None: always."""
    project: str | None
    evidence: str
    source: str
    owner: str
    per_month: bool
    """Whether the open month gets its elapsed share."""
    current: bool
    """Whether it is the one that holds for all at the period's end: it has the assumption's own name."""


class Used(Piece, frozen=True, kw_only=True):
    """Which variant of an assumption each row takes."""

    name: str
    variants: tuple[int | None, ...]
    """One for each row: its place among the variants; None: nothing is stated."""


class Formula(Piece, frozen=True, kw_only=True):
    """A figure that is computed."""

    name: str
    label: str
    unit: str
    expression: Expression
    values: tuple[Decimal | None, ...]
    """What the ledger has, one for each row."""
    raw: tuple[Decimal | None, ...]
    """What the formula by itself gives; where that is another amount, something was done to it."""
    value: bool = False
    """Whether it is a value category."""


class Total(Piece, frozen=True, kw_only=True):
    """A figure of the whole period: summed from the rows, or made anew from other totals."""

    name: str
    label: str
    unit: str
    expression: Expression | None
    """None: the sum of the rows of the period."""
    exact: Decimal | None
    """What the ledger has."""
    raw: Decimal | None
    """What the formula by itself gives."""
    reason: str = ""


class Shares(Piece, frozen=True, kw_only=True):
    """What the ledger has for the parts of the period: shown until a spreadsheet computes it anew."""

    months: Mapping[date, Mapping[str, Decimal | None]]
    """Month → figure → amount."""
    projects: Mapping[str, Mapping[str, Decimal | None]]
    """Project → the same, of the period."""


class Model(Piece, frozen=True, kw_only=True):
    """Everything that a live spreadsheet needs. Rows are months × projects from the first record on."""

    months: tuple[date, ...]
    projects: tuple[str, ...]
    """Ids, by row together with `months`."""
    names: Mapping[str, str]
    """Project → its name."""
    inside: tuple[bool, ...]
    """Whether the row belongs to the period and the projects that are asked for."""
    inputs: tuple[Input, ...]
    variants: tuple[Variant, ...]
    used: tuple[Used, ...]
    formulas: tuple[Formula, ...]
    """In an order in which each comes after those it uses."""
    notes: Mapping[str, Mapping[int, str]]
    """Figure → row → what was done to its amount beyond the formula."""
    open_month: date
    elapsed: tuple[int, int]
    """The part of the open month that is over: parts over, parts of the whole."""
    facts: tuple[Input, ...]
    """Inputs of totals that no rows add up to: one value each."""
    totals: tuple[Total, ...]
    shares: Shares
