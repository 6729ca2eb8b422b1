"""Interactions by day, from the roll-ups: never the raw rows."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from breakeven.ledger.desk import Desk
from breakeven.ledger.measuring.measures import span_of
from breakeven.ledger.measuring.relations import relation
from breakeven.period import Grain, add_months
from breakeven.views.dataout.tables import DAY, MONEY, TEXT, WHOLE, Asked, Column, Table, schema_of

_KEYS = ("project", "model", "provider", "variant", "team", "status", "outcome", "cost_origin")
COLUMNS = (
    Column("day", DAY, "Local day."),
    Column("project", TEXT, "Project; unassigned: of none that is declared."),
    Column("model", TEXT, "Model that answered; null: the source did not say, as for all that follow."),
    Column("provider", TEXT, "Who ran the model."),
    Column("variant", TEXT, "Arm of an experiment."),
    Column("team", TEXT, "Team that used it."),
    Column("status", TEXT, "ok or error."),
    Column("outcome", TEXT, "resolved, converted, escalated…"),
    Column("cost_origin", TEXT, "reported, metered, unpriced or unmetered."),
    Column("interactions", WHOLE, "How many."),
    Column("input_tokens", WHOLE, "Tokens read; null: known of none, as for all that follow."),
    Column("output_tokens", WHOLE, "Tokens written."),
    Column("cached_tokens", WHOLE, "Part of the tokens read that came from a cache."),
    Column("cost", MONEY, "Their cost in currency as metered, before invoices change it; null: without price or rate."),
    Column("revenue", MONEY, "Revenue attributed to them, in currency."),
    Column("latency_ms_sum", MONEY, "Sum of response times in ms, of those that have one."),
    Column("latency_n", WHOLE, "Interactions with a response time."),
    Column("csat_sum", MONEY, "Sum of satisfaction 1 to 5."),
    Column("csat_n", WHOLE, "Interactions with a satisfaction."),
    Column("seconds_saved", MONEY, "Working time saved in seconds."),
    Column("currency", TEXT, "Currency of cost and revenue, the workspace's."),
)
_SUMS = {
    "interactions": "sum(n)", "input_tokens": "sum(input_tokens)", "output_tokens": "sum(output_tokens)",
    "cached_tokens": "sum(cached_tokens)", "cost": "sum(cost)", "revenue": "sum(revenue)",
    "latency_ms_sum": "sum(latency_ms)", "latency_n": "sum(latency_n)", "csat_sum": "sum(csat)",
    "csat_n": "sum(csat_n)", "seconds_saved": "sum(seconds_saved)",
}  # fmt: skip
_SQL = {WHOLE: "BIGINT", MONEY: "DECIMAL(38, 12)"}


def _days(desk: Desk, asked: Asked) -> Iterator[pa.RecordBatch]:
    """A month at a time."""
    desk.check_projects(None if asked.project is None else (asked.project,))
    found = asked.window or span_of(desk.reading, ["interaction"])
    if found is None:
        return
    types = {column.name: _SQL[column.type] for column in COLUMNS if column.name in _SUMS}
    shown = ", ".join(f"CAST({sql} AS {types[name]}) AS {name}" for name, sql in _SUMS.items())
    keys, only = ", ".join(_KEYS), "WHERE project = ?" if asked.project is not None else ""
    schema, (start, end) = schema_of(COLUMNS), found
    while start < end:
        until = min(end, add_months(start.replace(day=1), 1))
        rows = relation("interaction", desk.window(start, until), Grain.DAY, desk.reading.setting("interaction"))
        table = desk.reading.moment.query(
            f"SELECT day, {keys}, {shown} FROM ({rows}) {only} GROUP BY day, {keys} HAVING sum(n) <> 0"
            f" ORDER BY day, {keys}", [asked.project] if only else None)  # fmt: skip
        table = table.append_column("currency", pa.array([desk.workspace.currency] * len(table), TEXT))
        yield from table.select(schema.names).cast(schema).to_batches()
        start = until


INTERACTIONS = Table(
    name="interactions_daily", columns=COLUMNS, rows=_days,
    description="Interactions by day, project, model, provider, variant, team, status, outcome and origin of cost.",
)  # fmt: skip
