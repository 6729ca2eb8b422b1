"""The part `otlp` of sources.yaml: which attributes of OpenTelemetry name a project, a team or a person."""

from __future__ import annotations

from breakeven.errors import Problem
from breakeven.workspace.document import Node
from breakeven.workspace.fields import Fields, as_text
from breakeven.workspace.otlp_rules import USAGE_FROM, OtlpRules

_LISTS = ("project", "team", "actor", "variant", "session", "labels")
_KEYS = (*_LISTS, "projects", "usage_from")


def read_otlp(document: Node, problems: list[Problem]) -> OtlpRules:
    """What sources.yaml says under `otlp`; its other keys are judged elsewhere."""
    node = document.value.get("otlp") if isinstance(document.value, dict) else None
    if node is None or node.value is None:
        return OtlpRules()
    fields = Fields(node, "otlp", _KEYS, problems)
    lists = {key: _names(fields, key) for key in _LISTS if key in fields}
    usage = _texts(fields, "usage_from", problems)
    for service, way in usage.items():
        if way not in USAGE_FROM:
            at = fields.mapping("usage_from")[service].at
            problems.append(at.problem(f"unknown way {way!r} for {service} in usage_from of otlp",
                                       f"one of {', '.join(USAGE_FROM)}"))  # fmt: skip
    return OtlpRules(
        fields={key: names for key, names in lists.items() if key != "labels"},
        labels=lists.get("labels", ()),
        projects=_texts(fields, "projects", problems),
        usage_from=usage,
    )


def _names(fields: Fields, key: str) -> tuple[str, ...]:
    return tuple(text for node in fields.texts(key) if (text := node.text.strip()))


def _texts(fields: Fields, key: str, problems: list[Problem]) -> dict[str, str]:
    texts = {name: as_text(node, f"{name} in {key} of otlp", problems) for name, node in fields.mapping(key).items()}
    return {name: text for name, text in texts.items() if text is not None}
