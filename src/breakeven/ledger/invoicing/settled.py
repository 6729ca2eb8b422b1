"""Which cost records are the invoice of metered traffic: they count as metered cost, and nowhere else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date

import msgspec

from breakeven.facts import UNASSIGNED
from breakeven.ledger.invoicing.billing import billing, weights
from breakeven.ledger.invoicing.meters import USAGE_CATEGORIES, Metering, Traffic, meterings, traffic_of
from breakeven.ledger.measuring.measures import Reading
from breakeven.ledger.measuring.relations import literal, relation
from breakeven.ledger.window import Window
from breakeven.period import Grain, add_months


class Settled(msgspec.Struct, frozen=True):
    """The bills of a meter in a month, taken out of the places in which their lines stand."""

    meter: str
    month: date
    projects: tuple[str, ...]
    """Projects with traffic of the meter: a line of another project stays where it stands."""


def settled(reading: Reading, months: Sequence[date], span: Window) -> tuple[Settled, ...]:
    """What is taken out in some months; `span` is their window. Kept until cost or traffic changes."""
    versions = reading.moment.versions.by_kind
    version = versions.get("cost", 0), versions.get("interaction", 0), reading.today
    return reading.cache.get(("settled", span), version, lambda: _settled(reading, months, span))


def _settled(reading: Reading, months: Sequence[date], span: Window) -> tuple[Settled, ...]:
    bills = [one for one in billing(reading, months, span).bills if one.basis != "direct" and one.invoice is not None]
    if not bills:
        return ()
    traffic: defaultdict[tuple[str, date], list[Traffic]] = defaultdict(list)
    for part in traffic_of(reading, span, _billed(reading)):
        traffic[part.meter, part.month].append(part)
    return tuple(
        Settled(bill.meter, bill.month, tuple(sorted(weights(traffic[bill.meter, bill.month])))) for bill in bills
    )


def _billed(reading: Reading) -> tuple[Metering, ...]:
    return tuple(one for one in meterings(reading) if one.lines and one.providers)


def cost_lines(reading: Reading, months: Sequence[date], span: Window, within: Window) -> str:
    """SELECT of the pieces by month of the cost records in a window, with `meter`: whose invoice a piece is, else NULL.

    `months` and `span`: those of the book.
    """
    source = relation("cost", within, Grain.MONTH, reading.setting("cost"))
    found = [one for one in settled(reading, months, span) if _touches(one.month, within)]
    if not found:
        return f"SELECT *, CAST(NULL AS VARCHAR) AS meter FROM ({source})"
    lines = ", ".join(
        f"({literal(one.name)}, {literal(vendor)}, {'NULL' if service is None else literal(service)},"
        f" {str(one.any_category).lower()})"
        for one in _billed(reading)
        for vendor, service in one.lines
    )
    taken = ", ".join(
        f"({literal(one.meter)}, DATE '{one.month}', [{', '.join(map(literal, one.projects))}]::VARCHAR[])"
        for one in found
    )
    categories = ", ".join(literal(name) for name in USAGE_CATEGORIES)
    return f"""
        SELECT c.*, s.meter FROM ({source}) AS c
        LEFT JOIN (
            SELECT l.meter, of_vendor, of_service, any_category, of_month, of_projects
            FROM (VALUES {lines}) AS l (meter, of_vendor, of_service, any_category)
            JOIN (VALUES {taken}) AS t (meter, of_month, of_projects) ON l.meter = t.meter
        ) AS s
          ON c.vendor = s.of_vendor AND c.service IS NOT DISTINCT FROM s.of_service
         AND (s.any_category OR c.category IN ({categories}) OR c.charge_class <> 'regular')
         AND CAST(date_trunc('month', c.local) AS DATE) = s.of_month
         AND (c.pool IS NOT NULL OR c.project = '{UNASSIGNED}' OR list_contains(s.of_projects, c.project))
    """


def _touches(month: date, within: Window) -> bool:
    return month < within.last and add_months(month, 1) > within.first


def invoices(reading: Reading, months: Sequence[date], span: Window) -> Mapping[str, Metering]:
    """Meters of which bills have come, by name."""
    found = {one.meter for one in settled(reading, months, span)}
    return {one.name: one for one in _billed(reading) if one.name in found}
