"""reports.yaml: schedules with their recipients, the mail server, templates; own reports are read beside it."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import time
from pathlib import Path
from typing import get_args

import msgspec

from breakeven.errors import Problem, choices
from breakeven.money import CURRENCIES
from breakeven.period import Calendar
from breakeven.workspace.company import Company, known_locale, known_zones
from breakeven.workspace.definitions import Category, Grade, Realisation
from breakeven.workspace.document import Node
from breakeven.workspace.fields import Fields
from breakeven.workspace.own_report_reading import NAME, check_period, read_own_reports
from breakeven.workspace.pull_reading import read_secret
from breakeven.workspace.reports import (
    FORMATS,
    SHIPPED,
    WEEKDAYS,
    Cadence,
    Channel,
    Every,
    MailServer,
    Missed,
    Paper,
    Recipient,
    Reporting,
    ReportSchedule,
    Security,
    Templates,
    Wish,
)
from breakeven.workspace.targets import Wanted

PORTS: Mapping[Security, int] = {"starttls": 587, "ssl": 465, "none": 25}
LAST_DAY = 28
"""The last day that every month has."""
TEMPLATES = {"pdf": ".typ", "pptx": ".pptx"}
"""Form → ending of its templates."""
FILTERS = ("period", "compare", "headline", "currency", "constant")
_KEYS = ("report", "every", "on", "at", "time_zone", "start", "formats", "language", "paper", "filters", "scope",
         "rights", "templates", "missed", "to")  # fmt: skip
_COUNTED = {"month": LAST_DAY, "quarter": 89, "year": 365}
"""Rule whose day is a number → the largest."""
_MAIL = re.compile(r"[^@\s<>,;]+@[^@\s<>,;]+\.?[^@\s<>,;]*")
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


def read_reports(
    node: Node, company: Company, projects: Collection[str], wanted: Wanted, folder: Path | None,
    readers: Collection[str], problems: list[Problem],
) -> Reporting:  # fmt: skip
    """The content of reports.yaml; `readers`: those of access.yaml. With a folder its templates must be there."""
    fields = Fields(node, "reports.yaml", ("mail", "templates", "reports", "schedules"), problems)
    own = read_own_reports(fields, wanted, problems)
    mail = _mail(fields)
    schedules = {}
    for name, item in fields.mapping("schedules").items():
        if not NAME.fullmatch(name):
            message = f"schedule {name!r} cannot be called so: its name is part of addresses and of files"
            problems.append(item.key_at.problem(message, "small letters, digits, - and _"))
        inner = Fields(item, f"schedule {name}", _KEYS, problems, required=("report", "every", "to"))
        made = _schedule(name, inner, company, projects, own, mail is not None or "mail" in fields, folder)
        rights = inner.text("rights")
        if rights is not None and rights not in readers:
            inner.fault("rights", f"unknown readers {rights!r} in {inner.what}", choices(rights, sorted(readers)))
        if made is not None:
            schedules[name] = msgspec.structs.replace(made, rights=rights)
    return Reporting(schedules=schedules, own=own, mail=mail, templates=read_templates(fields, folder))


def _schedule(
    name: str, fields: Fields, company: Company, projects: Collection[str], own: Collection[str], has_mail: bool,
    folder: Path | None,
) -> ReportSchedule | None:  # fmt: skip
    report = fields.text("report")
    known = (*SHIPPED, *own)
    if report is not None and report not in known:
        fields.fault("report", f"unknown report {report!r} in {fields.what}", choices(report, known))
    cadence = _cadence(fields, company.calendar)
    recipients = _recipients(fields, has_mail)
    formats, wish, locale = _formats(fields), _wish(fields, company, projects), _locale(fields)
    paper, missed = (fields.choice("paper", get_args(Paper), "a4"),
                     fields.choice("missed", get_args(Missed), "latest"))  # fmt: skip
    templates = read_templates(fields, folder)
    if report is None or cadence is None or not recipients:
        return None
    return msgspec.convert(
        {"name": name, "report": report, "cadence": cadence, "recipients": recipients, "formats": formats, "wish": wish,
         "locale": locale, "paper": paper, "templates": templates, "missed": missed}, ReportSchedule,
    )  # fmt: skip


def _cadence(fields: Fields, calendar: Calendar) -> Cadence | None:
    every = fields.text("every")
    known = get_args(Every)
    if every is not None and every not in known:
        fields.fault("every", f"unknown every {every!r} in {fields.what}", choices(every, known))
        every = None
    zone = fields.text("time_zone") or calendar.time_zone
    if zone not in known_zones():
        fields.fault("time_zone", f"unknown time zone {zone!r}", choices(zone, sorted(known_zones()), most=5))
    at = fields.text("at") or "07:00"
    if not _TIME.fullmatch(at):
        fields.fault("at", f"bad time {at!r} for at of {fields.what}", 'write it as "07:00", from 00:00 to 23:59')
        at = "07:00"
    start = fields.day("start")
    if every is None:
        return None
    weekday, day = _on(fields, every)
    made = {"every": every, "weekday": weekday, "day": day, "at": time.fromisoformat(at), "time_zone": zone,
            "start": start}  # fmt: skip
    return msgspec.convert(made, Cadence)


def _on(fields: Fields, every: str) -> tuple[int, int]:
    """Weekday and day; the first where none is given."""
    if "on" not in fields:
        return 0, 1
    if every in ("week", "two weeks"):
        word = (fields.text("on") or "").lower()
        if word not in WEEKDAYS:
            fields.fault("on", f"unknown weekday {word!r} in {fields.what}", choices(word, WEEKDAYS))
            return 0, 1
        return WEEKDAYS.index(word), 1
    if every in _COUNTED:
        return 0, fields.whole("on", 1, 1, _COUNTED[every])
    fields.fault("on", f"every {every} of {fields.what} takes no on", "on belongs to week, two weeks, month, quarter, "
                 "year")  # fmt: skip
    return 0, 1


def _formats(fields: Fields) -> tuple[str, ...]:
    found = []
    for item in fields.texts("formats"):
        name = item.text.strip()
        if name not in FORMATS:
            fields.problems.append(item.at.problem(f"unknown format {name!r} in {fields.what}", choices(name, FORMATS)))
        found.append(name)
    return tuple(dict.fromkeys(found)) or ("pdf",)


def _locale(fields: Fields) -> str:
    text = fields.text("language")
    if text is None:
        return ""
    found = known_locale(text)
    if found is None:
        fields.fault("language", f"unknown language {text!r} in {fields.what}", "a language, or one and a country: "
                     "de, en_GB, fr_CH, ja")  # fmt: skip
    return found or ""


def _wish(fields: Fields, company: Company, projects: Collection[str]) -> Wish:
    node, scoped = fields.node("filters"), fields.node("scope")
    found: dict[str, str] = {}
    if node is not None:
        inner = Fields(node, f"filters of {fields.what}", FILTERS, fields.problems)
        found = {key: text for key in FILTERS if (text := inner.text(key)) is not None}
        _check_filters(inner, found, company)
    named: list[str] = []
    category = ""
    if scoped is not None:
        inner = Fields(scoped, f"scope of {fields.what}", ("projects", "category"), fields.problems)
        for item in inner.texts("projects"):
            name = item.text.strip()
            if name not in projects:
                fields.problems.append(item.at.problem(f"unknown project {name!r} in {inner.what}",
                                                       choices(name, sorted(projects))))  # fmt: skip
            named.append(name)
        category = inner.choice("category", get_args(Category), "")
    return msgspec.convert({**found, "project": tuple(named), "category": category}, Wish)


def _check_filters(fields: Fields, found: Mapping[str, str], company: Company) -> None:
    for key in ("period", "constant"):
        if key in found:
            check_period(fields, key, found[key])
    compare = found.get("compare")
    if compare is not None and compare not in ("previous", "year", "none"):
        check_period(fields, "compare", compare, "previous, year, none, ")
    counted = ("all", "measured", *get_args(Grade), *get_args(Realisation))
    for part in found.get("headline", "all").split(","):
        if part.strip().lower() not in {one.lower() for one in counted}:
            fields.fault("headline", f"unknown headline rule {part.strip()!r} in {fields.what}",
                         choices(part.strip(), counted))  # fmt: skip
    currency = found.get("currency")
    if currency is not None and (currency not in CURRENCIES or company.without_rate(currency)):
        there = sorted({company.currency, *(rate.currency for rate in company.rates)})
        fields.fault("currency", f"{currency!r} is no currency with a rate in workspace.yaml", choices(currency, there))


def _recipients(fields: Fields, has_mail: bool) -> tuple[Recipient, ...]:
    found: dict[str, Recipient] = {}
    for item in fields.items("to"):
        inner = Fields(item, f"a recipient of {fields.what}", ("name", *get_args(Channel)), fields.problems)
        given = [channel for channel in get_args(Channel) if channel in inner]
        if len(given) != 1:
            says = "goes nowhere" if not given else f"goes to {' and '.join(given)} at once"
            fields.problems.append(item.at.problem(f"{inner.what} {says}", f"one of: {', '.join(get_args(Channel))}"))
            continue
        if given[0] == "mail" and not has_mail:
            inner.fault("mail", f"{inner.what} gets mail, but reports.yaml names no mail server",
                        "mail: {host: …, from: …}")  # fmt: skip
        for one in _recipient(inner, given[0]):
            if one.name in found:
                inner.fault(given[0], f"{one.name} stands twice in the recipients of {fields.what}",
                            "keep one, or give them names")  # fmt: skip
            found[one.name] = one
    if "to" in fields and not fields.items("to"):
        fields.fault("to", f"{fields.what} has no recipient", "to: [{folder: out/reports}]")
    return tuple(found.values())


def _recipient(fields: Fields, channel: str) -> list[Recipient]:
    name = fields.text("name")
    match channel:
        case "mail":
            node = fields.node("mail")
            several = node is not None and isinstance(node.value, list)
            texts = [item.text.strip() for item in fields.texts("mail")] if several else [fields.text("mail") or ""]
            for text in texts:
                if not _MAIL.fullmatch(text):
                    fields.fault("mail", f"{text!r} is no mail address", "cfo@example.com; several as a list")
            if name is not None and len(texts) > 1:
                fields.fault("name", "one name for several addresses", "leave it out, or write one recipient for each")
            return [Recipient(name=name or text, channel="mail", address=text) for text in texts]
        case "folder":
            path = fields.text("folder") or ""
            return [Recipient(name=name or f"folder {path}", channel="folder", address=path)] if path else []
        case _:
            secret = read_secret(fields, channel)
            if secret is None:
                node = fields.node(channel)
                if node is not None and not isinstance(node.value, dict):
                    hint = f"{channel}: {{env: NAME_OF_A_VARIABLE}}, or {{file: path}}"
                    fields.fault(channel, "its address is a secret and does not stand here", hint)
                return []
            called = name or f"{channel} {secret.env or secret.file}"
            return [msgspec.convert({"name": called, "channel": channel, "url": secret}, Recipient)]


def _mail(fields: Fields) -> MailServer | None:
    node = fields.node("mail")
    if node is None:
        return None
    keys = ("host", "port", "security", "user", "password", "from")
    inner = Fields(node, "mail", keys, fields.problems, required=("host", "from"))
    host, sender = inner.text("host"), inner.text("from")
    security = msgspec.convert(inner.choice("security", get_args(Security), "starttls"), Security)
    port = inner.whole("port", PORTS[security], 1, 65535)
    user, password = read_secret(inner, "user"), read_secret(inner, "password")
    if ("user" in inner) != ("password" in inner):
        fields.fault("mail", "mail needs both user and password, or neither")
    if sender is not None and not _MAIL.fullmatch(sender):
        inner.fault("from", f"{sender!r} is no mail address", "reports@example.com")
    if host is not None and not re.fullmatch(r"[\w.:\[\]-]+", host):
        inner.fault("host", f"{host!r} is no name of a server", "smtp.example.com; the port has its own key")
    if host is None or sender is None:
        return None
    return MailServer(host=host, port=port, security=security, sender=sender, user=user, password=password)


def read_templates(fields: Fields, folder: Path | None) -> Templates:
    """The templates that are named; each must be there."""
    node = fields.node("templates")
    if node is None:
        return Templates()
    inner = Fields(node, f"templates of {fields.what}", tuple(TEMPLATES), fields.problems)
    found = {form: text for form in TEMPLATES if (text := inner.text(form)) is not None}
    for form, text in found.items():
        if not text.endswith(TEMPLATES[form]):
            inner.fault(form, f"{text!r} is no template for {form}", f"a file that ends with {TEMPLATES[form]}")
        elif folder is not None and not (folder / text).is_file():
            inner.fault(form, f"there is no file {text!r}", "the path is relative to the workspace")
    return Templates(**found)
