"""Windows of raw interactions are read in parts that are kept: same answers, and what changed is read again."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from breakeven.errors import UsageProblem
from breakeven.ledger.measuring.parts import SHORT, parts
from breakeven.ledger.metrics import metrics
from breakeven.ledger.window import window
from breakeven.period import Calendar, Grain
from breakeven.store.base import Repricing, Snapshot

Company = Any
"""See conftest.py."""


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


NOW = at("2026-04-16T14:37:20")


def cut(start: Any, end: Any, zone: str = "UTC", now: datetime = NOW) -> list[tuple[datetime, datetime]]:
    calendar = Calendar(time_zone=zone)
    return [
        (one.start.astimezone(UTC), one.end.astimezone(UTC))
        for one in parts(window(start, end, calendar), now, calendar)
    ]


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe"])
@pytest.mark.parametrize(
    ("now", "days"),
    [
        ("2026-04-16T14:37:20", 9),
        ("2026-03-29T11:00:00", 3),
        ("2026-10-25T12:20:00", 3),
        ("2026-03-08T20:00:00", 3),
        ("2026-11-01T20:00:00", 3),
    ],
)
def test_parts_are_the_window_without_gap_or_overlap(zone: str, now: str, days: int) -> None:
    moment = at(now)
    made = cut(moment - timedelta(days=days, minutes=17), moment + timedelta(minutes=1), zone, moment)
    assert made[0][0] == moment - timedelta(days=days, minutes=17)
    assert made[-1][1] == moment + timedelta(minutes=1)
    assert all(one[1] == other[0] and one[0] < one[1] for one, other in pairwise(made))


def test_parts_are_days_then_six_hours_then_hours_then_the_rest() -> None:
    made = cut(date(2026, 4, 13), date(2026, 4, 17))
    lengths = [(end - start) / timedelta(hours=1) for start, end in made]
    assert lengths == [24, 24, 24, 6, 6, 1, 1, 10]
    assert made[-1][0] == at("2026-04-16T14:00")


def test_a_short_window_is_one_part() -> None:
    assert cut(NOW - SHORT, NOW) == [(NOW - SHORT, NOW)]


class Counting:
    """A moment that counts the queries on raw interactions, and the windows that they name."""

    def __init__(self, moment: Snapshot) -> None:
        self._moment, self.raw = moment, list[str]()
        self.versions, self.as_of = moment.versions, moment.as_of

    def query(self, sql: str, parameters: Any = None) -> Any:
        if "interaction_measures" in sql:
            self.raw.append(sql)
        return self._moment.query(sql, parameters)


def asked(
    company: Company, names: tuple[str, ...] = ("interactions", "latency_p95_ms"), **question: Any
) -> tuple[dict[Any, Any], list[str]]:
    """Values by figure, period and model; and since when the queries read raw rows."""
    with company.ledger.desk(company.now) as desk:
        counting = Counting(desk.reading.moment)
        desk.reading.moment = counting  # type: ignore[assignment]
        tables = metrics(desk, names, **question)
    found = {(table.metric, row.period, row.model): row.value for table in tables for row in table.rows}
    return found, [re.findall(r"time >= TIMESTAMPTZ '([^']+)'", sql)[0][:16] for sql in counting.raw]


WEEK = (date(2026, 4, 10), date(2026, 4, 17))


def call(time: str, latency: float = 100.0, **more: Any) -> dict[str, Any]:
    return {"time": time, "model": "m", "latency_ms": latency, **more}


@pytest.fixture
def busy(company: Company) -> Company:
    company.now = NOW
    company.put("interaction", *(call(f"2026-04-{10 + i % 7:02}T{i % 14:02}:15", float(i)) for i in range(70)))
    return company


def test_what_is_over_is_read_once(busy: Company) -> None:
    first, cold = asked(busy, grain=Grain.HOUR, span=WEEK)
    busy.put("interaction", call("2026-04-16T14:30", 900.0))
    second, warm = asked(busy, grain=Grain.HOUR, span=WEEK)
    assert cold == ["2026-04-10 00:00"] * 2
    assert warm == ["2026-04-16 14:00"] * 2  # the running part, for the sums and for the percentile
    changed = {key for key in second if first[key] != second[key]}
    assert changed == {("interactions", "2026-04-16T14:00", None), ("latency_p95_ms", "2026-04-16T14:00", None)}


def test_a_late_record_is_seen(busy: Company) -> None:
    asked(busy, grain=Grain.HOUR, span=WEEK)
    busy.put("interaction", call("2026-04-11T03:59:59.999999", 5000.0))
    found, read = asked(busy, grain=Grain.HOUR, span=WEEK)
    assert read == ["2026-04-11 00:00"] * 2  # its day only
    assert found["interactions", "2026-04-11T03:00", None] == 1
    assert found["latency_p95_ms", "2026-04-11T03:00", None] == 5000


def test_a_new_price_is_seen(busy: Company) -> None:
    busy.put("interaction", call("2026-04-12T05:00", id="dear", cost="1.00", cost_origin="reported"))
    before, _ = asked(busy, ("ai_cost",), grain=Grain.HOUR, span=WEEK)
    rows = busy.store.query(
        "SELECT source, id, time, CAST(2 AS DECIMAL(38, 12)) AS cost, cost_currency,"
        " 'reported' AS cost_origin, NULL::VARCHAR AS price_id FROM interaction WHERE id = 'dear'"
    )
    busy.store.reprice(Repricing(changes=[rows], recorded_at=NOW), apply=True)
    after, _ = asked(busy, ("ai_cost",), grain=Grain.HOUR, span=WEEK)
    assert (before["ai_cost", "2026-04-12T05:00", None], after["ai_cost", "2026-04-12T05:00", None]) == (1, 2)


def test_an_older_moment_sees_nothing_newer(busy: Company) -> None:
    question = {"grain": Grain.HOUR, "span": WEEK}
    with busy.ledger.desk(NOW) as desk:
        desk.reading.moment.query("SELECT 1")
        busy.put("interaction", call("2026-04-13T02:00"))
        newer, _ = asked(busy, **question)
        (older, _) = metrics(desk, ("interactions", "latency_p95_ms"), **question)  # type: ignore[arg-type]
    counts = {row.period: row.value for row in older.rows}
    assert (counts["2026-04-13T02:00"], newer["interactions", "2026-04-13T02:00", None]) == (0, 1)


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata", "America/New_York"])
def test_parts_add_up_to_the_same(new_company: Callable[..., Company], zone: str) -> None:
    company = new_company(zone)
    company.now = NOW
    company.put(
        "interaction",
        *(
            call(
                f"2026-04-{8 + i % 8:02}T{i * 7 % 24:02}:{i % 60:02}",
                1.5 * i,
                cost=Decimal("0.0000012") * i,
                cost_origin="metered",
                csat=1 + i % 5,
                status="error" if i % 9 == 0 else "ok",
                outcome=None if i % 3 else "resolved",
                count=1 + i % 3,
            )
            for i in range(400)
        ),
    )
    start, end = at("2026-04-09T06:22"), at("2026-04-16T14:38")
    names = ("interactions", "errors", "ai_cost", "interaction_csat_sum", "successful_outcomes", "latency_ms_sum")
    found, _ = asked(company, names, grain=Grain.ALL, span=(start, end))
    (due,) = company.store.query(
        "SELECT sum(n) AS interactions, sum(n) FILTER (WHERE status = 'error') AS errors, sum(cost) AS ai_cost,"
        " sum(csat) AS interaction_csat_sum, sum(n) FILTER (WHERE status = 'ok' AND outcome = 'resolved') AS"
        " successful_outcomes, sum(latency_ms) AS latency_ms_sum FROM interaction_measures"
        f" WHERE time >= TIMESTAMPTZ '{start}' AND time < TIMESTAMPTZ '{end}'"
    ).to_pylist()
    assert {name: Decimal(str(found[name, "all", None])) for name in names} == {name: due[name] for name in names}


def test_percentiles_of_a_window_are_near_the_exact_ones(busy: Company) -> None:
    found, _ = asked(busy, ("latency_p50_ms", "latency_p95_ms"), grain=Grain.ALL, span=WEEK, by="model")
    (due,) = busy.store.query(
        "SELECT quantile_cont(latency_ms, 0.5) AS p50, quantile_cont(latency_ms, 0.95) AS p95 FROM interaction"
    ).to_pylist()
    assert float(found["latency_p50_ms", "all", "m"]) == pytest.approx(due["p50"], rel=0.045)
    assert float(found["latency_p95_ms", "all", "m"]) == pytest.approx(due["p95"], rel=0.045)


def test_percentiles_of_hours_are_exact(company: Company) -> None:
    company.now = NOW
    latencies = [float(i * i % 977) for i in range(300)]
    company.put(
        "interaction",
        *(call(f"2026-04-14T09:{i % 60:02}", value) for i, value in enumerate(latencies)),
        call("2026-04-14T10:00", 0.0),
        call("2026-04-14T11:00", 1e30),
        {"time": "2026-04-14T12:00"},
    )
    found, _ = asked(company, ("latency_p50_ms", "latency_p95_ms"), grain=Grain.HOUR, span=WEEK)
    (due,) = company.store.query(
        "SELECT quantile_cont(latency_ms, 0.5) AS p50, quantile_cont(latency_ms, 0.95) AS p95"
        " FROM interaction WHERE hour(time) = 9"
    ).to_pylist()
    assert float(found["latency_p50_ms", "2026-04-14T09:00", None]) == pytest.approx(due["p50"], rel=1e-9)
    assert float(found["latency_p95_ms", "2026-04-14T09:00", None]) == pytest.approx(due["p95"], rel=1e-9)
    assert found["latency_p95_ms", "2026-04-14T10:00", None] == 0
    assert found["latency_p95_ms", "2026-04-14T11:00", None] is None  # no store of numbers holds it
    assert found["latency_p95_ms", "2026-04-14T12:00", None] is None


def test_only_some_models_and_teams(busy: Company) -> None:
    busy.put(
        "interaction",
        call("2026-04-12T01:00", team="a"),
        {"time": "2026-04-12T01:00", "team": "a"},
        call("2026-04-12T01:00", team="b'c"),
    )
    table = busy.metric("interactions", grain=Grain.ALL, window=WEEK)
    assert table.rows[0].value == 73
    for only, count in (
        ({"model": ["m"]}, 72),
        ({"model": [None]}, 1),
        ({"model": ["m", None]}, 73),
        ({"team": ["a"]}, 2),
        ({"team": ["a"], "model": ["m"]}, 1),
        ({"team": ["b'c"]}, 1),
        ({"team": []}, None),
    ):
        found, _ = asked(busy, ("interactions",), grain=Grain.ALL, span=WEEK, only=only)
        assert (found["interactions", "all", None] or 0) == (count or 0)


def test_a_figure_that_no_model_has_cannot_be_limited_to_one(company: Company) -> None:
    with pytest.raises(UsageProblem, match="cannot be limited to one 'model'"):
        asked(
            company, ("net_value",), grain=Grain.MONTH, span=(date(2026, 1, 1), date(2026, 2, 1)), only={"model": ["m"]}
        )


def test_percentiles_of_a_month_by_team(company: Company) -> None:
    company.put("interaction", *(call("2026-03-05", float(i), team="a") for i in range(1, 101)))
    table = company.metric("latency_p95_ms", grain=Grain.MONTH, window=(date(2026, 3, 1), date(2026, 4, 1)), by="team")
    assert [row.dimension for row in table.rows] == ["a"]
    assert float(table.rows[0].value or 0) == pytest.approx(95.05, rel=0.045)
