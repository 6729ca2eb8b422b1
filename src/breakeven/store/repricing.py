"""Pricing interactions again: new versions of rows that differ in their cost and in nothing else.

Done by chunks of changes in the order of time, so that memory stays bounded and the engine reads only the blocks of a
chunk's time. Every chunk is compared before and after: what is written is read back. The roll-ups are derived anew for
the days, projects and models that have a changed row; so no group keeps a sum of nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal

import pyarrow as pa

from breakeven.errors import StoreDamaged
from breakeven.store import identity
from breakeven.store.base import REPRICED, Content, Repriced, Repricing
from breakeven.store.correcting import replace_touched, touch, touched
from breakeven.store.rolling import mark, roll
from breakeven.store.rollups import DAY, LONGEST_DAY, current_interactions, derive
from breakeven.store.schema import CURRENT, FACT_TABLES, INTERACTION, PRICED, fact_fields, quoted
from breakeven.store.session import Session
from breakeven.store.writing import write_versions

_RAW = FACT_TABLES[INTERACTION].name
_KEPT = [field for field in fact_fields(INTERACTION) if field.name not in PRICED]
SUMMED = ("count", "input_tokens", "output_tokens", "cached_tokens", "latency_ms", "revenue", "csat", "seconds_saved")
"""Columns of which the sum over the changed rows is told before and after, each value as it is stored."""


def _same(other: str) -> str:
    """Condition that raw row `r` is the interaction of another row."""
    # By the time the engine skips the blocks in which no other row is.
    return " AND ".join(f"r.{name} = {other}.{name}" for name in ("key", "time", "source", "id"))


_CHOSEN = f"FROM {_RAW} AS r JOIN chosen AS c ON {_same('c')} WHERE r.{CURRENT}"
_CURRENT = f"SELECT r.* {_CHOSEN}"
"""SELECT of the rows that change, as they are."""
_REWRITTEN = (
    "SELECT {}, r.key, greatest(r.recorded_at, ?) AS recorded_at, ? AS data_version,"
    " coalesce(r.revision, 1) + 1 AS revision {}"
).format(
    ", ".join(f"{'c' if field.name in PRICED else 'r'}.{quoted(field.name)}" for field in fact_fields(INTERACTION)),
    _CHOSEN,
)
"""SELECT of their next versions: recorded at the first parameter, of the data version of the second."""


class Repricer:
    """Prices interactions again on one connection in a transaction."""

    def __init__(self, session: Session, local_day: Callable[[str], str], recorded_at: datetime, version: int) -> None:
        """`version` is the data version of the new rows; `local_day` as in `measures_view`."""
        self._session, self._local_day = session, local_day
        self._recorded_at, self._version = recorded_at, version
        self._before, self._after = _Total(), _Total()

    def preview(self, repricing: Repricing) -> Repriced:
        """What would be written, read from the same SELECT, without writing."""
        for chunk in repricing.changes:
            if self._choose(chunk):
                self._before.add(self._content(_CURRENT))
                self._after.add(self._content(_REWRITTEN, self._marks()))
        return self._done()

    def write(self, repricing: Repricing) -> Repriced:
        """Supersede the rows that change. Raises StoreDamaged if anything but their cost differs afterwards."""
        roll(self._session, self._local_day, self._version - 1)
        for chunk in repricing.changes:
            if self._choose(chunk):
                self._before.add(self._content(_CURRENT))
                self._write()
        done = self._done()
        if done.rows:
            self._derive_rollups()
            mark(self._session, self._local_day, self._version)
            write_versions(self._session, [INTERACTION], self._version, self._recorded_at)
        return done

    def _choose(self, chunk: pa.Table) -> bool:
        """Put the changes that are any into `chosen`; gives whether there are some."""
        if not len(chunk):
            return False
        old, new = (", ".join(f"{alias}.{name}" for name in PRICED) for alias in ("r", "c"))
        sent = f"(SELECT DISTINCT ON (source, id) *, {identity.KEY} AS key FROM changes)"
        with self._session.holding("changes", chunk.select(REPRICED.names).cast(REPRICED)):
            self._session.execute(
                f"CREATE OR REPLACE TEMP TABLE chosen AS SELECT c.* FROM {_RAW} AS r JOIN {sent} AS c ON {_same('c')}"
                f" WHERE r.{CURRENT} AND r.data_version < {self._version}"
                f" AND row({old}) IS DISTINCT FROM row({new})"
            )
        return len(self._session.table("SELECT 1 FROM chosen LIMIT 1")) > 0

    def _write(self) -> None:
        names = ", ".join(quoted(field.name) for field in fact_fields(INTERACTION))
        self._session.execute(
            f"INSERT INTO {_RAW} ({names}, key, recorded_at, data_version, revision) {_REWRITTEN} ORDER BY r.time",
            self._marks(),
        )
        written = f"FROM {_RAW} AS r JOIN chosen AS c ON {_same('c')} WHERE r.data_version = {self._version}"
        self._session.execute(
            f"UPDATE {_RAW} AS r SET superseded_at = c.recorded_at"
            f" FROM (SELECT r.key, r.time, r.source, r.id, r.recorded_at {written}) AS c"
            f" WHERE {_same('c')} AND r.{CURRENT} AND r.data_version < {self._version}"
        )
        self._after.add(self._content(f"SELECT r.* {written}"))

    def _marks(self) -> list[object]:
        return [self._recorded_at, self._version]

    def _content(self, rows: str, parameters: list[object] | None = None) -> Mapping[str, object]:
        kept = ", ".join(quoted(field.name) for field in _KEPT)
        sums = ", ".join(f"sum(TRY_CAST({quoted(name)} AS DECIMAL(38, 12))) AS {quoted(name)}" for name in SUMMED)
        found: Mapping[str, object] = self._session.table(
            f"SELECT count(*) AS rows, CAST(sum(CAST(hash({kept}) AS HUGEINT)) AS VARCHAR) AS hashes,"
            f" {sums} FROM ({rows})",
            parameters or (),
        ).to_pylist()[0]
        return found

    def _done(self) -> Repriced:
        self._session.execute("DROP TABLE IF EXISTS chosen")
        before, after = self._before.content(), self._after.content()
        if before != after:
            raise StoreDamaged(
                f"pricing again would change more than cost: {before.rows} rows of {before.fingerprint} would become"
                f" {after.rows} of {after.fingerprint}; nothing was written"
            )
        return Repriced(version=self._version, rows=after.rows, before=before, after=after)

    # --- roll-ups

    def _derive_rollups(self) -> None:
        """Derive anew what has a changed row."""
        raw = f"FROM {_RAW} WHERE data_version = {self._version}"
        touch(self._session, self._local_day, f"SELECT time, project, model {raw}")
        (reach,) = self._session.table(f"SELECT min(time) AS first, max(time) AS last {raw}").to_pylist()
        first, last = (f"{_instant(reach[end])} {sign} {LONGEST_DAY}" for end, sign in (("first", "-"), ("last", "+")))
        within = f"time BETWEEN {first} AND {last}"
        near = f"(SELECT r.* FROM {current_interactions(self._local_day, within)} AS r WHERE {touched('r.day')})"
        replace_touched(self._session, derive(DAY, near), self._version)


class _Total:
    """Content of the chunks so far."""

    def __init__(self) -> None:
        self._rows, self._hashes = 0, 0
        self._sums: dict[str, Decimal | None] = dict.fromkeys(SUMMED)

    def add(self, found: Mapping[str, object]) -> None:
        """Add the content of a chunk."""
        self._rows += int(str(found["rows"]))
        self._hashes += int(str(found["hashes"] or 0))
        for name in SUMMED:
            value, so_far = found[name], self._sums[name]
            if isinstance(value, Decimal):
                self._sums[name] = value if so_far is None else so_far + value

    def content(self) -> Content:
        """All of it."""
        return Content(rows=self._rows, sums=dict(self._sums), fingerprint=f"{self._hashes:x}")


def _instant(moment: datetime) -> str:
    return f"TIMESTAMPTZ '{moment.isoformat()}'"
