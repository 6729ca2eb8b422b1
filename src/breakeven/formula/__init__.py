"""The formula language: SQL scalar expressions over names; one checked tree, several readings. Pure.

    parse(text, *, profile=FORMULA, file=None, line=None) -> Expression
        raises FormulaInvalid with every fault: place in the text, marked fragment, valid choices
    Expression                      frozen; .text, .names (free names, in order of appearance), .kind, .root, .source
    FORMULA, MAPPING                the two profiles: formulas over names; expressions over a file's columns
    resolve(expressions, known) -> names in an order in which each comes after those it uses
        raises FormulaInvalid: unknown names (with the valid ones), cycles (with the way round)
    check_units(expression, units, expected=None, *, currency=None) -> list[Problem]
    unit_of(expression, units, currency=None) -> unit text, or the list of Problems
    parse_unit(text, currency=None), unit_symbol(text, currency=None)      raise UsageProblem for what is no unit
    compile_select(definitions, inputs, keys=()) -> one SELECT: keys and all definitions for every row of `inputs`
    to_sql(expression) -> SQL over columns of the same names (DECIMAL(38, 12))
    Evaluator().evaluate(definitions, table, keys=()) -> pa.Table          one statement, thread-safe, plans kept
    Evaluator().doubles(definitions, table), .crossed(…)                   the same in DOUBLE: for draws
    collapse(expression, varying, parts=None) -> terms                     coefficient of the row × product of names
    sentence(expression, values, units, *, unit=None, currency=None) -> "42 h × 150 USD/h = 6 300 USD"
    excel(expression, reference) -> a live formula for a spreadsheet's cell; UNKNOWN is what it shows for NULL
    why_null(expression, values) -> reason or None
    to_mapping_sql(expression, columns, *, decimal_comma=False) -> SQL over a file's columns
    mapping_fault_sql(expression, columns, *, decimal_comma=False) -> SQL of the first unreadable text, or None

`units`: name → unit text. `values`: name → Decimal, None for unknown. `currency`: what `money` stands for.
Definitions are a mapping name → Expression in the order of `resolve`.
"""

from __future__ import annotations

from breakeven.formula.collapse import Hinge, Term, collapse, product
from breakeven.formula.doubles import COHORT, PART, SCALE, TIMES, VECTOR
from breakeven.formula.evaluate import Evaluator
from breakeven.formula.excel import UNKNOWN, excel
from breakeven.formula.language import Expression, parse
from breakeven.formula.mapping import mapping_fault_sql, to_mapping_sql
from breakeven.formula.profiles import FORMULA, MAPPING, Kind, Profile
from breakeven.formula.reasons import why_null
from breakeven.formula.resolve import resolve
from breakeven.formula.sentence import number_text, sentence
from breakeven.formula.sql import compile_select, to_sql
from breakeven.formula.units import check_units, parse_unit, unit_of, unit_symbol

__all__ = [
    "COHORT",
    "FORMULA",
    "MAPPING",
    "PART",
    "SCALE",
    "TIMES",
    "UNKNOWN",
    "VECTOR",
    "Evaluator",
    "Expression",
    "Hinge",
    "Kind",
    "Profile",
    "Term",
    "check_units",
    "collapse",
    "compile_select",
    "excel",
    "mapping_fault_sql",
    "number_text",
    "parse",
    "parse_unit",
    "product",
    "resolve",
    "sentence",
    "to_mapping_sql",
    "to_sql",
    "unit_of",
    "unit_symbol",
    "why_null",
]
