"""A schedule's report at one of its times: composed, written in its forms, and kept before anything is sent."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from breakeven.delivery.asking import filters_of
from breakeven.delivery.message import Message, message_of
from breakeven.ledger.ledger import Ledger
from breakeven.reports import Document, compose, form_named, write
from breakeven.reports.archive import Archive
from breakeven.reports.progress import step
from breakeven.reports.templates import options_of
from breakeven.reports.writers.pictures import drawing
from breakeven.workspace.definitions import Workspace
from breakeven.workspace.reports import ReportSchedule

MAIL = "mail"
"""The form that is the body of a mail."""


class Maker:
    """Makes reports of one workspace."""

    def __init__(self, workspace: Workspace, ledger: Ledger, archive: Archive) -> None:
        self._workspace, self._ledger, self._archive = workspace, ledger, archive

    def make(
        self, schedule: ReportSchedule, run: str, due: datetime, now: datetime, *, by_hand: bool
    ) -> tuple[Message, dict[str, int]]:  # fmt: skip
        """What is said of the report, and form → id of what was kept. Raises what both raise, Cancelled."""
        forms = forms_of(schedule)
        with drawing(forms):
            document = self._composed(schedule, due, now, live=any(form_named(form).live for form in forms))
            contents = {form: self._written(schedule, document, form) for form in forms}
        recipients = [one.name for one in schedule.recipients]
        # The last point at which it can be broken off: all forms are kept, or none.
        step("Keeping it")
        issues = {form: self._archive.keep(document, form, content, recipients=recipients, schedule=schedule.name,
                                           run=run, now=now).id
                  for form, content in contents.items()}  # fmt: skip
        local = due.astimezone(ZoneInfo(schedule.cadence.time_zone))
        day = f"{local:%Y-%m-%d_%H%M%S}" if by_hand else f"{local:%Y-%m-%d}"
        return message_of(document, schedule.name, run, day, forms, schedule.formats), issues

    def preview(self, schedule: ReportSchedule, form: str, now: datetime) -> tuple[Document, bytes]:
        """The report as it would go out now; nothing is kept. Raises UnknownName for the form."""
        document = self._composed(schedule, now, now, live=form_named(form).live)
        return document, self._written(schedule, document, form)

    def _composed(self, schedule: ReportSchedule, due: datetime, now: datetime, *, live: bool) -> Document:
        filters = filters_of(self._workspace, schedule, due, now)
        return compose(
            self._ledger, schedule.report, filters, now, live=live, locale=schedule.locale, rights=schedule.rights
        )

    def _written(self, schedule: ReportSchedule, document: Document, form: str) -> bytes:
        folder, usual = Path(self._workspace.path), self._workspace.reporting.templates
        return write(document, form, options_of(folder, schedule.paper, schedule.templates, usual))


def forms_of(schedule: ReportSchedule) -> tuple[str, ...]:
    """The forms that are made: those that are asked for, and the body of mails."""
    mailed = any(one.channel == "mail" for one in schedule.recipients)
    return tuple(dict.fromkeys((*schedule.formats, *([MAIL] if mailed else []))))
