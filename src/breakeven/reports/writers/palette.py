"""Colours of files: the light side of the pages' tokens (web/static/tokens.css; a test holds them together)."""

from __future__ import annotations

from collections.abc import Mapping

from breakeven.ledger.results import Status

LIGHT: Mapping[str, str] = {
    "--surface": "#ffffff", "--surface-2": "#f4f4f2", "--surface-3": "#eaeae7", "--line": "#e7e7e3",
    "--line-strong": "#cfcfca", "--text": "#17191d", "--text-2": "#474c56", "--text-3": "#646a75",
    "--accent": "#2a5bc4", "--value": "#2a5bc4", "--value-weak": "#a9c1ee", "--value-wash": "#eaf0fb",
    "--cost": "#8a6424", "--cost-weak": "#bd9a62", "--cat-productivity": "#2a5bc4", "--cat-revenue": "#128a78",
    "--cat-incident": "#552a5e", "--cat-infra": "#2f97e4", "--cat-compliance": "#96505f", "--green": "#11663f",
    "--green-wash": "#e5f3ea", "--yellow": "#7d5200", "--yellow-wash": "#fcf1d6", "--red": "#a81e2c",
    "--red-wash": "#fbe9ea", "--slate": "#475569", "--slate-wash": "#eceff4", "--chart-grid": "#ededea",
    "--chart-axis": "#cfcfca", "--chart-label": "#646a75", "--chart-ink": "#17191d", "--chart-muted": "#b9bdc5",
    "--chart-halo": "#ffffff",
}  # fmt: skip
"""Custom property → colour."""
KEYS: Mapping[str, str] = {
    "value": "--value", "value-weak": "--value-weak", "cost": "--cost", "cost-weak": "--cost-weak",
    "ink": "--chart-ink", "muted": "--chart-label", "peer": "--chart-muted", "red": "--red", "green": "--green",
    "yellow": "--yellow", "productivity": "--cat-productivity", "revenue": "--cat-revenue",
    "incident": "--cat-incident", "infra": "--cat-infra", "compliance": "--cat-compliance",
}  # fmt: skip
"""Colour by its meaning, as legends name it → custom property."""
CYCLE = ("productivity", "revenue", "incident", "infra", "compliance", "cost", "muted")
"""Colours of things of one kind, in their order."""
STATUS: Mapping[Status, tuple[str, str]] = {
    "green": ("--green", "--green-wash"), "yellow": ("--yellow", "--yellow-wash"), "red": ("--red", "--red-wash"),
    "grey": ("--slate", "--slate-wash"),
}  # fmt: skip
"""Status → its ink and its ground."""


def colour(key: str, place: int = 0) -> str:
    """The colour of a legend's key; of none, that of a place in the cycle."""
    return LIGHT[KEYS.get(key) or KEYS[CYCLE[place % len(CYCLE)]]]


def status_colours(status: Status) -> tuple[str, str]:
    """Ink and ground of a status."""
    ink, ground = STATUS[status]
    return LIGHT[ink], LIGHT[ground]
