"""The formula language: SQL scalar expressions over names; one checked tree, several readings. Pure."""

from __future__ import annotations

from breakeven.formula.language import Expression, parse
from breakeven.formula.profiles import FORMULA, MAPPING, Kind, Profile

__all__ = ["FORMULA", "MAPPING", "Expression", "Kind", "Profile", "parse"]
