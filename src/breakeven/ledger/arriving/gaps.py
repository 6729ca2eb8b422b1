"""Usage without a price and projects that nobody declared, from the roll-ups; outcomes without an interaction."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal

from breakeven.facts import UNASSIGNED
from breakeven.ledger.arriving.pauses import at
from breakeven.ledger.arriving.results import UnknownProject, Unmatched, Unpriced
from breakeven.ledger.measuring.measures import Reading
from breakeven.store.outcomes import waiting
from breakeven.store.schema import FACT_TABLES, INTERACTION, OUTCOME, WAITING


def unpriced(reading: Reading) -> tuple[Unpriced, ...]:
    """Models without a price, the most used first."""
    rows = reading.moment.query(
        "SELECT model, provider, CAST(sum(n) AS BIGINT) AS interactions,"
        " CAST(sum(input_tokens) AS BIGINT) AS input_tokens, CAST(sum(output_tokens) AS BIGINT) AS output_tokens,"
        " min(day) AS since, max(day) AS until FROM interaction_day WHERE cost_origin = 'unpriced'"
        " GROUP BY model, provider HAVING sum(n) > 0 ORDER BY interactions DESC, model, provider"
    )
    return tuple(Unpriced(**row) for row in rows.to_pylist())


def unknown_projects(reading: Reading) -> tuple[UnknownProject, ...]:
    """Projects of interactions and costs that are not declared, the most used first; pools' costs have none."""
    calls: dict[str, int] = defaultdict(int)
    cost: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    since: dict[str, date] = {}
    zone = reading.workspace.calendar.time_zone.replace("'", "''")
    rows = reading.moment.query(
        "SELECT project, cost_currency AS currency, CAST(sum(n) AS BIGINT) AS n, sum(cost) AS cost, min(day) AS since"
        " FROM interaction_day WHERE project NOT IN (SELECT unnest($known)) GROUP BY ALL UNION ALL"
        f" SELECT project, currency, 0, sum(amount), CAST(timezone('{zone}', min(start)) AS DATE) FROM cost"
        " WHERE pool IS NULL AND project NOT IN (SELECT unnest($known)) GROUP BY ALL",
        {"known": [*reading.workspace.projects, ""]},
    )
    for row in rows.to_pylist():
        name = row["project"]
        calls[name] += row["n"]
        since[name] = min(row["since"], since.get(name, row["since"]))
        if row["cost"] is not None and row["currency"] is not None:
            cost[name][row["currency"]] += row["cost"]
    names = sorted(since, key=lambda name: (name == UNASSIGNED, -calls[name], name))
    return tuple(
        UnknownProject(project=name, interactions=calls[name], cost=dict(cost[name]), since=since[name])
        for name in names
    )


def unmatched(reading: Reading) -> tuple[Unmatched, ...]:
    """Outcomes whose interaction has not come, by the source that it should come from, the most first."""
    if not reading.moment.versions.by_kind.get(OUTCOME, 0):
        return ()
    # Of the past it is not kept who waited.
    kept = f"SELECT * FROM {WAITING.name}"
    if reading.as_of is not None:
        kept = waiting("true", FACT_TABLES[INTERACTION].name)
    day_ago = at(reading.now - timedelta(days=1))
    rows = reading.moment.query(
        "SELECT interaction_source AS source, count(*) AS outcomes,"
        f" count(*) FILTER (WHERE time < {day_ago}) AS overdue, min(time) AS since,"
        " arg_max(interaction, (time, source, id)) AS interaction"
        f" FROM ({kept}) AS w(target, source, id, interaction_source, interaction, time)"
        " GROUP BY interaction_source ORDER BY outcomes DESC, interaction_source"
    )
    return tuple(Unmatched(**row) for row in rows.to_pylist())
