"""The formula language: SQL scalar expressions over names; one checked tree, several readings. Pure.

Contract while this package is being built (public names):

    parse(text, *, profile=FORMULA, file=None, line=None) -> Expression   raises FormulaInvalid
    Expression                        frozen; .text, .names (free names, in order of appearance)
    check_units(expression, units: Mapping[name, unit], expected: unit | None) -> list[Problem]
    resolve(expressions: Mapping[name, Expression], known: Collection[name]) -> order | raises FormulaInvalid
        unknown names (with the valid ones) and cycles (with the cycle named)
    compile_select(definitions: Mapping[name, Expression] in order, inputs: relation name) -> SQL text
    to_sql(expression) -> SQL text over columns of the same names (numbers as DECIMAL(38,12))
    evaluate(definitions, table: pa.Table) -> pa.Table      through DuckDB, one statement
    sentence(expression, values, units) -> "42 h × 150 USD/h = 6 300 USD"
    why_null(expression, values) -> reason                   which input is unknown, or which divisor is zero
"""

from __future__ import annotations


class Expression:  # replaced by the package's author
    """A checked formula."""
