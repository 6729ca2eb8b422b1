"""The demo company goes in like any other files, and its books have the promised shape."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from tests.demo.made import NOW, STATE, Made, demo_company, opened

from breakeven.demo.company import DIP, MONTHS, SUPPORT, UNDERWRITING
from breakeven.demo.files import TWICE, UNPLACED, Part
from breakeven.demo.load import load_company
from breakeven.facts import KINDS, Reason
from breakeven.ingest.files import FileSummary
from breakeven.ledger.cases.business_case import cases
from breakeven.ledger.closing.verifying import verify
from breakeven.ledger.effects.effects import experiments
from breakeven.ledger.ledger import Ledger
from breakeven.store.schema import FACT_TABLES
from breakeven.store.state import State, file_url
from breakeven.workspace import check


class Loaded:
    """The company after its files went in."""

    def __init__(self, folder: Path, made: Made) -> None:
        self.folder, self.parts, self.closed = folder, made.parts, made.closed
        self.workspace, self.store, self.pipeline = opened(folder)
        self.files = self._by_file(made.summaries)

    def load(self, parts: Sequence[Part]) -> dict[str, FileSummary]:
        """What becomes of each file."""
        return self._by_file(load_company(parts, workspace=self.workspace, pipeline=self.pipeline, now=NOW))

    @staticmethod
    def _by_file(summaries: Sequence[FileSummary]) -> dict[str, FileSummary]:
        return {Path(summary.file).name: summary for summary in summaries}

    def one(self, sql: str) -> object:
        """The one value that a query gives."""
        ((value,),) = [row.values() for row in self.store.query(sql).to_pylist()]
        return value


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loaded]:
    company = Loaded(*demo_company(tmp_path_factory))
    yield company
    company.pipeline.close()
    company.store.close()


def test_the_workspace_has_no_problems(loaded: Loaded) -> None:
    assert check(loaded.folder) == []


def test_only_the_broken_records_are_rejected(loaded: Loaded) -> None:
    assert {name: dict(summary.rejected) for name, summary in loaded.files.items() if summary.rejected} == {
        "late.ndjson": {
            Reason.BAD_TYPE: 1,
            Reason.BAD_TIME: 1,
            Reason.FUTURE_TIME: 1,
            Reason.BAD_VALUE: 1,
            Reason.NEGATIVE_AMOUNT: 1,
            Reason.UNKNOWN_CURRENCY: 1,
        }
    }


def test_what_is_sent_twice_counts_once(loaded: Loaded) -> None:
    assert {name: summary.duplicates for name, summary in loaded.files.items() if summary.duplicates} == {
        "late.ndjson": TWICE
    }
    before = loaded.store.versions().data
    # The first export of the log is left out: what it says was superseded, saying it again makes a new version.
    again = loaded.load([part for part in loaded.parts if part.path.name != "incident-log-1.csv"])
    assert [name for name, summary in again.items() if summary.accepted] == []
    assert loaded.store.versions().data == before


def test_every_kind_of_fact_is_there(loaded: Loaded) -> None:
    assert set(loaded.store.versions().by_kind) == set(KINDS)


def test_an_incident_that_was_open_in_the_first_export_is_superseded(loaded: Loaded) -> None:
    name = FACT_TABLES["incident"].name
    versions = loaded.store.query(
        f"SELECT resolved_at, superseded_at FROM {name} WHERE id = 'INC-answer-drift' ORDER BY revision"
    ).to_pylist()
    assert [row["resolved_at"] is None for row in versions] == [True, False]
    assert [row["superseded_at"] is None for row in versions] == [False, True]


def test_an_undeclared_project_keeps_its_name(loaded: Loaded) -> None:
    assert loaded.one("SELECT sum(n) FROM interaction_month WHERE project = 'meeting-notes-trial'") == UNPLACED


def test_tokens_are_priced_and_what_has_no_price_is_counted(loaded: Loaded) -> None:
    found = loaded.store.query(
        f"SELECT cost_origin, sum(n) AS n FROM interaction_month WHERE project = '{SUPPORT.id}' GROUP BY ALL"
    ).to_pylist()
    by_origin = {row["cost_origin"]: row["n"] for row in found}
    assert by_origin["metered"] > by_origin["unpriced"] > 0


def test_the_roll_ups_agree_with_the_raw_rows(loaded: Loaded) -> None:
    assert loaded.store.verify() == []


def test_money_goes_out_first_and_comes_back(loaded: Loaded) -> None:
    calendar = loaded.workspace.calendar
    book = Ledger(loaded.workspace, loaded.store).statement(calendar.parse("2026", NOW), now=NOW)
    nets = [float(point.net) for point in book.cumulative]
    assert len(nets) == MONTHS
    assert [point.complete for point in book.cumulative] == [True] * (MONTHS - 1) + [False]
    assert all(net < 0 for net in nets[:3])
    assert book.payback_months is not None
    assert 6 <= book.payback_months <= 9
    assert 120 <= float(book.cumulative_roi_percent or 0) <= 350
    assert nets[DIP] < nets[DIP - 1]


def test_one_project_does_not_pay(loaded: Loaded) -> None:
    calendar, ledger = loaded.workspace.calendar, Ledger(loaded.workspace, loaded.store)
    roi = {
        name: ledger.statement(calendar.parse("2026", NOW), now=NOW, project=name).roi_percent
        for name in loaded.workspace.projects
    }
    assert [name for name, percent in roi.items() if percent is not None and percent < 0] == [UNDERWRITING.id]


def test_what_was_decided_holds(loaded: Loaded) -> None:
    period = loaded.workspace.calendar.parse("2026-06", NOW)
    before = Ledger(loaded.workspace, loaded.store).statement(period, now=NOW)
    state = State.open(file_url(loaded.folder / STATE))
    ledger = Ledger(loaded.workspace, loaded.store, state=state)
    assert loaded.closed == MONTHS - 3
    assert verify(ledger.state).faults == ()
    after = ledger.statement(period, now=NOW)
    assert (after.total_value, after.investment) == (before.total_value, before.investment)
    assert after.evidence is not None
    assert 0 < (after.evidence.validated.value or 0) < (after.evidence.claimed.value or 0)
    with ledger.desk(NOW) as desk:
        assert {one.status for one in cases(desk)} <= {"as planned", "ahead of plan", "behind plan"}
        (trial,) = [one for one in experiments(desk.reading, desk.evaluator) if one.name == "grounded_answers"]
    assert trial.grade == "A"
    assert trial.effect is not None
    assert 0.02 < trial.effect < 0.07
    state.close()
