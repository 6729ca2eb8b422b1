"""Where the facts behind a leaf can be read: records of measures and cost lines, bills of pools, invoices of meters."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal

from breakeven.ledger.desk import Desk
from breakeven.ledger.explaining.counts import Facts, Sources
from breakeven.ledger.invoicing.billing import billing
from breakeven.ledger.invoicing.settled import cost_lines
from breakeven.ledger.measuring.measures import Reading
from breakeven.ledger.numbers import tidy, tidy_or_none
from breakeven.ledger.records.which import INTERACTION, METER
from breakeven.ledger.results import Behind
from breakeven.ledger.sharing.allocate import UNALLOCATED
from breakeven.ledger.sharing.pool_report import pool_steps
from breakeven.ledger.window import Window
from breakeven.measures import MEASURES
from breakeven.money import cents
from breakeven.period import add_months

LARGEST = 5
"""Sources that are named of one leaf."""
Scope = tuple[str, ...] | None


def of_measure(facts: Facts, name: str, span: Window, scope: Scope) -> tuple[Behind, str]:
    """The facts that a measure looks at, and who sent them in words."""
    kind = MEASURES[name].relation
    number, sources = facts.of(name, span, scope)
    label = f"{_words(kind).capitalize()} records"
    return Behind(kind=kind, label=label, records=number, measure=name), said(kind, sources)


def of_line(desk: Desk, facts: Facts, line: str, span: Window, scope: Scope) -> tuple[tuple[Behind, ...], str | None]:
    """The facts that a cost line is made of, and who sent them; none for what is declared."""
    match line:
        case "cost_direct":
            number, sources = facts.of(line, span, scope)
            return (Behind(kind="cost", label="Cost records", records=number, line=line),), said("cost", sources)
        case "cost_metered":
            found, words = of_measure(facts, "ai_cost", span, scope)
            return (found, *_invoices(desk, span, scope)), words
        case "cost_allocated":
            return tuple(_pools(desk, span, scope)), "allocation.yaml and cost records of pools"
        case _:
            return (), "projects.yaml"


def said(kind: str, sources: Sources) -> str:
    """Who sent facts, in words."""
    words = _words(kind)
    if not sources:
        return f"no {words} record"
    listed = ", ".join(name if number is None else f"{name} ({number:,})" for name, number in sources[:LARGEST])
    more = f" and {len(sources) - LARGEST} more" if len(sources) > LARGEST else ""
    return f"{words} records of {listed}{more}"


def _words(kind: str) -> str:
    return kind.replace("_", " ")


# --- bills


def _invoices(desk: Desk, span: Window, scope: Scope) -> Iterable[Behind]:
    """The bills that stand in place of the meter, each with the part of the figure's projects."""
    months = desk.book().months
    whole = desk.window(months[0], add_months(months[-1], 1))
    settled = billing(desk.reading, months, whole)
    parts: defaultdict[str, Decimal] = defaultdict(Decimal)
    for (month, meter, project), amount in settled.invoiced.items():
        if span.first <= month < span.last and (scope is None or project in scope):
            parts[meter] += amount
    vendors = {bill.meter: bill.vendor for bill in settled.bills}
    known = _by(desk, span, "meter")
    for meter, part in sorted(parts.items(), key=lambda one: (-abs(one[1]), one[0])):
        records, billed = known.get(meter, (0, None))
        note = None if scope is None else f"{cents(part):,} of it by the meter"
        yield Behind(kind="cost", label=f"Invoice of {vendors[meter]}", records=records, where={METER: meter},
                     shared=True, amount=tidy_or_none(billed), note=note)  # fmt: skip


def _pools(desk: Desk, span: Window, scope: Scope) -> Iterable[Behind]:
    """The bills of the pools that the figure's projects have a part of."""
    parts: defaultdict[str, Decimal] = defaultdict(Decimal)
    rules: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for step in pool_steps(desk):
        if not span.first <= step.month < span.last:
            continue
        for share in step.shares:
            if share.kind != "pool" and (scope is None or share.to in scope):
                parts[step.pool] += share.amount
                rules[step.pool] |= {step.rule or UNALLOCATED: None}
    known = _by(desk, span, "pool")
    for pool, part in sorted(parts.items(), key=lambda one: (-abs(one[1]), one[0])):
        records, amount = known.get(pool, (0, None))
        if part and records:
            note = f"shared by {', '.join(rules[pool])}" + ("" if scope is None else f": {cents(part):,} of it")
            yield Behind(kind="cost", label=f"Bills of {pool}", records=records, line="cost_allocated",
                         where={"pool": pool}, shared=True, amount=tidy_or_none(amount), note=note)  # fmt: skip


def _by(desk: Desk, span: Window, column: str) -> Mapping[str, tuple[int, Decimal | None]]:
    """Number of cost records and what they add up to, by pool (invoices left out) or by meter."""
    reading: Reading = desk.reading
    versions = reading.moment.versions.by_kind
    version = versions.get("cost", 0), versions.get(INTERACTION, 0)
    return reading.cache.get(("bills by", column, span), version, lambda: _summed(desk, span, column))


def _summed(desk: Desk, span: Window, column: str) -> Mapping[str, tuple[int, Decimal | None]]:
    months: list[date] = desk.book().months
    source = cost_lines(desk.reading, months, desk.window(months[0], add_months(months[-1], 1)), span)
    rows = desk.reading.moment.query(
        f"SELECT {column} AS name, count(DISTINCT (source, id)) AS records, sum(amount) AS amount FROM ({source})"
        f" WHERE {column} IS NOT NULL{' AND meter IS NULL' if column == 'pool' else ''} GROUP BY 1"
    ).to_pylist()
    return {row["name"]: (row["records"], None if row["amount"] is None else tidy(row["amount"])) for row in rows}
