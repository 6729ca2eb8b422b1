"""Partial sums that many commits left, merged."""

from __future__ import annotations

from breakeven.store.rollups import RollUp, merge
from breakeven.store.session import Session


def merge_partials(session: Session, rollup: RollUp) -> None:
    """Merge the periods that were written by more than one commit."""
    split = session.table(
        f"SELECT {rollup.period} AS period, max(data_version) AS version FROM {rollup.stored} GROUP BY 1"
        " HAVING min(data_version) <> max(data_version)"
    )
    if not len(split):
        return
    periods, version = split["period"].to_pylist(), max(split["version"].to_pylist())
    chosen = f"p.{rollup.period} IN (SELECT unnest(?))"
    session.execute(f"CREATE OR REPLACE TEMP TABLE merged AS {merge(rollup, rollup.stored, chosen)}", [periods])
    session.execute(f"DELETE FROM {rollup.stored} AS p WHERE {chosen}", [periods])
    session.execute(f"INSERT INTO {rollup.stored} SELECT *, {version} FROM merged ORDER BY ALL")
    session.execute("DROP TABLE merged")
