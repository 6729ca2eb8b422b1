"""Meters: which lines of bills are invoices for which traffic, and both by month.

A meter is declared in allocation.yaml, or it is a provider of interactions with the vendors of the same name (small
letters and digits compared). Of a meter without services belong to it: the vendor's lines of a category that usage can
have, and all its credits and corrections. A line belongs to one meter; declared ones come first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

import msgspec

from breakeven.ledger.measuring.measures import Reading
from breakeven.ledger.measuring.relations import Base, interactions, literal, relation
from breakeven.ledger.window import Window
from breakeven.period import Grain
from breakeven.workspace.meters import plain_name

USAGE_CATEGORIES = ("compute", "licence", "data", "other")
"""Categories of a cost record that can be an invoice for usage; people and implementation cannot."""


class Metering(msgspec.Struct, frozen=True, kw_only=True):
    """One meter as it stands in the data."""

    name: str
    vendor: str
    """As on the bill, or as declared."""
    providers: tuple[str, ...]
    """As in the interactions."""
    lines: tuple[tuple[str, str | None], ...]
    """(Vendor, service) of the cost records that may belong to it; none: it has never been billed."""
    declared: bool
    any_category: bool
    """Whether lines belong to it whatever their category: its services are declared."""


class Lines(msgspec.Struct, frozen=True, kw_only=True):
    """Lines of a meter's bills in a month that go to the same place."""

    meter: str
    month: date
    project: str
    pool: str | None
    category: str
    """compute, licence, data…: what the bill says that it is for."""
    amount: Decimal | None
    """In the workspace's currency, as far as it is known."""
    no_rate: str | None
    """Why it is not known in full."""
    regular: int
    """Number of lines that are neither credit nor correction."""
    first: date | None
    """First local day of the regular lines' spans."""
    last: date | None
    """Last local day of them."""
    moment: bool
    """Whether a regular line has no span."""


class Traffic(msgspec.Struct, frozen=True, kw_only=True):
    """Metered traffic of a meter in a month and project."""

    meter: str
    month: date
    project: str
    cost: Decimal | None
    """Known cost in the workspace's currency."""
    calls: int
    unknown_calls: int
    """Those whose cost is not known."""
    tokens: int
    """Tokens (input and output) of the calls with a known cost."""
    unknown_tokens: int
    """Tokens of the calls without one."""


def meterings(reading: Reading) -> tuple[Metering, ...]:
    """Declared meters, then a meter for each other provider that interactions name."""
    versions = reading.moment.versions.by_kind
    version = versions.get("cost", 0), versions.get("interaction", 0)
    return reading.cache.get(("meterings",), version, lambda: _meterings(reading))


def _meterings(reading: Reading) -> tuple[Metering, ...]:
    versions, query = reading.moment.versions.by_kind, reading.moment.query
    traffic = reading.cache.get(
        ("providers",), versions.get("interaction", 0),
        lambda: query("SELECT DISTINCT provider FROM interaction_month WHERE provider IS NOT NULL ORDER BY 1"),
    )["provider"].to_pylist()  # fmt: skip
    billed = reading.cache.get(
        ("vendors",), versions.get("cost", 0),
        lambda: query("SELECT DISTINCT vendor, service FROM cost WHERE vendor IS NOT NULL ORDER BY 1, 2"),
    ).to_pylist()  # fmt: skip
    lines = [(row["vendor"], row["service"]) for row in billed]
    found: list[Metering] = []
    for meter in reading.workspace.meters.values():
        services = {plain_name(service) for service in meter.services}
        mine = [
            line for line in lines
            if plain_name(line[0]) == plain_name(meter.vendor)
            and (not services or (line[1] is not None and plain_name(line[1]) in services))
        ]  # fmt: skip
        names = {plain_name(provider) for provider in meter.providers}
        found.append(Metering(
            name=meter.name, vendor=meter.vendor, declared=True, any_category=bool(services),
            providers=tuple(one for one in traffic if plain_name(one) in names), lines=tuple(mine),
        ))  # fmt: skip
    # A meter that names services takes these before one that takes the rest of the vendor's lines.
    taken = {line for one in found if one.any_category for line in one.lines}
    found = [
        one if one.any_category
        else msgspec.structs.replace(one, lines=tuple(line for line in one.lines if line not in taken))
        for one in found
    ]  # fmt: skip
    taken.update(line for one in found for line in one.lines)
    metered = {provider for one in found for provider in one.providers}
    rest = [line for line in lines if line not in taken]
    return (*found, *_by_name([one for one in traffic if one not in metered], rest, {one.name for one in found}))


def _by_name(traffic: Sequence[str], lines: Sequence[tuple[str, str | None]], names: Iterable[str]) -> list[Metering]:
    """Providers without a declaration, each with the vendors of the same name."""
    spellings: dict[str, list[str]] = {}
    for provider in traffic:
        spellings.setdefault(plain_name(provider), []).append(provider)
    found = []
    for name, providers in spellings.items():
        mine = [line for line in lines if plain_name(line[0]) == name]
        found.append(Metering(
            name=f"{name} (undeclared)" if name in names else name, vendor=mine[0][0] if mine else providers[0],
            providers=tuple(providers), lines=tuple(mine), declared=False, any_category=False,
        ))  # fmt: skip
    return found


# --- by month


def lines_of(reading: Reading, span: Window, meters: Sequence[Metering]) -> list[Lines]:
    """The lines of the meters' bills by month, project, pool and category; spans are cut by month like every cost."""
    if not any(one.lines for one in meters):
        return []
    zone, regular = literal(reading.workspace.calendar.time_zone), "charge_class = 'regular'"
    rows = reading.moment.query(f"""
        SELECT meter, CAST(date_trunc('month', local) AS DATE) AS month, project, pool, category, sum(amount) AS amount,
               min(no_rate_currency) AS no_rate, count(*) FILTER (WHERE {regular}) AS regular,
               CAST(timezone({zone}, min(start) FILTER (WHERE {regular})) AS DATE) AS first,
               CAST(timezone({zone}, max(greatest(start, stop - INTERVAL 1 MICROSECOND)) FILTER (WHERE {regular}))
                    AS DATE) AS last,
               coalesce(bool_or(start = stop) FILTER (WHERE {regular}), false) AS moment
        FROM ({metered_lines(reading, span, meters)}) GROUP BY ALL ORDER BY ALL
    """)
    return [Lines(**row) for row in rows.to_pylist()]


def metered_lines(reading: Reading, span: Window, meters: Sequence[Metering]) -> str:
    """SELECT of the pieces (by month) of the lines that belong to the meters, with `meter`."""
    rows = ", ".join(
        f"({literal(one.name)}, {literal(vendor)}, {'NULL' if service is None else literal(service)}, "
        f"{str(one.any_category).lower()})"
        for one in meters
        for vendor, service in one.lines
    )
    categories = ", ".join(literal(name) for name in USAGE_CATEGORIES)
    return f"""
        SELECT c.*, m.meter
        FROM ({relation("cost", span, Grain.MONTH, reading.setting("cost"))}) AS c
        JOIN (VALUES {rows}) AS m (meter, of_vendor, of_service, any_category)
          ON c.vendor = m.of_vendor AND c.service IS NOT DISTINCT FROM m.of_service
         AND (m.any_category OR c.category IN ({categories}) OR c.charge_class <> 'regular')
    """


_TOKENS = "coalesce(input_tokens, 0) + coalesce(output_tokens, 0)"


def traffic_of(reading: Reading, span: Window, meters: Sequence[Metering]) -> list[Traffic]:
    """Metered traffic by month and project."""
    if not any(one.providers for one in meters):
        return []
    source = interactions(span, Base.MONTH, reading.setting("interaction"))
    rows = reading.moment.query(f"""
        SELECT meter, CAST(date_trunc('month', day) AS DATE) AS month, project, sum(cost) AS cost,
               CAST(sum(n) AS BIGINT) AS calls,
               CAST(coalesce(sum(n) FILTER (WHERE cost IS NULL), 0) AS BIGINT) AS unknown_calls,
               CAST(coalesce(sum({_TOKENS}) FILTER (WHERE cost IS NOT NULL), 0) AS BIGINT) AS tokens,
               CAST(coalesce(sum({_TOKENS}) FILTER (WHERE cost IS NULL), 0) AS BIGINT) AS unknown_tokens
        FROM ({by_meter(source, meters)}) GROUP BY ALL ORDER BY ALL
    """)
    return [Traffic(**row) for row in rows.to_pylist()]


def by_meter(source: str, meters: Sequence[Metering]) -> str:
    """SELECT of a relation of interactions with `meter`, those of other providers left out."""
    rows = ", ".join(f"({literal(one.name)}, {literal(provider)})" for one in meters for provider in one.providers)
    return (f"SELECT i.*, m.meter FROM ({source}) AS i JOIN (VALUES {rows}) AS m (meter, of_provider)"
            " ON i.provider = m.of_provider")  # fmt: skip


def never_billed(reading: Reading, span: Window, meters: Sequence[Metering]) -> dict[tuple[date, str], str]:
    """(Month, project) → the providers with metered cost of which no bill has ever come."""
    silent = [one for one in meters if one.providers and not one.lines]
    if not silent:
        return {}
    source = by_meter(interactions(span, Base.MONTH, reading.setting("interaction")), silent)
    rows = reading.moment.query(f"""
        SELECT CAST(date_trunc('month', day) AS DATE) AS month, project,
               string_agg(DISTINCT provider, ', ' ORDER BY provider) AS providers
        FROM ({source}) WHERE cost > 0 GROUP BY 1, 2
    """).to_pydict()
    return dict(zip(zip(rows["month"], rows["project"], strict=True), rows["providers"], strict=True))


def metered_days(
    reading: Reading, span: Window, meters: Sequence[Metering]
) -> Mapping[tuple[str, date], tuple[date, date]]:
    """(Meter, month) → the first and the last day with metered cost."""
    if not any(one.providers for one in meters):
        return {}
    days = f"day >= DATE '{span.first}' AND day < DATE '{span.last}'"
    rows = reading.moment.query(f"""
        SELECT meter, CAST(date_trunc('month', day) AS DATE) AS month, min(day) AS first, max(day) AS last
        FROM ({by_meter(f"SELECT day, provider, cost FROM interaction_day WHERE {days}", meters)})
        WHERE cost > 0 GROUP BY ALL
    """)
    return {(row["meter"], row["month"]): (row["first"], row["last"]) for row in rows.to_pylist()}
