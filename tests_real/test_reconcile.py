"""A cloud bill as the invoice of metered traffic: one company of two public data sets."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests_real.conftest import Company

BILL = "generated/focus_1_2_cost_and_usage_azure.csv.gz"
VENDOR, SERVICE = "Microsoft Azure", "Azure Kubernetes Service"
MAY = 1_777_593_600
"""2026-05-01 in seconds; the usage has times from an unknown start."""
DECLARED = {
    "projects.yaml": "projects: [{id: p0, name: P0, category: platform}, {id: p1, name: P1, category: platform},"
    " {id: p2, name: P2, category: platform}]\n",
    "prices.yaml": "prices: [{model: m-small, input_per_million: 0.01, output_per_million: 0.03, currency: USD}]\n",
    "allocation.yaml": f"meters: {{models: {{providers: [azure], vendor: {VENDOR}, services: [{SERVICE}]}}}}\n",
}


def lines(folder: Path) -> list[dict[str, str]]:
    with gzip.open(folder / "focus-billing" / BILL, "rt", encoding="utf-8-sig") as text:
        return list(csv.DictReader(text))


def usage(folder: Path) -> Iterator[tuple[object, ...]]:
    """Windows with the tokens of their client and six hours; three projects share the clients."""
    folder = folder / "llm-usage-servegen"
    with gzip.open(folder / "token_profile.csv.gz", "rt") as text:
        means = {(row["client_id"], int(row["profile_start_s"]), row["field"]): float(row["mean"])
                 for row in csv.DictReader(text)}  # fmt: skip
    with gzip.open(folder / "usage_windows.csv.gz", "rt") as text:
        for row in csv.DictReader(text):
            start, client = int(row["window_start_s"]), row["client_id"]
            count = round(float(row["rate_rps"]) * 600)
            found = [means.get((client, start - start % 21600, field)) for field in ("input_tokens", "output_tokens")]
            tokens = ["" if mean is None else round(mean * count) for mean in found]
            yield client, start, count, row["model"], f"p{int(client) % 3}", *tokens


def _seconds(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


@pytest.fixture(scope="module")
def filled(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Company:
    folder = tmp_path_factory.mktemp("reconcile")
    company = Company(folder / "company")
    for file, text in DECLARED.items():
        company.declare(file, text)
    path = folder / "usage.csv"
    with path.open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(("client_id", "start", "count", "model", "project", "input_tokens", "output_tokens"))
        writer.writerows(usage(data))
    columns = {"time": f"epoch_ms((start + {MAY}) * 1000)", "team": "client_id"}
    company.load("interaction", path, map=columns, set={"source": "gateway", "provider": "azure"})
    company.load("focus", data / "focus-billing" / BILL)
    return company


def ask(company: Company, *words: str, code: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(company.run(*words, "-w", str(company.folder), "--format", "json", code=code))
    return found


def test_the_invoice_takes_the_place_of_the_meter(data: Path, filled: Company) -> None:
    bill = lines(data)
    invoice = sum((Decimal(line["BilledCost"]) for line in bill if line["ServiceName"] == SERVICE), Decimal(0))
    in_all = sum((Decimal(line["BilledCost"]) for line in bill), Decimal(0))
    # An independent meter: tokens known for both sides or for neither.
    metered = sum((Decimal(read) * 10 + Decimal(written) * 30) / 10**9
                  for *_, read, written in usage(data) if read != "")  # fmt: skip
    statement = ask(filled, "statement", "--period", "2026-05")
    assert Decimal(statement["cost"]["metered"]) == invoice
    assert Decimal(statement["cost"]["direct"]) == in_all - invoice
    assert Decimal(statement["investment"]) == in_all
    parts = [ask(filled, "statement", "--period", "2026-05", "--project", one) for one in ("p0", "p1", "p2")]
    assert sum(Decimal(one["cost"]["metered"]) for one in parts) == invoice
    (row,) = ask(filled, "reconcile", "2026-05")["rows"]
    assert (Decimal(row["invoice"]), Decimal(row["metered"])) == (invoice, metered)
    assert row["basis"] == "invoice"
    assert filled.money("ai_cost") == metered, "what was recorded is not changed by an invoice"


def test_the_gap_is_taken_apart(data: Path, filled: Company) -> None:
    (row,) = ask(filled, "reconcile", "2026-05", "--tolerance", "1%", code=1)["rows"]
    parts = {part["name"]: part for part in row["parts"]}
    known = {name: Decimal(part["amount"]) for name, part in parts.items() if part["amount"] is not None}
    assert sum(known.values()) == Decimal(row["gap"])
    mine = [line for line in lines(data) if line["ServiceName"] == SERVICE]
    no_usage = [Decimal(line["BilledCost"]) for line in mine if line["ChargeCategory"] != "Usage"]
    assert known["charges"] == sum(no_usage, Decimal(0))
    used = [line for line in mine if line["ChargeCategory"] == "Usage"]
    first, last = (pick(_seconds(line[name]) for line in used) for pick, name in
                   ((min, "ChargePeriodStart"), (max, "ChargePeriodEnd")))  # fmt: skip
    silent = sum(int(str(count)) for _, start, count, *_, read, _ in usage(data)
                 if read == "" and first <= int(str(start)) + MAY < last)  # fmt: skip
    assert f"{silent} calls have neither cost nor tokens" in parts["unpriced"]["reason"]
    assert parts["missing_traffic"]["reason"] == "the bill states no quantity of tokens"
    early = sum((Decimal(str(read)) * 10 + Decimal(str(written)) * 30) / 10**9 for _, start, *_, read, written
                in usage(data) if read != "" and not first <= int(str(start)) + MAY < last)  # fmt: skip
    assert known["timing"] == -early, "what was metered before the first line of the bill"
    assert ask(filled, "reconcile", "2026-05", "--vendor", "microsoft-azure")["rows"][0]["gap"] == row["gap"]


def test_completeness_says_what_is_missing(filled: Company) -> None:
    made, shares = ask(filled, "completeness", "--period", "2026-05"), list[Decimal]()
    for one in made["projects"]:
        checks = {check["name"]: check for part in ("traffic", "cost", "benefit") for check in one[part]["checks"]}
        assert (checks["days"]["known"], checks["days"]["of"]) == (14, 31)
        assert checks["invoiced"]["share"] == "1.0000"
        shares.append(Decimal(checks["tokens"]["share"]))
    assert 0 < min(shares) < 1, "clients without a token profile are unknown, not 0"
    assert made["project_known"]["share"] == "1.0000"
