"""The company that is measured: a hundred projects of very different size, eight models, 500 users, twelve months.

All rows are a function of their number, so that every run and every machine measures the same records; only the year
they lie in ends where it is told to.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa

from breakeven.store.schema import arrow_schema
from breakeven.workspace.creation import create

PROJECTS = tuple(f"project-{number:02}" for number in range(100))
MODELS = (
    ("gpt-4o-mini", "openai", 15), ("gpt-4o", "openai", 250), ("claude-sonnet-4-5", "anthropic", 300),
    ("gemini-2.5-flash", "google", 30), ("gpt-5-mini", "openai", 25), ("claude-3-5-haiku-latest", "anthropic", 80),
    ("gemini-2.5-pro", "google", 125), ("mistral-large-latest", "mistral", 200),
)  # fmt: skip
"""Model, provider and cents per million tokens read; the first ones are used most."""
YEAR = timedelta(days=365)
BATCH = 491_520
"""Interactions of one commit of the bulk loader."""

_DRAWN = """
    SELECT i, hash(i, 1) / pow(2, 64) AS a, hash(i, 2) / pow(2, 64) AS b,
           sqrt(-2 * ln(1 - hash(i, 3) / pow(2, 64))) AS r, hash(i, 4) / pow(2, 64) * 2 * pi() AS t,
           hash(i, 5) % 500 AS u, hash(i, 6) / pow(2, 64) AS e, hash(i, 7) / pow(2, 64) AS f
    FROM range({first}, {last}) AS numbers(i)
"""
_FIELDS = """
    SELECT i, md5(CAST(i AS VARCHAR)) AS id, 'gateway' AS source,
           TIMESTAMPTZ '{start}' + to_milliseconds(CAST(floor((i + f) / {whole} * {span}) AS BIGINT)) AS time,
           'project-' || lpad(CAST(CAST(floor(100 * a * a) AS INTEGER) AS VARCHAR), 2, '0') AS project,
           CAST(floor(8 * b * b) AS INTEGER) AS m, 'chat' AS operation,
           'team-' || CAST(CAST(floor(100 * a * a) AS INTEGER) % 12 AS VARCHAR) AS team,
           'user-' || lpad(CAST(u AS VARCHAR), 4, '0') AS actor, round(exp(7 + 0.6 * r * sin(t)), 1) AS latency_ms,
           CASE WHEN e < 0.02 THEN 'error' ELSE 'ok' END AS status,
           CAST(exp(6.5 + r * cos(t)) AS BIGINT) + 1 AS input_tokens,
           CAST(exp(5.5 + r * sin(t)) AS BIGINT) + 1 AS output_tokens,
           CASE WHEN f < 0.3 THEN CAST(exp(6.5 + r * cos(t)) * 0.8 AS BIGINT) END AS cached_tokens,
           CASE WHEN e < 0.02 THEN NULL WHEN e < 0.62 THEN 'resolved' WHEN e < 0.75 THEN 'escalated' END AS outcome,
           CASE WHEN f < 0.05 THEN 1 + u % 5 END AS csat
    FROM ({drawn})
"""
_SAID = """
    SELECT id, source, {time} AS time, project, {models}[m + 1] AS model, {providers}[m + 1] AS provider, operation,
           team, actor, latency_ms, status, input_tokens, output_tokens, cached_tokens, outcome, csat
    FROM ({fields})
"""
_STORED = """
    SELECT id, source, time, 1 AS count, project, {models}[m + 1] AS model, {providers}[m + 1] AS provider, operation,
           NULL AS variant, team, actor, latency_ms, status, input_tokens, output_tokens, cached_tokens,
           CAST((input_tokens + 4 * output_tokens) * {cents}[m + 1] AS DECIMAL(38, 12)) / 100000000 AS cost,
           'USD' AS cost_currency, 'metered' AS cost_origin,
           'book|' || {providers}[m + 1] || '|' || {models}[m + 1] || '|first' AS price_id, NULL AS usage,
           NULL AS revenue, NULL AS currency, outcome, CAST(csat AS DOUBLE) AS csat, NULL AS seconds_saved,
           NULL AS labels, i - {first} AS ordinal
    FROM ({fields})
"""
_FORMATS = {"parquet": "FORMAT parquet", "csv": "FORMAT csv, HEADER", "ndjson": "FORMAT json"}
FORMATS = tuple(_FORMATS)


def write_workspace(folder: Path) -> None:
    """A workspace with the default methodology and all projects declared."""
    create(folder, name="Bench", currency="USD")
    declared = "".join(
        f"  - {{id: {project}, name: {project}, category: customer_service, owner: Bench, start: 2020-01-01,"
        f" stage: production, budget: 20000}}\n"
        for project in PROJECTS
    )
    (folder / "projects.yaml").write_text(f"projects:\n{declared}")


def write_interactions(target: Path, form: str, rows: int, end: datetime) -> None:
    """A file of interactions as a gateway exports them; `form` is one of FORMATS."""
    time = "time" if form == "parquet" else "strftime(time, '%Y-%m-%dT%H:%M:%S.%gZ')"
    with _engine() as connection:
        said = _SAID.format(time=time, fields=_fields(0, rows, rows, end), **_names())
        connection.execute(f"COPY ({said}) TO '{target}' ({_FORMATS[form]})")


def stored_batches(rows: int, end: datetime) -> Iterator[pa.Table]:
    """The same interactions, priced, as the store takes them."""
    shape = arrow_schema("interaction")
    with _engine() as connection:
        for first in range(0, rows, BATCH):
            last = min(first + BATCH, rows)
            sql = _STORED.format(first=first, fields=_fields(first, last, rows, end), **_names())
            yield connection.sql(sql).to_arrow_table().select(shape.names).cast(shape)


def write_others(folder: Path, end: datetime) -> dict[str, Path]:
    """Files of the other kinds that a statement looks at, by kind: bills, hours, releases, incidents."""
    months = "range(12) AS months(m), range(100) AS projects(p)"
    at = f"TIMESTAMP '{end:%Y-%m-01 09:00:00}' - to_months(CAST(m AS INTEGER))"
    project = "'project-' || lpad(CAST(p AS VARCHAR), 2, '0') AS project"
    selects = {
        "cost": f"SELECT 'c' || m || '-' || p AS id, {at} AS start, {project}, 'compute' AS category,"
        f" 800 + 37 * p + 11 * m AS amount FROM {months}",
        "benefit": f"SELECT 'b' || m || '-' || p AS id, {at} AS time, {project}, 'hours_saved' AS kind,"
        f" 'development' AS activity, 20 + p AS quantity, 'hour' AS unit FROM {months}",
        "deployment": f"SELECT 'd' || m || '-' || p AS id, {at} AS time, {project}, 'model-' || p AS model,"
        f" {at} - INTERVAL 9 DAY AS dev_complete_at, {at} AS deployed_at FROM {months}",
        "incident": f"SELECT 'i' || m || '-' || p AS id, {at} AS opened_at, {at} + INTERVAL 50 MINUTE AS resolved_at,"
        f" {project}, 'outage' AS kind FROM {months} WHERE (m + p) % 7 = 0",
    }
    files = {kind: folder / f"{kind}.csv" for kind in selects}
    with _engine() as connection:
        for kind, select in selects.items():
            connection.execute(f"COPY ({select}) TO '{files[kind]}' (FORMAT csv, HEADER)")
    return files


def _fields(first: int, last: int, whole: int, end: datetime) -> str:
    span = round(YEAR / timedelta(milliseconds=1))
    drawn = _DRAWN.format(first=first, last=last)
    return _FIELDS.format(drawn=drawn, whole=whole, span=span, start=(end - YEAR).isoformat())


def _names() -> dict[str, list[str] | list[int]]:
    """Model, provider and price by number, as SQL lists."""
    models, providers, cents = zip(*MODELS, strict=True)
    return {"models": list(models), "providers": list(providers), "cents": list(cents)}


def _engine() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(config={"threads": 2})
    connection.execute("SET TimeZone = 'UTC'")
    return connection
