"""range, what-if, tornado, break-even and scenario on the command line, as a person meets them."""

from __future__ import annotations

import csv
import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import Once

Run = Any
RATE = "    value: 150\n    source: Shipped default; put your own rate here\n"


@pytest.fixture
def company(workspace: Path, run: Run, tmp_path: Path, once: Once) -> Path:
    """10 hours saved and a bill of 1 500 in October 2025; the rate has a range."""

    def make() -> None:
        hours, bills = tmp_path / "hours.csv", tmp_path / "bills.csv"
        hours.write_text("id,source,time,project,kind,quantity,unit\n1,tracker,2025-10-03,bot,hours_saved,10,hour\n")
        bills.write_text("id,source,start,amount,currency,project,category\n1,bill,2025-10-03,1500,USD,bot,compute\n")
        (workspace / "projects.yaml").write_text("projects: [{id: bot, name: Bot, category: platform}]\n")
        rate(workspace, RATE, RATE.replace("150", "150\n    low: 100\n    high: 250"))
        assert run("import", "benefit", hours, "-w", workspace).code == 0
        assert run("import", "cost", bills, "-w", workspace).code == 0

    once(make)
    return workspace


def rate(workspace: Path, old: str, new: str) -> None:
    """Edit assumptions.yaml."""
    file = workspace / "assumptions.yaml"
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))


def asked(run: Run, *arguments: object) -> Any:
    done = run(*arguments, "--format", "json")
    assert (done.code, done.err) == (0, "")
    return json.loads(done.out)


def test_a_what_if_is_what_editing_the_file_gives(company: Path, run: Run) -> None:
    supposed = asked(run, "what-if", "hourly_rate=187.33", "--period", "2025-10", "-w", company)["figures"]
    rate(company, "value: 150\n    low: 100", "value: 187.33\n    low: 100")
    made = asked(run, "statement", "--period", "2025-10", "-w", company)
    assert supposed["productivity_value"]["after"] == made["value"]["productivity_value"] == "1873.30"
    for name in ("total_value", "net_value", "roi_percent", "run_rate", "cumulative_roi_percent"):
        assert supposed[name]["after"] == made[name], name


def test_tables_are_for_people(company: Path, run: Run) -> None:
    ask = ("--period", "2025-10", "-w", company)
    done = run("what-if", "hourly_rate=+20%", "--by", "project", *ask)
    assert done.code == 0
    assert "hourly_rate=+20%: 150.00 → 180.00 USD/hour" in done.out
    assert "+300.00" in done.out
    assert "bot" in done.out
    done = run("range", *ask)
    assert "chance that ROI is above 0: 6" in done.out
    assert "10,000 draws, seed 1" in done.out
    assert "drawn: hourly_rate (triangular)" in done.out
    assert "counted as exactly known, because no range is stated: realisation_rate" in done.out
    done = run("tornado", *ask)
    assert "100.00 to 250.00" in done.out
    assert "without a range (--swing 10 moves them by 10 %): realisation_rate" in done.out
    done = run("break-even", "hourly_rate", *ask)
    assert "ROI is 0.00 at hourly_rate = 150.00" in done.out
    assert "now: 150.00 USD/hour" in done.out


def test_entries_and_the_statement_carry_their_range(company: Path, run: Run) -> None:
    ask = ("--period", "2025-10", "-w", company)
    value, cost = asked(run, "entries", "--range", *ask)["items"]
    assert (value["category"], value["p10"], value["p90"]) == ("productivity_value", "1276.00", "2108.93")
    assert (cost["amount"], cost["p10"], cost["p90"]) == ("1500.00", "1500.00", "1500.00")
    assert "P10 1,276.00, P90 2,108.93" in run("entries", "--range", *ask).out
    made = asked(run, "statement", "--range", *ask)
    assert made["range"]["lines"]["productivity_value"]["p10"] == "1276.00"
    assert "chance that ROI is above 0" in run("statement", "--range", *ask).out
    assert "p90,roi_percent," in run("statement", "--range", "--format", "csv", *ask).out


def test_csv_has_a_row_for_each_figure(company: Path, run: Run) -> None:
    ask = ("--period", "2025-10", "--format", "csv", "-w", company)
    rows = {row["figure"]: row for row in csv.DictReader(StringIO(run("range", *ask).out))}
    assert rows["investment"]["p10"] == "1500.00"
    (row, *_) = csv.DictReader(StringIO(run("what-if", "hourly_rate=*2", *ask).out))
    assert (row["figure"], row["after"]) == ("productivity_value", "3000.00")
    (row,) = csv.DictReader(StringIO(run("tornado", *ask).out))
    assert (row["assumption"], row["swing"]) == ("hourly_rate", "1500.00")


def test_scenarios_are_kept(company: Path, run: Run) -> None:
    assert "no scenario is saved" in run("scenario", "list", "-w", company).out
    done = run("scenario", "save", "dear", "hourly_rate=300", "--by", "Ada", "-w", company)
    assert (done.code, done.out) == (0, "dear is saved: hourly_rate=300\n")
    assert "Ada" in run("scenario", "list", "-w", company).out
    found = asked(run, "scenario", "compare", "dear", "--period", "2025-10", "-w", company)
    assert found["figures"]["net_value"]["scenarios"]["dear"]["after"] == "1500.00"
    assert "+1500.00" in run("scenario", "show", "dear", "--period", "2025-10", "-w", company).out
    assert run("scenario", "delete", "dear", "--by", "Ada", "-w", company).code == 0
    done = run("scenario", "show", "dear", "--period", "2025-10", "-w", company)
    assert (done.code, done.err) == (1, "error: no scenario is named 'dear'; none is saved\n")
    audit = run("audit", "--subject", "scenario/dear", "-w", company).out
    assert "save scenario" in audit
    assert "delete scenario" in audit


@pytest.mark.parametrize(("arguments", "says"), [
    (("what-if",), "Missing argument"),
    (("what-if", "hourly_rate"), "is not a change"),
    (("what-if", "hourly_rat=1"), "did you mean hourly_rate"),
    (("what-if", "hourly_rate=1", "--project", "bott"), "did you mean bot"),
    (("what-if", "hourly_rate=1", "--period", "2025-10-03"), "whole months"),
    (("range", "--draws", "1"), "ask for 100 to"),
    (("range", "--seed", "-1"), "--seed"),
    (("tornado", "--figure", "profit"), "unknown figure 'profit'"),
    (("tornado", "--swing", "nan"), "is not a number"),
    (("break-even", "hourly_rate@bott"), "did you mean bot"),
    (("break-even", "hourly_rate", "--low", "9", "--high", "8"), "is empty"),
    (("scenario", "save", "Dear", "hourly_rate=1", "--by", "Ada"), "no name of a scenario"),
    (("scenario", "save", "dear", "hourly_rate=1"), "--by"),
])  # fmt: skip
def test_what_is_wrong_is_said(company: Path, run: Run, arguments: tuple[str, ...], says: str) -> None:
    done = run(*arguments, "-w", company)
    assert done.code == 2
    assert says in done.err


def test_a_lognormal_range_that_touches_zero_is_a_problem_of_the_workspace(company: Path, run: Run) -> None:
    rate(company, "low: 100\n", "low: 0\n    distribution: lognormal\n")
    done = run("check", "-w", company)
    assert done.code == 1
    assert "lognormal needs low above 0" in done.out + done.err
