"""One month's return from a dict of numbers, by the shipped formulas and assumptions: public API."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any

import msgspec
import pyarrow as pa

from breakeven.errors import UnknownName, UsageProblem
from breakeven.formula import Evaluator, Expression, why_null
from breakeven.ledger.books.closure import closure, inputs_of
from breakeven.ledger.measuring.measures import DECIMAL
from breakeven.ledger.numbers import EXACT, tidy
from breakeven.ledger.timeline import NO_RETURN
from breakeven.workspace import default_workspace

COUNTS = ("hours_saved_model_dev", "hours_saved_deployment", "hours_saved_debugging", "baseline_incidents",
          "actual_incidents", "models_deployed", "avg_months_saved")  # fmt: skip
"""Input keys that cannot be negative."""
AMOUNTS = ("baseline_cloud_cost", "actual_cloud_cost", "platform_cost")
"""Input keys of money; credits may make them negative."""
OPTIONAL = "audit_findings_avoided"
"""Input key that is 0 where it is absent."""
OUTPUTS = ("productivity_value", "incident_value", "acceleration_value", "infra_savings", "compliance_value",
           "total_monthly_value", "investment", "net_value", "roi_percent")  # fmt: skip
_LARGEST = Decimal(10) ** 20


class _Calculator(msgspec.Struct, frozen=True):
    """The shipped formulas with the inputs taken out, and the shipped assumptions."""

    formulas: Mapping[str, Expression]
    inputs: tuple[str, ...]
    assumptions: Mapping[str, Decimal | None]
    evaluator: Evaluator


def calculate_monthly_roi(month_data: Mapping[str, Any]) -> dict[str, Any]:
    """Value, investment and return of one month, by the formulas of the default workspace.

    Input keys: `hours_saved_model_dev`, `hours_saved_deployment`, `hours_saved_debugging` (hours),
    `baseline_incidents`, `actual_incidents`, `models_deployed`, `avg_months_saved`, `baseline_cloud_cost`,
    `actual_cloud_cost`, `platform_cost` (money), and optionally `audit_findings_avoided`. Assumptions of the default
    workspace may be given beside them to replace theirs (`hourly_rate`, `avg_fine_value`…). Numbers are int, float,
    Decimal or numeric text; a float is taken as it is written (0.1 is one tenth).

    Gives `productivity_value`, `incident_value`, `acceleration_value`, `infra_savings`, `compliance_value`,
    `total_monthly_value`, `investment`, `net_value` and `roi_percent` as exact `Decimal`, which compares equal to the
    same int. What cannot be known is None, and then a key `reasons` maps its name to the reason: `roi_percent` at a
    platform cost of 0, `compliance_value` if findings are given without `avg_fine_value`.

    Raises UsageProblem for a missing key, a value that is no number, and a negative number of hours or things;
    UnknownName for a key that is not known.
    """
    calculator = _calculator()
    given = _read(month_data, calculator.assumptions)
    inputs = {name: given.get(name, calculator.assumptions.get(name)) for name in calculator.inputs}
    table = pa.table({name: pa.array([value], DECIMAL) for name, value in inputs.items()})
    made: dict[str, Decimal | None] = calculator.evaluator.evaluate(calculator.formulas, table).to_pylist()[0]
    values = {**inputs, **made}
    answer: dict[str, Any] = {}
    reasons: dict[str, str] = {}
    for name in OUTPUTS:
        value = values[name]
        answer[name] = None if value is None else tidy(value)
        if value is None:
            reasons[name] = why_null(calculator.formulas[name], values) or "not known"
    invested = values["investment"]
    if invested is not None and invested <= 0:
        reasons["roi_percent"] = NO_RETURN[bool(invested)]
    return {**answer, "reasons": reasons} if reasons else answer


@cache
def _calculator() -> _Calculator:
    workspace = default_workspace()
    given = {*COUNTS, *AMOUNTS, OPTIONAL}
    definitions = {name: made for name, made in workspace.methodology.definitions.items() if name not in given}
    needed = closure(definitions, OUTPUTS)
    values = {name: assumption.on(date.max) for name, assumption in workspace.assumptions.items()}
    return _Calculator(
        formulas={name: made.expression for name, made in needed.items()},
        inputs=tuple(inputs_of(needed)),
        assumptions={name: value.value if value else None for name, value in values.items() if name not in given},
        evaluator=Evaluator(threads=1),
    )


def _read(month_data: Mapping[str, Any], assumptions: Mapping[str, Decimal | None]) -> dict[str, Decimal | None]:
    if not isinstance(month_data, Mapping):
        raise UsageProblem(f"month_data must be a dict, not {type(month_data).__name__}")
    wanted = (*COUNTS, *AMOUNTS)
    for key in month_data:
        if key not in wanted and key != OPTIONAL and key not in assumptions:
            raise UnknownName("key of month_data", str(key), [*wanted, OPTIONAL])
    missing = [key for key in wanted if key not in month_data]
    if missing:
        raise UsageProblem(f"month_data lacks {', '.join(missing)}; its keys are {', '.join((*wanted, OPTIONAL))}"
                           f" (the last one is optional)")  # fmt: skip
    given = {key: _number(key, value) for key, value in month_data.items()}
    return {OPTIONAL: Decimal(0), **given}


def _number(key: str, value: Any) -> Decimal:
    """A finite number with at most 12 decimals; the rest is rounded off."""
    problem = f"month_data[{key!r}] is {value!r}"
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        raise UsageProblem(f"{problem}: give a number")
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        raise UsageProblem(f"{problem}: give a number") from None
    if not number.is_finite() or abs(number) >= _LARGEST:
        raise UsageProblem(f"{problem}: give a finite number below 10^20")
    if number < 0 and key not in AMOUNTS:
        raise UsageProblem(f"{problem}: it cannot be negative")
    return number.quantize(Decimal("1e-12"), context=EXACT)
