"""FOCUS bills (FinOps Open Cost and Usage Specification 1.0 to 1.3) as cost facts.

BilledCost is the headline amount, EffectiveCost and ListCost are kept beside it. Columns may stand in any order,
be missing, or hold the text NULL. Times without a zone are UTC, as the specification says. Dates as month/day/year
are read too, as the specification's own examples have them.

A bill's line is known by what it is for (account, resource, SKU, period…), not by its amount: a bill that is issued
again under the same source supersedes its lines. Tags and the columns in LABELS, with every provider extension
(`x_…`), become labels, and so does what a line says about tokens (TOKEN_LABELS).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from breakeven.errors import FileUnreadable
from breakeven.ingest.plan import Find, Preset, literal

REQUIRED = {"start": "ChargePeriodStart", "amount": "BilledCost"}
"""Field → the column without which a file is no FOCUS bill, unless it is mapped or set."""

PROJECT_TAGS = ("project", "Project", "PROJECT", "project_id", "projectId", "ProjectId", "project-id", "user:project",
                "user:Project", "app", "App", "application", "Application", "user:application")  # fmt: skip
"""Tag keys whose value is the project, the first one that is there."""

CATEGORIES = {
    "AI and Machine Learning": "compute", "Compute": "compute", "Networking": "compute", "Integration": "compute",
    "Internet of Things": "compute", "Media": "compute", "Mobile": "compute", "Web": "compute", "Multicloud": "compute",
    "Management and Governance": "compute", "Security": "compute", "Identity": "compute",
    "Storage": "data", "Databases": "data", "Analytics": "data",
    "Business Applications": "licence", "Developer Tools": "licence",
    "Migration": "implementation",
}  # fmt: skip
"""ServiceCategory → cost category; any other is `other`. What runs is compute, what keeps or queries data is data,
software that people use is licence, moving to the cloud is implementation."""

LABELS = ("SubAccountId", "RegionId", "ChargeCategory", "ResourceId", "SkuId")
"""Columns that become labels under their own names."""

TOKEN_LABELS = ("PricingQuantity", "PricingUnit", "ContractedUnitPrice", "ListUnitPrice", "ConsumedQuantity",
                "ConsumedUnit", "SkuMeter", "ChargeDescription")  # fmt: skip
"""Columns that become labels too where the line counts tokens: an invoice is reconciled with its meter by them."""

KEY = (
    "BillingAccountId", "SubAccountId", "ProviderName", "ServiceProviderName", "PublisherName", "ChargePeriodStart",
    "ChargePeriodEnd", "ChargeCategory", "ChargeClass", "ChargeDescription", "ServiceName", "RegionId",
    "AvailabilityZone", "ResourceId", "SkuId", "SkuPriceId", "PricingCategory", "PricingUnit",
    "ConsumedUnit", "CommitmentDiscountId", "CommitmentDiscountStatus", "CapacityReservationId",
    "AllocatedResourceId", "BillingCurrency",
)  # fmt: skip
"""Columns that say what a line is for; the invoice's number is not among them, it comes only when the bill is final."""

_SPACED_KEY = r'([{,]\s*)"\s+([^"\\]*?)\s*"(\s*:)'
"""A key of a JSON object that begins with a space, as real bills have them."""

_VENDORS = ("ProviderName", "ServiceProviderName", "InvoiceIssuerName", "PublisherName")


def preset_for(path: Path, columns: Sequence[str], declared: Sequence[str]) -> Callable[[Find], Preset]:
    """What a FOCUS bill fills. Raises FileUnreadable where the file is none; `declared` are mapped or set fields."""
    have = {column.lower() for column in columns}
    missing = [c for field, c in REQUIRED.items() if c.lower() not in have and field not in declared]
    if missing:
        shown = ", ".join(columns[:12]) + (" …" if len(columns) > 12 else "")
        raise FileUnreadable(
            f"{path} is no FOCUS bill: it lacks {' and '.join(missing)} (it has {shown}); "
            f"for another kind of bill use `import cost` with --map, such as --map amount=…"
        )
    return partial(_preset, columns=columns)


def _preset(find: Find, *, columns: Sequence[str]) -> Preset:
    text = partial(_text, find)
    tags = _tags(find)
    fields = {
        "start": _instant(find, "ChargePeriodStart"),
        "end": _instant(find, "ChargePeriodEnd"),
        "currency": f"upper({text('BillingCurrency')})",
        "vendor": _first([text(name) for name in _VENDORS]),
        "service": text("ServiceName"),
        "invoice": text("InvoiceId"),
        "category": _category(text("ServiceCategory")),
        "charge_class": _charge_class(text("ChargeClass"), text("ChargeCategory")),
        "project": _project(tags),
        "labels": _labels(find, tags, [column for column in columns if column.lower().startswith("x_")]),
    }
    amounts = {"amount": "BilledCost", "effective_amount": "EffectiveCost", "list_amount": "ListCost"}
    key = " || chr(31) || ".join(f"coalesce({text(name)}, '')" for name in KEY if find(name))
    return Preset(fields=fields, numbers={f: c for f, c in amounts.items() if find(c)}, key=key or None)


def _text(find: Find, name: str) -> str:
    """SQL of a column's text; NULL for a missing column, an empty cell and the text NULL."""
    column = find(name)
    return "CAST(NULL AS VARCHAR)" if column is None else f"nullif(nullif(trim(CAST({column} AS VARCHAR)), ''), 'NULL')"


def _first(values: Sequence[str]) -> str:
    return f"coalesce({', '.join(values)})"


def _instant(find: Find, name: str) -> str:
    """SQL text of an instant; without a zone it is UTC."""
    value = _text(find, name)
    return f"""CASE
        WHEN {value} IS NULL THEN NULL
        WHEN regexp_full_match({value}, '\\d{{1,2}}/\\d{{1,2}}/\\d{{2}}')
            THEN strftime(try_strptime({value}, '%m/%d/%y'), '%Y-%m-%dT%H:%M:%SZ')
        WHEN regexp_full_match({value}, '\\d{{1,2}}/\\d{{1,2}}/\\d{{4}}')
            THEN strftime(try_strptime({value}, '%m/%d/%Y'), '%Y-%m-%dT%H:%M:%SZ')
        WHEN regexp_full_match({value}, '\\d{{4}}-\\d{{2}}-\\d{{2}}') THEN {value} || 'T00:00:00Z'
        WHEN regexp_matches({value}, '(Z|z|[-+]\\d{{2}}(:?\\d{{2}})?)$') AND contains({value}, ':') THEN {value}
        ELSE {value} || 'Z' END"""


def _tags(find: Find) -> str:
    """SQL text of the tags as a JSON object with trimmed keys, NULL where there are none that can be read."""
    text = _text(find, "Tags")
    braced = f"CASE WHEN starts_with({text}, '{{') THEN {text} ELSE '{{' || {text} || '}}' END"
    valid = f"CASE WHEN json_valid({braced}) THEN {braced} END"
    return f"regexp_replace({valid}, {literal(_SPACED_KEY)}, '\\1\"\\2\"\\3', 'g')"


def _project(tags: str) -> str:
    paths = ", ".join(literal(f'$."{key}"') for key in PROJECT_TAGS)
    found = f"list_filter(json_extract_string({tags}, [{paths}]), lambda value: trim(value) <> '')"
    return f"trim({found}[1])"


def _category(service_category: str) -> str:
    branches = " ".join(f"WHEN {literal(name)} THEN {literal(kind)}" for name, kind in CATEGORIES.items())
    return f"CASE {service_category} {branches} ELSE 'other' END"


def _charge_class(charge_class: str, charge_category: str) -> str:
    return (
        f"CASE WHEN {charge_class} = 'Correction' THEN 'correction' "
        f"WHEN {charge_category} = 'Credit' THEN 'credit' ELSE 'regular' END"
    )


def _labels(find: Find, tags: str, extensions: Sequence[str]) -> str:
    counted = [_text(find, name) for name in ("PricingUnit", "ConsumedUnit") if find(name)]
    tokens = " OR ".join(f"contains(lower({unit}), 'token')" for unit in counted)
    values = {name: _text(find, name) for name in (*LABELS, *extensions) if find(name)}
    if tokens:
        values |= {name: f"CASE WHEN {tokens} THEN {_text(find, name)} END" for name in TOKEN_LABELS if find(name)}
    pairs = ", ".join(f"{literal(name)}, {value}" for name, value in values.items())
    own = f"json_object({pairs})" if pairs else "'{}'::JSON"
    # A merge leaves out keys whose value is null.
    merged = f"CAST(json_merge_patch(coalesce({tags}, '{{}}')::JSON, {own}) AS VARCHAR)"
    return f"nullif({merged}, '{{}}')"
