"""One company made of public data: bills, traffic, incidents, releases, tracked hours, a survey and a trial.

The records keep what they say; only their days are moved to May and June 2026 by the mapping, so that they meet. Then
every command is used as a controller would, and one closed month is computed anew from the export by a few lines.
"""

from __future__ import annotations

import csv
import hashlib
import json
import re
import sqlite3
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from tests_real.conftest import Company
from tests_real.test_usage_traces import AZURE, _with_tokens

MAY, JUNE = "2026-05", "2026-06"
OWNERS = ("payments", "data", "platform")
FIRST_OF_MAY = 1_777_593_600
ITSM_MOVED = 3_713 * 86_400
"""From March 2016 to May 2026."""
AZURE_MOVED = 942 * 86_400
"""From 16 November 2023 to 15 June 2026."""
SECONDS = "date_diff('second', CAST('1970-01-01' AS timestamp), CAST({} AS timestamp))"
FILES = {
    "workspace.yaml": """
name: Real data
currency: USD
time_zone: UTC
exchange_rates:
  - {currency: EUR, rate: 1.10, start: 2026-01-01, source: by hand}
  - {currency: EUR, rate: 1.15, start: 2026-06-01, source: by hand}
""",
    "projects.yaml": """
projects:
  - id: payments
    name: Payment assistant
    category: customer_service
    owner: Payments
    start: 2026-05-01
    budget: 60000
    baselines: {baseline_incidents: 300, baseline_cloud_cost: 60000}
    headcount: 12
    implementation: {cost: 24000, start: 2026-05-01, months: 12}
    business_case: {cost: 50000, benefit: 90000, start: 2026-05, months: 12, ramp_months: 3, approved: 2026-04-20}
    rests_on:
      - {category: productivity_value, figure: deployment_success_rate, baseline: 95}
  - {id: data, name: Data platform, category: predictive_analytics, headcount: 8, budget: 80000}
  - {id: platform, name: Shared platform, category: platform, headcount: 5}
  - {id: outreach, name: Outreach, category: process_automation, headcount: 3}
""",
    "allocation.yaml": """
pools:
  azure: {rule: headcount, projects: [payments, data, platform]}
meters:
  studio: {providers: [model-studio], vendor: Model Studio}
benefit_pools: {}
""",
    "prices.yaml": """
prices:
  - {model: m-small, provider: model-studio, start: 2026-01-01, input_per_million: 0.02, output_per_million: 0.08}
  - {model: code-completion, provider: azure-own, start: 2026-01-01, input_per_million: 2.50, output_per_million: 10}
""",
    "experiments.yaml": """
experiments:
  incentive:
    kind: randomised
    type: proportion
    from: interaction
    outcome: outcome = 'converted'
    control: none
    treatment: incentive
    project: outreach
    unit: "1"
    start: 2026-05-01
    end: 2026-06-30
""",
}


class Books(Company):
    """The company, with short ways to ask."""

    def ask(self, *words: str, code: int | None = 0) -> Any:
        """What a command answers as JSON."""
        return json.loads(self.run(*words, "-w", str(self.folder), "--format", "json", code=code))

    def say(self, *words: str, code: int | None = 0) -> str:
        """What a command prints for people."""
        return self.run(*words, "-w", str(self.folder), code=code)

    def invoice(self, name: str, row: str) -> None:
        """One bill by hand."""
        path = self.folder.parent / f"{name}.csv"
        path.write_text(f"id,start,end,amount,currency,vendor,project,category\n{row}\n")
        assert self.load("cost", path, set={"source": "invoices"})["accepted"] == 1


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory, data: Path) -> Books:
    """The company with all its records."""
    folder = tmp_path_factory.mktemp("real")
    made = Books(folder / "company")
    for file, text in FILES.items():
        made.declare(file, text)
    _bills(made, data)
    _traffic(made, data)
    _operations(made, data)
    _people(made, data)
    return made


def _bills(made: Books, data: Path) -> None:
    """AWS in May by owner, another AWS bill moved to June, and Azure as a pool that is shared."""
    owner = {"project": "replace(json_extract_string(Tags, '$.Owner'), 'team-', '')"}
    folder = data / "focus-billing" / "generated"
    assert made.load("focus", folder / "focus_1_2_cost_and_usage_aws.csv.gz", map=owner)["accepted"] == 2000
    moved = f"to_timestamp({SECONDS} + 2678400)"
    june = {**owner, "start": moved.format("ChargePeriodStart"), "end": moved.format("ChargePeriodEnd")}
    assert made.load("focus", folder / "focus_1_3_cost_and_usage_aws.csv.gz", map=june)["accepted"] == 2000
    azure = folder / "focus_1_2_cost_and_usage_azure.csv.gz"
    assert made.load("focus", azure, set={"pool": "azure", "project": "unassigned"})["accepted"] == 2000


def _traffic(made: Books, data: Path) -> None:
    """1.4 billion calls of 43 tenants in May, an hour of code completion in June, and the trial."""
    windows = made.folder.parent / "windows.csv"
    _with_tokens(data / "llm-usage-servegen", windows)
    columns = {
        "time": f"epoch_ms((window_start_s + {FIRST_OF_MAY}) * 1000)", "count": "requests", "team": "client_id",
        "project": "CASE WHEN client_id + 0 < 10 THEN 'payments' WHEN client_id + 0 < 30 THEN 'data'"
        " ELSE 'platform' END",
    }  # fmt: skip
    made.load("interaction", windows, map=columns, set={"source": "servegen", "provider": "model-studio"})
    columns = {
        "time": f"to_timestamp({SECONDS.format('TIMESTAMP')} + {AZURE_MOVED})",
        "input_tokens": "ContextTokens", "output_tokens": "GeneratedTokens",
    }  # fmt: skip
    fixed = {"model": "code-completion", "project": "data", "source": "azure", "provider": "azure-own"}
    assert made.load("interaction", data / "llm-trace-azure" / AZURE, map=columns, set=fixed)["accepted"] == 8819
    trial = {"variant": "CASE WHEN \"any\" + 0 > 0 THEN 'incentive' ELSE 'none' END",
             "outcome": "CASE WHEN got + 0 = 1 THEN 'converted' ELSE 'rejected' END"}  # fmt: skip
    fixed = {"time": "2026-05-20", "project": "outreach", "source": "trial", "model": "letter"}
    path = data / "ab-tests" / "thornton_hiv_incentive_rct.csv"
    where = '"any" IS NOT NULL AND got IS NOT NULL'
    assert made.load("interaction", path, map=trial, set=fixed, where=where)["accepted"] == 2834


def _operations(made: Books, data: Path) -> None:
    """The service desk's incidents, and real releases."""
    text = (
        "to_timestamp(date_diff('second', CAST('1970-01-01' AS timestamp), strptime(nullif({}, '?'), '%d-%m-%Y %H:%M'))"
    )
    columns = {"id": "number", "severity": "priority",
               "opened_at": text.format("opened_at") + f" + {ITSM_MOVED})",
               "resolved_at": text.format("resolved_at") + f" + {ITSM_MOVED})"}  # fmt: skip
    path = data / "incidents-itsm" / "incident_event_log.csv"
    fixed = {"source": "itsm", "project": "payments"}
    assert made.load("incident", path, map=columns, set=fixed, order_by="sys_mod_count + 0")["rejected"] == {}
    releases = {"id": "tag", "model": "split_part(tag, '.', 2)", "version": "tag", "time": "released_at_utc",
                "deployed_at": "released_at_utc"}  # fmt: skip
    fixed = {"source": "keep", "project": "platform", "status": "succeeded"}
    assert (
        made.load("deployment", data / "release-history" / "keep_releases.csv", map=releases, set=fixed)["accepted"]
        == 299
    )


def _people(made: Books, data: Path) -> None:
    """Tracked hours of five tools, and a survey."""
    exports = data / "hours-time-tracking" / "exports"
    for name, quantity, day, project in (
        ("toggl_time_entries_import_test_1.csv", "hours(Duration)", "2026-05-04", "payments"),
        ("clockify_time_entries_import_test_1.csv", 'hours("Duration (h)")', "2026-05-05", "data"),
        ("harvest_time_entries_import_test_1.csv", "Hours", "2026-05-06", "payments"),
        ("clockify_time_entries_import_test_2.csv", 'hours("Duration (h)")', "2026-06-08", "payments"),
    ):
        fixed = {"kind": "hours_saved", "activity": "debugging", "project": project, "time": day, "source": name[:8],
                 "currency": "EUR"}  # fmt: skip
        assert made.load("benefit", exports / name, map={"quantity": quantity}, set=fixed)["rejected"] == {}
    answers = {"id": "respondent", "score": "CUSL3", "respondent": "respondent"}
    fixed = {"kind": "nps", "time": "2026-05-20", "source": "ecsi", "project": "payments"}
    path = data / "surveys" / "ecsi_mobile_phone_satisfaction.csv"
    assert made.load("survey", path, map=answers, set=fixed)["accepted"] == 250


# --- what is asked


def test_the_records_are_those_of_the_sources(books: Books, truth: dict[str, Any]) -> None:
    aws = truth["focus-billing/generated/focus_1_2_cost_and_usage_aws.csv.gz"]
    statement = books.ask("statement", "--period", MAY)
    assert abs(Decimal(statement["cost"]["direct"]) - Decimal(aws["totals"]["BilledCost"])) < Decimal("1e-8")
    calls = books.ask("metric", "interactions", "--from", MAY, "--to", MAY, "--by", "model")["rows"]
    assert {row["model"]: row["value"] for row in calls}["m-small"] == truth["llm-usage-servegen"]["models"]["m-small"][
        "requests"
    ]


def test_every_question_has_an_answer(books: Books, truth: dict[str, Any]) -> None:
    """Each command that asks, on the open company: it answers, and its parts agree with each other."""
    statement = books.ask("statement", "--period", MAY)
    entries = books.ask("entries", "--period", MAY)
    rows = _items(entries)
    cost = sum(Decimal(row["amount"]) for row in rows if row["side"] == "cost")
    assert cost == Decimal(statement["investment"])
    azure = truth["focus-billing/generated/focus_1_2_cost_and_usage_azure.csv.gz"]["totals"]["BilledCost"]
    assert abs(Decimal(statement["cost"]["allocated"]) - Decimal(azure)) < Decimal("1e-8")
    (incentive,) = _items(books.ask("experiment"))
    assert (incentive["state"], "sample ratio mismatch" in incentive["reason"]) == ("refused", True)
    assert books.ask("range", "--period", MAY)
    assert "hourly_rate" in json.dumps(books.ask("what-if", "hourly_rate=180", "--period", MAY))
    assert "baseline_incidents" in json.dumps(books.ask("tornado", "--period", MAY, "--swing", "20"))
    assert "no such value in range" in books.say("break-even", "hourly_rate", "--period", MAY)
    assert "payments: its sign depends on the rule" in books.say("allocation", "--rules", "--period", MAY)
    assert "0 suspects" in books.say("overlaps", "--period", MAY)
    assert "metered, no invoice yet" in books.say("reconcile", MAY)
    assert "Payment assistant" in books.say("case", "payments")
    assert "deployment_success_rate" in books.say("decay")
    assert "311068156 interactions have no token count" in books.say("completeness", "--period", MAY)


def _items(answer: Any) -> list[Any]:
    return list(answer.get("items") or answer.get("experiments") or []) if isinstance(answer, dict) else list(answer)


def test_the_books_of_may(books: Books, tmp_path: Path) -> None:
    """Closed, an invoice comes, restated, bridged, exported, verified, and computed anew by hand."""
    first = books.ask("close", MAY, "--by", "Ada")
    books.invoice("invoice", "inv-1,2026-05-01,2026-06-01,2310.50,USD,Model Studio,unassigned,compute")
    books.invoice("invoice-eur", "inv-2,2026-06-03,2026-06-04,100,EUR,Consultants,payments,people")
    closed = books.ask("statement", "--period", MAY)
    assert closed["investment"] == _short(first["cost"]), "what came after the close does not change the month"
    assert closed["after_close"], "but it is shown"
    assert "distributed by the meter" in books.say("reconcile", MAY)
    second = books.ask("restate", MAY, "--by", "Bob", "--reason", "invoice of Model Studio")
    late = books.ask("bridge", f"{MAY}@v1", f"{MAY}@v2", "--figure", "investment")
    gap = Decimal(second["cost"]) - Decimal(first["cost"])
    amounts = {part["name"]: Decimal(part["amount"]) for part in late["parts"]}
    assert {name: amount for name, amount in amounts.items() if amount} == {"late_data": gap}
    on = books.ask("bridge", MAY, JUNE)
    assert sum(Decimal(part["amount"]) for part in on["parts"]) == Decimal(on["change"])
    assert Decimal(on["end"]["amount"]) - Decimal(on["start"]["amount"]) == Decimal(on["change"]) + _one_sided(on)
    assert on["parts"][5]["drivers"][0]["item"] == "incident_value"
    for period in (MAY, JUNE):
        named = books.ask("statement", "--period", period)
        assert Decimal(on["start" if period == MAY else "end"]["amount"]) == Decimal(named["net_value"])
    assert books.say("validate", f"{MAY}/payments/infra_savings", "--by", "Fin", "--note", "invoices seen")
    assert "infra_savings" in books.say("audit")
    assert books.say("reprice", "--from", MAY, "--prices", str(_dearer(tmp_path)))
    assert Decimal(books.ask("statement", "--period", MAY)["investment"]) == Decimal(_short(second["cost"]))
    past = books.ask("statement", "--period", MAY, "--as-of", first["closed_at"])
    assert past["investment"] == _short(first["cost"])
    assert "all is as it was closed" in books.say("ledger", "verify")
    _check_export(books, tmp_path, [first, second])


def _one_sided(made: dict[str, Any]) -> Decimal:
    return sum((Decimal(gap["after"] or 0) - Decimal(gap["before"] or 0) for gap in made["uncompared"]), Decimal(0))


def _short(amount: str) -> str:
    """As a statement shows it."""
    found = Decimal(amount).normalize()
    return f"{found.quantize(Decimal('0.01')) if found == found.quantize(Decimal('0.01')) else found:f}"


def _dearer(folder: Path) -> Path:
    path = folder / "dearer.yaml"
    path.write_text("prices:\n  - {model: m-small, provider: model-studio, start: 2026-05-10, input_per_million: 0.03,"
                    " output_per_million: 0.08}\n")  # fmt: skip
    return path


def _check_export(books: Books, folder: Path, closings: list[dict[str, Any]]) -> None:
    """The sealed text, the entries and the Beancount file say the same cents, and the hashes are those of the texts."""
    for shape, name in (("csv", "entries.csv"), ("sealed", "sealed.txt"), ("beancount", "books.beancount")):
        books.run("ledger", "export", "--format", shape, "-o", str(folder / name), "-w", str(books.folder))
    texts = re.split(r"(?<=\n)(?=breakeven closing 1\n)", (folder / "sealed.txt").read_text(encoding="utf-8"))
    assert [hashlib.sha256(text.encode()).hexdigest() for text in texts] == [one["hash"] for one in closings]
    assert f"previous: {closings[0]['hash']}\n" in texts[1]
    with (folder / "entries.csv").open(encoding="utf-8", newline="") as lines:
        entries = {row["id"]: row for row in csv.DictReader(lines)}
    made = _recomputed(texts[1])
    assert made, "there must be entries"
    for name, amount in made.items():
        assert Decimal(entries[name]["amount"]).quantize(Decimal("0.01")) == amount, name
        assert entries[name]["hash"] == closings[1]["hash"]
    cents = sum(amount for name, amount in made.items() if "/cost_" in name)
    assert abs(cents - Decimal(closings[1]["cost"])) <= Decimal("0.005") * len(made)
    done = subprocess.run([str(Path(sys.executable).with_name("bean-check")), str(folder / "books.beancount")],
                          capture_output=True, text=True, check=False)  # fmt: skip
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def _recomputed(text: str) -> dict[str, Decimal]:
    """Entries of a sealed month, made from its inputs by its formulas in SQLite: nothing of breakeven is used."""
    lines = [[unquote(field) for field in line.split("|")] for line in text.split("\n") if "|" in line]
    formulas = {name: formula for kind, name, _, _, formula in (line for line in lines if line[0] == "formula")}
    engine = sqlite3.connect(":memory:")
    engine.create_function("greatest", -1, lambda *v: None if None in v else max(v))
    engine.create_function("sum_known", -1, lambda *v: sum(x or 0 for x in v) if set(v) != {None} else None)
    inputs: dict[str, dict[str, float | None]] = {}
    for _, project, name, amount in (line for line in lines if line[0] == "input"):
        inputs.setdefault(project, {})[name] = float(amount) if amount else None

    def figure(name: str, known: dict[str, float | None]) -> float | None:
        if name not in known:
            words = set(re.findall(r"[a-z_]\w*", formulas[name]))
            names = [word for word in words if word in known or word in formulas]
            values = [figure(part, known) for part in names]
            given = ", ".join(f"? AS {part}" for part in names)
            known[name] = engine.execute(f"SELECT {formulas[name]} FROM (SELECT {given})", values).fetchone()[0]
        return known[name]

    (month,) = re.findall(r"^month: (\S+)$", text, re.MULTILINE)
    made = {
        f"{month}/{project}/{category}": Decimal(str(figure(category, inputs[project]))).quantize(Decimal("0.01"))
        for _, project, _, category, *_ in (line for line in lines if line[0] == "entry")
    }
    engine.close()
    return made
