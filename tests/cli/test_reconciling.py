"""reconcile and completeness on the command line."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from tests.cli.conftest import Once, Run


@pytest.fixture
def billed(run: Run, workspace: Path, tmp_path: Path, once: Once) -> Path:
    def make() -> None:
        (workspace / "projects.yaml").write_text("projects: [{id: a, name: A, category: platform}]\n")
        calls, bills = tmp_path / "c.ndjson", tmp_path / "b.csv"
        calls.write_text(
            '{"id": "1", "source": "g", "time": "2025-10-02", "project": "a", "provider": "acme", "cost": "9"}\n'
        )
        bills.write_text(
            "BilledCost,BillingCurrency,ChargePeriodStart,ChargePeriodEnd,ProviderName,ServiceCategory\n"
            "10.005,USD,2025-10-01T00:00:00Z,2025-11-01T00:00:00Z,Acme,AI and Machine Learning\n"
            "7,USD,2025-10-01T00:00:00Z,2025-11-01T00:00:00Z,Elsewhere,Compute\n"
        )
        for kind, path in (("interaction", calls), ("focus", bills)):
            assert run("import", kind, path, "-w", workspace).code == 0

    once(make)
    return workspace


def test_table(run: Run, billed: Path) -> None:
    done = run("reconcile", "2025-10", "-w", billed)
    assert done.code == 0
    for words in ("2025-10  Acme  (acme)", "invoice 10.01, metered 9.00, gap 1.01 (+10.04 % of the invoice)",
                  "Missing traffic", "the bill states no quantity of tokens", "Elsewhere"):  # fmt: skip
        assert words in done.out


def test_csv_and_json_are_exact(run: Run, billed: Path) -> None:
    (row,) = csv.DictReader(io.StringIO(run("reconcile", "2025-10", "-w", billed, "--format", "csv").out))
    assert (row["vendor"], row["month"], row["gap"], row["price"], row["rest"]) == (
        "Acme",
        "2025-10",
        "1.005",
        "",
        "1.005",
    )
    shape = json.loads(run("reconcile", "2025-10", "-w", billed, "--format", "json").out)
    assert shape["rows"][0]["gap"] == "1.005"
    assert shape["not_metered"] == [{"vendor": "Elsewhere", "amount": "7.00"}]


@pytest.mark.parametrize(("tolerance", "code"), [("11%", 0), ("10%", 1), ("0.2", 0), ("lots", 2)])
def test_tolerance(run: Run, billed: Path, tolerance: str, code: int) -> None:
    done = run("reconcile", "2025-10", "--tolerance", tolerance, "-w", billed)
    assert done.code == code, done.out + done.err
    assert ("BEYOND TOLERANCE" in done.out) == (code == 1)


def test_nothing_to_reconcile(run: Run, workspace: Path) -> None:
    assert "no metered traffic and no bill" in run("reconcile", "2025-10", "-w", workspace).out
    assert "is not a period" in run("reconcile", "soon", "-w", workspace).err


def test_completeness(run: Run, billed: Path) -> None:
    done = run("completeness", "--period", "2025-10", "-w", billed)
    assert done.code == 0
    assert "declare budget for a in projects.yaml" in done.out
    rows = list(csv.DictReader(io.StringIO(run("completeness", "--period", "2025-10", "-w", billed,
                                               "--format", "csv").out)))  # fmt: skip
    invoiced = next(row for row in rows if row["check"] == "invoiced")
    assert (invoiced["project"], invoiced["known"], invoiced["share"]) == ("a", "9.00", "1.0000")
    shape = json.loads(run("completeness", "--period", "2025-10", "-w", billed, "--format", "json").out)
    assert shape["projects"][0]["project"] == "a"


def test_statement_says_what_the_metered_cost_stands_on(run: Run, billed: Path) -> None:
    out = run("statement", "--period", "2025-10", "--constant-currency", "2025-01-01", "-w", billed).out
    assert "metered: 10.01 of Acme, the invoice, distributed by the meter (2025-10)" in out
    assert "constant currency: every amount at the exchange rates of 2025-01-01" in out
