"""How complete the cost of each project is: invoices for what is metered, bills of known vendors, rates, budgets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

import msgspec

from breakeven.ledger.completeness.checks import Check, check
from breakeven.ledger.invoicing.billing import billing
from breakeven.ledger.invoicing.meters import meterings, traffic_of
from breakeven.ledger.measuring.measures import Reading
from breakeven.ledger.measuring.relations import relation
from breakeven.ledger.numbers import tidy
from breakeven.ledger.window import Window, window
from breakeven.period import Grain, Period, add_months
from breakeven.workspace.definitions import Project

EXPECTED_FOR = 3
"""Months after its last bill in which a vendor that bills regularly is still expected to."""
REGULAR = 2
"""Months with a bill that make a vendor one that bills regularly."""


class Cost(msgspec.Struct, kw_only=True):
    """What the cost of one project is made of, in the months of a period that are over."""

    metered: Decimal = Decimal(0)
    invoiced: Decimal = Decimal(0)
    """Part of the metered cost for which an invoice is used."""
    without: list[str] = []
    """Vendors and months of the rest."""
    billed: int = 0
    """Months with a bill, of regular vendors that are not metered."""
    expected: int = 0
    absent: list[str] = []
    """Vendors and months without one."""
    records: int = 0
    without_rate: int = 0
    no_rate: str = ""


def cost(reading: Reading, period: Period, span: Window) -> Mapping[str, Cost]:
    """What is known of the cost of each project."""
    found: defaultdict[str, Cost] = defaultdict(Cost)
    over = [month for month in period.months() if month < reading.open_month]
    if over:
        _meters(reading, over, found)
        _vendors(reading, over, found)
    _rates(reading, span, found)
    return found


def _meters(reading: Reading, months: Sequence[date], found: defaultdict[str, Cost]) -> None:
    span = window(months[0], add_months(months[-1], 1), reading.workspace.calendar)
    meters = meterings(reading)
    basis = {(bill.meter, bill.month): bill.basis for bill in billing(reading, months, span).bills}
    names = {one.name: one.vendor for one in meters}
    for part in traffic_of(reading, span, meters):
        if part.cost:
            into = found[part.project]
            into.metered += part.cost
            if basis.get((part.meter, part.month)) == "invoice":
                into.invoiced += part.cost
            else:
                into.without.append(f"{names[part.meter]} {part.month:%Y-%m}")


def _vendors(reading: Reading, months: Sequence[date], found: defaultdict[str, Cost]) -> None:
    """Months in which a vendor that bills regularly did not; vendors of meters are asked for above."""
    first = reading.presence("cost").first
    if first is None or first >= add_months(months[-1], 1):
        return
    span = window(min(first.replace(day=1), months[0]), add_months(months[-1], 1), reading.workspace.calendar)
    metered = {vendor for one in meterings(reading) if one.providers for vendor, _ in one.lines}
    rows = reading.moment.query(f"""
        SELECT DISTINCT project, vendor, CAST(date_trunc('month', local) AS DATE) AS month
        FROM ({relation("cost", span, Grain.MONTH, reading.setting("cost"))})
        WHERE vendor IS NOT NULL AND pool IS NULL AND charge_class = 'regular' ORDER BY ALL
    """).to_pylist()
    billed: defaultdict[tuple[str, str], set[date]] = defaultdict(set)
    for row in rows:
        if row["vendor"] not in metered:
            billed[row["project"], row["vendor"]].add(row["month"])
    for (project, vendor), there in billed.items():
        if len(there) < REGULAR:
            continue
        expected = [month for month in months if any(add_months(month, -i) in there for i in range(EXPECTED_FOR + 1))]
        absent = [f"{vendor} {month:%Y-%m}" for month in expected if month not in there]
        found[project].expected += len(expected)
        found[project].billed += len(expected) - len(absent)
        found[project].absent += absent


def _rates(reading: Reading, span: Window, found: defaultdict[str, Cost]) -> None:
    if not reading.presence("cost").currencies:
        return
    rows = reading.moment.query(f"""
        SELECT project, count(*) AS records, count(no_rate_currency) AS without_rate, min(no_rate_currency) AS no_rate
        FROM ({relation("cost", span, Grain.MONTH, reading.setting("cost"))}) GROUP BY project
    """).to_pylist()
    for row in rows:
        into = found[row["project"]]
        into.records, into.without_rate, into.no_rate = row["records"], row["without_rate"], row["no_rate"] or ""


def cost_checks(project: Project, seen: Cost) -> tuple[Check, ...]:
    """Invoices, bills, rates and the budget of one project."""
    made = [
        check("invoiced", tidy(seen.invoiced), tidy(seen.metered), f"no invoice of {_listed(seen.without)}",
              f"import the bill: breakeven import focus FILE, or import cost with vendor {_first(seen.without)}",
              none="nothing is metered in months that are over"),
        check("bills", seen.billed, seen.expected, f"no bill of {_listed(seen.absent)}",
              f"import the bill of {_first(seen.absent)}: breakeven import focus FILE, or import cost FILE",
              none="no vendor bills this project every month"),
    ]  # fmt: skip
    if seen.without_rate:
        made.append(check("converted", seen.records - seen.without_rate, seen.records,
                          f"{seen.without_rate} cost records: {seen.no_rate}",
                          "add the rate to exchange_rates in workspace.yaml"))  # fmt: skip
    made.append(check("budget", int(project.budget is not None), 1, f"{project.id} has no budget",
                      f"declare budget for {project.id} in projects.yaml"))  # fmt: skip
    return tuple(made)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")


def _first(names: Sequence[str]) -> str:
    return names[0].rpartition(" ")[0] if names else ""
