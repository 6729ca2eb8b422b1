"""The whole shipped methodology over months and projects at once, in one statement."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pyarrow as pa

from bench.plan import Plan
from bench.results import Result, figure, milliseconds
from breakeven.formula import Evaluator, resolve
from breakeven.workspace import default_workspace

MONTHS, PROJECTS = 36, 100
_DECIMAL = pa.decimal128(38, 12)


def formulas(plan: Plan) -> list[Result]:
    """All definitions for every month and project: with a new plan, and with the kept one."""
    found = default_workspace().methodology.definitions
    expressions = {name: made.expression for name, made in found.items()}
    used = {name for expression in expressions.values() for name in expression.names}
    ordered = {name: expressions[name] for name in resolve(expressions, used - expressions.keys())}
    rows = MONTHS * PROJECTS
    draws = np.random.default_rng(7).integers(0, 100_000, (len(used), rows))
    inputs = {
        name: pa.array([Decimal(int(value)) for value in column], _DECIMAL)
        for name, column in zip(sorted(used - expressions.keys()), draws, strict=False)
    }
    table = pa.table({"row": pa.array(np.arange(rows)), **inputs})
    evaluator = Evaluator(threads=2)

    def evaluate(with_: Evaluator) -> pa.Table:
        return with_.evaluate(ordered, table, keys=("row",))

    planned = milliseconds(lambda: evaluate(Evaluator(threads=2)), plan.repeats)
    evaluate(evaluator)
    kept = milliseconds(lambda: evaluate(evaluator), plan.repeats * 4)
    case = f"{len(ordered)} formulas, {MONTHS} months, {PROJECTS} projects"
    return [Result(benchmark="formulas", case=case, rows=None,
                   figures=(figure("new plan", "ms", planned), figure("kept plan", "ms", kept)))]  # fmt: skip
