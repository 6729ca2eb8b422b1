"""The ledger's cost as a FOCUS 1.2 bill (FinOps Open Cost and Usage Specification): a charge an entry.

The company charges its projects: ProviderName, PublisherName and InvoiceIssuerName are the company, the sub-account is
the project, the service is the cost line. All four costs are the ledger's amount: an allocated amount has no list or
contracted price of its own. What FOCUS has no column for stands in `x_…`. Charges add up to the ledger's cost.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
import pyarrow as pa

from breakeven.ledger.desk import Desk
from breakeven.ledger.proof.entries import by_month
from breakeven.ledger.results import Entry
from breakeven.period import add_months
from breakeven.views.dataout.entries import labels_of
from breakeven.views.dataout.tables import MONEY, TEXT, WHOLE, Asked, Column, Table, batches

VERSION = "1.2"
"""Of the specification."""
_TIME = pa.timestamp("s", tz="UTC")
_COSTS = ("BilledCost", "EffectiveCost", "ListCost", "ContractedCost")
COLUMNS = (
    Column("BilledCost", MONEY, "The ledger's amount; negative: a credit."),
    Column("BillingAccountId", TEXT, "The company."),
    Column("BillingAccountName", TEXT, "The company."),
    Column("BillingCurrency", TEXT, "The workspace's currency."),
    Column("BillingPeriodStart", _TIME, "Start of the month in the company's time zone, as an instant."),
    Column("BillingPeriodEnd", _TIME, "Start of the month after."),
    Column("ChargeCategory", TEXT, "Usage, or Credit for a negative amount."),
    Column("ChargeClass", TEXT, "Null: no correction of an earlier bill."),
    Column("ChargeDescription", TEXT, "Cost line, project and month."),
    Column("ChargeFrequency", TEXT, "Usage-Based for metered cost, else Recurring."),
    Column("ChargePeriodStart", _TIME, "As BillingPeriodStart."),
    Column("ChargePeriodEnd", _TIME, "As BillingPeriodEnd."),
    Column("ContractedCost", MONEY, "As BilledCost."),
    Column("EffectiveCost", MONEY, "As BilledCost."),
    Column("InvoiceIssuerName", TEXT, "The company."),
    Column("ListCost", MONEY, "As BilledCost."),
    Column("PricingQuantity", MONEY, "Interactions of metered cost, else 1 month; null for a credit."),
    Column("PricingUnit", TEXT, "Requests or Months; null for a credit."),
    Column("ProviderName", TEXT, "The company."),
    Column("PublisherName", TEXT, "The company."),
    Column("ServiceCategory", TEXT, "AI and Machine Learning."),
    Column("ServiceName", TEXT, "What pages call the cost line."),
    Column("SubAccountId", TEXT, "The project; unassigned and unallocated are what belongs to none."),
    Column("SubAccountName", TEXT, "What pages call the project."),
    Column("Tags", TEXT, "JSON object: project, and where they are declared category, owner, stage."),
    Column("x_EntryId", TEXT, "The ledger's entry."),
    Column("x_CostLine", TEXT, "cost_direct, cost_metered, cost_allocated or cost_implementation."),
    Column("x_AllocatedCost", MONEY, "The amount if it is a share of shared pools; null: it is the project's own."),
    Column("x_AllocationPools", TEXT, "Of allocated cost: pools and their rules, name: rule."),
    Column("x_Evidence", TEXT, "Grade A to E."),
    Column("x_Reason", TEXT, "What the amount stands on."),
    Column("x_State", TEXT, "forecast (the month is not over), realised, validated or disputed."),
    Column("x_Methodology", TEXT, "Methodology version."),
    Column("x_DataVersion", WHOLE, "Data version."),
)


def _charges(desk: Desk, asked: Asked) -> Iterator[pa.RecordBatch]:
    found = by_month(desk, asked.window, asked.project)
    costs = (entry for month in found for entry in month if entry.side == "cost")
    labels = labels_of(desk)
    return batches(COLUMNS, (_charge(desk, entry, labels) for entry in costs))


def _charge(desk: Desk, entry: Entry, labels: Mapping[str, str]) -> Mapping[str, Any]:
    workspace, metered = desk.workspace, entry.category == "cost_metered"
    company, credit = workspace.name, entry.amount < 0
    known = workspace.projects.get(entry.project)
    label, name = labels[entry.category], known.name if known is not None else entry.project
    start, end = (workspace.calendar.instant(day) for day in (entry.period, add_months(entry.period, 1)))
    quantity = entry.records if metered and entry.records else 1
    shared = entry.category == "cost_allocated"
    pools = _pools(desk, entry) if shared else None
    return {
        **dict.fromkeys(_COSTS, entry.amount),
        **dict.fromkeys(("BillingAccountId", "BillingAccountName", "InvoiceIssuerName", "ProviderName",
                         "PublisherName"), company),
        "BillingCurrency": workspace.currency, "BillingPeriodStart": start, "BillingPeriodEnd": end,
        "ChargePeriodStart": start, "ChargePeriodEnd": end, "ChargeCategory": "Credit" if credit else "Usage",
        "ChargeDescription": f"{label} of {name}, {entry.period:%Y-%m}",
        "ChargeFrequency": "Usage-Based" if metered else "Recurring",
        "PricingQuantity": None if credit else quantity,
        "PricingUnit": None if credit else "Requests" if metered and entry.records else "Months",
        "ServiceCategory": "AI and Machine Learning", "ServiceName": label, "SubAccountId": entry.project,
        "SubAccountName": name, "Tags": _tags(desk, entry.project), "x_EntryId": entry.id,
        "x_CostLine": entry.category, "x_AllocatedCost": entry.amount if shared else None,
        "x_AllocationPools": pools or None, "x_Evidence": entry.evidence, "x_Reason": entry.reason,
        "x_State": entry.state, "x_Methodology": entry.methodology, "x_DataVersion": entry.data_version,
    }  # fmt: skip


def _pools(desk: Desk, entry: Entry) -> str:
    found = [(pool.name, pool.on(entry.period)) for pool in desk.workspace.pools.values()]
    return "; ".join(f"{name}: {split.rule}" for name, split in found if split is not None)


def _tags(desk: Desk, project: str) -> str:
    known = desk.workspace.projects.get(project)
    said = {} if known is None else {"category": known.category, "owner": known.owner, "stage": known.stage}
    return msgspec.json.encode({"project": project} | {key: text for key, text in said.items() if text}).decode()


FOCUS = Table(
    name="focus_cost", columns=COLUMNS, rows=_charges,
    description=f"The ledger's cost as a FOCUS {VERSION} bill: a charge for each month, project and cost line.",
)  # fmt: skip
