"""Usage without a price, and projects that nobody declared, from the roll-ups; and what was refused."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from breakeven.facts import UNASSIGNED
from breakeven.ledger.arriving.results import Refused, UnknownProject, Unpriced
from breakeven.ledger.arriving.usual import share
from breakeven.ledger.measuring.measures import Reading

Key = tuple[str, str]


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


def refused(reading: Reading, accepted: Mapping[Key, int]) -> dict[Key, tuple[Refused, ...]]:
    """What was refused, by kind and source; a source that was not readable is the empty text."""
    rows = reading.moment.query(
        "SELECT kind, coalesce(source, '') AS source, reason, count(*) AS records,"
        " count(*) FILTER (WHERE replayed_at IS NULL) AS waiting, min(received_at) AS first, max(received_at) AS last"
        " FROM rejected GROUP BY ALL ORDER BY records DESC, reason"
    ).to_pylist()
    came: dict[Key, int] = defaultdict(int)
    for row in rows:
        came[row["kind"], row["source"]] += row["records"]
    found: dict[Key, list[Refused]] = defaultdict(list)
    for row in rows:
        key = (row["kind"], row["source"])
        found[key].append(Refused(
            reason=row["reason"], records=row["records"], waiting=row["waiting"],
            replayed=row["records"] - row["waiting"], first=row["first"], last=row["last"],
            share=share(row["records"], came[key] + accepted.get(key, 0)),
        ))  # fmt: skip
    return {key: tuple(those) for key, those in found.items()}
