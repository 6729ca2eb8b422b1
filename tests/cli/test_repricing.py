"""reprice on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.cli.conftest import Once, Run

PRICE = "prices:\n  - {{model: own, start: {start}, input_per_million: {amount}, output_per_million: 10}}\n"


@pytest.fixture
def company(tmp_path: Path, workspace: Path, run: Run, once: Once) -> Path:
    """A workspace with a price of its own, two calls that have it and one without any."""

    def make() -> None:
        (workspace / "prices.yaml").write_text(PRICE.format(start="2026-01-01", amount=2))
        calls = tmp_path / "priced.ndjson"
        calls.write_text("".join(
            json.dumps({"id": str(i), "source": "gw", "time": f"2026-{month:02}-03T10:00:00Z", "model": model,
                        "input_tokens": 1_000_000}) + "\n"
            for i, (month, model) in enumerate([(9, "own"), (10, "own"), (10, "mystery")])
        ))  # fmt: skip
        assert run("import", "interaction", calls, "-w", workspace).code == 0
        (tmp_path / "october.yaml").write_text(PRICE.format(start="2026-10-01", amount="1.50"))

    once(make)
    return workspace


def test_preview_apply_and_again(company: Path, tmp_path: Path, run: Run) -> None:
    asked = ("reprice", "--from", "2026-09-01", "--prices", tmp_path / "october.yaml", "-w", company)
    done = run(*asked)
    assert done.code == 0
    assert "3 rows looked at, 1 would change" in done.out
    assert "USD: 4.00 → 3.50, -0.50" in done.out
    assert "1 rows before and 1 after are equal" in done.out
    assert "nothing is written yet" in done.out
    applied = run(*asked, "--apply", "--by", "Ann", "--note", "the contract")
    assert "1 changed" in applied.out
    assert "written as data version 2" in applied.out
    assert "nothing was to be written" in run(*asked, "--apply", "--by", "Ann", "--note", "again").out
    told = json.loads(run("audit", "-w", company, "--format", "json").out)
    assert "the contract" in json.dumps(told)
    assert "again" not in json.dumps(told)
    assert run("check", "--deep", "-w", company).code == 0


def test_json_says_the_same(company: Path, tmp_path: Path, run: Run) -> None:
    done = run("reprice", "--from", "2026-10", "--to", "2026-10", "--prices", tmp_path / "october.yaml",
               "-w", company, "--format", "json")  # fmt: skip
    told = json.loads(done.out)
    assert (told["applied"], told["looked"], told["changed"], told["unpriced"]) == (False, 2, 1, 1)
    assert (told["start"], told["end"], told["prices"]) == ("2026-10-01", "2026-11-01", "october.yaml")
    assert told["totals"] == [{"currency": "USD", "old": "2.00", "new": "1.50", "change": "-0.50"}]
    assert told["proof"]["equal"] is True
    assert told["proof"]["before"] == told["proof"]["after"]
    assert told["proof"]["after"]["sums"]["input_tokens"] == "1000000"
    unknown = next(line for line in told["lines"] if line["currency"] is None)
    assert (unknown["old"], unknown["new"], unknown["change"]) == (None, None, None)


def test_csv_has_a_line_for_each_month(company: Path, run: Run) -> None:
    rows = run("reprice", "--from", "2026-09", "-w", company, "--format", "csv").out.splitlines()
    assert rows[0].startswith("month,project,currency,closed,looked,changed")
    assert [row.split(",")[0] for row in rows[1:]] == ["2026-09", "2026-10", "2026-10"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "Missing option '--from'"),
        (("--from", "soon"), "is not a period"),
        (("--from", "2026-10", "--to", "2026-09"), "the end comes before the start"),
        (("--from", "2026-10", "--project", "nope"), "unknown project 'nope'"),
        (("--from", "2026-10", "--apply"), "--apply needs --by NAME and --note TEXT"),
        (("--from", "2026-10", "--apply", "--by", "Ann"), "--apply needs --by NAME and --note TEXT"),
        (("--from", "2026-10", "--apply", "--by", " ", "--note", "n"), "must not be empty"),
        (("--from", "2026-10", "--by", "Ann"), "--by and --note go with --apply"),
        (("--from", "2026-10", "--prices", "nowhere.yaml"), "nowhere.yaml: cannot be read"),
    ],
)
def test_what_cannot_be_asked(company: Path, run: Run, options: tuple[str, ...], said: str) -> None:
    done = run("reprice", *options, "-w", company)
    assert said in done.err
    assert done.code == (1 if "cannot be read" in said else 2)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "has no prices"),
        ("prices: []", "has no prices"),
        ("prices:\n  - {model: m, input_per_million: -1, output_per_million: 1}", "list.yaml:2:35: input_per_million"),
        ("prices:\n  - {mdel: m}", "list.yaml:2:6: unknown key 'mdel' in a price (did you mean model?"),
        ("price: []", "list.yaml:1:1: unknown key 'price'"),
        (PRICE.format(start="2026-01-01", amount=1).replace("10}", "10, currency: EUR}"), "no exchange rate for EUR"),
        ("book: nothing.json", "there is no file 'nothing.json'"),
        ("prices: [", "list.yaml"),
    ],
)  # fmt: skip
def test_a_price_list_that_is_wrong(company: Path, tmp_path: Path, run: Run, text: str, said: str) -> None:
    (tmp_path / "list.yaml").write_text(text)
    done = run("reprice", "--from", "2026-10", "--prices", tmp_path / "list.yaml", "-w", company)
    assert said in done.err
    assert done.code in (1, 2)


def test_closed_months_are_named(company: Path, tmp_path: Path, run: Run) -> None:
    assert run("close", "2026-09", "--by", "Ann", "--force", "--reason", "test", "-w", company).code == 0
    (tmp_path / "new.yaml").write_text(PRICE.format(start="2026-01-01", amount=1))
    asked = ("reprice", "--from", "2026-09", "--prices", tmp_path / "new.yaml", "-w", company)
    told = json.loads(run(*asked, "--apply", "--by", "Ann", "--note", "n", "--format", "json").out)
    assert told["closed"] == ["2026-09"]
    assert [line["closed"] for line in told["lines"]] == [True, False, False]
    assert any("until they are restated: 2026-09" in note for note in told["notes"])
    frozen = json.loads(run("statement", "--period", "2026-09", "-w", company, "--format", "json").out)
    assert float(frozen["cost"]["metered"]) == 2.0
    assert run("restate", "2026-09", "--by", "Ann", "--reason", "new prices", "-w", company).code == 0
    restated = json.loads(run("statement", "--period", "2026-09", "-w", company, "--format", "json").out)
    assert float(restated["cost"]["metered"]) == 1.0
