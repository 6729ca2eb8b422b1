"""The demo company's files: the same for the same seed, complete, and of a believable shape."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from breakeven.demo.company import DIP, MONTHS, PROJECTS, SERVED, SUPPORT, UNDERWRITING
from breakeven.demo.costs import bill, booked_costs
from breakeven.demo.files import LATE, TWICE, Part, write_company
from breakeven.demo.incidents import incident_log
from breakeven.demo.interactions import interactions
from breakeven.demo.releases import deployments, evaluations
from breakeven.demo.timeline import Timeline
from breakeven.facts import KINDS, TIME_FIELD, columns

NOW = datetime(2026, 11, 22, 14, 30, tzinfo=UTC)
SEED = 8321


@pytest.fixture(scope="module")
def timeline() -> Timeline:
    return Timeline(seed=SEED, now=NOW)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Part]]:
    folder = tmp_path_factory.mktemp("company")
    return folder, write_company(folder, seed=SEED, now=NOW)


def digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_same_seed_and_now_give_the_same_bytes(written: tuple[Path, list[Part]], tmp_path: Path) -> None:
    write_company(tmp_path, seed=SEED, now=NOW)
    assert digests(tmp_path) == digests(written[0])


def test_another_seed_gives_other_records(timeline: Timeline) -> None:
    other = Timeline(seed=SEED + 1, now=NOW)
    assert not interactions(timeline, SUPPORT).equals(interactions(other, SUPPORT))


@pytest.mark.parametrize("project", SERVED, ids=lambda project: project.id)
def test_a_later_now_only_adds(timeline: Timeline, project: object) -> None:
    earlier = Timeline(seed=SEED, now=NOW - timedelta(days=9))
    before, after = interactions(earlier, project), interactions(timeline, project)  # type: ignore[arg-type]
    assert 0 < before.num_rows < after.num_rows
    assert after.slice(0, before.num_rows).equals(before)


def test_every_kind_of_fact_has_a_file(written: tuple[Path, list[Part]]) -> None:
    # The company's calls say their outcomes themselves.
    assert {part.kind for part in written[1]} == {*KINDS, "focus"} - {"outcome"}
    assert all(part.path.stat().st_size > 0 for part in written[1])


def test_the_interactions_are_as_many_as_promised(timeline: Timeline) -> None:
    tables = [interactions(timeline, project) for project in SERVED]
    assert 150_000 <= sum(table.num_rows for table in tables) <= 250_000
    assert any(pc.max(table["count"]).as_py() > 1 for table in tables)


@pytest.mark.parametrize("project", SERVED, ids=lambda project: project.id)
def test_interactions_have_the_fields_of_the_fact(timeline: Timeline, project: object) -> None:
    table = interactions(timeline, project)  # type: ignore[arg-type]
    assert set(table.column_names) <= {column.name for column in columns("interaction")}
    assert table["id"].null_count == 0
    assert pc.count_distinct(table["id"]).as_py() == table.num_rows
    assert pc.max(table["time"]).as_py() < NOW


@pytest.mark.parametrize(
    "now", [NOW, datetime(2026, 3, 1, tzinfo=UTC), datetime(2028, 2, 29, 23, 59, tzinfo=UTC)], ids=str
)
def test_nothing_lies_in_the_future(now: datetime) -> None:
    timeline = Timeline(seed=SEED, now=now)
    assert timeline.first == timeline.month(0)
    assert all(line["ChargePeriodEnd"] <= now for line in bill(timeline))
    assert all(record["start"] < now for record in booked_costs(timeline))
    assert all(record["updated_at"] < now for record in incident_log(timeline))


def test_late_and_duplicate_and_broken_records_come_last(written: tuple[Path, list[Part]]) -> None:
    folder, parts = written
    assert parts[-1].path.name == "late.ndjson"
    ids = [json.loads(line)["id"] for line in parts[-1].path.read_text().splitlines()]
    on_time = set(pq.read_table(folder / "facts" / f"{SUPPORT.id}.parquet")["id"].to_pylist())
    support = [name for name in ids if name.startswith(SUPPORT.id)]
    assert len(support) == LATE + TWICE
    assert len(on_time & set(support)) == TWICE
    assert len([name for name in ids if name.startswith("broken")]) == 6


def test_an_incident_is_opened_and_resolved_by_two_updates(timeline: Timeline) -> None:
    log = [update for update in incident_log(timeline) if update["id"] == "INC-bad-release"]
    assert [update["resolved_at"] is None for update in log] == [True, False]
    assert log[0]["updated_at"] < log[1]["updated_at"]


def test_releases_fail_and_are_rolled_back(timeline: Timeline) -> None:
    found = {record["status"] for record in deployments(timeline)}
    assert found == {"succeeded", "failed", "rolled_back"}
    assert all(record["requested_at"] < record["dev_complete_at"] < record["time"] for record in deployments(timeline))


def test_quality_dips_after_the_bad_release(timeline: Timeline) -> None:
    values = {record["id"]: record["value"] for record in evaluations(timeline) if record["model"] == "support-answers"}
    weeks = [values[name] for name in sorted(values)]
    before, bad, now = weeks[-34], min(weeks[-32:-20]), weeks[-1]
    assert bad < before - 0.05
    assert now > bad + 0.05


def test_the_bill_has_credits_a_correction_and_untagged_lines(timeline: Timeline) -> None:
    lines = bill(timeline)
    assert {line["ChargeCategory"] for line in lines} == {"Usage", "Purchase", "Credit"}
    assert {line["BillingCurrency"] for line in lines} == {"USD", "EUR"}
    assert any(line["ChargeClass"] == "Correction" and line["BilledCost"] < 0 for line in lines)
    assert any(line["Tags"] == "{}" for line in lines)
    assert all(isinstance(line["BilledCost"], Decimal) for line in lines)


def test_files_of_facts_have_the_fields_of_their_kind(written: tuple[Path, list[Part]]) -> None:
    for part in written[1]:
        if part.kind in KINDS and part.source is None and part.path.suffix == ".csv":
            header = part.path.read_text(encoding="utf-8").splitlines()[0].split(",")
            known = {column.name: column for column in columns(part.kind)}
            assert set(header) <= known.keys()
            assert {name for name, column in known.items() if column.required} <= set(header)
            assert TIME_FIELD[part.kind] in header


def test_one_project_is_expected_not_to_pay() -> None:
    assert UNDERWRITING.implementation > 0
    assert UNDERWRITING in PROJECTS
    assert 0 < DIP < MONTHS
