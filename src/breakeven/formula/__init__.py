"""The formula language: SQL scalar expressions over names; one checked tree, several readings. Pure."""

from __future__ import annotations

from breakeven.formula.evaluate import Evaluator
from breakeven.formula.language import Expression, parse
from breakeven.formula.profiles import FORMULA, MAPPING, Kind, Profile
from breakeven.formula.resolve import resolve
from breakeven.formula.sql import compile_select, to_sql
from breakeven.formula.units import check_units, parse_unit, unit_of, unit_symbol

__all__ = ["FORMULA", "MAPPING", "Evaluator", "Expression", "Kind", "Profile", "check_units", "compile_select", "parse",
           "parse_unit", "resolve", "to_sql", "unit_of", "unit_symbol"]
