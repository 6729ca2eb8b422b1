"""meters of allocation.yaml: which lines of bills are invoices for which metered traffic."""

from __future__ import annotations

import re
from collections.abc import Sequence

from breakeven.errors import Problem
from breakeven.workspace.definitions import Meter
from breakeven.workspace.document import Node
from breakeven.workspace.fields import Fields

_KEYS = ("providers", "vendor", "services")
_SIGNS = re.compile(r"[\W_]+")


def plain_name(name: str) -> str:
    """What two spellings of a provider, vendor or service have in common: "Open-AI" and "openai" are the same.

    Small letters and digits; a name of signs only stays as it is.
    """
    return _SIGNS.sub("", name.lower()) or name


def read_meters(node: Node, problems: list[Problem]) -> dict[str, Meter]:
    """The meters of allocation.yaml by name.

    A provider is in one meter only; of a vendor's lines each belongs to one meter only.
    """
    found: dict[str, Meter] = {}
    providers: dict[str, str] = {}
    lines: dict[tuple[str, str], str] = {}
    top = Fields(node, "allocation.yaml", _top_keys(node), [])  # what else the file holds is judged where it is read
    top.problems = problems
    for name, item in top.mapping("meters").items():
        fields = Fields(item, f"meter {name}", _KEYS, problems, required=("providers", "vendor"))
        traffic, services = _names(fields, "providers"), _names(fields, "services")
        _once(fields, "providers", [plain_name(one) for one in traffic], providers, name)
        vendor = fields.words("vendor")
        keys = [(plain_name(vendor), plain_name(one)) for one in services] or [(plain_name(vendor), "")]
        for key in keys if vendor else ():
            if key in lines:
                said = f"the lines of {vendor}" + (f" for {key[1]}" if key[1] else "")
                fields.fault("vendor", f"{said} belong to meter {lines[key]} already", "name the services of each")
            lines[key] = name
        if vendor and traffic:
            found[name] = Meter(name=name, providers=tuple(sorted(traffic)), vendor=vendor,
                                services=tuple(sorted(services)))  # fmt: skip
    return found


def _top_keys(node: Node) -> Sequence[str]:
    return tuple(node.value) if isinstance(node.value, dict) else ()


def _names(fields: Fields, key: str) -> list[str]:
    names = [item.text.strip() for item in fields.texts(key)]
    node = fields.node(key)
    if node is not None and node.value == []:
        fields.fault(key, f"{fields.what} names no {key}")
    return list(dict.fromkeys(name for name in names if name))


def _once(fields: Fields, key: str, names: Sequence[str], taken: dict[str, str], owner: str) -> None:
    for name in names:
        if taken.get(name, owner) != owner:
            fields.fault(key, f"{key[:-1]} {name!r} is in meter {taken[name]} already", "a call is invoiced once")
        taken[name] = owner
