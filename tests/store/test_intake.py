"""What is counted of arrivals is what the raw rows hold, whatever comes in which order, before and after compaction."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from breakeven.store.duckdb import MEMORY, DuckDBStore
from breakeven.store.intake import EVERY

from .conftest import NOON, send

ROWS = st.lists(
    st.fixed_dictionaries({
        "id": st.sampled_from("abcdefgh"), "source": st.sampled_from(("s", "t")),
        "time": st.integers(0, 100).map(lambda hours: NOON - timedelta(hours=hours)),
        "model": st.sampled_from((None, "m")), "latency_ms": st.sampled_from((None, 1.0)),
        "project": st.sampled_from(("unassigned", "chat")),
    }),
    min_size=1, max_size=12,
)  # fmt: skip


def counts(store: DuckDBStore, sql: str) -> Counter[Any]:
    return Counter({tuple(row.values())[:-1]: row["n"] for row in store.query(sql).to_pylist() if row["n"]})


@settings(max_examples=4, deadline=None)
@given(batches=st.lists(ROWS, min_size=1, max_size=4))
def test_counts_equal_the_raw_rows(batches: list[list[dict[str, Any]]]) -> None:
    with DuckDBStore.open(MEMORY, time_zone="Europe/Berlin", threads=1) as store:
        came = accepted = repeated = conflicts = 0
        for number, rows in enumerate(batches):
            verdict = send(store, "interaction", *rows, at=NOON + timedelta(hours=number)).verdicts["interaction"]
            came, accepted = came + len(rows), accepted + verdict.accepted
            repeated, conflicts = repeated + len(verdict.duplicates), conflicts + len(verdict.conflicts)
        for _ in range(2):
            assert store.verify() == []
            (total,) = store.query("SELECT CAST(sum(records) AS BIGINT) AS r, CAST(sum(duplicates) AS BIGINT) AS d,"
                                   " CAST(sum(conflicts) AS BIGINT) AS c FROM intake").to_pylist()  # fmt: skip
            assert (total["r"], total["d"], total["c"]) == (accepted, repeated, conflicts)
            assert total["r"] + total["d"] + total["c"] == came
            for field, said in (
                (EVERY, "TRUE"),
                ("model", "model IS NOT NULL"),
                ("latency_ms", "latency_ms IS NOT NULL"),
                ("project", "project <> 'unassigned'"),
            ):
                kept = counts(store, "SELECT source, day, CAST(sum(records) AS BIGINT) AS n FROM intake_field"
                              f" WHERE field = '{field}' GROUP BY source, day")  # fmt: skip
                due = counts(store, "SELECT source, CAST(time AS DATE) AS day, count(*) AS n FROM interaction"
                             f" WHERE {said} GROUP BY source, day")  # fmt: skip
                assert kept == due
            store.compact()


EACH = st.lists(
    st.tuples(st.integers(0, 60), st.sampled_from(("s", "t")), st.sampled_from((None, "m")), st.integers(1, 3)),
    min_size=1, max_size=10,
)  # fmt: skip


@settings(max_examples=6, deadline=None)
@given(each=EACH, data=st.data())
def test_counts_do_not_depend_on_order_or_on_how_requests_are_split(
    each: list[tuple[int, str, str | None, int]], data: st.DataObject
) -> None:
    rows = [
        {"id": str(number), "source": source, "time": NOON - timedelta(hours=hours), "model": model}
        for number, (hours, source, model, times) in enumerate(each) for _ in range(times)
    ]  # fmt: skip
    found = []
    for _ in range(2):
        shuffled = data.draw(st.permutations(rows))
        cuts = sorted(data.draw(st.sets(st.integers(1, len(rows)))) | {len(rows)})
        with DuckDBStore.open(MEMORY, time_zone="UTC", threads=1) as store:
            for start, end in zip([0, *cuts], cuts, strict=False):
                send(store, "interaction", *shuffled[start:end], at=NOON)
            assert store.verify() == []
            found.append([
                store.query(f"SELECT {keys}, {sums} FROM {table} GROUP BY ALL ORDER BY ALL").to_pylist()
                for table, keys, sums in (
                    ("intake", "arrived, happened, kind, source", "sum(records), sum(duplicates), sum(conflicts)"),
                    ("intake_field", "day, kind, source, field", "sum(records)"),
                )
            ])  # fmt: skip
    assert found[0] == found[1]


def test_many_hours_are_counted_like_few() -> None:
    with DuckDBStore.open(MEMORY, time_zone="UTC", threads=1) as store:
        rows = [{"id": str(n), "time": NOON - timedelta(hours=n)} for n in range(150)]
        send(store, "interaction", *rows, {"id": "old", "time": datetime(1, 1, 1, tzinfo=UTC)},
             {"id": "far", "time": datetime(9999, 12, 31, 23, tzinfo=UTC)}, at=NOON)  # fmt: skip
        (total,) = store.query("SELECT count(*) AS hours, sum(records) AS n FROM intake").to_pylist()
        assert (total["hours"], total["n"]) == (152, 152)
        (days,) = store.query("SELECT min(day) AS first, max(day) AS last FROM intake_field").to_pylist()
        assert (days["first"], days["last"]) == (date(1, 1, 1), date(9999, 12, 31))
        assert store.verify() == []


def test_later_versions_of_other_kinds_are_records_too() -> None:
    with DuckDBStore.open(MEMORY, time_zone="UTC", threads=1) as store:
        for category, hour in (("compute", 0), ("licence", 1), ("licence", 2)):
            send(store, "cost", {"id": "c", "category": category}, at=NOON + timedelta(hours=hour))
        (total,) = store.query("SELECT sum(records) AS r, sum(duplicates) AS d FROM intake").to_pylist()
        assert (total["r"], total["d"]) == (2, 1)
        assert store.verify() == []


def test_a_count_that_is_wrong_is_found() -> None:
    with DuckDBStore.open(MEMORY, time_zone="UTC", threads=1) as store:
        send(store, "interaction", {"id": "a", "time": datetime(2026, 1, 1, 5, tzinfo=UTC)})
        store._writer.execute("UPDATE intake SET records = 7")
        (problem,) = store.verify()
        assert problem.startswith("intake interaction s 2026-01-01")
        assert "7 records counted instead of 1" in problem
