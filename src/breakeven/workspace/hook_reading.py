"""hooks of sources.yaml: which webhooks are taken, how they prove who they are, and what of them counts.

A secret never stands in the file: it is named by an environment variable or by a file.
"""

from __future__ import annotations

import re
from typing import Literal, get_args

from breakeven.errors import Problem, choices
from breakeven.facts import KINDS, TIME_FIELD, columns
from breakeven.workspace.document import Node
from breakeven.workspace.fields import Fields
from breakeven.workspace.hooks import Hook, HookSignature, HookSigned
from breakeven.workspace.sources import check_expression

PLATFORMS = ("github", "gitlab", "alertmanager", "pagerduty", "generic")
EVENTS: dict[str, tuple[str, ...]] = {
    "github": ("deployment", "release", "workflow_run"),
    "gitlab": ("deployment", "incident", "release", "pipeline"),
    "alertmanager": ("alert",),
    "pagerduty": ("incident",),
    "generic": ("record",),
}
"""Platform → the events that can become facts."""
USUAL_EVENTS: dict[str, tuple[str, ...]] = EVENTS | {"github": ("deployment",), "gitlab": ("deployment", "incident")}
"""Those that count where the hook names none: of the events that tell of the same release, one."""
PRODUCTION = ("production",)
"""Environments whose deployments count where the hook names none."""
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
"""A hook's name: it stands in an address, and is the source of its facts."""

_KEYS = ("platform", "secret_env", "secret_file", "unsigned", "events", "environments", "projects", "models", "kind",
         "records", "order_by", "signature", "map", "set", "labels", "where")  # fmt: skip
_SIGNATURE_KEYS = ("scheme", "header", "algorithm", "encoding", "prefix", "signed", "timestamp_header",
                   "tolerance_seconds", "delivery_header")  # fmt: skip
_GENERIC_ONLY = ("kind", "records", "order_by", "signature")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def read_hooks(node: Node, problems: list[Problem]) -> dict[str, Hook]:
    """The hooks of sources.yaml by name."""
    found: dict[str, Hook] = {}
    top = Fields(node, "sources.yaml", tuple(node.value) if isinstance(node.value, dict) else (), [])
    top.problems = problems  # other keys of the file are judged where they are read
    for name, item in top.mapping("hooks").items():
        if not NAME.fullmatch(name):
            message = f"hook {name!r} cannot be called so: its name is part of an address"
            problems.append(item.key_at.problem(message, "small letters, digits, - and _"))
        hook = _hook(name, Fields(item, f"hook {name}", _KEYS, problems, required=("platform",)), problems)
        if hook is not None:
            found[name] = hook
    return found


def _hook(name: str, fields: Fields, problems: list[Problem]) -> Hook | None:
    platform = fields.choice("platform", PLATFORMS, "")
    if not platform:
        return None
    for key in _GENERIC_ONLY if platform != "generic" else ():
        if key in fields:
            fields.fault(key, f"{key} is for platform generic only, and hook {name} is of {platform}")
    _check_secret(name, fields)
    kind = fields.choice("kind", tuple(KINDS), "incident") if platform == "generic" else ""
    mapped, fixed = _texts(fields, "map"), _texts(fields, "set")
    _check_mapping(name, platform, kind, fields, problems)
    events = _names(fields, "events") or USUAL_EVENTS[platform]
    for event in events:
        if event not in EVENTS[platform]:
            fields.fault("events", f"unknown event {event!r} in hook {name}", choices(event, EVENTS[platform]))
    return Hook(
        name=name, platform=platform, kind=kind, events=events,
        secret_env=fields.text("secret_env"), secret_file=fields.text("secret_file"), unsigned=fields.truth("unsigned"),
        environments=_names(fields, "environments") or PRODUCTION,
        projects=_texts(fields, "projects"), models=_texts(fields, "models"),
        records=fields.text("records"), order_by=_expression(fields, "order_by", problems),
        signature=_signature(name, fields, problems), map=mapped, set=fixed,
        labels=_texts(fields, "labels"),
        where=_expression(fields, "where", problems),
    )  # fmt: skip


def _check_secret(name: str, fields: Fields) -> None:
    variable = fields.text("secret_env")
    if variable is not None and not _VARIABLE.fullmatch(variable):
        fields.fault("secret_env", f"secret_env of hook {name} is no name of an environment variable",
                     "put the secret itself into the variable, and the variable's name here")  # fmt: skip
    named = "secret_env" in fields or "secret_file" in fields
    if named and fields.truth("unsigned"):
        fields.fault("unsigned", f"hook {name} has a secret and is unsigned: true", "keep one of the two")
    if not named and not fields.truth("unsigned"):
        hint = "secret_env: NAME_OF_A_VARIABLE or secret_file: path; unsigned: true takes it from anybody"
        fields.problems.append(fields.at.problem(f"hook {name} has no secret", hint))


def _check_mapping(name: str, platform: str, kind: str, fields: Fields, problems: list[Problem]) -> None:
    kinds = (kind,) if kind else ("deployment", "incident")
    valid = sorted({column.name for one in kinds for column in columns(one)} - {"source", "labels"})
    if platform != "generic":
        valid.remove("id")
    for key in ("map", "set"):
        for field, node in fields.mapping(key).items():
            if field not in valid:
                message = f"field {field!r} of hook {name} cannot be given: a {' or '.join(kinds)} takes others"
                problems.append(node.key_at.problem(message, choices(field, valid)))
            elif key == "map":
                check_expression(node.text.strip(), node, problems)
    for field in sorted(set(fields.mapping("map")) & set(fields.mapping("set"))):
        at = fields.mapping("set")[field].key_at
        problems.append(at.problem(f"{field} of hook {name} is both in map and in set", "keep one"))
    if platform == "generic":
        given = {*fields.mapping("map"), *fields.mapping("set")}
        if "id" not in given:
            hint = "map: {id: …}: what the sender calls it, the same in every delivery about it"
            message = f"hook {name} does not say of a record of kind {kind} what its id is"
            fields.problems.append(fields.at.problem(message, hint))
        if TIME_FIELD[kind] not in given:
            message = f"hook {name} does not say of a record of kind {kind} when it happened"
            fields.problems.append(fields.at.problem(message, f"map: {{{TIME_FIELD[kind]}: …}}"))


def _signature(name: str, fields: Fields, problems: list[Problem]) -> HookSignature:
    node = fields.node("signature")
    if node is None:
        return HookSignature()
    of = Fields(node, f"signature of hook {name}", _SIGNATURE_KEYS, problems)
    scheme = of.choice("scheme", ("hmac", "standard", "token"), "hmac")
    signed = of.choice("signed", get_args(HookSigned), "body")
    if signed != "body" and "timestamp_header" not in of:
        of.fault("signed", f"signature of hook {name} covers a timestamp: name its timestamp_header")
    return HookSignature(
        scheme=_scheme(scheme), header=of.words("header") or HookSignature().header,
        algorithm="sha512" if of.choice("algorithm", ("sha256", "sha512"), "sha256") == "sha512" else "sha256",
        encoding="base64" if of.choice("encoding", ("hex", "base64"), "hex") == "base64" else "hex",
        prefix=of.words("prefix"), signed="timestamp.body" if signed == "timestamp.body" else "body",
        timestamp_header=of.text("timestamp_header"), delivery_header=of.text("delivery_header"),
        tolerance_seconds=of.whole("tolerance_seconds", HookSignature().tolerance_seconds, 1, 86_400),
    )  # fmt: skip


def _scheme(text: str) -> Literal["hmac", "standard", "token"]:
    return "standard" if text == "standard" else "token" if text == "token" else "hmac"


def _expression(fields: Fields, key: str, problems: list[Problem]) -> str | None:
    text, node = fields.text(key), fields.node(key)
    if text is not None and node is not None:
        check_expression(text, node, problems)
    return text


def _texts(fields: Fields, key: str) -> dict[str, str]:
    return {name: node.text.strip() for name, node in fields.mapping(key).items() if node.text.strip()}


def _names(fields: Fields, key: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(item.text.strip() for item in fields.texts(key)))
