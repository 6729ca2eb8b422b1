"""FOCUS bills become cost facts."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from breakeven.errors import FileUnreadable
from breakeven.ingest.mapping import source_mapping
from breakeven.ingest.readers import open_source

LINE: dict[str, str] = {
    "BilledCost": "0.00000080000", "EffectiveCost": "0", "ListCost": "1e-6", "BillingCurrency": "USD",
    "ChargePeriodStart": "2026-03-01 00:00:00", "ChargePeriodEnd": "2026-03-01T01:00:00Z", "ChargeCategory": "Usage",
    "ChargeClass": "NULL", "ProviderName": "Cloudy", "ServiceName": "Queues", "ServiceCategory": "Integration",
    "InvoiceId": "INV-1", "SubAccountId": "42", "RegionId": "", "ResourceId": "r-1", "SkuId": "NULL",
    "Tags": '{" Project": "help", "env": "a \\"b\\""}', "x_Extra": "7", "ContractedCost": "3",
}  # fmt: skip


def bill(path: Path, *lines: dict[str, str | None]) -> Path:
    rows = [{**LINE, **line} for line in lines]
    every = dict.fromkeys(name for row in rows for name in row)
    names = [name for name in every if any(row.get(name) is not None for row in rows)]

    def cell(value: str | None) -> str:
        return '"' + (value or "").replace('"', '""') + '"'

    path.write_text("\n".join([",".join(names), *(",".join(cell(row[name]) for name in names) for row in rows)]))
    return path


def read(path: Path, **options: Any) -> list[dict[str, Any]]:
    reader = open_source(path, kind="focus", spec=source_mapping("focus", **options))
    assert reader.kind == "cost"
    return [row for table in reader.chunks() for row in table.to_pylist()]


def test_a_line(tmp_path: Path) -> None:
    [row] = read(bill(tmp_path / "bill.csv", {}))
    assert json.loads(row.pop("labels")) == {
        "Project": "help", "env": 'a "b"', "SubAccountId": "42", "ChargeCategory": "Usage", "ResourceId": "r-1",
        "x_Extra": "7",
    }  # fmt: skip
    assert row.pop("id").endswith("-1")
    assert row == {
        "row": 1, "malformed": None, "source": "bill.csv",
        "start": "2026-03-01 00:00:00Z", "end": "2026-03-01T01:00:00Z",
        "currency": "USD", "vendor": "Cloudy", "service": "Queues", "invoice": "INV-1", "category": "compute",
        "charge_class": "regular", "project": "help",
        "amount": "0.00000080000", "effective_amount": "0", "list_amount": "1e-6",
    }  # fmt: skip


def test_what_a_line_says_about_tokens_is_kept(tmp_path: Path) -> None:
    said = {"PricingUnit": "1M Tokens", "PricingQuantity": "3.5", "ContractedUnitPrice": "2.5", "SkuMeter": "Input"}
    lines = said | {"ResourceId": "t"}, said | {"PricingUnit": "Hours", "ResourceId": "h"}
    tokens, hours = (json.loads(row["labels"]) for row in read(bill(tmp_path / "bill.csv", *lines)))
    assert said.items() <= tokens.items()
    assert said.keys().isdisjoint(hours)


VALUES: list[tuple[dict[str, str | None], str, Any]] = [
    ({"ChargeClass": "Correction"}, "charge_class", "correction"),
    ({"ChargeCategory": "Credit", "BilledCost": "-5"}, "charge_class", "credit"),
    ({"ChargeCategory": "Tax"}, "charge_class", "regular"),
    ({"ServiceCategory": "Storage"}, "category", "data"),
    ({"ServiceCategory": "Business Applications"}, "category", "licence"),
    ({"ServiceCategory": "Something new"}, "category", "other"),
    ({"ServiceCategory": None}, "category", "other"),
    ({"Tags": "NULL"}, "project", None),
    ({"Tags": ""}, "project", None),
    ({"Tags": "no JSON"}, "project", None),
    ({"Tags": '{"app": "", "application": "shop"}'}, "project", "shop"),
    ({"Tags": '"app": "shop"'}, "project", "shop"),
    ({"Tags": None}, "project", None),
    ({"ProviderName": None, "ServiceProviderName": "Later"}, "vendor", "Later"),
    ({"ProviderName": "NULL", "InvoiceIssuerName": "Issuer"}, "vendor", "Issuer"),
    ({"BilledCost": "NULL"}, "amount", None),
    ({"BilledCost": ""}, "amount", None),
    ({"BilledCost": "$10,000.00 "}, "amount", "10000.00"),
    ({"BillingCurrency": " eur"}, "currency", "EUR"),
    ({"BillingCurrency": None}, "currency", None),
    ({"EffectiveCost": None}, "effective_amount", None),
    ({"ChargePeriodEnd": None}, "end", None),
    ({"ChargePeriodStart": "2026-03-01"}, "start", "2026-03-01T00:00:00Z"),
    ({"ChargePeriodStart": "2026-03-01T00:00:00+02:00"}, "start", "2026-03-01T00:00:00+02:00"),
    ({"ChargePeriodStart": "4/1/25"}, "start", "2025-04-01T00:00:00Z"),
    ({"ChargePeriodStart": "soon"}, "start", "soonZ"),
]


@pytest.mark.parametrize(("line", "field", "expected"), VALUES)
def test_values(tmp_path: Path, line: dict[str, str | None], field: str, expected: Any) -> None:
    [row] = read(bill(tmp_path / "bill.csv", line))
    assert row.get(field) == expected


def test_project_by_a_rule(tmp_path: Path) -> None:
    path = bill(tmp_path / "bill.csv", {"Tags": '{"CostCenter": "c-1"}'}, {"Tags": "", "SubAccountId": "7"})
    rows = read(path, maps=["project=coalesce(\"Tags.CostCenter\", 'account-' || SubAccountId)"])
    assert [row["project"] for row in rows] == ["c-1", "account-7"]


def test_a_bill_that_is_issued_again_keeps_its_ids(tmp_path: Path) -> None:
    first = read(bill(tmp_path / "first.csv", {}, {}, {"ResourceId": "r-2"}))
    again = read(bill(tmp_path / "again.csv", {"BilledCost": "9", "InvoiceId": "INV-2"}, {}, {"ResourceId": "r-2"}))
    assert [row["id"] for row in first] == [row["id"] for row in again]
    assert len({row["id"] for row in first}) == 3


def test_typed_bill(tmp_path: Path) -> None:
    path = tmp_path / "bill.parquet"
    start = pa.array([1_772_323_200_000_000], pa.timestamp("us"))
    pq.write_table(pa.table({
        "Tags": pa.array([[("Project", "help")]], pa.map_(pa.string(), pa.string())),
        "BilledCost": pa.array([Decimal("0.000000000000000001")], pa.decimal128(38, 18)),
        "ChargePeriodStart": start, "chargeperiodend": start, "BillingCurrency": ["USD"],
    }), path)  # fmt: skip
    [row] = read(path)
    assert (row["start"], row["amount"]) == ("2026-03-01 00:00:00Z", Decimal("1E-18"))
    assert row["project"] == "help"


def test_not_a_bill(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("Cost,Day\n1,2026-01-01\n")
    with pytest.raises(FileUnreadable, match=r"no FOCUS bill: it lacks ChargePeriodStart and BilledCost .*--map"):
        read(path)
    assert read(path, maps=["amount=Cost", "start=Day"])[0]["amount"] == "1"
