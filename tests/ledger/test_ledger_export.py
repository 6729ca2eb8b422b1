"""Exports for an auditor: what is in them, that others can read them, and that a closed month can be made again."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import subprocess
import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from breakeven.errors import UnknownName
from breakeven.ledger.closing.closing import close, restate
from breakeven.ledger.closing.exporting import FORMATS, Export, export
from breakeven.period import Period
from breakeven.workspace.definitions import Implementation, Pool, Project

Company = Any
AUDIT = Path(__file__).parents[2] / "docs" / "audit.py"
BOT = Project(id="bot", name="Bot", category="customer_service", baselines={"baseline_incidents": Decimal(4)},
              implementation=Implementation(cost=Decimal(1000), start=date(2026, 2, 1), months=7))  # fmt: skip
ODD = '=HYPERLINK("x")|\\ \'ü%'
NAMES = ("bot", "Bot", "a_b", "a-b", ODD, "9", "-")


@pytest.fixture(scope="module")
def kept(lasting_company: Company) -> Company:
    return filled(lasting_company)


def filled(company: Company) -> Company:
    """February and March closed, March restated, April open; projects with odd names, all kinds of value."""
    company.declare(BOT, *(Project(id=name, name=name, category="platform") for name in NAMES[1:]),
                    pools=[Pool(name="gpu", rule="even")])  # fmt: skip
    for month in (2, 3, 4):
        day = f"2026-{month:02}-05"
        rows = ({"id": f"c-{month}-{n}", "start": day, "amount": f"{10 + n}.123456789", "currency": "USD",
                 "project": name, "category": "compute"} for n, name in enumerate(NAMES))  # fmt: skip
        company.put("cost", *rows, {"id": f"p-{month}", "start": day, "amount": 100, "currency": "USD", "pool": "gpu"})
        company.put("benefit", *({"id": f"b-{month}-{n}", "time": day, "project": name, "kind": "hours_saved",
                                  "activity": "debugging", "quantity": n + 0.25, "unit": "hour"}
                                 for n, name in enumerate(NAMES)))  # fmt: skip
        company.put("incident", {"id": f"i-{month}", "opened_at": day, "project": "bot", "kind": "outage"})
        company.put("interaction", {"id": f"x-{month}", "time": day, "project": "bot", "cost": "0.000000000123",
                                    "cost_currency": "USD", "cost_origin": "metered", "revenue": "5",
                                    "currency": "USD", "seconds_saved": 100.0})  # fmt: skip
    for month in ("2026-02", "2026-03"):
        with company.ledger.desk(company.now) as desk:
            close(desk, month, by="Ada")
    company.put("cost", {"id": "late", "start": "2026-03-20", "amount": 7, "currency": "USD", "project": "bot"})
    with company.ledger.desk(company.now) as desk:
        restate(desk, "2026-03", by="Ada", reason="a | late % bill\nthat is long")
    return company


def exported(company: Company, form: str, *periods: str) -> Export:
    spans: list[Period] = [company.workspace.calendar.parse(text, company.now) for text in periods]
    with company.ledger.desk(company.now) as desk:
        return export(desk, spans, form)


def table(company: Company, *periods: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(exported(company, "csv", *periods).content.decode())))


def test_rows_are_the_entries_and_say_where_they_come_from(kept: Company) -> None:
    found = {row["id"]: row for row in table(kept)}
    made = {one.id: one for one in kept.entries()}
    assert {name.lstrip("'") for name in found} == set(made)
    assert all(Decimal(row["amount"]) == made[row["id"]].amount for row in found.values())
    value, later = found["2026-03/bot/incident_value"], found["2026-04/bot/cost_direct"]
    assert (value["amount"], value["formula"]) == ("300000", "incidents_avoided * avg_incident_cost")
    assert (value["closed"], value["closing_version"], value["currency"]) == ("yes", "2", "USD")
    assert json.loads(value["inputs"]) == {
        "incidents_avoided": "3", "avg_incident_cost": "100000", "baseline_incidents": "4", "actual_incidents": "1",
        "incidents": "1",
    }  # fmt: skip
    assert "avg_incident_cost=assumed" in value["provenance"]
    assert (later["closed"], later["closing_version"], later["hash"], later["state"]) == ("no", "", "", "forecast")


def test_a_cell_never_runs_as_a_formula(kept: Company) -> None:
    found = [row["project"] for row in table(kept, "2026-03")]
    assert f"'{ODD}" in found
    assert "'-" in found
    assert not any(cell[:1] in "=+-@" for row in table(kept) for cell in row.values() if cell[:1] and cell[1:])


def test_parquet_has_exact_amounts(kept: Company, tmp_path: Path) -> None:
    made = pq.read_table(io.BytesIO(exported(kept, "parquet", "2026-Q1").content))
    assert str(made.schema.field("amount").type) == "decimal128(38, 12)"
    assert sum(row["amount"] for row in made.to_pylist() if row["side"] == "cost") == kept.statement(
        "2026-Q1").investment  # fmt: skip
    assert set(made.column("project").to_pylist()) == {*NAMES}


def test_beancount_accepts_its_file(kept: Company, tmp_path: Path) -> None:
    file = tmp_path / "ledger.beancount"
    file.write_bytes(exported(kept, "beancount").content)
    done = subprocess.run([sys.executable, "-W", "ignore", "-m", "beancount.scripts.check", file],
                          capture_output=True, text=True, check=False)  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    content = file.read_text()
    accounts = [line.split()[-1] for line in content.splitlines() if " open " in line]
    assert len(accounts) == len({account.lower() for account in accounts})
    assert '2026-03-31 * "bot" "incident_value"' in content
    assert '2026-04-30 ! "bot" "cost_direct"' in content


def test_beancount_balances_are_the_statements(kept: Company, tmp_path: Path) -> None:
    """Read by Beancount itself, so that signs and accounts are what an accountant sees."""
    file = tmp_path / "ledger.beancount"
    file.write_bytes(exported(kept, "beancount", "2026-Q1").content)
    script = (
        "import sys; from beancount import loader; from beancount.core.data import Transaction\n"
        "entries, errors, _ = loader.load_file(sys.argv[1])\n"
        "assert not errors\n"
        "for root in ('Income', 'Expenses'):\n"
        "    print(sum(p.units.number for e in entries if isinstance(e, Transaction) for p in e.postings"
        " if p.account.startswith(root)))\n"
    )
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", script, file], capture_output=True, text=True,
                          check=True)  # fmt: skip
    income, expenses = map(Decimal, done.stdout.split())
    said = kept.statement("2026-Q1")
    assert (-income, expenses) == (said.total_value, said.investment)


def test_sealed_texts_are_what_was_hashed(kept: Company) -> None:
    one = exported(kept, "sealed", "2026-03").content
    assert hashlib.sha256(one).hexdigest() == table(kept, "2026-03")[0]["hash"]
    whole = exported(kept, "sealed")
    assert (whole.closed, whole.content.count(b"breakeven closing 1\n")) == (3, 3)
    assert whole.content.endswith(one)
    assert exported(kept, "sealed", "2026-04").content == b""


def audit(tmp_path: Path, entries: bytes, sealed: bytes) -> subprocess.CompletedProcess[str]:
    (tmp_path / "entries.csv").write_bytes(entries)
    (tmp_path / "sealed.txt").write_bytes(sealed)
    # -I: a bare Python, which finds neither breakeven nor what it depends on.
    return subprocess.run([sys.executable, "-I", "-S", AUDIT, tmp_path / "entries.csv", tmp_path / "sealed.txt"],
                          capture_output=True, text=True, check=False)  # fmt: skip


def test_an_auditor_gets_the_same_cents_and_the_same_hash(kept: Company, tmp_path: Path) -> None:
    done = audit(tmp_path, exported(kept, "csv").content, exported(kept, "sealed").content)
    assert (done.returncode, done.stderr) == (0, "")
    last = done.stdout.splitlines()[-1]
    said = kept.statement("2026-03")
    hash_ = table(kept, "2026-03")[0]["hash"]
    assert last == f"2026-03 version 2: value {said.total_value:.2f}, cost {said.investment:.2f}, {hash_}"


FORGED = [
    (b"|300000|300000|", b"|310000|310000|", "bot/incident_value: sealed 310000"),
    (b"input|bot|avg_incident_cost|100000", b"input|bot|avg_incident_cost|100001", "bot/incident_value"),
    (b"closed_by: Ada", b"closed_by: Eve", "does not follow"),
]


@pytest.mark.parametrize(("old", "new", "words"), FORGED)
def test_an_auditor_sees_what_was_forged(kept: Company, tmp_path: Path, old: bytes, new: bytes, words: str) -> None:
    sealed = exported(kept, "sealed").content
    assert old in sealed
    done = audit(tmp_path, exported(kept, "csv").content, sealed.replace(old, new))
    assert done.returncode == 1
    assert words in done.stdout


@pytest.mark.parametrize("form", FORMATS)
def test_nothing_to_export_is_a_file_too(company: Company, form: str) -> None:
    assert exported(company, form).entries == 0


def test_unknown_formats_are_named(company: Company) -> None:
    with pytest.raises(UnknownName, match="unknown format 'xlsx'"):
        exported(company, "xlsx")


def test_the_past_is_exported_as_it_was(company: Company) -> None:
    filled(company)
    before = company.now
    company.now = datetime(2026, 5, 2, tzinfo=UTC)
    company.put("cost", {"id": "c-4-0", "start": "2026-04-05", "amount": 1, "currency": "USD", "project": "bot"})
    with company.ledger.desk(company.now, before) as desk:
        content = export(desk, [], "csv").content
    assert b"2026-04/bot/cost_direct,2026-04,bot,cost,cost_direct,10.123456789" in content
    assert b"2026-05" not in content
