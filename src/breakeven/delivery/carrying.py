"""One run on its way: each of its deliveries is claimed, sent from what was kept, and marked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec

from breakeven.delivery.making import MAIL
from breakeven.delivery.message import Message
from breakeven.delivery.ways import Answer, File, Parcel, Refused, Sent, Surroundings, Unclear, Ways
from breakeven.errors import BreakevenError
from breakeven.reports import form_named
from breakeven.reports.archive import Archive
from breakeven.reports.progress import told
from breakeven.store import state_deliveries as kept
from breakeven.store.state import State
from breakeven.workspace.reports import Recipient, ReportSchedule

FIRST_RETRY = timedelta(minutes=1)
LAST_RETRY = timedelta(hours=2)
"""After a failure the next try is after a minute, then after twice as long each time, up to two hours."""
MOST_TRIES = 10
"""Then it is given up: some six hours later."""


def again_at(now: datetime, tries: int) -> datetime | None:
    """When what failed for the so-manieth time is tried again; None: it is given up."""
    return None if tries >= MOST_TRIES else now + min(FIRST_RETRY * 2 ** (tries - 1), LAST_RETRY)


class Carrier:
    """Sends runs for one holder."""

    def __init__(
        self, state: State, archive: Archive, ways: Ways, around: Surroundings, holder: str,
        clock: Callable[[], datetime],
    ) -> None:  # fmt: skip
        self._state, self._archive, self._ways, self._around = state, archive, ways, around
        self._holder, self._clock = holder, clock

    def carry(self, schedule: ReportSchedule, run: kept.Run, stopped: Callable[[], bool] = lambda: False) -> bool:
        """Send what of a run is ready; whether there was anything. Raises StoreError."""
        recipients = {one.name: one for one in schedule.recipients}
        parcel: Parcel | None = None
        done = False
        deliveries = kept.deliveries(self._state, [run.run])[run.run]
        for place, one in enumerate(deliveries):
            if stopped():
                break
            if one.status not in kept.OPEN:
                continue
            if not kept.claim(self._state, run.run, one.recipient, self._holder, self._clock()):
                continue
            done = True
            told(f"Sending it to {one.recipient}", place, len(deliveries))
            try:
                parcel = parcel if parcel is not None else self._parcel(run)
                answer = self._sent(parcel, recipients.get(one.recipient))
            except BreakevenError as error:
                answer = Refused(str(error))
            self._mark(run.run, one, answer)
        return done

    def _sent(self, parcel: Parcel, recipient: Recipient | None) -> Answer:
        if recipient is None:
            return Refused("it is no longer in reports.yaml")
        try:
            return self._ways[recipient.channel](parcel, recipient, self._around)
        except Exception as error:  # noqa: BLE001 - whether it was sent before it failed is not known
            return Unclear(f"{type(error).__name__} while it was sent")

    def _mark(self, run: str, one: kept.Delivery, answer: Answer) -> None:
        now = self._clock()
        match answer:
            case Sent():
                kept.end(self._state, run, one.recipient, self._holder, now, "sent")
            case Refused(reason=reason):
                at = again_at(now, one.attempts + 1)
                kept.end(self._state, run, one.recipient, self._holder, now, "given_up" if at is None else "retry",
                         error=reason, not_before=at)  # fmt: skip
            case Unclear(reason=reason):
                kept.end(self._state, run, one.recipient, self._holder, now, "unclear", error=reason)

    def _parcel(self, run: kept.Run) -> Parcel:
        """What is sent, as it was kept."""
        message = msgspec.json.decode(run.message, type=Message)
        contents = {form: self._archive.content(issue) for form, issue in run.issues.items()}
        files = tuple(
            File(form=form, name=message.files[form], media=form_named(form).media, content=contents[form])
            for form in message.attached if form in contents
        )  # fmt: skip
        return Parcel(message=message, files=files, page=contents.get(MAIL, b""))
