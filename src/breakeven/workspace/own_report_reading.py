"""`reports` of reports.yaml: reports of the workspace's own, from figures, panels and text with figures in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from string import Formatter

import msgspec

from breakeven.errors import Problem, UsageProblem, choices
from breakeven.period import FORMS, Calendar
from breakeven.workspace.document import Node
from breakeven.workspace.fields import Fields
from breakeven.workspace.panels import references
from breakeven.workspace.reports import SHIPPED, OwnFigures, OwnPanels, OwnReport, OwnSection, OwnText
from breakeven.workspace.targets import Wanted, names_of

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
RESERVED = ("schedules", "due", "run", "resend", "verify", "list", "show", "compare", "issues", "archive", "deliveries")
"""Words that stand where a report's name stands, on the command line and in addresses."""
WORDS = ("period", "scope", "company")
"""What may stand in braces beside figures."""
ABOUT = ("text", "change", "goal", "status", "evidence", "range")
"""What is known of a figure beside its value: {roi_percent.change}."""
MOST_KEY_FIGURES = 7
_KEYS = ("title", "audience", "period", "summary", "figures", "sections")
_PARTS = ("text", "figures", "show")
_SOME_DAY = datetime(2026, 6, 15, tzinfo=UTC)


def read_own_reports(top: Fields, wanted: Wanted, problems: list[Problem]) -> dict[str, OwnReport]:
    """The own reports by name."""
    found = {}
    for name, item in top.mapping("reports").items():
        if not NAME.fullmatch(name):
            message = f"report {name!r} cannot be called so: its name is part of addresses and of files"
            problems.append(item.key_at.problem(message, "small letters, digits, - and _"))
        if name in SHIPPED or name in RESERVED:
            problems.append(item.key_at.problem(f"{name} means something else already: call your report otherwise"))
        fields = Fields(item, f"report {name}", _KEYS, problems, required=("title", "sections"))
        found[name] = _report(name, fields, wanted)
    return found


def check_period(fields: Fields, key: str, text: str, also: str = "") -> None:
    """Note a period that nobody could mean."""
    try:
        Calendar().parse(text, _SOME_DAY)
    except UsageProblem:
        fields.fault(key, f"{text!r} is no period for {key} of {fields.what}", f"valid: {also}{FORMS}")


def _report(name: str, fields: Fields, wanted: Wanted) -> OwnReport:
    period = fields.text("period") or "ytd"
    check_period(fields, "period", period)
    figures = _figures(fields, "figures", wanted)
    if len(figures) > MOST_KEY_FIGURES:
        says = f"{fields.what} has {len(figures)} key figures: nobody takes in more than {MOST_KEY_FIGURES} at once"
        fields.fault("figures", says, "put the others into sections")
    sections = fields.items("sections")
    if "sections" in fields and not sections:
        fields.fault("sections", f"{fields.what} has no section")
    return OwnReport(
        name=name, title=fields.words("title"), audience=fields.text("audience") or "Stakeholders", period=period,
        summary=_texts(fields, "summary", wanted), figures=figures,
        sections=tuple(_section(item, fields, wanted) for item in sections),
    )  # fmt: skip


def _section(item: Node, report: Fields, wanted: Wanted) -> OwnSection:
    fields = Fields(item, f"a section of {report.what}", ("title", *_PARTS), report.problems, required=("title",))
    parts: list[OwnText | OwnFigures | OwnPanels] = []
    written = item.value if isinstance(item.value, dict) else {}
    for key in (key for key in written if key in _PARTS and key in fields):
        match key:
            case "text":
                parts.append(OwnText(paragraphs=_texts(fields, key, wanted)))
            case "figures":
                parts.append(OwnFigures(names=_figures(fields, key, wanted)))
            case "show":
                items = fields.items(key)
                parts.append(OwnPanels(panels=references(items, f"show of {fields.what}", wanted, fields.problems)))
    if not parts and isinstance(item.value, dict):
        fields.problems.append(item.at.problem(f"{fields.what} says nothing", f"give one of: {', '.join(_PARTS)}"))
    return OwnSection(title=fields.words("title"), parts=tuple(parts))


def _figures(fields: Fields, key: str, wanted: Wanted) -> tuple[str, ...]:
    found = []
    for item in fields.texts(key):
        name = item.text.strip()
        if name in wanted.figures:
            found.append(name)
        elif wanted.strict:
            fields.problems.append(item.at.problem(f"unknown figure {name!r} in {fields.what}", names_of(name, wanted)))
    return tuple(dict.fromkeys(found))


def _texts(fields: Fields, key: str, wanted: Wanted) -> tuple[str, ...]:
    """Paragraphs: a text, cut at its empty lines, or a list of them."""
    node = fields.node(key)
    if node is None:
        return ()
    nodes = fields.texts(key) if isinstance(node.value, list) else [node] if fields.text(key) is not None else []
    found = []
    for one in nodes:
        _check(one, fields, key, wanted)
        found += [" ".join(part.split()) for part in re.split(r"\n\s*\n", one.text) if part.strip()]
    return tuple(found)


def _check(node: Node, fields: Fields, key: str, wanted: Wanted) -> None:
    """Every name in braces is a figure, and what is asked of it is known of figures."""
    what = f"{key} of {fields.what}"
    try:
        names = list(_named(node.text))
    except ValueError as error:
        fields.problems.append(node.at.problem(f"{what}: {error}", "figures stand in braces, {roi_percent}; a brace "
                                               "itself is written twice: {{"))  # fmt: skip
        return
    for name in names:
        figure, _, about = name.partition(".")
        line = node.text_line + node.text[: max(node.text.find(f"{{{name}"), 0)].count("\n")
        at = msgspec.structs.replace(node.at, line=line)
        if figure not in wanted.figures and name not in WORDS:
            if wanted.strict:
                fields.problems.append(at.problem(f"unknown figure {figure!r} in {what}", names_of(figure, wanted)))
        elif about and about not in ABOUT:
            fields.problems.append(at.problem(f"nothing is known as {name!r} in {what}", choices(about, ABOUT)))


def _named(text: str) -> Iterator[str]:
    """Names in the braces of a text. Raises ValueError for braces that do not match, and for signs after a name."""
    for _, name, form, conversion in Formatter().parse(text):
        if name is None:
            continue
        if form or conversion or not re.fullmatch(r"\w+(\.\w+)?", name):
            raise ValueError(f"{{{name}}} is no name of a figure")
        yield name
