"""Reports as reports.yaml declares them: when they go to whom, in what looks, and reports of the workspace's own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time
from typing import Literal

from breakeven.workspace.panel_refs import PanelRef
from breakeven.workspace.pulls import Declared, Secret

SHIPPED = ("board", "cfo", "cto", "steering", "team", "summary", "technical", "business", "executive")
"""Every shipped report; `reports/composing/` has one for each."""
FORMATS = ("pdf", "pptx", "xlsx", "html", "mail", "md", "csv", "json")
"""Forms that a report can be sent in; `reports/writers/` has one for each."""

Every = Literal["day", "weekday", "week", "two weeks", "month", "quarter", "year"]
Channel = Literal["folder", "mail", "slack", "teams", "webhook", "service"]
Paper = Literal["a4", "letter"]
Security = Literal["starttls", "ssl", "none"]
Missed = Literal["latest", "each"]

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class Cadence(Declared, frozen=True, kw_only=True):
    """When a report is due: at a time of day, on days of a rule, in a time zone."""

    every: Every
    weekday: int = 0
    """0 is Monday; of week and two weeks."""
    day: int = 1
    """Day of the month, the fiscal quarter or the fiscal year."""
    at: time = time(7)
    time_zone: str = "UTC"
    """IANA name."""
    start: date | None = None
    """The first day that counts; of two weeks, the week that they are counted from."""

    def __str__(self) -> str:
        """In words: every second Monday at 07:00 (Europe/Berlin)."""
        weekday = WEEKDAYS[self.weekday].capitalize()
        words = {
            "day": "every day", "weekday": "Monday to Friday", "week": f"every {weekday}",
            "two weeks": f"every second {weekday}", "month": f"day {self.day} of the month",
            "quarter": f"day {self.day} of the quarter", "year": f"day {self.day} of the fiscal year",
        }[self.every]  # fmt: skip
        return f"{words.replace('day 1 of', 'first day of')} at {self.at:%H:%M} ({self.time_zone})"


class Recipient(Declared, frozen=True, kw_only=True):
    """One place that a report goes to."""

    name: str
    """What it is called where deliveries are shown; once in a schedule."""
    channel: Channel
    address: str = ""
    """A mail address, or a folder relative to the workspace."""
    url: Secret | None = None
    """Of a chat, webhook or other service: its address is a secret."""


class MailServer(Declared, frozen=True, kw_only=True):
    """The SMTP server that mail goes through."""

    host: str
    port: int
    security: Security
    sender: str
    user: Secret | None = None
    password: Secret | None = None


class Templates(Declared, frozen=True, kw_only=True):
    """Looks of the workspace's own; paths relative to it."""

    pdf: str = ""
    """A Typst file."""
    pptx: str = ""
    """A PowerPoint file, whose first master is taken."""


class Wish(Declared, frozen=True, kw_only=True):
    """What a report is asked; empty: what it is asked by default."""

    period: str = ""
    compare: str = ""
    headline: str = ""
    currency: str = ""
    constant: str = ""
    project: tuple[str, ...] = ()
    category: str = ""


class ReportSchedule(Declared, frozen=True, kw_only=True):
    """A report that goes out by itself."""

    name: str
    report: str
    """A shipped one, or one of the workspace's own."""
    cadence: Cadence
    recipients: tuple[Recipient, ...]
    formats: tuple[str, ...] = ("pdf",)
    wish: Wish = Wish()
    rights: str | None = None
    """Readers of access.yaml; None: those of the report's name."""
    locale: str = ""
    """How numbers and dates are written; empty: as the workspace does."""
    paper: Paper = "a4"
    templates: Templates = Templates()
    missed: Missed = "latest"
    """Which of the times are made up for that went by while nothing ran."""


class OwnSection(Declared, frozen=True, kw_only=True):
    """A section of an own report; `parts` in the order in which they are written."""

    title: str
    parts: tuple[OwnText | OwnFigures | OwnPanels, ...]


class OwnText(Declared, frozen=True, kw_only=True, tag="text"):
    """Paragraphs; `{roi_percent}` in them is the figure, `{roi_percent.change}` what else is known of it."""

    paragraphs: tuple[str, ...]


class OwnFigures(Declared, frozen=True, kw_only=True, tag="figures"):
    """Figures beside each other, with target, change and evidence."""

    names: tuple[str, ...]


class OwnPanels(Declared, frozen=True, kw_only=True, tag="show"):
    """Shipped panels, and charts and tables of any figure, as in views.yaml."""

    panels: tuple[PanelRef, ...]


class OwnReport(Declared, frozen=True, kw_only=True):
    """A report of the workspace's own."""

    name: str
    title: str
    audience: str
    period: str
    """Where none is asked for."""
    summary: tuple[str, ...] = ()
    """Sentences with figures in them; empty: result, driver and concern, as in every report."""
    figures: tuple[str, ...] = ()
    """The key figures."""
    sections: tuple[OwnSection, ...] = ()


class Reporting(Declared, frozen=True, kw_only=True):
    """The content of reports.yaml."""

    schedules: Mapping[str, ReportSchedule] = {}
    own: Mapping[str, OwnReport] = {}
    mail: MailServer | None = None
    templates: Templates = Templates()
    """For every report that is asked for without another one."""
