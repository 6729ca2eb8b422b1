"""Partial sums that many commits left, merged some periods at a time: what one step takes in memory stays bounded."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from breakeven.store.rollups import RollUp, merge
from breakeven.store.session import Session

MOST_MERGED = 500_000
"""Partial sums that one step reads, unless a single period has more."""
Period = date | datetime


def split_periods(session: Session, rollup: RollUp) -> list[list[Period]]:
    """The periods that were written by more than one commit, as steps for `merge_periods`."""
    split = session.table(
        f"SELECT {rollup.period} AS period, count(*) AS n FROM {rollup.stored} GROUP BY 1"
        " HAVING min(data_version) <> max(data_version) ORDER BY 1"
    )
    steps: list[list[Period]] = []
    room = 0
    for period, rows in zip(split["period"].to_pylist(), split["n"].to_pylist(), strict=True):
        if rows > room:
            steps.append([])
            room = MOST_MERGED
        steps[-1].append(period)
        room -= rows
    return steps


def merge_periods(session: Session, rollup: RollUp, periods: Sequence[Period]) -> None:
    """Merge the partial sums of some periods."""
    chosen, held = f"p.{rollup.period} IN (SELECT unnest(?))", [list(periods)]
    newest = f"SELECT max(data_version) AS version FROM {rollup.stored} AS p WHERE {chosen}"
    (version,) = session.table(newest, held)["version"].to_pylist()
    session.execute(f"CREATE OR REPLACE TEMP TABLE merged AS {merge(rollup, rollup.stored, chosen)}", held)
    session.execute(f"DELETE FROM {rollup.stored} AS p WHERE {chosen}", held)
    session.execute(f"INSERT INTO {rollup.stored} SELECT *, {version} FROM merged ORDER BY ALL")
    session.execute("DROP TABLE merged")
