"""Traffic of language models: production traces and metered usage."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests_real.conftest import Company

AZURE = "AzureLLMInferenceTrace_code.csv"
OWN_PRICE = """
prices:
  - model: code-completion
    start: 2023-01-01
    input_per_million: 2.50
    output_per_million: 10.00
    currency: USD
    source: agreement of the workspace
"""


def test_azure_trace_is_exact_at_the_workspace_price(data: Path, truth: dict[str, Any], company: Company) -> None:
    expected = truth[f"llm-trace-azure/{AZURE}"]
    company.declare("prices.yaml", OWN_PRICE)
    columns = {"time": "TIMESTAMP", "input_tokens": "ContextTokens", "output_tokens": "GeneratedTokens"}
    path = data / "llm-trace-azure" / AZURE
    for again in (False, True):
        summary = company.load("interaction", path, map=columns, set={"model": "code-completion"})
        assert summary["accepted"] == (0 if again else expected["requests"])
        assert summary["duplicates"] == (expected["requests"] if again else 0)
    assert company.value("interactions") == expected["requests"]
    assert company.value("input_tokens") == expected["input_tokens"]
    assert company.value("output_tokens") == expected["output_tokens"]
    assert company.money("ai_cost") == Decimal(expected["cost_usd_at_2_50_in_10_00_out_per_million"])
    minutes = company.rows("interactions", "--grain", "minute", "--from", "2023-11-16", "--to", "2023-11-16")
    busiest = max(minutes, key=lambda row: row["value"] or 0)
    assert busiest["value"] == expected["busiest_minute"]["requests"]
    assert busiest["period"].replace("T", " ").startswith(expected["busiest_minute"]["minute"])


def test_servegen_counts_and_unknown_tokens(
    data: Path, truth: dict[str, Any], company: Company, tmp_path: Path
) -> None:
    """1.4 billion requests as counts a window; more than half of them without a token profile."""
    expected = truth["llm-usage-servegen"]["models"]["m-small"]
    path = tmp_path / "windows.csv"
    _with_tokens(data / "llm-usage-servegen", path)
    columns = {"time": "epoch_ms(window_start_s * 1000)", "count": "requests", "team": "client_id"}
    company.load("interaction", path, map=columns, set={"source": "servegen"})
    assert company.value("interactions") == expected["requests"]
    by_day = {row["period"]: row["value"] for row in company.rows("interactions", "--grain", "day")}
    assert list(by_day.values()) == list(expected["requests_per_day"].values())
    by_client = {
        row["dimension"]: row["value"] for row in company.rows("interactions", "--grain", "all", "--by", "team")
    }
    for client, requests in expected["top_5_clients"].items():
        assert by_client[client] == requests
    (tokens,) = company.rows("input_tokens", "--grain", "all")
    assert abs(tokens["value"] / expected["estimated_input_tokens"] - 1) < 1e-4
    assert str(expected["requests_without"]) in tokens["reason"]
    assert company.value("interactions_without_tokens") == expected["requests_without"]
    silent = [row for row in company.rows("input_tokens", "--grain", "all", "--by", "team") if row["value"] is None]
    assert silent, "clients without a token profile must be unknown, not 0"
    assert all(row["reason"] for row in silent)
    assert not [row for row in company.rows("input_tokens", "--grain", "all", "--by", "team") if row["value"] == 0]


def _with_tokens(folder: Path, target: Path) -> None:
    """Join the windows with the profile of their client and 6-hour block: one line a window."""
    with gzip.open(folder / "token_profile.csv.gz", "rt") as lines:
        means = {
            (row["client_id"], int(row["profile_start_s"]), row["field"]): float(row["mean"])
            for row in csv.DictReader(lines)
        }
    with gzip.open(folder / "usage_windows.csv.gz", "rt") as lines, target.open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(("client_id", "window_start_s", "requests", "model", "input_tokens", "output_tokens"))
        for row in csv.DictReader(lines):
            start, client = int(row["window_start_s"]), row["client_id"]
            requests = round(float(row["rate_rps"]) * 600)
            block = start - start % 21600
            tokens = [means.get((client, block, field)) for field in ("input_tokens", "output_tokens")]
            sums = ["" if mean is None else round(requests * mean) for mean in tokens]
            writer.writerow((client, start, requests, row["model"], *sums))


def test_mooncake_keeps_both_of_two_equal_requests(data: Path, truth: dict[str, Any], company: Company) -> None:
    expected = truth["llm-trace-mooncake/conversation_trace.jsonl.gz"]
    columns = {
        "time": "epoch_ms(timestamp + 1700000000000)",
        "input_tokens": "input_length",
        "output_tokens": "output_length",
    }
    path = data / "llm-trace-mooncake" / "conversation_trace.jsonl.gz"
    company.load("interaction", path, map=columns)
    assert company.load("interaction", path, map=columns)["accepted"] == 0
    assert company.value("interactions") == expected["requests"]
    assert company.value("input_tokens") == expected["input_tokens"]
    assert company.value("output_tokens") == expected["output_tokens"]


PEAK = "2026-06-01T12:00:00Z"
"""Some prices depend on the time of day; the oracle's are those of daytime."""


def test_provider_usage_bodies_are_priced_like_the_oracle(
    data: Path, new_company: Callable[[str], Company], tmp_path: Path
) -> None:
    """Each provider's own usage object: the tokens are found in it and priced.

    With the pinned price table of the same commit, all but ten of the 1759 expected prices come out. Of those ten the
    pinned table says nothing (a model of one provider) or something else than the oracle (images in a text price): they
    come out with the installed price book, which has both.
    """
    folder = data / "llm-usage-bodies"
    records = json.loads(gzip.decompress((folder / "usages.json.gz").read_bytes()))
    expected: dict[str, Decimal] = {}
    lines = []
    for number, record in enumerate(records):
        for extractor in (extractor for entry in record["extracted"] for extractor in entry["extractors"]):
            name = f"{number}/{extractor['provider_id']}/{extractor['api_flavor']}"
            if "input_price" in extractor:
                expected[name] = Decimal(extractor["input_price"]) + Decimal(extractor["output_price"])
            lines.append({
                "id": name, "source": "bodies", "time": PEAK, "model": record.get("model"), "team": name,
                "provider": extractor["provider_id"], "operation": extractor["api_flavor"], "usage": record["body"],
            })  # fmt: skip
    path = tmp_path / "bodies.ndjson"
    path.write_text("\n".join(json.dumps(line) for line in lines))
    pinned, installed = new_company("pinned"), new_company("installed")
    pinned.declare("prices.yaml", f"book: {folder / 'prices_snapshot.json.gz'}\n")
    by_pinned, by_installed = _prices(pinned, path, len(lines)), _prices(installed, path, len(lines))
    off = [name for name, price in expected.items() if by_pinned.get(name) != price]
    assert len(off) <= 10, off
    assert {name: by_installed.get(name) for name in off} == {name: expected[name] for name in off}
    assert by_pinned.keys() <= expected.keys(), "a usage without a known price must stay unpriced"
    assert pinned.value("unpriced_interactions") == len(lines) - len(by_pinned)


def _prices(company: Company, path: Path, lines: int) -> dict[str, Decimal]:
    """Import the bodies; name → cost of those that have a price."""
    assert company.load("interaction", path)["accepted"] == lines
    rows = company.rows("ai_cost", "--grain", "all", "--by", "team")
    return {row["dimension"]: Decimal(row["value"]) for row in rows if row["value"] is not None}
