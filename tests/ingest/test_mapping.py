"""Columns become fields: by name, by expression, by fixed value."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from breakeven.errors import FormulaInvalid, UnknownName, UsageProblem
from breakeven.ingest.mapping import by_name, source_mapping
from breakeven.ingest.readers import open_source

FIELDS = ["id", "time", "input_tokens", "latency_ms", "model"]


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (["id", "time"], {"id": "id", "time": "time"}),
        (["ID", "Time"], {"id": "ID", "time": "Time"}),
        (["Input Tokens", "inputTokens"], {"input_tokens": "Input Tokens"}),
        (["latencyMs", "MODEL", "other"], {"latency_ms": "latencyMs", "model": "MODEL"}),
        (["Model", "model"], {"model": "model"}),
        (["models", "timestamp"], {}),
    ],
)
def test_names_that_feed_fields(columns: list[str], expected: dict[str, str]) -> None:
    assert by_name(FIELDS, columns) == expected


def rows(path: Path, kind: str, **options: Any) -> list[dict[str, Any]]:
    reader = open_source(path, kind=kind, spec=source_mapping(kind, **options))
    return [row for table in reader.chunks() for row in table.to_pylist()]


@pytest.fixture
def hours(tmp_path: Path) -> Path:
    path = tmp_path / "hours.csv"
    path.write_text(
        "Who,Start Date,Start Time,Spent,Euro,Project,Extra\n"
        'A,03/04/2024,10:23:52 AM,01:30:00,"2.000,5",Ops,"{""cost centre"": ""c-1""}"\n'
        'B,13/15/2024,10:23:52 AM,00:30:00,"1,0",Ops,\n'
    )
    return path


MAPS = [
    "time=strptime(\"Start Date\" || ' ' || \"Start Time\", '%m/%d/%Y %I:%M:%S %p')",
    "quantity=hours(Spent)",
    "team='team ' || lower(who)",
    "activity=\"Extra.cost centre\"",
    "amount=Euro * 2",
]  # fmt: skip


def test_expressions_and_fixed_values(hours: Path) -> None:
    first, second = rows(hours, "benefit", maps=MAPS, sets=["kind=hours_saved", "source=tracker", "currency="])
    assert (first["quantity"], first["team"], first["activity"]) == ("1.500000000000", "team a", "c-1")
    assert (first["time"], first["kind"], first["source"]) == ("2024-03-04 10:23:52", "hours_saved", "tracker")
    assert first["amount"] == "4001"
    assert first["project"] == "Ops"
    # What could not be read goes on as it stands, to be rejected with its text; the other rows are not touched.
    assert second["time"] == "13/15/2024 10:23:52 AM"
    assert second["activity"] is None


def test_a_declared_field_wins_over_a_column_of_its_name(hours: Path) -> None:
    first, _ = rows(hours, "benefit", maps=[*MAPS, "project=Who"], sets=["kind=other"])
    assert first["project"] == "A"


def test_ignored_columns(hours: Path) -> None:
    spec = source_mapping("benefit", maps=['time="Start Date"'], sets=["kind=other"])
    with open_source(hours, kind="benefit", spec=spec) as reader:
        assert reader.ignored == ("Who", "Start Time", "Spent", "Euro", "Extra")
        assert reader.columns[0] == "Who"


@pytest.mark.parametrize(
    ("options", "error", "says"),
    [
        ({"maps": ["tme=Who"]}, UnknownName, "unknown field of benefit 'tme': did you mean time"),
        ({"sets": ["tme=1"]}, UnknownName, "unknown field of benefit"),
        ({"maps": ["time=Whoo"]}, UnknownName, r"unknown column of hours.csv 'Whoo': did you mean Who\?"),
        ({"maps": ["time=Who"], "sets": ["time=1"]}, UsageProblem, "both mapped and set"),
        ({"maps": ["time"]}, UsageProblem, "must have the form field=expression"),
        ({"sets": ["time"]}, UsageProblem, "must have the form field=value"),
        ({"maps": ["time=read_text('/etc/passwd')"]}, FormulaInvalid, "no function"),
        ({"maps": ["time=Who"], "sets": ["kind=other"], "where": "Who"}, UsageProblem, "must be a condition"),
        ({"maps": ["quantity=Who"]}, UsageProblem, "has no column for time and kind"),
    ],
)
def test_faults_of_a_mapping(hours: Path, options: dict[str, Any], error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        rows(hours, "benefit", **options)


def test_options_win_over_the_named_source() -> None:
    base = source_mapping("cost", maps=["amount=a", "start=b"], sets=["vendor=X"], where="a > 1", order_by="b")
    merged = source_mapping("cost", base=base, maps=["amount=c"], sets=["vendor=Y", "start=now"], where="a > 2")
    assert merged.map == {"amount": "c"}
    assert (merged.set, merged.where, merged.order_by) == ({"vendor": "Y", "start": "now"}, "a > 2", "b")


def test_nested_json(tmp_path: Path) -> None:
    path = tmp_path / "usage.jsonl"
    path.write_text('{"at": 1767225600, "body": {"model": "m", "usage": {"n": 3}}}\n{"at": 1767225600, "body": "x"}\n')
    first, second = rows(path, "interaction", maps=[
        "time=to_timestamp(at)", 'model="body.model"', 'input_tokens="body.usage.n"', 'usage="body.usage"',
    ])  # fmt: skip
    assert (first["model"], first["input_tokens"], first["usage"]) == ("m", "3", '{"n":3}')
    assert first["time"].startswith("2026-01-01 00:00:00+00")
    assert second["model"] is None


def test_later_lines_may_bring_fields_that_the_first_lack(tmp_path: Path) -> None:
    path = tmp_path / "late.jsonl"
    path.write_text('{"time": "2026-01-01"}\n' * 30_000 + '{"time": "2026-01-01", "model": "m"}\n')
    reader = open_source(path, kind="interaction")
    last = list(reader.chunks())[-1].slice(30_000).to_pylist()
    assert last[0]["model"] == "m"
    assert reader.columns == ("time",)


def test_names_that_differ_only_in_case_or_are_missing(tmp_path: Path) -> None:
    path = tmp_path / "odd.csv"
    path.write_text('time,Model,model,,"a""b"\n2026-01-01,A,B,C,D\n')
    [row] = rows(path, "interaction", maps=['provider="column_4"', 'operation="a""b"', "team=Model"])
    assert [row[name] for name in ("provider", "operation", "team")] == ["C", "D", "A"]
